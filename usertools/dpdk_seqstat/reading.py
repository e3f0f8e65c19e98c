# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Read stat sets over telemetry, each from one snapshot.

"ask" is a function that takes a telemetry command and its parameters and returns the answer, or
None if the application has none.
"""

import re
import time
from typing import Any, Dict, List, NamedTuple, Optional

from .telemetry import Connection, ConnectionLost, TelemetryError, socket_path

# How often to try a set without a complete reply: other readers kept the turn, the application
# dropped the snapshot or has no memory for it.
TRIES = 3

# Of /seqstat/info: how snapshots of the set went.
SELF = ('snapshots', 'read_idle', 'read_acked', 'rows_saved', 'missed', 'longest_ns')

# Instead of a lcore: threads without one, the sum over all.
ANY, TOTAL = 'any', 'total'

# Of a writer: 0 or 1, and how many of its sections are torn.
FLAGS = ('stale', 'unread', 'torn', 'crowded')

# What a set, a row, a counter and a unit may be called, and what a counter may be.
NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*', re.ASCII)
TYPES = ('counter', 'gauge', 'histogram')


class Counter(NamedTuple):
    """A column of the schema."""

    name: str
    type: str  # one of TYPES
    unit: str
    help: str


# Of one row, by the name of the counter: a number; of a histogram, a dictionary of buckets (by
# upper bound, cumulative), count and sum.
Values = Dict[str, Any]


class Reading(NamedTuple):
    """A set as it was in one snapshot."""

    name: str
    row_label: str  # what a row is
    counters: List[Counter]
    self: Dict[str, int]
    birth: int  # when it was created; another set of its name has another birth
    tsc: int
    tsc_hz: int
    stale: int  # writers that stayed inside a section until the timeout
    writers: List[Dict[str, Any]]  # lcore, pid, socket and FLAGS
    rows: Dict[int, str]  # names, by number
    values: Dict[str, Dict[int, Values]]  # by lcore, then by row; no lcore that was never read
    unaccounted: Dict[str, int]  # by the name of the balance

    def stopped(self):
        """Return whether a writer stopped inside a section: sums have its older numbers or none."""
        return any(writer['stale'] or writer['unread'] for writer in self.writers)


class Application(NamedTuple):
    """What was read of an application."""

    pid: int
    readings: List[Reading]
    unread: List[str]  # names of sets that are there, but could not be read


class SnapshotLost(Exception):
    """A reply is missing or incomplete: the set or the snapshot is gone, or memory ran out."""


def _pages(ask, *request, tsc=None):
    """Yield a reply page by page, all from one snapshot: a fresh one, or that of a TSC."""
    reply = ask(*request) if tsc is None else ask(*request, 0, tsc)
    while True:
        if reply is None or 'error' in reply:
            raise SnapshotLost
        yield reply
        if 'next' not in reply:
            return
        reply = ask(*request, reply['next'], reply['tsc'])


def _numbered(entries):
    """Return the values of a dictionary whose keys are numbers, by number."""
    return {int(number): entry for number, entry in entries.items()}


def _read_values(ask, reading, lcore):
    """Read all rows of a lcore, or in total."""
    request = (('/seqstat/total', reading.name) if lcore == TOTAL else
               ('/seqstat/lcore', reading.name, lcore))
    rows = reading.values[lcore] = {}
    for page in _pages(ask, *request, tsc=reading.tsc):
        for number, values in _numbered(page['rows']).items():
            reading.rows.setdefault(number, values.pop('name'))
            rows[number] = values


def _check_names(*names):
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueError(f'not a name: {name}')


def _check_numbers(values):
    for value in values:
        if isinstance(value, dict):
            _check_numbers(value.values())
        elif not isinstance(value, int):
            raise ValueError(f'not a number: {value}')


def _check(reading):
    """Raise ValueError if a reply is none of the library's."""
    _check_names(reading.name, reading.row_label, *reading.unaccounted)
    _check_numbers([*reading.self.values(), reading.birth, reading.tsc, reading.tsc_hz,
                    reading.stale, *reading.unaccounted.values()])
    for counter in reading.counters:
        _check_names(counter.name, counter.unit or 'none')
        if counter.type not in TYPES:
            raise ValueError(f'not a type: {counter.type}')
    for writer in reading.writers:
        _check_numbers([writer[flag] for flag in FLAGS])
    # What is not Unicode cannot be printed.
    for text in [*reading.rows.values(), *(counter.help for counter in reading.counters),
                 *(writer['lcore'] for writer in reading.writers)]:
        text.encode()
    for rows in reading.values.values():
        for values in rows.values():
            for counter in reading.counters:
                _check_value(counter, values[counter.name])


