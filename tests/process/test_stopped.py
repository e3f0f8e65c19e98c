#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A stopped process delays no writer, and no reader beyond its timeout."""

import errno

from agents import UNREAD, Application, run, wait_until


def test_a_stopped_reader_delays_no_writer(app):
    reader = app.secondary()
    reader.good('turn', 'set')
    reader.stop()
    for lcore in (1, 2, 'plain'):
        app.primary.good('on', lcore, 'count', 'set')
    app.primary.good('on', 1, 'count', 'set')
    answer = app.primary.take(timeout_us=10_000)
    assert (answer['ret'], answer['flags'], answer['tsc']) == (-errno.ETIMEDOUT, UNREAD, 0)
    reader.kill()
    assert app.primary.take()['total'] == 4


def test_a_reader_stopped_at_any_moment(app):
    reader = app.secondary()
    app.primary.good('repeat', 1, 'count', 'set')
    reader.good('repeat', 5, 'take', 'set', 10_000_000)
    for _ in range(50):
        reader.stop()
        # A timeout if the stopped reader has the turn.
        answer = app.primary.take(timeout_us=1000)
        assert answer['ret'] in (0, -errno.ETIMEDOUT)
        reader.go_on()
        wait_until(lambda: app.primary.take()['ret'] == 0, 'a snapshot')
    for agent in (reader, app.primary):
        agent.end_jobs()


def test_a_stopped_writer_of_one_set_does_not_delay_readers_of_another(app):
    app.primary.good('create', 'other')
    writer, reader = app.secondary(4), app.secondary(6)
    reader.good('lookup', 'other')
    writer.good('begin', 'set')
    writer.stop()
    app.primary.good('repeat', 1, 'take', 'set', 60_000_000)
    for _ in range(1000):
        reader.good('count', 'other')
        assert reader.take('other', 1_000_000)['flags'] == 0
    writer.go_on()
    writer.good('end', 'set')
    app.primary.end_jobs()


def test_a_reader_waiting_for_a_stopped_writer_does_not_delay_other_readers(app):
    writer, waiting = app.secondary(4), app.secondary(6)
    writer.good('begin', 'set')
    writer.stop()
    waiting.send('take', 'set', 60_000_000)
    wait_until(lambda: app.primary.do('info', 'set')['snapshots'], 'the reader')
    for count in range(1, 31):
        app.primary.good('count', 'set')
        answer = app.primary.take(timeout_us=100_000)
        assert (answer['ret'], answer['total']) == (-errno.ETIMEDOUT, count), answer
        assert [w['lcore'] for w in answer['writers'] if w['flags']] == ['4']
    writer.go_on()
    writer.good('end', 'set')
    assert waiting.answer()['flags'] == 0


def test_no_reference_leaks_while_the_control_lock_is_taken(app):
    holder, user = app.secondary(4), app.secondary(6)
    for agent in (user, app.primary):
        agent.take()
    holder.good('lock')
    holder.stop()
    for agent in (user, app.primary):
        agent.good('forget', 'set')
    user.good('close', 'set')
    user.good('count', 'set')  # Dropped: the handle is closed.
    assert app.primary.do('free', 'set') == -errno.ETIMEDOUT
    assert app.primary.do('label', 'set', 'port0') == -errno.ETIMEDOUT
    assert app.primary.do('create', 'other') == -errno.ETIMEDOUT
    assert app.primary.do('walk') == -errno.ETIMEDOUT
    assert app.primary.do('info', 'set')['writers'] == 3
    holder.go_on()
    holder.good('unlock')
    assert app.primary.do('free', 'set') == -errno.EBUSY
    holder.good('close', 'set')
    app.primary.good('free', 'set')


def test_telemetry_answers_while_a_writer_is_stopped(app):
    writer = app.secondary()
    writer.good('count', 'set', 5)
    assert app.telemetry('/seqstat/total,set')['rows']['0']['packets'] == 5
    writer.good('begin', 'set')
    writer.stop()
    app.primary.good('count', 'set', 7)
    answer = app.telemetry('/seqstat/total,set')
    assert (answer['stale'], answer['rows']['0']['packets']) == (1, 12), answer


def test_a_timeout_of_zero_tries_all_of_127_writers_inside_sections():
    with Application('--no-huge', lcores='(0-127)') as app:
        for lcore in range(1, 128):
            app.primary.good('on', lcore, 'begin', 'set')
        app.primary.good('count', 'set', 5)
        answer = app.primary.take(timeout_us=0)
        assert (answer['ret'], answer['total']) == (-errno.ETIMEDOUT, 5), answer
        assert sum(w['flags'] == UNREAD for w in answer['writers']) == 127
        for lcore in range(1, 128):
            app.primary.good('on', lcore, 'end', 'set')
        answer = app.primary.take(timeout_us=0)
        assert (answer['ret'], answer['total']) == (0, 132)


if __name__ == '__main__':
    run(globals())
