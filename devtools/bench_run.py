#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run all benchmarks, with what devtools/bench.sh built, and write what they measured."""

import argparse
import json
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import bench_forward
import bench_plot
import bench_targets

# Of those that this process may use; more would not fit the benchmarks' windows any better.
MAX_CPUS = 4

# What is measured with the library as each compiler makes it. The first one's results are
# those at the top of the file.
TESTS = {
    'gcc': ('update', 'growth', 'book'),
    'clang': ('update', 'book'),
}

# How long snapshots are measured; in a quick run, what others leave of the second figure,
# but not less than the third.
SNAPSHOT_S = 1000
QUICK_S = 90
QUICK_SNAPSHOT_S = 20

# Of slices, the share that must have had its core for itself, or a test is repeated later,
# so often at most.
UNDISTURBED = 0.005
REPEATS = 5
QUICK_REPEATS = 1


class Machine:
    """The CPUs to be used, as a list and as EAL's options, and other options of EAL's."""

    def __init__(self, cpus, memory):
        self.cpus = cpus
        self.memory = memory

    def eal(self):
        lcores = ','.join(f'{lcore}@{cpu}' for lcore, cpu in enumerate(self.cpus))
        return [f'--lcores={lcores}', *self.memory, '--no-pci']

    def autotest(self, program, name, quick, **environment):
        """Run an autotest and return its results."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'results')
            env = dict(os.environ, RUNTIME_DIRECTORY=folder, SEQSTAT_PERF_JSON=str(path),
                       SEQSTAT_PERF_QUICK='1' if quick else '0', **environment)
            ended = subprocess.run([program, *self.eal(), f'seqstat_perf_{name}_autotest'],
                                   env=env, stdin=subprocess.DEVNULL, check=False)
            if ended.returncode == 77:
                return {}
            ended.check_returncode()
            return json.loads(path.read_text())

    def look_at_cpus(self, program):
        """Return the results for each CPU, beside the first one."""
        results = self.autotest(program, 'lcores', True)
        return {self.cpus[entry['lcore']]: entry for entry in results['lcores']}

    def order_cpus(self, program):
        """
        Put first what is disturbed least, last what shares a core with it.

        Return what was measured.
        """
        found = self.look_at_cpus(program)
        self.cpus.sort(key=lambda cpu: -found[cpu]['undisturbed'])
        found = self.look_at_cpus(program)
        self.cpus.sort(key=lambda cpu: found[cpu]['shares_core'])
        return [{'cpu': cpu, 'undisturbed': found[cpu]['undisturbed'],
                 'shares_core_with_first': bool(found[cpu]['shares_core'])}
                for cpu in self.cpus]


def cpu_model():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        for line in file:
            if line.startswith('model name'):
                return line.split(':')[1].strip()
    return platform.machine()


def load_average():
    return os.getloadavg()[0]


def run_compiler(machine, folder, compiler, quick):
    """Return the results of all autotests, as one compiler makes them."""
    results = {}
    program = folder / compiler / 'app' / 'dpdk-test-seqstat'
    for test in TESTS[compiler]:
        print(f'\n=== {compiler}: {test}', flush=True)
        results.update(machine.autotest(program, test, quick))
    return results


def undisturbed(results, test):
    """The share of a test's slices that had the core for themselves, where it was the least."""
    shares = results[f'{test}_undisturbed']
    return min(shares.values()) if isinstance(shares, dict) else shares


def keep_less_disturbed(results, again, test):
    """Replace results by those of a repeated test that were disturbed less."""
    share = f'{test}_undisturbed'
    if not isinstance(results[share], dict):
        if again[share] > results[share]:
            results.update(again)
        return
    by_mode = [name for name, value in again.items() if isinstance(value, dict)]
    for mode in again[share]:
        if again[share][mode] > results[share][mode]:
            for name in by_mode:
                if mode in again[name]:
                    results[name][mode] = again[name][mode]


