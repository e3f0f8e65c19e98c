#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Check the NUMA nodes of sets and writers, in an emulated machine with two nodes."""

import argparse
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from debian_archive import Archive, Unavailable, skip  # noqa: E402
from supervised import run, supervise  # noqa: E402

MACHINE = ['qemu-system-x86_64', '-accel', 'tcg,thread=multi', '-cpu', 'max',
           '-m', '1024', '-smp', '4',
           '-object', 'memory-backend-ram,id=m0,size=512M',
           '-object', 'memory-backend-ram,id=m1,size=512M',
           '-numa', 'node,nodeid=0,cpus=0-1,memdev=m0',
           '-numa', 'node,nodeid=1,cpus=2-3,memdev=m1',
           '-nic', 'none', '-display', 'none', '-serial', 'stdio', '-no-reboot',
           '-append', 'console=ttyS0 panic=-1 quiet']
DEADLINE_S = 300


def add_libraries(root, program):
    """Copy the shared libraries of a program to a root file system."""
    for library in set(re.findall(r'(/\S+) \(0x', run('ldd', program))):
        target = root / library.lstrip('/')
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)


def make_initramfs(folder, program, busybox):
    root = folder / 'root'
    for name in ('bin', 'dev', 'proc', 'run', 'sys'):
        (root / name).mkdir(parents=True)
    shutil.copy(busybox, root / 'bin/busybox')
    (root / 'bin/sh').symlink_to('busybox')
    shutil.copy(HERE / 'init.sh', root / 'init').chmod(0o755)
    shutil.copy(program, root / 'blocks').chmod(0o755)
    add_libraries(root, program)
    image = folder / 'initramfs'
    with open(image, 'wb') as file:
        names = subprocess.run(['find', '.'], cwd=root, check=True, stdout=subprocess.PIPE)
        subprocess.run(['cpio', '--create', '--quiet', '--format=newc'], cwd=root, check=True,
                       input=names.stdout, stdout=file)
    return image


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program', help='blocks')
    parser.add_argument('cache', type=pathlib.Path, help='where unpacked packages stay')
    args = parser.parse_args()
    if platform.machine() != 'x86_64':
        skip('for x86-64')
    try:
        packages = Archive(args.cache, 'amd64').sysroot(
            'machine', ['linux-image-cloud-amd64', 'busybox-static'])
    except Unavailable as error:
        skip(error)
    kernel, = packages.glob('boot/vmlinuz-*')

    with tempfile.TemporaryDirectory() as name:
        image = make_initramfs(pathlib.Path(name), args.program, packages / 'bin/busybox')
        machine = subprocess.run([*MACHINE, '-kernel', kernel, '-initrd', image], check=False,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                 errors='replace', timeout=DEADLINE_S)
    print(machine.stdout)
    sys.exit(0 if re.search(r'^exit status 0\s*$', machine.stdout, re.MULTILINE) else 1)


if __name__ == '__main__':
    supervise()
    main()
