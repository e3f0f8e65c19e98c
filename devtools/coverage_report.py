#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""List the lines that no test runs and the branches that none takes, then count them.

Fails if there is a line of which nobody said why it is not run.
"""

import argparse
import collections
import pathlib
import sys

# Lines that may be counted as not run, and why.
EXPLAINED = {
    ('seqstat_read.h', 'rte_atomic_thread_fence(rte_memory_order_acquire);'):
        'no instruction on x86; run as often as the line after it',
}


class Source:
    """What lcov knows of a file: of each line how often it ran, and its branches."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.lines = {}
        self.branches = collections.defaultdict(dict)

    def add(self, kind, fields):
        if kind == 'DA':
            self.lines[int(fields[0])] = int(fields[1])
        elif kind == 'BRDA':
            line, block, branch, taken = fields
            # "-": the line itself never ran.
            self.branches[int(line)][block, branch] = 0 if taken == '-' else int(taken)

    def show(self):
        """Print what is not covered; return how many lines of it nobody explained."""
        text = self.path.read_text(encoding='utf-8').split('\n')
        unexplained = 0
        for line, n in sorted(self.lines.items()):
            code = text[line - 1].strip()
            taken = list(self.branches[line].values())
            if n == 0:
                why = EXPLAINED.get((self.path.name, code))
                unexplained += why is None
                what = 'not run' + (f' ({why})' if why else '')
            elif 0 in taken:
                what = f'{taken.count(0)} of {len(taken)} branches not taken'
            else:
                continue
            print(f'{self.path.name}:{line}: {what}: {code}')
        return unexplained


def read(path):
    """Return the files in a tracefile of lcov's."""
    sources = []
    for record in pathlib.Path(path).read_text(encoding='utf-8').split('\n'):
        kind, _, value = record.partition(':')
        if kind == 'SF':
            sources.append(Source(value))
        elif sources:
            sources[-1].add(kind, value.split(','))
    return sources


def count(what, covered):
    covered = list(covered)
    n = sum(map(bool, covered))
    print(f'{what}: {n} of {len(covered)}, {100 * n / len(covered):.1f} %')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('tracefile', help="lcov's")
    sources = read(parser.parse_args().tracefile)
    unexplained = sum(source.show() for source in sources)
    count('lines', (n for source in sources for n in source.lines.values()))
    count('branches', (n for source in sources for line in source.branches.values()
                       for n in line.values()))
    sys.exit(1 if unexplained else 0)


if __name__ == '__main__':
    main()
