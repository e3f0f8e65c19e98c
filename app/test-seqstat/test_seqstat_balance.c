/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>

#include "test_seqstat.h"

/* Balances: which are refused, and the sums of those that are not. */

enum { RX, TX, WAITING, SIZES, N_COUNTERS };

static const struct rte_seqstat_buckets sizes = RTE_SEQSTAT_BUCKETS_LOG(0, 3);

static const struct rte_seqstat_counter schema[N_COUNTERS] = {
	[RX] = { .name = "rx" },
	[TX] = { .name = "tx" },
	[WAITING] = { .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
	[SIZES] = { .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &sizes },
};

enum { PACKETS, SENT, LARGE, N_BALANCES };

static const struct rte_seqstat_balance balances[N_BALANCES] = {
	[PACKETS] = { "packets", (const int32_t[N_COUNTERS]){ 1, -1, -1, 0 } },
	[SENT] = { "sent_not_received", (const int32_t[N_COUNTERS]){ -1, 1, 0, 0 } },
	[LARGE] = { "large", (const int32_t[N_COUNTERS]){ INT32_MAX, INT32_MIN, 0, 0 } },
};

#define N_ROWS 3

static const struct rte_seqstat_params good_params = {
	.name = "test",
	.counters = schema,
	.n_counters = N_COUNTERS,
	.n_rows = N_ROWS,
	.socket_id = SOCKET_ID_ANY,
	.balances = balances,
	.n_balances = N_BALANCES,
};

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap, *other_snap;

static int
set_up(void)
{
	set = rte_seqstat_create(&good_params);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
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
	test_seqstat_destroy(set);
	set = NULL;
	snap = other_snap = NULL;
}

/** As an lcore or without one, count in a row. */
static void
count(unsigned int lcore_id, uint32_t r, uint64_t rx, uint64_t tx, uint64_t waiting)
{
	const unsigned int own_id = rte_lcore_id();
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	sec = rte_seqstat_begin(set);
	RTE_PER_LCORE(_lcore_id) = own_id;
	row = rte_seqstat_row(&sec, r);
	rte_seqstat_add(row, RX, rx);
	rte_seqstat_add(row, TX, tx);
	rte_seqstat_gauge_set(row, WAITING, waiting);
	rte_seqstat_end(&sec);
}

static bool
take(void)
{
	return rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US) == 0;
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
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat *st;

	params.balances = some;
	params.n_balances = n;
	rte_errno = 0;
	st = rte_seqstat_create(&params);
	if (st != NULL)
		test_seqstat_destroy(st);

	return st == NULL && rte_errno == EINVAL;
}

static int
test_bad_balances(void)
{
	static const char * const bad_names[] = {
		NULL, "", "1st", "_a", "Rx", "a-b", "a\"b", "abcdefghijklmnopqrstuvwx", "packets",
	};
	static const int32_t none[N_COUNTERS] = { 0 };
	static const int32_t of_histogram[N_COUNTERS] = { 1, -1, 0, 1 };
	struct rte_seqstat_balance some[RTE_SEQSTAT_MAX_BALANCES + 1];
	unsigned int i;

	some[0] = balances[PACKETS];
	for (i = 0; i < RTE_DIM(bad_names); i++) {
		some[1] = (struct rte_seqstat_balance){ bad_names[i], some[0].coefficients };
		TEST_ASSERT(refused(some, 2), "name %u", i);
	}
	some[1] = (struct rte_seqstat_balance){ "a", NULL };
	TEST_ASSERT(refused(some, 2), "no coefficients");
	some[1].coefficients = none;
	TEST_ASSERT(refused(some, 2), "all are 0");
	some[1].coefficients = of_histogram;
	TEST_ASSERT(refused(some, 2), "a histogram");
	TEST_ASSERT(refused(NULL, 1), "NULL");
	TEST_ASSERT(refused(some, UINT32_MAX), "far too many");

	return TEST_SUCCESS;
}

static int
test_most_balances(void)
{
	static const char * const names[RTE_SEQSTAT_MAX_BALANCES + 1] = {
		"a", "b", "c", "d", "e", "f", "g", "h", "abcdefghijklmnopqrstuvw",
	};
	struct rte_seqstat_balance some[RTE_SEQSTAT_MAX_BALANCES + 1], desc;
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat *st;
	unsigned int i;

	for (i = 0; i < RTE_DIM(some); i++)
		some[i] = (struct rte_seqstat_balance){
			names[i], balances[PACKETS].coefficients
		};
	TEST_ASSERT(refused(some, RTE_SEQSTAT_MAX_BALANCES + 1), "one too many");
	params.balances = &some[1];
	params.n_balances = RTE_SEQSTAT_MAX_BALANCES;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "most balances are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_balance_get(st, RTE_SEQSTAT_MAX_BALANCES - 1, &desc),
		"no last one");
	TEST_ASSERT(strcmp(desc.name, names[RTE_SEQSTAT_MAX_BALANCES]) == 0, "it is '%s'",
		desc.name);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	return TEST_SUCCESS;
}

