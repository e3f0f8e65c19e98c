#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats forwards packets as configured, and counts all of them."""

import os
import signal
import tempfile
import unittest

import l2fwd_stats
from l2fwd_stats import PORTS, Forwarder

PACKET_SIZE = 100
NULL_PORTS = [f'net_null{i},size={PACKET_SIZE}' for i in range(2)]
PORT_1_ADDRESS = 'Port 1 [^\n]* MAC address: ([0-9A-F:]+)'


def unaccounted(part, unit):
    """Return how much was received, but neither sent nor dropped, and does not wait."""
    amount = part[unit]
    return amount['rx'] - amount['tx'] - amount['dropped'] - amount['waiting']


class Balance(unittest.TestCase):
    """In each table, received = sent + dropped + waiting, at full speed."""

    def check(self, text, n_lcores):
        tables = l2fwd_stats.tables(text)
        self.assertGreaterEqual(len(tables), 3)
        for table in tables:
            lcores = [part for label, part in table.parts.items() if label.startswith('lcore ')]
            self.assertEqual(len(lcores), n_lcores)
            everything = table.parts['all ports']
            for part in lcores + [everything]:
                for unit in 'packets', 'bytes':
                    self.assertEqual(unaccounted(part, unit), 0)
            for part in table.parts.values():
                for column in l2fwd_stats.COLUMNS:
                    self.assertEqual(part['bytes'][column], PACKET_SIZE * part['packets'][column])
            for column in l2fwd_stats.COLUMNS:
                self.assertEqual(everything['packets'][column],
                                 sum(part['packets'][column] for part in lcores))
        self.assertGreater(tables[-1].parts['all ports']['packets']['tx'],
                           tables[0].parts['all ports']['packets']['tx'])
        self.assertEqual(tables[-1].parts['all ports']['packets']['waiting'], 0)
        self.assertNotIn('INCONSISTENT', text)

    def forward(self, lcores, n_lcores, end=signal.SIGINT):
        with Forwarder('-p', '3', '-T', '1', '--per-lcore', vdevs=NULL_PORTS,
                       lcores=l2fwd_stats.lcores_option(lcores)) as forwarder:
            for _ in range(2):
                forwarder.wait_for_table(lambda table: table.parts['all ports']['packets']['tx'])
            self.assertEqual(forwarder.stop(end), 0)
            self.check(forwarder.text, n_lcores)

    def test_one_worker(self):
        self.forward(lcores=2, n_lcores=1)

    def test_two_workers(self):
        self.forward(lcores=3, n_lcores=2, end=signal.SIGTERM)

    def test_main_lcore_alone(self):
        self.forward(lcores=1, n_lcores=1)

    def test_drops_and_waiting_packets(self):
        """Dropped and waiting packets are counted, too.

        Two lcores share a CPU: the ring overflows while the lcore that empties it is preempted.
        The ring holds 1023 packets: the last burst leaves packets in the tx buffer.
        """
        cpus = sorted(os.sched_getaffinity(0))
        ports = [f'net_null0,size={PACKET_SIZE}', 'net_ring0']
        with Forwarder('-p', '3', '-T', '1', '--per-lcore', vdevs=ports,
                       lcores=f'--lcores=0@{cpus[0]},1@{cpus[-1]},2@{cpus[-1]}') as forwarder:
            for _ in range(2):
                forwarder.wait_for_table(
                    lambda table: table.parts['net_ring0']['packets']['dropped'])
            forwarder.wait_for_answer(
                PORTS, lambda answer: answer['rows']['0']['waiting_bytes'])
            self.assertEqual(forwarder.stop(), 0)
            self.check(forwarder.text, 2)


