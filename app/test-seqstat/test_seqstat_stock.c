/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>

#include <rte_errno.h>
#include <rte_pause.h>

#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/*
 * Readers that know nothing of seqstat but where the numbers lie: they guard their
 * copy of a block with DPDK's own rte_seqcount or rte_seqlock, while it is written.
 */

#define N_COUNTERS 4
#define N_ROWS 8
#define MIN_READS 1000

static struct rte_seqstat *set;
static struct test_seqstat_workers workers;

/** Leaves a reader of this type a chance: it needs a copy without a section meanwhile. */
static void
write_with_pauses(struct rte_seqstat_writer *w, uint64_t n)
{
	unsigned int i;

	test_seqstat_balanced_section(w, n);
	for (i = 0; i < 500; i++)
		rte_pause();
}

static int
set_up(void)
{
	set = test_seqstat_create("test", N_COUNTERS, N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	TEST_ASSERT(test_seqstat_start(&workers, set, write_with_pauses), "no writers");

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	test_seqstat_stop(&workers);
	test_seqstat_destroy(set);
}

/** All numbers of a block. */
struct copy {
	uint64_t row[N_ROWS][N_COUNTERS];
};

static void
copy_block(struct copy *copy, const struct rte_seqstat_writer *w)
{
	unsigned int r, i;

	for (r = 0; r < N_ROWS; r++)
		for (i = 0; i < N_COUNTERS; i++)
			copy->row[r][i] = test_seqstat_peek(w, r, i);
}

/** Try once. */
static bool
read_by_seqcount(struct copy *copy, const struct rte_seqstat_writer *w)
{
	uint32_t sn = rte_seqcount_read_begin(&w->lock.count);

	copy_block(copy, w);

	return !rte_seqcount_read_retry(&w->lock.count, sn);
}

/** Try once. */
static bool
read_by_seqlock(struct copy *copy, const struct rte_seqstat_writer *w)
{
	uint32_t sn = rte_seqlock_read_begin(&w->lock);

	copy_block(copy, w);

	return !rte_seqlock_read_retry(&w->lock, sn);
}

static int
check_copy(const struct copy *now, const struct copy *before)
{
	unsigned int r;

	for (r = 0; r < N_ROWS / 2; r++) {
		TEST_ASSERT(test_seqstat_rows_balanced(now->row[r], now->row[r + N_ROWS / 2],
			N_COUNTERS), "row %u", r);
		TEST_ASSERT(now->row[r][0] >= before->row[r][0], "row %u went back", r);
	}

	return TEST_SUCCESS;
}

static int
read_often(bool (*read)(struct copy *copy, const struct rte_seqstat_writer *w))
{
	const struct rte_seqstat_writer *w =
		workers.worker[rte_get_next_lcore(-1, 1, 0)].writer;
	uint64_t limit, end = test_seqstat_end();
	struct copy before = { 0 }, now;
	uint64_t tries = 0;
	unsigned int i;

	for (i = 0; i < MIN_READS || rte_get_timer_cycles() < end; i++) {
		limit = test_seqstat_limit();
		do {
			TEST_ASSERT(rte_get_timer_cycles() < limit, "starved after %u reads", i);
			tries++;
		} while (!read(&now, w));
		TEST_ASSERT_SUCCESS(check_copy(&now, &before), "read %u", i);
		before = now;
	}
	printf("%u reads in %" PRIu64 " tries\n", i, tries);

	return TEST_SUCCESS;
}

static int
test_seqcount_reader(void)
{
	return read_often(read_by_seqcount);
}

static int
test_seqlock_reader(void)
{
	return read_often(read_by_seqlock);
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat stock readers",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_seqcount_reader),
		TEST_CASE_ST(set_up, tear_down, test_seqlock_reader),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_stock(void)
{
	TEST_SEQSTAT_NEEDS_LCORES(2);

	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_stock_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_stock);
