#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The live view computes rates, histories and quantiles from several readings."""

import unittest

from rich.console import Console

import harness  # noqa: F401 # adds dpdk_seqstat to sys.path
from dpdk_seqstat import screen
from dpdk_seqstat.quantiles import bucket_counts, quantiles
from dpdk_seqstat.reading import FLAGS, SELF, Application, Counter, Reading
from dpdk_seqstat.watch import Lcore, Line, SetWatch, Watch

HZ = 1000
COUNTERS = [Counter('packets', 'counter', 'packets', ''), Counter('depth', 'gauge', '', ''),
            Counter('burst', 'histogram', '', ''), Counter('busy_cycles', 'counter', '', ''),
            Counter('idle_cycles', 'counter', '', '')]


def values(packets=0, depth=0, below=0, above=0, busy=0, idle=0):
    return {'packets': packets, 'depth': depth, 'busy_cycles': busy, 'idle_cycles': idle,
            'burst': {'buckets': {'4': below, 'inf': below + above}, 'count': below + above,
                      'sum': below + 10 * above}}


def application(tsc, lcores, pid=1, birth=1, **flagged):
    """Return an application with one set of one row; each flag has a list of lcores."""
    writers = [{'lcore': lcore, **{flag: int(lcore in flagged.get(flag, ())) for flag in FLAGS}}
               for lcore in dict.fromkeys([*lcores, *flagged.get('unread', ())])]
    return Application(pid, [Reading(
        'set', ['port'], COUNTERS, dict.fromkeys(SELF, 0), birth, tsc, HZ,
        len(flagged.get('stale', ())), writers, {0: {'port': 'eth0'}},
        {lcore: {0: row} for lcore, row in lcores.items()}, {}, {})], [])


class WatchTest(unittest.TestCase):
    def setUp(self):
        self.watch = Watch()
        self.tsc = 0


