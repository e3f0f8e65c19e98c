#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Debian's Open vSwitch with DPDK under the preload: its counters and the kernel's agree."""

import re
import tempfile

from preloaded import (SAID, PreloadTest, Program, add_wire, kernel, main, mount_hugepages, run,
                       send, skip_without_hugepages, wait_until)
from open_vswitch import VSWITCHD, OpenVSwitch

# Pages of 2 MiB.
N_HUGEPAGES = 200


class Switch(PreloadTest):
    def setUp(self):
        if not VSWITCHD.exists():
            self.skipTest('no Open vSwitch with DPDK')
        skip_without_hugepages(N_HUGEPAGES)
        folder = tempfile.mkdtemp()
        mount_hugepages(f'{folder}/huge')
        self.ovs = OpenVSwitch(folder)
        self.addCleanup(self.ovs.server.wait)
        self.addCleanup(self.ovs.server.kill)
        self.start()

    def start(self):
        self.switch = Program(self, *self.ovs.command, **self.ovs.env)
        self.switch.wait_for('DPDK Enabled - initialized')

    def add_port(self, n):
        self.addCleanup(run, 'ip', 'link', 'del', f'p{n}')
        self.ovs.add_port(f'port{n}', add_wire(n))
        self.await_port(n)

    def await_port(self, n):
        wait_until(lambda: (f'net_af_packet{n}', '0') in self.switch.queues(), f'port {n}', 30)

    def check(self, *ports):
        """Check that the preload, the kernel and the switch count the same."""
        for n in ports:
            self.switch.await_kernel(n)
            text = self.ovs.ask('dpctl/show', '-s', 'netdev@ovs-netdev')
            shown = re.search(rf'port{n} .*?RX packets:(\d+).*?TX packets:(\d+)'
                              r'.*?RX bytes:(\d+).*?TX bytes:(\d+)', text, re.DOTALL)
            self.assertEqual(dict(zip(('rx_packets', 'tx_offered_packets', 'rx_bytes',
                                       'tx_offered_bytes'), map(int, shown.groups()))),
                             self.switch.port(f'net_af_packet{n}'), text)
        received = sum(values['rx_packets']
                       for values in self.switch.by_lcore()[str(self.ovs.cpu)].values())
        shown = self.ovs.ask('dpif-netdev/pmd-stats-show')
        pmd = re.search(r'pmd thread.*?packets received: (\d+)', shown, re.DOTALL)
        self.assertEqual(int(pmd[1]), received, shown)

    def send(self, *ports):
        for _ in range(5):
            for n in ports:
                send(n, 200)
            for n in ports:
                self.switch.await_kernel(n)

    def test_switch(self):
        """The switch gets two ports, then a third one, and restarts."""
        for n in 0, 1:
            self.add_port(n)
        self.send(0, 1)
        self.check(0, 1)
        self.add_port(2)
        self.send(2, 0)
        self.check(0, 1, 2)
        self.assertGreaterEqual(self.switch.port('net_af_packet0')['rx_packets'], 2000)

        self.ovs.ask('exit')
        self.assertNotRegex(self.switch.end(), SAID)
        before = kernel(1)['rx_packets']
        self.start()
        for n in range(3):
            self.await_port(n)
        send(1, 200)
        wait_until(lambda: self.switch.port('net_af_packet1')['rx_packets'] ==
                   kernel(1)['rx_packets'] - before == 200, 'packets after the start', 30)
        self.ovs.ask('exit')
        self.switch.end()


if __name__ == '__main__':
    main()
