# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Draw pictures and write tables of the results of devtools/bench.sh."""

import csv
import textwrap

from matplotlib import patches, pyplot, ticker

SEQSTAT, CONSISTENT, TORN, LOCK, FILE = '#c8321e', '#4a6f8a', '#b4b8bc', '#8a6a3f', '#e59866'

# Contenders in the order of the tables; the colour shows what readers get.
UPDATES = {
    'plain': ('plain adds', TORN),
    'relaxed': ('relaxed atomic load and store', TORN),
    'rte_seqcount': ('rte_seqcount_t', CONSISTENT),
    'seqstat': ('seqstat', SEQSTAT),
    'seqstat_writer': ('seqstat, writer looked up once', SEQSTAT),
    'rte_spinlock': ('rte_spinlock_t', CONSISTENT),
    'rte_seqlock': ('rte_seqlock_t', CONSISTENT),
    'atomic_add': ('atomic add for each counter', TORN),
    'shared_plain': ('shared by all lcores, no guard', TORN),
    'shared_atomic_add': ('shared, atomic adds', TORN),
    'shared_rte_spinlock': ('shared, spinlock', CONSISTENT),
}
SNAPSHOTS = {
    'plain': ('plain copy, torn', TORN, 'o'),
    'rte_seqlock': ('rte_seqlock_t, reader retries', CONSISTENT, 's'),
    'rte_spinlock': ('rte_spinlock_t', LOCK, '^'),
    'seqstat': ('seqstat', SEQSTAT, 'D'),
    'stat_file': ('stat file of seqstat', FILE, 'v'),
}
RATIOS = {
    'ratio_vs_no_stats': 'the same without counters',
    'ratio_latency': 'the same without counters,\nlatencies counted, too',
    'ratio_vs_dpdk_l2fwd': "DPDK's l2fwd",
    'ratio_under_telemetry': 'itself, with 1,000 telemetry\nrequests a second',
}


def text(value, scale=1.0, digits=2):
    """Return a median with its range as text."""
    if value is None:
        return ''
    least, median, greatest = (f'{value[key] * scale:,.{digits}f}'
                               for key in ('min', 'median', 'max'))
    return median if least == greatest else f'{median} ({least}..{greatest})'


def whiskers(values, scale=1.0):
    """Return the ranges as matplotlib's error bars."""
    return [[(value['median'] - value['min']) * scale for value in values],
            [(value['max'] - value['median']) * scale for value in values]]


def busy_writer(results):
    """Return the entries of a writer without pauses, at 1,000/s, by contender and counters."""
    found = {name: {} for name in SNAPSHOTS}
    for entry in results['snapshot']:
        if entry['gap'] == 0 and entry['rate'] == 1000:
            found[entry['contender']][entry['counters']] = entry
    return found


def draw_update(results):
    figure, axes = pyplot.subplots(figsize=(8, 3.8))
    costs = results['update']['rotating']
    names = sorted((name for name in UPDATES if name in costs),
                   key=lambda name: costs[name]['median'])
    values = [costs[name] for name in names]
    bars = axes.barh([UPDATES[name][0] for name in names], [value['median'] for value in values],
                     xerr=whiskers(values), color=[UPDATES[name][1] for name in names])
    axes.bar_label(bars, labels=[f'{value["median"]:.1f}' for value in values], padding=4)
    axes.invert_yaxis()
    axes.set_title('An update: six counters in two rows')
    axes.set_xlabel('cycles')
    axes.legend(handles=[patches.Patch(color=colour, label=label) for colour, label in (
        (SEQSTAT, 'consistent, no lock, readers cannot starve'), (CONSISTENT, 'consistent'),
        (TORN, 'readers see torn groups'))], loc='upper right', frameon=False)
    return figure


