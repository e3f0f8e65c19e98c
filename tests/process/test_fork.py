#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A forked child has nothing of its parent's, and can do all that a process can."""

import errno
import threading

from agents import TORN, UNREAD, Application, run


def test_what_a_child_counts_with_an_inherited_handle_is_dropped():
    """Meanwhile its parent counts on another lcore and on the shared writer."""
    with Application() as app:
        for lcore in (1, 'plain'):
            app.primary.good('repeat', lcore, 'count', 'set')
        app.primary.good('count', 'set', 5)
        app.primary.do('fork')
        for _ in range(1000):
            app.primary.good('count', 'set', 1000)
        app.primary.good('on', 'plain', 'count', 'set', 1000)
        app.primary.send('exit')
        assert app.primary.answer() == 0
        counted = sum(runs for runs, _, _ in app.primary.do('stop'))
        answer = app.primary.take()
        assert (answer['flags'], answer['total']) == (0, 5 + counted), answer


def test_an_inherited_snapshot_takes_nothing_and_frees_nothing():
    with Application() as app:
        app.primary.take()
        app.primary.do('fork')
        assert app.primary.do('take', 'set', 0) == -errno.EPERM
        app.primary.good('forget', 'set')
        app.primary.good('close', 'set')
        app.primary.send('exit')
        assert app.primary.answer() == 0
        assert app.primary.do('free', 'set') == -errno.EBUSY
        app.primary.good('forget', 'set')
        app.primary.good('free', 'set')


def test_an_inherited_snapshot_is_refused_after_the_set_was_freed():
    with Application() as app:
        secondary = app.secondary()
        secondary.take()
        secondary.do('fork')
        # A living child keeps no handle of its parent's open, and its parent not alive.
        secondary.signal(9)
        secondary.process.wait()
        app.primary.good('free', 'set')
        assert secondary.do('take', 'set', 0) == -errno.EPERM
        secondary.good('count', 'set')


def test_a_child_that_looks_up_counts_on_a_writer_of_its_own():
    with Application() as app:
        app.primary.good('count', 'set', 5)
        app.primary.do('fork')
        app.primary.good('lookup', 'set')
        app.primary.good('count', 'set', 7)
        app.primary.good('forget', 'set')
        answer = app.primary.take()
        assert sorted(w['level'] for w in answer['writers'] if w['lcore'] == '0') == [5, 7]
        app.primary.send('exit')
        assert app.primary.answer() == 0
        app.primary.good('count', 'set', 5)
        assert app.primary.take()['total'] == 17


def test_a_child_cannot_free_what_its_parent_has_open():
    with Application() as app:
        app.primary.do('fork')
        app.primary.good('lookup', 'set')
        assert app.primary.do('free', 'set') == -errno.EBUSY
        app.primary.send('exit')
        assert app.primary.answer() == 0
        app.primary.good('free', 'set')


def test_a_parent_cannot_free_what_its_child_has_open():
    with Application() as app:
        secondary = app.secondary()
        secondary.do('fork')
        secondary.good('lookup', 'set')
        secondary.signal(9)
        secondary.process.wait()
        assert app.primary.do('free', 'set') == -errno.EBUSY
        app.primary.good('close', 'set')
        secondary.good('free', 'set')


def test_a_living_child_does_not_keep_its_parent_alive():
    with Application() as app:
        parent = app.secondary()
        parent.good('on', 5, 'begin', 'set')
        parent.do('fork')
        assert app.primary.take(timeout_us=2000)['flags'] == UNREAD
        parent.signal(9)
        parent.process.wait()
        assert app.primary.take()['flags'] == TORN
        parent.good('lookup', 'set')
        parent.good('count', 'set')
        assert app.primary.take()['flags'] == 0


def test_a_daemon_goes_on_where_it_was_before():
    with Application() as app:
        secondary = app.secondary()
        secondary.good('count', 'set', 5)
        secondary.do('daemon')
        secondary.process.wait()
        secondary.good('count', 'set', 100)  # It has not looked the set up yet.
        secondary.good('lookup', 'set')
        secondary.good('count', 'set', 7)
        assert app.primary.writer(4)['level'] == 12


def test_a_primary_that_becomes_a_daemon_goes_on():
    with Application() as app:
        secondary = app.secondary()
        app.primary.do('daemon')
        app.primary.process.wait()
        app.primary.good('lookup', 'set')
        app.primary.good('count', 'set', 3)
        assert secondary.take()['total'] == 3
        app.primary.signal(9)


def test_a_child_does_not_wait_for_a_lock_that_its_parent_holds():
    with Application() as app:
        app.primary.take()
        app.primary.good('lock')
        app.primary.do('fork')
        for command in ('count', 'forget', 'close'):
            app.primary.good(command, 'set')
        assert app.primary.do('free', 'set') == -errno.ENOENT
        # As any other process.
        assert app.primary.do('lookup', 'set') == -errno.ETIMEDOUT
        app.primary.send('exit')
        assert app.primary.answer() == 0
        app.primary.good('unlock')
        app.primary.good('forget', 'set')
        app.primary.good('free', 'set')


def test_a_child_of_a_child_counts_while_its_parent_does():
    """Sections that are dropped take no lock which a fork could leave taken."""
    with Application() as app:
        app.primary.good('create', 'long', 10000)
        app.primary.do('fork')
        app.primary.good('repeat', 'plain', 'count', 'long')
        for _ in range(50):
            app.primary.do('fork')
            app.primary.good('count', 'long')
            app.primary.send('exit')
            assert app.primary.answer() == 0
        app.primary.do('stop')


def test_children_come_and_go_while_telemetry_answers():
    answers = []
    with Application() as app:
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
                app.primary.send('exit')
                assert app.primary.answer() == 0
        finally:
            over.set()
            client.join()
        assert all(answer['rows']['0']['packets'] == 5 for answer in answers)


def test_a_child_of_a_process_that_shares_no_memory_is_refused():
    with Application('--no-shconf', '--no-huge') as app:
        app.primary.do('fork')
        assert app.primary.do('lookup', 'set') == -errno.EEXIST
        app.primary.good('count', 'set', 5)
        app.primary.send('exit')
        assert app.primary.answer() == 0
        assert app.primary.take()['total'] == 0


if __name__ == '__main__':
    run(globals())
