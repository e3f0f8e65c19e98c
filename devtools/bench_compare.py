#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""
Compare the ratios in two files of results that devtools/bench.sh --json wrote.

Print those that differ by more than a limit, and how many there are.
"""

import argparse
import json
import pathlib
import signal
import sys


def update_ratios(results):
    for compiler, part in (('gcc', results), ('clang', results['clang'])):
        for mode, ratios in part['update_ratio'].items():
            for name, ratio in ratios.items():
                yield f'{compiler}, {mode}, {name}', ratio


def is_seqstat(entry):
    return entry['contender'] == 'seqstat'


def snapshot_ratios(results, name, select):
    for entry in results.get('snapshot', []):
        if select(entry):
            yield (f'{entry["contender"]}, {entry["writers"]} x {entry["counters"]} counters, '
                   f'gap {entry["gap"]}, {entry["pattern"]}, {entry["rate"]} a second',
                   entry[name])


def growth_ratios(results):
    for entry in results['growth']:
        yield f'{entry["writers"]} x {entry["rows"]} rows', entry['ratio_to_plain']


def forward_ratios(results):
    for case in results.get('forward', {}).get('cases', []):
        for name, ratio in case.items():
            if name.startswith('ratio_'):
                yield f'{" and ".join(case["ports"])}, {case["lcores"]} lcores, {name}', ratio


# What ratios there are: their name and how to find them.
GROUPS = {
    'updates': update_ratios,
    'forwarding': forward_ratios,
    'slowdown of writers by seqstat':
        lambda results: snapshot_ratios(results, 'writer_slowdown', is_seqstat),
    'slowdown of writers by others':
        lambda results: snapshot_ratios(results, 'writer_slowdown',
                                        lambda entry: not is_seqstat(entry)),
    'snapshots by the plain copy, at a rate':
        lambda results: snapshot_ratios(results, 'times_plain', lambda entry:
                                        is_seqstat(entry) and entry['rate'] > 0),
    'snapshots by the plain copy, back to back':
        lambda results: snapshot_ratios(results, 'times_plain', lambda entry:
                                        is_seqstat(entry) and entry['rate'] == 0),
    'growth': growth_ratios,
}


def difference(one, other):
    """Return how much the larger one is more than the other one, as a share of it."""
    return max(one, other) / min(one, other) - 1


def compare(one, other, limit):
    """Return for each group how many ratios there are, and those that differ by more."""
    found = {}
    for group, ratios in GROUPS.items():
        others = dict(ratios(other))
        pairs = [(name, ratio, others[name]) for name, ratio in ratios(one) if name in others]
        found[group] = len(pairs), [pair for pair in pairs if difference(*pair[1:]) > limit]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('results', type=pathlib.Path)
    parser.add_argument('others', type=pathlib.Path)
    parser.add_argument('--limit', type=float, default=10, help='in percent (%(default)s)')
    args = parser.parse_args()
    # Whoever reads the first lines only has seen enough.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        one, other = (json.loads(path.read_text(encoding='utf-8'))
                      for path in (args.results, args.others))
        found = compare(one, other, args.limit / 100)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    except (KeyError, TypeError) as error:
        parser.error(f'not results of devtools/bench.sh: {error!r}')

    for group, (number, differing) in found.items():
        print(f'{group}: {number - len(differing)} of {number} within {args.limit:g} %')
        for name, ratio, ratio_of_other in differing:
            print(f'    {name}: {ratio:.3f}, {ratio_of_other:.3f}')
    return 1 if any(differing for _, differing in found.values()) else 0


if __name__ == '__main__':
    sys.exit(main())
