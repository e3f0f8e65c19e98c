# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Draw the live view on a terminal of any size."""

import codecs
import textwrap
from dataclasses import dataclass
from datetime import timedelta
from typing import List

from rich.console import Group
from rich.layout import Layout
from rich.table import Table
from rich.text import Text

from .quantiles import ABOVE, bucket_counts, quantiles
from .reading import TOTAL
from .telemetry import printable
from .watch import HISTORY, Lcore, Line, SetWatch, Watch

# Parts of a character cell, from empty to full.
EIGHTHS_UP = ' ▁▂▃▄▅▆▇█'
EIGHTHS_RIGHT = ' ▏▎▍▌▋▊▉█'

# Minimum width of a terminal for histograms beside the numbers.
WIDE = 130
# Minimum width of a history that shows a trend.
MIN_HISTORY = 8
RATE_WIDTH = len('1.23 MB/s')
# Widths of labels and of counters at which most of them differ, and minimum widths.
READABLE, CUT = (8, 12), (3, 3)
# Width of the shares behind the bar of a bucket.
SHARES_WIDTH = len('  100.0% now 100.0% ')
# Width of an lcore, and maximum number of lines of lcores.
LCORE_WIDTH, LCORE_LINES = 20, 4

# Quantiles to show if there is no room for all of them.
BRIEF = ('p50', 'p99', 'max')
NO_BREAK = '\xa0'
AMOUNT_WIDTH = len('1.23 µs')

SORTS = ('schema', 'value', 'rate')

# Replacements for characters that the terminal's encoding lacks.
PLAIN = dict(zip(EIGHTHS_UP + EIGHTHS_RIGHT + 'µø≤…↑↓' + NO_BREAK,
                 ' __..::=#' + ' ...-===#' + 'u~<.^v '))


def plain(error):
    """Replace characters that cannot be encoded by ASCII, for codecs.register_error()."""
    return ''.join(PLAIN.get(character, '?')
                   for character in error.object[error.start:error.end]), error.end


codecs.register_error('plain', plain)


@dataclass
class State:
    """The settings that keys change."""

    per_lcore: bool = False
    sort: str = SORTS[0]
    reverse: bool = False
    histograms: bool = False
    paused: bool = False
    scroll: int = 0  # lines above the screen
    page: int = 1  # lines on the screen


def bar(fraction, width):
    """Return a bar; it is full at 1."""
    full, part = divmod(round(min(max(fraction, 0), 1) * width * 8), 8)
    return (EIGHTHS_RIGHT[8] * full + EIGHTHS_RIGHT[part] * (part > 0)).ljust(width)


def sparkline(values, width):
    """Return the last values as columns, scaled to the highest one."""
    values = list(values)[-width:] if width > 0 else []
    highest = max(values, default=0)
    return ''.join(EIGHTHS_UP[1 + round(7 * value / highest) if value else 1] if highest > 0
                   else EIGHTHS_UP[1] for value in values)


def short_number(value):
    """Return a number with three digits and an SI prefix."""
    for prefix in ('', 'k', 'M', 'G', 'T', 'P'):
        if value < 999.5:
            return f'{value:.3g} {prefix}'
        value /= 1000
    return f'{value:.3g} E'


def duration(seconds):
    """Return a duration with three digits."""
    for prefix, factor in ('', 1), ('m', 1e3), ('µ', 1e6):
        if seconds * factor >= 0.9995:
            return f'{seconds * factor:.3g} {prefix}s'
    return f'{seconds * 1e9:.3g} ns'


def amount(counter, value):
    """Return a value that a histogram observed, with three digits."""
    return duration(value / 1e9) if counter.unit == 'ns' else short_number(value).rstrip()


def bound_text(counter, bound):
    return amount(counter, int(bound)) if counter.unit == 'ns' else f'{int(bound):,}'


def mean_text(counter, histogram):
    if not histogram or not histogram['count']:
        return ''
    return f'ø {amount(counter, histogram["sum"] / histogram["count"])}'


def quantile_texts(line):
    """Return the quantiles of a histogram by name, if all its buckets are known."""
    highest, _ = list(line.value['buckets'])[-2:]
    texts = {}
    for name, value in quantiles(line.counter, line.buckets).items():
        text = (f'> {amount(line.counter, int(highest))}' if value == ABOVE else
                amount(line.counter, value))
        texts[name] = f'{name.replace("_", ".")} {text:>{AMOUNT_WIDTH}}'
    return texts


def line_number(line):
    """Return the number to show: the value, or a histogram's observations."""
    return line.value['count'] if line.counter.type == 'histogram' else line.value


