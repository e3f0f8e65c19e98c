#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Type every command of the README and the guides, in a copy of the tree."""

import contextlib
import itertools
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
import time
import unittest
import urllib.request

import pages

sys.path.insert(0, str(pages.SOURCE / 'usertools'))

# pylint: disable=wrong-import-position
from dpdk_seqstat.telemetry import Connection, TelemetryError  # noqa: E402

# Far beyond what anything here takes: whoever waits longer has failed.
DEADLINE_S = 400

# These install, or run this test, or take long: only looked whether they know the options.
ELSEWHERE = re.compile(r'devtools/\w+\.sh|bash \.ci/run')
# For another version of DPDK: see tests/tools/test_endpoint.py.
NOT_HERE = re.compile(r'dpdk-telemetry-exporter\.py')
# Those that go on until they are told to end, and how to know that they run.
SERVING = [
    (re.compile(r'dpdk-seqstat-exporter\.py(?!.*--once)'),
     lambda: answers('http://127.0.0.1:9877/metrics')),
    (re.compile(r'prometheus '), lambda: answers('http://127.0.0.1:9090/-/ready')),
    (re.compile(r'build/examples/dpdk-l2fwd-stats '), lambda: answer_of('rte', '/seqstat/list')),
]
# Those that fill a terminal and end with a key.
ON_TERMINAL = re.compile(r'(usertools/)?dpdk-seqstat-top\.py(?!.*--(once|list))')
# Those that look at applications which run already.
TOOLS = re.compile(r'.*dpdk-(seqstat-top|seqstat-exporter|telemetry)\.py')
# Applications that the commands about tools speak of, by their file prefix.
APPLICATIONS = ('rte', 'fw')


def wait_until(condition, what):
    """Wait until a condition gives something, and return that."""
    limit = time.monotonic() + DEADLINE_S
    while not (value := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f'waited {DEADLINE_S} s in vain for {what}')
        time.sleep(0.05)
    return value


def answers(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=DEADLINE_S) as reply:
            return reply.status == 200
    except OSError:
        return False


def answer_of(prefix, request):
    """Return the answer of an application on its telemetry socket, or None."""
    try:
        with Connection(prefix, DEADLINE_S) as application:
            return application.ask(*request.split(','))
    except TelemetryError:
        return None


