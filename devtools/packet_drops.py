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
import stat
import struct

# From <linux/socket.h>, <linux/if_packet.h> and <asm-generic/unistd.h>.
SOL_PACKET = 263
PACKET_STATISTICS = 6
SYS_PIDFD_GETFD = 438


def duplicate(pidfd, fd):
    """Return a duplicate of a file descriptor of a process; None if the process closed it."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = libc.syscall(SYS_PIDFD_GETFD, pidfd, fd, 0)
    if own < 0 and (error := ctypes.get_errno()) != errno.EBADF:
        raise OSError(error, f'pidfd_getfd: {os.strerror(error)}')
    return own if own >= 0 else None


def packet_drops(pid):
    """Return the packets dropped since the last call, by interface."""
    drops = {}
    pidfd = os.pidfd_open(pid)
    try:
        for fd in os.listdir(f'/proc/{pid}/fd'):
            own = duplicate(pidfd, int(fd))
            if own is None:
                continue
            if not stat.S_ISSOCK(os.fstat(own).st_mode):
                os.close(own)
                continue
            with socket.socket(fileno=own) as sock:
                if sock.family != socket.AF_PACKET:
                    continue
                # struct tpacket_stats: packets, drops. Reading resets them.
                stats = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
                interface = sock.getsockname()[0]
                drops[interface] = drops.get(interface, 0) + struct.unpack('II', stats)[1]
    finally:
        os.close(pidfd)
    return drops