/** A set describes its balances, and has copies of them. */
static int
test_description(void)
{
	int32_t coefficients[N_COUNTERS] = { -3, 0, 5, 0 };
	char name[] = "own";
	struct rte_seqstat_balance desc = { name, coefficients };
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_info info;
	struct rte_seqstat *st;

	params.balances = &desc;
	params.n_balances = 1;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "cannot create: %s", rte_strerror(rte_errno));
	memset(coefficients, 0, sizeof(coefficients));
	name[0] = 'x';
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no info");
	TEST_ASSERT_EQUAL(info.n_balances, 1, "%u balances", info.n_balances);
	TEST_ASSERT_SUCCESS(rte_seqstat_balance_get(st, 0, &desc), "no balance");
	TEST_ASSERT(strcmp(desc.name, "own") == 0, "it is '%s'", desc.name);
	TEST_ASSERT(desc.coefficients[RX] == -3 && desc.coefficients[TX] == 0 &&
		desc.coefficients[WAITING] == 5 && desc.coefficients[SIZES] == 0,
		"other coefficients");
	TEST_ASSERT_EQUAL(rte_seqstat_balance_get(st, 1, &desc), -EINVAL, "a second one");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");
	TEST_ASSERT_EQUAL(rte_seqstat_balance_get(st, 0, &desc), -ENOENT, "of a closed handle");

	return TEST_SUCCESS;
}

static int
test_bad_arguments(void)
{
	int64_t value;

	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, N_BALANCES, &value), -EINVAL,
		"no such balance");

	return TEST_SUCCESS;
}

/** The sum goes over rows, lcores, and threads without an lcore id. */
static int
test_rows_and_writers(void)
{
	const unsigned int lcore_id = rte_lcore_id();

	TEST_ASSERT(balance_is(PACKETS, 0), "before the first snapshot");
	TEST_ASSERT(take() && balance_is(PACKETS, 0), "nothing counted");
	count(lcore_id, 0, 100, 60, 3);
	TEST_ASSERT(take() && balance_is(PACKETS, 37) && balance_is(SENT, -40), "one row");
	count(lcore_id, N_ROWS - 1, 0, 30, 0);
	TEST_ASSERT(take() && balance_is(PACKETS, 7) && balance_is(SENT, -10), "two rows");
	count(lcore_id + 1, 1, 0, 9, 1);
	TEST_ASSERT(take() && balance_is(PACKETS, -3) && balance_is(SENT, -1), "two lcores");
	count(LCORE_ID_ANY, 0, 3, 0, 0);
	TEST_ASSERT(take() && balance_is(PACKETS, 0) && balance_is(SENT, -4), "and a thread");

	return TEST_SUCCESS;
}

/** Values and sums wrap at 2^64: a balance stays right when its counters do not. */
static int
test_wrap(void)
{
	const unsigned int lcore_id = rte_lcore_id();

	count(lcore_id, 0, UINT64_MAX, UINT64_MAX - 1, 0);
	TEST_ASSERT(take() && balance_is(PACKETS, 1) && balance_is(SENT, -1), "before the wrap");
	count(lcore_id, 1, 5, 1, 0);
	TEST_ASSERT(take() && balance_is(PACKETS, 5) && balance_is(SENT, -5), "after it");
	count(lcore_id, 2, UINT64_C(1) << 63, 0, 5);
	TEST_ASSERT(take() && balance_is(PACKETS, INT64_MIN), "the lowest");
	count(lcore_id, 2, 0, 1, 5);
	TEST_ASSERT(take() && balance_is(PACKETS, INT64_MAX), "the highest");

	return TEST_SUCCESS;
}

static int
test_large_coefficients(void)
{
	count(rte_lcore_id(), 0, 2, 0, 0);
	TEST_ASSERT(take() && balance_is(LARGE, INT64_C(2) * INT32_MAX), "positive");
	count(rte_lcore_id(), 1, 0, 3, 0);
	TEST_ASSERT(take() && balance_is(LARGE,
		INT64_C(2) * INT32_MAX + INT64_C(3) * INT32_MIN), "negative");

	return TEST_SUCCESS;
}

