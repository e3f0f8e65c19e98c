# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""A source tree of DPDK with the project in it, built by DPDK's rules."""

import contextlib
import json
import pathlib
import re
import shutil
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / 'tests'))

from debian_archive import Archive, Unavailable, skip  # noqa: E402,F401
from supervised import run, supervise  # noqa: E402,F401

# What the tests need of DPDK's drivers and libraries, compiled in less time than by
# DPDK's own choice: most of it is not what is tested here.
LITTLE = ['-Denable_drivers=bus/vdev,mempool/ring,net/null,net/ring',
          '-Ddisable_libs=*', '-Denable_docs=false', '-Dwerror=true',
          '-Doptimization=1', '-Dcpu_instruction_set=generic']


def overlay(*args):
    run(SOURCE / 'devtools/overlay.sh', *args)


@contextlib.contextmanager
def debian_source(cache):
    """Copy the source of Debian's DPDK, and yield the original and a folder with the copy."""
    original = Archive(cache, 'source').source('dpdk')
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / 'dpdk'
        shutil.copytree(original, tree, symlinks=True)
        yield original, tree


def content(tree):
    """Return what each file in a tree contains, and where each link points."""
    return {str(path.relative_to(tree)):
            str(path.readlink()) if path.is_symlink() else path.read_bytes()
            for path in tree.rglob('*') if path.is_symlink() or path.is_file()}


class Build:
    """A build of the tree."""

    def __init__(self, tree, folder, *options):
        self.folder = folder
        run('meson', 'setup', folder, tree, *LITTLE, *options)

    def build(self, *targets):
        """Build the files of these names, wherever the version of DPDK has them."""
        filenames = [filename
                     for target in json.loads(run('meson', 'introspect', '--targets',
                                                  self.folder))
                     for filename in target['filename']]
        found = {name: next(f for f in filenames if re.fullmatch(name, pathlib.Path(f).name))
                 for name in targets}
        run('ninja', '--quiet', '-C', self.folder,
            *(str(pathlib.Path(f).relative_to(self.folder)) for f in found.values()))
        return list(found.values())

    def tests(self, suite):
        """Return the names of the tests that meson knows in a suite."""
        return [test['name'] for test in json.loads(run('meson', 'introspect', '--tests',
                                                        self.folder))
                if any(s.split(':')[-1] == suite for s in test['suite'])]
