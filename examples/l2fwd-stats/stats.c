/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include "stats.h"

/* A preempted lcore runs again by then, unless the machine is overloaded. */
#define SNAPSHOT_TIMEOUT_US 100000

static const struct rte_seqstat_counter port_counters[STATS_N] = {
	{ .name = "rx_packets", .unit = "packets", .help = "Packets received." },
	{ .name = "rx_bytes", .unit = "bytes",
		.help = "Bytes received, with Ethernet header, without checksum." },
	{ .name = "tx_packets", .unit = "packets", .help = "Packets that the driver accepted." },
	{ .name = "tx_bytes", .unit = "bytes",
		.help = "Bytes of packets that the driver accepted." },
	{ .name = "dropped_packets", .unit = "packets",
		.help = "Packets that the driver refused." },
	{ .name = "dropped_bytes", .unit = "bytes",
		.help = "Bytes of packets that the driver refused." },
	{ .name = "waiting_packets", .unit = "packets", .type = RTE_SEQSTAT_GAUGE,
		.help = "Packets in the tx buffer." },
	{ .name = "waiting_bytes", .unit = "bytes", .type = RTE_SEQSTAT_GAUGE,
		.help = "Bytes of packets in the tx buffer." },
};

/* Both are 0 between any two sections: what was received was sent, dropped, or waits. */
static const struct rte_seqstat_balance port_balances[] = {
	{ "packets", (const int32_t[STATS_N]){
		[STATS_RX_PACKETS] = 1, [STATS_TX_PACKETS] = -1,
		[STATS_DROPPED_PACKETS] = -1, [STATS_WAITING_PACKETS] = -1 } },
	{ "bytes", (const int32_t[STATS_N]){
		[STATS_RX_BYTES] = 1, [STATS_TX_BYTES] = -1,
		[STATS_DROPPED_BYTES] = -1, [STATS_WAITING_BYTES] = -1 } },
};

static const struct rte_seqstat_counter poll_counters[] = {
	{ .name = "polls", .unit = "polls", .help = "Polls of the queue." },
	{ .name = "empty_polls", .unit = "polls", .help = "Polls that returned no packet." },
	{ .name = "busy_cycles", .unit = "cycles",
		.help = "TSC cycles of polls with packets, forwarding included." },
	{ .name = "idle_cycles", .unit = "cycles", .help = "TSC cycles of empty polls." },
	{ .name = "packets_per_poll", .unit = "packets", .type = RTE_SEQSTAT_HISTOGRAM,
		.n_bounds = POLL_PACKETS_BOUNDS,
		.help = "Packets that a poll returned, over polls with packets." },
	{ .name = "cycles_per_packet", .unit = "cycles", .type = RTE_SEQSTAT_HISTOGRAM,
		.n_bounds = POLL_CYCLES_BOUNDS,
		.help = "TSC cycles of a poll divided by its packets, over packets." },
};

/* Create a set with a row for each port, named after the device and a suffix. */
static struct rte_seqstat *
set_create(const struct rte_seqstat_params *params, const struct ports *ports, const char *suffix)
{
	struct rte_seqstat *set = rte_seqstat_create(params);
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	uint16_t i;
	int ret;

	if (set == NULL) {
		LOG(ERR, "cannot create the set %s: %s\n", params->name, rte_strerror(rte_errno));
		return NULL;
	}
	for (i = 0; i < ports->n; i++) {
		snprintf(name, sizeof(name), "%s%s", ports->port[i].name, suffix);
		ret = rte_seqstat_row_name_set(set, i, name);
		if (ret < 0) {
			LOG(ERR, "cannot name the row of %s: %s\n", name, rte_strerror(-ret));
			rte_seqstat_free(set);
			return NULL;
		}
	}
	return set;
}

