/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_H
#define TEST_SEQSTAT_PERF_H

/**
 * @file
 *
 * Helpers of the benchmarks
 *
 * They print lines of comma-separated values, for people and for devtools/bench_run.py.
 */

#include <stdalign.h>

#include "test_seqstat.h"

/** Choose a number of repetitions: the quick one if SEQSTAT_PERF_QUICK is 1. */
unsigned int
perf_repeat(unsigned int full, unsigned int quick);

/** Work for about a number of cycles, without memory. Pass the result on, so that it is used. */
uint64_t
perf_work(uint64_t state, unsigned int cycles);

/** Sort the samples and return a quantile of them, from 0 (the least) to 1 (the greatest). */
double
perf_quantile(double *samples, size_t n, double quantile);

/** Measure what an update costs, and the Data Plane Book's table. */
int
perf_update(void);

/** Measure what a snapshot costs while a writer writes, and what it costs the writer. */
int
perf_snapshot(void);

/** Measure how a snapshot's cost grows: as perf_snapshot(), with idle writers on all workers. */
int
perf_growth(void);

/** Measure what reading the stat file costs, and what publishing costs a writer. */
int
perf_file(void);

#endif /* TEST_SEQSTAT_PERF_H */
