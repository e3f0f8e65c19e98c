/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_STRESS_H
#define TEST_SEQSTAT_STRESS_H

/**
 * @file
 *
 * Helpers for tests in which threads act for a while: duration, random numbers, and actors
 */

#include "test_seqstat.h"

/**
 * Return the end of a part of a test that begins now, by rte_get_timer_cycles(). It takes
 * SEQSTAT_TEST_SECONDS, or one second.
 */
uint64_t
test_seqstat_end(void);

/**
 * Return the next number of a pseudo-random sequence.
 *
 * @param seed
 *   State of the sequence, any number at first. Each thread has its own.
 */
uint64_t
test_seqstat_random(uint64_t *seed);

/** Pause for a random time: mostly very short, sometimes long enough for other threads to act. */
void
test_seqstat_pause(uint64_t *seed);

/**
 * Wait until a word differs from a value, or the deadline passes.
 *
 * @return
 *   The word's value, loaded with acquire.
 */
uint32_t
test_seqstat_await_change(const __rte_seqstat_half_t *word, uint32_t from);

/** A thread that does something again and again. */
struct test_seqstat_actor {
	/** Act until test_seqstat_stopped(). Return a test's result. */
	int (*act)(struct test_seqstat_actor *self);
	uint64_t seed; /**< State of its random numbers. */
	uint64_t n;    /**< How often it acted. */
	int ret;
	rte_thread_t thread;
};

/** Return whether actors stop: the test is over, or one of them failed. */
bool
test_seqstat_stopped(void);

/**
 * Run actors while the calling thread runs a function, and stop them when it returns.
 *
 * @return
 *   TEST_SUCCESS if the function and all actors succeeded.
 */
int
test_seqstat_act(struct test_seqstat_actor *actors, unsigned int n, int (*beside)(void));

#endif /* TEST_SEQSTAT_STRESS_H */
