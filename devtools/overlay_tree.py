#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Add the project's files to a source tree of DPDK, or remove them: see overlay.sh."""

import argparse
import fnmatch
import pathlib
import re
import shutil
import subprocess
import sys

# The project's files have the places in DPDK's tree that they have here, but for
# the tests, which become a part of DPDK's test program.
TESTS = 'app/test-seqstat/test_seqstat*.[ch]'
# Where a section of the documentation lists our pages: after this one.
PAGE_BEFORE = {
    'howto': 'telemetry',
    'prog_guide': 'metrics_lib',
    'sample_app_ug': 'l2_forward_cat',
}
LIBRARIES = ['seqstat', 'seqstat_ethdev']
FILES = [
    *(f'lib/{name}/{pattern}' for name in LIBRARIES
      for pattern in ('*.[ch]', 'meson.build', 'version.map')),
    'examples/l2fwd-stats/*',
    *(f'doc/guides/{section}/seqstat*.rst' for section in PAGE_BEFORE),
    *(f'doc/guides/{section}/img/seqstat*.pic' for section in PAGE_BEFORE),
    'doc/guides/sample_app_ug/l2_forward_stats.rst',
]
# What test files need, besides ours that need the library only.
DEPENDENCIES = {
    'test_seqstat_ethdev.c': ['ethdev', 'net_null', 'net_ring', 'seqstat_ethdev'],
}
# Headers that rte_seqstat.h includes.
INDIRECT_HEADERS = ['rte_seqstat_compat', 'rte_seqstat_section']
# About programs of the project that are not in DPDK's tree.
NOT_FOR_DPDK = ['doc/guides/prog_guide/seqstat_compared.rst']

# Ours in DPDK's tree: files and folders, and lines in its lists.
OUR_PATHS = ['lib/seqstat*', 'app/test/test_seqstat*', 'examples/l2fwd-stats',
             'doc/guides/*/seqstat*.rst', 'doc/guides/*/img/seqstat*.svg',
             'doc/guides/sample_app_ug/l2_forward_stats.rst']
OUR_LINE = re.compile(r'\bseqstat|_seqstat|l2fwd-stats|l2_forward_stats')


class OverlayError(Exception):
    """Why a tree cannot be extended."""


def in_dpdk(path):
    """Return where a file goes; of diagrams, DPDK has what is drawn from them."""
    return path.with_suffix('.svg') if path.suffix == '.pic' else path


def our_files(source, dpdk):
    """Return what goes where, as pairs of paths below the two trees."""
    pairs = []
    for pattern in FILES:
        for file in sorted(source.glob(pattern)):
            path = file.relative_to(source)
            if file.is_file() and str(path) not in NOT_FOR_DPDK:
                pairs.append((path, in_dpdk(path)))
    for file in sorted(source.glob(TESTS)):
        pairs.append((file.relative_to(source), pathlib.Path('app/test') / file.name))
    # From 25.07 on DPDK makes it from the sources.
    if (dpdk / 'buildtools/gen-version-map.py').exists():
        pairs = [(ours, theirs) for ours, theirs in pairs if theirs.name != 'version.map']
    return pairs


class ListFile:
    """A file of DPDK that lists things, each on a line of its own."""

    def __init__(self, dpdk, path):
        self.file = dpdk / path
        self.path = path
        self.lines = self.file.read_text(encoding='utf-8').splitlines()

    def add(self, anchor, lines):
        """Add lines after the first one that is the anchor, a regular expression.

        They are indented like it.
        """
        for i, line in enumerate(self.lines):
            match = re.fullmatch(r'(\s*)(?:' + anchor + ')', line)
            if match:
                self.lines[i + 1:i + 1] = [match[1] + new if new else '' for new in lines]
                return
        raise OverlayError(f'{self.path}: no line like {anchor}')

    def remove_ours(self):
        """Remove our lines, and with a paragraph the empty line that parted it."""
        kept = []
        removed = False
        for line in self.lines:
            if OUR_LINE.search(line):
                removed = True
                continue
            if not (removed and line == '' and kept and kept[-1] == ''):
                kept.append(line)
            removed = False
        self.lines = kept

    def write(self):
        text = '\n'.join(self.lines) + '\n'
        if text != self.file.read_text(encoding='utf-8'):
            self.file.write_text(text, encoding='utf-8')


def registered(source, files):
    """Return the tests that are registered in files, by their kind, as lists of arguments."""
    tests = {'FAST': [], 'PERF': []}
    for file in files:
        text = (source / file).read_text(encoding='utf-8')
        for kind, args in re.findall(r'^REGISTER_(\w+)_TEST\(([^)]*)\)', text, re.MULTILINE):
            tests[kind].append([arg.strip() for arg in args.split(',')])
    return tests


