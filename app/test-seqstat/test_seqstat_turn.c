/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include "seqstat_handle.h"
#include "test_seqstat_fixture.h"

/* Snapshots of several sets, the turn that readers take, and timeouts. */

#define N_ROWS 3

static struct rte_seqstat *other_set;
static struct rte_seqstat_writer *other_writer; /* The main lcore's. */
static struct rte_seqstat_snapshot *snap_of_other;

static int
set_up_two(uint32_t flags)
{
	TEST_ASSERT_SUCCESS(set_up_with(create_set("test", N_ROWS, NULL, 0)), "no first set");
	other_set = create_set("other", N_ROWS, NULL, flags);
	TEST_ASSERT_NOT_NULL(other_set, "set not created: %s", rte_strerror(rte_errno));
	other_writer = rte_seqstat_writer(other_set);
	snap_of_other = rte_seqstat_snapshot_create(other_set);
	TEST_ASSERT(other_writer != NULL && snap_of_other != NULL, "%s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static int
set_up(void)
{
	return set_up_two(0);
}

static int
set_up_with_own_epoch(void)
{
	return set_up_two(RTE_SEQSTAT_OWN_EPOCH);
}

static void
tear_down_two(void)
{
	tear_down();
	rte_seqstat_snapshot_free(snap_of_other);
	test_seqstat_writer_end(other_writer);
	test_seqstat_destroy(other_set);
	other_set = NULL;
	other_writer = NULL;
	snap_of_other = NULL;
}

static int
take_both(void)
{
	struct rte_seqstat_snapshot *const both[] = { snap_of_other, snap };

	return rte_seqstat_snapshot_take_all(both, RTE_DIM(both), 0);
}

/* NULL, an object twice, and sets with two epochs are refused. */
static int
test_take_all_errors(void)
{
	struct rte_seqstat_snapshot *const null[] = { snap, NULL };
	struct rte_seqstat_snapshot *const twice[] = { snap, other_snap, snap };

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take_all(twice, 0, 0), -EINVAL, "no objects");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take_all(null, 2, 0), -EINVAL, "NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take_all(twice, 3, 0), -EINVAL, "an object twice");
	TEST_ASSERT_EQUAL(take_both(), -EINVAL, "two epochs");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), 0, "taken in spite of the error");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take_all(twice, 2, 0), "two objects of a set");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take_all(&snap_of_other, 1, 0),
		"a set with its own epoch");

	return TEST_SUCCESS;
}

/* Two sets are read in one cut: sections from after the epoch are in neither. */
static int
test_take_all(void)
{
	count(writer, 0, 3, 30);
	count(other_writer, 0, 4, 40);
	test_seqstat_next_epoch(writer);
	test_seqstat_next_epoch(other_writer);
	count(writer, 0, 1, 31);
	count(other_writer, 0, 1, 41);
	test_seqstat_real_epoch(writer);
	test_seqstat_real_epoch(other_writer);
	TEST_ASSERT_SUCCESS(take_both(), "snapshot not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30) &&
		row_is(snap_of_other, rte_lcore_id(), 0, 4, 40), "a section from after the epoch");
	TEST_ASSERT(rte_seqstat_snapshot_tsc(snap) == rte_seqstat_snapshot_tsc(snap_of_other),
		"two times");

	return TEST_SUCCESS;
}

