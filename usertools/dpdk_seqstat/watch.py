# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Compute rates, histories and utilisation from successive readings of an application."""

import collections
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Tuple

from .quantiles import bucket_counts
from .reading import TOTAL, Application, Counter, Reading, totals

# Length of a counter's history: the widest sparkline shows all of it.
HISTORY = 120

BUSY, IDLE = 'busy_cycles', 'idle_cycles'

# Notes on an lcore and the flags that cause them, the most serious last.
NOTES = {'crowded': ('crowded',), 'torn': ('torn',), 'stopped': ('stale', 'unread')}


class Line(NamedTuple):
    """A counter of a row, of one lcore or in total."""

    row: str  # row_name()
    labels: Tuple[str, ...]  # by SetWatch.titles()
    lcore: str  # or TOTAL
    counter: Counter
    value: Any  # a number, or buckets, count and sum of a histogram
    recent: Any  # growth since the reading before; None: not known
    rate: Optional[float]  # growth a second; of a histogram's observations; None for a gauge
    history: Deque[float]  # past rates; levels of a gauge
    stopped: bool  # the value is older or incomplete: a writer is stale or unread
    # All buckets of a histogram: "now" with observations since the reading before, or "all" with
    # all observations if there are none since; empty if the buckets are not known.
    when: str
    buckets: Dict[str, int]


class Lcore(NamedTuple):
    name: str
    note: str  # one of NOTES, or empty
    utilisation: Optional[float]  # share of busy cycles since the reading before


def lcore_order(lcore):
    """Return a sorting key: by lcore id, then threads without one."""
    return (0, int(lcore)) if lcore.isdecimal() else (1, 0)


def lcore_notes(writers):
    """Return the most serious note on each lcore, by lcore."""
    return {writer['lcore']: note for note, flags in NOTES.items() for writer in writers
            if any(writer[flag] for flag in flags)}


def difference(newer, older):
    """Return the growth of a value, which may have wrapped."""
    if isinstance(newer, dict):
        return {key: difference(value, older[key]) for key, value in newer.items()}
    return (newer - older) % 2**64


def fell(newer, older):
    """Return whether a value fell, other than by wrapping, or has other buckets."""
    if isinstance(newer, dict):
        return newer.keys() != older.keys() or any(
            fell(value, older[key]) for key, value in newer.items())
    return newer < older and difference(newer, older) >= 2**63


def row_name(labels, row):
    """Return the labels of a row as one word, or its number if it has none."""
    return ','.join(f'{name}={value}' for name, value in labels.items()) or f'row={row}'


def _with_totals(reading):
    return {**reading.values, TOTAL: totals(reading)}


