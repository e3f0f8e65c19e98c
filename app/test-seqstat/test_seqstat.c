/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#include <rte_seqstat_publish.h>

#include "test_seqstat.h"

/* Sets: their names and schemas, their description, and their memory. */

#define LONGEST_NAME "abcdefghijklmnopqrstuvw" /* RTE_SEQSTAT_NAMESIZE - 1 characters */

static const struct rte_seqstat_counter schema[] = {
	{ .name = "rx_packets", .unit = "packets", .help = "Received, all of them." },
	{ .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
};

static const struct rte_seqstat_params good_params = {
	.name = "test",
	.counters = schema,
	.n_counters = RTE_DIM(schema),
	.n_rows = 3,
	.labels = (const char *const []){ "name", NULL },
	.socket_id = SOCKET_ID_ANY,
};

static struct rte_seqstat *set;

static int
create_set(void)
{
	set = rte_seqstat_create(&good_params);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
free_set(void)
{
	test_seqstat_destroy(set);
	set = NULL;
}

/** Return whether creating a set fails with an error. */
static bool
create_fails(const struct rte_seqstat_params *params, int error)
{
	struct rte_seqstat *st;

	rte_errno = 0;
	st = rte_seqstat_create(params);
	if (st == NULL && rte_errno == error)
		return true;
	if (st != NULL)
		test_seqstat_destroy(st);
	printf("instead of \"%s\": \"%s\"\n", rte_strerror(error),
		st == NULL ? rte_strerror(rte_errno) : "created");

	return false;
}

#define REFUSED(field, value) do {					\
	struct rte_seqstat_params params = good_params;			\
									\
	params.field = value;						\
	TEST_ASSERT(create_fails(&params, EINVAL), #field ": " #value);	\
} while (0)

static int
test_bad_params(void)
{
	static const char * const bad_names[] = {
		NULL, "", "1st", "_a", "a-b", "a b", "a.b", "a,b", "a/b", "a\"b", "a\nb",
		"\xc3\xa4", LONGEST_NAME "x",
	};
	unsigned int i;

	TEST_ASSERT(create_fails(NULL, EINVAL), "no parameters");
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

#define EINVAL_OF(call) TEST_ASSERT_EQUAL(call, -EINVAL, #call)
#define NOTHING_OF(call) TEST_ASSERT(!(call), #call)
#define NULL_OF(call) do {						\
	rte_errno = 0;							\
	TEST_ASSERT((call) == NULL && rte_errno == EINVAL, #call);	\
} while (0)

/** Each public function with NULL for each of its arguments. */
static int
test_null(void)
{
	const struct rte_seqstat_counter histogram = { .type = RTE_SEQSTAT_HISTOGRAM };
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set), *no_snap = NULL;
	static const char *const labels[] = { "a", NULL };
	struct rte_seqstat_writer_info writer_info;
	struct rte_seqstat_balance balance;
	struct rte_seqstat_counter counter;
	struct rte_seqstat_labels got;
	struct rte_seqstat_info info;
	uint64_t values[RTE_DIM(schema)];
	int64_t sum;

	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	NULL_OF(rte_seqstat_create(NULL));
	NULL_OF(rte_seqstat_lookup(NULL));
	NULL_OF(rte_seqstat_writer(NULL));
	NULL_OF(rte_seqstat_snapshot_create(NULL));
	rte_seqstat_close(NULL);
	rte_seqstat_snapshot_free(NULL);
	NOTHING_OF(rte_seqstat_free(NULL));
	EINVAL_OF(rte_seqstat_walk(NULL, NULL));
	EINVAL_OF(rte_seqstat_info_get(NULL, &info));
	EINVAL_OF(rte_seqstat_info_get(set, NULL));
	EINVAL_OF(rte_seqstat_counter_get(NULL, 0, &counter));
	EINVAL_OF(rte_seqstat_counter_get(set, 0, NULL));
	EINVAL_OF(rte_seqstat_balance_get(NULL, 0, &balance));
	EINVAL_OF(rte_seqstat_balance_get(set, 0, NULL));
	EINVAL_OF(rte_seqstat_first_value(NULL, 0));
	EINVAL_OF(rte_seqstat_dump(NULL, set));
	EINVAL_OF(rte_seqstat_dump(stdout, NULL));
	EINVAL_OF(rte_seqstat_row_label(NULL, 0, labels));
	EINVAL_OF(rte_seqstat_row_label(set, 0, NULL));
	EINVAL_OF(rte_seqstat_row_alloc(NULL, labels));
	EINVAL_OF(rte_seqstat_row_alloc(set, NULL));
	EINVAL_OF(rte_seqstat_row_find(NULL, labels));
	EINVAL_OF(rte_seqstat_row_find(set, NULL));
	EINVAL_OF(rte_seqstat_row_clear(NULL, 0));
	EINVAL_OF(rte_seqstat_row_labels_get(NULL, 0, &got));
	EINVAL_OF(rte_seqstat_row_labels_get(set, 0, NULL));
	EINVAL_OF(rte_seqstat_snapshot_take(NULL, 0));
	EINVAL_OF(rte_seqstat_snapshot_take_all(NULL, 1, 0));
	EINVAL_OF(rte_seqstat_snapshot_take_all(&no_snap, 1, 0));
	EINVAL_OF(rte_seqstat_snapshot_diff(NULL, snap, snap));
	EINVAL_OF(rte_seqstat_snapshot_diff(snap, NULL, snap));
	EINVAL_OF(rte_seqstat_snapshot_diff(snap, snap, NULL));
	NOTHING_OF(rte_seqstat_snapshot_tsc(NULL));
	TEST_ASSERT(rte_seqstat_snapshot_flags(NULL) & RTE_SEQSTAT_UNREAD, "no snapshot is read");
	NOTHING_OF(rte_seqstat_snapshot_set(NULL));
	NOTHING_OF(rte_seqstat_snapshot_n_writers(NULL));
	EINVAL_OF(rte_seqstat_snapshot_writer_info(NULL, 0, &writer_info));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	EINVAL_OF(rte_seqstat_snapshot_writer_info(snap, 0, NULL));
	NOTHING_OF(rte_seqstat_snapshot_row(NULL, 0, 0));
	EINVAL_OF(rte_seqstat_snapshot_total(NULL, 0, values));
	EINVAL_OF(rte_seqstat_snapshot_total(snap, 0, NULL));
	NOTHING_OF(rte_seqstat_snapshot_generation(NULL, 0));
	NOTHING_OF(rte_seqstat_snapshot_retired(NULL));
	EINVAL_OF(rte_seqstat_snapshot_balance(NULL, 0, &sum));
	EINVAL_OF(rte_seqstat_snapshot_balance(snap, 0, NULL));
	NOTHING_OF(rte_seqstat_quantile(NULL, values, 1));
	NOTHING_OF(rte_seqstat_quantile(&schema[0], NULL, 1));
	NOTHING_OF(rte_seqstat_quantile(&histogram, values, 1));
	EINVAL_OF(rte_seqstat_publish_start(NULL));
	EINVAL_OF(rte_seqstat_publish_start_args(NULL));
	rte_seqstat_snapshot_free(snap);

	return TEST_SUCCESS;
}

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
		TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "'%s' cannot be freed", good[i]);
	}

	return TEST_SUCCESS;
}