/* A writer of one set that is missed does not affect the other set. */
static int
test_take_all_missed(void)
{
	struct rte_seqstat_section sec;

	count(other_writer, 0, 4, 40);
	TEST_ASSERT_SUCCESS(take_both(), "snapshot not taken");
	count(writer, 0, 3, 30);
	count(other_writer, 0, 1, 41);
	sec = rte_seqstat_writer_begin(other_writer);
	TEST_ASSERT_EQUAL(take_both(), -ETIMEDOUT, "read in a section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), 0) && row_is(snap, rte_lcore_id(), 0, 3, 30),
		"the first set was not read");
	TEST_ASSERT(flags_are(snap_of_other, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		row_is(snap_of_other, rte_lcore_id(), 0, 4, 40), "the other set is not stale");
	TEST_ASSERT(rte_seqstat_snapshot_tsc(snap) == rte_seqstat_snapshot_tsc(snap_of_other),
		"two times");
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(take_both(), "snapshot not taken");
	TEST_ASSERT(row_is(snap_of_other, rte_lcore_id(), 0, 5, 41), "other values");

	return TEST_SUCCESS;
}

/** Let a process own the turn of the set, or none if 0. */
static void
set_turn(seqstat_owner_t owner)
{
	rte_atomic_store_explicit(&seqstat_handle(set)->set->cut->turn.owner, owner,
			rte_memory_order_relaxed);
}

/* Without the turn a snapshot times out and reads no writer; other epochs have other turns. */
static int
test_no_turn(void)
{
	const seqstat_owner_t this_process = rte_atomic_load_explicit(
			&seqstat_handle(set)->set->blocks[0].owner, rte_memory_order_relaxed);
	uint64_t tsc;
	int ret, ret_waiting, ret_first, ret_own;

	count(shared, 0, 4, 40);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	tsc = rte_seqstat_snapshot_tsc(snap);
	count(shared, 0, 1, 41);

	set_turn(this_process);
	ret = rte_seqstat_snapshot_take(snap, 0);
	ret_waiting = rte_seqstat_snapshot_take(snap, 1000);
	ret_first = rte_seqstat_snapshot_take(other_snap, 0);
	ret_own = rte_seqstat_snapshot_take(snap_of_other, 0);
	set_turn(0);

	TEST_ASSERT(ret == -ETIMEDOUT && ret_waiting == -ETIMEDOUT && ret_first == -ETIMEDOUT,
		"taken without the turn: %d, %d, %d", ret, ret_waiting, ret_first);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), tsc, "another time");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		flags_are(snap, LCORE_ID_ANY, RTE_SEQSTAT_STALE), "not all are stale");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 4, 40), "the former values are lost");
	TEST_ASSERT(flags_are(other_snap, rte_lcore_id(), RTE_SEQSTAT_UNREAD) &&
		flags_are(other_snap, LCORE_ID_ANY, RTE_SEQSTAT_UNREAD), "not all are unread");
	TEST_ASSERT_SUCCESS(ret_own, "a set with its own epoch waits for another epoch's turn");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "no turn after it was released");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 5, 41), "other values");

	return TEST_SUCCESS;
}

/* The turn of a dead process is taken over. */
static int
test_turn_of_dead_process(void)
{
	int ret;

	/* The process of the last slot is dead. */
	set_turn(SEQSTAT_OWNER(RTE_SEQSTAT_MAX_PROCESSES - 1, UINT32_MAX));
	ret = rte_seqstat_snapshot_take(snap, 0);
	set_turn(0);
	TEST_ASSERT_SUCCESS(ret, "not taken over: %d", ret);

	return TEST_SUCCESS;
}

/* Up to a timeout of a millisecond a snapshot is one cut, without a second try. */
static int
test_short_timeouts(void)
{
	static const uint64_t timeouts_us[] = { 0, 1, 500, 1000 };
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	unsigned int i;

	for (i = 0; i < RTE_DIM(timeouts_us); i++) {
		TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, timeouts_us[i]), -ETIMEDOUT,
			"read in a section");
		TEST_ASSERT(self().snapshots == i + 1 && self().missed == i + 1,
			"timeout %" PRIu64 ": %" PRIu64 " cuts, missed %" PRIu64, timeouts_us[i],
			self().snapshots, self().missed);
	}
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/* A shorter snapshot does not replace the longest one in the set's statistics. */
static int
test_longest(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	int ret = rte_seqstat_snapshot_take(snap, 1000);
	uint64_t longest_ns = self().longest_ns;

	rte_seqstat_end(&sec);
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "read in a section");
	TEST_ASSERT(longest_ns > 0, "it took no time");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(self().longest_ns >= longest_ns, "%" PRIu64 " ns, then %" PRIu64, longest_ns,
		self().longest_ns);

	return TEST_SUCCESS;
}

/** Stay in sections most of the time, like a thread that is often preempted there. */
static uint32_t
stay_often(void *arg)
{
	const __rte_seqstat_half_t *stop = arg;
	struct rte_seqstat_section sec;

	while (!rte_atomic_load_explicit(stop, rte_memory_order_relaxed)) {
		sec = rte_seqstat_begin(set);
		rte_delay_us_sleep(4000);
		rte_seqstat_end(&sec);
		rte_delay_us_sleep(500);
	}

	return 0;
}

#define N_TIMEOUTS 10

/* With a writer that never ends its section, a snapshot still waits for one that does. */
static int
test_stopped_and_preempted(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	RTE_ATOMIC(uint32_t) stop = 0;
	uint32_t i, n_without = 0;
	rte_thread_t thread;
	int ret = 0;

	TEST_ASSERT(test_seqstat_spawn(&thread, stay_often, &stop), "thread not created");
	for (i = 0; i < N_TIMEOUTS && (ret == 0 || ret == -ETIMEDOUT); i++) {
		ret = rte_seqstat_snapshot_take(snap, 400000);
		n_without += test_seqstat_flags(snap, LCORE_ID_ANY) != 0;
	}
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_thread_join(thread, NULL);
	rte_seqstat_end(&sec);
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "read in a section");
	/* The kernel may also keep that thread from running. */
	TEST_ASSERT(n_without < N_TIMEOUTS / 2, "%u of %u snapshots lack the writer", n_without, i);

	return TEST_SUCCESS;
}

