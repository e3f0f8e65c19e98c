#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A process registers, or is refused."""

import errno
import os

from agents import TORN, Application, run

ALONE = (('--no-huge',), ('--no-huge', '--no-shconf'), ('--in-memory',))


def check_works(app):
    agent = app.primary
    agent.good('create', 'another')
    agent.good('on', 1, 'count', 'another', 3)
    agent.good('on', 'plain', 'count', 'another', 4)
    answer = agent.take('another')
    assert (answer['flags'], answer['total']) == (0, 7)
    agent.good('forget', 'another')
    agent.good('free', 'another')


def test_a_process_without_secondaries():
    for options in ALONE:
        with Application(*options) as app:
            check_works(app)
            if '--no-shconf' not in options and '--in-memory' not in options:
                assert app.telemetry('/seqstat/list') == ['set']


def test_a_second_copy_of_the_library_is_refused():
    for options in ((), *ALONE):
        with Application(*options) as app:
            assert app.primary.do('second_copy', os.environ['LIBRARY']) == -errno.EEXIST
            check_works(app)


def test_a_removed_lock_file_stops_only_new_processes(app):
    victim = app.secondary()
    app.lock_file.unlink()
    assert app.secondary(6, opened=False).do('lookup', 'set') == -errno.ESTALE
    victim.good('begin', 'set')
    victim.kill()
    assert app.primary.take()['flags'] == TORN
    check_works(app)


def test_another_lock_file_is_refused(app):
    content = app.lock_file.read_bytes()
    app.lock_file.rename(app.runtime / 'former')
    app.lock_file.write_bytes(content)
    assert app.secondary(opened=False).do('lookup', 'set') == -errno.ESTALE
    app.lock_file.unlink()
    app.lock_file.symlink_to('former')
    assert app.secondary(6, opened=False).do('lookup', 'set') == -errno.ELOOP
    app.lock_file.unlink()
    (app.runtime / 'former').rename(app.lock_file)
    app.secondary(8)


def test_the_lock_file_is_not_created_through_a_link():
    with Application(create=False) as app:
        app.lock_file.symlink_to(app.runtime / 'elsewhere')
        assert app.primary.do('create', 'set') == -errno.ELOOP
        assert not (app.runtime / 'elsewhere').exists()
        app.lock_file.unlink()
        app.primary.good('create', 'set')


def test_an_application_of_the_same_name_after_a_crash(app):
    """Secondary processes of the crashed application are still alive."""
    old, victim, late = app.secondary(4), app.secondary(6), app.secondary(8, opened=False)
    old.good('count', 'set', 5)
    app.primary.kill()
    # EAL refuses to start while other processes use its files.
    for path in app.runtime.iterdir():
        if path != app.lock_file:
            path.unlink()
    app.start_primary()
    app.primary.good('create', 'set')
    new = app.secondary(10)
    new.good('count', 'set', 7)
    victim.good('begin', 'set')
    victim.kill()
    answer = old.take()
    assert (answer['flags'], answer['total']) == (TORN, 6), answer
    answer = app.primary.take()
    assert (answer['flags'], answer['total']) == (0, 7), answer
    assert late.do('lookup', 'set') == -errno.ESTALE
    new.good('begin', 'set')
    new.kill()
    assert app.primary.take()['flags'] == TORN


def test_an_application_after_a_crash_of_all_its_processes(app):
    for agent in (app.secondary(), app.primary):
        agent.good('begin', 'set')
        agent.good('lock')
        agent.kill()
    app.start_primary()
    app.primary.good('create', 'set')
    secondary = app.secondary()
    secondary.good('begin', 'set')
    secondary.kill()
    assert app.primary.take()['flags'] == TORN


def test_another_layout_is_refused(app):
    app.primary.good('layout', 1000)
    assert app.secondary(opened=False).do('lookup', 'set') == -errno.ENOTSUP


def test_a_process_without_a_free_slot_is_refused():
    with Application('--no-huge') as app:
        for _ in range(127):
            app.primary.do('fork')
            app.primary.good('lookup', 'set')
        app.primary.do('fork')
        assert app.primary.do('lookup', 'set') == -errno.ENOSPC
        app.primary.end_child()
        app.primary.end_child()
        app.primary.do('fork')
        app.primary.good('lookup', 'set')


def test_a_memzone_of_the_application_is_left_alone():
    with Application('--no-huge') as app:
        app.primary.good('memzone', 'SEQSTAT_other')
        assert app.primary.do('create', 'other') == -errno.EEXIST
        assert app.primary.do('lookup', 'other') == -errno.ENOENT
        app.primary.good('memzone_free', 'SEQSTAT_other')
        app.primary.good('create', 'other')


if __name__ == '__main__':
    run(globals())
