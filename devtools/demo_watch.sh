# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors
# shellcheck shell=bash disable=SC2154

# The live view and Prometheus for the demonstration. demo.sh sources this file and sets:
#
#   folder    folder of the forwarder's telemetry socket and stat file
#   as        prefix that runs a command as the owner of the socket
#   demo_pid  process of the demonstration
#   servers   processes that demo.sh ends
#
# start_prometheus() sets address to a page for a browser, or to nothing on failure.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

free_port()
{
	python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# Wait until a server answers. Fails if the server ends, or after some minutes at most.
wait_ready()
{
	local i url=$1 pid=$2

	for ((i = 0; i < 300; i++)); do
		kill -0 "$pid" 2>/dev/null || return 1
		no_proxy='*' python3 -c 'import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5)' "$url" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# Start exporter and Prometheus outside the namespaces, where a browser reaches them.
start_prometheus()
{
	local config=$folder/prometheus port pid
	local unprivileged=()

	address=
	mkdir "$config"
	cp "$top"/usertools/prometheus/*.yml "$config"
	# The demonstration is short: use short intervals.
	sed -i 's/_interval: 5s/_interval: 1s/' "$config/prometheus.yml"
	port=$(free_port)
	echo "- targets: [127.0.0.1:$port]" >"$config/prometheus-targets.yml"
	# Run the exporter by its descriptor: the user may have no access to the build folder.
	exec 9<"$build/app/dpdk-seqstat-exporter"
	if [ "$(id -u)" = 0 ]; then
		unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		chmod 711 "$folder"
	fi
	"${unprivileged[@]}" /dev/fd/9 --listen "127.0.0.1:$port" "$folder/run" \
		>"$config/exporter.log" 2>&1 </dev/null &
	exec 9<&-
	servers+=($!)
	port=$(free_port)
	prometheus --config.file="$config/prometheus.yml" --storage.tsdb.path="$config/data" \
		--web.listen-address="127.0.0.1:$port" >"$config/log" 2>&1 </dev/null &
	pid=$!
	servers+=("$pid")
	if ! wait_ready "http://127.0.0.1:$port/-/ready" "$pid"; then
		say "Prometheus does not answer; the end of its log:"
		tail -n 5 "$config/log"
		return
	fi
	address="http://127.0.0.1:$port/classic/graph?g0.range_input=1m&g0.tab=0&g0.expr=$(
		)sum%20by%20(port)(rate(dpdk_seqstat_l2fwd_rx_bytes_total%5B5s%5D))*8"
	say "Prometheus: $address"
}

# Show the statistics until the demonstration ends, or the user ends the view.
show_live()
{
	local watcher

	set +m # Start the view in the foreground; "wait" lets traps run.
	"${as[@]}" env RUNTIME_DIRECTORY="$folder" "$top/usertools/dpdk-seqstat-top.py" -f rte \
		</dev/tty &
	view_pid=$!
	set -m
	{
		tail --pid="$demo_pid" -f /dev/null
		"${as[@]}" kill "$view_pid" 2>/dev/null
	} &
	watcher=$!
	wait "$view_pid"
	view_pid=
	kill -- "-$watcher" 2>/dev/null
	! kill -0 "$demo_pid" 2>/dev/null || say "the traffic continues for a while"
}
