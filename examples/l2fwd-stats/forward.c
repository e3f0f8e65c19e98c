/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "forward.h"
#include "log.h"

/* Longest time that a packet waits in a tx buffer, unless bursts take longer. */
#define DRAIN_US 100

/* Drop the packets of a tx buffer that the driver did not take. */
static void
path_drop(struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	struct path *path = arg;
	uint16_t i;

	for (i = 0; i < n; i++)
		path->dropped.bytes += rte_pktmbuf_pkt_len(pkts[i]);
	path->dropped.packets += n;
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

/* What became of packets whose bytes left the tx buffer, when the driver took n_sent of them. */
static inline struct stats_tx
path_departed(struct path *path, uint64_t n_sent, uint64_t bytes)
{
	struct stats_tx tx = {
		.sent = { n_sent, bytes - path->dropped.bytes },
		.dropped = path->dropped,
		.waiting = path->buffer->length,
	};

	path->dropped = (struct stats_amount){ 0 };
	return tx;
}

/*
 * Put packets into the tx buffer, and what it holds to the driver whenever it is full:
 * rte_eth_tx_buffer() for a burst, keeping in registers what changes with each packet.
 */
static inline struct stats_tx
path_send(struct path *path, struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_eth_dev_tx_buffer *buffer = path->buffer;
	uint64_t waiting_bytes = path->waiting_bytes;
	uint64_t n_sent = 0, departed_bytes = 0;
	uint16_t i, length = buffer->length;

	for (i = 0; i < n; i++) {
		if (path->mac_updating)
			memcpy(rte_pktmbuf_mtod(pkts[i], void *), &path->mac, sizeof(path->mac));
		waiting_bytes += rte_pktmbuf_pkt_len(pkts[i]);
		buffer->pkts[length++] = pkts[i];
		if (length == MAX_BURST) {
			buffer->length = length;
			n_sent += rte_eth_tx_buffer_flush(path->tx_port, 0, buffer);
			length = 0;
			departed_bytes += waiting_bytes;
			waiting_bytes = 0;
		}
	}
	buffer->length = length;
	path->waiting_bytes = waiting_bytes;
	return path_departed(path, n_sent, departed_bytes);
}

/* Returns how many packets were received. */
static inline uint16_t
path_forward(struct path *path, struct rte_seqstat_writer *writer)
{
	uint64_t waiting_before = path->waiting_bytes;
	struct rte_mbuf *pkts[MAX_BURST];
	struct stats_amount received;
	struct stats_tx tx;
	uint16_t n;

	n = rte_eth_rx_burst(path->rx_port, 0, pkts, MAX_BURST);
	if (n == 0)
		return 0;

	tx = path_send(path, pkts, n);
	received.packets = n;
	/* What was received has been sent or dropped, or waits: no need to add it up again. */
	received.bytes = tx.sent.bytes + tx.dropped.bytes + path->waiting_bytes - waiting_before;
	stats_count_burst(writer, path->rx_row, &received, path->tx_row, &tx);
	return n;
}

static void
path_drain(struct path *path, struct rte_seqstat_writer *writer)
{
	struct stats_tx tx;
	uint16_t n_sent;

	if (path->buffer->length == 0)
		return;

	n_sent = rte_eth_tx_buffer_flush(path->tx_port, 0, path->buffer);
	tx = path_departed(path, n_sent, path->waiting_bytes);
	path->waiting_bytes = 0;
	stats_count_drain(writer, path->tx_row, &tx);
}

static void
paths_drain(struct worker *worker, struct rte_seqstat_writer *writer)
{
	unsigned int i;

	for (i = 0; i < worker->n_paths; i++)
		path_drain(&worker->paths[i], writer);
}

static void
paths_forward(struct worker *worker, struct rte_seqstat_writer *writer,
		struct rte_seqstat_writer *poll_writer)
{
	const uint64_t drain_cycles = rte_get_tsc_hz() * DRAIN_US / US_PER_S;
	uint64_t now = rte_rdtsc(), drained = now;
	uint16_t n_packets[MAX_PORTS_PER_LCORE];
	unsigned int i, sum;

	while (!rte_atomic_load_explicit(worker->stop, rte_memory_order_relaxed)) {
		uint64_t before = now;

		for (i = 0, sum = 0; i < worker->n_paths; i++) {
			n_packets[i] = path_forward(&worker->paths[i], writer);
			sum += n_packets[i];
		}
		now = rte_rdtsc();
		if (poll_writer != NULL)
			poll_stats_count(&worker->polls, n_packets, sum, now - before);
		if (unlikely(now - drained > drain_cycles)) {
			paths_drain(worker, writer);
			if (poll_writer != NULL)
				poll_stats_flush(&worker->polls, poll_writer);
			drained = now;
		}
	}
	paths_drain(worker, writer);
	if (poll_writer != NULL)
		poll_stats_flush(&worker->polls, poll_writer);
}

static void
worker_state_set(struct worker *worker, enum worker_state state)
{
	rte_atomic_store_explicit(&worker->state, state, rte_memory_order_release);
}

static struct rte_seqstat_writer *
writer_attach(const struct worker *worker, struct rte_seqstat *set)
{
	struct rte_seqstat_writer *writer = rte_seqstat_writer_attach(set, worker->lcore_id);

	if (writer == NULL)
		LOG(ERR, "lcore %u cannot count: %s", worker->lcore_id, rte_strerror(rte_errno));
	return writer;
}

int
forward_loop(void *arg)
{
	struct worker *worker = arg;
	struct rte_seqstat_writer *writer, *poll_writer = NULL;

	writer = writer_attach(worker, worker->set);
	if (worker->poll_set != NULL)
		poll_writer = writer_attach(worker, worker->poll_set);
	if (writer == NULL || (worker->poll_set != NULL && poll_writer == NULL)) {
		rte_seqstat_writer_detach(poll_writer);
		rte_seqstat_writer_detach(writer);
		worker_state_set(worker, WORKER_FAILED);
		return -1;
	}
	worker_state_set(worker, WORKER_FORWARDING);
	paths_forward(worker, writer, poll_writer);
	rte_seqstat_writer_detach(poll_writer);
	rte_seqstat_writer_detach(writer);
	return 0;
}
