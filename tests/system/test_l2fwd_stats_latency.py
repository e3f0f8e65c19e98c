#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats measures the latency of each packet."""

import unittest

import l2fwd_stats
from l2fwd_stats import POLLS, PORTS, Forwarder

LATENCY = '/seqstat/total,l2fwd_latency'
BURST = 32


class Latency(unittest.TestCase):
    def test_each_packet(self):
        """Each packet is observed once, also if it waits until the tx buffer is drained."""
        n_packets = 5 * BURST + 3
        port = self.enterContext(l2fwd_stats.pcap_port(0, n_packets * [bytes(64)]))
        with Forwarder('-p', '3', '-T', '0', vdevs=[port, 'net_null1,no-rx=1']) as forwarder:
            rows = forwarder.wait_for_answer(LATENCY, lambda answer: (
                answer['rows']['1']['latency']['count'] == n_packets))['rows']
            self.assertEqual(rows['0']['latency']['count'], 0)
            self.assertNotIn('max', rows['0']['latency'])
            latency = rows['1']['latency']
            self.assertLessEqual(latency['p50'], latency['max'])
            self.assertLessEqual(latency['max'], latency['sum'])
            each = forwarder.ask('/seqstat/buckets,l2fwd_latency,1,latency')['buckets']
            self.assertEqual(sum(each.values()), n_packets)
            self.assertLessEqual(len(each), 6)
            ports = forwarder.ask(PORTS)['rows']['1']
            self.assertEqual(ports['tx_packets'], n_packets)

    def test_latency_is_that_of_the_poll(self):
        """The poll that receives a full burst sends it: its latency is the poll's time."""
        with Forwarder('-p', '3', '-T', '0') as forwarder:
            for _ in range(100):
                before = forwarder.wait_for_answer(POLLS, lambda answer: (
                    answer['rows']['0']['busy_cycles']))
                latency = forwarder.ask(LATENCY)['rows']['1']['latency']
                after = forwarder.wait_for_answer(POLLS, lambda answer: (
                    answer['rows']['0']['packets_per_poll']['sum'] >= latency['count']))
                low, high = (BURST * answer['rows']['0']['busy_cycles'] * 1e9 / answer['tsc_hz']
                             for answer in (before, after))
                # The nanoseconds of each packet are rounded down.
                self.assertLessEqual(0.999 * low - latency['count'], latency['sum'])
                self.assertLessEqual(latency['sum'], 1.001 * high)
                self.assertEqual(latency['count'] % BURST, 0)
                self.assertEqual(latency['buckets']['inf'], latency['count'])
                self.assertGreaterEqual(
                    forwarder.ask(PORTS)['rows']['1']['tx_packets'], latency['count'])
            self.assertEqual(forwarder.stop(), 0)

if __name__ == '__main__':
    l2fwd_stats.main()
