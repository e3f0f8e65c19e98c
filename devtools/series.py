#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Make patch series for DPDK: see series.sh.

Each file in devtools/series/SERIES is a patch: its message, a line "Files:", and patterns of the
files that it adds. "cover" is the cover letter, "release-notes" goes into the last patch.
"""

import fnmatch
import pathlib
import re
import subprocess
import sys
import tempfile

import overlay_tree

# Why a series is refused: nobody reviews more.
MOST_LINES = 9000
MOST_LINES_OF_PATCH = 3500


def git(tree, *args, **kwargs):
    done = subprocess.run(['git', '-C', tree, *args], check=True, text=True,
                          stdout=subprocess.PIPE, **kwargs)
    return done.stdout.strip()


def read_text(file):
    """Return a text without the comment at its top."""
    return re.sub(r'^#.*\n', '', file.read_text(encoding='utf-8'), flags=re.MULTILINE).strip()


def read_patch(file):
    """Return the message of a patch and the patterns of its files."""
    message, _, patterns = read_text(file).partition('\nFiles:\n')
    return message.strip(), patterns.split()


def for_newest(tree):
    """Remove what older versions of DPDK need."""
    lib = tree / 'lib/seqstat'
    for file in lib.glob('*compat.h'):
        file.unlink()
    for file in [*lib.glob('*.[ch]'), *(tree / 'lib/seqstat_ethdev').glob('*.[ch]')]:
        text = file.read_text(encoding='utf-8')
        text = re.sub(r'\n\n#include <rte_seqstat_compat\.h>\n', '\n#include <rte_stdatomic.h>\n',
                      text)
        text = re.sub(r'#include "seqstat_compat\.h"\n\n?', '', text)
        if 'RTE_EXPORT' in text:
            dpdk = '#include <rte_' in text
            first, gap = ('#include <rte_', '') if dpdk else ('#include "', '\n')
            text = text.replace(first, f'#include <eal_export.h>\n{gap}{first}', 1)
        file.write_text(text, encoding='utf-8')
    for file in (tree / 'app/test').glob('test_seqstat.h'):
        text = file.read_text(encoding='utf-8')
        text = re.sub(r'/\* Up to 23\.07.*?\n\n', '', text, flags=re.DOTALL)
        file.write_text(text, encoding='utf-8')


def keep_sources(meson_file):
    """Leave out files that a later patch adds."""
    lines = meson_file.read_text(encoding='utf-8').splitlines(keepends=True)
    kept = []
    for line in lines:
        name = re.fullmatch(r"\s*'(\w+\.[ch])',\n", line)
        if not name or (meson_file.parent / name[1]).exists():
            kept.append(line)
    meson_file.write_text(''.join(kept), encoding='utf-8')


def drop_links(tree):
    """Drop list items that link to pages which are not there, and a section of nothing else."""
    guides = tree / 'doc/guides'
    for page in [*guides.glob('*/seqstat*.rst'), *guides.glob('*/l2_forward_stats.rst')]:
        kept = []
        for line in page.read_text(encoding='utf-8').splitlines(keepends=True):
            link = re.match(r'\* :doc:`([\w./]+)`', line)
            if not link or (page.parent / f'{link[1]}.rst').exists():
                kept.append(line)
        text = re.sub(r'\n+See also\n-+\n+$', '\n', ''.join(kept))
        page.write_text(text, encoding='utf-8')


def add_name(file, anchor, line):
    """Add a line after the first one that begins with the anchor, unless it is there."""
    text = file.read_text(encoding='utf-8')
    if line not in text.splitlines():
        text, n = re.subn(rf'^({re.escape(anchor)}.*\n)', rf'\1{line}\n', text, 1, re.MULTILINE)
        if n != 1:
            raise overlay_tree.OverlayError(f'{file.name}: no line like {anchor}')
        file.write_text(text, encoding='utf-8')


def add_author(tree, name, address):
    """List the user as maintainer, and as author in the order of names."""
    author = f'{name} <{address}>'
    add_name(tree / 'MAINTAINERS', 'Statistics in sections: seqstat', f'M: {author}')
    mailmap = tree / '.mailmap'
    lines = mailmap.read_text(encoding='utf-8').splitlines()
    if author not in lines:
        before = [i for i, line in enumerate(lines) if line.casefold() < author.casefold()]
        lines.insert(before[-1] + 1 if before else 0, author)
        mailmap.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def add_release_note(tree, note):
    """Add what is new to the release notes of DPDK's version."""
    release = re.match(r'(\d+)\.(\d+)', (tree / 'VERSION').read_text(encoding='utf-8'))
    notes = tree / f'doc/guides/rel_notes/release_{release[1]}_{release[2]}.rst'
    text = notes.read_text(encoding='utf-8')
    text, n = re.subn(r'\n+(Removed Items\n-)', lambda m: f'\n\n{note}\n\n\n{m[1]}', text, 1)
    if n != 1:
        raise overlay_tree.OverlayError(f'{notes.name}: no section Removed Items')
    notes.write_text(text, encoding='utf-8')


