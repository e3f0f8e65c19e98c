/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>
#include <rte_memzone.h>

#include "seqstat_handle.h"
#include "test_seqstat.h"

/* Writers: which thread counts in which block, the block's layout, and what a section does. */

#define N_COUNTERS 5
#define N_ROWS 3

static struct rte_seqstat *set;
static struct rte_seqstat_writer *writer; /* The main lcore's. */

static int
set_up(void)
{
	set = test_seqstat_create("test", N_COUNTERS, N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "set not created");
	writer = rte_seqstat_writer(set);
	TEST_ASSERT_NOT_NULL(writer, "no writer: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	test_seqstat_writer_end(writer);
	writer = NULL;
	test_seqstat_destroy(set);
	set = NULL;
}

/** Add to a counter in a section of its own. */
static void
count(struct rte_seqstat_writer *w, uint32_t row, unsigned int counter, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);

	rte_seqstat_add(rte_seqstat_row(&sec, row), counter, n);
	rte_seqstat_end(&sec);
}

static uint32_t
sequence_number(const struct rte_seqstat_writer *w)
{
	return rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_acquire);
}

/* Each lcore has a writer of its own, always the same. */
static int
test_same_writer(void)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(set);
	struct rte_seqstat_writer *other;

	rte_seqstat_end(&sec);
	TEST_ASSERT(sec.writer == writer, "rte_seqstat_begin() uses another writer");
	TEST_ASSERT(rte_seqstat_writer(set) == writer, "another writer the second time");
	other = test_seqstat_writer_of(set, RTE_MAX_LCORE - 1);
	TEST_ASSERT(other != NULL && other != writer, "another lcore has no writer of its own");
	TEST_ASSERT(test_seqstat_writer_of(set, RTE_MAX_LCORE - 1) == other,
		"another writer the second time");

	return TEST_SUCCESS;
}

/** Let a process own the control lock, or none if 0. */
static void
set_control_lock(seqstat_owner_t owner)
{
	struct seqstat_control *control = rte_memzone_lookup("SEQSTAT")->addr;

	rte_atomic_store_explicit(&control->lock.owner, owner, rte_memory_order_relaxed);
}

/** Begin a section of an lcore while the control lock is taken. */
static struct rte_seqstat_section
begin_busy(void)
{
	struct rte_seqstat_section sec;

	set_control_lock(seqstat_handle(set)->set->blocks[0].owner);
	sec = rte_seqstat_begin(set);
	set_control_lock(0);

	return sec;
}

/* While the control lock is taken, a first section counts on the shared writer. */
static int
test_busy_control_lock(void)
{
	const unsigned int own_id = rte_lcore_id();
	struct rte_seqstat_section sec[2];

	RTE_PER_LCORE(_lcore_id) = RTE_MAX_LCORE - 1;
	sec[0] = begin_busy();
	rte_seqstat_end(&sec[0]);
	sec[1] = rte_seqstat_begin(set);
	rte_seqstat_end(&sec[1]);
	RTE_PER_LCORE(_lcore_id) = own_id;
	TEST_ASSERT(sec[0].shared, "a writer was made without the lock");
	TEST_ASSERT(!sec[1].shared, "no writer was made with the lock");

	return TEST_SUCCESS;
}

