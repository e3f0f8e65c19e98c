/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_fixture.h"

/* Balances: which are refused, and the sums of the others. */

enum { RX, TX, QUEUED, SIZES, N_OWN_COUNTERS };

static const struct rte_seqstat_buckets sizes = RTE_SEQSTAT_BUCKETS_LOG(0, 3);

static const struct rte_seqstat_counter schema[N_OWN_COUNTERS] = {
	[RX] = { .name = "rx" },
	[TX] = { .name = "tx" },
	[QUEUED] = { .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
	[SIZES] = { .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &sizes },
};

enum { LOST, SENT, LARGE, N_BALANCES };

static const int32_t terms_of[N_BALANCES][N_OWN_COUNTERS] = {
	[LOST] = { 1, -1, -1, 0 },
	[SENT] = { -1, 1, 0, 0 },
	[LARGE] = { INT32_MAX, INT32_MIN, 0, 0 },
};

static const struct rte_seqstat_balance balances[N_BALANCES] = {
	[LOST] = { "packets", terms_of[LOST] },
	[SENT] = { "sent_not_received", terms_of[SENT] },
	[LARGE] = { "large", terms_of[LARGE] },
};

#define N_ROWS 3

static const struct rte_seqstat_params balance_params = {
	.name = "test",
	.counters = schema,
	.n_counters = N_OWN_COUNTERS,
	.n_rows = N_ROWS,
	.socket_id = SOCKET_ID_ANY,
	.balances = balances,
	.n_balances = N_BALANCES,
};

static int
set_up(void)
{
	return set_up_with(rte_seqstat_create(&balance_params));
}

/** Count in a row as an lcore. */
static void
count_as(unsigned int lcore_id, uint32_t r, uint64_t rx, uint64_t tx, uint64_t waiting)
{
	struct rte_seqstat_section sec = test_seqstat_begin_as(set, lcore_id);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, r);

	rte_seqstat_add(row, RX, rx);
	rte_seqstat_add(row, TX, tx);
	rte_seqstat_gauge_set(row, QUEUED, waiting);
	rte_seqstat_end(&sec);
}

/** Return whether a balance of the snapshot has a value. */
static bool
balance_is(uint32_t balance, int64_t expected)
{
	int64_t value = INT64_MIN;
	int ret = rte_seqstat_snapshot_balance(snap, balance, &value);

	if (ret == 0 && value == expected)
		return true;
	printf("balance %u: %" PRId64 " instead of %" PRId64 ", returned %d\n", balance, value,
		expected, ret);

	return false;
}

static bool
refused(const struct rte_seqstat_balance *some, uint32_t n)
{
	struct rte_seqstat_params params = balance_params;

	params.balances = some;
	params.n_balances = n;

	return test_seqstat_refused(&params, EINVAL);
}

/* Balances with a bad name or without coefficients, and of histograms, are refused. */
static int
test_bad_balances(void)
{
	static const char * const bad_names[] = {
		NULL, "", "1st", "_a", "Rx", "a-b", "a\"b", "abcdefghijklmnopqrstuvwx", "packets",
	};
	static const int32_t none[N_OWN_COUNTERS] = { 0 };
	static const int32_t of_histogram[N_OWN_COUNTERS] = { 1, -1, 0, 1 };
	struct rte_seqstat_balance some[RTE_SEQSTAT_MAX_BALANCES + 1];
	unsigned int i;

	some[0] = balances[LOST];
	for (i = 0; i < RTE_DIM(bad_names); i++) {
		some[1] = (struct rte_seqstat_balance){ bad_names[i], some[0].coefficients };
		TEST_ASSERT(refused(some, 2), "name %u", i);
	}
	some[1] = (struct rte_seqstat_balance){ "a", NULL };
	TEST_ASSERT(refused(some, 2), "no coefficients");
	some[1].coefficients = none;
	TEST_ASSERT(refused(some, 2), "coefficients of 0");
	some[1].coefficients = of_histogram;
	TEST_ASSERT(refused(some, 2), "a coefficient of a histogram");
	TEST_ASSERT(refused(NULL, 1), "NULL");
	TEST_ASSERT(refused(some, UINT32_MAX), "2^32 - 1 balances");

	return TEST_SUCCESS;
}

