#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/demo.sh [--seconds N]
#
# Install what is missing, build, forward real traffic between two network
# namespaces with dpdk-l2fwd-stats, and compare its statistics with the counters of
# the kernel. The exit status is 1 if they differ.
#
#   --seconds N  how long TCP lasts (default: 10); UDP takes a third of it
#   --help       print this
#
# Neither a network card nor hugepages are needed. Nothing is changed outside the
# namespaces, which end with this command, however it ends.

set -u
. "$(dirname "$0")/common.sh"

seconds=10
while [ $# -gt 0 ]; do
	case $1 in
	--seconds)
		[[ ${2-} =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "--seconds needs a number from 1"
		seconds=$2
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

install_packages build demo
configure
ninja -C "$build" examples/dpdk-l2fwd-stats || die "the build failed"

# Namespaces of their own for network, mounts and processes: all that is made in them
# goes with the last process, and all processes go with the first.
isolate=(unshare --net --mount --pid --mount-proc --fork --kill-child)
ports=(--ports veth --frames 4096)
stop=(kill)
if why=$("${isolate[@]}" true 2>&1); then
	:
elif "${sudo[@]}" "${isolate[@]}" true 2>/dev/null; then
	isolate=("${sudo[@]}" "${isolate[@]}")
	stop=("${sudo[@]}" kill)
elif "${isolate[@]}" --map-root-user true 2>/dev/null; then
	# Not root at all: no more than a few MiB may be locked for the packet sockets.
	isolate+=(--map-root-user)
	ports=(--ports veth --frames 512)
else
	say "no namespaces may be made here ($why)"
	say "net_null ports take the place of the network"
	isolate=()
	ports=(--ports null)
fi

# Ctrl-C and kill end the whole group of the demonstration's processes, in good order.
interrupted()
{
	trap '' INT TERM
	"${stop[@]}" -TERM -- "-$demo"
	wait "$demo"
	say "interrupted"
	exit 130
}
trap interrupted INT TERM

set -m # a process group for what is started in the background
"${isolate[@]}" "$top/devtools/demo.py" "${ports[@]}" --seconds "$seconds" \
	"$build/examples/dpdk-l2fwd-stats" </dev/null &
demo=$!
wait "$demo"
