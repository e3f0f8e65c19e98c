#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The live view survives odd names, errors in the middle of a reading, and odd terminals."""

import os
import pty
import resource
import signal
import subprocess
import termios
import threading

from harness import TOP, TelemetryError, main, run, telemetry_socket, wait_until
from test_top import TopTest
from dpdk_seqstat.reading import read_application
from dpdk_seqstat.telemetry import program_name
from dpdk_seqstat.watch import SetWatch

# Not all of these are UTF-8.
ODD_NAMES = (b'\xff\xfea', b'\x1b]0;title\x07', b'a\nb', b'\xc2\x9b31m', b'\xe2\x80\xaeb', b'[red]')

# Python replaces the locale "C" by UTF-8 unless these variables forbid it.
LOCALES = (('PYTHONUTF8=0', 'PYTHONCOERCECLOCALE=0', 'LC_ALL=C'), ('PYTHONIOENCODING=ascii',),
           ('PYTHONIOENCODING=latin-1',))

# Commands for a set with 1,234,567 packets.
COUNTED = 'create set port 1', 'label set 0 eth0', 'add set 1 0 1234567 0 0 0 0'


class Names(TopTest):
    def test_odd(self):
        """The view replaces unprintable characters in names, and ignores rich's markup."""
        target = self.application('a', *COUNTED)
        for raw in ODD_NAMES:
            with self.subTest(raw=raw):
                name = os.fsdecode(raw)
                shown = ''.join(c if c.isprintable() else '?' for c in name)
                relay = self.relay(target, name)
                self.assertIn(f'{shown}, pid ', run(TOP, '--list'))
                terminal = self.top('-f', name, size=(120, 24))
                lines = terminal.wait('1,234,567', 'quit')
                self.assertIn(f'set  {shown}: ', lines[0])
                terminal.close()
                relay.path.unlink()
                self.assertIn(f'/{shown}/', run(TOP, '--once', '-f', name, status=1))

    def test_programs(self):
        for raw in ODD_NAMES:
            program = subprocess.Popen([raw, 'infinity'], executable='sleep')
            self.addCleanup(program.wait)
            self.addCleanup(program.kill)
            name = wait_until(lambda pid=program.pid: program_name(pid), 'its name')
            self.assertTrue(name.isprintable(), ascii(name))
            self.assertEqual(len(name), len(raw.decode(errors='replace')))

    def test_sets(self):
        self.application('a')
        for odd in '\x1b[31m', '\udcff':
            self.assertNotRegex(run(TOP, '--once', '-f', 'a', '-s', odd, status=1), '[\x1b\udcff]')


