#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The exporter: its metrics of applications, good and bad ones."""

import json
import os
import signal
import socket

from harness import (EXPORTER, Connection, Samples, TelemetryError, ToolsTest, complaints_unread,
                     main, run, telemetry_socket, wait_until)

NOBODY = 65534


class Values(ToolsTest):
    def test_values(self):
        """Counters, gauges and histograms, by row and lcore, with help, type and unit."""
        application = self.application('a')
        application.tell('create set port,queue 3', 'label set 0 eth0|7',
                         'add set 1 0 10 640 3 0 0', 'add set any 0 5 320 4 0 0',
                         'observe set 1 1 1', 'observe set 1 1 16', 'observe set 1 1 100')
        exporter = self.exporter('-f', 'a')
        for samples in exporter.scrape(), exporter.scrape_openmetrics():
            where = {'file_prefix': 'a', 'lcore': '1', 'port': 'eth0', 'queue': '7'}
            self.assertEqual(samples('up', file_prefix='a'), 1)
            self.assertEqual(samples('set_packets_total', **where), 10)
            self.assertEqual(samples('set_bytes_total', **where), 640)
            self.assertEqual(samples('set_depth', **where), 3)
            where['lcore'] = 'any'
            self.assertEqual(samples('set_packets_total', **where), 5)
            self.assertEqual(samples('set_depth', **where), 4)
            # A row without labels is known by its number, if it has counted.
            where = {'file_prefix': 'a', 'lcore': '1', 'row': '1'}
            for bound, count in {'1.0': 1, '4.0': 1, '16.0': 2, '+Inf': 3}.items():
                self.assertEqual(samples('set_burst_packets_bucket', le=bound, **where), count)
            self.assertEqual(samples('set_burst_packets_count', **where), 3)
            self.assertEqual(samples('set_burst_packets_sum', **where), 117)
            self.assertEqual(samples.with_labels('set_packets_total', row='2'), [])
        family = samples.families['dpdk_seqstat_set_bytes']
        self.assertEqual((family.type, family.unit, family.documentation),
                         ('counter', 'bytes', 'Bytes of these, 100% of them.'))
        family = samples.families['dpdk_seqstat_set_burst_packets']
        self.assertEqual((family.type, family.unit), ('histogram', 'packets'))
        self.assertEqual(samples.families['dpdk_seqstat_set_depth'].type, 'gauge')

    def test_no_lcore(self):
        application = self.application('a')
        application.tell('create set port 1', 'add set 1 0 10 640 3 0 0',
                         'add set any 0 5 320 4 0 0', 'observe set 1 0 1', 'observe set 2 0 9')
        samples = self.exporter('-f', 'a', '--no-lcore').scrape()
        where = {'file_prefix': 'a', 'row': '0'}
        self.assertEqual(samples('set_packets_total', **where), 15)
        self.assertEqual(samples('set_depth', **where), 7)
        self.assertEqual(samples('set_burst_packets_sum', **where), 10)
        self.assertEqual(len(samples.with_labels('set_packets_total')), 1)

    def test_promtool(self):
        """promtool accepts the output, with lcores and without."""
        application = self.application('a')
        application.tell('balanced set port 2', 'observe set 1 0 1', 'counters other 3')
        for options in [], ['--no-lcore']:
            metrics = run(EXPORTER, '--once', *options)
            self.assertIn('dpdk_seqstat_set_burst_packets_bucket', metrics)
            self.assertEqual(run('promtool', 'check', 'metrics', input=metrics), '')

    def test_stopped(self):
        """A stopped writer is reported, the others are read."""
        application = self.application('a')
        application.tell('create set port 1', 'add set 1 0 10 640 0 0 0',
                         'add set 2 0 20 1280 0 0 0')
        exporter = self.exporter()
        where = {'file_prefix': 'a', 'set': 'set'}
        self.assertEqual(exporter.scrape()('writer_stopped', lcore='1', **where), 0)
        application.tell('stop set 1', 'add set 2 0 1 64 0 0 0')
        samples = exporter.scrape()
        self.assertEqual(samples('writer_stopped', lcore='1', **where), 1)
        self.assertEqual(samples('writer_stopped', lcore='2', **where), 0)
        for lcore, packets in ('1', 10), ('2', 21):
            self.assertEqual(samples('set_packets_total', file_prefix='a', lcore=lcore,
                                     row='0'), packets)
        application.tell('resume set 1', 'add set 1 0 1 64 0 0 0')
        samples = exporter.scrape()
        self.assertEqual(samples('writer_stopped', lcore='1', **where), 0)
        self.assertEqual(samples('set_packets_total', file_prefix='a', lcore='1', row='0'), 11)
        self.assertGreater(samples('writers_missed_total', **where), 0)


    def test_unaccounted(self):
        """Balances are exported, also negative ones, unless a writer shows older numbers."""
        application = self.application('a')
        application.tell('balanced set port 2', 'create other port 1',
                         'add set 1 0 10 640 0 7 0', 'add set any 1 5 320 0 0 2',
                         f'add set 2 1 0 {3 * 2**32} 0 0 0')
        exporter = self.exporter()

        def unaccounted(samples, balance):
            return samples('unaccounted', file_prefix='a', set='set', balance=balance)
        for samples in exporter.scrape(), exporter.scrape_openmetrics():
            self.assertEqual(unaccounted(samples, 'size'), 3 * 2**32)
            self.assertEqual(unaccounted(samples, 'cycles'), -5)
            self.assertEqual(len(samples.with_labels('unaccounted')), 2)
        self.assertEqual(samples.families['dpdk_seqstat_unaccounted'].type, 'gauge')
        totals = Samples(run(EXPORTER, '--once', '--no-lcore'))
        self.assertEqual(unaccounted(totals, 'cycles'), -5)
        application.tell('stop set 1')
        self.assertEqual(exporter.scrape().with_labels('unaccounted'), [])
        application.tell('resume set 1')
        self.assertEqual(unaccounted(exporter.scrape(), 'cycles'), -5)

    def test_unaccounted_unread(self):
        """A writer that was never read is missing in a balance, which is left out."""
        application = self.application('a')
        application.tell('balanced set port 1', 'add set 2 0 1 64 0 0 0', 'stop set 1')
        samples = self.exporter().scrape()
        self.assertEqual(samples.with_labels('unaccounted'), [])
        self.assertEqual(samples('up', file_prefix='a'), 1)


