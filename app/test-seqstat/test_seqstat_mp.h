/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_MP_H
#define TEST_SEQSTAT_MP_H

/**
 * @file
 *
 * Helpers of the tests with several processes
 *
 * A test case runs in a primary process with hugepages. It starts this program anew, as
 * secondary processes whose roles are commands of the program.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "test_seqstat.h"

/** Children that a test case can have at a time. */
#define TEST_SEQSTAT_MAX_CHILDREN 4

/** Words in shared memory, one structure for each child. */
struct test_seqstat_desk {
	RTE_ATOMIC(uint32_t) ready; /**< Raised by the child. */
	RTE_ATOMIC(uint32_t) go;    /**< Raised by the test case. */
	RTE_ATOMIC(uint64_t) done[3]; /**< Sections, or other work that the child completed. */
};

/** The set that the processes share, and a snapshot object of the test case. */
extern struct rte_seqstat *test_seqstat_mp_set;
extern struct rte_seqstat_snapshot *test_seqstat_mp_snap;

#define TEST_SEQSTAT_MP_SET "mp"
#define TEST_SEQSTAT_MP_ROWS 8
#define TEST_SEQSTAT_MP_VALUES 4

/** Create the set and the snapshot object: the setup of each test case. */
int
test_seqstat_mp_open(void);

void
test_seqstat_mp_close(void);

/** Run a suite, or skip it where this process cannot have secondaries. */
int
test_seqstat_mp_run(struct unit_test_suite *suite);

/** Run a role of a child, on its desk and the shared set. */
int
test_seqstat_mp_be(int (*role)(struct test_seqstat_desk *desk, struct rte_seqstat *set));

/** Define a command that runs a role. */
#define TEST_SEQSTAT_ROLE(name, role)					\
	static int							\
	run_##name(void)						\
	{								\
		return test_seqstat_mp_be(role);			\
	}								\
	REGISTER_TEST_COMMAND(name, run_##name)

struct test_seqstat_desk *
test_seqstat_desk(unsigned int child);

/** Return the main lcore id of a child; its worker has the next one. */
unsigned int
test_seqstat_child_lcore(unsigned int child);

/** Start a secondary; returns its process id, or -1. */
pid_t
test_seqstat_child_spawn(unsigned int child, const char *role);

/** Start a process with this prefix and options: a primary, or a secondary of another primary. */
pid_t
test_seqstat_child_spawn_as(unsigned int child, const char *role, const char *prefix,
		const char *proc_type);

/** Wait until a child is ready; returns false if it ends before. */
bool
test_seqstat_child_await(unsigned int child, pid_t pid);

/** Start a secondary and wait until it is ready; returns its process id, or -1. */
pid_t
test_seqstat_child_start(unsigned int child, const char *role);

/** Let a child go and wait until it ends; returns whether its role succeeded. */
bool
test_seqstat_child_finish(unsigned int child, pid_t pid);

/** Stop a child with SIGSTOP, or kill it with SIGKILL, and wait until it is stopped or dead. */
bool
test_seqstat_child_signal(pid_t pid, int sig);

/** Wait until a child has stopped itself. */
bool
test_seqstat_child_await_stop(pid_t pid);

/** Kill a child unless it is dead, and reap it. Does nothing if the id is not positive. */
void
test_seqstat_child_reap(pid_t pid);

void
test_seqstat_raise(RTE_ATOMIC(uint32_t) *flag);

bool
test_seqstat_is_raised(const RTE_ATOMIC(uint32_t) *flag);

/** Wait, with a limit, until a flag is raised. */
bool
test_seqstat_await_raised(const RTE_ATOMIC(uint32_t) *flag);

/** Find a process's writer in a snapshot; returns -1 if it has none. */
int
test_seqstat_find_writer_of(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id,
		pid_t pid);

/**
 * @name Level sections
 *
 * Each adds one to all values of all rows, so that all are equal between two sections.
 * @{
 */

void
test_seqstat_level_add(const struct rte_seqstat_section *sec);

void
test_seqstat_level_section(struct rte_seqstat_writer *w);

/** Return what all values of a writer in a snapshot are; UINT64_MAX if they are not equal. */
uint64_t
test_seqstat_level(const struct rte_seqstat_snapshot *snap, uint32_t writer);

/** Return whether all values of a writer are n or n + 1. */
bool
test_seqstat_nearly_level(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t n);

/** In a section, make all values equal to the greatest of them, and return that. */
uint64_t
test_seqstat_make_level(const struct rte_seqstat_section *sec);

/** @} */

#endif /* TEST_SEQSTAT_MP_H */