/** Return whether a schema is refused in which the second counter is this one. */
static bool
counter_refused(struct rte_seqstat_counter counter)
{
	struct rte_seqstat_counter counters[] = { schema[0], counter };
	struct rte_seqstat_params params = good_params;

	params.counters = counters;

	return create_fails(&params, EINVAL);
}

#define COUNTER(...) ((struct rte_seqstat_counter){ .name = "good", __VA_ARGS__ })

static int
test_bad_counters(void)
{
	static const char * const bad_names[] = {
		NULL, "", "labels", "1st", "_a", "Rx", "a-b", "a b", "a\"b", LONGEST_NAME "x",
		"rx_packets",
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
	TEST_ASSERT(counter_refused(COUNTER(.help = help)), "overlong help");
	TEST_ASSERT(counter_refused(COUNTER(.type = RTE_SEQSTAT_HISTOGRAM + 1)), "type");


	return TEST_SUCCESS;
}

static bool
buckets_refused(struct rte_seqstat_buckets buckets)
{
	return counter_refused(COUNTER(.type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets));
}

#define BUCKETS(...) ((struct rte_seqstat_buckets){ __VA_ARGS__ })
#define LOG_LINEAR(...) ((struct rte_seqstat_buckets)RTE_SEQSTAT_BUCKETS_LOG(__VA_ARGS__))

static int
test_bad_buckets(void)
{
	uint64_t bounds[RTE_SEQSTAT_MAX_BOUNDS + 1] = { 1, 5, 5, 4 };
	unsigned int i;

	TEST_ASSERT(counter_refused(COUNTER(.type = RTE_SEQSTAT_HISTOGRAM)), "no buckets");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds)), "no bounds");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = 3)), "a bound twice");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = &bounds[2], .n_bounds = 2)), "descending");
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = 2, .log_parts = 32)),
		"bounds and parts");
	for (i = 0; i < RTE_DIM(bounds); i++)
		bounds[i] = i;
	TEST_ASSERT(buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = RTE_DIM(bounds))),
		"%zu bounds", RTE_DIM(bounds));
	TEST_ASSERT(!buckets_refused(BUCKETS(.bounds = bounds, .n_bounds = RTE_DIM(bounds) - 1)),
		"%zu bounds are too many", RTE_DIM(bounds) - 1);

	TEST_ASSERT(buckets_refused(BUCKETS(.n_bounds = 0)), "no powers of two");
	TEST_ASSERT(buckets_refused(BUCKETS(.n_bounds = UINT32_MAX)), "2^(2^32 - 1)");
	TEST_ASSERT(buckets_refused(BUCKETS(.log_parts = RTE_SEQSTAT_MAX_LOG_PARTS + 1,
			.n_bounds = 1u << (RTE_SEQSTAT_MAX_LOG_PARTS + 1))), "too many parts");
	TEST_ASSERT(buckets_refused(BUCKETS(.log_parts = UINT32_MAX, .n_bounds = 1)), "2^32 parts");
	TEST_ASSERT(buckets_refused(BUCKETS(.log_parts = 2, .n_bounds = 6)), "half of a power");
	/* With more parts, a row is full before. */
	for (i = 0; i <= 4; i++) {
		TEST_ASSERT(buckets_refused(LOG_LINEAR(i, 64)), "2^64 in 2^%u parts", i);
		TEST_ASSERT(!buckets_refused(LOG_LINEAR(i, 63)), "not 2^63 in 2^%u parts", i);
	}
	for (i = 0; i <= RTE_SEQSTAT_MAX_LOG_PARTS; i++)
		TEST_ASSERT(!buckets_refused(LOG_LINEAR(i, i)), "not 2^%u in as many parts", i);

	return TEST_SUCCESS;
}

