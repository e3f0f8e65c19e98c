# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Helpers: applications, a relay before their sockets, the exporter."""

import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
USERTOOLS = pathlib.Path(os.environ.get('USERTOOLS', SOURCE / 'usertools'))
HISTORY = USERTOOLS / 'dpdk-seqstat-history.py'
TOP = USERTOOLS / 'dpdk-seqstat-top.py'
# The program that tests/tools/application.c makes.
APPLICATION = os.environ['TOOLS_APPLICATION']
# The program of app/seqstat-exporter, where it could be built.
EXPORTER = os.environ.get('SEQSTAT_EXPORTER')

sys.path[:0] = [str(SOURCE / 'usertools'), str(SOURCE / 'tests')]

# pylint: disable=wrong-import-position,unused-import
from dpdk_seqstat.telemetry import Connection, TelemetryError  # noqa: E402,F401
from supervised import run, supervise, wait_until  # noqa: E402,F401

WORKERS = (1, 2, 3)


class Application:
    """A program that executes the test's commands on its stat sets; see application.c."""

    def __init__(self, prefix, *options):
        self.prefix = prefix
        self.options = options
        self.start()

    def start(self):
        # All lcores on all CPUs: there may be fewer of these.
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        lcores = ','.join(f'{lcore}@({cpus})' for lcore in (0, *WORKERS))
        self.process = subprocess.Popen(
            [APPLICATION, '--no-huge', '-m', '64', '--no-pci', '--lcores', lcores,
             '--file-prefix', self.prefix, '--log-level', 'error', *self.options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        while (line := self.process.stdout.readline()) != 'ready\n':
            if not line:
                raise AssertionError(f'the application ended: {self.process.wait()}')

    def tell(self, *commands):
        """Send commands and wait until they are executed."""
        for command in commands:
            print(command, file=self.process.stdin)
            answer = self.process.stdout.readline().strip()
            if answer != 'ok':
                raise AssertionError(f'{command}: {answer}')

    def publish(self, path, per_lcore=True):
        """Publish a stat file, often."""
        self.path = path
        self.tell(f'publish {path} 1000 4 0644 {int(per_lcore)}')
        self.settle()

    def settle(self):
        """Wait until the stat file has all that the application did so far."""
        def look():
            with open(self.path, 'rb') as file:
                return os.fstat(file.fileno()).st_ino, struct.unpack('Q', os.pread(
                    file.fileno(), 8, 192))[0]
        seen = [look()]

        def settled():
            now = look()
            if now[0] != seen[0][0]:
                seen[0] = now
            # The next record may have been begun before.
            return now[1] >= seen[0][1] + 2
        wait_until(settled, 'two records')

    def end(self):
        """End it in good order."""
        self.process.communicate()
        if self.process.returncode != 0:
            raise AssertionError(f'the application failed: {self.process.returncode}')

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def restart(self):
        self.kill()
        self.start()


class Relay:
    """Stands before the socket of an application, under another file prefix.

    Calls request(command), if there is such a function, before it passes on a command, and
    answer(command, text), if there is one, to know what to pass back.
    """

    def __init__(self, application, prefix):
        self.path = telemetry_socket(prefix)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.behind = telemetry_socket(application.prefix)
        self.request = None
        self.answer = None
        self.commands = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        # A connection that broke is one that the client sees broken, too.
        with contextlib.suppress(OSError), client, \
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as application:
            application.connect(str(self.behind))
            client.send(application.recv(1 << 16))
            while command := client.recv(1 << 16).decode():
                self.commands.append(command)
                if self.request is not None:
                    self.request(command)
                application.send(command.encode())
                text = application.recv(1 << 16).decode()
                if not text:
                    return
                client.send((self.answer(command, text) if self.answer else text).encode())

    def close(self):
        # To close it is not enough: accept() would go on.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def telemetry_socket(name):
    """Return the socket of an application, which is a file prefix or one with an instance."""
    prefix, colon, instance = name.rpartition(':')
    if not instance.isdecimal():
        prefix, colon, instance = name, '', ''
    return pathlib.Path(os.environ['RUNTIME_DIRECTORY'], 'dpdk', prefix,
                        f'dpdk_telemetry.v2{colon}{instance}')


class Samples:
    """Metrics as a monitoring system understands them."""

    def __init__(self, text, parse=parser.text_string_to_metric_families):
        self.families = {}
        self.values = {}
        for family in parse(text):
            self.families[family.name] = family
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                if key in self.values:
                    raise AssertionError(f'twice: {sample}')
                self.values[key] = sample.value

    def __call__(self, name, **labels):
        """Return the value of a metric with these labels and no other; None if there is none."""
        return self.values.get(('dpdk_seqstat_' + name, frozenset(labels.items())))

    def with_labels(self, name, **labels):
        """Return the values of a metric with these labels among others."""
        wanted = frozenset(labels.items())
        return [value for (metric, present), value in self.values.items()
                if metric == 'dpdk_seqstat_' + name and wanted <= present]


OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'
# Of names that a test chose, promtool may say what it likes.
LINT = re.compile(r'dpdk_seqstat_(up|record|sets|metrics|writer|unaccounted)', re.ASCII)


def check_text(text):
    """Return the samples of a page of Prometheus' text, which promtool accepts."""
    done = subprocess.run(['promtool', 'check', 'metrics'], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode not in (0, 3) or LINT.search(done.stdout):
        raise AssertionError(f'promtool: {done.stdout}')
    return Samples(text)


def check_openmetrics(text):
    """Return the samples of a page of OpenMetrics."""
    return Samples(text, openmetrics_parser.text_string_to_metric_families)


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


class Exporter:
    """A running exporter."""

    def __init__(self, *arguments, listen='127.0.0.1:0', command=()):
        self.process = subprocess.Popen(
            [*command, EXPORTER, '--listen', listen, *arguments], stderr=subprocess.PIPE,
            text=True)
        self.log = []
        line = self.process.stderr.readline()
        match = re.search(r'listening on (?:http://|unix:)([^/]*|/.*)(/metrics)?$', line)
        if not match:
            raise AssertionError(line + self.process.communicate()[1])
        self.address = match[1]
        self.thread = threading.Thread(target=self.read_log, daemon=True)
        self.thread.start()

    def read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def connect(self):
        kind = UnixConnection if '/' in self.address else http.client.HTTPConnection
        return contextlib.closing(kind(self.address, timeout=90))

    def get(self, path='/metrics', method='GET', **headers):
        """Return status, type and content of a page."""
        with self.connect() as connection:
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.headers['Content-Type'], reply.read().decode()

    def scrape(self, path='/metrics'):
        return check_text(self.get(path)[2])

    def scrape_openmetrics(self, path='/metrics'):
        return check_openmetrics(self.get(path, Accept=OPENMETRICS)[2])

    def logged(self, text):
        """Wait until a line has been logged, and return how often."""
        wait_until(lambda: any(text in line for line in self.log), text)
        return sum(text in line for line in self.log)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait()
        self.thread.join()
        self.process.stderr.close()
        if status != 0:
            raise AssertionError(f'the exporter ended with {status}: {"".join(self.log)}')


class ToolsTest(unittest.TestCase):
    """A test with a runtime folder of its own."""

    def setUp(self):
        # Not too deep: the path of a socket is short.
        folder = tempfile.mkdtemp(prefix='seqstat-')
        self.addCleanup(shutil.rmtree, folder)
        os.environ['RUNTIME_DIRECTORY'] = folder
        self.folder = pathlib.Path(folder)

    def application(self, prefix, *options):
        application = Application(prefix, *options)
        self.addCleanup(application.kill)
        return application

    def relay(self, application, prefix):
        relay = Relay(application, prefix)
        self.addCleanup(relay.close)
        return relay

    def published(self, prefix, *commands, per_lcore=True):
        """Return an application that publishes its sets in the folder."""
        application = self.application(prefix)
        application.tell(*commands)
        application.publish(self.folder / f'{prefix}.seqstat', per_lcore)
        return application

    def exporter(self, *arguments, **how):
        """Return an exporter, of all in the folder unless something else is named."""
        exporter = Exporter(*(arguments or [self.folder]), **how)
        self.addCleanup(exporter.end)
        return exporter


def complaints_unread(*command):
    """Run a command with its output closed, and return its error messages."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=60)
    finally:
        os.close(writer)
    return done.stderr


def main():
    """Run the tests of the program that this was imported by."""
    supervise()
    unittest.main()
