#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The exporter: metrics of good and bad stat files, names, clients, the process."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from prometheus_client.utils import floatToGoString

from harness import (EXPORTER, NOBODY, OPENMETRICS, ToolsTest, check_text, complaints_unread,
                     main, run, wait_until)
from statfiles import BIRTH_NS, Counter, Set, lock, make_file
from dpdk_seqstat.metrics import bound_text, metric_name
from dpdk_seqstat.reading import Counter as ReadCounter

MAX_FILES = 1024
MAX_CONNECTIONS = 64


class FilesTest(ToolsTest):
    def made(self, name, *sets, prefix='made'):
        """Publish a stat file with made-up sets until the returned file is closed."""
        file = open(self.folder / f'{name}.seqstat', 'xb')
        self.addCleanup(file.close)
        file.write(make_file(*sets, prefix=prefix, monotonic_ns=time.monotonic_ns()))
        file.flush()
        lock(file)
        return file

    def once(self, *options, status=0):
        return check_text(run(EXPORTER, '--once', *options, self.folder, status=status,
                              stderr=subprocess.DEVNULL))

    def up(self, samples, name):
        """Return the metric "up" of a file, or None."""
        found = samples.with_labels('up', file=str(self.folder / f'{name}.seqstat'))
        return found[0] if found else None


    def expect(self, samples, where, **values):
        """Check the values of metrics with exactly these labels."""
        self.assertEqual({name: samples(name, **where) for name in values}, values)