/** As many values as a row can have, then one too many. */
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
	TEST_ASSERT_NOT_NULL(st, "cannot create: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no info");
	TEST_ASSERT_EQUAL(info.n_values, RTE_SEQSTAT_MAX_VALUES, "%u values", info.n_values);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");
	/* 16 GB and 256 bytes, of which a size of 32 bits has the latter. */
	params.n_rows = RTE_SEQSTAT_MAX_ROWS;
	TEST_ASSERT(create_fails(&params, ENOMEM), "a block of 2^20 such rows");
	params.n_rows = 1;

	counters[n + 2] = counters[n + 1];
	counters[n + 2].name = names[n + 2];
	counters[n + 1] = counters[n];
	counters[n + 1].name = names[n + 1];
	counters[n] = (struct rte_seqstat_counter){ .name = names[n] };
	params.n_counters++;
	TEST_ASSERT(create_fails(&params, EINVAL), "one value more");

	return TEST_SUCCESS;
}

/** A schema is refused if telemetry would have to cut a row. */
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
	struct rte_seqstat *st;
	unsigned int i;

	for (i = 0; i < RTE_DIM(bounds); i++)
		bounds[i] = UINT64_MAX - RTE_DIM(bounds) + i;
	params.counters = counters;
	params.n_counters = 3;
	TEST_ASSERT(create_fails(&params, EINVAL), "three histograms with bounds of 20 digits");
	params.n_counters = 2;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "two of them are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");
	for (i = 0; i < RTE_DIM(bounds); i++)
		bounds[i] = i;
	params.n_counters = 3;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "three histograms with short bounds are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	return TEST_SUCCESS;
}

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
	TEST_ASSERT_NOT_NULL(st, "cannot create: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no info");
	TEST_ASSERT(info.n_counters == RTE_DIM(counters) && info.n_values == 505,
		"%u counters, %u values", info.n_counters, info.n_values);
	for (i = 0; i < RTE_DIM(counters); i++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, i, &desc), "no counter %u", i);
		TEST_ASSERT_EQUAL(rte_seqstat_first_value(st, i), places[i],
			"counter %u is at %d", i, rte_seqstat_first_value(st, i));
		TEST_ASSERT_EQUAL(desc.type, counters[i].type, "another type of counter %u", i);
		TEST_ASSERT((desc.buckets != NULL) == (desc.type == RTE_SEQSTAT_HISTOGRAM),
			"buckets of counter %u", i);
	}
	TEST_ASSERT_EQUAL(rte_seqstat_first_value(st, i), -EINVAL, "a counter too many");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, 2, &desc), "no histogram");
	TEST_ASSERT(desc.buckets != &buckets && desc.buckets->bounds != bounds &&
		desc.buckets->n_bounds == RTE_DIM(bounds) &&
		memcmp(desc.buckets->bounds, bounds, sizeof(bounds)) == 0, "other bounds");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, 3, &desc), "no histogram");
	TEST_ASSERT(desc.buckets != &log_linear && desc.buckets->bounds == NULL &&
		desc.buckets->n_bounds == 496 && desc.buckets->log_parts == 4, "other parts");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	/* Counters and gauges come before histograms. */
	RTE_SWAP(counters[1], counters[2]);
	TEST_ASSERT(create_fails(&params, EINVAL), "a gauge after a histogram");
	counters[2].type = RTE_SEQSTAT_COUNTER;
	TEST_ASSERT(create_fails(&params, EINVAL), "a counter after a histogram");

	return TEST_SUCCESS;
}