/** A stale writer has its former part in the sum, an unread one none: flags tell. */
static int
test_stale_and_unread(void)
{
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	count(rte_lcore_id() + 1, 0, 10, 8, 0);
	TEST_ASSERT(take() && balance_is(PACKETS, 2), "before");
	count(rte_lcore_id() + 1, 0, 0, 1, 0);
	sec = rte_seqstat_begin(set);
	row = rte_seqstat_row(&sec, 0);
	rte_seqstat_add(row, RX, 1);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "not stopped");
	TEST_ASSERT(rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_UNREAD, "not unread");
	TEST_ASSERT(balance_is(PACKETS, 1), "of an unread writer");
	rte_seqstat_end(&sec);
	TEST_ASSERT(take() && balance_is(PACKETS, 2), "read");

	sec = rte_seqstat_begin(set);
	row = rte_seqstat_row(&sec, 0);
	rte_seqstat_add(row, TX, 1);
	count(rte_lcore_id() + 1, 0, 0, 1, 0);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "not stopped");
	TEST_ASSERT(rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_STALE, "not stale");
	TEST_ASSERT(balance_is(PACKETS, 1), "of a stale writer");
	rte_seqstat_end(&sec);
	TEST_ASSERT(take() && balance_is(PACKETS, 0), "at rest");

	return TEST_SUCCESS;
}

/** What an object holds of an unread writer after a difference is not in the sum. */
static int
test_unread_after_difference(void)
{
	struct rte_seqstat_section sec;

	count(rte_lcore_id() + 1, 0, 10, 8, 0);
	sec = rte_seqstat_begin(set);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(other_snap, 0), -ETIMEDOUT, "not stopped");
	rte_seqstat_add(rte_seqstat_row(&sec, 0), RX, 5);
	rte_seqstat_end(&sec);
	TEST_ASSERT(take() && balance_is(PACKETS, 7), "read");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, other_snap), "no difference");
	sec = rte_seqstat_begin(set);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 0), -ETIMEDOUT, "not stopped");
	rte_seqstat_end(&sec);
	TEST_ASSERT(rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_UNREAD, "not unread");
	TEST_ASSERT(balance_is(PACKETS, 2), "of an unread writer");

	return TEST_SUCCESS;
}

/** A difference has no balance; a copy has that of the original. */
static int
test_difference(void)
{
	int64_t value;

	count(rte_lcore_id(), 0, 10, 8, 1);
	TEST_ASSERT(take(), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, other_snap), "not copied");
	TEST_ASSERT(balance_is(PACKETS, 1), "of a copy");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(other_snap, TEST_SEQSTAT_LIMIT_US),
		"not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, other_snap, snap), "no difference");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, PACKETS, &value), -EINVAL,
		"of a difference");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, snap, snap), "no difference");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, PACKETS, &value), -EINVAL,
		"of a difference of differences");
	TEST_ASSERT(take() && balance_is(PACKETS, 1), "of the object's next snapshot");

	return TEST_SUCCESS;
}

static int
test_dump(void)
{
	char text[4096] = { 0 };
	FILE *f = fmemopen(text, sizeof(text), "w");
	int ret;

	TEST_ASSERT_NOT_NULL(f, "no memory");
	count(rte_lcore_id(), 1, 10, 8, 1);
	ret = rte_seqstat_dump(f, set);
	fclose(f);
	TEST_ASSERT_SUCCESS(ret, "cannot dump");
	TEST_ASSERT(strstr(text, "  unaccounted: packets=1 sent_not_received=-2 large=") != NULL,
		"no balances in:\n%s", text);

	return TEST_SUCCESS;
}

/** The copy of a difference is one, too. */
static int
test_copy_of_difference(void)
{
	struct rte_seqstat_snapshot *empty = rte_seqstat_snapshot_create(set);
	int64_t value;

	TEST_ASSERT_NOT_NULL(empty, "no object");
	TEST_ASSERT(take(), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(other_snap, snap, snap), "no difference");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(snap, other_snap, empty), "not copied");
	rte_seqstat_snapshot_free(empty);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_balance(snap, PACKETS, &value), -EINVAL,
		"the copy of a difference has one");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat balances",
	.unit_test_cases = {
		TEST_CASE(test_bad_balances),
		TEST_CASE(test_most_balances),
		TEST_CASE(test_description),
		TEST_CASE_ST(set_up, tear_down, test_bad_arguments),
		TEST_CASE_ST(set_up, tear_down, test_rows_and_writers),
		TEST_CASE_ST(set_up, tear_down, test_wrap),
		TEST_CASE_ST(set_up, tear_down, test_large_coefficients),
		TEST_CASE_ST(set_up, tear_down, test_stale_and_unread),
		TEST_CASE_ST(set_up, tear_down, test_unread_after_difference),
		TEST_CASE_ST(set_up, tear_down, test_difference),
		TEST_CASE_ST(set_up, tear_down, test_copy_of_difference),
		TEST_CASE_ST(set_up, tear_down, test_dump),
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
