/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_VISITS_H
#define TEST_SEQSTAT_PERF_VISITS_H

/**
 * @file
 *
 * Which visits a benchmark pays next, each to a load, for one or more contenders
 */

#include <stdbool.h>

/**
 * In one turn of so many all visits are paid, so that all are spread over the whole time. In
 * the others it is those whose results are less certain than others.
 *
 * Not a multiple of the usual numbers of lcores: these take turns, too, and each is to have
 * some of the full ones.
 */
#define PERF_FULL_TURN 9

/**
 * Choose the visits of a turn.
 *
 * @param errors
 *   For each visit, the error of what was found so far; NAN if that is not known yet.
 * @param turn
 *   How many turns there were before.
 * @param[out] chosen
 *   For each visit, whether to pay it.
 */
void
perf_choose_visits(const double errors[], unsigned int n, unsigned int turn, bool chosen[]);

#endif /* TEST_SEQSTAT_PERF_VISITS_H */
