#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""dpdk-l2fwd-stats shows its table on a terminal and elsewhere, and resets nobody else's view."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import tempfile
import termios
import unittest

import l2fwd_stats
from l2fwd_stats import Forwarder

TOTAL = '/seqstat/total,l2fwd'
FRAME = re.compile(r'\033\[H(.*?)\033\[\?7h', re.DOTALL)
SEQUENCE = re.compile(r'\033\[[?\d]*[A-Za-z]')
KEYS = 'keys: r reset, l lcores, q quit'


class TerminalForwarder(Forwarder):
    """The program on a terminal. A frame is what it draws over the one before."""

    def __init__(self, *arguments, lines=24, foreground=True, **options):
        self.lines = lines
        self.foreground = foreground
        super().__init__(*arguments, **options)

    def start(self, words, env):
        self.output, terminal = pty.openpty()
        fcntl.ioctl(self.output, termios.TIOCSWINSZ, struct.pack('HHHH', self.lines, 80, 0, 0))
        self.before = termios.tcgetattr(terminal)
        self.process = subprocess.Popen(
            words, env=env, stdin=terminal, stdout=terminal, stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: self.foreground and fcntl.ioctl(terminal, termios.TIOCSCTTY, 0))
        os.close(terminal)

    def press(self, keys):
        os.write(self.output, keys.encode())

    def frames(self):
        return [SEQUENCE.sub('', frame) for frame in FRAME.findall(self.text)]

    def wait_for_frame(self, condition=lambda frame: True):
        """Wait for the next frame that meets a condition."""
        known = len(self.frames())
        return self.wait_until(
            lambda _: next(filter(condition, self.frames()[known:]), None), 'such frame')


class Reset(unittest.TestCase):
    def check_reset_of_many_packets(self, forwarder, reset):
        """Nothing from before the reset is in the totals, and nobody else sees one."""
        def sent(total):
            return sum(row['tx_packets'] for row in total['rows'].values())

        before = sent(forwarder.wait_for_answer(TOTAL, sent))
        reset()
        table = forwarder.wait_for_table(
            lambda table: table.since == 'reset' and table.parts['all ports']['packets']['tx'])
        after = sent(forwarder.ask(TOTAL))
        self.assertLessEqual(table.parts['all ports']['packets']['tx'], after - before)

    def test_signal(self):
        with Forwarder('-p', '3', '-T', '1') as forwarder:
            table = forwarder.wait_for_table()
            self.assertEqual(table.since, 'start')
            for _ in range(2):
                self.check_reset_of_many_packets(
                    forwarder, lambda: forwarder.process.send_signal(signal.SIGUSR1))
            self.assertEqual(forwarder.stop(), 0)
            self.assertEqual(l2fwd_stats.tables(forwarder.text)[-1].since, 'reset')

    def test_many_times(self):
        """Each reset takes a snapshot, which the program checks."""
        with Forwarder('-p', '3', '-T', '86400', lcores=l2fwd_stats.lcores_option(3)) as forwarder:
            for number in range(1, 1001):
                forwarder.process.send_signal(signal.SIGUSR1)
                forwarder.wait_until(
                    lambda text: text.count('s since the reset') == number, 'table')
            self.assertEqual(forwarder.stop(), 0)
            self.assertNotIn('INCONSISTENT', forwarder.text)

    def test_last_table_begins_at_the_reset(self):
        packets = [bytes(60)] * 1000
        with tempfile.TemporaryDirectory() as folder:
            received = f'{folder}/received'
            l2fwd_stats.pcap_write(received, packets)
            with Forwarder('-p', '3', '-T', '86400',
                           vdevs=[f'net_pcap0,rx_pcap={received}', 'net_null1,no-rx=1'],
                           ) as forwarder:
                forwarder.wait_for_answer(TOTAL, lambda answer: (
                    answer['rows']['1']['tx_packets'] == len(packets)))
                forwarder.process.send_signal(signal.SIGUSR1)
                forwarder.wait_for('s since the reset')
                self.assertEqual(forwarder.ask(TOTAL)['rows']['0']['rx_packets'], len(packets))
                self.assertEqual(forwarder.stop(), 0)
                for part in l2fwd_stats.tables(forwarder.text)[-1].parts.values():
                    for figures in part.values():
                        self.assertFalse(any(figures.values()))


class Terminal(unittest.TestCase):
    def test_keys(self):
        with TerminalForwarder('-p', '3', '-T', '1') as forwarder:
            self.assertNotEqual(termios.tcgetattr(forwarder.output), forwarder.before)
            frame = forwarder.wait_for_frame()
            self.assertIn('s since the start', frame)
            self.assertIn(KEYS, frame)
            self.assertNotIn('lcore 1', frame)
            forwarder.press('xl')
            forwarder.wait_for_frame(lambda frame: 'lcore 1' in frame)
            forwarder.press('r')
            forwarder.wait_for_frame(lambda frame: 's since the reset' in frame)
            forwarder.press('l')
            forwarder.wait_for_frame(lambda frame: 'lcore 1' not in frame)
            forwarder.press('q')
            self.assertEqual(forwarder.end(), 0)
            self.assertNotIn(KEYS, forwarder.frames()[-1])
            self.assertEqual(termios.tcgetattr(forwarder.output), forwarder.before)

    def test_low_screen(self):
        with TerminalForwarder('-p', '3', '-T', '1', lines=8) as forwarder:
            frame = forwarder.wait_for_frame()
            self.assertEqual(len(frame.splitlines()), 8)
            self.assertEqual(frame.splitlines()[-1], '... the screen is too low for the rest')
            self.assertEqual(forwarder.stop(), 0)
            self.assertIn('all ports', forwarder.frames()[-1])

    def test_terminal_of_another_program(self):
        with TerminalForwarder('-p', '3', '-T', '1', foreground=False) as forwarder:
            self.assertNotIn(KEYS, forwarder.wait_for_frame())
            self.assertEqual(termios.tcgetattr(forwarder.output), forwarder.before)
            self.assertEqual(forwarder.stop(), 0)

    def test_no_terminal(self):
        with Forwarder('-p', '3', '-T', '1') as forwarder:
            forwarder.wait_for_table()
            self.assertNotIn('\033', forwarder.text)
            self.assertNotIn(KEYS, forwarder.text)


if __name__ == '__main__':
    l2fwd_stats.main()
