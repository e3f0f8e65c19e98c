/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "seqstat_handle.h"
#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/* Rows that come and go: labels, clears, generations, retired values. */

/** Four rows of two values share a unit. */
enum { PACKETS, WAITING, N_COUNTERS };
#define N_ROWS 6

static const struct rte_seqstat_counter schema[] = {
	{ .name = "packets" },
	{ .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
};

#define LABELS(...) ((const char *const []){ __VA_ARGS__, NULL })
#define LONGEST "123456789-123456789-123456789-123456789-123456789-123456789-123"

static_assert(sizeof(LONGEST) == RTE_SEQSTAT_LABELSIZE, "not the longest");

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap, *older;

static struct rte_seqstat *
create(const struct rte_seqstat_counter *counters, const char *const *labels, uint32_t n_rows)
{
	const struct rte_seqstat_params params = {
		.name = "test",
		.counters = counters,
		.n_counters = N_COUNTERS,
		.n_rows = n_rows,
		.labels = labels,
		.socket_id = SOCKET_ID_ANY,
	};

	return rte_seqstat_create(&params);
}

static int
set_up(void)
{
	set = create(schema, LABELS("port", "queue"), N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	older = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(snap != NULL && older != NULL, "no object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_snapshot_free(older);
	test_seqstat_destroy(set);
	set = NULL;
	snap = older = NULL;
}

/** Count in a row, on the main lcore. */
static void
count(uint32_t row, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(set);

	rte_seqstat_add(rte_seqstat_row(&sec, row), PACKETS, packets);
	rte_seqstat_gauge_set(rte_seqstat_row(&sec, row), WAITING, waiting);
	rte_seqstat_end(&sec);
}

/** Return whether a row has these sums over all writers. */
static bool
row_is(const struct rte_seqstat_snapshot *s, uint32_t row, uint64_t packets, uint64_t waiting)
{
	uint64_t values[N_COUNTERS];

	if (rte_seqstat_snapshot_total(s, row, values) != 0)
		return false;
	if (values[PACKETS] == packets && values[WAITING] == waiting)
		return true;
	printf("row %u: %" PRIu64 " packets, %" PRIu64 " waiting\n", row, values[PACKETS],
		values[WAITING]);

	return false;
}

static bool
retired_is(const struct rte_seqstat_snapshot *s, uint64_t packets, uint64_t waiting)
{
	const uint64_t *values = rte_seqstat_snapshot_retired(s);

	if (values[PACKETS] == packets && values[WAITING] == waiting)
		return true;
	printf("retired: %" PRIu64 " packets, %" PRIu64 " waiting\n", values[PACKETS],
		values[WAITING]);

	return false;
}

/** Return whether a row has these labels; NULL: none. */
static bool
labels_are(uint32_t row, const char *port, const char *queue)
{
	struct rte_seqstat_labels labels;

	if (rte_seqstat_row_labels_get(set, row, &labels) != 0)
		return false;
	if (port == NULL)
		return labels.n == 0;

	return labels.n == 2 && strcmp(labels.values[0], port) == 0 &&
		strcmp(labels.values[1], queue) == 0;
}

/** Return whether label names are refused. */
static bool
names_refused(const char *const *names)
{
	struct rte_seqstat *st = create(schema, names, 1);

	if (st == NULL)
		return rte_errno == EINVAL;
	test_seqstat_destroy(st);

	return false;
}

static int
test_bad_label_names(void)
{
	TEST_ASSERT(names_refused(LABELS("Port")), "a capital");
	TEST_ASSERT(names_refused(LABELS("")), "an empty one");
	TEST_ASSERT(names_refused(&(const char *const){ NULL }), "none, but not NULL");
	TEST_ASSERT(names_refused(LABELS("a", "b", "a")), "two are the same");
	TEST_ASSERT(names_refused(LABELS("a", "b", "c", "d", "e")), "five");
	TEST_ASSERT(names_refused(LABELS("a", "lcore")), "reserved: lcore");
	TEST_ASSERT(names_refused(LABELS("set")), "reserved: set");
	TEST_ASSERT(names_refused(LABELS("row")), "reserved: row");
	TEST_ASSERT(names_refused(LABELS("le")), "reserved: le");
	TEST_ASSERT(names_refused(LABELS("balance")), "reserved: balance");
	TEST_ASSERT(names_refused(LABELS("process")), "reserved: process");

	return TEST_SUCCESS;
}

/** Check that no function takes labels; nothing changes. */
static int
check_refused(const char *const *values)
{
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 0, values), -EINVAL, "a row gets them");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, values), -EINVAL, "a free row gets them");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, values), -EINVAL, "they are looked for");
	TEST_ASSERT(labels_are(0, "net0", "0"), "the labels changed");

	return TEST_SUCCESS;
}

