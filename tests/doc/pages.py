# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Find the project's pages, and the blocks of code and commands on them."""

import dataclasses
import pathlib
import re
import textwrap

SOURCE = pathlib.Path(__file__).resolve().parents[2]

MARKDOWN_BLOCK = re.compile(r'^```(?P<language>\w*)\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
RST_BLOCK = re.compile(
    r'^\.\. code-block:: (?P<language>\w+)\n(?:   :name: (?P<name>\S+)\n)?(?:   :\w+:.*\n)*'
    r'\n(?P<text>(?:(?:   .*)?\n)+)', re.MULTILINE)


@dataclasses.dataclass
class Block:
    page: str  # path in the tree
    language: str
    name: str  # or None
    text: str

    def commands(self):
        """Return the commands; join continued lines."""
        return [line for line in self.text.replace('\\\n', ' ').splitlines()
                if line and not line.startswith('#')]


def pages():
    return sorted([*SOURCE.glob('*.md'), *SOURCE.glob('doc/guides/**/*.rst')])


def name_of(page):
    return str(page.relative_to(SOURCE))


def blocks(page):
    pattern = MARKDOWN_BLOCK if page.suffix == '.md' else RST_BLOCK
    return [Block(name_of(page), match['language'], match.groupdict().get('name'),
                  textwrap.dedent(match['text']).strip('\n') + '\n')
            for match in pattern.finditer(page.read_text(encoding='utf-8'))]
