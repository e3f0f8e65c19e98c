#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Search all states of the protocol under x86's memory model, with Spin.

tso.pml checks guarantees 1, 4 and 5, progress.pml checks guarantee 3. Spin must find no error in
the protocol, and one in each mutant.
"""

import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
SAFETY = ['-O2', '-w', '-DSAFETY', '-DCOLLAPSE', '-DMEMLIM=6000']
LIVENESS = ['-O2', '-w', '-DNFAIR=4']


def sizes(writers, rows, sections, last_sections, snapshots):
    """Return the macros of tso.pml for its sizes."""
    return [f'-DWRITERS={writers}', f'-DROWS={rows}', f'-DSECTIONS={sections}',
            f'-DLAST_SECTIONS={last_sections}', f'-DSNAPSHOTS={snapshots}']


# Name, model, macros.
SEARCHES = (
    ('one writer, two rows, three sections, two snapshots', 'tso', sizes(1, 2, 3, 3, 2)),
    ('the same in one unit', 'tso', [*sizes(1, 2, 3, 3, 2), '-DUNIT_ROWS=2']),
    ('a message, one section each, two snapshots', 'tso', sizes(2, 1, 1, 1, 2)),
    ('a message, the sender goes on, two snapshots', 'tso', sizes(2, 1, 2, 1, 2)),
    ('a message, the receiver goes on, two snapshots', 'tso', sizes(2, 1, 1, 2, 2)),
    ('messages, two sections each', 'tso', sizes(2, 1, 2, 2, 1)),
    ('a chain over three writers', 'tso', sizes(3, 1, 1, 1, 1)),
    ('writers are published during the snapshot', 'tso', [*sizes(2, 1, 1, 1, 1), '-DATTACH']),
    ('a busy writer is read at its next section', 'progress', []),
)
# 43 and 92 million states: a few minutes and up to 5 GB each.
LONG_SEARCHES = (
    ('messages, two sections each, two snapshots', 'tso', sizes(2, 1, 2, 2, 2)),
    ('a chain over three writers, the last goes on', 'tso', sizes(3, 1, 1, 2, 1)),
)

ALONE = sizes(1, 2, 2, 2, 1)
TOGETHER = sizes(2, 1, 1, 1, 1)
MUTANTS = (
    ('no fence after the epoch is raised', 'tso', [*TOGETHER, '-DNO_FENCE']),
    ('no second look at the number', 'tso', [*ALONE, '-DNO_SN_LOOK']),
    ('no second look at the acknowledgment', 'tso', [*TOGETHER, '-DNO_ACK_LOOK']),
    ("no second look at a unit's tag", 'tso', [*ALONE, '-DNO_TAG_LOOK']),
    ('a writer with an odd number counts as idle', 'tso', [*ALONE, '-DNO_PARITY']),
    ('a section does not make the number odd', 'tso', [*ALONE, '-DSTAYS_EVEN']),
    ('rows are not saved', 'tso', [*ALONE, '-DNO_SAVE']),
    ('a row is saved without its unit', 'tso', [*ALONE, '-DUNIT_ROWS=2', '-DNO_NEIGHBOUR']),
    ('the epoch ends before all is read', 'tso', [*TOGETHER, '-DEND_FIRST']),
    ('the message is received in the section', 'tso', [*TOGETHER, '-DRECEIVE_INSIDE']),
    ('writers are looked for before the epoch is raised', 'tso',
     [*TOGETHER, '-DATTACH', '-DLIST_FIRST']),
    ('sections acknowledge nothing', 'progress', ['-DNO_ACK']),
    ('the reader knows only the number', 'progress', ['-DTEXTBOOK']),
)


def search(model, defines):
    """Search all states; return the output of Spin's program."""
    with tempfile.TemporaryDirectory() as folder:
        liveness = model == 'progress'
        run = {'cwd': folder, 'check': True, 'text': True,
               'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT}
        subprocess.run(['spin', *defines, '-a', HERE / f'{model}.pml'], **run)
        subprocess.run(['gcc', *(LIVENESS if liveness else SAFETY), '-o', 'pan', 'pan.c'], **run)
        command = ['./pan', '-n', '-m100000', *(['-a', '-f'] if liveness else [])]
        return subprocess.run(command, **{**run, 'check': False}).stdout


def finding(output):
    """Return the error in an output, or None if the search was complete and found none."""
    if 'search not completed' in output.lower() and 'errors: 0' in output:
        return 'search not completed'
    if re.search(r'errors: 0\b', output):
        return None
    found = re.search(r'pan:\d+: (.*)', output)
    return found[1] if found else output


def states(output):
    return int(re.search(r'(\d+) states, stored', output)[1])


def check(name, output):
    """Report a search that must find no error."""
    found = finding(output)
    print(f'{"FAILED" if found else "passed"}: {name}: {found or f"{states(output)} states"}',
          flush=True)
    return found is None


def check_mutant(name, output):
    """Report a search that must find an error."""
    found = finding(output)
    killed = found is not None and ('assertion' in found or 'cycle' in found)
    print(f'{"killed" if killed else "SURVIVED"}: {name}: {found}', flush=True)
    return killed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--long', action='store_true', help='also run the two largest searches')
    parser.add_argument('-j', type=int, default=2, help='searches in parallel')
    args = parser.parse_args()
    for tool in 'spin', 'gcc':
        if not shutil.which(tool):
            print(f'no {tool}')
            return SKIPPED

    searches = SEARCHES + (LONG_SEARCHES if args.long else ())
    with concurrent.futures.ThreadPoolExecutor(1 if args.long else args.j) as pool:
        outputs = list(pool.map(lambda s: search(*s[1:]), searches + MUTANTS))
    passed = [check(s[0], output) for s, output in zip(searches, outputs)]
    killed = [check_mutant(m[0], output)
              for m, output in zip(MUTANTS, outputs[len(searches):])]
    print(f'mutants: {sum(killed)} of {len(killed)} killed')
    return 0 if all(passed + killed) else 1


if __name__ == '__main__':
    sys.exit(main())
