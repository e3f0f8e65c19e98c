# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Read stat sets over telemetry, each from one snapshot.

"ask" is a function that takes a telemetry command and its parameters and returns the answer, or
None if the application has none.
"""

import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .telemetry import Connection, ConnectionLost, TelemetryError, socket_path

# How often to try a set without a complete reply: other readers kept the turn, the application
# dropped the snapshot or has no memory for it.
TRIES = 3

# Histograms of a set that are read in full, at most.
MAX_HISTOGRAMS = 64

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
    log_parts: int = 0  # not 0: rows have a part of this histogram's buckets, log-linear ones


# Of a histogram: what can be added and subtracted, unlike its quantiles. Buckets are cumulative,
# by upper bound.
HISTOGRAM = ('buckets', 'count', 'sum')

# Of one row, by the name of the counter: a number; of a histogram, a dictionary of HISTOGRAM.
Values = Dict[str, Any]


class Reading(NamedTuple):
    """A set as it was in one snapshot."""

    name: str
    labels: List[str]  # names of the labels that rows have
    counters: List[Counter]
    self: Dict[str, int]  # SELF
    birth: int  # when it was created; another set of its name has another birth
    tsc: int
    tsc_hz: int
    stale: int  # writers that stayed inside a section until the timeout
    writers: List[Dict[str, Any]]  # lcore, pid, socket and FLAGS
    rows: Dict[int, Dict[str, str]]  # labels, by number; empty: the row has none
    # By lcore, then by row; no lcore that was never read, no row that it has not counted in and
    # that had no labels.
    values: Dict[str, Dict[int, Values]]
    unaccounted: Dict[str, int]  # by the name of the balance
    # By row and counter, of log-linear histograms in total: observations of each bucket that has
    # any, by its upper bound. Empty unless histograms are read in full.
    buckets: Dict[Tuple[int, str], Dict[str, int]]
    generations: Dict[int, int] = {}  # how often rows were cleared, if that is known

    def stopped(self):
        """Return whether a writer stopped inside a section: sums have its older numbers or none."""
        return any(writer['stale'] or writer['unread'] for writer in self.writers)


class Origin(NamedTuple):
    """The record of a stat file."""

    path: str
    number: int
    period: float  # from one record to the next, in seconds
    age: float  # when it was read
    gone: bool  # the file has no publisher any more


class Application(NamedTuple):
    """What was read of an application."""

    pid: int
    readings: List[Reading]
    unread: List[str]  # names of sets that are there, but could not be read
    origin: Optional[Origin] = None  # None: telemetry

    def continues(self, former):
        """Return whether numbers grow from those of a former reading: live, of one source."""
        return former is not None and self.pid == former.pid and (
            self.origin is former.origin is None or bool(self.origin and former.origin) and
            self.origin.path == former.origin.path and not self.origin.gone)


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


def _read_values(ask, reading, lcore, owners):
    """Read all rows of a lcore, or in total.

    "owners" has the row of all labels that were seen so far: rows may get others since.
    """
    request = (('/seqstat/total', reading.name) if lcore == TOTAL else
               ('/seqstat/lcore', reading.name, lcore))
    rows = reading.values[lcore] = {}
    for page in _pages(ask, *request, tsc=reading.tsc):
        for number, values in _numbered(page['rows']).items():
            labels = values.pop('labels', {})
            if labels and owners.setdefault(tuple(labels.items()), number) != number:
                # When the snapshot was taken, they were another row's.
                labels = {}
                if not _counted(values):
                    continue
            reading.rows[number] = reading.rows.get(number) or labels
            rows[number] = {
                counter.name: ({key: values[counter.name][key] for key in HISTOGRAM}
                               if counter.type == 'histogram' else values[counter.name])
                for counter in reading.counters}


def _read_buckets(ask, reading):
    """Read log-linear histograms in full."""
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
    """Raise an error at what could do something to a terminal, or is no text."""
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
            raise ValueError(f'not a lcore: {writer["lcore"]}')


def check_schema(reading):
    """Raise ValueError if a schema is none of the library's."""
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
    """Raise ValueError if a reply is none of the library's."""
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
    """Check a value; "bounds" has those of histograms that were seen so far."""
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
    """Return whether any number is not zero."""
    return any(_counted(value) if isinstance(value, dict) else value for value in values.values())


def _read_snapshot(ask, name, per_lcore, in_full):
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
    for lcore in lcores if per_lcore else [TOTAL]:
        _read_values(ask, reading, lcore, owners)
    _check(reading)
    if in_full:
        _read_buckets(ask, reading)
    # Each process has a writer for threads without an lcore; most have no such threads.
    if len(lcores) > 1 and not _counted(reading.values.get(ANY, {})):
        reading.values.pop(ANY, None)
    return reading


def read_set(ask, name, per_lcore, in_full) -> Optional[Reading]:
    """Read a set, each lcore or in total; return None if that is not possible."""
    for _ in range(TRIES):
        try:
            return _read_snapshot(ask, name, per_lcore, in_full)
        except SnapshotLost:
            pass
    return None


def list_sets(ask) -> List[str]:
    """Return the names of all sets in their order; of an application without the library, none."""
    names = []
    while page := ask('/seqstat/list', len(names)):
        names += page
    _check_names(*names)
    return sorted(set(names))


def read_sets(ask, per_lcore, in_full=False):
    """Return the readings of all sets that there are, and the names of those left unread."""
    readings, unread = [], []
    for name in list_sets(ask):
        reading = read_set(ask, name, per_lcore, in_full)
        if reading is not None:
            readings.append(reading)
        else:
            unread.append(name)
    # What has gone meanwhile is not missing.
    there = list_sets(ask) if unread else []
    return readings, [name for name in unread if name in there]


def _read_application(application, timeout, *how):
    try:
        with Connection(application, timeout) as connection:
            return Application(connection.pid, *read_sets(connection.ask, *how))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TelemetryError(
            f'{socket_path(application)}: not the answers of this library') from error


def read_application(application, timeout, *how) -> Application:
    """Read all sets of an application, as read_sets() does.

    If another application takes its place meanwhile, all numbers are of that one. Raise
    TelemetryError if none answers before the timeout.
    """
    limit = time.monotonic() + timeout
    try:
        return _read_application(application, timeout, *how)
    except ConnectionLost:
        return _read_application(application, limit - time.monotonic(), *how)


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
