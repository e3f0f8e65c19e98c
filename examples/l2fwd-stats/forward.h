/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FORWARD_H
#define FORWARD_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_seqstat.h>

#include "options.h"
#include "ports.h"
#include "stats.h"

struct amount {
	uint64_t packets;
	uint64_t bytes;
};

/* The way from a port to its partner. One lcore owns it, with the queues at both ends. */
struct path {
	alignas(RTE_CACHE_LINE_SIZE) uint16_t rx_port;
	uint16_t tx_port;
	uint16_t rx_row;
	uint16_t tx_row;
	bool mac_updating;
	struct rte_ether_addr mac[2]; /* Destination and source, as in an Ethernet header. */
	uint64_t idle_polls; /* Empty polls, and their cycles, that are not counted yet. */
	uint64_t idle_cycles;
	struct amount waiting; /* In the tx buffer. */
	struct {
		uint64_t tsc;     /* When the poll began that returned them. */
		uint64_t packets;
	} arrivals[MAX_BURST]; /* Of what waits. */
	unsigned int n_arrivals;
	/* The tx buffer: less than a burst waits when the next one comes. */
	alignas(RTE_CACHE_LINE_SIZE) struct rte_mbuf *buffer[2 * MAX_BURST];
};

/* An lcore that forwards. */
struct worker {
	alignas(RTE_CACHE_LINE_SIZE) unsigned int lcore_id;
	struct workers *all;
	struct rte_seqstat_writer *writers[N_SETS]; /* NULL: do not count. */
	unsigned int n_paths;
	struct path paths[MAX_PORTS_PER_LCORE];
};

/* All lcores that forward. */
struct workers {
	RTE_ATOMIC(bool) stop; /* Leave the loop. */
	RTE_ATOMIC(unsigned int) n_ready;
	const struct stats *stats;
	unsigned int n;
	struct worker *worker[RTE_MAX_LCORE];
};

/*
 * Share the ports among all lcores but the main one; alone, it takes all of them.
 * Return 0, or -1 after logging what is wrong; call workers_free() in both cases.
 */
int workers_create(struct workers *workers, const struct ports *ports, const struct options *opt,
		const struct stats *stats);

void workers_free(struct workers *workers);

/* Forward on the calling lcore, which is that of the worker, until it is stopped. */
int forward_loop(void *worker);

#endif /* FORWARD_H */
