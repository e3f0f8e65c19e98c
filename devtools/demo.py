#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Drive traffic through a forwarder and compare its statistics with other counters.

devtools/demo.sh builds the forwarder and runs this program in namespaces of its own.
"""

import argparse
import signal
import sys
import time

import demo_network as network
from demo_forwarder import FORWARDERS, TOTAL, Forwarder, rows
from demo_util import DemoError, wait_until
from packet_drops import packet_drops

# A rate that two CPUs forward without loss.
UDP_RATE = '100M'

# Minimum and maximum size of a frame with its header, without offloads.
MIN_FRAME, MAX_FRAME = 14, 1514

# Size of a frame of net_null, and maximum number of frames in a burst.
NULL_FRAME, NULL_BURST = 64, 32

ROW = '{:15}{:>16}{:>15}{:>18}{:>15}'


def traffic(forwarder, seconds):
    """Run ping, TCP and UDP, and return a line about each."""
    network.reach_server()
    lines = [f'ping: {network.ping()}']
    with network.iperf3_server():
        before = sum(port['rx_packets'] for port in forwarder.ports())
        tcp = network.iperf3(seconds)['sum_received']
        packets = sum(port['rx_packets'] for port in forwarder.ports()) - before
        lines.append(f'TCP: {seconds} s at {tcp["bits_per_second"] / 1e9:.2f} Gbit/s, '
                     f'{packets} packets both ways')
        seconds = max(seconds // 3, 1)
        udp = network.iperf3(seconds, '-u', '-b', UDP_RATE)['sum']
        lines.append(f'UDP: {seconds} s at {udp["bits_per_second"] / 1e6:.0f} Mbit/s, '
                     f'{udp["packets"]} packets, {udp["lost_packets"]} lost')
    return lines


def counters_at_rest(forwarder):
    """Return the kernel's counters and the forwarder's after all traffic has ended."""
    last = None

    def unchanged():
        nonlocal last
        previous, last = last, (network.kernel_counters(), forwarder.ports())
        return last == previous and not any(port['waiting_packets'] for port in last[1])

    wait_until(unchanged, 'the counters to stand still')
    return last


def account(came, went, dropped, where):
    """Compare (packets, bytes) that came and went; the kernel counts drops in packets only.

    Print a difference, and return whether there is none.
    """
    packets, size = came[0] - went[0], came[1] - went[1]
    if dropped:
        print(f'  the kernel dropped {dropped} of these {where}: {size} bytes')
    if packets == dropped and dropped * MIN_FRAME <= size <= dropped * MAX_FRAME:
        return True
    print(f'  DIFFERENCE: {packets - dropped} packets, {size} bytes')
    return False


def socket_drops(forwarder):
    """Return the packets dropped at the forwarder's packet sockets, by interface."""
    try:
        return packet_drops(forwarder.process.pid)
    except OSError as error:
        raise DemoError(
            f'cannot read the drops at the packet sockets of the forwarder: {error}') from error


def veth_demo(args):
    """Forward between two hosts and compare with the kernel's counters, to the byte."""
    network.make_network()
    vdevs = [f'net_af_packet{number},iface={name},framecnt={args.frames},blocksz=65536'
             for number, name in enumerate(network.INTERFACES)]
    with FORWARDERS[args.app](args, vdevs) as forwarder:
        lines = traffic(forwarder, args.seconds)
        kernel, ports = counters_at_rest(forwarder)
        dropped = socket_drops(forwarder)

    print('', *lines, '', ROW.format('', 'kernel: packets', 'bytes', 'seqstat: packets', 'bytes'),
          sep='\n')
    agree = []
    for name, port in zip(network.INTERFACES, ports):
        for direction, verb in ('rx', 'received'), ('tx', 'sent'):
            by_kernel = kernel[name][direction]['packets'], kernel[name][direction]['bytes']
            by_port = port[f'{direction}_packets'], port[f'{direction}_bytes']
            print(ROW.format(f'{name} {verb}', *by_kernel, *by_port))
            if direction == 'rx':
                agree.append(account(by_kernel, by_port, dropped.get(name, 0),
                                     'at the full packet socket'))
            else:
                agree.append(account(by_port, by_kernel, kernel[name]['tx']['dropped'],
                                     'behind the port'))
    return all(agree), 'kernel', ports


def null_demo(args):
    """Forward packets of net_null, which never stops, and compare with the ports' counters.

    A port counts a packet earlier than the forwarder, by at most a burst.
    """
    looks = ['/ethdev/stats,0', '/ethdev/stats,1']
    with Forwarder(args, ['net_null0', 'net_null1']) as forwarder:
        time.sleep(args.seconds)
        *before, total, after0, after1 = forwarder.telemetry(*looks, TOTAL, *looks)

    ports = rows(total)
    agree = []
    for number, (port, first, last) in enumerate(zip(ports, before, (after0, after1))):
        for direction, counted in ('rx', 'ipackets'), ('tx', 'opackets'):
            packets, size = port[f'{direction}_packets'], port[f'{direction}_bytes']
            agree.append(first[counted] - NULL_BURST <= packets <= last[counted] and
                         size == packets * NULL_FRAME)
            print(f'port {number} {direction}: seqstat {packets} packets, {size} bytes; '
                  f'port {first[counted]} to {last[counted]} packets'
                  f'{"" if agree[-1] else ": DIFFERENCE"}')
    return all(agree), 'ports', ports


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--ports', choices=('veth', 'null'), required=True)
    parser.add_argument('--app', choices=FORWARDERS, default='l2fwd')
    parser.add_argument('--frames', type=int, default=4096,
                        help='frames in the ring of a packet socket')
    parser.add_argument('--seconds', type=int, required=True)
    parser.add_argument('--folder', required=True, help='in a tmpfs, for files of the forwarder')
    parser.add_argument('--quiet', action='store_true', help='print one table, at the end')
    parser.add_argument('program', help='dpdk-l2fwd-stats, or the library to preload')
    args = parser.parse_args()

    # Run clean-up handlers after a signal, too.
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, lambda *_: sys.exit(130))
    demo = veth_demo if args.ports == 'veth' else null_demo
    try:
        agree, whom, ports = demo(args)
    except (DemoError, OSError) as error:
        sys.exit(f'demo: {error}')
    if not agree:
        sys.exit(f'demo: {whom} and seqstat differ')
    print(f'demo: {whom} and seqstat agree: {sum(port["rx_packets"] for port in ports)} packets, '
          f'{sum(port["rx_bytes"] for port in ports)} bytes')


if __name__ == '__main__':
    main()