static int
test_bad_labels(void)
{
	static const char * const bad[] = { "", "\"", "\\", "a\nb", "\x1f", "\x7f", "\xc3\xa4",
		LONGEST "4" };
	struct rte_seqstat_labels labels;
	unsigned int i;

	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 0, LABELS("net0", "0")), "not labelled");
	for (i = 0; i < RTE_DIM(bad); i++) {
		TEST_ASSERT_SUCCESS(check_refused(LABELS(bad[i], "1")), "first, %u", i);
		TEST_ASSERT_SUCCESS(check_refused(LABELS("net1", bad[i])), "second, %u", i);
	}
	TEST_ASSERT_SUCCESS(check_refused(NULL), "NULL");
	TEST_ASSERT_SUCCESS(check_refused(LABELS("net1")), "too few");
	TEST_ASSERT_SUCCESS(check_refused(LABELS("net1", "1", "1")), "too many");
	TEST_ASSERT_SUCCESS(check_refused(&(const char *const){ NULL }), "none");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, N_ROWS, LABELS("net1", "1")), -EINVAL,
		"one row too many");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, UINT32_MAX, LABELS("net1", "1")), -EINVAL,
		"the last number");
	TEST_ASSERT_EQUAL(rte_seqstat_row_clear(set, N_ROWS), -EINVAL, "one row too many");
	TEST_ASSERT_EQUAL(rte_seqstat_row_labels_get(set, N_ROWS, &labels), -EINVAL,
		"one row too many");

	return TEST_SUCCESS;
}

static int
test_labels(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "0")), -ENOENT, "found");
	TEST_ASSERT(labels_are(5, NULL, NULL), "a row begins with labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 5, LABELS("net0", "0")), "not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 5, LABELS("net0", "0")), "not again");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 5, LABELS("net0", "1")), -EBUSY, "others");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 0, LABELS("net0", "0")), -EEXIST, "twice");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS("net0", "0")), -EEXIST, "twice");
	/* The same characters, divided in another way. */
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 0, LABELS("net", "00")), "not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS(LONGEST, LONGEST)), "longest");
	TEST_ASSERT(labels_are(5, "net0", "0") && labels_are(0, "net", "00") &&
		labels_are(1, LONGEST, LONGEST) && labels_are(2, NULL, NULL), "other labels");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "0")), 5, "not found");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net", "00")), 0, "not found");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "00")), -ENOENT, "found");

	return TEST_SUCCESS;
}

static int
test_no_label_names(void)
{
	struct rte_seqstat_labels labels;

	set = create(schema, NULL, 2);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 0, LABELS("a")), -EINVAL, "labelled");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, &(const char *const){ NULL }), -EINVAL,
		"no labels for a row");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, 1, &labels), "not described");
	TEST_ASSERT(labels.n == 0 && labels.generation == 1, "%u labels, generation %u", labels.n,
		labels.generation);
	test_seqstat_destroy(set);

	return TEST_SUCCESS;
}

/** A row that has labels or counts is not free. */
static int
test_alloc(void)
{
	char name[16];
	int i, row;

	count(1, 1, 0);
	count(3, 0, 1);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 4, LABELS("net4", "0")), "not labelled");
	for (i = 0; i < N_ROWS - 3; i++) {
		snprintf(name, sizeof(name), "new%d", i);
		row = rte_seqstat_row_alloc(set, LABELS(name, "0"));
		TEST_ASSERT(row == 0 || row == 2 || row == 5, "row %d is free", row);
		TEST_ASSERT(labels_are(row, name, "0"), "the row has other labels");
	}
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS("new", "1")), -ENOSPC, "one more");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS("new", "1")), 1, "not free again");

	return TEST_SUCCESS;
}

