/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include <rte_errno.h>

#include "seqstat_handle.h"
#include "test_seqstat.h"

/*
 * Snapshots, and each way in which they read a writer: idle, acknowledged, saved
 * rows, stale. One thread is enough for that: it leaves the writer in a certain
 * state and takes a snapshot.
 */

enum {
	PACKETS, /* A counter. */
	WAITING, /* A gauge. */
	BYTES,   /* A counter. */
	N_COUNTERS,
};

static const struct rte_seqstat_counter schema[N_COUNTERS] = {
	[PACKETS] = { .name = "packets" },
	[WAITING] = { .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
	[BYTES] = { .name = "bytes" },
};

#define N_ROWS 3

/** Flags of a snapshot in which all writers are fresh and whole. */
#ifdef RTE_ARCH_PPC_64
#define GOOD RTE_SEQSTAT_NO_CUT
#else
#define GOOD 0
#endif

/** Values that no writer has. */
#define NONE UINT64_MAX

static struct rte_seqstat *set;
static struct rte_seqstat_writer *shared; /* The first one, for threads without an lcore id. */
static struct rte_seqstat_writer *writer; /* The second one, the main lcore's. */
static struct rte_seqstat_snapshot *snap, *other_snap;

static int
set_up(void)
{
	const struct rte_seqstat_params params = {
		.name = "test",
		.counters = schema,
		.n_counters = N_COUNTERS,
		.n_rows = N_ROWS,
		.socket_id = SOCKET_ID_ANY,
	};

	set = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	shared = test_seqstat_writer_of(set, LCORE_ID_ANY);
	writer = rte_seqstat_writer(set);
	TEST_ASSERT_NOT_NULL(writer, "no writer: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	other_snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(snap != NULL && other_snap != NULL, "no object: %s",
		rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_snapshot_free(other_snap);
	test_seqstat_writer_end(writer);
	test_seqstat_destroy(set);
	set = NULL;
	snap = other_snap = NULL;
	writer = shared = NULL;
}

/** In a section, add to the counters of a row, and set its gauge. */
static void
change(const struct rte_seqstat_section *sec, uint32_t r, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);

	rte_seqstat_add(row, PACKETS, packets);
	rte_seqstat_gauge_set(row, WAITING, waiting);
	rte_seqstat_add(row, BYTES, 64 * packets);
}

/** One section that changes a row. */
static void
count(struct rte_seqstat_writer *w, uint32_t r, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);

	change(&sec, r, packets, waiting);
	rte_seqstat_end(&sec);
}

/** Check that a row of an lcore's writer has these values; packets of NONE: it has no values. */
static bool
row_is(const struct rte_seqstat_snapshot *s, unsigned int lcore_id, uint32_t r,
		uint64_t packets, uint64_t waiting)
{
	int i = test_seqstat_find_writer(s, lcore_id);
	const uint64_t *row;

	if (i < 0) {
		printf("no writer in the snapshot\n");
		return false;
	}
	row = rte_seqstat_snapshot_row(s, i, r);
	if (row == NULL && packets == NONE)
		return true;
	if (row == NULL) {
		printf("no values in the snapshot\n");
		return false;
	}
	if (row[PACKETS] == packets && row[WAITING] == waiting && row[BYTES] == 64 * packets)
		return true;
	printf("row %u: %" PRIu64 " packets, %" PRIu64 " waiting, %" PRIu64 " bytes\n",
		r, row[PACKETS], row[WAITING], row[BYTES]);

	return false;
}

static struct rte_seqstat_self
self(void)
{
	struct rte_seqstat_info info = { 0 };

	rte_seqstat_info_get(set, &info);

	return info.self;
}

static int
test_bad_arguments(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", N_COUNTERS, N_ROWS);
	struct rte_seqstat_snapshot *foreign = rte_seqstat_snapshot_create(other);
	struct rte_seqstat_writer_info info;
	uint64_t total[N_COUNTERS];

	TEST_ASSERT_NOT_NULL(foreign, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_writer_info(snap, 2, &info), -EINVAL, "no writer");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(snap, 2, 0), "a row of no writer");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(snap, 0, N_ROWS), "a row too many");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_total(snap, N_ROWS, total), -EINVAL,
		"total of a row too many");

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_diff(foreign, snap, snap), -EINVAL, "to another");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_diff(snap, foreign, snap), -EINVAL, "other - s");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_diff(snap, snap, foreign), -EINVAL, "s - other");
	rte_seqstat_snapshot_free(foreign);
	test_seqstat_destroy(other);

	return TEST_SUCCESS;
}