class Rates(WatchTest):
    def update(self, *args, **options):
        self.watch.update(application(*args, **options))
        return self.watch.sets['set']

    def line(self, name, lcore=None):
        for line in self.watch.sets['set'].lines(lcore is not None):
            if line.counter.name == name and lcore in (None, line.lcore):
                return line
        raise AssertionError(name)

    def test_rates(self):
        """Rates use the time between cuts, not between replies."""
        self.update(1000, {'1': values(packets=10, below=1), '2': values(packets=1)})
        self.assertIsNone(self.line('packets').rate)
        self.update(3000, {'1': values(packets=30, depth=5, below=3, above=2),
                           '2': values(packets=101)})
        self.assertEqual(self.line('packets').value, 131)
        self.assertEqual(self.line('packets').rate, 60)
        self.assertEqual(self.line('packets', '1').rate, 10)
        self.assertEqual(self.line('packets', '2').rate, 50)
        self.assertEqual(self.line('burst').rate, 2)
        self.assertEqual(bucket_counts(self.line('burst').recent), {'4': 2, 'inf': 2})
        self.assertIsNone(self.line('depth').rate)
        self.assertEqual(list(self.line('depth').history), [5])
        self.assertEqual(list(self.line('packets').history), [60])

    def test_wrap(self):
        self.update(1000, {'1': values(packets=2**64 - 1)})
        self.update(2000, {'1': values(packets=4)})
        self.assertEqual(self.line('packets').rate, 5)

    def test_new_lcore(self):
        """A new lcore has rates from its second reading on."""
        self.update(1000, {'1': values(packets=10)})
        self.update(2000, {'1': values(packets=20), '2': values(packets=7)})
        self.assertIsNone(self.line('packets', '2').rate)
        self.update(3000, {'1': values(packets=20), '2': values(packets=8)})
        self.assertEqual(self.line('packets', '2').rate, 1)

    def test_restart(self):
        """A new application, or a new set of the same name, has no rates at first."""
        for changed in ({'pid': 2}, {'birth': 2}):
            self.update(1000, {'1': values(packets=10)})
            self.update(2000, {'1': values(packets=20)})
            self.update(3000, {'1': values(packets=5)}, **changed)
            self.assertIsNone(self.line('packets').rate)
            self.assertEqual(list(self.line('packets').history), [])

    def test_other_parts(self):
        """A set with other counters is a new set; with other buckets, it starts at zero."""
        self.update(1000, {'1': values(packets=10, below=4, above=4)})
        other = values(packets=15, below=4, above=5)
        other['burst']['buckets'] = {'8': 4, 'inf': 9}
        self.update(2000, {'1': other})
        self.assertEqual((self.line('packets').rate, self.line('burst').rate), (15, 9))
        more, = application(3000, {'1': {**other, 'more': 2**63}}).readings
        self.watch.update(Application(1, [more._replace(
            counters=[*COUNTERS, Counter('more', 'counter', '', '')])], []))
        self.assertIsNone(self.line('packets').rate)
        self.update(4000, {'1': values(packets=20)})
        self.assertIsNone(self.line('packets').rate)

    def test_unread(self):
        """A set stays while it cannot be read; it goes when the application removes it."""
        self.update(1000, {'1': values(packets=10)})
        self.watch.update(Application(1, [], ['set']))
        self.assertEqual(self.line('packets').value, 10)
        self.watch.update(Application(1, [], []))
        self.assertEqual(self.watch.sets, {})

    def test_utilisation(self):
        self.update(1000, {'1': values(busy=100, idle=100), '2': values(), 'any': values()})
        self.assertEqual([lcore.utilisation for lcore in self.watch.lcores()], [None] * 3)
        self.update(2000, {'1': values(busy=130, idle=110), '2': values(idle=5), 'any': values()})
        self.assertEqual([(lcore.name, lcore.utilisation) for lcore in self.watch.lcores()],
                         [('1', 0.75), ('2', 0), ('any', None)])

    def test_notes(self):
        """A lcore has its most serious note; an unread one has no numbers."""
        for tsc, lcores, flagged, notes, stopped in (
                (1, ('2', '10'), {'stale': ['10']}, ['', 'stopped'], [False, True]),
                (2, ('2',), {'unread': ['1']}, ['stopped', ''], [False]),
                (3, ('2', '3', 'any'), {'torn': ['2', '3'], 'stale': ['3'], 'crowded': ['any']},
                 ['torn', 'stopped', 'crowded'], [False, True, False])):
            self.update(tsc, dict.fromkeys(lcores, values()), **flagged)
            self.assertEqual([lcore.note for lcore in self.watch.lcores()], notes)
            self.assertEqual([self.line('packets', lcore).stopped for lcore in lcores], stopped)
            self.assertTrue(self.line('packets').stopped)


DELAY = Counter('delay', 'histogram', 'ns', '', 2)


