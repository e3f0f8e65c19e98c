#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The tools read a set from one snapshot, also if the application changes at that time."""

import json

from harness import Connection, TelemetryError, ToolsTest, main, wait_until
from dpdk_seqstat.reading import read_application


class ReadingTest(ToolsTest):
    def setUp(self):
        super().setUp()
        self.target = self.application('a')
        self.between = self.relay(self.target, 'relay')

    def read(self, *unread):
        """Read through the relay; return the readings by the name of the set."""
        found = read_application('relay', 60)
        self.assertEqual(found.unread, list(unread))
        return {reading.name: reading for reading in found.readings}

    @staticmethod
    def packets(reading, lcore='1', row=0):
        return reading.values[lcore][row]['packets']


class Snapshots(ReadingTest):
    def setUp(self):
        super().setUp()
        # These rows fill many pages.
        self.target.tell('create set flow 300', 'count set 1', 'count set 2')
        # A reading omits unread writers: wait until both were read.
        with Connection('a', 60) as connection:
            wait_until(lambda: connection.ask('/seqstat/info', 'set')['unread'] == 0, 'values')

    def check(self):
        """Check that all rows of an lcore are equal, as after each section."""
        reading = self.read()['set']
        for lcore in '1', '2':
            rows = reading.values[lcore]
            packets = self.packets(reading, lcore)
            self.assertEqual(len(rows), 300)
            self.assertEqual({values['packets'] for values in rows.values()}, {packets})
            self.assertEqual({values['bytes'] for values in rows.values()}, {64 * packets})
        return reading

    def test_one_snapshot(self):
        """All rows of all lcores are from one snapshot, and a reading takes only one."""
        for _ in range(5):
            self.check()
        # If a writer is preempted in a section, a snapshot takes several cuts: stop them.
        self.target.tell('rest 1', 'rest 2')
        taken = [self.check().self['snapshots'] for _ in range(5)]
        self.assertEqual(taken, [taken[0] + i for i in range(5)])

    def test_other_clients(self):
        """The application keeps a client's snapshot while all its other clients take new ones."""
        others = [Connection('a', 60) for _ in range(9)]

        def disturb(command):
            if not command.startswith('/seqstat/lcore,set'):
                return
            pages = [other.ask('/seqstat/total', 'set') for other in others]
            for other, page in zip(others, pages):
                self.assertEqual(other.ask('/seqstat/total', 'set', page['next'],
                                           page['tsc'])['tsc'], page['tsc'])
        self.between.request = disturb
        self.check()
        for other in others:
            other.socket.close()


class Changes(ReadingTest):
    """The relay changes the application in the middle of a reading."""

    def setUp(self):
        super().setUp()
        self.target.tell('create first port 1', 'add first 1 0 1 64 0 0 0',
                         'create second port 1', 'add second 1 0 2 128 0 0 0')

    def once_before(self, command, function):
        """Call a function before the relay first passes on a command."""
        def request(asked):
            if asked.startswith(command):
                self.between.request = None
                function()
        self.between.request = request

    def test_restart(self):
        """A reading has no numbers from before a restart."""
        def restart():
            self.target.restart()
            self.target.tell('create first port 1', 'add first 1 0 5 64 0 0 0')
        self.once_before('/seqstat/lcore,second', restart)
        readings = self.read()
        self.assertEqual(list(readings), ['first'])
        self.assertEqual(self.packets(readings['first']), 5)

    def test_death(self):
        self.once_before('/seqstat/lcore,second', self.target.kill)
        self.assertRaises(TelemetryError, self.read)

    def test_set_freed(self):
        self.once_before('/seqstat/lcore,second', lambda: self.target.tell('free second'))
        readings = self.read()
        self.assertEqual(list(readings), ['first'])
        self.assertEqual(self.packets(readings['first']), 1)

    def test_set_replaced(self):
        """If a set is replaced, all values are from the new one."""
        self.once_before('/seqstat/lcore,second', lambda: self.target.tell(
            'free second', 'create second flow 2', 'add second 1 1 9 64 0 0 0'))
        reading = self.read()['second']
        self.assertNotIn(0, reading.values['1'])
        self.assertEqual(self.packets(reading, row=1), 9)

    def test_labels_move(self):
        """If labels move to another row, no row gets the values of the other."""
        self.target.tell('create third port 9', 'label third 8 eth0', 'add third 1 8 5 0 0 0 0',
                         'add third 2 8 6 0 0 0 0')
        for command, packets in ('lcore,third,2', [5, 6]), ('list', [0, 0]):
            self.once_before('/seqstat/' + command, lambda: self.target.tell(
                'clear third 8', 'label third 0 eth0'))
            reading = self.read()['third']
            row, = (row for row, labels in reading.rows.items() if labels == {'port': 'eth0'})
            self.assertEqual([self.packets(reading, lcore, row) for lcore in '12'], packets)
            self.assertEqual({row for rows in reading.values.values() for row in rows}, {row})

    def test_snapshot_lost(self):
        """After an incomplete reply the reader takes a new snapshot; it gives up in the end."""
        losses = []

        def answer(command, text):
            if command.startswith('/seqstat/lcore,second') and losses:
                return losses.pop()
            return text
        self.between.answer = answer
        losses += ['{"/seqstat/lcore":null}',
                   json.dumps({'/seqstat/lcore': {'rows': {}, 'error': 'Cannot allocate memory'}})]
        self.assertEqual(self.packets(self.read()['second']), 2)
        self.assertEqual(losses, [])
        losses += 1000 * ['{"/seqstat/lcore":null}']
        readings = self.read('second')
        self.assertEqual(list(readings), ['first'])

    def test_endless_answers(self):
        """The timeout also ends a reading whose pages come fast."""
        with Connection('a', 60) as connection:
            connection.limit = 0
            self.assertRaisesRegex(TelemetryError, 'takes too long', connection.ask,
                                   '/seqstat/list')

    def test_no_library(self):
        """An application without the library has no sets."""
        self.between.answer = lambda command, _: json.dumps({command.split(',')[0]: None})
        self.assertEqual(self.read(), {})

    def test_many(self):
        """Lists of sets and of counters may have several pages, too."""
        self.target.tell('counters wide - 1 128',
                         *(f'counters s{n} - 1 1' for n in range(250)))
        readings = self.read()
        self.assertEqual(len(readings), 253)
        self.assertEqual(readings['wide'].counters[127].name, 'c127')


if __name__ == '__main__':
    main()
