#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Build for another architecture, with Debian's packages of DPDK, and run the tests.

The files *.ini describe the compiler and, where necessary, the emulator.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from debian_archive import Unavailable, dpdk_flags, dpdk_sysroot, skip  # noqa: E402
from supervised import run, supervise  # noqa: E402


# The constants of each file for meson, besides the sysroot.
QEMU = {
    'arm64': {'triplet': 'aarch64-linux-gnu', 'emulator': 'qemu-aarch64', 'family': 'aarch64'},
    'ppc64el': {'triplet': 'powerpc64le-linux-gnu', 'emulator': 'qemu-ppc64le', 'family': 'ppc64'},
}


def cross_files(architecture, cache, folder):
    """Return the cross files for meson."""
    constants = QEMU.get(architecture) or {'gcc': run('gcc', '-dumpversion').strip()}
    constants = {'sysroot': dpdk_sysroot(cache, architecture), **constants}
    file = folder / 'constants.ini'
    file.write_text('\n'.join(['[constants]', *(f"{name} = '{value}'"
                                                for name, value in constants.items())]) + '\n')
    return [file, HERE / ('qemu.ini' if architecture in QEMU else f'{architecture}.ini')]


def check_words(sysroot, folder):
    """Check that clang for 32-bit x86 does not call libatomic, which may lock, for 64-bit words."""
    code = folder / 'sections.o'
    run('clang', '-m32', f'--sysroot={sysroot}', *dpdk_flags(sysroot, 'i386-linux-gnu'), '-O3',
        '-DALLOW_EXPERIMENTAL_API', f'-I{SOURCE}/lib/seqstat', '-c',
        SOURCE / 'tests/codegen/sections.c', '-o', code)
    if '__atomic' in (called := run('nm', '--undefined-only', code)):
        sys.exit(f'FAILED: sections call\n{called}')


def check_big_endian(sysroot, folder):
    """Check that the stat file's reader compiles for a big-endian machine."""
    # The sysroot is little-endian: it lacks this one header.
    (folder / 'gnu').mkdir()
    (folder / 'gnu/stubs-lp64_be.h').touch()
    run('aarch64-linux-gnu-gcc', f'--sysroot={sysroot}', '-mbig-endian', '-std=c11', '-Wall',
        '-Wextra', '-Wconversion', '-Werror', f'-I{SOURCE}/lib/seqstat', '-isystem', folder,
        '-c', SOURCE / 'tests/statfile/reader.c', '-o', folder / 'reader.o')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--no-run', action='store_true', help='only build')
    parser.add_argument('architecture')
    parser.add_argument('cache', type=pathlib.Path, help='where unpacked packages stay')
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            files = cross_files(args.architecture, args.cache, folder)
        except Unavailable as error:
            skip(error)
        build = folder / 'build'
        run('meson', 'setup', build, SOURCE, *(f'--cross-file={file}' for file in files))
        run('ninja', '--quiet', '-C', build)
        if args.architecture == 'i386' and shutil.which('clang'):
            check_words(args.cache / 'sysroot-i386', folder)
        if args.architecture == 'arm64':
            check_big_endian(args.cache / 'sysroot-arm64', folder)
        if not args.no_run:
            subprocess.run(['meson', 'test', '-C', build, '--no-rebuild', '--print-errorlogs',
                            '--timeout-multiplier=5'], check=True)


if __name__ == '__main__':
    supervise()
    main()