int
stats_open(struct stats *stats, const struct ports *ports, bool poll_stats)
{
	struct rte_seqstat_params params = {
		.name = "l2fwd",
		.counters = port_counters,
		.n_counters = STATS_N,
		.n_rows = ports->n,
		.row_label = "port",
		.socket_id = SOCKET_ID_ANY,
		.balances = port_balances,
		.n_balances = RTE_DIM(port_balances),
	};

	*stats = (struct stats){ .set = set_create(&params, ports, "") };
	if (stats->set == NULL)
		return -1;
	if (poll_stats) {
		params.name = "l2fwd_poll";
		params.counters = poll_counters;
		params.n_counters = RTE_DIM(poll_counters);
		params.row_label = "queue";
		params.n_balances = 0;
		stats->poll_set = set_create(&params, ports, ":0");
		if (stats->poll_set == NULL)
			return -1;
		stats->polls = rte_seqstat_snapshot_create(stats->poll_set);
	}
	stats->latest = rte_seqstat_snapshot_create(stats->set);
	stats->base = rte_seqstat_snapshot_create(stats->set);
	stats->total = rte_seqstat_snapshot_create(stats->set);
	stats->step = rte_seqstat_snapshot_create(stats->set);
	stats->none = rte_seqstat_snapshot_create(stats->set);
	if (stats->latest == NULL || stats->base == NULL || stats->total == NULL ||
			stats->step == NULL || stats->none == NULL ||
			(stats->polls == NULL && poll_stats)) {
		LOG(ERR, "cannot create a snapshot: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	stats_reset(stats);
	stats->was_reset = false;
	return 0;
}

static void
subtract(struct rte_seqstat_snapshot *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	int ret = rte_seqstat_snapshot_diff(diff, newer, older);

	if (ret < 0)
		LOG(ERR, "cannot subtract snapshots: %s\n", rte_strerror(-ret));
}

/* Add the rows of a writer: none if it was never read. */
static void
writer_add(uint64_t *sum, const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	const uint64_t *values;
	uint32_t row;
	int i;

	for (row = 0; (values = rte_seqstat_snapshot_row(snap, writer, row)) != NULL; row++)
		for (i = 0; i < STATS_N; i++)
			sum[i] += values[i];
}

void
stats_take(struct stats *stats)
{
	struct rte_seqstat_snapshot *const both[] = { stats->latest, stats->polls };
	uint64_t port[STATS_N], queue[RTE_SEQSTAT_MAX_VALUES];
	int64_t unaccounted;
	uint32_t i;
	int ret;

	subtract(stats->step, stats->latest, stats->none);
	/* An lcore that misses the timeout keeps its former values: they balance as well. */
	ret = rte_seqstat_snapshot_take_all(both, 1 + (stats->polls != NULL), SNAPSHOT_TIMEOUT_US);
	if (ret < 0)
		LOG(WARNING, "incomplete snapshot: %s\n", rte_strerror(-ret));
	subtract(stats->step, stats->latest, stats->step);
	subtract(stats->total, stats->latest, stats->base);

	for (i = 0; rte_seqstat_snapshot_balance(stats->latest, i, &unaccounted) == 0; i++) {
		if (unaccounted == 0)
			continue;
		LOG(ERR, "INCONSISTENT SNAPSHOT: %" PRId64 " %s are unaccounted for\n",
				unaccounted, port_balances[i].name);
		stats->n_inconsistent++;
	}
	/* A poll's packets are counted as received first; a stale writer shows another time. */
	for (i = 0; ret == 0 && rte_seqstat_snapshot_total(stats->polls, i, queue) == 0; i++) {
		rte_seqstat_snapshot_total(stats->latest, i, port);
		if (queue[POLL_PACKETS_SUM] <= port[STATS_RX_PACKETS])
			continue;
		LOG(ERR, "INCONSISTENT SNAPSHOT: received %" PRIu64 ", polled %" PRIu64 "\n",
				port[STATS_RX_PACKETS], queue[POLL_PACKETS_SUM]);
		stats->n_inconsistent++;
	}
}

void
stats_reset(struct stats *stats)
{
	stats_take(stats);
	/* A base without an lcore would leave it out of all totals. */
	if (rte_seqstat_snapshot_flags(stats->latest) & RTE_SEQSTAT_UNREAD) {
		LOG(WARNING, "no reset: an lcore was never read\n");
		return;
	}
	subtract(stats->base, stats->latest, stats->none);
	subtract(stats->total, stats->latest, stats->base);
	stats->was_reset = true;
}

/* Print the lines of a port, an lcore, or all ports. */
static void
part_print(const char *label, const uint64_t *total, const uint64_t *step, double seconds)
{
	static const char *const unit[] = { "packets", "bytes" };
	static const char *const rate[] = { "packets/s", "bytes/s" };
	int i;

	for (i = 0; i < 2; i++) {
		printf("%-16s %-9s%16" PRIu64 "%16" PRIu64 "%13" PRIu64 "%9" PRIu64 "\n",
				i == 0 ? label : "", unit[i], total[STATS_RX_PACKETS + i],
				total[STATS_TX_PACKETS + i], total[STATS_DROPPED_PACKETS + i],
				total[STATS_WAITING_PACKETS + i]);
		printf("%-16s %-9s%16.0f%16.0f%13.0f\n", "", rate[i],
				(double)step[STATS_RX_PACKETS + i] / seconds,
				(double)step[STATS_TX_PACKETS + i] / seconds,
				(double)step[STATS_DROPPED_PACKETS + i] / seconds);
	}
}

void
stats_print(struct stats *stats, bool per_lcore, bool last)
{
	const struct rte_seqstat_snapshot *total = stats->total;
	const struct rte_seqstat_snapshot *step = last ? total : stats->step;
	uint64_t all[STATS_N] = { 0 }, all_step[STATS_N] = { 0 };
	struct rte_seqstat_writer_info info;
	char label[RTE_SEQSTAT_ROW_NAMESIZE];
	double hz = rte_get_tsc_hz();
	double seconds = RTE_MAX(rte_seqstat_snapshot_tsc(step), UINT64_C(1)) / hz;
	uint32_t i;

	printf("l2fwd: %.1f s since the %s, rates over %.1f s\n",
			rte_seqstat_snapshot_tsc(total) / hz, stats->was_reset ? "reset" : "start",
			seconds);
	printf("%-26s%16s%16s%13s%9s\n", "", "received", "sent", "dropped", "waiting");
	for (i = 0; rte_seqstat_row_name_get(stats->set, i, label) == 0; i++) {
		uint64_t row[STATS_N], row_step[STATS_N];

		rte_seqstat_snapshot_total(total, i, row);
		rte_seqstat_snapshot_total(step, i, row_step);
		part_print(label, row, row_step, seconds);
	}
	for (i = 0; rte_seqstat_snapshot_writer_info(total, i, &info) == 0; i++) {
		uint64_t own[STATS_N] = { 0 }, own_step[STATS_N] = { 0 };

		writer_add(own, total, i);
		writer_add(own_step, step, i);
		writer_add(all, total, i);
		writer_add(all_step, step, i);
		snprintf(label, sizeof(label), "lcore %u", info.lcore_id);
		if (per_lcore && info.lcore_id != LCORE_ID_ANY)
			part_print(label, own, own_step, seconds);
	}
	part_print("all ports", all, all_step, seconds);
	printf("\n");
	fflush(stdout);
}

void
stats_close(struct stats *stats)
{
	int ret;

	rte_seqstat_snapshot_free(stats->polls);
	rte_seqstat_snapshot_free(stats->latest);
	rte_seqstat_snapshot_free(stats->base);
	rte_seqstat_snapshot_free(stats->total);
	rte_seqstat_snapshot_free(stats->step);
	rte_seqstat_snapshot_free(stats->none);
	ret = rte_seqstat_free(stats->poll_set);
	if (ret == 0)
		ret = rte_seqstat_free(stats->set);
	if (ret < 0)
		LOG(WARNING, "a set was not freed: %s\n", rte_strerror(-ret));
}
