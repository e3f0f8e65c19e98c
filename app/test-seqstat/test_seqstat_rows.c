/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include "seqstat_handle.h"
#include "test_seqstat_fixture.h"

/* Rows that come and go: labels, clears, generations, retired values. */

#define N_ROWS 6 /* Each two share a unit. */

#define NO_LABELS (&(const char *const){ NULL })
#define LONGEST "123456789-123456789-123456789-123456789-123456789-123456789-123"

static_assert(sizeof(LONGEST) == RTE_SEQSTAT_LABELSIZE, "not the longest");

static int
set_up(void)
{
	return set_up_with(create_set("test", N_ROWS, LABELS("port", "queue"), 0));
}

static bool
retired_is(uint64_t packets, uint64_t waiting)
{
	return values_are(rte_seqstat_snapshot_retired(snap), packets, waiting);
}

/** Return whether a row has these labels, or none if port is NULL. */
static bool
labels_are(uint32_t row, const char *port, const char *queue)
{
	struct rte_seqstat_labels labels;

	if (rte_seqstat_row_labels_get(set, row, &labels) != 0)
		return false;

	return port == NULL ? labels.n == 0 : labels.n == 2 &&
		strcmp(labels.values[0], port) == 0 && strcmp(labels.values[1], queue) == 0;
}

/** Return whether a set with these label names is refused. */
static bool
names_refused(const char *const *names)
{
	struct rte_seqstat *st = create_set("names", 1, names, 0);

	if (st == NULL)
		return rte_errno == EINVAL;
	test_seqstat_destroy(st);

	return false;
}

/* Label names that are malformed, reserved, repeated or too many are refused. */
static int
test_bad_label_names(void)
{
	static const char * const bad[] = {
		"Port", "", "lcore", "set", "row", "le", "balance", "process",
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++)
		TEST_ASSERT(names_refused(LABELS("a", bad[i])), "label name '%s'", bad[i]);
	TEST_ASSERT(names_refused(NO_LABELS), "none, but not NULL");
	TEST_ASSERT(names_refused(LABELS("a", "b", "a")), "a name twice");
	TEST_ASSERT(names_refused(LABELS("a", "b", "c", "d", "e")), "five names");

	return TEST_SUCCESS;
}

/** Check that labels are refused, and nothing changes. */
static int
check_refused(const char *const *values)
{
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 0, values), -EINVAL, "label");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, values), -EINVAL, "alloc");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, values), -EINVAL, "find");
	TEST_ASSERT(labels_are(0, "net0", "0"), "the row's labels changed");

	return TEST_SUCCESS;
}

/* Malformed labels, another number of labels, and rows that do not exist are refused. */
static int
test_bad_labels(void)
{
	static const char * const bad[] = { "", "\"", "\\", "a\nb", "\x1f", "\x7f", "\xc3\xa4",
		LONGEST "4" };
	struct rte_seqstat_labels labels;
	unsigned int i;

	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 0, LABELS("net0", "0")), "row not labelled");
	for (i = 0; i < RTE_DIM(bad); i++) {
		TEST_ASSERT_SUCCESS(check_refused(LABELS(bad[i], "1")), "first label %u", i);
		TEST_ASSERT_SUCCESS(check_refused(LABELS("net1", bad[i])), "second label %u", i);
	}
	TEST_ASSERT_SUCCESS(check_refused(NULL), "NULL");
	TEST_ASSERT_SUCCESS(check_refused(LABELS("net1")), "too few labels");
	TEST_ASSERT_SUCCESS(check_refused(LABELS("net1", "1", "1")), "too many labels");
	TEST_ASSERT_SUCCESS(check_refused(NO_LABELS), "no labels");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, N_ROWS, LABELS("net1", "1")), -EINVAL,
		"label a row beyond the last");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, UINT32_MAX, LABELS("net1", "1")), -EINVAL,
		"label row 2^32 - 1");
	TEST_ASSERT_EQUAL(rte_seqstat_row_clear(set, N_ROWS), -EINVAL,
		"clear a row beyond the last");
	TEST_ASSERT_EQUAL(rte_seqstat_row_labels_get(set, N_ROWS, &labels), -EINVAL,
		"labels of a row beyond the last");

	return TEST_SUCCESS;
}

