#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats publishes its sets; readers have them after it is killed under traffic."""

import json
import os
import pathlib
import signal
import tempfile
import time
import unittest

import l2fwd_stats
from l2fwd_stats import Forwarder, tables
from supervised import run, wait_until

SIZE = 64
VDEVS = [f'net_null{i},size={SIZE}' for i in range(2)]


class Publish(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(dir='/dev/shm'))
        self.path = pathlib.Path(folder, 'file')

    def start(self, keys):
        return Forwarder('-p', '3', '-T', '0', f'--publish={self.path},{keys}', vdevs=VDEVS)

    def read(self):
        return json.loads(run(os.environ['READER'], self.path))

    def wait_for_record(self, number):
        return wait_until(lambda: (record := self.read())['number'] >= number and record,
                          f'record {number}')

    def test_killed_under_traffic(self):
        with self.start('period=1,history=10,mode=0644') as forwarder:
            first = self.wait_for_record(100)
            self.assertEqual((first['gone'], self.path.stat().st_mode & 0o777), (0, 0o644))
            forwarder.stop(signal.SIGKILL)
            killed_ns = time.time_ns()
        record = self.read()
        self.assertEqual(record['gone'], 1)
        self.assertGreaterEqual(record['number'], first['number'])
        self.assertTrue(first['realtime'] <= record['realtime'] <= killed_ns)
        # The record is a cut: it accounts for each received packet.
        ports = record['sets']['l2fwd']
        self.assertEqual(ports['balances'], {'packets': 0, 'bytes': 0})
        polls = record['sets']['l2fwd_poll']
        for port, poll in zip(ports['rows'], polls['rows']):
            packets, size = port['values'][:2]
            self.assertGreater(packets, 0)
            self.assertEqual(size, SIZE * packets)
            # The lcore counts a poll after its packets: the cut may lack one burst.
            polled = poll['values'][polls['counters']['cycles_per_packet'][4] - 1]
            self.assertTrue(packets - 32 <= polled <= packets, (packets, polled))

    def test_kept_file_has_the_last_table(self):
        with self.start('period=3600000,keep') as forwarder:
            self.assertEqual(forwarder.stop(), 0)
            (table,) = tables(forwarder.text)
        rows = self.read()['sets']['l2fwd']['rows']
        for i, row in enumerate(rows):
            part = table.parts[f'net_null{i}']
            self.assertEqual(row['values'], [part[unit][column] for column in l2fwd_stats.COLUMNS
                                             for unit in ('packets', 'bytes')])

    def test_file_is_removed(self):
        with self.start('period=1') as forwarder:
            self.wait_for_record(2)
            self.assertEqual(forwarder.stop(), 0)
        self.assertFalse(self.path.exists())


if __name__ == '__main__':
    l2fwd_stats.main()
