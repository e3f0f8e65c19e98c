/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <unistd.h>

#include "test_seqstat_fixture.h"

/*
 * Snapshots, and each way in which they read a writer: idle, acknowledged, from saved rows, stale.
 * The main thread leaves the writer in each of these states and then takes a snapshot.
 */

#define N_ROWS 3

static int
set_up(void)
{
	return set_up_with(create_set("test", N_ROWS, NULL, 0));
}

/* Indexes beyond the snapshot are refused. */
static int
test_bad_arguments(void)
{
	struct rte_seqstat_writer_info info;
	uint64_t total[N_COUNTERS];

	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_writer_info(snap, 2, &info), -EINVAL,
		"info of a writer that does not exist");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(snap, 2, 0),
		"row of a writer that does not exist");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(snap, 0, N_ROWS), "row that does not exist");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_total(snap, N_ROWS, total), -EINVAL,
		"total of a row that does not exist");

	return TEST_SUCCESS;
}

/* A new snapshot object has no writers, no time, and totals of 0. */
static int
test_before_the_first(void)
{
	uint64_t total[N_COUNTERS] = { 1, 1, 1 };

	TEST_ASSERT(rte_seqstat_snapshot_set(snap) == set, "another set");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 0, "it has writers");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), (RTE_SEQSTAT_UNREAD | GOOD),
		"flags %#x", rte_seqstat_snapshot_flags(snap));
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), 0, "it has a time");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, total), "no total");
	TEST_ASSERT(values_are(total, 0, 0), "its total is not 0");

	return TEST_SUCCESS;
}

/* An idle writer is read at once, and each snapshot has its latest values. */
static int
test_idle(void)
{
	uint64_t before, after;

	count(writer, 0, 3, 30);
	count(writer, 2, UINT64_C(0x500000000), 50);
	before = rte_get_tsc_cycles();
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken without waiting");
	after = rte_get_tsc_cycles();
	TEST_ASSERT(rte_seqstat_snapshot_tsc(snap) >= before &&
		rte_seqstat_snapshot_tsc(snap) <= after, "its time is not that of the call");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), 0), "a whole snapshot has flags");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30) &&
		row_is(snap, rte_lcore_id(), 1, 0, 0) &&
		row_is(snap, rte_lcore_id(), 2, UINT64_C(0x500000000), 50), "other values");
	TEST_ASSERT(self().snapshots == 1 && self().read_idle == 2 && self().read_acked == 0 &&
		self().missed == 0, "not counted as read idle");
	TEST_ASSERT(self().longest_ns > 0, "it took no time");

	count(writer, 0, 1, 10);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, UINT64_MAX), "snapshot not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "the second snapshot lacks a section");

	return TEST_SUCCESS;
}

/* A writer inside a section keeps its values of the object's last snapshot, flagged as stale. */
static int
test_stale(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");

	count(writer, 0, 2, 20);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	count(shared, 1, 8, 80);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), RTE_SEQSTAT_STALE), "not stale");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "the former values are lost");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, LCORE_ID_ANY), 0, "the idle writer has flags");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 1, 8, 80), "the idle writer was not read");
	TEST_ASSERT(self().missed == 1, "not counted as missed");

	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), 0), "still stale");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 6, 10), "the section is missing");

	return TEST_SUCCESS;
}

/* A stale writer keeps the values of the same object, not those of another one. */
static int
test_stale_keeps_its_own(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	count(writer, 0, 1, 10);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "snapshot not taken");
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 11);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 0), -ETIMEDOUT,
		"read in a section");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "not the first object's values");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 4, 10), "not the second object's values");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/* A writer that an object never read has no values, and no part in totals. */
static int
test_unread(void)
{
	struct rte_seqstat_section sec;

	count(shared, 0, 4, 40);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), RTE_SEQSTAT_UNREAD), "not flagged as unread");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, NONE, 0), "it has values");
	TEST_ASSERT(total_is(snap, 0, 4, 40), "it is in the total");
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), 0), "still unread");
	TEST_ASSERT(total_is(snap, 0, 5, 50), "it is not in the total");

	return TEST_SUCCESS;
}

