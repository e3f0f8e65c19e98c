/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#include "test_seqstat_fixture.h"

/* Sets: create, look up, open, close and free them; their description. */

static int
set_up(void)
{
	return set_up_with(rte_seqstat_create(&good_params));
}

#define EINVAL_OF(call) TEST_ASSERT_EQUAL(call, -EINVAL, #call)
#define NOTHING_OF(call) TEST_ASSERT(!(call), #call)
#define NULL_OF(call) do {						\
	rte_errno = 0;							\
	TEST_ASSERT((call) == NULL && rte_errno == EINVAL, #call);	\
} while (0)

/* Each public function accepts or refuses NULL for each of its arguments, as documented. */
static int
test_null(void)
{
	const struct rte_seqstat_counter histogram = { .type = RTE_SEQSTAT_HISTOGRAM };
	struct rte_seqstat_snapshot *no_snap = NULL;
	static const char *const labels[] = { "a", NULL };
	struct rte_seqstat_writer_info writer_info;
	struct rte_seqstat_balance balance;
	struct rte_seqstat_counter counter;
	struct rte_seqstat_labels got;
	struct rte_seqstat_info info;
	uint64_t values[N_COUNTERS];
	int64_t sum;

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
	TEST_ASSERT(rte_seqstat_snapshot_flags(NULL) & RTE_SEQSTAT_UNREAD,
		"flags without a snapshot");
	NOTHING_OF(rte_seqstat_snapshot_set(NULL));
	NOTHING_OF(rte_seqstat_snapshot_n_writers(NULL));
	EINVAL_OF(rte_seqstat_snapshot_writer_info(NULL, 0, &writer_info));
	TEST_ASSERT(take(snap), "snapshot not taken");
	EINVAL_OF(rte_seqstat_snapshot_writer_info(snap, 0, NULL));
	NOTHING_OF(rte_seqstat_snapshot_row(NULL, 0, 0));
	EINVAL_OF(rte_seqstat_snapshot_total(NULL, 0, values));
	EINVAL_OF(rte_seqstat_snapshot_total(snap, 0, NULL));
	NOTHING_OF(rte_seqstat_snapshot_generation(NULL, 0));
	NOTHING_OF(rte_seqstat_snapshot_retired(NULL));
	EINVAL_OF(rte_seqstat_snapshot_balance(NULL, 0, &sum));
	EINVAL_OF(rte_seqstat_snapshot_balance(snap, 0, NULL));
	NOTHING_OF(rte_seqstat_quantile(NULL, values, 1));
	NOTHING_OF(rte_seqstat_quantile(&good_params.counters[0], NULL, 1));
	NOTHING_OF(rte_seqstat_quantile(&histogram, values, 1));

	return TEST_SUCCESS;
}

/** Reserve all memzones that are left, or free them. Return how many. */
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

/* Creating a set without a free memzone fails with ENOSPC. */
static int
test_no_memzone(void)
{
	unsigned int reserved = all_memzones(true);
	bool full = rte_errno == ENOSPC;
	bool refused = test_seqstat_refused(&good_params, ENOSPC);

	TEST_ASSERT_EQUAL(all_memzones(false), reserved, "not all memzones were freed");
	TEST_ASSERT(full, "no memory after %u memzones", reserved);
	TEST_ASSERT(refused, "created without a memzone");

	return TEST_SUCCESS;
}

#define MAX_HOGS 64

/** Allocate all memory, in ever smaller pieces. */
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

/** Check that the shared writer is the only one, whether it is crowded, and its value. */
static int
check_shared(bool crowded, uint64_t value)
{
	struct rte_seqstat_snapshot *now = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_writer_info info;
	uint32_t n_writers;
	uint64_t counted;

	TEST_ASSERT_NOT_NULL(now, "no snapshot object: %s", rte_strerror(rte_errno));
	TEST_ASSERT(take(now), "snapshot not taken");
	n_writers = rte_seqstat_snapshot_n_writers(now);
	rte_seqstat_snapshot_writer_info(now, 0, &info);
	counted = test_seqstat_value(now, LCORE_ID_ANY, 0, 0);
	rte_seqstat_snapshot_free(now);
	TEST_ASSERT_EQUAL(n_writers, 1, "%u writers", n_writers);
	TEST_ASSERT(info.lcore_id == LCORE_ID_ANY && info.flags == 0, "flags %#x", info.flags);
	TEST_ASSERT_EQUAL(info.crowded, crowded, "crowded: %d", info.crowded);
	TEST_ASSERT_EQUAL(counted, value, "counted %" PRIu64, counted);

	return TEST_SUCCESS;
}

