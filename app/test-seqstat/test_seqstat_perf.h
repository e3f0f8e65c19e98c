/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_H
#define TEST_SEQSTAT_PERF_H

/**
 * @file
 *
 * Helpers of benchmarks, which print lines "place/of/figures: name=value ..."
 */

#include "test_seqstat.h"

/** Return a number of repetitions: quick if SEQSTAT_PERF_QUICK is 1, otherwise full. */
unsigned int
perf_repeat(unsigned int full, unsigned int quick);

/** Compute for about a number of cycles without memory. Pass the result to the next call. */
uint64_t
perf_work(uint64_t state, unsigned int cycles);

/** Sort samples, and return a quantile from 0, the least, to 1, the greatest. */
double
perf_quantile(double *samples, size_t n, double quantile);

#endif /* TEST_SEQSTAT_PERF_H */