class Values(FilesTest):
    def test_values(self):
        """The page has counters, gauges and histograms by row and lcore, with help, type, unit."""
        self.published('a', 'create set port,queue 3', 'label set 0 eth0|7',
                       'add set 1 0 10 640 3 0 0', 'add set any 0 5 320 4 0 0',
                       'observe set 1 1 1', 'observe set 1 1 16', 'observe set 1 1 100')
        exporter = self.exporter()
        for samples in exporter.scrape(), exporter.scrape_openmetrics():
            where = {'file_prefix': 'a', 'lcore': '1', 'port': 'eth0', 'queue': '7'}
            self.assertEqual(self.up(samples, 'a'), 1)
            self.assertEqual(samples.with_labels('sets', file_prefix='a'), [1])
            self.expect(samples, where, set_packets_total=10, set_bytes_total=640, set_depth=3)
            where['lcore'] = 'any'
            self.expect(samples, where, set_packets_total=5, set_bytes_total=320, set_depth=4)
            # A row without labels has the label "row", if any lcore has counted in it.
            where = {'file_prefix': 'a', 'lcore': '1', 'row': '1'}
            for bound, count in {'1.0': 1, '4.0': 1, '16.0': 2, '+Inf': 3}.items():
                self.assertEqual(samples('set_burst_packets_bucket', le=bound, **where), count)
            self.expect(samples, where, set_burst_packets_count=3, set_burst_packets_sum=117)
            self.assertEqual(samples.with_labels('set_packets_total', row='2'), [])
            self.assertEqual(samples.with_labels('set_packets_total', row='1', lcore='any'), [0])
        family = samples.families['dpdk_seqstat_set_bytes']
        self.assertEqual((family.type, family.unit, family.documentation),
                         ('counter', 'bytes', 'Bytes of these, 100% of them.'))
        family = samples.families['dpdk_seqstat_set_burst_packets']
        self.assertEqual((family.type, family.unit), ('histogram', 'packets'))
        self.assertEqual(samples.families['dpdk_seqstat_set_depth'].type, 'gauge')

    def test_created(self):
        """OpenMetrics has the time of a set's creation, except for rows that were cleared."""
        self.made('made', Set(counters=[Counter('c'), Counter('h', 'histogram', bounds=[1])]))
        exporter = self.exporter()
        samples = exporter.scrape_openmetrics()
        for name in 'set_c_created', 'set_h_created':
            self.assertEqual(samples(name, file_prefix='made', port='eth0'), BIRTH_NS / 1e9)
        self.assertIn('_created{port="eth0",file_prefix="made"} 1700000000.123456789\n',
                      exporter.get(Accept=OPENMETRICS)[2])
        self.assertNotIn('_created', exporter.get()[2])
        self.assertNotIn('_created', self.exporter('--no-created', self.folder).get(
            Accept=OPENMETRICS)[2])
        application = self.published('a', 'create set port 1', 'label set 0 eth0', 'clear set 0',
                                     'label set 0 eth1', 'add set 1 0 1 1 0 0 0')
        application.settle()
        samples = exporter.scrape_openmetrics()
        self.expect(samples, {'file_prefix': 'a', 'lcore': '1', 'port': 'eth1'},
                    set_packets_total=1, set_packets_created=None)

    def test_totals(self):
        """The publisher or the exporter adds up lcores; gauges may be negative."""
        commands = ('create set port 1', 'add set 1 0 10 640 3 0 0', 'observe set 1 0 1',
                    f'add set any 0 5 320 {2**64 - 7} 0 0', 'observe set 2 0 9')
        self.published('a', *commands)
        self.published('b', *commands, per_lcore=False)
        samples = self.once('--totals')
        for prefix in 'a', 'b':
            self.expect(samples, {'file_prefix': prefix, 'row': '0'}, set_packets_total=15,
                        set_depth=-4, set_burst_packets_sum=10)
            self.assertEqual(len(samples.with_labels('set_packets_total', file_prefix=prefix)), 1)
        self.assertEqual(self.once()('set_depth', lcore='any', row='0', file_prefix='a'), -7)

    def test_exact(self):
        """The exporter does not round numbers."""
        self.made('made', Set(counters=[Counter('c'), Counter('h', 'histogram', bounds=[1])],
                              values=[2**64 - 1, 0, 0, 2**64 - 2]))
        text = run(EXPORTER, '--once', self.folder)
        self.assertIn(f'c_total{{port="eth0",file_prefix="made"}} {2**64 - 1}\n', text)
        self.assertIn(f'h_sum{{port="eth0",file_prefix="made"}} {2**64 - 2}\n', text)

    def test_chosen(self):
        """The option --set selects sets; the parameter name[] selects metrics."""
        self.published('a', 'balanced set port 1', 'add set 1 0 1 64 0 0 0', 'observe set 1 0 1',
                       'counters other - 1 2', 'counters more - 1 1')
        exporter = self.exporter('--set', 'set', '--set', 'other', self.folder)
        samples = exporter.scrape()
        self.assertEqual(samples.with_labels('sets', file_prefix='a'), [2])
        names = {name for name, _ in samples.values}
        self.assertTrue(any(name.startswith('dpdk_seqstat_set_') for name in names))
        self.assertFalse(any(name.startswith('dpdk_seqstat_more_') for name in names))
        for wanted, found in (('up', 'up'), ('set_packets', 'set_packets_total'),
                              ('set_depth', 'set_depth'), ('nothing', None)):
            for path in f'name[]=dpdk_seqstat_{wanted}', f'name%5B%5D=dpdk_seqstat_{found}':
                names = {name for name, _ in exporter.scrape(f'/metrics?{path}').values}
                self.assertEqual(names, {f'dpdk_seqstat_{found}'} if found else set())
        samples = exporter.scrape_openmetrics('/metrics?name[]=dpdk_seqstat_up'
                                              '&name[]=dpdk_seqstat_set_burst_packets_sum')
        self.assertEqual(set(samples.families),
                         {'dpdk_seqstat_up', 'dpdk_seqstat_set_burst_packets'})

    def test_stale(self):
        """A stopped writer is stale; the others have new values, but the set has no balances."""
        application = self.published('a', 'balanced set port 1', 'add set 1 0 10 640 0 0 0',
                                     'add set 2 0 20 1280 0 0 0', 'add set any 0 1 1 1 0 0')
        exporter = self.exporter()
        where = {'file_prefix': 'a', 'set': 'set'}
        samples = exporter.scrape()
        self.assertEqual(samples('writer_stale', lcore='1', **where), 0)
        self.assertEqual(len(samples.with_labels('unaccounted')), 2)
        application.tell('stop set 1', 'add set 2 0 1 64 0 0 0')
        application.settle()
        samples = exporter.scrape()
        self.assertEqual(samples.with_labels('unaccounted'), [])
        for lcore, stale, packets in ('1', 1, 10), ('2', 0, 21), ('any', 0, 1):
            self.expect(samples, {**where, 'lcore': lcore}, writer_stale=stale, writer_unread=0,
                        writer_torn_total=0, writer_crowded=0)
            self.expect(samples, {'file_prefix': 'a', 'lcore': lcore, 'row': '0'},
                        set_packets_total=packets)
        application.tell('resume set 1', 'add set 1 0 1 64 0 0 0')
        application.settle()
        samples = exporter.scrape()
        self.assertEqual(samples('writer_stale', lcore='1', **where), 0)
        self.assertEqual(samples('set_packets_total', file_prefix='a', lcore='1', row='0'), 11)
        self.assertEqual(len(samples.with_labels('unaccounted')), 2)

    def test_unaccounted(self):
        """Balances are exported, also negative ones."""
        self.published(
            'a', 'balanced set port 2', 'create other port 1', 'add set 1 0 10 640 0 7 0',
            'add set any 1 5 320 0 0 2', f'add set 2 1 0 {3 * 2**32} 0 0 0')
        exporter = self.exporter()
        for samples in exporter.scrape(), exporter.scrape_openmetrics(), self.once('--totals'):
            for balance, value in ('size', 3 * 2**32), ('cycles', -5):
                self.assertEqual(samples('unaccounted', file_prefix='a', set='set',
                                         balance=balance), value)
            self.assertEqual(len(samples.with_labels('unaccounted')), 2)

    def test_snapshots(self):
        """The exporter has the publisher's statistics of snapshots of each set."""
        self.made('made', Set('s'), Set('t'))
        samples = self.once()
        for name in 's', 't':
            where = {'file_prefix': 'made', 'set': name}
            self.expect(samples, where, snapshots_total=11, rows_saved_total=14,
                        writers_missed_total=15, longest_snapshot_seconds=16e-9)
            for how, n_read in ('idle', 12), ('acknowledged', 13):
                self.assertEqual(samples('writers_read_total', how=how, **where), n_read)

    def test_unread(self):
        """An unread writer has no values, and its set no balances."""
        for per_lcore in True, False:
            prefix = f'{per_lcore}'
            self.published(prefix, 'balanced set port 1', 'label set 0 eth0',
                           'add set 2 0 1 64 0 0 0', 'stop set 1', per_lcore=per_lcore)
            samples = self.once()
            self.assertEqual(samples('writer_unread', set='set', lcore='1',
                                     file_prefix=prefix), 1)
            self.assertEqual(samples.with_labels('set_packets_total', file_prefix=prefix), [1])
            self.assertEqual(samples.with_labels('unaccounted', file_prefix=prefix), [])

    def test_bounds(self):
        """Bounds have Prometheus' usual form, and differ as floating-point numbers."""
        bounds = sorted({0, 3, 12, 999_999, 1_000_001, 123_456_700, 2**53 - 1, 10**16 + 2,
                         *(2**n for n in range(64)), *(10**n for n in range(20))})
        wide = [2**53, 2**53 + 1, 2**53 + 2, 2**64 - 2, 2**64 - 1]
        self.made('made', *(
            Set(f'set{number}', [Counter('h', 'histogram', bounds=some)],
                values=[1] * (len(some) + 2)) for number, some in enumerate((bounds, wide))))
        samples = self.exporter().scrape_openmetrics()
        where = {'file_prefix': 'made', 'port': 'eth0'}
        for index, bound in enumerate(bounds):
            text = bound_text(str(bound))
            if bound < 2**33:
                self.assertEqual(text, floatToGoString(bound))
            self.assertEqual(float(text), bound)
            self.assertEqual(samples('set0_h_bucket', le=text, **where), index + 1)
        # Some bounds are equal as floating-point numbers: the last one has their observations.
        self.assertEqual({dict(labels)['le']: value for (name, labels), value
                          in samples.values.items() if name == 'dpdk_seqstat_set1_h_bucket'}, {
            '9.007199254740992e+15': 2, '9.007199254740994e+15': 3,
            '1.8446744073709552e+19': 5, '+Inf': 6})

    def test_log_linear(self):
        """Log-linear histograms have powers of two as bounds, and exact sums."""
        self.published('a', 'delays set port 1', 'label set 0 eth0', 'delay set 1 0 65 3',
                       'delay set 1 0 97 1', 'delay set 1 0 129 1', 'delay set 1 0 9876543210 1')
        samples = self.once()
        where = {'file_prefix': 'a', 'lcore': '1', 'port': 'eth0'}
        self.assertEqual(samples('set_delay_ns_sum', **where), 3 * 65 + 97 + 129 + 9876543210)
        for bound, count in ('64.0', 0), ('128.0', 4), ('256.0', 5), ('+Inf', 6):
            self.assertEqual(samples('set_delay_ns_bucket', le=bound, **where), count)
        self.assertEqual(len(samples.with_labels('set_delay_ns_bucket')), 22)


