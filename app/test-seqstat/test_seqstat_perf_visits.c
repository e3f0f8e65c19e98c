/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <math.h>

#include "test_seqstat_perf_visits.h"

/** The mean of those that are not NAN. */
static double
known_mean(const double values[], unsigned int n)
{
	unsigned int i, known = 0;
	double sum = 0;

	for (i = 0; i < n; i++)
		if (!isnan(values[i])) {
			sum += values[i];
			known++;
		}

	return known == 0 ? 0 : sum / known;
}

/** Less certain are those whose errors are so many times the mean one. */
#define LARGE_ERROR 2

void
perf_choose_visits(const double errors[], unsigned int n, unsigned int turn, bool chosen[])
{
	double mean = known_mean(errors, n);
	unsigned int i;

	for (i = 0; i < n; i++)
		chosen[i] = turn % PERF_FULL_TURN == 0 || isnan(errors[i]) ||
			errors[i] > LARGE_ERROR * mean;
}