static int
test_largest_schema(void)
{
	char help[RTE_SEQSTAT_HELPSIZE] = { 0 };
	struct rte_seqstat_counter longest = {
		.name = LONGEST_NAME, .unit = LONGEST_NAME, .help = help,
	};
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_counter desc;
	struct rte_seqstat *st;

	memset(help, 'h', sizeof(help) - 1);
	params.counters = &longest;
	params.n_counters = 1;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "longest strings are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, 0, &desc), "no counter 0");
	TEST_ASSERT(strcmp(desc.name, LONGEST_NAME) == 0 && strcmp(desc.unit, LONGEST_NAME) == 0 &&
		strcmp(desc.help, help) == 0, "longest strings are cut");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	st = test_seqstat_create("test", RTE_SEQSTAT_MAX_COUNTERS, 1);
	TEST_ASSERT_NOT_NULL(st, "most counters are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, RTE_SEQSTAT_MAX_COUNTERS - 1, &desc),
		"no last counter");
	TEST_ASSERT(strcmp(desc.name, "c127") == 0, "the last counter is '%s'", desc.name);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	return TEST_SUCCESS;
}

static int
test_most_rows(void)
{
	struct rte_seqstat_labels labels;
	struct rte_seqstat *st;

	st = test_seqstat_create("test", 1, RTE_SEQSTAT_MAX_ROWS);
	if (st == NULL && rte_errno == ENOMEM)
		return TEST_SKIPPED;
	TEST_ASSERT_NOT_NULL(st, "most rows are refused");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(st, RTE_SEQSTAT_MAX_ROWS - 1,
		(const char *const []){ "last", NULL }), "the last row gets no labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(st, RTE_SEQSTAT_MAX_ROWS - 1, &labels),
		"the last row has no labels");
	TEST_ASSERT(strcmp(labels.values[0], "last") == 0, "the last row is '%s'",
		labels.values[0]);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	return TEST_SUCCESS;
}

static int
test_exists(void)
{
	TEST_ASSERT(create_fails(&good_params, EEXIST), "a second set of the same name");
	TEST_ASSERT(rte_seqstat_lookup("test") == set, "the first one is gone");
	rte_seqstat_close(set);

	return TEST_SUCCESS;
}

