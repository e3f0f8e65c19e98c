# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""The network of the demonstration, and its traffic.

    client: eth0 ---- port0 : forwarder : port1 ---- eth0 : server

The forwarder's ends are in the network namespace of the caller, which must have one of
its own, as well as a mount namespace; the other ends are in two more.
"""

import contextlib
import json
import subprocess
import sys

from demo_util import run, wait_until

# In the order of the forwarder's ports.
HOSTS = {'client': ('port0', '192.0.2.1'), 'server': ('port1', '192.0.2.2')}
INTERFACES = [port for port, address in HOSTS.values()]
SERVER = HOSTS['server'][1]

# Sends packets as fast as it can for two milliseconds, and prints how many, and when it began.
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
    """Return the command that runs another in the network of a host."""
    return ('nsenter', f'--net=/run/netns/{host}', *command)


def disable_ipv6(*prefix):
    """Keep the kernel from sending packets of its own on new interfaces."""
    setting = '/proc/sys/net/ipv6/conf/default/disable_ipv6'
    run(*prefix, 'sh', '-c', f'[ ! -e {setting} ] || echo 1 >{setting}')


def disable_offloads(interface, *prefix):
    """Make a packet on an interface what it would be on a wire."""
    features = ('tx', 'rx', 'tso', 'gso', 'gro', 'sg')
    run(*prefix, 'ethtool', '-K', interface, *' off '.join((*features, '')).split())


def make_network():
    run('mount', '-t', 'tmpfs', 'tmpfs', '/run')  # where "ip netns" keeps its names
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
    """Return the kernel's counters of the forwarder's ends, by direction."""
    return {interface: json.loads(run('ip', '-s', '-j', 'link', 'show', interface))[0]['stats64']
            for interface in INTERFACES}


def reach_server():
    """Wait for a first answer: on a busy machine, addresses may take a while to be found."""
    run(*on('client', 'ping', '-q', '-c', '1', '-i', '0.2', '-w', '30', SERVER))


def ping():
    """Return what ping says of a few packets from client to server."""
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
    """Send from client to server and return the end of iperf3's report."""
    output = run(*on('client', 'iperf3', '-c', SERVER, '-J', '-t', str(seconds), *options),
                 timeout=seconds + 30)
    return json.loads(output)['end']


def burst():
    """Send from the client as fast as it can. Return the packets, and when the first was sent."""
    return map(int, run(*on('client', sys.executable, '-c', BURST)).split())
