#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Build for another architecture, with Debian's packages of DPDK, and run the tests.

ARCHITECTURE.ini describes the compiler and, where necessary, the emulator.
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

from debian_archive import Archive, Unavailable, skip  # noqa: E402
from supervised import run, supervise  # noqa: E402


def cross_files(architecture, cache, folder):
    """Return the cross files for meson."""
    gcc = run('gcc', '-dumpversion').strip()
    sysroot = Archive(cache, architecture).sysroot(
        f'sysroot-{architecture}', ['libdpdk-dev', 'libc6-dev', f'libgcc-{gcc}-dev'])
    constants = folder / 'constants.ini'
    constants.write_text(f"[constants]\nsysroot = '{sysroot}'\ngcc = '{gcc}'\n",
                         encoding='utf-8')
    return [constants, HERE / f'{architecture}.ini']


def check_words(sysroot, folder):
    """Check that clang for 32-bit x86 does not call libatomic, which may lock, for 64-bit words."""
    library = f'{sysroot}/usr/lib/i386-linux-gnu'
    flags = run('pkg-config', '--cflags', 'libdpdk', env={
        'PATH': '/usr/bin:/bin', 'PKG_CONFIG_SYSROOT_DIR': str(sysroot),
        'PKG_CONFIG_LIBDIR': f'{library}/pkgconfig:{sysroot}/usr/share/pkgconfig'}).split()
    code = folder / 'sections.o'
    run('clang', '-m32', f'--sysroot={sysroot}', *flags, '-O3', '-DALLOW_EXPERIMENTAL_API',
        f'-I{SOURCE}/lib/seqstat', '-c', SOURCE / 'tests/codegen/sections.c', '-o', code)
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