def commit(tree, message):
    """Commit all changes. Return the number of added lines, without those of pictures."""
    git(tree, 'add', '--all')
    git(tree, 'commit', '--quiet', '--signoff', '--file=-', input=message)
    added = git(tree, 'show', '--numstat', '--format=', 'HEAD', ':!*.svg')
    return sum(int(line.split()[0]) for line in added.splitlines())


def make_series(source, tree, dpdk_head, folder, patterns, output):
    """Commit the patches of a folder, and write them to the output."""
    base = git(tree, 'rev-parse', 'HEAD')
    user = [git(tree, 'config', key) for key in ('user.name', 'user.email')]
    patches = sorted(folder.glob('[0-9]*'))
    total = 0
    for patch in patches:
        message, own = read_patch(patch)
        patterns += own
        pairs = [(ours, theirs) for ours, theirs in overlay_tree.our_files(source, tree)
                 if any(fnmatch.fnmatchcase(str(ours), pattern) for pattern in patterns)]
        git(tree, 'checkout', '--quiet', dpdk_head, '--', 'MAINTAINERS')
        overlay_tree.overlay(source, tree, pairs)
        for_newest(tree)
        for name in overlay_tree.LIBRARIES:
            if (tree / 'lib' / name).exists():
                keep_sources(tree / 'lib' / name / 'meson.build')
        drop_links(tree)
        add_author(tree, *user)
        if patch == patches[-1] and (folder / 'release-notes').exists():
            add_release_note(tree, read_text(folder / 'release-notes'))
        lines = commit(tree, message)
        total += lines
        print(f'{lines:6} {message.splitlines()[0]}')
        if lines > MOST_LINES_OF_PATCH:
            sys.exit(f'series.sh: a patch of more than {MOST_LINES_OF_PATCH} lines')
    print(f'{total:6} {folder.name}')
    if total > MOST_LINES:
        sys.exit(f'series.sh: a series of more than {MOST_LINES} lines')
    git(tree, 'format-patch', '--quiet', '--cover-letter', '--base', base, *sys.argv[4:],
        '--output-directory', output, f'{base}..HEAD')
    cover, = output.glob('*0000-cover-letter.patch')
    subject, _, blurb = read_text(folder / 'cover').partition('\n')
    text = cover.read_text(encoding='utf-8').replace('*** SUBJECT HERE ***', subject)
    cover.write_text(text.replace('*** BLURB HERE ***', blurb.strip()), encoding='utf-8')


def main():
    source, dpdk, output = (pathlib.Path(arg).absolute() for arg in sys.argv[1:4])
    patterns = []
    with tempfile.TemporaryDirectory() as temporary:
        tree = pathlib.Path(temporary) / 'dpdk'
        try:
            user = {key: git(dpdk, 'config', key) for key in ('user.name', 'user.email')}
            git(dpdk, 'clone', '--quiet', '--shared', '.', tree)
            for key, value in user.items():
                git(tree, 'config', key, value)
            dpdk_head = git(tree, 'rev-parse', 'HEAD')
            for folder in sorted((source / 'devtools/series').iterdir()):
                make_series(source, tree, dpdk_head, folder, patterns, output / folder.name)
        except (OSError, overlay_tree.OverlayError) as error:
            sys.exit(f'series.sh: {error}')
        except subprocess.CalledProcessError as error:
            sys.exit(f'series.sh: {" ".join(map(str, error.cmd))} failed')


if __name__ == '__main__':
    main()
