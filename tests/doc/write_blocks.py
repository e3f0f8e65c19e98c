#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Write the blocks of C on a page to files that bear their names."""

import argparse
import pathlib
import sys

import pages


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('page', type=pathlib.Path)
    parser.add_argument('outputs', type=pathlib.Path, nargs='+', help='NAME.h for each block')
    args = parser.parse_args()

    blocks = {block.name: block.text for block in pages.blocks(args.page.resolve())
              if block.language == 'c'}
    outputs = {output.stem: output for output in args.outputs}
    if blocks.keys() != outputs.keys():
        sys.exit(f'{args.page} has the blocks {list(blocks)}, not {list(outputs)}')
    for name, output in outputs.items():
        output.write_text(blocks[name], encoding='utf-8')


if __name__ == '__main__':
    main()
