# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors
# shellcheck shell=bash

# Hugepages for as long as a script runs. To be sourced by bash.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

hugepages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
hugepages_lent=0
hugepages_mount=

# Add to the machine's number of hugepages, which may have other users.
add_hugepages() # COUNT
{
	"${sudo[@]}" sh -c "echo $(($(cat $hugepages) + $1)) > $hugepages" 2>/dev/null
}

# Pages of 2 MiB that make a quarter of the memory which is free now.
affordable_hugepages()
{
	sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo |
		{ read -r kib; echo $((kib / 4 / 2048)); }
}

# Reserve 2 MiB pages and mount them where EAL finds them; say why if that may not be.
reserve_hugepages() # COUNT
{
	local before wanted

	before=$(cat $hugepages 2>/dev/null) || { say "no hugepages: not in this kernel"; return; }
	wanted=$(affordable_hugepages)
	[ "$wanted" -lt "$1" ] || wanted=$1
	# Undone also if a signal comes between here and the line after.
	hugepages_lent=$wanted
	if ! add_hugepages "$wanted"; then
		hugepages_lent=0
		say "no hugepages: this user may not reserve them"
		return
	fi
	hugepages_lent=$(($(cat $hugepages) - before))
	say "hugepages: $hugepages_lent of 2 MiB reserved"

	if ! grep -q ' hugetlbfs ' /proc/mounts; then
		hugepages_mount=$(mktemp -d)
		"${sudo[@]}" mount -t hugetlbfs -o pagesize=2M,mode=1777 \
			seqstat "$hugepages_mount" || say "hugepages: could not mount them"
	fi
}

give_back_hugepages()
{
	if [ -n "$hugepages_mount" ]; then
		"${sudo[@]}" umount -l "$hugepages_mount" 2>/dev/null
		rmdir "$hugepages_mount"
		hugepages_mount=
	fi
	if [ "$hugepages_lent" -gt 0 ]; then
		add_hugepages "-$hugepages_lent"
		hugepages_lent=0
	fi
}