/* A row is found by its labels; no other row gets the same, and it gets no others. */
static int
test_labels(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "0")), -ENOENT, "found");
	TEST_ASSERT(labels_are(5, NULL, NULL), "a new row has labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 5, LABELS("net0", "0")), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 5, LABELS("net0", "0")),
		"the same labels are refused");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 5, LABELS("net0", "1")), -EBUSY,
		"other labels for a row that has some");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 0, LABELS("net0", "0")), -EEXIST,
		"the same labels for two rows");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS("net0", "0")), -EEXIST,
		"a new row with the same labels");
	/* The same characters, divided in another way. */
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 0, LABELS("net", "00")), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS(LONGEST, LONGEST)),
		"the longest labels are refused");
	TEST_ASSERT(labels_are(5, "net0", "0") && labels_are(0, "net", "00") &&
		labels_are(1, LONGEST, LONGEST) && labels_are(2, NULL, NULL), "other labels");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "0")), 5, "not found");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net", "00")), 0, "not found");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "00")), -ENOENT,
		"labels of two rows mixed");

	return TEST_SUCCESS;
}

/* A set without label names has rows that can be cleared, but not labelled. */
static int
test_no_label_names(void)
{
	struct rte_seqstat_labels labels;

	TEST_ASSERT_SUCCESS(set_up_with(create_set("test", 2, NULL, 0)), "no set");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(set, 0, LABELS("a")), -EINVAL, "labelled");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, NO_LABELS), -EINVAL, "allocated");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, 1, &labels), "no labels or generation");
	TEST_ASSERT(labels.n == 0 && labels.generation == 1, "%u labels, generation %u", labels.n,
		labels.generation);

	return TEST_SUCCESS;
}

/* A row is free if it has neither labels nor values; clearing it makes it free. */
static int
test_alloc(void)
{
	char name[16];
	int i, row;

	count(writer, 1, 1, 0);
	count(writer, 3, 0, 1);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 4, LABELS("net4", "0")), "row not labelled");
	for (i = 0; i < N_ROWS - 3; i++) {
		snprintf(name, sizeof(name), "new%d", i);
		row = rte_seqstat_row_alloc(set, LABELS(name, "0"));
		TEST_ASSERT(row == 0 || row == 2 || row == 5, "allocated row %d", row);
		TEST_ASSERT(labels_are(row, name, "0"), "row %d has other labels", row);
	}
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS("new", "1")), -ENOSPC,
		"allocated without a free row");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, LABELS("new", "1")), 1,
		"the cleared row is not free");

	return TEST_SUCCESS;
}

/*
 * A clear removes labels, zeroes and retires the values of all writers, and begins a generation; of
 * one row only.
 */
static int
test_clear(void)
{
	struct rte_seqstat_labels labels;
	uint32_t row;

	for (row = 0; row < N_ROWS; row++) {
		count(writer, row, 9 + row, 18 + row);
		count(shared, row, 1, 2);
	}
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS("net0", "0")), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 2, LABELS("net0", "1")), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, 1) == 0 && retired_is(0, 0),
		"retired before a clear");

	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, 1, &labels), "no labels or generation");
	TEST_ASSERT(labels.n == 0 && labels.generation == 1, "%u labels, generation %u", labels.n,
		labels.generation);
	TEST_ASSERT(labels_are(2, "net0", "1"), "another row lost its labels");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, LABELS("net0", "0")), -ENOENT,
		"found by its former labels");
	TEST_ASSERT(total_is(snap, 1, 11, 21), "the former snapshot changed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 0, 10, 20) && total_is(snap, 1, 0, 0) &&
		total_is(snap, 2, 12, 22), "other values");
	TEST_ASSERT(retired_is(11, 21), "not retired");
	TEST_ASSERT(rte_seqstat_snapshot_generation(snap, 1) == 1 &&
		rte_seqstat_snapshot_generation(snap, 0) == 0 &&
		rte_seqstat_snapshot_generation(snap, N_ROWS) == 0, "other generations");

	count(writer, 1, 3, 4);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 2), "row not cleared");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(retired_is(11 + 3 + 12, 21 + 4 + 22), "not all clears are retired");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_generation(snap, 1), 2, "not cleared twice");

	return TEST_SUCCESS;
}

/* A stale writer keeps its former values, except those of a row that was cleared since. */
static int
test_stale(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 5, 50);
	count(writer, 1, 6, 60);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	sec = rte_seqstat_writer_begin(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "read in a section");
	rte_seqstat_end(&sec);
	TEST_ASSERT(total_is(snap, 0, 5, 50) && total_is(snap, 1, 0, 0) && retired_is(6, 60),
		"other values");

	return TEST_SUCCESS;
}

