#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A forwarder that loses packets reports exactly how many, and fails."""

import re
import unittest

import l2fwd_stats
from l2fwd_stats import PORTS, Forwarder

SIZE = 64


class Leak(unittest.TestCase):
    def test_leak(self):
        with Forwarder('-p', '3', '-T', '0',
                       vdevs=[f'net_null{i},size={SIZE}' for i in range(2)]) as forwarder:
            answer = forwarder.wait_for_answer(
                PORTS, lambda answer: answer['unaccounted']['packets'] >= 3)
            self.assertEqual(answer['unaccounted']['bytes'],
                             SIZE * answer['unaccounted']['packets'])
            self.assertEqual(forwarder.stop(), 1)
            lost = {unit: int(number) for number, unit in re.findall(
                r'INCONSISTENT SNAPSHOT: (\d+) (\w+) are unaccounted for', forwarder.text)}
            self.assertIn('FAILED: 2 times INCONSISTENT', forwarder.text)
            (table,) = l2fwd_stats.tables(forwarder.text)
            for unit in 'packets', 'bytes':
                part = table.parts['all ports'][unit]
                self.assertEqual(lost[unit], part['rx'] - part['tx'] - part['dropped']
                                 - part['waiting'])
            self.assertEqual(lost['bytes'], SIZE * lost['packets'])
            self.assertGreaterEqual(lost['packets'], answer['unaccounted']['packets'])


if __name__ == '__main__':
    l2fwd_stats.main()