class Faults(TopTest):
    """After an error in the middle of a reading, the view recovers."""

    def setUp(self):
        super().setUp()
        self.target = self.application('a', *COUNTED)
        self.between = self.relay(self.target, 'b')

    @staticmethod
    def turn_to(terminal, name):
        title = terminal.wait(' of 2)')[0]
        if f' {name} (' not in title:
            # Press the key only once: the view may draw the effect late.
            terminal.press('a')
            terminal.wait(f' {name} (')

    def check(self, message, break_it, mend, others=True, **how):
        terminal = self.top(size=(150, 24), **how)
        terminal.wait('1,234,567')
        self.turn_to(terminal, 'b')
        terminal.wait('1,234,567')
        break_it(terminal)
        terminal.wait(message, missing=['1,234,567'])
        if others:
            self.turn_to(terminal, 'a')
            terminal.wait('1,234,567')
            self.turn_to(terminal, 'b')
            terminal.wait(message)
        terminal.press('o')
        terminal.wait('sort: value')
        mend(terminal)
        terminal.wait('1,234,567', missing=['Waiting'])

    def interrupt(self, command):
        if command.startswith('/seqstat/lcore'):
            raise ConnectionResetError

    def test_reset(self):
        self.check('the application ended',
                   lambda _: setattr(self.between, 'request', self.interrupt),
                   lambda _: setattr(self.between, 'request', None))

    def test_hanging(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.check('does not answer',
                   lambda _: setattr(self.between, 'request', lambda command: go_on.wait()),
                   lambda _: (setattr(self.between, 'request', None), go_on.set()))

    def test_no_descriptors(self):
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.check('Too many open files',
                   lambda top: resource.prlimit(top.pid(), resource.RLIMIT_NOFILE, (3, limits[1])),
                   lambda top: resource.prlimit(top.pid(), resource.RLIMIT_NOFILE, limits),
                   others=False)

    def test_no_permission(self):
        user = self.unprivileged()
        path = telemetry_socket('b')
        for name in path.parents[1], path.parent, path, telemetry_socket('a'):
            name.chmod(0o777)
        telemetry_socket('a').parent.chmod(0o777)
        self.check('only for the user of the application and for root',
                   lambda _: path.chmod(0), lambda _: path.chmod(0o777), prefix=user)

    def test_malformed(self):
        """A reader refuses replies that the library would not send."""
        self.target.tell('observe set 1 0 2', 'add set 2 0 0 0 0 0 0', 'delays delay port 1',
                         'delay delay 1 0 1200 3')
        buckets = (
            'null', '1', '"x"', '[]', '[1]', '{"x":3}', '{"":3}', f'{{"{"9" * 4000}":3}}',
            f'{{"{2**64}":3}}', '{"1024":"x"}', '{"1024":null}', '{"1024":3.0}',
            '{"1024":{"x":"y"}}', f'{{"1024":{2**64}}}', f'{{"1024":{10**999}}}')
        folded = '{}', '{"inf":3}', '{"1":3}', '{"inf":3,"1":3}', '{"1":3,"inf":4}'
        for command, right, wrong in (
                ('info', '"snapshots":', '"snapshots":"x","was":'),
                ('info', '"birth":', '"birth":"x","was":'),
                ('info', '"tsc_hz":', '"tsc_hz":"x","was":'),
                ('info', '"tsc_hz":', '"tsc_hz":0,"was":'),
                ('info', '"labels":["port"]', '"labels":["a b"]'),
                ('info', '"labels":["port"]', '"labels":["x"]'),
                ('info', '"labels":["port"]', '"labels":[7]'),
                ('info', '"labels":["port"]', '"labels":7'),
                ('info', '"type":"counter"', '"type":"other"'),
                ('info', '"packets":{', '"pack ets":{'),
                ('info', '"unit":"bytes"', '"unit":"b/s"'),
                ('info', '"help":"Packets of', '"help":"\\ud800'),
                ('info', '"help":"Packets of', '"help":"\\u001b[31m'),
                ('info', '"unaccounted":{', '"unaccounted":["x"],"was":{'),
                ('info', '"unaccounted":{', '"unaccounted":{"a b":1},"was":{'),
                ('info', '"unaccounted":{', '"unaccounted":{"a":"x"},"was":{'),
                ('writers', '"0":{', '"x":{'),
                ('writers', '"stale":', '"stale":"x","was":'),
                ('writers', '"lcore":"1"', '"lcore":["1"]'),
                ('writers', '"lcore":"1"', '"lcore":"\\u001b1"'),
                ('writers', '"lcore":"1"', f'"lcore":"{"9" * 5000}"'),
                ('lcore', '"rows":{"0"', '"rows":{"x"'),
                ('lcore', '"eth0"', '"\\ud800"'),
                ('lcore', '"eth0"', '"\\u001b[31m"'),
                ('lcore', '"eth0"', '""'),
                ('lcore', '"eth0"', '7'),
                ('lcore', '"eth0"', '["eth0"]'),
                ('lcore', '{"port":"eth0"}', '"eth0"'),
                ('lcore', '"packets":', '"packets":"x","was":'),
                ('lcore', '"bytes":', '"was":'),
                ('lcore', '"4":', '"x":'),
                ('lcore', '"4":', '"4":"x","was":'),
                ('lcore', '"sum":', '"sum":null,"was":'),
                ('lcore,set,1', '"4":', '"5":'),
                ('list', '[', '[[[' + 10000 * '['),
                ('list', '"set"', '"\\u001b[31m"'),
                ('info', '{"/seqstat/info":', 'no JSON'),
                ('info', '{"/seqstat/info":', '{"/else":'),
                ('writers', '{"/seqstat/writers":{', '{"/seqstat/writers":[],"x":{'),
                ('info,delay', '"type":"histogram"', '"type":"counter"'),
                ('lcore,delay', '"sum":', f'"sum":{10**999},"was":'),
                *(('info,delay', '"log_parts":', f'"log_parts":{parts},"was":')
                  for parts in ('-1', '64', 10**9, '"5"', '5.0', 'null', '[]', '{}')),
                *(('lcore,delay', '"buckets":{', f'"buckets":{wrong},"was":{{')
                  for wrong in folded),
                *(('buckets', '"buckets":{', f'"buckets":{wrong},"was":{{')
                  for wrong in buckets)):
            changed = []

            def answer(asked, text, command=command, right=right, wrong=wrong, changed=changed):
                if asked.startswith('/seqstat/' + command) and right in text:
                    changed.append(asked)
                    return text.replace(right, wrong)
                return text
            self.between.answer = answer
            with self.subTest(command=command, wrong=wrong[:40]):
                with self.assertRaisesRegex(TelemetryError, 'malformed|not the answers'):
                    read_application('b', 60)
                self.assertTrue(changed)
        self.between.answer = lambda _, text: text.replace(
            '"packets":12', '"was":{"buckets":"x","count":"y","sum":[]},"else":"z","packets":12'
        ).replace('"log_parts":5', '"log_parts":63')
        delay, reading = read_application('b', 60).readings
        self.assertEqual(delay.counters[0].log_parts, 63)
        self.assertEqual(SetWatch(delay).lines(False)[0].when, 'all')
        self.assertEqual(SetWatch(reading).lines(False)[0].value, 1234567)


class Terminals(TopTest):
    def setUp(self):
        super().setUp()
        self.application('a', 'delays set port 1', 'label set 0 eth0', 'delay set 1 0 1200 1000')

    def test_encodings(self):
        """On a terminal without a character, the view shows a replacement, and all numbers."""
        for locale in LOCALES:
            text = run('env', *locale, TOP, '--once', '-f', 'a', encoding='latin-1')
            micro, mean = ('u', '~') if 'latin' not in locale[0] else ('\xb5', '\xf8')
            self.assertIn(f'{mean} 1.2 {micro}s', text)
            terminal = self.top('-f', 'a', prefix=['env', *locale])
            terminal.wait('all p50  1.2', 'max  1.2')
            terminal.press('h')
            terminal.wait('< 2.05', '#' * 10, 'quit')

    def test_refused(self):
        """If the view cannot draw, it prints the reason without a traceback."""
        complaint = 'dpdk-seqstat-top: '
        terminal = self.top('-f', 'a', prefix=['env', 'TERM=dumb'])
        terminal.wait(complaint + 'the terminal is too simple', 'left')
        self.assertEqual(terminal.status.read_text(), '1\n')
        for line, status, words in (
                ('"$0" -f a <&-', 1, 'not on a terminal'),
                ('"$0" -f a >&-', 1, 'not on a terminal'),
                ('"$0" --once -f a >&-', 0, ''),
                ('"$0" --once --json -f a >/dev/full', 1, 'No space left'),
                ('"$0" --once -f a >/dev/full', 1, 'No space left'),
                ('"$0" --help >/dev/full', 1, 'No space left')):
            text = run('sh', '-c', line, TOP, status=status)
            self.assertRegex(text, f'^({complaint}.*{words}.*\n)?$', line)
            self.assertEqual(bool(text), bool(words), line)

    def test_vanishes(self):
        """When the terminal closes, the view ends, with or without SIGHUP."""
        for session in True, False:
            master, slave = pty.openpty()
            termios.tcsetwinsize(slave, (24, 80))
            with subprocess.Popen(
                    ['setsid', *['--ctty'] * session, '--wait', TOP, '-f', 'a', '-n', '0.05'],
                    stdin=slave, stdout=slave, stderr=subprocess.PIPE, text=True) as top:
                os.close(slave)
                seen = b''
                while b'quit' not in seen:
                    seen += os.read(master, 1 << 16)
                os.close(master)
                self.assertRegex(top.stderr.read(),
                                 r'^(dpdk-seqstat-top: .*Input/output error.*\n)?$')
                self.assertEqual(top.wait(), 1)

    def test_hangup(self):
        """After a signal, the view restores the terminal."""
        terminal = self.top('-f', 'a')
        terminal.wait('quit')
        os.kill(terminal.pid(), signal.SIGHUP)
        terminal.wait('left', missing=['quit'])


if __name__ == '__main__':
    main()
