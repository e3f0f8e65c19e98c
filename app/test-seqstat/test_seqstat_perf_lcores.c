/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_pause.h>

#include "test_seqstat_perf.h"

/*
 * Which lcores share a core with the main lcore, as hyper-threads do, and which with
 * somebody else. A virtual machine may not tell, but a thread notices when another one
 * takes its part of the core.
 */

#define N_ROUNDS 25
#define N_PROBES 50000

/** Others slow a thread that shares a core with them down by a half or more. */
#define SHARES_CORE 1.25

static RTE_ATOMIC(uint32_t) running;

static int
keep_busy(void *arg __rte_unused)
{
	rte_atomic_store_explicit(&running, 1, rte_memory_order_relaxed);
	while (rte_atomic_load_explicit(&running, rte_memory_order_relaxed) == 1)
		perf_probe();

	return 0;
}

/** How many times slower the main lcore is when another one works. */
static double
slowdown(unsigned int lcore_id)
{
	struct perf_samples ratios;
	double alone, ratio;
	unsigned int i;

	if (!perf_samples_alloc(&ratios, N_ROUNDS))
		return 0;
	for (i = 0; i < N_ROUNDS; i++) {
		alone = perf_probe();
		rte_eal_remote_launch(keep_busy, NULL, lcore_id);
		while (rte_atomic_load_explicit(&running, rte_memory_order_relaxed) == 0)
			rte_pause();
		perf_samples_add(&ratios, perf_probe() / alone, 0);
		rte_atomic_store_explicit(&running, 2, rte_memory_order_relaxed);
		rte_eal_wait_lcore(lcore_id);
		rte_atomic_store_explicit(&running, 0, rte_memory_order_relaxed);
	}
	ratio = perf_samples_median(&ratios);
	perf_samples_free(&ratios);

	return ratio;
}

static int
probe_core(void *arg)
{
	struct perf_samples *probes = arg;

	while (probes->n < probes->room)
		perf_samples_add(probes, 0, perf_probe());

	return 0;
}

static void
report(unsigned int lcore_id, const struct perf_samples *probes)
{
	bool main_lcore = lcore_id == rte_get_main_lcore();
	double undisturbed = perf_samples_share(probes, 1);
	double ratio = main_lcore ? 1 : slowdown(lcore_id);

	printf("  lcore %-3u %6.2f, undisturbed for %3.0f %% of the time%s\n", lcore_id, ratio,
		undisturbed * 100, ratio > SHARES_CORE ? ", shares its core" : "");
	perf_json_object_begin(NULL);
	perf_json_number("lcore", lcore_id);
	perf_json_number("undisturbed", undisturbed);
	perf_json_number("slows_main_lcore", ratio);
	perf_json_number("shares_core", ratio > SHARES_CORE);
	perf_json_object_end();
}

int
perf_lcores(void)
{
	struct perf_samples probes[RTE_MAX_LCORE] = { 0 };
	unsigned int lcore_id;
	bool complete = true;

	RTE_LCORE_FOREACH(lcore_id)
		complete &= perf_samples_alloc(&probes[lcore_id], N_PROBES);
	/* One after the other: they might share a core. */
	if (complete)
		RTE_LCORE_FOREACH(lcore_id)
			perf_run_on(lcore_id, probe_core, &probes[lcore_id]);

	printf("\nlcores: times slower the main lcore is when another one works\n");
	perf_json_array_begin("lcores");
	RTE_LCORE_FOREACH(lcore_id) {
		if (complete)
			report(lcore_id, &probes[lcore_id]);
		perf_samples_free(&probes[lcore_id]);
	}
	perf_json_array_end();

	return complete ? TEST_SUCCESS : TEST_FAILED;
}
