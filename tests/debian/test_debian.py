#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Build the Debian packages, check them with lintian, and use them from a folder."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / 'tests'))

from supervised import run, supervise  # noqa: E402

NOT_SOURCE = shutil.ignore_patterns('.git', 'build*', '__pycache__')


class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        source = cls.folder / 'source'
        shutil.copytree(SOURCE, source, ignore=NOT_SOURCE)
        run('dpkg-buildpackage', '--build=full', '--no-sign', cwd=source,
            env=dict(os.environ, DEB_BUILD_OPTIONS='terse'))
        cls.packages = {path.name.split('_')[0]: path for path in cls.folder.glob('*.deb')
                        if 'dbgsym' not in path.name}
        cls.root = cls.folder / 'root'
        for package in cls.packages.values():
            run('dpkg-deb', '-x', package, cls.root)

        triplet = run('dpkg-architecture', '-qDEB_HOST_MULTIARCH').strip()
        cls.libraries = cls.root / 'usr/lib' / triplet

    def test_packages(self):
        """There are four packages of the project's version; the exporter needs no DPDK."""
        self.assertEqual(set(self.packages), {'librte-seqstat2', 'librte-seqstat-dev',
                                              'seqstat-exporter', 'seqstat-tools'})
        self.assertNotIn('librte', run('dpkg-deb', '-f', self.packages['seqstat-exporter'],
                                       'Depends'))
        version = re.search(r"version: '(.*?)'", (SOURCE / 'meson.build').read_text())[1]
        for path in self.packages.values():
            self.assertEqual(run('dpkg-deb', '-f', path, 'Version').strip(), version)

    def test_drivers(self):
        """The forwarder's package recommends the drivers that EAL loads for it."""
        recommended = run('dpkg-deb', '-f', self.packages['seqstat-tools'], 'Recommends')
        packages = re.findall(r'[a-z][a-z0-9+.-]+', recommended)
        self.assertTrue(packages, 'nothing is recommended')
        brought = run('dpkg-query', '-W', '-f', '${Depends}\n', *packages)
        folder = pathlib.Path('/usr/lib', self.libraries.name)
        for driver in 'bus_vdev', 'mempool_ring', 'net_af_packet', 'net_null':
            library, = {path.resolve() for path in folder.glob(f'librte_{driver}.so.*')}
            owner = run('dpkg-query', '-S', library).split(':')[0]
            self.assertRegex(brought, rf'\b{re.escape(owner)}\b')

    def test_lintian(self):
        changes, = self.folder.glob('*.changes')
        run('lintian', '--allow-root', '--fail-on=error,warning', '--info', changes)

    def test_everything_packaged(self):
        """The packages contain each file that meson installs."""
        build, = (self.folder / 'source').glob('obj-*')
        installed = json.loads(run('meson', 'introspect', '--installed', build)).values()
        for path in installed:
            self.assertTrue((self.root / path.lstrip('/')).exists(), path)

    def test_tools(self):
        """The live view shows what the example counts."""
        env = dict(os.environ, RUNTIME_DIRECTORY=str(self.folder),
                   LD_LIBRARY_PATH=str(self.libraries))
        forwarder = subprocess.Popen(
            [self.root / 'usr/bin/dpdk-l2fwd-stats',
             *shlex.split('--no-huge -m 256 --no-pci --vdev=net_null0 --vdev=net_null1'
                          ' -- -p 3 -T 0')],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with forwarder:
            for line in forwarder.stdout:
                if line.startswith('Ready'):
                    break
            view = run(self.root / 'usr/bin/dpdk-seqstat-top.py', '--once', '--json', env=env)
            forwarder.terminate()
            forwarder.stdout.read()
        self.assertEqual(forwarder.returncode, 0)
        self.assertIn('l2fwd', json.dumps(json.loads(view)))


if __name__ == '__main__':
    supervise()
    unittest.main()