static int
test_clear(void)
{
	struct rte_seqstat_labels labels;
	uint32_t row;

	for (row = 0; row < N_ROWS; row++)
		count(row, 10 + row, 20 + row);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS("net0", "0")), "not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 2, LABELS("net0", "1")), "not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, 1) == 0 && retired_is(snap, 0, 0),
		"cleared before");

	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, 1, &labels), "not described");
	TEST_ASSERT(labels.n == 0 && labels.generation == 1, "%u labels, generation %u", labels.n,
		labels.generation);
	TEST_ASSERT(labels_are(2, "net0", "1"), "another row's labels");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "0")), -ENOENT, "found");
	TEST_ASSERT(row_is(snap, 1, 11, 21), "the snapshot changed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, 0, 10, 20) && row_is(snap, 1, 0, 0) && row_is(snap, 2, 12, 22),
		"other values");
	TEST_ASSERT(retired_is(snap, 11, 21), "not retired");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, 1) == 1 &&
		rte_seqstat_snapshot_generation(snap, 0) == 0 &&
		rte_seqstat_snapshot_generation(snap, N_ROWS) == 0, "other generations");

	count(1, 3, 4);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 2), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(retired_is(snap, 11 + 3 + 12, 21 + 4 + 22), "not retired");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_generation(snap, 1), 2, "cleared twice");

	return TEST_SUCCESS;
}

/** All writers' values go. */
static int
test_clear_all_writers(void)
{
	struct rte_seqstat_writer *w = test_seqstat_writer_of(set, RTE_MAX_LCORE - 1);
	struct rte_seqstat_section sec;

	TEST_ASSERT_NOT_NULL(w, "no writer: %s", rte_strerror(rte_errno));
	count(1, 1, 10);
	sec = rte_seqstat_writer_begin(w);
	rte_seqstat_add(rte_seqstat_row(&sec, 1), PACKETS, 2);
	rte_seqstat_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, 1, 0, 0) && retired_is(snap, 3, 10), "other values");

	return TEST_SUCCESS;
}

static int
test_difference(void)
{
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);

	TEST_ASSERT_NOT_NULL(diff, "no object: %s", rte_strerror(rte_errno));
	count(0, 5, 1);
	count(1, 10, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, 0), "not taken");
	count(1, 7, 3);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	count(0, 1, 2);
	count(1, 2, 4);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, snap, older), "not subtracted");
	TEST_ASSERT(row_is(diff, 0, 1, 2) && row_is(diff, 1, 2, 4), "other increases");
	TEST_ASSERT(retired_is(diff, 7, 3), "what was counted before the clear");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_generation(diff, 1), 1, "another generation");

	/* The same in the place of the older one, and then of the newer one. */
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(older, snap, older), "not subtracted");
	TEST_ASSERT(row_is(older, 1, 2, 4) && retired_is(older, 7, 3), "other increases");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, diff), "not subtracted");
	TEST_ASSERT(row_is(snap, 0, 5, 2) && row_is(snap, 1, 0, 4) && retired_is(snap, 10, 3),
		"other increases");
	rte_seqstat_snapshot_free(diff);

	return TEST_SUCCESS;
}

/** An object with a difference from before a clear takes the next snapshot as any other. */
static int
test_difference_before_clear(void)
{
	count(N_ROWS - 1, 10, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, N_ROWS - 1), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, older, older), "not subtracted");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, N_ROWS - 1) == 0 &&
		retired_is(snap, 0, 0), "cleared before");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, N_ROWS - 1) == 1 &&
		retired_is(snap, 10, 2), "not cleared");

	return TEST_SUCCESS;
}

/** The next snapshot in an object with a difference has all retired values again. */
static int
test_taken_after_difference(void)
{
	count(1, 10, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, older), "not subtracted");
	TEST_ASSERT(retired_is(snap, 0, 2), "retired in between");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(retired_is(snap, 10, 2), "the retired values of the difference");

	return TEST_SUCCESS;
}

