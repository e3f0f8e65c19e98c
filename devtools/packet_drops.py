# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Read how many packets the kernel dropped at the packet sockets of a process.

If the ring of a packet socket is full, the kernel counts the dropped packet in that socket only,
neither at the interface nor at the port that reads the ring. This module duplicates each packet
socket of the process, which requires permission to trace it, and reads its PACKET_STATISTICS.
"""

import ctypes
import errno
import os
import socket
import struct

# From <linux/socket.h>, <linux/if_packet.h> and <asm-generic/unistd.h>.
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
            pass  # It was closed.


def duplicate_socket(pidfd, fd):
    """Return a duplicate of a socket of the process behind pidfd; None if it was closed."""
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
        return None  # The process reused the number.


def packet_drops(pid):
    """Return the packets dropped since the last call, by interface."""
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
                # struct tpacket_stats: packets, drops. Reading resets them.
                stats = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
                interface = sock.getsockname()[0]
                drops[interface] = drops.get(interface, 0) + struct.unpack('II', stats)[1]
    finally:
        os.close(pidfd)
    return drops
