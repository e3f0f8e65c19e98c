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

/* Packets and their bytes. */
struct amount {
	uint64_t packets;
	uint64_t bytes;
};

/* From a port to its partner: one lcore polls the rx queue and fills the tx queue. */
struct path {
	alignas(RTE_CACHE_LINE_SIZE) uint16_t rx_port;
	uint16_t tx_port;
	uint16_t rx_row;
	uint16_t tx_row;
	bool mac_updating;
	struct rte_ether_addr mac[2]; /* Destination and source, as in an Ethernet header. */
	uint64_t idle_polls;  /* Empty polls not yet added to the set, */
	uint64_t idle_cycles; /* and their cycles. */
	struct amount waiting; /* In the tx buffer. */
	struct {
		uint64_t tsc; /* Start of the poll that returned the packets. */
		uint64_t packets;
	} arrivals[MAX_BURST]; /* Bursts in the tx buffer. */
	unsigned int n_arrivals;
	/* Tx buffer. A burst is received behind the waiting packets, less than a burst. */
	alignas(RTE_CACHE_LINE_SIZE) struct rte_mbuf *buffer[2 * MAX_BURST];
};

/* An lcore that forwards, and its part of all paths. */
struct worker {
	alignas(RTE_CACHE_LINE_SIZE) unsigned int lcore_id;
	struct workers *all;
	struct rte_seqstat_writer *writers[N_SETS]; /* NULL: the set is disabled. */
	unsigned int n_paths;
	struct path *paths;
};

/* All lcores that forward. All is zero before workers_assign(). */
struct workers {
	RTE_ATOMIC(bool) stop; /* Set to end the loops. */
	RTE_ATOMIC(unsigned int) n_ready; /* Lcores that have their writers. */
	const struct stats *stats;
	unsigned int n;
	struct worker worker[RTE_MAX_LCORE];
	struct path path[MAX_PORTS];
};

/* Assign the ports to lcores that forward them. Return 0, or -1 after logging an error. */
int workers_assign(struct workers *workers, const struct ports *ports, const struct options *opt,
		const struct stats *stats);

/* Run a worker on its lcore until it is stopped. */
int forward_loop(void *worker);

#endif /* FORWARD_H */