class Snapshots(ToolsTest):
    def setUp(self):
        super().setUp()
        # The rows fill many pages.
        self.rows = 300
        self.target = self.application('a')
        self.target.tell(f'create set flow {self.rows}', 'count set 1', 'count set 2')
        # A writer that is preempted in a section, and was never read, is left out.
        with Connection('a', 60) as connection:
            wait_until(lambda: connection.ask('/seqstat/info', 'set')['unread'] == 0, 'values')

    def check(self, samples, file_prefix='a'):
        """Check that what was counted in one section is seen in one."""
        self.assertEqual(samples('sets_unread', file_prefix=file_prefix), 0)
        for lcore in '1', '2':
            packets = samples.with_labels('set_packets_total', lcore=lcore)
            self.assertEqual(len(packets), self.rows)
            self.assertEqual(len(set(packets)), 1)
            sizes = samples.with_labels('set_bytes_total', lcore=lcore)
            self.assertEqual(set(sizes), {64 * packets[0]})

    def test_one_snapshot(self):
        """All rows of all lcores are from the same snapshot, and that is the only one taken."""
        exporter = self.exporter()
        for _ in range(5):
            self.check(exporter.scrape())
        # A snapshot of a writer that is preempted in a section takes more than one cut.
        self.target.tell('rest 1', 'rest 2')
        taken = []
        for _ in range(5):
            samples = exporter.scrape()
            taken.append(samples('snapshots_total', file_prefix='a', set='set'))
        self.assertEqual(taken, [taken[0] + i for i in range(5)])

    def test_other_clients(self):
        """A snapshot is kept although all other clients that can connect take new ones."""
        relay = self.relay(self.target, 'relay')
        others = [Connection('a', 60) for _ in range(9)]
        exporter = self.exporter('-f', 'relay')

        def disturb(command):
            if not command.startswith('/seqstat/lcore,set'):
                return
            pages = [other.ask('/seqstat/total', 'set') for other in others]
            for other, page in zip(others, pages):
                self.assertEqual(other.ask('/seqstat/total', 'set', page['next'],
                                           page['tsc'])['tsc'], page['tsc'])
        relay.request = disturb
        self.check(exporter.scrape(), file_prefix='relay')
        for other in others:
            other.socket.close()