class Names(FilesTest):
    def test_names(self):
        """A metric's name has the counter's unit once, also by metric_name() of the endpoint."""
        cases = (('counter', 'rx_packets', 'packets', 's_rx_packets', 'packets'),
                 ('counter', 'rx', 'packets', 's_rx_packets', 'packets'),
                 ('counter', 'polls', 'polls', 's_polls', 'polls'),
                 ('counter', 'polls_total', '', 's_polls', ''),
                 ('gauge', 'polls_total', '', 's_polls_total', ''),
                 ('histogram', 'packets_per_poll', 'packets', 's_packets_per_poll', ''),
                 ('counter', 'megabytes', 'bytes', 's_megabytes_bytes', 'bytes'))
        for number, (kind, name, unit, expected, end) in enumerate(cases):
            with self.subTest(name=name, unit=unit):
                counter = Counter(name, kind, unit, bounds=(1,) * (kind == 'histogram'))
                self.made(f'made{number}', Set('s', [counter]), prefix=f'p{number}')
                family = self.exporter(
                    self.folder / f'made{number}.seqstat').scrape_openmetrics(
                        ).families[f'dpdk_seqstat_{expected}']
                self.assertEqual((family.type, family.unit), (kind, end))
                self.assertEqual(family.documentation, f'{name} of s')
                self.assertEqual(metric_name('s', ReadCounter(name, kind, unit, '')), expected)

    def test_clashes(self):
        """If two counters have the same metric, the exporter omits the second, and logs that."""
        for number, (first, second) in enumerate((
                (Counter('x'), Counter('x_total', 'gauge')), (Counter('x'), Counter('x_total')),
                (Counter('x'), Counter('x_created', 'gauge')),
                (Counter('x', 'histogram', bounds=[1]), Counter('x_count', 'gauge')),
                (Counter('x', 'histogram', bounds=[1]), Counter('x_bucket', 'gauge')),
                (Counter('x_sum', 'gauge'), Counter('x', 'histogram', bounds=[1])))):
            name = f'made{number}'
            self.made(name, Set(f's{number}', [first, second]), prefix=name)
            self.made(f'same{number}', Set(f's{number}', [first]), prefix=f'same{number}')
            samples = self.exporter().scrape_openmetrics()
            self.assertEqual(samples.with_labels('metrics_left_out', file_prefix=name), [1])
            kept = samples.families[f'dpdk_seqstat_s{number}_{first.name}']
            self.assertEqual(kept.type, first.type)
            self.assertEqual({sample.labels['file_prefix'] for sample in kept.samples},
                             {name, f'same{number}'})
        self.made('type', Set('s0', [Counter('x', 'gauge')]), prefix='type')
        # Sets clash with the exporter's own metrics, with each other, and with other files.
        self.made('own', Set('writer', [Counter('stale', 'gauge')]), Set('a', [Counter('b_c')]),
                  Set('a_b', [Counter('c')]), prefix='own')
        exporter = self.exporter()
        for _ in range(2):
            samples = exporter.scrape_openmetrics()
            for prefix, n_left_out in ('own', 2), ('type', 1):
                self.assertEqual(samples.with_labels('metrics_left_out', file_prefix=prefix),
                                 [n_left_out])
        self.assertEqual(exporter.logged('own.seqstat: counter stale of set writer is left out: '
                                         'the name dpdk_seqstat_writer_stale is taken'), 1)

    def test_labels(self):
        """Labels that clash with the exporter's get a prefix; values are quoted."""
        values = ('a b', "x,y='z'", '{lcore}', '6', "%d's", 'a"b\\c\\', '\\n')
        self.made('made', Set('s', [Counter('c', help='"h\\elp"')], ['file_prefix', 'row'],
                              [(row, 0, value, '\\') for row, value in enumerate(values)], 8,
                              range(1, 9)),
                  prefix='a"b\\')
        exporter = self.exporter()
        for samples in exporter.scrape(), exporter.scrape_openmetrics():
            for row, value in enumerate(values):
                self.assertEqual(samples('s_c_total', file_prefix='a"b\\', _file_prefix=value,
                                         _row='\\'), row + 1)
            self.assertEqual(samples('s_c_total', file_prefix='a"b\\', row='7'), 8)
        self.assertEqual(samples.families['dpdk_seqstat_s_c'].documentation, '"h\\elp"')

    def test_equal_labels(self):
        """If rows have equal labels, the first row in the log keeps them."""
        self.made('made', Set(log=[(2, 0, 'eth0'), (0, 0, 'eth0'), (1, 0, 'eth1'), (3, 0, 'eth0')],
                              n_rows=4, values=[5, 6, 7, 0]))
        samples = self.once()
        for packets, labels in (5, {'row': '0'}), (6, {'port': 'eth1'}), (7, {'port': 'eth0'}):
            self.assertEqual(samples('set_packets_total', file_prefix='made', **labels), packets)
        self.assertEqual(len(samples.with_labels('set_packets_total')), 3)

    def test_same_prefix(self):
        """Applications with the same prefix get different names, and keep them while up."""
        publishers = [self.made(name, Set(values=[number]), prefix='p')
                      for number, name in enumerate('bcd')]
        exporter = self.exporter()

        def packets():
            return {labels: value for (name, labels), value in exporter.scrape().values.items()
                    if name == 'dpdk_seqstat_set_packets_total'}

        def named(*values):
            return {frozenset({'port': 'eth0', 'file_prefix': name}.items()): value
                    for name, value in values}
        self.assertEqual(packets(), named(('p', 0), ('p:1', 1), ('p:2', 2)))
        self.made('a', Set(values=[3]), prefix='p')
        publishers[1].close()
        self.assertEqual(packets(), named(('p', 0), ('p:1', 3), ('p:2', 2)))
        # After a restart, the exporter ignores the dead file in the folder, unless it is named.
        self.assertIsNone(self.up(exporter.scrape(), 'c'))
        self.assertEqual(self.up(self.exporter(*(
            self.folder / f'{name}.seqstat' for name in 'abc')).scrape(), 'c'), 0)


