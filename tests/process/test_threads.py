#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Several threads, of one process and of several."""

import errno
import unittest

from agents import STALE, UNREAD, Application, run, wait_until


def test_a_thread_that_ends_closes_no_section_of_an_lcore():
    """Else a snapshot would have a part of the section, unflagged."""
    with Application('--no-huge') as app:
        app.primary.good('on', 1, 'begin', 'set')
        for thread in ('plain', 'registered'):
            app.primary.good('on', thread, 'count', 'set')
            answer = app.primary.take(timeout_us=10_000)
            assert (answer['ret'], answer['flags']) == (-errno.ETIMEDOUT, UNREAD), answer
        app.primary.good('on', 1, 'end', 'set')
        assert app.primary.take()['flags'] == 0


def test_a_thread_that_ends_inside_a_section_leaves_the_shared_writer_stale():
    with Application('--no-huge') as app:
        app.primary.good('on', 'plain', 'count', 'set', 5)
        assert app.primary.take()['flags'] == 0
        app.primary.good('on', 'plain', 'begin', 'set')
        assert app.primary.take(timeout_us=0)['flags'] == STALE
        app.primary.good('count', 'set')
        answer = app.primary.take(timeout_us=0)
        assert (answer['flags'], answer['total']) == (STALE, 6)


def test_processes_that_count_at_the_same_time_lose_nothing(app):
    """A reader sees all counts that another reader saw before."""
    agents = [app.primary, app.secondary(4), app.secondary(6)]
    for agent, lcore in zip(agents, (1, 5, 7)):
        agent.good('repeat', lcore, 'count', 'set')
        agent.good('repeat', 'plain', 'count', 'set')
    seen = 0
    for _ in range(200):
        for agent in agents:
            answer = agent.take()
            assert answer['flags'] == 0 and answer['total'] >= seen, (seen, answer)
            assert all(writer['level'] >= 0 for writer in answer['writers']), answer
            seen = answer['total']
    counted = sum(agent.end_jobs() for agent in agents)
    assert app.primary.take()['total'] == counted > 0


def test_labels_are_read_whole_while_others_set_them():
    labels = 'a' * 63, 'b' * 63
    with Application() as app:
        for agent, label in zip((app.primary, app.secondary()), labels):
            agent.good('repeat', 'plain', 'relabel', 'set', label)
        seen = set()
        wait_until(lambda: seen.add(app.primary.do('labels', 'set')) or seen >= set(labels),
                   'both labels')
        assert seen <= {'', *labels}, seen
        for agent in app.agents:
            agent.end_jobs()


def test_sets_come_and_go_in_several_processes(app):
    """Each process creates or looks up sets, uses them, and frees those that no other has open."""
    agents = [app.primary, app.secondary(4), app.secondary(6)]
    for agent in agents:
        worker = {0: 1, 1: 5, 2: 7}[agents.index(agent)]
        for thread, name in (('plain', 'one'), ('plain', 'two'), (worker, 'one')):
            agent.good('repeat', thread, 'churn', name)
    # The reply is null between two sets of a name; a set counts in all rows at once.
    for _ in range(500):
        answer = app.telemetry('/seqstat/total,one')
        assert answer is None or len(answer['rows']) in (0, 8), answer
        assert app.telemetry('/seqstat/list') is not None
    for agent in agents:
        agent.end_jobs()
    for name in ('one', 'two'):
        assert app.primary.do('lookup', name) == -errno.ENOENT
    assert app.primary.do('walk') == 1


def test_freeing_a_huge_set_delays_nobody():
    with open('/proc/meminfo', encoding='ascii') as file:
        free = next(int(line.split()[1]) for line in file if line.startswith('MemAvailable'))
    if free < 6 << 20:
        raise unittest.SkipTest('6 GiB of memory are needed')
    with Application('--no-huge', '-m', '3072', lcores='(0-43)') as app:
        app.primary.good('create', 'huge', 1 << 20)
        for lcore in range(1, 44):
            app.primary.good('on', lcore, 'count', 'huge')
        assert app.primary.do('heap')['bytes'] > 1_500_000_000
        for thread, *command in ((1, 'count', 'set'), (2, 'take', 'set', 10_000_000),
                                 (3, 'walk'), ('plain', 'label', 'set', 'port0')):
            app.primary.good('repeat', thread, *command)
        app.primary.good('free', 'huge')
        app.primary.end_jobs()
        assert app.primary.do('heap')['bytes'] < 10_000_000


if __name__ == '__main__':
    run(globals())
