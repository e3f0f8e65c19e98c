#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Debian's dpdk-testpmd under the preload: its counters and the kernel's agree."""

import re
import tempfile

from preloaded import (NO_HUGE, SAID, PreloadTest, Program, cpus, kernel, main, mount_hugepages,
                       send, skip_without_hugepages, wait_until)


def testpmd(test, eal, *options, memory=NO_HUGE, lcores=3, **env):
    program = Program(test, 'stdbuf', '-oL', 'dpdk-testpmd', cpus(lcores), *memory, '--no-pci',
                      *eal, '--', '-i', '--no-mlockall', '--total-num-mbufs=4096', *options, **env)
    program.wait_for('testpmd> ')
    return program


def forward_stats(program):
    """Return testpmd's forwarding statistics: rx and tx by port."""
    text = program.command('show fwd stats all', 'Forward statistics.*all ports').group()
    return {int(port): (int(rx), int(tx)) for port, rx, tx in re.findall(
        r'statistics for port (\d+) .*?RX-total: (\d+).*?TX-total: (\d+)', text, re.DOTALL)}


class Testpmd(PreloadTest):
    def check_kernel(self, program, *ports):
        for n in ports:
            program.await_kernel(n)

    def send(self, program, *ports, **how):
        """Send to ports in turn, in amounts without loss, and wait until all are counted."""
        for _ in range(5):
            for n in ports:
                send(n, 300, **how)
            self.check_kernel(program, *ports)

    def test_forwarding(self):
        """Two lcores forward between two ports."""
        program = testpmd(self, self.wires(0, 1), '--forward-mode=macswap', '--nb-cores=2')
        program.command('start', 'packet forwarding')
        self.send(program, 0, 1, size=60)
        self.send(program, 0, size=1400)
        self.check_kernel(program, 0, 1)
        self.assertEqual(program.port('net_af_packet0')['rx_packets'], 3000)
        self.assertEqual(program.port('net_af_packet0')['rx_bytes'], 1500 * (60 + 1400))
        self.assertEqual(program.port('net_af_packet1')['tx_offered_packets'], 3000)
        # Each lcore receives from one port and sends to the other.
        self.assertEqual(forward_stats(program), {0: (3000, 1500), 1: (1500, 3000)})
        lcores = program.by_lcore()
        for lcore, (rx, tx, n) in {'1': (0, 1, 3000), '2': (1, 0, 1500)}.items():
            rows = lcores[lcore]
            values = rows[f'net_af_packet{rx}', '0'], rows[f'net_af_packet{tx}', '0']
            self.assertEqual((values[0]['rx_packets'], values[1]['tx_offered_packets']), (n, n))
            self.assertEqual(values[0]['poll_packets']['sum'], n)
            self.assertEqual(values[0]['poll_packets']['count'] + values[0]['empty_polls'],
                             values[0]['polls'])
            self.assertEqual(values[1]['polls'] + values[0]['tx_offered_packets'], 0)
        program.command('stop', 'Done')
        self.assertNotRegex(program.end(command='quit'), SAID)
        self.assertEqual(list(program.folder.glob('*.seqstat')), [])

    def test_queues(self):
        """Ports stop, and start with fewer queues, then with more."""
        devices = [f'{device},qpairs=2' for device in self.wires(0, 1)]
        program = testpmd(self, devices, '--forward-mode=io', '--rxq=2', '--txq=2')
        program.command('start', 'packet forwarding')
        self.send(program, 0, flows=16)
        cleared = program.queues()['net_af_packet0', '1']
        self.assertTrue(0 < cleared['rx_packets'] < kernel(0)['rx_packets'], cleared)
        for n in 1, 2:
            for command in ('stop', 'port stop all', f'port config all rxq {n}',
                            f'port config all txq {n}', 'port start all'):
                program.command(command)
            program.await_cut()
            self.assertEqual({queue for port, queue in program.queues()
                              if port == 'net_af_packet0'}, set('01'[:n]))
        program.command('start', 'packet forwarding')
        send(0, 300, flows=16)
        wait_until(lambda: kernel(0)['rx_packets'] == program.port('net_af_packet0')['rx_packets'] +
                   cleared['rx_packets'], 'the packets')
        self.assertEqual(kernel(0)['rx_packets'], 1800)
        self.assertGreater(program.queues()['net_af_packet0', '1']['rx_packets'], 0)

    def test_hotplug(self):
        """A detached port loses its rows; an attached one gets new ones."""
        program = testpmd(self, self.wires(0, 1), '--forward-mode=io')
        program.command('start', 'packet forwarding')
        self.send(program, 0, 1)
        for command in 'stop', 'port stop 1', 'port close 1', 'port detach 1':
            program.command(command)
        wait_until(lambda: ('net_af_packet1', '0') not in program.queues(), 'the row to go')
        self.check_kernel(program, 0)
        device, = self.wires(2)
        program.command(f'port attach {device.removeprefix("--vdev=")}', 'Done')
        for command in 'port start all', 'start':
            program.command(command)
        self.send(program, 0, 2)
        self.check_kernel(program, 0, 2)
        self.assertEqual(forward_stats(program).keys(), {0, 1})

    def test_secondary(self):
        """A secondary polls its own queue of the same ports, and counts on its own writers."""
        skip_without_hugepages(128)
        huge = mount_hugepages(tempfile.mkdtemp() + '/huge')
        devices = ['--vdev=net_null0', '--vdev=net_null1']
        multi = '--rxq=2', '--txq=2', '--num-procs=2'
        primary = testpmd(self, ['--proc-type=primary', *devices], *multi, '--proc-id=0',
                          memory=['-m', '192', huge], lcores=2)
        # Both processes share a runtime folder.
        secondary = testpmd(self, ['--proc-type=secondary', *devices], *multi, '--proc-id=1',
                            memory=[huge], lcores=2, RUNTIME_DIRECTORY=str(primary.folder))
        for program in primary, secondary:
            program.command('start', 'packet forwarding')
        for program in primary, secondary:
            program.command('stop', 'Done')
        # The statistics of net_null include both processes.
        shown = primary.command('show port xstats 0', 'rx_q1_packets').string
        primary.await_cut()
        queues = primary.queues()
        for queue in '01':
            packets = queues['net_null0', queue]['rx_packets']
            self.assertIn(f'rx_q{queue}_packets: {packets}\n', shown)
            self.assertGreater(packets, 0)
        self.assertLess({('1', pid) for pid in (primary.process.pid, secondary.process.pid)},
                        {(writer['lcore'], writer['pid']) for writer in primary.read().writers})
        self.assertNotRegex(primary.output() + secondary.output(), SAID)


if __name__ == '__main__':
    main()