def rate_text(line):
    if line.rate is None:
        return ''
    return f'{short_number(line.rate)}{"B" if line.counter.unit == "bytes" else ""}/s'


def sorted_lines(lines: List[Line], state: State):
    if state.sort == 'value':
        lines = sorted(lines, key=line_number, reverse=True)
    elif state.sort == 'rate':
        lines = sorted(lines, key=lambda line: line.rate or 0, reverse=True)
    return lines[::-1] if state.reverse else lines


def history_text(line, width):
    """Return the history of a counter; of a histogram, its recent distribution."""
    if line.counter.type != 'histogram':
        return sparkline(line.history, width)
    texts, mean = quantile_texts(line), mean_text(line.counter, line.recent)
    when = ['all'] * (line.when == 'all')
    brief = [*when, *(texts[name] for name in BRIEF if name in texts)]
    choices = [([*when, *texts.values(), mean], MIN_HISTORY + 1), ([*brief, mean], MIN_HISTORY + 1)]
    # Quantiles of wide buckets are less precise than bars.
    if texts and (line.counter.log_parts or not mean):
        choices += [(brief, 0), (brief[:-1], 0)]
    for words, least in [*choices, ([mean], 0)]:
        text = ' '.join(filter(None, words))
        if len(text) + least <= width:
            break
    room = max(width - len(text) - 1, 0)
    counts = list(bucket_counts(line.recent).values()) if mean else []
    if room < min(len(counts), MIN_HISTORY):
        return text
    # If not all buckets fit, show those with the most observations.
    first = max(range(max(len(counts) - room, 0) + 1),
                key=lambda first: sum(counts[first:first + room]))
    return f'{sparkline(counts[first:first + room], room)} {text}'.strip()


def spare(widths, least):
    """Return by how many columns the names can shrink."""
    return sum(max(widths[name] - columns, 0) for name, columns in least.items())


def give_way(widths, least, wanted):
    """Shrink the names by up to the wanted number of columns; return by how many."""
    given = 0
    for name, columns in least.items():
        give = max(min(widths[name] - columns, wanted - given), 0)
        widths[name] -= give
        given += give
    return given


def numbers_widths(titles, lines, per_lcore, width):
    """Return the width of each column: numbers need theirs, names and history share the rest.

    Labels are known by their index, other columns by their names.
    """
    def longest(title, texts):
        return max([len(text) for text in texts] + [len(title)])

    def least(columns):
        return {**dict.fromkeys(range(len(titles)), columns[0]), 'counter': columns[1]}

    widths = {
        **{number: longest(title, [line.labels[number] for line in lines])
           for number, title in enumerate(titles)},
        'lcore': longest('lcore', [line.lcore for line in lines]) if per_lcore else 0,
        'counter': longest('counter', [line.counter.name for line in lines]),
        'value': longest('value', [f'{line_number(line):,}' for line in lines]),
        'rate': RATE_WIDTH,
    }
    # Columns are separated by one space.
    left = width - sum(widths.values()) - sum(map(bool, widths.values()))
    if left < MIN_HISTORY <= left + spare(widths, least(READABLE)):
        left += give_way(widths, least(READABLE), MIN_HISTORY - left)
    left += give_way(widths, least(CUT), -left)
    widths['history'] = min(left, HISTORY) if left >= MIN_HISTORY else 0
    return widths


def numbers(followed: SetWatch, lines, per_lcore, width):
    """Return the lines as a table."""
    titles = followed.titles()
    widths = numbers_widths(titles, lines, per_lcore, width)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style='bold')
    for name, column_width in widths.items():
        if column_width:
            table.add_column(name if isinstance(name, str) else titles[name],
                             width=column_width, no_wrap=True, overflow='ellipsis',
                             style='cyan' if name == 'history' else '',
                             justify='right' if name in ('lcore', 'value', 'rate') else 'left')
    former = None
    for line in lines:
        place = line.row, line.lcore
        cells = {
            **{number: label if place != former else ''
               for number, label in enumerate(line.labels)},
            'lcore': line.lcore if place != former else '',
            'counter': line.counter.name,
            'value': f'{line_number(line):,}',
            'rate': rate_text(line),
            'history': history_text(line, widths['history']),
        }
        former = place
        # As Text, a name is not interpreted as markup.
        table.add_row(*(Text(text) for name, text in cells.items() if widths[name]),
                      style='bold red' if line.stopped else '')
    return table


