/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_seqstat.h>

#include "ports.h"

/* The values of a row of the set "l2fwd": a port. Bytes follow their packets. */
enum stats_value {
	STATS_RX_PACKETS,
	STATS_RX_BYTES,
	STATS_TX_PACKETS,
	STATS_TX_BYTES,
	STATS_DROPPED_PACKETS,
	STATS_DROPPED_BYTES,
	STATS_WAITING_PACKETS, /* Gauges: in the tx buffer. */
	STATS_WAITING_BYTES,
	STATS_N,
};

/* The bounds of the histograms are powers of two: 1 to MAX_BURST packets, 1 to 32768 cycles. */
#define POLL_PACKETS_BOUNDS RTE_SEQSTAT_LOG_BOUNDS(0, 5)
#define POLL_CYCLES_BOUNDS RTE_SEQSTAT_LOG_BOUNDS(0, 15)

static const struct rte_seqstat_buckets poll_packets = RTE_SEQSTAT_BUCKETS_LOG(0, 5);
static const struct rte_seqstat_buckets poll_cycles = RTE_SEQSTAT_BUCKETS_LOG(0, 15);

/* The values of a row of the set "l2fwd_poll": an rx queue. */
enum poll_value {
	POLL_POLLS,
	POLL_EMPTY_POLLS,
	POLL_BUSY_CYCLES,
	POLL_IDLE_CYCLES,
	POLL_PACKETS_PER_POLL,
	POLL_PACKETS_SUM = POLL_PACKETS_PER_POLL + POLL_PACKETS_BOUNDS + 1,
	POLL_CYCLES_PER_PACKET = POLL_PACKETS_PER_POLL +
		RTE_SEQSTAT_HISTOGRAM_SIZE(POLL_PACKETS_BOUNDS),
	POLL_CYCLES_SUM = POLL_CYCLES_PER_PACKET + POLL_CYCLES_BOUNDS + 1,
};

/* The values of a row of the set "l2fwd_latency" are one histogram, from 1 ns to 17 s. */
static const struct rte_seqstat_buckets latency_ns = RTE_SEQSTAT_BUCKETS_LOG(4, 34);

enum stats_set {
	SET_PORTS,   /* "l2fwd" */
	SET_LATENCY, /* "l2fwd_latency" */
	SET_POLLS,   /* "l2fwd_poll" */
	N_SETS,
};

/* Snapshots, all but the polls of the set "l2fwd". */
enum stats_snapshot {
	LATEST,
	POLLS, /* Of "l2fwd_poll", in one cut with the latest. */
	BASE,  /* The latest at the start or at the last reset. */
	TOTAL, /* From the base to the latest. */
	STEP,  /* From the snapshot before to the latest. */
	NONE,  /* Empty: the difference to it is a copy. */
	N_SNAPSHOTS,
};

struct stats {
	struct rte_seqstat *sets[N_SETS];  /* NULL: do not count. */
	struct rte_seqstat_snapshot *snap[N_SNAPSHOTS];
	bool was_reset;
	uint64_t n_inconsistent;           /* Failed checks of snapshots. */
};

/*
 * Create the sets, with a row for each port, and the snapshot objects; publish if asked to.
 * Return 0, or -1 after logging what failed; call stats_close() in both cases.
 */
int stats_open(struct stats *stats, const struct ports *ports, const struct options *opt);

/* Take a snapshot of ports and polls in one cut, and check that everything is accounted for. */
void stats_take(struct stats *stats);

/* Take a snapshot and start totals from it. No writer and no other reader notices. */
void stats_reset(struct stats *stats);

/* Print totals, and rates over the step or, in the last table, over the total. */
void stats_print(struct stats *stats, bool per_lcore, bool last);

void stats_close(struct stats *stats);

#endif /* STATS_H */
