#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run all tools on dpdk-l2fwd-stats under real traffic.

Compare their numbers with iperf3 while packets flow, and with the kernel's counters afterwards.
Run in separate namespaces, so that the example's configuration needs no change.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import threading
import time
import unittest

from harness import HISTORY, SOURCE, TOP, Connection, run, supervise, wait_until
from prometheus import Prometheus
from test_endpoint import Socket, load_endpoint
from test_top import TopTest

sys.path.append(str(SOURCE / 'devtools'))

# pylint: disable=wrong-import-position
import demo  # noqa: E402
import demo_network as network  # noqa: E402
from demo_forwarder import Forwarder  # noqa: E402
from packet_drops import packet_drops  # noqa: E402

NAMESPACES = ['unshare', '--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child']
ISOLATED = 'SEQSTAT_TEST_ISOLATED'
SKIPPED = 77

PORTS = ['net_af_packet0', 'net_af_packet1']
COUNTERS = ['rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes']

# Slow enough that a busy machine loses no packet.
RATE = '20M'
SECONDS = 45
# The range of rates in Prometheus, in seconds: a scrape that is 0.2 s late changes little.
WINDOW = 30
# History in the stat file: some seconds.
HISTORY_MB = 128
# The stat file, in the tmpfs of this namespace.
FILE = '/run/forwarder/run'
# Ethernet, IP and UDP headers, which iperf3 does not count, in bytes.
UDP_HEADERS = 14 + 20 + 8


