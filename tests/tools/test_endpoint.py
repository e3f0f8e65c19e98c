#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The endpoint for DPDK's exporter has the same metrics as this project's exporter."""

import importlib.util

from harness import USERTOOLS, Connection, ToolsTest, main

ENDPOINTS = USERTOOLS / 'telemetry-endpoints'


class Socket:
    """A socket as DPDK's exporter passes it to endpoints."""

    def __init__(self, connection):
        self.connection = connection

    def cmd(self, uri, arg=None):
        return self.connection.ask(*([uri] if arg is None else [uri, arg]))


def load_endpoint():
    """Load the endpoint by its path, as DPDK's exporter does."""
    spec = importlib.util.spec_from_file_location('seqstat', ENDPOINTS / 'seqstat.py')
    endpoint = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(endpoint)
    return endpoint


class Endpoint(ToolsTest):
    def test_same_metrics(self):
        self.published(
            'a', 'balanced set port,queue 3', 'label set 0 eth0|7', 'add set 1 0 10 640 3 700 300',
            f'add set 2 1 5 320 {2**64 - 2} 0 0', 'observe set 1 0 2', 'observe set any 0 50',
            'delays d port 1', 'label d 0 eth0', 'delay d 1 0 65 3', 'delay d 2 0 9876543210 1',
            'create unread file_prefix,job 2', 'label unread 1 a|b', 'stop unread 1')
        endpoint = load_endpoint()
        info = endpoint.info()
        with Connection('a', 60) as connection:
            metrics = endpoint.metrics(Socket(connection))
        theirs = {(f'dpdk_{endpoint.__name__}_{name}', frozenset(labels.items())): value
                  for name, value, labels in metrics}
        self.assertEqual(len(theirs), len(metrics))
        # Compare sets; only one of them has metrics of snapshots, or of files.
        page = self.exporter().scrape()
        known = 'set_', 'd_', 'unread_', 'unaccounted', 'writer_'
        theirs, ours = ({item for item in samples.items()
                         if item[0][0].startswith(tuple('dpdk_seqstat_' + name for name in known))}
                        for samples in (theirs, {(name, labels - {('file_prefix', 'a')}): value
                                                 for (name, labels), value in page.values.items()}))
        self.assertEqual(theirs ^ ours, set())
        self.assertEqual(sum(name.startswith('dpdk_seqstat_set_') for (name, _), _ in theirs),
                         3 * 2 * (5 + 6))
        self.assertLessEqual({name for name, _, _ in metrics}, set(info))
        for name, (text, kind) in info.items():
            family = page.families.get('dpdk_seqstat_' + name.removesuffix('_total'))
            if family is not None:
                self.assertEqual((family.documentation, family.type), (text, kind))
        self.assertEqual(info['set_packets_total'], ('Packets of the test.', 'counter'))
        self.assertEqual(info['set_burst_packets_bucket'], ('Packets of a burst.', 'counter'))


if __name__ == '__main__':
    main()
