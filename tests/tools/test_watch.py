#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The live view over several readings."""

import unittest

from rich.console import Console

import harness  # noqa: F401 # makes the package be found
from dpdk_seqstat import screen
from dpdk_seqstat.reading import FLAGS, SELF, Application, Counter, Reading
from dpdk_seqstat.watch import Lcore, Line, Watch

HZ = 1000
COUNTERS = [Counter('packets', 'counter', 'packets', ''), Counter('depth', 'gauge', '', ''),
            Counter('burst', 'histogram', '', ''), Counter('busy_cycles', 'counter', '', ''),
            Counter('idle_cycles', 'counter', '', '')]


def values(packets=0, depth=0, below=0, above=0, busy=0, idle=0):
    return {'packets': packets, 'depth': depth, 'busy_cycles': busy, 'idle_cycles': idle,
            'burst': {'buckets': {'4': below, 'inf': below + above}, 'count': below + above,
                      'sum': below + 10 * above}}


def application(tsc, lcores, pid=1, birth=1, **flagged):
    """Return an application with one set of one row, at a time; flags have lists of lcores."""
    writers = [{'lcore': lcore, **{flag: int(lcore in flagged.get(flag, ())) for flag in FLAGS}}
               for lcore in dict.fromkeys([*lcores, *flagged.get('unread', ())])]
    return Application(pid, [Reading(
        'set', 'port', COUNTERS, dict.fromkeys(SELF, 0), birth, tsc, HZ,
        len(flagged.get('stale', ())), writers, {0: 'eth0'},
        {lcore: {0: row} for lcore, row in lcores.items()}, {})], [])


class Rates(unittest.TestCase):
    def setUp(self):
        self.watch = Watch()

    def update(self, *args, **options):
        self.watch.update(application(*args, **options))
        return self.watch.sets['set']

    def line(self, name, lcore=None):
        for line in self.watch.sets['set'].lines(lcore is not None):
            if line.counter.name == name and lcore in (None, line.lcore):
                return line
        raise AssertionError(name)

    def notes(self):
        return [(lcore.name, lcore.note) for lcore in self.watch.lcores()]

    def test_rates(self):
        """Rates are by the time between the cuts, not between the answers."""
        self.update(1000, {'1': values(packets=10, below=1), '2': values(packets=1)})
        self.assertIsNone(self.line('packets').rate)
        self.update(3000, {'1': values(packets=30, depth=5, below=3, above=2),
                           '2': values(packets=101)})
        self.assertEqual(self.line('packets').value, 131)
        self.assertEqual(self.line('packets').rate, 60)
        self.assertEqual(self.line('packets', '1').rate, 10)
        self.assertEqual(self.line('packets', '2').rate, 50)
        self.assertEqual(self.line('burst').rate, 2)
        self.assertEqual(screen.bucket_counts(self.line('burst').recent), {'4': 2, 'inf': 2})
        self.assertIsNone(self.line('depth').rate)
        self.assertEqual(list(self.line('depth').history), [5])
        self.assertEqual(list(self.line('packets').history), [60])

    def test_wrap(self):
        self.update(1000, {'1': values(packets=2**64 - 1)})
        self.update(2000, {'1': values(packets=4)})
        self.assertEqual(self.line('packets').rate, 5)

    def test_new_lcore(self):
        """A lcore that comes later has rates from its second reading on."""
        self.update(1000, {'1': values(packets=10)})
        self.update(2000, {'1': values(packets=20), '2': values(packets=7)})
        self.assertIsNone(self.line('packets', '2').rate)
        self.update(3000, {'1': values(packets=20), '2': values(packets=8)})
        self.assertEqual(self.line('packets', '2').rate, 1)

    def test_restart(self):
        """From one application to the next, and from one set to the next, there is no rate."""
        for changed in ({'pid': 2}, {'birth': 2}):
            self.update(1000, {'1': values(packets=10)})
            self.update(2000, {'1': values(packets=20)})
            self.update(3000, {'1': values(packets=5)}, **changed)
            self.assertIsNone(self.line('packets').rate)
            self.assertEqual(list(self.line('packets').history), [])

    def test_unread(self):
        """A set that could not be read is as it was; one that is gone is not."""
        self.update(1000, {'1': values(packets=10)})
        self.watch.update(Application(1, [], ['set']))
        self.assertEqual(self.line('packets').value, 10)
        self.watch.update(Application(1, [], []))
        self.assertEqual(self.watch.sets, {})

    def test_utilisation(self):
        self.update(1000, {'1': values(busy=100, idle=100), '2': values(), 'any': values()})
        self.assertEqual([lcore.utilisation for lcore in self.watch.lcores()], [None] * 3)
        self.update(2000, {'1': values(busy=130, idle=110), '2': values(idle=5), 'any': values()})
        self.assertEqual([(lcore.name, lcore.utilisation) for lcore in self.watch.lcores()],
                         [('1', 0.75), ('2', 0), ('any', None)])

    def test_stopped(self):
        self.update(1000, {'2': values(), '10': values()}, stale=['10'])
        self.assertEqual(self.notes(), [('2', ''), ('10', 'stopped')])
        self.assertFalse(self.line('packets', '2').stopped)
        self.assertTrue(self.line('packets', '10').stopped)
        self.assertTrue(self.line('packets').stopped)

    def test_notes(self):
        """A lcore that was never read has no numbers, but is noted; the worst note counts."""
        self.update(1000, {'2': values()}, unread=['1'])
        self.assertEqual(self.notes(), [('1', 'stopped'), ('2', '')])
        self.assertTrue(self.line('packets').stopped)
        self.update(2000, {'2': values(), '3': values(), 'any': values()}, torn=['2', '3'],
                    stale=['3'], crowded=['any'])
        self.assertEqual(self.notes(), [('2', 'torn'), ('3', 'stopped'), ('any', 'crowded')])
        self.assertFalse(self.line('packets', '2').stopped)


