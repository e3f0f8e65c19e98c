#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The live view of stat files."""

import io
import json
import os
import random
import re
import signal
import subprocess
from unittest import mock

from rich.console import Console

from harness import TOP, main, run, wait_until
from statfiles import Counter, Set, make_file
from test_top import TopTest
from dpdk_seqstat import applications, screen
from dpdk_seqstat.applications import UNREADABLE, Finder, Found, read_found
from dpdk_seqstat.reading import Application
from dpdk_seqstat.statfile import StatFile, StatFileError
from dpdk_seqstat.watch import Watch

SUMS, PER_WRITER, KEEP = 0, 1, 4
CREATE = ('create set port 1', 'label set 0 eth0', 'add set 1 0 1234567 79012288 3 700 300',
          'observe set 1 0 2')


class FileTest(TopTest):
    def setUp(self):
        super().setUp()
        self.files = self.folder / 'files'
        self.files.mkdir()
        self.target = self.published('a')

    def published(self, prefix, flags=SUMS, mode='0644'):
        application = self.application(prefix, *CREATE)
        self.publish(application, flags, mode)
        return application

    def publish(self, application, flags=SUMS, mode='0644'):
        application.tell(f'publish {self.files} 10000 4 {mode} {flags}')

    def path(self, application):
        return self.files / f'{application.prefix}.{application.process.pid}.seqstat'

    def once(self, *options, prefix=(), status=0):
        return json.loads(run(*prefix, TOP, '--once', '--json', *options, self.files,
                              status=status, stderr=subprocess.DEVNULL))


