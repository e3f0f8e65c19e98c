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
RATIOS = ('seqstat_vs_plain', 'seqstat_vs_rte_seqlock', 'seqstat_vs_atomic_add')
FORWARD_RATIOS = ('ratio_vs_no_stats', 'ratio_latency', 'ratio_vs_dpdk_l2fwd',
                  'ratio_under_telemetry')
LOADS = set(itertools.product((8, 64, 256, 1024, 16384), (0, 200, 1000), (0, 1000),
                              ('plain', 'rte_seqlock', 'rte_spinlock', 'seqstat')))


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.plots = pathlib.Path(folder.name, 'plots')
        path = pathlib.Path(folder.name, 'results.json')
        ended = subprocess.run(
            [BENCH, '--quick', '--starts', '2', '--json', path, '--plot', cls.plots],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        print(ended.stdout)
        ended.check_returncode()
        cls.results = json.loads(path.read_text(encoding='utf-8'))

    def check_range(self, value):
        self.assertTrue(0 < value['min'] <= value['median'] <= value['max'] < math.inf, value)

    def test_updates(self):
        for mode, ratio in itertools.product(('same', 'rotating'), RATIOS):
            self.check_range(self.results['update_ratio'][mode][ratio])

    def test_snapshots(self):
        loads = set()
        for entry in self.results['snapshot']:
            loads.add(tuple(entry[key] for key in ('counters', 'gap', 'rate', 'contender')))
            with self.subTest(entry=entry):
                for key in 'p50_ns', 'p99_ns', 'writer_slowdown', 'times_plain':
                    self.check_range(entry[key])
                self.assertLessEqual(entry['p50_ns']['median'], entry['p99_ns']['median'])
                self.assertGreater(entry['snapshots'], 0)
                if entry['contender'] == 'seqstat':
                    self.assertEqual(entry['torn'], 0)
                    # On shared CPUs, a writer may be preempted for longer than the timeout.
                    self.assertTrue(self.results['indicative'] or not entry['failures'])
        self.assertEqual(loads, LOADS)
        self.assertGreater(self.results['snapshot_total']['plain']['torn'], 0)

    def test_growth(self):
        self.assertEqual({entry['writers'] for entry in self.results['growth']}, {1, 64})
        for entry in self.results['growth']:
            self.check_range(entry['p50_ns'])
            self.assertEqual((entry['failures'], entry['torn']), (0, 0), entry)

    def test_forwarding(self):
        for case in self.results['forward'], self.results['forward']['ring']:
            for ratio in FORWARD_RATIOS:
                self.check_range(case[ratio])

    def test_stat_file(self):
        self.assertEqual(set(self.results['file']), {'1024', '131072'})
        for entry in self.results['file'].values():
            self.check_range(entry['read_ns'])
            self.assertGreater(entry['times_copy']['min'], 1)
        publish = self.results['publish']
        for entry in publish.values():
            self.check_range(entry['writer_slowdown'])
            self.check_range(entry['cuts_per_second'])
        self.check_range(publish['publisher']['cpu_share'])
        self.assertEqual(publish['snapshots']['reads_per_second']['max'], 0)
        self.assertGreater(publish['publisher_200_readers']['reads_per_second']['median'],
                           publish['publisher']['reads_per_second']['median'])

    def test_pictures_and_tables(self):
        for name in 'update', 'snapshot', 'forward', 'file':
            if name != 'file':
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
