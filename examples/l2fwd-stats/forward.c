/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "forward.h"

/* Longest time that a packet waits in a tx buffer, unless a round takes longer. */
#define DRAIN_US 100

/* Send what waits and drop what the driver refuses. */
static inline void
path_send(struct path *path, struct stats_burst *burst)
{
	uint16_t i, n = path->waiting.packets;
	uint16_t n_sent = rte_eth_tx_burst(path->tx_port, 0, path->buffer, n);

	if (unlikely(n_sent < n)) {
		for (i = n_sent; i < n; i++)
			burst->dropped.bytes += rte_pktmbuf_pkt_len(path->buffer[i]);
		rte_pktmbuf_free_bulk(&path->buffer[n_sent], n - n_sent);
	}
	burst->dropped.packets = n - n_sent;
	burst->sent.packets = n_sent;
	burst->sent.bytes = path->waiting.bytes - burst->dropped.bytes;
	path->waiting = (struct stats_amount){ 0 };
}

/* Receive a burst, send if enough waits or if draining, and count. Return what was received. */
static inline uint16_t
path_forward(struct path *path, struct rte_seqstat_writer *writer, bool drain)
{
	struct rte_mbuf *pkts[MAX_BURST], **end = &path->buffer[path->waiting.packets];
	uint16_t i, n = rte_eth_rx_burst(path->rx_port, 0, pkts, MAX_BURST);
	struct stats_burst burst = { .received.packets = n };

	if (n == 0 && !(drain && path->waiting.packets > 0))
		return 0;

	for (i = 0; i < n; i++) {
		burst.received.bytes += rte_pktmbuf_pkt_len(pkts[i]);
		if (path->mac_updating)
			memcpy(rte_pktmbuf_mtod(pkts[i], void *), &path->mac, sizeof(path->mac));
		end[i] = pkts[i];
	}
	path->waiting.packets += n;
	path->waiting.bytes += burst.received.bytes;
	if (drain || path->waiting.packets >= MAX_BURST)
		path_send(path, &burst);
	burst.waiting = path->waiting;

	stats_count_burst(writer, path->rx_row, path->tx_row, &burst);
	return n;
}

/* Forward until the lcore is stopped; then nothing waits. */
static void
paths_forward(struct worker *worker, struct rte_seqstat_writer *writer,
		struct rte_seqstat_writer *poll_writer)
{
	const uint64_t drain_cycles = rte_get_tsc_hz() * DRAIN_US / US_PER_S;
	uint64_t now = rte_rdtsc(), drained = now, before;
	bool stop, drain;
	unsigned int i;
	uint16_t n;

	do {
		stop = rte_atomic_load_explicit(&worker->all->stop, rte_memory_order_relaxed);
		drain = stop || now - drained > drain_cycles;
		if (drain)
			drained = now;
		for (i = 0; i < worker->n_paths; i++) {
			struct path *path = &worker->paths[i];

			n = path_forward(path, writer, drain);
			before = now;
			now = rte_rdtsc();
			if (poll_writer == NULL)
				continue;
			if (n == 0) {
				path->idle.polls++;
				path->idle.cycles += now - before;
			}
			if (n > 0 || drain) {
				stats_count_poll(poll_writer, path->rx_row, &path->idle, n,
						now - before);
				path->idle = (struct stats_idle){ 0 };
			}
		}
	} while (!stop);
}

int
forward_loop(void *arg)
{
	struct worker *worker = arg;
	struct workers *all = worker->all;
	struct rte_seqstat_writer *writer = rte_seqstat_writer(all->set), *poll_writer = NULL;
	int ret = 0;

	if (writer != NULL && all->poll_set != NULL)
		poll_writer = rte_seqstat_writer(all->poll_set);
	if (writer == NULL || (poll_writer == NULL && all->poll_set != NULL)) {
		LOG(ERR, "lcore %u cannot count: %s\n", worker->lcore_id,
				rte_strerror(rte_errno));
		rte_atomic_store_explicit(&all->stop, true, rte_memory_order_relaxed);
		ret = -1;
	}
	/* Pairs with the load-acquire in manage(), which then reads stop. */
	rte_atomic_fetch_add_explicit(&all->n_ready, 1, rte_memory_order_release);
	if (ret == 0)
		paths_forward(worker, writer, poll_writer);
	return ret;
}

int
workers_create(struct workers *workers, const struct ports *ports, const struct options *opt,
		const struct stats *stats)
{
	unsigned int lcore_ids[RTE_MAX_LCORE], id, n = 0, least, most;
	struct worker *worker = NULL;
	uint16_t row;

	*workers = (struct workers){ .set = stats->set, .poll_set = stats->poll_set };
	RTE_LCORE_FOREACH_WORKER (id)
		lcore_ids[n++] = id;
	if (n == 0)
		lcore_ids[n++] = rte_get_main_lcore();

	least = (ports->n + n - 1) / n;
	most = opt->ports_per_lcore == 0 ? MAX_PORTS_PER_LCORE : opt->ports_per_lcore;
	if (least > most) {
		LOG(ERR, "%u ports do not fit on %u forwarding lcores with %u on each: "
				"add lcores (-l) or ports on each (-q)\n", ports->n, n, most);
		return -1;
	}
	if (opt->ports_per_lcore == 0)
		most = least;
	for (row = 0; row < ports->n; row++) {
		const struct port *rx = &ports->port[row], *tx = &ports->port[rx->partner];

		id = lcore_ids[row / most];
		if (row % most == 0) {
			worker = rte_zmalloc_socket("worker", sizeof(*worker),
					alignof(struct worker), rte_lcore_to_socket_id(id));
			if (worker == NULL) {
				LOG(ERR, "not enough memory for lcore %u\n", id);
				return -1;
			}
			worker->lcore_id = id;
			worker->all = workers;
			workers->worker[workers->n++] = worker;
		}
		worker->paths[worker->n_paths++] = (struct path){
			.rx_port = rx->id,
			.tx_port = tx->id,
			.rx_row = row,
			.tx_row = rx->partner,
			.mac_updating = opt->mac_updating,
			.mac.dst.addr_bytes = { RTE_ETHER_LOCAL_ADMIN_ADDR, [5] = tx->id },
			.mac.src = tx->addr,
		};
		LOG(INFO, "lcore %u forwards from port %u to port %u\n", id, rx->id,
				tx->id);
	}
	return 0;
}

void
workers_free(struct workers *workers)
{
	unsigned int i;

	for (i = 0; i < workers->n; i++)
		rte_free(workers->worker[i]);
}
