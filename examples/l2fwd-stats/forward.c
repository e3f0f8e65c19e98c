/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "forward.h"

#define BURST_TX_DRAIN_US 100 /* TX drain every ~100us */

/* Receive a burst, send the tx buffer if it is full or drained, and count both. */
static inline uint16_t
path_forward(struct path *path, struct rte_seqstat_writer *writer, bool drain)
{
	struct amount *waiting = &path->waiting, sent = { 0 }, dropped = { 0 };
	struct rte_mbuf **pkts = &path->buffer[waiting->packets];
	uint16_t n = rte_eth_rx_burst(path->rx_port, 0, pkts, MAX_BURST);
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;
	uint64_t i, n_bytes = 0;

	if (n == 0 && !(drain && waiting->packets > 0))
		return 0;
	for (i = 0; i < n; i++) {
		n_bytes += rte_pktmbuf_pkt_len(pkts[i]);
		if (path->mac_updating)
			memcpy(rte_pktmbuf_mtod(pkts[i], void *), path->mac, sizeof(path->mac));
	}
	waiting->packets += n;
	waiting->bytes += n_bytes;

	if (drain || waiting->packets >= MAX_BURST) {
		sent.packets = rte_eth_tx_burst(path->tx_port, 0, path->buffer, waiting->packets);
		/* Drop the packets that the driver refused. */
		dropped.packets = waiting->packets - sent.packets;
		for (i = sent.packets; i < waiting->packets; i++) {
			dropped.bytes += rte_pktmbuf_pkt_len(path->buffer[i]);
			rte_pktmbuf_free(path->buffer[i]);
		}
		sent.bytes = waiting->bytes - dropped.bytes;
		*waiting = (struct amount){ 0 };
	}

	/* Count all of it in one section, so that every snapshot balances. */
	sec = rte_seqstat_writer_begin(writer);
	row = rte_seqstat_row(&sec, path->rx_row);
	rte_seqstat_add(row, STATS_RX_PACKETS, n);
	rte_seqstat_add(row, STATS_RX_BYTES, n_bytes);
	row = rte_seqstat_row(&sec, path->tx_row);
	rte_seqstat_add(row, STATS_TX_PACKETS, sent.packets);
	rte_seqstat_add(row, STATS_TX_BYTES, sent.bytes);
	rte_seqstat_add(row, STATS_DROPPED_PACKETS, dropped.packets);
	rte_seqstat_add(row, STATS_DROPPED_BYTES, dropped.bytes);
	/* No other path of this lcore has this tx port: it would overwrite the gauges. */
	rte_seqstat_gauge_set(row, STATS_WAITING_PACKETS, waiting->packets);
	rte_seqstat_gauge_set(row, STATS_WAITING_BYTES, waiting->bytes);
	rte_seqstat_end(&sec);
	return n;
}

/* Note when n packets arrived; once the tx buffer is sent, count the latencies of its packets. */
static inline void
path_count_latency(struct path *path, struct rte_seqstat_writer *writer, uint16_t n,
		uint64_t before, uint64_t now, double ns_per_cycle)
{
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;
	unsigned int i;

	if (n > 0) {
		path->arrivals[path->n_arrivals].tsc = before;
		path->arrivals[path->n_arrivals++].packets = n;
	}
	if (path->n_arrivals == 0 || path->waiting.packets > 0)
		return;
	sec = rte_seqstat_writer_begin(writer);
	row = rte_seqstat_row(&sec, path->tx_row);
	for (i = 0; i < path->n_arrivals; i++) {
		uint64_t ns = (now - path->arrivals[i].tsc) * ns_per_cycle;

		rte_seqstat_observe_times(row, 0, &latency_ns, ns, path->arrivals[i].packets);
	}
	rte_seqstat_end(&sec);
	path->n_arrivals = 0;
}

/* Count a poll that returned n packets. Add up empty polls until the next packets or drain. */
static inline void
path_count_poll(struct path *path, struct rte_seqstat_writer *writer, uint16_t n, uint64_t cycles,
		bool drain)
{
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	if (n == 0) {
		path->idle_polls++;
		path->idle_cycles += cycles;
		if (!drain)
			return;
	}
	sec = rte_seqstat_writer_begin(writer);
	row = rte_seqstat_row(&sec, path->rx_row);
	rte_seqstat_add(row, POLL_POLLS, path->idle_polls + (n > 0));
	rte_seqstat_add(row, POLL_EMPTY_POLLS, path->idle_polls);
	rte_seqstat_add(row, POLL_IDLE_CYCLES, path->idle_cycles);
	if (n > 0) {
		rte_seqstat_add(row, POLL_BUSY_CYCLES, cycles);
		rte_seqstat_observe(row, POLL_PACKETS_PER_POLL, &poll_packets, n);
		rte_seqstat_observe_times(row, POLL_CYCLES_PER_PACKET, &poll_cycles, cycles / n, n);
	}
	rte_seqstat_end(&sec);
	path->idle_polls = 0;
	path->idle_cycles = 0;
}

