/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_H
#define TEST_SEQSTAT_H

/**
 * @file
 *
 * Helpers for all seqstat tests
 */

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_seqstat.h>
#include <rte_thread.h>

#include "test.h"

/* Up to 23.07, DPDK's build lists the tests of each suite. */
#ifndef REGISTER_FAST_TEST
#define REGISTER_FAST_TEST(cmd, no_huge, asan, func) REGISTER_TEST_COMMAND(cmd, func)
#endif
#ifndef REGISTER_PERF_TEST
#define REGISTER_PERF_TEST REGISTER_TEST_COMMAND
#endif

/**
 * Timeout in microseconds of an event that must happen, such as a snapshot or a change of another
 * thread's state. Only a hang exceeds it, even on a busy machine.
 */
#define TEST_SEQSTAT_LIMIT_US (60 * US_PER_S)

/**
 * Create a set with counters c0, c1, ...
 *
 * @return
 *   The set, or NULL with rte_errno set.
 */
struct rte_seqstat *
test_seqstat_create(const char *name, uint32_t n_counters, uint32_t n_rows);

/** Return whether creating a set fails with an error; print it if not. */
bool
test_seqstat_refused(const struct rte_seqstat_params *params, int error);

/** Free a set, and print an error if it cannot be freed. */
void
test_seqstat_destroy(struct rte_seqstat *st);

/** Test case: assert that the cases before it freed all their sets. */
int
test_seqstat_none_left(void);

/**
 * Begin a section as if the calling thread ran on an lcore.
 *
 * @param lcore_id
 *   Any lcore id, or LCORE_ID_ANY for the shared writer.
 */
struct rte_seqstat_section
test_seqstat_begin_as(struct rte_seqstat *st, unsigned int lcore_id);

/**
 * Get an lcore's writer as if the calling thread ran on that lcore.
 *
 * @param lcore_id
 *   Any lcore id, or LCORE_ID_ANY for the shared writer, in which an empty section is run.
 * @return
 *   The writer, or NULL with rte_errno set.
 */
struct rte_seqstat_writer *
test_seqstat_writer_of(struct rte_seqstat *st, unsigned int lcore_id);

/** End the section that a failed test left open in a writer; the writer may be NULL. */
void
test_seqstat_writer_end(struct rte_seqstat_writer *w);

/**
 * Tear a section: a thread adds one to the first value of the first row, and unregisters inside
 * the section.
 *
 * @return
 *   The lcore id of that thread, or LCORE_ID_ANY if there was none.
 */
unsigned int
test_seqstat_tear(struct rte_seqstat *st);

/** Return the deadline of an event that is awaited from now on, by rte_get_timer_cycles(). */
uint64_t
test_seqstat_limit(void);

/**
 * Create a thread that may run on the CPUs of all lcores.
 *
 * @return
 *   Whether it was created; if so, join it with rte_thread_join().
 */
bool
test_seqstat_spawn(rte_thread_t *thread, rte_thread_func func, void *arg);

/** Find an lcore's writer in a snapshot, LCORE_ID_ANY: the shared one. Return -1 if none. */
int
test_seqstat_find_writer(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id);

/** Return the flags of an lcore's writer in a snapshot, UINT32_MAX if it has none. */
uint32_t
test_seqstat_flags(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id);

/** Return a value of an lcore's writer in a snapshot, UINT64_MAX if it has none. */
uint64_t
test_seqstat_value(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id,
		uint32_t row, uint32_t counter);

/**
 * Show a writer the next snapshot's epoch.
 *
 * A section that begins now is like one that begins after the next snapshot has advanced the epoch
 * and before its reader looks at the writer. So one thread can test what otherwise takes two.
 * Several writers may be shown the next epoch if they share the current one.
 */
void
test_seqstat_next_epoch(struct rte_seqstat_writer *w);

/** Show a writer the real epoch again. */
void
test_seqstat_real_epoch(struct rte_seqstat_writer *w);

/**
 * Read a value from a writer's block, as a program that knows the layout does.
 *
 * If the writer runs, the caller checks the value with rte_seqcount_read_retry().
 */
uint64_t
test_seqstat_peek(const struct rte_seqstat_writer *w, uint32_t row, uint32_t counter);

#endif /* TEST_SEQSTAT_H */
