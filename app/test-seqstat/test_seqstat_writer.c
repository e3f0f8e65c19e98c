/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>
#include <rte_pause.h>

#include "test_seqstat.h"

/* Writers: who has a block, how it lies in memory, and what a section does to it. */

#define N_COUNTERS 5
#define N_ROWS 3

static struct rte_seqstat *set;
static struct rte_seqstat_writer *writer; /* The main lcore's. */

static int
attach(void)
{
	set = test_seqstat_create("test", N_COUNTERS, N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	writer = rte_seqstat_writer_attach(set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(writer, "cannot attach: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
detach(void)
{
	test_seqstat_close(writer);
	rte_seqstat_writer_detach(writer);
	writer = NULL;
	test_seqstat_destroy(set);
	set = NULL;
}

/** One section that adds to one counter. */
static void
count(struct rte_seqstat_writer *w, uint32_t row, unsigned int counter, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);

	rte_seqstat_add(rte_seqstat_row(&sec, row), counter, n);
	rte_seqstat_write_end(&sec);
}

static uint32_t
sequence_number(const struct rte_seqstat_writer *w)
{
	return rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_acquire);
}

static int
test_attach_errors(void)
{
	TEST_ASSERT(rte_seqstat_writer_attach(set, RTE_MAX_LCORE) == NULL &&
		rte_errno == EINVAL, "an lcore beyond all attaches");
	TEST_ASSERT(rte_seqstat_writer_attach(set, UINT32_MAX - 1) == NULL &&
		rte_errno == EINVAL, "an lcore far beyond all attaches");
	TEST_ASSERT(rte_seqstat_writer_attach(set, rte_lcore_id()) == NULL &&
		rte_errno == EBUSY, "attached twice");

	return TEST_SUCCESS;
}

static int
test_detach_errors(void)
{
	struct rte_seqstat_section sec;

	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(NULL), "NULL cannot be detached");
	sec = rte_seqstat_write_begin(writer);
	TEST_ASSERT_EQUAL(rte_seqstat_writer_detach(writer), -EBUSY, "detached in a section");
	rte_seqstat_write_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(writer), "cannot detach");
	TEST_ASSERT_EQUAL(rte_seqstat_writer_detach(writer), -EPERM, "detached twice");

	return TEST_SUCCESS;
}

static int
test_stride(void)
{
	static const struct {
		uint32_t n_counters, stride;
	} expected[] = {
		{ 1, 16 }, { 2, 32 }, { 3, 32 }, { 4, 64 }, { 7, 64 }, { 8, 128 }, { 15, 128 },
		{ 16, 192 }, { 127, 1024 }, { 128, 1088 },
	};
	struct rte_seqstat_writer *w;
	struct rte_seqstat *st;
	uint32_t i, stride;

	for (i = 0; i < RTE_DIM(expected); i++) {
		st = test_seqstat_create("stride", expected[i].n_counters, 1);
		TEST_ASSERT_NOT_NULL(st, "cannot create");
		w = rte_seqstat_writer_attach(st, rte_lcore_id());
		TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
		stride = w->stride;
		TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
		TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "cannot free");
		TEST_ASSERT_EQUAL(stride, expected[i].stride, "%u counters: %u bytes",
			expected[i].n_counters, stride);
		TEST_ASSERT_EQUAL(stride, RTE_SEQSTAT_STRIDE(expected[i].n_counters),
			"%u counters: not as RTE_SEQSTAT_STRIDE says", expected[i].n_counters);
	}

	return TEST_SUCCESS;
}

static int
test_layout(void)
{
	const uint32_t stride = RTE_SEQSTAT_STRIDE(N_COUNTERS);
	struct rte_seqstat_section sec;
	uintptr_t row;
	uint32_t i;

	TEST_ASSERT((uintptr_t)writer % RTE_SEQSTAT_LINE == 0, "not aligned to a line");
	TEST_ASSERT((void *)&writer->lock == (void *)writer, "does not begin with the lock");
	TEST_ASSERT(offsetof(struct rte_seqstat_writer, ack) >= RTE_SEQSTAT_LINE,
		"readers poll the writer's line");
	TEST_ASSERT(sizeof(*writer) - offsetof(struct rte_seqstat_writer, ack) >=
		RTE_SEQSTAT_LINE, "readers poll the line of the first row");
	TEST_ASSERT(writer->n_values == N_COUNTERS && writer->n_rows == N_ROWS,
		"%u counters, %u rows", writer->n_values, writer->n_rows);
	TEST_ASSERT(writer->saved_offset >= (uintptr_t)N_ROWS * stride,
		"rows are put aside over rows");

	sec = rte_seqstat_write_begin(writer);
	for (i = 0; i < N_ROWS; i++) {
		row = (uintptr_t)rte_seqstat_row(&sec, i);
		TEST_ASSERT_EQUAL(row, (uintptr_t)(writer + 1) + i * stride, "row %u", i);
		TEST_ASSERT_EQUAL(row, (uintptr_t)rte_seqstat_row_stride(&sec, i, stride),
			"row %u by a constant stride", i);
	}
	rte_seqstat_write_end(&sec);

	return TEST_SUCCESS;
}

