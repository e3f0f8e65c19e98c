# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Helpers of all tests in Python: supervise() leaves no process and no folder behind.

Python does not clean up when it gets SIGTERM, which is how meson ends a test. Were that an
exception, a test of unittest would fail by it and the next one begin. And what a test started
may have left its process group, as tmux does. So another process looks after the test.
"""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

# Of <linux/prctl.h>.
PR_SET_CHILD_SUBREAPER = 36


def run(*command, status=0, **options):
    """Run a command that must end with a status, and return what it prints."""
    options.setdefault('stderr', subprocess.STDOUT)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != status:
        raise AssertionError(f'{command} ended with {done.returncode}: {done.stdout}')
    return done.stdout


def wait_until(condition, what, seconds=120):
    """Wait until a condition gives something, and return that."""
    limit = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f'waited {seconds} s for {what}')
        time.sleep(0.02)
    return value


def supervise():
    """Go on in a process that is supervised, with a folder for all temporary files."""
    # An orphan becomes a child of this process.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    folder = tempfile.mkdtemp(prefix='seqstat-')
    # As in /tmp, another user may enter what a test lets it.
    os.chmod(folder, 0o711)
    test = os.fork()
    if test != 0:
        look_after(test, folder)
    os.environ['TMPDIR'] = tempfile.tempdir = folder


def look_after(test, folder):
    """Wait until the test ends or this process gets a signal, clean up, and end likewise."""
    numbers = signal.SIGHUP, signal.SIGINT, signal.SIGTERM
    try:
        for number in numbers:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
        _, status = os.waitpid(test, 0)
        code = os.waitstatus_to_exitcode(status)
        sys.exit(code if code >= 0 else 128 - code)
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        while end_children():
            pass
        # Meson waits half a second and sends SIGKILL, to all in its session.
        subprocess.run(['rm', '-rf', folder], start_new_session=True, check=False)


def end_children():
    """End the children of this process; return whether there were any."""
    path = pathlib.Path(f'/proc/self/task/{os.getpid()}/children')
    children = [int(pid) for pid in path.read_text(encoding='ascii').split()]
    for child in children:
        # A process of another user ends by itself.
        with contextlib.suppress(PermissionError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return bool(children)
