#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Count the results in a meson test log, and list failed and skipped tests."""

import argparse
import json
import sys

PASSED = ('OK', 'EXPECTEDFAIL')
SKIPPED = ('SKIP',)


def skip_reason(test):
    """Return the last line that a skipped test printed as its reason."""
    lines = [line.strip() for line in test.get('stdout', '').splitlines()]
    lines = [line for line in lines if line and line != 'Test Skipped']
    return lines[-1] if lines else 'no reason given'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('log', help="meson's testlog.json")
    try:
        with open(parser.parse_args().log, encoding='utf-8') as log:
            tests = [json.loads(line) for line in log]
    except (OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: no results: {error}')

    passed = [test for test in tests if test['result'] in PASSED]
    skipped = [test for test in tests if test['result'] in SKIPPED]
    failed = [test for test in tests if test not in passed + skipped]

    print()
    for test in skipped:
        print(f'skipped: {test["name"]}: {skip_reason(test)}')
    for test in failed:
        print(f'failed: {test["name"]}: {test["result"]}')
    print(f'seqstat: {len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped')
    sys.exit(0 if tests and not failed else 1)


if __name__ == '__main__':
    main()
