#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Other processes see a process as alive until it ends or calls exec()."""

import errno
import os

from agents import STALE, TORN, Application, run


def check_seen(app, subject):
    """Check that a process sees the death of another, and that others see its life and death."""
    victim = app.secondary(20)
    subject.good('on', 'plain', 'begin', 'set')
    victim.good('begin', 'set')
    victim.kill()
    assert subject.take(timeout_us=10_000)['flags'] & TORN, 'a dead process taken for alive'
    subject.good('on', 'plain', 'end', 'set')
    assert app.primary.take()['flags'] == TORN
    assert subject.take()['flags'] == 0
    subject.good('on', 'plain', 'begin', 'set')
    assert app.primary.take(timeout_us=10_000)['flags'] == STALE, 'a live process taken for dead'
    subject.kill()
    assert app.primary.take()['flags'] == TORN, 'a dead process taken for alive'


def test_after_the_end_of_its_first_thread(app):
    subject = app.secondary()
    subject.send('leave')
    check_seen(app, subject)


def test_the_primary_after_the_end_of_its_first_thread(app):
    secondary = app.secondary()
    secondary.good('count', 'set')
    app.primary.send('leave')
    app.primary.good('on', 1, 'begin', 'set')
    assert secondary.take(timeout_us=10_000)['flags'] & ~STALE == 2
    secondary.good('begin', 'set')
    secondary.kill()
    answer = app.primary.take(timeout_us=10_000)
    assert answer['flags'] & TORN, answer
    app.primary.good('on', 1, 'end', 'set')
    assert app.telemetry('/seqstat/total,set')['stale'] == 0


def test_after_chroot(app):
    subject = app.secondary()
    folder = os.path.join(app.folder, 'empty')
    os.mkdir(folder)
    subject.good('chroot', folder)
    check_seen(app, subject)


def test_after_it_closed_all_descriptors(app):
    # No worker lcores: their threads panic without EAL's pipes.
    subject = app.secondary(lcores='(4)')
    subject.good('close_all')
    check_seen(app, subject)


def test_in_a_pid_namespace(app):
    check_seen(app, app.secondary(around=('unshare', '-pf', '--kill-child')))


def test_in_a_mount_namespace(app):
    check_seen(app, app.secondary(around=('unshare', '-m')))


def test_in_namespaces_that_it_enters():
    """A process enters a container's PID namespace, with and without its mount namespace."""
    for mount in ((), ('-m',)):
        with Application() as app:
            container = app.secondary(6, around=('unshare', '-pfm', '--kill-child',
                                                 '--mount-proc'))
            enter = ('nsenter', '-t', str(container.host_pid()), '-p', *mount)
            check_seen(app, app.secondary(around=enter))


def test_until_exec(app):
    """exec() keeps the process id; a thread was in a section."""
    subject = app.secondary()
    subject.good('on', 5, 'begin', 'set')
    subject.send('exec', 'cat')
    assert subject.do('"good"') == 'good'
    assert app.primary.take()['flags'] == TORN
    assert app.primary.take()['flags'] == 0
    app.primary.good('forget', 'set')
    app.primary.good('free', 'set')


def test_exec_while_another_thread_is_inside_the_library(app):
    for _ in range(20):
        subject = app.secondary()
        for command in (('count', 'set'), ('take', 'set', 1000), ('relabel', 'set', 'port1')):
            subject.good('repeat', 'plain', *command)
        subject.good('repeat', 5, 'count', 'set')
        subject.send('exec', 'cat')
        assert subject.do('"good"') == 'good'
        app.primary.good('relabel', 'set', 'port0')
        answer = app.primary.take()
        assert answer['ret'] == 0, answer
        assert app.primary.take()['flags'] == 0


def test_the_first_use_after_chroot_is_refused(app):
    subject = app.secondary(opened=False)
    folder = os.path.join(app.folder, 'empty')
    os.mkdir(folder)
    subject.good('chroot', folder)
    assert subject.do('lookup', 'set') == -errno.ESTALE


if __name__ == '__main__':
    run(globals())
