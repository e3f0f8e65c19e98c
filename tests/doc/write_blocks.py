#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Write each named block of C on a page to a header of its name.

Blocks in Markdown have no names: there, the paragraphs go to the headers in their order.
"""

import argparse
import pathlib
import sys

import pages


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('page', type=pathlib.Path)
    parser.add_argument('outputs', type=pathlib.Path, nargs='+', help='NAME.h for each block')
    args = parser.parse_args()

    names = [output.stem for output in args.outputs]
    blocks = {block.name: block.text for block in pages.blocks(args.page.resolve())
              if block.language == 'c'}
    if args.page.suffix == '.md':
        blocks = dict(zip(names, blocks[None].split('\n\n'), strict=True))
    if blocks.keys() != set(names):
        sys.exit(f'{args.page} has the blocks {list(blocks)}, not {names}')
    for output in args.outputs:
        output.write_text(blocks[output.stem] + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
