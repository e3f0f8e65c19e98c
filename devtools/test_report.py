#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Count the results in meson's testlog.json, and list failed and skipped tests."""

import json
import sys


def main():
    try:
        with open(sys.argv[1], encoding='utf-8') as log:
            tests = [json.loads(line) for line in log]
    except (OSError, ValueError) as error:
        sys.exit(f'no results: {error}')

    passed = failed = skipped = 0
    print()
    for test in tests:
        if test['result'] in ('OK', 'EXPECTEDFAIL'):
            passed += 1
        elif test['result'] == 'SKIP':
            skipped += 1
            # A skipped test prints the reason last; DPDK's autotests add a line.
            lines = test.get('stdout', '').replace('Test Skipped', '').split('\n')
            reason = next((line for line in reversed(lines) if line.strip()), 'no reason given')
            print(f'skipped: {test["name"]}: {reason.strip()}')
        else:
            failed += 1
            print(f'failed: {test["name"]}: {test["result"]}')
    print(f'seqstat: {passed} passed, {failed} failed, {skipped} skipped')
    sys.exit(0 if tests and not failed else 1)


if __name__ == '__main__':
    main()