/** A thread that takes a snapshot. */
struct reader {
	struct rte_seqstat_snapshot *snap;
	uint64_t timeout_us;
	RTE_ATOMIC(uint32_t) done;
	int ret;
};

static uint32_t
take_once(void *arg)
{
	struct reader *reader = arg;

	reader->ret = rte_seqstat_snapshot_take(reader->snap, reader->timeout_us);
	rte_atomic_store_explicit(&reader->done, 1, rte_memory_order_release);

	return 0;
}

/** Wait until the set was cut n times. Return false if the reader finishes before. */
static bool
await_cuts(const struct reader *reader, uint64_t n)
{
	uint64_t limit = test_seqstat_limit();

	while (self().snapshots < n)
		if (rte_atomic_load_explicit(&reader->done, rte_memory_order_acquire) ||
				rte_get_timer_cycles() > limit)
			return false;

	return true;
}

/* A timeout whose cycles exceed 64 bits does not expire at once. */
static int
test_endless_timeouts(void)
{
	/* The second one is 2^64 cycles and at most a microsecond. */
	const uint64_t hz = rte_get_tsc_hz();
	const uint64_t timeouts_us[] = { UINT64_MAX,
		UINT64_MAX / hz * US_PER_S + UINT64_MAX % hz * US_PER_S / hz + 1 };
	struct reader reader = { .snap = snap };
	struct rte_seqstat_section sec;
	rte_thread_t thread;
	uint64_t n_before;
	unsigned int i;
	bool waits;

	for (i = 0; i < RTE_DIM(timeouts_us); i++) {
		reader.timeout_us = timeouts_us[i];
		reader.done = 0;
		n_before = self().snapshots;
		sec = rte_seqstat_writer_begin(writer);
		TEST_ASSERT(test_seqstat_spawn(&thread, take_once, &reader), "thread not created");
		waits = await_cuts(&reader, n_before + 2);
		rte_seqstat_end(&sec);
		rte_thread_join(thread, NULL);
		TEST_ASSERT(waits && reader.ret == 0, "timeout %" PRIu64 ": %d", reader.timeout_us,
			reader.ret);
	}

	return TEST_SUCCESS;
}

#define N_READS 1000

/** Read both sets while another reader waits for a writer of the first one. */
static int
read_beside(const struct reader *reader)
{
	uint64_t limit = test_seqstat_limit();
	unsigned int i;

	TEST_ASSERT(await_cuts(reader, 3), "the reader does not try again");
	for (i = 0; i < N_READS; i++)
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap_of_other,
			TEST_SEQSTAT_LIMIT_US), "snapshot %u of the other set", i);
	do {
		TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 10000), -ETIMEDOUT,
			"read in a section");
		TEST_ASSERT(rte_get_timer_cycles() < limit, "the idle writer is never read");
	} while (test_seqstat_flags(snap, LCORE_ID_ANY) != 0);
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 4, 40), "other values");
	TEST_ASSERT_EQUAL(rte_atomic_load_explicit(&reader->done, rte_memory_order_acquire), 0,
		"the reader did not wait");

	return TEST_SUCCESS;
}

/* A reader that waits for a writer gives the turn to other readers. */
static int
test_bounded_turn(void)
{
	struct reader reader = { .snap = other_snap, .timeout_us = TEST_SEQSTAT_LIMIT_US };
	struct rte_seqstat_section sec;
	rte_thread_t thread;
	int ret;

	count(shared, 0, 4, 40);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 3, 30);
	TEST_ASSERT(test_seqstat_spawn(&thread, take_once, &reader), "thread not created");
	ret = read_beside(&reader);
	rte_seqstat_end(&sec);
	rte_thread_join(thread, NULL);
	TEST_ASSERT_SUCCESS(ret, "while a reader waits for a writer");
	TEST_ASSERT_SUCCESS(reader.ret, "the waiting reader returned %d", reader.ret);
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 3, 30), "it lacks the section");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat turns and timeouts",
	.unit_test_cases = {
		TEST_CASE_ST(set_up_with_own_epoch, tear_down_two, test_take_all_errors),
		TEST_CASE_ST(set_up, tear_down_two, test_take_all),
		TEST_CASE_ST(set_up, tear_down_two, test_take_all_missed),
		TEST_CASE_ST(set_up_with_own_epoch, tear_down_two, test_no_turn),
		TEST_CASE_ST(set_up, tear_down_two, test_turn_of_dead_process),
		TEST_CASE_ST(set_up, tear_down_two, test_short_timeouts),
		TEST_CASE_ST(set_up, tear_down_two, test_longest),
		TEST_CASE_ST(set_up, tear_down_two, test_stopped_and_preempted),
		TEST_CASE_ST(set_up, tear_down_two, test_endless_timeouts),
		TEST_CASE_ST(set_up, tear_down_two, test_bounded_turn),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_turn(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_turn_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_turn);
