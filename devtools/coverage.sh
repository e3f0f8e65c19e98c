#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/coverage.sh [--html FOLDER]
#
# Measure which lines and branches of lib/seqstat the suites fast and fault run,
# and list the others. The exit status is 1 if a test fails, or if too few lines
# are run. The suite process runs more lines, but kills the programs that would
# count them.
#
#   --html FOLDER  write the annotated sources to a folder
#   --help         print this
#
# The build folder is build-coverage.

set -u
. "$(dirname "$0")/hugepages.sh"

html=()
while [ $# -gt 0 ]; do
	case $1 in
	--html)
		[ $# -gt 1 ] || usage_error "--html needs a folder"
		mkdir -p "$2" || exit 1
		html=(--html-details "$2/index.html")
		shift
		;;
	*)
		usage_error "unknown option: $1"
		;;
	esac
	shift
done

build=$top/build-coverage
suites=(fast fault)
# Count inline functions without callers, too; threads update the counts atomically.
flags='-fkeep-inline-functions -fkeep-static-functions -fprofile-update=atomic'
# An acquire fence is no instruction on x86, so it is never run.
fence='.*rte_atomic_thread_fence\(rte_memory_order_acquire\);'
report=(gcovr --root "$top" --object-directory "$build" --filter "$top/lib/seqstat.*/"
	--exclude-lines-by-pattern "$fence" "$build")

install_packages build "${suites[@]}" coverage
lock_build
CC=gcc configure -Db_coverage=true -Doptimization=0 -Ddebug=true -Dc_args="$flags"
find "$build" -name '*.gcda' -delete
trap give_back_hugepages EXIT
reserve_hugepages 256
meson test -C "$build" "${suites[@]/#/--suite=}"
status=$?

"${report[@]}" --branches || die "gcovr failed"
"${report[@]}" --print-summary --fail-under-line 92 "${html[@]}" ||
	die "too few lines are tested"
[ "$status" -eq 0 ] || die "a test failed: lines that only this test runs are missing"
