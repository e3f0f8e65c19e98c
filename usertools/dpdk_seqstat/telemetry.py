# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Find DPDK applications on this host and ask their telemetry sockets.

The name of an application is its file prefix. Several applications with the same prefix, which run
with --in-memory, are named "prefix:instance". A prefix may contain colons itself, such as the
address of a device.
"""

import errno
import glob
import json
import os
import re
import socket
import struct
import time

SOCKET = 'dpdk_telemetry.v2'
DEFAULT_PREFIX = 'rte'

# DPDK appends this to the sockets of all instances but the first.
INSTANCE = re.compile(r':[1-9][0-9]*', re.ASCII)

# Bytes; replies are shorter.
REPLY_SIZE = 1 << 16


# Reasons that help more than the error's own text.
REASONS = {
    errno.ENOENT: 'no such application runs as this user; --help explains those of others',
    errno.ECONNREFUSED: 'the application has ended and left the socket',
    errno.EACCES: 'only for the user of the application and for root',
}
LOST = 'the application ended, or serves as many clients as it can'


def printable(text):
    """Return a text with its control characters replaced."""
    return ''.join(character if character.isprintable() else '?' for character in text)


class TelemetryError(Exception):
    """The reason why an application cannot be read."""

    def __init__(self, reason):
        super().__init__(printable(reason))


class ConnectionLost(TelemetryError):
    """The application has closed the connection."""


def runtime_folder():
    """Return the folder in which DPDK makes the folders of this user's applications."""
    base = os.environ.get('RUNTIME_DIRECTORY')
    if not base:
        base = '/var/run' if os.getuid() == 0 else os.environ.get('XDG_RUNTIME_DIR', '/tmp')
    return os.path.join(base, 'dpdk')


def socket_path(application):
    """Return the path of an application's socket, which need not exist.

    A name like "prefix:1" means the instance, unless only an application with all of it as its
    prefix has a socket. ":0" means the first instance, which has no number.
    """
    folder = runtime_folder()
    whole = os.path.join(folder, application, SOCKET)
    prefix, colon, number = application.rpartition(':')
    suffix = '' if number == '0' else colon + number
    if not colon or suffix and not INSTANCE.fullmatch(suffix):
        return whole
    instance = os.path.join(folder, prefix, SOCKET) + suffix
    return whole if os.path.exists(whole) and not os.path.exists(instance) else instance


def find_applications():
    """Return the names of all applications with a socket, including ended ones."""
    folder = runtime_folder()
    names = []
    for path in glob.glob(os.path.join(glob.escape(folder), '*', SOCKET + '*')):
        prefix, file = os.path.relpath(path, folder).split(os.sep)
        suffix = file[len(SOCKET):]
        if not suffix or INSTANCE.fullmatch(suffix):
            name = prefix + suffix
            names.append(name if socket_path(name) == path else f'{name}:0')
    return sorted(names)


def program_name(pid):
    """Return the program name of a process, or nothing if /proc does not show it."""
    try:
        with open(f'/proc/{pid}/cmdline', encoding='utf-8', errors='replace') as file:
            return printable(os.path.basename(file.read().split('\0')[0]))
    except OSError:
        return ''


class Connection:
    """A telemetry socket. One timeout covers all requests."""

    def __init__(self, application, timeout):
        self.path = socket_path(application)
        self.limit = time.monotonic() + timeout
        try:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as error:
            raise TelemetryError(f'{self.path}: {error.strerror}') from error
        try:
            self._call(self.socket.connect, self.path)
            # The pid in the application's PID namespace, such as a container, and in this one.
            self.own_pid = int(self._receive()['pid'])
            self.pid = self._peer_pid() or self.own_pid
        except (KeyError, TypeError, ValueError) as error:
            self.socket.close()
            raise TelemetryError(f'{self.path}: malformed answer') from error
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, command, *params):
        """Return the answer to a command; None if the application has none."""
        request = ','.join(str(word) for word in (command, *params))
        self._call(self.socket.send, request.encode())
        return self._receive()[command]

    def _peer_pid(self):
        pid, _, _ = struct.unpack('3i', self._call(
            self.socket.getsockopt, socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize('3i')))
        return pid

    def _receive(self):
        reply = self._call(self.socket.recv, REPLY_SIZE)
        if not reply:
            raise ConnectionLost(f'{self.path}: {LOST}')
        try:
            return json.loads(reply)
        except (ValueError, RecursionError) as error:
            raise TelemetryError(f'{self.path}: malformed answer') from error

    def _call(self, function, *args):
        """Call a function of the socket within the timeout. Raise TelemetryError if it fails."""
        left = self.limit - time.monotonic()
        if left <= 0:
            raise TelemetryError(f'{self.path}: the application takes too long')
        try:
            self.socket.settimeout(left)
            return function(*args)
        except socket.timeout as error:
            raise TelemetryError(f'{self.path}: the application does not answer') from error
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ConnectionLost(f'{self.path}: {LOST}') from error
        except OSError as error:
            reason = REASONS.get(error.errno, error.strerror or error)
            raise TelemetryError(f'{self.path}: {reason}') from error
