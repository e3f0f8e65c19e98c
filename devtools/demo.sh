#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: devtools/demo.sh [--app NAME] [--seconds N] [--prometheus]
#
# Install what is missing, build, forward real traffic between two network
# namespaces with dpdk-l2fwd-stats, and compare its statistics with the counters of
# the kernel. The exit status is 1 if they differ. On a terminal, they are shown live
# by dpdk-seqstat-top.py; q leaves that. A stat file records the run.
#
#   --app NAME    instead of dpdk-l2fwd-stats, forward with an application as Debian has it,
#                 "testpmd" or "ovs" (Open vSwitch), and count its ports by the preload
#   --seconds N   how long TCP lasts (default: 10); UDP takes a third of it
#   --prometheus  start dpdk-seqstat-exporter as an unprivileged user and a Prometheus
#                 server, too, and say where to look; on a terminal, they stay until
#                 Enter is pressed
#   --help        print this
#
# No network card is needed; hugepages are for Open vSwitch only. Nothing is changed outside the
# namespaces, which end with this command, however it ends.

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
	--help)
		show_help
		exit
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

# Namespaces of their own for network, mounts and processes: all that is made in them
# goes with the last process, and all processes go with the first.
isolate=(unshare --net --mount --pid --mount-proc --fork --kill-child)
ports=(--ports veth --frames 4096)
as=()
if why=$("${isolate[@]}" true 2>&1); then
	:
elif "${sudo[@]}" "${isolate[@]}" true 2>/dev/null; then
	isolate=("${sudo[@]}" "${isolate[@]}")
	as=("${sudo[@]}")
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

# Where the forwarder's telemetry socket and stat file are; here and in the namespaces.
folder=$(mktemp -d /dev/shm/seqstat-demo-XXXXXX) || exit
export RUNTIME_DIRECTORY=$folder
servers=()

# End what was started here, if it still runs, and remove what was made.
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

# Ctrl-C and kill end the whole group of the demonstration's processes, in good order.
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

set -m # a process group for what is started in the background
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
	say "this draws the run:" \
		"usertools/dpdk-seqstat-history.py $build/demo.seqstat --plot out.png"
fi
if [ -n "${address-}" ] && [ -t 0 ]; then
	read -r -p "$self: Enter ends Prometheus, $address"
fi
exit "$status"
