#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What other tests start and make is gone when they end, however they do."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]

# A test with a folder, a child that hears nothing, and one that leaves as daemons do.
TEST = f"""
import os, signal, subprocess, sys, tempfile, time
sys.path.insert(0, {str(TESTS)!r})
from supervised import supervise
supervise()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = tempfile.mkdtemp()
child = subprocess.Popen(['sleep', '1000']).pid
daemon = subprocess.run(['sh', '-c', 'setsid sleep 1000 >/dev/null & echo $!'],
                        check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
print(folder, os.path.dirname(folder), child, daemon, flush=True)
"""


class Supervised(unittest.TestCase):
    def check(self, end, number=None):
        """Have a test end so, or by a signal; return its status when it left nothing."""
        with subprocess.Popen([sys.executable, '-c', TEST + end], stdout=subprocess.PIPE,
                              text=True) as test:
            *folders, child, daemon = test.stdout.readline().split()
            for folder in folders:
                self.assertTrue(os.path.isdir(folder))
            for pid in child, daemon:
                os.kill(int(pid), 0)
            if number is not None:
                test.send_signal(number)
        for folder in folders:
            self.assertFalse(os.path.exists(folder))
        for pid in child, daemon:
            self.assertRaises(ProcessLookupError, os.kill, int(pid), 0)
        return test.returncode

    def test_by_itself(self):
        for end, status in ('', 0), ('sys.exit(77)', 77), ('1 / 0', 1), (
                'os.kill(os.getpid(), signal.SIGKILL)', 128 + signal.SIGKILL):
            with self.subTest(end=end):
                self.assertEqual(self.check(end), status)

    def test_by_signal(self):
        for number in signal.SIGHUP, signal.SIGINT, signal.SIGTERM:
            with self.subTest(number=number):
                self.assertEqual(self.check('time.sleep(1000)', number), 128 + number)

    def test_stopped(self):
        """Also if it does not run any more."""
        self.assertEqual(self.check('os.kill(os.getpid(), signal.SIGSTOP)', signal.SIGTERM),
                         128 + signal.SIGTERM)


if __name__ == '__main__':
    unittest.main()