/* Without memory, an lcore counts on the shared writer, until its set is looked up again. */
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
	TEST_ASSERT_NOT_NULL(set, "set not created: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(check_shared(false, 0), "before memory is allocated");

	n = hog_memory(hogs);
	large.name = "larger";
	refused = test_seqstat_refused(&large, ENOMEM);
	w = rte_seqstat_writer(set);
	error = rte_errno;
	count_once();
	while (n > 0)
		rte_free(hogs[--n]);
	TEST_ASSERT(refused, "created without memory");
	TEST_ASSERT(w == NULL && error == ENOMEM, "the writer: %s",
		rte_strerror(error));

	TEST_ASSERT(rte_seqstat_writer(set) == NULL && rte_errno == ENOMEM,
		"a writer before the set is looked up again");
	count_once();
	TEST_ASSERT_SUCCESS(check_shared(true, 2), "after two sections on the shared writer");
	rte_seqstat_close(set);
	set = rte_seqstat_lookup("large");
	TEST_ASSERT_NOT_NULL(set, "not found: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(check_shared(false, 2), "after the set is looked up again");
	w = rte_seqstat_writer(set);
	TEST_ASSERT_NOT_NULL(w, "no writer though there is memory: %s", rte_strerror(rte_errno));
	TEST_ASSERT(count_once() == w, "counts on the shared writer");

	return TEST_SUCCESS;
}

/* A set is found by its full name only, and is the only one of that name. */
static int
test_lookup(void)
{
	TEST_ASSERT(test_seqstat_refused(&good_params, EEXIST), "created twice");
	TEST_ASSERT(rte_seqstat_lookup("test") == set, "not found by its name");
	rte_seqstat_close(set);
	TEST_ASSERT(rte_seqstat_lookup("tes") == NULL && rte_errno == ENOENT,
		"found by the beginning of its name");
	TEST_ASSERT(rte_seqstat_lookup("") == NULL && rte_errno == ENOENT,
		"found by an empty name");
	TEST_ASSERT(rte_seqstat_lookup("test, with more than RTE_SEQSTAT_NAMESIZE characters") ==
		NULL && rte_errno == ENOENT, "found by a name that is too long");

	return TEST_SUCCESS;
}

/** Toggle the bit of a set of test_walk(). The callback may call all functions. */
static void
see_name(const char *name, void *arg)
{
	unsigned int i, *seen = arg;
	struct rte_seqstat *st;

	if (sscanf(name, "walk_%u", &i) == 1 && i < 32)
		*seen ^= UINT32_C(1) << i;
	st = rte_seqstat_lookup(name);
	if (st == NULL)
		*seen = 0;
	rte_seqstat_close(st);
}

static void
free_name(const char *name, void *arg __rte_unused)
{
	struct rte_seqstat *st = rte_seqstat_lookup(name);

	/* Close this lookup; free what the creation opened. */
	rte_seqstat_close(st);
	test_seqstat_destroy(st);
}

/* A walk calls back once for each set. */
static int
test_walk(void)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	unsigned int i, seen = 0;
	int n;

	TEST_ASSERT_EQUAL(rte_seqstat_walk(see_name, &seen), 0, "not 0 sets");
	for (i = 0; i < 32; i++) {
		snprintf(name, sizeof(name), "walk_%u", i);
		TEST_ASSERT_NOT_NULL(test_seqstat_create(name, 1, 1), "set not created");
	}
	n = rte_seqstat_walk(see_name, &seen);
	TEST_ASSERT_EQUAL(n, 32, "%d sets instead of 32", n);
	TEST_ASSERT_EQUAL(seen, UINT32_MAX, "sets were missed or seen twice: %#x", seen);
	n = rte_seqstat_walk(free_name, NULL);
	TEST_ASSERT_EQUAL(n, 32, "%d sets instead of 32", n);

	return TEST_SUCCESS;
}

/* A set describes its dimensions, and how many writers it has. */
static int
test_info(void)
{
	struct rte_seqstat_info info;

	set = rte_seqstat_create(&good_params);
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no description");
	TEST_ASSERT(strcmp(info.name, "test") == 0, "named '%s'", info.name);
	TEST_ASSERT(info.n_labels == 1 && strcmp(info.labels[0], "name") == 0, "%u labels '%s'",
		info.n_labels, info.labels[0]);
	TEST_ASSERT(info.n_counters == 3 && info.n_values == 3 && info.n_rows == 3,
		"%u counters, %u values, %u rows", info.n_counters, info.n_values, info.n_rows);
	TEST_ASSERT_EQUAL(info.n_writers, 1, "%u writers before an lcore counts", info.n_writers);
	TEST_ASSERT(info.block_size >= sizeof(struct rte_seqstat_writer) +
		2 * 3 * __RTE_SEQSTAT_STRIDE(3), "blocks of %zu bytes", info.block_size);
	TEST_ASSERT_EQUAL(info.self.snapshots, 0, "it was read");

	TEST_ASSERT_NOT_NULL(rte_seqstat_writer(set), "no writer: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no description");
	TEST_ASSERT_EQUAL(info.n_writers, 2, "%u writers after an lcore got one", info.n_writers);

	return TEST_SUCCESS;
}

/* Each set is younger than the one before it. */
static int
test_birth(void)
{
	struct rte_seqstat_info info;
	uint64_t before = 0;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		set = rte_seqstat_create(&good_params);
		TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no description");
		TEST_ASSERT(info.birth_ns > before, "set %u: birth at %" PRIu64 ", after %"
			PRIu64, i, info.birth_ns, before);
		before = info.birth_ns;
		test_seqstat_destroy(set);
	}

	return TEST_SUCCESS;
}

