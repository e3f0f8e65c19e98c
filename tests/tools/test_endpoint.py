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
            'balanced set port 2', 'name set 0 eth0', 'add set 1 0 10 640 3 700 300',
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


if __name__ == '__main__':
    main()