/* A block has its lock, the words that readers poll, its rows, and saved rows in this order. */
static int
test_layout(void)
{
	const uint32_t stride = __RTE_SEQSTAT_STRIDE(N_COUNTERS);
	struct rte_seqstat_section sec;
	uintptr_t row;
	uint32_t i;

	TEST_ASSERT((uintptr_t)writer % __RTE_SEQSTAT_LINE == 0, "not aligned to a cache line");
	TEST_ASSERT((void *)&writer->lock == (void *)writer, "it does not begin with the lock");
	TEST_ASSERT(offsetof(struct rte_seqstat_writer, ack) >= __RTE_SEQSTAT_LINE,
		"readers poll the cache line of the lock");
	TEST_ASSERT(sizeof(*writer) - offsetof(struct rte_seqstat_writer, ack) >=
		__RTE_SEQSTAT_LINE, "readers poll the cache line of the first row");
	TEST_ASSERT(writer->n_values == N_COUNTERS && writer->n_rows == N_ROWS,
		"%u counters, %u rows", writer->n_values, writer->n_rows);
	TEST_ASSERT(writer->saved_offset >= (uintptr_t)N_ROWS * stride, "saved rows overlap rows");

	sec = rte_seqstat_writer_begin(writer);
	for (i = 0; i < N_ROWS; i++) {
		row = (uintptr_t)rte_seqstat_row(&sec, i);
		TEST_ASSERT_EQUAL(row, (uintptr_t)(writer + 1) + i * stride, "row %u", i);
	}
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/* A writer's block is an rte_seqlock: a reader of the layout retries during and after sections. */
static int
test_stock_reader(void)
{
	const rte_seqlock_t *lock = &writer->lock;
	struct rte_seqstat_section sec;
	uint32_t before, inside, after;

	before = rte_seqcount_read_begin(&lock->count);
	TEST_ASSERT(!rte_seqcount_read_retry(&lock->count, before), "retry without a section");
	sec = rte_seqstat_writer_begin(writer);
	TEST_ASSERT(rte_seqcount_read_retry(&lock->count, before), "no retry after the begin");
	inside = rte_seqlock_read_begin(lock);
	TEST_ASSERT(rte_seqlock_read_retry(lock, inside), "no retry inside");
	rte_seqstat_add(rte_seqstat_row(&sec, 1), 2, 7);
	rte_seqstat_end(&sec);
	TEST_ASSERT(rte_seqcount_read_retry(&lock->count, before), "no retry after a section");
	TEST_ASSERT(rte_seqlock_read_retry(lock, inside), "no retry after the end");
	after = rte_seqlock_read_begin(lock);
	TEST_ASSERT_EQUAL(test_seqstat_peek(writer, 1, 2), 7, "another value");
	TEST_ASSERT(!rte_seqlock_read_retry(lock, after), "retry between sections");

	return TEST_SUCCESS;
}

/** Return whether the first row has these values, and the others have zeros. */
static bool
first_row_is(uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3, uint64_t c4)
{
	const uint64_t expected[N_ROWS][N_COUNTERS] = { { c0, c1, c2, c3, c4 } };
	unsigned int row, i;

	for (row = 0; row < N_ROWS; row++) {
		for (i = 0; i < N_COUNTERS; i++) {
			if (test_seqstat_peek(writer, row, i) == expected[row][i])
				continue;
			printf("row %u, counter %u: %" PRIu64 "\n", row, i,
				test_seqstat_peek(writer, row, i));
			return false;
		}
	}

	return true;
}

/* A section adds to counters and sets gauges of its row only. */
static int
test_counting(void)
{
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	count(writer, 0, 0, 1);
	TEST_ASSERT(first_row_is(1, 0, 0, 0, 0), "after an add to the first");
	count(writer, 0, 4, UINT64_C(0x100000002));
	TEST_ASSERT(first_row_is(1, 0, 0, 0, UINT64_C(0x100000002)), "after an add to the last");

	sec = rte_seqstat_writer_begin(writer);
	row = rte_seqstat_row(&sec, 0);
	rte_seqstat_add(row, 1, 2);
	rte_seqstat_add(row, 2, UINT64_C(0x300000000));
	rte_seqstat_add(row, 2, 1);
	rte_seqstat_add(row, 3, 3);
	rte_seqstat_gauge_set(row, 0, 9);
	rte_seqstat_end(&sec);
	TEST_ASSERT(first_row_is(9, 2, UINT64_C(0x300000001), 3, UINT64_C(0x100000002)),
		"after adds to several and a gauge");

	return TEST_SUCCESS;
}

/** Observe a number. Return the bucket that counted it, or -1 if not exactly one did. */
static int
bucket_of(const struct rte_seqstat_buckets *buckets, uint64_t n)
{
	const int n_bounds = buckets->n_bounds;
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;
	int i, bucket = -1, others = 0;
	uint64_t sum;

	sec = rte_seqstat_writer_begin(writer);
	row = rte_seqstat_row(&sec, 0);
	for (i = 0; i < N_COUNTERS; i++)
		rte_seqstat_gauge_set(row, i, 0);
	rte_seqstat_observe(row, 0, buckets, n);
	rte_seqstat_end(&sec);

	sum = test_seqstat_peek(writer, 0, n_bounds + 1);
	for (i = 0; i <= n_bounds; i++) {
		if (test_seqstat_peek(writer, 0, i) == 1)
			bucket = i;
		else if (test_seqstat_peek(writer, 0, i) != 0)
			others++;
	}

	return others == 0 && sum == n ? bucket : -1;
}

/* An observation is counted in the bucket of its bounds, and in the sum. */
static int
test_observing(void)
{
	static const uint64_t bounds[] = { 0, 64, 1500 };
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);
	static const struct rte_seqstat_buckets powers = RTE_SEQSTAT_BUCKETS_LOG(0, 2);
	static const struct {
		uint64_t n;
		int bucket, power;
	} expected[] = {
		{ 0, 0, 0 }, { 1, 1, 0 }, { 2, 1, 1 }, { 3, 1, 2 }, { 4, 1, 2 }, { 5, 1, 3 },
		{ 64, 1, 3 }, { 65, 2, 3 }, { 1500, 2, 3 }, { 1501, 3, 3 }, { UINT64_MAX, 3, 3 },
	};
	struct rte_seqstat_section sec;
	unsigned int i;

	/* N_COUNTERS values are the buckets of three bounds, and the sum. */
	for (i = 0; i < RTE_DIM(expected); i++) {
		TEST_ASSERT_EQUAL(bucket_of(&buckets, expected[i].n),
			expected[i].bucket, "%" PRIu64 " in another bucket", expected[i].n);
		TEST_ASSERT_EQUAL(bucket_of(&powers, expected[i].n), expected[i].power,
			"%" PRIu64 " in another power of two", expected[i].n);
	}
	sec = rte_seqstat_writer_begin(writer);
	rte_seqstat_gauge_set(rte_seqstat_row(&sec, 0), 3, 0);
	rte_seqstat_observe_times(rte_seqstat_row(&sec, 0), 0, &powers, 3, 1000);
	rte_seqstat_end(&sec);
	TEST_ASSERT(first_row_is(0, 0, 1000, 0, UINT64_MAX + UINT64_C(3000)),
		"not a thousand observations of 3");

	return TEST_SUCCESS;
}