/* Forward until the lcore is stopped, then drain the tx buffers. */
static void
paths_forward(struct worker *worker)
{
	struct rte_seqstat_writer *const *writers = worker->writers;
	const double ns_per_cycle = (double)NS_PER_S / rte_get_tsc_hz();
	const uint64_t drain_cycles = rte_get_tsc_hz() * BURST_TX_DRAIN_US / US_PER_S;
	uint64_t now = rte_rdtsc(), drained = now, before;
	struct path *path;
	bool stop, drain;
	uint16_t n;

	do {
		stop = rte_atomic_load_explicit(&worker->all->stop, rte_memory_order_relaxed);
		drain = stop || now - drained > drain_cycles;
		if (drain)
			drained = now;
		for (path = worker->paths; path < worker->paths + worker->n_paths; path++) {
			n = path_forward(path, writers[SET_PORTS], drain);
			before = now;
			now = rte_rdtsc();
			if (writers[SET_LATENCY] != NULL)
				path_count_latency(path, writers[SET_LATENCY], n, before, now,
						ns_per_cycle);
			if (writers[SET_POLLS] != NULL)
				path_count_poll(path, writers[SET_POLLS], n, now - before, drain);
		}
	} while (!stop);
}

int
forward_loop(void *arg)
{
	struct worker *worker = arg;
	struct workers *all = worker->all;
	int i, ret = 0;

	for (i = 0; i < N_SETS && ret == 0; i++) {
		if (all->stats->sets[i] == NULL)
			continue;
		worker->writers[i] = rte_seqstat_writer(all->stats->sets[i]);
		if (worker->writers[i] == NULL) {
			RTE_LOG(ERR, L2FWD, "Cannot get a writer for lcore %u: %s\n",
					worker->lcore_id, rte_strerror(rte_errno));
			rte_atomic_store_explicit(&all->stop, true, rte_memory_order_relaxed);
			ret = -1;
		}
	}
	/* Pairs with the load-acquire in manage(), which reads stop afterwards. */
	rte_atomic_fetch_add_explicit(&all->n_ready, 1, rte_memory_order_release);
	if (ret == 0)
		paths_forward(worker);
	return ret;
}

int
workers_assign(struct workers *workers, const struct ports *ports, const struct options *opt,
		const struct stats *stats)
{
	unsigned int per_lcore = opt->ports_per_lcore, lcore_ids[RTE_MAX_LCORE], id, n = 0;
	struct worker *worker = NULL;
	uint16_t row;

	workers->stats = stats;
	RTE_LCORE_FOREACH_WORKER(id)
		lcore_ids[n++] = id;
	if (n == 0)
		lcore_ids[n++] = rte_get_main_lcore();
	if (per_lcore == 0)
		per_lcore = (ports->n + n - 1) / n;
	if (ports->n > n * per_lcore) {
		RTE_LOG(ERR, L2FWD, "Not enough cores: %u ports, %u lcores, %u ports per lcore\n",
				ports->n, n, per_lcore);
		return -1;
	}
	for (row = 0; row < ports->n; row++) {
		const struct port *rx = &ports->port[row], *tx = &ports->port[rx->partner];

		id = lcore_ids[row / per_lcore];
		if (row % per_lcore == 0) {
			worker = &workers->worker[workers->n++];
			worker->lcore_id = id;
			worker->all = workers;
			worker->paths = &workers->path[row];
		}
		worker->paths[worker->n_paths++] = (struct path){
			.rx_port = rx->id,
			.tx_port = tx->id,
			.rx_row = row,
			.tx_row = rx->partner,
			.mac_updating = opt->mac_updating,
			.mac[0].addr_bytes = { RTE_ETHER_LOCAL_ADMIN_ADDR, [5] = tx->id },
			.mac[1] = tx->addr,
		};
		RTE_LOG(INFO, L2FWD, "Lcore %u: RX port %u TX port %u\n", id, rx->id, tx->id);
	}
	return 0;
}
