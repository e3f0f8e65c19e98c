#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Compile the library for RISC-V in the source of Debian's DPDK.

There, because Debian 12 has no packages of DPDK for this architecture.
"""

import sys

from dpdk_tree import Build, Unavailable, debian_source, overlay, run, skip, supervise


def main():
    try:
        with debian_source(sys.argv[1]) as (_, tree):
            overlay(tree)
            build = Build(tree, tree.parent / 'build', '-Dtests=false',
                          f'--cross-file={tree}/config/riscv/riscv64_linux_gcc')
            library, = build.build(r'librte_seqstat\.so\.[\d.]+')
            header = run('readelf', '--file-header', library)
    except Unavailable as error:
        skip(error)
    print(header)
    sys.exit(0 if 'RISC-V' in header else 1)


if __name__ == '__main__':
    supervise()
    main()