/** A stale writer keeps its former values, but not those of a row that was cleared since. */
static int
test_stale(void)
{
	struct rte_seqstat_section sec;

	count(0, 5, 50);
	count(1, 6, 60);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	sec = rte_seqstat_begin(set);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);
	TEST_ASSERT(row_is(snap, 0, 5, 50) && row_is(snap, 1, 0, 0) && retired_is(snap, 6, 60),
		"other values");

	return TEST_SUCCESS;
}

/** What a writer saves for a snapshot after a clear has the row zeroed. */
static int
test_saved_after_clear(void)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer(set);

	count(0, 5, 50);
	count(1, 6, 60);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	test_seqstat_foresee(w);
	count(0, 1, 51);
	test_seqstat_see(w);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, 0, 5, 50) && row_is(snap, 1, 0, 0) && retired_is(snap, 6, 60),
		"other values");

	return TEST_SUCCESS;
}

/** Begin to clear row 1, as a process that is killed then. */
static void
leave_clear(enum seqstat_clearing clearing)
{
	struct seqstat_set *s = seqstat_handle(set)->set;

	s->cleared_row = 1;
	s->cleared_generation = 1;
	if (clearing == SEQSTAT_CLEARING_ZERO) {
		s->n_clears++;
		s->retired_next[PACKETS] = s->retired[PACKETS] + 6;
	}
	s->clearing = clearing;
}

/** The next holder of the turn finishes a clear. */
static int
test_unfinished_clear(void)
{
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS("net0", "0")), "not labelled");
	count(0, 5, 0);
	count(1, 6, 0);
	leave_clear(SEQSTAT_CLEARING_LABELS);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, 0, 5, 0) && row_is(snap, 1, 0, 0) && retired_is(snap, 6, 0),
		"labels are left: other values");
	TEST_ASSERT(labels_are(1, NULL, NULL), "the labels stay");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_generation(snap, 1), 1, "another generation");

	count(1, 6, 0);
	leave_clear(SEQSTAT_CLEARING_SUM);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, 1, 0, 0) && retired_is(snap, 12, 0), "the sum is left");

	/* Its sum was made, and one writer zeroed already. */
	leave_clear(SEQSTAT_CLEARING_ZERO);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS("net0", "1")), "not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	TEST_ASSERT(row_is(snap, 1, 0, 0) && retired_is(snap, 18, 0), "zeroes are left");

	return TEST_SUCCESS;
}

/** Label, find and clear many rows: their texts have to move again and again. */
static int
test_many(void)
{
	const uint32_t n_rows = 3000;
	struct seqstat_labels *stored;
	char name[32];
	uint32_t i;
	int row;

	set = create(schema, LABELS("flow"), n_rows);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	for (i = 0; i < 3 * n_rows; i++) {
		/* Long names at the end: their room is not that of those that go. */
		snprintf(name, sizeof(name), i < 2 * n_rows ? "%u" : "a rather long name %u", i);
		row = rte_seqstat_row_alloc(set, LABELS(name));
		TEST_ASSERT(row >= 0 && (uint32_t)row < n_rows, "flow %u: %d", i, row);
		TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS(name)), row, "flow %u", i);
		if (i + 1 < n_rows)
			continue;
		snprintf(name, sizeof(name), i + 1 - n_rows < 2 * n_rows ? "%u" :
			"a rather long name %u", i + 1 - n_rows);
		row = rte_seqstat_row_find(set, LABELS(name));
		TEST_ASSERT(row >= 0, "flow %s: %d", name, row);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, row), "flow %s", name);
	}
	/* A process was killed while it changed chains. */
	stored = seqstat_handle(set)->set->labels;
	stored->changing = 1;
	memset(stored->heads, 0, stored->n_heads * sizeof(stored->heads[0]));
	for (; i > 2 * n_rows + 1; i--) {
		snprintf(name, sizeof(name), "a rather long name %u", i - 1);
		row = rte_seqstat_row_find(set, LABELS(name));
		TEST_ASSERT(row >= 0, "flow %s: %d", name, row);
		TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS(name)), -EEXIST, "again");
	}
	test_seqstat_destroy(set);

	return TEST_SUCCESS;
}