class Files(FilesTest):
    def test_gone_and_back(self):
        """An absent application is down, and up when it starts; the log has each change once."""
        path = self.folder / 'a.seqstat'
        exporter = self.exporter(path)
        for _ in range(2):
            self.assertEqual(self.up(exporter.scrape(), 'a'), 0)
        self.assertEqual(exporter.logged('a.seqstat: No such file'), 1)
        application = self.published('a', 'create set port 1', 'add set 1 0 7 64 0 0 0')
        where = {'file_prefix': 'a', 'lcore': '1', 'row': '0'}
        self.assertEqual(exporter.scrape()('set_packets_total', **where), 7)
        self.assertEqual(exporter.logged('a.seqstat: all is well again'), 1)
        # For another set, the publisher replaces the file.
        application.tell('free set', 'create second port 1', 'add second 1 0 8 64 0 0 0')
        application.settle()
        samples = exporter.scrape()
        self.expect(samples, where, second_packets_total=8, set_packets_total=None)
        application.kill()
        samples = exporter.scrape()
        self.assertEqual(self.up(samples, 'a'), 0)
        self.assertEqual(len(samples.with_labels('record_age_seconds', file_prefix='a')), 1)
        self.assertIsNone(samples('second_packets_total', **where))
        exporter.logged('a.seqstat: the publisher is gone')
        application.start()
        application.tell('create set port 1', 'add set 1 0 3 64 0 0 0')
        application.publish(path)
        self.assertEqual(exporter.scrape()('set_packets_total', **where), 3)
        # An application that exits removes its file.
        application.end()
        self.assertEqual(self.up(exporter.scrape(), 'a'), 0)

    def test_folder(self):
        """The exporter sees files come to a folder and go."""
        exporter = self.exporter()
        self.assertEqual(exporter.scrape().with_labels('up'), [])
        for name in '.a.seqstat', 'a.seqstat.XXXXXX', 'a':
            (self.folder / name).touch()
        application = self.published('b')
        self.assertEqual(exporter.scrape().with_labels('up'), [1])
        application.end()
        self.assertEqual(exporter.scrape().with_labels('up'), [])

    def test_stopped(self):
        """A stopped publisher is down; its record gets older; other files stay up."""
        self.published('good', 'create set port 1', 'add set 1 0 7 64 0 0 0')
        stuck = self.published('stuck', 'create set port 1', 'add set 1 0 7 64 0 0 0')
        exporter = self.exporter()
        stuck.process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: self.up(exporter.scrape(), 'stuck') == 0, 'no more records')
            samples = exporter.scrape()
        finally:
            stuck.process.send_signal(signal.SIGCONT)
        age, = samples.with_labels('record_age_seconds', file_prefix='stuck')
        self.assertGreater(age, 5)
        self.assertEqual(samples.with_labels('set_packets_total', file_prefix='stuck'), [])
        self.assertEqual(samples.with_labels('set_packets_total', file_prefix='good'), [7])
        wait_until(lambda: self.up(exporter.scrape(), 'stuck') == 1, 'records again')

    def test_hostile(self):
        """Each bad file is down; the good one stays up."""
        data = make_file(Set(log=[]))
        bad = Counter('h', 'histogram', bounds=[2, 2])
        for name, content in (
                ('empty', b''), ('text', b'x' * 1000), ('cut', data[:-1]), ('short', data[:100]),
                ('other', data.replace(b'SEQSTATF', b'SEQSTATX')),
                ('old', data.replace(bytes([4, 3, 2, 1, 1]), bytes([4, 3, 2, 1, 9])))):
            (self.folder / f'{name}.seqstat').write_bytes(content)
        for name, one in (('line', Set('a\nb')), ('latin', Set('\xe9')), ('space', Set('a b')),
                          ('brace', Set(counters=[Counter('a{')])),
                          ('unit', Set(counters=[Counter('a', unit='b/s')])),
                          ('label', Set(labels=['a-b'])), ('value', Set(log=[(0, 0, 'a\x1bb')])),
                          ('twice', Set(counters=[Counter('a'), Counter('a')])),
                          ('labels', Set(labels=['a', 'a'], log=[])),
                          ('digit', Set('1')), ('bounds', Set(counters=[bad]))):
            self.made(name, one, prefix=name)
        self.made('sets', Set(), Set())
        os.mkfifo(self.folder / 'fifo.seqstat')
        (self.folder / 'folder.seqstat').mkdir()
        (self.folder / 'loop.seqstat').symlink_to('loop.seqstat')
        (self.folder / 'socket').touch()
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(self.folder / 'socket.seqstat'))
        odd = os.fsencode(self.folder) + b'/o\xffdd\n\x1b[31m.seqstat'
        pathlib.Path(os.fsdecode(odd)).write_bytes(data)
        self.made('good', Set(values=[1]), prefix='good')
        exporter = self.exporter()
        for _ in range(2):
            samples = exporter.scrape_openmetrics()
        self.assertEqual(sum(samples.with_labels('up')), 1)
        self.assertEqual(len(samples.with_labels('up')), 24)
        self.assertEqual(samples('set_packets_total', file_prefix='good', port='eth0'), 1)
        self.assertEqual(samples.with_labels('up', file=f'{self.folder}/o\\xffdd\\x0a\\x1b[31m'
                                             '.seqstat'), [0])
        wait_until(lambda: len(exporter.log) == 23, 'reasons')
        self.assertTrue(all(line[:-1].isprintable() for line in exporter.log))
        for name, why in (('loop', 'Too many levels'), ('old', 'another version'),
                          ('fifo', 'not a stat file'), ('folder', 'not a stat file')):
            exporter.logged(f'{name}.seqstat: {why}')

    def test_no_permission(self):
        """A file without read permission is down; the other one stays up."""
        self.folder.chmod(0o755)
        self.made('a', Set(), prefix='a')
        self.made('b', Set(), prefix='b')
        (self.folder / 'a.seqstat').chmod(0o600 if os.getuid() == 0 else 0)
        exporter = self.exporter(command=NOBODY if os.getuid() == 0 else ())
        samples = exporter.scrape()
        self.assertEqual((self.up(samples, 'a'), self.up(samples, 'b')), (0, 1))
        exporter.logged('a.seqstat: Permission denied')

    def test_many(self):
        """Thousands of files need few descriptors; the exporter omits those beyond a limit."""
        self.made('0', Set(), prefix='first')
        data = make_file(Set(), prefix='gone')
        for number in range(1, 3 * MAX_FILES):
            (self.folder / f'{number}.seqstat').write_bytes(data)
        exporter = self.exporter(command=['prlimit', '--nofile=16'])
        samples = exporter.scrape()
        self.assertEqual(len(samples.with_labels('up')), MAX_FILES)
        self.assertEqual(len(samples.with_labels('record_age_seconds')), MAX_FILES)
        self.assertEqual(self.up(samples, '0'), 1)
        self.assertEqual(exporter.logged(f'more than {MAX_FILES} files'), 1)


