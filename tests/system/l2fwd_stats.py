# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Start dpdk-l2fwd-stats, wait for its output, and send it telemetry requests."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from supervised import supervise  # noqa: E402

PROGRAM = os.environ['L2FWD_STATS']

# Requests for the sums over all lcores.
PORTS = '/seqstat/total,l2fwd'
POLLS = '/seqstat/total,l2fwd_poll'

# A test that waits longer has failed.
DEADLINE_S = 180

COLUMNS = ('rx', 'tx', 'dropped', 'waiting')
HEADING = re.compile(r'^l2fwd: ([\d.]+) s since the (start|reset), rates over ([\d.]+) s$')
FIGURES = re.compile(r'^(.{16}) (packets|packets/s|bytes|bytes/s) +(\d+) +(\d+) +(\d+)'
                     r'(?: +(\d+))?$')


class Table:
    """A table that the program printed; parts['net_null0']['packets']['rx'] is a number."""

    def __init__(self, heading):
        self.seconds = float(heading[1])
        self.since = heading[2]
        self.parts = {}

    def add(self, line):
        """Parse a line; ignore it unless it is a row of the table."""
        figures = FIGURES.match(line)
        if not figures:
            return
        label = figures[1].strip()
        if label:
            self.part = self.parts.setdefault(label, {})
        self.part[figures[2]] = {name: int(number) for name, number
                                 in zip(COLUMNS, figures.groups()[2:]) if number is not None}


def tables(text):
    """Return the complete tables in the program's output, oldest first."""
    found = []
    for block in text.split('\n\n')[:-1]:
        for line in block.splitlines():
            heading = HEADING.match(line)
            if heading:
                found.append(Table(heading))
            elif found:
                found[-1].add(line)
    return found


def lcores_option(n):
    """Return EAL's option for n lcores, on CPUs that this process may use."""
    cpus = sorted(os.sched_getaffinity(0))
    return '--lcores=' + ','.join(f'{i}@{cpus[i % len(cpus)]}' for i in range(n))


def command(arguments, vdevs, lcores):
    return [PROGRAM, '--no-huge', '-m', '256', '--no-pci', lcores,
            *(f'--vdev={vdev}' for vdev in vdevs), '--', *arguments]


def run(arguments, vdevs=('net_null0', 'net_null1'), lcores=None):
    """Run the program until it ends; return its exit status and its output."""
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            command(arguments, vdevs, lcores or lcores_option(2)),
            env=dict(os.environ, RUNTIME_DIRECTORY=folder), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=DEADLINE_S)
    return ended.returncode, ended.stdout


class Client:
    """A connection to a telemetry socket; not thread-safe."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.socket.recv(1024)  # the greeting: version, pid, maximum size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def ask(self, request):
        self.socket.send(request.encode())
        reply = self.socket.recv(65536)
        if not reply:
            raise ConnectionResetError
        (answer,) = json.loads(reply).values()
        return answer


class Forwarder:
    """A running dpdk-l2fwd-stats; "text" has its log and its tables."""

    def __init__(self, *arguments, vdevs=('net_null0', 'net_null1'), lcores=None):
        self.text = ''
        self.ended = False
        self.client = None
        self.news = threading.Condition()
        self.folder = tempfile.TemporaryDirectory()
        self.output, theirs = os.pipe()
        self.process = subprocess.Popen(
            command(arguments, vdevs, lcores or lcores_option(2)),
            env=dict(os.environ, RUNTIME_DIRECTORY=self.folder.name), stdin=subprocess.DEVNULL,
            stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def __enter__(self):
        try:
            self.wait_for('Ready: forwarding')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        if self.client:
            self.client.close()
        self.reader.join()
        os.close(self.output)
        self.folder.cleanup()

    def read(self):
        while True:
            data = os.read(self.output, 65536)
            with self.news:
                self.text += data.decode()
                self.ended = not data
                self.news.notify_all()
            if not data:
                return

    def wait_until(self, condition, what):
        """Wait until condition(output so far) is true; return its result."""
        limit = time.monotonic() + DEADLINE_S
        with self.news:
            while not (result := condition(self.text)):
                if self.ended or time.monotonic() > limit:
                    raise AssertionError(f'no {what} in:\n{self.text}')
                self.news.wait(1)
        return result

    def wait_for(self, pattern):
        return self.wait_until(lambda text: re.search(pattern, text), repr(pattern))

    def wait_for_table(self, condition=lambda table: True):
        """Wait for the next table that meets a condition."""
        known = len(tables(self.text))
        return self.wait_until(
            lambda text: next(filter(condition, tables(text)[known:]), None), 'such table')

    def stop(self, number=signal.SIGINT):
        """Stop the program with a signal; return its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE_S)
        self.reader.join()
        return status

    def connect(self):
        """Connect to the telemetry socket, which accepts at most ten clients."""
        return Client(self.folder.name + '/dpdk/rte/dpdk_telemetry.v2')

    def ask(self, request):
        if not self.client:
            self.client = self.connect()
        return self.client.ask(request)

    def wait_for_answer(self, request, condition):
        """Send a request until the answer meets a condition; return that answer."""
        limit = time.monotonic() + DEADLINE_S
        while not condition(answer := self.ask(request)):
            if time.monotonic() > limit:
                raise AssertionError(f'{request}: {answer}')
            time.sleep(0.001)
        return answer


@contextlib.contextmanager
def pcap_port(number, packets):
    """Yield the device arguments of a port that receives packets from a file."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(struct.pack('=IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for packet in packets:
            file.write(struct.pack('=IIII', 0, 0, len(packet), len(packet)) + packet)
        file.flush()
        yield f'net_pcap{number},rx_pcap={file.name}'


def pcap_read(path):
    """Return the packets in a pcap file of this machine's byte order."""
    packets = []
    with open(path, 'rb') as file:
        file.seek(24)
        while head := file.read(16):
            packets.append(file.read(struct.unpack('=IIII', head)[2]))
    return packets


def main():
    """Run the tests of the calling program."""
    supervise()
    unittest.main()
