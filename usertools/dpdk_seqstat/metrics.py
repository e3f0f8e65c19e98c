# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Map stat sets to metrics with the names and labels that dpdk-seqstat-exporter uses.

Names here lack the prefix "dpdk_seqstat_", which DPDK's exporter adds.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from .reading import Reading

# Labels that Prometheus or the exporter use.
RESERVED_LABELS = ('file_prefix', 'instance', 'job', 'lcore', 'le', 'quantile', 'row')

# Suffixes of the samples of a metric.
SUFFIXES = {
    'counter': ('_total',),
    'gauge': ('',),
    'histogram': ('_bucket', '_count', '_sum'),
}


@dataclass
class Family:
    """A metric with all its samples."""

    name: str
    type: str  # a key of SUFFIXES
    help: str
    samples: List[Tuple[str, Any, Dict[str, str]]] = field(default_factory=list)

    def add(self, labels, value):
        """Add the value of a counter; a histogram's is a dictionary."""
        if self.type != 'histogram':
            if self.type == 'gauge' and value >= 2**63:
                value -= 2**64
            self.samples.append((self.name + SUFFIXES[self.type][0], value, labels))
            return
        for bound, count in value['buckets'].items():
            self.samples.append((self.name + '_bucket', count, {**labels, 'le': bound_text(bound)}))
        self.samples.append((self.name + '_count', value['count'], labels))
        self.samples.append((self.name + '_sum', value['sum'], labels))

    def names(self):
        """Return the names that no other metric may have."""
        return {self.name, *(self.name + suffix for suffix in SUFFIXES[self.type])}


def bound_text(bound):
    """Return the bound of a bucket as OpenMetrics writes it: 1.0, 1e+06, +Inf."""
    if bound == 'inf':
        return '+Inf'
    text = repr(float(bound))
    digits, point, _ = text.partition('.0')
    if not point or len(digits) <= 6:
        return text
    fraction = digits[1:].rstrip('0')
    return f'{digits[0]}{"." * bool(fraction)}{fraction}e+{len(digits) - 1:02}'


def metric_name(set_name, counter):
    """Return the name of a counter's metric: with its unit, unless the name contains it."""
    name = counter.name
    if counter.type == 'counter' and name.endswith('_total'):
        name = name[:-len('_total')]
    if counter.unit and not f'_{counter.unit}_' in f'_{name}_':
        name += '_' + counter.unit
    return f'{set_name}_{name}'


def row_labels(reading: Reading, row) -> Dict[str, str]:
    """Return the labels of a row, or its number if it has none."""
    # A name of the library cannot begin with an underscore.
    return {'_' * (name in RESERVED_LABELS) + name: value
            for name, value in reading.rows[row].items()} or {'row': str(row)}


def set_families(reading: Reading) -> List[Family]:
    """Return a metric for each counter of a set, with a sample for each row and lcore."""
    families = {counter.name: Family(metric_name(reading.name, counter), counter.type,
                                     counter.help or f'{counter.name} of {reading.name}')
                for counter in reading.counters}
    for lcore, rows in reading.values.items():
        for row, values in rows.items():
            labels = {**row_labels(reading, row), 'lcore': lcore}
            for name, family in families.items():
                family.add(labels, values[name])
    return [*families.values()]


def self_families(readings: List[Reading]) -> List[Family]:
    """Return the metrics of snapshots and writers."""
    snapshots = Family('snapshots', 'counter', 'Snapshots taken, complete or not')
    read = Family('writers_read', 'counter', 'Writers read: between two sections, or because '
                  'a section acknowledged the snapshot')
    saved = Family('rows_saved', 'counter', 'Rows read from saved copies')
    missed = Family('writers_missed', 'counter',
                    'Writers that stayed inside a section until the timeout')
    longest = Family('longest_snapshot_seconds', 'gauge', 'Longest snapshot')
    stale = Family('writer_stale', 'gauge', 'Whether a writer stayed inside a section in this '
                   'snapshot, so that its numbers are older ones')
    unread = Family('writer_unread', 'gauge', 'Whether a writer was never read, so that its '
                    'numbers are missing')
    torn = Family('writer_torn', 'counter', 'Sections of the writer that were left unfinished: '
                  'a part of each may be visible')
    crowded = Family('writer_crowded', 'gauge', 'Whether the writer of threads without an lcore '
                     'serves lcores that got no writer of their own')
    unaccounted = Family('unaccounted', 'gauge', 'Packets, or bytes, that no counter of the set '
                         'accounts for: on their way between lcores, or lost')
    for reading in readings:
        labels = {'set': reading.name}
        # Older values of a writer would make a balance look like a leak.
        for balance, value in reading.unaccounted.items():
            if not reading.stopped():
                unaccounted.add({**labels, 'balance': balance}, value)
        snapshots.add(labels, reading.self['snapshots'])
        read.add({**labels, 'how': 'idle'}, reading.self['read_idle'])
        read.add({**labels, 'how': 'acknowledged'}, reading.self['read_acked'])
        saved.add(labels, reading.self['rows_saved'])
        missed.add(labels, reading.self['missed'])
        longest.add(labels, reading.self['longest_ns'] / 1e9)
        for lcore in dict.fromkeys(writer['lcore'] for writer in reading.writers):
            writers = [writer for writer in reading.writers if writer['lcore'] == lcore]
            of_lcore = {**labels, 'lcore': lcore}
            stale.add(of_lcore, max(writer['stale'] for writer in writers))
            unread.add(of_lcore, max(writer['unread'] for writer in writers))
            torn.add(of_lcore, sum(writer['torn'] for writer in writers))
            crowded.add(of_lcore, max(writer['crowded'] for writer in writers))
    return [snapshots, read, saved, missed, longest, stale, unread, torn, crowded, unaccounted]


def families(readings: List[Reading]) -> List[Family]:
    """Return the metrics of an application, without those that share a name with another one."""
    found, taken = [], set()
    for family in self_families(readings) + [
            family for reading in readings for family in set_families(reading)]:
        if not taken & family.names():
            taken |= family.names()
            found.append(family)
    return found
