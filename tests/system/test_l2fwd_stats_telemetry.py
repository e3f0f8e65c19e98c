#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats answers telemetry requests, valid or not, while it forwards."""

import concurrent.futures
import contextlib
import unittest

import l2fwd_stats
from l2fwd_stats import PORTS, Forwarder

# The labels, and the type and unit of each counter, of each set.
SETS = {
    'l2fwd': (['port'], {
        'rx_packets': ('counter', 'packets'), 'rx_bytes': ('counter', 'bytes'),
        'tx_packets': ('counter', 'packets'), 'tx_bytes': ('counter', 'bytes'),
        'dropped_packets': ('counter', 'packets'), 'dropped_bytes': ('counter', 'bytes'),
        'waiting_packets': ('gauge', 'packets'), 'waiting_bytes': ('gauge', 'bytes')}),
    'l2fwd_latency': (['port'], {'latency': ('histogram', 'ns')}),
    'l2fwd_poll': (['port', 'queue'], {
        'polls': ('counter', 'polls'), 'empty_polls': ('counter', 'polls'),
        'busy_cycles': ('counter', 'cycles'), 'idle_cycles': ('counter', 'cycles'),
        'packets_per_poll': ('histogram', 'packets'),
        'cycles_per_packet': ('histogram', 'cycles')}),
}

# The forwarder has 2 ports, on lcores 1 and 2.
COMMANDS = ('info', 'writers', 'total', 'lcore', 'values', 'buckets')
OF_A_SET = ['', ',', ',nosuch', ', l2fwd', ',l2fwd ', ',L2FWD', ',l2fwd,', ',,0', ',l2fwd;0',
            ',"l2fwd"', ',l2fw', ',\u00fc', ',' + 23 * 'x', ',' + 24 * 'x', ',' + 900 * 'x',
            ',' + 2000 * 'x', ',l2fwd' + 900 * ' ', ',l2fwd' + 500 * ',']
NOT_NUMBERS = ['x', '-1', '+1', ' 1', '1 ', '1x', '0x1', '1.0', '1e0', '%n', 300 * '9',
               '18446744073709551616', '18446744073709551617', '4294967296', '4294967297']
MALFORMED = [
    *('/seqstat/list,' + number for number in NOT_NUMBERS[:12]),
    *(f'/seqstat/{command}{rest}' for command in COMMANDS for rest in OF_A_SET),
    *(f'/seqstat/{command},{rest}' for command in ('lcore', 'values')
      for rest in ('l2fwd', 'nosuch,1')),
    *(f'/seqstat/{command},l2fwd,{number}' for command in COMMANDS for number in NOT_NUMBERS),
    # Pages of unknown snapshots; pages and rows that do not exist.
    '/seqstat/info,l2fwd,1024', '/seqstat/info,l2fwd,0,1', '/seqstat/writers,l2fwd,1024',
    '/seqstat/writers,l2fwd,0,1', '/seqstat/total,l2fwd,2', '/seqstat/total,l2fwd,0,1',
    '/seqstat/lcore,l2fwd,1,2', '/seqstat/lcore,l2fwd,1,0,1', '/seqstat/values,l2fwd,2',
    # Lcores that do not count.
    '/seqstat/lcore,l2fwd,0', '/seqstat/lcore,l2fwd,3', '/seqstat/lcore,l2fwd,4294967295',
    # One parameter too many.
    '/seqstat/info,l2fwd,0,0,0', '/seqstat/writers,l2fwd,0,0,0', '/seqstat/total,l2fwd,0,0,0',
    '/seqstat/lcore,l2fwd,1,0,0,0', '/seqstat/values,l2fwd,0,0',
]


def unaccounted(*rows):
    """Return how much was received, but neither sent nor dropped, and does not wait."""
    return [sum(row[f'rx_{unit}'] - row[f'tx_{unit}'] - row[f'dropped_{unit}']
                - row[f'waiting_{unit}'] for row in rows) for unit in ('packets', 'bytes')]


