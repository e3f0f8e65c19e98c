# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What counting costs a forwarder, and what its telemetry takes.

The contenders are processes that all run on the same CPUs, one at a time: the others are stopped
meanwhile. They take turns in slices of a tenth of a second. All of them are started several times:
even those that do the same differ by some percent, by where their memory happens to lie. Of several
CPUs that forward, what counts is rounds in which they were near each other: DPDK's forwarder moves
lines between them.
"""

import itertools
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'usertools'))
from dpdk_seqstat.telemetry import Connection, TelemetryError  # noqa: E402

SLICE_S = 0.1
# After a process goes on, until it forwards as fast as it does.
SETTLE_S = 0.01
START_LIMIT_S = 30
# Of all that is asked of a forwarder while it is measured.
TELEMETRY_LIMIT_S = 3600
ASK_INTERVAL_S = 0.001
ASK = ('/seqstat/total', 'l2fwd')
PORTS = (0, 1)


class Forwarder:
    """A forwarder between two ports; stopped but for the time in which it is used."""

    def __init__(self, command, folder):
        self.name = pathlib.Path(folder).name
        self.log = pathlib.Path(folder, 'log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                command, env=dict(os.environ, RUNTIME_DIRECTORY=str(folder)),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.connection = self._connect(folder)
            self._wait_until_forwarding()
        except BaseException:
            self.kill()
            raise
        self.stop()

    def __enter__(self):
        self.process.send_signal(signal.SIGCONT)
        time.sleep(SETTLE_S)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def sent(self):
        """Return when it was and how many packets had been sent."""
        before = time.monotonic()
        packets = sum(self.connection.ask('/ethdev/stats', port)['opackets'] for port in PORTS)
        return (before + time.monotonic()) / 2, packets

    def rate(self):
        """Return packets a second, over a slice."""
        start, first = self.sent()
        time.sleep(SLICE_S)
        end, last = self.sent()
        return (last - first) / (end - start)

    def _connect(self, folder):
        limit = time.monotonic() + START_LIMIT_S
        os.environ['RUNTIME_DIRECTORY'] = str(folder)
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f'{self.name} ended:\n{self.log.read_text()}')
            try:
                return Connection('rte', TELEMETRY_LIMIT_S)
            except TelemetryError:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.05)

    def _wait_until_forwarding(self):
        limit = time.monotonic() + START_LIMIT_S
        while self.sent()[1] == 0:
            if time.monotonic() > limit or self.process.poll() is not None:
                raise RuntimeError(f'{self.name} does not forward:\n{self.log.read_text()}')
            time.sleep(0.05)


class Asker:
    """A telemetry client that asks a forwarder for its statistics a thousand times a second."""

    def __init__(self, folder):
        os.environ['RUNTIME_DIRECTORY'] = str(folder)
        self.connection = Connection('rte', TELEMETRY_LIMIT_S)
        self.answers = 0
        self.seconds = 0

    def __enter__(self):
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._ask)
        self.start = time.monotonic()
        self.thread.start()

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.seconds += time.monotonic() - self.start

    def _ask(self):
        due = time.monotonic()
        while not self.ended.is_set():
            self.connection.ask(*ASK)
            self.answers += 1
            due += ASK_INTERVAL_S
            time.sleep(max(0, due - time.monotonic()))


def commands(programs, memory, vdevs, manager, forwarders):
    """Return the command line of each contender, on one CPU that manages and some that forward."""
    eal = [*memory, '--no-pci', *(f'--vdev={vdev}' for vdev in vdevs)]
    queues = str(len(PORTS) // len(forwarders))
    arguments = ['--', '-p', '3', '-q', queues, '-T', '0']
    cpus = [manager, *forwarders]
    counting = '--lcores=' + ','.join(f'{lcore}@{cpu}' for lcore, cpu in enumerate(cpus))
    # All lcores of DPDK's forwarder forward, the main one too.
    all_forward = '--lcores=' + ','.join(f'{i}@{cpu}' for i, cpu in enumerate(forwarders))
    return {
        'counted': [programs / 'counted', *eal, counting, *arguments],
        'uncounted': [programs / 'uncounted', *eal, counting, *arguments],
        'dpdk_l2fwd': [programs / 'dpdk-l2fwd', *eal, all_forward, *arguments],
    }


def distance(programs, cpus):
    """Return how far CPUs are from each other, those that are the farthest, in cycles."""
    return max((int(subprocess.run([programs / 'distance', str(one), str(other)], check=True,
                                   stdout=subprocess.PIPE).stdout)
                for one, other in itertools.combinations(cpus, 2)), default=0)


class Bench:
    """The contenders, started."""

    def __init__(self, programs, memory, vdevs, manager, cpus):
        self.programs = programs
        self.cpus = cpus
        self.folder = tempfile.TemporaryDirectory()
        self.forwarders = {}
        try:
            for name, command in commands(programs, memory, vdevs, manager, cpus).items():
                folder = pathlib.Path(self.folder.name, name)
                folder.mkdir()
                self.forwarders[name] = Forwarder(command, folder)
            with self.forwarders['counted']:
                self.asker = Asker(pathlib.Path(self.folder.name, 'counted'))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for forwarder in self.forwarders.values():
            forwarder.kill()
        self.folder.cleanup()

    def round(self):
        """Return the packets a second of each contender, and how far their CPUs were meanwhile."""
        rates, distances = {}, [self.distance()]
        for name, forwarder in self.forwarders.items():
            with forwarder:
                rates[name] = forwarder.rate()
            distances.append(self.distance())
        with self.forwarders['counted'] as forwarder, self.asker:
            rates['asked'] = forwarder.rate()
        distances.append(self.distance())
        return max(distances), rates

    def distance(self):
        return distance(self.programs, self.cpus)

    def asked_per_second(self):
        return self.asker.answers / self.asker.seconds


def near_rounds(starts):
    """Return the rates in the rounds of each start in which CPUs were near each other."""
    distances = sorted(distance for rounds in starts for distance, _ in rounds)
    near = 2 * distances[len(distances) // 10]
    return [[rates for distance, rates in rounds if distance <= near] for rounds in starts]


def ratio(starts, one, other):
    """Return the median over all starts of the median over the rounds of each."""
    # Whoever had no CPU during a slice forwarded nothing.
    ratios = [[rates[one] / rates[other] for rates in rounds if rates[other] > 0]
              for rounds in starts]
    return statistics.median(statistics.median(rounds) for rounds in ratios if rounds)


def forward_case(where, ports, n_starts, n_rounds):
    """Measure one kind of ports, on as many lcores as there are CPUs to forward."""
    programs, memory, manager, forwarders = where
    starts, asked = [], []
    for _ in range(n_starts):
        with Bench(programs, memory, ports, manager, forwarders) as bench:
            starts.append([bench.round() for _ in range(n_rounds)])
            asked.append(bench.asked_per_second())
    near = near_rounds(starts)
    rounds = list(itertools.chain(*near))
    return {
        'ports': ports,
        'lcores': len(forwarders),
        'near': len(rounds) / (n_starts * n_rounds),
        'packets_per_second': {
            name: statistics.median(rates[name] for rates in rounds) for name in rounds[0]},
        'asked_per_second': statistics.median(asked),
        'ratio_vs_no_stats': ratio(near, 'counted', 'uncounted'),
        'ratio_vs_dpdk_l2fwd': ratio(near, 'counted', 'dpdk_l2fwd'),
        'ratio_under_telemetry': ratio(near, 'asked', 'counted'),
    }


def forward(programs, memory, cpus, n_starts, n_rounds):
    """Measure forwarding: one lcore between null ports first, which is what counts."""
    null, ring = ['net_null0', 'net_null1'], ['net_null0', 'net_ring0']
    cases = [(null, cpus[1:2]), (ring, cpus[1:2])]
    if len(cpus) > 2:
        cases.append((null, cpus[1:3]))
    results = []
    print('\nforward: millions of packets a second', flush=True)
    for ports, forwarders in cases:
        case = forward_case((programs, memory, cpus[0], forwarders), ports, n_starts,
                            n_rounds)
        results.append(case)
        mpps = ', '.join(f'{name} {rate / 1e6:.1f}'
                         for name, rate in case['packets_per_second'].items())
        print(f'  {"+".join(ports)}, {len(forwarders)} lcores: {mpps}', flush=True)
        for name in ('ratio_vs_no_stats', 'ratio_vs_dpdk_l2fwd', 'ratio_under_telemetry'):
            print(f'    {name:<24} {case[name]:.3f}', flush=True)
    return {'cases': results,
            **{name: value for name, value in results[0].items() if name.startswith('ratio_')}}


def timed_requests(connection, request, n):
    """Return how long each of some requests took, in seconds."""
    times = []
    for _ in range(n):
        start = time.perf_counter()
        connection.ask(*request)
        times.append(time.perf_counter() - start)
    return times


def telemetry(programs, memory, cpus, n_rounds):
    """Measure the telemetry of a forwarder that forwards: its own next to that of ethdev."""
    requests = {'seqstat_total': ASK, 'ethdev_stats': ('/ethdev/stats', '0')}
    times = {name: [] for name in requests}
    where = (programs, memory, ['net_null0', 'net_null1'], cpus[0], cpus[1:2])
    with Bench(*where) as bench, bench.forwarders['counted'] as forwarder:
        for _ in range(n_rounds):
            for name, request in requests.items():
                times[name].append(timed_requests(forwarder.connection, request, 100))

    print('\ntelemetry: requests a second, and microseconds', flush=True)
    result = {}
    for name, rounds in times.items():
        every = sorted(second for one in rounds for second in one)
        result[name] = {
            'requests_per_second': statistics.median(len(one) / sum(one) for one in rounds),
            'p50_us': every[len(every) // 2] * 1e6,
            'p99_us': every[len(every) * 99 // 100] * 1e6,
        }
        print(f'  {name:<14}', *(f'{key} {value:.0f}' for key, value in result[name].items()),
              flush=True)
    result['ratio'] = statistics.median(
        sum(b) / sum(a) for a, b in zip(times['seqstat_total'], times['ethdev_stats']))
    return result
