/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>
#include <rte_pause.h>

#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/* Snapshots while all other lcores write, or many threads. */

#define N_SETS 8

/** A set, its writers, and its last two snapshots, in turn. */
static struct subject {
	struct rte_seqstat *set;
	struct rte_seqstat_snapshot *snap[2];
	unsigned int n_snapshots;
	unsigned int n_writers;
	struct test_seqstat_workers workers;
} subjects[N_SETS];

static int
create(struct subject *s, uint32_t n_counters, uint32_t n_rows)
{
	char name[RTE_SEQSTAT_NAMESIZE];

	snprintf(name, sizeof(name), "test_%u", (unsigned int)(s - subjects));
	s->set = test_seqstat_create(name, n_counters, n_rows);
	TEST_ASSERT_NOT_NULL(s->set, "cannot create");
	s->snap[0] = rte_seqstat_snapshot_create(s->set);
	s->snap[1] = rte_seqstat_snapshot_create(s->set);
	TEST_ASSERT(s->snap[0] != NULL && s->snap[1] != NULL, "no object: %s",
		rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
destroy(void)
{
	struct subject *s;

	for (s = subjects; s < subjects + N_SETS && s->set != NULL; s++) {
		test_seqstat_stop(&s->workers);
		rte_seqstat_snapshot_free(s->snap[0]);
		rte_seqstat_snapshot_free(s->snap[1]);
		test_seqstat_destroy(s->set);
		memset(s, 0, sizeof(*s));
	}
}

static bool
start(struct subject *s, void (*section)(struct rte_seqstat_writer *w, uint64_t n),
		unsigned int n_threads)
{
	s->n_writers = n_threads > 0 ? n_threads : rte_lcore_count() - 1;

	return n_threads > 0 ?
		test_seqstat_start_threads(&s->workers, s->set, section, n_threads) :
		test_seqstat_start(&s->workers, s->set, section);
}

static unsigned int
first_worker(void)
{
	return rte_get_next_lcore(-1, 1, 0);
}

/** Return whether no value of any writer went back from one snapshot to the next. */
static bool
went_on(const struct rte_seqstat_snapshot *newer, const struct rte_seqstat_snapshot *older)
{
	struct rte_seqstat_info dim;
	const uint64_t *new_row, *old_row;
	uint32_t w, r, i;

	if (rte_seqstat_info_get(rte_seqstat_snapshot_set(newer), &dim) != 0)
		return false;
	for (w = 0; w < rte_seqstat_snapshot_n_writers(older); w++) {
		for (r = 0; r < dim.n_rows; r++) {
			new_row = rte_seqstat_snapshot_row(newer, w, r);
			old_row = rte_seqstat_snapshot_row(older, w, r);
			for (i = 0; i < dim.n_values; i++)
				if (new_row[i] < old_row[i])
					return false;
		}
	}

	return true;
}

/**
 * Take a snapshot: it is balanced, has all that was complete before it was taken, nothing
 * from after it, and nothing in it goes back.
 */
static int
check_snapshot(struct subject *s)
{
	struct rte_seqstat_snapshot *snap = s->snap[s->n_snapshots % 2];
	uint64_t low, high, sections;

	low = test_seqstat_sections(&s->workers);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	high = test_seqstat_sections(&s->workers) + s->n_writers;
	TEST_ASSERT(test_seqstat_snapshot_balanced(snap), "torn");
	sections = test_seqstat_balanced_sections(snap);
	TEST_ASSERT(low <= sections && sections <= high, "%" PRIu64 " sections, not between %"
		PRIu64 " and %" PRIu64, sections, low, high);
	TEST_ASSERT(s->n_snapshots++ == 0 || went_on(snap, s->snap[s->n_snapshots % 2]),
		"went back");

	return TEST_SUCCESS;
}

/** Fewest snapshots of a test, however slow the machine is. */
#define MIN_SNAPSHOTS 50

/** Take snapshots of some sets in turn for a while. */
static int
check_snapshots(unsigned int n_sets)
{
	uint64_t end = test_seqstat_end();
	unsigned int i;

	for (i = 0; i < MIN_SNAPSHOTS || rte_get_timer_cycles() < end; i++)
		TEST_ASSERT_SUCCESS(check_snapshot(&subjects[i % n_sets]), "snapshot %u", i);
	printf("%u snapshots, %u writers each\n", i, subjects[0].n_writers);

	return TEST_SUCCESS;
}

/** When the writers rest, nothing is lost and nothing is added. */
static int
check_exact(struct subject *s)
{
	uint64_t sections;

	TEST_ASSERT(test_seqstat_stop(&s->workers), "a writer failed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s->snap[0], 0), "not read at rest");
	TEST_ASSERT(test_seqstat_snapshot_balanced(s->snap[0]), "torn at rest");
	/* There is a shared writer, too. */
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(s->snap[0]), s->n_writers + 1,
		"%u writers", rte_seqstat_snapshot_n_writers(s->snap[0]));
	sections = test_seqstat_balanced_sections(s->snap[0]);
	TEST_ASSERT_EQUAL(sections, test_seqstat_sections(&s->workers), "%" PRIu64
		" sections instead of %" PRIu64, sections, test_seqstat_sections(&s->workers));

	return TEST_SUCCESS;
}

/* The textbook's reader, for comparison. */

/** Copy a whole block, again and again until no section came between, or 10 ms are over. */
static bool
read_by_retry(uint64_t *values, const struct rte_seqstat_writer *w, unsigned int *retries)
{
	uint64_t limit = rte_get_timer_cycles() + rte_get_timer_hz() / 100;
	uint32_t sn, r, i;

	for (;;) {
		sn = rte_seqcount_read_begin(&w->lock.count);
		for (r = 0; r < w->n_rows; r++)
			for (i = 0; i < w->n_values; i++)
				values[r * w->n_values + i] = test_seqstat_peek(w, r, i);
		if (!rte_seqcount_read_retry(&w->lock.count, sn))
			return true;
		if (rte_get_timer_cycles() > limit)
			return false;
		(*retries)++;
	}
}

#define TEXTBOOK_READS 20
#define TEXTBOOK_VALUES 256

/** Check that the textbook's reader reads right values whenever it succeeds. */
static int
try_textbook(void)
{
	static uint64_t values[TEXTBOOK_VALUES];
	const struct rte_seqstat_writer *w =
		subjects[0].workers.worker[first_worker()].writer;
	unsigned int i, retries = 0, starved = 0;
	uint32_t r, half = w->n_rows / 2;

	for (i = 0; i < TEXTBOOK_READS; i++) {
		if (!read_by_retry(values, w, &retries)) {
			starved++;
			continue;
		}
		for (r = 0; r < half; r++)
			TEST_ASSERT(test_seqstat_rows_balanced(&values[r * w->n_values],
				&values[(r + half) * w->n_values], w->n_values), "row %u", r);
	}
	printf("for comparison, rte_seqcount_read_retry() on one of them: %u reads, %u retries, "
		"%u given up after 10 ms\n", TEXTBOOK_READS, retries, starved);

	return TEST_SUCCESS;
}

static int
write_without_pause(uint32_t n_counters, uint32_t n_rows)
{
	TEST_ASSERT_SUCCESS(create(subjects, n_counters, n_rows), "no set");
	TEST_ASSERT(start(subjects, test_seqstat_balanced_section, 0), "no writers");
	TEST_ASSERT_SUCCESS(check_snapshots(1), "under continuous writing");
	if (n_counters * n_rows <= TEXTBOOK_VALUES)
		TEST_ASSERT_SUCCESS(try_textbook(), "the textbook's reader");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

static int
test_8_counters(void)
{
	return write_without_pause(4, 2);
}

static int
test_256_counters(void)
{
	return write_without_pause(8, 32);
}

static int
test_65536_rows(void)
{
	return write_without_pause(3, 65536);
}

/** A section now and then: many threads have to share the CPUs. */
static void
write_and_rest(struct rte_seqstat_writer *w, uint64_t n)
{
	test_seqstat_balanced_section(w, n);
	rte_delay_us_sleep(200);
}

/** As many writers as there are lcore ids. */
static int
test_many_writers(void)
{
	TEST_ASSERT_SUCCESS(create(subjects, 4, 4), "no set");
	TEST_ASSERT(start(subjects, write_and_rest, RTE_MAX_LCORE - rte_lcore_count()),
		"no writers");
	TEST_ASSERT_SUCCESS(check_snapshots(1), "of many writers");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

static int
test_many_sets(void)
{
	unsigned int i;

	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT_SUCCESS(create(&subjects[i], 2, 4), "no set");
	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT(start(&subjects[i], write_and_rest, 2), "no writers");
	TEST_ASSERT_SUCCESS(check_snapshots(N_SETS), "of many sets");
	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT_SUCCESS(check_exact(&subjects[i]), "set %u at rest", i);

	return TEST_SUCCESS;
}

/** The 32-bit sequence number wraps every 500 sections. */
static void
write_and_wrap(struct rte_seqstat_writer *w, uint64_t n)
{
	if (n % 1000 == 0)
		rte_atomic_store_explicit(&w->lock.count.sn, (uint32_t)-1000,
				rte_memory_order_relaxed);
	test_seqstat_balanced_section(w, n);
}

static int
test_sequence_wraps(void)
{
	TEST_ASSERT_SUCCESS(create(subjects, 4, 2), "no set");
	TEST_ASSERT(start(subjects, write_and_wrap, 0), "no writers");
	TEST_ASSERT_SUCCESS(check_snapshots(1), "with numbers that wrap");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

/* A writer that stays inside a section, as if preempted there. */

static RTE_ATOMIC(uint32_t) stay; /* The state of the worker. */

enum {
	GO_ON,
	ASKED_TO_STAY,
	STAYS,
};

static void
set_stay(uint32_t value)
{
	rte_atomic_store_explicit(&stay, value, rte_memory_order_release);
}

/** The first worker stays in a section when it is asked to. */
static void
write_and_stay(struct rte_seqstat_writer *w, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);

	test_seqstat_balanced_add(&sec, n);
	if (w->lcore_id == first_worker() && rte_atomic_load_explicit(&stay,
				rte_memory_order_relaxed) == ASKED_TO_STAY) {
		set_stay(STAYS);
		test_seqstat_await_change(&stay, STAYS);
	}
	rte_seqstat_end(&sec);
}

/** Sections that each worker has completed, by lcore id. */
static void
note_sections(uint64_t sections[RTE_MAX_LCORE])
{
	unsigned int i;

	RTE_LCORE_FOREACH_WORKER(i)
		sections[i] = rte_atomic_load_explicit(&subjects[0].workers.worker[i].sections,
				rte_memory_order_acquire);
}

/** Which of the other workers are fresh in a snapshot: each has what was complete before it. */
static int
note_fresh(const struct rte_seqstat_snapshot *s, const uint64_t before[RTE_MAX_LCORE],
		bool fresh[RTE_MAX_LCORE])
{
	uint64_t sections;
	unsigned int i;

	RTE_LCORE_FOREACH_WORKER(i) {
		if (i == first_worker() || test_seqstat_flags(s, i) != 0)
			continue;
		sections = test_seqstat_balanced_sections_of(s, test_seqstat_find_writer(s, i));
		TEST_ASSERT(sections >= before[i], "lcore %u: %" PRIu64 " sections of %" PRIu64,
			i, sections, before[i]);
		fresh[i] = true;
	}

	return TEST_SUCCESS;
}

static bool
others_fresh(const bool fresh[RTE_MAX_LCORE])
{
	unsigned int i;

	RTE_LCORE_FOREACH_WORKER(i)
		if (i != first_worker() && !fresh[i])
			return false;

	return true;
}

/** Take a snapshot with a timeout, which the writer that stays makes it miss. */
static int
take_limited(uint64_t timeout_us, uint64_t former, uint64_t *us)
{
	uint64_t value, start = rte_get_timer_cycles();
	int ret = rte_seqstat_snapshot_take(subjects[0].snap[0], timeout_us);

	*us = (rte_get_timer_cycles() - start) * US_PER_S / rte_get_timer_hz();
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "after %" PRIu64 " us: %d", *us, ret);
	TEST_ASSERT(test_seqstat_snapshot_balanced(subjects[0].snap[0]), "torn");
	TEST_ASSERT_EQUAL(test_seqstat_flags(subjects[0].snap[0], first_worker()),
		RTE_SEQSTAT_STALE, "not flagged");
	value = test_seqstat_value(subjects[0].snap[0], first_worker(), 0, 0);
	TEST_ASSERT_EQUAL(value, former, "%" PRIu64 " instead of the former %" PRIu64,
		value, former);

	return TEST_SUCCESS;
}

/**
 * Take snapshots with a timeout until each writer but the one that stays was read by one of
 * them: any may be preempted, or have no time to end a section.
 */
static int
check_timeout(uint64_t timeout_us)
{
	uint64_t former = test_seqstat_value(subjects[0].snap[0], first_worker(), 0, 0);
	uint64_t limit = test_seqstat_limit();
	bool fresh[RTE_MAX_LCORE] = { false };
	uint64_t before[RTE_MAX_LCORE], us;
	unsigned int n = 0;

	do {
		TEST_ASSERT(rte_get_timer_cycles() < limit, "others are never read");
		note_sections(before);
		TEST_ASSERT_SUCCESS(take_limited(timeout_us, former, &us), "snapshot %u", n);
		TEST_ASSERT_SUCCESS(note_fresh(subjects[0].snap[0], before, fresh),
			"snapshot %u: the others are not fresh", n);
		n++;
	} while (!others_fresh(fresh));
	printf("a timeout of %" PRIu64 " us took %" PRIu64 " us; snapshots: %u\n",
		timeout_us, us, n);

	return TEST_SUCCESS;
}

static int
check_timeouts(void)
{
	static const uint64_t timeouts_us[] = { 0, 1, 1000, 20000 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(timeouts_us); i++)
		TEST_ASSERT_SUCCESS(check_timeout(timeouts_us[i]), "a timeout of %" PRIu64 " us",
			timeouts_us[i]);

	return TEST_SUCCESS;
}

static int
test_stays_in_section(void)
{
	int ret;

	set_stay(GO_ON);
	TEST_ASSERT_SUCCESS(create(subjects, 8, 32), "no set");
	TEST_ASSERT(start(subjects, write_and_stay, 0), "no writers");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(subjects[0].snap[0], TEST_SEQSTAT_LIMIT_US),
		"not read before");
	set_stay(ASKED_TO_STAY);
	ret = test_seqstat_await_change(&stay, ASKED_TO_STAY) == STAYS ? check_timeouts() :
		TEST_FAILED;
	set_stay(GO_ON);
	TEST_ASSERT_SUCCESS(ret, "while one stays in a section");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(subjects[0].snap[0], TEST_SEQSTAT_LIMIT_US),
		"not read when it goes on");
	TEST_ASSERT(test_seqstat_snapshot_balanced(subjects[0].snap[0]), "torn");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat under fire",
	.unit_test_cases = {
		TEST_CASE_ST(NULL, destroy, test_8_counters),
		TEST_CASE_ST(NULL, destroy, test_256_counters),
		TEST_CASE_ST(NULL, destroy, test_65536_rows),
		TEST_CASE_ST(NULL, destroy, test_many_writers),
		TEST_CASE_ST(NULL, destroy, test_many_sets),
		TEST_CASE_ST(NULL, destroy, test_sequence_wraps),
		TEST_CASE_ST(NULL, destroy, test_stays_in_section),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_concurrent(void)
{
	TEST_SEQSTAT_NEEDS_LCORES(2);

	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_concurrent_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_concurrent);
