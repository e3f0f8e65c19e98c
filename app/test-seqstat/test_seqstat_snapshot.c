/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include <rte_errno.h>

#include "seqstat_private.h"
#include "test_seqstat.h"

/*
 * Snapshots, and each way in which they read a writer: idle, acknowledged, rows put
 * aside, stale. One thread is enough for that: it leaves the writer in a certain
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

/** Whether a snapshot of all writers is a cut on this machine. */
#ifdef RTE_ARCH_PPC_64
#define CUTS false
#else
#define CUTS true
#endif

static struct rte_seqstat *set;
static struct rte_seqstat_writer *writer; /* The main lcore's. */
static struct rte_seqstat_writer *shared; /* Another one, for threads without an lcore. */
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
	writer = rte_seqstat_writer_attach(set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(writer, "cannot attach: %s", rte_strerror(rte_errno));
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
	rte_seqstat_writer_detach(shared);
	test_seqstat_close(writer);
	rte_seqstat_writer_detach(writer);
	test_seqstat_destroy(set);
	set = NULL;
	snap = other_snap = NULL;
	writer = shared = NULL;
}

static int
attach_shared(void)
{
	shared = rte_seqstat_writer_attach(set, LCORE_ID_ANY);
	TEST_ASSERT_NOT_NULL(shared, "cannot attach: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

/** In a section, add to the counters of a row, and set its gauge. */
static void
change(const struct rte_seqstat_section *sec, uint32_t r, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);

	rte_seqstat_add(row, PACKETS, packets);
	rte_seqstat_set(row, WAITING, waiting);
	rte_seqstat_add(row, BYTES, 64 * packets);
}

/** One section that changes a row. */
static void
count(struct rte_seqstat_writer *w, uint32_t r, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);

	change(&sec, r, packets, waiting);
	rte_seqstat_write_end(&sec);
}

/** Whether a row of an lcore's writer has these numbers. */
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

/*
 * A writer that begins a section just after a snapshot began has the new epoch
 * before the snapshot looks at it. To bring this about in one thread, the writer is
 * shown the next epoch before there is one.
 */

static const RTE_ATOMIC(uint64_t) *true_epoch;
static RTE_ATOMIC(uint64_t) next_epoch;

static void
foresee(struct rte_seqstat_writer *w)
{
	const struct rte_seqstat *st =
		RTE_PTR_SUB(w->epoch, offsetof(struct rte_seqstat, epoch));

	true_epoch = w->epoch;
	next_epoch = st->latest_epoch + 1;
	w->epoch = &next_epoch;
}

static void
see(struct rte_seqstat_writer *w)
{
	w->epoch = true_epoch;
}

static int
test_bad_arguments(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", N_COUNTERS, N_ROWS);
	struct rte_seqstat_snapshot *foreign = rte_seqstat_snapshot_create(other);
	struct rte_seqstat_writer_info info;
	uint64_t total[N_COUNTERS];

	TEST_ASSERT_NOT_NULL(foreign, "no object: %s", rte_strerror(rte_errno));
	rte_seqstat_snapshot_free(NULL);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(NULL, 0), -EINVAL, "taken nowhere");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_writer_info(NULL, 0, &info), -EINVAL, "of NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_writer_info(snap, 0, NULL), -EINVAL, "to NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_writer_info(snap, 1, &info), -EINVAL, "no writer");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(NULL, 0, 0), "a row of NULL");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(snap, 1, 0), "a row of no writer");
	TEST_ASSERT_NULL(rte_seqstat_snapshot_row(snap, 0, N_ROWS), "a row too many");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_total(NULL, 0, total), -EINVAL, "total of NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_total(snap, 0, NULL), -EINVAL, "total to NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_total(snap, N_ROWS, total), -EINVAL,
		"total of a row too many");

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_diff(NULL, snap, snap), -EINVAL, "to NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_diff(snap, NULL, snap), -EINVAL, "NULL - s");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_diff(snap, snap, NULL), -EINVAL, "s - NULL");
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
	struct rte_seqstat *empty = test_seqstat_create("empty", N_COUNTERS, N_ROWS);
	struct rte_seqstat_snapshot *nothing = rte_seqstat_snapshot_create(empty);
	uint64_t total[N_COUNTERS] = { 1, 1, 1 };

	TEST_ASSERT_NOT_NULL(nothing, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT(rte_seqstat_snapshot_set(nothing) == empty, "of another set");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(nothing), 0, "writers of nothing");
	TEST_ASSERT(!rte_seqstat_snapshot_is_cut(nothing), "a cut before anything was taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(nothing, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_is_cut(nothing), CUTS, "a cut of no writers");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(nothing), 0, "writers of nothing");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(nothing, 0, total), "no total");
	TEST_ASSERT(total[0] == 0 && total[1] == 0 && total[2] == 0, "a total of nothing");
	rte_seqstat_snapshot_free(nothing);
	test_seqstat_destroy(empty);

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
	TEST_ASSERT(self().snapshots == 1 && self().read_idle == 1 && self().read_acked == 0 &&
		self().missed == 0, "not read as idle");
	TEST_ASSERT(self().longest_ns > 0, "it took no time");

	count(writer, 0, 1, 10);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, UINT64_MAX), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "the second snapshot");

	return TEST_SUCCESS;
}

