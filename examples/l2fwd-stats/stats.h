/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_seqstat.h>

#include "ports.h"

/* The counters of a row, which stands for a port. Bytes follow their packets. */
enum stats_counter {
	STATS_RX_PACKETS,
	STATS_RX_BYTES,
	STATS_TX_PACKETS,
	STATS_TX_BYTES,
	STATS_DROPPED_PACKETS,
	STATS_DROPPED_BYTES,
	STATS_WAITING_PACKETS, /* A gauge: packets in the tx buffer. */
	STATS_N,
};

struct stats_amount {
	uint64_t packets;
	uint64_t bytes;
};

/* What became of packets on their way out of a port, since the section before. */
struct stats_tx {
	struct stats_amount sent;
	struct stats_amount dropped;
	uint64_t waiting; /* Packets. */
};

/*
 * Make a set, its rows named after the ports' devices and what is to follow those names.
 * Returns NULL and says why.
 */
struct rte_seqstat *stats_set_create(const struct rte_seqstat_params *params,
		const struct ports *ports, const char *name_end);

/* Make the set "l2fwd", a row per port in the order of the list. Returns NULL and says why. */
struct rte_seqstat *stats_create(const struct ports *ports);

/* Free a set, when those who still read it have finished. */
void stats_free(struct rte_seqstat *set);

/* Sum up what a writer of a snapshot counted, over all rows, into STATS_N values. */
void stats_lcore_sum(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t *sum);

/* Sum up a snapshot over all writers and rows, into STATS_N values. */
void stats_sum(const struct rte_seqstat_snapshot *snap, uint64_t *sum);

/*
 * Check what holds between any two sections, so in every snapshot: what an lcore received, it
 * has sent, dropped, or waiting. Returns whether it holds, for each lcore and over all, and logs
 * where it does not.
 */
bool stats_check(const struct rte_seqstat_snapshot *snap);

static inline void
stats_tx_add(const struct rte_seqstat_section *sec, uint32_t row, const struct stats_tx *tx)
{
	struct rte_seqstat_row *r = rte_seqstat_row_stride(sec, row, RTE_SEQSTAT_STRIDE(STATS_N));

	rte_seqstat_add2(r, STATS_TX_PACKETS, tx->sent.packets, tx->sent.bytes);
	if (unlikely(tx->dropped.packets > 0))
		rte_seqstat_add2(r, STATS_DROPPED_PACKETS, tx->dropped.packets, tx->dropped.bytes);
	rte_seqstat_set(r, STATS_WAITING_PACKETS, tx->waiting);
}

/* Count a received burst and what became of it, and of the packets that waited before it. */
static inline void
stats_count_burst(struct rte_seqstat_writer *writer, uint32_t rx_row,
		const struct stats_amount *received, uint32_t tx_row, const struct stats_tx *tx)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(writer);
	struct rte_seqstat_row *row = rte_seqstat_row_stride(&sec, rx_row,
			RTE_SEQSTAT_STRIDE(STATS_N));

	rte_seqstat_add2(row, STATS_RX_PACKETS, received->packets, received->bytes);
	stats_tx_add(&sec, tx_row, tx);
	rte_seqstat_write_end(&sec);
}

/* Count what became of packets that waited. */
static inline void
stats_count_drain(struct rte_seqstat_writer *writer, uint32_t tx_row, const struct stats_tx *tx)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(writer);

	stats_tx_add(&sec, tx_row, tx);
	rte_seqstat_write_end(&sec);
}

#endif /* STATS_H */
