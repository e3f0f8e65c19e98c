#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Readers in C and Python return the content of stat files, or refuse them."""

import functools
import itertools
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / 'usertools')]

# pylint: disable=wrong-import-position
import statfiles  # noqa: E402
from dpdk_seqstat.reading import TYPES  # noqa: E402
from dpdk_seqstat.statfile import StatFile, StatFileError, by_row  # noqa: E402
from statfiles import COUNTER, Counter, Set, entry, lock  # noqa: E402
from supervised import supervise  # noqa: E402

# A cross build passes its reader, which runs under MESON_EXE_WRAPPER.
BUILT = sys.argv[1:2]
# tests/headers covers other compilers.
COMPILERS = ['gcc', '-std=c11'], ['clang++', '-std=c++17', '-xc++']
WARNINGS = ['-Wall', '-Wextra', '-pedantic', '-Wconversion', '-Werror']
SANITIZERS = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
N_RANDOM = 2000

BOUNDS = (16, 24)
N_ROWS, N_VALUES = 3, 2 + len(BOUNDS) + 2

# Offsets of the first set, its counters and its balance, and the size of the descriptions.
SET_AT, COUNTERS_AT, BALANCE_AT, META_SIZE = 208, 576, 1080, 1632
# Values of corrupted words.
ODD = (2**32 - 1, 0, 1 << 12, 1, 7, 8, 255)
MISSING = 'no such record any more, or not yet'
DAMAGED = 'not a stat file, or a damaged one'
OVERWRITTEN = 'overwritten while it was read'


def make_file(log_parts=0, **how):
    """Return a stat file with two sets that have a counter of each type."""
    counters = (Counter('rx', 'counter', 'packets', 'Received'), Counter('level', 'gauge'),
                Counter('sizes', 'histogram', bounds=BOUNDS, log_parts=log_parts))
    log = (1, 0, 'net0', '5'), (2, 3), (1, 1)
    return statfiles.make_file(*(Set(name, counters, ('port', 'queue'), log, N_ROWS)
                                 for name in ('one', 'two')), **how)


def changed(data, *changes):
    """Return a file with changes: the offset, format and new values of each."""
    data = bytearray(data)
    for at, form, *values in changes:
        struct.pack_into('<' + form, data, at, *values)
    return bytes(data)


def readers(folder):
    """Return the readers in C: the one of a cross build, or one of each compiler."""
    if BUILT:
        return [[*os.environ.get('MESON_EXE_WRAPPER', '').split(), *BUILT]]
    found = []
    for i, (compiler, *options) in enumerate(COMPILERS):
        if not shutil.which(compiler):
            continue
        program = folder / f'reader{i}'
        subprocess.run([compiler, *options, *WARNINGS, *SANITIZERS, f'-I{HERE}/../../lib/seqstat',
                        HERE / 'reader.c', '-xnone', '-o', program], check=True)
        found.append([program])
    return found