static int
test_stock_reader(void)
{
	const rte_seqlock_t *lock = &writer->lock;
	struct rte_seqstat_section sec;
	uint32_t before, inside, after;

	before = rte_seqcount_read_begin(&lock->count);
	TEST_ASSERT(!rte_seqcount_read_retry(&lock->count, before), "retry without a section");
	sec = rte_seqstat_write_begin(writer);
	TEST_ASSERT(rte_seqcount_read_retry(&lock->count, before), "no retry as one begins");
	inside = rte_seqlock_read_begin(lock);
	TEST_ASSERT(rte_seqlock_read_retry(lock, inside), "no retry inside");
	rte_seqstat_add(rte_seqstat_row(&sec, 1), 2, 7);
	rte_seqstat_write_end(&sec);
	TEST_ASSERT(rte_seqcount_read_retry(&lock->count, before), "no retry after a section");
	TEST_ASSERT(rte_seqlock_read_retry(lock, inside), "no retry as it ends");
	after = rte_seqlock_read_begin(lock);
	TEST_ASSERT_EQUAL(test_seqstat_peek(writer, 1, 2), 7, "the row has another number");
	TEST_ASSERT(!rte_seqlock_read_retry(lock, after), "retry between sections");

	return TEST_SUCCESS;
}

/** Whether the first row is as expected, and the others are empty. */
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

static int
test_counting(void)
{
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	count(writer, 0, 0, 1);
	TEST_ASSERT(first_row_is(1, 0, 0, 0, 0), "add to the first");
	count(writer, 0, 4, UINT64_C(0x100000002));
	TEST_ASSERT(first_row_is(1, 0, 0, 0, UINT64_C(0x100000002)), "add to the last");

	sec = rte_seqstat_write_begin(writer);
	row = rte_seqstat_row(&sec, 0);
	rte_seqstat_add2(row, 1, 2, UINT64_C(0x300000000));
	rte_seqstat_add2(row, 2, 1, 3);
	rte_seqstat_set(row, 0, 9);
	rte_seqstat_write_end(&sec);
	TEST_ASSERT(first_row_is(9, 2, UINT64_C(0x300000001), 3, UINT64_C(0x100000002)),
		"add to pairs, set");

	return TEST_SUCCESS;
}

/** Observe a number, and tell which of the writer's values counted it; -1: not just one. */
static int
bucket_of(const uint64_t *bounds, unsigned int n_bounds, uint64_t n)
{
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;
	int i, bucket = -1, others = 0;
	uint64_t sum;

	sec = rte_seqstat_write_begin(writer);
	row = rte_seqstat_row(&sec, 0);
	for (i = 0; i < N_COUNTERS; i++)
		rte_seqstat_set(row, i, 0);
	if (bounds != NULL)
		rte_seqstat_observe(row, 0, bounds, n_bounds, n);
	else
		rte_seqstat_observe_pow2(row, 0, n_bounds, n);
	rte_seqstat_write_end(&sec);

	sum = test_seqstat_peek(writer, 0, n_bounds + 1);
	for (i = 0; i <= (int)n_bounds; i++) {
		if (test_seqstat_peek(writer, 0, i) == 1)
			bucket = i;
		else if (test_seqstat_peek(writer, 0, i) != 0)
			others++;
	}

	return others == 0 && sum == n ? bucket : -1;
}

static int
test_observing(void)
{
	static const uint64_t bounds[] = { 0, 64, 1500 };
	static const struct {
		uint64_t n;
		int bucket, power;
	} expected[] = {
		{ 0, 0, 0 }, { 1, 1, 0 }, { 2, 1, 1 }, { 3, 1, 2 }, { 4, 1, 2 }, { 5, 1, 3 },
		{ 64, 1, 3 }, { 65, 2, 3 }, { 1500, 2, 3 }, { 1501, 3, 3 }, { UINT64_MAX, 3, 3 },
	};
	unsigned int i;

	/* Three bounds, of which N_COUNTERS has room for the buckets and the sum. */
	for (i = 0; i < RTE_DIM(expected); i++) {
		TEST_ASSERT_EQUAL(bucket_of(bounds, RTE_DIM(bounds), expected[i].n),
			expected[i].bucket, "%" PRIu64 " in another bucket", expected[i].n);
		TEST_ASSERT_EQUAL(bucket_of(NULL, 3, expected[i].n), expected[i].power,
			"%" PRIu64 " in another power of two", expected[i].n);
	}

	return TEST_SUCCESS;
}

