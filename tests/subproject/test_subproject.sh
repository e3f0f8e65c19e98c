#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: test_subproject.sh SOURCE default_library
#
# Build and run an application whose meson project has this one as a subproject.

source=$1
linkage=$2

project=$(mktemp -d) || exit 1
trap 'rm -rf "$project"' EXIT
trap 'exit 143' TERM

mkdir "$project/subprojects"
ln -s "$source" "$project/subprojects/seqstat"
cp "$source/tests/subproject/project.build" "$project/meson.build"
cp "$source/tests/package/app.c" "$source/tests/run_eal.sh" "$project"

meson setup "$project/build" "$project" --wrap-mode=forcefallback \
	-Ddefault_library="$linkage" && meson test -C "$project/build" --print-errorlogs