def _check_value(counter, value):
    if counter.type != 'histogram':
        _check_numbers([value])
        return
    _check_numbers([value['buckets'], value['count'], value['sum']])
    for bound in value['buckets']:
        if bound != 'inf':
            int(bound)


def _counted(values):
    """Return whether any number is not zero."""
    return any(_counted(value) if isinstance(value, dict) else value for value in values.values())


def _read_snapshot(ask, name, per_lcore):
    info, *more = _pages(ask, '/seqstat/info', name)
    for page in more:
        info['counters'].update(page['counters'])
    reading = Reading(
        name, info['row_label'],
        [Counter(counter, **schema) for counter, schema in info['counters'].items()],
        {key: info[key] for key in SELF},
        info['birth'], info['tsc'], info['tsc_hz'], info['stale'], [], {}, {},
        info['unaccounted'])
    for page in _pages(ask, '/seqstat/writers', name, tsc=reading.tsc):
        reading.writers.extend(_numbered(page['writers']).values())
    lcores = dict.fromkeys(writer['lcore'] for writer in reading.writers if not writer['unread'])
    for lcore in lcores if per_lcore else [TOTAL]:
        _read_values(ask, reading, lcore)
    _check(reading)
    # Each process has a writer for threads without an lcore; most have no such threads.
    if len(lcores) > 1 and not _counted(reading.values.get(ANY, {})):
        reading.values.pop(ANY, None)
    return reading


def read_set(ask, name, per_lcore) -> Optional[Reading]:
    """Read a set, each lcore or in total; return None if that is not possible."""
    for _ in range(TRIES):
        try:
            return _read_snapshot(ask, name, per_lcore)
        except SnapshotLost:
            pass
    return None


def list_sets(ask) -> List[str]:
    """Return the names of all sets in their order; of an application without the library, none."""
    names = []
    while page := ask('/seqstat/list', len(names)):
        names += page
    return sorted(set(names))


def read_sets(ask, per_lcore):
    """Return the readings of all sets that there are, and the names of those left unread."""
    readings, unread = [], []
    for name in list_sets(ask):
        reading = read_set(ask, name, per_lcore)
        if reading is not None:
            readings.append(reading)
        else:
            unread.append(name)
    # What has gone meanwhile is not missing.
    there = list_sets(ask) if unread else []
    return readings, [name for name in unread if name in there]


def _read_application(application, timeout, per_lcore):
    try:
        with Connection(application, timeout) as connection:
            return Application(connection.pid, *read_sets(connection.ask, per_lcore))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TelemetryError(
            f'{socket_path(application)}: not the answers of this library') from error


def read_application(application, timeout, per_lcore=True) -> Application:
    """Read all sets of an application.

    If another application takes its place meanwhile, all numbers are of that one. Raise
    TelemetryError if none answers before the timeout.
    """
    limit = time.monotonic() + timeout
    try:
        return _read_application(application, timeout, per_lcore)
    except ConnectionLost:
        return _read_application(application, limit - time.monotonic(), per_lcore)


def add_values(one, other):
    """Return the sum of the values of two lcores."""
    return {key: add_values(value, other[key]) if isinstance(value, dict) else
            (value + other[key]) % 2**64 for key, value in one.items()}


def totals(reading) -> Dict[int, Values]:
    """Return the sums over all lcores, by row."""
    if TOTAL in reading.values:
        return reading.values[TOTAL]
    sums = {}
    for rows in reading.values.values():
        for row, values in rows.items():
            sums[row] = add_values(sums[row], values) if row in sums else values
    return sums