static int
test_counters_wrap(void)
{
	struct rte_seqstat_section sec;

	count(writer, 0, 1, UINT64_MAX);
	count(writer, 0, 1, 3);
	TEST_ASSERT(first_row_is(0, 2, 0, 0, 0), "2^64 - 1 and 3");

	sec = rte_seqstat_write_begin(writer);
	rte_seqstat_add2(rte_seqstat_row(&sec, 0), 2, UINT64_MAX, UINT64_MAX);
	rte_seqstat_write_end(&sec);
	sec = rte_seqstat_write_begin(writer);
	rte_seqstat_add2(rte_seqstat_row(&sec, 0), 2, 5, 1);
	rte_seqstat_write_end(&sec);
	TEST_ASSERT(first_row_is(0, 2, 4, 0, 0), "pairs");

	return TEST_SUCCESS;
}

static int
test_sequence_wraps(void)
{
	const rte_seqcount_t *seqcount = &writer->lock.count;
	struct rte_seqstat_section sec;
	uint32_t before, i;

	rte_atomic_store_explicit(&writer->lock.count.sn, UINT32_MAX - 3,
			rte_memory_order_relaxed);
	for (i = 0; i < 4; i++) {
		before = rte_seqcount_read_begin(seqcount);
		TEST_ASSERT_EQUAL(before, UINT32_MAX - 3 + 2 * i, "section %u: %u", i, before);
		sec = rte_seqstat_write_begin(writer);
		TEST_ASSERT_EQUAL(sequence_number(writer), before + 1, "inside section %u", i);
		rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
		rte_seqstat_write_end(&sec);
		TEST_ASSERT(rte_seqcount_read_retry(seqcount, before), "no retry after %u", i);
	}
	TEST_ASSERT(first_row_is(4, 0, 0, 0, 0), "sections were lost");

	return TEST_SUCCESS;
}

static int
test_detached_goes_on(void)
{
	struct rte_seqstat_writer *again;

	count(writer, 0, 0, 3);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(writer), "cannot detach");
	TEST_ASSERT(first_row_is(3, 0, 0, 0, 0), "detaching lost what was counted");
	again = rte_seqstat_writer_attach(set, rte_lcore_id());
	TEST_ASSERT(again == writer, "another block for the same lcore");
	TEST_ASSERT(first_row_is(3, 0, 0, 0, 0), "attaching lost what was counted");
	count(writer, 0, 0, 4);
	TEST_ASSERT(first_row_is(7, 0, 0, 0, 0), "counting does not go on");
	TEST_ASSERT_EQUAL(sequence_number(writer), 4, "the number is %u after two sections",
		sequence_number(writer));

	return TEST_SUCCESS;
}

static int
test_two_sets(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", N_COUNTERS, N_ROWS);
	struct rte_seqstat_section outer, inner;
	struct rte_seqstat_writer *w;

	TEST_ASSERT_NOT_NULL(other, "cannot create");
	w = rte_seqstat_writer_attach(other, rte_lcore_id());
	TEST_ASSERT(w != NULL && w != writer, "no writer of its own: %s", rte_strerror(rte_errno));
	outer = rte_seqstat_write_begin(writer);
	inner = rte_seqstat_write_begin(w);
	rte_seqstat_add(rte_seqstat_row(&inner, 2), 1, 8);
	rte_seqstat_add(rte_seqstat_row(&outer, 0), 1, 6);
	rte_seqstat_write_end(&inner);
	rte_seqstat_write_end(&outer);
	TEST_ASSERT(first_row_is(0, 6, 0, 0, 0), "the outer section");
	TEST_ASSERT_EQUAL(test_seqstat_peek(w, 2, 1), 8, "the inner section");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "cannot free");

	return TEST_SUCCESS;
}

