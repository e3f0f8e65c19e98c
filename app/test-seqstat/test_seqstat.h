/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_H
#define TEST_SEQSTAT_H

/**
 * @file
 *
 * Helpers of the tests
 */

#include <stdalign.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_seqstat.h>
#include <rte_thread.h>

#include "test.h"

/* Up to 23.07, a list in the build says which suite of DPDK's a test belongs to. */
#ifndef REGISTER_FAST_TEST
#define REGISTER_FAST_TEST(cmd, no_huge, asan, func) REGISTER_TEST_COMMAND(cmd, func)
#endif
#ifndef REGISTER_PERF_TEST
#define REGISTER_PERF_TEST REGISTER_TEST_COMMAND
#endif

/**
 * Timeout of what must happen, such as a snapshot or a state of another thread, in
 * microseconds. Only what hangs exceeds it, also on a busy machine.
 */
#define TEST_SEQSTAT_LIMIT_US (60 * US_PER_S)

/** Skip the calling test, with the reason, on less than a number of lcores. */
#define TEST_SEQSTAT_NEEDS_LCORES(n) do {				\
	if (rte_lcore_count() < (n)) {					\
		printf("%s() needs %u lcores\n", __func__, (n));	\
		return TEST_SKIPPED;					\
	}								\
} while (0)

/**
 * Create a set with counters c0, c1, ...
 *
 * @return
 *   The set, or NULL with rte_errno.
 */
struct rte_seqstat *
test_seqstat_create(const char *name, uint32_t n_counters, uint32_t n_rows);

/**
 * Get the writer of any lcore id, as if the calling thread had it; LCORE_ID_ANY: the shared
 * writer, after an empty section.
 *
 * @return
 *   The writer, or NULL with rte_errno.
 */
struct rte_seqstat_writer *
test_seqstat_writer_of(struct rte_seqstat *st, unsigned int lcore_id);

/**
 * Add one to the first value of the first row in a section that stays unfinished: its thread
 * unregisters inside.
 *
 * @return
 *   The lcore id that the thread had; LCORE_ID_ANY: there was no such thread.
 */
unsigned int
test_seqstat_tear(struct rte_seqstat *st);

/** Free a set, and complain if that is refused. */
void
test_seqstat_destroy(struct rte_seqstat *st);

/** End the section, if any, in which a test that failed left a writer, if any. */
void
test_seqstat_writer_end(struct rte_seqstat_writer *w);

/**
 * A test case: no set was left behind by those before it.
 */
int
test_seqstat_none_left(void);

/** The time, by rte_get_timer_cycles(), at which to give up what begins now. */
uint64_t
test_seqstat_limit(void);

/**
 * Wait, with a limit, until a word has another value than a given one.
 *
 * @return
 *   The value that it has then, by a load-acquire.
 */
uint32_t
test_seqstat_await_change(const RTE_ATOMIC(uint32_t) *word, uint32_t from);

/** Return the CPUs of all lcores. */
rte_cpuset_t
test_seqstat_cpus(void);

/**
 * Run a function in a thread of its own, on the CPUs of the lcores.
 *
 * @return
 *   Whether it runs. To be joined with rte_thread_join().
 */
bool
test_seqstat_spawn(rte_thread_t *thread, rte_thread_func func, void *arg);

/** Find an lcore's writer in a snapshot; -1 if it has none. LCORE_ID_ANY: a shared one. */
int
test_seqstat_find_writer(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id);

/** The flags of an lcore's writer in a snapshot; UINT32_MAX if it has none. */
uint32_t
test_seqstat_flags(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id);

/** A value of an lcore's writer in a snapshot; UINT64_MAX if it has none. */
uint64_t
test_seqstat_value(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id,
		uint32_t row, uint32_t counter);

/**
 * Show a writer the epoch of the next snapshot before there is one.
 *
 * A section that begins now is like one that begins after the snapshot does, before the reader
 * looks at its writer. So one thread does what otherwise needs two. All writers of one
 * epoch can be shown the next.
 */