class Quantiles(WatchTest):
    """The histogram is log-linear, with four buckets between two powers of two."""

    def update(self, counts, in_full=None, port='eth0'):
        """Read observations by bucket, all of one of two lcores; return the line."""
        self.tsc += HZ

        def folded(counts):
            buckets = {bound: sum(n for high, n in counts.items() if float(high) <= float(bound))
                       for bound in ('8', '16', 'inf')}
            return {0: {'delay': {'buckets': buckets, 'count': buckets['inf'], 'sum': 0}}}
        read, = application(self.tsc, {'1': None, '2': None}).readings
        self.watch.update(Application(1, [read._replace(
            counters=[DELAY], rows={0: {'port': port}},
            values={'1': folded(counts), '2': folded({})},
            buckets={(0, 'delay'): counts if in_full is None else in_full})], []))
        line, = self.watch.sets['set'].lines(False)
        return line

    def texts(self, *args, **options):
        line = self.update(*args, **options)
        return line.when, [text.split(maxsplit=1)[1]
                           for text in screen.quantile_texts(line).values()]

    def test_middles(self):
        """A quantile is the middle of its bucket, rounded up."""
        for bound, middle in ((1, 1), (2, 2), (4, 4), (5, 5), (8, 8), (10, 10), (12, 12), (16, 16),
                              (20, 19), (32, 31), (40, 37), (2**63, 2**63 - 2**60 + 1 + 2**59)):
            self.assertEqual(quantiles(DELAY, {str(bound): 1})['p50'], middle)
        for bounds, middle in (('4', 2), ('04', 3), ('9', 5)):
            counts = {bound: bound == bounds[-1] for bound in bounds}
            self.assertEqual(quantiles(COUNTERS[2], counts)['max'], middle, bounds)
        self.assertEqual(quantiles(DELAY, {}), {})
        self.assertEqual(quantiles(COUNTERS[2], {'4': 0, 'inf': 0}), {})

    def test_ranks(self):
        """The quantile q of n observations is number ceil(q * n) of them."""
        def names(counts):
            return list(quantiles(DELAY, counts).values())
        self.assertEqual(names({'1': 1, '2': 1}), [1, 2, 2, 2, 2, 2])
        self.assertEqual(names({'1': 90, '2': 9, '4': 1}), [1, 1, 2, 4, 4, 4])
        self.assertEqual(names({'1': 9999, '2': 1}), [1, 1, 1, 1, 1, 2])
        self.assertEqual(names({'1': 2**63, '2': 2**63 - 1}), [1, 2, 2, 2, 2, 2])

    def test_recent(self):
        """Quantiles are of recent observations; without any, or at first, of all."""
        self.assertEqual(self.texts({'5': 7}), ('all', ['5 ns'] * 6))
        self.assertEqual(self.texts({'5': 7}), ('all', ['5 ns'] * 6))
        self.assertEqual(self.texts({'5': 7, '10': 1, 'inf': 1}),
                         ('now', ['10 ns'] + ['> 16 ns'] * 5))

    def test_cleared(self):
        """All observations of a cleared row are recent."""
        self.update({'5': 7, '12': 2})
        self.assertEqual(self.texts({'5': 1}), ('now', ['5 ns'] * 6))
        self.assertEqual(self.texts({'5': 3}, port='eth1'), ('now', ['5 ns'] * 6))
        # The folded buckets do not show this clear.
        self.assertEqual(self.texts({'6': 4}, port='eth1'), ('all', ['6 ns'] * 6))

    def test_not_in_full(self):
        """Quantiles need all buckets; without those of the last reading, they are of all."""
        self.assertEqual(self.texts({'5': 7}, {}), ('', []))
        self.assertEqual(self.texts({'5': 7, '10': 1}), ('all', ['5 ns'] + ['10 ns'] * 5))
        self.assertEqual(self.texts({'5': 8, '10': 1}, {}), ('', []))
        self.assertEqual(self.texts({'5': 9}, {'5': 10, '6': -1}), ('', []))

    def test_lcores(self):
        """Lines of one lcore have no quantiles."""
        self.update({'5': 7})
        self.update({'5': 8})
        self.assertEqual([line.when for line in self.watch.sets['set'].lines(True)], ['', ''])

    def test_wide_buckets(self):
        """Readings always have all buckets of other histograms, also by lcore."""
        for tsc, above, expected in (1, 1, ('all', {'4': 3, 'inf': 1})), (2, 3, (
                'now', {'4': 0, 'inf': 2})):
            self.watch.update(application(tsc, {'1': values(below=3, above=above), '2': values()}))
            for per_lcore in False, True:
                line = next(line for line in self.watch.sets['set'].lines(per_lcore)
                            if line.counter.name == 'burst')
                self.assertEqual((line.when, line.buckets), expected)

    def test_history(self):
        """A narrow column omits some quantiles, then bars; the mean goes before quantiles."""
        self.update({'5': 7})
        line = self.update({'5': 8})
        p50, p99, most = 'p50    5 ns', 'p99    5 ns', 'max    5 ns'
        few = f'{p50} {p99} {most}'
        every = f'{p50} p90    5 ns {p99} p99.9    5 ns p99.99    5 ns {most}'
        line.recent.update(sum=5)
        for width, text in ((93, f'█▁▁ {every} ø 5 ns'), (91, f'█▁▁ {few} ø 5 ns'),
                            (51, f'█▁▁ {few} ø 5 ns'), (50, f'█▁▁ {few}'), (36, few), (35, few),
                            (34, f'█▁▁ {p50} {p99}'), (22, '█▁▁ ø 5 ns')):
            self.assertEqual(screen.history_text(line, width), text, width)
        line = line._replace(when='all', recent=None)
        for width, text in ((89, f'all {every}'), (88, f'all {few}'), (39, f'all {few}'),
                            (38, f'all {p50} {p99}'), (27, f'all {p50} {p99}'), (26, '')):
            self.assertEqual(screen.history_text(line, width), text, width)
        wide = line._replace(counter=COUNTERS[2], when='now', recent=line.value)
        self.assertEqual(screen.history_text(wide, 40), '█▁▁ ø 0')

    def test_most_observations(self):
        """If bars do not fit, the view shows the buckets with the most observations."""
        buckets = {str(2**n): int(n > 3) + 9 * (n > 4) for n in range(30)}
        line = self.update({'5': 1})._replace(
            buckets={}, when='', recent={'buckets': buckets, 'count': 10, 'sum': 0})
        self.assertEqual(screen.history_text(line, 15), '▁▁▁▁▂█▁▁ ø 0 ns'[-15:])