/* A set may have RTE_SEQSTAT_MAX_BALANCES balances, and no more. */
static int
test_most_balances(void)
{
	static const char * const names[RTE_SEQSTAT_MAX_BALANCES + 1] = {
		"a", "b", "c", "d", "e", "f", "g", "h", "abcdefghijklmnopqrstuvw",
	};
	struct rte_seqstat_balance some[RTE_SEQSTAT_MAX_BALANCES + 1], desc;
	struct rte_seqstat_params params = balance_params;
	struct rte_seqstat *st;
	unsigned int i;

	for (i = 0; i < RTE_DIM(some); i++)
		some[i] = (struct rte_seqstat_balance){
			names[i], balances[LOST].coefficients
		};
	TEST_ASSERT(refused(some, RTE_SEQSTAT_MAX_BALANCES + 1), "a balance too many");
	params.balances = &some[1];
	params.n_balances = RTE_SEQSTAT_MAX_BALANCES;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "most balances are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_balance_get(st, RTE_SEQSTAT_MAX_BALANCES - 1, &desc),
		"no description");
	TEST_ASSERT(strcmp(desc.name, names[RTE_SEQSTAT_MAX_BALANCES]) == 0, "named '%s'",
		desc.name);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "set not freed");

	return TEST_SUCCESS;
}

/* A set copies its balances, and describes them. */
static int
test_description(void)
{
	int32_t coefficients[N_OWN_COUNTERS] = { -3, 0, 5, 0 };
	char name[] = "own";
	struct rte_seqstat_balance desc = { name, coefficients };
	struct rte_seqstat_params params = balance_params;
	struct rte_seqstat_info info;
	struct rte_seqstat *st;

	params.balances = &desc;
	params.n_balances = 1;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "set not created: %s", rte_strerror(rte_errno));
	memset(coefficients, 0, sizeof(coefficients));
	name[0] = 'x';
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no description");
	TEST_ASSERT_EQUAL(info.n_balances, 1, "%u balances", info.n_balances);
	TEST_ASSERT_SUCCESS(rte_seqstat_balance_get(st, 0, &desc), "no balance");
	TEST_ASSERT(strcmp(desc.name, "own") == 0, "named '%s'", desc.name);
	TEST_ASSERT(desc.coefficients[RX] == -3 && desc.coefficients[TX] == 0 &&
		desc.coefficients[QUEUED] == 5 && desc.coefficients[SIZES] == 0,
		"other coefficients");
	TEST_ASSERT_EQUAL(rte_seqstat_balance_get(st, 1, &desc), -EINVAL,
		"a balance that does not exist");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "set not freed");
	TEST_ASSERT_EQUAL(rte_seqstat_balance_get(st, 0, &desc), -ENOENT,
		"a balance of a freed set");

	return TEST_SUCCESS;
}

/* A balance is the sum over rows, lcores, and threads without an lcore id. */
static int
test_rows_and_writers(void)
{
	const unsigned int lcore_id = rte_lcore_id();
	int64_t value;

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, N_BALANCES, &value), -EINVAL,
		"a balance that does not exist");
	TEST_ASSERT(balance_is(LOST, 0), "not 0 before the first snapshot");
	TEST_ASSERT(take(snap) && balance_is(LOST, 0), "not 0 before anything is counted");
	count_as(lcore_id, 0, 100, 60, 3);
	TEST_ASSERT(take(snap) && balance_is(LOST, 37) && balance_is(SENT, -40), "with one row");
	count_as(lcore_id, N_ROWS - 1, 0, 30, 0);
	TEST_ASSERT(take(snap) && balance_is(LOST, 7) && balance_is(SENT, -10), "with two rows");
	count_as(lcore_id + 1, 1, 0, 9, 1);
	TEST_ASSERT(take(snap) && balance_is(LOST, -3) && balance_is(SENT, -1), "with two lcores");
	count_as(LCORE_ID_ANY, 0, 3, 0, 0);
	TEST_ASSERT(take(snap) && balance_is(LOST, 0) && balance_is(SENT, -4),
		"with a thread that has no lcore id");

	return TEST_SUCCESS;
}

/* A balance stays right when counters or sums wrap at 2^64. */
static int
test_wrap(void)
{
	const unsigned int lcore_id = rte_lcore_id();

	count_as(lcore_id, 0, UINT64_MAX, UINT64_MAX - 1, 0);
	TEST_ASSERT(take(snap) && balance_is(LOST, 1) && balance_is(SENT, -1), "before the wrap");
	count_as(lcore_id, 1, 5, 1, 0);
	TEST_ASSERT(take(snap) && balance_is(LOST, 5) && balance_is(SENT, -5), "after the wrap");
	count_as(lcore_id, 2, UINT64_C(1) << 63, 0, 5);
	TEST_ASSERT(take(snap) && balance_is(LOST, INT64_MIN), "the lowest value");
	count_as(lcore_id, 2, 0, 1, 5);
	TEST_ASSERT(take(snap) && balance_is(LOST, INT64_MAX), "the highest value");

	return TEST_SUCCESS;
}

