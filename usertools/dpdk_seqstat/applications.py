# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Find applications by their stat files and telemetry sockets, and read their sets."""

import os
from typing import List, NamedTuple

from .reading import Application, Origin, check_schema, read_application
from .statfile import DAMAGED, StatFile, StatFileError, age
from .telemetry import (DEFAULT_PREFIX, Connection, TelemetryError, find_applications, printable,
                        socket_path)

FOLDER, SUFFIX = '/run/seqstat', '.seqstat'

# Seconds until an application must have sent its process id, and all of its answers.
GREETING_TIMEOUT, TIMEOUT = 0.5, 5

UNREADABLE = StatFileError, TelemetryError


class Found(NamedTuple):
    """An application. A stat file and a socket with one pid belong to one application."""

    prefix: str  # file prefix; if its file cannot be read, from the file's name
    pid: int  # in the application's PID namespace; 0: not known
    path: str = ''  # path of its stat file
    gone: bool = False  # the publisher of the file has ended
    socket: str = ''  # its name for a telemetry Connection
    problem: str = ''  # why its file or socket cannot be read

    @property
    def key(self):
        return self.prefix, self.pid or self.path or self.socket

    @property
    def name(self):
        return printable(self.socket or (self.prefix if self.pid else self.path))

    @property
    def alive(self):
        return not self.problem and bool(self.socket or not self.gone)


class Finder:
    """Finds applications: all, those with a file prefix, or the publishers of given files."""

    def __init__(self, paths, application):
        self.paths = [os.fspath(path) for path in paths]
        self.application = application
        self.pids = {}  # by socket
        self.published = {}  # prefix and pid, by path

    def _paths(self):
        for path in self.paths or [FOLDER]:
            try:
                names = os.listdir(path)
            except OSError as error:
                # A missing default folder is no error. StatFile() reports all others.
                if self.paths or not isinstance(error, FileNotFoundError):
                    yield path
            else:
                yield from (os.path.join(path, name) for name in sorted(names)
                            if name.endswith(SUFFIX))

    def _files(self):
        for path in self._paths():
            try:
                with StatFile(path) as file:
                    self.published[path] = file.prefix, file.pid
                    yield Found(file.prefix, file.pid, path, file.gone())
            except StatFileError as error:
                prefix = os.path.basename(path).rsplit('.', 2)[0]
                yield Found(*self.published.get(path, (prefix, 0)), path, True, '', str(error))

    def _sockets(self, prefixes):
        for name in find_applications():
            path = socket_path(name)
            prefix = os.path.basename(os.path.dirname(path))
            if self.paths and prefix not in prefixes or (
                    self.application not in (None, name, prefix)):
                continue
            try:
                found = os.stat(path)
                socket = path, found.st_ino, found.st_mtime_ns
                if socket not in self.pids:
                    with Connection(name, GREETING_TIMEOUT) as connection:
                        self.pids[socket] = connection.own_pid
                yield Found(prefix, self.pids[socket], socket=name)
            except (OSError, TelemetryError) as error:
                yield Found(prefix, 0, socket=name, problem=str(error))

    def find(self) -> List[Found]:
        """Return the applications, running ones first; at least the wanted one, if any.

        The former file of an application that was restarted is left out, unless it is wanted.
        """
        found = {}
        for file in self._files():
            if file.key not in found or found[file.key].gone:
                found[file.key] = file
        for socket in self._sockets({file.prefix for file in found.values()}):
            file = found.get(socket.key)
            if file is None and not self.paths:
                found[socket.key] = socket
            # Keep the file of an ended publisher if the user named it.
            elif file and not (file.gone and not file.problem and file.path in self.paths):
                found[socket.key] = file._replace(socket=socket.socket, problem='')
        alive = {one.prefix for one in found.values() if one.alive}
        found = [one for one in found.values()
                 if self.application in (None, one.prefix, one.socket) and (
                     one.alive or one.prefix not in alive or
                     one.path and (one.problem or one.path in self.paths))]
        if not found and self.application is not None:
            return [Found(self.application, 0, socket=self.application)]
        return sorted(found, key=lambda one: (
            not one.alive, bool(one.problem), one.prefix != DEFAULT_PREFIX, one))


def _read_file(path):
    with StatFile(path) as file:
        record = file.newest()
        readings = list(file.readings(record))
        try:
            for reading in readings:
                check_schema(reading)
            if any(sum(column.folded) < 2 for described in file.sets
                   for column in described.columns if column.bounds):
                raise ValueError('log-linear buckets without a power of two')
        except ValueError as error:
            raise StatFileError(f'{printable(path)}: {DAMAGED}') from error
        return Application(file.pid, readings, [], Origin(
            path, record.number, file.period_ns / 1e9, age(record), file.gone()))


def read_found(found) -> Application:
    """Read an application's file, or its telemetry socket if the file has no publisher."""
    if not found.socket or found.path and not found.gone:
        return _read_file(found.path)
    try:
        return read_application(found.socket, TIMEOUT)
    except TelemetryError:
        if not found.path:
            raise
        return _read_file(found.path)
