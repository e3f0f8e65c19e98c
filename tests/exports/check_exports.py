#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Check that a library exports the functions of its version map and of its headers."""

import pathlib
import re
import subprocess
import sys


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main():
    library, version_map, *headers = sys.argv[1:]
    symbols = run('nm', '-D', '--defined-only', '--with-symbol-versions', library).split('\n')
    exported = {line.split()[-1] for line in symbols if line} - {'EXPERIMENTAL'}

    text = re.sub(r'#.*', '', pathlib.Path(version_map).read_text(encoding='ascii'))
    mapped = {f'{name}@@{version}'
              for version, names in re.findall(r'(\w+) \{\s*global:(.*?)local:', text, re.DOTALL)
              for name in re.findall(r'\w+', names)}

    folder = str(pathlib.Path(headers[0]).parent)
    # gcc lists all declarations; those of this library are experimental.
    prototypes = run('gcc', *run('pkg-config', '--cflags', 'libdpdk').split(),
                     '-DALLOW_EXPERIMENTAL_API', f'-I{folder}',
                     *(f'-include{header}' for header in headers),
                     '-aux-info', '/dev/stdout', '-fsyntax-only', '-x', 'c', '/dev/null')
    declared = {f'{name}@@EXPERIMENTAL' for name in re.findall(
        rf'/\* {re.escape(folder)}/rte_seqstat\w*\.h:\d+:NC \*/ extern [^(]*?(\w+) \(',
        prototypes)}

    print(f'{len(exported)} exported, {len(mapped)} in the map, {len(declared)} declared')
    for name in sorted(exported ^ mapped | mapped ^ declared):
        print(f'{name}: {"" if name in exported else "not "}exported, '
              f'{"" if name in mapped else "not "}in the map, '
              f'{"" if name in declared else "not "}declared')
    sys.exit(0 if exported and exported == mapped == declared else 1)


if __name__ == '__main__':
    main()
