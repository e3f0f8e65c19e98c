/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_seqstat.h>

#include "ports.h"

/* Values of a row of the set "l2fwd". Bytes follow packets: part_print() relies on it. */
enum stats_value {
	STATS_RX_PACKETS,
	STATS_RX_BYTES,
	STATS_TX_PACKETS,
	STATS_TX_BYTES,
	STATS_DROPPED_PACKETS,
	STATS_DROPPED_BYTES,
	STATS_WAITING_PACKETS, /* In the tx buffer: gauges. */
	STATS_WAITING_BYTES,
	STATS_N,
};

/* Histograms with powers of two as bounds: 1 to MAX_BURST packets, 1 to 32768 cycles. */
static const struct rte_seqstat_buckets poll_packets = RTE_SEQSTAT_BUCKETS_LOG(0, 5);
static const struct rte_seqstat_buckets poll_cycles = RTE_SEQSTAT_BUCKETS_LOG(0, 15);

/* Values of a row of the set "l2fwd_poll"; a histogram has several, the last is its sum. */
enum poll_value {
	POLL_POLLS,
	POLL_EMPTY_POLLS,
	POLL_BUSY_CYCLES,
	POLL_IDLE_CYCLES,
	POLL_PACKETS_PER_POLL,
	POLL_CYCLES_PER_PACKET = POLL_PACKETS_PER_POLL +
		RTE_SEQSTAT_HISTOGRAM_SIZE(RTE_SEQSTAT_LOG_BOUNDS(0, 5)),
	POLL_PACKETS_SUM = POLL_CYCLES_PER_PACKET - 1,
};

/* A row of the set "l2fwd_latency" is one histogram, from 1 ns to 17 s. */
static const struct rte_seqstat_buckets latency_ns = RTE_SEQSTAT_BUCKETS_LOG(4, 34);

enum stats_set {
	SET_PORTS,   /* "l2fwd" */
	SET_LATENCY, /* "l2fwd_latency" */
	SET_POLLS,   /* "l2fwd_poll" */
	N_SETS,
};

/* Snapshots: POLLS of the set "l2fwd_poll", the others of the set "l2fwd". */
enum stats_snapshot {
	LATEST,
	POLLS, /* Taken in one cut with LATEST. */
	BASE,  /* LATEST at the start or at the last reset. */
	TOTAL, /* LATEST minus BASE. */
	STEP,  /* LATEST minus the one before. */
	NONE,  /* Never taken: LATEST minus NONE is a copy of LATEST. */
	N_SNAPSHOTS,
};

struct stats {
	struct rte_seqstat *sets[N_SETS]; /* NULL: the set is disabled. */
	struct rte_seqstat_snapshot *snap[N_SNAPSHOTS];
	const char *since; /* What took BASE: "start" or "reset". */
	unsigned int n_inconsistent; /* Failed checks of snapshots. */
};

/*
 * Create the sets and snapshots in a zeroed object, and publish them if the options say so.
 * Return 0, or -1 after logging an error; call stats_close() in both cases.
 */
int stats_open(struct stats *stats, const struct ports *ports, const struct options *opt);

/* Take a snapshot of ports and polls in one cut, and check its balances. */
void stats_take(struct stats *stats);

/* Take a snapshot as the base of totals. Writers and other readers are not affected. */
void stats_reset(struct stats *stats);

/* Print totals and rates: rates since the snapshot before, in the last table since the base. */
void stats_print(struct stats *stats, bool per_lcore, bool last);

void stats_close(struct stats *stats);

#endif /* STATS_H */
