#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: build.sh SOURCE COMPILER MESON_OPTION ...
#
# Build the project from scratch with another compiler or other options.

source=$1
compiler=$2
shift 2

command -v "$compiler" >/dev/null || { echo "no $compiler"; exit 77; }

build=$(mktemp -d) || exit 1
trap 'rm -rf "$build"' EXIT
trap 'exit 143' TERM

CC=$compiler meson setup "$build" "$source" -Dtests=false "$@" && ninja -C "$build"
