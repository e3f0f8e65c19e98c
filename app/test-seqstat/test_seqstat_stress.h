/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_STRESS_H
#define TEST_SEQSTAT_STRESS_H

/**
 * @file
 *
 * Helpers for tests in which threads act for a while: duration, random numbers, actors, and
 * workers
 */

#include <stdalign.h>

#include "test_seqstat.h"

/** Return whether there is only one lcore; if so, print that the test needs two. */
bool
test_seqstat_one_lcore(void);

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

/**
 * Run a section that adds to all counters of two rows, which n determines, half of all rows apart.
 */
void
test_seqstat_balanced_section(struct rte_seqstat_writer *w, uint64_t n);

/** State of a worker, stored with release. */
enum test_seqstat_state {
	TEST_SEQSTAT_IDLE,
	TEST_SEQSTAT_RUNNING, /**< Completed a section. */
	TEST_SEQSTAT_DONE,    /**< Counts no more. */
	TEST_SEQSTAT_FAILED,  /**< Got no writer. */
};

/** An lcore that runs sections. */
struct test_seqstat_worker {
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint64_t) sections; /**< Completed. */
	RTE_ATOMIC(uint32_t) state; /**< An enum test_seqstat_state. */
	struct rte_seqstat_writer *writer; /**< Valid once the worker runs. */
};

/** Workers that all run the same section. */
struct test_seqstat_workers {
	struct rte_seqstat *set;
	/** The section; n counts from 0 in each worker. */
	void (*section)(struct rte_seqstat_writer *w, uint64_t n);
	RTE_ATOMIC(uint32_t) stop;
	struct test_seqstat_worker worker[RTE_MAX_LCORE]; /**< By lcore id. */
};

/**
 * Start a worker on each worker lcore, and wait until each completed a section.
 *
 * @return
 *   Whether each did. Call test_seqstat_stop() in any case.
 */
bool
test_seqstat_start(struct test_seqstat_workers *ws, struct rte_seqstat *st,
		void (*section)(struct rte_seqstat_writer *w, uint64_t n));

/** Stop the workers. Return whether each got a writer. */
bool
test_seqstat_stop(struct test_seqstat_workers *ws);

/** Return the number of sections that all workers completed. */
uint64_t
test_seqstat_sections(const struct test_seqstat_workers *ws);

#endif /* TEST_SEQSTAT_STRESS_H */