/* A writer inside a section that began after the epoch is read. */
static int
test_acknowledged(void)
{
	struct rte_seqstat_section sec;

	count(writer, 1, 3, 30);
	test_seqstat_next_epoch(writer);
	sec = rte_seqstat_writer_begin(writer);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), 0), "it has flags");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 3, 30), "other values");
	TEST_ASSERT(self().read_acked == 1 && self().read_idle == 1 && self().rows_saved == 0,
		"not counted as acknowledged");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/* A section that missed a snapshot's epoch does not prevent the next one's acknowledgment. */
static int
test_acknowledged_after_stale(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);
	test_seqstat_next_epoch(writer);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 11);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "not the values between two sections");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/** Return whether a section saves a row that it changes. */
static bool
saves(uint32_t r)
{
	const rte_seqstat_word_t *tag = __rte_seqstat_tag(writer, __rte_seqstat_unit(
			__rte_seqstat_row_at(writer, (size_t)r * writer->stride)));
	uint64_t before = rte_atomic_load_explicit(tag, rte_memory_order_relaxed);

	count(writer, r, 1, 10);

	return rte_atomic_load_explicit(tag, rte_memory_order_relaxed) != before;
}

/* Sections save a unit once for each snapshot, and only while one is taken. */
static int
test_nothing_saved(void)
{
	TEST_ASSERT(!saves(0), "saved before the first snapshot");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(!saves(0), "saved after a snapshot");

	TEST_ASSERT(take_in_section(snap), "read in a section");
	TEST_ASSERT(!saves(0), "saved after a snapshot that timed out");

	test_seqstat_next_epoch(writer);
	TEST_ASSERT(saves(0), "not saved for a snapshot");
	TEST_ASSERT(!saves(0), "saved twice for the same snapshot");
	TEST_ASSERT(!saves(1), "saved twice for two rows of a unit");
	TEST_ASSERT(saves(2), "the second unit is not saved");
	test_seqstat_real_epoch(writer);
	TEST_ASSERT(!saves(0), "saved after the snapshot ended");

	return TEST_SUCCESS;
}

/* None of several sections that began after the epoch is in the snapshot. */
static int
test_sections_of_one_epoch(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	count(writer, 1, 4, 40);
	test_seqstat_next_epoch(writer);
	count(writer, 0, 1, 10);
	count(writer, 1, 1, 11);
	count(writer, 0, 1, 12);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 2, 1, 13);
	change(&sec, 0, 1, 9);
	change(&sec, 0, 0, 14);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30) &&
		row_is(snap, rte_lcore_id(), 1, 4, 40) && row_is(snap, rte_lcore_id(), 2, 0, 0),
		"the snapshot has sections from after the epoch");
	rte_seqstat_end(&sec);

	/* The same when the writer is idle again. */
	test_seqstat_next_epoch(writer);
	count(writer, 0, 1, 15);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 6, 14),
		"the snapshot has a section from after the epoch");

	return TEST_SUCCESS;
}

/* A snapshot does not read copies that the writer saved for an earlier one. */
static int
test_saved_long_ago(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	test_seqstat_next_epoch(writer);
	count(writer, 0, 1, 10);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "not the saved copy");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "idle: other values");
	test_seqstat_next_epoch(writer);
	sec = rte_seqstat_writer_begin(writer);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "acknowledged: other values");
	rte_seqstat_end(&sec);
	test_seqstat_next_epoch(writer);
	count(writer, 0, 1, 11);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "saved again: other values");

	return TEST_SUCCESS;
}

/* A section is recognized when the 32-bit sequence number wraps. */
static int
test_sequence_wraps(void)
{
	struct rte_seqstat_section sec;

	rte_atomic_store_explicit(&writer->lock.count.sn, UINT32_MAX - 1,
			rte_memory_order_relaxed);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the wrap");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 1, 10), "other values");
	TEST_ASSERT_EQUAL(rte_seqcount_read_begin(&writer->lock.count), 0, "it did not wrap");

	return TEST_SUCCESS;
}