#ifndef RTE_ENABLE_ASSERT

/* A section that begins inside of another one continues it; later ones are whole. */
static int
test_not_ended(void)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	unsigned int i;
	int inside, after;

	TEST_ASSERT_NOT_NULL(snap, "no snapshot object: %s", rte_strerror(rte_errno));
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	for (i = 0; i < 2; i++) {
		sec = rte_seqstat_writer_begin(writer);
		rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
		inside = rte_seqstat_snapshot_take(snap, 0);
		rte_seqstat_end(&sec);
		after = rte_seqstat_snapshot_take(snap, 0);
		TEST_ASSERT(inside == -ETIMEDOUT && after == 0, "inside: %d, after: %d", inside,
			after);
		TEST_ASSERT_EQUAL(test_seqstat_value(snap, rte_lcore_id(), 0, 0), 2 + i,
			"a section is lost");
	}
	rte_seqstat_snapshot_free(snap);

	return TEST_SUCCESS;
}

#endif

/* A set that is closed and looked up again has the same block with its values. */
static int
test_opened_anew(void)
{
	count(writer, 0, 0, 3);
	rte_seqstat_close(set);
	TEST_ASSERT(rte_seqstat_lookup("test") == set, "another handle");
	TEST_ASSERT(rte_seqstat_writer(set) == writer, "another block for the same lcore");
	TEST_ASSERT(first_row_is(3, 0, 0, 0, 0), "closing lost what was counted");
	count(writer, 0, 0, 4);
	TEST_ASSERT(first_row_is(7, 0, 0, 0, 0), "counting does not go on");
	TEST_ASSERT_EQUAL(sequence_number(writer), 4, "sequence number %u after two sections",
		sequence_number(writer));

	return TEST_SUCCESS;
}