static int
test_inside_section(void)
{
	struct rte_seqstat_section sec;

	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
	count(writer, 0, 3, 30);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");

	count(writer, 0, 2, 20);
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 0, 1, 10);
	count(shared, 1, 8, 80);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), RTE_SEQSTAT_WRITER_STALE,
		"not flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "the former numbers are lost");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, LCORE_ID_ANY), 0, "the other is flagged");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 1, 8, 80), "the other is not read");
	TEST_ASSERT(self().missed == 1, "not counted as missed");
	TEST_ASSERT(!rte_seqstat_snapshot_is_cut(snap), "former numbers beside fresh ones");

	/* An object that never read this writer. */
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 1000), -ETIMEDOUT,
		"read in a section");
	TEST_ASSERT_EQUAL(test_seqstat_flags(other_snap, rte_lcore_id()),
		RTE_SEQSTAT_WRITER_STALE, "not flagged");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 0, 0), "numbers from nowhere");

	rte_seqstat_write_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the section");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), 0, "still flagged");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_is_cut(snap), CUTS, "all writers were read");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 6, 10), "the numbers after the section");

	return TEST_SUCCESS;
}

static int
test_acknowledged(void)
{
	struct rte_seqstat_section sec;

	count(writer, 1, 3, 30);
	foresee(writer);
	sec = rte_seqstat_write_begin(writer);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), 0, "flagged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 3, 30), "rows that do not change");
	TEST_ASSERT(self().read_acked == 1 && self().read_idle == 0 && self().rows_saved == 0,
		"not read as acknowledged");
	rte_seqstat_write_end(&sec);

	return TEST_SUCCESS;
}

static int
test_row_put_aside(void)
{
	struct rte_seqstat_section sec;
	uint32_t r;

	for (r = 0; r < N_ROWS; r++)
		count(writer, r, 3 + r, 30 + r);
	foresee(writer);
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 1, 1, 10);
	change(&sec, 1, 1, 11);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	for (r = 0; r < N_ROWS; r++)
		TEST_ASSERT(row_is(snap, rte_lcore_id(), r, 3 + r, 30 + r),
			"row %u is not as it was before the section", r);
	TEST_ASSERT_EQUAL(self().rows_saved, 1, "%" PRIu64 " rows from where they were put aside",
		self().rows_saved);
	rte_seqstat_write_end(&sec);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 6, 11), "the section is lost");

	return TEST_SUCCESS;
}

/** Whether a section puts a row aside that it changes. */
static bool
puts_aside(uint32_t row)
{
	const struct rte_seqstat_row *r =
		__rte_seqstat_row_at(writer, (size_t)row * writer->stride);
	uint64_t before = rte_atomic_load_explicit(&r->epoch, rte_memory_order_relaxed);

	count(writer, row, 1, 10);

	return rte_atomic_load_explicit(&r->epoch, rte_memory_order_relaxed) != before;
}

/* Only sections that begin while a snapshot is being taken have to. */
static int
test_nothing_put_aside(void)
{
	struct rte_seqstat_section sec;

	TEST_ASSERT(!puts_aside(0), "before the first snapshot");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(!puts_aside(0), "after a snapshot");

	sec = rte_seqstat_write_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_write_end(&sec);
	TEST_ASSERT(!puts_aside(0), "after a snapshot that ran out of time");

	foresee(writer);
	TEST_ASSERT(puts_aside(0), "not put aside for a snapshot");
	TEST_ASSERT(!puts_aside(0), "put aside again for the same snapshot");
	see(writer);
	TEST_ASSERT(!puts_aside(0), "after the snapshot for which it was put aside");

	return TEST_SUCCESS;
}

