/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef POLL_STATS_H
#define POLL_STATS_H

#include <stdint.h>

#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_seqstat.h>

#include "ports.h"

/* Upper bounds, powers of two: 1 to MAX_BURST packets, 1 to 32768 cycles. */
#define POLL_PACKETS_BOUNDS 6
#define POLL_CYCLES_BOUNDS 16

/* The values of a row, which stands for a queue. */
enum poll_stats_value {
	POLL_POLLS,
	POLL_EMPTY_POLLS,
	POLL_BUSY_CYCLES,
	POLL_IDLE_CYCLES,
	POLL_PACKETS_PER_POLL, /* A histogram of the polls that were not empty. */
	POLL_PACKETS = POLL_PACKETS_PER_POLL + POLL_PACKETS_BOUNDS + 1, /* Its sum. */
	POLL_CYCLES_PER_PACKET, /* A histogram of the packets. */
	POLL_CYCLES = POLL_CYCLES_PER_PACKET + POLL_CYCLES_BOUNDS + 1, /* Its sum. */
	POLL_STATS_N,
};

/*
 * What an lcore has not yet added to the set, of the queues that it polls in rounds: so
 * that one look at the TSC does for all queues, and nothing is divided in each round.
 */
struct poll_stats {
	unsigned int n_queues;
	uint64_t idle_rounds; /* Without a packet from any queue. */
	uint64_t idle_cycles; /* Of these; shared by the queues. */
	/* Of the other rounds, by their bucket; shared by the packets that this has. */
	uint64_t busy_cycles[POLL_CYCLES_BOUNDS + 1];
	struct {
		uint32_t row;
		uint64_t value[POLL_STATS_N];
	} queue[MAX_PORTS_PER_LCORE];
};

/* Make the set "l2fwd_poll", a row per queue in the order of ports. Returns NULL and says why. */
struct rte_seqstat *poll_stats_create(const struct ports *ports);

/* The lowest power of two that, times the packets, is not below the cycles; as its exponent. */
static inline unsigned int
poll_stats_bucket(uint64_t cycles, unsigned int n_packets)
{
	unsigned int length = rte_fls_u64(cycles), n_length = rte_fls_u32(n_packets);
	unsigned int bucket;

	if (length < n_length)
		return 0;
	/* As many bits as the cycles have: one more bit is surely enough. */
	bucket = length - n_length;
	bucket += ((uint64_t)n_packets << bucket) < cycles;
	return RTE_MIN(bucket, (unsigned int)POLL_CYCLES_BOUNDS);
}

/* Count a round, where nobody else reads: how many packets each queue returned, and the sum. */
static inline void
poll_stats_count(struct poll_stats *polls, const uint16_t *n_packets, unsigned int sum,
		uint64_t cycles)
{
	unsigned int i, bucket, n;
	uint64_t *value;

	if (sum == 0) {
		polls->idle_rounds++;
		polls->idle_cycles += cycles;
		return;
	}
	bucket = poll_stats_bucket(cycles, sum);
	polls->busy_cycles[bucket] += cycles;
	for (i = 0; i < polls->n_queues; i++) {
		value = polls->queue[i].value;
		n = n_packets[i];
		if (n == 0) {
			value[POLL_EMPTY_POLLS]++;
			continue;
		}
		value[POLL_PACKETS_PER_POLL + rte_fls_u32(n - 1)]++;
		value[POLL_CYCLES_PER_PACKET + bucket] += n;
	}
}

/* Add to the set what was counted since the last time, in one section. */
void poll_stats_flush(struct poll_stats *polls, struct rte_seqstat_writer *writer);

#endif /* POLL_STATS_H */
