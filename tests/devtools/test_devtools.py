#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What the scripts share, and what they say when something goes wrong."""

import errno
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DEVTOOLS = SOURCE / 'devtools'
sys.path[:0] = [str(DEVTOOLS), str(SOURCE / 'tests')]

# pylint: disable=wrong-import-position
import demo  # noqa: E402
import demo_util  # noqa: E402
import packet_drops  # noqa: E402
from supervised import supervise  # noqa: E402

PROJECT = """
project('example', meson_version: '>= 0.61.0')
message('option is ' + get_option('color'))
if find_program('tool-of-the-test', required: false).found()
    test('tool', find_program('tool-of-the-test'))
endif
"""


class DevtoolsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def bash(self, script, **variables):
        """Run a script that sources others of devtools; return its status and its output."""
        done = subprocess.run(['bash', '-uc', script, 'test'], check=False, text=True,
                              cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=150,
                              env=dict(os.environ, DEVTOOLS=str(DEVTOOLS), **variables))
        return done.returncode, done.stdout


class Configure(DevtoolsTest):
    """The build is configured when it is not yet, or when packages came since."""

    def setUp(self):
        super().setUp()
        (self.folder / 'meson.build').write_text(PROJECT)
        (self.folder / 'meson_options.txt').write_text("option('color', type: 'string')\n")
        self.ninja = self.folder / 'build/build.ninja'
        self.state = self.folder / 'packages'
        self.state.touch()

    def configure(self):
        status, output = self.bash(
            '. "$DEVTOOLS/common.sh"; top=$PWD; build=$PWD/build; packages_state=$PWD/packages;'
            'PATH=$PATH:$PWD; configure -Dcolor=red && meson introspect --tests build')
        self.assertEqual(status, 0, output)
        return output

    def test_packages(self):
        output = self.configure()
        self.assertIn('option is red', output)
        self.assertNotIn('"name": "tool"', output)
        configured = self.ninja.stat().st_mtime_ns

        # Without news of packages, nothing is done.
        tool = self.folder / 'tool-of-the-test'
        tool.write_text('#!/bin/sh\n')
        tool.chmod(0o755)
        self.assertNotIn('"name": "tool"', self.configure())
        self.assertEqual(self.ninja.stat().st_mtime_ns, configured)

        self.state.touch()
        output = self.configure()
        self.assertIn('"name": "tool"', output)
        self.assertIn('option is red', output)
        configured = self.ninja.stat().st_mtime_ns
        self.configure()
        self.assertEqual(self.ninja.stat().st_mtime_ns, configured)

    def test_no_packages(self):
        """Where there is no Debian, it is configured once."""
        self.state.unlink()
        self.configure()
        configured = self.ninja.stat().st_mtime_ns
        self.configure()
        self.assertEqual(self.ninja.stat().st_mtime_ns, configured)


class Demo(unittest.TestCase):
    """Whatever goes wrong is told in words."""

    def test_no_program(self):
        self.assertRaisesRegex(demo_util.DemoError, '^no-such-program: No such file',
                               demo_util.run, 'no-such-program', '--option')

    def test_closed_socket(self):
        """A socket that was closed meanwhile is left out, also if its number has another file."""
        read, write = os.pipe()
        self.addCleanup(os.close, write)
        self.addCleanup(os.close, read)
        with mock.patch('packet_drops.socket_fds', lambda pid: [9999, read]):
            self.assertEqual(packet_drops.packet_drops(os.getpid()), {})

    def test_refused(self):
        """Where the sockets may not be seen, that is told, not how it came about."""
        refused = PermissionError(errno.EPERM, 'pidfd_getfd: Operation not permitted')
        with mock.patch('demo.packet_drops', side_effect=refused):
            self.assertRaisesRegex(demo_util.DemoError, 'dropped at.*pidfd_getfd: Operation not',
                                   demo.socket_drops, mock.Mock())

    def test_any_error(self):
        missing = FileNotFoundError(errno.ENOENT, 'No such file', 'no-such-forwarder')
        options = ['demo.py', '--ports', 'null', '--seconds', '1', '--folder', '/', 'program']
        with mock.patch('demo.null_demo', side_effect=missing), mock.patch('sys.argv', options), \
                mock.patch('signal.signal'), self.assertRaises(SystemExit) as ended:
            demo.main()
        self.assertIn("demo: [Errno 2] No such file: 'no-such-forwarder'", ended.exception.code)


class Watch(DevtoolsTest):
    """Prometheus of the demonstration."""

    def start(self, prometheus=''):
        """Start it, or what takes its place, and return what is said."""
        status, output = self.bash(
            '. "$DEVTOOLS/demo_watch.sh"; folder=$PWD; as=(); servers=();'
            f'{prometheus} trap \'kill "${{servers[@]}}" 2>/dev/null; wait\' EXIT;'
            'start_prometheus; echo "address: $address"')
        self.assertEqual(status, 0, output)
        return output

    def test_ready(self):
        output = self.start()
        self.assertRegex(output, r'(?m)^test: Prometheus: http://127\.0\.0\.1:')
        self.assertRegex(output, r'(?m)^address: http://127\.0\.0\.1:')

    def test_not_started(self):
        """An address is told only where there is something to see."""
        output = self.start('prometheus() { echo why it ends; return 1; };')
        self.assertIn('Prometheus does not answer', output)
        self.assertIn('why it ends', output)
        self.assertRegex(output, r'(?m)^address: $')
        self.assertNotIn('http', output)


if __name__ == '__main__':
    supervise()
    unittest.main()
