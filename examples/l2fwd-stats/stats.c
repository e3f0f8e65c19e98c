/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_seqstat_publish.h>

#include "stats.h"

/* Long enough for a preempted lcore to run again, unless the machine is overloaded. */
#define SNAPSHOT_TIMEOUT_US 100000

static const struct rte_seqstat_counter port_counters[STATS_N] = {
	{ "rx_packets", "packets", "Packets received." },
	{ "rx_bytes", "bytes", "Bytes received, with Ethernet header, without checksum." },
	{ "tx_packets", "packets", "Packets that the driver accepted." },
	{ "tx_bytes", "bytes", "Bytes of packets that the driver accepted." },
	{ "dropped_packets", "packets", "Packets that the driver refused." },
	{ "dropped_bytes", "bytes", "Bytes of packets that the driver refused." },
	{ "waiting_packets", "packets", "Packets in the tx buffer.", RTE_SEQSTAT_GAUGE },
	{ "waiting_bytes", "bytes", "Bytes of packets in the tx buffer.", RTE_SEQSTAT_GAUGE },
};

/* Both are 0 between sections: a packet received was sent, was dropped, or is waiting. */
static const int32_t packets_accounted[STATS_N] = {
	[STATS_RX_PACKETS] = 1, [STATS_TX_PACKETS] = -1,
	[STATS_DROPPED_PACKETS] = -1, [STATS_WAITING_PACKETS] = -1,
};
static const int32_t bytes_accounted[STATS_N] = {
	[STATS_RX_BYTES] = 1, [STATS_TX_BYTES] = -1,
	[STATS_DROPPED_BYTES] = -1, [STATS_WAITING_BYTES] = -1,
};
static const struct rte_seqstat_balance port_balances[] = {
	{ "packets", packets_accounted },
	{ "bytes", bytes_accounted },
};

static const struct rte_seqstat_counter latency_counters[] = {
	{ "latency", "ns", "From the poll that returned a packet until it was sent or dropped.",
		RTE_SEQSTAT_HISTOGRAM, &latency_ns },
};

static const struct rte_seqstat_counter poll_counters[] = {
	{ "polls", "polls", "Polls of the queue." },
	{ "empty_polls", "polls", "Polls that returned no packet." },
	{ "busy_cycles", "cycles", "TSC cycles of polls with packets, forwarding included." },
	{ "idle_cycles", "cycles", "TSC cycles of empty polls." },
	{ "packets_per_poll", "packets", "Packets that a poll returned, over polls with packets.",
		RTE_SEQSTAT_HISTOGRAM, &poll_packets },
	{ "cycles_per_packet", "cycles",
		"TSC cycles of a poll divided by its packets, over packets.",
		RTE_SEQSTAT_HISTOGRAM, &poll_cycles },
};

/* Each set has one row per port: a port has one rx queue. */
static const struct rte_seqstat_params set_params[N_SETS] = {
	[SET_PORTS] = {
		.name = "l2fwd",
		.labels = (const char *const []){ "port", NULL },
		.counters = port_counters,
		.n_counters = STATS_N,
		.balances = port_balances,
		.n_balances = RTE_DIM(port_balances),
	},
	[SET_LATENCY] = {
		.name = "l2fwd_latency",
		.labels = (const char *const []){ "port", NULL },
		.counters = latency_counters,
		.n_counters = RTE_DIM(latency_counters),
	},
	[SET_POLLS] = {
		.name = "l2fwd_poll",
		.labels = (const char *const []){ "port", "queue", NULL },
		.counters = poll_counters,
		.n_counters = RTE_DIM(poll_counters),
	},
};

static int
set_create(struct stats *stats, enum stats_set i, const struct ports *ports)
{
	struct rte_seqstat_params params = set_params[i];
	const char *queue = i == SET_POLLS ? "0" : NULL;
	uint16_t row;
	int ret;

	params.n_rows = ports->n;
	params.socket_id = SOCKET_ID_ANY;
	stats->sets[i] = rte_seqstat_create(&params);
	if (stats->sets[i] == NULL) {
		RTE_LOG(ERR, L2FWD, "Cannot create set %s: %s\n", params.name,
				rte_strerror(rte_errno));
		return -1;
	}
	for (row = 0; row < ports->n; row++) {
		const char *const values[] = { ports->port[row].name, queue, NULL };

		ret = rte_seqstat_row_label(stats->sets[i], row, values);
		if (ret < 0) {
			RTE_LOG(ERR, L2FWD, "Cannot label the row of %s: %s\n", values[0],
					rte_strerror(-ret));
			return -1;
		}
	}
	return 0;
}

int
stats_open(struct stats *stats, const struct ports *ports, const struct options *opt)
{
	struct rte_seqstat *set;
	int i, ret = 0;

	if (set_create(stats, SET_PORTS, ports) < 0 ||
			(opt->latency && set_create(stats, SET_LATENCY, ports) < 0) ||
			(opt->poll_stats && set_create(stats, SET_POLLS, ports) < 0))
		return -1;

	for (i = 0; i < N_SNAPSHOTS; i++) {
		set = stats->sets[i == POLLS ? SET_POLLS : SET_PORTS];
		if (set != NULL)
			stats->snap[i] = rte_seqstat_snapshot_create(set);
		if (set != NULL && stats->snap[i] == NULL) {
			RTE_LOG(ERR, L2FWD, "Cannot create a snapshot: %s\n",
					rte_strerror(rte_errno));
			return -1;
		}
	}
	stats_reset(stats);
	stats->since = "start";
	if (opt->publish != NULL)
		ret = rte_seqstat_publish_start_args(opt->publish);
	if (ret < 0)
		RTE_LOG(ERR, L2FWD, "Cannot publish '%s': %s\n", opt->publish,
				rte_strerror(-ret));
	return ret;
}

