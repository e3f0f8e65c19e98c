#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Compare the library's ABI with the recorded one.

The ABI consists of the exported functions and of the structures that inline functions use in
programs that are already built. It comes from the public headers.
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
# Omit names of parameters, and what depends on the compiler and on the build machine.
OPTIONS = ['--no-comp-dir-path', '--no-corpus-path', '--no-elf-needed', '--no-parameter-names',
           '--no-show-locs', '--no-write-default-sizes']


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def interface(header, version_map):
    """Return C code with a variable for each structure and function of the ABI."""
    structs = re.findall(r'^struct (rte_seqstat\w*) {', header, re.MULTILINE)
    functions = re.findall(r'^\t(\w*rte_seqstat\w+);', version_map, re.MULTILINE)
    return '\n'.join([
        '#include <rte_seqstat.h>',
        '#include <rte_seqstat_publish.h>',
        *(f'struct {name} abi_struct_{name};' for name in structs),
        *(f'__typeof__({name}) *abi_{name};' for name in functions),
    ]) + '\n'


def describe(xml):
    """Write the ABI to a file, as XML."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / 'interface.c'
        headers = ''.join(file.read_text(encoding='ascii')
                          for file in sorted(LIB.glob('rte_seqstat*.h'))
                          if file.name != 'rte_seqstat_file.h')
        version_map = (LIB / 'version.map').read_text(encoding='ascii')
        source.write_text(interface(headers, version_map), encoding='ascii')
        library = source.with_suffix('.so')
        subprocess.run(['cc', '-g', '-fPIC', '-shared', '-DALLOW_EXPERIMENTAL_API',
                        f'-I{LIB}', *output('pkg-config', '--cflags', 'libdpdk').split(),
                        source.name, '-o', library], check=True, cwd=folder)
        opaque = pathlib.Path(folder) / 'opaque'
        opaque.write_text('[suppress_type]\nname = _IO_FILE\ndrop = yes\n', encoding='ascii')
        output('abidw', *OPTIONS, '--suppressions', opaque, '--out-file', xml, library)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--record', action='store_true', help='record the present ABI')
    args = parser.parse_args()

    if args.record:
        describe(RECORD)
        return
    with tempfile.TemporaryDirectory() as folder:
        xml = pathlib.Path(folder) / 'now.xml'
        describe(xml)
        compared = subprocess.run(['abidiff', RECORD, xml], check=False)
    if compared.returncode != 0:
        sys.exit('The ABI changed. If you intend that, run check_abi.py --record.')


if __name__ == '__main__':
    main()
