#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The example's configuration works in real Prometheus servers."""

import os
import unittest

from harness import ToolsTest, main, run, wait_until
from prometheus import Prometheus, free_port

HERE = os.path.dirname(os.path.abspath(__file__))


class Rules(unittest.TestCase):
    def test_rules(self):
        self.assertIn('SUCCESS', run('promtool', 'test', 'rules', 'prometheus_rules.yml',
                                     cwd=HERE))


class Fleet(ToolsTest):
    def prometheus(self, name, *args, **options):
        server = Prometheus(self.folder / name, *args, **options)
        self.addCleanup(server.close)
        return server

    def test_fleet(self):
        """A federating server has the metrics and alerts of two sites."""
        applications = {}
        for prefix, packets in ('a', 1), ('b', 2), ('c', 3):
            applications[prefix] = self.published(
                prefix, 'create l2fwd port 1', 'label l2fwd 0 eth0',
                f'add l2fwd 1 0 {packets} 64 0 0 0')
        applications['a'].tell('create queues port,queue 4', *(
            f'label queues {row} {labels}' for row, labels in enumerate(
                ('eth0|0', 'eth0|1', 'eth1|0'))), *(
            f'add queues 1 {row} {10 ** row} 64 0 0 0' for row in range(4)))
        applications['a'].settle()
        first = self.exporter(applications['a'].path, applications['b'].path)
        second = self.exporter(applications['c'].path)
        # The second site has no target at first, and needs no restart for one.
        sites = [self.prometheus('first', targets=[first.address], site='first'),
                 self.prometheus('second', targets=[], site='second')]
        above = self.prometheus('above', 'prometheus-federation.yml',
                                [f'127.0.0.1:{site.port}' for site in sites])
        sites[1].set_targets('prometheus.yml', [second.address])

        for site, prefix, packets in (0, 'a', 1), (0, 'b', 2), (1, 'c', 3):
            expression = (f'dpdk_seqstat_l2fwd_packets_total{{file_prefix="{prefix}",'
                          'lcore="1", port="eth0"}')
            self.assertEqual(wait_until(lambda s=sites[site], e=expression: s.value(e), expression),
                             packets)
        self.assertEqual(sites[0].query('dpdk_seqstat_up{file_prefix="c"}'), [])
        self.assertEqual(sorted((metric.get('port'), value) for metric, value in sites[0].query(
            'sum by (port) (dpdk_seqstat_queues_packets_total{port!=""})')),
                         [('eth0', 11), ('eth1', 100)])
        self.assertEqual(sites[0].value('dpdk_seqstat_queues_packets_total{row="3"}'), 1000)

        def all_up():
            found = {(metric['site'], metric['file_prefix'], metric['instance']): value
                     for metric, value in above.query('dpdk_seqstat_up')}
            return found == {('first', 'a', first.address): 1, ('first', 'b', first.address): 1,
                             ('second', 'c', second.address): 1}
        wait_until(all_up, 'the applications of all sites', seconds=180)

        applications['c'].kill()
        for name in 'SeqstatApplicationDown', 'SeqstatPublisherStale':
            wait_until(lambda n=name: above.query(
                f'ALERTS{{alertname="{n}",alertstate="firing",site="second",file_prefix="c"}}'),
                f'the alert {name}', seconds=180)
        self.assertEqual(sites[0].query('ALERTS'), [])

    def test_no_exporter(self):
        port = free_port()
        server = self.prometheus('server', targets=[f'127.0.0.1:{port}'])
        wait_until(lambda: server.query('ALERTS{alertname="SeqstatExporterDown"}'), 'an alert')


if __name__ == '__main__':
    main()
