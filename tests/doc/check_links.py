#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Follow all links in built guides, to each other, to pictures and to the API reference."""

import argparse
import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, and the places in it that can be linked to."""

    def __init__(self, file):
        super().__init__()
        self.links = []
        self.places = {''}
        self.feed(file.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ('href', 'src'):
                self.links.append(value or '')
            elif name == 'id' or (tag, name) == ('a', 'name'):
                self.places.add(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path)
    folder = parser.parse_args().folder.resolve()

    pages = {file: Page(file) for file in sorted(folder.rglob('*.html'))}
    n_links = n_dead = 0
    for file, page in list(pages.items()):
        for link in page.links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            n_links += 1
            target = (file.parent / urllib.parse.unquote(url.path)).resolve() if url.path else file
            if target.suffix == '.html' and target not in pages and target.is_file():
                pages[target] = Page(target)
            if not target.is_file() or \
                    target in pages and url.fragment not in pages[target].places:
                print(f'{file.relative_to(folder)}: nothing at {link}')
                n_dead += 1
    print(f'{n_links} links on {len(pages)} pages, {n_dead} dead')
    sys.exit(1 if n_dead or not n_links else 0)


if __name__ == '__main__':
    main()