def shape(value):
    """Return a value with its numbers and words replaced by what they are."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(os.environ['COMMANDS_FOLDER'])
        cls.tree = cls.folder / 'seqstat'
        shutil.copytree(pages.SOURCE, cls.tree, symlinks=True, ignore=lambda folder, names: [
            name for name in names
            if name in ('.git', '__pycache__') or folder == str(pages.SOURCE) and
            name.startswith('build')])
        # What is not the reader's business: it would change the linker's cache.
        stubs = cls.folder / 'bin'
        stubs.mkdir()
        (stubs / 'ldconfig').symlink_to('/bin/true')
        os.environ.update({
            'DESTDIR': str(cls.folder / 'root'),
            'PATH': ':'.join([str(stubs), str(cls.tree / 'usertools'),
                              '/usr/sbin:/usr/bin:/sbin:/bin']),
            'RUNTIME_DIRECTORY': str(cls.folder),
            'TERM': 'xterm',
        })
        cls.known = set()  # Commands that were typed already.
        cls.running = []
        cls.addClassCleanup(cls.stop_applications)
        # The first command that a reader types makes all others possible.
        cls.run_block(next(block for block in pages.blocks(pages.SOURCE / 'README.md')
                           if 'meson setup' in block.text))

    @classmethod
    def start_applications(cls):
        """Start what the tools are to read, if it does not run."""
        if cls.running:
            return
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        for prefix in APPLICATIONS:
            cls.running.append(subprocess.Popen(
                [cls.tree / 'build/examples/dpdk-l2fwd-stats', '--no-huge', '-m', '256', '--no-pci',
                 f'--lcores=0@({cpus}),1@({cpus})', f'--file-prefix={prefix}',
                 '--log-level=error', '--vdev=net_null0', '--vdev=net_null1',
                 '--', '-p', '3', '-T', '0'],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
            wait_until(lambda prefix=prefix:
                       (answer_of(prefix, '/seqstat/info,l2fwd') or {}).get('lcores'), prefix)

    @classmethod
    def stop_applications(cls):
        """End them: others want to have the same file prefix."""
        for process in cls.running:
            process.send_signal(signal.SIGINT)
            process.wait()
        cls.running.clear()

    @classmethod
    def run_block(cls, block):
        """Run the commands of a block, line by line, in one folder that "cd" changes.

        Where there is a prompt, the other lines are what the command before them prints.
        """
        folder = cls.tree
        lines = block.commands()
        has_prompt = any(line.startswith('$ ') for line in lines)
        for i, line in enumerate(lines):
            if has_prompt and not line.startswith('$ '):
                continue
            command = re.sub(r'\s+# .*', '', line.removeprefix('$ '))
            if command.startswith('cd '):
                folder = folder / command[3:]
                continue
            if (command, folder) in cls.known:
                continue
            cls.known.add((command, folder))
            print(f'{block.page}: {command}', flush=True)
            output = cls.run_command(command, folder)
            if has_prompt:
                printed = list(itertools.takewhile(lambda line: not line.startswith('$ '),
                                                   lines[i + 1:]))
                assert len(output.splitlines()) == len(printed), \
                    f'{output!r} has not as many lines as {printed}'

    @classmethod
    def run_command(cls, command, folder):
        """Run a command, and return what it prints."""
        if NOT_HERE.match(command):
            return ''
        if ELSEWHERE.match(command):
            return cls.run_help(command)
        if TOOLS.match(command):
            cls.start_applications()
        else:
            cls.stop_applications()
        if ON_TERMINAL.match(command):
            return cls.run_on_terminal(command, folder)
        for pattern, serves in SERVING:
            if pattern.match(command):
                return cls.run_serving(command, folder, serves)
        done = subprocess.run(['bash', '-ec', command], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=DEADLINE_S, check=False)
        assert done.returncode == 0, f'{command} ended with {done.returncode}: {done.stdout}'
        return done.stdout

    @classmethod
    def run_help(cls, command):
        """The script is there, and knows the options."""
        words = [word for word in command.split() if word != 'bash']
        script = cls.tree / words[0]
        assert os.access(script, os.X_OK), command
        text = script.read_text(encoding='utf-8')
        for word in words[1:]:
            assert not word.startswith('-') or re.search(rf'^#   {word} ', text, re.M), command
        return ''

    @classmethod
    def run_serving(cls, command, folder, serves):
        """Run it until it serves, and end it."""
        process = subprocess.Popen(['bash', '-c', 'exec ' + command], cwd=folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: process.poll() is not None or serves(), command)
            assert process.poll() is None, f'{command} ended with {process.returncode}'
        finally:
            process.terminate()
            process.wait()
        assert process.returncode == 0, f'{command} ended with {process.returncode}'
        return ''

    @classmethod
    def run_on_terminal(cls, command, folder):
        """Run it until it shows numbers, and type "q"."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(['bash', '-c', 'exec ' + command], cwd=folder, stdin=theirs,
                              stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            text = b''
            # Reading fails when nobody has the terminal any more.
            with contextlib.suppress(OSError):
                while b'rx_packets' not in text:
                    text += os.read(ours, 65536)
                os.write(ours, b'q')
                while os.read(ours, 65536):
                    pass
        os.close(ours)
        assert process.returncode == 0, f'{command} ended with {process.returncode}: {text}'
        return text.decode()

    def blocks(self, *languages):
        return [block for page in pages.pages() for block in pages.blocks(page)
                if block.language in languages]

    def test_commands(self):
        for block in self.blocks('sh', 'console'):
            # Of these, tests/adoption runs each by its name.
            if block.text.startswith('-->') or 'seqstat-adopt-' in (block.name or ''):
                continue
            with self.subTest(page=block.page, text=block.text):
                self.run_block(block)
        self.assertGreater(len(self.known), 10)

    def test_telemetry(self):
        """Answers have the shape of those that are printed."""
        self.start_applications()
        n_answers = 0
        for block in self.blocks('console'):
            for exchange in re.split('^--> ', block.text, flags=re.MULTILINE)[1:]:
                request, _, answer = exchange.partition('\n')
                real = answer_of('rte', request)
                with self.subTest(page=block.page, request=request):
                    self.assertIsNotNone(real)
                    if answer.strip():
                        printed = json.loads(answer)
                        self.assertEqual(list(printed), [request.partition(',')[0]])
                        self.assertEqual(shape(*printed.values()), shape(real))
                        n_answers += 1
        self.assertGreater(n_answers, 0)

    def test_list_of_telemetry_commands(self):
        self.start_applications()
        text = (pages.SOURCE / 'README.md').read_text(encoding='utf-8')
        listed = set(re.findall(r'^\| `(/seqstat/\w+)', text, re.MULTILINE))
        there = {command for command in answer_of('rte', '/') if command.startswith('/seqstat/')}
        self.assertEqual(listed, there)


def namespace():
    """Return the command that runs another where all processes end with it.

    And where no other program has the ports of the network that we print.
    """
    command = ['unshare', '--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child']
    network = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
    for options in ([], ['--map-root-user']):
        if subprocess.run([*command, *options, *network, 'true'], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            return [*command, *options, *network]
    return []


def main():
    """Run the tests in a namespace, and leave nothing behind, however they end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Not too deep: the path of a socket is short.
    with tempfile.TemporaryDirectory(prefix='seqstat-') as folder:
        with subprocess.Popen([*namespace(), sys.executable, *sys.argv], start_new_session=True,
                              env=dict(os.environ, COMMANDS_FOLDER=folder)) as process:
            try:
                sys.exit(process.wait())
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


if __name__ == '__main__':
    if 'COMMANDS_FOLDER' in os.environ:
        unittest.main()
    else:
        main()
