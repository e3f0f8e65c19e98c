#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run the benchmark once: it prints every figure, and the figures are plausible."""

import csv
import itertools
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from supervised import supervise  # noqa: E402

BENCH = pathlib.Path(__file__).resolve().parents[2] / 'devtools/bench.sh'
SIZES = 8, 64, 256, 1024, 16384
CONTENDERS = ('plain', 'rte_seqlock', 'rte_spinlock', 'seqstat', 'stat_file')


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.plots = pathlib.Path(folder.name, 'plots')
        path = pathlib.Path(folder.name, 'results.json')
        subprocess.run([BENCH, '--quick', '--starts', '2', '--json', path, '--plot', cls.plots],
                       check=True, stdin=subprocess.DEVNULL)
        cls.results = json.loads(path.read_text(encoding='utf-8'))

    def check_range(self, value):
        self.assertTrue(0 < value['min'] <= value['median'] <= value['max'] < math.inf, value)

    def test_updates_and_forwarding(self):
        for mode in 'same', 'rotating':
            for name in 'plain', 'rte_seqlock', 'atomic_add':
                self.check_range(self.results['update_ratio'][mode][f'seqstat_vs_{name}'])
        for name in 'vs_no_stats', 'latency', 'vs_dpdk_l2fwd', 'under_telemetry':
            self.check_range(self.results['forward'][f'ratio_{name}'])

    def check_snapshots(self, benchmark, *loads):
        found = []
        for entry in self.results[benchmark]:
            found.append(tuple(entry[key] for key in ('writers', 'counters', 'gap', 'rate',
                                                      'contender')))
            with self.subTest(entry=entry):
                for key in 'p50_ns', 'p99_ns', 'writer_slowdown', 'times_plain':
                    self.check_range(entry[key])
                self.assertLessEqual(entry['p50_ns']['median'], entry['p99_ns']['median'])
                self.assertGreater(entry['snapshots'], 0)
                if entry['contender'] != 'plain':
                    self.assertEqual(entry['torn'], 0)
                # On shared CPUs, a writer may be preempted for longer than the timeout.
                if entry['contender'] in ('seqstat', 'stat_file'):
                    self.assertTrue(self.results['indicative'] or not entry['failures'])
        self.assertEqual(sorted(found), sorted(itertools.product(*loads, CONTENDERS)))

    def test_snapshots(self):
        self.check_snapshots('snapshot', (1,), SIZES, (0, 200, 1000), (0, 1000))
        self.check_snapshots('growth', (1, 64), SIZES, (0,), (0, 1000))
        self.assertGreater(self.results['snapshot_total']['plain']['torn'], 0)

    def test_pictures_and_tables(self):
        for name in 'update', 'snapshot', 'forward':
            png = (self.plots / f'seqstat_perf_{name}.png').read_bytes()
            self.assertTrue(png.startswith(b'\x89PNG'), name)
            with (self.plots / f'seqstat_perf_{name}.csv').open(encoding='utf-8') as file:
                self.assertEqual(len(set(map(len, csv.reader(file)))), 1, name)


if __name__ == '__main__':
    if len(os.sched_getaffinity(0)) < 2:
        print('a reader and a writer need two CPUs')
        sys.exit(77)
    supervise()
    unittest.main()