static int
test_before_the_first(void)
{
	uint64_t total[N_COUNTERS] = { 1, 1, 1 };

	TEST_ASSERT(rte_seqstat_snapshot_set(snap) == set, "of another set");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 0, "writers of nothing");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), (RTE_SEQSTAT_UNREAD | GOOD),
		"flags %#x", rte_seqstat_snapshot_flags(snap));
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), 0, "it has a time");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, total), "no total");
	TEST_ASSERT(total[0] == 0 && total[1] == 0 && total[2] == 0, "a total of nothing");

	return TEST_SUCCESS;
}

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
		rte_seqstat_snapshot_tsc(snap) <= after, "taken at another time");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), 0, "flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "the first row");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 0, 0), "the row between");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 2, UINT64_C(0x500000000), 50), "the last row");
	TEST_ASSERT(self().snapshots == 1 && self().read_idle == 2 && self().read_acked == 0 &&
		self().missed == 0, "not read as idle");
	TEST_ASSERT(self().longest_ns > 0, "it took no time");

	count(writer, 0, 1, 10);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, UINT64_MAX), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "the second snapshot");

	return TEST_SUCCESS;
}

static int
test_stale(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), GOOD, "not whole");

	count(writer, 0, 2, 20);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	count(shared, 1, 8, 80);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), RTE_SEQSTAT_STALE,
		"not flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "the former values are lost");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, LCORE_ID_ANY), 0, "the other is flagged");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 1, 8, 80), "the other is not read");
	TEST_ASSERT(self().missed == 1, "not counted as missed");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), (RTE_SEQSTAT_STALE | GOOD),
		"flags %#x", rte_seqstat_snapshot_flags(snap));

	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), GOOD, "still flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 6, 10), "the values after the section");

	return TEST_SUCCESS;
}

static int
test_unread(void)
{
	struct rte_seqstat_section sec;
	uint64_t total[N_COUNTERS];

	count(shared, 0, 4, 40);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), RTE_SEQSTAT_UNREAD,
		"not flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, NONE, 0), "values from nowhere");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), (RTE_SEQSTAT_UNREAD | GOOD),
		"flags %#x", rte_seqstat_snapshot_flags(snap));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, total), "no total");
	TEST_ASSERT(total[PACKETS] == 4 && total[WAITING] == 40, "not in the total");
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), GOOD, "still flagged");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, total), "no total");
	TEST_ASSERT(total[PACKETS] == 5 && total[WAITING] == 50, "in the total");

	return TEST_SUCCESS;
}

static int
test_acknowledged(void)
{
	struct rte_seqstat_section sec;

	count(writer, 1, 3, 30);
	test_seqstat_foresee(writer);
	sec = rte_seqstat_writer_begin(writer);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), 0, "flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 3, 30), "rows that do not change");
	TEST_ASSERT(self().read_acked == 1 && self().read_idle == 1 && self().rows_saved == 0,
		"not read as acknowledged");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

static int
test_row_saved(void)
{
	struct rte_seqstat_section sec;
	uint32_t r;

	for (r = 0; r < N_ROWS; r++)
		count(writer, r, 3 + r, 30 + r);
	test_seqstat_foresee(writer);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 1, 1, 10);
	change(&sec, 1, 1, 11);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	for (r = 0; r < N_ROWS; r++)
		TEST_ASSERT(row_is(snap, rte_lcore_id(), r, 3 + r, 30 + r),
			"row %u is not as it was before the section", r);
	/* Rows 0 and 1 are one unit. */
	TEST_ASSERT_EQUAL(self().rows_saved, 2, "%" PRIu64 " rows read from saved copies",
		self().rows_saved);
	rte_seqstat_end(&sec);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 6, 11), "the section is lost");

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

