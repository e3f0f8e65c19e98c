#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A killed process harms no other process."""

import errno
import time

from agents import STALE, TORN, UNREAD, run, wait_until


def container(pid):
    """Return a command that runs a process under an id in a PID namespace of its own."""
    return ('unshare', '-pf', '--kill-child', '--mount-proc', 'sh', '-c',
            f'echo {pid - 1} >/proc/sys/kernel/ns_last_pid; "$@"; :', 'sh')


def start_namesakes(app):
    """Start two processes; a thread of the first and the main thread of the second have one id."""
    one = app.secondary(4, container(100))
    return one, app.secondary(6, container(one.do('on', 5, 'tid')))


def test_the_next_process_continues_the_values_of_a_killed_one(app):
    first = app.secondary()
    first.good('count', 'set', 5)
    first.kill()
    second = app.secondary()
    second.good('count', 'set', 2)
    writer = app.primary.writer(4)
    assert (writer['level'], writer['flags']) == (7, 0), writer
    assert writer['pid'] == second.pid


def test_an_open_section_of_a_killed_process_is_torn_once(app):
    first = app.secondary()
    first.good('begin', 'set')
    assert app.primary.take(timeout_us=2000)['flags'] == UNREAD
    first.kill()
    assert app.primary.take()['flags'] == TORN
    assert app.primary.take()['flags'] == 0
    second = app.secondary()
    second.good('count', 'set')
    assert app.primary.take()['flags'] == 0


def test_the_adoption_of_a_torn_writer_keeps_the_flag_for_readers(app):
    first = app.secondary()
    first.good('begin', 'set')
    first.kill()
    second = app.secondary()
    second.good('count', 'set')
    assert app.primary.take()['flags'] == TORN
    assert second.take()['flags'] == TORN
    assert app.primary.take()['flags'] == 0


def test_a_snapshot_of_several_cuts_reports_torn(app):
    victim, slow = app.secondary(4), app.secondary(6)
    slow.good('begin', 'set')
    victim.good('begin', 'set')
    victim.kill()
    answer = app.primary.take(timeout_us=50_000)
    assert (answer['ret'], answer['flags']) == (-errno.ETIMEDOUT, UNREAD | TORN), answer
    assert app.primary.take(timeout_us=0)['flags'] == UNREAD


def test_a_killed_process_loses_its_spinlock(app):
    first = app.secondary()
    first.good('on', 'plain', 'count', 'set', 3)
    first.good('on', 'plain', 'begin', 'set')
    first.kill()
    second = app.secondary()
    second.good('on', 'plain', 'count', 'set', 4)
    shared = [writer for writer in app.primary.take()['writers'] if writer['lcore'] == '-1']
    assert [writer['flags'] for writer in shared] == [0, TORN]
    assert shared[1]['pid'] == second.pid


def test_forty_containers_are_killed(app):
    """The kills come at any moment of counting and reading."""
    app.primary.good('repeat', 1, 'count', 'set')
    app.primary.good('repeat', 2, 'label', 'set', 'port0')
    app.primary.good('repeat', 'plain', 'count', 'set')
    for _ in range(8):
        victims = [app.secondary(4 + 2 * i, container(100 + i)) for i in range(5)]
        for i, victim in enumerate(victims):
            victim.good('count', 'set')
            victim.good('on', 'plain', 'count', 'set')
            victim.good('repeat', 5 + 2 * i, 'take', 'set', 1_000_000)
            victim.good('repeat', 'plain', 'count', 'set')
            victim.good('repeat', 'plain', 'walk')
        for victim in victims:
            answer = app.primary.take()
            assert answer['ret'] == 0, answer
            victim.kill()
            answer = app.primary.take()
            assert answer['ret'] == 0, answer
            # Telemetry waits 10 ms for its turn, and for writers inside a first section.
            wait_until(lambda: (app.telemetry('/seqstat/total,set') or {'unread': 1})
                       ['unread'] == 0, 'all writers in telemetry')
    app.primary.good('create', 'other')
    app.primary.good('free', 'other')
    app.primary.end_jobs()
    assert app.primary.take()['ret'] == 0
    app.primary.good('forget', 'set')
    app.primary.good('free', 'set')


def test_the_control_lock_stays_taken_when_a_namesake_that_waits_is_killed(app):
    waiter, holder = start_namesakes(app)
    holder.good('lock')
    waiter.send('on', 5, 'label', 'set', 'waiter')
    time.sleep(0.1)  # The waiter times out after a second.
    waiter.kill()
    assert app.primary.do('label', 'set', 'primary') == -errno.ETIMEDOUT
    holder.good('unlock')
    app.primary.good('label', 'set', 'primary')


def test_restarts_take_no_memory(app):
    """A secondary forks 500 children; every other one ends inside a section."""
    parent = app.secondary(opened=False)
    before = None
    for i in range(500):
        parent.do('fork')
        parent.good('lookup', 'set')
        parent.good('count', 'set')
        parent.good('on', 'plain', 'count', 'set')
        if i % 2:
            parent.good('begin', 'set')
        parent.end_child()
        after = app.primary.do('heap'), app.primary.do('info', 'set')['writers']
        assert before in (None, after), (i, before, after)
        before = after
    answer = app.primary.take()
    assert answer['flags'] == TORN
    assert sum(w['level'] for w in answer['writers'] if w['lcore'] == '-1') == 500


def test_a_stale_writer_is_read_when_its_process_is_killed(app):
    victim = app.secondary()
    victim.good('count', 'set', 7)
    assert app.primary.take()['flags'] == 0
    victim.good('begin', 'set')
    answer = app.primary.take(timeout_us=0)
    assert (answer['flags'], answer['total']) == (STALE, 7)
    victim.stop()
    assert app.primary.take(timeout_us=0)['flags'] == STALE
    victim.kill()
    answer = app.primary.take(timeout_us=0)
    assert (answer['flags'], answer['total']) == (TORN, 8)


if __name__ == '__main__':
    run(globals())
