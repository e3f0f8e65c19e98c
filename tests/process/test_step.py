#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A process that is killed before any instruction of the library leaves all usable.

The victims, and those that go on after them, are children of a process that does not use the
library itself. The instructions of DPDK are left out: it does not survive a kill everywhere.
"""

import errno
import os
import platform
import signal

from agents import TORN, Application, Skip, run

# Each instruction with a stride of one takes hours.
STRIDE = int(os.environ.get('STEP_STRIDE', '0'))
SAMPLES = 200


def in_child(agent, commands, *last):
    """Execute commands in a child which then ends, by itself or by the last command."""
    agent.do('fork')
    for command in commands:
        agent.good(*command.split())
    agent.send(*last or ['exit'])
    return agent.answer()


def check_usable(agent, counted=None):
    """Check that what is left is usable, and that the first row has counted that many."""
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
    # A clear that could not be finished without the lock is finished now.
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
    agent.send('exit')
    assert agent.answer() == 0


def check(before, *command, counted=None):
    if platform.machine() != 'x86_64':
        raise Skip('only x86 has a flag that makes it trap after each instruction')
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
        agent.send('exit')
        assert agent.answer() == 0
        check_usable(agent)
        stride = STRIDE or n_steps // SAMPLES + 1
        for step in range(1, n_steps + 1, stride):
            agent.good('begin_anew')
            try:
                assert in_child(agent, before, 'die', step, *command) == -signal.SIGKILL
                check_usable(agent, counted)
            except AssertionError as error:
                raise AssertionError(f'killed before instruction {step} of {n_steps}') from error
        print(f'{n_steps} instructions, each {stride}th', end=', ')


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
    """What the row has counted is in it or retired, and nowhere twice."""
    check(['create set 1', 'count set', 'on plain count set', 'label set port1'], 'clear', 'set',
          counted=2)


def test_the_second_clear():
    """A snapshot that notices the first one has the generation that belongs to its values."""
    check(['create set 1', 'count set', 'clear set', 'count set'], 'clear', 'set', counted=2)


def test_walk():
    check(['create set'], 'walk')


if __name__ == '__main__':
    run(globals())
