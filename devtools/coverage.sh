#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/coverage.sh [--html FOLDER]
#
# Count which lines and branches of lib/seqstat the suites fast and fault run, and
# list those that they do not. Fails if a test does, or if a line is not run and
# coverage_report.py has no reason for it.
#
#   --html FOLDER  write the annotated sources there
#   --help         print this
#
# It builds in build-coverage, without optimisation.

set -u
. "$(dirname "$0")/common.sh"

html=
while [ $# -gt 0 ]; do
	case $1 in
	--html)
		[ $# -gt 1 ] || usage_error "--html needs a folder"
		html=$2
		shift
		;;
	--help)
		show_help
		exit
		;;
	*)
		usage_error "unknown option: $1"
		;;
	esac
	shift
done

build=$top/build-coverage
suites=(fast fault)
# Inline functions that nobody calls count too; threads count together.
flags='-fkeep-inline-functions -fkeep-static-functions -fprofile-update=atomic'
branches=(--rc lcov_branch_coverage=1 --quiet)

install_packages build "${suites[@]}" coverage
CC=gcc configure -Db_coverage=true -Doptimization=0 -Ddebug=true -Dc_args="$flags"
ninja -C "$build" build.ninja >/dev/null || die "meson setup failed"
mapfile -t programs < <("$top/devtools/coverage_programs.py" "$build" "${suites[@]}")
ninja -C "$build" "${programs[@]}" || die "the build failed"

lcov "${branches[@]}" --zerocounters --directory "$build"
meson test -C "$build" --no-rebuild "${suites[@]/#/--suite=}"
status=$?
lcov "${branches[@]}" --capture --directory "$build" --output-file "$build/all.info" ||
	die "lcov failed"
lcov "${branches[@]}" --extract "$build/all.info" "$top/lib/seqstat/*" \
	--output-file "$build/library.info" || die "lcov failed"
if [ -n "$html" ]; then
	genhtml "${branches[@]}" --branch-coverage --output-directory "$html" \
		"$build/library.info" || die "genhtml failed"
fi

"$top/devtools/coverage_report.py" "$build/library.info" || die "there are lines to be tested"
[ "$status" -eq 0 ] || die "a test failed: what only it runs is not counted"
