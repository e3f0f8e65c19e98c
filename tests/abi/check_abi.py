#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Compare the binary interface of the library with the one that was recorded.

That is what a compiler makes of the public headers: the structures that inline functions
use in programs that are already built, and the exported functions.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LIB = HERE.parent.parent / 'lib/seqstat'
RECORD = HERE / 'librte_seqstat.abi.xml'
# Parts that depend on the compiler and the machine of the build.
OPTIONS = ['--no-comp-dir-path', '--no-corpus-path', '--no-elf-needed', '--no-show-locs']


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def interface(header, version_map):
    """Return C code with a variable for everything that the interface consists of."""
    structs = re.findall(r'^struct (rte_seqstat\w*) {', header, re.MULTILINE)
    functions = re.findall(r'^\t(\w*rte_seqstat\w+);', version_map, re.MULTILINE)
    return '\n'.join([
        '#include <rte_seqstat.h>',
        '#include <rte_seqstat_publish.h>',
        *(f'struct {name} abi_struct_{name};' for name in structs),
        *(f'__typeof__({name}) *abi_{name};' for name in functions),
    ]) + '\n'


def wrapped(line):
    """Return a line of XML with line breaks between attributes where it gets long."""
    lines = ['']
    for part in re.split(r"(?= [\w-]+=')", line):
        if len(lines[-1] + part) > 100:
            lines.append(' ' * 8)
        lines[-1] += part
    return '\n'.join(lines)


def describe(include, xml):
    """Write the interface by the headers in a folder to a file, as XML."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / 'interface.c'
        headers = ''.join(file.read_text(encoding='ascii')
                          for file in sorted(include.glob('rte_seqstat*.h'))
                          if file.name != 'rte_seqstat_file.h')
        version_map = (include / 'version.map').read_text(encoding='ascii')
        source.write_text(interface(headers, version_map), encoding='ascii')
        library = source.with_suffix('.so')
        subprocess.run(['cc', '-g', '-fPIC', '-shared', '-DALLOW_EXPERIMENTAL_API',
                        f'-I{include}', *output('pkg-config', '--cflags', 'libdpdk').split(),
                        source.name, '-o', library], check=True, cwd=folder)
        opaque = pathlib.Path(folder) / 'opaque'
        opaque.write_text('[suppress_type]\nname = _IO_FILE\ndrop = yes\n', encoding='ascii')
        first, *lines = output('abidw', *OPTIONS, '--suppressions', opaque,
                               library).splitlines()
    licence = '<!-- SPDX-License-Identifier: BSD-3-Clause -->'
    xml.write_text('\n'.join(map(wrapped, [first, licence, *lines])) + '\n', encoding='utf-8')


def differences(xml):
    """Return what a description has otherwise than the record."""
    result = subprocess.run(['abidiff', RECORD, xml], stdout=subprocess.PIPE, text=True,
                            check=False)
    return result.stdout if result.returncode != 0 else ''


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--record', action='store_true', help='record the interface as it is')
    args = parser.parse_args()

    if args.record:
        describe(LIB, RECORD)
        return
    with tempfile.TemporaryDirectory() as folder:
        xml = pathlib.Path(folder) / 'now.xml'
        describe(LIB, xml)
        if found := differences(xml):
            sys.exit(f'{found}The interface changed. If it may, let check_abi.py --record it.')

        # A record that sees no change is worth nothing.
        changed = pathlib.Path(folder) / 'changed'
        changed.mkdir()
        for file in LIB.iterdir():
            (changed / file.name).write_bytes(file.read_bytes())
        header = changed / 'rte_seqstat_section.h'
        text = header.read_text(encoding='ascii')
        header.write_text(re.sub(r'(\tuint64_t epoch;[^\n]*\n)(\tuint32_t sn;[^\n]*\n)', r'\2\1',
                                 text), encoding='ascii')
        describe(changed, xml)
        if not differences(xml):
            sys.exit('A changed structure was not seen.')


if __name__ == '__main__':
    main()
