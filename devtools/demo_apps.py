# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Unmodified forwarders, whose ports the preload counts."""

import os
import pathlib

from demo_forwarder import Forwarder, rows
from demo_util import run
from ovs import OpenVSwitch


class Preloaded(Forwarder):
    """A forwarder under the preload: args.program is the preloaded library."""

    counted = 'ethdev'

    def environment(self, args):
        return {'LD_PRELOAD': args.program, 'SEQSTAT_PUBLISH': self.publish}

    def ports(self):
        """Return the totals of each port; packets offered to the driver count as sent."""
        ports = {}
        for row in rows(*self.telemetry('/seqstat/total,ethdev')):
            port = ports.setdefault(row['labels']['port'], {'waiting_packets': 0})
            for counter in 'rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes':
                port[counter] = port.get(counter, 0) + row[counter.replace('tx', 'tx_offered')]
        return [ports[name] for name in sorted(ports)]


class Testpmd(Preloaded):
    def command(self, args, vdevs):
        return ['dpdk-testpmd', '--no-huge', '-m', '256', '--no-pci',
                *(f'--vdev={vdev}' for vdev in vdevs), '--', '--no-mlockall', '--auto-start',
                '--total-num-mbufs=32768']

    def end(self):
        self.process.stdin.close()


class Switch(Preloaded):
    """Open vSwitch, in the hugepages that demo.sh reserves."""

    def command(self, args, vdevs):
        folder = pathlib.Path(args.folder, 'ovs')
        os.makedirs(folder / 'huge')
        run('mount', '-t', 'hugetlbfs', '-o', 'pagesize=2M', 'seqstat', folder / 'huge')
        self.ovs = OpenVSwitch(folder)
        self.env |= self.ovs.env
        for n, vdev in enumerate(vdevs):
            self.ovs.add_port(f'port{n}', vdev)
        return self.ovs.command

    def is_forwarding(self):
        return super().is_forwarding() and len(self.ports()) == 2

    def end(self):
        self.ovs.ask('exit')
        self.ovs.server.kill()
        self.ovs.server.wait()


FORWARDERS = {'l2fwd': Forwarder, 'testpmd': Testpmd, 'ovs': Switch}
