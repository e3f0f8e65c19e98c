/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_MP_H
#define TEST_SEQSTAT_MP_H

/**
 * @file
 *
 * What the tests have in common that need several processes
 *
 * An autotest, whatever EAL it was started with, starts this program anew as a primary
 * process with hugepages, to run a suite of test cases there. These start secondary
 * processes. What a process is to do is a command of this program too.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "test_seqstat.h"

/**
 * @name Processes
 * @{
 */

/** Where primary processes live, and their secondaries. */
struct test_seqstat_home {
	char runtime[64];    /**< Folder that takes the place of /var/run. */
	char prefix[32];     /**< Of the names of their files. */
	char hugepages[128]; /**< Where hugepages are mounted. */
};

/**
 * Start this program as a primary process, to run a command.
 *
 * @return
 *   Its id, or -1 after saying why not.
 */
pid_t
test_seqstat_start_primary(const struct test_seqstat_home *home, const char *command);

/**
 * Start this program as a secondary process of this one, to run a command.
 *
 * @param first_lcore
 *   Its main lcore's id. It has a worker with the next id; both run on all CPUs.
 * @return
 *   Its id, or -1 after saying why not.
 */
pid_t
test_seqstat_start_secondary(unsigned int first_lcore, const char *command);

/**
 * Wait, with a limit, until a process has ended, and kill it if it does not.
 *
 * @return
 *   Its exit status; or -1 after saying what it died of.
 */
int
test_seqstat_await_end(pid_t pid);

/** A signal handler after which nothing is waited for any more. */
void
test_seqstat_interrupt(int sig);

/** Kill a process. Unless it is reaped, it stays as a zombie. */
bool
test_seqstat_kill(pid_t pid, bool reap);

/** Reap a process that was killed; not at once, which takes long. None if the id is 0. */
void
test_seqstat_reap(pid_t pid);

/** Wait until a process has stopped itself; returns whether it has, and has not ended. */
bool
test_seqstat_await_stop(pid_t pid);

/** Stop a process, and wait until it has stopped. */
bool
test_seqstat_suspend(pid_t pid);

/** Let it go on. */
void
test_seqstat_resume(pid_t pid);

/** What a started process does first: end when the one ends that started it. */
void
test_seqstat_follow_parent(void);

/** @} */

/**
 * Find a home for primary processes, and do something there.
 *
 * Takes hugepages for that long, if there are too few, and mounts them.
 *
 * @return
 *   What it returned; TEST_SKIPPED after saying why there can be no home.
 */
int
test_seqstat_with_home(int (*host)(const struct test_seqstat_home *home));

/** Have a primary process run a command; returns how the command's test went. */
int
test_seqstat_run_primary(const struct test_seqstat_home *home, const char *command);

/** What such a command does: run a suite, in a process that can have secondaries. */
int
test_seqstat_run_in_primary(struct unit_test_suite *suite);

/**
 * @name The desk
 *
 * Words in shared memory by which a test case and a secondary process understand each
 * other. Each process has its own, by the id of its main lcore.
 * @{
 */

/** What a process and the primary tell each other. */
struct test_seqstat_desk {
	RTE_ATOMIC(uint32_t) ready; /**< Raised by the process. */
	RTE_ATOMIC(uint32_t) go;    /**< Raised by the primary. */
	RTE_ATOMIC(uint64_t) done[3]; /**< Sections, or other things that the process did. */
};

/** The set that they share. */
#define TEST_SEQSTAT_MP_SET "mp"
#define TEST_SEQSTAT_MP_ROWS 8
#define TEST_SEQSTAT_MP_VALUES 4

/** Make the desks anew, the set, and a snapshot object: in the primary, before a test case. */
int
test_seqstat_open_desks(struct rte_seqstat **set, struct rte_seqstat_snapshot **snap);

/** After it. The snapshot object may be NULL. */
void
test_seqstat_close_desks(struct rte_seqstat_snapshot *snap);

/** The desk of the process with a main lcore; NULL if there is none. */
struct test_seqstat_desk *
test_seqstat_desk(unsigned int first_lcore);

/**
 * What a command begins with: find this process' desk and the set.
 *
 * @return
 *   TEST_SUCCESS; or TEST_SKIPPED after saying that the command is not for people.
 */
int
test_seqstat_sit_down(struct test_seqstat_desk **desk, struct rte_seqstat **set);

/** Raise a flag of a desk. */
void
test_seqstat_raise(RTE_ATOMIC(uint32_t) *flag);

/** Whether it was raised. */
bool
test_seqstat_is_raised(const RTE_ATOMIC(uint32_t) *flag);

/** Wait, with a limit, for it to be. */
bool
test_seqstat_await_raised(const RTE_ATOMIC(uint32_t) *flag);

/** Wait, with a limit, until a process has raised its desk's flag. */
bool
test_seqstat_await_ready(pid_t pid, const struct test_seqstat_desk *desk);

/** Start a secondary process, and wait until it is ready. As test_seqstat_start_secondary(). */
pid_t
test_seqstat_start_ready(unsigned int first_lcore, const char *command);

/** Let a process go, and wait until it has ended; returns whether all went well there. */
bool
test_seqstat_let_go(unsigned int first_lcore, pid_t pid);

/** A secondary process' writer in a snapshot, or -1. LCORE_ID_ANY: its shared one. */
int
test_seqstat_find_writer_of(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id,
		pid_t pid);

/** @} */

/**
 * @name Level sections
 *
 * Each adds one to all values of all rows, so that all are equal between two of them.
 * @{
 */

void
test_seqstat_level_add(const struct rte_seqstat_section *sec);

void
test_seqstat_level_section(struct rte_seqstat_writer *w);

/** What all values of a writer in a snapshot are; UINT64_MAX if they are not equal. */
uint64_t
test_seqstat_level(const struct rte_seqstat_snapshot *snap, uint32_t writer);

/** Whether no value of a writer is less than a number, and none is greater by more than that. */
bool
test_seqstat_nearly_level(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t n,
		uint64_t more);

/** In a section, make all values equal to the greatest of them, and return that. */
uint64_t
test_seqstat_make_level(const struct rte_seqstat_section *sec);

/** @} */

#endif /* TEST_SEQSTAT_MP_H */
