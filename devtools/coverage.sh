#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/coverage.sh [--html FOLDER]
#
# Count which lines and branches of lib/seqstat the suites fast and fault run, and
# list those that they do not.
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
branches=(--rc lcov_branch_coverage=1 --quiet)

# What the tests run. Not all that there is: the models do without DPDK, but not if the
# inline functions are kept that need it.
test_programs() # BUILD_FOLDER
{
	meson introspect --targets --tests "$1" | python3 -c '
import json, os, sys
folder, *suites = sys.argv[1:]
build = json.load(sys.stdin)
words = {word for test in build["tests"] for word in (*test["cmd"], *test["env"].values())
         if {suite.split(":")[-1] for suite in test["suite"]} & set(suites)}
print(*(os.path.relpath(name, folder) for target in build["targets"]
        for name in target["filename"] if name in words), sep="\n")' "$1" "${suites[@]}"
}

install_packages build "${suites[@]}" coverage
# Inline functions that nobody calls count too; threads count together.
[ -f "$build/build.ninja" ] ||
	CC=gcc meson setup "$build" "$top" -Db_coverage=true -Doptimization=0 -Ddebug=true \
		-Dc_args='-fkeep-inline-functions -fkeep-static-functions -fprofile-update=atomic' ||
	die "meson setup failed"
ninja -C "$build" build.ninja >/dev/null || die "meson setup failed"
mapfile -t programs < <(test_programs "$build")
ninja -C "$build" "${programs[@]}" || die "the build failed"

lcov "${branches[@]}" --zerocounters --directory "$build"
meson test -C "$build" --no-rebuild "${suites[@]/#/--suite=}" || die "a test failed"
lcov "${branches[@]}" --capture --directory "$build" --output-file "$build/all.info" ||
	die "lcov failed"
lcov "${branches[@]}" --extract "$build/all.info" "$top/lib/seqstat/*" \
	--output-file "$build/library.info" || die "lcov failed"
if [ -n "$html" ]; then
	genhtml "${branches[@]}" --branch-coverage --output-directory "$html" \
		"$build/library.info" || die "genhtml failed"
fi

"$top/devtools/coverage_report.py" "$build/library.info"
