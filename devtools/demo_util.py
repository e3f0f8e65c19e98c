# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Helpers for the demonstration."""

import subprocess
import time


class DemoError(Exception):
    """An error that the demonstration prints."""


def run(*command, **options):
    """Run a command and return its output. Raise DemoError if it fails."""
    try:
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **options).stdout
    except subprocess.CalledProcessError as error:
        raise DemoError(f'{" ".join(command)}: {error.stdout.strip()}') from error
    except OSError as error:
        raise DemoError(f'{command[0]}: {error.strerror}') from error
    except subprocess.TimeoutExpired as error:
        raise DemoError(f'{" ".join(command)}: timeout') from error


def wait_until(condition, what, seconds=120):
    """Wait until a condition returns a true value, and return this value."""
    limit = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > limit:
            raise DemoError(f'waited {seconds} s for {what}')
        time.sleep(0.05)
    return value