class Telemetry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.forwarder = cls.enterClassContext(
            Forwarder('-p', '3', '-T', '1', lcores=l2fwd_stats.lcores_option(3)))

    def ask(self, request):
        return self.forwarder.ask(request)

    def test_list(self):
        self.assertEqual(sorted(self.ask('/seqstat/list')), list(SETS))
        self.assertEqual(self.ask('/seqstat/list,3'), [])

    def test_info_of_each_set(self):
        for name, (labels, counters) in SETS.items():
            with self.subTest(name):
                info = self.ask(f'/seqstat/info,{name}')
                self.assertEqual((info['set'], info['labels'], info['rows']), (name, labels, 2))
                self.assertEqual(sorted(info['lcores']), [1, 2])
                self.assertEqual(info['shared_writers'], 1)
                self.assertGreater(info['birth'], 0)
                self.assertEqual({key: (counter['type'], counter['unit'])
                                  for key, counter in info['counters'].items()}, counters)
                for counter in info['counters'].values():
                    self.assertTrue(counter['help'].endswith('.'))
                self.assertGreater(self.ask(f'/seqstat/info,{name}')['snapshots'],
                                   info['snapshots'])
        latency = self.ask('/seqstat/info,l2fwd_latency')['counters']['latency']
        self.assertEqual((latency['bounds'], latency['log_parts']), (496, 4))

    def test_balances(self):
        info = self.ask('/seqstat/info,l2fwd')
        self.assertEqual(info['balances'], {unit: {
            f'rx_{unit}': 1, f'tx_{unit}': -1, f'dropped_{unit}': -1, f'waiting_{unit}': -1}
            for unit in ('packets', 'bytes')})
        self.assertEqual(info['unaccounted'], {'packets': 0, 'bytes': 0})
        self.assertEqual(self.ask('/seqstat/info,l2fwd_poll')['balances'], {})

    def test_total(self):
        before = None
        for _ in range(1000):
            total = self.ask(PORTS)
            self.assertEqual({row: values['labels'] for row, values in total['rows'].items()},
                             {str(port): {'port': f'net_null{port}'} for port in (0, 1)})
            self.assertEqual(unaccounted(*total['rows'].values()), [0, 0])
            self.assertEqual(total['unaccounted'], {'packets': 0, 'bytes': 0})
            if before:
                self.assertGreater(total['tsc'], before['tsc'])
                for row, values in total['rows'].items():
                    self.assertGreaterEqual(values['tx_packets'],
                                            before['rows'][row]['tx_packets'])
            before = total
        second = self.ask('/seqstat/total,l2fwd,1')
        self.assertEqual(list(second['rows']), ['1'])
        self.assertNotIn('unaccounted', second)
        self.assertNotIn('next', total)

    def test_lcores_add_up(self):
        tsc = self.ask('/seqstat/info,l2fwd')['tsc']
        total = self.ask(f'/seqstat/total,l2fwd,0,{tsc}')['rows']
        lcores = [self.ask(f'/seqstat/lcore,l2fwd,{lcore},0,{tsc}')['rows']
                  for lcore in (1, 2, 'any')]
        for row in '0', '1':
            self.assertEqual(total[row].pop('labels'), {'port': f'net_null{row}'})
            self.assertEqual(self.ask(f'/seqstat/values,l2fwd,{row}').keys(), total[row].keys())
            for counter, value in total[row].items():
                self.assertEqual(value, sum(lcore[row][counter] for lcore in lcores))
                self.assertEqual(lcores[2][row][counter], 0)

    def test_writers(self):
        writers = self.ask('/seqstat/writers,l2fwd')['writers'].values()
        self.assertEqual(sorted(writer['lcore'] for writer in writers), ['1', '2', 'any'])
        for writer in writers:
            self.assertEqual(writer['pid'], self.forwarder.process.pid)
            self.assertFalse(any(writer[flag] for flag in ('torn', 'crowded')))

    def test_lcore(self):
        for lcore in (1, 2):
            self.forwarder.wait_for_answer(f'/seqstat/lcore,l2fwd,{lcore}', lambda answer: sum(
                row['rx_packets'] for row in answer['rows'].values()))
            for _ in range(1000):
                rows = self.ask(f'/seqstat/lcore,l2fwd,{lcore}')['rows']
                self.assertEqual(unaccounted(*rows.values()), [0, 0])
                # Lcore 1 receives from the first port, lcore 2 from the second.
                self.assertEqual(rows[str(2 - lcore)]['rx_packets'], 0)

    def test_malformed(self):
        for request in MALFORMED:
            with self.subTest(request):
                self.assertIsNone(self.ask(request))
        self.assertEqual(len(self.ask('/seqstat/list')), 3)

    def test_many_clients(self):
        def client(number):
            request = MALFORMED[number] if number % 2 else PORTS
            with self.forwarder.connect() as connection:
                for _ in range(200):
                    answer = connection.ask(request)
                    if answer and unaccounted(*answer['rows'].values()) != [0, 0]:
                        return answer
            return None

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            self.assertEqual(list(pool.map(client, range(6))), 6 * [None])


class End(unittest.TestCase):
    def test_end_while_asked(self):
        """The program frees its sets while clients send requests."""
        def client():
            with forwarder.connect() as connection, contextlib.suppress(OSError):
                while True:
                    connection.ask(PORTS)

        with Forwarder('-p', '3', '-T', '0') as forwarder, \
                concurrent.futures.ThreadPoolExecutor(3) as pool:
            clients = [pool.submit(client) for _ in range(3)]
            forwarder.wait_for_answer('/seqstat/info,l2fwd',
                                      lambda answer: answer['snapshots'] > 100)
            self.assertEqual(forwarder.stop(), 0)
            for each in clients:
                each.result()
            self.assertNotIn('Cannot free set', forwarder.text)


if __name__ == '__main__':
    l2fwd_stats.main()
