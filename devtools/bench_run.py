#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""
Run all benchmarks with the programs that devtools/bench.sh built.

Each program is started several times, because its memory has other addresses each time. A result
is the median over all starts with its range; for a count, it is the sum.
"""

import argparse
import contextlib
import csv
import json
import os
import pathlib
import platform
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import bench_plot

MAX_CPUS = 4
STARTS, QUICK_STARTS = 15, 3
FORWARD_S, QUICK_FORWARD_S = 1, 0.3
START_TIMEOUT_S = 30
GROWTH_WRITERS = (1, 64)  # Numbers of idle writers.
PREFIX = 'seqstat-bench'
# Shares of CPU time above which figures are indicative only.
STEAL_LIMIT, OTHERS_LIMIT = 0.005, 0.03

# Forwarders: the program and its options.
FORWARDERS = {'uncounted': ('uncounted', '--no-latency'), 'counted': ('counted', '--no-latency'),
              'latency': ('counted',), 'dpdk_l2fwd': ('dpdk_l2fwd',)}
SNAPSHOT_KEYS = ('writers', 'counters', 'gap', 'rate', 'contender')
COUNTS = ('snapshots', 'failures', 'torn')
# The figures to print, with those that have a target; all are written to files.
SHOWN = re.compile('update/|book/lcores/|forward/|snapshot_total/|'
                   r'snapshot/1/\d+/0/1000/\w+/(p50_ns|writer_slowdown)$')

# Targets: upper limits; for forwarding, lower limits.
TARGETS = {
    **{f'update_ratio/{mode}/seqstat_vs_{name}': limit for mode, name, limit in (
        ('same', 'plain', 1.0), ('same', 'rte_seqlock', 0.25), ('same', 'atomic_add', 0.12),
        ('rotating', 'plain', 1.4), ('rotating', 'rte_seqlock', 0.25),
        ('rotating', 'atomic_add', 0.12))},
    **{f'snapshot/1/{counters}/0/1000/{name}/writer_slowdown': limit
       for counters, limit in ((8, 1.01), (64, 1.01), (256, 1.01), (1024, 1.01), (16384, 1.05))
       for name in ('seqstat', 'stat_file')},
    **{f'snapshot_total/{name}/{count}': 0 for name in ('seqstat', 'stat_file')
       for count in ('failures', 'torn')},
    'snapshot/1/1024/0/0/stat_file/p50_ns': 3000, 'snapshot/1/16384/0/0/stat_file/times_plain': 3.0,
    'forward/ratio_vs_no_stats': 0.99, 'forward/ratio_vs_dpdk_l2fwd': 1.0,
    'forward/ratio_under_telemetry': 0.99,
}


def verdict(figure, row):
    """Compare the range of a figure with its target."""
    sign = -1 if figure.startswith('forward/') else 1
    ends = sorted(sign * row.get(key, row['value']) for key in ('min', 'max'))
    if ends[1] <= sign * TARGETS[figure]:
        return 'met'
    return 'MISSED' if ends[0] > sign * TARGETS[figure] else 'not resolved'


def choose_cpus():
    """Return the CPUs to use, and whether some of them share a core."""
    def siblings(cpu):
        path = f'/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list'
        return pathlib.Path(path).read_text(encoding='ascii') if os.path.exists(path) else cpu

    usable = sorted(os.sched_getaffinity(0))
    firsts = sorted({siblings(cpu): cpu for cpu in reversed(usable)}.values())
    cpus = (firsts + [cpu for cpu in usable if cpu not in firsts])[:MAX_CPUS]
    return cpus, len(set(map(siblings, cpus))) < len(cpus)


def cpu_times(cpus):
    """Return CPU seconds: elapsed, stolen by the host, used by other processes."""
    stolen = used = 0
    for line in pathlib.Path('/proc/stat').read_text(encoding='ascii').splitlines():
        name, *ticks = line.split()
        if name in {f'cpu{cpu}' for cpu in cpus}:
            user, nice, system, _, _, irq, softirq, steal = map(int, ticks[:8])
            used += (user + nice + system + irq + softirq) / os.sysconf('SC_CLK_TCK')
            stolen += steal / os.sysconf('SC_CLK_TCK')
    for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)):
        used -= usage.ru_utime + usage.ru_stime
    return time.monotonic() * len(cpus), stolen, used


def sharing(cpus, shared, begin):
    """Yield the reasons why figures are indicative only."""
    elapsed, stolen, others = (end - start for start, end in zip(begin, cpu_times(cpus)))
    if shared:
        yield 'some of the CPUs are threads of one core'
    if stolen > STEAL_LIMIT * elapsed:
        yield f"the host took {stolen / elapsed:.1%} of the CPUs' time (steal)"
    if others > OTHERS_LIMIT * elapsed:
        yield f"other processes took {others / elapsed:.1%} of the CPUs' time"


def run_autotest(args, folder, name, lcores):
    """Run an autotest and return the figures that it printed."""
    env = dict(os.environ, RUNTIME_DIRECTORY=folder, SEQSTAT_PERF_QUICK=str(int(args.quick)))
    ended = subprocess.run(
        [args.programs / 'app/dpdk-test-seqstat', *args.memory.split(), '--no-pci',
         f'--file-prefix={PREFIX}', f'--lcores={lcores}', f'seqstat_perf_{name}_autotest'],
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False)
    if ended.returncode != 0:
        sys.exit(f'seqstat_perf_{name}_autotest failed:\n{ended.stdout}')
    return {f'{place}/{name}': float(value)
            for place, values in re.findall(r'^(\w+/\S+): (.*)$', ended.stdout, re.M)
            for name, value in re.findall(r'(\w+)=(\S+)', values)}


def add_ratios(figures):
    """Add the ratios between contenders, and the sums of counts."""
    for figure, value in list(figures.items()):
        benchmark, *load, name = figure.split('/')
        if benchmark == 'update':
            rows, = load
            plain, seqstat = (figures[f'update/{rows}/{other}'] for other in ('plain', 'seqstat'))
            figures[f'update_ratio/{rows}/{name}_vs_plain'] = value / plain
            figures[f'update_ratio/{rows}/seqstat_vs_{name}'] = seqstat / value
        elif name == 'p50_ns':
            plain = figures['/'.join((benchmark, *load[:-1], 'plain', name))]
            figures['/'.join((benchmark, *load, 'times_plain'))] = value / plain
        elif name in COUNTS:
            total = f'{benchmark}_total/{load[-1]}/{name}'
            figures[total] = figures.get(total, 0) + value


class Telemetry:
    """The telemetry socket of a forwarder."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.socket.recv(1 << 16)  # Its version.

    def ask(self, request):
        self.socket.send(request.encode())
        return json.loads(self.socket.recv(1 << 16))[request.split(',')[0]]

    def sent(self):
        """Return the time and the number of packets sent until then."""
        packets = sum(self.ask(f'/ethdev/stats,{port}')['opackets'] for port in (0, 1))
        return time.monotonic(), packets

    def rate(self, seconds, asks_a_second=0):
        """Return packets a second, while a client requests the counters at a rate."""
        begin, first = self.sent()
        for n in range(int(seconds * asks_a_second)):
            self.ask('/seqstat/total,l2fwd')
            time.sleep(max(0, begin + (n + 1) / asks_a_second - time.monotonic()))
        time.sleep(max(0, begin + seconds - time.monotonic()))
        end, last = self.sent()
        return (last - first) / (end - begin)


