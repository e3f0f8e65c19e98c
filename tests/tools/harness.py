# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Helpers: applications, a relay in front of their telemetry sockets, the exporter."""

import contextlib
import http.client
import os
import pathlib
import re
import signal
import socket
import socketserver
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
APPLICATION = os.environ['TOOLS_APPLICATION']
EXPORTER = os.environ.get('SEQSTAT_EXPORTER')  # None without libmicrohttpd

sys.path[:0] = [str(SOURCE / folder) for folder in ('usertools', 'tests', 'tests/statfile')]

# pylint: disable=wrong-import-position,unused-import
from dpdk_seqstat.statfile import StatFile  # noqa: E402
from dpdk_seqstat.telemetry import Connection, TelemetryError  # noqa: E402,F401
from supervised import run, supervise, wait_until  # noqa: E402,F401

WORKERS = (1, 2, 3)
# A prefix that runs a command as another user.
NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']


class Application:
    """A process that executes commands on its stat sets; see application.c."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.start()

    def start(self):
        # There may be fewer CPUs than lcores.
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        lcores = ','.join(f'{lcore}@({cpus})' for lcore in (0, *WORKERS))
        self.process = subprocess.Popen(
            [APPLICATION, '--no-huge', '-m', '64', '--no-pci', '--lcores', lcores,
             '--file-prefix', self.prefix, '--log-level', 'error'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        while (line := self.process.stdout.readline()) != 'ready\n':
            if not line:
                raise AssertionError(f'the application ended: {self.process.wait()}')

    def tell(self, *commands):
        """Execute commands, and wait for their ends."""
        for command in commands:
            print(command, file=self.process.stdin)
            answer = self.process.stdout.readline().strip()
            if answer != 'ok':
                raise AssertionError(f'{command}: {answer}')

    def publish(self, path, per_lcore=True):
        """Publish a stat file each millisecond."""
        self.path = path
        self.tell(f'publish {path} 1000 4 0644 {int(per_lcore)}')
        self.settle()

    def settle(self):
        """Wait until the stat file shows the effects of all commands."""
        begin = {}  # next record at the first look, by file

        def settled():
            with StatFile(self.path) as file:
                n = file.numbers().stop
                # The publisher may have begun that record before.
                return n >= begin.setdefault(os.fstat(file.fd).st_ino, n) + 2
        wait_until(settled, 'two records')

    def end(self):
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


class Relay(socketserver.ThreadingUnixStreamServer):
    """A telemetry socket that passes commands on to an application with another file prefix.

    It calls request(command), if set, before it passes on a command, and returns the result of
    answer(command, text), if set, in place of the application's answer.
    """

    socket_type = socket.SOCK_SEQPACKET
    daemon_threads = True

    def __init__(self, application, prefix):
        self.path = telemetry_socket(prefix)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.behind = telemetry_socket(application.prefix)
        self.request = None
        self.answer = None
        self.commands = []
        super().__init__(str(self.path), None)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request, client_address):
        # If either connection breaks, close the other one.
        with contextlib.suppress(OSError), \
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as application:
            application.connect(str(self.behind))
            request.send(application.recv(1 << 16))
            while command := request.recv(1 << 16).decode():
                self.commands.append(command)
                if self.request is not None:
                    self.request(command)
                application.send(command.encode())
                text = application.recv(1 << 16).decode()
                if not text:
                    return
                request.send((self.answer(command, text) if self.answer else text).encode())

    def close(self):
        self.shutdown()
        self.server_close()


def telemetry_socket(prefix):
    return pathlib.Path(os.environ['RUNTIME_DIRECTORY'], 'dpdk', prefix, 'dpdk_telemetry.v2')


class Samples:
    """The metrics on a page, as parsed by a client library."""

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
        """Return the value of a metric with exactly these labels, or None."""
        return self.values.get(('dpdk_seqstat_' + name, frozenset(labels.items())))

    def with_labels(self, name, **labels):
        """Return the values of a metric with these labels and any others."""
        wanted = frozenset(labels.items())
        return [value for (metric, present), value in self.values.items()
                if metric == 'dpdk_seqstat_' + name and wanted <= present]


OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'
# Ignore what promtool says about names that a test chose.
LINT = re.compile(r'dpdk_seqstat_(up|record|sets|metrics|writer|unaccounted)', re.ASCII)


def check_text(text):
    """Check a page in Prometheus' text format with promtool; return its samples."""
    done = subprocess.run(['promtool', 'check', 'metrics'], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode not in (0, 3) or LINT.search(done.stdout):
        raise AssertionError(f'promtool: {done.stdout}')
    return Samples(text)


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


class Exporter:
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
        """Return the status, type and content of a page."""
        with self.connect() as connection:
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.headers['Content-Type'], reply.read().decode()

    def scrape(self, path='/metrics'):
        return check_text(self.get(path)[2])

    def scrape_openmetrics(self, path='/metrics'):
        return Samples(self.get(path, Accept=OPENMETRICS)[2],
                       openmetrics_parser.text_string_to_metric_families)

    def logged(self, text):
        """Wait until the log has a text; return how many of its lines have it."""
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
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        os.environ['RUNTIME_DIRECTORY'] = str(self.folder)

    def application(self, prefix, *commands):
        """Start an application, and execute commands."""
        application = Application(prefix)
        self.addCleanup(application.kill)
        application.tell(*commands)
        return application

    def relay(self, application, prefix):
        relay = Relay(application, prefix)
        self.addCleanup(relay.close)
        return relay

    def published(self, prefix, *commands, per_lcore=True):
        """Start an application, execute commands, and publish a stat file in the folder."""
        application = self.application(prefix, *commands)
        application.publish(self.folder / f'{prefix}.seqstat', per_lcore)
        return application

    def exporter(self, *arguments, **how):
        """Start an exporter; without arguments, it exports all stat files in the folder."""
        exporter = Exporter(*(arguments or [self.folder]), **how)
        self.addCleanup(exporter.end)
        return exporter


def complaints_unread(*command):
    """Run a command whose reader has closed the pipe; return its error messages."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, 'wb') as unread:
        return subprocess.run(command, stdout=unread, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=60).stderr


def main():
    """Run the tests of the calling program."""
    supervise()
    unittest.main()