def histogram_lines(lines, width):
    """Return the histograms among the lines as bars."""
    texts = []
    for line in lines:
        if line.counter.type != 'histogram':
            continue
        lcore = '' if line.lcore == TOTAL else f'lcore {line.lcore} '
        # A quantile must not be broken over two lines.
        words = [text.replace(' ', NO_BREAK) for text in quantile_texts(line).values()]
        titles = [f'{line.row} {lcore}{line.counter.name}: {line.value["count"]:,} '
                  f'{mean_text(line.counter, line.value)}',
                  *textwrap.wrap(' '.join([line.when, *words]), width, subsequent_indent=' ' * 4)]
        texts += [Text(title.replace(NO_BREAK, ' '), style='bold red' if line.stopped else 'bold',
                       no_wrap=True, overflow='ellipsis') for title in titles]
        texts += histogram_bars(line, width)
    return texts


def histogram_bars(line, width):
    """Return a bar for each bucket from the first to the last one with observations."""
    counts = bucket_counts(line.value)
    recent = bucket_counts(line.recent) if line.recent and line.recent['count'] else {}
    bounds = list(counts)
    used = [index for index, count in enumerate(counts.values()) if count]
    seen = bounds[used[0]:used[-1] + 1] if used else []
    titles = [f'> {bound_text(line.counter, bounds[-2])}' if bound == 'inf' else
              f'≤ {bound_text(line.counter, bound)}' for bound in seen]
    indent = max(map(len, titles), default=0) + 2
    bars = []
    for bound, title in zip(seen, titles):
        share = counts[bound] / line.value['count']
        now = f'now {recent[bound] / line.recent["count"]:6.1%}' if recent else ''
        columns = max(width - indent - SHARES_WIDTH, MIN_HISTORY)
        bars.append(Text.assemble(f'{title:>{indent}} ', (bar(share, columns), 'cyan'),
                                  f' {share:6.1%} {now}', no_wrap=True, overflow='crop'))
    return bars


def lcore_text(lcore: Lcore):
    name = f'{lcore.name:>3}'
    if lcore.note:
        return Text(f'{name} {lcore.note}', style='bold red')
    if lcore.utilisation is None:
        return Text(name)
    return Text.assemble(f'{name} ', (bar(lcore.utilisation, 8), 'green'),
                         f' {lcore.utilisation:4.0%}')


