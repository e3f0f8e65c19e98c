# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Sphinx configuration of the guides."""

import pathlib
import subprocess

# pylint: disable=invalid-name,redefined-builtin
project = 'seqstat'
copyright = '2026, The seqstat authors'

html_theme = 'sphinx_rtd_theme'
html_static_path = ['_static']
html_css_files = ['seqstat.css']
html_show_sphinx = False
html_copy_source = False

# C is what most code blocks are.
highlight_language = 'c'
nitpicky = True


def draw(app):
    """Make the diagrams from their sources in the language of pic(1)."""
    for source in pathlib.Path(app.srcdir).rglob('img/*.pic'):
        picture = source.with_suffix('.svg')
        if not picture.exists() or picture.stat().st_mtime < source.stat().st_mtime:
            svg = subprocess.run(['dpic', '-v', source], check=True, capture_output=True)
            picture.write_bytes(svg.stdout)


def setup(app):
    """Called by Sphinx."""
    app.connect('builder-inited', draw)
