#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats counts its polls, the packets they return, and the cycles they take."""

import unittest

import l2fwd_stats
from l2fwd_stats import POLLS, PORTS, Forwarder

BURST = 32


def buckets(histogram):
    """Return the observations of each bucket; the reply accumulates them."""
    up_to = list(histogram['buckets'].values())
    return [n - below for n, below in zip(up_to, [0, *up_to])]


class Polls(unittest.TestCase):
    def check(self, row):
        """Check what holds in every snapshot."""
        packets, cycles = row['packets_per_poll'], row['cycles_per_packet']
        self.assertEqual(row['polls'], row['empty_polls'] + packets['count'])
        self.assertEqual(cycles['count'], packets['sum'])
        # The cycles of each packet are rounded down: a poll leaves less than its packets.
        rest = row['busy_cycles'] - cycles['sum']
        self.assertTrue(0 <= rest <= packets['sum'] - packets['count'], rest)
        self.assertEqual(packets['buckets']['32'], packets['count'])
        # The bounds of the buckets limit the sum.
        for histogram, bounds in ((packets, [1, 2, 4, 8, 16, 32]),
                                  (cycles, [2 ** i for i in range(16)])):
            self.assertEqual(list(histogram['buckets']), [*map(str, bounds), 'inf'])
            each = buckets(histogram)
            least = sum(n * bound for n, bound in zip(each[1:], bounds))
            self.assertGreaterEqual(histogram['sum'], least)
            if each[-1] == 0:
                self.assertLessEqual(
                    histogram['sum'], sum(n * bound for n, bound in zip(each, bounds)))

    def test_full_bursts(self):
        """One lcore polls two ports, one of which never receives."""
        with Forwarder('-p', '3', '-T', '0', vdevs=['net_null0', 'net_null1,no-rx=1']) as forwarder:
            rows = forwarder.wait_for_answer(
                POLLS, lambda answer: answer['rows']['0']['polls'])['rows']
            for _ in range(1000):
                before, rows = rows, forwarder.ask(POLLS)['rows']
                for number, row in rows.items():
                    self.check(row)
                    for counter in ('polls', 'empty_polls', 'busy_cycles', 'idle_cycles'):
                        self.assertGreaterEqual(row[counter], before[number][counter])
                full, empty = rows['0'], rows['1']
                self.assertEqual([row['labels'] for row in (full, empty)],
                                 [{'port': f'net_null{port}', 'queue': '0'} for port in (0, 1)])
                # The lcore polls them in turn, but counts empty polls later.
                self.assertLessEqual(empty['polls'], full['polls'])
                self.assertEqual((full['empty_polls'], full['idle_cycles']), (0, 0))
                self.assertEqual(full['packets_per_poll']['sum'], BURST * full['polls'])
                self.assertEqual(buckets(full['packets_per_poll'])[5], full['polls'])
                self.assertEqual(empty['empty_polls'], empty['polls'])
                self.assertEqual(empty['busy_cycles'], 0)
                self.assertEqual(bool(empty['idle_cycles']), bool(empty['polls']))
                self.assertGreater(full['busy_cycles'], 0)
            self.assertGreater(empty['polls'], 0)
            self.assertEqual(forwarder.stop(), 0)

    def test_idle_lcore_reports(self):
        """An lcore that never receives a packet still counts its polls and cycles."""
        with Forwarder('-p', '1', '-T', '0', vdevs=['net_null0,no-rx=1']) as forwarder:
            first = forwarder.wait_for_answer(POLLS, lambda answer: answer['rows']['0']['polls'])
            last = forwarder.wait_for_answer(POLLS, lambda answer: (
                answer['rows']['0']['polls'] > first['rows']['0']['polls']))
            row = last['rows']['0']
            self.check(row)
            self.assertEqual((row['empty_polls'], row['busy_cycles']), (row['polls'], 0))
            self.assertGreater(row['idle_cycles'], first['rows']['0']['idle_cycles'])

    def test_cycles_are_those_of_the_lcore(self):
        """The cycles of an lcore's queues are most of its time, and never more than all."""
        def cycles(answer):
            return sum(row['busy_cycles'] + row['idle_cycles'] for row in answer['rows'].values())

        vdevs = ['net_null0', 'net_null1,no-rx=1']
        with Forwarder('-p', '3', '-T', '0', vdevs=vdevs) as other:
            start = other.ask(POLLS)['tsc']
        with Forwarder('-p', '3', '-T', '0', vdevs=vdevs) as forwarder:
            answer = forwarder.wait_for_answer(
                POLLS, lambda answer: cycles(answer) > (answer['tsc'] - start) // 2)
            answer = forwarder.wait_for_answer(
                POLLS, lambda later: later['tsc'] - start > 2 * (answer['tsc'] - start))
            self.assertLess(cycles(answer), answer['tsc'] - start)

    def test_every_packet_is_counted(self):
        """Polls return every packet, also if the last burst is not full."""
        n_packets = 77 * BURST + 3
        port = self.enterContext(l2fwd_stats.pcap_port(0, n_packets * [bytes(64)]))
        with Forwarder('-p', '3', '-T', '0', vdevs=[port, 'net_null1,no-rx=1']) as forwarder:
            # The polls after the last packet are empty.
            row = forwarder.wait_for_answer(POLLS, lambda answer: (
                answer['rows']['0']['packets_per_poll']['sum'] == n_packets
                and answer['rows']['0']['empty_polls']))['rows']['0']
            self.check(row)
            self.assertEqual(row['packets_per_poll']['count'], 78)
            self.assertEqual(buckets(row['packets_per_poll']), [0, 0, 1, 0, 0, 77, 0])
            self.assertGreater(row['idle_cycles'], 0)
            ports = forwarder.ask(PORTS)['rows']['0']
            self.assertEqual(ports['rx_packets'], n_packets)

    def test_two_busy_queues(self):
        """Each queue has the cycles of its own polls; polls of a file take longer."""
        n_packets = 8 * BURST + 3
        port = self.enterContext(l2fwd_stats.pcap_port(0, n_packets * [bytes(64)]))
        for _ in range(5):
            with Forwarder('-p', '3', '-T', '0', vdevs=['net_null0', port]) as forwarder:
                rows = forwarder.wait_for_answer(POLLS, lambda answer: (
                    answer['rows']['1']['packets_per_poll']['sum'] == n_packets))['rows']
                for row in rows.values():
                    self.check(row)

    def test_each_lcore_counts_its_queue(self):
        with Forwarder('-p', '3', '-T', '0', lcores=l2fwd_stats.lcores_option(3)) as forwarder:
            for lcore in (1, 2):
                rows = forwarder.wait_for_answer(
                    f'/seqstat/lcore,l2fwd_poll,{lcore}', lambda answer: (
                        any(row['polls'] for row in answer['rows'].values())))['rows']
                self.assertEqual([bool(row['polls']) for row in rows.values()],
                                 [lcore == 1, lcore == 2])

if __name__ == '__main__':
    l2fwd_stats.main()
