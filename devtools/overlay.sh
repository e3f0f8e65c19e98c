#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/overlay.sh [--remove] DPDK_SOURCE_DIR
#
# Put the library, its autotests, the example and their documentation into a source
# tree of DPDK, 22.11 or later, so that its own build makes and tests them. May be
# repeated: what an earlier run put there is replaced.
#
#   --remove  take everything out again
#   --help    print this
#
# Files are copied as they are. A few lists of DPDK get lines of their own: those of
# libraries, tests, examples and documentation pages, and MAINTAINERS.

set -u
. "$(dirname "$0")/common.sh"

action=add
dpdk=
while [ $# -gt 0 ]; do
	case $1 in
	--remove)
		action=remove
		;;
	--help)
		show_help
		exit
		;;
	-*)
		usage_error "unknown option: $1"
		;;
	*)
		[ -z "$dpdk" ] || usage_error "more than one folder"
		dpdk=$1
		;;
	esac
	shift
done
[ -n "$dpdk" ] || usage_error "which folder?"
[ -f "$dpdk/lib/eal/meson.build" ] || die "no source tree of DPDK: $dpdk"

exec python3 "$top/devtools/overlay_tree.py" $action "$top" "$dpdk"
