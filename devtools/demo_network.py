# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The network of the demonstration, and its traffic.

    client: eth0 ---- port0 : forwarder : port1 ---- eth0 : server

The caller has a network and a mount namespace of its own, in which the forwarder's interfaces
are. Client and server each have another network namespace.
"""

import contextlib
import json
import subprocess
import sys

from demo_util import run, wait_until

# By the order of the forwarder's ports.
HOSTS = {'client': ('port0', '192.0.2.1'), 'server': ('port1', '192.0.2.2')}
INTERFACES = [port for port, address in HOSTS.values()]
SERVER = HOSTS['server'][1]

# Send packets as fast as possible for two milliseconds; print their number and the start time.
BURST = """
import socket, time
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(('eth0', 0))
packet = bytes.fromhex('020000000002 020000000001 88b5').ljust(60, bytes(1))
n, begin = 0, time.time_ns()
while time.time_ns() < begin + 2000000 or not n:
    n += sender.send(packet) > 0
print(n, begin)
"""


def on(host, *command):
    """Return a command that runs another one in the network namespace of a host."""
    return ('nsenter', f'--net=/run/netns/{host}', *command)


def disable_ipv6(*prefix):
    """Keep the kernel from sending IPv6 packets on new interfaces."""
    setting = '/proc/sys/net/ipv6/conf/default/disable_ipv6'
    run(*prefix, 'sh', '-c', f'[ ! -e {setting} ] || echo 1 >{setting}')


def disable_offloads(interface, *prefix):
    """Make packets on an interface look as on a wire."""
    features = ('tx', 'rx', 'tso', 'gso', 'gro', 'sg')
    run(*prefix, 'ethtool', '-K', interface, *' off '.join((*features, '')).split())


def make_network():
    run('mount', '-t', 'tmpfs', 'tmpfs', '/run')  # "ip netns" keeps names here.
    disable_ipv6()
    for host, (port, address) in HOSTS.items():
        run('ip', 'netns', 'add', host)
        disable_ipv6(*on(host))
        run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host)
        disable_offloads(port)
        disable_offloads('eth0', *on(host))
        run('ip', 'link', 'set', port, 'up')
        run('ip', '-n', host, 'address', 'add', f'{address}/24', 'dev', 'eth0')
        run('ip', '-n', host, 'link', 'set', 'eth0', 'up')


def kernel_counters():
    """Return the kernel's counters of the forwarder's interfaces, by direction."""
    return {interface: json.loads(run('ip', '-s', '-j', 'link', 'show', interface))[0]['stats64']
            for interface in INTERFACES}


def reach_server():
    """Wait for the first answer: ARP may take a while on a busy machine."""
    run(*on('client', 'ping', '-q', '-c', '1', '-i', '0.2', '-w', '30', SERVER))


def ping():
    """Ping the server from the client, and return the summary."""
    output = run(*on('client', 'ping', '-q', '-c', '5', '-i', '0.2', SERVER))
    return next(line for line in output.splitlines() if 'transmitted' in line)


@contextlib.contextmanager
def iperf3_server():
    with subprocess.Popen(on('server', 'iperf3', '-s'), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: run(*on('server', 'ss', '-Hltn', 'sport = :5201')),
                       'the iperf3 server')
            yield
        finally:
            server.terminate()


def iperf3(seconds, *options):
    """Send from client to server, and return the summary of iperf3."""
    output = run(*on('client', 'iperf3', '-c', SERVER, '-J', '-t', str(seconds), *options),
                 timeout=seconds + 30)
    return json.loads(output)['end']


def burst():
    """Send a burst from the client. Return the number of packets and the start time."""
    return map(int, run(*on('client', sys.executable, '-c', BURST)).split())
