/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Usage: blocks EAL_OPTION ...
 *
 * Check, by the kernel, the NUMA nodes of the pages of each set and of each lcore's writer.
 */

#include <numaif.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_memzone.h>

#include "seqstat_clear.h"

/* A block has many pages of 4 KiB. */
#define N_ROWS 5000

static struct rte_seqstat *
create_set(const char *name, int socket_id)
{
	const struct rte_seqstat_counter counter = { .name = "packets" };
	const struct rte_seqstat_params params = {
		.name = name,
		.counters = &counter,
		.n_counters = 1,
		.n_rows = N_ROWS,
		.socket_id = socket_id,
	};
	struct rte_seqstat *st = rte_seqstat_create(&params);

	RTE_VERIFY(st != NULL);

	return st;
}

/** Return the node of a page. */
static int
node_of(void *page)
{
	int node;

	RTE_VERIFY(move_pages(0, 1, &page, NULL, &node, 0) == 0);

	return node;
}

/** Return whether all pages of memory are on a node. */
static bool
lies_on(int node, const void *memory, size_t size)
{
	const uintptr_t page_size = sysconf(_SC_PAGESIZE);
	uintptr_t page, end = (uintptr_t)memory + size;

	for (page = RTE_ALIGN_FLOOR((uintptr_t)memory, page_size); page < end; page += page_size) {
		if (node_of((void *)page) != node) {
			printf("a page is on node %d instead of %d\n",
				node_of((void *)page), node);
			return false;
		}
	}

	return true;
}

/** Allocate the calling lcore's writer. Returns 0 if it is on the lcore's node. */
static int
check_lcore(void *arg)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer(arg);
	struct rte_seqstat_info info;

	RTE_VERIFY(w != NULL);
	RTE_VERIFY(rte_seqstat_info_get(arg, &info) == 0);
	if (!lies_on((int)rte_socket_id(), w, info.block_size))
		return -1;
	printf("lcore %u: %zu bytes on node %u\n", rte_lcore_id(), info.block_size,
		rte_socket_id());

	return 0;
}

/** Return whether a set and its retired values are on the node of its parameters. */
static bool
check_set(unsigned int node)
{
	struct rte_seqstat *st = create_set("placed", (int)node);
	const struct rte_memzone *mz = rte_memzone_lookup("SEQSTAT_placed");
	const struct seqstat_set *set;
	bool good;

	RTE_VERIFY(mz != NULL);
	set = mz->addr;
	good = lies_on((int)node, set, mz->len) &&
		lies_on((int)node, set->retired, seqstat_clear_size(N_ROWS, set->n_values));
	printf("set: on node %u\n", node);
	RTE_VERIFY(rte_seqstat_free(st) == 0);

	return good;
}

/** Return whether a snapshot reports each writer's node. */
static bool
check_reported(struct rte_seqstat *st)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(st);
	struct rte_seqstat_writer_info info;
	uint32_t i, n_writers;
	bool good = true;
	int wanted;

	RTE_VERIFY(snap != NULL && rte_seqstat_snapshot_take(snap, US_PER_S) == 0);
	n_writers = rte_seqstat_snapshot_n_writers(snap);
	/* The shared writer is on the node of the main thread, which created the set. */
	RTE_VERIFY(n_writers == rte_lcore_count() + 1);
	for (i = 0; i < n_writers; i++) {
		RTE_VERIFY(rte_seqstat_snapshot_writer_info(snap, i, &info) == 0);
		wanted = (int)(info.lcore_id == LCORE_ID_ANY ? rte_socket_id() :
			rte_lcore_to_socket_id(info.lcore_id));
		if (info.socket_id != wanted) {
			printf("lcore %d: reported on node %d\n", (int)info.lcore_id,
				info.socket_id);
			good = false;
		}
	}
	rte_seqstat_snapshot_free(snap);

	return good;
}

int
main(int argc, char **argv)
{
	unsigned int lcore_id, i;
	struct rte_seqstat *st;
	bool good = true;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	if (rte_socket_count() < 2) {
		printf("only one NUMA node\n");
		return EXIT_FAILURE;
	}

	for (i = 0; i < rte_socket_count(); i++)
		if (!check_set(rte_socket_id_by_idx(i)))
			good = false;

	st = create_set("counted", SOCKET_ID_ANY);
	RTE_VERIFY(rte_eal_mp_remote_launch(check_lcore, st, CALL_MAIN) == 0);
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (rte_eal_wait_lcore(lcore_id) != 0)
			good = false;
	good = good && check_reported(st);

	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
