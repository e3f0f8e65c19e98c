/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_string_fns.h>

#include "ports.h"

#define DESCRIPTORS 1024 /* Of a queue. */
#define POOL_CACHE 256
#define POOL_MIN 8192u

#define NO_PARTNER UINT16_MAX

/* Return the port with an id, or NULL if it is not enabled. */
static struct port *
port_find(struct ports *ports, uint16_t id)
{
	uint16_t i;

	for (i = 0; i < ports->n; i++)
		if (ports->port[i].id == id)
			return &ports->port[i];
	return NULL;
}

static int
pair_by_map(struct ports *ports, const struct options *opt)
{
	unsigned int i;

	for (i = 0; i < opt->n_pairs; i++) {
		const uint16_t *id = opt->pairs[i];
		struct port *a = port_find(ports, id[0]), *b = port_find(ports, id[1]);

		if (a == NULL || b == NULL) {
			LOG(ERR, "pair (%u,%u) of the port map is not enabled (-p)\n",
					id[0], id[1]);
			return -1;
		}
		if (a->partner != NO_PARTNER || b->partner != NO_PARTNER) {
			LOG(ERR, "pair (%u,%u) has a port of another pair\n", id[0], id[1]);
			return -1;
		}
		a->partner = b - ports->port;
		b->partner = a - ports->port;
	}
	for (i = 0; i < ports->n; i++) {
		if (ports->port[i].partner == NO_PARTNER) {
			LOG(ERR, "port %u is enabled, but in no pair of the port map\n",
					ports->port[i].id);
			return -1;
		}
	}
	return 0;
}

int
ports_choose(struct ports *ports, const struct options *opt)
{
	uint64_t available = 0;
	uint16_t id;

	*ports = (struct ports){ .n = 0 };
	RTE_ETH_FOREACH_DEV (id) {
		struct port *port = &ports->port[ports->n];

		if (id >= 64)
			break;
		available |= RTE_BIT64(id);
		if ((opt->port_mask & RTE_BIT64(id)) == 0)
			continue;
		port->id = id;
		port->partner = opt->n_pairs > 0 ? NO_PARTNER : ports->n ^ 1;
		if (rte_eth_dev_get_name_by_port(id, port->name) != 0 ||
				rte_eth_macaddr_get(id, &port->addr) != 0) {
			LOG(ERR, "port %u has no name or no address\n", id);
			return -1;
		}
		ports->n++;
	}
	if (available == 0) {
		LOG(ERR, "no Ethernet ports\n");
		return -1;
	}
	if (opt->port_mask == 0 || (opt->port_mask & ~available) != 0) {
		LOG(ERR, "port mask (-p) 0x%" PRIx64 ": available ports are 0x%" PRIx64
				"\n", opt->port_mask, available);
		return -1;
	}
	if (opt->n_pairs > 0)
		return pair_by_map(ports, opt);
	if (ports->n % 2 == 1) {
		ports->port[ports->n - 1].partner = ports->n - 1;
		LOG(NOTICE, "odd number of ports: port %u sends to itself\n",
				ports->port[ports->n - 1].id);
	}
	return 0;
}

static int
port_start(const struct port *port, bool promiscuous, struct rte_mempool *pool)
{
	int socket = rte_eth_dev_socket_id(port->id);
	uint16_t n_rxd = DESCRIPTORS, n_txd = DESCRIPTORS;
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int ret;

	ret = rte_eth_dev_info_get(port->id, &info);
	if (ret < 0)
		return ret;
	/* All packets come from one pool and have one reference. */
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	info.default_txconf.offloads = conf.txmode.offloads;
	ret = rte_eth_dev_configure(port->id, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &n_rxd, &n_txd);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port->id, 0, n_rxd, socket, &info.default_rxconf,
				pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port->id, 0, n_txd, socket, &info.default_txconf);
	if (ret == 0)
		ret = rte_eth_dev_start(port->id);
	if (ret == 0 && promiscuous)
		ret = rte_eth_promiscuous_enable(port->id);
	return ret;
}

int
ports_start(struct ports *ports, const struct options *opt, unsigned int n_lcores)
{
	char text[RTE_ETH_LINK_MAX_STR_LEN];
	const struct port *port;
	struct rte_eth_link link;
	unsigned int n_packets;
	uint16_t i;
	int ret;

	n_packets = 2 * (ports->n * (DESCRIPTORS + MAX_BURST) + n_lcores * POOL_CACHE);
	ports->pool = rte_pktmbuf_pool_create("l2fwd_packets", RTE_MAX(n_packets, POOL_MIN),
			POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, rte_socket_id());
	if (ports->pool == NULL) {
		LOG(ERR, "cannot create a packet pool: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	for (i = 0; i < ports->n; i++) {
		port = &ports->port[i];
		ret = port_start(port, opt->promiscuous, ports->pool);
		if (ret < 0) {
			LOG(ERR, "cannot start port %u (%s): %s\n", port->id, port->name,
					rte_strerror(-ret));
			return -1;
		}
		ports->n_started++;
	}
	/* A driver may wait seconds for its link; the other links come up meanwhile. */
	for (i = 0; i < ports->n; i++) {
		port = &ports->port[i];
		if (rte_eth_link_get(port->id, &link) < 0 ||
				rte_eth_link_to_str(text, sizeof(text), &link) < 0)
			rte_strlcpy(text, "Link unknown", sizeof(text));
		LOG(INFO, "port %u (%s), address " RTE_ETHER_ADDR_PRT_FMT ": %s\n", port->id,
				port->name, RTE_ETHER_ADDR_BYTES(&port->addr), text);
	}
	return 0;
}

void
ports_stop(struct ports *ports)
{
	uint16_t i;

	for (i = 0; i < ports->n_started; i++) {
		rte_eth_dev_stop(ports->port[i].id);
		rte_eth_dev_close(ports->port[i].id);
	}
	rte_mempool_free(ports->pool);
}