void
test_seqstat_foresee(struct rte_seqstat_writer *w);

/** Show a writer the true epoch again. */
void
test_seqstat_see(struct rte_seqstat_writer *w);

/**
 * Read a number out of a writer's block, as a program that knows the layout would.
 *
 * The caller guards it by rte_seqcount_read_begin() and rte_seqcount_read_retry().
 */
uint64_t
test_seqstat_peek(const struct rte_seqstat_writer *w, uint32_t row, uint32_t counter);

/**
 * @name Balanced sections
 *
 * Between any two of them, and nowhere inside, this holds: in each row, counter i is i + 1 times
 * counter 0; and row r equals row r + n_rows / 2.
 * @{
 */

/** In a section, add to all counters of two rows, which depend on n. */
void
test_seqstat_balanced_add(const struct rte_seqstat_section *sec, uint64_t n);

/** Run a section that does this. */
void
test_seqstat_balanced_section(struct rte_seqstat_writer *w, uint64_t n);

/** Return whether rows r and r + n_rows / 2 are balanced; print the values that are not. */
bool
test_seqstat_rows_balanced(const uint64_t *row, const uint64_t *other, uint32_t n_counters);

/** Return whether all writers in a snapshot that were read are balanced. */
bool
test_seqstat_snapshot_balanced(const struct rte_seqstat_snapshot *snap);

/** Return the number of balanced sections in a writer's values. */
uint64_t
test_seqstat_balanced_sections_of(const struct rte_seqstat_snapshot *snap, uint32_t writer);

/** Likewise, of all its writers. */
uint64_t
test_seqstat_balanced_sections(const struct rte_seqstat_snapshot *snap);

/** @} */

/** The state of a worker; a store-release sets each next one. */
enum test_seqstat_state {
	TEST_SEQSTAT_IDLE,
	TEST_SEQSTAT_RUNNING, /**< Completed a section. */
	TEST_SEQSTAT_DONE,    /**< Counts no more. */
	TEST_SEQSTAT_FAILED,  /**< Got no writer. */
};

/** A writer that an lcore runs; see test_seqstat_start(). */
struct test_seqstat_worker {
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint64_t) sections; /**< Completed. */
	RTE_ATOMIC(uint32_t) state; /**< An enum test_seqstat_state. */
	struct rte_seqstat_writer *writer; /**< Set from the state of running on. */
};

/** Writers on worker lcores, all doing the same. */
struct test_seqstat_workers {
	struct rte_seqstat *set;
	/** The section that each of them repeats; n counts from 0. */
	void (*section)(struct rte_seqstat_writer *w, uint64_t n);
	RTE_ATOMIC(uint32_t) stop;
	struct test_seqstat_worker worker[RTE_MAX_LCORE]; /**< By lcore id. */
	rte_thread_t threads[RTE_MAX_LCORE]; /**< Of test_seqstat_start_threads(). */
	unsigned int n_threads;
};

/**
 * Start a writer on each worker lcore, and wait until all have completed a section.
 *
 * @return
 *   Whether all did. To be stopped in any case.
 */
bool
test_seqstat_start(struct test_seqstat_workers *ws, struct rte_seqstat *st,
		void (*section)(struct rte_seqstat_writer *w, uint64_t n));

/** Start a writer in each of n registered threads, on the CPUs of all lcores. */
bool
test_seqstat_start_threads(struct test_seqstat_workers *ws, struct rte_seqstat *st,
		void (*section)(struct rte_seqstat_writer *w, uint64_t n), unsigned int n);

/**
 * Stop the writers that run.
 *
 * @return
 *   Whether all went well.
 */
bool
test_seqstat_stop(struct test_seqstat_workers *ws);

/** Sections that all the writers together have completed. */
uint64_t
test_seqstat_sections(const struct test_seqstat_workers *ws);

#endif /* TEST_SEQSTAT_H */
