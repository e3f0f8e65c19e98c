#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/bench.sh [--quick] [--starts N] [--json FILE] [--plot DIR]
#
# Install missing packages, build, and measure the cost of counting and reading,
# compared with alternatives, on up to four CPUs. If other programs use these
# CPUs, the figures are marked "indicative".
#
#   --quick      fewer rounds and starts: less than two minutes after the build
#   --starts N   start each program N times (default: 15, with --quick 3)
#   --json FILE  write the results to a file (default: build-bench/results.json)
#   --plot DIR   write pictures and tables to a folder (default: build-bench);
#                those of the guide are in doc/guides/prog_guide/img
#   --help       print this
#
# The benchmark uses hugepages if this user may reserve them.

set -u
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/hugepages.sh"

options=()
while [ $# -gt 0 ]; do
	case $1 in
	--quick)
		options+=(--quick)
		;;
	--starts)
		[[ ${2-} =~ ^[1-9][0-9]{0,3}$ ]] || usage_error "--starts needs a number from 1 on"
		options+=(--starts "$2")
		shift
		;;
	--json | --plot)
		[ -n "${2-}" ] || usage_error "$1 needs a name"
		options+=("$1" "$(realpath -m "$2")")
		shift
		;;
	*)
		usage_error "unknown option: $1"
		;;
	esac
	shift
done

build=$top/build-bench
export CC=gcc

build_forwarder() # NAME SOURCES AND OPTIONS...
{
	local name=$1

	shift
	# shellcheck disable=SC2046 # lists of words
	gcc -O3 -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API $(pkg-config --cflags libdpdk) \
		-I"$top/lib/seqstat" "$@" -o "$build/$name" \
		-L"$build/lib" -Wl,-rpath,"$build/lib" -lrte_seqstat \
		$(pkg-config --libs libdpdk) || die "could not build: $name"
}

install_packages build bench
lock_build
configure -Dexamples=false -Dtests=false
ninja -C "$build" || die "the build failed"
build_forwarder counted "$top"/examples/l2fwd-stats/*.c
build_forwarder uncounted -include "$top/tests/bench/uncounted.h" "$top"/examples/l2fwd-stats/*.c
build_forwarder dpdk_l2fwd /usr/share/dpdk/examples/l2fwd/main.c
unlock_build

trap give_back_hugepages EXIT
trap 'exit 130' INT TERM
reserve_hugepages 256
memory='--no-huge -m 512'
[ "$hugepages_lent" -lt 256 ] || memory='-m 256 --in-memory'

"$top/devtools/bench_run.py" --memory="$memory" "${options[@]}" "$build"
