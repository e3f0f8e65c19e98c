/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <math.h>
#include <stdlib.h>

#include <rte_random.h>

#include "test_seqstat_fixture.h"

/* Histograms: the bounds of buckets, and quantiles. */

/* Of a packet's delay, 1 ns to 10 s. */
#define LOG_PARTS 4
#define LOG_MAX 34

static const struct rte_seqstat_buckets delays = RTE_SEQSTAT_BUCKETS_LOG(LOG_PARTS, LOG_MAX);
static const struct rte_seqstat_counter delay = {
	.name = "delay", .unit = "ns", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &delays,
};

static int
set_up(void)
{
	return set_up_with(rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "histogram",
		.counters = &delay,
		.n_counters = 1,
		.n_rows = 1,
		.socket_id = SOCKET_ID_ANY,
	}));
}

/** Check that each bucket begins above the former bound, ends at its own, and is narrow. */
static int
check_buckets(const struct rte_seqstat_buckets *buckets, unsigned int log_max)
{
	uint64_t bound, below = 0;
	uint32_t i;

	for (i = 0; i < buckets->n_bounds; i++) {
		bound = rte_seqstat_bucket_bound(buckets, i);
		TEST_ASSERT(bound > below, "bound %u is %" PRIu64, i, bound);
		TEST_ASSERT(bound - below <= RTE_MAX(below >> buckets->log_parts, UINT64_C(1)),
			"bucket %u is too wide", i);
		TEST_ASSERT_EQUAL(__rte_seqstat_bucket(buckets, below + 1), i,
			"%" PRIu64 " is not in bucket %u", below + 1, i);
		TEST_ASSERT_EQUAL(__rte_seqstat_bucket(buckets, bound), i,
			"%" PRIu64 " is not in bucket %u", bound, i);
		below = bound;
	}
	TEST_ASSERT_EQUAL(i, (log_max - buckets->log_parts + 1) << buckets->log_parts, "%u bounds",
		i);
	TEST_ASSERT_EQUAL(below, UINT64_C(1) << log_max, "the last bound is %" PRIu64, below);
	TEST_ASSERT_EQUAL(__rte_seqstat_bucket(buckets, below + 1), i, "not in the last bucket");
	TEST_ASSERT_EQUAL(__rte_seqstat_bucket(buckets, UINT64_MAX), i, "not in the last bucket");
	TEST_ASSERT_EQUAL(__rte_seqstat_bucket(buckets, 0), 0, "zero is in another bucket");

	return TEST_SUCCESS;
}

/* Each value is in the bucket of its bounds, for all log-linear buckets that a set accepts. */
static int
test_log_linear(void)
{
	struct rte_seqstat_buckets buckets;
	uint32_t log_parts, log_max;

	for (log_parts = 0; log_parts <= RTE_SEQSTAT_MAX_LOG_PARTS; log_parts++) {
		for (log_max = log_parts; log_max < 64; log_max++) {
			buckets = (struct rte_seqstat_buckets)
				RTE_SEQSTAT_BUCKETS_LOG(log_parts, log_max);
			TEST_ASSERT_SUCCESS(check_buckets(&buckets, log_max), "2^%u parts to 2^%u",
				log_parts, log_max);
		}
	}

	return TEST_SUCCESS;
}

/* A delay of 1 ns to 10 s takes 8 KB for each lcore, with the saved copy. */
static int
test_size(void)
{
	struct rte_seqstat_info info;

	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no description");
	TEST_ASSERT_EQUAL(info.n_values, 498, "%u values", info.n_values);
	TEST_ASSERT(rte_seqstat_bucket_bound(&delays, delays.n_bounds - 1) >=
		UINT64_C(10) * NS_PER_S, "less than 10 s");
	TEST_ASSERT(info.block_size - sizeof(struct rte_seqstat_writer) <= 8192, "%zu bytes",
		info.block_size);

	return TEST_SUCCESS;
}

