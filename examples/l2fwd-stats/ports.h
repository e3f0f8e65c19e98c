/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef PORTS_H
#define PORTS_H

#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "options.h"

/* Maximum number of packets in an rx burst. */
#define MAX_BURST 32

/* An enabled port. */
struct port {
	uint16_t id;
	uint16_t partner; /* Index of the port that this one is paired with. */
	char name[RTE_ETH_NAME_MAX_LEN]; /* Device name. */
	struct rte_ether_addr addr;
};

/* Enabled ports by ascending id. All is zero before ports_choose(). */
struct ports {
	uint16_t n;
	struct port port[RTE_MAX_ETHPORTS];
	struct rte_mempool *pool; /* All packets are from this pool. */
};

/* Find and pair the enabled ports. Return 0, or -1 after logging an error. */
int ports_choose(struct ports *ports, const struct options *opt);

/*
 * Start the ports with one rx and one tx queue each, and packets for n_lcores.
 * Return 0, or -1 after logging an error; call ports_stop() in both cases.
 */
int ports_start(struct ports *ports, const struct options *opt, unsigned int n_lcores);

/* Stop and close the ports, unless ports_start() was not called. */
void ports_stop(struct ports *ports);

#endif /* PORTS_H */