class Sources(FileTest):
    def test_found(self):
        """A socket and a file of one process are one application; a live file comes first."""
        pid = self.target.process.pid
        path = str(self.path(self.target))
        self.application('b')
        with mock.patch.object(applications, 'FOLDER', str(self.files)):
            finder = Finder([], None)

            def find():
                return [(one.prefix, bool(one.pid), one.path, one.gone, one.socket, one.alive)
                        for one in finder.find()]
            other = 'b', True, '', False, 'b', True
            self.assertEqual(find(), [('a', True, path, False, 'a', True), other])
            watch = Watch()
            watch.update(read_found(finder.find()[0]))
            self.assertEqual(watch.application.origin.path, path)
            self.target.tell('unpublish')
            self.assertEqual(find(), [('a', True, '', False, 'a', True), other])
            watch.update(read_found(finder.find()[0]))
            self.assertIsNone(watch.sets['set'].lines(False)[0].rate)
            self.publish(self.target, KEEP)
            self.target.tell('unpublish')
            self.assertEqual(find(), [('a', True, path, True, 'a', True), other])
            self.assertIsNone(read_found(finder.find()[0]).origin)
            self.target.kill()
            self.assertTrue(read_found(finder.find()[0]).origin.gone)
            self.assertEqual([one.pid for one in Finder([], 'a').find() if one.alive], [])
            self.target.start()
            self.assertEqual([one.alive for one in Finder([], 'a').find()], [True])
        self.assertEqual(Finder([self.files], None).find(), [Found('a', pid, path, True)])

    def test_falls_back(self):
        """Without a publisher, the view reads telemetry; with one, it reads the file again."""
        terminal = self.top('-f', 'a', self.files, size=(130, 24))
        terminal.wait('1,234,567', 'every 10 ms', str(self.path(self.target)))
        for _ in range(2):
            self.target.tell('unpublish', 'add set 1 0 1 64 3 0 0')
            terminal.wait(' snapshots, longest', missing=[str(self.files)])
            self.publish(self.target)
            terminal.wait('every 10 ms', str(self.path(self.target)))
        terminal.wait('1,234,569')

    def test_explicit(self):
        """The view waits for a named file; after its removal, it reads telemetry if it can."""
        terminal = self.top(self.files / 'fixed', size=(150, 24))
        terminal.wait('No such file', 'Waiting')
        self.target.tell('unpublish', f'publish {self.files}/fixed 10000 4 0644 {SUMS}')
        terminal.wait('1,234,567', 'every 10 ms', 'set  a: pid')
        self.target.tell('unpublish')
        terminal.wait('1,234,567', ' snapshots, longest')
        self.target.kill()
        terminal.wait('No such file', 'Waiting', missing=['1,234,567'])

    def test_gone(self):
        """The view shows the last record of a dead publisher with its age, and without rates."""
        self.target.tell('count set 2')
        # With this folder, the view finds no socket.
        terminal = self.top('-f', 'a', self.files, size=(130, 24),
                            prefix=['env', 'RUNTIME_DIRECTORY=/nonexistent'])
        wait_until(lambda: re.search(r' packets .*[1-9] M/s', '\n'.join(terminal.screen())), 'rate')
        path = self.path(self.target)
        self.target.kill()
        lines = terminal.wait('old: the publisher has ended', str(path))
        self.assertNotIn('/s', '\n'.join(lines[2:]))
        self.assertRegex(run(TOP, '--once', path, status=1),
                         r'\d m?s old: the publisher has ended\n$')
        self.assertTrue(self.once(status=1)['file']['gone'])
        self.assertIn('publisher has ended', run(TOP, '--list', self.files))
        # The view shows the next process of this prefix, which removes the file of the former one.
        self.target.start()
        self.target.tell(*CREATE)
        self.publish(self.target)
        terminal.wait('1,234,567', f'pid {self.target.process.pid}', missing=['ended'])
        self.assertFalse(path.exists())

    def test_late(self):
        """A stopped publisher has not ended; the view shows the age of its record."""
        terminal = self.top('-f', 'a', self.files)
        terminal.wait('1,234,567')
        self.target.process.send_signal(signal.SIGSTOP)
        lines = terminal.wait('3.', ' s old, record', missing=['ended'])
        self.target.process.send_signal(signal.SIGCONT)
        terminal.wait('ms old, record')
        self.assertNotIn('ended', lines[1])

    def test_replaced(self):
        """The view reads a new file at once; sets that stay keep their history."""
        self.target.tell('count set 2')
        terminal = self.top('-f', 'a', self.files, size=(130, 24))
        wait_until(lambda: re.search('[▁-█]{5}', '\n'.join(terminal.screen())), 'a history')
        self.target.tell('create tail port 1', 'add tail 1 0 7654321 0 0 0 0')
        lines = terminal.wait('set (1 of 2)')
        self.assertRegex('\n'.join(lines), '[▁-█]{5}')
        terminal.press('s')
        terminal.wait('tail (2 of 2)', '7,654,321')

    def test_bad(self):
        """A bad file costs one line with the reason."""
        whole = self.path(self.target).read_bytes()
        bad = self.files / os.fsdecode(b'\x1b[3m\xff.seqstat')
        shown = re.escape(f'{self.files}/?[3m?.seqstat')
        for make, reason in (
                (lambda: bad.write_bytes(b'\x1b[31m' * 99), 'not a stat file, or a damaged one'),
                (lambda: bad.write_bytes(whole[:12] + b'\2' + whole[13:]), 'another version'),
                (lambda: bad.symlink_to(bad), 'symbolic links'),
                (bad.mkdir, 'not a stat file, or a damaged one')):
            make()
            found = run(TOP, '--list', self.files).splitlines()
            self.assertEqual(len(found), 2)
            self.assertIn(f'a, pid {self.target.process.pid}: ', found[0])
            self.assertRegex(found[1], f'^{shown}: .*{reason}')
            text = run(TOP, '--once', self.files)
            self.assertIn(f'dpdk-seqstat-top: {found[1]}\n', text)
            self.assertIn('1234567', text)
            if not bad.is_dir():
                self.assertRegex(run(TOP, '--once', bad, status=1), f'(?s)^[^\n]*{shown}.*{reason}')
                bad.unlink()
        terminal = self.top(self.files, size=(150, 24))
        terminal.wait('1,234,567', '?[3m?.seqstat: not a stat file')
        terminal.press('a')
        terminal.wait('Waiting', '?[3m?.seqstat: not a stat file', missing=['1,234,567'])

    def test_copy(self):
        """A copy of a file keeps its numbers, whatever its application does."""
        path = self.files / 'copy'
        path.write_bytes(self.path(self.target).read_bytes())
        self.target.tell('add set 1 0 1 0 0 0 0')
        wait_until(lambda: '1234568' in run(TOP, '--once', self.files), 'another number')
        self.assertRegex(run(TOP, '--once', path, status=1), '1234567')
        path.write_bytes(path.read_bytes().replace(b'bytes\0', b'burst\0'))
        self.assertIn('a damaged one', run(TOP, '--once', path, status=1))

    def test_corrupted(self):
        """The view refuses or draws a corrupted file."""
        self.target.tell('unpublish', 'delays delay port 2', 'delay delay 1 1 1200 3')
        self.publish(self.target, PER_WRITER)
        whole, path = self.path(self.target).read_bytes(), self.files / 'x'
        generator, outcomes = random.Random(1), set()
        # Corrupt only the bytes up to the last one that is not zero.
        used = max(at for at, byte in enumerate(whole) if byte) + 1
        for number in range(1000):
            data, watch = bytearray(whole), Watch(['set', 'delay'][number % 2])
            for at in generator.choices(range(used), k=generator.randint(1, 3)):
                data[at] = generator.choice([0, 1, 5, data[at] ^ 128, 255])
            path.write_bytes(data)
            view = screen.View(1, watch, screen.State(generator.choice([False, True])))
            view.state.histograms = number % 4 < 2
            try:
                for found in Finder([path], None).find():
                    watch.update(read_found(found)._replace(origin=None))
                    watch.update(read_found(found))
                    drawn = Console(width=90, height=24, file=io.StringIO())
                    drawn.print(view.draw(drawn.size))
                    outcomes.add('drawn')
            except UNREADABLE:
                outcomes.add('refused')
        self.assertEqual(outcomes, {'drawn', 'refused'})
        # Log-linear buckets without a power of two among them.
        path.write_bytes(make_file(Set(counters=[
            Counter('odd', 'histogram', bounds=[3, 5], log_parts=1)])))
        with self.assertRaisesRegex(StatFileError, 'a damaged one'):
            read_found(Found('rte', 1, str(path)))

    def test_unprivileged(self):
        """Another user reads a file of mode 0644, but not one of mode 0600."""
        user = self.unprivileged()
        self.assertEqual(self.once(prefix=user)['sets']['set']['rows']['0']['total']['packets'],
                         1234567)
        other = self.published('b', mode='0600')
        if user:
            text = run(*user, TOP, '--once', self.path(other), status=1)
            self.assertRegex(text, f'^dpdk-seqstat-top: {self.path(other)}: Permission denied\n')


