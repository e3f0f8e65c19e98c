/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_perf_visits.h"

/** NAN as long as one of them is. */
static double
mean(const double values[], unsigned int n)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += values[i];

	return sum / n;
}

void
perf_choose_loads(const double errors[], unsigned int n_loads, unsigned int turn, bool chosen[])
{
	double mean_error = mean(errors, n_loads);
	unsigned int i;

	/* Nothing is less than or equal to NAN, or NAN to anything: such loads are visited. */
	for (i = 0; i < n_loads; i++)
		chosen[i] = turn % PERF_FULL_TURN == 0 || !(errors[i] <= mean_error);
}
