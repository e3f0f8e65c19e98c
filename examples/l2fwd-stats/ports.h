/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef PORTS_H
#define PORTS_H

#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "options.h"

/* Most packets of an rx burst. */
#define MAX_BURST 32

/* An enabled port. */
struct port {
	uint16_t id;
	uint16_t partner; /* Index of the port to which this one sends. */
	char name[RTE_ETH_NAME_MAX_LEN]; /* Of the device. */
	struct rte_ether_addr addr;
};

/* The enabled ports, in the order of their ids. */
struct ports {
	uint16_t n;
	uint16_t n_started; /* The first of them. */
	struct port port[RTE_MAX_ETHPORTS];
	struct rte_mempool *pool; /* Of all packets. */
};

/* List and pair the ports that the options enable. Return 0, or -1 after logging what is wrong. */
int ports_choose(struct ports *ports, const struct options *opt);

/*
 * Start the ports with one rx and one tx queue, for n_lcores that use them.
 * Return 0, or -1 after logging what failed; call ports_stop() in both cases.
 */
int ports_start(struct ports *ports, const struct options *opt, unsigned int n_lcores);

/* Stop and close the started ports. */
void ports_stop(struct ports *ports);

#endif /* PORTS_H */
