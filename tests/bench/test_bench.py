#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run all benchmarks: whether everything is measured that is promised, not how fast it is."""

import itertools
import json
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

UPDATES = {
    'plain', 'plain_atomic', 'seqstat', 'seqstat_add2', 'seqstat_stride', 'seqstat_add2_stride',
    'rte_seqcount', 'rte_seqcount_per_counter', 'latch', 'rte_seqlock', 'rte_spinlock',
    'rte_rwlock', 'atomic_add', 'pthread_mutex',
}
RATIOS = {'seqstat_vs_plain', 'seqstat_vs_rte_seqcount', 'seqstat_vs_rte_seqlock',
          'seqstat_vs_atomic_add'}
READERS = {'seqcount_loop', 'rwlock', 'plain', 'seqstat'}
BOOK = {'shared_unsynchronized', 'shared_spinlock', 'shared_atomic', 'shared_buffered',
        'per_core', 'per_core_spinlock', 'per_core_seqcount', 'seqstat'}
PICTURES = ('update', 'snapshot', 'slowdown')


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.pictures = pathlib.Path(folder.name, 'pictures')
        path = pathlib.Path(folder.name, 'results.json')
        ended = subprocess.run([BENCH, '--quick', '--json', path, '--plot', cls.pictures],
                               check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        print(ended.stdout)
        ended.check_returncode()
        cls.printed = ended.stdout
        cls.results = json.loads(path.read_text(encoding='utf-8'))

    def compilers(self):
        return {'gcc': self.results, 'clang': self.results['clang']}

    def test_updates(self):
        for compiler, results in self.compilers().items():
            for mode in ('same', 'rotating', 'spaced_200', 'spaced_1000'):
                with self.subTest(compiler=compiler, mode=mode):
                    self.assertLessEqual(UPDATES, set(results['update'][mode]))
            for mode in ('same', 'rotating'):
                with self.subTest(compiler=compiler, ratios=mode):
                    ratios = results['update_ratio'][mode]
                    self.assertLessEqual(RATIOS, set(ratios))
                    self.assertTrue(all(ratio > 0 for ratio in ratios.values()), ratios)
                    best = min(cycles for name, cycles in results['update'][mode].items()
                               if name.startswith('seqstat'))
                    self.assertAlmostEqual(ratios['seqstat_vs_plain'],
                                           best / results['update'][mode]['plain'], 2)

    def assert_error(self, entry, ratio):
        """A ratio's error is known but for few samples; a ratio to itself has none."""
        error = entry[f'{ratio}_error']
        if entry['contender'] == 'plain' and ratio == 'times_plain':
            self.assertEqual(error, 0)
        elif error is not None:
            self.assertGreater(error, 0)
        elif entry['contender'] == 'seqstat' and entry['rate'] == 1000 and \
                ratio == 'times_plain':
            # Of four snapshots the times of three are kept; 32 tell.
            self.assertLess(entry['snapshots'], 128)

    def test_snapshots(self):
        wanted = set(itertools.product((8, 64, 256, 1024, 16384), (0, 200, 1000), (0, 1000),
                                       ('few', 'spread'), READERS))
        by_writers = {}
        for entry in self.results['snapshot']:
            what = tuple(entry[key] for key in ('counters', 'gap', 'rate', 'pattern',
                                                'contender'))
            by_writers.setdefault(entry['writers'], set()).add(what)
            with self.subTest(load=what, writers=entry['writers']):
                self.assertGreater(entry['snapshots'], 0)
                self.assertGreater(entry['p50_ns'], 0)
                self.assertLessEqual(entry['p50_ns'], entry['p99_ns'])
                self.assertLessEqual(entry['p99_ns'], entry['max_ns'])
                self.assertGreater(entry['writer_slowdown'], 0)
                self.assertGreater(entry['near'], 0)
                self.assertLessEqual(entry['near'], 1)
                for ratio in ('writer_slowdown', 'times_plain'):
                    self.assert_error(entry, ratio)
                self.assertLessEqual(entry['failures'], entry['snapshots'])
                if entry['contender'] != 'plain':
                    self.assertEqual(entry['torn'], 0)
        self.assertIn(1, by_writers)
        if len(self.results['machine']['cpus']) > 2:
            self.assertGreater(len(by_writers), 1)
        for writers, found in by_writers.items():
            self.assertEqual(wanted - found, set(), f'{writers} writers')

    def test_growth(self):
        growth = self.results['growth']
        self.assertLessEqual({1, 128}, {entry['writers'] for entry in growth})
        self.assertLessEqual({1, 65536}, {entry['rows'] for entry in growth})
        for entry in growth:
            self.assertGreater(entry['ns_per_byte'], 0)
            self.assertGreaterEqual(entry['block_bytes'], 8 * entry['rows'] * entry['counters'])

    def test_book(self):
        for compiler, results in self.compilers().items():
            with self.subTest(compiler=compiler):
                self.assertEqual(BOOK, set(results['book']))

    def test_forwarding(self):
        forward = self.results['forward']
        for name in ('ratio_vs_no_stats', 'ratio_vs_dpdk_l2fwd', 'ratio_under_telemetry'):
            self.assertGreater(forward[name], 0)
        for case in forward['cases']:
            self.assertTrue(all(rate > 0 for rate in case['packets_per_second'].values()), case)
            self.assertGreater(case['asked_per_second'], 0)
            self.assertGreater(case['near'], 0)
            if case['lcores'] == 1:
                self.assertEqual(case['near'], 1)

    def test_telemetry(self):
        for command in ('seqstat_total', 'ethdev_stats'):
            with self.subTest(command=command):
                found = self.results['telemetry'][command]
                self.assertGreater(found['requests_per_second'], 0)
                self.assertLessEqual(found['p50_us'], found['p99_us'])

    def test_targets_are_told(self):
        for target in self.results['targets']:
            with self.subTest(target=target['name']):
                self.assertIn(('  met    ' if target['met'] else '  MISSED ') + target['name'],
                              self.printed)

    def test_pictures(self):
        for name in PICTURES:
            with self.subTest(picture=name):
                png = (self.pictures / f'seqstat_perf_{name}.png').read_bytes()
                self.assertTrue(png.startswith(b'\x89PNG'))
                svg = (self.pictures / f'seqstat_perf_{name}.svg').read_text(encoding='utf-8')
                self.assertIn('</svg>', svg)


if __name__ == '__main__':
    if len(os.sched_getaffinity(0)) < 2:
        print('a reader beside a writer needs two CPUs')
        sys.exit(77)
    supervise()
    unittest.main()
