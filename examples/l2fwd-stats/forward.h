/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FORWARD_H
#define FORWARD_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_seqstat.h>

#include "options.h"
#include "poll_stats.h"
#include "ports.h"
#include "stats.h"

/* The way from a port to its partner. Belongs to one lcore, as do the queues at its ends. */
struct path {
	uint16_t rx_port;
	uint16_t tx_port;
	uint16_t rx_row;
	uint16_t tx_row;
	bool mac_updating;
	struct {
		struct rte_ether_addr dst;
		struct rte_ether_addr src;
	} mac; /* As they follow each other in an Ethernet header. */
	struct rte_eth_dev_tx_buffer *buffer;
	uint64_t waiting_bytes;      /* In the buffer. */
	struct stats_amount dropped; /* Since the latest section. */
};

enum worker_state {
	WORKER_STARTING,
	WORKER_FORWARDING,
	WORKER_FAILED,
};

/* An lcore that forwards. */
struct worker {
	alignas(RTE_CACHE_LINE_SIZE) unsigned int lcore_id;
	RTE_ATOMIC(enum worker_state) state;
	const RTE_ATOMIC(bool) *stop; /* Set when it is time to leave the loop. */
	struct rte_seqstat *set;       /* In which it counts. */
	struct rte_seqstat *poll_set;  /* In which it counts polls, or NULL. */
	struct poll_stats polls;
	unsigned int n_paths;
	struct path paths[MAX_PORTS_PER_LCORE];
};

/* Prepare the way from a port to its partner, near a socket. Returns 0 or -ENOMEM. */
int path_init(struct path *path, const struct ports *ports, uint16_t rx_row, int socket,
		bool mac_updating);

/* Free what path_init() allocated. */
void path_fini(struct path *path);

/* Forward on the calling lcore, whose worker is passed, until it is to stop. Returns 0 or -1. */
int forward_loop(void *worker);

#endif /* FORWARD_H */