/* A quantile is the middle of its bucket, rounded up, or UINT64_MAX in the last one. */
static int
test_quantile(void)
{
	static const uint64_t bounds[] = { 0, 9, 10, UINT64_MAX - 1 };
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);
	static const struct rte_seqstat_buckets powers = RTE_SEQSTAT_BUCKETS_LOG(0, 3);
	const struct rte_seqstat_counter list = { .type = RTE_SEQSTAT_HISTOGRAM,
		.buckets = &buckets };
	const struct rte_seqstat_counter log = { .type = RTE_SEQSTAT_HISTOGRAM,
		.buckets = &powers };
	static const uint64_t none[8] = { 0 };
	static const uint64_t values[] = { 1, 1, 1, 0, 1, 123 };
	static const uint64_t most[] = { UINT64_C(1) << 63, 1, 1, (UINT64_C(1) << 63) - 4, 1, 0 };
	static const uint64_t wide[] = { 0, 0, 0, 7, 0, 0 };
	static const uint64_t ones[] = { 5, 0, 0, 3, 0, 0 };
	static const struct {
		double q;
		uint64_t value;
	} expected[] = {
		{ 0, 0 }, { -1, 0 }, { NAN, 0 }, { 0.25, 0 }, { 0.26, 5 }, { 0.5, 5 },
		{ 0.51, 10 }, { 0.75, 10 }, { 0.76, UINT64_MAX }, { 1, UINT64_MAX },
		{ 2, UINT64_MAX }, { INFINITY, UINT64_MAX }, { -INFINITY, 0 },
	};
	uint64_t got;
	unsigned int i;

	for (i = 0; i < RTE_DIM(expected); i++) {
		got = rte_seqstat_quantile(&list, values, expected[i].q);
		TEST_ASSERT_EQUAL(got, expected[i].value, "quantile %f is %" PRIu64,
			expected[i].q, got);
	}
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&list, none, 0.5), 0, "without observations");
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&list, most, 0.5), 0, "of 2^64 - 1");
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&list, most, 1), UINT64_MAX, "of 2^64 - 1");
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&list, wide, 0.5), UINT64_C(0x8000000000000005),
		"the middle of a wide bucket is %" PRIx64, rte_seqstat_quantile(&list, wide, 0.5));
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&log, ones, 0.5), 1, "of the bucket of 0 and 1");
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&log, ones, 1), 7, "of the bucket of 5 to 8");
	TEST_ASSERT_EQUAL(rte_seqstat_quantile(&good_params.counters[PACKETS], values, 1), 0,
		"of a counter");

	return TEST_SUCCESS;
}

static double
random_part(void)
{
	return (double)(rte_rand() >> 11) / (double)(UINT64_C(1) << 53);
}

static uint64_t
uniform(void)
{
	return rte_rand() % 1000000;
}

static uint64_t
exponential(void)
{
	return (uint64_t)(-50000 * log(1 - random_part()));
}

/** Most packets are fast; one in a hundred takes a second. */
static uint64_t
bimodal(void)
{
	return (random_part() < 0.99 ? 700 : NS_PER_S) + rte_rand() % 300;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

#define N_OBSERVATIONS 1000000

/** Check that quantiles of a histogram are close to those of the sorted observations. */
static int
check_quantiles(uint64_t (*next)(void))
{
	static const double parts[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.989, 0.99, 0.991, 0.999, 0.9999,
		0.999999, 1 };
	static uint64_t sorted[N_OBSERVATIONS];
	uint64_t values[RTE_SEQSTAT_HISTOGRAM_SIZE(496)], exact, got;
	struct rte_seqstat_section sec;
	double error;
	unsigned int i;

	rte_srand(1);
	for (i = 0; i < N_OBSERVATIONS; i++) {
		sorted[i] = next();
		sec = rte_seqstat_begin(set);
		rte_seqstat_observe(rte_seqstat_row(&sec, 0), 0, &delays, sorted[i]);
		rte_seqstat_end(&sec);
	}
	qsort(sorted, N_OBSERVATIONS, sizeof(sorted[0]), compare);
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, 0, values), "no total");
	for (i = 0; i < RTE_DIM(parts); i++) {
		exact = sorted[(uint64_t)ceil(RTE_MAX(parts[i] * N_OBSERVATIONS, 1.0)) - 1];
		got = rte_seqstat_quantile(&delay, values, parts[i]);
		error = fabs((double)got - (double)exact);
		/* 0 and 1 share a bucket. */
		TEST_ASSERT(error <= RTE_MAX(0.032 * (double)exact, 1.0),
			"quantile %f is %" PRIu64 ", not about %" PRIu64, parts[i], got, exact);
	}

	return TEST_SUCCESS;
}

/* Quantiles of uniform, of exponential, and of delays with two peaks are right. */
static int
test_quantiles(void)
{
	static uint64_t (* const distributions[])(void) = { uniform, exponential, bimodal };
	unsigned int i;

	for (i = 0; i < RTE_DIM(distributions); i++) {
		TEST_ASSERT_SUCCESS(check_quantiles(distributions[i]), "distribution %u", i);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 0), "row not cleared");
	}

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat histograms",
	.unit_test_cases = {
		TEST_CASE(test_log_linear),
		TEST_CASE_ST(set_up, tear_down, test_size),
		TEST_CASE(test_quantile),
		TEST_CASE_ST(set_up, tear_down, test_quantiles),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_histogram(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_histogram_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_histogram);
