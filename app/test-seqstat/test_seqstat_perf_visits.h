/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_VISITS_H
#define TEST_SEQSTAT_PERF_VISITS_H

/**
 * @file
 *
 * To which loads a benchmark pays its next visits
 */

#include <stdbool.h>

/**
 * In one turn of so many all loads are visited, so that all are spread over the whole time.
 * In the others it is those whose results are less certain than the mean.
 */
#define PERF_FULL_TURN 5

/**
 * Choose the loads to visit in a turn.
 *
 * @param errors
 *   The error of what was found with each load so far; NAN if that is not known yet.
 * @param turn
 *   How many turns there were before.
 * @param[out] chosen
 *   For each load, whether to visit it.
 */
void
perf_choose_loads(const double errors[], unsigned int n_loads, unsigned int turn, bool chosen[]);

#endif /* TEST_SEQSTAT_PERF_VISITS_H */
