/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>

#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/* Several threads in one part of the library: readers, a shared writer, names. */

#define N_COUNTERS 8
#define N_ROWS 16

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap[2];
static struct test_seqstat_workers workers;

static int
set_up(void)
{
	set = test_seqstat_create("test", N_COUNTERS, N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	snap[0] = rte_seqstat_snapshot_create(set);
	snap[1] = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(snap[0] != NULL && snap[1] != NULL, "no object: %s",
		rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	test_seqstat_stop(&workers);
	rte_seqstat_snapshot_free(snap[0]);
	rte_seqstat_snapshot_free(snap[1]);
	test_seqstat_destroy(set);
}

/** When the writers rest, nothing is lost and nothing is added. */
static int
check_at_rest(uint64_t expected)
{
	uint64_t sections;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap[0], 0), "not read at rest");
	TEST_ASSERT(test_seqstat_snapshot_balanced(snap[0]), "torn at rest");
	sections = test_seqstat_balanced_sections(snap[0]);
	TEST_ASSERT_EQUAL(sections, expected, "%" PRIu64 " sections instead of %" PRIu64,
		sections, expected);

	return TEST_SUCCESS;
}

/* Two readers, each telling the other what it saw. */

#define MIN_SNAPSHOTS 50

static RTE_ATOMIC(uint64_t) told[2];

static int
read_in_turn(unsigned int self)
{
	uint64_t sections, last = 0, other, end = test_seqstat_end();
	struct rte_seqstat_snapshot *s = snap[self];
	unsigned int i;

	for (i = 0; i < MIN_SNAPSHOTS || rte_get_timer_cycles() < end; i++) {
		other = rte_atomic_load_explicit(&told[1 - self], rte_memory_order_acquire);
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US),
			"reader %u, snapshot %u: not taken", self, i);
		TEST_ASSERT(test_seqstat_snapshot_balanced(s), "reader %u, snapshot %u: torn",
			self, i);
		sections = test_seqstat_balanced_sections(s);
		TEST_ASSERT(sections >= last && sections >= other, "reader %u, snapshot %u: went "
			"back to %" PRIu64 " from its %" PRIu64 " or the other's %" PRIu64,
			self, i, sections, last, other);
		last = sections;
		rte_atomic_store_explicit(&told[self], sections, rte_memory_order_release);
	}
	printf("reader %u: %u snapshots\n", self, i);

	return TEST_SUCCESS;
}

static uint32_t
second_reader(void *ret)
{
	*(int *)ret = read_in_turn(1);

	return 0;
}

static int
test_two_readers(void)
{
	int ret, other_ret = TEST_FAILED;
	rte_thread_t thread;

	memset(told, 0, sizeof(told));
	TEST_ASSERT(test_seqstat_start(&workers, set, test_seqstat_balanced_section),
		"no writers");
	TEST_ASSERT(test_seqstat_spawn(&thread, second_reader, &other_ret), "no thread");
	ret = read_in_turn(0);
	rte_thread_join(thread, NULL);
	TEST_ASSERT_SUCCESS(ret, "the first reader");
	TEST_ASSERT_SUCCESS(other_ret, "the second reader");
	TEST_ASSERT(test_seqstat_stop(&workers), "a writer failed");
	TEST_ASSERT_SUCCESS(check_at_rest(test_seqstat_sections(&workers)), "at rest");

	return TEST_SUCCESS;
}

/* Threads without an lcore id, which share a writer. */

#define N_SHARING 3

static RTE_ATOMIC(uint32_t) stop_sharing;

/** One of them. */
struct sharer {
	rte_thread_t thread;
	uint64_t sections;
	RTE_ATOMIC(uint32_t) state; /**< An enum test_seqstat_state. */
};

/** Write until told to stop. */
static void
write_shared(struct sharer *self, struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec;

	do {
		sec = rte_seqstat_write_lock(w);
		test_seqstat_balanced_add(&sec, self->sections++);
		rte_seqstat_write_unlock(&sec);
		rte_atomic_store_explicit(&self->state, TEST_SEQSTAT_RUNNING,
				rte_memory_order_release);
	} while (rte_atomic_load_explicit(&stop_sharing, rte_memory_order_relaxed) == 0);
}

static uint32_t
be_sharer(void *arg)
{
	struct rte_seqstat_writer *w = test_seqstat_attach(set, LCORE_ID_ANY);
	uint32_t state = TEST_SEQSTAT_FAILED;
	struct sharer *self = arg;

	if (w != NULL) {
		write_shared(self, w);
		if (test_seqstat_detach(w) == 0)
			state = TEST_SEQSTAT_DONE;
	}
	rte_atomic_store_explicit(&self->state, state, rte_memory_order_release);

	return 0;
}

/** Start threads that share a writer; returns how many. */
static unsigned int
start_sharers(struct sharer sharers[N_SHARING])
{
	unsigned int n = 0;

	rte_atomic_store_explicit(&stop_sharing, 0, rte_memory_order_relaxed);
	while (n < N_SHARING && test_seqstat_spawn(&sharers[n].thread, be_sharer, &sharers[n]))
		n++;

	return n;
}