class Once(FilesTest):
    def test_replaced(self):
        """--once=FILE replaces the file by rename(), makes it readable, and keeps it on errors."""
        self.made('a', Set(values=[1]), prefix='a')
        where = self.folder / 'out'
        where.mkdir()
        output, before = where / 'seqstat.prom', where / 'before'
        output.write_text('before')
        before.hardlink_to(output)
        run(EXPORTER, f'--once={output}', self.folder)
        self.assertEqual(check_text(output.read_text())('set_packets_total', port='eth0',
                                                        file_prefix='a'), 1)
        self.assertEqual(before.read_text(), 'before')
        self.assertEqual(output.stat().st_mode & 0o777, 0o644)
        output.unlink()
        output.mkdir()
        self.assertIn('Is a directory', run(EXPORTER, f'--once={output}', self.folder, status=1))
        self.assertEqual(sorted(path.name for path in where.iterdir()), ['before', output.name])

    def test_down(self):
        """If a file is down, the exit status is 1; the output has the others."""
        self.made('a', Set(), prefix='a')
        (self.folder / 'b.seqstat').touch()
        samples = self.once(status=1)
        self.assertEqual((self.up(samples, 'a'), self.up(samples, 'b')), (1, 0))

    def test_reader_ends(self):
        """A reader that closes the pipe early causes no message; a full disk does."""
        self.made('a', Set())
        self.assertEqual(complaints_unread(EXPORTER, '--once', self.folder), '')
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([EXPORTER, '--once', self.folder], stdout=full, text=True,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('standard output: No space left', done.stderr)


class Clients(FilesTest):
    def setUp(self):
        super().setUp()
        # The page is larger than socket buffers.
        self.rows = 100_000
        self.made('big', Set(log=[], n_rows=self.rows), prefix='big')
        self.target = self.exporter()

    def n_descriptors(self):
        return len(os.listdir(f'/proc/{self.target.process.pid}/fd'))

    def test_pages(self):
        """A client gets the content type that it asks for, and several pages by a connection."""
        for accept, kind in (('*/*', 'text/plain; version=0.0.4; charset=utf-8'),
                             (OPENMETRICS, 'application/openmetrics-text; version=1.0.0; '
                                           'charset=utf-8')):
            self.assertEqual(self.target.get(Accept=accept)[:2], (200, kind))
        with self.target.connect() as connection:
            for method, path, status, text in (
                    ('GET', '/', 200, 'href="/metrics"'), ('HEAD', '/metrics', 200, ''),
                    ('GET', '/else', 404, ''), ('POST', '/metrics', 405, ''),
                    ('GET', '/metrics?name[]=dpdk_seqstat_up', 200, '} 1\n')):
                connection.request(method, path, body='x' * 1000 if method == 'POST' else None)
                reply = connection.getresponse()
                self.assertEqual(reply.status, status)
                self.assertIn(text, reply.read().decode())

    def test_parallel(self):
        """Forty clients get complete pages at the same time."""
        with ThreadPoolExecutor(40) as pool:
            pages = list(pool.map(lambda _: self.target.get()[2], range(40)))
        for page in pages:
            self.assertEqual(page.count('dpdk_seqstat_set_packets_total{'), self.rows)

    def test_hostile(self):
        """The exporter drops clients that neither send nor read, and limits connections."""
        few = self.n_descriptors()
        with contextlib.ExitStack() as stack:
            host, port = self.target.address.split(':')
            clients = [stack.enter_context(socket.create_connection((host, int(port))))
                       for _ in range(200)]
            clients[0].send(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
            clients[1].send(b'GET /metr')
            wait_until(lambda: self.n_descriptors() == few + MAX_CONNECTIONS, 'all connections')
            # The exporter drops others before it accepts this connection.
            page = self.target.get()[2]
            self.assertEqual(page.count('dpdk_seqstat_set_packets_total{'), self.rows)
            self.assertLessEqual(self.n_descriptors(), few + MAX_CONNECTIONS)
            wait_until(lambda: self.n_descriptors() == few, 'no connections')
            clients[0].settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                while data := clients[0].recv(1 << 20):
                    self.assertFalse(data.endswith(b'\r\n0\r\n\r\n'))
        self.target.scrape()

    def test_unix(self):
        """The exporter replaces the UNIX socket of a dead process, but no other file."""
        path = self.folder / 'socket'
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
        exporter = self.exporter(self.folder, listen=f'unix:{path}')
        self.assertEqual(self.up(exporter.scrape('/metrics?name[]=dpdk_seqstat_up'), 'big'), 1)
        self.assertIn('Address already in use',
                      run(EXPORTER, '--listen', f'unix:{path}', status=1))
        exporter.process.terminate()
        exporter.process.wait()
        self.assertFalse(path.exists())
        path.touch()
        self.assertIn('Address already in use',
                      run(EXPORTER, '--listen', f'unix:{path}', status=1))


class Process(FilesTest):
    def test_wrong_options(self):
        for options in ['--nonsense'], ['--set'], ['--listen']:
            self.assertIn('Try --help', run(EXPORTER, *options, status=2))
        for where, why in (('x', 'not ADDRESS:PORT'), ('127.0.0.1:65536', 'not ADDRESS:PORT'),
                           ('127.0.0.1:x', 'Servname not supported'),
                           (f'unix:{"x" * 108}', 'too long'),
                           ('unix:/nowhere/x', 'No such file')):
            self.assertIn(why, run(EXPORTER, '--listen', where, status=1))
        self.assertIn('Usage: ', run(EXPORTER, '--help'))

    def test_port_taken(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            self.assertIn('Address already in use',
                          run(EXPORTER, '--listen', f'127.0.0.1:{port}', status=1))

    def test_ipv6(self):
        if os.path.exists('/proc/net/if_inet6'):
            exporter = self.exporter(listen='[::1]:0')
            self.assertIn('[::1]:', exporter.address)
            exporter.scrape()

    def test_systemd(self):
        """The exporter notifies systemd when it is ready and when it stops."""
        path = self.folder / 'notify'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(path))
            exporter = self.exporter(command=['env', f'NOTIFY_SOCKET={path}'])
            self.assertEqual(systemd.recv(100), b'READY=1')
            exporter.process.send_signal(signal.SIGINT)
            self.assertEqual(systemd.recv(100), b'STOPPING=1')
        self.assertEqual(exporter.process.wait(), 0)


if __name__ == '__main__':
    main()
