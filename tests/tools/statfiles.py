# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Stat files with content that the library would not write."""

import fcntl
import os
import struct
import time
from typing import NamedTuple, Sequence

HEADER, SET, COUNTER = '8sIIQQQQIIIiQQQ64s40xQQ', '24s96sQ6I4Q', '24s24s96s4IQ'
RECORD, CUT, WRITER = 'QQQQI12x', 'QQQII6Q', 'IiiIQ'
F_OFD_SETLK = 37
BIRTH_NS = 1_700_000_000_123_456_789
TYPES = {'counter': 0, 'gauge': 1, 'histogram': 2}


class Counter(NamedTuple):
    name: str
    type: str = 'counter'
    unit: str = ''
    help: str = ''
    bounds: Sequence[int] = ()
    log_parts: int = 0

    def n_values(self):
        return len(self.bounds) + 2 if self.bounds else 1


class Set(NamedTuple):
    """A set with a writer; rows are labels in their order in the log, with the row's number."""

    name: str = 'set'
    counters: Sequence[Counter] = (Counter('packets'),)
    labels: Sequence[str] = ('port',)
    rows: Sequence[tuple] = ((0, 'eth0'),)
    n_rows: int = 1
    values: Sequence[int] = ()  # of all rows; else 1, 2, 3 ...


def encoded(text):
    """Return the bytes of a text, in which a character is a byte."""
    return text.encode('latin-1')


def entry(row, *labels):
    """Return an entry of a log."""
    text = b''.join(encoded(label) + b'\0' for label in labels)
    size = -(-(16 + len(text)) // 8) * 8
    return struct.pack('4I', size, row, 0, len(labels)) + text.ljust(size - 16, b'\0')


def make_file(*sets, prefix='made', pid=1):
    """Return a stat file with one record, of now."""
    at = struct.calcsize(HEADER) + len(sets) * struct.calcsize(SET)
    meta, logs, body, described = b'', b'', b'', []
    for one in sets:
        bounds_at = at + len(meta) + len(one.counters) * struct.calcsize(COUNTER)
        counters, bounds, n_values = b'', b'', 0
        for counter in one.counters:
            counters += struct.pack(
                COUNTER, *(encoded(text) for text in (counter.name, counter.unit, counter.help)),
                TYPES[counter.type], n_values, len(counter.bounds), counter.log_parts,
                bounds_at + len(bounds))
            bounds += struct.pack(f'{len(counter.bounds)}Q', *counter.bounds)
            n_values += counter.n_values()
        log = b''.join(entry(*row) for row in one.rows)
        described.append((one, at + len(meta), n_values, len(log)))
        meta += counters + bounds
        logs += log
        values = one.values or range(1, one.n_rows * n_values + 1)
        body += struct.pack(CUT, 1, 0, len(log), 0, 1, *range(11, 17)) + bytes(8 * n_values)
        body += struct.pack(WRITER, 1, 0, pid, 0, 0) + struct.pack(f'{len(values)}Q', *values)
    log_at = at + len(meta)
    descriptions = b''
    for one, counters_at, n_values, log_size in described:
        labels = b''.join(encoded(label).ljust(24, b'\0') for label in one.labels)
        descriptions += struct.pack(
            SET, encoded(one.name), labels, BIRTH_NS, len(one.labels), one.n_rows,
            len(one.counters), n_values, 0, 1, counters_at, counters_at, log_at, log_size)
        log_at += log_size
    size = struct.calcsize(RECORD) + len(body)
    return struct.pack(
        HEADER, b'SEQSTATF', 0x01020304, 1, log_at + 2 * size, at + len(meta), log_at, size, 2,
        len(sets), 0, pid, 10 ** 15, 0, 0, encoded(prefix), 1, 0) + (
            descriptions + meta + logs + struct.pack(RECORD, 2, size, 0, time.monotonic_ns(), 0)
            + body + bytes(size))


class Publisher:
    """The publisher of a file, as far as readers see."""

    def __init__(self, path, data):
        self.file = open(path, 'xb')  # pylint: disable=consider-using-with
        self.file.write(data)
        self.file.flush()
        # struct flock: a lock of the open file, on all of it.
        fcntl.fcntl(self.file, F_OFD_SETLK,
                    struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))

    def close(self):
        self.file.close()