def run_forwarder(args, cpus, folder, name):
    """Run a forwarder on one lcore. Return packets a second, without and with requests."""
    program, *options = FORWARDERS[name]
    # In DPDK's l2fwd, the main lcore forwards, too.
    lcores = f'0@{cpus[1]}' if name == 'dpdk_l2fwd' else f'0@{cpus[0]},1@{cpus[1]}'
    seconds = QUICK_FORWARD_S if args.quick else FORWARD_S
    path = pathlib.Path(folder, 'dpdk', PREFIX, 'dpdk_telemetry.v2')
    path.unlink(missing_ok=True)
    process = subprocess.Popen(
        [args.programs / program, *args.memory.split(), '--no-pci',
         f'--file-prefix={PREFIX}', f'--lcores={lcores}', '--vdev=net_null0', '--vdev=net_null1',
         '--', '-p', '3', '-q', '2', '-T', '0', *options],
        env=dict(os.environ, RUNTIME_DIRECTORY=folder),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        telemetry, sent = None, 0
        while sent == 0:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f'does not forward: {" ".join(map(str, process.args))}')
            time.sleep(0.02)
            with contextlib.suppress(OSError, ValueError):
                telemetry = telemetry or Telemetry(str(path))
                _, sent = telemetry.sent()
        rate = telemetry.rate(seconds)
        total = json.dumps(telemetry.ask('/seqstat/total,l2fwd'))
        if bool(re.search(r'packets": [1-9]', total)) != (program == 'counted'):
            sys.exit(f'{name} has wrong counters: {total}')
        return rate, telemetry.rate(seconds, 1000) if name == 'counted' else None
    finally:
        process.kill()
        process.wait()