/* Only sections that begin while a snapshot is being taken save rows. */
static int
test_nothing_saved(void)
{
	struct rte_seqstat_section sec;

	TEST_ASSERT(!saves(0), "before the first snapshot");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(!saves(0), "after a snapshot");

	sec = rte_seqstat_writer_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);
	TEST_ASSERT(!saves(0), "after a snapshot that timed out");

	test_seqstat_foresee(writer);
	TEST_ASSERT(saves(0), "not saved for a snapshot");
	TEST_ASSERT(!saves(0), "saved again for the same snapshot");
	TEST_ASSERT(!saves(1), "saved again for another row of the unit");
	TEST_ASSERT(saves(2), "the second unit is not saved");
	test_seqstat_see(writer);
	TEST_ASSERT(!saves(0), "after the snapshot for which it was saved");

	return TEST_SUCCESS;
}

static int
test_sections_of_one_epoch(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	count(writer, 1, 4, 40);
	test_seqstat_foresee(writer);
	count(writer, 0, 1, 10);
	count(writer, 1, 1, 11);
	count(writer, 0, 1, 12);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 2, 1, 13);
	change(&sec, 0, 1, 14);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "row 0 at the acknowledgement");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 4, 40), "row 1 at the acknowledgement");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 2, 0, 0), "row 2 at the acknowledgement");
	rte_seqstat_end(&sec);

	/* Idle, but all of its sections began after the epoch. */
	test_seqstat_foresee(writer);
	count(writer, 0, 1, 15);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 6, 14), "what came after is in the snapshot");

	return TEST_SUCCESS;
}

static int
test_saved_long_ago(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	test_seqstat_foresee(writer);
	count(writer, 0, 1, 10);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "before the section");
	/* This snapshot does not read what the writer saved for the last one. */
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "read idle");
	test_seqstat_foresee(writer);
	sec = rte_seqstat_writer_begin(writer);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "acknowledged, not changed");
	rte_seqstat_end(&sec);
	test_seqstat_foresee(writer);
	count(writer, 0, 1, 11);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "saved anew");

	return TEST_SUCCESS;
}

static int
test_stale_keeps_its_own(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	count(writer, 0, 1, 10);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 11);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 0), -ETIMEDOUT, "as above");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "what this object had");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 4, 10), "what the other object had");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

static int
test_acknowledged_after_stale(void)
{
	struct rte_seqstat_section sec;

	/* A section that a snapshot missed does not acknowledge the one after it either. */
	count(writer, 0, 3, 30);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);
	test_seqstat_foresee(writer);
	sec = rte_seqstat_writer_begin(writer);
	change(&sec, 0, 1, 11);
	test_seqstat_see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "between the two sections");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

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
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 1, 10), "other numbers");
	TEST_ASSERT_EQUAL(rte_seqcount_read_begin(&writer->lock.count), 0, "it did not wrap");

	return TEST_SUCCESS;
}

static int
test_totals(void)
{
	uint64_t total[N_COUNTERS];

	count(writer, 1, 3, 30);
	count(shared, 1, 4, 40);
	count(shared, 2, UINT64_MAX, 1);
	count(writer, 2, 2, UINT64_MAX);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 1, total), "no total");
	TEST_ASSERT(total[PACKETS] == 7 && total[WAITING] == 70 && total[BYTES] == 64 * 7,
		"the total is not the sum");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 2, total), "no total");
	TEST_ASSERT(total[PACKETS] == 1 && total[WAITING] == 0 && total[BYTES] == 64,
		"the total is not the sum modulo 2^64");

	return TEST_SUCCESS;
}

static int
test_writer_infos(void)
{
	struct rte_seqstat_writer_info info;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 2, "not two writers");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 0, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, LCORE_ID_ANY, "of lcore %u", info.lcore_id);
	TEST_ASSERT(!info.crowded, "crowded");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 1, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, rte_lcore_id(), "of lcore %u", info.lcore_id);
	TEST_ASSERT_EQUAL(info.pid, getpid(), "of process %d", info.pid);
	TEST_ASSERT_EQUAL(info.flags, 0, "flags %#x", info.flags);
	TEST_ASSERT_EQUAL(info.socket_id, (int)rte_socket_id(), "on socket %d", info.socket_id);

	return TEST_SUCCESS;
}

static const struct rte_seqstat_buckets two_bounds = RTE_SEQSTAT_BUCKETS_LOG(0, 1);

/** Observe numbers in a histogram of two bounds, and set the gauge before it to how many. */
static void
observe(struct rte_seqstat_writer *w, const uint64_t *numbers, unsigned int n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, 0);
	unsigned int i;

	for (i = 0; i < n; i++)
		rte_seqstat_observe(row, 1, &two_bounds, numbers[i]);
	rte_seqstat_gauge_set(row, 0, n);
	rte_seqstat_end(&sec);
}

