#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Hostile telemetry clients do not disturb forwarding, or other clients after they disconnect."""

import contextlib
import socket
import unittest

from l2fwd_stats import DEADLINE_S, Client, Forwarder, tables

# The limit of librte_telemetry.
MAX_CLIENTS = 10
TOTAL = '/seqstat/total,l2fwd'
REQUESTS = ['/seqstat/list', '/seqstat/info,l2fwd', '/seqstat/writers,l2fwd', TOTAL,
            '/seqstat/lcore,l2fwd,1', '/seqstat/values,l2fwd,0']


class Hostile(unittest.TestCase):
    def setUp(self):
        self.forwarder = self.enterContext(Forwarder('-p', '3', '-T', '1'))
        self.path = self.forwarder.folder.name + '/dpdk/rte/dpdk_telemetry.v2'
        # Runs after all connections are closed.
        self.addCleanup(self.check_end)

    def check_end(self):
        self.assert_forwarding()
        with self.client() as client:
            self.assertIn('l2fwd', client.ask('/seqstat/list'))
        self.assertEqual(self.forwarder.stop(), 0)

    def client(self):
        """Return a client as soon as telemetry accepts one."""
        while True:
            client = Client(self.path)
            client.socket.settimeout(DEADLINE_S)
            try:
                client.ask('/seqstat/list')
                return client
            except ConnectionError:
                client.close()

    def connection(self):
        """Return a connection that has read nothing, not even the greeting."""
        connection = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        connection.connect(self.path)
        return connection

    def assert_forwarding(self):
        """Check that the forwarder prints another table, with more packets."""
        before = tables(self.forwarder.text)
        received = before[-1].parts['net_null0']['packets']['rx'] if before else 0
        self.forwarder.wait_for_table(
            lambda table: table.parts['net_null0']['packets']['rx'] > received)

    def assert_answers(self, client):
        """Check that telemetry replies, with ever more packets."""
        before = client.ask(TOTAL)['rows']['0']['rx_packets']
        while client.ask(TOTAL)['rows']['0']['rx_packets'] <= before:
            pass

    def clog(self, connection, request):
        """Send requests until the socket is full and its thread waits for a reader of replies."""
        connection.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                connection.send(request.encode())
                sent += 1
        return sent

    def test_nine_clients_never_read(self):
        patient = self.enterContext(self.client())
        clogged = [self.connection() for _ in range(MAX_CLIENTS - 1)]
        for number, connection in enumerate(clogged):
            self.assertGreater(self.clog(connection, REQUESTS[number % len(REQUESTS)]), 0)
            self.assert_answers(patient)
        self.assert_forwarding()
        self.assert_answers(patient)

    def test_clients_disconnect_in_mid_reply(self):
        for number in range(12):
            with contextlib.ExitStack() as stack:
                connections = [stack.enter_context(self.client()) for _ in range(4)]
                for client in connections:
                    self.clog(client.socket, REQUESTS[number % len(REQUESTS)])


if __name__ == '__main__':
    unittest.main()
