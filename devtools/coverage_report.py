#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""List the lines that no test runs and the branches that none takes, then count them."""

import argparse
import collections
import pathlib


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
        text = self.path.read_text(encoding='utf-8').split('\n')
        for line, count in sorted(self.lines.items()):
            taken = list(self.branches[line].values())
            if count == 0:
                what = 'not run'
            elif 0 in taken:
                what = f'{taken.count(0)} of {len(taken)} branches not taken'
            else:
                continue
            print(f'{self.path.name}:{line}: {what}: {text[line - 1].strip()}')


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('tracefile', help="lcov's")
    sources = read(parser.parse_args().tracefile)
    for source in sources:
        source.show()
    count('lines', (n for source in sources for n in source.lines.values()))
    count('branches', (n for source in sources for line in source.branches.values()
                       for n in line.values()))


if __name__ == '__main__':
    main()
