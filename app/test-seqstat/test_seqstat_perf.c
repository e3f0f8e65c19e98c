/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_perf.h"

unsigned int
perf_repeat(unsigned int full, unsigned int quick)
{
	const char *env = getenv("SEQSTAT_PERF_QUICK");

	return env != NULL && strcmp(env, "1") == 0 ? quick : full;
}

uint64_t
perf_work(uint64_t state, unsigned int cycles)
{
	/* A rotation and a multiplication take four cycles. */
	for (cycles /= 4; cycles > 0; cycles--)
		state = (state >> 29 | state << 35) * UINT64_C(0xbf58476d1ce4e5b9);

	return state;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
perf_quantile(double *samples, size_t n, double quantile)
{
	qsort(samples, n, sizeof(*samples), compare);

	return samples[(size_t)(quantile * (double)(n - 1))];
}
