#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Put the project into the source of Debian's DPDK, and build and test it there."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / 'tests'))

# pylint: disable=wrong-import-position
from debian_archive import Archive, Unavailable, skip  # noqa: E402
from supervised import run, supervise  # noqa: E402

# To save time, build only the drivers, libraries and tests of DPDK that ours need, and those
# without which dpdk-test does not link.
LITTLE = ['-Denable_drivers=bus/vdev,mempool/ring,net/null,net/ring',
          '-Ddisable_libs=*', '-Denable_docs=false', '-Dwerror=true',
          '-Doptimization=1', '-Dcpu_instruction_set=generic']
LIBRARIES = re.compile(r'kvargs|telemetry|eal|ring|rcu|mempool|mbuf|net|meter|ethdev|pci|cmdline|'
                       r'hash|timer|lpm|seqstat|seqstat_ethdev')
TESTS = re.compile(r'test_(seqlock|seqstat\w*|mp_secondary|timer_secondary|debug|pmd_perf)\.c')
# Files here, their folder in DPDK's tree.
COPIES = [('lib/seqstat/*.[ch]', 'lib/seqstat'),
          ('lib/seqstat_ethdev/*.[ch]', 'lib/seqstat_ethdev'),
          ('app/test-seqstat/test_seqstat*.[ch]', 'app/test'),
          ('examples/l2fwd-stats/*', 'examples/l2fwd-stats')]


def content(tree):
    """Return the content of each file in a tree, and the target of each link."""
    return {str(path.relative_to(tree)):
            str(path.readlink()) if path.is_symlink() else path.read_bytes()
            for path in tree.rglob('*') if path.is_symlink() or path.is_file()}


def drop_lines(file, pattern, needed):
    """Drop lines that match a pattern if what they list is not needed."""
    text = re.sub(pattern, lambda line: line[0] if needed.fullmatch(line[1]) else '',
                  file.read_text(encoding='utf-8'), flags=re.MULTILINE)
    file.write_text(text, encoding='utf-8')


def introspect(build, what):
    return json.loads(run('meson', 'introspect', f'--{what}', build))


def make(build, *names):
    """Build the targets whose file names match; return their paths."""
    paths = [path for target in introspect(build, 'targets') for path in target['filename']]
    found = [next(path for path in paths if re.fullmatch(name, pathlib.Path(path).name))
             for name in names]
    run('ninja', '--quiet', '-C', build, *(os.path.relpath(path, build) for path in found))
    return found


def registered(kind):
    """Return the names of the tests that the project's sources register: FAST or PERF."""
    return {name for file in (SOURCE / 'app/test-seqstat').glob('test_seqstat*.c')
            for name in re.findall(rf'^REGISTER_{kind}_TEST\((\w+),',
                                   file.read_text(encoding='utf-8'), re.MULTILINE)}