/** Reserve memzones until there is none left, or give them all back. */
static unsigned int
all_memzones(bool reserve)
{
	char name[RTE_MEMZONE_NAMESIZE];
	const struct rte_memzone *mz;
	unsigned int n;

	for (n = 0; ; n++) {
		snprintf(name, sizeof(name), "test_seqstat_%u", n);
		mz = reserve ? rte_memzone_reserve(name, 64, SOCKET_ID_ANY, 0) :
			rte_memzone_lookup(name);
		if (mz == NULL)
			return n;
		if (!reserve)
			rte_memzone_free(mz);
	}
}

static int
test_no_memzone(void)
{
	unsigned int reserved = all_memzones(true);
	bool full = rte_errno == ENOSPC;
	bool refused = create_fails(&good_params, ENOSPC);

	TEST_ASSERT_EQUAL(all_memzones(false), reserved, "not all memzones were given back");
	TEST_ASSERT(full, "memory ended before the memzones did, after %u", reserved);
	TEST_ASSERT(refused, "created without a memzone");

	return TEST_SUCCESS;
}

#define MAX_HOGS 64

/** Take what memory there is, in ever smaller pieces. */
static unsigned int
hog_memory(void *hogs[MAX_HOGS])
{
	size_t size = (size_t)1 << 30;
	unsigned int n = 0;

	while (n < MAX_HOGS && size >= 1 << 20) {
		hogs[n] = rte_malloc(NULL, size, 0);
		if (hogs[n] != NULL)
			n++;
		else
			size /= 2;
	}

	return n;
}

/** Add one to the first value, and return the writer. */
static const struct rte_seqstat_writer *
count_once(void)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(set);

	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	rte_seqstat_end(&sec);

	return sec.writer;
}

/** Check that the only writer is the shared one, that it is crowded or not, and its value. */
static int
check_shared(bool crowded, uint64_t value)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_writer_info info;
	uint32_t n_writers;
	uint64_t counted;

	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	n_writers = rte_seqstat_snapshot_n_writers(snap);
	rte_seqstat_snapshot_writer_info(snap, 0, &info);
	counted = test_seqstat_value(snap, LCORE_ID_ANY, 0, 0);
	rte_seqstat_snapshot_free(snap);
	TEST_ASSERT_EQUAL(n_writers, 1, "%u writers", n_writers);
	TEST_ASSERT(info.lcore_id == LCORE_ID_ANY && info.flags == 0, "flags %#x", info.flags);
	TEST_ASSERT_EQUAL(info.crowded, crowded, "crowded: %d", info.crowded);
	TEST_ASSERT_EQUAL(counted, value, "%" PRIu64 " were counted", counted);

	return TEST_SUCCESS;
}

