/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include "test_seqstat_fixture.h"

/* Parameters of a set: which are refused, the largest ones, and their description. */

#define LONGEST_NAME "abcdefghijklmnopqrstuvw" /* RTE_SEQSTAT_NAMESIZE - 1 characters */

static int
set_up(void)
{
	return set_up_with(rte_seqstat_create(&good_params));
}

#define REFUSED(field, value) do {					\
	struct rte_seqstat_params params = good_params;			\
									\
	params.field = value;						\
	TEST_ASSERT(test_seqstat_refused(&params, EINVAL), #field ": " #value); \
} while (0)

/* Parameters out of range are refused. */
static int
test_bad_params(void)
{
	static const char * const bad_names[] = {
		NULL, "", "1st", "_a", "a-b", "a b", "a.b", "a,b", "a/b", "a\"b", "a\nb",
		"\xc3\xa4", LONGEST_NAME "x",
	};
	unsigned int i;

	TEST_ASSERT(test_seqstat_refused(NULL, EINVAL), "NULL");
	for (i = 0; i < RTE_DIM(bad_names); i++)
		REFUSED(name, bad_names[i]);
	REFUSED(counters, NULL);
	REFUSED(n_counters, 0);
	REFUSED(n_counters, RTE_SEQSTAT_MAX_COUNTERS + 1);
	REFUSED(n_rows, 0);
	REFUSED(n_rows, RTE_SEQSTAT_MAX_ROWS + 1);
	REFUSED(n_rows, UINT32_MAX);
	REFUSED(flags, RTE_SEQSTAT_NO_PUBLISH << 1);
	REFUSED(socket_id, -2);
	REFUSED(socket_id, RTE_MAX_NUMA_NODES);

	return TEST_SUCCESS;
}

/** Return whether a set is created; free it. */
static bool
accepted(const struct rte_seqstat_params *params)
{
	struct rte_seqstat *st = rte_seqstat_create(params);

	return st != NULL && rte_seqstat_free(st) == 0;
}

/* A set is found by any valid name. */
static int
test_good_names(void)
{
	static const char * const good[] = { "a", "Z", "a_1", "L2fwd", LONGEST_NAME };
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat *st;
	unsigned int i;

	for (i = 0; i < RTE_DIM(good); i++) {
		params.name = good[i];
		st = rte_seqstat_create(&params);
		TEST_ASSERT_NOT_NULL(st, "name '%s' is refused", good[i]);
		TEST_ASSERT(rte_seqstat_lookup(good[i]) == st, "'%s' is not found", good[i]);
		rte_seqstat_close(st);
		TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "'%s' is not freed", good[i]);
	}

	return TEST_SUCCESS;
}

/** Return whether a schema with this second counter is refused. */
static bool
counter_refused(struct rte_seqstat_counter counter)
{
	struct rte_seqstat_counter counters[] = { good_params.counters[0], counter };
	struct rte_seqstat_params params = good_params;

	params.counters = counters;
	params.n_counters = RTE_DIM(counters);

	return test_seqstat_refused(&params, EINVAL);
}

#define COUNTER(...) ((struct rte_seqstat_counter){ .name = "good", __VA_ARGS__ })

/* Counters with a bad name, unit, help or type are refused. */
static int
test_bad_counters(void)
{
	static const char * const bad_names[] = {
		NULL, "", "labels", "1st", "_a", "Rx", "a-b", "a b", "a\"b", LONGEST_NAME "x",
		"packets",
	};
	static const char * const bad_units[] = { "1", "Packets", "per second", LONGEST_NAME "x" };
	static const char * const bad_helps[] = { "\"", "\\", "a\tb", "a\n", "\x7f", "\xc3\xa4" };
	char help[RTE_SEQSTAT_HELPSIZE + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad_names); i++)
		TEST_ASSERT(counter_refused((struct rte_seqstat_counter){ .name = bad_names[i] }),
			"name %u", i);
	for (i = 0; i < RTE_DIM(bad_units); i++)
		TEST_ASSERT(counter_refused(COUNTER(.unit = bad_units[i])), "unit %u", i);
	for (i = 0; i < RTE_DIM(bad_helps); i++)
		TEST_ASSERT(counter_refused(COUNTER(.help = bad_helps[i])), "help %u", i);
	memset(help, 'h', RTE_SEQSTAT_HELPSIZE);
	TEST_ASSERT(counter_refused(COUNTER(.help = help)), "help that is too long");
	TEST_ASSERT(counter_refused(COUNTER(.type = RTE_SEQSTAT_HISTOGRAM + 1)),
		"type that does not exist");

	return TEST_SUCCESS;
}