static int
test_sections_of_one_epoch(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	count(writer, 1, 4, 40);
	foresee(writer);
	count(writer, 0, 1, 10);
	count(writer, 1, 1, 11);
	count(writer, 0, 1, 12);
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 2, 1, 13);
	change(&sec, 0, 1, 14);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "row 0 at the acknowledgement");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 4, 40), "row 1 at the acknowledgement");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 2, 0, 0), "row 2 at the acknowledgement");
	rte_seqstat_write_end(&sec);

	/* Idle, but all of its sections began after the epoch. */
	foresee(writer);
	count(writer, 0, 1, 15);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 6, 14), "what came after is in the snapshot");

	return TEST_SUCCESS;
}

static int
test_put_aside_long_ago(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 3, 30);
	foresee(writer);
	count(writer, 0, 1, 10);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "before the section");
	/* What was put aside for the last snapshot is nothing to this one. */
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "read idle");
	foresee(writer);
	sec = rte_seqstat_write_begin(writer);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "acknowledged, not changed");
	rte_seqstat_write_end(&sec);
	foresee(writer);
	count(writer, 0, 1, 11);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "put aside anew");

	return TEST_SUCCESS;
}

/** Fill a row with numbers that tell counters, rows and times apart. */
static void
fill(struct rte_seqstat_writer *w, uint32_t r, uint64_t time)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, r);
	uint32_t i;

	for (i = 0; i < w->n_values; i++)
		rte_seqstat_set(row, i, time * 1000000 + r * 1000 + i);
	rte_seqstat_write_end(&sec);
}

/** Whether the first two of three rows have the numbers of their time; the last is empty. */
static int
check_filled(const struct rte_seqstat_snapshot *s, uint32_t n_counters, uint64_t time0,
		uint64_t time1)
{
	const uint64_t *row[3];
	uint32_t r, i;

	for (r = 0; r < 3; r++)
		row[r] = rte_seqstat_snapshot_row(s, 0, r);
	for (i = 0; i < n_counters; i++) {
		TEST_ASSERT_EQUAL(row[0][i], time0 * 1000000 + i, "row 0, counter %u: %" PRIu64,
			i, row[0][i]);
		TEST_ASSERT_EQUAL(row[1][i], time1 * 1000000 + 1000 + i,
			"row 1, counter %u: %" PRIu64, i, row[1][i]);
		TEST_ASSERT_EQUAL(row[2][i], 0, "row 2, counter %u: %" PRIu64, i, row[2][i]);
	}

	return TEST_SUCCESS;
}

static int
check_width(struct rte_seqstat_writer *w, struct rte_seqstat_snapshot *s)
{
	fill(w, 0, 1);
	fill(w, 1, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, 0), "not taken");
	TEST_ASSERT_SUCCESS(check_filled(s, w->n_values, 1, 2), "read idle");
	foresee(w);
	fill(w, 0, 3);
	see(w);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, 0), "not taken");
	TEST_ASSERT_SUCCESS(check_filled(s, w->n_values, 1, 2), "row 0 put aside");
	foresee(w);
	fill(w, 1, 4);
	see(w);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, 0), "not taken");
	TEST_ASSERT_SUCCESS(check_filled(s, w->n_values, 3, 2), "row 1 put aside");

	return TEST_SUCCESS;
}

static int
test_widths(void)
{
	static const uint32_t widths[] = { 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 127, 128 };
	struct rte_seqstat_snapshot *s;
	struct rte_seqstat_writer *w;
	struct rte_seqstat *st;
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_DIM(widths); i++) {
		st = test_seqstat_create("widths", widths[i], 3);
		w = rte_seqstat_writer_attach(st, rte_lcore_id());
		s = rte_seqstat_snapshot_create(st);
		TEST_ASSERT(w != NULL && s != NULL, "%s", rte_strerror(rte_errno));
		ret = check_width(w, s);
		rte_seqstat_snapshot_free(s);
		rte_seqstat_writer_detach(w);
		test_seqstat_destroy(st);
		TEST_ASSERT_SUCCESS(ret, "%u counters", widths[i]);
	}

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
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 0, 1, 11);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 0), -ETIMEDOUT, "as above");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 3, 30), "what this object had");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 4, 10), "what the other object had");
	rte_seqstat_write_end(&sec);

	return TEST_SUCCESS;
}

static int
test_acknowledged_after_stale(void)
{
	struct rte_seqstat_section sec;

	/* A section that a snapshot missed does not acknowledge the one after it either. */
	count(writer, 0, 3, 30);
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_write_end(&sec);
	foresee(writer);
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 0, 1, 11);
	see(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read though acknowledged");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 4, 10), "between the two sections");
	rte_seqstat_write_end(&sec);

	return TEST_SUCCESS;
}

