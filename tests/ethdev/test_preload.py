#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A program runs as without the preload, however it ends and whichever call fails."""

import os
import pathlib
import shutil
import tempfile

from preloaded import (NO_HUGE, PRELOAD, SAID, PreloadTest, Program, cpus, main, run, send,
                       skip_without_hugepages, wait_until)

POLLS = os.environ['POLLS']
# Functions that fail from the first, second, ... call on, and the number of their calls: at least
# one in each call of the library, whose own calls tests/fault makes fail.
FAULTS = {
    'posix_fallocate64': 1, 'rte_ctrl_thread_create': 1, 'rte_eth_add_first_rx_callback': 1,
    'rte_eth_add_tx_callback': 1, 'rte_eth_dev_callback_register': 1, 'rte_memzone_reserve': 1,
    'rte_zmalloc_socket': 4,
}
EXAMPLES = pathlib.Path('/usr/share/dpdk/examples')


class Preload(PreloadTest):
    def polls(self, mode, queues=1, options=NO_HUGE, program=POLLS, **env):
        """Run the program until it has polled."""
        running = Program(self, program, cpus(2), '--no-pci', '--vdev=net_null0', *options, '--',
                          mode, str(queues), **env)
        running.wait_for(f'packets: {3200 * queues}\n')
        return running

    def await_counts(self, program, packets, queues=1):
        wait_until(lambda: sum(row['rx_packets'] for row in program.queues().values()) == packets,
                   f'{packets} packets', 30)
        rows = program.queues()
        self.assertEqual(len(rows), queues)
        for row in rows.values():
            self.assertEqual((row['rx_packets'], row['tx_offered_packets'], row['polls']),
                             (packets // queues, packets // queues, packets // queues // 32))

    def test_ends(self):
        """A program ends by _exit(), by return from main(), or by SIGKILL: its stat file stays."""
        for mode, status in ('exit', 0), ('return', 0), ('twice', 0), ('killed', -9):
            with self.subTest(mode):
                program = self.polls(mode)
                self.await_counts(program, 3200)
                if mode == 'killed':
                    program.process.kill()
                self.assertNotRegex(program.end(status), SAID)
                # The program did not clean up: its last cut is still in the file.
                self.await_counts(program, 3200)

    def test_fork(self):
        """A child counts nothing; the parent continues."""
        program = self.polls('fork')
        self.await_counts(program, 6400)
        program.end()

    def test_cleanup_under_polls(self):
        program = self.polls('cleanup')
        self.assertNotRegex(program.end(), SAID)
        self.assertEqual(list(program.folder.glob('*.seqstat')), [])

    def test_no_telemetry(self):
        program = self.polls('exit', queues=2, options=[*NO_HUGE, '--no-telemetry'])
        self.await_counts(program, 6400, 2)
        program.end()

    def test_in_memory(self):
        skip_without_hugepages(32)
        program = self.polls('exit', queues=2, options=['--in-memory', '-m', '64'])
        self.await_counts(program, 6400, 2)
        program.end()

    def test_many_queues(self):
        program = self.polls('exit', queues=1024)
        self.await_counts(program, 1024 * 3200, 1024)
        self.assertNotRegex(program.end(), SAID)

    def test_too_few_rows(self):
        program = self.polls('exit', queues=8, SEQSTAT_ETHDEV_ROWS='4')
        self.await_counts(program, 4 * 3200, 4)
        self.assertRegex(program.end(), '(?s)not counted from queue 4 on.*No space left')

    def test_faults(self):
        """If a call of the library fails, a message says so and the program continues."""
        for function, n_calls in FAULTS.items():
            for first in range(1, n_calls + 1):
                with self.subTest(f'{function} {first}'):
                    program = self.polls('exit', LD_PRELOAD=f'{PRELOAD}:{os.environ["FAULTY"]}',
                                         SEQSTAT_FAULT=function, SEQSTAT_FAULT_FROM=str(first))
                    self.assertRegex(program.end(), SAID)

    def test_bad_path(self):
        program = self.polls('exit', SEQSTAT_PUBLISH='/nowhere/file')
        self.assertRegex(program.end(), 'seqstat: polls: cannot publish.*No such file')

    def test_static(self):
        static = pathlib.Path(tempfile.mkdtemp(), 'polls-static')
        flags = run('pkg-config', '--cflags', '--libs', '--static', 'libdpdk').split()
        run('cc', pathlib.Path(__file__).with_name('polls.c'), '-o', static, *flags)
        program = self.polls('exit', program=static)
        self.assertIn('seqstat: polls-static: nothing is counted: DPDK is linked statically\n',
                      program.end())

    def test_without_dpdk(self):
        """A program without DPDK prints nothing more."""
        self.assertEqual(run('true', env=dict(os.environ, LD_PRELOAD=PRELOAD)), '')

    def test_without_library(self):
        """The program runs if the preload does not find the library."""
        preload = shutil.copy(PRELOAD, tempfile.mkdtemp())
        program = self.polls('exit', LD_PRELOAD=preload)
        self.assertRegex(program.end(), 'seqstat: polls: nothing is counted: librte_seqstat_ethdev')

    def test_other_abi(self):
        """The program runs, uncounted, with another ABI version of DPDK: here, a stub of one."""
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / 'eal.c').write_text(
            'int rte_eal_init(void) { return 0; } int rte_eth_dev_start(void) { return 7; }'
            'int rte_eal_cleanup(void) { return 0; } int rte_eal_process_type(void) { return 0; }')
        (folder / 'map').write_text('DPDK_99 { *; };')
        (folder / 'main.c').write_text(
            'int rte_eal_init(int, char **), rte_eth_dev_start(int), rte_eal_cleanup(void);'
            'int main(int c, char **v)'
            '{ return rte_eal_init(c, v) + rte_eth_dev_start(0) + rte_eal_cleanup(); }')
        run('cc', '-shared', '-fPIC', '-Wl,--version-script=map', '-Wl,-soname,librte_eal.so.99',
            'eal.c', '-o', 'librte_eal.so.99', cwd=folder)
        run('cc', 'main.c', './librte_eal.so.99', '-Wl,-rpath,$ORIGIN', '-o', 'app', cwd=folder)
        output = run(folder / 'app', status=7, env=dict(os.environ, LD_PRELOAD=PRELOAD))
        self.assertEqual(output, 'seqstat: app: nothing is counted: no shared librte_ethdev with '
                                 'the ABI DPDK_23\n')

    def test_examples(self):
        """DPDK's examples, built unchanged; rxtx_callbacks has callbacks of its own."""
        for name, lcores, options, ready in (
                ('l2fwd', cpus(2), ('-p', '3', '-T', '0'), 'entering main loop'),
                ('rxtx_callbacks', cpus(1), (), 'forwarding packets')):
            with self.subTest(name):
                source = shutil.copytree(EXAMPLES / name, tempfile.mkdtemp(), dirs_exist_ok=True)
                run('make', '-C', source, 'shared')
                self.check_example([pathlib.Path(source, 'build', name), lcores], options, ready)

    def test_l3fwd(self):
        """DPDK's l3fwd runs on TAP devices, which offer the checksums that it requires."""
        folder = pathlib.Path(tempfile.mkdtemp())
        for name in 'common', 'l3fwd':
            shutil.copytree(EXAMPLES / name, folder / name)
        run('make', '-C', folder / 'l3fwd', 'shared')
        program = Program(self, 'stdbuf', '-oL', folder / 'l3fwd/build/l3fwd', cpus(1), *NO_HUGE,
                          '--no-pci', '--vdev=net_tap0,iface=h0', '--vdev=net_tap1,iface=h1',
                          '--', '-p', '3', '-P', '--config=(0,0,0),(1,0,0)', '--parse-ptype')
        program.wait_for('entering main loop')
        # An address that l3fwd routes to the second port.
        send(0, 300, to='198.18.1.1')
        for n in 0, 1:
            program.await_kernel(n, f'net_tap{n}', f'h{n}')
        self.assertEqual(program.port('net_tap1')['tx_offered_packets'], 300)
        self.assertNotRegex(program.output(), SAID)

    def check_example(self, command, options, ready):
        program = Program(self, 'stdbuf', '-oL', *command, *NO_HUGE, '--no-pci',
                          *self.wires(0, 1), '--', *options)
        program.wait_for(ready)
        for _ in range(5):
            send(0, 300)
            for n in 0, 1:
                program.await_kernel(n)
        self.assertEqual(program.port('net_af_packet1')['tx_offered_packets'], 1500)
        self.assertNotRegex(program.output(), SAID)
        program.kill()
        self.doCleanups()


if __name__ == '__main__':
    main()