class Applications(ToolsTest):

    def test_colons(self):
        """A prefix may have colons, and end like an instance."""
        prefixes = {'0000:01:00.0': 1, 'a:b': 2, 'c:1': 3}
        for prefix, packets in prefixes.items():
            self.application(prefix).tell('create set port 1', f'add set 1 0 {packets} 64 0 0 0')
        found = self.exporter().scrape()
        named = self.exporter(*(word for prefix in prefixes for word in ('-f', prefix))).scrape()
        for samples in found, named:
            for prefix, packets in prefixes.items():
                self.assertEqual(samples('set_packets_total', file_prefix=prefix, lcore='1',
                                         row='0'), packets)
            self.assertEqual(len(samples.with_labels('up')), 3)

        # The application with that name as its instance keeps it; the other gets another one.
        self.application('x').tell('create set port 1', 'add set 1 0 4 64 0 0 0')
        telemetry_socket('c').parent.mkdir()
        telemetry_socket('x').rename(telemetry_socket('c:1'))
        samples = self.exporter('-f', 'c:1', '-f', 'c:1:0').scrape()
        everything = self.exporter().scrape()
        for prefix, packets in ('c:1', 4), ('c:1:0', 3):
            where = {'file_prefix': prefix, 'lcore': '1', 'row': '0'}
            self.assertEqual(samples('set_packets_total', **where), packets)
            self.assertEqual(everything('set_packets_total', **where), packets)

    def test_other_files(self):
        """Other files beside a socket are no application."""
        self.application('a')
        for name in 'dpdk_telemetry.v2.old', 'dpdk_telemetry.v2:0', 'dpdk_telemetry.v2:x':
            (telemetry_socket('a').parent / name).touch()
        self.assertEqual(len(self.exporter().scrape().with_labels('up')), 1)

    def test_gone_and_back(self):
        """An absent application is reported; when it comes, it is read."""
        exporter = self.exporter('-f', 'a')
        self.assertEqual(exporter.scrape()('up', file_prefix='a'), 0)
        wait_until(lambda: any('no such application runs' in line for line in exporter.log),
                   'the reason')
        application = self.application('a')
        application.tell('create set port 1', 'add set 1 0 7 64 0 0 0')
        where = {'file_prefix': 'a', 'lcore': '1', 'row': '0'}
        self.assertEqual(exporter.scrape()('set_packets_total', **where), 7)
        application.kill()
        samples = exporter.scrape()
        self.assertEqual(samples('up', file_prefix='a'), 0)
        self.assertIsNone(samples('set_packets_total', **where))
        wait_until(lambda: any('ended and left this' in line for line in exporter.log),
                   'the reason')
        application.start()
        application.tell('create set port 1', 'add set 1 0 3 64 0 0 0')
        self.assertEqual(exporter.scrape()('set_packets_total', **where), 3)
        exporter.scrape()
        wait_until(lambda: exporter.log[-1].endswith('a: all is well again\n'), 'good news')

    def test_reader_ends(self):
        """A reader that closes after the first line causes no message."""
        self.application('a')
        self.assertEqual(complaints_unread(EXPORTER, '--once', '-f', 'a'), '')

    def test_no_permission(self):
        """A user without permission for the socket gets a clear error."""
        self.application('a')
        self.folder.chmod(0o755)
        for path in telemetry_socket('a').parent.parent, telemetry_socket('a').parent:
            path.chmod(0o755)
        command = [EXPORTER, '--once', '-f', 'a']
        if os.getuid() == 0:
            telemetry_socket('a').chmod(0o700)
            command = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
                       *command]
        else:
            telemetry_socket('a').chmod(0)
        output = run(*command, status=1)
        self.assertIn('dpdk_seqstat_up{file_prefix="a"} 0.0', output)
        self.assertIn('only for the user of the application and for root', output)

    def test_stuck(self):
        """An application that does not answer costs the timeout, and no other application."""
        self.application('good').tell('create set port 1', 'add set 1 0 7 64 0 0 0')
        stuck = self.application('stuck')
        exporter = self.exporter('--timeout', '0.5')
        stuck.process.send_signal(signal.SIGSTOP)
        try:
            samples = exporter.scrape()
        finally:
            stuck.process.send_signal(signal.SIGCONT)
        self.assertEqual(samples('up', file_prefix='stuck'), 0)
        self.assertEqual(samples('set_packets_total', file_prefix='good', lcore='1', row='0'), 7)
        self.assertEqual(exporter.scrape()('up', file_prefix='stuck'), 1)

    def test_too_many_clients(self):
        """An application that serves others only is reported, and read when they have gone."""
        self.application('a')
        exporter = self.exporter('-f', 'a')
        others = [Connection('a', 60) for _ in range(10)]
        self.assertEqual(exporter.scrape()('up', file_prefix='a'), 0)
        for other in others:
            other.socket.close()
        wait_until(lambda: exporter.scrape()('up', file_prefix='a') == 1, 'a free place')