static int
test_no_memory(void)
{
	struct rte_seqstat_params large = good_params;
	const struct rte_seqstat_writer *w;
	void *hogs[MAX_HOGS];
	unsigned int n;
	bool refused;
	int error;

	if (rte_eal_has_hugepages()) {
		printf("%s() would take all hugepages of the machine\n", __func__);
		return TEST_SKIPPED;
	}
	large.name = "large";
	large.n_rows = RTE_SEQSTAT_MAX_ROWS / 8;
	set = rte_seqstat_create(&large);
	TEST_ASSERT_NOT_NULL(set, "cannot create before memory is short");
	TEST_ASSERT_SUCCESS(check_shared(false, 0), "before memory is short");

	n = hog_memory(hogs);
	large.name = "larger";
	refused = create_fails(&large, ENOMEM);
	w = rte_seqstat_writer(set);
	error = rte_errno;
	count_once();
	while (n > 0)
		rte_free(hogs[--n]);
	TEST_ASSERT(refused, "created without memory");
	TEST_ASSERT(w == NULL && error == ENOMEM, "a writer without memory: %s",
		rte_strerror(error));

	/* The lcore stays where it counts, until the set is opened anew. */
	TEST_ASSERT(rte_seqstat_writer(set) == NULL && rte_errno == ENOMEM, "asked again");
	count_once();
	TEST_ASSERT_SUCCESS(check_shared(true, 2), "two sections without a writer of their own");
	rte_seqstat_close(set);
	set = rte_seqstat_lookup("large");
	TEST_ASSERT_NOT_NULL(set, "not found: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(check_shared(false, 2), "the set is opened anew");
	w = rte_seqstat_writer(set);
	TEST_ASSERT_NOT_NULL(w, "no writer with memory again: %s", rte_strerror(rte_errno));
	TEST_ASSERT(count_once() == w, "still counts on the shared writer");

	return TEST_SUCCESS;
}

static int
test_lookup(void)
{
	TEST_ASSERT(rte_seqstat_lookup("test") == set, "not found by its name");
	rte_seqstat_close(set);
	TEST_ASSERT(rte_seqstat_lookup("tes") == NULL && rte_errno == ENOENT,
		"found by the beginning of its name");
	TEST_ASSERT(rte_seqstat_lookup("") == NULL && rte_errno == ENOENT, "found by nothing");
	TEST_ASSERT(rte_seqstat_lookup(LONGEST_NAME LONGEST_NAME) == NULL && rte_errno == ENOENT,
		"found by an overlong name");

	return TEST_SUCCESS;
}

/** Which of the sets of test_walk() were seen, a bit for each. */
static void
see_name(const char *name, void *arg)
{
	unsigned int i, *seen = arg;
	struct rte_seqstat *st;

	if (sscanf(name, "walk_%u", &i) == 1 && i < 32)
		*seen ^= UINT32_C(1) << i;
	/* All functions may be called here. */
	st = rte_seqstat_lookup(name);
	if (st == NULL)
		*seen = 0;
	rte_seqstat_close(st);
}

static void
free_name(const char *name, void *arg __rte_unused)
{
	struct rte_seqstat *st = rte_seqstat_lookup(name);

	/* Once for this lookup, once for the creation. */
	rte_seqstat_close(st);
	test_seqstat_destroy(st);
}

static int
test_walk(void)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	unsigned int i, seen = 0;
	int n;

	TEST_ASSERT_EQUAL(rte_seqstat_walk(see_name, &seen), 0, "sets where there are none");
	for (i = 0; i < 32; i++) {
		snprintf(name, sizeof(name), "walk_%u", i);
		TEST_ASSERT_NOT_NULL(test_seqstat_create(name, 1, 1), "cannot create");
	}
	n = rte_seqstat_walk(see_name, &seen);
	TEST_ASSERT_EQUAL(n, 32, "%d sets instead of 32", n);
	TEST_ASSERT_EQUAL(seen, UINT32_MAX, "sets were missed or seen twice: %#x", seen);
	n = rte_seqstat_walk(free_name, NULL);
	TEST_ASSERT_EQUAL(n, 32, "%d sets instead of 32", n);

	return TEST_SUCCESS;
}

static int
test_info(void)
{
	struct rte_seqstat_info info;

	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "not described");
	TEST_ASSERT(strcmp(info.name, "test") == 0, "named '%s'", info.name);
	TEST_ASSERT(info.n_labels == 1 && strcmp(info.labels[0], "name") == 0, "%u labels '%s'",
		info.n_labels, info.labels[0]);
	TEST_ASSERT(info.n_counters == 2 && info.n_values == 2 && info.n_rows == 3,
		"%u counters, %u values, %u rows", info.n_counters, info.n_values, info.n_rows);
	TEST_ASSERT_EQUAL(info.n_writers, 1, "%u writers before any lcore's", info.n_writers);
	TEST_ASSERT(info.block_size >= sizeof(struct rte_seqstat_writer) +
		2 * 3 * __RTE_SEQSTAT_STRIDE(2), "blocks of %zu bytes", info.block_size);
	TEST_ASSERT_EQUAL(info.self.snapshots, 0, "snapshots before any was taken");

	TEST_ASSERT_NOT_NULL(rte_seqstat_writer(set), "no writer: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "not described");
	TEST_ASSERT_EQUAL(info.n_writers, 2, "%u writers with an lcore's", info.n_writers);

	return TEST_SUCCESS;
}

/** Each set is born later than any before it. */
static int
test_birth(void)
{
	struct rte_seqstat_info info;
	uint64_t before = 0;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		TEST_ASSERT_SUCCESS(create_set(), "set %u", i);
		TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "not described");
		TEST_ASSERT(info.birth_ns > before, "set %u was born at %" PRIu64 ", after %"
			PRIu64, i, info.birth_ns, before);
		before = info.birth_ns;
		free_set();
	}

	return TEST_SUCCESS;
}

