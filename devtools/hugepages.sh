# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors
# shellcheck shell=bash

# Reserve hugepages while a script runs. Scripts source this file in bash.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

hugepages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
hugepages_lent=0
hugepages_mount=

# Change the number of hugepages by a difference: other programs may use some.
add_hugepages() # COUNT
{
	"${sudo[@]}" sh -c "echo $(($(cat $hugepages) + $1)) > $hugepages" 2>/dev/null
}

# Print the number of 2 MiB pages in a quarter of the available memory.
affordable_hugepages()
{
	sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo |
		{ read -r kib; echo $((kib / 4 / 2048)); }
}

# Reserve 2 MiB pages and mount them for EAL, or print why this is not possible.
reserve_hugepages() # COUNT
{
	local before wanted

	before=$(cat $hugepages 2>/dev/null) || { say "no hugepages: the kernel has none"; return; }
	wanted=$(affordable_hugepages)
	[ "$wanted" -lt "$1" ] || wanted=$1
	# Set before add_hugepages(), so that a signal in between does not leak pages.
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
