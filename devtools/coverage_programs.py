#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Print what the tests of suites run, for ninja to build.

That is not all there is: the models do without DPDK, but not where inline functions are kept
that nobody calls.
"""

import argparse
import json
import os
import subprocess


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('build', help='the build folder')
    parser.add_argument('suite', nargs='+')
    args = parser.parse_args()
    build = json.loads(subprocess.check_output(
        ['meson', 'introspect', '--targets', '--tests', args.build]))
    words = {os.path.join(args.build, word) for test in build['tests']
             if {suite.split(':')[-1] for suite in test['suite']} & set(args.suite)
             for word in (*test['cmd'], *test['env'].values())}
    for target in build['targets']:
        for name in target['filename']:
            if name in words:
                print(os.path.relpath(name, args.build))


if __name__ == '__main__':
    main()
