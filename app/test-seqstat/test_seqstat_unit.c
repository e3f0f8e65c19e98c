/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>

#include <rte_errno.h>

#include "seqstat_block.h"
#include "test_seqstat.h"

/*
 * Units, which are rows that share a tag and are saved together, of all widths. One row or all of
 * them change while a snapshot is taken.
 */

#define MAX_ROWS 17
#define WRITER 1 /* In snapshots; 0 is the shared writer. */

static struct rte_seqstat *set;
static struct rte_seqstat_writer *writer;
static struct rte_seqstat_snapshot *snap;
static uint64_t times[MAX_ROWS]; /* Sections of each row. */
static uint64_t all_saved; /* Rows that snapshots read from saved copies. */

/** Return the value that a section at a time sets. */
static uint64_t
value_at(uint32_t row, uint64_t time, uint32_t value)
{
	return time == 0 ? 0 : time * 1000000 + row * 1000 + value;
}

/** Set all values of a row in a section. */
static void
fill(uint32_t row, uint64_t time)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_row *r = rte_seqstat_row(&sec, row);
	uint32_t i;

	for (i = 0; i < writer->n_values; i++)
		rte_seqstat_gauge_set(r, i, value_at(row, time, i));
	rte_seqstat_end(&sec);
}

/** Take a snapshot, and check that each row is as at its time. */
static int
check_snapshot(void)
{
	const uint64_t *row;
	uint32_t r, i;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	for (r = 0; r < writer->n_rows; r++) {
		row = rte_seqstat_snapshot_row(snap, WRITER, r);
		for (i = 0; i < writer->n_values; i++)
			TEST_ASSERT_EQUAL(row[i], value_at(r, times[r], i),
				"row %u, value %u: %" PRIu64 ", not of time %" PRIu64,
				r, i, row[i], times[r]);
	}

	return TEST_SUCCESS;
}

/** Return how many rows snapshots read from saved copies since the last call. */
static uint64_t
rows_saved(void)
{
	struct rte_seqstat_info info = { 0 };
	uint64_t before = all_saved;

	rte_seqstat_info_get(set, &info);
	all_saved = info.self.rows_saved;

	return all_saved - before;
}

/** Check that a snapshot has all rows as before if any one of them changes. */
static int
check_each_row(void)
{
	const uint32_t n_rows = writer->n_rows, unit_rows = seqstat_unit(writer->n_values).n_rows;
	uint64_t n_saved;
	uint32_t r;

	for (r = 0; r < n_rows; r++) {
		test_seqstat_next_epoch(writer);
		fill(r, times[r] + 1);
		test_seqstat_real_epoch(writer);
		TEST_ASSERT_SUCCESS(check_snapshot(), "row %u changed during the snapshot", r);
		n_saved = rows_saved();
		TEST_ASSERT_EQUAL(n_saved, RTE_MIN(unit_rows, n_rows - r / unit_rows * unit_rows),
			"%" PRIu64 " rows saved with row %u", n_saved, r);
		times[r]++;
		TEST_ASSERT_SUCCESS(check_snapshot(), "row %u changed before the snapshot", r);
	}

	return TEST_SUCCESS;
}

/** Check that a snapshot has all rows as before if all of them change. */
static int
check_neighbours(void)
{
	uint32_t r;

	test_seqstat_next_epoch(writer);
	for (r = 0; r < writer->n_rows; r++)
		fill(r, times[r] + 1);
	for (r = 0; r < writer->n_rows; r++)
		fill(r, times[r] + 2);
	test_seqstat_real_epoch(writer);
	TEST_ASSERT_SUCCESS(check_snapshot(), "all rows changed during the snapshot");
	TEST_ASSERT_EQUAL(rows_saved(), writer->n_rows, "not all rows are saved");
	for (r = 0; r < writer->n_rows; r++)
		times[r] += 2;
	TEST_ASSERT_SUCCESS(check_snapshot(), "all rows changed before the snapshot");

	return TEST_SUCCESS;
}

/** Return the bytes of a row: 8, 16 or 32, or whole cache lines. */
static uint32_t
row_size(uint32_t n_values)
{
	return n_values <= 1 ? 8 : n_values <= 2 ? 16 : n_values <= 4 ? 32 :
		(n_values + 7) / 8 * 64;
}

/** Check that no two values, tags or saved copies overlap, and that the block has all of them. */
static int
check_layout(size_t block_size)
{
	const struct seqstat_unit unit = seqstat_unit(writer->n_values);
	const uint32_t n_units = (writer->n_rows + unit.n_rows - 1) / unit.n_rows;
	uint32_t r, i, shared = 0;
	size_t at, saved;
	uint8_t *used;

	TEST_ASSERT_EQUAL(writer->stride, row_size(writer->n_values), "%u bytes a row",
		writer->stride);
	used = calloc(1, block_size);
	TEST_ASSERT_NOT_NULL(used, "no memory");
	for (r = 0; r < writer->n_rows; r++) {
		for (i = 0; i < writer->n_values; i++) {
			at = sizeof(*writer) + (size_t)r * writer->stride + i * sizeof(uint64_t);
			saved = at + writer->saved_offset;
			if (saved + sizeof(uint64_t) > block_size)
				shared++;
			else
				shared += used[at]++ + used[saved]++;
		}
	}
	for (i = 0; i < n_units; i++) {
		at = (uintptr_t)__rte_seqstat_tag(writer,
				__rte_seqstat_row_at(writer, (size_t)i * unit.size)) -
			(uintptr_t)writer;
		shared += at % sizeof(uint64_t) != 0 || used[at]++;
	}
	free(used);
	TEST_ASSERT_EQUAL(shared, 0, "%u words of a block of %zu bytes are used twice", shared,
		block_size);

	return TEST_SUCCESS;
}

static int
check_set(uint32_t n_values, uint32_t n_rows)
{
	struct rte_seqstat_info info = { 0 };
	int ret;

	memset(times, 0, sizeof(times));
	all_saved = 0;
	set = test_seqstat_create("units", n_values, n_rows);
	TEST_ASSERT_NOT_NULL(set, "no set");
	writer = rte_seqstat_writer(set);
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(writer != NULL && snap != NULL, "%s", rte_strerror(rte_errno));
	rte_seqstat_info_get(set, &info);
	ret = check_layout(info.block_size) != TEST_SUCCESS ||
		check_each_row() != TEST_SUCCESS || check_neighbours() != TEST_SUCCESS ?
		TEST_FAILED : TEST_SUCCESS;
	rte_seqstat_snapshot_free(snap);
	test_seqstat_destroy(set);

	return ret;
}

/* Rows are saved by units, and nothing in a block overlaps, for all widths of a row. */
static int
test_widths(void)
{
	/* One row, a whole unit of the narrowest rows, and a last unit that is not full. */
	static const uint32_t n_rows[] = { 1, 8, MAX_ROWS };
	static const uint32_t n_values[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 24, 25, 127, 128,
	};
	unsigned int i, j;

	for (i = 0; i < RTE_DIM(n_values); i++)
		for (j = 0; j < RTE_DIM(n_rows); j++)
			TEST_ASSERT_SUCCESS(check_set(n_values[i], n_rows[j]),
				"%u rows of %u values", n_rows[j], n_values[i]);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat units",
	.unit_test_cases = {
		TEST_CASE(test_widths),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_unit(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_unit_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_unit);
