/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_perf.h"

/*
 * How far lcores are from each other.
 *
 * A line comes several times as fast from a core with which a cache is shared as from one of
 * another cluster or socket, and a virtual machine's CPUs are moved between these within
 * seconds. So whatever moves lines is of two kinds, which one result would mix by chance.
 */

/** Throws whose time is measured, and those before, until the other side has awoken. */
#define N_THROWS 200
#define N_FIRST_THROWS 100

double
perf_distance(struct perf_ball *ball)
{
	uint64_t start = 0;
	uint32_t i;

	for (i = 1; i <= N_FIRST_THROWS + N_THROWS; i++) {
		if (i == N_FIRST_THROWS + 1)
			start = rte_rdtsc();
		rte_atomic_store_explicit(&ball->thrown, i, rte_memory_order_relaxed);
		while (rte_atomic_load_explicit(&ball->returned, rte_memory_order_relaxed) != i)
			;
	}

	return (double)(rte_rdtsc() - start) / N_THROWS;
}
