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

/* Put together what follows from what poll_stats_count() counts. */
static void
row_complete(uint64_t *value, uint64_t idle_rounds, uint64_t idle_cycles)
{
	unsigned int i;

	value[POLL_EMPTY_POLLS] += idle_rounds;
	value[POLL_IDLE_CYCLES] = idle_cycles;
	value[POLL_BUSY_CYCLES] = value[POLL_CYCLES];
	value[POLL_POLLS] = value[POLL_EMPTY_POLLS];
	for (i = 0; i <= POLL_PACKETS_BOUNDS; i++)
		value[POLL_POLLS] += value[POLL_PACKETS_PER_POLL + i];
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
	struct rte_seqstat_section sec = rte_seqstat_write_begin(writer);
	unsigned int i;

	for (i = 0; i < polls->n_queues; i++) {
		uint64_t idle_cycles = polls->idle_cycles / (polls->n_queues - i);

		polls->idle_cycles -= idle_cycles;
		row_complete(polls->queue[i].value, polls->idle_rounds, idle_cycles);
		row_flush(rte_seqstat_row_stride(&sec, polls->queue[i].row,
				RTE_SEQSTAT_STRIDE(POLL_STATS_N)), polls->queue[i].value);
	}
	polls->idle_rounds = 0;
	rte_seqstat_write_end(&sec);
}
