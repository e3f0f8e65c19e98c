#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: check_valgrind.sh TOOL PROGRAM
#
# Check that a tool of Valgrind finds no error in a correct program with the suppressions, and
# does find errors without them.

tool=$1
program=$2
top=$(dirname "$0")/../..
cpus=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
command -v valgrind >/dev/null || { echo "no valgrind"; exit 77; }

check()
{
	MESON_EXE_WRAPPER="valgrind --tool=$tool --error-exitcode=9 $1" \
		"$top/tests/run_eal.sh" "$program" "--lcores=(0-1)@($cpus)"
}

check --suppressions=/dev/null
[ $? -eq 9 ] || { echo "$tool reports nothing without the suppressions"; exit 1; }
check --suppressions="$top/devtools/seqstat.supp"
