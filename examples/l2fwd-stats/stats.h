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

/* Upper bounds of the histograms, powers of two: 1 to MAX_BURST packets, 1 to 32768 cycles. */
#define POLL_PACKETS_BOUNDS 6
#define POLL_CYCLES_BOUNDS 16

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

struct stats_amount {
	uint64_t packets;
	uint64_t bytes;
};

/* A burst between two ports: received from one, the rest at the other. */
struct stats_burst {
	struct stats_amount received;
	struct stats_amount sent;
	struct stats_amount dropped;
	struct stats_amount waiting; /* After the burst. */
};

/* Empty polls of a queue that its row does not hold yet. */
struct stats_idle {
	uint64_t polls;
	uint64_t cycles;
};

/* Count a burst in one section, so that every snapshot balances. */
static inline void
stats_count_burst(struct rte_seqstat_writer *writer, uint32_t rx_row, uint32_t tx_row,
		const struct stats_burst *burst)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, rx_row);

	rte_seqstat_add(row, STATS_RX_PACKETS, burst->received.packets);
	rte_seqstat_add(row, STATS_RX_BYTES, burst->received.bytes);

	row = rte_seqstat_row(&sec, tx_row);
	rte_seqstat_add(row, STATS_TX_PACKETS, burst->sent.packets);
	rte_seqstat_add(row, STATS_TX_BYTES, burst->sent.bytes);
	if (unlikely(burst->dropped.packets > 0)) {
		rte_seqstat_add(row, STATS_DROPPED_PACKETS, burst->dropped.packets);
		rte_seqstat_add(row, STATS_DROPPED_BYTES, burst->dropped.bytes);
	}
	rte_seqstat_gauge_set(row, STATS_WAITING_PACKETS, burst->waiting.packets);
	rte_seqstat_gauge_set(row, STATS_WAITING_BYTES, burst->waiting.bytes);
	rte_seqstat_end(&sec);
}

/* Count a poll that returned n packets, and the empty polls before it. */
static inline void
stats_count_poll(struct rte_seqstat_writer *writer, uint32_t queue, const struct stats_idle *idle,
		unsigned int n, uint64_t cycles)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, queue);
	int bucket;

	rte_seqstat_add(row, POLL_POLLS, idle->polls + (n > 0));
	rte_seqstat_add(row, POLL_EMPTY_POLLS, idle->polls);
	rte_seqstat_add(row, POLL_IDLE_CYCLES, idle->cycles);
	if (n > 0) {
		rte_seqstat_add(row, POLL_BUSY_CYCLES, cycles);
		rte_seqstat_observe_pow2(row, POLL_PACKETS_PER_POLL, POLL_PACKETS_BOUNDS, n);
		/* Each packet took cycles / n: n observations, found without a division. */
		bucket = RTE_MAX((int)rte_fls_u64(cycles) - (int)rte_fls_u32(n), 0);
		bucket += ((uint64_t)n << bucket) < cycles;
		bucket = RTE_MIN(bucket, POLL_CYCLES_BOUNDS);
		rte_seqstat_add(row, POLL_CYCLES_PER_PACKET + bucket, n);
		rte_seqstat_add(row, POLL_CYCLES_SUM, cycles);
	}
	rte_seqstat_end(&sec);
}

/* The sets, and snapshots of the set "l2fwd" for the table. */
struct stats {
	struct rte_seqstat *set;
	struct rte_seqstat *poll_set;       /* NULL: do not count polls. */
	struct rte_seqstat_snapshot *latest;
	struct rte_seqstat_snapshot *polls; /* Of poll_set, in one cut with the latest. */
	struct rte_seqstat_snapshot *base;  /* The latest at the start or at the last reset. */
	struct rte_seqstat_snapshot *total; /* From the base to the latest. */
	struct rte_seqstat_snapshot *step;  /* From the snapshot before to the latest. */
	struct rte_seqstat_snapshot *none;  /* Empty: the difference to it is a copy. */
	bool was_reset;
	uint64_t n_inconsistent;            /* Failed checks of snapshots. */
};

/*
 * Create the sets, with a row for each port, and the snapshot objects.
 * Return 0, or -1 after logging what failed; call stats_close() in both cases.
 */
int stats_open(struct stats *stats, const struct ports *ports, bool poll_stats);

/* Take a snapshot of both sets in one cut, and check that everything is accounted for. */
void stats_take(struct stats *stats);

/* Take a snapshot and start totals from it. No writer and no other reader notices. */
void stats_reset(struct stats *stats);

/* Print totals, and rates over the step or, in the last table, over the total. */
void stats_print(struct stats *stats, bool per_lcore, bool last);

void stats_close(struct stats *stats);

#endif /* STATS_H */