#ifndef RTE_ENABLE_ASSERT
/* A section on a closed handle counts nowhere. */
static int
test_closed(void)
{
	struct rte_seqstat_section sec;

	rte_seqstat_close(set);
	TEST_ASSERT(rte_seqstat_writer(set) == NULL && rte_errno == EINVAL,
		"a writer of a closed handle");
	sec = rte_seqstat_begin(set);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 3);
	rte_seqstat_add(rte_seqstat_row(&sec, RTE_SEQSTAT_MAX_ROWS - 1),
		RTE_SEQSTAT_MAX_VALUES - 1, 4);
	rte_seqstat_end(&sec);
	TEST_ASSERT(rte_seqstat_lookup("test") == set, "another handle");
	TEST_ASSERT(first_row_is(0, 0, 0, 0, 0), "a section after the close was counted");

	return TEST_SUCCESS;
}
#endif

/* Sections of two sets may overlap. */
static int
test_two_sets(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", N_COUNTERS, N_ROWS);
	struct rte_seqstat_section outer, inner;
	struct rte_seqstat_writer *w;

	TEST_ASSERT_NOT_NULL(other, "set not created");
	w = rte_seqstat_writer(other);
	TEST_ASSERT(w != NULL && w != writer, "no writer of its own: %s", rte_strerror(rte_errno));
	outer = rte_seqstat_writer_begin(writer);
	inner = rte_seqstat_writer_begin(w);
	rte_seqstat_add(rte_seqstat_row(&inner, 2), 1, 8);
	rte_seqstat_add(rte_seqstat_row(&outer, 0), 1, 6);
	rte_seqstat_end(&inner);
	rte_seqstat_end(&outer);
	TEST_ASSERT(first_row_is(0, 6, 0, 0, 0), "the outer section has other values");
	TEST_ASSERT_EQUAL(test_seqstat_peek(w, 2, 1), 8, "the inner section has another value");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "set not freed");

	return TEST_SUCCESS;
}

/** Findings of a thread without an lcore id. */
struct sharer {
	struct rte_seqstat_writer *own; /**< From rte_seqstat_writer(). */
	struct rte_seqstat_writer *shared;
	int error;
	bool locked[2];      /**< Inside of a section, and after it. */
	uint32_t numbers[2]; /**< Sequence numbers, likewise. */
};

static uint32_t
be_sharer(void *arg)
{
	struct sharer *sharer = arg;
	struct rte_seqstat_section sec;

	sharer->own = rte_seqstat_writer(set);
	sharer->error = rte_errno;
	sec = rte_seqstat_begin(set);
	sharer->shared = sec.writer;
	sharer->locked[0] = rte_spinlock_is_locked(&sec.writer->lock.lock);
	sharer->numbers[0] = sequence_number(sec.writer);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 5);
	rte_seqstat_end(&sec);
	sharer->locked[1] = rte_spinlock_is_locked(&sec.writer->lock.lock);
	sharer->numbers[1] = sequence_number(sec.writer);

	return 0;
}

