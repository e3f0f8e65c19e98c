#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What the pages name is there: files, functions, telemetry commands, tests, options."""

import pathlib
import re
import subprocess
import unittest

import pages

FOLDERS = ('app', 'devtools', 'doc', 'examples', 'lib', 'tests', 'usertools', '.ci')
# A name that cannot be anything but that of a file.
FILE = re.compile(r'[\w*.-]+\.(?:c|cpp|h|in|ini|md|pic|pml|py|rst|sh|yml)')
# Names of DPDK's own.
DPDK_FILES = ('app/test', 'dpdk-telemetry.py', 'dpdk-telemetry-exporter.py')
# Of pkg-config, DPDK and DPDK's tools.
OTHER_OPTIONS = ('--cflags', '--libs', '--static', '--metrics', '--lcores')
LITERAL = {
    '.md': re.compile(r'`([^`\n]+)`'),
    '.rst': re.compile(r'``([^`]+?)``'),
}


def texts(*folders):
    """Return the contents of all files of these folders, one after the other."""
    files = [file for folder in folders for file in sorted((pages.SOURCE / folder).rglob('*'))
             if file.is_file() and file.suffix not in ('.png', '.pyc')]
    return '\n'.join(file.read_text(encoding='utf-8', errors='replace') for file in files)


def dpdk_headers():
    """Return the contents of DPDK's headers."""
    flags = subprocess.run(['pkg-config', '--cflags-only-I', 'libdpdk'], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
    folders = {flag.removeprefix('-I') for flag in flags.split() if 'dpdk' in flag}
    return '\n'.join(file.read_text(encoding='utf-8', errors='replace')
                     for folder in sorted(folders)
                     for file in sorted(pathlib.Path(folder).glob('rte_*.h')))


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sources = texts(*FOLDERS) + texts('meson.build')
        cls.code = texts('lib', 'app', 'examples', 'doc/failures')
        cls.header = (pages.SOURCE / 'lib/seqstat/rte_seqstat.h').read_text(encoding='utf-8')
        cls.texts = {page: page.read_text(encoding='utf-8') for page in pages.pages()}
        cls.files = [*pages.SOURCE.glob('*'), *(
            file for folder in FOLDERS for file in (pages.SOURCE / folder).rglob('*'))]

    def each(self, pattern):
        """Return pairs of a page and a match of a pattern in it, of all pages."""
        return [(pages.name_of(page), match) for page, text in self.texts.items()
                for match in re.finditer(pattern, text)]

    def literals(self):
        """Return pairs of a page and words that are printed as they are in a program."""
        return [(pages.name_of(page), ' '.join(match[1].split()))
                for page, text in self.texts.items()
                for match in LITERAL[page.suffix].finditer(text)]

    def check(self, names, is_there):
        """Check pairs of a page and a name."""
        self.assertGreater(len(names), 3)
        self.assertEqual([pair for pair in names if not is_there(pair[1])], [])

    def test_public_names(self):
        file_names = ' '.join(file.name for file in self.files)
        self.check([(page, match[0]) for page, match in
                    self.each(r'\b(?:rte_seqstat|RTE_SEQSTAT)_\w+(?!\w*[.*])')],
                   lambda name: re.search(rf'\b{name}', self.header + file_names))

    def test_functions(self):
        code = self.code + dpdk_headers()
        known = {'histogram_quantile', 'lcore_main', 'main', 'memset'}  # Not of C, or not ours.
        self.check([(page, match[1]) for page, literal in self.literals()
                    if (match := re.fullmatch(r'(\w+)\(.*\)', literal))],
                   lambda name: name in known or re.search(rf'\b{name}\(', code))

    def test_files(self):
        def is_there(word):
            if '/' in word:
                return bool(list(pages.SOURCE.glob(word)))
            return any(file.match(word) for file in self.files)

        words = [(page, literal.split()[0]) for page, literal in self.literals()
                 if not literal.split()[0].endswith(':')]
        self.check([(page, word) for page, word in words
                    if word not in DPDK_FILES and ('/' in word and word.split('/')[0] in FOLDERS
                                                   or FILE.fullmatch(word))], is_there)

    def test_links(self):
        """Those of Markdown: Sphinx looks after the others."""
        links = [(page, target) for page, text in self.texts.items() if page.suffix == '.md'
                 for target in re.findall(r'\]\(([^)#]+)', text) if '://' not in target]
        self.assertGreater(len(links), 3)
        for page, target in links:
            self.assertTrue((page.parent / target).exists(), f'{page}: {target}')

    def test_telemetry_commands(self):
        registered = re.findall(r'rte_telemetry_register_cmd\("(/seqstat/\w+)"', self.code)
        self.check([(page, match[1]) for page, match in
                    self.each(r'(?<![\w}])(/seqstat/\w+)')],
                   lambda name: name in registered)

    def test_autotests(self):
        registered = re.findall(r'REGISTER_\w+_TEST\((\w+)', self.code)
        self.check([(page, match[0]) for page, match in
                    self.each(r'\bseqstat_(?:\w+_)?autotest\b')],
                   lambda name: name in registered)

    def test_suites(self):
        suites = re.findall(r"suite: '(\w+)'", self.sources)
        self.check([(page, match[1]) for page, match in self.each(r'--suite[ =]([a-z]\w*)')],
                   lambda name: name in suites)

    def test_options(self):
        programs = texts('devtools', 'usertools', 'examples')
        self.check([(page, option) for page, literal in self.literals()
                    for option in re.findall(r'(?<!\S)--[a-z][\w-]*', literal)],
                   lambda option: option in OTHER_OPTIONS or option.strip('-') in programs)


if __name__ == '__main__':
    unittest.main()