class SetWatch:
    """A set and its history."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.values = _with_totals(reading)
        self.recent: Dict[str, Dict[int, Dict[str, Any]]] = {}
        self.recent_buckets: Dict[Tuple[int, str], Dict[str, int]] = {}
        self.seconds = 0.0
        self.history = collections.defaultdict(lambda: collections.deque(maxlen=HISTORY))

    def same_set(self, reading):
        """Return whether a later reading is of the same set, not another one with its name."""
        return (reading.birth, reading.counters) == (
            self.reading.birth, self.reading.counters) and reading.tsc >= self.reading.tsc

    def _cleared(self, reading):
        """Return the rows that were cleared since the reading before."""
        counters = [counter.name for counter in reading.counters if counter.type != 'gauge']
        cleared = set()
        for row, labels in reading.rows.items():
            former = self.reading.rows.get(row)
            # A row without labels may be the same: labels change while rows are read.
            if former is None or (former and labels and former != labels) or (
                    reading.generations.get(row) != self.reading.generations.get(row)):
                cleared.add(row)
        for lcore, rows in reading.values.items():
            older = self.values.get(lcore, {})
            cleared.update(row for row, values in rows.items() if row in older and any(
                fell(values[counter], older[row][counter]) for counter in counters))
        return cleared

    def update(self, reading: Reading):
        if reading.tsc == self.reading.tsc:
            # The same cut, but writers may have ended since.
            self.reading = reading
            return
        cleared = self._cleared(reading)
        before, self.values = self.values, _with_totals(reading)
        self.recent_buckets = {
            key: {bound: count - older.get(bound, 0) for bound, count in counts.items()}
            for key, counts in reading.buckets.items()
            for older in [{} if key[0] in cleared else self.reading.buckets.get(key, {})]}
        self.seconds = (reading.tsc - self.reading.tsc) / reading.tsc_hz
        self.reading = reading
        # A row that was missing had counted nothing.
        self.recent = {
            lcore: {row: values if row in cleared or row not in before[lcore] else
                    difference(values, before[lcore][row]) for row, values in rows.items()}
            for lcore, rows in self.values.items() if lcore in before}
        for key in [key for key in self.history if key[1] in cleared]:
            del self.history[key]
        for lcore, rows in self.values.items():
            for row, values in rows.items():
                for counter in reading.counters:
                    point = (values[counter.name] if counter.type == 'gauge' else
                             self.rate(lcore, row, counter))
                    if point is not None:
                        self.history[lcore, row, counter.name].append(point)

    def rate(self, lcore, row, counter):
        """Return the growth of a counter a second; None if it is not known."""
        recent = self.recent.get(lcore, {}).get(row)
        if recent is None or counter.type == 'gauge':
            return None
        value = recent[counter.name]
        return (value['count'] if counter.type == 'histogram' else value) / self.seconds

    def buckets(self, lcore, row, counter):
        """Return "when" and "buckets" of a Line."""
        for when, values, in_full in (('now', self.recent, self.recent_buckets),
                                      ('all', self.values, self.reading.buckets)):
            histogram = values.get(lcore, {}).get(row, {}).get(counter.name)
            if counter.type != 'histogram' or not histogram or not histogram['count']:
                continue
            if not counter.log_parts:
                return when, bucket_counts(histogram)
            counts = in_full.get((row, counter.name), {}) if lcore == TOTAL else {}
            # Otherwise no reading before had these buckets, or the row was cleared.
            if sum(counts.values()) == histogram['count'] and min(counts.values()) >= 0:
                return when, counts
        return '', {}

    def stopped(self):
        """Return the lcores with a stale or unread writer."""
        return {lcore for lcore, note in lcore_notes(self.reading.writers).items()
                if note == 'stopped'}

    def titles(self):
        """Return the titles of the columns that identify a row."""
        return self.reading.labels or ['row']

    def _labels(self, row):
        labels = self.reading.rows[row]
        if labels or not self.reading.labels:
            return tuple(labels.values()) or (str(row),)
        return f'row {row}', *[''] * (len(self.reading.labels) - 1)

    def lines(self, per_lcore) -> List[Line]:
        """Return a line for each row and counter, of each lcore or in total."""
        stopped = self.stopped()
        lcores = sorted(self.reading.values, key=lcore_order) if per_lcore else [TOTAL]
        return [
            Line(row_name(labels, row), self._labels(row), lcore, counter, values[counter.name],
                 self.recent.get(lcore, {}).get(row, {}).get(counter.name),
                 self.rate(lcore, row, counter), self.history[lcore, row, counter.name],
                 lcore in stopped or (lcore == TOTAL and bool(stopped)),
                 *self.buckets(lcore, row, counter))
            for row, labels in self.reading.rows.items()
            for lcore in lcores if row in self.values[lcore]
            for counter in self.reading.counters
            for values in [self.values[lcore][row]]]

    def cycles(self):
        """Yield the busy and idle cycles of each lcore since the reading before."""
        if {BUSY, IDLE} <= {counter.name for counter in self.reading.counters}:
            for lcore, rows in self.recent.items():
                if lcore in self.reading.values:
                    yield (lcore, sum(values[BUSY] for values in rows.values()),
                           sum(values[IDLE] for values in rows.values()))


class Watch:
    """An application and its history, or the application that has taken its place."""

    def __init__(self, chosen=None):
        self.chosen = chosen  # the name of the shown set
        self.sets: Dict[str, SetWatch] = {}
        self.application: Optional[Application] = None  # the last reading
        self.program = ''
        self.problem = ''  # why the reading after it failed

    def update(self, application: Application):
        former = self.sets if application.continues(self.application) else {}
        self.application, self.problem = application, ''
        # A set that could not be read keeps its last reading.
        self.sets = {name: former[name] for name in application.unread if name in former}
        for reading in application.readings:
            followed = former.get(reading.name)
            if followed is not None and followed.same_set(reading):
                followed.update(reading)
            else:
                followed = SetWatch(reading)
            self.sets[reading.name] = followed
        self.sets = dict(sorted(self.sets.items()))
        if self.chosen is None and self.sets:
            self.chosen = next(iter(self.sets))

    def step(self, steps):
        """Show another set, a number of steps further in the list."""
        names = list(self.sets)
        if names:
            index = names.index(self.chosen) + steps if self.chosen in names else 0
            self.chosen = names[index % len(names)]

    def lcores(self) -> List[Lcore]:
        """Return the state of the lcores over all sets."""
        busy, idle = collections.Counter(), collections.Counter()
        notes = lcore_notes([writer for followed in self.sets.values()
                             for writer in followed.reading.writers])
        names = {*notes, *(lcore for followed in self.sets.values()
                           for lcore in followed.reading.values if lcore != TOTAL)}
        for followed in self.sets.values():
            for lcore, busy_cycles, idle_cycles in followed.cycles():
                names |= {lcore} if busy_cycles + idle_cycles else set()
                busy[lcore] += busy_cycles
                idle[lcore] += idle_cycles
        return [
            Lcore(name, notes.get(name, ''),
                  busy[name] / (busy[name] + idle[name]) if busy[name] + idle[name] else None)
            for name in sorted(names, key=lcore_order)]
