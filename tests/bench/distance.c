/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * distance CPU CPU: print how far two CPUs are from each other, in cycles.
 */

#include <pthread.h>

#include <rte_lcore.h>

#include "test_seqstat_perf.h"

static struct perf_ball ball;
static RTE_ATOMIC(bool) ended;

/** Let the calling thread run on a CPU. Returns whether it may. */
static bool
run_on(const char *cpu)
{
	rte_cpuset_t set;

	CPU_ZERO(&set);
	CPU_SET(strtoul(cpu, NULL, 10) % CPU_SETSIZE, &set);

	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set) == 0;
}

static void *
return_ball(void *cpu)
{
	bool ok = run_on(cpu);

	while (!rte_atomic_load_explicit(&ended, rte_memory_order_relaxed))
		perf_return(&ball);

	return ok ? cpu : NULL;
}

static int
fail(void)
{
	fprintf(stderr, "distance: needs the numbers of two CPUs on which it may run\n");

	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	double distance;
	void *ok;

	if (argc != 3 || !run_on(argv[1]) ||
			pthread_create(&thread, NULL, return_ball, argv[2]) != 0)
		return fail();
	distance = perf_distance(&ball);
	rte_atomic_store_explicit(&ended, true, rte_memory_order_relaxed);
	if (pthread_join(thread, &ok) != 0 || ok == NULL)
		return fail();
	printf("%.0f\n", distance);

	return EXIT_SUCCESS;
}
