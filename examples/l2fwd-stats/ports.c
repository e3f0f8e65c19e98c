/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "ports.h"

#define DESCRIPTORS 1024 /* Per queue. */
#define POOL_CACHE 256
#define POOL_MIN 8192u

int
ports_choose(struct ports *ports, const struct options *opt)
{
	uint64_t available = 0;
	uint16_t id, i, k;

	RTE_ETH_FOREACH_DEV(id) {
		struct port *port = &ports->port[ports->n];

		if (id >= MAX_PORTS)
			break;
		available |= RTE_BIT64(id);
		if ((opt->port_mask & RTE_BIT64(id)) == 0)
			continue;
		port->id = id;
		if (rte_eth_dev_get_name_by_port(id, port->name) != 0 ||
				rte_eth_macaddr_get(id, &port->addr) != 0) {
			RTE_LOG(ERR, L2FWD, "Cannot get name and MAC address of port %u\n", id);
			return -1;
		}
		ports->n++;
	}
	if (opt->port_mask == 0 || (opt->port_mask & ~available) != 0) {
		RTE_LOG(ERR, L2FWD, "Invalid portmask 0x%" PRIx64 "; possible (0x%" PRIx64 ")\n",
				opt->port_mask, available);
		return -1;
	}
	if (opt->mapped != 0 && opt->mapped != opt->port_mask) {
		RTE_LOG(ERR, L2FWD, "portmap of ports 0x%" PRIx64 ", but portmask 0x%" PRIx64 "\n",
				opt->mapped, opt->port_mask);
		return -1;
	}
	for (i = 0; i < ports->n; i++) {
		ports->port[i].partner = i ^ 1;
		for (k = 0; opt->mapped != 0 && k < ports->n; k++)
			if (ports->port[k].id == opt->partner[ports->port[i].id])
				ports->port[i].partner = k;
	}
	if (opt->mapped == 0 && ports->n % 2 == 1) {
		ports->port[ports->n - 1].partner = ports->n - 1;
		RTE_LOG(NOTICE, L2FWD, "odd number of ports in portmask: port %u sends to itself\n",
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
	/* Fast free is valid: all packets are from one pool and have one reference. */
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
	unsigned int n_packets;
	uint16_t i;
	int ret;

	n_packets = 2 * (ports->n * (DESCRIPTORS + MAX_BURST) + n_lcores * POOL_CACHE);
	ports->pool = rte_pktmbuf_pool_create("l2fwd_packets", RTE_MAX(n_packets, POOL_MIN),
			POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, rte_socket_id());
	if (ports->pool == NULL) {
		RTE_LOG(ERR, L2FWD, "Cannot init mbuf pool: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	for (i = 0; i < ports->n; i++) {
		const struct port *port = &ports->port[i];

		ret = port_start(port, opt->promiscuous, ports->pool);
		if (ret < 0) {
			RTE_LOG(ERR, L2FWD, "Cannot start port %u (%s): %s\n", port->id,
					port->name, rte_strerror(-ret));
			return -1;
		}
		RTE_LOG(INFO, L2FWD, "Port %u (%s), MAC address: " RTE_ETHER_ADDR_PRT_FMT "\n",
				port->id, port->name, RTE_ETHER_ADDR_BYTES(&port->addr));
	}
	return 0;
}

void
ports_stop(struct ports *ports)
{
	uint16_t i;

	for (i = 0; i < ports->n && ports->pool != NULL; i++) {
		rte_eth_dev_stop(ports->port[i].id);
		rte_eth_dev_close(ports->port[i].id);
	}
	rte_mempool_free(ports->pool);
}