static int
test_sequence_wraps(void)
{
	struct rte_seqstat_section sec;

	rte_atomic_store_explicit(&writer->lock.count.sn, UINT32_MAX - 1,
			rte_memory_order_relaxed);
	sec = rte_seqstat_write_begin(writer);
	change(&sec, 0, 1, 10);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_write_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not read after the wrap");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 1, 10), "other numbers");
	TEST_ASSERT_EQUAL(rte_seqcount_read_begin(&writer->lock.count), 0, "it did not wrap");

	return TEST_SUCCESS;
}

static int
test_totals(void)
{
	uint64_t total[N_COUNTERS];

	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
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
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 1, "not one writer");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 0, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, rte_lcore_id(), "of lcore %u", info.lcore_id);
	TEST_ASSERT_EQUAL(info.pid, getpid(), "of process %d", info.pid);
	TEST_ASSERT_EQUAL(info.flags, 0, "flags %#x", info.flags);
	TEST_ASSERT_EQUAL(info.socket_id, (int)rte_socket_id(), "on socket %d", info.socket_id);

	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(writer), "cannot detach");
	writer = NULL;
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 2, "not two writers");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 0, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, rte_lcore_id(), "the first is now another one");
	TEST_ASSERT_EQUAL(info.flags, RTE_SEQSTAT_WRITER_DETACHED, "flags %#x", info.flags);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_writer_info(snap, 1, &info), "no info");
	TEST_ASSERT_EQUAL(info.lcore_id, LCORE_ID_ANY, "of lcore %u", info.lcore_id);
	TEST_ASSERT_EQUAL(info.flags, 0, "flags %#x", info.flags);

	return TEST_SUCCESS;
}

/** Observe numbers in a histogram of two bounds, and set the gauge behind it to how many. */
static void
observe(struct rte_seqstat_writer *w, const uint64_t *numbers, unsigned int n)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, 0);
	unsigned int i;

	for (i = 0; i < n; i++)
		rte_seqstat_observe_pow2(row, 0, 2, numbers[i]);
	rte_seqstat_set(row, RTE_SEQSTAT_HISTOGRAM_SIZE(2), n);
	rte_seqstat_write_end(&sec);
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
	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
	count(shared, 0, 20, 4);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	cycles = rte_seqstat_snapshot_tsc(snap) - rte_seqstat_snapshot_tsc(other_snap);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, other_snap), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(snap), cycles, "another time between");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_is_cut(snap), CUTS, "the difference of two cuts");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 0, 7, 30), "the increase, and the level");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 1, 3, 6), "the increase over the wrap");
	TEST_ASSERT(row_is(snap, rte_lcore_id(), 2, 0, 0), "no increase");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 20, 4), "a new writer counts from zero");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, total), "no total");
	TEST_ASSERT_EQUAL(total[PACKETS], 27, "the total of a difference");

	return TEST_SUCCESS;
}

static int
test_difference_of_histogram(void)
{
	static const struct rte_seqstat_counter counters[] = {
		{ .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .n_bounds = 2 },
		{ .name = "level", .type = RTE_SEQSTAT_GAUGE },
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
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(st, rte_lcore_id());
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
	row = rte_seqstat_snapshot_row(newer, 0, 0);
	right = row[0] == 0 && row[1] == 1 && row[2] == 1 && row[3] == 7 && row[4] == 2;
	rte_seqstat_snapshot_free(older);
	rte_seqstat_snapshot_free(newer);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
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
	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
	count(shared, 0, 20, 4);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(other_snap, snap, other_snap),
		"not subtracted");
	TEST_ASSERT(row_is(other_snap, rte_lcore_id(), 0, 7, 30), "the increase, and the level");
	TEST_ASSERT(row_is(other_snap, LCORE_ID_ANY, 0, 20, 4), "a new writer counts from zero");
	TEST_ASSERT_EQUAL(test_seqstat_flags(other_snap, rte_lcore_id()), 0, "flagged");
	TEST_ASSERT_EQUAL(test_seqstat_flags(other_snap, LCORE_ID_ANY), 0, "flagged as %#x",
		test_seqstat_flags(other_snap, LCORE_ID_ANY));
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
	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(diff, 0), "not taken");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, other_snap), "not subtracted");
	right = rte_seqstat_snapshot_n_writers(diff) == 1 &&
		row_is(diff, rte_lcore_id(), 0, 10, 100);
	rte_seqstat_snapshot_free(diff);
	TEST_ASSERT(right, "the writers of the two, and no more");

	return TEST_SUCCESS;
}