/**
 * Wait until each has written, then let them go; returns how many wrote and detached.
 *
 * The lock is not fair: how long one of them waits for it is not said.
 */
static unsigned int
stop_sharers(struct sharer sharers[N_SHARING], unsigned int n)
{
	unsigned int i, n_wrote = 0, n_done = 0;

	for (i = 0; i < n; i++)
		n_wrote += test_seqstat_await_change(&sharers[i].state, TEST_SEQSTAT_IDLE) ==
			TEST_SEQSTAT_RUNNING;
	rte_atomic_store_explicit(&stop_sharing, 1, rte_memory_order_relaxed);
	for (i = 0; i < n; i++) {
		rte_thread_join(sharers[i].thread, NULL);
		n_done += rte_atomic_load_explicit(&sharers[i].state,
				rte_memory_order_relaxed) == TEST_SEQSTAT_DONE;
	}

	return RTE_MIN(n_wrote, n_done);
}

static int
check_while_sharing(void)
{
	uint64_t sections, last = 0, end = test_seqstat_end();
	struct rte_seqstat_snapshot *s = snap[0];

	while (rte_get_timer_cycles() < end) {
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US),
			"not taken");
		TEST_ASSERT(test_seqstat_snapshot_balanced(s), "torn");
		sections = test_seqstat_balanced_sections(s);
		TEST_ASSERT(sections >= last, "went back from %" PRIu64 " to %" PRIu64,
			last, sections);
		last = sections;
	}

	return TEST_SUCCESS;
}

static int
test_shared_writer(void)
{
	struct sharer sharers[N_SHARING] = { 0 };
	unsigned int i, n_started, n_done;
	uint64_t sum = 0;
	int ret;

	n_started = start_sharers(sharers);
	ret = check_while_sharing();
	n_done = stop_sharers(sharers, n_started);
	TEST_ASSERT_EQUAL(n_done, N_SHARING, "%u threads wrote, of %u", n_done, N_SHARING);
	TEST_ASSERT_SUCCESS(ret, "while the threads wrote");
	for (i = 0; i < N_SHARING; i++)
		sum += sharers[i].sections;
	TEST_ASSERT_SUCCESS(check_at_rest(sum), "at rest");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap[0]), 1, "not one for all");

	return TEST_SUCCESS;
}

/* Names of rows that change while they are read. */

static const char * const names[] = {
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
	"c",
};

static RTE_ATOMIC(uint32_t) stop_naming;

/*
 * Both threads use the library's lock all the time, which is not fair: either can be told that
 * the other one had it for too long.
 */

static uint32_t
name_row(void *arg)
{
	int ret = 0, *naming_ret = arg;
	unsigned int i;

	for (i = 0; rte_atomic_load_explicit(&stop_naming, rte_memory_order_relaxed) == 0 &&
			(ret == 0 || ret == -ETIMEDOUT); i++)
		ret = rte_seqstat_row_name_set(set, 1, names[i % RTE_DIM(names)]);
	*naming_ret = ret == -ETIMEDOUT ? 0 : ret;

	return 0;
}

/** Read for a while, and until each name was seen; there is no other. */
static int
check_names(void)
{
	uint64_t end = test_seqstat_end(), limit = test_seqstat_limit();
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	unsigned int i, seen = 0;
	int ret;

	while (rte_get_timer_cycles() < end || seen != RTE_BIT32(RTE_DIM(names)) - 1) {
		TEST_ASSERT(rte_get_timer_cycles() < limit, "not all names: %#x", seen);
		ret = rte_seqstat_row_name_get(set, 1, name);
		if (ret == -ETIMEDOUT)
			continue;
		TEST_ASSERT_SUCCESS(ret, "no name: %d", ret);
		for (i = 0; i < RTE_DIM(names) && strcmp(name, names[i]) != 0; i++)
			;
		TEST_ASSERT(i < RTE_DIM(names), "a name that nobody gave: '%s'", name);
		seen |= RTE_BIT32(i);
	}

	return TEST_SUCCESS;
}

static int
test_row_names(void)
{
	int ret, naming_ret = -1;
	rte_thread_t thread;

	rte_atomic_store_explicit(&stop_naming, 0, rte_memory_order_relaxed);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_set(set, 1, names[0]), "cannot name a row");
	TEST_ASSERT(test_seqstat_spawn(&thread, name_row, &naming_ret), "no thread");
	ret = check_names();
	rte_atomic_store_explicit(&stop_naming, 1, rte_memory_order_relaxed);
	rte_thread_join(thread, NULL);
	TEST_ASSERT_SUCCESS(ret, "while the row was named");
	TEST_ASSERT_SUCCESS(naming_ret, "naming failed: %d", naming_ret);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat threads",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_two_readers),
		TEST_CASE_ST(set_up, tear_down, test_shared_writer),
		TEST_CASE_ST(set_up, tear_down, test_row_names),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_threads(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_threads_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_threads);
