#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A forked child inherits no handle; without hugepages, it can use the library as any process."""

import errno
import threading

from agents import TORN, UNREAD, Application, run


def test_sections_on_an_inherited_handle_are_dropped(app):
    """The parent counts on another lcore and on the shared writer at the same time."""
    for lcore in (1, 'plain'):
        app.primary.good('repeat', lcore, 'count', 'set')
    app.primary.good('count', 'set', 5)
    app.primary.do('fork')
    for _ in range(1000):
        app.primary.good('count', 'set', 1000)
    app.primary.good('on', 'plain', 'count', 'set', 1000)
    app.primary.end_child()
    counted = app.primary.end_jobs()
    answer = app.primary.take()
    assert (answer['flags'], answer['total']) == (0, 5 + counted), answer


def test_an_inherited_snapshot_takes_nothing_and_frees_nothing(app):
    app.primary.take()
    app.primary.do('fork')
    assert app.primary.do('take', 'set', 0) == -errno.EPERM
    app.primary.good('forget', 'set')
    app.primary.good('close', 'set')
    app.primary.end_child()
    assert app.primary.do('free', 'set') == -errno.EBUSY
    app.primary.good('forget', 'set')
    app.primary.good('free', 'set')


def test_an_inherited_snapshot_is_refused_after_the_set_was_freed(app):
    secondary = app.secondary()
    secondary.take()
    secondary.do('fork')
    # The child lives; the handles of its parent are closed, and its parent is dead.
    secondary.signal(9)
    secondary.process.wait()
    app.primary.good('free', 'set')
    secondary.good('hide')
    assert secondary.do('take', 'set', 0) == -errno.EPERM
    secondary.good('forget', 'set')
    secondary.good('count', 'set')


def test_a_child_that_looks_up_counts_on_a_writer_of_its_own():
    with Application('--no-huge') as app:
        app.primary.good('count', 'set', 5)
        app.primary.do('fork')
        app.primary.good('lookup', 'set')
        app.primary.good('count', 'set', 7)
        app.primary.good('forget', 'set')
        answer = app.primary.take()
        assert sorted(w['level'] for w in answer['writers'] if w['lcore'] == '0') == [5, 7]
        app.primary.end_child()
        app.primary.good('count', 'set', 5)
        assert app.primary.take()['total'] == 17


def test_a_child_cannot_free_what_its_parent_has_open():
    with Application('--no-huge') as app:
        app.primary.do('fork')
        app.primary.good('lookup', 'set')
        assert app.primary.do('free', 'set') == -errno.EBUSY
        app.primary.end_child()
        app.primary.good('free', 'set')


def test_a_parent_cannot_free_what_its_child_has_open(app):
    secondary = app.secondary(opened=False)
    secondary.do('fork')
    secondary.good('lookup', 'set')
    secondary.signal(9)
    secondary.process.wait()
    assert app.primary.do('free', 'set') == -errno.EBUSY
    app.primary.good('close', 'set')
    secondary.good('free', 'set')


def test_a_living_child_does_not_keep_its_parent_alive(app):
    parent = app.secondary()
    parent.good('on', 5, 'begin', 'set')
    parent.do('fork')
    assert app.primary.take(timeout_us=2000)['flags'] == UNREAD
    parent.signal(9)
    parent.process.wait()
    assert app.primary.take()['flags'] == TORN
    assert parent.do('lookup', 'set') == -errno.ENOTSUP


def test_a_daemon_goes_on_where_it_was_before():
    with Application('--no-huge') as app:
        app.primary.good('count', 'set', 5)
        app.primary.do('daemon')
        app.primary.process.wait()
        app.primary.good('count', 'set', 100)  # Dropped: on the handle from before daemon().
        app.primary.good('lookup', 'set')
        app.primary.good('count', 'set', 7)
        app.primary.good('forget', 'set')
        assert app.primary.writer(0)['level'] == 12


def test_a_primary_becomes_a_daemon_before_it_uses_the_library():
    with Application(create=False) as app:
        secondary = app.secondary(opened=False)
        app.primary.do('daemon')
        app.primary.process.wait()
        app.primary.good('create', 'set')
        app.primary.good('count', 'set', 3)
        secondary.good('lookup', 'set')
        assert secondary.take()['total'] == 3


def test_a_child_with_hugepages_is_refused(app):
    """Otherwise, the parent would read blocks that are mapped only in the child."""
    for _ in range(2):
        app.primary.do('fork')
        assert app.primary.do('lookup', 'set') == -errno.ENOTSUP
        assert app.primary.do('create', 'large', 1000000) == -errno.ENOTSUP
    app.primary.end_child()
    app.primary.end_child()
    app.primary.good('count', 'set', 5)
    assert app.primary.take()['total'] == 5


def test_a_child_does_not_wait_for_a_lock_that_its_parent_holds():
    with Application('--no-huge') as app:
        app.primary.take()
        app.primary.good('lock')
        app.primary.do('fork')
        for command in ('count', 'forget', 'close'):
            app.primary.good(command, 'set')
        assert app.primary.do('free', 'set') == -errno.ENOENT
        assert app.primary.do('lookup', 'set') == -errno.ETIMEDOUT
        app.primary.end_child()
        app.primary.good('unlock')
        app.primary.good('forget', 'set')
        app.primary.good('free', 'set')


def test_dropped_sections_take_no_lock(app):
    """Dropped sections take no spinlock, which a fork could copy while it is taken."""
    app.primary.good('create', 'long', 10000)
    app.primary.do('fork')
    app.primary.good('repeat', 'plain', 'count', 'long')
    for _ in range(50):
        app.primary.do('fork')
        app.primary.good('count', 'long')
        app.primary.end_child()
    app.primary.end_jobs()


def test_children_come_and_go_while_telemetry_answers():
    answers = []
    with Application('--no-huge') as app:
        app.primary.good('count', 'set', 5)
        over = threading.Event()

        def ask():
            while not over.is_set():
                answers.append(app.telemetry('/seqstat/total,set'))

        client = threading.Thread(target=ask)
        client.start()
        try:
            for _ in range(100):
                app.primary.do('fork')
                app.primary.good('lookup', 'set')
                app.primary.good('forget', 'set')
                assert app.primary.take()['ret'] == 0
                app.primary.end_child()
        finally:
            over.set()
            client.join()
        assert all(answer['rows']['0']['packets'] == 5 for answer in answers)


def test_a_child_of_a_process_without_shared_memory_is_refused():
    with Application('--no-shconf', '--no-huge') as app:
        app.primary.do('fork')
        assert app.primary.do('lookup', 'set') == -errno.EEXIST
        app.primary.good('count', 'set', 5)
        app.primary.end_child()
        assert app.primary.take()['total'] == 0


if __name__ == '__main__':
    run(globals())
