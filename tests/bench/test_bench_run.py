#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What bench_run.py does around the benchmarks."""

import subprocess
import unittest

import bench_run


def update(same, rotating, mark):
    """Results of the update benchmark, the shares of its modes given, marked."""
    return {
        'compiler': 'gcc',
        'tsc_hz': 2.5e9,
        'update': {'same': {'plain': mark}, 'rotating': {'plain': mark}},
        'update_ratio': {'same': {'seqstat_vs_plain': mark}},
        'update_undisturbed': {'same': same, 'rotating': rotating},
    }


class Merge(unittest.TestCase):
    """From a repeated test is taken what was disturbed less, and nothing else."""

    def test_modes_one_by_one(self):
        results = update(0.1, 0.0, 1)
        bench_run.keep_less_disturbed(results, update(0.05, 0.2, 2), 'update')
        self.assertEqual(results, {
            'compiler': 'gcc',
            'tsc_hz': 2.5e9,
            'update': {'same': {'plain': 1}, 'rotating': {'plain': 2}},
            'update_ratio': {'same': {'seqstat_vs_plain': 1}},
            'update_undisturbed': {'same': 0.1, 'rotating': 0.2},
        })

    def test_ratios_follow_their_mode(self):
        results = update(0.0, 0.5, 1)
        bench_run.keep_less_disturbed(results, update(0.2, 0.5, 2), 'update')
        self.assertEqual(results['update_ratio'], {'same': {'seqstat_vs_plain': 2}})
        self.assertEqual(results['update']['rotating'], {'plain': 1})

    def test_tests_without_modes(self):
        for share, kept in ((0.1, 2), (0.0, 1)):
            results = {'book': {'plain': 1}, 'book_undisturbed': 0.05, 'growth': []}
            again = {'book': {'plain': 2}, 'book_undisturbed': share}
            bench_run.keep_less_disturbed(results, again, 'book')
            self.assertEqual(results['book'], {'plain': kept})
            self.assertEqual(results['growth'], [])


class Output(unittest.TestCase):
    """What cannot be written is told before anything is measured."""

    def test_refused(self):
        for option in ('--json', '--plot'):
            with self.subTest(option=option):
                ended = subprocess.run([bench_run.__file__, '/dev/null', option, '/dev/null/x/y'],
                                       check=False, capture_output=True, text=True)
                self.assertEqual(ended.returncode, 2)
                self.assertIn('/dev/null/x', ended.stderr)


if __name__ == '__main__':
    unittest.main()
