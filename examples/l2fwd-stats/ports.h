/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef PORTS_H
#define PORTS_H

#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include "options.h"

/* Most packets that are received, or sent, in one go. */
#define MAX_BURST 32

/* An enabled port. */
struct port {
	uint16_t id;
	uint16_t partner; /* Place in the list of the port to which this one sends. */
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

/* List the ports that the options enable and pair them. Returns 0, or -1 and says what is wrong. */
int ports_choose(struct ports *ports, const struct options *opt);

/*
 * Start the ports with one queue each way, for n_lcores that use them.
 * Returns 0, or -1 and says what is wrong; ports_stop() is due in both cases.
 */
int ports_start(struct ports *ports, const struct options *opt, unsigned int n_lcores);

/* Tell whether a port is down that may still come up by itself. */
bool ports_link_awaited(const struct ports *ports);

/* Say which links are up. */
void ports_link_log(const struct ports *ports);

/* Stop and close what was started. */
void ports_stop(struct ports *ports);

#endif /* PORTS_H */
