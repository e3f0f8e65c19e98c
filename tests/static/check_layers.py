#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Check that files of the library include only headers of their own or a lower layer.

The table in doc/guides/contributing/map.rst has the layers.
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
MAP = TOP / 'doc/guides/contributing/map.rst'
LAYERS = {name: layer for layer, name in re.findall(
    r'^(API|L\d) +``(\w+\.[ch])``', MAP.read_text(encoding='utf-8'), re.MULTILINE)}


def layer(name):
    """Return the layer of a file; a header has its source's if the table lacks it."""
    found = LAYERS.get(name) or LAYERS.get(re.sub(r'h$', 'c', name))
    return found or sys.exit(f'{name} has no layer in {MAP.name}')


def main():
    n = 0
    for file in sorted((TOP / 'lib/seqstat').glob('*.[ch]')):
        for included in re.findall(r'^#include ["<]((?:rte_)?seqstat\w*\.h)[">]',
                                   file.read_text(encoding='ascii'), re.MULTILINE):
            if not included.endswith('_compat.h') and layer(included) > layer(file.name):
                sys.exit(f'{file.name} ({layer(file.name)}) includes {included} '
                         f'({layer(included)})')
            n += 1
    sys.exit(0 if n > len(LAYERS) else 'almost nothing is included')


if __name__ == '__main__':
    main()