/** Labels are copied some hundred rows at a time: a dump has all rows, each with its own. */
static int
test_dump_of_many(void)
{
	const uint32_t n_rows = 700;
	char name[48], *text, *at;
	uint32_t row;
	size_t size;
	FILE *f;

	set = create(schema, LABELS("flow"), n_rows);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	for (row = 0; row < n_rows; row++) {
		snprintf(name, sizeof(name), "flow%u", row);
		if (row % 50 == 0)
			count(row, 1, 0);
		else if (row % 50 != 1)
			TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, row, LABELS(name)),
				"row %u", row);
	}
	f = open_memstream(&text, &size);
	TEST_ASSERT_NOT_NULL(f, "no stream");
	TEST_ASSERT_SUCCESS(rte_seqstat_dump(f, set), "not dumped");
	fclose(f);
	for (row = 0, at = text; row < n_rows; row++) {
		if (row % 50 == 1)
			continue;
		snprintf(name, sizeof(name), row % 50 == 0 ? "  row %u: " :
			"  row %u {flow=\"flow%u\"}: ", row, row);
		at = strstr(at, "  row ");
		TEST_ASSERT(at != NULL && strncmp(at, name, strlen(name)) == 0, "no %s", name);
		at++;
	}
	TEST_ASSERT_NULL(strstr(at, "  row "), "a row too many");
	free(text);
	test_seqstat_destroy(set);

	return TEST_SUCCESS;
}

static RTE_ATOMIC(uint32_t) stop;
static RTE_ATOMIC(uint64_t) n_packets; /* Of all sections that ended. */

/** Count in two rows of a unit, always. */
static uint32_t
count_on(void *arg __rte_unused)
{
	struct rte_seqstat_section sec;
	uint64_t n;

	for (n = 1; !rte_atomic_load_explicit(&stop, rte_memory_order_relaxed); n++) {
		sec = rte_seqstat_begin(set);
		rte_seqstat_add(rte_seqstat_row(&sec, 0), PACKETS, 1);
		rte_seqstat_add(rte_seqstat_row(&sec, 1), PACKETS, 1);
		rte_seqstat_end(&sec);
		rte_atomic_store_explicit(&n_packets, n, rte_memory_order_release);
	}

	return 0;
}

/** A row that a thread counts in against the rules: only its own values may be wrong. */
static int
test_clear_while_counting(void)
{
	uint64_t end = test_seqstat_end(), n_clears, values[N_COUNTERS] = { 0 };
	uint64_t n = 0, most = 0;
	rte_thread_t thread;

	stop = 0;
	n_packets = 0;
	TEST_ASSERT(test_seqstat_spawn(&thread, count_on, NULL), "no thread");
	for (n_clears = 0; rte_get_timer_cycles() < end; n_clears++) {
		if (rte_seqstat_row_clear(set, 1) != 0 || rte_seqstat_snapshot_take(snap, 0) != 0)
			continue;
		/* What is in the row again was in it before. */
		rte_seqstat_snapshot_total(snap, 0, values);
		n = values[PACKETS];
		rte_seqstat_snapshot_total(snap, 1, values);
		most = RTE_MAX(most, values[PACKETS]);
		if (values[PACKETS] > n)
			break;
	}
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_thread_join(thread, NULL);
	TEST_ASSERT(values[PACKETS] <= n, "%" PRIu64 " packets in the row, %" PRIu64
		" were counted", values[PACKETS], n);
	printf("%" PRIu64 " clears, at most %" PRIu64 " packets in the row\n", n_clears, most);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT(row_is(snap, 0, n_packets, 0), "the other row of the unit");

	return TEST_SUCCESS;
}

/*
 * Rows come and go while others count and snapshots are taken. A row of tenant k has k times as
 * many bytes as packets, so its values name their tenant.
 */

enum { TENANT_PACKETS, TENANT_BYTES };

static const struct rte_seqstat_counter tenant_schema[] = {
	{ .name = "packets" },
	{ .name = "bytes" },
};

