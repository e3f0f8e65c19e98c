#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Put the project into the source of Debian's DPDK, and build and test it there."""

import os
import re
import subprocess
import sys
import time
import unittest

from dpdk_tree import SOURCE, Build, Unavailable, content, debian_source, overlay, skip, supervise

# As pairs of the folder here and the one there.
COPIES = [('lib/seqstat/*.[ch]', 'lib/seqstat'),
          ('app/test-seqstat/test_seqstat*.[ch]', 'app/test'),
          ('examples/l2fwd-stats/*', 'examples/l2fwd-stats')]


def registered(kind):
    """Return the names of the tests of a kind that the project's sources register."""
    return sorted(name for file in (SOURCE / 'app/test-seqstat').glob('test_seqstat*.c')
                  for name in re.findall(rf'^REGISTER_{kind}_TEST\((\w+),',
                                         file.read_text(encoding='utf-8'), re.MULTILINE))


class InTree(unittest.TestCase):
    """In the order of their names: what one test made, the next ones use."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.tree.parent / 'build'

    def test_1_added(self):
        """Files are copied unchanged, once however often it is done."""
        before = content(self.tree)
        overlay(self.tree)
        once = content(self.tree)
        for pattern, folder in COPIES:
            for file in SOURCE.glob(pattern):
                self.assertEqual(once[f'{folder}/{file.name}'], file.read_bytes())
        self.assertEqual(set(before) - set(once), set())
        overlay(self.tree)
        self.assertEqual(content(self.tree), once)

    def test_2_built(self):
        """DPDK's build makes the library, its tests in dpdk-test, and the example."""
        build = Build(self.tree, self.folder, '-Dexamples=l2fwd-stats')
        type(self).dpdk_test, type(self).l2fwd_stats, _ = build.build(
            'dpdk-test', 'dpdk-l2fwd-stats', r'librte_seqstat\.so\.[\d.]+')
        self.assertLessEqual(set(registered('FAST')), set(build.tests('fast-tests')))
        self.assertLessEqual(set(registered('PERF')), set(build.tests('perf-tests')))

    def run_test(self, name, *args, **env):
        """Run a test of dpdk-test; returns whether it ran."""
        begin = time.monotonic()
        ended = subprocess.run([SOURCE / 'tests/run_eal.sh', self.dpdk_test, *args],
                               env=dict(os.environ, DPDK_TEST=name, **env), text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, check=False)
        self.assertIn(ended.returncode, (0, 77), ended.stdout)
        print(name, 'passed' if ended.returncode == 0 else 'was skipped',
              f'after {time.monotonic() - begin:.1f} s', file=sys.stderr)
        return ended.returncode == 0

    def test_3_autotests(self):
        """The real dpdk-test runs our tests next to DPDK's own of the lock below."""
        # It wants four lcores, which may share what CPUs there are.
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        self.assertTrue(self.run_test('seqlock_autotest', f'--lcores=(0-3)@({cpus})'))
        ran = {name: self.run_test(name) for name in registered('FAST')}
        self.assertTrue(ran['seqstat_autotest'])

    def test_4_perf(self):
        self.run_test('seqstat_perf_autotest', SEQSTAT_PERF_QUICK='1')

    def test_5_example(self):
        """The example does there what it does here."""
        test = SOURCE / 'tests/system/test_l2fwd_stats_forward.py'
        subprocess.run([sys.executable, test, 'Balance'],
                       env=dict(os.environ, L2FWD_STATS=self.l2fwd_stats), check=True)

    def test_6_removed(self):
        overlay('--remove', self.tree)
        self.assertEqual(content(self.tree), content(self.original))


if __name__ == '__main__':
    supervise()
    try:
        with debian_source(sys.argv.pop(1)) as (InTree.original, InTree.tree):
            unittest.main(verbosity=2, failfast=True)
    except Unavailable as error:
        skip(error)