/** Another lcore's writer, which the test makes when it needs one. */
#define NEW_LCORE (RTE_MAX_LCORE - 1)

/** Count 20 packets on the new writer. */
static int
count_new(void)
{
	struct rte_seqstat_writer *w = test_seqstat_writer_of(set, NEW_LCORE);

	TEST_ASSERT_NOT_NULL(w, "no writer");
	count(w, 0, 20, 4);

	return TEST_SUCCESS;
}

static int
test_difference(void)
{
	uint64_t total[N_COUNTERS];
	uint64_t cycles;

	count(writer, 0, 10, 100);
	count(writer, 1, UINT64_MAX, 5);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	count(writer, 0, 7, 30);
	count(writer, 1, 3, 6);
	TEST_ASSERT_SUCCESS(count_new(), "no new writer");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	cycles = rte_seqstat_snapshot_tsc(snap) - rte_seqstat_snapshot_tsc(other_snap);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, other_snap), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), cycles, "another time between");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(snap), GOOD, "the difference of two cuts");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 7, 30), "the increase, and the level");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 3, 6), "the increase over the wrap");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 2, 0, 0), "no increase");
	TEST_ASSERT(row_is(snap, NEW_LCORE, 0, 20, 4), "a new writer counts from zero");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, total), "no total");
	TEST_ASSERT_EQUAL(total[PACKETS], 27, "the total of a difference");

	return TEST_SUCCESS;
}

/** The difference to an object without a snapshot is a copy. */
static int
test_difference_to_nothing(void)
{
	struct rte_seqstat_snapshot *nothing = rte_seqstat_snapshot_create(set);
	bool right;

	TEST_ASSERT_NOT_NULL(nothing, "no object: %s", rte_strerror(rte_errno));
	count(writer, 0, 10, 100);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(other_snap, snap, nothing), "not copied");
	rte_seqstat_snapshot_free(nothing);
	right = row_is(other_snap, rte_lcore_id(), 0, 10, 100) &&
		row_is(other_snap, rte_lcore_id(), 1, 0, 0) &&
		row_is(other_snap, LCORE_ID_ANY, 0, 0, 0);
	TEST_ASSERT(right, "other values");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(other_snap), rte_seqstat_snapshot_tsc(snap),
		"another time");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(other_snap), GOOD, "flagged");

	return TEST_SUCCESS;
}

static int
test_difference_of_histogram(void)
{
	static const struct rte_seqstat_counter counters[] = {
		{ .name = "level", .type = RTE_SEQSTAT_GAUGE },
		{ .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &two_bounds },
	};
	const struct rte_seqstat_params params = {
		.name = "histogram",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 1,
		.socket_id = SOCKET_ID_ANY,
	};
	static const uint64_t first[] = { 1, 5, 5, 1 }, second[] = { 2, 5 };
	struct rte_seqstat *st = rte_seqstat_create(&params);
	struct rte_seqstat_writer *w = rte_seqstat_writer(st);
	struct rte_seqstat_snapshot *older = rte_seqstat_snapshot_create(st);
	struct rte_seqstat_snapshot *newer = rte_seqstat_snapshot_create(st);
	const uint64_t *row;
	bool right;

	TEST_ASSERT(w != NULL && older != NULL && newer != NULL, "%s", rte_strerror(rte_errno));
	observe(w, first, RTE_DIM(first));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, 0), "not taken");
	observe(w, second, RTE_DIM(second));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(newer, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(newer, newer, older), "not subtracted");
	row = rte_seqstat_snapshot_row(newer, 1, 0);
	right = row[0] == 2 && row[1] == 0 && row[2] == 1 && row[3] == 1 && row[4] == 7;
	rte_seqstat_snapshot_free(older);
	rte_seqstat_snapshot_free(newer);
	test_seqstat_destroy(st);
	TEST_ASSERT(right, "not the observations between the two, and the level");

	return TEST_SUCCESS;
}

static int
test_difference_in_place_of_older(void)
{
	count(writer, 0, 10, 100);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	count(writer, 0, 7, 30);
	TEST_ASSERT_SUCCESS(count_new(), "no new writer");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(other_snap, snap, other_snap),
		"not subtracted");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 7, 30), "the increase, and the level");
	TEST_ASSERT(row_is(other_snap, NEW_LCORE, 0, 20, 4), "a new writer counts from zero");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_flags(other_snap), GOOD, "flags %#x",
		rte_seqstat_snapshot_flags(other_snap));
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 17, 30), "the newer one is changed");

	return TEST_SUCCESS;
}