/* Subtract a snapshot from the latest one. */
static void
subtract(struct stats *stats, enum stats_snapshot diff, enum stats_snapshot older)
{
	if (rte_seqstat_snapshot_diff(stats->snap[diff], stats->snap[LATEST],
			stats->snap[older]) < 0)
		RTE_LOG(ERR, L2FWD, "Cannot compare snapshots\n");
}

void
stats_take(struct stats *stats)
{
	struct rte_seqstat_snapshot *const *snap = stats->snap;
	uint64_t port[STATS_N], queue[RTE_SEQSTAT_MAX_VALUES];
	int64_t unaccounted;
	uint32_t i;
	int ret;

	subtract(stats, STEP, NONE);
	/* On timeout, the values of a stale lcore are older, but balance, too. */
	ret = rte_seqstat_snapshot_take_all(snap, 1 + (snap[POLLS] != NULL), SNAPSHOT_TIMEOUT_US);
	if (ret < 0)
		RTE_LOG(WARNING, L2FWD, "Incomplete snapshot: %s\n", rte_strerror(-ret));
	subtract(stats, STEP, STEP);

	for (i = 0; rte_seqstat_snapshot_balance(snap[LATEST], i, &unaccounted) == 0; i++) {
		if (unaccounted == 0)
			continue;
		RTE_LOG(ERR, L2FWD, "INCONSISTENT SNAPSHOT: %" PRId64 " %s are unaccounted for\n",
				unaccounted, port_balances[i].name);
		stats->n_inconsistent++;
	}
	/*
	 * An lcore counts packets as received before it counts their poll, so a cut cannot have
	 * more polled than received. The values of a stale lcore are not from the cut.
	 */
	for (i = 0; ret == 0 && rte_seqstat_snapshot_total(snap[POLLS], i, queue) == 0; i++) {
		rte_seqstat_snapshot_total(snap[LATEST], i, port);
		if (queue[POLL_PACKETS_SUM] <= port[STATS_RX_PACKETS])
			continue;
		RTE_LOG(ERR, L2FWD, "INCONSISTENT SNAPSHOT: received %" PRIu64 ", polled %" PRIu64
				"\n", port[STATS_RX_PACKETS], queue[POLL_PACKETS_SUM]);
		stats->n_inconsistent++;
	}
}

void
stats_reset(struct stats *stats)
{
	stats_take(stats);
	/* An lcore that is missing in the base would be missing in all totals. */
	if (rte_seqstat_snapshot_flags(stats->snap[LATEST]) & RTE_SEQSTAT_UNREAD) {
		RTE_LOG(WARNING, L2FWD, "No reset: an lcore was never read\n");
		return;
	}
	subtract(stats, BASE, NONE);
	stats->since = "reset";
}

/* Print four lines: a port, an lcore, or the sums. */
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

/* Add up the rows of a writer; a writer that was never read has none. */
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
stats_print(struct stats *stats, bool per_lcore, bool last)
{
	const struct rte_seqstat_snapshot *total = stats->snap[TOTAL];
	const struct rte_seqstat_snapshot *step = last ? total : stats->snap[STEP];
	uint64_t all[STATS_N] = { 0 }, all_step[STATS_N] = { 0 };
	uint64_t row[STATS_N], row_step[STATS_N];
	double hz = rte_get_tsc_hz(), seconds;
	struct rte_seqstat_writer_info info;
	struct rte_seqstat_labels labels;
	char lcore[32];
	uint32_t i;

	subtract(stats, TOTAL, BASE);
	seconds = RTE_MAX(rte_seqstat_snapshot_tsc(step), UINT64_C(1)) / hz;
	printf("l2fwd: %.1f s since the %s, rates over %.1f s\n",
			rte_seqstat_snapshot_tsc(total) / hz, stats->since, seconds);
	printf("%-26s%16s%16s%13s%9s\n", "", "received", "sent", "dropped", "waiting");
	for (i = 0; rte_seqstat_row_labels_get(stats->sets[SET_PORTS], i, &labels) == 0; i++) {
		rte_seqstat_snapshot_total(total, i, row);
		rte_seqstat_snapshot_total(step, i, row_step);
		part_print(labels.values[0], row, row_step, seconds);
	}
	for (i = 0; rte_seqstat_snapshot_writer_info(total, i, &info) == 0; i++) {
		uint64_t own[STATS_N] = { 0 }, own_step[STATS_N] = { 0 };

		writer_add(own, total, i);
		writer_add(own_step, step, i);
		writer_add(all, total, i);
		writer_add(all_step, step, i);
		snprintf(lcore, sizeof(lcore), "lcore %u", info.lcore_id);
		if (per_lcore && info.lcore_id != LCORE_ID_ANY)
			part_print(lcore, own, own_step, seconds);
	}
	part_print("all ports", all, all_step, seconds);
	printf("\n");
	fflush(stdout);
}

void
stats_close(struct stats *stats)
{
	int i;

	rte_seqstat_publish_stop();
	for (i = 0; i < N_SNAPSHOTS; i++)
		rte_seqstat_snapshot_free(stats->snap[i]);
	for (i = 0; i < N_SETS; i++)
		if (rte_seqstat_free(stats->sets[i]) != 0)
			RTE_LOG(WARNING, L2FWD, "Cannot free set %s\n", set_params[i].name);
}