def measure_forwarding(args, cpus, folder, start):
    """Return the figures of one run of each forwarder; reverse the order every second time."""
    rates = {name: run_forwarder(args, cpus, folder, name)
             for name in list(FORWARDERS)[::-1 if start % 2 else 1]}
    counted, asked = rates['counted']
    figures = {f'forward/packets_per_second/{name}': rate for name, (rate, _) in rates.items()}
    figures['forward/ratio_under_telemetry'] = asked / counted
    for ratio, name, other in (('ratio_vs_no_stats', 'counted', 'uncounted'),
                               ('ratio_latency', 'latency', 'uncounted'),
                               ('ratio_vs_dpdk_l2fwd', 'counted', 'dpdk_l2fwd')):
        figures[f'forward/{ratio}'] = rates[name][0] / rates[other][0]
    return figures


def measure(args, cpus):
    """Start all programs several times, and return the values of each figure."""
    values = {}
    lcores = [f'{lcore}@{cpu}' for lcore, cpu in enumerate(cpus)]
    for start in range(args.starts):
        print(f'start {start + 1} of {args.starts}', flush=True)
        with tempfile.TemporaryDirectory() as folder:
            figures = run_autotest(args, folder, 'update', ','.join(lcores))
            if len(cpus) > 1:
                figures |= run_autotest(args, folder, 'snapshot', ','.join(lcores[:2]))
                for writers in GROWTH_WRITERS:
                    figures |= run_autotest(args, folder, 'growth',
                                            f'{lcores[0]},(1-{writers})@{cpus[1]}')
                figures |= measure_forwarding(args, cpus, folder, start)
        add_ratios(figures)
        for figure, value in figures.items():
            values.setdefault(figure, []).append(value)
    return values


def summary(figure, values):
    """Return the median and the range of a figure; of a count, the sum."""
    if figure.rsplit('/', 1)[1] in COUNTS:
        return {'value': int(sum(values))}
    return {name: float(f'{function(values):.6g}') for name, function in (
        ('value', statistics.median), ('min', min), ('max', max))}