class Drawing(unittest.TestCase):
    def test_bar(self):
        self.assertEqual(screen.bar(0, 4), '    ')
        self.assertEqual(screen.bar(1, 4), '████')
        self.assertEqual(screen.bar(2, 4), '████')
        self.assertEqual(screen.bar(9 / 32, 4), '█▏  ')

    def test_sparkline(self):
        self.assertEqual(screen.sparkline([0, 1, 2, 7], 4), '▁▂▃█')
        self.assertEqual(screen.sparkline([5, 0, 0], 2), '▁▁')
        self.assertEqual(screen.sparkline([5], 0), '')

    def test_many_lcores(self):
        """If there is no room for all lcores, the stopped ones are shown."""
        lcores = [Lcore(str(number), 'stopped' * (number == 99), None) for number in range(100)]
        console = Console(width=80)
        with console.capture() as capture:
            console.print(screen.lcore_lines(lcores, 80))
        words = capture.get().split()
        self.assertEqual(words[1:3], ['99', 'stopped'])
        self.assertEqual(words[-2:], ['+89', 'more'])

    def test_names_give_way(self):
        """A history has its place while names differ; numbers are always whole."""
        line = Line('net_af_packet0', '1', COUNTERS[3], 10**9, None, None, [], False)
        for width, *expected in ((80, 14, 11, 23), (60, 9, 11, 8), (58, 14, 11, 0),
                                 (50, 7, 11, 0), (40, 3, 5, 0)):
            widths = screen.numbers_widths('port', [line], True, width)
            self.assertEqual([widths[name] for name in ('row', 'counter', 'history')], expected)
            self.assertEqual(widths['value'], len('1,000,000,000'))

    def test_numbers(self):
        for value, text in ((0, '0 '), (999.4, '999 '), (999.6, '1 k'), (12345, '12.3 k'),
                            (2**64, '18.4 E')):
            self.assertEqual(screen.short_number(value), text)
        for value, text in ((2, '2 s'), (0.0171, '17.1 ms'), (195e-6, '195 µs'), (0, '0 ns')):
            self.assertEqual(screen.duration(value), text)


if __name__ == '__main__':
    unittest.main()
