#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Break a line of the library at a time: a test has to fail.

The mutations are of limits, error paths, flags and accounting; tests/model has those of fences and
orders. All of them take hours.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
# The tests to run, the fastest first, as arguments of meson test.
STEPS = (
    [f'seqstat_{name}autotest' for name in ('', 'balance_', 'diff_', 'dump_', 'histogram_',
                                            'place_', 'publish_', 'rows_', 'schema_',
                                            'snapshot_', 'turn_', 'unit_', 'writer_')],
    ['stat file'],
    ['fault calls', 'fault telemetry'],
    [f'seqstat_{name}_autotest' for name in ('churn', 'lifetime', 'pipeline', 'torture')],
    ['--suite=process'],
)
TARGETS = ('app/dpdk-test-seqstat', 'tests/fault/faults', 'tests/process/agent',
           'tests/process/reader')


def mutations(text):
    """Return file, old text, new text, and the reason for equivalence of each mutation."""
    found = []
    for line in text.splitlines():
        if line.startswith('equivalent: '):
            found[-1][3] = line
        elif ' => ' in line:
            file, change = line.split(': ', 1)
            change = change.replace('\\n', '\n').replace('\\t', '\t')
            found.append([file, *change.split(' => '), ''])
    return found


def stale(source, found):
    """Return a message for each mutation with an old text that does not occur exactly once."""
    problems = []
    for file, old, _, _ in found:
        n = (source / 'lib/seqstat' / file).read_text().count(old)
        if n != 1:
            problems.append(f'{file}: occurs {n} times, not once: {old}')
    return problems


class Tree:
    """A copy of the project, built."""

    def __init__(self, source, folder):
        self.root = pathlib.Path(folder) / 'tree'
        self.build = self.root / 'build'
        shutil.copytree(source, self.root, ignore=lambda at, names: [
            name for name in names if at == str(source) and name.startswith(('build', '.git'))])
        self.run('meson', 'setup', self.build, self.root, '-Dwerror=false', check=True)
        if self.run('ninja', '-C', self.build).returncode != 0 or self.killer():
            sys.exit('the tests do not pass without a mutation')

    @staticmethod
    def run(*command, check=False):
        """Run a command; return its status and output."""
        return subprocess.run(command, check=check, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def compiles(self):
        """Build the programs; return whether that succeeded."""
        return self.run('ninja', '-C', self.build, *TARGETS).returncode == 0

    def failing(self, tests):
        """Run tests up to the first that fails; return its name, or None."""
        # A mutation may hang: the tests take less than an eighth of their timeouts.
        result = self.run('meson', 'test', '-C', self.build, '--no-rebuild', '--maxfail=1',
                          '--timeout-multiplier=0.25', *tests)
        if result.returncode == 0:
            return None
        failed = re.search(r' / (.+?) +(FAIL|TIMEOUT|ERROR) ', result.stdout)
        return failed[1] if failed else sys.exit(result.stdout)

    def killer(self):
        """Return the first test that fails twice in a row, or None."""
        for step in STEPS:
            test = self.failing(step)
            if test and self.failing([test]):
                return test
        return None

    def outcome(self, file, old, new):
        """Return the outcome of a mutation."""
        path = self.root / 'lib/seqstat' / file
        text = path.read_text()
        path.write_text(text.replace(old, new))
        try:
            if not self.compiles():
                return 'DOES NOT COMPILE'
            test = self.killer()
            return 'SURVIVED' if test is None else f'killed by {test}'
        finally:
            path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('files', nargs='*', help='only mutations of these files')
    parser.add_argument('--check', action='store_true', help='only look for the old texts')
    args = parser.parse_args()

    source = HERE.parents[1]
    found = mutations((HERE / 'mutations.txt').read_text())
    if problems := stale(source, found):
        sys.exit('\n'.join(['STALE mutations:', *problems]))
    if args.check:
        return 0

    bad = n = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(source, folder)
        for file, old, new, equivalent in found:
            if args.files and file not in args.files:
                continue
            outcome = equivalent or tree.outcome(file, old, new)
            n += 1
            bad += not outcome.startswith(('killed', 'equivalent'))
            print(f'{file}: {" ".join(old.split())} -> {" ".join(new.split())}: {outcome}',
                  flush=True)
    print(f'{n - bad} of {n} mutations killed or equivalent')
    return bad != 0


if __name__ == '__main__':
    sys.exit(main())
