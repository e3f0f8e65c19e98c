#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Draw what devtools/bench.sh measured, as SVG and PNG."""

import argparse
import json
import pathlib

import matplotlib
matplotlib.use('Agg')
from matplotlib import pyplot, ticker  # noqa: E402

SEQSTAT, CONSISTENT, TORN, GRID = '#c8321e', '#4a6f8a', '#b4b8bc', '#dddddd'

# Contenders of the update benchmark: what they are called, and what a reader of them sees.
UPDATES = {
    'plain': ('plain adds', TORN),
    'plain_atomic': ('relaxed atomic adds', TORN),
    'seqstat_add2_stride': ('seqstat', SEQSTAT),
    'rte_seqcount': ('rte_seqcount', CONSISTENT),
    'latch': ('latch (two copies)', CONSISTENT),
    'rte_seqcount_per_counter': ('rte_seqcount per counter', TORN),
    'rte_spinlock': ('rte_spinlock', CONSISTENT),
    'rte_seqlock': ('rte_seqlock', CONSISTENT),
    'rte_rwlock': ('rte_rwlock', CONSISTENT),
    'pthread_mutex': ('pthread mutex', CONSISTENT),
    'atomic_add': ('locked add per counter', TORN),
}

# Contenders of the snapshot benchmark: name, colour, marker.
SNAPSHOTS = {
    'seqcount_loop': ('rte_seqcount, retry loop', CONSISTENT, 's'),
    'rwlock': ('rte_rwlock', '#8a6a3f', '^'),
    'plain': ('plain copy, torn', TORN, 'o'),
    'seqstat': ('seqstat', SEQSTAT, 'D'),
}

TIMES_NS = ((1e3, '1 us'), (1e4, '10 us'), (1e5, '100 us'), (1e6, '1 ms'), (1e7, '10 ms'))


def style():
    pyplot.rcParams.update({
        'font.size': 11, 'axes.spines.top': False, 'axes.spines.right': False,
        'axes.titleweight': 'bold', 'axes.titlelocation': 'left', 'axes.titlesize': 12,
        'figure.constrained_layout.use': True, 'svg.hashsalt': 'seqstat',
    })


def save(figure, folder, name):
    for kind, metadata in (('svg', {'Date': None}), ('png', None)):
        figure.savefig(folder / f'seqstat_perf_{name}.{kind}', dpi=110, metadata=metadata)
    pyplot.close(figure)


def legend_patches(axes):
    """Explain the colours of bars."""
    patches = [matplotlib.patches.Patch(color=colour, label=label) for colour, label in (
        (SEQSTAT, 'consistent, and readers make progress'),
        (CONSISTENT, 'consistent'),
        (TORN, 'readers see torn groups'))]
    axes.legend(handles=patches, loc='upper right', frameon=False)


def draw_update(results, folder):
    """Draw the price list: bars."""
    costs = results['update']['rotating']
    bars = sorted((costs[name], label, colour) for name, (label, colour) in UPDATES.items())
    figure, axes = pyplot.subplots(figsize=(8, 4.6))
    values, labels, colours = zip(*bars)
    drawn = axes.barh(labels, values, color=colours)
    axes.bar_label(drawn, fmt='%.0f', padding=4)
    axes.invert_yaxis()
    axes.set_title('The price of counting a burst: six counters in two rows')
    axes.set_xlabel('cycles')
    axes.tick_params(axis='y', length=0)
    legend_patches(axes)
    save(figure, folder, 'update')


def lines_of(snapshots, axis, **load):
    """Return the entries of a load by contender, ordered along an axis."""
    chosen = [entry for entry in snapshots
              if all(entry[key] == value for key, value in load.items())]
    return {name: sorted((entry for entry in chosen if entry['contender'] == name),
                         key=lambda entry: entry[axis]) for name in SNAPSHOTS}


def draw_snapshot(results, folder):
    """Draw how long a snapshot takes over what there is to be read: where the loop fails."""
    lines = lines_of(results['snapshot'], 'counters', gap=0, writers=1, rate=1000,
                     pattern='spread')
    figure, axes = pyplot.subplots(figsize=(8, 4.8))
    for name, entries in lines.items():
        label, colour, marker = SNAPSHOTS[name]
        counters = [entry['counters'] for entry in entries]
        axes.plot(counters, [entry['p50_ns'] for entry in entries], color=colour,
                  marker=marker, linewidth=3 if name == 'seqstat' else 2, label=label)
    axes.set_xscale('log', base=4)
    axes.set_yscale('log')
    counters = [entry['counters'] for entry in lines['seqstat']]
    axes.set_xticks(counters, [f'{n:,}' for n in counters])
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.set_yticks([ns for ns, _ in TIMES_NS], [label for _, label in TIMES_NS])
    # Room for the words above the line, also if nobody gave up in the median.
    axes.set_ylim(top=2.5e7)
    axes.axhline(1e7, color=TORN, linestyle=':', linewidth=1.5)
    axes.annotate('gives up', (counters[0], 1e7), xytext=(0, 4), textcoords='offset points',
                  color='#666666')
    axes.grid(axis='y', color=GRID)
    axes.set_title('A snapshot while a writer writes without pause')
    axes.set_xlabel('counters')
    axes.set_ylabel('time of a snapshot (median)')
    # Below where the loop gives up, above what it takes with few counters.
    axes.legend(frameon=False, loc='upper left', bbox_to_anchor=(0, 0.92))
    save(figure, folder, 'snapshot')


def draw_slowdown(results, folder):
    """Draw how much slower a writer gets, over how often it is read."""
    lines = lines_of(results['snapshot'], 'rate', counters=1024, gap=200, writers=1,
                     pattern='spread')
    figure, axes = pyplot.subplots(figsize=(8, 4.6))
    for name, entries in lines.items():
        # Right after each other comes last: it is as fast as can be.
        entries = sorted(entries, key=lambda entry: entry['rate'] or float('inf'))
        label, colour, marker = SNAPSHOTS[name]
        axes.plot(range(len(entries)), [100 * (entry['writer_slowdown'] - 1)
                                        for entry in entries],
                  color=colour, marker=marker, linewidth=3 if name == 'seqstat' else 2,
                  label=label)
        rates = [f'{entry["rate"]:,}' if entry['rate'] else 'back to\nback' for entry in entries]
    axes.set_xticks(range(len(rates)), rates)
    axes.yaxis.set_major_formatter(ticker.PercentFormatter(decimals=0))
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    axes.grid(axis='y', color=GRID)
    axes.set_title('What being read costs a writer: 1,024 counters, a section every 200 cycles')
    axes.set_xlabel('snapshots a second')
    axes.set_ylabel('longer sections')
    axes.legend(frameon=False, loc='upper left')
    save(figure, folder, 'slowdown')


def draw(results, folder):
    """Draw all pictures into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    style()
    draw_update(results, folder)
    # On a single CPU nobody reads while another one writes.
    if results.get('snapshot'):
        draw_snapshot(results, folder)
        draw_slowdown(results, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('json', type=pathlib.Path, help='what "devtools/bench.sh --json" wrote')
    parser.add_argument('folder', type=pathlib.Path, help='where to draw')
    args = parser.parse_args()
    draw(json.loads(args.json.read_text()), args.folder)


if __name__ == '__main__':
    main()