class Rows(WatchTest):
    """Rows come and go in readings that are a second apart."""

    def update(self, labels, **lcores):
        """Read rows, whose label may be empty; lcores have packets or values by row."""
        self.tsc += HZ
        read, = application(self.tsc, {lcore[1:]: None for lcore in lcores}).readings
        self.watch.update(Application(1, [read._replace(
            rows={row: {'port': port} if port else {} for row, port in labels.items()},
            values={lcore[1:]: {row: value if isinstance(value, dict) else values(packets=value)
                                for row, value in rows.items()}
                    for lcore, rows in lcores.items()})], []))

    def rates(self, counter='packets', per_lcore=False):
        return [line.rate for line in self.watch.sets['set'].lines(per_lcore)
                if line.counter.name == counter]

    def histories(self, counter='packets'):
        return [list(line.history) for line in self.watch.sets['set'].lines(False)
                if line.counter.name == counter]

    def test_new(self):
        """A new row starts at zero, as does a row in which no lcore had counted."""
        self.update({0: 'a'}, l1={0: 5}, l2={0: 5})
        self.update({0: 'a', 1: 'b', 2: ''}, l1={0: 6, 1: 7, 2: 8}, l2={0: 7, 1: 0, 2: 9})
        self.assertEqual(self.rates(), [3, 7, 17])
        self.assertEqual(self.rates(per_lcore=True), [1, 2, 7, 0, 8, 9])

    def test_cleared(self):
        """If one value falls, all values of the row start at zero, on all lcores."""
        before, fell = values(10, 4, 8, 8, 100), values(1, 4, 1, 0, 200)
        for value in ({**before, 'packets': 9}, {**before, 'burst': fell['burst']}, fell):
            self.setUp()
            self.update({0: 'a'}, l1={0: before}, l2={0: 20})
            self.update({0: 'a'}, l1={0: before}, l2={0: 30})
            self.update({0: 'a'}, l1={0: value}, l2={0: 31})
            self.assertEqual(self.rates(per_lcore=True), [value['packets'], 31])
            self.assertEqual(self.rates('busy_cycles'), [value['busy_cycles']])
            self.assertEqual(self.rates('burst', True), [value['burst']['count'], 0])
            self.assertEqual(self.histories(), [[value['packets'] + 31]])
            self.assertEqual(self.histories('depth'), [[4]])

    def test_gauge_falls(self):
        """A gauge may fall without a new start of its row."""
        self.update({0: 'a'}, l1={0: values(10, 4)})
        self.update({0: 'a'}, l1={0: values(11, 3)})
        self.assertEqual(self.rates(), [1])

    def test_other_labels(self):
        """A row with other labels is a new one, also if its values are larger."""
        self.update({0: 'a'}, l1={0: 10})
        self.update({0: 'a'}, l1={0: 11})
        self.update({0: 'b'}, l1={0: 15})
        self.assertEqual(self.rates(), [15])
        self.assertEqual(self.histories(), [[15]])

    def test_labels_come_and_go(self):
        """A row that gets or loses its labels stays the same, unless a value falls."""
        self.update({0: '', 1: 'a'}, l1={0: 10, 1: 20})
        self.update({0: 'b', 1: ''}, l1={0: 11, 1: 22})
        self.assertEqual(self.rates(), [1, 2])
        self.update({0: 'b', 1: ''}, l1={0: 11, 1: 7})
        self.assertEqual(self.rates(), [0, 7])

    def test_gone(self):
        """A missing row has no lines; when it returns, its history is empty."""
        self.update({0: 'a', 1: 'b'}, l1={0: 1, 1: 2})
        self.update({0: 'a', 1: 'b'}, l1={0: 1, 1: 3})
        self.update({0: 'a'}, l1={0: 1})
        self.assertEqual(self.rates(), [0])
        self.update({0: 'a', 1: 'b'}, l1={0: 1, 1: 4})
        self.assertEqual(self.rates(), [0, 4])
        self.assertEqual(self.histories(), [[0, 0, 0], [4]])

    def test_columns(self):
        """The view shows the numbers of rows without labels."""
        for names, rows, expected in (
                ([], {5: {}}, [('5',)]),
                (['port', 'queue'], {3: {'port': 'a', 'queue': '1'}, 5: {}},
                 [('a', '1'), ('row 5', '')])):
            read, = application(0, {'1': values()}).readings
            read = read._replace(labels=names, rows=rows, values={'1': dict.fromkeys(
                rows, values())})
            self.assertEqual([line.labels for line in SetWatch(read).lines(False)
                              if line.counter.name == 'packets'], expected)


