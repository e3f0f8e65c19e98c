/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include "test_seqstat_fixture.h"

/* Dumps: how the text shows sets, rows, writers, histograms and balances. */

#define N_ROWS 700 /* More than those whose labels the dump copies at a time. */

static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS_LOG(0, 2);

enum { RX, TX, SIZE };

static int
set_up(void)
{
	static const struct rte_seqstat_counter counters[] = {
		[RX] = { .name = "rx" },
		[TX] = { .name = "tx", .type = RTE_SEQSTAT_GAUGE },
		[SIZE] = { .name = "size", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
	};
	const struct rte_seqstat_balance balances[] = {
		{ "lost", (const int32_t[]){ 1, -1, 0 } },
		{ "gained", (const int32_t[]){ -1, 1, 0 } },
	};

	return set_up_with(rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "test",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = N_ROWS,
		.labels = (const char *const []){ "flow", NULL },
		.socket_id = SOCKET_ID_ANY,
		.balances = balances,
		.n_balances = RTE_DIM(balances),
	}));
}

/** Add to a row in a section of its own. */
static void
add(uint32_t row, unsigned int counter, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);

	rte_seqstat_add(rte_seqstat_row(&sec, row), counter, n);
	rte_seqstat_end(&sec);
}

/** Return a dump of a set, which the caller frees, or NULL. */
static char *
dump(struct rte_seqstat *st)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int ret;

	if (f == NULL)
		return NULL;
	ret = rte_seqstat_dump(f, st);
	fclose(f);
	if (ret != 0) {
		free(text);
		return NULL;
	}

	return text;
}

/** Return whether a dump of the set has a text; print the dump if not. */
static bool
dump_has(const char *part)
{
	char *text = dump(set);
	bool found = text != NULL && strstr(text, part) != NULL;

	if (!found)
		printf("no \"%s\" in:\n%s", part, text == NULL ? "no dump\n" : text);
	free(text);

	return found;
}

/* Values, labels and names of counters are in the dump. */
static int
test_row(void)
{
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, (const char *const []){ "port7", NULL }),
		"row not labelled");
	add(1, RX, UINT64_C(9876543210123));
	TEST_ASSERT(dump_has("test"), "no name of the set");
	TEST_ASSERT(dump_has("row 1 {flow=\"port7\"}:"), "no labels");
	TEST_ASSERT(dump_has(" rx=9876543210123 tx=0"), "no values");

	return TEST_SUCCESS;
}

/* All rows with labels or values are shown, in order, each with its own labels. */
static int
test_many_rows(void)
{
	char name[48], *text, *at;
	uint32_t row;

	for (row = 0; row < N_ROWS; row++) {
		snprintf(name, sizeof(name), "flow%u", row);
		if (row % 50 == 0)
			add(row, RX, 1);
		else if (row % 50 != 1)
			TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, row,
				(const char *const []){ name, NULL }), "row %u", row);
	}
	text = dump(set);
	TEST_ASSERT_NOT_NULL(text, "not dumped");
	for (row = 0, at = text; row < N_ROWS; row++) {
		if (row % 50 == 1)
			continue;
		snprintf(name, sizeof(name), row % 50 == 0 ? "  row %u: " :
			"  row %u {flow=\"flow%u\"}: ", row, row);
		at = strstr(at, "  row ");
		TEST_ASSERT(at != NULL && strncmp(at, name, strlen(name)) == 0, "no %s", name);
		at++;
	}
	TEST_ASSERT_NULL(strstr(at, "  row "), "a row without labels and values");
	free(text);

	return TEST_SUCCESS;
}

/* A histogram is shown with count, sum, quantiles and buckets. */
static int
test_histogram(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);

	rte_seqstat_observe(rte_seqstat_row(&sec, 2), SIZE, &buckets, 4);
	rte_seqstat_observe(rte_seqstat_row(&sec, 2), SIZE, &buckets, 5);
	rte_seqstat_end(&sec);
	TEST_ASSERT(dump_has(" size={count:2 sum:9 p50:4 p90:more p99:more p99_9:more p99_99:more "
			"max:more <=4:1 more:1}\n"), "no histogram");

	return TEST_SUCCESS;
}

/* Torn and unread writers are marked. */
static int
test_flags(void)
{
	const unsigned int new_lcore = RTE_MAX_LCORE - 1;
	struct rte_seqstat_section sec = test_seqstat_begin_as(set, new_lcore);
	unsigned int lcore_id = test_seqstat_tear(set);
	char torn[32], unread[32];
	char *text = dump(set);
	bool right;

	rte_seqstat_end(&sec);
	snprintf(torn, sizeof(torn), "lcore %u: (torn) rx=1", lcore_id);
	snprintf(unread, sizeof(unread), "lcore %u: (unread)\n", new_lcore);
	TEST_ASSERT_NOT_NULL(text, "not dumped");
	right = strstr(text, torn) != NULL && strstr(text, unread) != NULL;
	if (!right)
		printf("no \"%s\" or \"%s\" in:\n%s", torn, unread, text);
	free(text);
	TEST_ASSERT(right, "writers are not marked");

	return TEST_SUCCESS;
}

/* The balances of a set that has some are shown. */
static int
test_balances(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", 1, 1);
	char *text = dump(other);
	bool none = text != NULL && strstr(text, "unaccounted") == NULL;

	free(text);
	test_seqstat_destroy(other);
	TEST_ASSERT(none, "a set without balances: no dump, or balances in it");
	add(1, RX, 10);
	add(1, TX, 8);
	TEST_ASSERT(dump_has("  unaccounted: lost=2 gained=-2\n"), "no balances");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat dumps",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_row),
		TEST_CASE_ST(set_up, tear_down, test_many_rows),
		TEST_CASE_ST(set_up, tear_down, test_histogram),
		TEST_CASE_ST(set_up, tear_down, test_flags),
		TEST_CASE_ST(set_up, tear_down, test_balances),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_dump(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_dump_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_dump);
