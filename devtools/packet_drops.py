#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Print what the kernel dropped at the packet sockets of a process, as JSON.

A packet that finds the ring of a packet socket full is counted in that socket
alone: neither the interface nor the port that reads the ring knows of it. This
takes a duplicate of each packet socket of the process and reads its
PACKET_STATISTICS, which sets them to zero. It needs the right to trace the process.
"""

import argparse
import ctypes
import errno
import json
import os
import socket
import struct
import sys

# Of <linux/socket.h>, <linux/if_packet.h> and <asm-generic/unistd.h>.
SOL_PACKET = 263
PACKET_STATISTICS = 6
SYS_PIDFD_GETFD = 438


def socket_fds(pid):
    """Yield the file descriptors of a process that are sockets."""
    folder = f'/proc/{pid}/fd'
    for fd in os.listdir(folder):
        try:
            if os.readlink(f'{folder}/{fd}').startswith('socket:'):
                yield int(fd)
        except FileNotFoundError:
            pass  # closed meanwhile


def duplicate_socket(pidfd, fd):
    """Return a socket of the process behind pidfd as one of our own; None if it was closed."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = libc.syscall(SYS_PIDFD_GETFD, pidfd, fd, 0)
    if own < 0:
        error = ctypes.get_errno()
        if error == errno.EBADF:
            return None
        raise OSError(error, f'pidfd_getfd: {os.strerror(error)}')
    try:
        return socket.socket(fileno=own)
    except OSError:
        os.close(own)
        return None  # something else was opened in its place


def packet_drops(pid):
    """Return the packets dropped since the last call, by name of interface."""
    drops = {}
    pidfd = os.pidfd_open(pid)
    try:
        for fd in socket_fds(pid):
            sock = duplicate_socket(pidfd, fd)
            if sock is None:
                continue
            with sock:
                if sock.family != socket.AF_PACKET:
                    continue
                # struct tpacket_stats: packets, drops
                stats = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
                interface = sock.getsockname()[0]
                drops[interface] = drops.get(interface, 0) + struct.unpack('II', stats)[1]
    finally:
        os.close(pidfd)
    return drops


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('pid', type=int, help='the process')
    try:
        print(json.dumps(packet_drops(parser.parse_args().pid)))
    except OSError as error:
        sys.exit(f'{parser.prog}: {error}')


if __name__ == '__main__':
    main()
