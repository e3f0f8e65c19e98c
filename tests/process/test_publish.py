#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Stat files of live, stopped and killed publishers."""

import contextlib
import ctypes
import errno
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import time
import unittest

from agents import CLONE_NEWNS, Application, run, wait_until

READER = os.environ['READER']
N_KILLS = 24


def application():
    return Application('--no-huge', '--no-telemetry')


@contextlib.contextmanager
def tmpfs(options='size=16m'):
    """Yield a folder with a tmpfs."""
    with tempfile.TemporaryDirectory(prefix='published-') as name:
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'seqstat', name],
                          check=False).returncode != 0:
            raise unittest.SkipTest('no tmpfs can be mounted')
        try:
            yield pathlib.Path(name)
        finally:
            subprocess.run(['umount', '--lazy', name], check=True)


def read(path):
    """Return the newest record, as reader.c prints it."""
    result = subprocess.run([READER, path], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout)


def start_counting(app):
    """Count on two lcores and on a thread without one."""
    for thread in (1, 2, 'plain'):
        app.primary.good('repeat', thread, 'count', 'set')


def test_a_killed_publisher_leaves_its_last_cut():
    """A reader checks each record; the next application replaces the file."""
    with tmpfs('size=64m') as folder:
        path = folder / 'file'
        for i in range(N_KILLS):
            with Application('--no-huge', '--no-telemetry', create=False) as app:
                # Large records, so that some kills come while the publisher writes.
                app.primary.good('create', 'set', 4000)
                start_counting(app)
                app.primary.good('publish', f'{path},history=20{",per-lcore" * (i % 2)}')
                # pylint: disable-next=consider-using-with
                reader = subprocess.Popen([READER, path, 'check'], stdout=subprocess.PIPE)
                wait_until(lambda: read(path)['number'] > 40, 'records')
                assert read(path)['gone'] == 0
                # Kill at a random moment of a period.
                time.sleep(random.random() / 1000)
                app.primary.kill()
                output = reader.communicate()[0]
                assert reader.returncode == 0
                seen, last = json.loads(output), read(path)
                assert last['gone'] == 1
                assert seen['records'] > 20 and seen['newest'] == last['number'], (seen, last)
                assert seen['value'] > 0
                if i % 2 == 0:
                    assert last['sets']['set']['rows'][0]['values'][0] == seen['value']


def test_the_publisher_thread_blocks_signals():
    with tmpfs() as folder, application() as app:
        app.primary.good('publish', folder / 'file')
        threads = pathlib.Path(f'/proc/{app.primary.process.pid}/task').iterdir()
        thread, = (thread for thread in threads
                   if (thread / 'comm').read_text() == 'dpdk-seqstat\n')
        # All but SIGKILL, SIGSTOP, and two of the C library.
        assert 'SigBlk:\tfffffffe7ffbfeff\n' in (thread / 'status').read_text()


def test_a_stopped_publisher_keeps_its_file():
    with tmpfs() as folder, application() as app:
        app.primary.good('publish', folder / 'file')
        app.primary.stop()
        assert read(folder / 'file')['gone'] == 0
        app.primary.go_on()


def test_a_forked_child_is_no_publisher():
    with tmpfs() as folder, application() as app, application() as other:
        app.primary.good('publish', folder / 'file')
        # Of both processes, only the child goes on.
        app.primary.do('daemon')
        wait_until(lambda: read(folder / 'file')['gone'] == 1, 'the end of the publisher')
        other.primary.good('publish', folder / 'file')
        assert read(folder / 'file')['gone'] == 0
        app.primary.send('exit')


def test_a_start_removes_the_files_of_killed_publishers():
    with tmpfs() as folder, application() as living:
        living.primary.good('publish', folder)
        for options in ',keep,per-lcore', ',keep', '':
            with application() as app:
                app.primary.good('publish', f'{folder}{options}')
                before = set(folder.iterdir())
                if options:
                    app.primary.good('unpublish')
                app.primary.kill()
        assert len(before) == 4, before
        killed = folder / f'p.{app.primary.pid}.seqstat'
        shutil.copy(killed, folder / f'{killed.name}.abcdef.tmp')
        others = [folder / name for name in ('p.1.copy.seqstat', 'p.seqstat', 'pp.1.seqstat',
                                             'p.1.seqstat.copy', 'p.a1.seqstat')]
        for path in others:
            shutil.copy(killed, path)
        (folder / 'p.1.seqstat').write_text('precious')
        with application() as app:
            app.primary.good('publish', folder)
            assert set(folder.iterdir()) == {
                *before - {killed}, *others, folder / 'p.1.seqstat',
                folder / f'p.{app.primary.pid}.seqstat'}
        kept = [read(path) for path in before - {killed}]
        assert sorted(record['gone'] for record in kept) == [0, 1, 1]


def test_a_secondary_does_not_publish():
    with tmpfs() as folder, Application() as app:
        assert app.secondary().do('publish', folder) == -errno.EPERM


def test_a_full_file_system():
    with tmpfs('size=4k') as folder, application() as app:
        start_counting(app)
        assert app.primary.do('publish', folder / 'file') == -errno.ENOSPC
        assert not list(folder.iterdir())
        assert app.primary.take()['ret'] == 0


def test_a_file_system_without_room_for_two_files():
    with tmpfs('size=3m') as folder, application() as app:
        app.primary.good('publish', f'{folder / "file"},period=1,history=2')
        with open(folder / 'file', 'rb') as former:
            app.primary.good('create', 'other')
            # While a reader has the former file open, its room is not free.
            wait_until(lambda: not (folder / 'file').exists(), 'the former file to go')
            assert struct.unpack_from('=Q', former.read(208), 200)[0] != 0, 'not marked'
        wait_until((folder / 'file').exists, 'the file of both sets')
        record = read(folder / 'file')
        assert set(record['sets']) == {'set', 'other'} and record['gone'] == 0, record


def test_a_file_system_on_a_disk_is_refused():
    with application() as app:
        if os.statvfs(app.folder).f_fsid == os.statvfs('/dev/shm').f_fsid:
            raise unittest.SkipTest('temporary files lie in a tmpfs')
        assert app.primary.do('publish', f'{app.folder}/file') == -errno.ENOTSUP
        assert not os.path.exists(f'{app.folder}/file')


def test_the_publisher_survives_a_truncated_file():
    with tmpfs() as folder, application() as app:
        app.primary.good('publish', folder / 'file')
        os.truncate(folder / 'file', 0)
        number = app.primary.take()['tsc']
        wait_until(lambda: app.primary.take()['tsc'] > number + 10 ** 8, '0.1 s')
        result = subprocess.run([READER, folder / 'file'], stderr=subprocess.PIPE, check=False)
        assert result.returncode == 1, result


def test_sets_are_freed_while_they_are_published():
    with tmpfs() as folder, Application() as app:
        app.primary.good('publish', folder / 'file')
        secondary = app.secondary()
        secondary.good('repeat', 5, 'churn', 'other')
        start_counting(app)
        wait_until(lambda: 'other' in read(folder / 'file')['sets'], 'the other set')
        wait_until(lambda: 'other' not in read(folder / 'file')['sets'], 'no other set')
        for agent in (secondary, app.primary):
            agent.end_jobs()
        app.primary.good('count', 'set')
        level = app.primary.take()['total']
        wait_until(lambda: read(folder / 'file')['sets']['set']['rows'][0]['values'][0] == level,
                   'the last values')


if __name__ == '__main__':
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0:
        subprocess.run(['mount', '--make-rprivate', '/'], check=True)
    run(globals())
