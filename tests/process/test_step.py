#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Kill a process before an instruction of the library: others can use everything afterwards.

The killed processes, and those that check after them, are children of a process that does not use
the library. No kill comes inside DPDK, which does not survive it everywhere.
"""

import errno
import os
import platform
import signal
import unittest

from agents import TORN, Application, run

# STEP_STRIDE=1 kills before each instruction, for hours; 0 takes SAMPLES of them.
STRIDE = int(os.environ.get('STEP_STRIDE', '0'))
SAMPLES = 200


def in_child(agent, commands, *last):
    """Execute commands in a child, which then exits or executes a last command."""
    agent.do('fork')
    for command in commands:
        agent.good(*command.split())
    agent.send(*last or ['exit'])
    return agent.answer()


def check_usable(agent, counted=None):
    """Check that a process can use everything, and the count of the first row."""
    agent.do('fork')
    ret = agent.do('create', 'set')
    if ret != 0:
        assert ret == -errno.EEXIST, errno.errorcode[-ret]
        agent.good('lookup', 'set')
    assert agent.do('walk') == 1
    agent.good('lock')
    before = agent.take(timeout_us=0)
    agent.good('unlock')
    answer = agent.take(timeout_us=0)
    # The first snapshot, without the lock, cannot finish a clear; the second one does.
    assert before['generation'] != answer['generation'] or before['total'] <= answer['total'], (
        before, answer)
    flags = answer['flags']
    assert flags in (0, TORN), flags
    assert counted in (None, answer['total'] + answer['retired']), answer
    agent.good('count', 'set')
    agent.good('on', 'plain', 'count', 'set')
    for writer in agent.take(timeout_us=0)['writers']:
        assert writer['flags'] == 0 and (writer['level'] >= 0 or flags == TORN), writer
    agent.good('relabel', 'set', 'port0')
    agent.good('forget', 'set')
    for command in ('free', 'create', 'free'):
        agent.good(command, 'set')
    assert agent.do('walk') == 0
    agent.end_child()


def check(before, *command, counted=None):
    if platform.machine() != 'x86_64':
        raise unittest.SkipTest('single steps need the trap flag of x86')
    with Application(create=False) as app:
        agent = app.primary
        in_child(agent, ['create set'])
        check_usable(agent)
        agent.good('begin_anew')
        agent.do('fork')
        for words in before:
            agent.good(*words.split())
        ret, n_steps = agent.do('die', 0, *command)
        assert ret >= 0 and n_steps > 0, (ret, n_steps)
        agent.end_child()
        check_usable(agent)
        stride = STRIDE or n_steps // SAMPLES + 1
        for step in range(1, n_steps + 1, stride):
            agent.good('begin_anew')
            try:
                assert in_child(agent, before, 'die', step, *command) == -signal.SIGKILL
                check_usable(agent, counted)
            except AssertionError as error:
                raise AssertionError(f'killed before instruction {step} of {n_steps}') from error
        print(f'{n_steps} instructions, every {stride}th', end=', ')


def test_the_first_create():
    check([], 'create', 'set')


def test_create():
    check(['create other', 'free other'], 'create', 'set')


def test_lookup():
    check(['create set', 'close set'], 'lookup', 'set')


def test_free():
    check(['create set', 'count set', 'on plain count set'], 'free', 'set')


def test_close():
    check(['create set', 'count set'], 'close', 'set')


def test_the_first_section_of_an_lcore():
    check(['create set'], 'count', 'set')


def test_a_section():
    check(['create set', 'count set'], 'count', 'set')


def test_a_snapshot():
    check(['create set', 'count set', 'label set port1'], 'take', 'set', 0)


def test_label():
    check(['create set'], 'label', 'set', 'port1')


def test_clear():
    """Each count is in the row or retired, never both."""
    check(['create set 1', 'count set', 'on plain count set', 'label set port1'], 'clear', 'set',
          counted=2)


def test_the_second_clear():
    """A snapshot after the first clear has the generation of its values."""
    check(['create set 1', 'count set', 'clear set', 'count set'], 'clear', 'set', counted=2)


def test_walk():
    check(['create set'], 'walk')


if __name__ == '__main__':
    run(globals())
