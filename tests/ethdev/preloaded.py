# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Programs under the preload, their statistics, and a network for them.

Port n of a program uses interface p<n>; the test sends and receives at the other end, h<n>.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / folder) for folder in ('tests', 'usertools', 'devtools')]

# pylint: disable=wrong-import-position
from demo_network import disable_ipv6, disable_offloads  # noqa: E402
from dpdk_seqstat.statfile import StatFile, StatFileError  # noqa: E402
from supervised import run, supervise, wait_until  # noqa: E402

PRELOAD = os.environ['PRELOAD']
SKIPPED = 77
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
FREE_HUGEPAGES = pathlib.Path('/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages')
NO_HUGE = ['--no-huge', '-m', '512']
# A message of the preload or of the library.
SAID = r'(?mi)^seqstat'
COUNTERS = ('rx_packets', 'rx_bytes', 'tx_offered_packets', 'tx_offered_bytes')


def cpus(n):
    """Return EAL's option for n lcores on all CPUs, which may be fewer."""
    everywhere = ','.join(map(str, os.sched_getaffinity(0)))
    return '--lcores=' + ','.join(f'{lcore}@({everywhere})' for lcore in range(n))


def skip_without_hugepages(n):
    if int(FREE_HUGEPAGES.read_text() if FREE_HUGEPAGES.exists() else 0) < n:
        raise unittest.SkipTest(f'{n} free hugepages of 2 MiB are needed')


def mount_hugepages(folder):
    """Mount hugepages in the test's namespace; return EAL's option for them."""
    os.mkdir(folder)
    run('mount', '-t', 'hugetlbfs', '-o', 'pagesize=2M', 'seqstat', folder)
    return f'--huge-dir={folder}'


def add_wire(n):
    """Create the interfaces of port n; return EAL's device for it."""
    run('ip', 'link', 'add', f'p{n}', 'type', 'veth', 'peer', 'name', f'h{n}')
    for name in f'p{n}', f'h{n}':
        disable_offloads(name)
        run('ip', 'link', 'set', name, 'up', 'promisc', 'on')
    return f'net_af_packet{n},iface=p{n},framecnt=2048,blocksz=65536'


def kernel(n, interface=None):
    """Return the kernel's counters of port n, under the names of the set's counters.

    With a TAP device, named by its interface, the kernel sends what the port receives.
    """
    shown = json.loads(run('ip', '-s', '-j', 'link', 'show', interface or f'p{n}'))
    directions = ('tx', 'rx') if interface else ('rx', 'tx')
    return {f'{prefix}_{unit}': shown[0]['stats64'][direction][unit]
            for unit in ('packets', 'bytes')
            for direction, prefix in zip(directions, ('rx', 'tx_offered'))}


def frame(size, flow, to):
    """Return a UDP packet; the queue that receives it may depend on the flow."""
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, size - 14, 0, 0, 64, 17, 0,
                     socket.inet_aton('192.0.2.1'), socket.inet_aton(to))
    udp = struct.pack('!HHHH', 1024 + flow, 9, size - 34, 0)
    head = bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]) + ip + udp
    return head.ljust(size, b'\0')


