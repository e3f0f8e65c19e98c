# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The forwarders of the demonstration, and their telemetry."""

import json
import os
import pathlib
import signal
import subprocess

from demo_util import DemoError, run, wait_until
from open_vswitch import OpenVSwitch

TOTAL = '/seqstat/total,l2fwd'


class Forwarder:
    """A running dpdk-l2fwd-stats with two ports."""

    counted = 'l2fwd'  # the set of its ports

    def __init__(self, args, vdevs, publish='period=10,history=64'):
        """Start it, with its log, stat file and runtime folder in args.folder.

        It prints a table every second or, if args.quiet, at the end.
        """
        self.log = pathlib.Path(args.folder, 'log')
        self.env = dict(os.environ, RUNTIME_DIRECTORY=args.folder)
        self.publish = f'{args.folder}/run,mode=0644,keep,{publish}'
        command = self.command(args, vdevs)
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                command, env=self.env | self.environment(args), stdin=subprocess.PIPE,
                stdout=None if self.counted == 'l2fwd' else log, stderr=log)

    def command(self, args, vdevs):
        return [args.program, '--no-huge', '-m', '256', '--no-pci',
                *(f'--vdev={vdev}' for vdev in vdevs),
                '--', '-p', '3', '-T', '0' if args.quiet else '1', '--no-mac-updating',
                f'--publish={self.publish}']

    def environment(self, args):
        return {}

    def end(self):
        self.process.send_signal(signal.SIGINT)

    def __enter__(self):
        try:
            wait_until(self.is_forwarding, 'the forwarder')
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, kind, error, trace):
        self.end()
        if self.process.wait() != 0 and kind is None:
            raise DemoError(f'the forwarder failed:\n{self.log.read_text()}')

    def is_forwarding(self):
        if self.process.poll() is not None:
            raise DemoError(f'the forwarder ended:\n{self.log.read_text()}')
        info = self.telemetry(f'/seqstat/info,{self.counted}')
        return info and info[0] and info[0]['lcores']

    def telemetry(self, *commands):
        """Return the answers to commands; none before the socket exists."""
        output = run('dpdk-telemetry.py', env=self.env, input='\n'.join(commands))
        if output.startswith('Error connecting'):
            return []
        return [answer for line in output.splitlines() for answer in json.loads(line).values()]

    def ports(self):
        """Return the totals of each port."""
        return rows(*self.telemetry(TOTAL))


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


def rows(total):
    """Return the rows of an answer to /seqstat/total, in order."""
    return [row for _, row in sorted(total['rows'].items(), key=lambda item: int(item[0]))]


FORWARDERS = {'l2fwd': Forwarder, 'testpmd': Testpmd, 'ovs': Switch}
