# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What the benchmarks are to show, and whether they do."""

# The rate of snapshots at which targets hold, a second.
RATE = 1000


class Target:
    """A figure and its bound, and where it was found."""

    def __init__(self, name, value, limit, least=False, where=''):
        self.name = name
        self.value = value
        self.limit = limit
        self.least = least
        self.where = where

    @property
    def met(self):
        return self.value >= self.limit if self.least else self.value <= self.limit

    def as_dict(self):
        return {'name': self.name, 'value': self.value, 'limit': self.limit, 'met': self.met,
                'where': self.where}

    def __str__(self):
        relation = '>=' if self.least else '<='
        return (f'  {"met   " if self.met else "MISSED"} {self.name:<44} {self.value:8.3f} '
                f'{relation} {self.limit:<6g} {self.where}')


def place(entry):
    """Tell of what load an entry of the snapshot benchmark is."""
    return (f'{entry["writers"]} x {entry["counters"]} counters, gap {entry["gap"]}, '
            f'{entry["pattern"]}')


def snapshots_by_load(snapshots, rate=RATE):
    """Return the entries of each load as a dictionary by contender."""
    loads = {}
    for entry in snapshots:
        if entry['rate'] == rate:
            loads.setdefault(place(entry), {})[entry['contender']] = entry
    return loads


def update_targets(results, compiler):
    ratios, spaced = results['update_ratio'], results['update']
    for name, which, limit in (
            ('seqstat_vs_plain', 'same', 1.0), ('seqstat_vs_plain', 'rotating', 1.4),
            ('seqstat_vs_rte_seqlock', 'same', 0.25),
            ('seqstat_vs_rte_seqlock', 'rotating', 0.25),
            ('seqstat_vs_atomic_add', 'same', 0.12),
            ('seqstat_vs_atomic_add', 'rotating', 0.12)):
        yield Target(f'{compiler}: update_ratio.{which}.{name}', ratios[which][name], limit)
    for which in ('spaced_200', 'spaced_1000'):
        best = min((value, name) for name, value in spaced[which].items()
                   if name.startswith('seqstat'))
        yield Target(f'{compiler}: update.{which}, cycles', best[0], 0.5, where=best[1])


def snapshot_targets(snapshots):
    loads = snapshots_by_load(snapshots)

    def greatest(value, counters):
        return max(((value(entries), where) for where, entries in loads.items()
                    if entries['seqstat']['counters'] in counters), default=(0, ''))

    sizes = sorted({entry['counters'] for entry in snapshots})
    for size in sizes:
        value, where = greatest(
            lambda entries: entries['seqstat']['times_plain'], (size,))
        yield Target(f'snapshot by the plain copy, {size} counters', value, 2, where=where)
    small = [size for size in sizes if size <= 1024]
    large = [size for size in sizes if size > 1024]
    for name, these, limit in (('up to 1024', small, 1.01), ('16384', large, 1.05)):
        value, where = greatest(lambda entries: entries['seqstat']['writer_slowdown'], these)
        yield Target(f'writer slowdown, {name} counters', value, limit, where=where)
    failures = [entry for entry in snapshots
                if entry['contender'] == 'seqstat' and entry['failures'] > 0]
    yield Target('snapshots that failed', sum(entry['failures'] for entry in failures), 0,
                 where='; '.join(place(entry) for entry in failures[:2]))


def targets(results):
    """Return all targets for which there are results."""
    found = list(update_targets(results, 'gcc'))
    if 'clang' in results:
        found += update_targets(results['clang'], 'clang')
    if results.get('snapshot'):
        found += snapshot_targets(results['snapshot'])
    book = results['book']
    found.append(Target('book: more cycles an add than per_core',
                        book['seqstat'] - book['per_core'], 1))
    if 'forward' in results:
        found += [Target(f'forward.{name}', results['forward'][name], limit, least=True)
                  for name, limit in (('ratio_vs_no_stats', 0.99), ('ratio_vs_dpdk_l2fwd', 1.0),
                                      ('ratio_under_telemetry', 0.99))]
    return found