#define N_BUSY 4       /* Every other row stays: rows that go share units with them. */
#define N_TENANT_ROWS (2 * N_BUSY)

/** What the counting thread is to count in, and how far it is. */
struct task {
	RTE_ATOMIC(uint32_t) tenant; /**< 0: count in no tenant's row. */
	RTE_ATOMIC(uint32_t) seen;   /**< The tenant that the thread knows of. */
	uint32_t row;
};

static struct task task;

static void
add_packets(const struct rte_seqstat_section *sec, uint32_t row, uint32_t tenant)
{
	struct rte_seqstat_row *at = rte_seqstat_row(sec, row);

	rte_seqstat_add(at, TENANT_PACKETS, 1);
	rte_seqstat_add(at, TENANT_BYTES, tenant);
}

/** Count in rows that stay, and in the row of the task. */
static uint32_t
count_tasks(void *arg __rte_unused)
{
	uint64_t seed = 1, n = 0, random;
	struct rte_seqstat_section sec;
	uint32_t tenant;

	TEST_ASSERT_SUCCESS(rte_thread_register(), "no lcore id");
	while (!rte_atomic_load_explicit(&stop, rte_memory_order_relaxed)) {
		/* The row belongs to the tenant. */
		tenant = rte_atomic_load_explicit(&task.tenant, rte_memory_order_acquire);
		random = test_seqstat_random(&seed) % N_BUSY;
		sec = rte_seqstat_begin(set);
		add_packets(&sec, 2 * random, 1 + random);
		if (tenant != 0)
			add_packets(&sec, task.row, tenant);
		rte_seqstat_end(&sec);
		n += 1 + (tenant != 0);
		rte_atomic_store_explicit(&n_packets, n, rte_memory_order_release);
		/* Sections with the former tenant have ended. */
		rte_atomic_store_explicit(&task.seen, tenant, rte_memory_order_release);
	}
	rte_thread_unregister();

	return TEST_SUCCESS;
}

/** Let the thread count for a tenant, or for none, and wait until it does. */
static bool
set_task(uint32_t tenant, uint32_t row)
{
	if (tenant != 0)
		task.row = row;
	rte_atomic_store_explicit(&task.tenant, tenant, rte_memory_order_release);
	while (rte_atomic_load_explicit(&task.seen, rte_memory_order_acquire) != tenant) {
		if (rte_atomic_load_explicit(&stop, rte_memory_order_relaxed))
			return false;
		sched_yield();
	}

	return true;
}

/** Return tenants served until the end, or 0 after an error. */
static uint32_t
churn(void *arg __rte_unused)
{
	char name[16];
	uint32_t k;
	int row;

	for (k = N_BUSY + 1; !rte_atomic_load_explicit(&stop, rte_memory_order_relaxed); k++) {
		snprintf(name, sizeof(name), "%u", k);
		row = rte_seqstat_row_alloc(set, LABELS(name));
		if (row < 0) {
			printf("tenant %u gets no row: %d\n", k, row);
			return 0;
		}
		if (!set_task(k, row) || !set_task(0, row))
			break;
		if (rte_seqstat_row_clear(set, row) != 0) {
			printf("tenant %u: the row is not cleared\n", k);
			return 0;
		}
	}

	return k;
}

/** Check that each row's values are those of its labels. Adds up the packets. */
static int
check_tenants(const struct rte_seqstat_snapshot *s, uint64_t *packets)
{
	struct rte_seqstat_labels labels;
	uint64_t values[2], tenant;
	uint32_t row;

	*packets = rte_seqstat_snapshot_retired(s)[TENANT_PACKETS];
	for (row = 0; row < N_TENANT_ROWS; row++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(s, row, values), "row %u", row);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, row, &labels), "row %u", row);
		*packets += values[TENANT_PACKETS];
		if (labels.n == 0 ||
				labels.generation != rte_seqstat_snapshot_generation(s, row))
			continue;
		tenant = strtoull(labels.values[0], NULL, 10);
		TEST_ASSERT_EQUAL(values[TENANT_BYTES], tenant * values[TENANT_PACKETS],
			"row %u of tenant %" PRIu64 ", generation %u: %" PRIu64 " packets, %"
			PRIu64 " bytes", row, tenant, labels.generation,
			values[TENANT_PACKETS], values[TENANT_BYTES]);
	}

	return TEST_SUCCESS;
}

