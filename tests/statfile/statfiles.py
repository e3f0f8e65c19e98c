# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Write stat files as the guide describes them, also with content that the library refuses."""

import fcntl
import struct
from typing import NamedTuple, Sequence

HEADER, SET = struct.Struct('<8sIIQQQQIIIiQQQ64s40xQQ'), struct.Struct('<24s96sQ6I4Q')
COUNTER, BALANCE = struct.Struct('<24s24s96s4IQ'), struct.Struct('<24s2i504x')
ENTRY, RECORD = struct.Struct('<4I'), struct.Struct('<QQQQI12x')
CUT, WRITER = struct.Struct('<QQQII6Q'), struct.Struct('<IiiIQ')
TYPES = 'counter', 'gauge', 'histogram'

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
    name: str = 'set'
    counters: Sequence[Counter] = (Counter('packets'),)
    labels: Sequence[str] = ('port',)
    log: Sequence[tuple] = ((0, 0, 'eth0'),)  # arguments of entry()
    n_rows: int = 1
    # All rows; default: value V of row R in record N is 1000 N + 10 R + V.
    values: Sequence[int] = ()

    def n_values(self):
        return sum(counter.n_values() for counter in self.counters)


def encoded(text):
    return text.encode('latin-1')


def padded(data):
    return data + bytes(-len(data) % 8)


def words(values):
    return struct.pack(f'<{len(values)}Q', *values)


def entry(row, generation, *labels):
    """Return an entry of a log."""
    text = padded(b''.join(encoded(label) + b'\0' for label in labels))
    return ENTRY.pack(ENTRY.size + len(text), row, generation, len(labels)) + text


def make_schema(one, at):
    """Return the counters, the balance and the bounds of a set, which begin at an offset."""
    bounds_at = at + len(one.counters) * COUNTER.size + BALANCE.size
    counters, bounds, first = b'', b'', 0
    for counter in one.counters:
        counters += COUNTER.pack(
            *map(encoded, (counter.name, counter.unit, counter.help)), TYPES.index(counter.type),
            first, len(counter.bounds), counter.log_parts,
            bounds_at + len(bounds) if counter.bounds else 0)
        bounds += words(counter.bounds)
        first += counter.n_values()
    return counters + BALANCE.pack(b'packets', 1, -1) + bounds


def make_record(number, sets, logs, per_writer, monotonic_ns):
    body = b''
    for index, (one, log) in enumerate(zip(sets, logs)):
        # Records up to 4 are older than the last entry of the log.
        log_size = max(len(log) - 16 * (number < 5), 0)
        values = one.values or [1000 * number + 10 * row + value
                                for row in range(one.n_rows) for value in range(one.n_values())]
        body += CUT.pack(number + 100 * index, 5, log_size, 2, 2, *range(11, 17))
        body += struct.pack('<q', -number) + words(range(one.n_values()))
        body += WRITER.pack(1, 0, 77, 0, 0) + WRITER.pack(0xffffffff, -1, 78, 2, 1)
        body += words(values) + bytes(8 * len(values) * per_writer)
    return RECORD.pack(2 * number, RECORD.size + len(body), 7, monotonic_ns, 2) + body


def make_file(*sets, prefix='rte', per_writer=False, n_records=4, head=6, log=None, more=b'',
              monotonic_ns=8):
    """Return a stat file.

    "log" replaces the log of each set; "more" follows the descriptions. Sets with the same counters
    object share its description.
    """
    logs = [log or b''.join(entry(*words) for words in one.log) for one in sets]
    at = HEADER.size + len(sets) * SET.size
    schemas, meta = {}, b''
    for one in sets:
        if id(one.counters) not in schemas:
            schemas[id(one.counters)] = at + len(meta)
            meta += make_schema(one, at + len(meta))
    meta += more
    # Room for more entries, and for a third writer.
    log_sizes = [len(padded(one + bytes(64))) for one in logs]
    record_size = len(make_record(1, sets, logs, per_writer, 0)) + len(sets) * WRITER.size
    records_at = at + len(meta) + sum(log_sizes)
    data = HEADER.pack(
        b'SEQSTATF', 0x01020304, 1, records_at + n_records * record_size, at + len(meta),
        records_at, record_size, n_records, len(sets), int(per_writer), 4711, 10**15, 1, 2,
        encoded(prefix), head, 0)
    for i, one in enumerate(sets):
        counters_at = schemas[id(one.counters)]
        data += SET.pack(
            encoded(one.name), b''.join(encoded(label).ljust(24, b'\0') for label in one.labels),
            BIRTH_NS + i, len(one.labels), one.n_rows, len(one.counters), one.n_values(), 1, 3,
            counters_at, counters_at + len(one.counters) * COUNTER.size,
            at + len(meta) + sum(log_sizes[:i]), log_sizes[i])
    data += meta
    for one, size in zip(logs, log_sizes):
        data += one.ljust(size, b'\0')
    ring = n_records * [bytes(record_size)]
    for number in range(1, head + 1):
        ring[(number - 1) % n_records] = make_record(
            number, sets, logs, per_writer, monotonic_ns).ljust(record_size, b'\0')
    return data + b''.join(ring)


def lock(file):
    """Lock a file as its publisher does."""
    # An OFD lock: closing another descriptor of the file does not release it.
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack('hhqqi0q', fcntl.F_WRLCK, 0, 0, 0, 0))
