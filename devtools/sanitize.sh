#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/sanitize.sh thread|address|undefined [TEST ...]
#
# Build with a sanitizer of the compiler, in a build folder of its own, and run
# the autotests of the suite "fast", or the named ones. test_seqstat_util.c has
# the suppressions.
#
#   CC=clang devtools/sanitize.sh ...  use another compiler
#   --help                             print this

set -u
. "$(dirname "$0")/hugepages.sh"

sanitizer=
tests=()
for argument; do
	case $argument in
	-*)
		usage_error "unknown option: $argument"
		;;
	*)
		if [ -z "$sanitizer" ]; then sanitizer=$argument; else tests+=("$argument"); fi
		;;
	esac
done

without_aslr=()
case $sanitizer in
thread)
	# ThreadSanitizer does not understand assembler, and gcc's does not understand fences.
	flags=(-DRTE_FORCE_INTRINSICS -DRTE_USE_C11_MEM_MODEL)
	"${CC:-gcc}" --version | grep -q clang || flags+=(-Wno-tsan)
	# With random addresses, a mapping may take the place of the sanitizer's memory.
	without_aslr=(setarch --addr-no-randomize)
	;;
address)
	flags=()
	;;
undefined)
	flags=(-fno-sanitize-recover=undefined)
	;;
*)
	usage_error "no sanitizer: thread, address or undefined"
	;;
esac

install_packages build fast
build=$top/build-$sanitizer-$(basename "${CC:-gcc}")
lock_build
configure -Dbuildtype=debugoptimized -Dexamples=false \
	-Db_sanitize="$sanitizer" -Db_lundef=false "-Dc_args=${flags[*]}"
ninja -C "$build" app/dpdk-test-seqstat || die "the build failed"
[ ${#tests[@]} -gt 0 ] || mapfile -t tests < <(meson test -C "$build" --list --suite fast |
	sed -n 's/.* \(seqstat_[a-z_]*autotest\)$/\1/p')
[ ${#tests[@]} -gt 0 ] || die "no autotests"

trap give_back_hugepages EXIT
reserve_hugepages 256
"${without_aslr[@]}" meson test -C "$build" --no-rebuild --print-errorlogs --suite fast \
	--timeout-multiplier 5 "${tests[@]}"
