# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Read stat sets over telemetry, each from one snapshot.

"ask" is a function: ask(command, *params) returns the answer to a telemetry command, or None.
"""

import contextlib
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .telemetry import Connection, ConnectionLost, TelemetryError, socket_path

# Attempts to read a set: a reply is incomplete if other readers kept the turn, or the application
# dropped the snapshot or lacks the memory for it.
TRIES = 3

# Maximum number of histograms of a set that are read with all buckets.
MAX_HISTOGRAMS = 64

# Keys of /seqstat/info that describe the snapshots of a set.
SELF = ('snapshots', 'read_idle', 'read_acked', 'rows_saved', 'missed', 'longest_ns')

# Stand for an lcore: all threads without one; the sum over all writers.
ANY, TOTAL = 'any', 'total'

# Keys of a writer: each is 0 or 1, except torn, a number of sections.
FLAGS = ('stale', 'unread', 'torn', 'crowded')

# Valid names of sets, labels, counters and units, and the types of counters.
NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*', re.ASCII)
TYPES = ('counter', 'gauge', 'histogram')


class Counter(NamedTuple):
    """A column of the schema."""

    name: str
    type: str  # one of TYPES
    unit: str
    help: str
    log_parts: int = 0  # not 0: log-linear; the values of rows fold its buckets


# Keys of a histogram that can be added and subtracted, unlike quantiles. Buckets are cumulative
# counts by upper bound.
HISTOGRAM = ('buckets', 'count', 'sum')

# Values of a row by counter: a number, or a dictionary of HISTOGRAM.
Values = Dict[str, Any]


class Reading(NamedTuple):
    """A set as it was in one snapshot."""

    name: str
    labels: List[str]  # names
    counters: List[Counter]
    self: Dict[str, int]  # SELF
    birth: int  # time of creation: another set with this name has another birth
    tsc: int
    tsc_hz: int
    stale: int  # writers that stayed inside a section until the timeout
    writers: List[Dict[str, Any]]  # lcore, pid, socket and FLAGS
    rows: Dict[int, Dict[str, str]]  # labels by row; empty: the row has none
    # By lcore, or TOTAL, and row. Lcores that were never read are missing, as are rows that have
    # no labels and in which the lcore has counted nothing.
    values: Dict[str, Dict[int, Values]]
    unaccounted: Dict[str, int]  # by balance
    # All buckets of log-linear histograms, summed over lcores: observations by upper bound, by row
    # and counter. Empty buckets are missing.
    buckets: Dict[Tuple[int, str], Dict[str, int]]
    generations: Dict[int, int] = {}  # how often each row was cleared, if known

    def stopped(self):
        """Return whether the values of a writer are missing, or older than the snapshot."""
        return any(writer['stale'] or writer['unread'] for writer in self.writers)


class Origin(NamedTuple):
    """The record of a stat file that was read."""

    path: str
    number: int
    period: float  # from one record to the next, in seconds
    age: float  # in seconds, when it was read
    gone: bool  # the publisher has ended


class Application(NamedTuple):
    """All sets of an application."""

    pid: int
    readings: List[Reading]
    unread: List[str]  # names of sets that could not be read
    origin: Optional[Origin] = None  # None: telemetry

    def continues(self, former):
        """Return whether both readings are of one live source, so that differences are growth."""
        return former is not None and self.pid == former.pid and (
            self.origin is former.origin is None or bool(self.origin and former.origin) and
            self.origin.path == former.origin.path and not self.origin.gone)


class SnapshotLost(Exception):
    """A reply is missing or incomplete."""


def _pages(ask, *request, tsc=None):
    """Yield the pages of a reply, all from one snapshot: a new one, or the one with a TSC."""
    reply = ask(*request) if tsc is None else ask(*request, 0, tsc)
    while True:
        if reply is None or 'error' in reply:
            raise SnapshotLost
        yield reply
        if 'next' not in reply:
            return
        reply = ask(*request, reply['next'], reply['tsc'])


def _numbered(entries):
    """Return a dictionary with its keys as numbers."""
    return {int(number): entry for number, entry in entries.items()}


def _read_values(ask, reading, lcore, owners):
    """Read all rows of an lcore. "owners" maps labels to the first row that had them."""
    rows = reading.values[lcore] = {}
    for page in _pages(ask, '/seqstat/lcore', reading.name, lcore, tsc=reading.tsc):
        for number, values in _numbered(page['rows']).items():
            labels = values.pop('labels', {})
            if labels and owners.setdefault(tuple(labels.items()), number) != number:
                # Labels are newer than the snapshot, in which another row had these.
                labels = {}
                if not _counted(values):
                    continue
            reading.rows[number] = reading.rows.get(number) or labels
            rows[number] = {
                counter.name: ({key: values[counter.name][key] for key in HISTOGRAM}
                               if counter.type == 'histogram' else values[counter.name])
                for counter in reading.counters}


def _read_buckets(ask, reading):
    """Read all buckets of log-linear histograms."""
    histograms = [(row, counter.name) for row, values in totals(reading).items()
                  for counter in reading.counters
                  if counter.log_parts and values[counter.name]['count']]
    for row, counter in histograms[:MAX_HISTOGRAMS]:
        counts = reading.buckets[row, counter] = {}
        for page in _pages(ask, '/seqstat/buckets', reading.name, row, counter, tsc=reading.tsc):
            _check_buckets(page['buckets'])
            counts.update(page['buckets'])


def _check_names(*names):
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueError(f'not a name: {name}')


def _check_text(text):
    """Raise an error if this is no text, or could control a terminal."""
    if not str.isprintable(text):
        raise ValueError(f'not printable: {ascii(text)}')


def _check_labels(labels, names):
    if labels and list(labels) != names:
        raise ValueError(f'other labels than {names}: {labels}')
    for value in labels.values():
        _check_text(value)
        if not value:
            raise ValueError(f'empty: {labels}')


def _check_numbers(values):
    for value in values:
        if not isinstance(value, int) or not -2**63 <= value < 2**64:
            raise ValueError(f'not a number: {value}')


def _check_writers(writers):
    for writer in writers:
        _check_numbers([writer[flag] for flag in FLAGS])
        if writer['lcore'] != ANY and not (
                str.isdecimal(writer['lcore']) and len(writer['lcore']) <= 10):
            raise ValueError(f'not an lcore: {writer["lcore"]}')


def check_schema(reading):
    """Raise ValueError if the library would not have accepted a schema."""
    names = [counter.name for counter in reading.counters]
    _check_names(reading.name, *reading.labels, *reading.unaccounted, *names)
    if len({*names}) < len(names) or len({*reading.labels}) < len(reading.labels):
        raise ValueError(f'the same name twice: {names}, {reading.labels}')
    for counter in reading.counters:
        _check_names(counter.unit or 'none')
        if counter.type not in TYPES:
            raise ValueError(f'not a type: {counter.type}')
        _check_text(counter.help)
        _check_numbers([counter.log_parts])
        if not 0 <= counter.log_parts < 64:
            raise ValueError(f'not a logarithm: {counter.log_parts}')


def _check(reading):
    """Raise ValueError if the library would not have sent a reply."""
    check_schema(reading)
    _check_numbers([*reading.self.values(), reading.birth, reading.tsc, reading.tsc_hz,
                    reading.stale, *reading.unaccounted.values()])
    if reading.tsc_hz <= 0:
        raise ValueError(f'not a frequency: {reading.tsc_hz}')
    for labels in reading.rows.values():
        _check_labels(labels, reading.labels)
    bounds = {}
    for rows in reading.values.values():
        for values in rows.values():
            for counter in reading.counters:
                _check_value(counter, values[counter.name], bounds)


def _check_value(counter, value, bounds):
    """Check a value. "bounds" maps a histogram to the bounds of its first value."""
    if counter.type != 'histogram':
        _check_numbers([value])
        return
    if bounds.setdefault(counter.name, value['buckets'].keys()) != value['buckets'].keys():
        raise ValueError(f'other bounds than before: {value["buckets"]}')
    _check_numbers([value['count'], value['sum']])
    _check_buckets(value['buckets'])
    *others, last = value['buckets'].items()
    if not others or last != ('inf', value['count']):
        raise ValueError(f'not all buckets: {value["buckets"]}')


def _check_buckets(buckets):
    _check_numbers([*buckets.values(), *(int(bound) for bound in buckets if bound != 'inf')])


def _counted(values):
    """Return whether any value is not zero."""
    return any(_counted(value) if isinstance(value, dict) else value for value in values.values())


def _read_snapshot(ask, name):
    info, *more = _pages(ask, '/seqstat/info', name)
    for page in more:
        info['counters'].update(page['counters'])
    reading = Reading(
        name, info['labels'],
        [Counter(counter, schema['type'], schema['unit'], schema['help'],
                 schema.get('log_parts', 0))
         for counter, schema in info['counters'].items()],
        {key: info[key] for key in SELF},
        info['birth'], info['tsc'], info['tsc_hz'], info['stale'], [], {}, {},
        info['unaccounted'], {})
    for page in _pages(ask, '/seqstat/writers', name, tsc=reading.tsc):
        reading.writers.extend(_numbered(page['writers']).values())
    _check_writers(reading.writers)
    lcores = dict.fromkeys(writer['lcore'] for writer in reading.writers if not writer['unread'])
    owners = {}
    for lcore in lcores:
        _read_values(ask, reading, lcore, owners)
    _check(reading)
    _read_buckets(ask, reading)
    # Each process has a writer for threads without an lcore; most have no such threads.
    if len(lcores) > 1 and not _counted(reading.values.get(ANY, {})):
        reading.values.pop(ANY, None)
    return reading


def _read_set(ask, name) -> Optional[Reading]:
    """Read a set; return None if all attempts fail."""
    for _ in range(TRIES):
        with contextlib.suppress(SnapshotLost):
            return _read_snapshot(ask, name)
    return None


def _list_sets(ask) -> List[str]:
    """Return the names of all sets, sorted; none if the application does not use the library."""
    names = []
    while page := ask('/seqstat/list', len(names)):
        names += page
    _check_names(*names)
    return sorted(set(names))


def read_sets(ask):
    """Return the readings of all sets, and the names of sets that could not be read."""
    readings = {name: _read_set(ask, name) for name in _list_sets(ask)}
    unread = [name for name, reading in readings.items() if reading is None]
    # A set that was freed in between is not missing.
    present = _list_sets(ask) if unread else []
    return ([reading for reading in readings.values() if reading],
            [name for name in unread if name in present])


def _read_application(application, timeout):
    try:
        with Connection(application, timeout) as connection:
            return Application(connection.pid, *read_sets(connection.ask))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TelemetryError(
            f'{socket_path(application)}: not the answers of this library') from error


def read_application(application, timeout) -> Application:
    """Read all sets of an application.

    Start again if another application has taken its place. Raise TelemetryError if no application
    answers before the timeout.
    """
    limit = time.monotonic() + timeout
    try:
        return _read_application(application, timeout)
    except ConnectionLost:
        return _read_application(application, limit - time.monotonic())


def _add_values(one, other):
    """Return the sum of the values of two lcores."""
    return {key: _add_values(value, other[key]) if isinstance(value, dict) else
            (value + other[key]) % 2**64 for key, value in one.items()}


def totals(reading) -> Dict[int, Values]:
    """Return the sums over all lcores, by row."""
    if TOTAL in reading.values:
        return reading.values[TOTAL]
    sums = {}
    for rows in reading.values.values():
        for row, values in rows.items():
            sums[row] = _add_values(sums[row], values) if row in sums else values
    return sums
