/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_fixture.h"

/* Differences of two snapshots: values, flags, writers and rows that come and go. */

#define N_ROWS 3
/** An lcore without a thread, whose writer a test creates between two snapshots. */
#define NEW_LCORE (RTE_MAX_LCORE - 1)

static struct rte_seqstat_snapshot *diff;

static int
set_up(void)
{
	TEST_ASSERT_SUCCESS(set_up_with(create_set("test", N_ROWS, NULL, 0)), "no set");
	diff = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(diff, "no snapshot object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
tear_down_all(void)
{
	rte_seqstat_snapshot_free(diff);
	diff = NULL;
	tear_down();
}

/** Count 20 packets on the new lcore. */
static bool
count_new(void)
{
	struct rte_seqstat_writer *w = test_seqstat_writer_of(set, NEW_LCORE);

	if (w != NULL)
		count(w, 0, 20, 4);

	return w != NULL;
}

/* Snapshots of two sets are not subtracted. */
static int
test_of_another_set(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", N_COUNTERS, N_ROWS);
	struct rte_seqstat_snapshot *foreign = rte_seqstat_snapshot_create(other);
	int ret[3];

	TEST_ASSERT_NOT_NULL(foreign, "no snapshot object: %s", rte_strerror(rte_errno));
	ret[0] = rte_seqstat_snapshot_diff(foreign, snap, snap);
	ret[1] = rte_seqstat_snapshot_diff(snap, foreign, snap);
	ret[2] = rte_seqstat_snapshot_diff(snap, snap, foreign);
	rte_seqstat_snapshot_free(foreign);
	test_seqstat_destroy(other);
	TEST_ASSERT(ret[0] == -EINVAL && ret[1] == -EINVAL && ret[2] == -EINVAL, "%d, %d, %d",
		ret[0], ret[1], ret[2]);

	return TEST_SUCCESS;
}

/** Check what a difference has after check_values() counted. */
static int
check_increase(const struct rte_seqstat_snapshot *s)
{
	TEST_ASSERT(flags_are(s, rte_lcore_id(), 0), "the difference of two cuts has flags");
	TEST_ASSERT(row_is(s, rte_lcore_id(), 0, 7, 30), "not the increase and the gauge's level");
	TEST_ASSERT(row_is(s, rte_lcore_id(), 1, 3, 6), "not the increase across 2^64");
	TEST_ASSERT(row_is(s, rte_lcore_id(), 2, 0, 0), "an increase where nothing was counted");
	TEST_ASSERT(row_is(s, NEW_LCORE, 0, 20, 4), "a new writer does not count from 0");
	TEST_ASSERT(total_is(s, 0, 27, 34), "the total is not the sum of increases");

	return TEST_SUCCESS;
}

/** Subtract two snapshots into an object, which may be one of them. */
static int
check_values(struct rte_seqstat_snapshot *into)
{
	uint64_t cycles;

	count(writer, 0, 10, 100);
	count(writer, 1, UINT64_MAX, 5);
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	count(writer, 0, 7, 30);
	count(writer, 1, 3, 6);
	TEST_ASSERT(count_new(), "no new writer");
	TEST_ASSERT(take(snap), "snapshot not taken");
	cycles = rte_seqstat_snapshot_tsc(snap) - rte_seqstat_snapshot_tsc(other_snap);

	TEST_ASSERT(subtract(into, snap, other_snap), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(into), cycles, "not the time between the two");

	return check_increase(into);
}

/* A difference has increases of counters, and levels of gauges. */
static int
test_values(void)
{
	TEST_ASSERT_SUCCESS(check_values(diff), "in a third object");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 17, 30), "the newer snapshot changed");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 10, 100), "the older snapshot changed");

	return TEST_SUCCESS;
}

/* A difference may replace the newer snapshot. */
static int
test_in_place_of_newer(void)
{
	return check_values(snap);
}

/* A difference may replace the older snapshot. */
static int
test_in_place_of_older(void)
{
	return check_values(other_snap);
}

/* The difference from an object without a snapshot is a copy. */
static int
test_from_nothing(void)
{
	count(writer, 0, 10, 100);
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(diff, snap, other_snap), "not copied");
	TEST_ASSERT(row_is(diff, rte_lcore_id(), 0, 10, 100) &&
		row_is(diff, rte_lcore_id(), 1, 0, 0) && row_is(diff, LCORE_ID_ANY, 0, 0, 0),
		"other values");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(diff), rte_seqstat_snapshot_tsc(snap),
		"another time");
	TEST_ASSERT(flags_are(diff, rte_lcore_id(), 0), "a copy has flags");

	return TEST_SUCCESS;
}

