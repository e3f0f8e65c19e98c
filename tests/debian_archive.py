# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Unpack packages of Debian's archive into a folder instead of installing them.

apt-get downloads them from this machine's package sources, but with lists and caches of its
own, so that the machine stays as it is. Unpacked packages stay in the build folder.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from supervised import run


class Unavailable(Exception):
    """The reason why packages are not available on this machine."""


def skip(reason):
    """End the calling test, which cannot run on this machine; see tests/meson.build."""
    print(reason)
    sys.exit(77)


@contextlib.contextmanager
def locked(path):
    """Hold a lock file, so that one test makes a folder while the others wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='ascii') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def derived_sources(text, kind):
    """Return package sources for "deb" or "deb-src", and for any architecture."""
    for pattern, replacement in ((r'^deb(-src)?(?=\s)', kind), (r'(?<=[\[ ])arch[+-]?=[^] ]*', ''),
                                 (r'^Types:.*', f'Types: {kind}'), (r'^Architectures:.*\n', '')):
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def package_sources():
    """Return the files with this machine's package sources."""
    settings = run('apt-config', 'shell', 'LIST', 'Dir::Etc::sourcelist/f',
                   'PARTS', 'Dir::Etc::sourceparts/d')
    paths = dict(re.findall(r"(\w+)='(.*)'", settings))
    files = [pathlib.Path(paths['LIST']), *sorted(pathlib.Path(paths['PARTS']).glob('*'))]
    return [file for file in files
            if file.suffix in ('.list', '.sources') and file.is_file()]


class Archive:
    """Debian's archive, for one architecture or for source packages."""

    def __init__(self, cache, architecture):
        self.cache = pathlib.Path(cache)
        self.folder = self.cache / f'apt-{architecture}'
        self.kind = 'deb'
        if architecture == 'source':
            self.kind = 'deb-src'
            architecture = run('dpkg', '--print-architecture').strip()
        self.options = {
            'Acquire::Retries': '3',
            'APT::Architecture': architecture,
            'APT::Architectures': architecture,
            'APT::Install-Recommends': 'false',
            'APT::Sandbox::User': '',
            'Dir::Cache': self.folder / 'cache',
            'Dir::Etc::sourcelist': '/dev/null',
            'Dir::Etc::sourceparts': self.folder / 'sources',
            'Dir::State': self.folder / 'state',
            'Dir::State::status': self.folder / 'status',  # nothing is installed
        }

    def apt_get(self, *args, **options):
        settings = [f'-o{name}={value}' for name, value in self.options.items()]
        try:
            return run('apt-get', *settings, '-qq', *args, **options)
        except (OSError, AssertionError) as error:
            raise Unavailable(f'apt-get {args[0]} failed: no packages from the archive') \
                from error

    def update(self):
        """Create apt's state, and download the lists of packages."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ('cache/archives/partial', 'sources', 'state/lists/partial'):
            (self.folder / name).mkdir(parents=True)
        (self.folder / 'status').touch()
        for file in package_sources():
            (self.folder / 'sources' / file.name).write_text(
                derived_sources(file.read_text(encoding='utf-8'), self.kind), encoding='utf-8')
        # One server may fail: others may have the package.
        with contextlib.suppress(Unavailable):
            self.apt_get('update')

    def unpacked(self, name, make):
        """Return the folder of that name; make it first if it does not exist."""
        target = self.cache / name
        with locked(self.cache / f'{name}.lock'):
            if not target.exists():
                self.update()
                making = self.cache / f'{name}.part'
                shutil.rmtree(making, ignore_errors=True)
                make(making)
                making.rename(target)
                shutil.rmtree(self.folder)
        return target

    def source(self, package):
        """Unpack a source package, and return its folder."""
        def make(folder):
            self.apt_get('source', '--download-only', package, cwd=self.folder)
            description, = self.folder.glob('*.dsc')
            run('dpkg-source', '--no-check', '--no-copy', '-x', description, folder)
        return self.unpacked(f'{package}-source', make)

    def sysroot(self, name, packages):
        """Unpack packages and their dependencies, and return the folder."""
        def make(folder):
            self.apt_get('install', '--download-only', '--yes', *packages)
            folder.mkdir()
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(lambda deb: run('dpkg-deb', '-x', deb, folder),
                              (self.folder / 'cache/archives').glob('*.deb')))
            for superfluous in ('doc', 'man', 'locale'):
                shutil.rmtree(folder / 'usr/share' / superfluous, ignore_errors=True)
            keep_links_inside(folder)
        return self.unpacked(name, make)


def keep_links_inside(folder):
    """Make absolute symbolic links relative, so that they stay in the folder."""
    for path in folder.rglob('*'):
        if path.is_symlink() and os.readlink(path).startswith('/'):
            target = folder / os.readlink(path).lstrip('/')
            path.unlink()
            path.symlink_to(os.path.relpath(target, path.parent))


def dpdk_sysroot(cache, architecture):
    """Return a folder with what programs for an architecture, which use DPDK, are built with."""
    gcc = run('gcc', '-dumpversion').strip()
    return Archive(cache, architecture).sysroot(
        f'sysroot-{architecture}', ['libdpdk-dev', 'libc6-dev', f'libgcc-{gcc}-dev'])


def dpdk_flags(sysroot, triplet):
    """Return the compiler's options for DPDK in a sysroot, or in this system if that is None."""
    return run('pkg-config', '--cflags', 'libdpdk', env=sysroot and {
        'PATH': '/usr/bin:/bin',
        'PKG_CONFIG_SYSROOT_DIR': str(sysroot),
        'PKG_CONFIG_LIBDIR': f'{sysroot}/usr/lib/{triplet}/pkgconfig:'
                             f'{sysroot}/usr/share/pkgconfig',
    }).split()
