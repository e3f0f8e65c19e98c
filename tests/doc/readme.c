/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Compile and run the example in README.md. */

#include <stdio.h>
#include <stdlib.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_memory.h>

#include "readme_declarations.h"

/* The example's variables: the burst that it counts. */
static const uint16_t port_id = 1;
static const uint16_t n = 32;
static const uint64_t n_bytes = 2048;

static void
check(struct rte_seqstat *set, unsigned int n_bursts)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	uint64_t values[RTE_DIM(counters)];

	RTE_VERIFY(snap != NULL);
	RTE_VERIFY(rte_seqstat_snapshot_take(snap, 1000) == 0);
	RTE_VERIFY(rte_seqstat_snapshot_total(snap, port_id, values) == 0);
	RTE_VERIFY(values[0] == n_bursts * n);
	RTE_VERIFY(values[1] == n_bursts * n_bytes);
	rte_seqstat_snapshot_free(snap);
}

int
main(int argc, char **argv)
{
	unsigned int n_bursts;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;

#include "readme_main.h"
	RTE_VERIFY(stats != NULL);

	for (n_bursts = 0; n_bursts < 3; n_bursts++) {
#include "readme_burst.h"
	}
	check(stats, n_bursts);

	RTE_VERIFY(rte_seqstat_free(stats) == 0);

	return rte_eal_cleanup();
}
