#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/series.sh DPDK_SOURCE_DIR OUTPUT_DIR [OPTION ...]
#
# Make the patches that add the project to DPDK. DPDK_SOURCE_DIR is a clone of DPDK with its
# main branch checked out; it stays as it is. OUTPUT_DIR gets a folder for each series, to
# send one after the other with "git send-email". Options go to "git format-patch", for
# instance -v2.
#
# devtools/series has the series: the cover letter, and each patch with its message and its
# files. Author, sign-off and maintainer are the user of git.

set -u
. "$(dirname "$0")/common.sh"

case ${1-} in
--help)
	show_help
	exit
	;;
esac
[ $# -ge 2 ] || usage_error "which source tree of DPDK, and which folder for the patches?"

[ -f "$1/lib/eal/meson.build" ] || die "no source tree of DPDK: $1"

exec python3 -B "$top/devtools/series.py" "$top" "$@"
