/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* A correct program for Valgrind: one lcore counts, the other takes snapshots. */

#include <stdlib.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <rte_seqstat.h>

#define N_SECTIONS 2000

static int
count(void *arg)
{
	struct rte_seqstat *st = arg;
	struct rte_seqstat_section sec;
	unsigned int i;

	for (i = 0; i < N_SECTIONS; i++) {
		sec = rte_seqstat_begin(st);
		rte_seqstat_add(rte_seqstat_row(&sec, i % 2), 0, 1);
		rte_seqstat_end(&sec);
	}

	return 0;
}

int
main(int argc, char **argv)
{
	const struct rte_seqstat_counter counter = { .name = "packets" };
	const struct rte_seqstat_params params = {
		.name = "counted",
		.counters = &counter,
		.n_counters = 1,
		.n_rows = 2,
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat *st;
	uint64_t sums[2];

	RTE_VERIFY(rte_eal_init(argc, argv) >= 0);
	st = rte_seqstat_create(&params);
	snap = st == NULL ? NULL : rte_seqstat_snapshot_create(st);
	RTE_VERIFY(snap != NULL && rte_lcore_count() == 2);
	RTE_VERIFY(rte_eal_remote_launch(count, st, rte_get_next_lcore(-1, 1, 0)) == 0);
	do {
		RTE_VERIFY(rte_seqstat_snapshot_take(snap, 60 * US_PER_S) == 0);
		RTE_VERIFY(rte_seqstat_snapshot_total(snap, 0, &sums[0]) == 0 &&
			rte_seqstat_snapshot_total(snap, 1, &sums[1]) == 0);
		RTE_VERIFY(sums[0] == sums[1] || sums[0] == sums[1] + 1);
	} while (sums[0] + sums[1] < N_SECTIONS);
	rte_eal_mp_wait_lcore();
	rte_seqstat_snapshot_free(snap);
	RTE_VERIFY(rte_seqstat_free(st) == 0);

	return rte_eal_cleanup() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