static int
test_counter_get(void)
{
	struct rte_seqstat_counter desc;

	TEST_ASSERT_EQUAL(rte_seqstat_counter_get(set, 2, &desc), -EINVAL, "a third counter");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(set, 0, &desc), "no first counter");
	TEST_ASSERT(strcmp(desc.name, "rx_packets") == 0 && strcmp(desc.unit, "packets") == 0 &&
		strcmp(desc.help, schema[0].help) == 0 && desc.type == RTE_SEQSTAT_COUNTER,
		"the first counter is another one");
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(set, 1, &desc), "no second counter");
	TEST_ASSERT(strcmp(desc.name, "waiting") == 0 && desc.unit[0] == '\0' &&
		desc.help[0] == '\0' && desc.type == RTE_SEQSTAT_GAUGE,
		"the second counter is another one");

	return TEST_SUCCESS;
}

static int
test_schema_is_copied(void)
{
	char name[] = "volatile";
	struct rte_seqstat_counter counter = { .name = name };
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_counter desc;
	struct rte_seqstat *st;

	params.counters = &counter;
	params.n_counters = 1;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "cannot create: %s", rte_strerror(rte_errno));
	memset(name, 'x', sizeof(name) - 1);
	TEST_ASSERT_SUCCESS(rte_seqstat_counter_get(st, 0, &desc), "no counter");
	TEST_ASSERT(strcmp(desc.name, "volatile") == 0, "the caller's string is kept");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	return TEST_SUCCESS;
}

/** Dump a set into a string. */
static int
dump(struct rte_seqstat *st, char *text, size_t size)
{
	FILE *f = fmemopen(text, size, "w");
	int ret;

	if (f == NULL)
		return -ENOMEM;
	ret = rte_seqstat_dump(f, st);
	fclose(f);

	return ret;
}

static int
test_dump(void)
{
	struct rte_seqstat_section sec;
	char text[8192] = { 0 };

	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 1, (const char *const []){ "port7", NULL }),
		"cannot label a row");
	sec = rte_seqstat_begin(set);
	rte_seqstat_add(rte_seqstat_row(&sec, 1), 0, UINT64_C(9876543210123));
	rte_seqstat_end(&sec);

	TEST_ASSERT_SUCCESS(dump(set, text, sizeof(text)), "cannot dump");
	TEST_ASSERT(strstr(text, "test") != NULL, "no name of the set in:\n%s", text);
	TEST_ASSERT(strstr(text, "unaccounted") == NULL, "balances of a set without any");
	TEST_ASSERT(strstr(text, "rx_packets") != NULL && strstr(text, "waiting") != NULL,
		"no names of counters in:\n%s", text);
	TEST_ASSERT(strstr(text, "row 1 {name=\"port7\"}:") != NULL, "no labels in:\n%s", text);
	TEST_ASSERT(strstr(text, "row 0") == NULL, "a row without labels and counts in:\n%s",
		text);
	TEST_ASSERT(strstr(text, "9876543210123") != NULL, "no number in:\n%s", text);

	return TEST_SUCCESS;
}