class Changes(ToolsTest):
    """Events in the middle of a scrape; the relay knows when that is."""

    def setUp(self):
        super().setUp()
        self.target = self.application('a')
        self.target.tell('create first port 1', 'add first 1 0 1 64 0 0 0',
                         'create second port 1', 'add second 1 0 2 128 0 0 0')
        self.between = self.relay(self.target, 'relay')
        self.watching = self.exporter('-f', 'relay')
        self.both = self.exporter()

    def once_before(self, command, function):
        """Have something done before a command is first asked."""
        def request(asked):
            if asked.startswith(command):
                self.between.request = None
                function()
        self.between.request = request

    def packets(self, samples, name):
        return samples(f'{name}_packets_total', file_prefix='relay', lcore='1', row='0')

    def test_restart(self):
        """Numbers of the former application and of the new one are not mixed."""
        def restart():
            self.target.restart()
            self.target.tell('create first port 1', 'add first 1 0 5 64 0 0 0')
        self.once_before('/seqstat/lcore,second', restart)
        samples = self.watching.scrape()
        self.assertEqual(samples('up', file_prefix='relay'), 1)
        self.assertEqual(self.packets(samples, 'first'), 5)
        self.assertIsNone(self.packets(samples, 'second'))

    def test_death(self):
        """An application that ends in the middle is reported as down, without values."""
        self.once_before('/seqstat/lcore,second', self.target.kill)
        samples = self.watching.scrape()
        self.assertEqual(samples('up', file_prefix='relay'), 0)
        self.assertIsNone(self.packets(samples, 'first'))

    def test_set_freed(self):
        self.once_before('/seqstat/lcore,second', lambda: self.target.tell(
            'free second'))
        samples = self.watching.scrape()
        self.assertEqual(samples('up', file_prefix='relay'), 1)
        self.assertEqual(samples('sets', file_prefix='relay'), 1)
        self.assertEqual(samples('sets_unread', file_prefix='relay'), 0)
        self.assertEqual(self.packets(samples, 'first'), 1)
        self.assertIsNone(self.packets(samples, 'second'))

    def test_set_made_anew(self):
        """When another set takes a set's place, all values are the new one's."""
        self.once_before('/seqstat/lcore,second', lambda: self.target.tell(
            'free second', 'create second flow 2', 'add second 1 1 9 64 0 0 0'))
        samples = self.watching.scrape()
        self.assertEqual(samples('sets', file_prefix='relay'), 2)
        self.assertIsNone(self.packets(samples, 'second'))
        self.assertEqual(samples('second_packets_total', file_prefix='relay', lcore='1', row='1'),
                         9)

    def test_labels_move(self):
        """While a set is read, the labels of its snapshot are no other row's."""
        self.target.tell('create third port 9', 'label third 8 eth0', 'add third 1 8 5 0 0 0 0',
                         'add third 2 8 6 0 0 0 0')
        for command, packets in ('lcore,third,2', {'1': 5, '2': 6}), ('list', {'1': 0, '2': 0}):
            self.once_before('/seqstat/' + command, lambda: self.target.tell(
                'clear third 8', 'label third 0 eth0'))
            samples = self.watching.scrape()
            self.assertEqual({lcore: samples('third_packets_total', file_prefix='relay',
                                             lcore=lcore, port='eth0') for lcore in '12'}, packets)
            self.assertEqual(samples.with_labels('third_packets_total', row='0'), [])

    def test_snapshot_lost(self):
        """A missing or incomplete reply costs a new snapshot of its set, in the end the set."""
        losses = []

        def answer(command, text):
            if command.startswith('/seqstat/lcore,second') and losses:
                return losses.pop()
            return text
        self.between.answer = answer
        losses += ['{"/seqstat/lcore":null}',
                   json.dumps({'/seqstat/lcore': {'rows': {}, 'error': 'Cannot allocate memory'}})]
        samples = self.watching.scrape()
        self.assertEqual(losses, [])
        self.assertEqual(self.packets(samples, 'second'), 2)
        self.assertEqual(samples('sets_unread', file_prefix='relay'), 0)
        losses += 1000 * ['{"/seqstat/lcore":null}']
        samples = self.watching.scrape()
        self.assertEqual(self.packets(samples, 'first'), 1)
        self.assertIsNone(self.packets(samples, 'second'))
        self.assertEqual(samples('sets_unread', file_prefix='relay'), 1)

    def test_malformed_values(self):
        """Neither are answers with something else in place of numbers, names and texts."""
        self.target.tell('create third port 1', 'label third 0 eth0', 'add third 1 0 3 64 0 0 0',
                         'observe third 1 0 2')
        for command, right, wrong in (
                ('info', '"snapshots":', '"snapshots":"x","was":'),
                ('info', '"birth":', '"birth":"x","was":'),
                ('info', '"tsc_hz":', '"tsc_hz":"x","was":'),
                ('info', '"labels":["port"]', '"labels":["a b"]'),
                ('info', '"labels":["port"]', '"labels":["x"]'),
                ('info', '"labels":["port"]', '"labels":[7]'),
                ('info', '"labels":["port"]', '"labels":7'),
                ('info', '"type":"counter"', '"type":"other"'),
                ('info', '"packets":{', '"pack ets":{'),
                ('info', '"unit":"bytes"', '"unit":"b/s"'),
                ('info', '"help":"Packets of', '"help":"\\ud800'),
                ('info', '"unaccounted":{', '"unaccounted":["x"],"was":{'),
                ('info', '"unaccounted":{', '"unaccounted":{"a b":1},"was":{'),
                ('info', '"unaccounted":{', '"unaccounted":{"a":"x"},"was":{'),
                ('info', '"help":"Packets of', '"help":"\\u001b[31m'),
                ('writers', '"0":{', '"x":{'),
                ('writers', '"stale":', '"stale":"x","was":'),
                ('writers', '"lcore":"1"', '"lcore":["1"]'),
                ('writers', '"lcore":"1"', '"lcore":"\\u001b1"'),
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
                ('list', '[', '[[[' + 10000 * '['),
                ('list', '"third"', '"\\u001b[31m"'),
                ('info', '{"/seqstat/info":', 'no JSON'),
                ('info', '{"/seqstat/info":', '{"/else":'),
                ('writers', '{"/seqstat/writers":{', '{"/seqstat/writers":[],"x":{')):
            changed = []

            def answer(asked, text, command=command, right=right, wrong=wrong, changed=changed):
                if asked.startswith('/seqstat/' + command) and right in text:
                    changed.append(asked)
                    return text.replace(right, wrong)
                return text
            self.between.answer = answer
            with self.subTest(command=command, wrong=wrong[:40]):
                samples = self.both.scrape()
                self.assertTrue(changed)
                self.assertEqual(samples('up', file_prefix='relay'), 0)
                self.assertEqual(samples('third_packets_total', file_prefix='a', lcore='1',
                                         port='eth0'), 3)

    def test_endless_answers(self):
        """An application that always has one more page is given up, however fast it answers."""
        with Connection('a', 60) as connection:
            connection.limit = 0
            for _ in range(20):
                self.assertRaisesRegex(TelemetryError, 'takes too long', connection.ask,
                                       '/seqstat/list')

    def test_no_library(self):
        """An application without the library is one without sets."""
        self.between.answer = lambda command, _: json.dumps({command.split(',')[0]: None})
        samples = self.watching.scrape()
        self.assertEqual(samples('up', file_prefix='relay'), 1)
        self.assertEqual(samples('sets', file_prefix='relay'), 0)


