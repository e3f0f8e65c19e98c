/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "poll_stats.h"
#include "stats.h"

static const struct rte_seqstat_counter counters[] = {
	{
		.name = "polls",
		.unit = "polls",
		.help = "Times that the queue was asked for packets.",
	},
	{
		.name = "empty_polls",
		.unit = "polls",
		.help = "Polls that returned no packet.",
	},
	{
		.name = "busy_cycles",
		.unit = "cycles",
		.help = "TSC cycles of rounds over all queues with packets, shared.",
	},
	{
		.name = "idle_cycles",
		.unit = "cycles",
		.help = "TSC cycles of rounds over all queues without packets, shared.",
	},
	{
		.name = "packets_per_poll",
		.unit = "packets",
		.help = "Packets that a poll returned, of polls that were not empty.",
		.type = RTE_SEQSTAT_HISTOGRAM,
		.n_bounds = POLL_PACKETS_BOUNDS,
	},
	{
		.name = "cycles_per_packet",
		.unit = "cycles",
		.help = "TSC cycles for a packet: those of its round, shared by all packets.",
		.type = RTE_SEQSTAT_HISTOGRAM,
		.n_bounds = POLL_CYCLES_BOUNDS,
	},
};

struct rte_seqstat *
poll_stats_create(const struct ports *ports)
{
	const struct rte_seqstat_params params = {
		.name = "l2fwd_poll",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = ports->n,
		.row_label = "queue",
		.socket_id = SOCKET_ID_ANY,
	};

	return stats_set_create(&params, ports, ":0");
}

static uint64_t
sum(const uint64_t *values, unsigned int n)
{
	uint64_t result = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		result += values[i];
	return result;
}

/* Take a share, so that what the last one takes leaves nothing over. */
static uint64_t
take_share(uint64_t *left, uint64_t share, uint64_t of)
{
	uint64_t taken = *left * share / of;

	*left -= taken;
	return taken;
}

/*
 * Give the packets of a bucket their cycles. Rounds of one bucket are alike: so each
 * queue's sum of cycles lies within the bounds of its histogram.
 */
static void
bucket_share(struct poll_stats *polls, unsigned int bucket)
{
	uint64_t n, n_packets = 0;
	unsigned int i;

	for (i = 0; i < polls->n_queues; i++)
		n_packets += polls->queue[i].value[POLL_CYCLES_PER_PACKET + bucket];
	for (i = 0; n_packets > 0; i++) {
		n = polls->queue[i].value[POLL_CYCLES_PER_PACKET + bucket];
		polls->queue[i].value[POLL_CYCLES] +=
			take_share(&polls->busy_cycles[bucket], n, n_packets);
		n_packets -= n;
	}
}

/* Put together what follows from what poll_stats_count() counts. */
static void
polls_complete(struct poll_stats *polls)
{
	unsigned int i;

	for (i = 0; i <= POLL_CYCLES_BOUNDS; i++)
		if (polls->busy_cycles[i] > 0)
			bucket_share(polls, i);
	for (i = 0; i < polls->n_queues; i++) {
		uint64_t *value = polls->queue[i].value;

		value[POLL_PACKETS] = sum(&value[POLL_CYCLES_PER_PACKET], POLL_CYCLES_BOUNDS + 1);
		value[POLL_EMPTY_POLLS] += polls->idle_rounds;
		value[POLL_POLLS] = value[POLL_EMPTY_POLLS] +
			sum(&value[POLL_PACKETS_PER_POLL], POLL_PACKETS_BOUNDS + 1);
		value[POLL_BUSY_CYCLES] = value[POLL_CYCLES];
		value[POLL_IDLE_CYCLES] = take_share(&polls->idle_cycles, 1, polls->n_queues - i);
	}
	polls->idle_rounds = 0;
}

static void
row_flush(struct rte_seqstat_row *row, uint64_t *value)
{
	unsigned int i;

	for (i = 0; i < POLL_STATS_N; i++) {
		rte_seqstat_add(row, i, value[i]);
		value[i] = 0;
	}
}

void
poll_stats_flush(struct poll_stats *polls, struct rte_seqstat_writer *writer)
{
	struct rte_seqstat_section sec;
	unsigned int i;

	polls_complete(polls);
	sec = rte_seqstat_write_begin(writer);
	for (i = 0; i < polls->n_queues; i++)
		row_flush(rte_seqstat_row_stride(&sec, polls->queue[i].row,
				RTE_SEQSTAT_STRIDE(POLL_STATS_N)), polls->queue[i].value);
	rte_seqstat_write_end(&sec);
}
