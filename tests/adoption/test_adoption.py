#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Do what the how-to says, to an application that this project did not write."""

import contextlib
import json
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from supervised import supervise  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[2]
HOWTO = SOURCE / 'doc/guides/howto/seqstat_adopt.rst'
EXAMPLE = pathlib.Path('/usr/share/dpdk/examples/skeleton')

# Where the blocks of the how-to go: before or after what matches in the source.
PLACES = [
    ('schema', r'(?s:.*^#include [^\n]*\n)', 'after'),
    ('create', r'^[^\n]*\blcore_main\(\);', 'before'),
    ('attach', r'^[^\n]*for \(;;\)', 'before'),
    ('bytes', r'^[^\n]*rte_eth_tx_burst\(', 'before'),
    ('count', r'rte_eth_tx_burst\([^;]*;\n', 'after'),
]
DEADLINE_S = 180


def block(name):
    """Return a code block of the how-to by its name."""
    match = re.search(rf'^   :name: seqstat-adopt-{name}\n\n((?:(?:   .*)?\n)*)',
                      HOWTO.read_text(encoding='utf-8'), re.MULTILINE)
    return re.sub('^   ', '', match[1], flags=re.MULTILINE).strip('\n') + '\n'


def adopt(text):
    """Return the text of the application with the blocks in it."""
    for name, pattern, side in PLACES:
        match = re.search(pattern, text, re.MULTILINE)
        at = match.end() if side == 'after' else match.start()
        text = text[:at] + block(name) + text[at:]
    return text


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


class Telemetry:
    """A connection to the telemetry socket of an application that may just begin."""

    def __init__(self, application, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        limit = time.monotonic() + DEADLINE_S
        while True:
            with contextlib.suppress(OSError):
                self.socket.connect(str(path))
                break
            if application.poll() is not None or time.monotonic() > limit:
                raise AssertionError('the application does not answer')
            time.sleep(0.01)
        self.socket.recv(1024)

    def ask(self, request):
        self.socket.send(request.encode())
        answer, = json.loads(self.socket.recv(65536)).values()
        return answer


class Adoption(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        prefix = cls.folder / 'prefix'
        build = cls.folder / 'build'
        run('meson', 'setup', build, SOURCE, '--prefix', prefix, '--libdir', 'lib',
            '-Dapps=false', '-Dexamples=false', '-Dtests=false')
        run('meson', 'install', '-C', build)
        cls.env = {'PATH': '/usr/bin:/bin', 'PKG_CONFIG_PATH': f'{prefix}/lib/pkgconfig',
                   'LD_LIBRARY_PATH': f'{prefix}/lib', 'RUNTIME_DIRECTORY': str(cls.folder)}
        cls.application = cls.folder / 'skeleton'
        shutil.copytree(EXAMPLE, cls.application)
        source = cls.application / 'basicfwd.c'
        source.write_text(adopt(source.read_text(encoding='utf-8')), encoding='utf-8')
        run('sh', '-ec', block('build'), cwd=cls.application, env=dict(
            cls.env, CFLAGS='-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare'))

    def setUp(self):
        process = subprocess.Popen(shlex.split(block('run')), cwd=self.application,
                                   env=self.env, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGINT)
        self.telemetry = Telemetry(process, self.folder / 'dpdk/rte/dpdk_telemetry.v2')
        self.addCleanup(self.telemetry.socket.close)
        self.wait_for('/seqstat/list', lambda sets: sets == ['basicfwd'])

    def wait_for(self, request, condition):
        limit = time.monotonic() + DEADLINE_S
        while not condition(answer := self.telemetry.ask(request)):
            self.assertLess(time.monotonic(), limit, f'{request}: {answer}')
        return answer

    def ports(self):
        """Return the counters of the ports that there are, by their names."""
        rows = self.telemetry.ask('/seqstat/total,basicfwd')['rows'].values()
        return {row['name']: row for row in rows if row['name']}

    def test_consistent(self):
        """What was received was sent or dropped, in every answer, while packets flow."""
        last = 0
        n_changes = 0
        limit = time.monotonic() + DEADLINE_S
        while n_changes < 100:
            ports = self.ports()
            self.assertEqual(sorted(ports), ['net_null0', 'net_null1'])
            received = sum(port['rx_packets'] for port in ports.values())
            self.assertEqual(received, sum(port['tx_packets'] + port['tx_dropped']
                                           for port in ports.values()))
            self.assertEqual(sum(port['rx_bytes'] for port in ports.values()), 64 * received)
            n_changes += received > last
            last = received
            self.assertLess(time.monotonic(), limit, 'packets do not flow')


if __name__ == '__main__':
    if not EXAMPLE.is_dir():
        print('no source of the example: not in', EXAMPLE)
        sys.exit(77)
    supervise()
    unittest.main()
