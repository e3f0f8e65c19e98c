/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_H
#define TEST_SEQSTAT_PERF_H

/**
 * @file
 *
 * Helpers of benchmarks, which print lines of comma-separated values
 */

#include <stdalign.h>

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

/** Measure an update, and the comparison in Data Plane Software Design. */
int
perf_update(void);

/** Measure a snapshot while a writer writes, and the slowdown of the writer. */
int
perf_snapshot(void);

/** Measure a snapshot of idle writers on all worker lcores. */
int
perf_growth(void);

/** Measure a read of the stat file, and the slowdown of a writer by publishing. */
int
perf_file(void);

#endif /* TEST_SEQSTAT_PERF_H */
