#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The mapping from telemetry to metrics."""

import unittest

from prometheus_client.utils import floatToGoString

import harness  # noqa: F401 # makes the package be found
from dpdk_seqstat.metrics import Names, bound_text, metric_name, set_families
from dpdk_seqstat.reading import Counter, Reading


def reading(counters, values, rows=None):
    return Reading('set', ['port'], counters, {}, 1, 0, 1, 0, [], rows or {0: {'port': 'eth0'}},
                   values, {}, {})


class Metrics(unittest.TestCase):
    def test_bounds(self):
        """Bounds are written as everybody else writes them."""
        for bound in [0, 3, 12, 999_999, 1_000_001, 123_456_700] + [
                2**n for n in range(33)] + [10**n for n in range(10)]:
            self.assertEqual(bound_text(str(bound)), floatToGoString(bound))
        for bound, text in ((10**10, '1e+10'), (2**34, '1.7179869184e+10'),
                            (2**63, '9.223372036854776e+18'), ('inf', '+Inf')):
            self.assertEqual(bound_text(str(bound)), text)

    def test_names(self):
        for kind, name, unit, expected in (
                ('counter', 'rx_packets', 'packets', 'set_rx_packets'),
                ('counter', 'rx', 'packets', 'set_rx_packets'),
                ('counter', 'polls', 'polls', 'set_polls'),
                ('counter', 'polls_total', '', 'set_polls'),
                ('gauge', 'polls_total', '', 'set_polls_total'),
                ('histogram', 'packets_per_poll', 'packets', 'set_packets_per_poll'),
                ('counter', 'megabytes', 'bytes', 'set_megabytes_bytes')):
            self.assertEqual(metric_name('set', Counter(name, kind, unit, '')), expected)

    def test_exact(self):
        """No number is rounded on the way."""
        highest = 2**64 - 1
        family, = set_families(reading([Counter('c', 'counter', '', '')],
                                       {'1': {0: {'c': highest}}}))
        self.assertEqual([sample.value for sample in family.samples], [highest])

    def test_labels(self):
        """Rows have their labels, or their number; labels that are others' get an underscore."""
        rows = {0: {'port': 'a', 'queue': '1'}, 5: {}, 7: {'row': 'b', 'job': 'c'}}
        for lcore, own in ('total', {}), ('1', {'lcore': '1'}):
            family, = set_families(reading([Counter('c', 'counter', '', '')],
                                           {lcore: dict.fromkeys(rows, {'c': 1})}, rows))
            self.assertEqual([sample.labels for sample in family.samples], [
                {'port': 'a', 'queue': '1', **own}, {'row': '5', **own},
                {'_row': 'b', '_job': 'c', **own}])

    def test_claims(self):
        """No two metrics share a name of a sample."""
        def family(name, kind):
            return set_families(reading([Counter(name, kind, '', '')], {}))[0]
        for first, second in ((('x', 'counter'), ('x', 'gauge')),
                              (('x', 'counter'), ('x_total', 'gauge')),
                              (('x', 'histogram'), ('x_count', 'gauge')),
                              (('x_sum', 'gauge'), ('x', 'histogram'))):
            names = Names()
            self.assertTrue(names.claim(family(*first)))
            self.assertFalse(names.claim(family(*second)))
            # Another application has the same set.
            self.assertTrue(names.claim(family(*first)))


if __name__ == '__main__':
    unittest.main()
