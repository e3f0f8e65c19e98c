#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The endpoint for DPDK's own exporter: the same metrics as those of ours."""

import importlib.util

from harness import USERTOOLS, Connection, ToolsTest, main

ENDPOINTS = USERTOOLS / 'telemetry-endpoints'


class Socket:
    """The socket that DPDK's exporter passes to its endpoints."""

    def __init__(self, connection):
        self.connection = connection

    def cmd(self, uri, arg=None):
        return self.connection.ask(*([uri] if arg is None else [uri, arg]))


def load_endpoint():
    """Load it as DPDK's exporter does: by its path."""
    spec = importlib.util.spec_from_file_location('seqstat', ENDPOINTS / 'seqstat.py')
    endpoint = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(endpoint)
    return endpoint


class Endpoint(ToolsTest):
    def test_interface(self):
        """Its metrics of sets are those of our exporter."""
        self.application('a').tell(
            'balanced set port,queue 3', 'label set 0 eth0|7', 'add set 1 0 10 640 3 700 300',
            'add set 2 1 5 320 1 0 0', 'observe set 1 0 2', 'observe set any 0 50')
        endpoint = load_endpoint()
        info = endpoint.info()
        with Connection('a', 60) as connection:
            metrics = endpoint.metrics(Socket(connection))
        samples = {(f'dpdk_{endpoint.__name__}_{name}', frozenset(labels.items())): value
                   for name, value, labels in metrics}
        self.assertEqual(len(samples), len(metrics))
        compared = 'dpdk_seqstat_set_', 'dpdk_seqstat_unaccounted'
        samples = {key: value for key, value in samples.items() if key[0].startswith(compared)}
        ours = self.exporter('-f', 'a').scrape()
        self.assertEqual(samples, {
            (name, labels - {('file_prefix', 'a')}): value
            for (name, labels), value in ours.values.items() if name.startswith(compared)})
        self.assertEqual(len(samples), 3 * 2 * (5 + 6) + 2)
        self.assertLessEqual({name for name, _, _ in metrics}, set(info))
        self.assertEqual(info['set_packets_total'], ('Packets of the test.', 'counter'))
        self.assertEqual(info['set_depth'][1], 'gauge')
        self.assertEqual(info['unaccounted'][1], 'gauge')
        self.assertEqual(info['set_burst_packets_bucket'], ('Packets of a burst.', 'counter'))

    def test_log_linear(self):
        """Log-linear histograms are folded to powers of two; sums are exact."""
        self.application('a').tell(
            'delays set port 1', 'label set 0 eth0', 'delay set 1 0 65 3', 'delay set 1 0 97 1',
            'delay set 2 0 128 1', 'delay set 2 0 129 1', 'delay set 2 0 9876543210 1')
        sums = {'1': 3 * 65 + 97, '2': 128 + 129 + 9876543210}
        below = {'1': {64: 0, 128: 4, 256: 4, 2**20: 4}, '2': {64: 0, 128: 1, 256: 2, 2**20: 2}}
        ours = self.exporter('-f', 'a').scrape().values
        with Connection('a', 60) as connection:
            metrics = load_endpoint().metrics(Socket(connection))
        theirs = {(f'dpdk_seqstat_{name}', frozenset(labels.items())): value
                  for name, value, labels in metrics}
        for samples in ours, theirs:
            for lcore, total in sums.items():
                found = {name: value for (name, labels), value in samples.items()
                         if ('lcore', lcore) in labels and 'le' not in dict(labels)}
                buckets = {float(dict(labels)['le']): value for (name, labels), value
                           in samples.items() if name == 'dpdk_seqstat_set_delay_ns_bucket' and
                           ('lcore', lcore) in labels}
                self.assertEqual(found['dpdk_seqstat_set_delay_ns_sum'], total)
                self.assertEqual(found['dpdk_seqstat_set_delay_ns_count'],
                                 4 if lcore == '1' else 3)
                self.assertEqual(list(buckets), [*(2.0**n for n in range(21)), float('inf')])
                self.assertLessEqual(below[lcore].items(), buckets.items())


if __name__ == '__main__':
    main()