/* Coefficients have 32 bits, products 64. */
static int
test_large_coefficients(void)
{
	count_as(rte_lcore_id(), 0, 2, 0, 0);
	TEST_ASSERT(take(snap) && balance_is(LARGE, INT64_C(2) * INT32_MAX),
		"with the largest coefficient");
	count_as(rte_lcore_id(), 1, 0, 3, 0);
	TEST_ASSERT(take(snap) && balance_is(LARGE,
		INT64_C(2) * INT32_MAX + INT64_C(3) * INT32_MIN), "with the smallest coefficient");

	return TEST_SUCCESS;
}

/* An unread writer is not in the sum; a stale one is with its former values. */
static int
test_stale_and_unread(void)
{
	count_as(rte_lcore_id() + 1, 0, 10, 9, 0);
	count_as(rte_lcore_id(), 0, 1, 0, 0);
	TEST_ASSERT(take_in_section(snap), "read in a section");
	TEST_ASSERT(rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_UNREAD, "not unread");
	TEST_ASSERT(balance_is(LOST, 1), "an unread writer is in the sum");
	TEST_ASSERT(take(snap) && balance_is(LOST, 2), "a read writer is not in the sum");

	count_as(rte_lcore_id() + 1, 0, 0, 1, 0);
	count_as(rte_lcore_id(), 0, 0, 1, 0);
	TEST_ASSERT(take_in_section(snap), "read in a section");
	TEST_ASSERT(rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_STALE, "not stale");
	TEST_ASSERT(balance_is(LOST, 1), "the former values are not in the sum");
	TEST_ASSERT(take(snap) && balance_is(LOST, 0), "other values at rest");

	return TEST_SUCCESS;
}

/* Values of a difference that an object had are not in the sum of its next snapshot. */
static int
test_unread_after_difference(void)
{
	count_as(rte_lcore_id() + 1, 0, 10, 8, 0);
	count_as(rte_lcore_id(), 0, 5, 0, 0);
	TEST_ASSERT(take_in_section(other_snap), "read in a section");
	TEST_ASSERT(take(snap) && balance_is(LOST, 7), "other values");
	TEST_ASSERT(subtract(snap, snap, other_snap), "not subtracted");
	TEST_ASSERT(take_in_section(snap), "read in a section");
	TEST_ASSERT(rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_UNREAD, "not unread");
	TEST_ASSERT(balance_is(LOST, 2), "an unread writer is in the sum");

	return TEST_SUCCESS;
}

/* A difference has no balance; a copy has that of the original. */
static int
test_difference(void)
{
	int64_t value;

	count_as(rte_lcore_id(), 0, 10, 8, 1);
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(subtract(snap, snap, other_snap), "not copied");
	TEST_ASSERT(balance_is(LOST, 1), "of a copy: another one");
	TEST_ASSERT(subtract(snap, snap, snap), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, LOST, &value), -EINVAL,
		"a difference has one");
	TEST_ASSERT(subtract(snap, snap, other_snap), "not copied");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, LOST, &value), -EINVAL,
		"the copy of a difference has one");
	TEST_ASSERT(subtract(snap, snap, snap), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, LOST, &value), -EINVAL,
		"a difference of differences has one");
	TEST_ASSERT(take(snap) && balance_is(LOST, 1), "of the next snapshot: another one");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat balances",
	.unit_test_cases = {
		TEST_CASE(test_bad_balances),
		TEST_CASE(test_most_balances),
		TEST_CASE(test_description),
		TEST_CASE_ST(set_up, tear_down, test_rows_and_writers),
		TEST_CASE_ST(set_up, tear_down, test_wrap),
		TEST_CASE_ST(set_up, tear_down, test_large_coefficients),
		TEST_CASE_ST(set_up, tear_down, test_stale_and_unread),
		TEST_CASE_ST(set_up, tear_down, test_unread_after_difference),
		TEST_CASE_ST(set_up, tear_down, test_difference),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_balance(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_balance_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_balance);