class InTree(unittest.TestCase):
    """Tests run in the order of their names; each uses the results of those before."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.tree = shutil.copytree(cls.original, folder / 'dpdk', symlinks=True)
        cls.build = folder / 'build'

    def overlay(self, *args):
        run(SOURCE / 'devtools/overlay.sh', *args, self.tree)

    def test_1_added(self):
        """The overlay copies files unchanged; a second one changes nothing; all is removed."""
        self.overlay()
        once = content(self.tree)
        for pattern, folder in COPIES:
            for file in SOURCE.glob(pattern):
                self.assertEqual(once[f'{folder}/{file.name}'], file.read_bytes())
        self.assertEqual(set(content(self.original)) - set(once), set())
        self.overlay()
        self.assertEqual(content(self.tree), once)
        self.overlay('--remove')
        self.assertEqual(content(self.tree), content(self.original))

    def test_2_series(self):
        """The patches apply in their order; then the library is there, and has a maintainer."""
        patches = self.build.with_name('patches')
        git = 'git', '-C', self.tree
        for args in (['init', '--quiet'], ['config', 'user.name', 'Jo Doe'],
                     ['config', 'user.email', 'jo@example.org'], ['add', '--all', '--force'],
                     ['commit', '--quiet', '--message=DPDK'], ['tag', 'base']):
            run(*git, *args)
        run(SOURCE / 'devtools/series.sh', self.tree, patches)
        self.assertEqual(run(*git, 'status', '--short'), '')
        for series in sorted(patches.iterdir()):
            cover, *files = sorted(series.iterdir())
            self.assertNotIn('***', cover.read_text(encoding='utf-8'))
            run(*git, 'am', '--quiet', *files)
        for name in 'seqstat', 'seqstat_ethdev':
            ours, theirs = ({file.name for file in (top / 'lib' / name).glob('*.[ch]')}
                            for top in (SOURCE, self.tree))
            self.assertEqual(theirs, {file for file in ours if not file.endswith('_compat.h')})
        self.assertIn('\nM: Jo Doe <jo@example.org>\nF: app/test/test_seqstat*\n',
                      (self.tree / 'MAINTAINERS').read_text(encoding='utf-8'))
        run(*git, 'reset', '--quiet', '--hard', 'base')

    def test_3_built(self):
        """DPDK's build makes the library, its tests in dpdk-test, and the example."""
        self.overlay()
        drop_lines(self.tree / 'lib/meson.build', r"^ {8}'(\w+)',.*\n", LIBRARIES)
        drop_lines(self.tree / 'app/test/meson.build', r"^.*'(test_\w+\.c)'.*\n", TESTS)
        run('meson', 'setup', self.build, self.tree, *LITTLE, '-Dexamples=l2fwd-stats')
        type(self).dpdk_test, type(self).l2fwd_stats, _ = make(
            self.build, 'dpdk-test', 'dpdk-l2fwd-stats', r'librte_seqstat\.so\.[\d.]+')
        for kind, suite in ('FAST', 'fast-tests'), ('PERF', 'perf-tests'):
            known = {test['name'] for test in introspect(self.build, 'tests')
                     if any(s.endswith(':' + suite) for s in test['suite'])}
            # Without hugepages, DPDK omits the tests that need them.
            self.assertLessEqual({name for name in registered(kind) if '_mp_' not in name}, known)

    def test_4_autotests(self):
        """DPDK's dpdk-test runs autotests of this library, and DPDK's own of seqlocks."""
        # The latter needs four lcores; they may share CPUs.
        lcores = f'--lcores=(0-3)@({",".join(map(str, os.sched_getaffinity(0)))})'
        for name in 'seqlock_autotest', 'seqstat_autotest', 'seqstat_snapshot_autotest':
            run(SOURCE / 'tests/run_eal.sh', self.dpdk_test, lcores, stdin=subprocess.DEVNULL,
                env=dict(os.environ, DPDK_TEST=name))

    def test_5_example(self):
        """The example from DPDK's build passes the tests of tests/system."""
        run(sys.executable, SOURCE / 'tests/system/test_l2fwd_stats_forward.py', 'Balance',
            env=dict(os.environ, L2FWD_STATS=self.l2fwd_stats))

    @unittest.skipUnless(shutil.which('riscv64-linux-gnu-gcc'), 'no compiler for riscv64')
    def test_6_riscv64(self):
        """The library compiles for riscv64, for which Debian 12 has no DPDK."""
        build = self.build.with_name('riscv64')
        run('meson', 'setup', build, self.tree, *LITTLE, '-Dtests=false',
            f'--cross-file={self.tree}/config/riscv/riscv64_linux_gcc')
        library, = make(build, r'librte_seqstat\.a')
        self.assertIn('RISC-V', run('readelf', '--file-header', library))
        # Without libatomic: each atomic access is inline.
        self.assertNotIn('__atomic_', run('riscv64-linux-gnu-nm', '--undefined-only', library))


if __name__ == '__main__':
    supervise()
    try:
        InTree.original = Archive(sys.argv.pop(1), 'source').source('dpdk')
    except Unavailable as error:
        skip(error)
    unittest.main(verbosity=2, failfast=True)
