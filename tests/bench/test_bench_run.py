#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What bench_run.py does around the benchmarks, and bench_compare.py with the results."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import bench_compare
import bench_forward
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


class Near(unittest.TestCase):
    """Of forwarding, what counts is when the CPUs were near each other, if they ever were."""

    def test_ratio(self):
        near, far = {'one': 30, 'other': 20}, {'one': 30, 'other': 10}
        starts = [[(1200, far)] * 5, [(310, near), (1050, far), (400, near)], [(700, far)]]
        rounds = bench_forward.near_rounds(starts)
        self.assertEqual(rounds, [[], [near, near], []])
        self.assertEqual(bench_forward.ratio(rounds, 'one', 'other'), 1.5)

    def test_always_far(self):
        starts = [[(1200, {'one': 3, 'other': 2}), (1000, {'one': 3, 'other': 0})]]
        rounds = bench_forward.near_rounds(starts)
        self.assertEqual(bench_forward.ratio(rounds, 'one', 'other'), 1.5)

    def test_one_cpu(self):
        starts = [[(0, {'one': 1, 'other': 2})]]
        self.assertEqual(bench_forward.near_rounds(starts), [[{'one': 1, 'other': 2}]])


class Output(unittest.TestCase):
    """What cannot be written is told before anything is measured."""

    def test_refused(self):
        for option in ('--json', '--plot'):
            with self.subTest(option=option):
                ended = subprocess.run([bench_run.__file__, '/dev/null', option, '/dev/null/x/y'],
                                       check=False, capture_output=True, text=True)
                self.assertEqual(ended.returncode, 2)
                self.assertIn('/dev/null/x', ended.stderr)


def snapshot(contender, rate, slowdown, times_plain):
    return {'contender': contender, 'writers': 1, 'counters': 8, 'gap': 0, 'pattern': 'few',
            'rate': rate, 'writer_slowdown': slowdown, 'times_plain': times_plain}


def all_results():
    """Results with one ratio in each group."""
    return {
        'update_ratio': {'same': {'seqstat_vs_plain': 1.2}},
        'clang': {'update_ratio': {}},
        'snapshot': [snapshot('seqstat', 0, 3.0, 2.0), snapshot('seqstat', 1000, 1.0, 2.5),
                     snapshot('rwlock', 1000, 1.5, 9.0)],
        'growth': [{'writers': 1, 'rows': 4, 'ratio_to_plain': 1.1}],
        'forward': {'cases': [{'ports': ['a', 'b'], 'lcores': 1, 'ratio_vs_no_stats': 0.99}]},
    }


class Compare(unittest.TestCase):
    """Each ratio is compared with the same one of the other run."""

    def changes(self):
        """Return for each ratio results in which it is more by half, and its group's name."""
        for group, change in (
                ('updates', lambda r: r['update_ratio']['same'].update(seqstat_vs_plain=1.8)),
                ('slowdown of writers by seqstat',
                 lambda r: r['snapshot'][0].update(writer_slowdown=4.5)),
                ('slowdown of writers by seqstat',
                 lambda r: r['snapshot'][1].update(writer_slowdown=1.5)),
                ('slowdown of writers by others',
                 lambda r: r['snapshot'][2].update(writer_slowdown=2.25)),
                ('snapshots by the plain copy, back to back',
                 lambda r: r['snapshot'][0].update(times_plain=3.0)),
                ('snapshots by the plain copy, at a rate',
                 lambda r: r['snapshot'][1].update(times_plain=3.75)),
                ('growth', lambda r: r['growth'][0].update(ratio_to_plain=1.65)),
                ('forwarding', lambda r: r['forward']['cases'][0].update(ratio_vs_no_stats=1.485))):
            changed = all_results()
            change(changed)
            yield group, changed

    def test_same(self):
        for group, (number, differing) in bench_compare.compare(all_results(), all_results(),
                                                                0).items():
            self.assertGreater(number, 0, group)
            self.assertEqual(differing, [], group)

    def test_each_ratio(self):
        for group, changed in self.changes():
            with self.subTest(group=group):
                for pair in ((all_results(), changed), (changed, all_results())):
                    found = bench_compare.compare(*pair, 0.49)
                    self.assertEqual([name for name, (_, differing) in found.items() if differing],
                                     [group])
                    found = bench_compare.compare(*pair, 0.51)
                    self.assertFalse(any(differing for _, differing in found.values()))

    def test_loads_of_one_run_only(self):
        """A run with fewer CPUs has fewer loads."""
        less = all_results()
        del less['snapshot'][0]
        number, differing = bench_compare.compare(all_results(), less,
                                                  0)['slowdown of writers by seqstat']
        self.assertEqual((number, differing), (1, []))

    def test_bad_input(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'results')
            for text in (None, 'no JSON', '{}', '[1]'):
                with self.subTest(text=text):
                    if text is not None:
                        path.write_text(text, encoding='utf-8')
                    ended = subprocess.run([bench_compare.__file__, path, path], check=False,
                                           capture_output=True, text=True)
                    self.assertEqual(ended.returncode, 2)
                    self.assertIn('error: ', ended.stderr)
                    self.assertNotIn('Traceback', ended.stderr)

    def test_reader_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'results')
            path.write_text(json.dumps(all_results()), encoding='utf-8')
            reader, writer = os.pipe()
            os.close(reader)
            ended = subprocess.run([bench_compare.__file__, path, path], check=False,
                                   stdout=writer, stderr=subprocess.PIPE, text=True)
            os.close(writer)
            self.assertEqual(ended.stderr, '')

    def test_exit_status(self):
        group, changed = next(self.changes())
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in ('one', 'other')]
            for path, results in zip(paths, (all_results(), changed)):
                path.write_text(json.dumps(results), encoding='utf-8')
            ended = subprocess.run([bench_compare.__file__, *paths], check=False,
                                   capture_output=True, text=True)
            self.assertEqual(ended.returncode, 1, ended.stderr)
            self.assertIn(f'{group}: 0 of 1 within 10 %', ended.stdout)
            ended = subprocess.run([bench_compare.__file__, *paths, '--limit', '60'], check=False,
                                   capture_output=True, text=True)
            self.assertEqual(ended.returncode, 0, ended.stderr)


if __name__ == '__main__':
    unittest.main()
