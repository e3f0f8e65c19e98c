# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Applications whose processes are agents: each executes the commands of a test."""

import ctypes
import errno
import functools
import inspect
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

# pylint: disable-next=wrong-import-position
from supervised import supervise, wait_until  # noqa: E402,F401

AGENT = os.environ['AGENT']
STALE, UNREAD, TORN = 1, 2, 4
SKIPPED = 77
SECONDS = 120
# From <sched.h>.
CLONE_NEWNS = 0x00020000


class Agent:
    """A process that runs agent.c."""

    def __init__(self, command, environment):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
            bufsize=1)
        # The id in the PID namespace of the process.
        self.pid = self.answer()

    def send(self, *words):
        self.process.stdin.write(' '.join(map(str, words)) + '\n')
        self.process.stdin.flush()

    def answer(self):
        assert select.select([self.process.stdout], [], [], SECONDS)[0], 'no answer'
        line = self.process.stdout.readline()
        assert line, 'the process has ended'
        return json.loads(line)

    def do(self, *words):
        """Execute a command, and return its answer."""
        self.send(*words)
        return self.answer()

    def good(self, *words):
        """Execute a command that has to succeed."""
        answer = self.do(*words)
        assert answer == 0, f'{words}: {answer} ({errno.errorcode.get(-answer)})'

    def take(self, name='set', timeout_us=10_000_000):
        return self.do('take', name, timeout_us)

    def writer(self, lcore, name='set', timeout_us=10_000_000):
        """Take a snapshot, and return the only writer of an lcore in it."""
        found = [writer for writer in self.take(name, timeout_us)['writers']
                 if writer['lcore'] == str(lcore)]
        assert len(found) == 1, found
        return found[0]

    def end_child(self):
        """End the forked child that executes the commands; its parent executes the next ones."""
        self.send('exit')
        assert self.answer() == 0

    def end_jobs(self):
        """End all repeated commands; none may have failed. Return how often they ran."""
        jobs = self.do('stop')
        assert all(runs and not failed for runs, failed, _ in jobs), jobs
        return sum(runs for runs, _, _ in jobs)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """Kill the process, and wait until it has ended, not only a command around it."""
        os.kill(self.host_pid(), signal.SIGKILL)
        self.process.wait()
        self.process.stdout.read()

    def host_pid(self):
        """Return the process id in this PID namespace."""
        pid = self.process.pid
        while children := pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split():
            pid = int(children[0])
        return pid

    def stop(self):
        """Stop the process, and wait until it has stopped."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def go_on(self):
        self.signal(signal.SIGCONT)


class Application:
    """A primary process and its secondaries, with a runtime folder of their own."""

    def __init__(self, *options, lcores='(0-3)', create=True):
        self.folder = tempfile.mkdtemp(prefix='application-')
        self.options = options
        self.agents = []
        self.lcores = lcores
        self.start_primary()
        if create:
            self.primary.good('create', 'set')

    def start_primary(self):
        self.primary = self.start('--proc-type=primary', *self.options,
                                  *(() if '--no-huge' in self.options else
                                    (f'--huge-dir={HUGEPAGES}',)),
                                  *(() if '-m' in self.options else ('-m', '64')),
                                  lcores=self.lcores)

    def start(self, *options, lcores='(0-3)', around=()):
        """Start a process, by another command such as unshare if one is given."""
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        agent = Agent([*around, AGENT, f'--lcores={lcores}@({cpus})', '--file-prefix=p',
                       '--no-pci', '--log-level=error', '--base-virtaddr=0x100000000', *options],
                      {**os.environ, 'RUNTIME_DIRECTORY': self.folder})
        self.agents.append(agent)
        return agent

    def secondary(self, lcore=4, around=(), opened=True, lcores=None):
        """Start a secondary process with two lcores."""
        agent = self.start('--proc-type=secondary', '--no-telemetry',
                           lcores=lcores or f'({lcore}-{lcore + 1})', around=around)
        if opened:
            agent.good('lookup', 'set')
        return agent

    def telemetry(self, command):
        """Send a telemetry request, and return the reply."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            # The path may be longer than a socket address: go through the folder.
            folder = os.open(self.runtime, os.O_PATH)
            try:
                sock.connect(f'/proc/self/fd/{folder}/dpdk_telemetry.v2')
            finally:
                os.close(folder)
            sock.settimeout(SECONDS)
            sock.recv(1024)
            sock.send(command.encode())
            return json.loads(sock.recv(1 << 16))[command.split(',')[0]]

    @property
    def runtime(self):
        return pathlib.Path(self.folder) / 'dpdk' / 'p'

    @property
    def lock_file(self):
        return self.runtime / 'seqstat.lock'

    def close(self):
        for agent in self.agents:
            agent.process.kill()
        for agent in self.agents:
            agent.process.wait()
            agent.process.stdin.close()
            agent.process.stdout.close()
        shutil.rmtree(self.folder)
        for page in HUGEPAGES.glob('pmap_*'):
            page.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


HUGEPAGES = pathlib.Path('/nowhere')


def mount_hugepages():
    """Mount hugepages in a mount namespace of this test, which takes the mount with it."""
    global HUGEPAGES  # pylint: disable=global-statement
    free = pathlib.Path('/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages')
    if not free.exists() or int(free.read_text(encoding='ascii')) < 64:
        raise unittest.SkipTest('64 free hugepages of 2 MiB are needed: devtools/test.sh')
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise unittest.SkipTest(f'no mount namespace: {os.strerror(ctypes.get_errno())}')
    HUGEPAGES = pathlib.Path(tempfile.mkdtemp(prefix='hugepages-'))
    for command in (['mount', '--make-rprivate', '/'],
                    ['mount', '-t', 'hugetlbfs', '-o', 'pagesize=2M', 'seqstat', HUGEPAGES]):
        subprocess.run(command, check=True)


def with_application(test):
    """Return a test without parameters: if the test has one, it gets an application."""
    @functools.wraps(test)
    def run_test():
        with Application() as app:
            test(app)
    return run_test if inspect.signature(test).parameters else test


def run(tests):
    """Run the functions test_... of a module, or those that the command line names."""
    supervise()
    try:
        mount_hugepages()
    except unittest.SkipTest as reason:
        print(f'skipped: {reason}')
        sys.exit(SKIPPED)
    names = sys.argv[1:] or [name for name in tests if name.startswith('test_')]
    suite = unittest.TestSuite(unittest.FunctionTestCase(with_application(tests[name]))
                               for name in names)
    result = unittest.TextTestRunner(sys.stdout, verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())
