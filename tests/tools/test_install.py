#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The tools where they are installed: each finds what it needs."""

import os
import pathlib
import unittest

from harness import SOURCE, ToolsTest, main, run

BUILD = os.environ['MESON_BUILD_ROOT']


class Install(ToolsTest):
    def setUp(self):
        super().setUp()
        # Who installed as root left a log that another user cannot write.
        pathlib.Path(BUILD, 'meson-logs/install-log.txt').unlink(missing_ok=True)
        run('meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', self.folder / 'dest')
        # The prefix is the builder's choice.
        program, = (self.folder / 'dest').rglob('bin/dpdk-seqstat-top.py')
        self.prefix = program.parent.parent
        self.env = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}

    def test_programs(self):
        for name in 'dpdk-seqstat-top.py', 'dpdk-seqstat-exporter.py':
            program = self.prefix / 'bin' / name
            self.assertTrue(os.access(program, os.X_OK))
            # Away from the source, which must not be what is found.
            run(program, '--help', cwd='/', env=self.env)

    def test_endpoint(self):
        """DPDK's exporter takes each file of the folder for an endpoint."""
        folder = self.prefix / 'share/dpdk/telemetry-endpoints'
        self.assertEqual([path.name for path in folder.iterdir()], ['seqstat.py'])
        run('/usr/bin/python3', '-c', f"""
import importlib.util
spec = importlib.util.spec_from_file_location('seqstat', {str(folder / 'seqstat.py')!r})
endpoint = importlib.util.module_from_spec(spec)
spec.loader.exec_module(endpoint)
assert endpoint.mapping.__file__.startswith({str(self.prefix.parent)!r}), endpoint.mapping
""", cwd='/', env=self.env)

    def test_complete(self):
        """Everything is installed that git knows, and nothing else."""
        package = self.prefix / 'share/dpdk/dpdk_seqstat'
        self.assertEqual({path.name for path in package.iterdir()},
                         {path.name for path in (SOURCE / 'usertools/dpdk_seqstat').glob('*.py')})


if __name__ == '__main__':
    main()
