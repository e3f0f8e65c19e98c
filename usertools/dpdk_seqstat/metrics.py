# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Map stat sets to metrics, with the names and labels that dpdk-seqstat-exporter gives them.

All names here are without the prefix "dpdk_seqstat_", which the exporter puts before them.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, Tuple

from .reading import TOTAL, Reading

# Labels that have a meaning of their own.
RESERVED_LABELS = ('file_prefix', 'instance', 'job', 'lcore', 'le', 'quantile', 'row')

# What the samples of a metric are called, behind its name.
SUFFIXES = {
    'counter': ('_total',),
    'gauge': ('',),
    'histogram': ('_bucket', '_count', '_sum'),
}


class Sample(NamedTuple):
    suffix: str
    labels: Dict[str, str]
    value: Any


@dataclass
class Family:
    """A metric with all its samples."""

    name: str
    type: str  # counter, gauge or histogram
    help: str
    origin: Tuple[str, str] = ('', '')  # set and counter
    samples: List[Sample] = field(default_factory=list)

    def add(self, labels, value):
        """Add a value; a histogram's is a dictionary of buckets, count and sum."""
        if self.type != 'histogram':
            if self.type == 'gauge' and value >= 2**63:
                value -= 2**64
            self.samples.append(Sample(SUFFIXES[self.type][0], labels, value))
            return
        for bound, count in value['buckets'].items():
            self.samples.append(Sample('_bucket', {**labels, 'le': bound_text(bound)}, count))
        self.samples.append(Sample('_count', labels, value['count']))
        self.samples.append(Sample('_sum', labels, value['sum']))

    def names(self):
        """Return the names that nothing else may have."""
        return {self.name, *(self.name + suffix for suffix in SUFFIXES[self.type])}


def bound_text(bound):
    """Write the bound of a bucket as OpenMetrics wants it: 1.0, 1e+06, +Inf."""
    if bound == 'inf':
        return '+Inf'
    text = repr(float(bound))
    digits, point, _ = text.partition('.0')
    if not point or len(digits) <= 6:
        return text
    fraction = digits[1:].rstrip('0')
    return f'{digits[0]}{"." * bool(fraction)}{fraction}e+{len(digits) - 1:02}'


def metric_name(set_name, counter):
    """Name a metric: with its unit, but without saying it twice."""
    name = counter.name
    if counter.type == 'counter' and name.endswith('_total'):
        name = name[:-len('_total')]
    if counter.unit and not f'_{counter.unit}_' in f'_{name}_':
        name += '_' + counter.unit
    return f'{set_name}_{name}'


def _family(set_name, counter):
    name = metric_name(set_name, counter)
    text = counter.help or f'{counter.name} of {set_name}'
    return Family(name, counter.type, text, (set_name, counter.name))


def row_labels(reading: Reading, row) -> Dict[str, str]:
    """Return what identifies a row: its labels, or its number if it has none."""
    # No name of a label begins with an underscore.
    return {'_' * (name in RESERVED_LABELS) + name: value
            for name, value in reading.rows[row].items()} or {'row': str(row)}


def set_families(reading: Reading) -> List[Family]:
    """Return the metrics of a set: a family for each counter, a sample for each row and lcore."""
    families = [_family(reading.name, counter) for counter in reading.counters]
    for lcore, rows in reading.values.items():
        for row, values in rows.items():
            labels = row_labels(reading, row)
            if lcore != TOTAL:
                labels['lcore'] = lcore
            for family in families:
                family.add(labels, values[family.origin[1]])
    return families


def self_families(readings: List[Reading]) -> List[Family]:
    """Return how the snapshots of sets went, and how their writers are."""
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
        # Beside older numbers, a balance would look like a leak.
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
    # Most sets have no balances.
    return [snapshots, read, saved, missed, longest, stale, unread, torn, crowded,
            *([unaccounted] if unaccounted.samples else [])]


class Names:
    """Which names are taken, so that no two metrics get into one another."""

    def __init__(self):
        self.owners = {}

    def claim(self, family):
        """Return whether a family may have its names: nobody else has one of them."""
        owner = (family.origin, family.type)
        if any(self.owners.get(name, owner) != owner for name in family.names()):
            return False
        self.owners.update(dict.fromkeys(family.names(), owner))
        return True


def application_families(readings: List[Reading], names: Names):
    """Return the metrics of an application, and those left out because their names are taken."""
    families, left_out = [], []
    for family in self_families(readings) + [
            family for reading in readings for family in set_families(reading)]:
        (families if names.claim(family) else left_out).append(family)
    return families, left_out
