#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Write the paragraphs of the C example in a Markdown file to files of their own."""

import argparse
import pathlib
import re
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('markdown', type=pathlib.Path)
    parser.add_argument('outputs', type=pathlib.Path, nargs='+', help='one for each paragraph')
    args = parser.parse_args()

    examples = re.findall(r'^```c\n(.*?)^```$', args.markdown.read_text(),
                          re.MULTILINE | re.DOTALL)
    if len(examples) != 1:
        sys.exit(f'{args.markdown} has {len(examples)} examples in C, not 1')
    paragraphs = examples[0].split('\n\n')
    if len(paragraphs) != len(args.outputs):
        sys.exit(f'the example has {len(paragraphs)} paragraphs, not {len(args.outputs)}')
    for output, paragraph in zip(args.outputs, paragraphs):
        output.write_text(paragraph + '\n')


if __name__ == '__main__':
    main()
