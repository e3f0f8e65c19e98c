/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Compile and run the code in the programmer's guide. */

#include <inttypes.h>
#include <stdlib.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <rte_seqstat.h>

#define MAX_BURST 32

static struct rte_ring *
make_ring(const char *name, unsigned int size)
{
	struct rte_ring *ring = rte_ring_create(name, size, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);

	RTE_VERIFY(ring != NULL);

	return ring;
}

/** Pass a burst through a stage; the ring behind the stage has no room for all packets. */
static void
run_pipeline(void)
{
	const unsigned int n_stages = 2, stage = 1, n_first = MAX_BURST, n_room = MAX_BURST - 5;
	struct rte_mempool *pool = rte_mempool_create("pool", 2 * MAX_BURST - 1, 64, 0, 0, NULL,
			NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	struct rte_ring *in = make_ring("in", n_first), *out = make_ring("out", n_room);
	struct rte_seqstat_snapshot *pipe_snap;
	void *packets[MAX_BURST];

#include "seqstat-pipeline-set.h"
	RTE_VERIFY(pipe_set != NULL && pool != NULL);
	pipe_snap = rte_seqstat_snapshot_create(pipe_set);
	RTE_VERIFY(pipe_snap != NULL);

	{
		struct rte_seqstat_section sec = rte_seqstat_begin(pipe_set);

		rte_seqstat_add(rte_seqstat_row(&sec, 0), SENT, n_first);
		rte_seqstat_end(&sec);
	}
	RTE_VERIFY(rte_mempool_get_bulk(pool, packets, n_first) == 0);
	RTE_VERIFY(rte_ring_sp_enqueue_burst(in, packets, n_first, NULL) == n_first);
	{
#include "seqstat-pipeline-balance.h"
		RTE_VERIFY(on_the_way == n_first);
	}
	{
#include "seqstat-pipeline-stage.h"
	}
	{
#include "seqstat-pipeline-balance.h"
		RTE_VERIFY(on_the_way == n_room && rte_ring_count(out) == n_room);
	}
	RTE_VERIFY(rte_mempool_in_use_count(pool) == n_room);

	rte_seqstat_snapshot_free(pipe_snap);
	RTE_VERIFY(rte_seqstat_free(pipe_set) == 0);
	rte_ring_free(in);
	rte_ring_free(out);
	rte_mempool_free(pool);
}

/** Count a flow, and clear its row; the next flow gets the same row. */
static void
use_labels(const struct rte_seqstat_counter *counters)
{
	enum { RX_PACKETS, RX_BYTES, N_COUNTERS };
	const uint32_t max_flows = 1, key = 1;
	struct rte_hash *table = rte_hash_create(&(struct rte_hash_parameters){
		.name = "flows",
		.entries = 8,
		.key_len = sizeof(key),
	});
	struct rte_rcu_qsbr *qsv = rte_zmalloc("flows", rte_rcu_qsbr_get_memsize(1), 64);
	uint64_t values[N_COUNTERS] = { 0 };
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat_section sec;
	void *found;

#include "seqstat-label-set.h"
	RTE_VERIFY(flows != NULL && table != NULL && rte_rcu_qsbr_init(qsv, 1) == 0);
	snap = rte_seqstat_snapshot_create(flows);
	RTE_VERIFY(snap != NULL);
#include "seqstat-label-alloc.h"
	RTE_VERIFY(row == 0 && rte_hash_lookup_data(table, &key, &found) >= 0 && found == NULL);
	sec = rte_seqstat_begin(flows);
	rte_seqstat_add(rte_seqstat_row(&sec, row), RX_PACKETS, 5);
	rte_seqstat_end(&sec);
	RTE_VERIFY(rte_seqstat_snapshot_take(snap, 0) == 0);
	{
#include "seqstat-label-read.h"
		RTE_VERIFY(values[RX_PACKETS] == 5);
		values[RX_PACKETS] = 0;
	}
	{
#include "seqstat-label-clear.h"
	}
	RTE_VERIFY(rte_hash_lookup(table, &key) == -ENOENT);
	RTE_VERIFY(rte_seqstat_row_alloc(flows, (const char *const []){ "other", "web", NULL }) ==
			row);
	{
		/* The snapshot is older than the new flow. */
#include "seqstat-label-read.h"
		RTE_VERIFY(values[RX_PACKETS] == 0);
	}
	RTE_VERIFY(rte_seqstat_snapshot_take(snap, 0) == 0);
	RTE_VERIFY(rte_seqstat_snapshot_retired(snap)[RX_PACKETS] == 5);

	rte_seqstat_snapshot_free(snap);
	RTE_VERIFY(rte_seqstat_free(flows) == 0);
	rte_free(qsv);
	rte_hash_free(table);
}

static void
use_histogram(void)
{
	const uint64_t delay_ns = 1500;
	uint64_t values[600], p99;

#include "seqstat-histogram.h"
	struct rte_seqstat *set = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "delays",
		.counters = schema,
		.n_counters = RTE_DIM(schema),
		.n_rows = 1,
		.socket_id = SOCKET_ID_ANY,
	});
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	RTE_VERIFY(snap != NULL);
	sec = rte_seqstat_begin(set);
	row = rte_seqstat_row(&sec, 0);
#include "seqstat-observe.h"
	rte_seqstat_end(&sec);
	RTE_VERIFY(rte_seqstat_snapshot_take(snap, 0) == 0);
#include "seqstat-quantile.h"
	RTE_VERIFY(values[PACKETS] == 1 && p99 > 1452 && p99 < 1548);
	rte_seqstat_snapshot_free(snap);
	RTE_VERIFY(rte_seqstat_free(set) == 0);
}

int
main(int argc, char **argv)
{
	const uint32_t n_ports = 2, port = 1;
	const uint64_t n_packets = 32, n_bytes = 2048;
	const unsigned int n_bursts = 3;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;

#include "seqstat-set.h"
	RTE_VERIFY(set != NULL);

	{
#include "seqstat-count.h"
	}
	{
#include "seqstat-loop.h"
	}
	{
#include "seqstat-snapshot.h"
		RTE_VERIFY(values[RX_PACKETS] == (1 + n_bursts) * n_packets);
		RTE_VERIFY(values[RX_BYTES] == n_bytes);
		rte_seqstat_snapshot_free(snap);
	}

	RTE_VERIFY(rte_seqstat_free(set) == 0);
	use_labels(counters);
	run_pipeline();
	use_histogram();

	return rte_eal_cleanup();
}