/** A dump shows histograms, and what is wrong with writers. */
static int
test_dump_of_writers(void)
{
	static const uint64_t bounds[] = { 1, 4 };
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);
	const struct rte_seqstat_counter counters[] = {
		{ .name = "packets" },
		{ .name = "size", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
	};
	struct rte_seqstat_params params = good_params;
	struct rte_seqstat_section sec;
	char text[8192] = { 0 }, torn[32];
	struct rte_seqstat_writer *w;
	struct rte_seqstat *st;
	unsigned int lcore_id;
	int ret;

	params.counters = counters;
	st = rte_seqstat_create(&params);
	TEST_ASSERT_NOT_NULL(st, "cannot create: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_begin(st);
	rte_seqstat_observe(rte_seqstat_row(&sec, 2), 1, &buckets, 4);
	rte_seqstat_observe(rte_seqstat_row(&sec, 2), 1, &buckets, 5);
	rte_seqstat_end(&sec);
	lcore_id = test_seqstat_tear(st);
	snprintf(torn, sizeof(torn), "lcore %u: (torn) packets=1", lcore_id);
	w = test_seqstat_writer_of(st, RTE_MAX_LCORE - 1);
	TEST_ASSERT_NOT_NULL(w, "no writer: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_writer_begin(w);
	ret = dump(st, text, sizeof(text));
	rte_seqstat_end(&sec);
	test_seqstat_destroy(st);

	TEST_ASSERT_SUCCESS(ret, "cannot dump");
	TEST_ASSERT(strstr(text, " size={count:2 sum:9 p50:3 p90:more p99:more "
			"p99_9:more p99_99:more max:more <=4:1 more:1}\n") != NULL,
		"no histogram in:\n%s", text);
	TEST_ASSERT(strstr(text, torn) != NULL, "no torn writer in:\n%s", text);
	snprintf(torn, sizeof(torn), "lcore %u: (unread)\n", RTE_MAX_LCORE - 1);
	TEST_ASSERT(strstr(text, torn) != NULL, "no unread writer in:\n%s", text);

	return TEST_SUCCESS;
}

/** The use of DPDK's memory. */
struct memory {
	size_t bytes;
	unsigned int blocks;
	unsigned int memzones;
};

static void
count_memzone(const struct rte_memzone *mz __rte_unused, void *arg)
{
	struct memory *memory = arg;

	memory->memzones++;
}

static struct memory
memory_now(void)
{
	struct rte_malloc_socket_stats stats;
	struct memory memory = { 0 };
	unsigned int i;

	for (i = 0; i < rte_socket_count(); i++) {
		if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &stats) != 0)
			continue;
		memory.bytes += stats.heap_allocsz_bytes;
		memory.blocks += stats.alloc_count;
	}
	rte_memzone_walk(count_memzone, &memory);

	return memory;
}

/** Use a set in every way that takes memory. */
static int
use_and_free(void)
{
	struct rte_seqstat_snapshot *snap, *older;
	struct rte_seqstat *st;

	st = test_seqstat_create("test", 20, 1000);
	TEST_ASSERT_NOT_NULL(st, "cannot create");
	TEST_ASSERT_NOT_NULL(rte_seqstat_writer(st), "no writer: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(st, 0, (const char *const []){ "a", NULL }),
		"no labels");
	snap = rte_seqstat_snapshot_create(st);
	older = rte_seqstat_snapshot_create(st);
	TEST_ASSERT(snap != NULL && older != NULL, "no snapshot: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(older, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(older, snap, older), "not subtracted");
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_snapshot_free(older);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");

	return TEST_SUCCESS;
}

static int
test_memory_returned(void)
{
	struct memory before, after;
	unsigned int i;

	/* The first set leaves what all sets have in common. */
	TEST_ASSERT_SUCCESS(use_and_free(), "the first time");
	before = memory_now();
	for (i = 0; i < 10; i++)
		TEST_ASSERT_SUCCESS(use_and_free(), "time %u", i);
	after = memory_now();
	TEST_ASSERT_EQUAL(after.bytes, before.bytes, "%zu bytes instead of %zu",
		after.bytes, before.bytes);
	TEST_ASSERT_EQUAL(after.blocks, before.blocks, "%u allocations instead of %u",
		after.blocks, before.blocks);
	TEST_ASSERT_EQUAL(after.memzones, before.memzones, "%u memzones instead of %u",
		after.memzones, before.memzones);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat sets",
	.unit_test_cases = {
		TEST_CASE(test_bad_params),
		TEST_CASE_ST(create_set, free_set, test_null),
		TEST_CASE(test_good_names),
		TEST_CASE(test_bad_counters),
		TEST_CASE(test_bad_buckets),
		TEST_CASE(test_histograms),
		TEST_CASE(test_most_values),
		TEST_CASE(test_longest_row),
		TEST_CASE(test_largest_schema),
		TEST_CASE(test_most_rows),
		TEST_CASE_ST(create_set, free_set, test_exists),
		TEST_CASE(test_no_memzone),
		TEST_CASE_ST(NULL, free_set, test_no_memory),
		TEST_CASE_ST(create_set, free_set, test_lookup),
		TEST_CASE(test_walk),
		TEST_CASE_ST(create_set, free_set, test_info),
		TEST_CASE(test_birth),
		TEST_CASE_ST(create_set, free_set, test_counter_get),
		TEST_CASE(test_schema_is_copied),
		TEST_CASE_ST(create_set, free_set, test_dump),
		TEST_CASE(test_dump_of_writers),
		TEST_CASE(test_memory_returned),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_autotest, NOHUGE_OK, ASAN_OK, test_seqstat);
