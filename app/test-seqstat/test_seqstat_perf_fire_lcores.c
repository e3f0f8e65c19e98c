/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <math.h>

#include <rte_launch.h>
#include <rte_random.h>

#include "test_seqstat_perf_fire.h"

/*
 * Who reads and who writes: lcores that are near each other, see perf_distance().
 *
 * Which ones these are is not known, and changes; nor is known how near lcores get here. So
 * some are tried, and what was found before tells whether they are near.
 */

/** So many sets of lcores are tried. */
#define MAX_TRIES 8

/** What is found later tells nothing new. */
#define MAX_DISTANCES 4096

/** Distances, for each number of writers: many are seldom all near. */
static struct perf_samples found[PERF_FIRE_MAX_WRITERS + 1];

/** A ball between two lcores. */
struct match {
	struct perf_ball ball;
	RTE_ATOMIC(bool) over; /**< Relaxed: results are read when both have returned. */
	double distance;
	double probes[2]; /**< Of both at the same time. */
};

static int
throw_ball(void *arg)
{
	struct match *match = arg;

	match->distance = perf_distance(&match->ball);
	rte_atomic_store_explicit(&match->over, true, rte_memory_order_relaxed);
	match->probes[0] = perf_probe();

	return 0;
}

static int
return_ball(void *arg)
{
	struct match *match = arg;

	while (!rte_atomic_load_explicit(&match->over, rte_memory_order_relaxed))
		perf_return(&match->ball);
	match->probes[1] = perf_probe();

	return 0;
}

/**
 * How far two lcores are from each other.
 *
 * @param[in,out] probe
 *   Becomes what either's probe took, if that is longer.
 * @return
 *   INFINITY if one of them is busy.
 */
static double
lcores_distance(unsigned int a, unsigned int b, double *probe)
{
	struct match match = { .over = false };
	bool main_returns = b == rte_get_main_lcore();
	unsigned int thrower = main_returns ? b : a, returner = main_returns ? a : b;

	if (rte_eal_remote_launch(return_ball, &match, returner) != 0)
		return INFINITY;
	if (perf_run_on(thrower, throw_ball, &match) != 0) {
		match.distance = INFINITY;
		rte_atomic_store_explicit(&match.over, true, rte_memory_order_relaxed);
	}
	rte_eal_wait_lcore(returner);
	*probe = fmax(*probe, fmax(match.probes[0], match.probes[1]));

	return match.distance;
}

/** Measure how far the farthest writer is. */
static void
measure_distance(struct perf_lcores *lcores)
{
	struct perf_samples *distances = &found[lcores->n_writers];
	double probe = 0;
	uint32_t i;

	lcores->distance = 0;
	for (i = 0; i < lcores->n_writers; i++)
		lcores->distance = fmax(lcores->distance,
			lcores_distance(lcores->reader, lcores->writers[i], &probe));
	if (distances->room > 0 || perf_samples_alloc(distances, MAX_DISTANCES))
		perf_samples_add_at(distances, 0, probe, lcores->distance);
}

/** Any lcore. */
static unsigned int
random_lcore(void)
{
	unsigned int lcore_id = rte_get_main_lcore();
	uint64_t steps;

	for (steps = rte_rand_max(rte_lcore_count()); steps > 0; steps--)
		lcore_id = rte_get_next_lcore(lcore_id, 0, 1);

	return lcore_id;
}

/** Choose any writers, the main lcore last of them. */
static void
choose_writers(struct perf_lcores *lcores)
{
	unsigned int lcore_id, main_lcore = rte_get_main_lcore();
	uint32_t n = 0, last = lcores->n_writers - 1;

	for (lcore_id = random_lcore(); n < lcores->n_writers;
			lcore_id = rte_get_next_lcore(lcore_id, 0, 1))
		if (lcore_id != lcores->reader)
			lcores->writers[n++] = lcore_id;
	for (n = 0; n < last; n++)
		if (lcores->writers[n] == main_lcore)
			RTE_SWAP(lcores->writers[n], lcores->writers[last]);
}

const struct perf_samples *
perf_tried_lcores(uint32_t n_writers)
{
	return &found[n_writers];
}

bool
perf_choose_lcores(struct perf_lcores *lcores)
{
	/* If all take part, others are no nearer. */
	unsigned int tries = lcores->n_writers + 1 == rte_lcore_count() ? 1 : MAX_TRIES;

	for (; tries > 0; tries--) {
		lcores->reader = perf_undisturbed_lcore(lcores->reader);
		choose_writers(lcores);
		measure_distance(lcores);
		if (perf_samples_fits(&found[lcores->n_writers], lcores->distance))
			return true;
	}

	return false;
}
