#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Show what an application has counted recently, from the records of its file.

Each record of a stat file is a cut over all stat sets. An increase is the
growth since the record before; after a row was cleared, it is the value.
Notes of a record:

  stale    a writer stayed inside a section: its numbers are older
  unread   a writer was never read: its numbers are missing
  torn     a writer left a section unfinished
  crowded  lcores share the writer of threads without an lcore
  no-cut   the machine does not guarantee a cut
  late     more than one and a half periods since the record before
  missing  records before this one are lost
  same     the set was not read again
"""

import argparse
import csv
import datetime
import functools
import json
import os
import signal
import sys
import time
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), '../share/dpdk'))

# pylint: disable=wrong-import-position
from dpdk_seqstat.quantiles import ABOVE, quantiles  # noqa: E402
from dpdk_seqstat.statfile import (  # noqa: E402
    CROWDED, NO_CUT, STALE, TORN, UNREAD, Column, Part, Record, StatFile, StatFileError, StatSet,
    add, age, by_row)
from dpdk_seqstat.telemetry import printable  # noqa: E402
from dpdk_seqstat.watch import row_name  # noqa: E402

NOTES = {STALE: 'stale', UNREAD: 'unread', TORN: 'torn', NO_CUT: 'no-cut', CROWDED: 'crowded'}
# Notes that cause a gap in the plot.
GAPS = {'late', 'missing'}
NAN = float('nan')
MARKED = {'stale': 'red', 'torn': 'darkorange'}
# Seconds between two looks at a followed file: minimum and maximum.
POLL = 0.001, 0.1


class Step(NamedTuple):
    """A set in a record, and its growth since the record before."""

    record: Record
    part: Part
    described: StatSet
    columns: List[Column]  # the wanted counters
    seconds: Optional[float]  # since the cut before; None: no such cut
    notes: List[str]
    # Labels, values, and increases; None: not known.
    rows: Dict[int, Tuple[Dict[str, str], Sequence[int], Optional[Sequence[int]]]]

    def time_ns(self):
        """Return the time of the cut by CLOCK_REALTIME."""
        return self.record.realtime_ns - self.record.monotonic_ns + self.part.monotonic_ns


class Former(NamedTuple):
    """A set in the record before."""

    file: StatFile
    number: int
    monotonic_ns: int
    rows: Dict[int, Tuple[int, Sequence[int]]]  # generation and values


def make_step(file, record, index, former, options):
    """Return the step of a set to a record, and "former" for the next step."""
    described, part, known = file.sets[index], record.parts[index], file.rows_of(
        index, record.parts[index])
    totals = functools.reduce(add, file.values(index, part).values() or [[]])
    rows = {row: (known.generations.get(row, 0), numbers)
            for row, numbers in enumerate(by_row(described, totals))
            if row in known.labels or any(numbers)}
    passed_ns = part.monotonic_ns - former.monotonic_ns if former else 0
    notes = [note for flag, note in NOTES.items() if part.flags & flag]
    if former and former.file is file and record.number != former.number + 1:
        notes.append('missing')
    if former and not 0 < passed_ns <= 1.5 * file.period_ns:
        notes.append('late' if passed_ns else 'same')
    step = Step(
        record, part, described,
        [column for column in described.columns
         if not options.counter or column.counter.name in options.counter],
        passed_ns / 1e9 or None, notes,
        {row: (labels, numbers,
               grown(former.rows.get(row), generation, numbers) if passed_ns else None)
         for row, (generation, numbers) in rows.items()
         for labels in [known.labels.get(row, {})]
         if options.row in (None, str(row), *labels.values(), row_name(labels, row))})
    return step, Former(file, record.number, part.monotonic_ns, rows)


def grown(former, generation, numbers):
    """Return the growth of a row, which was 0 before it was first used or cleared."""
    if former is None or former[0] != generation:
        return numbers
    return [(newer - older) % 2**64 for newer, older in zip(numbers, former[1])]


def number_of(column, numbers):
    """Return the value of a counter; of a histogram, the observations."""
    return sum(numbers[column.first:column.end]) if column.bounds else numbers[column.first]


def p99(column, numbers):
    """Return the 99th percentile of a histogram, at most its highest bound, or None."""
    counts = dict(zip(column.bounds, numbers[column.first:column.end]))
    if column.counter.log_parts:
        counts = {bound: count for bound, count in counts.items() if count}
    value = quantiles(column.counter, counts).get('p99')
    return int(column.bounds[-2]) if value == ABOVE else value


def moment(time_ns):
    return datetime.datetime.fromtimestamp(time_ns // 1000 / 1e6)


def cells(column, numbers, increases):
    """Return the figures of a counter of a row."""
    known = increases is not None and column.counter.type != 'gauge'
    return {'value': number_of(column, numbers),
            'increase': number_of(column, increases) if known else None,
            'p99': p99(column, increases) if known and column.bounds else None}


def print_list(found):
    former = None
    for file, steps in found:
        if file is not former:
            print(f'{file.prefix}, pid {file.pid}, a record each {file.period_ns / 1e6:g} ms:',
                  *(described.name for described in file.sets))
        former = file
        record = steps[0].record
        since = '' if steps[0].seconds is None else f'+{steps[0].seconds * 1e3:.3f} ms'
        print(f'{record.number:>10}  {moment(record.realtime_ns):%H:%M:%S.%f} {since:>14}  cut',
              ','.join(dict.fromkeys(str(step.part.number) for step in steps)),
              *dict.fromkeys(note for step in steps for note in step.notes))


def print_csv(found):
    writer = csv.writer(sys.stdout, lineterminator='\n')
    writer.writerow('record time set row counter value increase p99 notes'.split())
    for _, steps in found:
        for step in steps:
            time_text = f'{step.time_ns() // 10**9}.{step.time_ns() % 10**9:09}'
            for row, (labels, *values) in step.rows.items():
                for column in step.columns:
                    writer.writerow((
                        step.record.number, time_text, step.described.name, row_name(labels, row),
                        column.counter.name, *cells(column, *values).values(),
                        ' '.join(step.notes)))


def print_json(found):
    for _, steps in found:
        print(json.dumps({'record': steps[0].record.number, 'sets': {step.described.name: {
            'cut': step.part.number, 'time_ns': step.time_ns(), 'seconds': step.seconds,
            'notes': step.notes, 'writers': step.part.writers,
            'unaccounted': dict(zip(step.described.balances, step.part.unaccounted)),
            'rows': {row: {'labels': labels, **{
                column.counter.name: cells(column, *values) for column in step.columns}}
                for row, (labels, *values) in step.rows.items()}} for step in steps}}))


def points(step, each_row):
    """Yield panel, unit, name and value of each curve; None makes a gap."""
    rows = list(step.rows.items())
    if rows and not each_row:
        _, numbers, increases = zip(*step.rows.values())
        # One row, the sum of all.
        rows = [(None, (None, functools.reduce(add, numbers),
                        functools.reduce(add, increases) if step.seconds else None))]
    for row, (labels, numbers, increases) in rows:
        for column in step.columns:
            counter = column.counter
            name = counter.name if row is None else f'{counter.name} {row_name(labels, row)}'
            if counter.type == 'gauge':
                yield counter.name, counter.unit, name, numbers[column.first]
            elif counter.type == 'counter':
                yield (f'{counter.unit or counter.name}/s', '', name,
                       increases[column.first] / step.seconds if increases else None)
            else:
                value = p99(column, increases) if increases else None
                in_seconds = counter.unit == 'ns'
                yield (f'p99 of {counter.name}', 's' if in_seconds else counter.unit, name,
                       value * 1e-9 if value and in_seconds else value)


def curves_of(found, each_row):
    """Return the curves of a plot by panel and name, and the spans of its notes by set.

    Each value is drawn from the cut before to its own cut.
    """
    panels: Dict[Tuple[str, str, str], Dict[str, Tuple[List[float], List[float]]]] = {}
    spans: Dict[str, Dict[str, List[Tuple[float, float]]]] = {}
    for _, steps in found:
        for step in steps:
            name, at, passed = step.described.name, step.time_ns() / 1e9, step.seconds or 0
            for note in step.notes:
                spans.setdefault(name, {}).setdefault(note, []).append((at - passed, passed))
            for panel, unit, title, value in points(step, each_row):
                curves = panels.setdefault((name, panel, unit), {})
                times, values = curves.setdefault(title, ([at - passed], [NAN]))
                times.append(at)
                values.append(NAN if value is None or GAPS & {*step.notes} else value)
            for panel, curves in panels.items():
                for times, values in curves.values():
                    # The record does not have the row.
                    if panel[0] == name and times[-1] != at:
                        times.append(at)
                        values.append(NAN)
    # Leave out curves that stay 0, unless all do.
    counted = {panel: {title: curve for title, curve in curves.items()
                       if any(value > 0 for value in curve[1])}
               for panel, curves in panels.items()}
    return {panel: curves for panel, curves in counted.items() if curves} or panels, spans


def plot(file, found, options):
    """Draw rates over time."""
    try:
        import matplotlib  # pylint: disable=import-outside-toplevel
        matplotlib.use('Agg')
        from matplotlib import pyplot, ticker  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise StatFileError(f'--plot needs python3-matplotlib: {error}') from error
    panels, spans = curves_of(found, options.rows)
    if not panels:
        raise StatFileError('nothing to draw')
    first = min(times[0] for curves in panels.values() for times, _ in curves.values())
    last = max(times[-1] for curves in panels.values() for times, _ in curves.values())
    scale, time_unit = (1e3, 'milliseconds') if last - first < 1 else (1, 'seconds')
    figure, all_axes = pyplot.subplots(len(panels), figsize=(10, 1 + 1.7 * len(panels)),
                                       sharex=True, squeeze=False, layout='constrained')
    for axes, ((name, panel, unit), curves) in zip(all_axes[:, 0], panels.items()):
        axes.set_title(f'{name}: {panel}', loc='left', fontsize=10)
        axes.yaxis.set_major_formatter(ticker.EngFormatter(unit if unit == 's' else ''))
        for title, (times, values) in curves.items():
            axes.plot([scale * (at - first) for at in times], values, drawstyle='steps-pre',
                      linewidth=1, label=title)
        whole = axes.get_xaxis_transform()
        for note, found in spans.get(name, {}).items():
            found = [(scale * (at - first), scale * passed) for at, passed in found]
            if note in GAPS:
                axes.broken_barh(found, (0, 1), transform=whole, color='0.93', label=note)
            elif note in MARKED:
                axes.plot([at + passed for at, passed in found], [0.03] * len(found), 'x',
                          color=MARKED[note], markersize=4, transform=whole, label=note)
        axes.legend(loc='center left', bbox_to_anchor=(1, 0.5), fontsize=8)
        # Make a line at 0 visible.
        axes.set_ylim(bottom=-0.05 * axes.get_ylim()[1])
    axes.set_xlabel(f'{time_unit} after {moment(int(first * 1e9)):%Y-%m-%d %H:%M:%S.%f}')
    figure.suptitle(f'{file.prefix}: counted in each period of {file.period_ns / 1e6:g} ms')
    try:
        figure.savefig(options.plot, dpi=100)
    except (OSError, ValueError) as error:
        raise StatFileError(f'{printable(options.plot)}: {error}') from error


def unread(file, number, limit_ns):
    """Return the records after a number that are not older than a time."""
    records = []
    # Newest first: the publisher overwrites the oldest ones.
    for at in reversed(file.numbers()):
        record = file.read(at) if at > number else None
        if record is None or record.realtime_ns < limit_ns:
            break
        records.append(record)
    return records[::-1]


def begin_ns(since, newest):
    """Return the earliest time of wanted records."""
    if isinstance(since, float):
        return newest.realtime_ns - int(since * 1e9)
    if isinstance(since, datetime.time):
        since = datetime.datetime.combine(moment(newest.realtime_ns), since)
    # Times are printed in microseconds.
    return round(since.timestamp() * 1e6) * 1000 if since else 0


def reopen(path):
    """Wait for a file at a path, and open it."""
    while True:
        try:
            return StatFile(path)
        except StatFileError:
            time.sleep(POLL[1])


def find(file, options):
    """Yield file and steps of each record; with --follow, of new records, too."""
    formers, newest, warned = {}, file.newest(), False
    limit_ns = begin_ns(options.since, newest)
    number = newest.number - 1 if options.follow and options.since is None else 0
    while True:
        # Look before reading: the last record is complete when the publisher has gone.
        gone, replaced = file.gone(), options.follow and file.replaced()
        for record in unread(file, number, limit_ns):
            number, newest = record.number, record
            steps = []
            for index, described in enumerate(file.sets):
                if not options.set or described.name in options.set:
                    # A birth is unique; n_values guards against a forged file.
                    key = described.birth, described.n_values
                    step, formers[key] = make_step(file, record, index, formers.get(key), options)
                    steps.append(step)
            if steps:
                yield file, steps
        if gone and not replaced and not warned:
            print(f'dpdk-seqstat-history: {printable(options.file)}: the publisher is gone; its '
                  f'last record is {age(newest):.1f} s old', file=sys.stderr)
        warned = gone
        if not options.follow:
            return
        sys.stdout.flush()
        if replaced:
            file.close()
            file, number = reopen(options.file), 0
        else:
            time.sleep(min(max(file.period_ns / 1e9, POLL[0]), POLL[1]))


def time_or_seconds(text):
    for convert in float, datetime.time.fromisoformat, datetime.datetime.fromisoformat:
        try:
            return convert(text)
        except ValueError:
            pass
    raise argparse.ArgumentTypeError(f'neither seconds nor a time: {text}')


def parse_options(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  # The last tenth of a second, a line for each record:
  %(prog)s /run/seqstat/fw.seqstat --since 0.1
  # A picture of the last five seconds:
  %(prog)s /run/seqstat/fw.seqstat --plot out.png --since 5
  # New numbers of a set:
  %(prog)s /run/seqstat/fw.seqstat --csv --set l2fwd --follow

The exit status is 0, 1 if the file cannot be read, 2 for wrong options.""")
    parser.add_argument('file', metavar='FILE', help='stat file that the application publishes')
    output = parser.add_mutually_exclusive_group()
    output.add_argument('--list', action='store_true', help='print a line a record (default)')
    output.add_argument('--csv', action='store_true',
                        help='print a line for each record, row and counter')
    output.add_argument('--json', action='store_true', help='print a line of JSON for each record')
    output.add_argument('--plot', metavar='OUT.png',
                        help='draw rates, gauges, and the p99 of histograms')
    parser.add_argument('--since', metavar='WHEN', type=time_or_seconds,
                        help='start these seconds before the newest record, or at a time such as '
                        '12:30:05.5 or 2026-11-30T12:30:05 (default: the oldest record)')
    parser.add_argument('--follow', action='store_true',
                        help='wait for new records, also of the next file with this name')
    parser.add_argument('--set', action='append', default=[],
                        help='only this set (repeatable)')
    parser.add_argument('--row', help='only rows with this label, name or number')
    parser.add_argument('--counter', action='append', default=[],
                        help='only this counter (repeatable)')
    parser.add_argument('--rows', action='store_true', help='with --plot, draw each row')
    options = parser.parse_args(arguments)
    if options.plot and options.follow:
        parser.error('--plot and --follow exclude each other')
    return options


def main():
    options = parse_options()
    # End silently with Ctrl-C, or when the reader of the output, such as head, closes it.
    for number in signal.SIGPIPE, signal.SIGINT:
        signal.signal(number, signal.SIG_DFL)
    if options.follow:
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: sys.exit())
    try:
        file = StatFile(options.file)
        for name in options.set:
            if name not in [described.name for described in file.sets]:
                sys.exit(f'dpdk-seqstat-history: {printable(options.file)}: there is no set {name}')
        found = find(file, options)
        if options.plot:
            plot(file, found, options)
        else:
            (print_csv if options.csv else print_json if options.json else print_list)(found)
    except StatFileError as error:
        sys.exit(f'dpdk-seqstat-history: {error}')


if __name__ == '__main__':
    main()
