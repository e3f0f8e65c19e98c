#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Check that a library exports what its version map says and its header declares.

All of it must be in the version EXPERIMENTAL.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def exported_symbols(library):
    """Return the dynamic symbols that the library defines, as "name@@version"."""
    lines = run('nm', '-D', '--defined-only', '--with-symbol-versions', library).splitlines()
    symbols = {line.split()[-1] for line in lines}
    return symbols - {'EXPERIMENTAL'}  # the version itself


def mapped_symbols(version_map):
    """Return the symbols of the map, in the same form."""
    with open(version_map, encoding='ascii') as file:
        text = re.sub(r'#.*', '', file.read())
    symbols = set()
    for version, body in re.findall(r'(\w+) \{(.*?)\}', text, re.DOTALL):
        exported = body.split('local:')[0].replace('global:', '')
        symbols |= {f'{name}@@{version}' for name in re.findall(r'\w+', exported)}
    return symbols


def declared_functions(header):
    """Return the functions that the header declares and does not define, by gcc's account."""
    with tempfile.NamedTemporaryFile('r') as prototypes:
        run('gcc', *run('pkg-config', '--cflags', 'libdpdk').split(),
            '-DALLOW_EXPERIMENTAL_API', '-I' + os.path.dirname(header),
            '-aux-info', prototypes.name, '-fsyntax-only', '-x', 'c', header)
        pattern = re.compile(r'/\* ' + re.escape(header) + r':\d+:NC \*/ extern [^(]*?(\w+) \(')
        return set(pattern.findall(prototypes.read()))


def report(what, names):
    for name in sorted(names):
        print(f'{what}: {name}')
    return bool(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('library', 'map', 'header'):
        parser.add_argument(name)
    args = parser.parse_args()

    exported = exported_symbols(args.library)
    mapped = mapped_symbols(args.map)
    declared = {name + '@@EXPERIMENTAL' for name in declared_functions(args.header)}

    print(f'{len(exported)} exported, {len(mapped)} in the map, {len(declared)} declared')
    wrong = [
        report('exported, but not in the map', exported - mapped),
        report('in the map, but not exported', mapped - exported),
        report('in the map, but not declared', mapped - declared),
        report('declared, but not in the map', declared - mapped),
    ]
    sys.exit(1 if any(wrong) or not exported else 0)


if __name__ == '__main__':
    main()