/* A set that is open twice is not freed. */
static int
test_open_twice(void)
{
	struct rte_seqstat *st = test_seqstat_create("test", 2, 2);

	TEST_ASSERT_NOT_NULL(st, "set not created");
	TEST_ASSERT(rte_seqstat_lookup("test") == st, "another handle");
	TEST_ASSERT_EQUAL(rte_seqstat_free(st), -EBUSY, "freed though open twice");
	rte_seqstat_close(st);
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "not freed though open once");
	TEST_ASSERT(rte_seqstat_lookup("test") == NULL && rte_errno == ENOENT,
		"found after it was freed");

	return TEST_SUCCESS;
}

/* A set stays when all its handles are closed. */
static int
test_close_all(void)
{
	struct rte_seqstat *st = test_seqstat_create("test", 2, 2);

	TEST_ASSERT_NOT_NULL(st, "set not created");
	rte_seqstat_close(st);
	rte_seqstat_close(st);
	TEST_ASSERT_NULL(test_seqstat_create("test", 2, 2), "created twice: the set was gone");
	st = rte_seqstat_lookup("test");
	TEST_ASSERT_NOT_NULL(st, "not found: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "set not freed");

	return TEST_SUCCESS;
}

/* A snapshot object keeps its set open. */
static int
test_snapshot_object(void)
{
	struct rte_seqstat *st = test_seqstat_create("test", 2, 2);
	struct rte_seqstat_snapshot *object = rte_seqstat_snapshot_create(st);
	struct rte_seqstat_info info;

	TEST_ASSERT_NOT_NULL(object, "no snapshot object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_EQUAL(rte_seqstat_free(st), -EBUSY, "freed though an object has it");
	rte_seqstat_close(st);
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "closed though an object has it");
	TEST_ASSERT(take(object), "snapshot not taken");
	rte_seqstat_snapshot_free(object);
	TEST_ASSERT_EQUAL(rte_seqstat_info_get(st, &info), -ENOENT, "open though no object has it");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(rte_seqstat_lookup("test")), "set not freed");

	return TEST_SUCCESS;
}

/** Check that each function refuses a handle with an error. */
static int
check_refused(struct rte_seqstat *st, int error)
{
	const char *const values[] = { "a", NULL };
	struct rte_seqstat_labels labels;
	struct rte_seqstat_balance balance;
	struct rte_seqstat_counter desc;
	struct rte_seqstat_info info;

	TEST_ASSERT_EQUAL(rte_seqstat_info_get(st, &info), -error, "info");
	TEST_ASSERT_EQUAL(rte_seqstat_balance_get(st, 0, &balance), -error, "balance");
	TEST_ASSERT_EQUAL(rte_seqstat_counter_get(st, 0, &desc), -error, "counter");
	TEST_ASSERT_EQUAL(rte_seqstat_first_value(st, 0), -error, "first value");
	TEST_ASSERT_EQUAL(rte_seqstat_row_label(st, 0, values), -error, "label");
	TEST_ASSERT_EQUAL(rte_seqstat_row_alloc(st, values), -error, "alloc");
	TEST_ASSERT_EQUAL(rte_seqstat_row_find(st, values), -error, "find");
	TEST_ASSERT_EQUAL(rte_seqstat_row_clear(st, 0), -error, "clear");
	TEST_ASSERT_EQUAL(rte_seqstat_row_labels_get(st, 0, &labels), -error, "labels");
	TEST_ASSERT_EQUAL(rte_seqstat_dump(stdout, st), -error, "dump");
	TEST_ASSERT(rte_seqstat_snapshot_create(st) == NULL && rte_errno == error,
		"snapshot object");

	return TEST_SUCCESS;
}

/* A closed handle, and that of a freed set, is refused with ENOENT. */
static int
test_closed(void)
{
	struct rte_seqstat *st = test_seqstat_create("test", 2, 2);

	TEST_ASSERT_NOT_NULL(st, "set not created");
	rte_seqstat_close(st);
	TEST_ASSERT_SUCCESS(check_refused(st, ENOENT), "a closed handle");
	TEST_ASSERT_EQUAL(rte_seqstat_free(st), -ENOENT, "freed when closed");
	st = rte_seqstat_lookup("test");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "set not freed");
	TEST_ASSERT_SUCCESS(check_refused(st, ENOENT), "the handle of a freed set");
	TEST_ASSERT_EQUAL(rte_seqstat_free(st), -ENOENT, "freed twice");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat sets",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_null),
		TEST_CASE(test_no_memzone),
		TEST_CASE_ST(NULL, tear_down, test_no_memory),
		TEST_CASE_ST(set_up, tear_down, test_lookup),
		TEST_CASE(test_walk),
		TEST_CASE_ST(NULL, tear_down, test_info),
		TEST_CASE(test_birth),
		TEST_CASE(test_open_twice),
		TEST_CASE(test_close_all),
		TEST_CASE(test_snapshot_object),
		TEST_CASE(test_closed),
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
