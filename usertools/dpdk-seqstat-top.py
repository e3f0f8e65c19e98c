#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Watch the statistics of seqstat applications in a terminal.

Shows a stat set live: values, rates and their history, histograms, and the
utilisation of lcores if the application counts busy_cycles and idle_cycles.
Reads the stat file that an application publishes, or its telemetry socket if
it publishes none. Red numbers are older than the others, because their writer
stopped inside a section. Without an application, the view waits for one.
"""

import argparse
import contextlib
import json
import os
import queue
import re
import select
import signal
import sys
import termios
import threading
import time
import tty
from typing import Optional

from rich.console import Console
from rich.live import Live

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), '../share/dpdk'))

# pylint: disable=wrong-import-position
from dpdk_seqstat import screen  # noqa: E402
from dpdk_seqstat.applications import (  # noqa: E402
    FOLDER, UNREADABLE, Finder, Found, read_found)
from dpdk_seqstat.quantiles import quantiles  # noqa: E402
from dpdk_seqstat.reading import TOTAL, totals  # noqa: E402
from dpdk_seqstat.telemetry import DEFAULT_PREFIX, printable, program_name  # noqa: E402
from dpdk_seqstat.watch import SetWatch, Watch  # noqa: E402

# A key as a terminal sends it: an escape sequence, or a character.
KEY = re.compile(r'\x1b[\[O][0-9;]*[A-Za-z~]|.', re.DOTALL)
UP, DOWN = ('\x1b[A', '\x1bOA', 'k'), ('\x1b[B', '\x1bOB', 'j')
PAGE_UP, PAGE_DOWN = ('\x1b[5~', 'b'), ('\x1b[6~', 'f')
HOME, END = ('\x1b[H', '\x1bOH', '\x1b[1~', 'g'), ('\x1b[F', '\x1bOF', '\x1b[4~', 'G')


class Top:
    """The live view."""

    def __init__(self, options):
        self.finder = Finder(options.path, options.application)
        self.found = []
        self.chosen: Optional[Found] = None
        self.due = 0.0  # time of the next reading
        self.wanted = options.set
        self.watches = {}
        self.view = screen.View(options.interval, Watch(), screen.State(per_lcore=options.lcores))
        self.view.watch.problem = 'No application was found.'
        self.console = Console()
        # Results of other threads. They, and signals, wake up the loop through a pipe.
        self.news = queue.SimpleQueue()
        self.woken, self.wake = os.pipe()
        os.set_blocking(self.wake, False)
        self.busy = set()  # keys of the applications that threads are reading
        self.ended = False

    def post(self, take, *news):
        """Make the loop call a function."""
        self.news.put((take, *news))
        with contextlib.suppress(BlockingIOError):
            os.write(self.wake, b'n')

    def keep_finding(self):
        while True:
            self.post(self.take_found, self.finder.find())
            time.sleep(self.view.interval)

    def take_found(self, found):
        self.found = found
        former = self.chosen
        if former is None:
            candidates = found
        else:
            candidates = [*(one for one in found if one.key == former.key),
                          *(one for one in found if one.path and one.path == former.path),
                          *(one for one in found if one.alive and one.prefix == former.prefix),
                          former]
        if candidates:
            self.choose(candidates[0])
        files = [one.problem for one in found if one.path and one.problem and not one.socket and
                 one.key != self.chosen.key]
        self.view.trouble = ''.join(files[:1]) + f' (and {len(files) - 1} more)' * (len(files) > 1)

    def choose(self, found):
        """Show an application."""
        if self.chosen is None or found.key != self.chosen.key:
            self.due = 0
        self.chosen = found
        keys = [one.key for one in self.found]
        self.watches = {key: watch for key, watch in self.watches.items()
                        if key in (*keys, found.key)}
        self.view.watch = self.watches.setdefault(found.key, Watch(self.wanted))
        self.view.application = found.name
        self.view.place = (f' ({keys.index(found.key) + 1} of {len(keys)})'
                           if found.key in keys and len(keys) > 1 else '')

    def step(self, steps):
        """Show another application, a number of steps further in the list."""
        if self.found:
            keys = [one.key for one in self.found]
            former = self.chosen.key
            index = keys.index(former) + steps if former in keys else 0
            self.choose(self.found[index % len(keys)])
            self.view.state.scroll = 0

    def resting(self):
        """Return whether the view is paused on a reading."""
        return self.view.state.paused and self.view.watch.application is not None

    def start_reading(self):
        """Read the shown application in a thread, so that the loop handles keys."""
        self.due = time.monotonic() + self.view.interval
        if self.chosen and self.chosen.key not in self.busy:
            self.busy.add(self.chosen.key)
            threading.Thread(target=self.read, args=(self.chosen,), daemon=True).start()

    def read(self, found):
        try:
            result = read_found(found)
        except UNREADABLE as error:
            result = error
        self.post(self.take_reading, found.key, result)

    def take_reading(self, key, result):
        self.busy.discard(key)
        watch = self.watches.get(key)
        if watch is not None and isinstance(result, Exception):
            watch.problem = str(result)
        elif watch is not None and not self.resting():
            watch.update(result)
            watch.program = '' if result.origin else program_name(result.pid)

    def press(self, key):
        """Handle a key."""
        state = self.view.state
        if key in 'qQ':
            self.ended = True
        elif key in 'sS\t':
            self.view.watch.step(-1 if key == 'S' else 1)
            state.scroll = 0
        elif key in 'aA':
            self.step(-1 if key == 'A' else 1)
        elif key == 'l':
            state.per_lcore = not state.per_lcore
        elif key == 'o':
            state.sort = screen.SORTS[(screen.SORTS.index(state.sort) + 1) % len(screen.SORTS)]
        elif key == 'r':
            state.reverse = not state.reverse
        elif key == 'h':
            state.histograms = not state.histograms
            state.scroll = 0
        elif key in 'p ':
            state.paused = not state.paused
            self.due = 0
        else:
            self.scroll(key)

    def scroll(self, key):
        state = self.view.state
        for keys, lines in ((UP, -1), (DOWN, 1), (PAGE_UP, -state.page), (PAGE_DOWN, state.page),
                            (HOME, -state.scroll), (END, sys.maxsize)):
            if key in keys:
                state.scroll += lines

    def take_keys(self):
        typed = os.read(sys.stdin.fileno(), 1024)
        if not typed:
            self.ended = True
        for key in KEY.findall(typed.decode(errors='ignore')):
            self.press(key)

    def loop(self, live):
        while not self.ended:
            live.update(self.view.draw(self.console.size), refresh=True)
            if not self.resting() and time.monotonic() >= self.due:
                self.start_reading()
            ready, _, _ = select.select([sys.stdin, self.woken], [], [], None if self.resting()
                                        else max(self.due - time.monotonic(), 0))
            if self.woken in ready:
                os.read(self.woken, 1 << 16)
            if sys.stdin in ready:
                self.take_keys()
            while not self.news.empty():
                take, *news = self.news.get()
                take(*news)

    def end(self, *_):
        self.ended = True

    def run(self):
        """Run the view until a key or a signal ends it."""
        signal.set_wakeup_fd(self.wake)
        signal.signal(signal.SIGWINCH, lambda *_: None)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            signal.signal(number, self.end)
        terminal = termios.tcgetattr(sys.stdin)
        threading.Thread(target=self.keep_finding, daemon=True).start()
        try:
            tty.setcbreak(sys.stdin)
            with Live(console=self.console, screen=True, auto_refresh=False) as live:
                self.loop(live)
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, terminal)


def application_json(application):
    return {'pid': application.pid, 'unread': application.unread,
            'file': application.origin and application.origin._asdict(),
            'sets': {reading.name: reading_json(reading) for reading in application.readings}}


def totals_json(reading):
    """Return the sums over all lcores, by row, with the quantiles of histograms."""
    followed, sums = SetWatch(reading), {}
    for row, values in totals(reading).items():
        sums[row] = dict(values)
        for counter in reading.counters:
            _, buckets = followed.buckets(TOTAL, row, counter)
            if buckets:
                sums[row][counter.name] = {**values[counter.name],
                                           'quantiles': quantiles(counter, buckets)}
    return sums


def reading_json(reading):
    sums = totals_json(reading)
    return {
        'birth': reading.birth, 'tsc': reading.tsc, 'tsc_hz': reading.tsc_hz,
        'stale': reading.stale, 'unaccounted': reading.unaccounted,
        'self': reading.self, 'labels': reading.labels,
        'writers': reading.writers,
        'counters': {counter.name: {'type': counter.type, 'unit': counter.unit,
                                    'help': counter.help} for counter in reading.counters},
        'rows': {row: {
            'labels': labels,
            'total': sums.get(row),
            'lcores': {lcore: rows[row] for lcore, rows in reading.values.items() if row in rows},
        } for row, labels in reading.rows.items()},
    }


def print_table(application, per_lcore):
    """Print all numbers, one a line."""
    rows = [('set', 'row', 'lcore', 'counter', 'value', '')]
    for reading in application.readings:
        for line in SetWatch(reading).lines(per_lcore):
            note = 'stopped' if line.stopped else ''
            if line.counter.type == 'histogram':
                note = ' '.join(filter(None, [screen.mean_text(line.counter, line.value),
                                              *screen.quantile_texts(line).values(), note]))
            rows.append((reading.name, line.row, line.lcore, line.counter.name,
                         str(screen.line_number(line)), note))
        for balance, value in reading.unaccounted.items():
            rows.append((reading.name, 'unaccounted', 'total', balance, str(value),
                         'stopped' * reading.stopped()))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for *cells, value, note in rows:
        cells = [cell.ljust(width) for cell, width in zip(cells, widths)]
        print('  '.join([*cells, value.rjust(widths[-2]), note]).rstrip())


def fail(reason):
    """Exit with a message."""
    sys.exit(f'dpdk-seqstat-top: {printable(reason)}')


def complain(reason):
    print(f'dpdk-seqstat-top: {printable(reason)}', file=sys.stderr)


def find_one(options):
    """Return the application to print; exit if there is none, or more than one."""
    found = Finder(options.path, options.application).find()
    for one in found:
        if one.path and one.problem:
            complain(one.problem)
    found = ([one for one in found if one.alive] or
             [one for one in found if one.socket or not one.problem])
    if not found:
        fail('no application was found')
    found = [one for one in found if one.prefix == DEFAULT_PREFIX] or found
    if len(found) > 1:
        fail('more than one application: choose by --file-prefix, --instance or a path: ' +
             ', '.join(f'{one.name}, pid {one.pid}' for one in found))
    return found[0]


def print_once(options):
    """Print all numbers; exit with status 1 if some are missing."""
    found = find_one(options)
    try:
        application = read_found(found)
    except UNREADABLE as error:
        fail(str(error))
    if options.set is not None:
        chosen = [reading for reading in application.readings if reading.name == options.set]
        unread = [name for name in application.unread if name == options.set]
        if not chosen and not unread:
            fail(f'{found.name}: there is no set {options.set}')
        application = application._replace(readings=chosen, unread=unread)
    if options.json:
        print(json.dumps(application_json(application), indent=2))
    else:
        print_table(application, options.lcores)
    if application.unread:
        fail(f'{found.name}: could not be read: {", ".join(application.unread)}')
    if application.origin and application.origin.gone:
        fail(f'{application.origin.path}: {screen.elapsed(application.origin.age)} old: '
             'the publisher has ended')


def print_list(found):
    for one in found:
        published = one.path and not (one.gone and one.socket)
        source = (one.path if published else 'telemetry') + ', the publisher has ended' * bool(
            published and one.gone)
        print(printable(one.problem or f'{one.name}, pid {one.pid}: {source}'))


def interval(text):
    value = float(text)
    if not 0.05 <= value <= 3600:
        raise ValueError
    return value


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""keys:
  a, A        show the next application, the one before
  s, S        show the next set, the one before
  l           show each lcore, or the sums
  o, r        sort by schema, by value, by rate; reverse the order
  h           show histograms as bars
  p           pause, or go on
  arrows, page up, page down, home, end (also k j b f g G): scroll
  q           quit

examples:
  # All applications of this host:
  %(prog)s
  # A set of one application, by lcore:
  %(prog)s -f fw --set l2fwd --lcores
  # A stat file, also of an ended application:
  %(prog)s /dev/shm/fw.seqstat
  # All numbers, for scripts:
  %(prog)s --once --json | jq .sets

The mode of a stat file says which users may read it. The telemetry socket is
for the user that runs the application, and for root. Root looks for sockets in
/var/run; to find the applications of a user, set RUNTIME_DIRECTORY to that
user's $XDG_RUNTIME_DIR, such as /run/user/1000, or to /tmp if there is none.

The exit status is 0 on success, 2 for wrong options, and 1 if this is not a
terminal. With --once, it is also 1 if there is no application or set, or more
than one application, if a set could not be read, or if the publisher of a file
has ended.""")
    parser.add_argument('path', metavar='PATH', nargs='*',
                        help=f'stat file, or folder of stat files (default: {FOLDER})')
    parser.add_argument('-f', '--file-prefix', metavar='PREFIX',
                        help=f'of the application (default: any, {DEFAULT_PREFIX} first)')
    parser.add_argument('-i', '--instance', type=int, default=0,
                        help='one of several applications with the same prefix')
    parser.add_argument('-l', '--list', action='store_true',
                        help='list the applications of this host')
    parser.add_argument('-s', '--set', type=printable,
                        help='show this set first; with --once, print this set only')
    parser.add_argument('-n', '--interval', metavar='SECONDS', type=interval, default=1,
                        help='time between readings (default: %(default)s)')
    parser.add_argument('--lcores', action='store_true', help='show each lcore')
    parser.add_argument('--once', action='store_true', help='print the numbers and exit')
    parser.add_argument('--json', action='store_true',
                        help='with --once, print everything as JSON')
    options = parser.parse_args()
    if options.json and not options.once:
        parser.error('--json needs --once')
    options.application = options.file_prefix
    if options.instance:
        options.application = f'{options.file_prefix or DEFAULT_PREFIX}:{options.instance}'
    return options


def run(options):
    if options.list or options.once:
        # End silently when the reader of the output, such as head, closes it.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if options.list:
        print_list(Finder(options.path, options.application).find())
    elif options.once:
        print_once(options)
    elif not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        fail('not on a terminal; --once prints the numbers')
    elif Console().is_dumb_terminal:
        fail('the terminal is too simple for this (TERM); --once prints the numbers')
    else:
        Top(options).run()


def main():
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors='plain')
    try:
        try:
            run(parse_options())
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except (OSError, termios.error) as error:
        # The terminal is gone, or the disk full. Keep Python from flushing its buffers again.
        with contextlib.suppress(OSError):
            os.write(2, f'dpdk-seqstat-top: {error}\n'.encode())
        os._exit(1)


if __name__ == '__main__':
    main()
