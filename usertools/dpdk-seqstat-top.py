#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Watch the statistics of a seqstat application in a terminal.

Shows a stat set live: values, rates and their history, histograms, and how busy the lcores are if
the application counts busy_cycles and idle_cycles. Red numbers are older ones: their writer stopped
inside a section. If the application does not run, or ends, the view waits for it.
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

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), '../share/dpdk'))

# pylint: disable=wrong-import-position
from dpdk_seqstat import screen  # noqa: E402
from dpdk_seqstat.quantiles import quantiles  # noqa: E402
from dpdk_seqstat.reading import TOTAL, read_application, totals  # noqa: E402
from dpdk_seqstat.telemetry import (  # noqa: E402
    DEFAULT_PREFIX, TelemetryError, find_applications, printable, program_name)
from dpdk_seqstat.watch import SetWatch, Watch  # noqa: E402

# How long an application may take to answer, in seconds.
TIMEOUT = 5

# A key as terminals send it: the sequence of one without a character, or a character.
KEY = re.compile(r'\x1b[\[O][0-9;]*[A-Za-z~]|.', re.DOTALL)
UP, DOWN = ('\x1b[A', '\x1bOA', 'k'), ('\x1b[B', '\x1bOB', 'j')
PAGE_UP, PAGE_DOWN = ('\x1b[5~', 'b'), ('\x1b[6~', 'f')
HOME, END = ('\x1b[H', '\x1bOH', '\x1b[1~', 'g'), ('\x1b[F', '\x1bOF', '\x1b[4~', 'G')


class Reader(threading.Thread):
    """Reads the application at intervals, so that keys are obeyed meanwhile."""

    def __init__(self, application, interval, wake):
        super().__init__(daemon=True)
        self.application = application
        self.interval = interval
        self.wake = wake
        self.readings = queue.SimpleQueue()
        self.running = threading.Event()
        self.running.set()

    def run(self):
        while True:
            self.running.wait()
            try:
                result = read_application(self.application, TIMEOUT, True, True)
            except TelemetryError as error:
                result = error
            self.readings.put(result)
            os.write(self.wake, b'r')
            time.sleep(self.interval)


class Top:
    """The live view."""

    def __init__(self, options):
        self.view = screen.View(printable(options.file_prefix), '', options.interval,
                                Watch(options.set), screen.State(per_lcore=options.lcores))
        self.console = Console()
        # Readings and signals wake up the loop through this pipe.
        self.woken, self.wake = os.pipe()
        os.set_blocking(self.wake, False)
        self.reader = Reader(options.file_prefix, options.interval, self.wake)
        self.ended = False

    def take_readings(self):
        while not self.reader.readings.empty():
            result = self.reader.readings.get()
            if isinstance(result, TelemetryError):
                self.view.problem = str(result)
            elif not self.view.state.paused:
                self.view.problem = ''
                self.view.watch.update(result)
                self.view.program = program_name(result.pid)

    def press(self, key):
        """Do what a key stands for."""
        state = self.view.state
        if key in 'qQ':
            self.ended = True
        elif key in 'sS\t':
            self.view.watch.step(-1 if key == 'S' else 1)
            state.scroll = 0
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
            (self.reader.running.clear if state.paused else self.reader.running.set)()
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
            ready, _, _ = select.select([sys.stdin, self.woken], [], [])
            if self.woken in ready:
                os.read(self.woken, 1 << 16)
            if sys.stdin in ready:
                self.take_keys()
            self.take_readings()

    def end(self, *_):
        self.ended = True

    def run(self):
        """Show the view until a key or a signal ends it."""
        signal.set_wakeup_fd(self.wake)
        signal.signal(signal.SIGWINCH, lambda *_: None)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            signal.signal(number, self.end)
        terminal = termios.tcgetattr(sys.stdin)
        self.reader.start()
        try:
            tty.setcbreak(sys.stdin)
            with Live(console=self.console, screen=True, auto_refresh=False) as live:
                self.loop(live)
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, terminal)