class Pairs(unittest.TestCase):
    """Each port's packets leave by the right port."""

    def ports_that_send(self, *arguments, receiver=0, n=4):
        vdevs = [f'net_null{i}' + ('' if i == receiver else ',no-rx=1') for i in range(n)]
        with Forwarder('-T', '0', *arguments, vdevs=vdevs) as forwarder:
            rows = forwarder.wait_for_answer(PORTS, lambda answer: any(
                row['tx_packets'] for row in answer['rows'].values()))['rows'].values()
            self.text = forwarder.text
            self.names = [row['labels']['port'] for row in rows]
            return [row['labels']['port'] for row in rows if row['tx_packets']]

    def test_neighbours(self):
        self.assertEqual(self.ports_that_send('-p', 'f', receiver=2), ['net_null3'])
        self.assertEqual(self.ports_that_send('-p', 'f', receiver=1), ['net_null0'])

    def test_odd_number(self):
        self.assertEqual(self.ports_that_send('-p', '7', receiver=2), ['net_null2'])
        self.assertIn('odd number of ports in portmask: port 2 sends to itself', self.text)

    def test_mask_with_a_gap(self):
        self.assertEqual(self.ports_that_send('-p', 'a', receiver=3), ['net_null1'])
        self.assertEqual(self.names, ['net_null1', 'net_null3'])

    def test_map(self):
        self.assertEqual(self.ports_that_send('-p', 'f', '--portmap', '(0,2)(1,3)'),
                         ['net_null2'])
        self.assertEqual(self.ports_that_send('-p', 'f', '--portmap', ' ( 3, 1 ), (2,0)',
                                              receiver=3), ['net_null1'])
        self.assertEqual(self.ports_that_send('-p', '3', '--portmap', '(0,0)(1,1)'),
                         ['net_null0'])

    def test_ports_per_lcore(self):
        with Forwarder('-p', 'f', '-q', '3', '-T', '0', vdevs=[f'net_null{i}' for i in range(4)],
                       lcores=l2fwd_stats.lcores_option(4)) as forwarder:
            self.assertEqual(forwarder.ask('/seqstat/info,l2fwd')['lcores'], [1, 2])


class Packets(unittest.TestCase):
    """Packets of many sizes come from a file; the last burst is not full."""

    packets = [bytes((i + j) % 256 for j in range(14 + i % 1487)) for i in range(2003)]

    def forward(self, *arguments):
        """Forward the packets; return those that were sent."""
        with tempfile.TemporaryDirectory() as folder, \
                l2fwd_stats.pcap_port(0, self.packets) as port:
            sent = f'{folder}/sent'
            with Forwarder('-p', '3', '-T', '0', *arguments,
                           vdevs=[port, f'net_pcap1,tx_pcap={sent}']) as forwarder:
                rows = forwarder.wait_for_answer(PORTS, lambda answer: (
                    answer['rows']['1']['tx_packets'] == len(self.packets)))['rows']
                self.address = forwarder.wait_for(PORT_1_ADDRESS)[1]
                self.assertEqual(forwarder.stop(), 0)
            n_bytes = sum(map(len, self.packets))
            nothing = {'rx_packets': 0, 'rx_bytes': 0, 'tx_packets': 0, 'tx_bytes': 0,
                       'dropped_packets': 0, 'dropped_bytes': 0,
                       'waiting_packets': 0, 'waiting_bytes': 0}
            self.assertEqual(rows['0'], nothing | {
                'labels': {'port': 'net_pcap0'},
                'rx_packets': len(self.packets), 'rx_bytes': n_bytes})
            self.assertEqual(rows['1'], nothing | {
                'labels': {'port': 'net_pcap1'},
                'tx_packets': len(self.packets), 'tx_bytes': n_bytes})
            return l2fwd_stats.pcap_read(sent)

    def compare(self, packets, expected):
        """Compare one by one: to print the difference of the lists takes minutes."""
        self.assertEqual(len(packets), len(expected))
        for packet, other in zip(packets, expected):
            self.assertEqual(packet, other)

    def test_unchanged(self):
        self.compare(self.forward('--no-mac-updating'), self.packets)

    def test_addresses_replaced(self):
        for arguments in ([], ['--no-mac-updating', '--mac-updating']):
            sent = self.forward(*arguments)
            addresses = bytes((2, 0, 0, 0, 0, 1)) + bytes.fromhex(self.address.replace(':', ''))
            self.compare(sent, [addresses + packet[12:] for packet in self.packets])


if __name__ == '__main__':
    l2fwd_stats.main()
