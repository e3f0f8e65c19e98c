/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_STRESS_H
#define TEST_SEQSTAT_STRESS_H

/**
 * @file
 *
 * Helpers of the tests that run for a while: duration and random numbers
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * Return the duration of each part of a test, in seconds.
 *
 * It is the environment variable SEQSTAT_TEST_SECONDS, or one.
 */
unsigned int
test_seqstat_seconds(void);

/** Return the end of a part of a test that begins now, by rte_get_timer_cycles(). */
uint64_t
test_seqstat_end(void);

/**
 * Return the next number of a sequence that looks random.
 *
 * @param seed
 *   Where the sequence is; any number to begin with. One thread's own.
 */
uint64_t
test_seqstat_random(uint64_t *seed);

/** A pause, mostly a very short one, but now and then one in which much else happens. */
void
test_seqstat_pause(uint64_t *seed);

#endif /* TEST_SEQSTAT_STRESS_H */