/** An object that knows a writer which the two do not. */
static int
test_difference_of_fewer(void)
{
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);
	bool right;

	TEST_ASSERT_NOT_NULL(diff, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	count(writer, 0, 10, 100);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(count_new(), "no new writer");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(diff, 0), "not taken");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, other_snap), "not subtracted");
	right = rte_seqstat_snapshot_n_writers(diff) == 2 &&
		row_is(diff, rte_lcore_id(), 0, 10, 100);
	rte_seqstat_snapshot_free(diff);
	TEST_ASSERT(right, "the writers of the two, and no more");

	return TEST_SUCCESS;
}

/** Check the flags of a snapshot, and its writer's. */
static bool
flags_are(const struct rte_seqstat_snapshot *s, unsigned int lcore_id, uint32_t flags)
{
	uint32_t of_writer = test_seqstat_flags(s, lcore_id);
	uint32_t of_all = rte_seqstat_snapshot_flags(s);

	if (of_writer == flags && of_all == (flags | GOOD))
		return true;
	printf("flags %#x, of the writer %#x\n", of_all, of_writer);

	return false;
}

static int
test_difference_of_unread(void)
{
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_section sec;
	bool to_unread, from_unread;

	TEST_ASSERT_NOT_NULL(diff, "no object: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_writer_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 0), -ETIMEDOUT,
		"read in a section");
	rte_seqstat_end(&sec);
	count(writer, 0, 10, 100);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, other_snap), "not subtracted");
	to_unread = flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_UNREAD) &&
		row_is(diff, rte_lcore_id(), 0, NONE, 0) && row_is(diff, LCORE_ID_ANY, 0, 0, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, other_snap, snap), "not subtracted");
	from_unread = flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_UNREAD) &&
		row_is(diff, rte_lcore_id(), 0, NONE, 0);
	rte_seqstat_snapshot_free(diff);
	TEST_ASSERT(to_unread, "the older one is unread");
	TEST_ASSERT(from_unread, "the newer one is unread");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 10, 100), "the newer one is changed");

	return TEST_SUCCESS;
}

static int
test_difference_of_stale(void)
{
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_section sec;
	bool from_stale, to_stale;

	TEST_ASSERT_NOT_NULL(diff, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	count(writer, 0, 10, 100);
	sec = rte_seqstat_writer_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, other_snap), "not subtracted");
	from_stale = flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		row_is(diff, rte_lcore_id(), 0, 0, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, other_snap, snap), "not subtracted");
	to_stale = flags_are(diff, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		row_is(diff, rte_lcore_id(), 0, 10, 100);
	rte_seqstat_snapshot_free(diff);
	TEST_ASSERT(from_stale, "the newer one is stale");
	TEST_ASSERT(to_stale, "the older one is stale");

	return TEST_SUCCESS;
}

/** A writer that the next snapshot misses does not keep values of a difference. */
static int
test_missed_after_difference(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 10, 100);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	count(writer, 0, 7, 30);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, other_snap), "not subtracted");
	sec = rte_seqstat_writer_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), RTE_SEQSTAT_UNREAD), "not flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, NONE, 0), "the values of the difference");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/** A section stays unfinished: each object reports it once, differences between the two. */
static int
test_torn(void)
{
	unsigned int lcore_id = test_seqstat_tear(set);
	struct rte_seqstat_snapshot *older = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);
	bool between, after, copied;

	TEST_ASSERT_NOT_EQUAL(lcore_id, LCORE_ID_ANY, "no thread");
	TEST_ASSERT(older != NULL && diff != NULL, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, 0), "not taken");
	TEST_ASSERT(flags_are(older, lcore_id, RTE_SEQSTAT_TORN), "since the creation");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, 0), "not taken");
	TEST_ASSERT(flags_are(older, lcore_id, 0), "reported again");

	TEST_ASSERT_EQUAL(test_seqstat_tear(set), lcore_id, "another lcore id");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, 0), "not taken");
	TEST_ASSERT(flags_are(snap, lcore_id, 0), "reported again");
	TEST_ASSERT(flags_are(other_snap, lcore_id, RTE_SEQSTAT_TORN), "each object reports it");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, older), "not subtracted");
	between = flags_are(diff, lcore_id, RTE_SEQSTAT_TORN);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, other_snap, snap), "not subtracted");
	after = flags_are(diff, lcore_id, 0);
	rte_seqstat_snapshot_free(older);
	older = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, older), "not subtracted");
	copied = flags_are(diff, lcore_id, RTE_SEQSTAT_TORN);
	rte_seqstat_snapshot_free(older);
	rte_seqstat_snapshot_free(diff);
	TEST_ASSERT(between, "between the two");
	TEST_ASSERT(after, "before the two");
	TEST_ASSERT(copied, "since the creation");

	return TEST_SUCCESS;
}