static int
test_difference_elsewhere(void)
{
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_section sec;
	bool right;

	TEST_ASSERT_NOT_NULL(diff, "no object: %s", rte_strerror(rte_errno));
	count(writer, 0, 10, 100);
	sec = rte_seqstat_write_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 0), -ETIMEDOUT,
		"read in a section");
	rte_seqstat_write_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, other_snap), "not subtracted");
	right = row_is(diff, rte_lcore_id(), 0, 10, 100) &&
		row_is(snap, rte_lcore_id(), 0, 10, 100) &&
		row_is(other_snap, rte_lcore_id(), 0, 0, 0) &&
		test_seqstat_flags(diff, rte_lcore_id()) == RTE_SEQSTAT_WRITER_STALE &&
		!rte_seqstat_snapshot_is_cut(diff);
	rte_seqstat_snapshot_free(diff);
	TEST_ASSERT(right, "the difference to a stale one");

	return TEST_SUCCESS;
}

/** A reader in a thread of its own. */
struct reader {
	struct rte_seqstat_snapshot *snap;
	int ret;
};

static uint32_t
take_patiently(void *arg)
{
	struct reader *reader = arg;

	reader->ret = rte_seqstat_snapshot_take(reader->snap, TEST_SEQSTAT_LIMIT_US);

	return 0;
}

static uint64_t
epoch_now(void)
{
	return rte_atomic_load_explicit(writer->epoch, rte_memory_order_relaxed);
}

static int
test_turns(void)
{
	struct reader reader = { .snap = other_snap, .ret = -1 };
	uint64_t limit = test_seqstat_limit();
	struct rte_seqstat_section sec;
	rte_thread_t thread;
	uint64_t epoch;
	int ret, ret_waiting;

	TEST_ASSERT_SUCCESS(attach_shared(), "no second writer");
	count(shared, 0, 4, 40);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	count(shared, 0, 1, 41);

	/* The other reader has its turn, and waits for this section to end. */
	sec = rte_seqstat_write_begin(writer);
	epoch = epoch_now();
	TEST_ASSERT(test_seqstat_spawn(&thread, take_patiently, &reader), "no thread");
	while (epoch_now() == epoch && rte_get_timer_cycles() < limit)
		rte_pause();
	ret = rte_seqstat_snapshot_take(snap, 0);
	ret_waiting = rte_seqstat_snapshot_take(snap, 1000);
	rte_seqstat_write_end(&sec);
	rte_thread_join(thread, NULL);

	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "taken in the other's turn");
	TEST_ASSERT_EQUAL(ret_waiting, -ETIMEDOUT, "taken in the other's turn");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), RTE_SEQSTAT_WRITER_STALE,
		"not flagged");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, LCORE_ID_ANY), RTE_SEQSTAT_WRITER_STALE,
		"not flagged");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 4, 40), "the former numbers are lost");
	TEST_ASSERT_SUCCESS(reader.ret, "the other did not finish: %d", reader.ret);
	TEST_ASSERT(row_is(other_snap, LCORE_ID_ANY, 0, 5, 41), "the other's numbers");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "no turn after the other's");
	TEST_ASSERT(row_is(snap, LCORE_ID_ANY, 0, 5, 41), "other numbers");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat snapshots",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_bad_arguments),
		TEST_CASE(test_before_the_first),
		TEST_CASE_ST(set_up, tear_down, test_idle),
		TEST_CASE_ST(set_up, tear_down, test_inside_section),
		TEST_CASE_ST(set_up, tear_down, test_acknowledged),
		TEST_CASE_ST(set_up, tear_down, test_row_put_aside),
		TEST_CASE_ST(set_up, tear_down, test_nothing_put_aside),
		TEST_CASE_ST(set_up, tear_down, test_sections_of_one_epoch),
		TEST_CASE_ST(set_up, tear_down, test_put_aside_long_ago),
		TEST_CASE(test_widths),
		TEST_CASE_ST(set_up, tear_down, test_stale_keeps_its_own),
		TEST_CASE_ST(set_up, tear_down, test_acknowledged_after_stale),
		TEST_CASE_ST(set_up, tear_down, test_sequence_wraps),
		TEST_CASE_ST(set_up, tear_down, test_totals),
		TEST_CASE_ST(set_up, tear_down, test_writer_infos),
		TEST_CASE_ST(set_up, tear_down, test_difference),
		TEST_CASE(test_difference_of_histogram),
		TEST_CASE_ST(set_up, tear_down, test_difference_in_place_of_older),
		TEST_CASE_ST(set_up, tear_down, test_difference_of_fewer),
		TEST_CASE_ST(set_up, tear_down, test_difference_elsewhere),
		TEST_CASE_ST(set_up, tear_down, test_turns),
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
