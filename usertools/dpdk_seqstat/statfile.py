# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Read stat files: the cuts that an application publishes.

rte_seqstat_file.h describes the format. As its reader does, this one copies bytes by pread() and
then checks them: a damaged, truncated or hostile file causes a StatFileError.
"""

import contextlib
import fcntl
import functools
import itertools
import os
import re
import stat
import struct
import time
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

from .reading import ANY, SELF, TOTAL, TYPES, Counter, Reading
from .telemetry import printable

# Maximum bytes of descriptions, of a record, of a set's log; below C's limit: objects are larger.
LIMIT, MAX_SETS = 1 << 28, 1024
MAX_ROWS, MAX_COUNTERS, MAX_VALUES = 1 << 20, 128, 1024
MAX_LABELS, MAX_BALANCES, MAX_WRITERS, MAX_LOG_PARTS = 4, 8, 1024, 8

BYTE_ORDER, OTHER_ORDER, VERSION, PER_WRITER = 0x01020304, 0x04030201, 1, 1
STALE, UNREAD, TORN, NO_CUT, CROWDED = 1, 2, 4, 8, 16

HEADER, SET = struct.Struct('=8sIIQQQQIIIiQQQ64s40xQQ'), struct.Struct('=24s96sQ6I4Q')
COUNTER, BALANCE = struct.Struct('=24s24s96s4IQ'), struct.Struct('=24s512x')
ENTRY, RECORD = struct.Struct('=4I'), struct.Struct('=QQQQI12x')
CUT, WRITER = struct.Struct('=QQQII6Q'), struct.Struct('=IiiIQ')
NUMBER, LOCK = struct.Struct('=Q'), struct.Struct('hhqqi0q')
HEAD_AT, REPLACED_AT = 192, 200

DAMAGED, TOO_LARGE = 'not a stat file, or a damaged one', 'larger than this reader allows'
MISSING = 'no such record any more, or not yet'


class StatFileError(Exception):
    """The reason why a file cannot be read."""


class Column(NamedTuple):
    """A counter and the indices of its values in a row: buckets of a histogram, then a value."""

    counter: Counter
    first: int
    end: int  # index of the last value: a histogram's sum
    bounds: List[str]  # upper bounds of a histogram's buckets; the last one is "inf"
    folded: List[bool]  # whether a Reading has the bucket


class StatSet(NamedTuple):
    """The description of a set."""

    name: str
    labels: List[str]
    birth: int
    n_rows: int
    columns: List[Column]
    n_values: int
    balances: List[str]
    max_writers: int
    log: int
    log_size: int


class Part(NamedTuple):
    """A set in a record."""

    number: int  # number of the cut
    monotonic_ns: int
    log_size: int
    flags: int
    self: Dict[str, int]  # as in a Reading
    unaccounted: List[int]  # by balance
    retired: List[int]
    writers: List[Dict[str, Any]]  # as in a Reading
    values: memoryview  # sums of all rows; with PER_WRITER, the rows of each writer in turn


class Record(NamedTuple):
    number: int
    realtime_ns: int
    monotonic_ns: int
    flags: int
    parts: List[Part]  # by set


@dataclass
class Rows:
    """The rows of a set according to its log."""

    log: bytes = b''
    done: int = 0  # applied bytes of the log
    labels: Dict[int, Dict[str, str]] = field(default_factory=dict)  # rows with labels
    generations: Dict[int, int] = field(default_factory=dict)  # rows with other generations than 0


class StatFile(contextlib.AbstractContextManager):
    """An open file, also if another file takes its path."""

    def __init__(self, path):
        self.path = path
        try:
            # Do not wait for the writer of a FIFO.
            self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            self._check(False, error.strerror)
        try:
            self._describe()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def close(self):
        os.close(self.fd)

    def _check(self, valid, text=DAMAGED):
        if not valid:
            raise StatFileError(f'{printable(os.fspath(self.path))}: {text}')

    def _read(self, size, offset):
        data = b''
        while len(data) < size:
            try:
                more = os.pread(self.fd, size - len(data), offset + len(data))
            except OSError as error:
                self._check(False, error.strerror)
            self._check(more)
            data = data + more if data else more
        return data

    def _number(self, offset):
        return NUMBER.unpack(self._read(NUMBER.size, offset))[0]

    def _describe(self):
        found = os.fstat(self.fd)
        self._check(stat.S_ISREG(found.st_mode))
        header = self._read(HEADER.size, 0)
        (magic, byte_order, version, size, meta_size, self.records, self.record_size,
         self.n_records, n_sets, flags, self.pid, self.period_ns, _, _, prefix, _,
         _) = HEADER.unpack(header)
        self._check(magic == b'SEQSTATF' and byte_order in (BYTE_ORDER, OTHER_ORDER))
        self._check(byte_order == BYTE_ORDER, 'made on a machine with another byte order')
        self._check(version == VERSION, 'another version of the format')
        self._check(
            size <= found.st_size and HEADER.size <= meta_size <= self.records <= size and
            n_sets * SET.size <= meta_size - HEADER.size and
            self.records % 8 == self.record_size % 8 == 0 and self.record_size >= RECORD.size and
            2 <= self.n_records <= (size - self.records) // self.record_size)
        self.prefix = self._text(prefix)
        self.per_writer = bool(flags & PER_WRITER)
        self._check(meta_size <= LIMIT and n_sets <= MAX_SETS, TOO_LARGE)
        meta = header + self._read(meta_size - HEADER.size, HEADER.size)
        self.sets = [self._describe_set(meta, size, *described)
                     for described in self._table(meta, HEADER.size, n_sets, SET)]
        self.rows = [Rows() for _ in self.sets]

    def _text(self, data):
        found = re.match(rb'([ -~]*)\0', data)
        self._check(found)
        return found[1].decode()

    def _table(self, meta, offset, n, kind):
        """Return the entries of a table in the descriptions."""
        self._check(offset % 8 == 0 and HEADER.size <= offset <= len(meta) - n * kind.size)
        return kind.iter_unpack(meta[offset:offset + n * kind.size])

    def _describe_set(self, meta, size, name, labels, birth, n_labels, n_rows, n_counters, n_values,
                      n_balances, max_writers, counters, balances, log, log_size):
        self._check(
            1 <= n_rows <= MAX_ROWS and 1 <= n_counters <= MAX_COUNTERS and
            n_values <= MAX_VALUES and n_labels <= MAX_LABELS and n_balances <= MAX_BALANCES and
            max_writers <= MAX_WRITERS and log % 8 == 0 and len(meta) <= log <= size - log_size)
        columns = []
        for counter in self._table(meta, counters, n_counters, COUNTER):
            columns.append(self._describe_counter(
                meta, columns[-1].end + 1 if columns else 0, *counter))
        self._check(columns[-1].end + 1 == n_values)
        return StatSet(
            self._text(name), [self._text(labels[24 * i:][:24]) for i in range(n_labels)], birth,
            n_rows, columns, n_values,
            [self._text(name) for name, in self._table(meta, balances, n_balances, BALANCE)],
            max_writers, log, log_size)

    def _describe_counter(self, meta, expected, *described):
        name, unit, text, kind, first, n_bounds, log_parts, bounds_at = described
        self._check(kind < len(TYPES) and (TYPES[kind] == 'histogram') == (n_bounds > 0) and
                    n_bounds <= MAX_VALUES and first == expected and (
                        log_parts == 0 or log_parts <= MAX_LOG_PARTS and n_bounds in range(
                            1 << log_parts, (65 - log_parts) << log_parts, 1 << log_parts)))
        bounds = [bound for bound, in self._table(
            meta, bounds_at if n_bounds else HEADER.size, n_bounds, NUMBER)]
        names = [*map(str, bounds), 'inf'] if bounds else []
        return Column(
            Counter(self._text(name), TYPES[kind], self._text(unit), self._text(text), log_parts),
            first, first + len(names), names,
            # As in telemetry, log-linear buckets are folded into powers of two.
            [*(not log_parts or not bound & bound - 1 for bound in bounds), True])

    def numbers(self):
        """Return the numbers of the readable records, as a range."""
        newest = self._number(HEAD_AT)
        # The next record may be overwriting the oldest already.
        return range(max(newest - self.n_records + 2, 1), newest + 1 if newest < 2**63 else 0)

    def read(self, number) -> Optional[Record]:
        """Read a record; return None if it is not written yet, or overwritten."""
        return self._copy(number) if number in self.numbers() else None

    def newest(self) -> Record:
        """Read the newest record."""
        for _ in range(100):
            numbers = self.numbers()
            self._check(numbers, MISSING)
            record = self._copy(numbers[-1])
            if record is not None:
                return record
        self._check(False, 'overwritten while it was read')

    def _copy(self, number):
        """Read a complete record; return None if it is being overwritten."""
        offset = self.records + (number - 1) % self.n_records * self.record_size
        sequence, size, realtime_ns, monotonic_ns, flags = RECORD.unpack(
            self._read(RECORD.size, offset))
        if sequence != 2 * number:
            return None
        self._check(size % 8 == 0 and RECORD.size <= size <= self.record_size)
        self._check(size <= LIMIT, TOO_LARGE)
        body = self._read(size - RECORD.size, offset + RECORD.size)
        # The publisher changes this number first when it overwrites the record.
        if self._number(offset) != 2 * number:
            return None
        return Record(number, realtime_ns, monotonic_ns, flags, list(self._parts(body)))

    def _parts(self, body):
        """Yield the parts of a record."""
        words, at = memoryview(body).cast('Q'), 0
        for described in self.sets:
            self._check(8 * at + CUT.size <= len(body))
            number, monotonic_ns, log_size, flags, n_writers, *counts = CUT.unpack_from(
                body, 8 * at)
            self._check(n_writers <= described.max_writers and log_size <= described.log_size)
            balances = at + CUT.size // 8
            retired = balances + len(described.balances)
            writers = retired + described.n_values
            values = writers + n_writers * WRITER.size // 8
            at = values + (n_writers if self.per_writer else 1) * (
                described.n_rows * described.n_values)
            self._check(at <= len(words))
            yield Part(
                number, monotonic_ns, log_size, flags, dict(zip(SELF, counts)),
                words[balances:retired].cast('B').cast('q').tolist(),
                words[retired:writers].tolist(),
                [_writer(*writer) for writer in WRITER.iter_unpack(body[8 * writers:8 * values])],
                words[values:at])
        self._check(at == len(words))

    def rows_of(self, index, part) -> Rows:
        """Return the rows of a set in a record; valid until the next call."""
        rows, described = self.rows[index], self.sets[index]
        self._check(part.log_size <= LIMIT, TOO_LARGE)
        if part.log_size > len(rows.log):
            # The log only grows.
            rows.log += self._read(part.log_size - len(rows.log), described.log + len(rows.log))
        if part.log_size < rows.done:
            rows = self.rows[index] = Rows(rows.log)
        if part.log_size > rows.done:
            self._apply(rows, described, part.log_size)
        return rows

    def _apply(self, rows, described, end):
        """Apply a log up to a number of bytes."""
        names, n_rows, log, at = described.labels, described.n_rows, rows.log, rows.done
        labels, generations, unpack = rows.labels, rows.generations, ENTRY.unpack_from
        text, match = log.decode('latin-1'), re.compile(r'([ -~]{0,63})\0' * len(names)).match
        while at < end:
            if end - at < 16:
                self._check(False)
            size, row, generation, n_labels = unpack(log, at)
            if size & 7 or not 16 <= size <= end - at or row >= n_rows:
                self._check(False)
            if not n_labels:
                labels.pop(row, None)
            elif n_labels == len(names) and (found := match(text, at + 16, at + size)):
                labels[row] = dict(zip(names, found.groups()))
            else:
                self._check(False)
            if generation or row in generations:
                generations[row] = generation
            at += size
        rows.done = at

    def gone(self):
        """Return whether the publisher stopped, ended, or replaced the file."""
        try:
            answer = fcntl.fcntl(self.fd, fcntl.F_OFD_GETLK, LOCK.pack(fcntl.F_RDLCK, 0, 0, 0, 0))
        except OSError:
            return False
        return LOCK.unpack(answer)[0] == fcntl.F_UNLCK

    def replaced(self):
        """Return whether the path no longer leads to this file, so that it must be opened again."""
        try:
            return bool(self._number(REPLACED_AT)) or not os.path.samestat(
                os.fstat(self.fd), os.stat(self.path))
        except (OSError, StatFileError):
            return True

    def values(self, index, part) -> Dict[str, Sequence[int]]:
        """Return the values of all rows of a set as one sequence, by lcore or TOTAL."""
        if not self.per_writer:
            return {TOTAL: part.values}
        n, lcores = self.sets[index].n_rows * self.sets[index].n_values, {}
        for i, writer in enumerate(part.writers):
            if not writer['unread']:
                lcore, values = writer['lcore'], part.values[i * n:i * n + n]
                lcores[lcore] = add(lcores[lcore], values) if lcore in lcores else values
        # Each process has a writer for threads without an lcore; most have no such threads.
        if len(lcores) > 1 and not any(lcores.get(ANY, [1])):
            del lcores[ANY]
        return lcores

    def readings(self, record) -> Iterator[Reading]:
        """Yield the sets of a record as Readings; their TSC is CLOCK_MONOTONIC in nanoseconds."""
        for index, (described, part) in enumerate(zip(self.sets, record.parts)):
            rows, lcores = self.rows_of(index, part), self.values(index, part)
            labels = rows.labels
            values = {lcore: _row_values(described, numbers, labels)
                      for lcore, numbers in lcores.items()}
            yield Reading(
                described.name, described.labels, [column.counter for column in described.columns],
                part.self, described.birth, part.monotonic_ns, 10**9,
                sum(writer['stale'] for writer in part.writers), part.writers,
                dict.fromkeys(itertools.chain(*values.values()), {}) | labels, values,
                dict(zip(described.balances, part.unaccounted)), _buckets(described, lcores),
                dict(rows.generations))


def age(record):
    """Return the age of a record, in seconds."""
    seconds = time.monotonic() - record.monotonic_ns / 1e9
    # If negative, the record is from before the host was booted.
    return seconds if seconds >= 0 else max(time.time() - record.realtime_ns / 1e9, 0)


def _writer(lcore, socket, pid, flags, n_torn):
    return {'lcore': ANY if lcore == 2**32 - 1 else str(lcore), 'pid': pid, 'socket': socket,
            'stale': flags & STALE, 'unread': flags // UNREAD & 1, 'torn': n_torn,
            'crowded': flags // CROWDED & 1}


def add(one, other):
    """Return the sums of two sequences of values."""
    return [(value + more) % 2**64 for value, more in zip(one, other)]


def by_row(described, values):
    """Return the values of each row as a tuple."""
    return zip(*[iter(values)] * described.n_values)


def _value(column, numbers):
    """Return the value of a counter of a row, as in a Reading."""
    below = list(itertools.accumulate(numbers[column.first:column.end]))
    return numbers[column.end] if not below else {
        'buckets': dict(itertools.compress(zip(column.bounds, below), column.folded)),
        'count': below[-1], 'sum': numbers[column.end]}


def _row_values(described, values, labels):
    """Return the values by row and counter, without unlabelled rows that are zero."""
    names = [column.counter.name for column in described.columns]
    if len(names) == described.n_values:
        return {row: dict(zip(names, numbers))
                for row, numbers in enumerate(by_row(described, values))
                if row in labels or any(numbers)}
    return {row: {column.counter.name: _value(column, numbers) for column in described.columns}
            for row, numbers in enumerate(by_row(described, values))
            if row in labels or any(numbers)}


def _buckets(described, lcores):
    """Return all buckets of log-linear histograms, summed over lcores, by row and counter."""
    columns = [column for column in described.columns if column.counter.log_parts]
    totals = functools.reduce(add, lcores.values()) if columns and lcores else []
    return {(row, column.counter.name): counts
            for row, numbers in enumerate(by_row(described, totals)) for column in columns
            for counts in [{bound: count for bound, count in zip(
                column.bounds, numbers[column.first:]) if count}] if counts}