def list_tests(lists, source, dpdk, files):
    """List the test files, and up to 23.07 the tests in them, which later DPDK finds itself."""
    app_test = lists('app/test/meson.build')
    names = [file.name for file in files if file.suffix == '.c']
    if (dpdk / 'buildtools/get-test-suites.py').exists():
        app_test.add(r"'test_seqlock\.c': \[\],",
                     [f"'{name}': {DEPENDENCIES.get(name, ['seqstat'])}," for name in names])
        return
    app_test.add(r"'test_seqlock\.c',", [f"'{name}'," for name in names])
    tests = registered(source, files)
    as_meson = {'NOHUGE_OK': 'true', 'NOHUGE_SKIP': 'false',
                'ASAN_OK': 'true', 'ASAN_SKIP': 'false'}
    app_test.add(r"\['seqlock_autotest', true, true\],",
                 [f"['{name}', {as_meson[no_huge]}, {as_meson[asan]}],"
                  for name, no_huge, asan, _ in tests['FAST']])
    app_test.add(r"'ring_perf_autotest',", [f"'{name}'," for name, _ in tests['PERF']])


def list_pages(lists, files):
    """List the pages of the guides."""
    for section, page_before in PAGE_BEFORE.items():
        pages = [file.stem for file in files
                 if file.parent == pathlib.Path('doc/guides') / section and
                 file.suffix == '.rst']
        if pages:
            lists(f'doc/guides/{section}/index.rst').add(page_before, pages)


def list_maintained(lists, files):
    """List the files as maintained."""
    places = {str(file) if file.suffix == '.rst' else
              f'{file.parent}/seqstat_*' if file.suffix == '.svg' else
              f'{file.parent}/test_seqstat*' if file.parts[0] == 'app' else
              f'{file.parent}/' for file in files}
    lists('MAINTAINERS').add(r'F: app/test/test_latencystats\.c',
                             ['', 'Statistics in sections: seqstat - EXPERIMENTAL'] +
                             [f'F: {place}' for place in sorted(places)])


def extend_lists(lists, source, dpdk, pairs):
    """Extend the lists by the files that were added."""
    added = [theirs for _, theirs in pairs]
    libraries = [name for name in LIBRARIES
                 if pathlib.Path('lib', name, 'meson.build') in added]
    headers = [file.stem for file in added if fnmatch.fnmatch(file, 'lib/*/rte_seqstat*.h') and
               file.stem not in INDIRECT_HEADERS]
    lists('lib/meson.build').add("'security',", [f"'{name}'," for name in libraries])
    list_tests(lists, source, dpdk,
               [ours for ours, theirs in pairs if theirs.parent == pathlib.Path('app/test')])
    if pathlib.Path('examples/l2fwd-stats/meson.build') in added:
        before = 'macsec' if (dpdk / 'examples/l2fwd-macsec').exists() else 'keepalive'
        lists('examples/meson.build').add(f"'l2fwd-{before}',", ["'l2fwd-stats',"])
    lists('doc/api/doxy-api-index.md').add(
        r'\[jobstats\]\(@ref rte_jobstats\.h\),',
        [f'[{name.removeprefix("rte_")}](@ref {name}.h),' for name in headers])
    lists('doc/api/doxy-api.conf.in').add(
        r'@TOPDIR@/lib/security \\', [f'@TOPDIR@/lib/{name} \\' for name in libraries])
    list_pages(lists, added)
    list_maintained(lists, added)


LISTS = ['MAINTAINERS', 'app/test/meson.build', 'doc/api/doxy-api-index.md',
         'doc/api/doxy-api.conf.in', 'examples/meson.build', 'lib/meson.build',
         *(f'doc/guides/{section}/index.rst' for section in PAGE_BEFORE)]


def read_lists(dpdk):
    """Return DPDK's lists as they are without us, by their paths."""
    lists = {path: ListFile(dpdk, path) for path in LISTS}
    for list_file in lists.values():
        list_file.remove_ours()
    return lists


def remove_files(dpdk):
    """Remove our files, and folders that were made for them."""
    for pattern in OUR_PATHS:
        for path in dpdk.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def draw(diagram, picture):
    try:
        svg = subprocess.run(['dpic', '-v', diagram], check=True, stdout=subprocess.PIPE)
    except FileNotFoundError:
        print(f'overlay.sh: left out, needs dpic: {picture}', file=sys.stderr)
        return
    picture.write_bytes(svg.stdout)


def copy_files(source, dpdk, pairs):
    for ours, theirs in pairs:
        (dpdk / theirs).parent.mkdir(parents=True, exist_ok=True)
        make = draw if ours.suffix != theirs.suffix else shutil.copy2
        make(source / ours, dpdk / theirs)


def overlay(source, dpdk, pairs):
    """Put these files into the tree, instead of all that an earlier run put there."""
    lists = read_lists(dpdk)
    if pairs:
        extend_lists(lists.__getitem__, source, dpdk, pairs)
    # Nothing was changed up to here.
    remove_files(dpdk)
    copy_files(source, dpdk, pairs)
    for list_file in lists.values():
        list_file.write()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('action', choices=['add', 'remove'])
    parser.add_argument('source', type=pathlib.Path)
    parser.add_argument('dpdk', type=pathlib.Path)
    args = parser.parse_args()

    try:
        overlay(args.source, args.dpdk,
                our_files(args.source, args.dpdk) if args.action == 'add' else [])
    except (OSError, OverlayError) as error:
        sys.exit(f'overlay.sh: {error}')


if __name__ == '__main__':
    main()