/* A total is the sum over all writers modulo 2^64. */
static int
test_totals(void)
{
	count(writer, 1, 3, 30);
	count(shared, 1, 4, 40);
	count(shared, 2, UINT64_MAX, 1);
	count(writer, 2, 2, UINT64_MAX);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 1, 7, 70), "the total is not the sum");
	TEST_ASSERT(total_is(snap, 2, 1, 0), "the total is not the sum modulo 2^64");

	return TEST_SUCCESS;
}

/* The shared writer comes first; each writer is described. */
static int
test_writer_infos(void)
{
	struct rte_seqstat_writer_info info;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 2, "not two writers");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 0, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, LCORE_ID_ANY, "shared writer of lcore %u", info.lcore_id);
	TEST_ASSERT(!info.crowded, "crowded");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 1, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, rte_lcore_id(), "lcore %u", info.lcore_id);
	TEST_ASSERT_EQUAL(info.pid, getpid(), "process %d", info.pid);
	TEST_ASSERT_EQUAL(info.flags, 0, "flags %#x", info.flags);
	TEST_ASSERT_EQUAL(info.socket_id, (int)rte_socket_id(), "socket %d", info.socket_id);

	return TEST_SUCCESS;
}

/* Each object reports a torn section in its first snapshot after it, and once. */
static int
test_torn(void)
{
	unsigned int lcore_id = test_seqstat_tear(set);

	TEST_ASSERT_NOT_EQUAL(lcore_id, LCORE_ID_ANY, "thread not created");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(flags_are(snap, lcore_id, RTE_SEQSTAT_TORN), "not reported");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(flags_are(snap, lcore_id, 0), "reported twice");

	TEST_ASSERT_EQUAL(test_seqstat_tear(set), lcore_id, "another lcore id");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(flags_are(snap, lcore_id, RTE_SEQSTAT_TORN), "the second one is not reported");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "snapshot not taken");
	TEST_ASSERT(flags_are(other_snap, lcore_id, RTE_SEQSTAT_TORN),
		"not reported by the other object");
	TEST_ASSERT_EQUAL(test_seqstat_value(snap, lcore_id, 0, 0), 2, "torn sections are lost");

	return TEST_SUCCESS;
}

/* A torn section is reported with the first values that have it, also after an unread writer. */
static int
test_torn_while_unread(void)
{
	unsigned int lcore_id = test_seqstat_tear(set);
	struct rte_seqstat_writer *w = test_seqstat_writer_of(set, lcore_id);
	struct rte_seqstat_section sec;

	TEST_ASSERT_NOT_NULL(w, "no writer");
	sec = rte_seqstat_writer_begin(w);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT(flags_are(snap, lcore_id, RTE_SEQSTAT_UNREAD | RTE_SEQSTAT_TORN),
		"not unread and torn");
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(flags_are(snap, lcore_id, RTE_SEQSTAT_TORN), "not torn");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat snapshots",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_bad_arguments),
		TEST_CASE_ST(set_up, tear_down, test_before_the_first),
		TEST_CASE_ST(set_up, tear_down, test_idle),
		TEST_CASE_ST(set_up, tear_down, test_stale),
		TEST_CASE_ST(set_up, tear_down, test_stale_keeps_its_own),
		TEST_CASE_ST(set_up, tear_down, test_unread),
		TEST_CASE_ST(set_up, tear_down, test_acknowledged),
		TEST_CASE_ST(set_up, tear_down, test_acknowledged_after_stale),
		TEST_CASE_ST(set_up, tear_down, test_nothing_saved),
		TEST_CASE_ST(set_up, tear_down, test_sections_of_one_epoch),
		TEST_CASE_ST(set_up, tear_down, test_saved_long_ago),
		TEST_CASE_ST(set_up, tear_down, test_sequence_wraps),
		TEST_CASE_ST(set_up, tear_down, test_totals),
		TEST_CASE_ST(set_up, tear_down, test_writer_infos),
		TEST_CASE_ST(set_up, tear_down, test_torn),
		TEST_CASE_ST(set_up, tear_down, test_torn_while_unread),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_snapshot(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_snapshot_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_snapshot);