/* Threads without an lcore id count on the shared writer, under its lock. */
static int
test_shared_writer(void)
{
	struct sharer sharers[2];
	rte_thread_t thread;
	unsigned int i;

	for (i = 0; i < RTE_DIM(sharers); i++) {
		TEST_ASSERT(test_seqstat_spawn(&thread, be_sharer, &sharers[i]),
			"thread not created");
		rte_thread_join(thread, NULL);
		TEST_ASSERT(sharers[i].own == NULL && sharers[i].error == EINVAL,
			"a thread without an lcore id has a writer");
		TEST_ASSERT(sharers[i].locked[0], "not locked inside of the section");
		TEST_ASSERT(!sharers[i].locked[1], "locked after the section");
		TEST_ASSERT(sharers[i].numbers[0] == 2 * i + 1 &&
			sharers[i].numbers[1] == 2 * i + 2, "number %u inside, %u after",
			sharers[i].numbers[0], sharers[i].numbers[1]);
	}
	TEST_ASSERT(sharers[0].shared == sharers[1].shared, "two threads have two writers");
	TEST_ASSERT_EQUAL(test_seqstat_peek(sharers[0].shared, 0, 0), 10, "not counted");
	TEST_ASSERT(first_row_is(0, 0, 0, 0, 0), "counted elsewhere");

	return TEST_SUCCESS;
}

static uint32_t
leave_shared(void *arg)
{
	struct rte_seqstat_section *sec = arg;

	if (rte_thread_register() == 0)
		*sec = begin_busy();
	rte_thread_unregister();

	return 0;
}

static uint32_t
leave_others(void *arg)
{
	struct rte_seqstat_section *sec = arg;

	if (rte_thread_register() == 0)
		*sec = begin_busy();
	rte_seqstat_end(sec);
	/* The library does not know the thread of this section. */
	*sec = __rte_seqstat_shared_begin(sec->writer);
	rte_thread_unregister();

	return 0;
}

/* A thread that unregisters closes its section on the shared writer, but no other's. */
static int
test_torn_shared(void)
{
	struct rte_seqstat_section sec = { 0 };
	rte_thread_t thread;

	TEST_ASSERT(test_seqstat_spawn(&thread, leave_shared, &sec), "thread not created");
	rte_thread_join(thread, NULL);
	TEST_ASSERT(sec.shared, "not the shared writer");
	TEST_ASSERT_EQUAL(sequence_number(sec.writer), 2, "the section is open");
	TEST_ASSERT(!rte_spinlock_is_locked(&sec.writer->lock.lock), "the spinlock is taken");
	TEST_ASSERT(test_seqstat_spawn(&thread, leave_others, &sec), "thread not created");
	rte_thread_join(thread, NULL);
	TEST_ASSERT_EQUAL(sequence_number(sec.writer), 5, "another's section is closed");
	TEST_ASSERT(rte_spinlock_is_locked(&sec.writer->lock.lock), "another's lock is released");
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/* A reader closes a section that is open when its handle is closed. */
static int
test_closed_inside(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_snapshot *snap;
	int ret;

	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	rte_seqstat_close(set);
	set = rte_seqstat_lookup("test");
	TEST_ASSERT_NOT_NULL(set, "not found: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no snapshot object: %s", rte_strerror(rte_errno));
	ret = rte_seqstat_snapshot_take(snap, 2000);
	if (ret == 0)
		ret = (int)rte_seqstat_snapshot_flags(snap);
	rte_seqstat_snapshot_free(snap);
	TEST_ASSERT_EQUAL(ret, RTE_SEQSTAT_TORN, "flags or error %d", ret);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat writers",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_same_writer),
		TEST_CASE_ST(set_up, tear_down, test_busy_control_lock),
		TEST_CASE_ST(set_up, tear_down, test_layout),
		TEST_CASE_ST(set_up, tear_down, test_stock_reader),
		TEST_CASE_ST(set_up, tear_down, test_counting),
		TEST_CASE_ST(set_up, tear_down, test_observing),
		TEST_CASE_ST(set_up, tear_down, test_opened_anew),
#ifndef RTE_ENABLE_ASSERT
		TEST_CASE_ST(set_up, tear_down, test_not_ended),
		TEST_CASE_ST(set_up, tear_down, test_closed),
#endif
		TEST_CASE_ST(set_up, tear_down, test_two_sets),
		TEST_CASE_ST(set_up, tear_down, test_shared_writer),
		TEST_CASE_ST(set_up, tear_down, test_torn_shared),
		TEST_CASE_ST(set_up, tear_down, test_closed_inside),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_writer(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_writer_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_writer);