def application_json(application):
    return {'pid': application.pid, 'unread': application.unread,
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


def application_table(application, per_lcore):
    """Return all numbers for people, with a line for each."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in 'set', 'row', 'lcore', 'counter':
        table.add_column(title, no_wrap=True)
    table.add_column('value', no_wrap=True, justify='right')
    table.add_column('', no_wrap=True)
    for reading in application.readings:
        for line in SetWatch(reading).lines(per_lcore):
            note = 'stopped' if line.stopped else ''
            if line.counter.type == 'histogram':
                note = ' '.join(filter(None, [screen.mean_text(line.counter, line.value),
                                              *screen.quantile_texts(line).values(), note]))
            table.add_row(*map(Text, (reading.name, line.row, line.lcore, line.counter.name,
                                      str(screen.line_number(line)), note)))
        for balance, value in reading.unaccounted.items():
            table.add_row(*map(Text, (reading.name, 'unaccounted', 'total', balance, str(value),
                                      'stopped' * reading.stopped())))
    return table


def fail(reason):
    """End with a message."""
    sys.exit(f'dpdk-seqstat-top: {printable(reason)}')


def end_with_reader():
    """End silently when the reader of the output, such as head, closes it."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def show(options):
    """Show the view until it is ended."""
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        fail('not on a terminal; --once prints the numbers')
    if Console().is_dumb_terminal:
        fail('the terminal is too simple for this (TERM); --once prints the numbers')
    Top(options).run()


def print_once(options):
    """Print what there is, and end with status 1 if something is missing."""
    try:
        application = read_application(options.file_prefix, TIMEOUT, True, True)
    except TelemetryError as error:
        fail(str(error))
    if options.set is not None:
        chosen = [reading for reading in application.readings if reading.name == options.set]
        unread = [name for name in application.unread if name == options.set]
        if not chosen and not unread:
            fail(f'{options.file_prefix}: there is no set {options.set}')
        application = application._replace(readings=chosen, unread=unread)
    end_with_reader()
    if options.json:
        print(json.dumps(application_json(application), indent=2))
    else:
        # Numbers are not cut, however narrow the terminal.
        Console(width=1000, highlight=False).print(
            application_table(application, options.lcores), soft_wrap=True)
    if application.unread:
        fail(f'{options.file_prefix}: could not be read: {", ".join(application.unread)}')


def interval(text):
    value = float(text)
    if not 0.05 <= value <= 3600:
        raise ValueError
    return value


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""keys:
  s, S        show the next set, the one before
  l           show each lcore, or their sum
  o, r        sort by the schema, by value, by rate; reverse the order
  h           show histograms as bars
  p           pause; go on
  arrows, page up and down, home, end (also k j b f g G): scroll
  q           quit

examples:
  %(prog)s                               the application with the file prefix rte
  %(prog)s -f fw --set l2fwd --lcores    one set of another one, by lcore
  %(prog)s --once --json | jq .sets      for scripts: all numbers as they are now

Run it as the user of the application: with sudo, if that was started with it. Root may read
applications of others, too, but looks for them in /var/run; RUNTIME_DIRECTORY=DIR in the
environment makes it look where they are: in that user's $XDG_RUNTIME_DIR, such as
/run/user/1000, or in /tmp if that is not set.
The exit status is 0; 1 if this is not a terminal, or with --once if the application or the
set is not there or a set could not be read; 2 for wrong options.""")
    parser.add_argument('-f', '--file-prefix', metavar='PREFIX', default=DEFAULT_PREFIX,
                        help='of the application (default: %(default)s)')
    parser.add_argument('-i', '--instance', type=int, default=0,
                        help='of several applications with the same prefix')
    parser.add_argument('-l', '--list', action='store_true',
                        help='list the applications of this host')
    parser.add_argument('-s', '--set', type=printable,
                        help='begin with this set; with --once, print no other')
    parser.add_argument('-n', '--interval', metavar='SECONDS', type=interval, default=1,
                        help='read so often (default: %(default)s)')
    parser.add_argument('--lcores', action='store_true', help='begin with each lcore')
    parser.add_argument('--once', action='store_true', help='print the numbers and end')
    parser.add_argument('--json', action='store_true',
                        help='with --once, print all there is as JSON')
    options = parser.parse_args()
    if options.json and not options.once:
        parser.error('--json needs --once')
    if options.instance:
        options.file_prefix += f':{options.instance}'
    return options


def run(options):
    if options.list:
        applications = list(find_applications())
        end_with_reader()
        for application in applications:
            print(printable(application))
    elif options.once:
        print_once(options)
    else:
        show(options)


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
        # The terminal is gone, or the disk full. Python would try to write what is left.
        with contextlib.suppress(OSError):
            os.write(2, f'dpdk-seqstat-top: {error}\n'.encode())
        os._exit(1)


if __name__ == '__main__':
    main()