def lcore_lines(lcores: List[Lcore], width):
    """Return the state of the lcores; if not all fit, those with notes come first."""
    per_line = max((width - 7) // LCORE_WIDTH, 1)
    room = per_line * LCORE_LINES
    cells = [lcore_text(lcore) for lcore in lcores]
    if len(lcores) > room:
        lcores = sorted(lcores, key=lambda lcore: not lcore.note)[:room - 1]
        cells = [*map(lcore_text, lcores), Text(f'  +{len(cells) - len(lcores)} more')]
    grid = Table.grid()
    grid.add_column(width=7)
    for _ in range(per_line):
        grid.add_column(width=LCORE_WIDTH, no_wrap=True)
    for first in range(0, len(cells), per_line):
        grid.add_row('' if first else Text('lcores', style='bold'),
                     *cells[first:first + per_line])
    return grid


def unaccounted_line(reading):
    """Return the balances of a set, or None."""
    if not reading.unaccounted:
        return None
    text = Text('unaccounted', style='bold', no_wrap=True, overflow='ellipsis')
    for balance, value in reading.unaccounted.items():
        text.append(f'  {balance} {value:,}', style='red' if reading.stopped() else 'not bold')
    return text


def elapsed(seconds):
    """Return an age as text."""
    return duration(seconds) if seconds < 100 else str(timedelta(seconds=round(seconds)))


def source_text(followed, origin):
    """Return the source of the numbers: a record of a file, or snapshots over telemetry."""
    if origin is None:
        counts = followed.reading.self
        return Text.assemble(
            (f'{counts["snapshots"]:,} snapshots, longest '
             f'{duration(counts["longest_ns"] / 1e9)}, ', 'dim'),
            (f'{counts["missed"]:,} writers missed', 'bold red' * bool(followed.reading.stale)))
    age, path = elapsed(origin.age), printable(origin.path)
    if origin.gone:
        return Text(f'{age} old: the publisher has ended. {path}', 'bold red')
    late = origin.age > 2 * origin.period + 1
    return Text.assemble((f'{age} old', 'bold red' if late else 'dim'), (
        f', record {origin.number:,} every {duration(origin.period)}: {path}', 'dim'))


@dataclass
class View:
    """The state of the screen."""

    interval: float
    watch: Watch
    state: State
    application: str = ''
    place: str = ''  # " (1 of 3)"
    trouble: str = ''  # why another file cannot be read

    def title(self):
        sets, chosen = list(self.watch.sets), self.watch.chosen
        text = Text(no_wrap=True, overflow='ellipsis')
        if chosen is not None:
            text.append(chosen, style='bold')
            if chosen in sets and len(sets) > 1:
                text.append(f' ({sets.index(chosen) + 1} of {len(sets)})')
            text.append('  ')
        text.append(self.application + self.place)
        if self.watch.application:
            program = self.watch.program and f'{self.watch.program}, '
            text.append(f': {program}pid {self.watch.application.pid}')
        text.append(f'  every {self.interval:g} s')
        if self.state.paused:
            text.append('  ').append('PAUSED', style='reverse')
        return text

    def keys(self):
        text = Text(no_wrap=True, overflow='ellipsis')
        for key, what in (*[('a', 'app')] * bool(self.place), ('s', 'set'), ('l', 'lcores'),
                          ('o', f'sort: {self.state.sort}'), ('r', 'reverse'),
                          ('h', 'histograms'), ('p', 'pause'), ('q', 'quit')):
            text.append(key, style='bold').append(f' {what}  ')
        return text

    def message(self):
        """Return the reason why no set can be shown, or None."""
        if self.watch.problem:
            return Text(f'{self.watch.problem}\n\nWaiting for it.', style='red')
        if self.watch.application is None:
            return Text('Reading.')
        unread = self.watch.application.unread
        if not self.watch.sets and not unread:
            return Text('The application has no stat sets. Waiting for one.')
        if self.watch.chosen not in self.watch.sets and (
                self.watch.chosen in (None, *unread)):
            return Text(f'Could not be read: {", ".join(unread)}. Waiting for it.', style='red')
        if self.watch.chosen not in self.watch.sets:
            return Text(f'There is no set {self.watch.chosen} now. Waiting for it; '
                        's shows another one.')
        return None

    def body(self, width, height):
        """Return the visible part of the set, its first line and lengths: visible and total."""
        followed = self.watch.sets[self.watch.chosen]
        lines = sorted_lines(followed.lines(self.state.per_lcore), self.state)
        wide = width >= WIDE
        bars_width = width * 2 // 5 if wide else width
        bars = histogram_lines(lines, bars_width) if self.state.histograms else []
        only_bars = bool(bars) and not wide
        listed = bars if only_bars else lines
        # A table has a line of titles.
        self.state.page = height if only_bars else height - 1
        first = max(min(self.state.scroll, len(listed) - self.state.page), 0)
        self.state.scroll = first
        seen = listed[first:first + self.state.page]
        if only_bars:
            content = Group(*seen)
        elif bars:
            content = Table.grid(padding=(0, 1, 0, 0))
            content.add_row(numbers(followed, seen, self.state.per_lcore, width - bars_width - 1),
                            Group(*bars[:height]))
        else:
            content = numbers(followed, seen, self.state.per_lcore, width)
        return content, first, len(seen), len(listed)

    def draw(self, size):
        """Return the whole screen."""
        message = self.message()
        lcores = lcore_lines([] if message else self.watch.lcores(), size.width)
        followed = self.watch.sets.get(self.watch.chosen)
        unaccounted = None if message else unaccounted_line(followed.reading)
        trouble = [Text(self.trouble, 'red', no_wrap=True, overflow='ellipsis')]
        trouble = [Layout(text, size=1) for text in trouble if text]
        height = max(size.height - 3 - bool(unaccounted) - lcores.row_count - len(trouble), 1)
        content, *where = (message, 0, 0, 0) if message else self.body(size.width, height)
        layout = Layout()
        layout.split_column(
            Layout(self.title(), size=1),
            # Not an empty Text, which is false: Layout would show a placeholder.
            Layout(Group() if message else
                   state_line(followed, self.watch.application.origin, *where), size=1),
            *([Layout(unaccounted, size=1)] if unaccounted else []),
            *([Layout(lcores, size=lcores.row_count)] if lcores.row_count else []),
            Layout(content),
            *trouble,
            Layout(self.keys(), size=1))
        return layout


def state_line(followed: SetWatch, origin, first, shown, total):
    """Return the line with the source of the numbers and the range of visible lines."""
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow='ellipsis')
    grid.add_column(justify='right', no_wrap=True)
    grid.add_row(source_text(followed, origin), Text(
        f'↑↓ {first + 1:,}-{first + shown:,} of {total:,}' if shown < total else ''))
    return grid
