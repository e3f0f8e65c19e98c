/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "log.h"
#include "ports.h"

#define RX_DESCRIPTORS 1024
#define TX_DESCRIPTORS 1024
#define POOL_CACHE 256
#define POOL_MIN 8192

#define NO_PARTNER UINT16_MAX

static uint64_t
available_mask(void)
{
	uint64_t mask = 0;
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		if (id < 64)
			mask |= RTE_BIT64(id);
	}
	return mask;
}

/* The place of a port in the list, or the length of the list if it is not there. */
static uint16_t
port_find(const struct ports *ports, uint16_t id)
{
	uint16_t i;

	for (i = 0; i < ports->n && ports->port[i].id != id; i++)
		;
	return i;
}

static int
pair_by_map(struct ports *ports, const struct options *opt)
{
	uint16_t place[2];
	unsigned int i, j;

	for (i = 0; i < opt->n_pairs; i++) {
		for (j = 0; j < 2; j++) {
			uint16_t id = opt->pairs[i].port[j];

			place[j] = port_find(ports, id);
			if (place[j] == ports->n) {
				LOG(ERR, "port %u of the port map is not enabled in the port mask",
						id);
				return -1;
			}
			if (ports->port[place[j]].partner != NO_PARTNER) {
				LOG(ERR, "port %u is in two pairs of the port map", id);
				return -1;
			}
		}
		ports->port[place[0]].partner = place[1];
		ports->port[place[1]].partner = place[0];
	}
	for (i = 0; i < ports->n; i++) {
		if (ports->port[i].partner == NO_PARTNER) {
			LOG(ERR, "uneven port map: enabled port %u is in no pair",
					ports->port[i].id);
			return -1;
		}
	}
	return 0;
}

static void
pair_neighbours(struct ports *ports)
{
	uint16_t i;

	for (i = 0; i < ports->n; i++)
		ports->port[i].partner = i ^ 1;
	if (ports->n % 2 == 1) {
		ports->port[ports->n - 1].partner = ports->n - 1;
		LOG(NOTICE, "odd number of ports: port %u sends what it receives itself",
				ports->port[ports->n - 1].id);
	}
}

int
ports_choose(struct ports *ports, const struct options *opt)
{
	uint64_t available = available_mask();
	uint16_t id;

	if (rte_eth_dev_count_avail() == 0) {
		LOG(ERR, "no Ethernet ports");
		return -1;
	}
	if (opt->port_mask == 0) {
		LOG(ERR, "no port is enabled: -p takes a mask, up to 0x%" PRIx64, available);
		return -1;
	}
	if ((opt->port_mask & ~available) != 0) {
		LOG(ERR, "port mask 0x%" PRIx64 " goes beyond the ports that there are: 0x%" PRIx64,
				opt->port_mask, available);
		return -1;
	}

	ports->n = 0;
	RTE_ETH_FOREACH_DEV (id) {
		struct port *port = &ports->port[ports->n];

		if (id >= 64 || (opt->port_mask & RTE_BIT64(id)) == 0)
			continue;
		port->id = id;
		port->partner = NO_PARTNER;
		if (rte_eth_dev_get_name_by_port(id, port->name) != 0 ||
				rte_eth_macaddr_get(id, &port->addr) != 0) {
			LOG(ERR, "port %u has no name or no address", id);
			return -1;
		}
		ports->n++;
	}
	if (opt->n_pairs > 0)
		return pair_by_map(ports, opt);
	pair_neighbours(ports);
	return 0;
}

/* Room for every descriptor, every burst in hand or in a tx buffer, and the caches. */
static struct rte_mempool *
pool_create(uint16_t n_ports, unsigned int n_lcores)
{
	unsigned int n = n_ports * (RX_DESCRIPTORS + TX_DESCRIPTORS + 2 * MAX_BURST) +
			n_lcores * 2 * POOL_CACHE;

	return rte_pktmbuf_pool_create("l2fwd_packets", RTE_MAX(n, (unsigned int)POOL_MIN),
			POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, rte_socket_id());
}

