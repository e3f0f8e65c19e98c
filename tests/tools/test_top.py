#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The live view draws in terminals of several sizes, and prints text and JSON."""

import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import tempfile

from harness import NOBODY, TOP, Connection, ToolsTest, complaints_unread, main, run, wait_until
from dpdk_seqstat.quantiles import QUANTILES
from dpdk_seqstat.reading import MAX_HISTOGRAMS

TOKEN = re.compile(r'\x1b\[([0-9;]*)m|([^\x1b])')


def in_red(lines):
    """Return the red words in lines with escape sequences."""
    red, words = False, []
    for line in lines:
        words.append('')
        for codes, character in TOKEN.findall(line):
            if not character:
                red = '31' in codes.split(';') if codes not in ('1', '2') else red
            elif red and character != ' ':
                words[-1] += character
            elif words[-1]:
                words.append('')
    return [word for word in words if word]


class Terminal:
    """The live view in a terminal of tmux."""

    def __init__(self, folder, *options, size=(80, 24), prefix=()):
        folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.tmux = ['tmux', '-S', str(folder / 'tmux'), '-f', '/dev/null', '-u']
        self.status = folder / 'status'
        command = shlex.join(map(str, [*prefix, TOP, *options]))
        # Keep the terminal open, so that tests can inspect it after the view.
        script = f'{command}; echo $? >{self.status}; echo left; exec cat'
        run(*self.tmux, 'new-session', '-d', '-x', str(size[0]), '-y', str(size[1]), script,
            env=dict(os.environ, LC_ALL='C.UTF-8'))

    def pid(self):
        """Return the process id of the live view."""
        shell = run(*self.tmux, 'display-message', '-p', '#{pane_pid}').strip()
        children = pathlib.Path(f'/proc/{shell}/task/{shell}/children')
        return int(wait_until(children.read_text, 'the live view'))

    def close(self):
        subprocess.run([*self.tmux, 'kill-server'], check=False, stderr=subprocess.DEVNULL)

    def screen(self, *options):
        return run(*self.tmux, 'capture-pane', '-p', *options).split('\n')[:-1]

    def press(self, *keys):
        run(*self.tmux, 'send-keys', *keys)

    def resize(self, width, height):
        run(*self.tmux, 'resize-window', '-x', str(width), '-y', str(height))

    def wait(self, *words, missing=()):
        """Wait until the screen has all words and no missing ones; return its lines."""
        lines = []

        def seen():
            lines[:] = self.screen()
            text = '\n'.join(lines)
            return (all(word in text for word in words) and
                    not any(word in text for word in missing))
        try:
            wait_until(seen, f'{words} without {missing}')
        except AssertionError as error:
            raise AssertionError(f'{error} on\n' + '\n'.join(lines)) from error
        return lines


def columns(lines, counter):
    """Return the first line of a counter as words, from the counter's name on."""
    for line in lines:
        words = line.split()
        if counter in words:
            return words[words.index(counter):]
    raise AssertionError(f'no {counter} in\n' + '\n'.join(lines))


