# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Debian's Open vSwitch with DPDK, with all of its files in one folder."""

import os
import pathlib
import subprocess

from demo_util import run, wait_until

VSWITCHD = pathlib.Path('/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk')
SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'


class OpenVSwitch:
    """A database server, and the commands to start and control a switch."""

    def __init__(self, folder):
        """Start the server, and configure a bridge for a switch that polls on one CPU.

        The caller mounts hugepages at folder/huge, and ends the server.
        """
        self.folder = pathlib.Path(folder)
        self.database = f'unix:{folder}/db.sock'
        self.env = os.environ | dict.fromkeys(
            ('OVS_RUNDIR', 'OVS_LOGDIR', 'OVS_DBDIR', 'OVS_SYSCONFDIR'), str(folder))
        self.command = [VSWITCHD, self.database, f'--unixctl={folder}/ctl']
        self.cpu = max(os.sched_getaffinity(0))
        self.tool('ovsdb-tool', 'create', f'{folder}/conf.db', SCHEMA)
        with open(self.folder / 'ovsdb.log', 'wb') as log:
            self.server = subprocess.Popen(
                ['ovsdb-server', f'{folder}/conf.db', f'--remote=p{self.database}'],
                env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until((self.folder / 'db.sock').exists, 'ovsdb-server')
        self.configure('set', 'Open_vSwitch', '.', 'other_config:dpdk-init=true',
                       f'other_config:dpdk-extra="--no-pci --huge-dir={folder}/huge"',
                       'other_config:dpdk-socket-mem="384"',
                       f'other_config:pmd-cpu-mask={1 << self.cpu:x}')
        self.configure('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev')

    def tool(self, *command):
        return run(*command, env=self.env)

    def configure(self, *command):
        self.tool('ovs-vsctl', '--no-wait', f'--db={self.database}', *command)

    def add_port(self, name, device):
        self.configure('add-port', 'br0', name, '--', 'set', 'Interface', name, 'type=dpdk',
                       f'options:dpdk-devargs="{device}"')

    def ask(self, *command):
        """Return the answer of the switch to a command of ovs-appctl."""
        return self.tool('ovs-appctl', '-t', f'{self.folder}/ctl', *command)