/* Several sets, and turns. */

static struct rte_seqstat *other_set;
static struct rte_seqstat_writer *other_writer; /* The main lcore's. */
static struct rte_seqstat_snapshot *snap_of_other;

static int
set_up_two(uint32_t flags)
{
	const struct rte_seqstat_params params = {
		.name = "other",
		.counters = schema,
		.n_counters = N_COUNTERS,
		.n_rows = N_ROWS,
		.socket_id = SOCKET_ID_ANY,
		.flags = flags,
	};

	TEST_ASSERT_SUCCESS(set_up(), "the first set");
	other_set = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(other_set, "cannot create: %s", rte_strerror(rte_errno));
	other_writer = rte_seqstat_writer(other_set);
	snap_of_other = rte_seqstat_snapshot_create(other_set);
	TEST_ASSERT(other_writer != NULL && snap_of_other != NULL, "%s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static int
set_up_with_other(void)
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

static int
test_take_all_errors(void)
{
	struct rte_seqstat_snapshot *const null[] = { snap, NULL };
	struct rte_seqstat_snapshot *const twice[] = { snap, other_snap, snap };

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take_all(twice, 0, 0), -EINVAL, "no objects");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take_all(null, 2, 0), -EINVAL, "NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take_all(twice, 3, 0), -EINVAL, "an object twice");
	TEST_ASSERT_EQUAL(take_both(), -EINVAL, "two epochs");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), 0, "taken nevertheless");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take_all(twice, 2, 0), "two objects of a set");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take_all(&snap_of_other, 1, 0), "its own epoch");

	return TEST_SUCCESS;
}

/** Sections that begin after the cut, in both sets, are in neither. */
static int
test_take_all(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	count(other_writer, 0, 4, 40);
	test_seqstat_foresee(writer);
	test_seqstat_foresee(other_writer);
	count(writer, 0, 1, 31);
	count(other_writer, 0, 1, 41);
	test_seqstat_see(writer);
	test_seqstat_see(other_writer);
	TEST_ASSERT_SUCCESS(take_both(), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "the first set");
	TEST_ASSERT(row_is(snap_of_other, rte_lcore_id(), 0, 4, 40), "the other set");
	TEST_ASSERT(rte_seqstat_snapshot_tsc(snap) == rte_seqstat_snapshot_tsc(snap_of_other),
		"two cuts");

	sec = rte_seqstat_writer_begin(other_writer);
	TEST_ASSERT_EQUAL(take_both(), -ETIMEDOUT, "read in a section");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), 0), "the first set");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 31), "the first set");
	TEST_ASSERT(flags_are(snap_of_other, rte_lcore_id(), RTE_SEQSTAT_STALE), "the other set");
	TEST_ASSERT(row_is(snap_of_other, rte_lcore_id(), 0, 4, 40), "the other set");
	TEST_ASSERT(rte_seqstat_snapshot_tsc(snap) == rte_seqstat_snapshot_tsc(snap_of_other),
		"two cuts");
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(take_both(), "not taken");
	TEST_ASSERT(row_is(snap_of_other, rte_lcore_id(), 0, 5, 41), "the other set");

	return TEST_SUCCESS;
}

/** Let a process hold the turn of a set, or none: 0. */
static void
set_turn(seqstat_owner_t owner)
{
	rte_atomic_store_explicit(&seqstat_handle(set)->set->cut->turn.owner, owner,
			rte_memory_order_relaxed);
}

static seqstat_owner_t
this_process(void)
{
	return rte_atomic_load_explicit(&seqstat_handle(set)->set->blocks[0].owner,
			rte_memory_order_relaxed);
}