class Drawing(unittest.TestCase):
    def test_bar(self):
        self.assertEqual(screen.bar(0, 4), '    ')
        self.assertEqual(screen.bar(1, 4), '████')
        self.assertEqual(screen.bar(2, 4), '████')
        self.assertEqual(screen.bar(9 / 32, 4), '█▏  ')

    def test_sparkline(self):
        self.assertEqual(screen.sparkline([0, 1, 2, 7], 4), '▁▂▃█')
        self.assertEqual(screen.sparkline([5, 0, 0], 2), '▁▁')
        self.assertEqual(screen.sparkline([5], 0), '')

    def test_many_lcores(self):
        """If lcores do not fit on the line, it shows the stopped ones first."""
        lcores = [Lcore(str(number), 'stopped' * (number == 99), None) for number in range(100)]
        console = Console(width=80)
        with console.capture() as capture:
            console.print(screen.lcore_lines(lcores, 80))
        words = capture.get().split()
        self.assertEqual(words[1:3], ['99', 'stopped'])
        self.assertEqual(words[-2:], ['+89', 'more'])

    def test_names_give_way(self):
        """Names get shorter before the history goes; numbers are always complete."""
        line = Line('', ('net_af_packet0',), '1', COUNTERS[3], 10**9, None, None, [], False, '', {})
        for width, *expected in ((80, 14, 11, 23), (60, 9, 11, 8), (58, 14, 11, 0),
                                 (50, 7, 11, 0), (40, 3, 5, 0)):
            widths = screen.numbers_widths(['port'], [line], True, width)
            self.assertEqual([widths[name] for name in (0, 'counter', 'history')], expected)
            self.assertEqual(widths['value'], len('1,000,000,000'))
        line = line._replace(labels=('net_af_packet0', '0'))
        widths = screen.numbers_widths(['port', 'queue'], [line], True, 50)
        self.assertEqual([widths[name] for name in (0, 1, 'counter')], [3, 3, 11])

    def test_numbers(self):
        for value, text in ((0, '0 '), (999.4, '999 '), (999.6, '1 k'), (12345, '12.3 k'),
                            (2**64, '18.4 E')):
            self.assertEqual(screen.short_number(value), text)
        for value, text in ((2, '2 s'), (0.0171, '17.1 ms'), (195e-6, '195 µs'), (0, '0 ns')):
            self.assertEqual(screen.duration(value), text)


if __name__ == '__main__':
    unittest.main()
