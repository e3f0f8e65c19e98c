/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Whether the benchmarks visit those loads more often whose results are less certain.
 *
 * The errors of made-up loads shrink with the root of their number of visits, as those of
 * means do.
 */

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include <rte_common.h>

#include "test_seqstat_perf_visits.h"

/** What the error would be after one visit: some loads are ten times as noisy as others. */
static const double noise[] = { 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 0.9, 1.0 };
#define N_LOADS RTE_DIM(noise)

/** So many visits have to be paid before an error is known. */
#define FEW_VISITS 8

struct loads {
	unsigned int visits[N_LOADS];
	double errors[N_LOADS];
};

static void
visit(struct loads *loads, const bool chosen[])
{
	unsigned int i;

	for (i = 0; i < N_LOADS; i++) {
		loads->visits[i] += chosen[i];
		loads->errors[i] = loads->visits[i] < FEW_VISITS ? NAN :
			noise[i] / sqrt(loads->visits[i]);
	}
}

static unsigned int
count(const bool chosen[])
{
	unsigned int i, n = 0;

	for (i = 0; i < N_LOADS; i++)
		n += chosen[i];

	return n;
}

/** As long as its error is not known, a load is visited; others as if it was not there. */
static void
test_unknown(void)
{
	double errors[N_LOADS];
	bool chosen[N_LOADS];
	unsigned int i, j;

	for (i = 0; i < N_LOADS; i++) {
		for (j = 0; j < N_LOADS; j++)
			errors[j] = j == i ? NAN : j == (i + 1) % N_LOADS ? 9 : 1;
		perf_choose_visits(errors, N_LOADS, 1, chosen);
		assert(count(chosen) == 2 && chosen[i] && chosen[(i + 1) % N_LOADS]);
	}
	for (i = 0; i < N_LOADS; i++)
		errors[i] = NAN;
	perf_choose_visits(errors, N_LOADS, 1, chosen);
	assert(count(chosen) == N_LOADS);
}

/** In one turn of some all are visited, in the others those twice as uncertain as the mean. */
static void
test_turns(void)
{
	bool chosen[N_LOADS];
	unsigned int i, turn;

	for (turn = 0; turn < 3 * PERF_FULL_TURN; turn++) {
		perf_choose_visits(noise, N_LOADS, turn, chosen);
		for (i = 0; i < N_LOADS; i++)
			assert(chosen[i] == (turn % PERF_FULL_TURN == 0 || noise[i] > 0.75));
	}
}

/** The largest error gets smaller than with as many visits for all. */
static void
test_errors(void)
{
	double alike, most = 0;
	struct loads loads = { 0 };
	bool chosen[N_LOADS];
	unsigned int i, turn, sum = 0;

	for (turn = 0; turn < 2000; turn++) {
		perf_choose_visits(loads.errors, N_LOADS, turn, chosen);
		visit(&loads, chosen);
	}
	for (i = 0; i < N_LOADS; i++) {
		printf("noise %.1f: %u visits, error %.4f\n", noise[i], loads.visits[i],
			loads.errors[i]);
		assert(loads.visits[i] >= turn / PERF_FULL_TURN);
		assert(i == 0 || noise[i] == noise[i - 1] ||
			loads.visits[i] >= loads.visits[i - 1]);
		most = fmax(most, loads.errors[i]);
		sum += loads.visits[i];
	}
	alike = noise[N_LOADS - 1] / sqrt((double)sum / N_LOADS);
	printf("largest error: %.4f, with as many visits for all: %.4f\n", most, alike);
	assert(most < 0.75 * alike);
}

int
main(void)
{
	test_unknown();
	test_turns();
	test_errors();

	return 0;
}
