#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats reports what is wrong with its command line, and fails."""

import re
import unittest

import l2fwd_stats

FOUR_PORTS = [f'net_null{i}' for i in range(4)]

ERROR_LINE = re.compile(r'^(?:L2FWD: |.*dpdk-l2fwd-stats: ).*', re.MULTILINE)

INVALID = [
    # Arguments, error message.
    ('', 'Invalid portmask 0x0; possible (0xf)'),
    ('-p', "option requires an argument -- 'p'"),
    ('-p 0', "invalid portmask '0'"),
    ('-p fg', "invalid portmask 'fg'"),
    ('-p 0x', "invalid portmask '0x'"),
    ('-p -1', "invalid portmask '-1'"),
    ('-p 10000000000000000', "invalid portmask '10000000000000000'"),
    ('-p 10', 'Invalid portmask 0x10; possible (0xf)'),
    ('-p 3 -q 0', "invalid queue number '0': not 1 to 64"),
    ('-p 3 -q 65', "invalid queue number '65': not 1 to 64"),
    ('-p 3 -q 1x', "invalid queue number '1x'"),
    ('-p 3 -T -1', "invalid timer period '-1': not 0 to 86400"),
    ('-p 3 -T 86401', "invalid timer period '86401': not 0 to 86400"),
    ('-p 3 -T 1.5', "invalid timer period '1.5'"),
    ('-p 3 --portmap', "option '--portmap' requires an argument"),
    ('-p 3 --portmap 0,1', "invalid portmap '0,1'"),
    ('-p 3 --portmap (0)', "invalid portmap '(0)'"),
    ('-p 3 --portmap (0,1', "invalid portmap '(0,1'"),
    ('-p 3 --portmap (0,1,2)', "invalid portmap '(0,1,2)'"),
    ('-p 3 --portmap (0,1),', "invalid portmap '(0,1),'"),
    ('-p 3 --portmap (0,1)x', "invalid portmap '(0,1)x'"),
    ('-p 3 --portmap (0,64)', "invalid portmap '(0,64)'"),
    ('-p 3 --portmap (-1,0)', "invalid portmap '(-1,0)'"),
    ('-p f --portmap (0,1)(1,2)', "invalid portmap '(0,1)(1,2)'"),
    ('-p f --portmap (0,1)(2,1)', "invalid portmap '(0,1)(2,1)'"),
    ('-p 3 --portmap (0,2)', 'portmap of ports 0x5, but portmask 0x3'),
    ('-p 3 --portmap (9,0)', 'portmap of ports 0x201, but portmask 0x3'),
    ('-p 7 --portmap (0,1)', 'portmap of ports 0x3, but portmask 0x7'),
    ('-p f -q 3', 'Not enough cores: 4 ports, 1 lcores, 3 ports per lcore'),
    ('-p 3 --speed 9', "unrecognized option '--speed'"),
    ('-p 3 --no-latency=1', "option '--no-latency' doesn't allow an argument"),
    ('-p 3 --no-poll-stats=1', "option '--no-poll-stats' doesn't allow an argument"),
    ('-p 3 -x', "invalid option -- 'x'"),
    ('-p 3 --publish', "option '--publish' requires an argument"),
    ('-p 3 --publish x,perio=1', "Cannot publish 'x,perio=1': Invalid argument"),
    ('-p 3 --publish /nowhere/x', "Cannot publish '/nowhere/x': No such file or directory"),
    ('-p 3 fast', "unexpected argument 'fast'"),
]


class Options(unittest.TestCase):
    def test_invalid(self):
        for arguments, message in INVALID:
            with self.subTest(arguments):
                status, output = l2fwd_stats.run(arguments.split(), FOUR_PORTS)
                self.assertEqual(status, 1)
                self.assertIn(message, output)
                self.assertNotIn('Ready', output)
                self.assertEqual(len(ERROR_LINE.findall(output)), 1, output)

    def test_optional_sets(self):
        for option, names in (('--no-latency', ['l2fwd', 'l2fwd_poll']),
                              ('--no-poll-stats', ['l2fwd', 'l2fwd_latency'])):
            with l2fwd_stats.Forwarder('-p', '3', '-T', '0', option) as forwarder:
                forwarder.wait_for_answer('/seqstat/total,l2fwd', lambda answer: (
                    answer['rows']['0']['tx_packets']))
                self.assertEqual(sorted(forwarder.ask('/seqstat/list')), names)
                self.assertEqual(forwarder.stop(), 0)

    def test_no_ports(self):
        status, output = l2fwd_stats.run(['-p', '1'], [])
        self.assertEqual(status, 1)
        self.assertIn('Invalid portmask 0x1; possible (0x0)', output)

    def test_label_is_refused(self):
        status, output = l2fwd_stats.run(['-p', '1'], ['net_null"'])
        self.assertEqual(status, 1)
        self.assertIn('Cannot label the row of net_null": Invalid argument', output)

    def test_help(self):
        status, output = l2fwd_stats.run(['--help'], [])
        self.assertEqual(status, 0)
        for option in ('-p', '-P', '-q', '-T', '--portmap', '--[no-]mac-updating', '--per-lcore',
                       '--no-latency', '--no-poll-stats', '--publish', '--help'):
            self.assertRegex(output, rf'(?m)^  {re.escape(option)}[ :]')

    def test_eal_help_has_the_options_too(self):
        status, output = l2fwd_stats.run([], [], '--help')
        self.assertEqual(status, 0)
        self.assertIn('-- -p PORTMASK', output)


if __name__ == '__main__':
    l2fwd_stats.main()