def repeat_disturbed(machine, folder, compiler, quick, results):
    """Run tests that others disturbed again."""
    program = folder / compiler / 'app' / 'dpdk-test-seqstat'
    for test in ('update', 'book'):
        for _ in range(QUICK_REPEATS if quick else REPEATS):
            if undisturbed(results, test) >= UNDISTURBED:
                break
            print(f'\n=== {compiler}: {test}, once more', flush=True)
            keep_less_disturbed(results, machine.autotest(program, test, quick), test)


def disturbed(results):
    """Return the names of tests whose cores were hardly ever for themselves."""
    names = [f'{compiler}: {test}' for compiler, part in (('gcc', results),
                                                          ('clang', results['clang']))
             for test in ('update', 'book') if undisturbed(part, test) < UNDISTURBED]
    shares = [load['undisturbed'] for load in results.get('snapshot', [])]
    if shares and statistics.median(shares) < UNDISTURBED:
        names.append('snapshot')
    return names


def run_all(folder, memory, quick):
    begin = time.monotonic()
    machine = Machine(sorted(os.sched_getaffinity(0))[:MAX_CPUS], memory)
    description = {
        'cpu': cpu_model(),
        'kernel': platform.release(),
        'memory': 'no hugepages' if '--no-huge' in memory else 'hugepages of 2 MiB',
        'load_before': load_average(),
        'cpus': machine.order_cpus(folder / 'gcc' / 'app' / 'dpdk-test-seqstat'),
    }
    results = {'quick': quick, 'machine': description}
    results.update(run_compiler(machine, folder, 'gcc', quick))
    results['clang'] = run_compiler(machine, folder, 'clang', quick)

    if len(machine.cpus) > 1:
        # Forwarders are to leave the CPU of whoever measures them alone.
        os.sched_setaffinity(0, {machine.cpus[0]})
        where = (folder / 'forward', memory, machine.cpus)
        results['forward'] = bench_forward.forward(*where, *((3, 3) if quick else (12, 5)))
        results['telemetry'] = bench_forward.telemetry(*where, 10 if quick else 100)
        os.sched_setaffinity(0, machine.cpus)
    machine.order_cpus(folder / 'gcc' / 'app' / 'dpdk-test-seqstat')
    repeat_disturbed(machine, folder, 'gcc', quick, results)
    repeat_disturbed(machine, folder, 'clang', quick, results['clang'])
    left = max(QUICK_S - round(time.monotonic() - begin), QUICK_SNAPSHOT_S)
    print('\n=== gcc: snapshot', flush=True)
    results.update(machine.autotest(folder / 'gcc' / 'app' / 'dpdk-test-seqstat', 'snapshot', quick,
                                    SEQSTAT_PERF_SECONDS=str(left if quick else SNAPSHOT_S)))
    description['load_after'] = load_average()
    return results


def prepare_output(args):
    """Make folders and files of results, which would be lost if that failed later."""
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.open('a', encoding='utf-8').close()
    if args.plot:
        args.plot.mkdir(parents=True, exist_ok=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path, help='what devtools/bench.sh built')
    parser.add_argument('--memory', default='--no-huge -m 512', help="EAL's options for memory")
    parser.add_argument('--quick', action='store_true', help='fewer rounds')
    parser.add_argument('--json', type=pathlib.Path, help='write the results to a file')
    parser.add_argument('--plot', type=pathlib.Path, help='draw the results into a folder')
    args = parser.parse_args()
    try:
        prepare_output(args)
    except OSError as error:
        parser.error(str(error))

    # So that programs that were started end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = run_all(args.folder, args.memory.split(), args.quick)
    found = bench_targets.targets(results)
    results['targets'] = [target.as_dict() for target in found]
    print('\ntargets')
    for target in found:
        print(target)
    if disturbed(results):
        print('Others used the same cores nearly all the time, so cycles, times and their '
              'ratios are too high:', ', '.join(disturbed(results)))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')
    if args.plot:
        bench_plot.draw(results, args.plot)
    return 0


if __name__ == '__main__':
    sys.exit(main())
