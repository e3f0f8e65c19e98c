# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Applications of processes that execute the commands of agent.c."""

import ctypes
import errno
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
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from supervised import supervise  # noqa: E402 pylint: disable=wrong-import-position

AGENT = os.environ['AGENT']
STALE, UNREAD, TORN = 1, 2, 4
SKIPPED = 77
SECONDS = 120
# Of <sched.h> and <sys/mount.h>.
CLONE_NEWNS = 0x00020000


class Skip(Exception):
    """A test cannot run here."""


def wait_until(condition, what):
    """Wait until a condition gives something, and return that."""
    limit = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < limit, f'waited {SECONDS} s for {what}'
        time.sleep(0.002)
    return value


class Agent:
    """A process that executes commands."""

    def __init__(self, command, environment):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
            bufsize=1)
        # In its own PID namespace.
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
        """Execute a command and return the answer."""
        self.send(*words)
        return self.answer()

    def good(self, *words):
        """Execute a command which succeeds."""
        answer = self.do(*words)
        assert answer == 0, f'{words}: {answer} ({errno.errorcode.get(-answer)})'

    def take(self, name='set', timeout_us=10_000_000):
        return self.do('take', name, timeout_us)

    def writer(self, lcore, name='set', timeout_us=10_000_000):
        """Take a snapshot, and return the only writer of an lcore, or of threads without."""
        found = [writer for writer in self.take(name, timeout_us)['writers']
                 if writer['lcore'] == str(lcore)]
        assert len(found) == 1, found
        return found[0]

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """Kill the process, and wait until it is dead, not only the command around it."""
        os.kill(self.host_pid(), signal.SIGKILL)
        self.process.wait()
        self.process.stdout.read()

    def host_pid(self):
        """Return the process's id here, outside the commands around it."""
        pid = self.process.pid
        while children := pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split():
            pid = int(children[0])
        return pid

    def stop(self):
        """Stop the process, and wait until it is."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def go_on(self):
        self.signal(signal.SIGCONT)


class Application:
    """A primary process and its secondaries, all in a folder of their own."""

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
        """Start a process, within another command if there is one."""
        cpus = ','.join(map(str, os.sched_getaffinity(0)))
        agent = Agent([*around, AGENT, f'--lcores={lcores}@({cpus})', '--file-prefix=p',
                       '--no-pci', '--log-level=error', '--base-virtaddr=0x100000000', *options],
                      {**os.environ, 'RUNTIME_DIRECTORY': self.folder})
        self.agents.append(agent)
        return agent

    def secondary(self, lcore=4, around=(), opened=True, lcores=None):
        """Start a secondary process with an lcore and another with the next id."""
        agent = self.start('--proc-type=secondary', '--no-telemetry',
                           lcores=lcores or f'({lcore}-{lcore + 1})', around=around)
        if opened:
            agent.good('lookup', 'set')
        return agent

    def telemetry(self, command):
        """Return the answer to a command of telemetry."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            # The path may be too long for an address.
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
    """Mount hugepages in a namespace of this test, so that nothing of them is left behind."""
    global HUGEPAGES  # pylint: disable=global-statement
    free = pathlib.Path('/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages')
    if not free.exists() or int(free.read_text(encoding='ascii')) < 64:
        raise Skip('64 free hugepages of 2 MiB are needed, as devtools/test.sh reserves')
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise Skip(f'no mount namespace: {os.strerror(ctypes.get_errno())}')
    HUGEPAGES = pathlib.Path(tempfile.mkdtemp(prefix='hugepages-'))
    for command in (['mount', '--make-rprivate', '/'],
                    ['mount', '-t', 'hugetlbfs', '-o', 'pagesize=2M', 'seqstat', HUGEPAGES]):
        subprocess.run(command, check=True)


def run(tests, hugepages=True):
    """Run the functions of a module that are named test_..., or those on the command line."""
    supervise()
    failed = 0
    try:
        if hugepages:
            mount_hugepages()
        for name in sys.argv[1:] or [name for name in tests if name.startswith('test_')]:
            print(name, end=': ', flush=True)
            start = time.monotonic()
            try:
                tests[name]()
                print(f'good, {time.monotonic() - start:.1f} s')
            except Skip as reason:
                print(f'skipped: {reason}')
            except Exception:  # pylint: disable=broad-exception-caught
                failed += 1
                print('FAILED')
                traceback.print_exc(file=sys.stdout)
    except Skip as reason:
        print(f'skipped: {reason}')
        sys.exit(SKIPPED)
    sys.exit(1 if failed else 0)
