/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "forward.h"
#include "log.h"

/* Longest time that a packet waits in a tx buffer, unless bursts take longer. */
#define DRAIN_US 100

/* Account for the packets of a tx buffer that the driver did not take, and drop them. */
static void
path_drop(struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	struct path *path = arg;
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		bytes += rte_pktmbuf_pkt_len(pkts[i]);
	path->tx.dropped.packets += n;
	path->tx.dropped.bytes += bytes;
	path->waiting_bytes -= bytes;
	rte_pktmbuf_free_bulk(pkts, n);
}

int
path_init(struct path *path, const struct ports *ports, uint16_t rx_row, int socket,
		bool mac_updating)
{
	const struct port *rx = &ports->port[rx_row];
	const struct port *tx = &ports->port[rx->partner];

	*path = (struct path){
		.rx_port = rx->id,
		.tx_port = tx->id,
		.rx_row = rx_row,
		.tx_row = rx->partner,
		.mac_updating = mac_updating,
		.mac.dst.addr_bytes = { RTE_ETHER_LOCAL_ADMIN_ADDR, [5] = tx->id },
		.mac.src = tx->addr,
	};
	path->buffer = rte_zmalloc_socket("tx_buffer", RTE_ETH_TX_BUFFER_SIZE(MAX_BURST), 0,
			socket);
	if (path->buffer == NULL)
		return -ENOMEM;
	rte_eth_tx_buffer_init(path->buffer, MAX_BURST);
	return rte_eth_tx_buffer_set_err_callback(path->buffer, path_drop, path);
}

void
path_fini(struct path *path)
{
	rte_free(path->buffer);
}

/* What waited has left the tx buffer: n packets were sent, the others dropped. */
static inline void
path_flushed(struct path *path, uint16_t n)
{
	path->tx.sent.packets += n;
	path->tx.sent.bytes += path->waiting_bytes;
	path->waiting_bytes = 0;
}

static inline void
path_send(struct path *path, struct rte_mbuf *pkt)
{
	uint16_t n;

	if (path->mac_updating)
		memcpy(rte_pktmbuf_mtod(pkt, void *), &path->mac, sizeof(path->mac));
	path->waiting_bytes += rte_pktmbuf_pkt_len(pkt);
	n = rte_eth_tx_buffer(path->tx_port, 0, path->buffer, pkt);
	if (path->buffer->length == 0)
		path_flushed(path, n);
}

/* A burst from the rx queue into the tx buffer and, where that is full, to the driver. */
static inline void
path_forward(struct path *path, struct rte_seqstat_writer *writer)
{
	struct stats_amount received = { 0 };
	struct rte_mbuf *pkts[MAX_BURST];
	uint16_t i, n;

	n = rte_eth_rx_burst(path->rx_port, 0, pkts, MAX_BURST);
	if (n == 0)
		return;

	for (i = 0; path->mac_updating && i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));

	received.packets = n;
	for (i = 0; i < n; i++) {
		received.bytes += rte_pktmbuf_pkt_len(pkts[i]);
		path_send(path, pkts[i]);
	}
	path->tx.waiting = path->buffer->length;
	stats_count_burst(writer, path->rx_row, &received, path->tx_row, &path->tx);
	path->tx = (struct stats_tx){ 0 };
}

static void
path_drain(struct path *path, struct rte_seqstat_writer *writer)
{
	if (path->buffer->length == 0)
		return;

	path_flushed(path, rte_eth_tx_buffer_flush(path->tx_port, 0, path->buffer));
	path->tx.waiting = 0;
	stats_count_drain(writer, path->tx_row, &path->tx);
	path->tx = (struct stats_tx){ 0 };
}

static void
paths_drain(struct worker *worker, struct rte_seqstat_writer *writer)
{
	unsigned int i;

	for (i = 0; i < worker->n_paths; i++)
		path_drain(&worker->paths[i], writer);
}

static void
paths_forward(struct worker *worker, struct rte_seqstat_writer *writer)
{
	const uint64_t drain_cycles = rte_get_tsc_hz() * DRAIN_US / US_PER_S;
	uint64_t drained = rte_rdtsc();
	unsigned int i;

	while (!rte_atomic_load_explicit(worker->stop, rte_memory_order_relaxed)) {
		uint64_t now = rte_rdtsc();

		if (unlikely(now - drained > drain_cycles)) {
			paths_drain(worker, writer);
			drained = now;
		}
		for (i = 0; i < worker->n_paths; i++)
			path_forward(&worker->paths[i], writer);
	}
	paths_drain(worker, writer);
}

static void
worker_state_set(struct worker *worker, enum worker_state state)
{
	rte_atomic_store_explicit(&worker->state, state, rte_memory_order_release);
}

int
forward_loop(void *arg)
{
	struct worker *worker = arg;
	struct rte_seqstat_writer *writer;

	writer = rte_seqstat_writer_attach(worker->set, worker->lcore_id);
	if (writer == NULL) {
		LOG(ERR, "lcore %u cannot count: %s", worker->lcore_id, rte_strerror(rte_errno));
		worker_state_set(worker, WORKER_FAILED);
		return -1;
	}
	worker_state_set(worker, WORKER_FORWARDING);
	paths_forward(worker, writer);
	rte_seqstat_writer_detach(writer);
	return 0;
}
