#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""SIGUSR1 resets the totals in the table of dpdk-l2fwd-stats, but not in telemetry."""

import signal
import unittest

import l2fwd_stats
from l2fwd_stats import PORTS, Forwarder


class Reset(unittest.TestCase):
    def check_reset(self, forwarder):
        """Check that a reset takes effect in the table only."""
        def sent(total):
            return sum(row['tx_packets'] for row in total['rows'].values())

        before = sent(forwarder.wait_for_answer(PORTS, sent))
        forwarder.process.send_signal(signal.SIGUSR1)
        table = forwarder.wait_for_table(
            lambda table: table.since == 'reset' and table.parts['all ports']['packets']['tx'])
        after = sent(forwarder.ask(PORTS))
        self.assertLessEqual(table.parts['all ports']['packets']['tx'], after - before)

    def test_signal(self):
        with Forwarder('-p', '3', '-T', '1') as forwarder:
            table = forwarder.wait_for_table()
            self.assertEqual(table.since, 'start')
            for _ in range(2):
                self.check_reset(forwarder)
            self.assertEqual(forwarder.stop(), 0)
            self.assertEqual(l2fwd_stats.tables(forwarder.text)[-1].since, 'reset')

    def test_many_times(self):
        """Each reset takes a snapshot; the program checks its balance."""
        with Forwarder('-p', '3', '-T', '86400', lcores=l2fwd_stats.lcores_option(3)) as forwarder:
            for number in range(1, 1001):
                forwarder.process.send_signal(signal.SIGUSR1)
                forwarder.wait_until(
                    lambda text: text.count('s since the reset') == number, 'table')
            self.assertEqual(forwarder.stop(), 0)
            self.assertNotIn('INCONSISTENT', forwarder.text)

    def test_last_table_begins_at_the_reset(self):
        packets = [bytes(60)] * 1000
        port = self.enterContext(l2fwd_stats.pcap_port(0, packets))
        with Forwarder('-p', '3', '-T', '86400', vdevs=[port, 'net_null1,no-rx=1']) as forwarder:
            forwarder.wait_for_answer(PORTS, lambda answer: (
                answer['rows']['1']['tx_packets'] == len(packets)))
            forwarder.process.send_signal(signal.SIGUSR1)
            forwarder.wait_for('s since the reset')
            self.assertEqual(forwarder.ask(PORTS)['rows']['0']['rx_packets'], len(packets))
            self.assertEqual(forwarder.stop(), 0)
            for part in l2fwd_stats.tables(forwarder.text)[-1].parts.values():
                for figures in part.values():
                    self.assertFalse(any(figures.values()))


if __name__ == '__main__':
    l2fwd_stats.main()