static int
test_no_turn(void)
{
	uint64_t tsc;
	int ret, ret_waiting, ret_first, ret_own;

	count(shared, 0, 4, 40);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	tsc = rte_seqstat_snapshot_tsc(snap);
	count(shared, 0, 1, 41);

	set_turn(this_process());
	ret = rte_seqstat_snapshot_take(snap, 0);
	ret_waiting = rte_seqstat_snapshot_take(snap, 1000);
	ret_first = rte_seqstat_snapshot_take(other_snap, 0);
	ret_own = rte_seqstat_snapshot_take(snap_of_other, 0);
	set_turn(0);

	TEST_ASSERT(ret == -ETIMEDOUT && ret_waiting == -ETIMEDOUT && ret_first == -ETIMEDOUT,
		"taken in the turn of another thread: %d, %d, %d", ret, ret_waiting, ret_first);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), tsc, "another time");
	TEST_ASSERT(flags_are(snap, rte_lcore_id(), RTE_SEQSTAT_STALE) &&
		flags_are(snap, LCORE_ID_ANY, RTE_SEQSTAT_STALE), "not all are stale");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 4, 40), "the former values are lost");
	TEST_ASSERT(flags_are(other_snap, rte_lcore_id(), RTE_SEQSTAT_UNREAD) &&
		flags_are(other_snap, LCORE_ID_ANY, RTE_SEQSTAT_UNREAD), "not all are unread");
	TEST_ASSERT_SUCCESS(ret_own, "a set with its own epoch waits for others");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "no turn afterwards");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 5, 41), "other values");

	/* A process that had the last slot, and is dead. */
	set_turn(SEQSTAT_OWNER(RTE_SEQSTAT_MAX_PROCESSES - 1, UINT32_MAX));
	ret = rte_seqstat_snapshot_take(snap, 0);
	set_turn(0);
	TEST_ASSERT_SUCCESS(ret, "the turn is not taken over from a dead process");

	return TEST_SUCCESS;
}

/** With up to a millisecond there is one cut: no writer is worth another one. */
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

/** The longest of all snapshots stays that after a shorter one. */
static int
test_longest(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	int ret = rte_seqstat_snapshot_take(snap, 1000);
	uint64_t longest_ns = self().longest_ns;

	rte_seqstat_end(&sec);
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "read in a section");
	TEST_ASSERT(longest_ns > 0, "it took no time");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(self().longest_ns >= longest_ns, "%" PRIu64 " ns, then %" PRIu64, longest_ns,
		self().longest_ns);

	return TEST_SUCCESS;
}

/** A thread that is in a section most of the time, like one that is preempted often. */
static uint32_t
stay_often(void *arg)
{
	const RTE_ATOMIC(uint32_t) *stop = arg;
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

/** A writer that stopped for good must not hide one that gets out of its sections. */
static int
test_stopped_and_preempted(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	RTE_ATOMIC(uint32_t) stop = 0;
	uint32_t i, n_without = 0;
	rte_thread_t thread;
	int ret = 0;

	TEST_ASSERT(test_seqstat_spawn(&thread, stay_often, &stop), "no thread");
	for (i = 0; i < N_TIMEOUTS && (ret == 0 || ret == -ETIMEDOUT); i++) {
		ret = rte_seqstat_snapshot_take(snap, 400000);
		n_without += test_seqstat_flags(snap, LCORE_ID_ANY) != 0;
	}
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_thread_join(thread, NULL);
	rte_seqstat_end(&sec);
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "read in a section");
	/* Its thread may not run for long, either. */
	TEST_ASSERT(n_without < N_TIMEOUTS / 2, "%u of %u snapshots lack a writer that goes on",
		n_without, i);

	return TEST_SUCCESS;
}

/** A reader in a thread of its own. */
struct reader {
	struct rte_seqstat_snapshot *snap;
	uint64_t timeout_us;
	RTE_ATOMIC(uint32_t) done;
	int ret;
};

static uint32_t
take_patiently(void *arg)
{
	struct reader *reader = arg;

	reader->ret = rte_seqstat_snapshot_take(reader->snap, reader->timeout_us);
	rte_atomic_store_explicit(&reader->done, 1, rte_memory_order_release);

	return 0;
}

/** Wait until a number of cuts were taken of the set. Returns false if the reader is done first. */
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