def send(n, count, size=60, flows=1, to='192.0.2.2'):
    """Send packets to port n."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((f'h{n}', 0))
        for i in range(count):
            sock.send(frame(size, i % flows, to))


class Program:
    """A program under the preload, with its output in a file."""

    def __init__(self, test, *command, publish='per-lcore,period=10,any-fs', **env):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.log = self.folder / 'log'
        self.env = {'LD_LIBRARY_PATH': '', 'LD_PRELOAD': PRELOAD,
                    'RUNTIME_DIRECTORY': str(self.folder),
                    'SEQSTAT_PUBLISH': f'{self.folder},{publish}'} | env
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(command, env=dict(os.environ, **self.env), stdout=log,
                                            stderr=log, stdin=subprocess.PIPE, text=True)
        test.addCleanup(self.kill)

    def kill(self):
        self.process.kill()
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate()

    def output(self):
        return self.log.read_text(errors='replace')

    def wait_for(self, pattern, start=0):
        """Wait until the output matches, from an offset on."""
        def search():
            found = re.search(pattern, self.output()[start:], re.DOTALL)
            if not found and self.process.poll() is not None:
                raise AssertionError(f'no {pattern}, ended: {self.output()}')
            return found
        try:
            return wait_until(search, pattern, 60)
        except AssertionError as error:
            raise AssertionError(f'{error}: {self.output()}') from error

    def command(self, text, pattern=''):
        """Send a command, and wait for its output."""
        start = len(self.output())
        print(text, file=self.process.stdin, flush=True)
        return self.wait_for(pattern + '.*testpmd> ', start)

    def end(self, status=0, command=''):
        """Send a last command, wait for the end, and return all output."""
        self.process.communicate(f'{command}\n', timeout=60)
        if self.process.returncode != status:
            raise AssertionError(f'ended with {self.process.returncode}: {self.output()}')
        return self.output()

    def read(self):
        """Return the newest cut."""
        path, = self.folder.glob('*.seqstat')
        with StatFile(path) as file:
            return next((reading for reading in file.readings(file.newest())
                         if reading.name == 'ethdev'), None)

    def by_lcore(self):
        """Return the newest values[lcore][port, queue][counter]."""
        reading = self.read()
        return {lcore: {(reading.rows[row]['port'], reading.rows[row]['queue']): values
                        for row, values in rows.items() if reading.rows[row]}
                for lcore, rows in (reading.values if reading else {}).items()}

    def await_cut(self):
        """Wait for a cut that begins after this call."""
        path, = self.folder.glob('*.seqstat')
        with StatFile(path) as file:
            number = file.newest().number
            wait_until(lambda: file.gone() or file.newest().number > number + 1, 'records')

    def queues(self):
        """Return the sums over all lcores: values[port, queue][counter]."""
        sums = {}
        for rows in self.by_lcore().values():
            for queue, values in rows.items():
                into = sums.setdefault(queue, dict.fromkeys((*COUNTERS, 'polls'), 0))
                for counter in into:
                    into[counter] += values[counter]
        return sums

    def port(self, name):
        """Return the sums over all queues of a port."""
        rows = [values for (port, _), values in self.queues().items() if port == name]
        return {counter: sum(row[counter] for row in rows) for counter in COUNTERS}

    def await_kernel(self, n, name=None, interface=None):
        """Wait until port n has exactly the kernel's counters."""
        seen = []

        def equal():
            with contextlib.suppress(StatFileError, ValueError):
                seen[:] = self.port(name or f'net_af_packet{n}'), kernel(n, interface)
            return seen and seen[0] == seen[1]
        try:
            wait_until(equal, f'port {n}', 60)
        except AssertionError as error:
            raise AssertionError(f'{error}, kernel: {seen}: {self.output()[-3000:]}') from error


class PreloadTest(unittest.TestCase):
    """A test of a program under the preload."""

    def wires(self, *numbers):
        """Create ports for the duration of the test; return EAL's options for them."""
        devices = []
        for n in numbers:
            devices.append(add_wire(n))
            self.addCleanup(run, 'ip', 'link', 'del', f'p{n}')
        return [f'--vdev={device}' for device in devices]


def main():
    """Run the tests of the calling module in their own mount and network namespaces."""
    supervise()
    if ctypes.CDLL(None).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        print('only root can create namespaces')
        sys.exit(SKIPPED)
    run('mount', '--make-rprivate', '/')
    run('ip', 'link', 'set', 'lo', 'up')
    disable_ipv6()
    result = unittest.main(exit=False).result
    if result.wasSuccessful() and len(result.skipped) == result.testsRun:
        print(result.skipped[0][1])
        sys.exit(SKIPPED)
    sys.exit(not result.wasSuccessful())