class TopTest(ToolsTest):
    def top(self, *options, **how):
        terminal = Terminal(self.folder, '--interval', '0.2', *options, **how)
        self.addCleanup(terminal.close)
        return terminal

    def unprivileged(self):
        """Return a prefix that runs a command without privileges; let it enter the folder."""
        if os.getuid() != 0:
            return []
        if subprocess.run([*NOBODY, TOP, '--list'], check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest('another user cannot run the tools here')
        self.folder.chmod(0o711)
        return NOBODY


class Live(TopTest):
    def setUp(self):
        super().setUp()
        self.target = self.application(
            'a', 'create set port 2', 'label set 0 net_af_packet0', 'label set 1 [red]x',
            'add set 1 0 1234567 79012288 3 700 300', 'add set 2 1 5 320 1 0 0',
            'observe set 1 0 2', 'observe set 2 0 20', 'observe set 2 0 21',
            'create tail port,queue 3', 'label tail 0 eth0|7', 'add tail 1 0 99 0 0 0 0',
            'add tail 1 2 88 0 0 0 0', 'observe tail 1 2 3')

    def test_small(self):
        """Two ports fit on 80 columns and 24 lines with complete numbers."""
        lines = self.top('-f', 'a', size=(80, 24)).wait('1,234,567', 'quit')
        self.assertEqual(len(lines), 24)
        self.assertIn('set (1 of 2)  a: tools-application', lines[0])
        self.assertRegex(lines[1], r'^\d+ snapshots, longest .*s, 0 writers missed')
        self.assertRegex(lines[2], r'^lcores +1 +2')
        self.assertEqual(lines[3].split(), ['port', 'counter', 'value', 'rate', 'history'])
        for counter, number in (('packets', '1,234,567'), ('bytes', '79,012,288'), ('depth', '3'),
                                ('burst', '3'), ('busy_cycles', '700'), ('idle_cycles', '300')):
            self.assertEqual(columns(lines, counter)[1], number)
        self.assertTrue(any(line.startswith('net_af_packet0 ') for line in lines))
        self.assertTrue(any(line.startswith('[red]x ') for line in lines))

    def test_sizes(self):
        """A wide view shows histograms beside the numbers; a narrow one shortens names."""
        # The view draws after a resize, not only after a reading.
        terminal = self.top('-f', 'a', '-n', '3600', size=(200, 50))
        terminal.wait('1,234,567')
        terminal.press('h')
        lines = terminal.wait('1,234,567', 'port=net_af_packet0 burst: 3 ø 14.3', '≤ 4', '> 16')
        self.assertTrue(any(re.search(r'≤ 4 █+\S? +33\.3%', line) for line in lines))
        terminal.press('h')
        for width, height, words, missing in ((120, 10, ['↑↓ 1-5 of 12'], []),
                                              (100, 40, ['[red]x'], ['↑↓'])):
            terminal.resize(width, height)
            lines = terminal.wait('1,234,567', 'quit', *words, missing=missing)
            self.assertEqual(len(lines), height)
        terminal.press('l')
        terminal.resize(48, 12)
        wait_until(lambda: any(re.match(r'ne\S*… +1 .*1,234,567', line)
                               for line in terminal.screen()), 'short names')

    def test_keys(self):
        terminal = self.top('-f', 'a', size=(80, 24))
        lines = terminal.wait('1,234,567', missing=['lcore '])
        terminal.press('l')
        lines = terminal.wait('lcore ', '↑↓ 1-19 of 24')
        self.assertEqual([line.split()[1] for line in lines if line.startswith('net_af')],
                         ['1', '2'])
        terminal.press('End')
        terminal.wait('↑↓ 6-24 of 24', missing=['1,234,567'])
        terminal.press('Up', 'Up')
        terminal.wait('↑↓ 4-22 of 24')
        terminal.press('Home')
        terminal.wait('↑↓ 1-19 of 24')
        terminal.press('PageDown')
        terminal.wait('↑↓ 6-24 of 24')
        terminal.press('l', 'o')
        lines = terminal.wait('sort: value', missing=['lcore '])
        self.assertEqual(lines[4].split()[1:3], ['bytes', '79,012,288'])
        terminal.press('r')
        terminal.wait('quit')
        wait_until(lambda: terminal.screen()[4].split()[2:3] == ['0'], 'the least first')
        terminal.press('r', 'o')
        terminal.wait('sort: rate')
        terminal.press('h')
        lines = terminal.wait('port=net_af_packet0 burst: 3 ø 14.3', '> 16', missing=['1,234,567'])
        terminal.press('h', 's')
        lines = terminal.wait('tail (2 of 2)', 'queue', '99')
        self.assertEqual([line.split()[:3] for line in lines if ' packets ' in line],
                         [['eth0', '7', 'packets'], ['row', '2', 'packets']])
        terminal.press('h')
        terminal.wait('port=eth0,queue=7 burst: 0', 'row=2 burst: 1 ø 3')
        terminal.press('h')
        terminal.press('S')
        terminal.wait('set (1 of 2)')

    def test_unaccounted(self):
        """Only a set with balances has a line for them; it is red while a writer is stopped."""
        self.target.tell('balanced queues queue 4', 'add queues 1 0 1 64 0 9 2', *(
            f'label queues {row} {row}' for row in range(4)))
        terminal = self.top('-f', 'a', '-s', 'queues', size=(80, 24))
        lines = terminal.wait('unaccounted  size 0  cycles -7', '↑↓ 1-18 of 24', 'quit')
        self.assertEqual(len(lines), 24)
        self.target.tell('stop queues 1', 'add queues 2 0 1 1064 0 0 0')
        terminal.wait('size 1,000')
        self.assertIn('1,000', in_red(terminal.screen('-e')))
        self.target.tell('resume queues 1')
        wait_until(lambda: '1,000' not in in_red(terminal.screen('-e')), 'another colour')
        terminal.press('s')
        terminal.wait('set (2 of 3)', missing=['unaccounted'])

    def test_pause(self):
        """A paused view does not read; afterwards it shows new numbers."""
        def snapshots():
            answer = json.loads(run(TOP, '--once', '--json', '-f', 'a', '-s', 'set'))
            return answer['sets']['set']['self']['snapshots']
        terminal = self.top('-f', 'a')
        terminal.wait('1,234,567')
        terminal.press('p')
        terminal.wait('PAUSED')
        self.target.tell('add set 1 0 1 64 3 0 0')
        taken = snapshots()
        self.assertEqual(snapshots(), taken + 1)
        self.assertIn('1,234,567', '\n'.join(terminal.screen()))
        terminal.press('p')
        terminal.wait('1,234,568', missing=['PAUSED'])

    def test_quit(self):
        """The view restores the terminal."""
        for keys in ('q',), ('C-c',):
            terminal = self.top('-f', 'a', '-n', '3600')
            terminal.wait('1,234,567')
            terminal.press(*keys)
            lines = terminal.wait('left', missing=['1,234,567'])
            self.assertEqual(lines[0], 'left')
            self.assertEqual(terminal.status.read_text(), '0\n')
            # The terminal echoes and edits lines again.
            terminal.press('abc', 'Enter')
            wait_until(lambda seen=terminal: seen.screen()[1:3] == ['abc', 'abc'], 'an echo')
            terminal.close()

    def test_rates(self):
        """The view shows rates, histories and utilisation of changing values."""
        self.target.tell('count set 3')
        terminal = self.top('-f', 'a', size=(120, 24))

        def moving():
            self.target.tell('add set 1 0 1 64 3 300 100')
            lines = terminal.screen()
            return (len(lines) > 5 and re.search(r' 1 ██████ +75%', lines[2]) and
                    re.search(r' packets +[0-9,]+ +[1-9][0-9.]* [kMG]?/s [▁-█]{3}', lines[4]) and
                    re.search(r' bytes +[0-9,]+ +[1-9][0-9.]* [kMG]?B/s [▁-█]{3}', lines[5]))
        wait_until(moving, 'rates and utilisation')

    def test_stopped(self):
        """A stopped writer and its lines are red, and no others."""
        terminal = self.top('-f', 'a', '--lcores')
        terminal.wait('1,234,567')
        self.target.tell('stop set 2')
        known = ('1', 'stopped', 'packets', 'idle_cycles', 'burst', 'net_af_packet0', '[red]x',
                 '1,234,567')
        wait_until(lambda: [word for word in in_red(terminal.screen('-e')) if word in known] == [
            'stopped', 'net_af_packet0', 'packets', 'idle_cycles', 'burst', '[red]x', 'packets'],
                   'red lines of lcore 2')
        # This writer was never read: it has no lines.
        self.target.tell('stop set 3')
        terminal.wait('2 stopped', '3 stopped', '1-19 of 24')
        self.target.tell('resume set 2', 'resume set 3')
        terminal.wait('1,234,567', missing=['stopped'])
        wait_until(lambda: not in_red(terminal.screen('-e')), 'no red lines')


class Waiting(TopTest):
    # Numbers are at least a million: the title has a pid, which may contain any smaller number.

    def test_restart(self):
        """The view waits for an application, also after its end."""
        # The message needs a wide line.
        terminal = self.top('-f', 'a', size=(200, 24))
        terminal.wait('no such application runs', 'Waiting for it')
        application = self.application('a')
        terminal.wait('The application has no stat sets')
        application.tell('create set port 1', 'add set 1 0 7654321 0 0 0 0')
        terminal.wait('7,654,321', missing=['Waiting'])
        application.kill()
        terminal.wait('ended', 'Waiting for it', missing=['7,654,321'])
        application.start()
        application.tell('create set port 1', 'add set 1 0 8765432 0 0 0 0')
        terminal.wait('8,765,432', missing=['Waiting'])

    def test_unread(self):
        """The view reports a set that it cannot read, and shows the others."""
        application = self.application('a', 'create first port 1', 'add first 1 0 5432109 0 0 0 0')
        relay = self.relay(application, 'b')
        relay.answer = lambda command, text: (
            '{"/seqstat/info":null}' if command.startswith('/seqstat/info') else text)
        terminal = self.top('-f', 'b')
        terminal.wait('Could not be read: first')
        application.tell('create second port 1', 'add second 1 0 6543210 0 0 0 0')
        relay.answer = lambda command, text: (
            '{"/seqstat/info":{"error":"x"}}' if command == '/seqstat/info,first' else text)
        terminal.wait('6,543,210', missing=['Could not'])
        relay.answer = None
        terminal.wait('second (2 of 2)')
        terminal.press('s')
        terminal.wait('5,432,109')

    def test_set_comes_and_goes(self):
        application = self.application('a', 'create first port 1')
        terminal = self.top('-f', 'a', '--set', 'second')
        lines = terminal.wait('There is no set second now')
        self.assertEqual(lines[1].strip(), '')
        application.tell('create second port 1', 'add second 1 0 5432109 0 0 0 0')
        terminal.wait('5,432,109', 'second (2 of 2)')
        application.tell('free second')
        terminal.wait('There is no set second now', missing=['5,432,109'])
        terminal.press('s')
        terminal.wait('first')


class Quantiles(TopTest):
    def setUp(self):
        super().setUp()
        self.target = self.application('a', 'delays set port 2', 'label set 0 eth0')

    def rows(self, prefix='a', name='set'):
        return json.loads(run(TOP, '--once', '--json', '-f', prefix))['sets'][name]['rows']

    def compare(self, name, counter):
        """Compare with the quantiles in the library's replies."""
        with Connection('a', 60) as connection:
            replies = connection.ask('/seqstat/total', name)['rows']
        for row, found in self.rows(name=name).items():
            value = replies[row][counter]
            if found['total'] is not None:
                self.assertEqual(found['total'][counter].get('quantiles', {}),
                                 {key: value[key] for key in QUANTILES if key in value})
        return replies

    def test_library(self):
        """The tool computes the same quantiles as the library."""
        generator = random.Random(1)
        self.target.tell('create wide port 1', 'label wide 0 eth0')
        self.compare('set', 'delay')
        for n in 1, 1, 8, 90, 500:
            for _ in range(n):
                number = int(2 ** generator.uniform(-1, 20.1))
                lcore = generator.choice(['1', '2', 'any'])
                self.target.tell(f'delay set {lcore} 0 {number} {generator.randint(1, 3)}',
                                 f'observe wide {lcore} 0 {number % 18}')
            self.assertEqual(list(self.compare('set', 'delay')['0']['delay'])[-1], 'max')
            self.compare('wide', 'burst')
        with Connection('a', 60) as connection:
            self.assertIn('next', connection.ask('/seqstat/buckets', 'set', 0, 'delay'))

    def test_text(self):
        self.target.tell('delay set 1 0 1200 2', f'delay set 2 0 {2**21} 1')
        text = run(TOP, '--once', '-f', 'a')
        self.assertRegex(text, r'(?m)^set +port=eth0 +total +delay +3 +ø 700 µs p50 +1.2 µs .*'
                         r'p99.99 > 1.05 ms max > 1.05 ms *$')
        self.assertNotIn('p50', run(TOP, '--once', '--lcores', '-f', 'a'))

    def test_live(self):
        """Quantiles are of the last interval ("now"); without observations in it, of "all"."""
        self.target.tell('delay set 1 0 1200 1000')
        small = self.top('-f', 'a')
        small.wait('all p50  1.2 µs p99  1.2 µs max  1.2 µs')
        wide = self.top('-f', 'a', size=(160, 24))
        wide.wait('p90  1.2 µs p99  1.2 µs p99.9  1.2 µs p99.99  1.2 µs max  1.2 µs')
        bars = self.top('-f', 'a')
        bars.wait('all p50')
        bars.press('h')
        bars.wait('port=eth0 delay: 1,000 ø 1.2 µs', 'all p50  1.2 µs p90', '≤ 2.05 µs █')
        for terminal, words in ((small, r' p50  199 ns p99  199 ns max  199 ns'),
                                (wide, r'█.* p50  199 ns p90  199 ns .* max  199 ns ø 200 ns'),
                                (bars, r'now p50  199 ns p90  199 ns .* max  199 ns')):
            def moving(terminal=terminal, words=words):
                self.target.tell('delay set 2 0 200 1')
                return re.search(words, '\n'.join(terminal.screen()))
            wait_until(moving, words)
            terminal.wait('all p50  1.2 µs')

    def test_bounded(self):
        """The tool reads all buckets of a limited number of histograms, from the same cut."""
        self.target.tell(f'delays many port {MAX_HISTOGRAMS + 3}')
        # Row 0 has no observations: the tool does not read its buckets.
        for row in range(1, MAX_HISTOGRAMS + 3):
            self.target.tell(f'delay many 1 {row} 100 1')
        relay = self.relay(self.target, 'b')
        rows = self.rows('b', 'many')
        asked = [command for command in relay.commands if command.startswith('/seqstat/buckets')]
        tsc = {command.split(',')[-1] for command in relay.commands
               if command.startswith('/seqstat/lcore,many')}
        self.assertEqual(len(tsc), 1)
        self.assertEqual(asked, [f'/seqstat/buckets,many,{row},delay,0,{"".join(tsc)}'
                                 for row in range(1, MAX_HISTOGRAMS + 1)])
        self.assertEqual([int(row) for row in rows if 'quantiles' in rows[row]['total']['delay']],
                         list(range(1, MAX_HISTOGRAMS + 1)))

    def test_not_all_buckets(self):
        """Without all buckets there are no quantiles; without a complete reply, no set."""
        self.target.tell('delay set 1 0 1200 3')
        relay = self.relay(self.target, 'b')

        def answer(command, text):
            name, _, _ = command.partition(',')
            reply = json.loads(text)
            if name == '/seqstat/buckets' and reply[name]:
                reply[name].update(buckets)
            return json.dumps(reply)
        relay.answer = answer
        for wrong in {}, {'1024': 4}, {'1024': 4, '2048': -1}, {'1024': 2**64 - 1}:
            buckets = {'buckets': wrong}
            self.assertNotIn('quantiles', self.rows('b')['0']['total']['delay'])
        buckets = {'buckets': {'inf': 1, '7': 1, '-9': 1}, 'unknown': ['\x1b']}
        self.assertIn('quantiles', self.rows('b')['0']['total']['delay'])
        for buckets in {'error': 'x'}, {'next': 1, 'tsc': 1}:
            self.assertIn('could not be read: set', run(TOP, '--once', '-f', 'b', status=1))


class Once(ToolsTest):
    def setUp(self):
        super().setUp()
        self.target = self.application(
            'a', 'create set port 2', 'label set 0 eth 0', 'add set 1 0 10 640 3 0 0',
            f'add set any 0 5 {2**63 + 1} 4 0 0', 'observe set 1 1 17', 'create tail - 1',
            'balanced queues queue 1', f'add queues 1 0 1 {2**40 + 64} 0 9 2')

    def test_json(self):
        answer = json.loads(run(TOP, '--once', '--json', '-f', 'a'))
        self.assertEqual(answer['pid'], self.target.process.pid)
        self.assertEqual(list(answer['sets']), ['queues', 'set', 'tail'])
        self.assertEqual(answer['sets']['queues']['unaccounted'], {'size': 2**40, 'cycles': -7})
        self.assertEqual(answer['sets']['set']['unaccounted'], {})
        found = answer['sets']['set']
        row = found['rows']['0']
        self.assertEqual(found['labels'], ['port'])
        self.assertEqual([found['rows'][row]['labels'] for row in found['rows']],
                         [{'port': 'eth 0'}, {}])
        self.assertEqual(row['lcores']['1']['packets'], 10)
        # A float could not have this value.
        self.assertEqual(row['total']['bytes'], 2**63 + 641)
        self.assertEqual(found['rows']['1']['total']['burst'], {
            'buckets': {'1': 0, '4': 0, '16': 0, 'inf': 1}, 'count': 1, 'sum': 17,
            'quantiles': dict.fromkeys(QUANTILES, 2**64 - 1)})
        self.assertEqual(found['counters']['bytes'], {
            'type': 'counter', 'unit': 'bytes', 'help': 'Bytes of these, 100% of them.'})
        self.assertEqual([(writer['lcore'], writer['stale']) for writer in found['writers']],
                         [('any', 0), ('1', 0)])
        self.assertEqual(list(json.loads(run(
            TOP, '--once', '--json', '-f', 'a', '--set', 'tail'))['sets']), ['tail'])

    def test_text(self):
        """Numbers are complete, also if COLUMNS names a narrow terminal."""
        for columns_ in '10', '500':
            text = run(TOP, '--once', '-f', 'a', env=dict(os.environ, COLUMNS=columns_))
            self.assertIn(f'  {2**63 + 641}', text)
            self.assertRegex(text, r'(?m)^set +port=eth 0 +total +packets +15\b')
            self.assertRegex(text, r'(?m)^set +row=1 +total +burst +1 +ø 17\b')
            self.assertRegex(text, rf'(?m)^queues +unaccounted +total +size +{2**40} *$')
            self.assertRegex(text, r'(?m)^queues +unaccounted +total +cycles +-7 *$')
            self.assertNotRegex(text, r'(?m)^set +unaccounted')
        self.target.tell('stop set 1')
        text = run(TOP, '--once', '--lcores', '-f', 'a')
        self.assertRegex(text, r'(?m)^set +port=eth 0 +1 +packets +10 +stopped\b')
        self.assertRegex(text, r'(?m)^set +port=eth 0 +any +packets +5 *$')

    def test_reader_ends(self):
        """A reader that closes the pipe early causes no message."""
        for options in ['--list'], ['--once', '-f', 'a'], ['--once', '--json', '-f', 'a']:
            self.assertEqual(complaints_unread(TOP, *options), '')

    def test_unread(self):
        """If the tool cannot read a set, it prints the set's name, and exits with status 1."""
        relay = self.relay(self.target, 'relay')
        relay.answer = lambda command, text: (
            '{"/seqstat/info":null}' if command == '/seqstat/info,tail' else text)
        complaint = 'relay: could not be read: tail'
        text = run(TOP, '--once', '-f', 'relay', status=1)
        self.assertIn(complaint, text)
        self.assertRegex(text, r'(?m)^set +port=eth 0 +total +packets +15\b')
        self.assertIn(complaint, run(TOP, '--once', '-f', 'relay', '-s', 'tail', status=1))
        answer = json.loads(run(TOP, '--once', '--json', '-f', 'relay', '-s', 'tail', status=1,
                                stderr=subprocess.DEVNULL))
        self.assertEqual((answer['unread'], answer['sets']), (['tail'], {}))
        # The set "tail" was not selected.
        self.assertNotIn('tail', run(TOP, '--once', '-f', 'relay', '-s', 'set'))

    def test_errors(self):
        self.assertIn('no such application runs', run(TOP, '--once', '-f', 'b', status=1))
        self.assertIn('there is no set x', run(TOP, '--once', '-f', 'a', '-s', 'x', status=1))
        self.assertIn('not on a terminal', run(TOP, '-f', 'a', status=1))
        elsewhere = {key: value for key, value in os.environ.items() if key != 'RUNTIME_DIRECTORY'}
        text = run(TOP, '--once', '-f', f'test-of-other-user-{os.getpid()}', status=1,
                   env=elsewhere)
        self.assertIn('no such application runs as this user', text)
        for options in ['--json'], ['-n', '0'], ['-i', 'x'], ['--nonsense']:
            self.assertIn('error: ', run(TOP, *options, status=2))

    def test_list(self):
        self.application('b')
        self.assertRegex(run(TOP, '--list'), r'^a, pid \d+: telemetry\nb, pid \d+: telemetry\n$')
        # Users must select one of several applications, unless one has DPDK's default prefix.
        self.assertIn('more than one application', run(TOP, '--once', status=1))
        rte = self.application('rte')
        self.assertEqual(json.loads(run(TOP, '--once', '--json'))['pid'], rte.process.pid)


if __name__ == '__main__':
    main()