class Numbers(FileTest):
    def test_same(self):
        """A file per writer has the same content as telemetry, except for snapshots' numbers."""
        self.target.tell('unpublish', f'publish {self.files} 10000 4 0644 {PER_WRITER}',
                         'delays delay port 2', 'label delay 0 eth0', 'delay delay 2 0 1200 3',
                         'add set 2 0 5 320 1 1 1', 'stop set 3')
        wait_until(lambda: 'delay' in self.once()['sets'], 'the other set')
        sets = [self.once()['sets'], json.loads(run(TOP, '--once', '--json', '-f', 'a'))['sets']]
        for one in sets:
            for name in one:
                for key in 'self', 'tsc', 'tsc_hz':
                    del one[name][key]
        self.assertEqual(*sets)
        # Unread writers are missing, not zero.
        self.assertEqual(list(sets[0]['set']['rows']['0']['lcores']), ['1', '2'])
        self.assertIn(('3', 1), [(writer['lcore'], writer['unread'])
                                 for writer in sets[0]['set']['writers']])

    def test_totals(self):
        """From a file without values per writer, the view shows totals and their utilisation."""
        terminal = self.top(self.files, '--lcores')

        def moving():
            self.target.tell('add set 1 0 1 64 3 300 100')
            return re.search(r'lcores +total ██████ +75%', terminal.screen()[2])
        wait_until(moving, 'utilisation')
        self.assertRegex('\n'.join(terminal.screen()), r'eth0 total packets +1,')

    def test_clocks(self):
        """Rates and ages do not depend on CLOCK_REALTIME."""
        with StatFile(self.path(self.target)) as file:
            watch, record = Watch(), file.newest()
            self.target.tell('add set 1 0 1000 64 3 300 100')
            later = wait_until(lambda: next((one for one in [file.newest()] if next(
                file.readings(one)).values['total'][0]['packets'] == 1235567), None), 'a record')
            for one in record, later._replace(realtime_ns=record.realtime_ns - 10**15):
                watch.update(Application(1, list(file.readings(one)), []))
            rate = watch.sets['set'].lines(False)[0].rate
            self.assertAlmostEqual(rate * (
                later.parts[0].monotonic_ns - record.parts[0].monotonic_ns) / 1e9, 1000)
        with mock.patch('time.time', return_value=0), mock.patch('time.time_ns', return_value=0):
            found, = Finder([self.files], None).find()
            self.assertLess(0, read_found(found).origin.age)

    def test_cleared(self):
        """A cleared row starts at zero, also if its values are larger than before."""
        watch = Watch()
        found, = Finder([self.files], None).find()
        watch.update(read_found(found))
        self.target.tell('clear set 0', 'label set 0 eth0', 'observe set 1 0 2',
                         'add set 1 0 2000000 90000000 3 800 400')
        wait_until(lambda: read_found(found).readings[0].values['total'].get(0, {}).get(
            'packets') == 2000000, 'the row')
        watch.update(read_found(found))
        self.assertEqual(watch.sets['set'].recent['total'][0]['packets'], 2000000)


if __name__ == '__main__':
    main()
