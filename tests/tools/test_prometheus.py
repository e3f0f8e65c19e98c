#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The example's configuration works in real Prometheus servers."""

import os
import unittest

from harness import ToolsTest, main, run, wait_until
from prometheus import Prometheus

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
        first = self.exporter(applications['a'].path, applications['b'].path)
        second = self.exporter(applications['c'].path)
        # The second site has no target at first, and needs no restart for one.
        sites = [self.prometheus('first', targets=[first.address], site='first'),
                 self.prometheus('second', targets=[], site='second')]
        above = self.prometheus('above', 'prometheus-federation.yml',
                                [f'127.0.0.1:{site.port}' for site in sites])
        sites[1].set_targets([second.address])

        for site, prefix, packets in (0, 'a', 1), (0, 'b', 2), (1, 'c', 3):
            expression = (f'dpdk_seqstat_l2fwd_packets_total{{file_prefix="{prefix}",'
                          'lcore="1", port="eth0"}')
            self.assertEqual(wait_until(lambda s=sites[site], e=expression: s.value(e), expression),
                             packets)
        self.assertEqual(sites[0].query('dpdk_seqstat_up{file_prefix="c"}'), [])

        def all_up():
            found = {(metric['site'], metric['file_prefix'], metric['instance']): value
                     for metric, value in above.query('dpdk_seqstat_up')}
            return found == {('first', 'a', first.address): 1, ('first', 'b', first.address): 1,
                             ('second', 'c', second.address): 1}
        wait_until(all_up, 'the applications of all sites', seconds=180)

        def await_alert(name):
            wanted = f'ALERTS{{alertname="{name}",alertstate="firing",site="second"}}'
            wait_until(lambda: above.query(wanted), wanted, seconds=180)

        applications['c'].kill()
        await_alert('SeqstatApplicationDown')
        await_alert('SeqstatPublisherStale')
        second.end()
        await_alert('SeqstatExporterDown')
        self.assertEqual(sites[0].query('ALERTS'), [])


if __name__ == '__main__':
    main()
