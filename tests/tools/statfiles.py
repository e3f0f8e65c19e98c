# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Write stat files with content that the library would not write."""

import fcntl
import struct
import time
from typing import NamedTuple, Sequence

from dpdk_seqstat.statfile import COUNTER, CUT, ENTRY, HEADER, LOCK, RECORD, SET, TYPES, WRITER

BIRTH_NS = 1_700_000_000_123_456_789


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
    """A set with one writer; "rows" has entries of the log: a row and its labels."""

    name: str = 'set'
    counters: Sequence[Counter] = (Counter('packets'),)
    labels: Sequence[str] = ('port',)
    rows: Sequence[tuple] = ((0, 'eth0'),)
    n_rows: int = 1
    values: Sequence[int] = ()  # of all rows; default: 1, 2, 3 ...


def encoded(text):
    return text.encode('latin-1')


def entry(row, *labels):
    text = b''.join(encoded(label) + b'\0' for label in labels)
    size = -(-(ENTRY.size + len(text)) // 8) * 8
    return ENTRY.pack(size, row, 0, len(labels)) + text.ljust(size - ENTRY.size, b'\0')


def make_file(*sets, prefix='made', pid=1):
    """Return a stat file with one new record."""
    at = HEADER.size + len(sets) * SET.size
    meta, logs, body, described = b'', b'', b'', []
    for one in sets:
        bounds_at = at + len(meta) + len(one.counters) * COUNTER.size
        counters, bounds, n_values = b'', b'', 0
        for counter in one.counters:
            counters += COUNTER.pack(
                *(encoded(text) for text in (counter.name, counter.unit, counter.help)),
                TYPES.index(counter.type), n_values, len(counter.bounds), counter.log_parts,
                bounds_at + len(bounds))
            bounds += struct.pack(f'{len(counter.bounds)}Q', *counter.bounds)
            n_values += counter.n_values()
        log = b''.join(entry(*row) for row in one.rows)
        described.append((one, at + len(meta), n_values, len(log)))
        meta += counters + bounds
        logs += log
        values = one.values or range(1, one.n_rows * n_values + 1)
        body += CUT.pack(1, 0, len(log), 0, 1, *range(11, 17)) + bytes(8 * n_values)
        body += WRITER.pack(1, 0, pid, 0, 0) + struct.pack(f'{len(values)}Q', *values)
    log_at = at + len(meta)
    descriptions = b''
    for one, counters_at, n_values, log_size in described:
        labels = b''.join(encoded(label).ljust(24, b'\0') for label in one.labels)
        descriptions += SET.pack(
            encoded(one.name), labels, BIRTH_NS, len(one.labels), one.n_rows,
            len(one.counters), n_values, 0, 1, counters_at, counters_at, log_at, log_size)
        log_at += log_size
    size = RECORD.size + len(body)
    header = HEADER.pack(
        b'SEQSTATF', 0x01020304, 1, log_at + 2 * size, at + len(meta), log_at, size, 2,
        len(sets), 0, pid, 10 ** 15, 0, 0, encoded(prefix), 1, 0)
    record = RECORD.pack(2, size, 0, time.monotonic_ns(), 0) + body
    return header + descriptions + meta + logs + record + bytes(size)


class Publisher:
    """A stat file that has a publisher until close()."""

    def __init__(self, path, data):
        self.file = open(path, 'xb')
        self.file.write(data)
        self.file.flush()
        fcntl.fcntl(self.file, fcntl.F_OFD_SETLK, LOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))

    def close(self):
        self.file.close()
