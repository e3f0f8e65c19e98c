#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Threads of one process, and threads of several, in all parts of the library."""

import errno

from agents import STALE, TORN, UNREAD, Application, Skip, run, wait_until

OWN_EPOCH = 1


def writers(agent, lcore):
    return [writer for writer in agent.take(timeout_us=10_000)['writers']
            if writer['lcore'] == str(lcore)]


def test_an_lcore_function_launched_three_times_has_one_writer():
    with Application('--no-huge') as app:
        for _ in range(3):
            app.primary.good('on', 1, 'writer', 'set')
            app.primary.good('on', 1, 'count', 'set')
        assert app.primary.writer(1)['level'] == 3
        assert app.primary.do('info', 'set')['writers'] == 2


def test_threads_without_an_lcore_id_have_no_writer_of_their_own():
    with Application('--no-huge') as app:
        assert app.primary.do('on', 'plain', 'writer', 'set') == -errno.EINVAL


def test_a_thread_that_ends_closes_no_section_of_an_lcore():
    """It would be a part of a section in a snapshot without a flag."""
    with Application('--no-huge') as app:
        app.primary.good('on', 1, 'begin', 'set')
        for thread in ('plain', 'registered'):
            app.primary.good('on', thread, 'count', 'set')
            answer = app.primary.take(timeout_us=10_000)
            assert (answer['ret'], answer['flags']) == (-errno.ETIMEDOUT, UNREAD), answer
        app.primary.good('on', 1, 'end', 'set')
        assert app.primary.take()['flags'] == 0


def test_a_thread_that_unregisters_inside_a_section_leaves_it_torn():
    with Application('--no-huge') as app:
        app.primary.good('on', 'registered', 'count', 'set', 5)
        app.primary.good('on', 'registered', 'begin', 'set')
        writer = app.primary.writer(4)
        assert (writer['flags'], writer['level']) == (TORN, -1), writer
        app.primary.good('on', 'registered', 'count', 'set')
        assert app.primary.writer(4)['flags'] == 0
        assert app.primary.do('info', 'set')['writers'] == 2


def test_a_thread_that_ends_inside_a_section_leaves_the_shared_writer_stale():
    with Application('--no-huge') as app:
        app.primary.good('on', 'plain', 'count', 'set', 5)
        assert app.primary.take()['flags'] == 0
        app.primary.good('on', 'plain', 'begin', 'set')
        assert app.primary.take(timeout_us=0)['flags'] == STALE
        app.primary.good('count', 'set')
        answer = app.primary.take(timeout_us=0)
        assert (answer['flags'], answer['total']) == (STALE, 6)


def test_threads_that_share_a_writer_lose_nothing():
    with Application('--no-huge') as app:
        for thread in ('plain',) * 3 + ('registered', 1, 2):
            app.primary.good('repeat', thread, 'count', 'set')
        for _ in range(200):
            answer = app.primary.take()
            assert answer['ret'] == 0 and all(w['level'] >= 0 for w in answer['writers']), answer
        counted = sum(runs for runs, _, _ in app.primary.do('stop'))
        assert app.primary.take()['total'] == counted > 0


def test_processes_that_count_at_the_same_time_lose_nothing():
    """And what one reader has seen, no other reader misses later."""
    with Application() as app:
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
        counted = sum(runs for agent in agents for runs, _, _ in agent.do('stop'))
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
            (runs, failed, failure), = agent.do('stop')
            assert runs and not failed, failure


def test_sets_come_and_go_in_several_processes():
    """Any process finds, uses and frees them; what one has open stays."""
    with Application() as app:
        agents = [app.primary, app.secondary(4), app.secondary(6)]
        for agent in agents:
            worker = {0: 1, 1: 5, 2: 7}[agents.index(agent)]
            for thread, name in (('plain', 'one'), ('plain', 'two'), (worker, 'one')):
                agent.good('repeat', thread, 'churn', name)
        # Of a set there is an answer or none; all rows have counted, or none.
        for _ in range(500):
            answer = app.telemetry('/seqstat/total,one')
            assert answer is None or len(answer['rows']) in (0, 8), answer
            assert app.telemetry('/seqstat/list') is not None
        for agent in agents:
            for runs, failed, failure in agent.do('stop'):
                assert runs and not failed, (runs, failed, failure)
        for name in ('one', 'two'):
            assert app.primary.do('lookup', name) == -errno.ENOENT
        assert app.primary.do('walk') == 1


def test_several_sets_are_read_in_one_cut():
    with Application('--no-huge') as app:
        app.primary.good('create', 'other')
        # In this order, so that no cut has more of the second.
        app.primary.good('repeat', 1, 'pair', 'set', 'other')
        for _ in range(1000):
            first, second = app.primary.do('take_all', 10_000_000, 'set', 'other')
            assert first['flags'] == second['flags'] == 0
            assert first['tsc'] == second['tsc']
            assert second['total'] <= first['total'] <= second['total'] + 1, (first, second)
        (runs, _, _), = app.primary.do('stop')
        assert runs > 0


def test_what_cannot_be_one_cut_is_refused():
    with Application('--no-huge') as app:
        app.primary.good('create', 'apart', 8, OWN_EPOCH)
        assert app.primary.do('take_all', 0, 'set', 'set') == -errno.EINVAL
        assert app.primary.do('take_all', 0, 'set', 'apart') == -errno.EINVAL
        assert app.primary.do('take_all', 0, 'apart')[0]['ret'] == 0


def test_a_set_of_its_own_epoch_does_not_wait_for_the_turn_of_others():
    with Application('--no-huge') as app:
        app.primary.good('create', 'apart', 8, OWN_EPOCH)
        app.primary.good('turn', 'set')
        app.primary.good('count', 'apart', 5)
        answer = app.primary.take('apart', 0)
        assert (answer['ret'], answer['total']) == (0, 5)
        assert app.primary.take('set', 0)['ret'] == -errno.ETIMEDOUT


def test_freeing_a_huge_set_delays_nobody():
    with open('/proc/meminfo', encoding='ascii') as file:
        free = next(int(line.split()[1]) for line in file if line.startswith('MemAvailable'))
    if free < 6 << 20:
        raise Skip('6 GiB of memory are needed')
    with Application('--no-huge', '-m', '3072', lcores='(0-43)') as app:
        app.primary.good('create', 'huge', 1 << 20)
        for lcore in range(1, 44):
            app.primary.good('on', lcore, 'count', 'huge')
        assert app.primary.do('heap')['bytes'] > 1_500_000_000
        for thread, *command in ((1, 'count', 'set'), (2, 'take', 'set', 10_000_000),
                                 (3, 'walk'), ('plain', 'label', 'set', 'port0')):
            app.primary.good('repeat', thread, *command)
        app.primary.good('free', 'huge')
        jobs = app.primary.do('stop')
        assert all(runs and not failed for runs, failed, _ in jobs), jobs
        assert app.primary.do('heap')['bytes'] < 10_000_000


if __name__ == '__main__':
    run(globals())