class RealTraffic(TopTest):
    def setUp(self):
        super().setUp()
        network.make_network()
        run('ip', 'link', 'set', 'lo', 'up')
        # Without real root, the process may lock only a few MiB.
        frames = 512 if '--map-root-user' in os.environ[ISOLATED] else 4096
        vdevs = [f'net_af_packet{number},iface={name},framecnt={frames},blocksz=65536'
                 for number, name in enumerate(network.INTERFACES)]
        os.environ['RUNTIME_DIRECTORY'] = '/run/forwarder'
        os.mkdir('/run/forwarder')
        self.forwarder = Forwarder(argparse.Namespace(
            program=os.environ['L2FWD_STATS'], folder='/run/forwarder', quiet=False),
            vdevs, publish=f'period=1,history={HISTORY_MB}')
        self.enterContext(self.forwarder)
        self.enterContext(network.iperf3_server())
        # The example's configuration names the default ports.
        self.watching = self.exporter('/run/forwarder/run', listen='127.0.0.1:9877')
        self.server = Prometheus(self.folder / 'prometheus', port=9090)
        self.addCleanup(self.server.close)
        wait_until(lambda: self.server.value('dpdk_seqstat_up{file_prefix="rte"}'), 'a scrape')

    def other_user(self):
        return [] if '--map-root-user' in os.environ[ISOLATED] else self.unprivileged()

    def rate(self, counter, port, when):
        return self.server.value(
            f'sum(rate(dpdk_seqstat_l2fwd_{counter}_total{{port="{port}"}}[{WINDOW}s]))',
            time=when)

    def check_screens(self):
        """Check that the live view shows complete rates in a small and in a large terminal."""
        for size, user, paths in ((80, 24), (), ()), ((200, 50), self.other_user(), [FILE]):
            terminal = self.top('--set', 'l2fwd', *paths, size=size, prefix=user)

            def shown(seen=terminal):
                text = '\n'.join(seen.screen())
                return all(re.search(rf'\b{counter} +[0-9,]+ +[1-9][0-9.]* [kMG]?B?/s ', text)
                           for counter in COUNTERS)
            try:
                wait_until(shown, f'rates at {size}')
            except AssertionError as error:
                raise AssertionError('\n'.join([str(error), *terminal.screen()])) from error
            finally:
                terminal.close()

    def test_traffic(self):
        self.check_rates()
        self.check_sums()
        self.check_burst()

    def check_rates(self):
        """Compare Prometheus' rates with those of iperf3 while packets flow."""
        reports = []
        sending = threading.Thread(target=lambda: reports.append(
            network.iperf3(SECONDS, '-u', '-b', RATE)))
        sending.start()
        self.check_screens()
        sending.join()
        # iperf3 ends some seconds after its traffic.
        when = time.time() - 5
        report = reports[0]['sum']
        packets = report['packets'] / report['seconds']
        size = report['bytes'] / report['packets'] + UDP_HEADERS
        for port, direction in (PORTS[0], 'rx'), (PORTS[1], 'tx'):
            for counter, expected in (('packets', packets), ('bytes', packets * size)):
                rate = self.rate(f'{direction}_{counter}', port, when)
                compared = (f'{port} {direction}_{counter}: Prometheus {rate:.1f}/s, '
                            f'iperf3 {expected:.1f}/s')
                print(compared)
                self.assertLess(abs(rate / expected - 1), 0.02, compared)
        recorded = self.server.value('port:dpdk_seqstat_l2fwd_rx_packets:rate30s'
                                     f'{{port="{PORTS[0]}"}}', time=time.time())
        self.assertGreater(recorded, 0)

    def check_sums(self):
        """Compare the totals of all tools with the kernel's after the traffic."""
        network.iperf3(3)
        kernel, ports = demo.counters_at_rest(self.forwarder)
        self.check_kernel(kernel, ports, packet_drops(self.forwarder.process.pid))
        for seen in (self.by_prometheus, self.by_top, self.by_endpoint, self.by_other_user,
                     self.by_history):
            wait_until(lambda see=seen: see() == self.wanted(ports), f'{seen}: {ports}')
        for balance in 'packets', 'bytes':
            self.assertEqual(self.server.value(
                f'dpdk_seqstat_unaccounted{{set="l2fwd",balance="{balance}"}}'), 0)

    def check_kernel(self, kernel, ports, dropped):
        for name, port in zip(network.INTERFACES, ports):
            for direction, lost in ('rx', dropped[name]), ('tx', kernel[name]['tx']['dropped']):
                by_kernel = [kernel[name][direction][unit] for unit in ('packets', 'bytes')]
                by_port = [port[f'{direction}_{unit}'] for unit in ('packets', 'bytes')]
                self.assertGreater(by_kernel[0], 0)
                came, went = (by_kernel, by_port) if direction == 'rx' else (by_port, by_kernel)
                self.assertTrue(demo.account(came, went, lost, f'at {name} {direction}'))

    def check_burst(self):
        """Find each packet of a burst of two milliseconds in the records of the stat file."""
        kernel, _ = demo.counters_at_rest(self.forwarder)
        dropped, before = 0, kernel['port0']['rx']['packets']
        quiet = self.recorded('--since', '0')[-1]
        sent, begin = network.burst()
        came = network.kernel_counters()['port0']['rx']['packets'] - before
        lines = []

        def complete():
            nonlocal dropped
            dropped += packet_drops(self.forwarder.process.pid)['port0']
            lines[:] = [line for line in self.recorded('--since', '20')
                        if int(line['record']) > int(quiet['record'])]
            return sum(int(line['increase']) for line in lines) == came - dropped
        wait_until(complete, f'{came} packets in the records')
        # Other packets that came at that time were at most these.
        early = sum(int(line['increase']) for line in lines
                    if int(line['time'].replace('.', '')) < begin)
        self.assertLessEqual(early, came - sent)
        print(f'burst: {sent} packets sent in 2 ms, {came} came, {dropped} dropped, increases of '
              f'records {[int(line["increase"]) for line in lines if line["increase"] != "0"]}')

    @staticmethod
    def recorded(*options):
        """Return the history of the packets that the first port received."""
        return list(csv.DictReader(run(
            HISTORY, FILE, '--csv', '--set', 'l2fwd', '--row', PORTS[0],
            '--counter', 'rx_packets', *options).splitlines()))

    @staticmethod
    def wanted(ports):
        return {(name, counter): port[counter] for name, port in zip(PORTS, ports)
                for counter in COUNTERS}

    def by_prometheus(self):
        return {(metric['port'], counter): value
                for counter in COUNTERS for metric, value in self.server.query(
                    f'sum by (port) (dpdk_seqstat_l2fwd_{counter}_total)')}

    def by_other_user(self):
        return self.by_top(self.other_user(), [FILE])

    def by_history(self):
        lines = run(*self.other_user(), HISTORY, FILE, '--json', '--since', '0.2').splitlines()
        rows = json.loads(lines[-1])['sets']['l2fwd']['rows'].values()
        return {(row['labels']['port'], counter): row[counter]['value']
                for row in rows for counter in COUNTERS}

    @staticmethod
    def by_top(user=(), paths=()):
        seen = json.loads(run(*user, TOP, '--once', '--json', *paths))
        assert bool(seen['file']) == bool(paths), seen['file']
        rows = seen['sets']['l2fwd']['rows'].values()
        return {(row['labels']['port'], counter): row['total'][counter]
                for row in rows for counter in COUNTERS}

    @staticmethod
    def by_endpoint():
        with Connection('rte', 60) as connection:
            metrics = load_endpoint().metrics(Socket(connection))
        sums = {}
        for name, value, labels in metrics:
            counter = name[len('l2fwd_'):-len('_total')]
            if name.startswith('l2fwd_') and counter in COUNTERS:
                key = labels['port'], counter
                sums[key] = sums.get(key, 0) + value
        return sums


def isolate():
    """Restart in new namespaces."""
    for command in NAMESPACES, [*NAMESPACES, '--map-root-user']:
        if subprocess.run([*command, 'true'], stderr=subprocess.DEVNULL, check=False
                          ).returncode == 0:
            os.environ[ISOLATED] = ' '.join(command)
            os.execvp(command[0], [*command, *sys.argv])
    print('cannot create namespaces')
    sys.exit(SKIPPED)


if __name__ == '__main__':
    if ISOLATED not in os.environ:
        supervise()
        isolate()
    unittest.main()