static int
queues_setup(const struct port *port, struct rte_eth_dev_info *info,
		const struct rte_eth_conf *conf, struct rte_mempool *pool)
{
	int socket = rte_eth_dev_socket_id(port->id);
	uint16_t n_rxd = RX_DESCRIPTORS;
	uint16_t n_txd = TX_DESCRIPTORS;
	int ret;

	ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &n_rxd, &n_txd);
	if (ret < 0)
		return ret;
	info->default_rxconf.offloads = conf->rxmode.offloads;
	ret = rte_eth_rx_queue_setup(port->id, 0, n_rxd, socket, &info->default_rxconf, pool);
	if (ret < 0)
		return ret;
	info->default_txconf.offloads = conf->txmode.offloads;
	return rte_eth_tx_queue_setup(port->id, 0, n_txd, socket, &info->default_txconf);
}

static int
port_start(struct port *port, const struct options *opt, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int ret;

	ret = rte_eth_dev_info_get(port->id, &info);
	if (ret < 0)
		return ret;
	/* All packets come from one pool, and nobody else holds them. */
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	ret = rte_eth_dev_configure(port->id, 1, 1, &conf);
	if (ret < 0)
		return ret;
	ret = queues_setup(port, &info, &conf, pool);
	if (ret < 0)
		return ret;
	/* Nobody looks at packet types; a driver that cannot leave them out may go on. */
	rte_eth_dev_set_ptypes(port->id, RTE_PTYPE_UNKNOWN, NULL, 0);
	ret = rte_eth_dev_start(port->id);
	if (ret < 0)
		return ret;
	return opt->promiscuous ? rte_eth_promiscuous_enable(port->id) : 0;
}

int
ports_start(struct ports *ports, const struct options *opt, unsigned int n_lcores)
{
	uint16_t i;
	int ret;

	ports->pool = pool_create(ports->n, n_lcores);
	if (ports->pool == NULL) {
		LOG(ERR, "cannot make a pool of packets: %s", rte_strerror(rte_errno));
		return -1;
	}
	for (i = 0; i < ports->n; i++) {
		struct port *port = &ports->port[i];

		ret = port_start(port, opt, ports->pool);
		if (ret < 0) {
			LOG(ERR, "cannot start port %u (%s): %s", port->id, port->name,
					rte_strerror(-ret));
			return -1;
		}
		ports->n_started++;
		LOG(INFO, "port %u (%s), address " RTE_ETHER_ADDR_PRT_FMT ", sends to port %u",
				port->id, port->name, RTE_ETHER_ADDR_BYTES(&port->addr),
				ports->port[port->partner].id);
	}
	return 0;
}

/* The link of a virtual device comes up when another program does, or never. */
static bool
is_virtual(uint16_t id)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(id, &info) == 0 && info.device != NULL &&
			strcmp(rte_bus_name(rte_dev_bus(info.device)), "vdev") == 0;
}

bool
ports_link_awaited(const struct ports *ports)
{
	struct rte_eth_link link;
	uint16_t i;

	for (i = 0; i < ports->n; i++) {
		if (!is_virtual(ports->port[i].id) &&
				rte_eth_link_get_nowait(ports->port[i].id, &link) == 0 &&
				link.link_status == RTE_ETH_LINK_DOWN)
			return true;
	}
	return false;
}

void
ports_link_log(const struct ports *ports)
{
	char text[RTE_ETH_LINK_MAX_STR_LEN];
	struct rte_eth_link link;
	uint16_t i;

	for (i = 0; i < ports->n; i++) {
		if (rte_eth_link_get_nowait(ports->port[i].id, &link) == 0 &&
				rte_eth_link_to_str(text, sizeof(text), &link) > 0)
			LOG(INFO, "port %u: %s", ports->port[i].id, text);
	}
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
