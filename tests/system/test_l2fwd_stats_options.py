#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats says clearly what is wrong with its command line, and ends with a failure."""

import re
import unittest

import l2fwd_stats

FOUR_PORTS = [f'net_null{i}' for i in range(4)]

ERROR_LINE = re.compile(r'^(?:L2FWD: |.*dpdk-l2fwd-stats: ).*', re.MULTILINE)

INVALID = [
    # Arguments, and what it says.
    ('', 'port mask (-p) 0x0: available ports are 0xf'),
    ('-p', "option requires an argument -- 'p'"),
    ('-p 0', "invalid port mask '0'"),
    ('-p fg', "invalid port mask 'fg'"),
    ('-p 0x', "invalid port mask '0x'"),
    ('-p -1', "invalid port mask '-1'"),
    ('-p 10000000000000000', "invalid port mask '10000000000000000'"),
    ('-p 10', 'port mask (-p) 0x10: available ports are 0xf'),
    ('-p 3 -q 0', "invalid number of ports per lcore '0': not 1 to 16"),
    ('-p 3 -q 17', "invalid number of ports per lcore '17': not 1 to 16"),
    ('-p 3 -q 1x', "invalid number of ports per lcore '1x'"),
    ('-p 3 -T -1', "invalid number of seconds '-1': not 0 to 86400"),
    ('-p 3 -T 86401', "invalid number of seconds '86401': not 0 to 86400"),
    ('-p 3 -T 1.5', "invalid number of seconds '1.5'"),
    ('-p 3 --portmap', "option '--portmap' requires an argument"),
    ('-p 3 --portmap 0,1', "invalid port map '0,1'"),
    ('-p 3 --portmap (0)', "invalid port map '(0)'"),
    ('-p 3 --portmap (0,1', "invalid port map '(0,1'"),
    ('-p 3 --portmap (0,1,2)', "invalid port map '(0,1,2)'"),
    ('-p 3 --portmap (0,1),', "invalid port map '(0,1),'"),
    ('-p 3 --portmap (0,1)x', "invalid port map '(0,1)x'"),
    ('-p 3 --portmap (0,99999)', "invalid port map '(0,99999)'"),
    ('-p 3 --portmap ' + 100 * '(0,1)', 'invalid port map'),
    ('-p 3 --portmap (0,2)', 'pair (0,2) of the port map is not enabled (-p)'),
    ('-p 3 --portmap (9,0)', 'pair (9,0) of the port map is not enabled (-p)'),
    ('-p f --portmap (0,1)(1,2)', 'pair (1,2) has a port of another pair'),
    ('-p 7 --portmap (0,1)', 'port 2 is enabled, but in no pair of the port map'),
    ('-p f -q 3', '4 ports do not fit on 1 forwarding lcores with 3 on each'),
    ('-p 3 --speed 9', "unrecognized option '--speed'"),
    ('-p 3 --no-latency=1', "option '--no-latency' doesn't allow an argument"),
    ('-p 3 --no-poll-stats=1', "option '--no-poll-stats' doesn't allow an argument"),
    ('-p 3 -x', "invalid option -- 'x'"),
    ('-p 3 --publish', "option '--publish' requires an argument"),
    ('-p 3 --publish x,perio=1', "cannot publish 'x,perio=1': Invalid argument"),
    ('-p 3 --publish /nowhere/x', "cannot publish '/nowhere/x': No such file or directory"),
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
                # One line says what is wrong.
                self.assertEqual(len(ERROR_LINE.findall(output)), 1, output)

    def test_no_ports(self):
        status, output = l2fwd_stats.run(['-p', '1'], [])
        self.assertEqual(status, 1)
        self.assertIn('no Ethernet ports', output)

    def test_too_many_ports_for_one_lcore(self):
        status, output = l2fwd_stats.run(['-p', '1ffff'], [f'net_null{i}' for i in range(17)])
        self.assertEqual(status, 1)
        self.assertIn('17 ports do not fit on 1 forwarding lcores with 16 on each', output)

    def test_label_is_refused(self):
        status, output = l2fwd_stats.run(['-p', '1'], ['net_null"'])
        self.assertEqual(status, 1)
        self.assertIn('cannot label the row of net_null": Invalid argument', output)

    def test_help(self):
        status, output = l2fwd_stats.run(['--help'], [])
        self.assertEqual(status, 0)
        for option in ('-p ', '-P ', '-q ', '-T ', '--portmap ', '--[no-]mac-updating ',
                       '--per-lcore ', '--no-latency ', '--no-poll-stats ', '--publish ',
                       '--help '):
            self.assertIn('  ' + option, output)

    def test_eal_help_has_the_options_too(self):
        status, output = l2fwd_stats.run([], [], '--help')
        self.assertEqual(status, 0)
        self.assertIn('-- -p PORTMASK', output)


if __name__ == '__main__':
    l2fwd_stats.main()