/* Buckets and sum of a histogram are those of observations between the two. */
static int
test_histogram(void)
{
	static const struct rte_seqstat_buckets two_bounds = RTE_SEQSTAT_BUCKETS_LOG(0, 1);
	static const struct rte_seqstat_counter counters[] = {
		{ .name = "level", .type = RTE_SEQSTAT_GAUGE },
		{ .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &two_bounds },
	};
	static const uint64_t numbers[] = { 1, 5, 5, 1, 2, 5 };
	struct rte_seqstat_section sec;
	const uint64_t *row;
	unsigned int i;

	TEST_ASSERT_SUCCESS(set_up_with(rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "histogram",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 1,
		.socket_id = SOCKET_ID_ANY,
	})), "no set");
	for (i = 0; i < RTE_DIM(numbers); i++) {
		if (i == 4)
			TEST_ASSERT(take(other_snap), "snapshot not taken");
		sec = rte_seqstat_writer_begin(writer);
		rte_seqstat_observe(rte_seqstat_row(&sec, 0), 1, &two_bounds, numbers[i]);
		rte_seqstat_gauge_set(rte_seqstat_row(&sec, 0), 0, i);
		rte_seqstat_end(&sec);
	}
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(snap, snap, other_snap), "not subtracted");
	row = rte_seqstat_snapshot_row(snap, 1, 0);
	TEST_ASSERT(row[0] == 5 && row[1] == 0 && row[2] == 1 && row[3] == 1 && row[4] == 7,
		"not the observations between the two, and the level");

	return TEST_SUCCESS;
}

/* An object with more writers than the two snapshots has only theirs in the difference. */
static int
test_of_fewer_writers(void)
{
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	count(writer, 0, 10, 100);
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(count_new() && take(diff), "no new writer, or not taken");

	TEST_ASSERT(subtract(diff, snap, other_snap), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(diff), 2, "not the writers of the two");
	TEST_ASSERT(row_is(diff, rte_lcore_id(), 0, 10, 100), "other values");

	return TEST_SUCCESS;
}

/* A writer that is unread in either snapshot is unread in the difference. */
static int
test_of_unread(void)
{
	TEST_ASSERT(take_in_section(other_snap), "read in a section");
	count(writer, 0, 10, 100);
	TEST_ASSERT(take(snap), "snapshot not taken");

	TEST_ASSERT(subtract(diff, snap, other_snap), "not subtracted");
	TEST_ASSERT(flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_UNREAD) &&
		row_is(diff, rte_lcore_id(), 0, NONE, 0) && row_is(diff, LCORE_ID_ANY, 0, 0, 0),
		"unread in the older one: other flags or values");
	TEST_ASSERT(subtract(diff, other_snap, snap), "not subtracted");
	TEST_ASSERT(flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_UNREAD) &&
		row_is(diff, rte_lcore_id(), 0, NONE, 0),
		"unread in the newer one: other flags or values");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 10, 100), "a snapshot changed");

	return TEST_SUCCESS;
}

/* A writer that is stale in either snapshot is stale in the difference. */
static int
test_of_stale(void)
{
	TEST_ASSERT(take(other_snap) && take(snap), "snapshot not taken");
	count(writer, 0, 10, 100);
	TEST_ASSERT(take_in_section(snap), "read in a section");

	TEST_ASSERT(subtract(diff, snap, other_snap), "not subtracted");
	TEST_ASSERT(flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		row_is(diff, rte_lcore_id(), 0, 0, 0), "stale in the newer one");
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	TEST_ASSERT(subtract(diff, other_snap, snap), "not subtracted");
	TEST_ASSERT(flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		row_is(diff, rte_lcore_id(), 0, 10, 100), "stale in the older one");

	return TEST_SUCCESS;
}

/* A snapshot in place of a difference does not keep a missed writer's values of the difference. */
static int
test_missed_afterwards(void)
{
	count(writer, 0, 10, 100);
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	count(writer, 0, 7, 30);
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(snap, snap, other_snap), "not subtracted");
	TEST_ASSERT(take_in_section(snap), "read in a section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), RTE_SEQSTAT_UNREAD), "not unread");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, NONE, 0), "the values of the difference");

	return TEST_SUCCESS;
}