/** Timeouts whose cycles do not fit into 64 bits are not over at once. */
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
		TEST_ASSERT(test_seqstat_spawn(&thread, take_patiently, &reader), "no thread");
		waits = await_cuts(&reader, n_before + 2);
		rte_seqstat_end(&sec);
		rte_thread_join(thread, NULL);
		TEST_ASSERT(waits && reader.ret == 0, "timeout %" PRIu64 ": %d", reader.timeout_us,
			reader.ret);
	}

	return TEST_SUCCESS;
}

#define N_READS 1000

/** Read while another reader waits for a writer of the first set. */
static int
read_meanwhile(const struct reader *reader)
{
	uint64_t limit = test_seqstat_limit();
	unsigned int i;
	int ret;

	TEST_ASSERT(await_cuts(reader, 3), "the reader does not try again");
	for (i = 0; i < N_READS; i++)
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap_of_other,
			TEST_SEQSTAT_LIMIT_US), "read %u of the other set", i);
	do {
		ret = rte_seqstat_snapshot_take(snap, 10000);
		TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "read in a section");
		TEST_ASSERT(rte_get_timer_cycles() < limit, "the set's other writer is not read");
	} while (test_seqstat_flags(snap, LCORE_ID_ANY) != 0);
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 4, 40), "the set's other writer");
	TEST_ASSERT_EQUAL(rte_atomic_load_explicit(&reader->done, rte_memory_order_acquire), 0,
		"the reader did not wait");

	return TEST_SUCCESS;
}

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
	TEST_ASSERT(test_seqstat_spawn(&thread, take_patiently, &reader), "no thread");
	ret = read_meanwhile(&reader);
	rte_seqstat_end(&sec);
	rte_thread_join(thread, NULL);
	TEST_ASSERT_SUCCESS(ret, "while a reader waits for a writer");
	TEST_ASSERT_SUCCESS(reader.ret, "the reader did not finish: %d", reader.ret);
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 3, 30), "the writer it waited for");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat snapshots",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_bad_arguments),
		TEST_CASE_ST(set_up, tear_down, test_before_the_first),
		TEST_CASE_ST(set_up, tear_down, test_idle),
		TEST_CASE_ST(set_up, tear_down, test_stale),
		TEST_CASE_ST(set_up, tear_down, test_unread),
		TEST_CASE_ST(set_up, tear_down, test_acknowledged),
		TEST_CASE_ST(set_up, tear_down, test_row_saved),
		TEST_CASE_ST(set_up, tear_down, test_nothing_saved),
		TEST_CASE_ST(set_up, tear_down, test_sections_of_one_epoch),
		TEST_CASE_ST(set_up, tear_down, test_saved_long_ago),
		TEST_CASE_ST(set_up, tear_down, test_stale_keeps_its_own),
		TEST_CASE_ST(set_up, tear_down, test_acknowledged_after_stale),
		TEST_CASE_ST(set_up, tear_down, test_sequence_wraps),
		TEST_CASE_ST(set_up, tear_down, test_totals),
		TEST_CASE_ST(set_up, tear_down, test_writer_infos),
		TEST_CASE_ST(set_up, tear_down, test_difference),
		TEST_CASE_ST(set_up, tear_down, test_difference_to_nothing),
		TEST_CASE(test_difference_of_histogram),
		TEST_CASE_ST(set_up, tear_down, test_difference_in_place_of_older),
		TEST_CASE_ST(set_up, tear_down, test_difference_of_fewer),
		TEST_CASE_ST(set_up, tear_down, test_difference_of_unread),
		TEST_CASE_ST(set_up, tear_down, test_difference_of_stale),
		TEST_CASE_ST(set_up, tear_down, test_missed_after_difference),
		TEST_CASE_ST(set_up, tear_down, test_torn),
		TEST_CASE_ST(set_up, tear_down, test_short_timeouts),
		TEST_CASE_ST(set_up, tear_down, test_longest),
		TEST_CASE_ST(set_up, tear_down, test_stopped_and_preempted),
		TEST_CASE_ST(set_up_with_own_epoch, tear_down_two, test_take_all_errors),
		TEST_CASE_ST(set_up_with_other, tear_down_two, test_take_all),
		TEST_CASE_ST(set_up_with_own_epoch, tear_down_two, test_no_turn),
		TEST_CASE_ST(set_up, tear_down, test_endless_timeouts),
		TEST_CASE_ST(set_up_with_other, tear_down_two, test_bounded_turn),
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
