#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Install the library into a folder and use it from there, knowing pkg-config only."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from supervised import supervise  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
COMMANDS = [f'/seqstat/{name}' for name in ('info', 'lcore', 'list', 'row', 'total', 'writers')]


def run(*command, **options):
    """Run a command and return what it prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                          **options).stdout


def telemetry_commands(runtime):
    """Return the commands that a DPDK application registered."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(f'{runtime}/dpdk/rte/dpdk_telemetry.v2')
        sock.recv(1024)
        sock.send(b'/')
        return json.loads(sock.recv(1 << 20))['/']


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix='seqstat-package-')
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.prefix = cls.folder / 'prefix'
        cls.build = cls.folder / 'build'
        run('meson', 'setup', cls.build, SOURCE, '--prefix', cls.prefix, '--libdir', 'lib',
            '-Dapps=false', '-Dexamples=false', '-Dtests=false')
        run('meson', 'install', '-C', cls.build)
        cls.env = dict(os.environ, PKG_CONFIG_PATH=str(cls.prefix / 'lib/pkgconfig'),
                       RUNTIME_DIRECTORY=folder.name)

    def compile(self, name, compiler, *pkg_config_options):
        """Compile the application outside the tree and return the program.

        Debian's gcc links what is needed and no more, unless it sanitizes; here never.
        """
        flags = run('pkg-config', '--cflags', '--libs', *pkg_config_options,
                    'libdpdk-seqstat', env=self.env).split()
        program = self.folder / name
        source = shutil.copy(HERE / 'app.c', self.folder)
        run(*compiler, '-Wall', '-Wextra', '-Werror', '-DALLOW_EXPERIMENTAL_API',
            source, '-x', 'none', '-o', program, '-Wl,--no-as-needed', *flags)
        return program

    def check_run(self, program, **env):
        """Run the application: it counts, and each of its commands was registered once."""
        with subprocess.Popen([program, '--no-huge', '-m', '64', '--no-pci'],
                              env=dict(self.env, **env), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as app:
            output = iter(app.stdout)
            self.assertIn('packets 42\n', output)
            commands = telemetry_commands(self.folder)
            app.communicate('\n')
        self.assertEqual(app.returncode, 0)
        self.assertEqual([c for c in commands if c.startswith('/seqstat/')], COMMANDS)

    def test_shared(self):
        program = self.compile('shared', ['cc'])
        self.assertIn('librte_seqstat.so.1', linked_libraries(program))
        self.check_run(program, LD_LIBRARY_PATH=str(self.prefix / 'lib'))

    def test_static(self):
        program = self.compile('static', ['cc'], '--static')
        self.assertEqual([lib for lib in linked_libraries(program) if 'rte_' in lib], [])
        self.check_run(program)

    def test_cplusplus(self):
        program = self.compile('cplusplus', ['c++', '-x', 'c++'])
        self.check_run(program, LD_LIBRARY_PATH=str(self.prefix / 'lib'))

    def test_example(self):
        """The Makefile of the example builds a copy of it."""
        example = shutil.copytree(SOURCE / 'examples/l2fwd-stats', self.folder / 'example')
        for linkage in ('shared', 'static'):
            run('make', '-C', example, linkage, env=dict(self.env, CFLAGS='-O1 -Wall -Werror'))
            program = example / 'build/l2fwd-stats'
            self.assertEqual('librte_seqstat.so.1' in linked_libraries(program),
                             linkage == 'shared')
            usage = run(program, '--no-huge', '-m', '64', '--no-pci', '--', '--help',
                        env=dict(self.env, LD_LIBRARY_PATH=f'{self.prefix}/lib'))
            self.assertIn(program.name, usage)

    def test_destdir(self):
        """A packager's installation has the same files as one to the prefix itself."""
        destdir = self.folder / 'destdir'
        run('meson', 'install', '-C', self.build, '--destdir', destdir)
        staged = destdir / self.prefix.relative_to('/')
        self.assertEqual(installed_files(staged), installed_files(self.prefix))
        self.assertIn('include/rte_seqstat.h', installed_files(staged))


def linked_libraries(program):
    return re.findall(r'NEEDED.*\[(.*)\]', run('readelf', '-d', program))


def installed_files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*'))


if __name__ == '__main__':
    supervise()
    unittest.main()
