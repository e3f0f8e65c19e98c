# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Helpers of all tests in Python: supervise() leaves no process and no folder behind.

Meson ends a test with SIGTERM, after which Python does not clean up. If the signal raised an
exception, unittest would report a failure and start the next test. Processes of a test may have
left its process group, as tmux does. So a second process supervises the test and cleans up.
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

PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


def run(*command, status=0, **options):
    """Run a command, check its exit status, and return its output."""
    options.setdefault('stderr', subprocess.STDOUT)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != status:
        raise AssertionError(f'{command} ended with {done.returncode}: {done.stdout}')
    return done.stdout


def wait_until(condition, what, seconds=120):
    """Wait until a condition returns a true value; return that value."""
    limit = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f'waited {seconds} s for {what}')
        time.sleep(0.02)
    return value


def supervise():
    """Fork; return in the child, which has a folder for all its temporary files."""
    # Orphans become children of this process.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    folder = tempfile.mkdtemp(prefix='seqstat-')
    # Other users may enter, as they may enter /tmp.
    os.chmod(folder, 0o711)
    test = os.fork()
    if test != 0:
        clean_up_after(test, folder)
    os.environ['TMPDIR'] = tempfile.tempdir = folder


def clean_up_after(test, folder):
    """Wait for the test to end or for a signal, clean up, and exit with the test's status."""
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
        # After half a second, meson sends SIGKILL to all processes in its session.
        subprocess.run(['rm', '-rf', folder], start_new_session=True, check=False)


def end_children():
    """Kill the children of this process; return whether there were any."""
    path = pathlib.Path(f'/proc/self/task/{os.getpid()}/children')
    children = [int(pid) for pid in path.read_text(encoding='ascii').split()]
    for child in children:
        # Processes of other users refuse the signal; they end without it.
        with contextlib.suppress(PermissionError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return bool(children)