/** Return whether a histogram with these buckets is refused. */
static bool
buckets_refused(struct rte_seqstat_buckets buckets)
{
	return counter_refused(COUNTER(.type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets));
}

#define BUCKETS(...) ((struct rte_seqstat_buckets){ __VA_ARGS__ })
#define LOG_LINEAR(...) ((struct rte_seqstat_buckets)RTE_SEQSTAT_BUCKETS_LOG(__VA_ARGS__))

/* Buckets must be either ascending bounds or parts of powers of two, in range. */
static int
test_bad_buckets(void)
{
	uint64_t bounds[RTE_SEQSTAT_MAX_BOUNDS + 1] = { 1, 5, 5, 4 };
	unsigned int i;

	TEST_ASSERT(counter_refused(COUNTER(.type = RTE_SEQSTAT_HISTOGRAM)), "no buckets");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds)), "no bounds");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = 3)), "a bound twice");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = &bounds[2], .n_bounds = 2)),
		"descending bounds");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = 2, .log_parts = 32)),
		"both bounds and parts");
	for (i = 0; i < RTE_DIM(bounds); i++)
		bounds[i] = i;
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = RTE_DIM(bounds))),
		"%zu bounds", RTE_DIM(bounds));
	TEST_ASSERT(!buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = RTE_DIM(bounds) - 1)),
		"%zu bounds are refused", RTE_DIM(bounds) - 1);

	TEST_ASSERT(buckets_refused(BUCKETS(.n_bounds = 0)), "no bounds of powers");
	TEST_ASSERT(buckets_refused(BUCKETS(.n_bounds = UINT32_MAX)), "2^(2^32 - 1)");
	TEST_ASSERT(buckets_refused(BUCKETS(.log_parts = RTE_SEQSTAT_MAX_LOG_PARTS + 1,
			.n_bounds = 1u << (RTE_SEQSTAT_MAX_LOG_PARTS + 1))), "too many parts");
	TEST_ASSERT(buckets_refused(BUCKETS(.log_parts = UINT32_MAX, .n_bounds = 1)), "2^32 parts");
	TEST_ASSERT(buckets_refused(BUCKETS(.log_parts = 2, .n_bounds = 6)),
		"half of a power of two");
	/* With more parts, the row would have too many values. */
	for (i = 0; i <= 4; i++) {
		TEST_ASSERT(buckets_refused(LOG_LINEAR(i, 64)), "2^64 in 2^%u parts", i);
		TEST_ASSERT(!buckets_refused(LOG_LINEAR(i, 63)),
			"2^63 in 2^%u parts is refused", i);
	}
	for (i = 0; i <= RTE_SEQSTAT_MAX_LOG_PARTS; i++)
		TEST_ASSERT(!buckets_refused(LOG_LINEAR(i, i)),
			"2^%u in as many parts is refused", i);

	return TEST_SUCCESS;
}

/* A row may have RTE_SEQSTAT_MAX_VALUES values, and no more. */
static int
test_most_values(void)
{
	static const struct rte_seqstat_buckets fine = RTE_SEQSTAT_BUCKETS_LOG(7, 10);
	static const struct rte_seqstat_buckets coarse = RTE_SEQSTAT_BUCKETS_LOG(7, 9);
	const uint32_t n = RTE_SEQSTAT_MAX_VALUES - RTE_SEQSTAT_HISTOGRAM_SIZE(512) -
		RTE_SEQSTAT_HISTOGRAM_SIZE(384);
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_COUNTERS] = { 0 };
	char names[RTE_SEQSTAT_MAX_COUNTERS][RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_info info;
	struct rte_seqstat *st;
	uint32_t i;

	for (i = 0; i <= n + 2; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		counters[i].name = names[i];
	}
	counters[n].type = counters[n + 1].type = RTE_SEQSTAT_HISTOGRAM;
	counters[n].buckets = &fine;
	counters[n + 1].buckets = &coarse;
	params.counters = counters;
	params.n_counters = n + 2;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "set not created: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no description");
	TEST_ASSERT_EQUAL(info.n_values, RTE_SEQSTAT_MAX_VALUES, "%u values", info.n_values);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "set not freed");
	/* 16 GB and 256 bytes, or 256 bytes if the size is cut to 32 bits. */
	params.n_rows = RTE_SEQSTAT_MAX_ROWS;
	TEST_ASSERT(test_seqstat_refused(&params, ENOMEM), "2^20 such rows");
	params.n_rows = 1;

	counters[n + 2] = counters[n + 1];
	counters[n + 2].name = names[n + 2];
	counters[n + 1] = counters[n];
	counters[n + 1].name = names[n + 1];
	counters[n] = (struct rte_seqstat_counter){ .name = names[n] };
	params.n_counters++;
	TEST_ASSERT(test_seqstat_refused(&params, EINVAL), "a value too many");

	return TEST_SUCCESS;
}

