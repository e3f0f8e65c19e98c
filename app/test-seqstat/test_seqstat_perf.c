/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_version.h>

#include "test_seqstat_perf.h"

/* The benchmarks by their names; see test_seqstat_perf.h. */

static void
describe_run(void)
{
	perf_json_string("compiler", __VERSION__);
	perf_json_string("dpdk", rte_version());
	perf_json_number("tsc_hz", (double)rte_get_tsc_hz());
}

/** Run benchmarks up to the first that fails. */
static int
run(int (*const benchmarks[])(void), unsigned int n)
{
	int ret = TEST_SUCCESS;
	unsigned int i;

	if (!perf_json_open())
		return TEST_FAILED;
	describe_run();
	for (i = 0; i < n && ret != TEST_FAILED; i++)
		ret = benchmarks[i]();
	if (!perf_json_close())
		return TEST_FAILED;

	return ret == TEST_FAILED || n == 1 ? ret : TEST_SUCCESS;
}

static int
test_seqstat_perf(void)
{
	static int (*const all[])(void) = {
		perf_lcores,
		perf_update,
		perf_snapshot,
		perf_growth,
		perf_book,
	};

	return run(all, RTE_DIM(all));
}

static int
test_seqstat_perf_lcores(void)
{
	return run((int (*const[])(void)){ perf_lcores }, 1);
}

static int
test_seqstat_perf_update(void)
{
	return run((int (*const[])(void)){ perf_update }, 1);
}

static int
test_seqstat_perf_snapshot(void)
{
	return run((int (*const[])(void)){ perf_snapshot }, 1);
}

static int
test_seqstat_perf_growth(void)
{
	return run((int (*const[])(void)){ perf_growth }, 1);
}

static int
test_seqstat_perf_book(void)
{
	return run((int (*const[])(void)){ perf_book }, 1);
}

REGISTER_PERF_TEST(seqstat_perf_autotest, test_seqstat_perf);
REGISTER_PERF_TEST(seqstat_perf_lcores_autotest, test_seqstat_perf_lcores);
REGISTER_PERF_TEST(seqstat_perf_update_autotest, test_seqstat_perf_update);
REGISTER_PERF_TEST(seqstat_perf_snapshot_autotest, test_seqstat_perf_snapshot);
REGISTER_PERF_TEST(seqstat_perf_growth_autotest, test_seqstat_perf_growth);
REGISTER_PERF_TEST(seqstat_perf_book_autotest, test_seqstat_perf_book);
