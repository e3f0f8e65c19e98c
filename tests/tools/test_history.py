#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-seqstat-history.py prints exact numbers, at the right time, with gaps and notes."""

import collections
import csv
import datetime
import importlib.util
import json
import math
import os
import signal
import subprocess
import time

from harness import HISTORY, ToolsTest, complaints_unread, main, run, wait_until
from dpdk_seqstat.statfile import STALE, StatFile, age

KEEP = 4
# Records for longer than a test takes, at one each millisecond.
MANY = 100000


def increases(lines):
    """Sum the increases by row and counter."""
    sums = collections.Counter()
    for line in lines:
        if line['increase']:
            sums[line['row'], line['counter']] += int(line['increase'])
    return dict(+sums)


class Follower:
    """The tool, following a file."""

    def __init__(self, test, *options):
        self.process = subprocess.Popen([HISTORY, '--follow', '--csv', *options], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        test.addCleanup(self.process.communicate)
        test.addCleanup(self.process.kill)
        self.reader = csv.DictReader(self.process.stdout)
        self.lines = []

    def read_until(self, condition):
        """Read lines until one meets a condition."""
        for line in self.reader:
            self.lines.append(line)
            if condition(line):
                return
        raise AssertionError(f'it ended: {self.process.communicate()[1]}')


class History(ToolsTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / 'file'
        self.target = self.application('a')

    def publish(self, flags=KEEP, us=1000):
        self.target.tell(f'publish {self.path} {us} {MANY} 0644 {flags}')

    def lines(self, *options):
        return list(csv.DictReader(run(HISTORY, self.path, '--csv', *options,
                                       stderr=subprocess.DEVNULL).splitlines()))

    def newest(self):
        with StatFile(self.path) as file:
            return file.newest()

    def wait_records(self, n):
        """Wait for n more records."""
        wanted = self.newest().number + n
        wait_until(lambda: self.newest().number >= wanted, 'records')

    def test_exact(self):
        """The increases are exact, and in the first record after the counting."""
        for flags in KEEP, KEEP + 1:  # per writer
            self.target.tell('create set port 3', 'label set 0 eth 0')
            self.publish(flags)
            moments = []
            for i in range(1, 6):
                self.wait_records(2)
                moments.append(time.time_ns())
                self.target.tell(f'add set 1 0 {i} {64 * i} 3 7 3',
                                 f'add set any 0 1 {2**40} 1 0 0',
                                 f'observe set {i % 3 + 1} 2 {2**i}')
                moments.append(time.time_ns())
            self.target.tell('unpublish')
            lines = self.lines()
            self.assertEqual(increases(lines), {
                ('port=eth 0', 'packets'): 20, ('port=eth 0', 'bytes'): 15 * 64 + 5 * 2**40,
                ('port=eth 0', 'busy_cycles'): 35, ('port=eth 0', 'idle_cycles'): 15,
                ('row=2', 'burst'): 5})
            self.assertEqual([line['p99'] for line in lines if line['counter'] == 'burst' and
                              line['increase'] not in ('', '0')], ['3', '3', '11', '11', '16'])
            self.assertEqual({line['increase'] for line in lines if line['counter'] == 'depth'},
                             {''})
            grown, before = [], 0
            for line in self.lines('--counter', 'packets', '--row', 'eth 0'):
                at = int(line['time'].replace('.', ''))
                if line['increase'] not in ('', '0'):
                    grown.append((before, at))
                before = at
            for begin, end in zip(moments[::2], moments[1::2]):
                # A cut's time comes from a cycle counter: allow for an error of 1 ms.
                self.assertTrue(any(before < end + 10**6 and at > begin - 10**6
                                    for before, at in grown))
            self.target.tell('free set')

    def test_cleared(self):
        """The increases of a cleared row start at zero."""
        self.target.tell('create set port 2', 'label set 0 eth0')
        self.publish()
        self.target.tell('add set 1 0 1000 64 3 7 3')
        self.wait_records(2)
        self.target.tell('clear set 0', 'label set 0 eth1', 'add set 1 0 5 320 3 7 3')
        self.wait_records(2)
        self.target.tell('clear set 0', 'add set 1 0 2000 320 3 7 3', 'unpublish')
        self.assertEqual(increases(self.lines('--counter', 'packets')), {
            ('port=eth0', 'packets'): 1000, ('port=eth1', 'packets'): 5,
            ('row=0', 'packets'): 2000})

    def test_marks_and_gaps(self):
        """Stale writers and late records have notes; in the plot, they are spans and gaps."""
        self.target.tell('create set port 1', 'add set 1 0 1 64 3 7 3')
        self.publish(us=20000)
        self.target.tell('stop set 1')
        wait_until(lambda: self.newest().flags & STALE, 'a stale writer')
        self.target.tell('resume set 1')
        wait_until(lambda: not self.newest().flags & STALE, 'no stale writer')
        self.target.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: age(self.newest()) > 0.1, 'a gap')
        self.target.process.send_signal(signal.SIGCONT)
        self.wait_records(2)
        self.target.tell('unpublish')
        lines = self.lines('--counter', 'packets')
        stale = [line['record'] for line in lines if 'stale' in line['notes']]
        late = [line['record'] for line in lines if 'late' in line['notes']]
        self.assertTrue(stale and late and len(stale) < len(lines), lines)
        records = [json.loads(line) for line in run(
            HISTORY, self.path, '--json', stderr=subprocess.DEVNULL).splitlines()]
        self.assertEqual([str(record['record']) for record in records if any(
            writer['stale'] for writer in record['sets']['set']['writers'])], stale)

        module = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location(
            'history', HISTORY))
        spec.loader.exec_module(module)
        options = module.parse_options([str(self.path)])
        with StatFile(self.path) as file:
            panels, spans = module.curves_of(module.find(file, options), False)
        self.assertEqual(list(panels), [('set', 'depth', '')], 'only the gauge was not always 0')
        times, values = panels['set', 'depth', '']['depth']
        # The first point of the curve is older than the first record.
        self.assertEqual([line['record'] for line, value in zip(lines, values[1:])
                          if math.isnan(value)], late)
        self.assertEqual(len(spans['set']['stale']), len(stale))
        self.assertEqual(times, sorted(times))
        picture = self.folder / 'out.png'
        run(HISTORY, self.path, '--plot', picture)
        self.assertTrue(picture.read_bytes().startswith(b'\x89PNG'))

    def test_follow(self):
        """The tool neither loses nor doubles increases when the file or application changes."""
        self.target.tell('create set port 2')
        self.publish(0)
        follower = Follower(self, self.path, '--set', 'set')
        self.target.tell('add set 1 0 1 64 3 7 3')
        follower.read_until(lambda line: line['counter'] == 'packets' and line['value'] == '1')
        for i in range(4):
            self.target.tell(f'create more{i} port 1', 'add set 1 0 1000 64 3 7 3',
                             'add set 2 1 10 64 3 7 3')
        follower.read_until(lambda line: line['row'] == 'row=1' and line['value'] == '40')
        self.assertEqual(increases(follower.lines)['row=1', 'packets'], 40)
        self.assertIn(increases(follower.lines)['row=0', 'packets'], (4000, 4001))
        self.target.restart()
        self.target.tell('create set port 2')
        self.publish(0)
        self.target.tell('add set 1 0 7 64 3 7 3')
        follower.read_until(lambda line: line['counter'] == 'packets' and line['value'] == '7')
        follower.process.terminate()
        self.assertEqual(follower.process.wait(), 0)

    def test_since(self):
        self.target.tell('create set port 1', 'label set 0 eth0')
        self.publish()
        self.wait_records(30)
        self.target.tell('unpublish')
        newest = self.newest().realtime_ns
        times = {line['time'] for line in self.lines('--since', '0.01')}
        self.assertTrue(1 < len(times) < 15, times)
        self.assertGreater(len({line['time'] for line in self.lines()}), 29)
        at = datetime.datetime.fromtimestamp(newest // 1000 / 1e6).isoformat()
        self.assertIn(len({line['time'] for line in self.lines('--since', at)}), (1, 2))

    def test_killed(self):
        """The records of a killed application are still readable, and marked as old."""
        self.target.tell('create set port 1')
        self.publish(0)
        self.target.tell('add set 1 0 77 64 3 7 3')
        self.wait_records(2)
        self.assertNotIn('gone', run(HISTORY, self.path))
        self.target.kill()
        text = run(HISTORY, self.path, '--since', '0.01')
        self.assertRegex(text, rf'{self.path}: the publisher is gone; its last record is [\d.]+ s')
        self.assertRegex(text, r'(?m)^a, pid \d+, a record each 1 ms: set\n'
                         r'( +\d+  [\d:.]+ .* cut .*\n)+')
        self.assertEqual(self.lines()[-6]['value'], '77')

    def test_errors(self):
        self.target.tell('create set port 1', 'label set 0 eth0')
        self.publish()
        self.wait_records(2)
        self.target.tell('unpublish')
        for options in [], ['--csv'], ['--json']:
            self.assertNotIn('Traceback', complaints_unread(HISTORY, self.path, *options))
        for options, text in (([self.folder / 'none'], 'No such file'),
                              ([self.path, '--set', 'x'], 'there is no set x'),
                              ([self.path, '--plot', 'none/x.png'], 'none/x.png: '),
                              ([self.path, '--plot', 'x.png', '--counter', 'x'], 'nothing to')):
            self.assertRegex(run(HISTORY, *options, status=1), f'dpdk-seqstat-history: .*{text}')
        (self.folder / 'matplotlib.py').write_text('raise ImportError("none")')
        env = dict(os.environ, PYTHONPATH=str(self.folder))
        self.assertIn('needs python3-matplotlib',
                      run(HISTORY, self.path, '--plot', 'x.png', status=1, env=env))
        self.assertIn('cut', run(HISTORY, self.path, env=env))
        for options in ['--since', 'x'], ['--follow', '--plot', 'x.png'], ['--csv', '--json']:
            self.assertIn('error: ', run(HISTORY, self.path, *options, status=2))


if __name__ == '__main__':
    main()