def corrupted(data):
    """Yield copies with a replaced word each, then copies with a few changed or missing bytes."""
    for at in range(0, len(data), 4):
        for number in ODD[at // 4 % 2::2]:
            yield data[:at] + struct.pack('<I', number) + data[at + 4:]
    chance = random.Random(1)
    for _ in range(N_RANDOM):
        copy = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            # Often in the first 2 KiB: descriptions, logs and the first records.
            at = chance.randrange(chance.choice((2048, len(data))))
            copy[at] = chance.randrange(256)
        yield copy[:chance.choice(3 * [len(data)] + [chance.randrange(len(data))])]


def record_json(file, record):
    """Return a record of the reader in Python in the form of parsed()."""
    def set_json(index, described, part):
        rows, n = file.rows_of(index, part), described.n_rows * described.n_values
        # Rows of each writer, or of the totals.
        writers = [list(by_row(described, part.values[at:at + n]))
                   for at in range(0, len(part.values), n)]
        return {
            'birth': described.birth, 'labels': described.labels,
            'counters': {column.counter.name: [
                column.counter.unit, column.counter.help, TYPES.index(column.counter.type),
                column.counter.log_parts, column.first, list(map(int, column.bounds[:-1]))]
                for column in described.columns},
            'cut': [part.number, part.monotonic_ns, part.flags], 'self': list(part.self.values()),
            'balances': dict(zip(described.balances, part.unaccounted)),
            'writers': part.writers, 'retired': part.retired,
            'rows': [{'generation': rows.generations.get(row, 0),
                      'labels': list(rows.labels.get(row, {}).values()),
                      'values': [value for writer in writers for value in writer[row]]}
                     for row in range(described.n_rows)]}
    # readings() must not fail even if corruption makes two names equal.
    list(file.readings(record))
    return {'number': record.number, 'prefix': file.prefix, 'gone': file.gone(),
            'realtime': record.realtime_ns, 'monotonic': record.monotonic_ns,
            'flags': record.flags,
            'sets': {described.name: set_json(index, described, part) for index, (
                described, part) in enumerate(zip(file.sets, record.parts))}}


def parsed(line):
    """Return a record or an error that a reader in C printed."""
    if not line.startswith('{'):
        return line
    record = json.loads(line)
    for of_set in record['sets'].values():
        of_set['writers'] = [
            {'lcore': 'any' if lcore == 0xffffffff else str(lcore), 'socket': socket, 'pid': pid,
             'stale': flags & 1, 'unread': flags // 2 & 1, 'torn': n_torn,
             'crowded': flags // 16 & 1}
            for lcore, socket, pid, flags, n_torn in of_set['writers']]
    return record


def last_lines(program):
    """Return the last records that a reader in C prints, and the error after them."""
    print(file=program.stdin, flush=True)
    lines = [program.stdout.readline().strip()]
    while lines[-1].startswith('{'):
        lines.append(program.stdout.readline().strip())
    return lines


def read_records(file, numbers):
    """Return records, or the newest one."""
    records = [file.read(number) for number in numbers] or [file.newest()]
    return [record_json(file, record) for record in records] if all(records) else MISSING


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.path = folder / 'file'
        cls.readers = readers(folder)

    def cause(self, error):
        return str(error).removeprefix(f'{self.path}: ')

    def in_python(self, read):
        """Open the file in Python; return the result of a function on it, or the error."""
        try:
            with StatFile(self.path) as file:
                return read(file)
        except StatFileError as error:
            return self.cause(error)

    def in_c(self, reader, arguments):
        """Return the records that a reader in C prints, or its error."""
        result = subprocess.run([*reader, self.path, *map(str, arguments)], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return result.stderr.strip() if result.returncode else list(
            map(parsed, result.stdout.splitlines()))

    def ask(self, *arguments, data=None):
        """Read the newest record, or some, by all readers, which have to agree."""
        if data is not None:
            self.path.write_bytes(data)
        answers = [self.in_python(lambda file: read_records(file, arguments)),
                   *(self.in_c(reader, arguments) for reader in self.readers)]
        self.assertEqual(answers[:-1], answers[1:])
        return answers[0][0] if len(answers[0]) == 1 else answers[0]

    def refused(self, data, error):
        self.assertEqual(self.ask(data=data), error)

    def check_set(self, answer, number, cut, last):
        self.assertEqual(answer['cut'], [cut, 5, 2])
        self.assertEqual(answer['self'], list(range(11, 17)))
        self.assertEqual(answer['counters'], {
            'rx': ['packets', 'Received', 0, 0, 0, []], 'level': ['', '', 1, 0, 1, []],
            'sizes': ['', '', 2, 0, 2, list(BOUNDS)]})
        self.assertEqual(answer['balances'], {'packets': -number})
        self.assertEqual(answer['retired'], list(range(N_VALUES)))
        self.assertEqual([list(writer.values()) for writer in answer['writers']],
                         [['1', 77, 0, 0, 0, 0, 0], ['any', 78, -1, 0, 1, 1, 0]])
        self.assertEqual([(row['generation'], row['labels']) for row in answer['rows']],
                         [(0, []), last, (3, [])])
        return [row['values'] for row in answer['rows']]

    def test_records(self):
        values = [[10 * row + value for value in range(N_VALUES)] for row in range(N_ROWS)]
        for per_writer in (False, True):
            data = make_file(per_writer=per_writer)
            for number in (6, 4):
                answer = self.ask(number, data=data)
                self.assertEqual((answer['number'], answer['prefix']), (number, 'rte'))
                last = (1, []) if number >= 5 else (0, ['net0', '5'])
                one = self.check_set(answer['sets']['one'], number, number, last)
                two = self.check_set(answer['sets']['two'], number, number + 100, last)
                # All values of the second writer are 0.
                self.assertEqual(one, [[1000 * number + value for value in row] +
                                       N_VALUES * [0] * per_writer for row in values])
                self.assertEqual(one, two)
            self.assertEqual(self.ask()['number'], 6)

    def test_reading(self):
        """readings() returns the values as telemetry reports them."""
        for per_writer, log_parts in ((False, 0), (True, 1)):
            self.path.write_bytes(make_file(per_writer=per_writer, log_parts=log_parts))
            one, two = self.in_python(lambda file: list(file.readings(file.read(4))))
            self.assertEqual((one.name, two.name, one.stale), ('one', 'two', 0))
            self.assertEqual(one.rows, {0: {}, 1: {'port': 'net0', 'queue': '5'}, 2: {}})
            self.assertEqual(one.unaccounted, {'packets': -4})
            # The shared writer is unread.
            self.assertEqual(list(one.values), ['1' if per_writer else 'total'])
            values, = one.values.values()
            folded = {'16': 4012, **({} if log_parts else {'24': 8025}), 'inf': 12039}
            self.assertEqual(values[1], {
                'rx': 4010, 'level': 4011,
                'sizes': {'buckets': folded, 'count': 12039, 'sum': 4015}})
            self.assertEqual(one.buckets.get((1, 'sizes')), {
                '16': 4012, '24': 4013, 'inf': 4014} if log_parts else None)

    def test_records_that_are_not_there(self):
        for head in (0, 1 << 63, (1 << 64) - 1):
            self.refused(changed(make_file(head=0), (192, 'Q', head)), MISSING)
        for number in (0, 3, 7, 1 << 63, (1 << 64) - 1):
            self.assertEqual(self.ask(number, data=make_file()), MISSING)
        self.assertEqual(self.ask(1, data=make_file(head=3))['number'], 1)
        data = make_file()
        records, record_size = struct.unpack_from('<QQ', data, 32)
        for size in (data[records + record_size + 8], 7):
            self.refused(changed(data, (records + record_size, 'QQ', 2 * 10 - 1, size)),
                         OVERWRITTEN)
            self.assertEqual(self.ask(6), MISSING)
        # A complete record of a publisher that was killed before it advanced the head.
        self.assertEqual(self.ask(6, data=changed(make_file(), (192, 'Q', 5))), MISSING)

    def test_other_files(self):
        data = make_file()
        self.refused(changed(data, (8, 'I', 0x04030201)),
                     'made on a machine with another byte order')
        self.refused(changed(data, (12, 'I', 2)), 'another version of the format')
        for size in [0, 1, 100, 207, 208, 500, 1500, len(data) - 1]:
            self.refused(data[:size], DAMAGED)
        self.refused(b'\x7fELF' + bytes(4096), DAMAGED)
        self.path.unlink()
        self.assertEqual(self.ask(), 'No such file or directory')
        self.path.mkdir()
        self.assertEqual(self.ask(), DAMAGED)
        self.path.rmdir()
        os.mkfifo(self.path)
        self.assertEqual(self.ask(), DAMAGED)
        self.path.unlink()

    def test_huge(self):
        """A reader refuses a sparse file of terabytes without reading it."""
        data = make_file()
        records, record_size = struct.unpack_from('<QQ', data, 32)
        newest = records + (1 << 38)
        for content, at in (
                # Descriptions, then a record, then a log.
                (changed(data[:SET_AT], (16, '4Q', 1 << 42, 1 << 41, 1 << 41, 1 << 38)), 0),
                (changed(data[:records], (16, 'Q', 1 << 42), (40, 'Q', 1 << 38)), newest),
                (changed(data, (16, 'Q', 1 << 42), (SET_AT + 176, 'Q', 1 << 38),
                         (records + record_size + 48 + 16, 'Q', 1 << 38)), 0)):
            with self.path.open('wb') as file:
                file.write(content)
                file.truncate(1 << 42)
                if at:
                    file.seek(at)
                    file.write(struct.pack('<QQ', 2 * 6, 1 << 38))
            self.assertEqual(self.ask(), 'larger than this reader allows')
        self.path.unlink()

    def check_changes(self, data, error, *cases):
        for case in cases:
            with self.subTest(case):
                self.refused(changed(data, *case), error)

    def test_header_is_checked(self):
        # The file has no record: a reader that accepts the description reports MISSING.
        data = make_file(head=0)
        records, record_size = struct.unpack_from('<QQ', data, 32)
        self.check_changes(
            data, DAMAGED, [(0, '8s', b'SEQSTATG')], [(8, 'I', 0x01020305)],
            [(24, 'Q', 200)], [(24, 'Q', 208)], [(24, 'Q', len(data) + 8)],
            [(32, 'Q', records - 4)], [(32, 'Q', META_SIZE - 8)],
            [(32, 'Q', len(data) + 8)], [(40, 'Q', record_size - 4)],
            [(40, 'Q', 40)], [(48, 'I', 1)], [(48, 'I', 5)],
            [(52, 'I', (META_SIZE - 208) // 184 + 1)], [(88, '64s', 64 * b'x')],
            [(88, '64s', b'\x1f')], [(88, '64s', b'\x7f')])
        self.check_changes(data, MISSING, [(88, '64s', 63 * b'~')], [(48, 'I', 2)], [(52, 'I', 0)])

    def test_sets_are_checked(self):
        data = make_file(head=0)
        log = struct.unpack_from('<Q', data, SET_AT + 168)[0]
        self.check_changes(
            data, DAMAGED,
            [(SET_AT, '24s', 24 * b'x')], [(SET_AT + 24, '24s', 24 * b'x')],
            [(SET_AT + 128, 'I', 5)], [(SET_AT + 132, 'I', 0)],
            [(SET_AT + 132, 'I', (1 << 20) + 1)],
            [(SET_AT + 136, 'I', 0), (SET_AT + 140, 'I', 0)],
            [(SET_AT + 140, 'I', N_VALUES + 1)], [(SET_AT + 148, 'I', 1025)],
            [(SET_AT + 152, 'Q', META_SIZE - 168)],
            # The prefix is a valid name, but not a balance.
            [(SET_AT + 160, 'Q', 88)], [(SET_AT + 160, 'Q', META_SIZE - 8)],
            [(SET_AT + 168, 'Q', META_SIZE - 8)], [(SET_AT + 168, 'Q', log + 4)],
            [(SET_AT + 168, 'Q', len(data) + 8)], [(SET_AT + 176, 'Q', len(data) - log + 8)],
            [(BALANCE_AT, '24s', 24 * b'x')])
        self.check_changes(
            data, MISSING, [(SET_AT + 128, 'I', 4)], [(SET_AT + 132, 'I', 1 << 20)],
            [(SET_AT + 148, 'I', 1024)], [(SET_AT + 176, 'Q', len(data) - log)])

    def test_counters_are_checked(self):
        data = make_file(head=0)
        sizes = COUNTERS_AT + 2 * 168
        self.check_changes(
            data, DAMAGED,
            [(COUNTERS_AT, '24s', 24 * b'x')], [(COUNTERS_AT + 24, '24s', 24 * b'x')],
            [(COUNTERS_AT + 48, '96s', 96 * b'x')], [(COUNTERS_AT + 144, 'I', 2)],
            [(COUNTERS_AT + 144, 'I', 3)], [(COUNTERS_AT + 168 + 148, 'I', 0)],
            [(sizes + 144, 'I', 0)], [(sizes + 160, 'Q', META_SIZE + 8)],
            [(sizes + 160, 'Q', META_SIZE - 8)], [(sizes + 160, 'Q', META_SIZE - 12)])
        self.check_changes(data, DAMAGED, [(COUNTERS_AT + 156, 'I', 1)])
        self.check_changes(data, MISSING, [(sizes + 156, 'I', 1)])
        more = b''.join(COUNTER.pack(b'x', b'', b'', 0, i, 0, 0, 0) for i in range(129))
        data = changed(make_file(head=0, more=more), (SET_AT + 152, 'Q', META_SIZE))
        for n, error in (128, MISSING), (129, DAMAGED):
            self.refused(changed(data, (SET_AT + 136, 'I', n), (SET_AT + 140, 'I', n)), error)
        # A counter, a gauge, a histogram with all other values; zeroes as balances.
        data = make_file(head=0, more=bytes(9 * 536 + 8 * 1024))
        for n, error in (1020, MISSING), (1021, DAMAGED):
            self.refused(changed(data, (52, 'I', 1), (SET_AT + 140, 'I', n + 4),
                                 (sizes + 152, 'I', n), (sizes + 160, 'Q', META_SIZE)), error)
        for parts, n, error in (
                (8, 512, MISSING), (9, 512, DAMAGED), (32, 512, DAMAGED), (1 << 31, 512, DAMAGED),
                (3, 488, MISSING), (3, 487, DAMAGED), (3, 496, DAMAGED)):
            self.refused(changed(data, (52, 'I', 1), (SET_AT + 140, 'I', n + 4),
                                 (sizes + 152, 'I', n), (sizes + 156, 'I', parts),
                                 (sizes + 160, 'Q', META_SIZE)), error)
        for n, error in (8, MISSING), (9, DAMAGED):
            self.refused(changed(data, (SET_AT + 144, 'I', n), (SET_AT + 160, 'Q', META_SIZE)),
                         error)

    def test_records_are_checked(self):
        data = make_file()
        records, record_size = struct.unpack_from('<QQ', data, 32)
        newest = records + record_size
        size = struct.unpack_from('<Q', data, newest + 8)[0]
        self.check_changes(
            data, DAMAGED, *([(newest + 8, 'Q', bad)] for bad in (
                0, 40, 48, 96, size - 8, size + 4, size + 8, record_size + 8, 1 << 63)),
            # More writers, and more log, than the description allows.
            [(SET_AT + 148, 'I', 1)], [(SET_AT + 176, 'Q', 8)],
            [(newest + 48 + 28, 'I', 0xffffffff)])
        one = make_file(head=1)
        self.assertEqual(self.ask(data=changed(one, (40, 'Q', size)))['number'], 1)
        self.refused(changed(one, (40, 'Q', size - 8)), DAMAGED)

    def test_logs_are_checked(self):
        late = entry(1, 7) + entry(1, 0, 63 * '~', '')
        row = self.ask(data=make_file(log=late))['sets']['one']['rows'][1]
        self.assertEqual((row['generation'], row['labels']), (0, [63 * '~', '']))
        two = entry(1, 0, 'net0', '5')
        for log in (entry(N_ROWS, 0), entry(0, 0, 'one'), entry(0, 0, 'x', 'y', 'z'),
                    entry(1, 0, 64 * 'x', ''), entry(1, 0, '\x1f', ''),
                    changed(two, (0, 'I', 0)), changed(two, (0, 'I', 8)),
                    changed(two, (0, 'I', 32)),
                    changed(entry(1, 0, 'a', 'b'), (0, 'I', 20))[:20] + entry(0, 0),
                    # The second label ends outside the entry.
                    changed(two + bytes(8), (0, 'I', 16), (16, '8s', b'xxxxxxxx')),
                    changed(two, (16, '8s', b'1234567'))
                    + changed(entry(0, 0) + bytes(16), (0, 'I', 32)),
                    two + bytes(8)):
            with self.subTest(log):
                # Only records from 5 on use the last 16 bytes.
                self.refused(make_file(log=log), DAMAGED)

    def test_several_records(self):
        """A record has its own values and labels, in any order of reading."""
        # Early records lack the last entry, of row 0.
        data = make_file(log=entry(1, 0, 'net0', '5') + entry(0, 7))
        one = {number: self.ask(number, data=data) for number in (4, 5, 6)}
        for numbers in (6, 4, 5), (4, 6, 4):
            self.assertEqual(self.ask(*numbers), [one[number] for number in numbers])

    def disturb(self, disturbance):
        """Overwrite the newest record as a publisher does, or change the file as none does."""
        data = self.path.read_bytes()
        records, record_size = struct.unpack_from('<QQ', data, 32)
        self.path.write_bytes({
            'overwrite': changed(data, (records + record_size, 'Q', 2 * 10 - 1),
                                 (records + record_size + 96, '128s', 128 * b'\xa5'),
                                 # Only the record before it stays intact.
                                 (192, 'Q', 5)),
            'truncate': b'', 'change': changed(data, (52, 'I', 0xa5a5a5a5))}[disturbance])

    def disturbed_in_python(self, disturbance, n):
        """Disturb the reader in Python before read n; return the newest record, or the error."""
        pread, calls = os.pread, itertools.count()

        def piece(fd, size, offset):
            if next(calls) == n:
                self.disturb(disturbance)
            return pread(fd, min(size, 1000), offset)
        with mock.patch('os.pread', piece):
            return self.in_python(lambda file: read_records(file, ())[0])

    def disturbed_in_c(self, reader, disturbance, n):
        with subprocess.Popen([*reader, self.path, 'pause', str(n)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            line = process.stdout.readline()
            if line == 'paused\n':
                self.disturb(disturbance)
                line, error = process.communicate('\n')
        return parsed(line or error.strip())

    def test_disturbed(self):
        """A file that changes during a read gives intact values or an error."""
        intact, former = self.ask(data=make_file()), self.ask(5)
        for disturbance, answer, least in (('overwrite', former, 6), ('truncate', DAMAGED, 6),
                                           ('change', DAMAGED, 1)):
            for read in (self.disturbed_in_python,
                         *(functools.partial(self.disturbed_in_c, reader)
                           for reader in self.readers)):
                with self.subTest(disturbance, read=read):
                    answers = []
                    for n in range(15):
                        self.path.write_bytes(make_file())
                        answers.append(read(disturbance, n))
                    n_other = answers.index(intact)
                    self.assertGreaterEqual(n_other, least)
                    self.assertEqual(answers, n_other * [answer] + (15 - n_other) * [intact])

    def test_gone(self):
        self.path.write_bytes(make_file())
        self.assertEqual(self.ask()['gone'], 1)
        with self.path.open('r+b') as file:
            lock(file)
            self.assertEqual(self.ask()['gone'], 0)

    def last_records(self):
        """Yield the last records that the reader in Python returns, and the error after them."""
        try:
            with StatFile(self.path) as file:
                for number in reversed(file.numbers()):
                    record = file.read(number)
                    if record is None:
                        break
                    yield record_json(file, record)
            yield MISSING
        except StatFileError as error:
            yield self.cause(error)

    def test_corrupted(self):
        """No reader crashes or hangs, and all agree."""
        programs = [self.enterContext(subprocess.Popen(
            [*reader, self.path, 'again'], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)) for reader in self.readers]
        refused = 0
        for per_writer in (False, True):
            for data in corrupted(make_file(per_writer=per_writer)):
                self.path.write_bytes(data)
                answers = list(map(last_lines, programs))
                self.assertEqual(answers[:-1], answers[1:])
                expected = list(self.last_records())
                self.assertEqual(list(map(parsed, answers[0])), expected)
                refused += len(expected) == 1
        self.assertGreater(refused, N_RANDOM)


if __name__ == '__main__':
    supervise()
    unittest.main(argv=sys.argv[:1])
