#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Check what a program can check of the coding style, in all files of the project.

clang-format would also move the line breaks that DPDK's style leaves to the author.
"""

import argparse
import pathlib
import re
import subprocess
import sys

WIDTH = 100
LICENCE = 'SPDX-License-Identifier: BSD-3-Clause'
# The licence itself, and what DPDK's build refuses with a comment in it.
NO_LICENCE = ('LICENSE', 'lib/seqstat/version.map', 'lib/seqstat_ethdev/version.map')
C_FILES = ('.c', '.h')
INDENTED_BY_TABS = C_FILES + ('.map', '.sh')
INDENTED_BY_SPACES = ('.build', '.py', '.txt')

# Forbidden lines, by the ending of the file's name.
LINE_RULES = [
    (('',), re.compile(r'.*\s$'), 'white space at the end'),
    (INDENTED_BY_TABS, re.compile(r'\t* {8}'), 'indented by spaces'),
    (INDENTED_BY_SPACES, re.compile(r' *\t'), 'indented by a tab'),
    (C_FILES, re.compile(r'(.*[;{}] *)?\s*//'), 'comment of C++'),
    (C_FILES, re.compile(r'.*\b(if|for|while|switch)\('), 'no space before the parenthesis'),
    (C_FILES, re.compile(r'\t*(} )?(if|for|while|switch|else)\b.*[^ ]{$'),
     'no space before the brace'),
]
# Wording that a reader should not meet. Brackets keep the patterns from matching themselves.
WORDS = re.compile(r'''
    \b([w]hoever|[a]nybody[ ]who|[s]o[ ]many|[t]o[ ]be[ ]had|[p]uts?[ ]aside|
       [t]ime[ ]limit|[o]wn[ ]accord|([i]s|[a]re)[ ]told|(is|are|was|were)[ ][t]o[ ](be|have)|
       ([t]ells?|[t]old)(?=[ ][a-z]+[ .,;]|[.,;])|(?<![.*])[m]eanwhile)\b
    # a clause as a subject
    |\b[w]hat[ ](is|was)([ ](?!what|and|or|that|which)\w+){1,6}[ ](is|was|are|were)\b
    # a comment that begins without its noun
    |(?:/\*+<?|\#|""")\s*(?-i:[O]f|[W]hose)\b[^,]*$
    ''', re.I | re.X)
# A definition whose name shares the line with its return type.
DEFINITION = re.compile(
    r'^\w[\w \t*]*[ \t*]\w+\((?:[^;{}#()]|\([^;{}#()]*\))*\)\n\{', re.MULTILINE)


def project_files(top):
    """Yield the files that git tracks, or would if they were added."""
    listing = subprocess.run(
        ['git', '-C', top, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
        check=True, stdout=subprocess.PIPE)
    for name in sorted(filter(None, listing.stdout.decode().split('\0'))):
        if (top / name).is_file():
            yield name


def check_text(name, text):
    """Yield the line number and the kind of each fault in a file."""
    if name not in NO_LICENCE and LICENCE not in '\n'.join(text.split('\n')[:3]):
        yield 1, 'no SPDX line'
    if not text.endswith('\n') or text.endswith('\n\n'):
        yield text.count('\n'), 'does not end with one newline'
    for number, line in enumerate(text.split('\n'), 1):
        if len(line.expandtabs(8)) > WIDTH and '://' not in line:
            yield number, f'longer than {WIDTH}'
        if found := WORDS.search(line):
            yield number, f'wording: {found[0]}'
        for endings, pattern, fault in LINE_RULES:
            if name.endswith(endings) and pattern.match(line):
                yield number, fault
    if name.endswith(C_FILES):
        for match in DEFINITION.finditer(text):
            yield text.count('\n', 0, match.start()) + 1, 'name not on a line of its own'


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    top = pathlib.Path(__file__).resolve().parent.parent
    n_files = n_faults = 0
    for name in project_files(top):
        content = (top / name).read_bytes()
        if b'\0' in content or name.endswith(('.csv', '.xml', '/mutations.txt')):
            continue  # a picture, or data
        n_files += 1
        for number, fault in sorted(check_text(name, content.decode())):
            print(f'{name}:{number}: {fault}')
            n_faults += 1
    print(f'{n_files} files, {n_faults} faults')
    sys.exit(1 if n_faults or not n_files else 0)


if __name__ == '__main__':
    main()