/* A unit that is saved for a snapshot after a clear has the cleared row zeroed. */
static int
test_saved_after_clear(void)
{
	count(writer, 0, 5, 50);
	count(writer, 1, 6, 60);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	test_seqstat_next_epoch(writer);
	count(writer, 0, 1, 51);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 0, 5, 50) && total_is(snap, 1, 0, 0) && retired_is(6, 60),
		"other values");

	return TEST_SUCCESS;
}

/** Clear row 1 like a process that is killed at a step of it. */
static void
leave_clear(enum seqstat_clearing step)
{
	struct seqstat_set *s = seqstat_handle(set)->set;

	s->cleared_row = 1;
	s->cleared_generation = 1;
	if (step == SEQSTAT_CLEARING_ZERO) {
		s->n_clears++;
		s->retired_next[PACKETS] = s->retired[PACKETS] + 6;
		s->retired_next[BYTES] = s->retired[BYTES] + 64 * 6;
	}
	s->clearing = step;
}

/* The next owner of the turn finishes a clear, from any step of it. */
static int
test_unfinished_clear(void)
{
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS("net0", "0")), "row not labelled");
	count(writer, 0, 5, 0);
	count(writer, 1, 6, 0);
	leave_clear(SEQSTAT_CLEARING_LABELS);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 0, 5, 0) && total_is(snap, 1, 0, 0) && retired_is(6, 0),
		"before the labels: other values");
	TEST_ASSERT(labels_are(1, NULL, NULL), "the row has labels");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_generation(snap, 1), 1, "another generation");

	count(writer, 1, 6, 0);
	leave_clear(SEQSTAT_CLEARING_SUM);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 1, 0, 0) && retired_is(12, 0), "before the sum: other values");

	/* After the sum, with the values of one writer zeroed already. */
	leave_clear(SEQSTAT_CLEARING_ZERO);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, LABELS("net0", "1")), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 1, 0, 0) && retired_is(18, 0), "after the sum: other values");

	return TEST_SUCCESS;
}

#define MANY 3000

/** Return the labels of flow i; the later ones are longer, and so do not fit into earlier room. */
static const char *const *
flow_labels(uint32_t i)
{
	static const char *labels[2];
	static char name[32];

	snprintf(name, sizeof(name), i < 2 * MANY ? "%u" : "a rather long name %u", i);
	labels[0] = name;

	return labels;
}

/* Many rows are labelled, found and cleared, which moves their labels often. */
static int
test_many(void)
{
	struct seqstat_labels *stored;
	uint32_t i;
	int row;

	TEST_ASSERT_SUCCESS(set_up_with(create_set("test", MANY, LABELS("flow"), 0)), "no set");
	for (i = 0; i < 3 * MANY; i++) {
		row = rte_seqstat_row_alloc(set, flow_labels(i));
		TEST_ASSERT(row >= 0 && row < MANY, "flow %u: %d", i, row);
		TEST_ASSERT_EQUAL(rte_seqstat_row_find(set, flow_labels(i)), row,
			"flow %u is not found", i);
		if (i + 1 < MANY)
			continue;
		row = rte_seqstat_row_find(set, flow_labels(i + 1 - MANY));
		TEST_ASSERT(row >= 0, "flow %u: %d", i + 1 - MANY, row);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, row), "row %d not cleared", row);
	}
	/* Now a process is killed while it changes the chains of the hash. */
	stored = seqstat_handle(set)->set->labels;
	stored->changing = 1;
	memset(stored->heads, 0, stored->n_heads * sizeof(stored->heads[0]));
	while (--i > 2 * MANY) {
		row = rte_seqstat_row_find(set, flow_labels(i));
		TEST_ASSERT(row >= 0, "flow %u: %d", i, row);
		TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(set, flow_labels(i)), -EEXIST,
			"flow %u has two rows", i);
	}

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat rows",
	.unit_test_cases = {
		TEST_CASE(test_bad_label_names),
		TEST_CASE_ST(set_up, tear_down, test_bad_labels),
		TEST_CASE_ST(set_up, tear_down, test_labels),
		TEST_CASE_ST(NULL, tear_down, test_no_label_names),
		TEST_CASE_ST(set_up, tear_down, test_alloc),
		TEST_CASE_ST(set_up, tear_down, test_clear),
		TEST_CASE_ST(set_up, tear_down, test_stale),
		TEST_CASE_ST(set_up, tear_down, test_saved_after_clear),
		TEST_CASE_ST(set_up, tear_down, test_unfinished_clear),
		TEST_CASE_ST(NULL, tear_down, test_many),
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