/* A difference reports sections that were torn between the two snapshots. */
static int
test_torn(void)
{
	unsigned int lcore_id = test_seqstat_tear(set);
	struct rte_seqstat_snapshot *nothing;

	TEST_ASSERT_NOT_EQUAL(lcore_id, LCORE_ID_ANY, "thread not created");
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	TEST_ASSERT_EQUAL(test_seqstat_tear(set), lcore_id, "another lcore id");
	TEST_ASSERT(take(snap) && take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(diff, snap, other_snap), "not subtracted");
	TEST_ASSERT(flags_are(diff, lcore_id, RTE_SEQSTAT_TORN), "torn between the two");

	TEST_ASSERT(take(other_snap), "snapshot not taken");
	TEST_ASSERT(subtract(diff, other_snap, snap), "not subtracted");
	TEST_ASSERT(flags_are(diff, lcore_id, 0), "torn before the two");

	nothing = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(subtract(diff, snap, nothing), "not copied");
	rte_seqstat_snapshot_free(nothing);
	TEST_ASSERT(flags_are(diff, lcore_id, RTE_SEQSTAT_TORN), "torn since the set's creation");

	return TEST_SUCCESS;
}

/** Return whether these packets and waiting ones were in rows that were cleared. */
static bool
retired_is(const struct rte_seqstat_snapshot *s, uint64_t packets, uint64_t waiting)
{
	return values_are(rte_seqstat_snapshot_retired(s), packets, waiting);
}

/* A row cleared between the two counts from 0; its former increase is retired. */
static int
test_cleared_row(void)
{
	count(writer, 0, 5, 1);
	count(writer, 1, 10, 2);
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	count(writer, 1, 7, 3);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	count(writer, 0, 1, 2);
	count(writer, 1, 2, 4);
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(diff, snap, other_snap), "not subtracted");
	TEST_ASSERT(total_is(diff, 0, 1, 2) && total_is(diff, 1, 2, 4), "other increases");
	TEST_ASSERT(retired_is(diff, 7, 3), "the increase before the clear is not retired");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_generation(diff, 1), 1, "another generation");

	/* The same in place of the older one; then subtract a difference from the newer one. */
	TEST_ASSERT(subtract(other_snap, snap, other_snap), "not subtracted");
	TEST_ASSERT(total_is(other_snap, 1, 2, 4) && retired_is(other_snap, 7, 3),
		"in place of the older one: other increases");
	TEST_ASSERT(subtract(snap, snap, diff), "not subtracted");
	TEST_ASSERT(total_is(snap, 0, 5, 2) && total_is(snap, 1, 0, 4) && retired_is(snap, 10, 3),
		"in place of the newer one: other increases");

	return TEST_SUCCESS;
}

/* A snapshot in place of a difference from before a clear has the clear. */
static int
test_cleared_afterwards(void)
{
	count(writer, N_ROWS - 1, 10, 2);
	TEST_ASSERT(take(other_snap), "snapshot not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, N_ROWS - 1), "row not cleared");
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(snap, other_snap, other_snap), "not subtracted");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, N_ROWS - 1) == 0 &&
		retired_is(snap, 0, 0), "the difference has the later clear");
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, N_ROWS - 1) == 1 &&
		retired_is(snap, 10, 2), "the snapshot lacks the clear");

	return TEST_SUCCESS;
}

/* A snapshot in place of a difference has all retired values, not those of the difference. */
static int
test_retired_afterwards(void)
{
	count(writer, 1, 10, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT(take(other_snap) && take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(snap, snap, other_snap), "not subtracted");
	TEST_ASSERT(retired_is(snap, 0, 2), "retired before the two");
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(retired_is(snap, 10, 2), "the retired values of the difference");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat differences",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down_all, test_of_another_set),
		TEST_CASE_ST(set_up, tear_down_all, test_values),
		TEST_CASE_ST(set_up, tear_down_all, test_in_place_of_newer),
		TEST_CASE_ST(set_up, tear_down_all, test_in_place_of_older),
		TEST_CASE_ST(set_up, tear_down_all, test_from_nothing),
		TEST_CASE_ST(NULL, tear_down_all, test_histogram),
		TEST_CASE_ST(set_up, tear_down_all, test_of_fewer_writers),
		TEST_CASE_ST(set_up, tear_down_all, test_of_unread),
		TEST_CASE_ST(set_up, tear_down_all, test_of_stale),
		TEST_CASE_ST(set_up, tear_down_all, test_missed_afterwards),
		TEST_CASE_ST(set_up, tear_down_all, test_torn),
		TEST_CASE_ST(set_up, tear_down_all, test_cleared_row),
		TEST_CASE_ST(set_up, tear_down_all, test_cleared_afterwards),
		TEST_CASE_ST(set_up, tear_down_all, test_retired_afterwards),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_diff(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_diff_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_diff);
