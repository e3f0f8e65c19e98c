#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/demo.sh [--app NAME] [--seconds N] [--prometheus]
#
# Install missing packages, build, forward traffic between two network
# namespaces with dpdk-l2fwd-stats, and compare its statistics with the kernel's
# counters. The exit status is 1 if they differ. On a terminal,
# dpdk-seqstat-top.py shows the statistics live; q ends it. A stat file records
# the run.
#
#   --app NAME    forward with Debian's "testpmd" or "ovs" (Open vSwitch) instead
#                 of dpdk-l2fwd-stats, and count its ports by the preload
#   --seconds N   duration of TCP traffic (default: 10); UDP takes a third of it
#   --prometheus  start Prometheus, and dpdk-seqstat-exporter as an unprivileged
#                 user; on a terminal, both run until Enter is pressed
#   --help        print this
#
# This needs no network card, and hugepages for Open vSwitch only. It changes
# nothing outside its namespaces, which end with it.

set -u
. "$(dirname "$0")/demo_watch.sh"
. "$(dirname "$0")/hugepages.sh"

parts=(build demo)
prometheus=
app=l2fwd
target=examples/dpdk-l2fwd-stats
seconds=10
while [ $# -gt 0 ]; do
	case $1 in
	--seconds)
		[[ ${2-} =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "--seconds needs a number from 1"
		seconds=$2
		shift 2
		;;
	--app)
		[[ ${2-} =~ ^(testpmd|ovs)$ ]] || usage_error "--app is testpmd or ovs"
		app=$2
		target=lib/librte_seqstat_preload.so
		parts+=("$app")
		shift 2
		;;
	--prometheus)
		parts+=(prometheus)
		prometheus=yes
		shift
		;;
	*)
		usage_error "unknown option: $1"
		;;
	esac
done

live=
if [ -t 0 ] && [ -t 1 ]; then
	parts+=(top)
	live=yes
fi
install_packages "${parts[@]}"
lock_build
# shellcheck disable=SC2119 # no options
configure
ninja -C "$build" "$target" ${prometheus:+app/dpdk-seqstat-exporter} || die "the build failed"
unlock_build

# New namespaces for network, mounts and processes. They vanish with their last process,
# and all processes end with the first one.
isolate=(unshare --net --mount --pid --mount-proc --fork --kill-child)
ports=(--ports veth --frames 4096)
as=()
if why=$("${isolate[@]}" true 2>&1); then
	:
elif "${sudo[@]}" "${isolate[@]}" true 2>/dev/null; then
	isolate=("${sudo[@]}" "${isolate[@]}")
	as=("${sudo[@]}")
elif "${isolate[@]}" --map-root-user true 2>/dev/null; then
	# Without root, the packet sockets may lock a few MiB only.
	isolate+=(--map-root-user)
	ports=(--ports veth --frames 512)
else
	say "cannot create namespaces ($why)"
	say "using net_null ports instead of a network"
	isolate=()
	ports=(--ports null)
fi

# Folder of the forwarder's telemetry socket and stat file, visible in the namespaces.
folder=$(mktemp -d /dev/shm/seqstat-demo-XXXXXX) || exit
export RUNTIME_DIRECTORY=$folder
servers=()

# End the servers, remove the folder, and return the hugepages.
# shellcheck disable=SC2317 # a trap calls it
clean_up()
{
	for pid in "${servers[@]}"; do
		"${as[@]}" kill "$pid" 2>/dev/null && wait "$pid"
	done
	"${as[@]}" rm -rf "$folder"
	give_back_hugepages
}
trap clean_up EXIT

# End the view and the process group of the demonstration after Ctrl-C or kill.
# shellcheck disable=SC2317 # a trap calls it
interrupted()
{
	trap '' INT TERM
	if [ -n "${view_pid-}" ]; then
		"${as[@]}" kill "$view_pid" 2>/dev/null
		wait "$view_pid"
	fi
	if [ -n "${demo_pid-}" ]; then
		"${as[@]}" kill -TERM -- "-$demo_pid"
		wait "$demo_pid"
	fi
	say "interrupted"
	exit 130
}
trap interrupted INT TERM

set -m # Give each background job a process group of its own.
[ -z "$prometheus" ] || start_prometheus
[ "$app" != ovs ] || reserve_hugepages 256
demo=("${isolate[@]}" "$top/devtools/demo.py" --app "$app" "${ports[@]}" --seconds "$seconds"
	--folder "$folder")
program=$build/$target
if [ -n "$live" ]; then
	"${demo[@]}" --quiet "$program" </dev/null >"$folder/report" 2>&1 &
	demo_pid=$!
	show_live
	wait "$demo_pid"
	status=$?
	cat "$folder/report"
else
	"${demo[@]}" "$program" </dev/null &
	demo_pid=$!
	wait "$demo_pid"
	status=$?
fi
if [ -e "$folder/run" ] && cp "$folder/run" "$build/demo.seqstat"; then
	say "to draw the run:" \
		"usertools/dpdk-seqstat-history.py $build/demo.seqstat --plot out.png"
fi
if [ -n "${address-}" ] && [ -t 0 ]; then
	read -r -p "$self: press Enter to end Prometheus, $address"
fi
exit "$status"
