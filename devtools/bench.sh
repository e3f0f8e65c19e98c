#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/bench.sh [--quick] [--json FILE] [--plot DIR]
#
# Install what is missing, build with gcc and with clang, and measure what counting
# and reading cost next to what one would use instead. Ratios are the result: they
# hold if nothing else works on this machine meanwhile.
#
#   --quick      fewer rounds: less than two minutes after the build
#   --json FILE  write all results to a file
#   --plot DIR   draw the results into a folder
#   --help       print this
#
# Hugepages are used if this user may reserve some, for as long as this runs.

set -u
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/hugepages.sh"

options=()
while [ $# -gt 0 ]; do
	case $1 in
	--quick)
		options+=(--quick)
		shift
		;;
	--json | --plot)
		[ -n "${2-}" ] || usage_error "$1 needs a name"
		options+=("$1" "$(realpath -m "$2")")
		shift 2
		;;
	--help)
		show_help
		exit
		;;
	*)
		usage_error "unknown option: $1"
		;;
	esac
done

programs=$build-bench
l2fwd=/usr/share/dpdk/examples/l2fwd/main.c

# On CPUs with the erratum SKX102, a loop is slower by a third if one of its jumps
# crosses 32 bytes: a matter of luck that would drown what is to be measured.
declare -A jumps
if [ "$(uname -m)" = x86_64 ]; then
	jumps[gcc]='-Wa,-mbranches-within-32B-boundaries'
	jumps[clang]='-mbranches-within-32B-boundaries'
fi

build_tests() # COMPILER
{
	local dir=$programs/$1

	[ -f "$dir/build.ninja" ] || CC=$1 meson setup "$dir" "$top" -Dexamples=false \
		-Dtests=false -Dc_args="${jumps[$1]-}" || die "meson setup failed"
	ninja -C "$dir" || die "the build failed"
}

# The forwarder as it is, with the counters compiled out, and DPDK's own: all three by
# one command.
build_forwarder() # NAME SOURCES AND OPTIONS...
{
	local name=$1

	shift
	# shellcheck disable=SC2046,SC2086 # lists of words
	gcc -O3 -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API ${jumps[gcc]-} \
		$(pkg-config --cflags libdpdk) -I"$top/lib/seqstat" \
		"$@" -o "$programs/forward/$name" \
		-L"$programs/gcc/lib" -Wl,-rpath,"$programs/gcc/lib" -lrte_seqstat \
		$(pkg-config --libs libdpdk) || die "could not build: $name"
}

build_forwarders()
{
	local sources=("$top"/examples/l2fwd-stats/*.c)

	mkdir -p "$programs/forward"
	build_forwarder counted "${sources[@]}"
	build_forwarder uncounted -include "$top/tests/bench/uncounted.h" "${sources[@]}"
	build_forwarder dpdk-l2fwd "$l2fwd"
}

build_distance()
{
	# shellcheck disable=SC2046 # a list of words
	gcc -O3 -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API $(pkg-config --cflags libdpdk) \
		-I"$top/lib/seqstat" -I"$top/app/test-seqstat" "$top/tests/bench/distance.c" \
		"$top/app/test-seqstat/test_seqstat_perf_distance.c" -pthread \
		-o "$programs/forward/distance" || die "could not build: distance"
}

interrupted()
{
	trap '' INT TERM
	[ -z "${bench-}" ] || { kill -TERM "$bench"; wait "$bench"; }
	say "interrupted"
	exit 130
}

install_packages build bench
build_tests gcc
build_tests clang
build_forwarders
build_distance

trap give_back_hugepages EXIT
trap interrupted INT TERM
reserve_hugepages 256
memory='--no-huge -m 512'
[ "$hugepages_lent" -lt 256 ] || memory='-m 128 --huge-unlink=always'

"$top/devtools/bench_run.py" --memory="$memory" "${options[@]}" "$programs" &
bench=$!
wait "$bench"
