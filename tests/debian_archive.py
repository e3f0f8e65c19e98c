# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Packages of Debian's archive, unpacked into a folder instead of installed.

They come from where this machine gets its packages, by apt-get, with lists and caches
of their own: nothing of the machine's is changed. What was unpacked once stays in the
folder of the build.
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
    """Why packages are not available here."""


def skip(reason):
    """End the calling test, which cannot run here; see tests/meson.build."""
    print(reason)
    sys.exit(77)


@contextlib.contextmanager
def locked(path):
    """Let one test at a time make something, for others to find made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='ascii') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def derived_line(line, kind):
    """Return a line of a .list file for another kind of package, whatever the architecture."""
    match = re.match(r'deb\s+(?:\[(.*?)\]\s+)?(.*)', line)
    if not match:
        return ''
    options = [o for o in (match[1] or '').split() if not o.startswith('arch')]
    return ' '.join([kind, *([f'[{" ".join(options)}]'] if options else []), match[2]])


def derived_stanza(stanza, kind):
    """Return a stanza of a .sources file likewise."""
    if not re.search(r'^Types:.*\bdeb(\s|$)', stanza, re.MULTILINE):
        return ''
    stanza = re.sub(r'^Architectures:.*\n', '', stanza, flags=re.MULTILINE)
    return re.sub(r'^Types:.*', f'Types: {kind}', stanza, flags=re.MULTILINE)


def derived_sources(file, kind):
    """Return the text of a file of this machine's package sources, for a kind of package."""
    text = file.read_text(encoding='utf-8')
    if file.suffix == '.list':
        return '\n'.join(derived_line(line, kind) for line in text.splitlines()) + '\n'
    return '\n\n'.join(derived_stanza(stanza, kind)
                       for stanza in re.split(r'\n\s*\n', text)) + '\n'


def package_sources():
    """Return the files that say where this machine gets its packages."""
    settings = run('apt-config', 'shell', 'LIST', 'Dir::Etc::sourcelist/f',
                   'PARTS', 'Dir::Etc::sourceparts/d')
    paths = dict(re.findall(r"(\w+)='(.*)'", settings))
    files = [pathlib.Path(paths['LIST']), *sorted(pathlib.Path(paths['PARTS']).glob('*'))]
    return [file for file in files
            if file.suffix in ('.list', '.sources') and file.is_file()]


class Archive:
    """The archive, for one architecture or for source packages."""

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
        """Make the state of apt anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ('cache/archives/partial', 'sources', 'state/lists/partial'):
            (self.folder / name).mkdir(parents=True)
        (self.folder / 'status').touch()
        for file in package_sources():
            (self.folder / 'sources' / file.name).write_text(
                derived_sources(file, self.kind), encoding='utf-8')
        # One server may have what another lacks: take all that answer.
        with contextlib.suppress(Unavailable):
            self.apt_get('update')

    def unpacked(self, name, make):
        """Return the folder of that name, which is made unless there is one."""
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
        """Return the folder of a source package, unpacked."""
        def make(folder):
            self.apt_get('source', '--download-only', package, cwd=self.folder)
            description, = self.folder.glob('*.dsc')
            run('dpkg-source', '--no-check', '--no-copy', '-x', description, folder)
        return self.unpacked(f'{package}-source', make)

    def sysroot(self, name, packages):
        """Return a folder with packages and all that they depend on."""
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