def draw_snapshot(results):
    figure, (times, slowdowns) = pyplot.subplots(1, 2, figsize=(11, 4.6), width_ratios=(3, 2))
    found = busy_writer(results)
    sizes = list(found['plain'])
    for name, entries in found.items():
        label, colour, marker = SNAPSHOTS[name]
        for axes, key, scale in (times, 'p50_ns', 1e-9), (slowdowns, 'writer_slowdown', 1):
            values = [entry[key] for entry in entries.values()]
            axes.errorbar(sizes, [value['median'] * scale for value in values],
                          yerr=whiskers(values, scale), color=colour, marker=marker, label=label,
                          linewidth=2.5 if name == 'seqstat' else 1.5, elinewidth=1, capsize=3)
    for axes in times, slowdowns:
        axes.set_xscale('log', base=4)
        axes.set_xticks(sizes, [f'{size:,}' for size in sizes])
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.set_xlabel('counters')
        axes.grid(axis='y', color='#dddddd')
    times.set(yscale='log', ylim=(1e-8, 2), ylabel='time (median)',
              title='A snapshot while the writer never pauses')
    times.yaxis.set_major_formatter(ticker.EngFormatter('s'))
    times.axhline(0.5, color=TORN, linestyle=':')
    times.annotate('gives up', (sizes[0], 0.5), xytext=(0, 3), textcoords='offset points')
    times.legend(frameon=False, ncols=2, loc='upper center', bbox_to_anchor=(0.5, -0.13))
    slowdowns.set_yscale('log', base=2)
    slowdowns.yaxis.set_major_formatter('{x:g}')
    slowdowns.set(ylabel='section time / without reader', title='Slowdown of the writer')
    return figure


def draw_forward(results):
    figure, axes = pyplot.subplots(figsize=(8, 3))
    values = [results['forward'][name] for name in RATIOS]
    axes.errorbar([value['median'] for value in values], list(RATIOS.values()),
                  xerr=whiskers(values), fmt='D', color=SEQSTAT, capsize=4)
    axes.axvline(1, color=TORN)
    axes.set_ylim(len(RATIOS) - 0.5, -0.5)
    axes.set_title('Packets a second with counters, relative to')
    return figure


def update_table(results):
    (lcores, cycles), = results['book']['lcores'].items()
    yield ['Contender', 'same rows: times plain', 'rotating rows: times plain',
           f'book, {lcores} lcores: cycles an add', 'published']
    for name, (label, _) in UPDATES.items():
        yield [label, *(text(results['update_ratio'][mode].get(f'{name}_vs_plain'))
                        for mode in ('same', 'rotating')),
               text(cycles[name]), text(results['book']['published'].get(name), digits=0)]


def snapshot_table(results):
    found = busy_writer(results)
    yield ['Counters', *(f'{name}: us' for name in SNAPSHOTS), 'seqstat: times slower writer',
           'stat_file: times slower writer', 'rte_seqlock: gave up', 'seqstat: gave up']
    for counters in found['seqstat']:
        entries = {name: found[name][counters] for name in SNAPSHOTS}
        yield [f'{counters:,}', *(text(entry['p50_ns'], 1e-3) for entry in entries.values()),
               *(text(entries[name]['writer_slowdown'], digits=3)
                 for name in ('seqstat', 'stat_file')),
               *(f'{entries[name]["failures"]} of {entries[name]["snapshots"]:,}'
                 for name in ('rte_seqlock', 'seqstat'))]


def forward_table(results):
    yield ['Packets a second with counters, relative to', 'ratio']
    for name, label in RATIOS.items():
        yield [label.replace('\n', ' '), text(results['forward'][name], digits=3)]


def machine_text(results):
    machine = results['machine']
    text_ = (f'{machine["cpu"]}, {len(machine["cpus"])} CPUs, Linux {machine["kernel"]}, '
             f'{machine["memory"]}, gcc {machine["gcc"]}, DPDK {machine["dpdk"]}; each program '
             f'was started {results["starts"]} times{" (--quick)" if results["quick"] else ""}.')
    if results['indicative']:
        text_ += f' The figures are *indicative only*: {"; ".join(results["indicative"])}.'
    return '.. SPDX-License-Identifier: BSD-3-Clause\n\n' + textwrap.fill(text_, 100) + '\n'


def draw(results, folder):
    """Write pictures and tables of all results to a folder."""
    pyplot.rcParams.update({'font.size': 11, 'axes.spines.top': False, 'axes.spines.right': False,
                            'axes.titlelocation': 'left', 'axes.titleweight': 'bold',
                            'figure.constrained_layout.use': True})
    for name, draw_one, table in (('update', draw_update, update_table),
                                  ('snapshot', draw_snapshot, snapshot_table),
                                  ('forward', draw_forward, forward_table)):
        if not results.get(name):
            continue  # The machine has one CPU only.
        figure = draw_one(results)
        if results['indicative']:
            figure.supxlabel('indicative only: the CPUs were shared', fontsize=9)
        figure.savefig(folder / f'seqstat_perf_{name}.png', dpi=110)
        pyplot.close(figure)
        with (folder / f'seqstat_perf_{name}.csv').open('w', newline='', encoding='utf-8') as file:
            csv.writer(file, lineterminator='\n').writerows(table(results))
    (folder / 'seqstat_perf_machine.txt').write_text(machine_text(results), encoding='utf-8')
