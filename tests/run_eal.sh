#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: run_eal.sh [--huge] PROGRAM [ARGUMENT ...]
#
# Run a DPDK program without devices, with one lcore for each CPU that this process may use,
# with a runtime folder of its own, and without hugepages unless --huge says that the program
# starts secondary processes. In a cross build meson says by what a program is run.

# In a cross build meson puts programs of the other architecture first.
PATH=/usr/bin:/bin:$PATH

skip()
{
	echo "$*"
	exit 77
}

huge=
prefix=seqstat_$$
if [ "$1" = --huge ]; then
	huge=/sys/kernel/mm/hugepages/hugepages-2048kB
	shift
	[ -z "${MESON_EXE_WRAPPER-}" ] || skip "an emulated program cannot start itself anew"
	mounts=$(awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts)
	[ -n "$mounts" ] || skip "no hugepages are mounted: see devtools/test.sh"
	[ "$(cat $huge/free_hugepages)" -ge 64 ] || skip "fewer than 64 hugepages are free"
fi

RUNTIME_DIRECTORY=$(mktemp -d) || exit 1
export RUNTIME_DIRECTORY
clean_up()
{
	rm -rf "$RUNTIME_DIRECTORY"
	# Secondaries need the files of hugepages, so EAL leaves them.
	for mount in ${huge:+$mounts}; do rm -f "$mount/$prefix"*map_*; done
}
trap clean_up EXIT
trap 'exit 143' TERM

program=$1
shift
if [ -n "$huge" ]; then
	cpus=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
	"$program" -m 64 --no-pci "--lcores=(0-1)@($cpus)" --file-prefix=$prefix --no-telemetry \
		${SEQSTAT_TEST_BASE_VIRTADDR:+"--base-virtaddr=$SEQSTAT_TEST_BASE_VIRTADDR"} "$@"
else
	# shellcheck disable=SC2086 # a command with its options
	${MESON_EXE_WRAPPER-} "$program" --no-huge -m 512 --no-pci --iova-mode=va "$@"
fi