/* A schema is refused if a row does not fit into a telemetry reply. */
static int
test_longest_row(void)
{
	uint64_t bounds[RTE_SEQSTAT_MAX_BOUNDS];
	const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);
	const struct rte_seqstat_counter counters[] = {
		{ .name = "a", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
		{ .name = "b", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
		{ .name = "c", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
	};
	struct rte_seqstat_params params = good_params;
	unsigned int i;

	for (i = 0; i < RTE_DIM(bounds); i++)
		bounds[i] = UINT64_MAX - RTE_DIM(bounds) + i;
	params.counters = counters;
	params.n_counters = 3;
	TEST_ASSERT(test_seqstat_refused(&params, EINVAL),
		"three histograms with bounds of 20 digits");
	params.n_counters = 2;
	TEST_ASSERT(accepted(&params), "two histograms are refused");
	for (i = 0; i < RTE_DIM(bounds); i++)
		bounds[i] = i;
	params.n_counters = 3;
	TEST_ASSERT(accepted(&params), "three histograms with short bounds are refused");

	return TEST_SUCCESS;
}

/* A set describes histograms, which follow its other counters. */
static int
test_histograms(void)
{
	static const uint64_t bounds[] = { 0, 64, UINT64_MAX };
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);
	static const struct rte_seqstat_buckets log_linear = RTE_SEQSTAT_BUCKETS_LOG(4, 34);
	struct rte_seqstat_counter counters[] = {
		{ .name = "a" },
		{ .name = "b", .type = RTE_SEQSTAT_GAUGE },
		{ .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
		{ .name = "delays", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &log_linear },
	};
	static const int places[RTE_DIM(counters)] = { 0, 1, 2, 7 };
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_counter desc;
	struct rte_seqstat_info info;
	struct rte_seqstat *st;
	unsigned int i;

	params.counters = counters;
	params.n_counters = RTE_DIM(counters);
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "set not created: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no description");
	TEST_ASSERT(info.n_counters == RTE_DIM(counters) && info.n_values == 505,
		"%u counters, %u values", info.n_counters, info.n_values);
	for (i = 0; i < RTE_DIM(counters); i++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, i, &desc), "no counter %u", i);
		TEST_ASSERT_EQUAL(rte_seqstat_first_value(st, i), places[i],
			"counter %u is at %d", i, rte_seqstat_first_value(st, i));
		TEST_ASSERT_EQUAL(desc.type, counters[i].type, "type of counter %u", i);
		TEST_ASSERT((desc.buckets != NULL) == (desc.type == RTE_SEQSTAT_HISTOGRAM),
			"buckets of counter %u", i);
	}
	TEST_ASSERT_EQUAL(rte_seqstat_first_value(st, i), -EINVAL, "a counter that does not exist");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, 2, &desc), "no histogram");
	TEST_ASSERT(desc.buckets != &buckets && desc.buckets->bounds != bounds &&
		desc.buckets->n_bounds == RTE_DIM(bounds) &&
		memcmp(desc.buckets->bounds, bounds, sizeof(bounds)) == 0, "other bounds");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, 3, &desc), "no histogram");
	TEST_ASSERT(desc.buckets != &log_linear && desc.buckets->bounds == NULL &&
		desc.buckets->n_bounds == 496 && desc.buckets->log_parts == 4, "other parts");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "set not freed");

	RTE_SWAP(counters[1], counters[2]);
	TEST_ASSERT(test_seqstat_refused(&params, EINVAL), "a gauge after a histogram");
	counters[2].type = RTE_SEQSTAT_COUNTER;
	TEST_ASSERT(test_seqstat_refused(&params, EINVAL), "a counter after a histogram");

	return TEST_SUCCESS;
}