def as_results(figures):
    """Return the figures as nested dictionaries, those of snapshots as lists of dictionaries."""
    results = {'snapshot': {}, 'growth': {}}
    for figure, row in figures.items():
        benchmark, *keys, name = figure.split('/')
        place = results.setdefault(benchmark, {})
        if benchmark in ('snapshot', 'growth'):
            place = place.setdefault(tuple(keys), {
                key: int(word) if word.isdigit() else word
                for key, word in zip(SNAPSHOT_KEYS, keys)})
        else:
            for key in keys:
                place = place.setdefault(key, {})
        place[name] = ({'median': row['value'], 'min': row['min'], 'max': row['max']}
                       if 'min' in row else row['value'])
    for benchmark in 'snapshot', 'growth':
        results[benchmark] = list(results[benchmark].values())
    return results


def describe_machine(args, cpus):
    def output(*command):
        return subprocess.check_output(command, text=True).strip()

    cpuinfo = pathlib.Path('/proc/cpuinfo').read_text(encoding='ascii')
    models = re.findall(r'^model name\s*: (.*)', cpuinfo, re.M)
    return {'cpu': models[0] if models else platform.machine(), 'cpus': cpus,
            'kernel': platform.release().split('-')[0], 'gcc': output('gcc', '-dumpfullversion'),
            'dpdk': output('pkg-config', '--modversion', 'libdpdk'),
            'memory': 'no hugepages' if '--no-huge' in args.memory else 'hugepages of 2 MiB'}


def print_results(figures, results, label):
    for figure, row in figures.items():
        if SHOWN.match(figure) or figure in TARGETS:
            spread = f'({row["min"]:g}..{row["max"]:g})' if 'min' in row else ''
            print(f'{figure:<52} {row["value"]:12.10g} {spread}{label}')
    print()
    for target in results['targets']:
        print(f'{target["figure"]:<52} target {target["limit"]:<5} {target["verdict"]}{label}')
    for warning in results['indicative']:
        print(f'indicative only: {warning}')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('programs', type=pathlib.Path, help='folder of the programs')
    parser.add_argument('--memory', default='--no-huge -m 512', help="EAL's options for memory")
    parser.add_argument('--quick', action='store_true', help='fewer starts and rounds')
    parser.add_argument('--starts', type=int, help='number of starts')
    parser.add_argument('--json', type=pathlib.Path, help='write the results to a file')
    parser.add_argument('--plot', type=pathlib.Path, help='write pictures and tables to a folder')
    args = parser.parse_args()
    args.starts = args.starts or (QUICK_STARTS if args.quick else STARTS)
    json_path = args.json or args.programs / 'results.json'
    plots = args.plot or args.programs
    try:  # Fail before measuring.
        plots.mkdir(parents=True, exist_ok=True)
        json_path.open('a', encoding='utf-8').close()
    except OSError as error:
        parser.exit(2, f'{parser.prog}: {error}\n')

    # Raise SystemExit, so that run_forwarder() ends its program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    cpus, shared = choose_cpus()
    print('measuring on CPUs', *cpus, '- run nothing else there', flush=True)
    begin = cpu_times(cpus)
    # EAL pins each lcore; run everything else on the first CPU.
    os.sched_setaffinity(0, cpus[:1])
    values = measure(args, cpus)
    warnings = list(sharing(cpus, shared, begin))
    figures = {figure: summary(figure, values[figure]) for figure in values}
    with (args.programs / 'results.csv').open('w', newline='', encoding='utf-8') as file:
        csv.writer(file, lineterminator='\n').writerows(
            [('figure', 'value', 'min', 'max'),
             *((figure, *row.values()) for figure, row in figures.items())])
    results = {'machine': describe_machine(args, cpus), 'quick': args.quick,
               'starts': args.starts, 'indicative': warnings, **as_results(figures)}
    results['targets'] = [
        {'figure': figure, 'limit': limit, 'verdict': verdict(figure, figures[figure])}
        for figure, limit in TARGETS.items() if figure in figures]
    print_results(figures, results, '  indicative' if warnings else '')
    json_path.write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')
    bench_plot.draw(results, plots)
    print(f'figures: {args.programs}/results.csv, {json_path}; pictures and tables: {plots}')


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
