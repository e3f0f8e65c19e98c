#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: compile_headers.sh COMPILER STANDARD HEADER ...
#
# Compile each public header alone, without a warning.

compiler=$1
standard=$2
shift 2

command -v "$compiler" >/dev/null || { echo "no $compiler"; exit 77; }

case $standard in
c++*) language=c++ ;;
*) language=c ;;
esac
# Ignore warnings in DPDK's own headers.
dpdk=$(pkg-config --cflags libdpdk | sed 's/-I */-isystem /g') || exit 1

status=0
for header; do
	# shellcheck disable=SC2086 # $dpdk is a list of words
	echo "#include <$(basename "$header")>" |
		"$compiler" -x "$language" -std="$standard" -O2 -c -o /dev/null - \
		-Wall -Wextra -pedantic -Wconversion -Werror \
		-D_POSIX_C_SOURCE=200809L -DALLOW_EXPERIMENTAL_API \
		-I"$(dirname "$header")" $dpdk || status=1
done
exit $status
