#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/test.sh [--suite NAME ...]
#
# Install missing packages, build, and run all tests, or those of the named
# suites. The last line has the number of passed, failed and skipped tests; the
# exit status is 1 if a test failed.
#
#   --suite NAME ...  run these suites only
#   --help            print this
#
# Hugepages are reserved for the tests if this user may reserve them.

set -u
. "$(dirname "$0")/hugepages.sh"

suites=()
while [ $# -gt 0 ]; do
	case $1 in
	--suite)
		shift
		[[ $# -gt 0 && $1 != -* ]] || usage_error "--suite needs a name"
		while [[ $# -gt 0 && $1 != -* ]]; do
			suites+=("$1")
			shift
		done
		;;
	*)
		usage_error "unknown option: $1"
		;;
	esac
done

# Refuse an unknown suite, for which meson would run no tests and succeed.
check_suites()
{
	local known suite

	known=$(meson introspect --tests "$build" | python3 -c '
import json, sys
print(*sorted({s.split(":")[-1] for test in json.load(sys.stdin) for s in test["suite"]}))')
	for suite in ${suites[@]+"${suites[@]}"}; do
		[[ " $known " == *" $suite "* ]] ||
			usage_error "unknown suite: $suite (there are: $known)"
	done
}

# Ctrl-C alone would make meson cancel one test and go on with the next.
interrupted()
{
	trap '' INT TERM
	[ -z "${tests_pid-}" ] || { kill -TERM "$tests_pid"; wait "$tests_pid"; }
	say "interrupted"
	exit 130
}

if [ ${#suites[@]} -eq 0 ]; then
	mapfile -t parts < <(package_parts)
else
	parts=(build "${suites[@]}")
fi
install_packages "${parts[@]}"
lock_build
# shellcheck disable=SC2119 # no options
configure
ninja -C "$build" build.ninja >/dev/null || die "meson setup failed"
check_suites
ninja -C "$build" || die "the build failed"
unlock_build

trap give_back_hugepages EXIT
trap interrupted INT TERM
reserve_hugepages 256

log=$build/meson-logs/testlog.json
rm -f "$log"
# A test may take longer on a busy machine: timeouts are meant for tests that hang.
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier=4 \
	"${suites[@]/#/--suite=}" &
tests_pid=$!
wait "$tests_pid"
status=$?
tests_pid=

python3 "$top/devtools/test_report.py" "$log" && exit "$status"