static int
test_shared_writer(void)
{
	struct rte_seqstat_writer *shared = rte_seqstat_writer_attach(set, LCORE_ID_ANY);
	struct rte_seqstat_section sec;

	TEST_ASSERT(shared != NULL && shared != writer, "no writer of its own: %s",
		rte_strerror(rte_errno));
	TEST_ASSERT(rte_seqstat_writer_attach(set, LCORE_ID_ANY) == shared,
		"another one for the same process");

	sec = rte_seqstat_write_lock(shared);
	TEST_ASSERT_EQUAL(sequence_number(shared), 1, "number %u inside",
		sequence_number(shared));
	TEST_ASSERT(rte_spinlock_is_locked(&shared->lock.lock), "not locked inside");
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 5);
	rte_seqstat_write_unlock(&sec);
	TEST_ASSERT_EQUAL(sequence_number(shared), 2, "number %u after", sequence_number(shared));
	TEST_ASSERT(!rte_spinlock_is_locked(&shared->lock.lock), "still locked after");
	TEST_ASSERT_EQUAL(test_seqstat_peek(shared, 0, 0), 5, "not counted");
	TEST_ASSERT(first_row_is(0, 0, 0, 0, 0), "counted elsewhere");

	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(shared), "cannot detach once");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(writer), "cannot detach");
	TEST_ASSERT_EQUAL(rte_seqstat_free(set), -EBUSY, "gone when detached once of twice");
	sec = rte_seqstat_write_lock(shared);
	TEST_ASSERT_EQUAL(rte_seqstat_writer_detach(shared), -EBUSY, "detached in a section");
	rte_seqstat_write_unlock(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(shared), "cannot detach twice");
	TEST_ASSERT_EQUAL(rte_seqstat_writer_detach(shared), -EPERM, "detached thrice");

	return TEST_SUCCESS;
}

/* Threads that register: they have an lcore id of their own while they live. */

enum ending {
	DETACHED,
	ATTACHED,
	INSIDE_SECTION,
};

/** A registered thread that counts and waits to be let go. */
struct guest {
	enum ending ending; /**< In which state it ends. */
	unsigned int lcore_id;
	struct rte_seqstat_writer *writer; /**< Or NULL: it could not register or attach. */
	RTE_ATOMIC(uint32_t) counted; /**< The fields above are set. */
	RTE_ATOMIC(uint32_t) go;
	rte_thread_t thread;
};

static void
guest_counts(struct guest *guest)
{
	struct rte_seqstat_section sec;

	guest->lcore_id = rte_lcore_id();
	guest->writer = rte_seqstat_writer_attach(set, guest->lcore_id);
	if (guest->writer == NULL)
		return;
	count(guest->writer, 0, 0, 10);
	if (guest->ending == INSIDE_SECTION) {
		sec = rte_seqstat_write_begin(guest->writer);
		rte_seqstat_add(rte_seqstat_row(&sec, 0), 1, 1);
	}
}

static uint32_t
be_guest(void *arg)
{
	struct guest *guest = arg;

	if (rte_thread_register() == 0)
		guest_counts(guest);
	rte_atomic_store_explicit(&guest->counted, 1, rte_memory_order_release);
	test_seqstat_await_change(&guest->go, 0);
	if (guest->writer != NULL && guest->ending == DETACHED)
		rte_seqstat_writer_detach(guest->writer);
	rte_thread_unregister();

	return 0;
}

/** Let a guest come and count. */
static bool
guest_comes(struct guest *guest, enum ending ending)
{
	memset(guest, 0, sizeof(*guest));
	guest->ending = ending;

	return test_seqstat_spawn(&guest->thread, be_guest, guest) &&
		test_seqstat_await_change(&guest->counted, 0) == 1;
}

static void
guest_goes(struct guest *guest)
{
	rte_atomic_store_explicit(&guest->go, 1, rte_memory_order_release);
	rte_thread_join(guest->thread, NULL);
}

static int
test_registered_thread(void)
{
	struct rte_seqstat_writer *stranger;
	struct guest guest;

	TEST_ASSERT(guest_comes(&guest, DETACHED), "no thread");
	stranger = rte_seqstat_writer_attach(set, guest.lcore_id);
	guest_goes(&guest);
	TEST_ASSERT_NOT_NULL(guest.writer, "a registered thread cannot attach");
	TEST_ASSERT(guest.writer != writer, "the main lcore's block");
	TEST_ASSERT_NULL(stranger, "attached while another thread has the block");
	TEST_ASSERT_EQUAL(test_seqstat_peek(guest.writer, 0, 0), 10, "not counted");

	stranger = rte_seqstat_writer_attach(set, guest.lcore_id);
	TEST_ASSERT(stranger == guest.writer, "not to be had after it was detached");
	count(stranger, 0, 0, 1);
	TEST_ASSERT_EQUAL(test_seqstat_peek(stranger, 0, 0), 11, "counting does not go on");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(stranger), "cannot detach");

	return TEST_SUCCESS;
}