/* A set copies its schema, also the longest strings. */
static int
test_longest_strings(void)
{
	char name[] = LONGEST_NAME, help[RTE_SEQSTAT_HELPSIZE] = { 0 };
	const struct rte_seqstat_counter longest = {
		.name = name, .unit = LONGEST_NAME, .help = help,
	};
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_counter desc;

	memset(help, 'h', sizeof(help) - 1);
	params.counters = &longest;
	params.n_counters = 1;
	set = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(set, "longest strings are refused");
	memset(name, 'x', sizeof(name) - 1);
	memset(help, 'x', sizeof(help) - 1);
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(set, 0, &desc), "no counter 0");
	TEST_ASSERT(strcmp(desc.name, LONGEST_NAME) == 0 && strcmp(desc.unit, LONGEST_NAME) == 0,
		"name '%s', unit '%s'", desc.name, desc.unit);
	TEST_ASSERT_EQUAL(strspn(desc.help, "h"), sizeof(help) - 1, "help '%s'", desc.help);

	return TEST_SUCCESS;
}

/* The largest number of counters is accepted. */
static int
test_most_counters(void)
{
	struct rte_seqstat_counter desc;

	set = test_seqstat_create("test", RTE_SEQSTAT_MAX_COUNTERS, 1);
	TEST_ASSERT_NOT_NULL(set, "most counters are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(set, RTE_SEQSTAT_MAX_COUNTERS - 1, &desc),
		"no last counter");
	TEST_ASSERT(strcmp(desc.name, "c127") == 0, "the last counter is '%s'", desc.name);

	return TEST_SUCCESS;
}

/* The last of RTE_SEQSTAT_MAX_ROWS rows can be labelled. */
static int
test_most_rows(void)
{
	struct rte_seqstat_labels labels;

	set = test_seqstat_create("test", 1, RTE_SEQSTAT_MAX_ROWS);
	if (set == NULL && rte_errno == ENOMEM)
		return TEST_SKIPPED;
	TEST_ASSERT_NOT_NULL(set, "most rows are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, RTE_SEQSTAT_MAX_ROWS - 1,
		(const char *const []){ "last", NULL }), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, RTE_SEQSTAT_MAX_ROWS - 1, &labels),
		"the last row has no labels");
	TEST_ASSERT(strcmp(labels.values[0], "last") == 0, "the last row is '%s'",
		labels.values[0]);

	return TEST_SUCCESS;
}

/* A set describes its counters, with empty strings where the schema has none. */
static int
test_counter_get(void)
{
	struct rte_seqstat_counter desc;

	TEST_ASSERT_EQUAL(rte_seqstat_counter_get(set, N_COUNTERS, &desc), -EINVAL,
		"a counter that does not exist");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(set, 0, &desc), "no first counter");
	TEST_ASSERT(strcmp(desc.name, "packets") == 0 && strcmp(desc.unit, "packets") == 0 &&
		strcmp(desc.help, "All of them.") == 0 && desc.type == RTE_SEQSTAT_COUNTER,
		"the first counter is another one");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(set, 1, &desc), "no second counter");
	TEST_ASSERT(strcmp(desc.name, "waiting") == 0 && desc.unit[0] == '\0' &&
		desc.help[0] == '\0' && desc.type == RTE_SEQSTAT_GAUGE,
		"the second counter is another one");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat schemas",
	.unit_test_cases = {
		TEST_CASE(test_bad_params),
		TEST_CASE(test_good_names),
		TEST_CASE(test_bad_counters),
		TEST_CASE(test_bad_buckets),
		TEST_CASE(test_histograms),
		TEST_CASE(test_most_values),
		TEST_CASE(test_longest_row),
		TEST_CASE_ST(NULL, tear_down, test_longest_strings),
		TEST_CASE_ST(NULL, tear_down, test_most_counters),
		TEST_CASE_ST(NULL, tear_down, test_most_rows),
		TEST_CASE_ST(set_up, tear_down, test_counter_get),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_schema(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_schema_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_schema);
