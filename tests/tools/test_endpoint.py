#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The endpoint for DPDK's own exporter: the same metrics as those of ours."""

import importlib.util
import shutil
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

from harness import USERTOOLS, Connection, Samples, ToolsTest, main, telemetry_socket, wait_until

ENDPOINTS = USERTOOLS / 'telemetry-endpoints'
DPDK_EXPORTER = 'dpdk-telemetry-exporter.py'


class Socket:
    """What DPDK's exporter gives to its endpoints."""

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
    def setUp(self):
        super().setUp()
        self.application('a').tell(
            'create set port 2', 'name set 0 eth0', 'add set 1 0 10 640 3 700 300',
            'add set 2 1 5 320 1 0 0', 'observe set 1 0 2', 'observe set any 0 50')

    def check(self, samples):
        """Compare what there is of sets with what our exporter says."""
        ours = self.exporter('-f', 'a').scrape()
        expected = {(name, labels - {('file_prefix', 'a')}): value
                    for (name, labels), value in ours.values.items()
                    if name.startswith('dpdk_seqstat_set_')}
        self.assertEqual({key: value for key, value in samples.items()
                          if key[0].startswith('dpdk_seqstat_set_')}, expected)
        self.assertEqual(len(expected), 3 * 2 * (5 + 6))

    def test_interface(self):
        endpoint = load_endpoint()
        info = endpoint.info()
        with Connection('a', 60) as connection:
            metrics = endpoint.metrics(Socket(connection))
        samples = {(f'dpdk_{endpoint.__name__}_{name}', frozenset(labels.items())): value
                   for name, value, labels in metrics}
        self.assertEqual(len(samples), len(metrics))
        self.check(samples)
        self.assertLessEqual({name for name, _, _ in metrics}, set(info))
        self.assertEqual(info['set_packets_total'], ('Packets of the test.', 'counter'))
        self.assertEqual(info['set_depth'][1], 'gauge')
        self.assertEqual(info['set_burst_packets_bucket'], ('Packets of a burst.', 'counter'))

    @unittest.skipUnless(shutil.which(DPDK_EXPORTER), 'this DPDK has no telemetry exporter')
    def test_exporter_of_dpdk(self):
        with socket.create_server(('127.0.0.1', 0)) as free:
            port = free.getsockname()[1]
        with subprocess.Popen(
                [DPDK_EXPORTER, '-p', ENDPOINTS, '-e', 'seqstat', '-s', telemetry_socket('a'),
                 '-o', f'openmetrics://127.0.0.1:{port}'], stdout=subprocess.DEVNULL) as process:
            self.addCleanup(process.kill)

            def get():
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                try:
                    return opener.open(f'http://127.0.0.1:{port}').read().decode()
                except urllib.error.URLError:
                    self.assertIsNone(process.poll(), 'the exporter ended')
                    return None
            text = wait_until(get, 'the exporter')
            process.kill()
        self.check(Samples(text).values)


if __name__ == '__main__':
    main()