class Names(ToolsTest):
    def test_odd_labels(self):
        """The values of labels may be as one likes, also as the number of another row."""
        application = self.application('a')
        values = ['a b', "x,y='z'", '{lcore}', '0000:00:1f.6#1', '6', "%d's", '']
        application.tell(f'create set port {len(values)}', *(
            f'label set {row} {value}' for row, value in enumerate(values) if value))
        for row in range(len(values)):
            application.tell(f'add set 1 {row} {100 + row} 0 0 0 0')
        exporter = self.exporter()
        for samples in exporter.scrape(), exporter.scrape_openmetrics():
            for row, value in enumerate(values):
                self.assertEqual(samples('set_packets_total', file_prefix='a', lcore='1',
                                         **({'port': value} if value else {'row': '6'})),
                                 100 + row)

    def test_hostile_texts(self):
        """Texts that the library would not let in do no harm either."""
        application = self.application('a')
        application.tell('create set port 1', 'label set 0 VALUE', 'add set 1 0 3 0 0 0 0')
        relay = self.relay(application, 'relay')
        odd = 'a"b\\c\u00e9'
        relay.answer = lambda command, text: text.replace('VALUE', json.dumps(odd)[1:-1]).replace(
            'Packets of the test.', json.dumps(odd)[1:-1])
        exporter = self.exporter('-f', 'relay')
        for samples in exporter.scrape(), exporter.scrape_openmetrics():
            self.assertEqual(samples('set_packets_total', file_prefix='relay', lcore='1',
                                     port=odd), 3)
        self.assertEqual(samples.families['dpdk_seqstat_set_packets'].documentation, odd)

    def test_same_metric(self):
        """Of two counters that make the same metric, one is left out, and that is reported."""
        application = self.application('a')
        application.tell('create set port 1', 'observe set 1 0 1',
                         'create set_burst port 1', 'add set_burst 1 0 5 64 2 0 0')
        exporter = self.exporter()
        samples = exporter.scrape()
        self.assertEqual(samples('metrics_left_out', file_prefix='a'), 1)
        self.assertEqual(len(samples.with_labels('set_burst_packets_count')) +
                         len(samples.with_labels('set_burst_packets_total')), 1)
        self.assertEqual(samples('set_burst_depth', file_prefix='a', lcore='1', row='0'), 2)
        wait_until(lambda: any('is left out: the name dpdk_seqstat_set_burst_packets is taken'
                               in line for line in exporter.log), 'the reason')

    def test_reserved_labels(self):
        """A label that has another meaning gives way."""
        application = self.application('a')
        application.tell('create set file_prefix,job 2', 'label set 0 x|y', 'label set 1 x|z',
                         'add set 1 1 5 64 0 0 0')
        self.assertEqual(self.exporter().scrape()('set_packets_total', file_prefix='a', lcore='1',
                                                  _file_prefix='x', _job='z'), 5)

    def test_many(self):
        """Lists of sets and of counters come in pages, too."""
        application = self.application('a')
        application.tell('counters wide 128')
        for number in range(250):
            application.tell(f'counters s{number} 1')
        samples = self.exporter().scrape()
        self.assertEqual(samples('sets', file_prefix='a'), 251)
        self.assertIn('dpdk_seqstat_wide_c127', samples.families)


class Options(ToolsTest):
    def test_wrong(self):
        for options in (['--port', '65536'], ['--port', 'x'], ['--timeout', '0'], ['-f', ''],
                        ['-f', 'a/b'], ['--nonsense']):
            self.assertIn('error: ', run(EXPORTER, *options, status=2))

    def test_port_taken(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = str(taken.getsockname()[1])
            self.assertIn('Address already in use', run(EXPORTER, '--port', port, status=1))

    def test_address(self):
        """By default only this machine can connect; IPv6 works."""
        self.assertIn('http://127.0.0.1:', self.exporter().url)
        if os.path.exists('/proc/net/if_inet6'):
            self.assertIn('http://[::1]:', (exporter := self.exporter('-a', '::1')).url)
            exporter.scrape()

    def test_interrupt(self):
        """Ctrl-C ends it as SIGTERM does, which all other tests use."""
        exporter = self.exporter()
        exporter.process.send_signal(signal.SIGINT)
        self.assertEqual(exporter.process.wait(), 0)


if __name__ == '__main__':
    main()