/** The flags of an lcore's writer, or UINT32_MAX. */
static uint32_t
flags_now(unsigned int lcore_id)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	uint32_t flags = UINT32_MAX;

	if (snap != NULL && rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US) == 0)
		flags = test_seqstat_flags(snap, lcore_id);
	rte_seqstat_snapshot_free(snap);

	return flags;
}

static int
test_thread_ends(void)
{
	struct rte_seqstat_writer *heir;
	struct guest guest;

	TEST_ASSERT(guest_comes(&guest, ATTACHED), "no thread");
	guest_goes(&guest);
	TEST_ASSERT_NOT_NULL(guest.writer, "a registered thread cannot attach");
	heir = test_seqstat_attach(set, guest.lcore_id);
	TEST_ASSERT(heir == guest.writer, "not to be had after its thread ended");
	TEST_ASSERT_EQUAL(flags_now(guest.lcore_id), 0, "flags %#x", flags_now(guest.lcore_id));
	count(heir, 0, 0, 1);
	TEST_ASSERT_EQUAL(test_seqstat_peek(heir, 0, 0), 11, "counting does not go on");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(heir), "cannot detach");

	return TEST_SUCCESS;
}

static int
test_thread_ends_inside(void)
{
	struct rte_seqstat_writer *heir;
	struct guest guest;
	uint32_t flags;

	TEST_ASSERT(guest_comes(&guest, INSIDE_SECTION), "no thread");
	guest_goes(&guest);
	TEST_ASSERT_NOT_NULL(guest.writer, "a registered thread cannot attach");
	heir = test_seqstat_attach(set, guest.lcore_id);
	TEST_ASSERT(heir == guest.writer, "not to be had after its thread ended");
	TEST_ASSERT_EQUAL(sequence_number(heir), 4, "the number is %u", sequence_number(heir));
	TEST_ASSERT_EQUAL(test_seqstat_peek(heir, 0, 0), 10, "a complete section was lost");
	TEST_ASSERT_EQUAL(test_seqstat_peek(heir, 0, 1), 1, "rolled back");
	flags = flags_now(guest.lcore_id);
	TEST_ASSERT_EQUAL(flags, RTE_SEQSTAT_WRITER_REPAIRED, "flags %#x", flags);

	count(heir, 0, 0, 1);
	TEST_ASSERT_EQUAL(sequence_number(heir), 6, "the number is %u", sequence_number(heir));
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(heir), "cannot detach");
	flags = flags_now(guest.lcore_id);
	TEST_ASSERT_EQUAL(flags, (RTE_SEQSTAT_WRITER_REPAIRED | RTE_SEQSTAT_WRITER_DETACHED),
		"flags %#x", flags);

	return TEST_SUCCESS;
}

static int
test_free_after_thread(void)
{
	uint64_t limit = test_seqstat_limit();
	struct guest guest;
	int ret;

	TEST_ASSERT(guest_comes(&guest, INSIDE_SECTION), "no thread");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(writer), "cannot detach");
	writer = NULL;
	ret = rte_seqstat_free(set);
	guest_goes(&guest);
	TEST_ASSERT_EQUAL(ret, -EBUSY, "freed under a thread that writes");
	TEST_ASSERT_NOT_NULL(guest.writer, "a registered thread cannot attach");
	do {
		ret = rte_seqstat_free(set);
	} while (ret == -EBUSY && rte_get_timer_cycles() < limit);
	TEST_ASSERT_SUCCESS(ret, "cannot be freed after the thread ended");
	set = NULL;

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat writers",
	.unit_test_cases = {
		TEST_CASE_ST(attach, detach, test_attach_errors),
		TEST_CASE_ST(attach, detach, test_detach_errors),
		TEST_CASE(test_stride),
		TEST_CASE_ST(attach, detach, test_layout),
		TEST_CASE_ST(attach, detach, test_stock_reader),
		TEST_CASE_ST(attach, detach, test_counting),
		TEST_CASE_ST(attach, detach, test_observing),
		TEST_CASE_ST(attach, detach, test_counters_wrap),
		TEST_CASE_ST(attach, detach, test_sequence_wraps),
		TEST_CASE_ST(attach, detach, test_detached_goes_on),
		TEST_CASE_ST(attach, detach, test_two_sets),
		TEST_CASE_ST(attach, detach, test_shared_writer),
		TEST_CASE_ST(attach, detach, test_registered_thread),
		TEST_CASE_ST(attach, detach, test_thread_ends),
		TEST_CASE_ST(attach, detach, test_thread_ends_inside),
		TEST_CASE_ST(attach, detach, test_free_after_thread),
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
