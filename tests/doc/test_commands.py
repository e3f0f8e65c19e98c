#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run each command of the README and the guides once, in a copy of the tree."""

import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import pages

sys.path.insert(0, str(pages.SOURCE / 'tests'))

# pylint: disable=wrong-import-position
from supervised import supervise  # noqa: E402

DEADLINE_S = 400

# Scripts install packages, run this test, or take long. Debian's DPDK is too old to have the
# exporter; tests/tools/test_endpoint.py tests our part.
NOT_HERE = re.compile(r'devtools/\w+\.sh|bash \.ci/run|dpdk-telemetry-exporter\.py')
# These read the statistics of running applications.
TOOL = re.compile(r'.*dpdk-((seqstat-top|seqstat-history|telemetry)\.py|seqstat-exporter)')
# These run until they get a signal or a key: what they print when they are ready.
ENDLESS = [
    (re.compile(r'dpdk-seqstat-history\.py.*--follow'), ' cut ', signal.SIGTERM),
    (re.compile(r'dpdk-seqstat-exporter(?!.*--once)'), 'listening on', signal.SIGINT),
    (re.compile(r'prometheus '), 'ready to receive', signal.SIGTERM),
    (re.compile(r'build/examples/dpdk-l2fwd-stats '), 'Ready', signal.SIGINT),
    (re.compile(r'env .*dpdk-testpmd '), 'Press enter to exit', '\n'),
    (re.compile(r'(usertools/)?dpdk-seqstat-top\.py(?!.*--(once|list))'), 'rx_packets', 'q'),
]
# The tools' commands name applications with these file prefixes.
APPLICATIONS = ('rte', 'fw')
FORWARDER = """build/examples/dpdk-l2fwd-stats --no-huge -m 256 --no-pci --log-level=error
    --lcores=0@({cpus}),1@({cpus}) --file-prefix={prefix} --vdev=net_null0 --vdev=net_null1
    -- -p 3 -T 0 --publish={folder}/{prefix}.seqstat,period=1,history=16,any-fs"""
# The pages have the stat files of these applications here.
STAT_FILES = ('/run/seqstat', '/dev/shm')


def commands():
    """Yield each command's page, the command, and its working folder, relative to the tree."""
    known = set()
    for page in pages.pages():
        for block in pages.blocks(page):
            # tests/package runs the commands of seqstat-adopt.
            if block.language not in ('sh', 'console') or block.text.startswith('-->') or \
                    'seqstat-adopt-' in (block.name or ''):
                continue
            lines = block.commands()
            if any(line.startswith('$ ') for line in lines):
                lines = [line[2:] for line in lines if line.startswith('$ ')]
            folder = '.'
            for line in lines:
                command = re.sub(r'\s+# .*', '', line)
                if command.startswith('cd '):
                    folder = command[3:]
                elif (command, folder) not in known:
                    known.add((command, folder))
                    yield block.page, command, folder


def shape(value):
    """Replace numbers in a reply by their types."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(entry) for entry in value]
    return value if isinstance(value, str) else type(value)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.tree = folder / 'seqstat'
        shutil.copytree(pages.SOURCE, cls.tree, symlinks=True,
                        ignore=shutil.ignore_patterns('.git', '__pycache__', 'build', 'build-*'))
        shutil.copytree(pages.SOURCE / 'tests/build', cls.tree / 'tests/build')
        os.environ.update({
            'PATH': f'{cls.tree}/usertools:{cls.tree}/build/app:/usr/sbin:/usr/bin:/sbin:/bin',
            'RUNTIME_DIRECTORY': str(folder),
            'TERM': 'xterm',
        })

    def run_endless(self, command, folder, text, end):
        """Run a command on a terminal until it prints a text, and end it."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(['bash', '-c', 'exec ' + command], cwd=folder, stdin=theirs,
                              stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            output = b''
            # Reading fails after all processes have closed the terminal.
            with contextlib.suppress(OSError):
                while text.encode() not in output:
                    output += os.read(ours, 65536)
                if isinstance(end, str):
                    os.write(ours, end.encode())
                else:
                    process.send_signal(end)
                while os.read(ours, 65536):
                    pass
        os.close(ours)
        self.assertEqual(process.returncode, 0, output.decode(errors='replace'))
        self.assertIn(text.encode(), output)

    def run_command(self, command, folder):
        for place in STAT_FILES if TOOL.match(command) else ():
            command = command.replace(place, os.environ['RUNTIME_DIRECTORY'])
        # The build that runs this test has built the tests by the same command.
        command = command.replace('meson setup build ', 'meson setup build -Dtests=false ')
        for pattern, text, end in ENDLESS:
            if pattern.match(command):
                self.run_endless(command, folder, text, end)
                return
        done = subprocess.run(['bash', '-ec', command], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def run_all(self, tools):
        for page, command, folder in commands():
            if NOT_HERE.match(command) or bool(TOOL.match(command)) != tools:
                continue
            print(f'{page}: {command}', flush=True)
            with self.subTest(page=page, command=command):
                self.run_command(command, self.tree / folder)

    def check_replies(self):
        """Check that telemetry replies as on the pages, except for the numbers."""
        for page in pages.pages():
            for block in pages.blocks(page):
                if not block.text.startswith('--> '):
                    continue
                request, reply = block.text[len('--> '):].split('\n', 1)
                print(f'{block.page}: {request}', flush=True)
                answer = subprocess.run('dpdk-telemetry.py', input=request, check=True,
                                        stdout=subprocess.PIPE, text=True).stdout
                with self.subTest(page=block.page, request=request):
                    self.assertEqual(shape(json.loads(reply)), shape(json.loads(answer)))

    def test_1_commands(self):
        """The first command builds the project."""
        self.run_all(tools=False)

    def test_2_tools(self):
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        for prefix in APPLICATIONS:
            process = self.enterContext(subprocess.Popen(
                FORWARDER.format(cpus=cpus, prefix=prefix,
                                 folder=os.environ['RUNTIME_DIRECTORY']).split(),
                cwd=self.tree, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
            self.addCleanup(process.terminate)
            self.assertTrue(any(line.startswith('Ready') for line in process.stdout), prefix)
        self.run_all(tools=True)
        self.check_replies()


def enter_namespace():
    """Restart in a network namespace, where no other program uses the ports on the pages."""
    if 'IN_NAMESPACE' in os.environ:
        return
    os.environ['IN_NAMESPACE'] = 'yes'
    for options in ([], ['--map-root-user']):
        command = ['unshare', '--net', *options, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
        if subprocess.run([*command, 'true'], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            os.execvp(command[0], [*command, sys.executable, *sys.argv])


if __name__ == '__main__':
    enter_namespace()
    supervise()
    unittest.main()