static int
watch_tenants(uint64_t *n_taken)
{
	uint64_t end = test_seqstat_end(), former = 0, least, packets;

	for (*n_taken = 0; rte_get_timer_cycles() < end; (*n_taken)++) {
		least = rte_atomic_load_explicit(&n_packets, rte_memory_order_acquire);
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
			"not taken");
		TEST_ASSERT_SUCCESS(check_tenants(snap, &packets), "cut %" PRIu64, *n_taken);
		TEST_ASSERT(packets >= former && packets >= least, "cut %" PRIu64 ": %" PRIu64
			" packets after %" PRIu64 ", %" PRIu64 " were counted", *n_taken, packets,
			former, least);
		former = packets;
		/* The difference to the former cut has no part of a tenant's row either. */
		if (*n_taken > 0) {
			TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(older, snap, older),
				"not subtracted");
			TEST_ASSERT_SUCCESS(check_tenants(older, &packets), "increase %" PRIu64,
				*n_taken);
		}
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, TEST_SEQSTAT_LIMIT_US),
			"not taken");
		rte_delay_us_sleep(500);
	}

	return TEST_SUCCESS;
}

static int
set_up_tenants(void)
{
	char name[16];
	uint32_t i;

	set = create(tenant_schema, LABELS("tenant"), N_TENANT_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	older = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(snap != NULL && older != NULL, "no object: %s", rte_strerror(rte_errno));
	for (i = 0; i < N_BUSY; i++) {
		snprintf(name, sizeof(name), "%u", 1 + i);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 2 * i, LABELS(name)), "row %u", i);
	}
	task = (struct task){ 0 };
	stop = 0;
	n_packets = 0;

	return TEST_SUCCESS;
}

static int
test_tenants(void)
{
	rte_thread_t counting, churning;
	uint32_t failed, n_tenants;
	uint64_t n_taken, packets;
	int ret;

	TEST_ASSERT(test_seqstat_spawn(&counting, count_tasks, NULL) &&
		test_seqstat_spawn(&churning, churn, NULL), "no threads");
	ret = watch_tenants(&n_taken);
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_thread_join(churning, &n_tenants);
	rte_thread_join(counting, &failed);
	TEST_ASSERT(ret == TEST_SUCCESS && failed == TEST_SUCCESS && n_tenants > 0, "see above");
	printf("%u tenants, %" PRIu64 " cuts, %" PRIu64 " packets\n", n_tenants, n_taken,
		n_packets);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_SUCCESS(check_tenants(snap, &packets), "at rest");
	TEST_ASSERT_EQUAL(packets, n_packets, "%" PRIu64 " packets instead of %" PRIu64, packets,
		n_packets);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat rows",
	.unit_test_cases = {
		TEST_CASE(test_bad_label_names),
		TEST_CASE_ST(set_up, tear_down, test_bad_labels),
		TEST_CASE_ST(set_up, tear_down, test_labels),
		TEST_CASE(test_no_label_names),
		TEST_CASE_ST(set_up, tear_down, test_alloc),
		TEST_CASE_ST(set_up, tear_down, test_clear),
		TEST_CASE_ST(set_up, tear_down, test_clear_all_writers),
		TEST_CASE_ST(set_up, tear_down, test_difference),
		TEST_CASE_ST(set_up, tear_down, test_difference_before_clear),
		TEST_CASE_ST(set_up, tear_down, test_taken_after_difference),
		TEST_CASE_ST(set_up, tear_down, test_stale),
		TEST_CASE_ST(set_up, tear_down, test_saved_after_clear),
		TEST_CASE_ST(set_up, tear_down, test_unfinished_clear),
		TEST_CASE(test_many),
		TEST_CASE(test_dump_of_many),
		TEST_CASE_ST(set_up, tear_down, test_clear_while_counting),
		TEST_CASE_ST(set_up_tenants, tear_down, test_tenants),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_rows(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_rows_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_rows);
