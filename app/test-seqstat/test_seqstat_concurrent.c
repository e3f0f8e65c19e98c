/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_seqstat_file.h>
#include <rte_seqstat_publish.h>

#include "test_seqstat_stress.h"

/* Snapshots and records of the stat file while all worker lcores write, or many threads. */

#define N_SETS 8

/** A set, its workers, and its last two snapshots. */
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
	TEST_ASSERT_NOT_NULL(s->set, "set not created");
	s->snap[0] = rte_seqstat_snapshot_create(s->set);
	s->snap[1] = rte_seqstat_snapshot_create(s->set);
	TEST_ASSERT(s->snap[0] != NULL && s->snap[1] != NULL, "no snapshot object: %s",
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

/** Return whether no value of any writer decreased from one snapshot to the next. */
static bool
no_decrease(const struct rte_seqstat_snapshot *newer, const struct rte_seqstat_snapshot *older)
{
	struct rte_seqstat_info info;
	const uint64_t *new_row, *old_row;
	uint32_t w, r, i;

	if (rte_seqstat_info_get(rte_seqstat_snapshot_set(newer), &info) != 0)
		return false;
	for (w = 0; w < rte_seqstat_snapshot_n_writers(older); w++) {
		for (r = 0; r < info.n_rows; r++) {
			new_row = rte_seqstat_snapshot_row(newer, w, r);
			old_row = rte_seqstat_snapshot_row(older, w, r);
			for (i = 0; i < info.n_values; i++)
				if (new_row[i] < old_row[i])
					return false;
		}
	}

	return true;
}

/**
 * Take a snapshot, and check that it is balanced, has all sections that were complete before it and
 * none that began after it, and that no value decreased.
 */
static int
check_snapshot(struct subject *s)
{
	struct rte_seqstat_snapshot *snap = s->snap[s->n_snapshots % 2];
	uint64_t low, high, sections;

	low = test_seqstat_sections(&s->workers);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"snapshot not taken");
	high = test_seqstat_sections(&s->workers) + s->n_writers;
	TEST_ASSERT(test_seqstat_snapshot_balanced(snap), "torn");
	sections = test_seqstat_balanced_sections(snap);
	TEST_ASSERT(low <= sections && sections <= high, "%" PRIu64 " sections, not between %"
		PRIu64 " and %" PRIu64, sections, low, high);
	TEST_ASSERT(s->n_snapshots++ == 0 || no_decrease(snap, s->snap[s->n_snapshots % 2]),
		"a value decreased");

	return TEST_SUCCESS;
}

/** Snapshots of a test on a machine that is slow. */
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

/** Stop the workers, and check that the next snapshot has exactly their sections. */
static int
check_exact(struct subject *s)
{
	uint64_t sections;

	TEST_ASSERT(test_seqstat_stop(&s->workers), "a writer failed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s->snap[0], 0), "not read at rest");
	TEST_ASSERT(test_seqstat_snapshot_balanced(s->snap[0]), "torn at rest");
	/* One more is the shared writer. */
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(s->snap[0]), s->n_writers + 1,
		"%u writers", rte_seqstat_snapshot_n_writers(s->snap[0]));
	sections = test_seqstat_balanced_sections(s->snap[0]);
	TEST_ASSERT_EQUAL(sections, test_seqstat_sections(&s->workers), "%" PRIu64
		" sections instead of %" PRIu64, sections, test_seqstat_sections(&s->workers));

	return TEST_SUCCESS;
}

#define SEQLOCK_READS 20000
#define SEQLOCK_VALUES 256

/** Check that a reader of a writer's seqlock gets balanced rows whenever it need not retry. */
static int
check_seqlock(void)
{
	const struct rte_seqstat_writer *w =
		subjects[0].workers.worker[rte_get_next_lcore(-1, 1, 0)].writer;
	static uint64_t values[SEQLOCK_VALUES];
	unsigned int n, retries = 0;
	uint32_t sn, r, i, half = w->n_rows / 2;

	for (n = 0; n < SEQLOCK_READS; n++) {
		sn = rte_seqcount_read_begin(&w->lock.count);
		for (r = 0; r < w->n_rows; r++)
			for (i = 0; i < w->n_values; i++)
				values[r * w->n_values + i] = test_seqstat_peek(w, r, i);
		if (rte_seqcount_read_retry(&w->lock.count, sn)) {
			retries++;
			continue;
		}
		for (r = 0; r < half; r++)
			TEST_ASSERT(test_seqstat_rows_balanced(&values[r * w->n_values],
				&values[(r + half) * w->n_values], w->n_values), "row %u", r);
	}
	printf("rte_seqcount_read_retry() asked for %u of %u reads again\n", retries, n);

	return TEST_SUCCESS;
}

static int
write_without_pause(uint32_t n_counters, uint32_t n_rows)
{
	TEST_ASSERT_SUCCESS(create(subjects, n_counters, n_rows), "no set");
	TEST_ASSERT(start(subjects, test_seqstat_balanced_section, 0), "no workers");
	TEST_ASSERT_SUCCESS(check_snapshots(1), "while all write");
	if (n_counters * n_rows <= SEQLOCK_VALUES)
		TEST_ASSERT_SUCCESS(check_seqlock(), "read by a seqlock");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

/* Snapshots of 8 counters are cuts. */
static int
test_8_counters(void)
{
	return write_without_pause(4, 2);
}

/* Snapshots of 256 counters are cuts. */
static int
test_256_counters(void)
{
	return write_without_pause(8, 32);
}

/* Snapshots of 65,536 rows are cuts. */
static int
test_65536_rows(void)
{
	return write_without_pause(3, 65536);
}

/** Run a section, and sleep: many threads share the CPUs. */
static void
write_and_rest(struct rte_seqstat_writer *w, uint64_t n)
{
	test_seqstat_balanced_section(w, n);
	rte_delay_us_sleep(200);
}

/* Snapshots of a writer for each lcore id are cuts. */
static int
test_many_writers(void)
{
	TEST_ASSERT_SUCCESS(create(subjects, 4, 4), "no set");
	TEST_ASSERT(start(subjects, write_and_rest, RTE_MAX_LCORE - rte_lcore_count()),
		"no workers");
	TEST_ASSERT_SUCCESS(check_snapshots(1), "of many writers");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

/* Snapshots of one set are cuts while others are counted and read. */
static int
test_many_sets(void)
{
	unsigned int i;

	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT_SUCCESS(create(&subjects[i], 2, 4), "no set");
	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT(start(&subjects[i], write_and_rest, 2), "no workers");
	TEST_ASSERT_SUCCESS(check_snapshots(N_SETS), "of many sets");
	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT_SUCCESS(check_exact(&subjects[i]), "set %u at rest", i);

	return TEST_SUCCESS;
}

/** Run a section; let the sequence number wrap after each 500. */
static void
write_and_wrap(struct rte_seqstat_writer *w, uint64_t n)
{
	if (n % 1000 == 0)
		rte_atomic_store_explicit(&w->lock.count.sn, (uint32_t)-1000,
				rte_memory_order_relaxed);
	test_seqstat_balanced_section(w, n);
}

/* Snapshots are cuts while sequence numbers wrap. */
static int
test_sequence_wraps(void)
{
	TEST_ASSERT_SUCCESS(create(subjects, 4, 2), "no set");
	TEST_ASSERT(start(subjects, write_and_wrap, 0), "no workers");
	TEST_ASSERT_SUCCESS(check_snapshots(1), "while numbers wrap");
	TEST_ASSERT_SUCCESS(check_exact(subjects), "at rest");

	return TEST_SUCCESS;
}

/* Histograms: packets are counted, and their delays observed. */

enum { PACKETS, DELAY };

static const struct rte_seqstat_buckets delays = RTE_SEQSTAT_BUCKETS_LOG(4, 34);

/** In each row, count a packet and observe a delay, the bound of a bucket. */
static void
count_and_observe(struct rte_seqstat_writer *w, uint64_t n)
{
	const uint64_t delay = rte_seqstat_bucket_bound(&delays,
			(n * UINT64_C(0x9e3779b97f4a7c15) >> 32) % delays.n_bounds);
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);
	struct rte_seqstat_row *row;
	uint32_t r;

	for (r = 0; r < w->n_rows; r++) {
		row = rte_seqstat_row(&sec, r);
		rte_seqstat_add(row, PACKETS, 1);
		rte_seqstat_observe(row, DELAY, &delays, delay);
	}
	rte_seqstat_end(&sec);
}

/** Check that the buckets of a row have as many observations as there are packets, and the sum. */
static int
check_histogram(const uint64_t *row)
{
	const uint64_t *values = &row[DELAY];
	uint64_t count = 0, sum = 0;
	uint32_t i;

	for (i = 0; i < delays.n_bounds; i++) {
		count += values[i];
		sum += values[i] * rte_seqstat_bucket_bound(&delays, i);
	}
	TEST_ASSERT_EQUAL(count, row[PACKETS], "%" PRIu64 " packets, %" PRIu64 " observations",
		row[PACKETS], count);
	TEST_ASSERT_EQUAL(sum, values[delays.n_bounds + 1], "a sum of %" PRIu64 ", not %" PRIu64,
		values[delays.n_bounds + 1], sum);

	return TEST_SUCCESS;
}

static int
check_histograms(struct rte_seqstat_snapshot *snap)
{
	uint64_t total[2][DELAY + RTE_SEQSTAT_HISTOGRAM_SIZE(496)], end = test_seqstat_end();
	unsigned int n;
	uint32_t r;

	for (n = 0; n < MIN_SNAPSHOTS || rte_get_timer_cycles() < end; n++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
			"snapshot not taken");
		for (r = 0; r < 2; r++) {
			TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(snap, r, total[r]),
				"no total");
			TEST_ASSERT_SUCCESS(check_histogram(total[r]), "snapshot %u, row %u", n, r);
		}
		TEST_ASSERT(memcmp(total[0], total[1], sizeof(total[0])) == 0,
			"snapshot %u: the rows differ", n);
	}

	return TEST_SUCCESS;
}

/* Snapshots of histograms are cuts: observations, sums and counters agree. */
static int
test_histograms(void)
{
	static const struct rte_seqstat_counter counters[] = {
		[PACKETS] = { .name = "packets" },
		[DELAY] = { .name = "delay", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &delays },
	};

	subjects[0].set = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "histogram",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 2,
		.socket_id = SOCKET_ID_ANY,
	});
	TEST_ASSERT_NOT_NULL(subjects[0].set, "set not created: %s", rte_strerror(rte_errno));
	subjects[0].snap[0] = rte_seqstat_snapshot_create(subjects[0].set);
	TEST_ASSERT_NOT_NULL(subjects[0].snap[0], "no snapshot object");
	TEST_ASSERT(start(subjects, count_and_observe, 0), "no workers");
	TEST_ASSERT_SUCCESS(check_histograms(subjects[0].snap[0]), "while all write");

	return TEST_SUCCESS;
}

/** Check that a record is balanced, and return its sections; UINT64_MAX if it is not. */
static uint64_t
sections_in_record(const struct rte_seqstat_file *file)
{
	const uint32_t half = file->sets[0].n_rows / 2;
	const uint64_t *row;
	uint64_t sum = 0;
	uint32_t r;

	for (r = 0; r < half; r++) {
		row = rte_seqstat_file_values(file, 0, 0, r);
		if (!test_seqstat_rows_balanced(row, rte_seqstat_file_values(file, 0, 0, r + half),
				file->sets[0].n_values))
			return UINT64_MAX;
		sum += row[0];
	}

	return sum;
}

static int
check_records(struct rte_seqstat_file *file)
{
	uint64_t n, sum, former = 0, oldest, newest, number = 0;

	for (n = 0; n < 1000; number++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_file_range(file, &oldest, &newest), "no records");
		number = RTE_MAX(number, oldest);
		while (number > newest) {
			rte_delay_us_sleep(100);
			TEST_ASSERT_SUCCESS(rte_seqstat_file_range(file, &oldest, &newest),
				"no records");
		}
		/* It may expire before it is read. */
		if (rte_seqstat_file_read(file, number) != 0)
			continue;
		sum = sections_in_record(file);
		TEST_ASSERT_NOT_EQUAL(sum, UINT64_MAX, "record %" PRIu64 " is torn", number);
		TEST_ASSERT(sum >= former, "record %" PRIu64 ": a sum decreased", number);
		former = sum;
		n++;
	}
	TEST_ASSERT(former > 0, "nothing was counted");

	return TEST_SUCCESS;
}

/* Each record of the stat file is a cut. */
static int
test_records(void)
{
	char path[PATH_MAX];
	const struct rte_seqstat_publish_params params = {
		.path = path,
		.period_us = 1000,
		.history = 100,
		.flags = RTE_SEQSTAT_PUBLISH_ANY_FS,
	};
	struct rte_seqstat_file file;
	int ret = TEST_FAILED;

	snprintf(path, sizeof(path), "%s/records", rte_eal_get_runtime_dir());
	TEST_ASSERT_SUCCESS(create(subjects, 3, 16), "no set");
	TEST_ASSERT(start(subjects, test_seqstat_balanced_section, 0), "no workers");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "set not published");
	if (rte_seqstat_file_open(&file, path) == 0) {
		ret = check_records(&file);
		rte_seqstat_file_close(&file);
	}
	rte_seqstat_publish_stop();
	TEST_ASSERT_SUCCESS(ret, "while all write");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat concurrent writers",
	.unit_test_cases = {
		TEST_CASE_ST(NULL, destroy, test_8_counters),
		TEST_CASE_ST(NULL, destroy, test_256_counters),
		TEST_CASE_ST(NULL, destroy, test_65536_rows),
		TEST_CASE_ST(NULL, destroy, test_many_writers),
		TEST_CASE_ST(NULL, destroy, test_many_sets),
		TEST_CASE_ST(NULL, destroy, test_sequence_wraps),
		TEST_CASE_ST(NULL, destroy, test_histograms),
		TEST_CASE_ST(NULL, destroy, test_records),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_concurrent(void)
{
	if (test_seqstat_one_lcore())
		return TEST_SKIPPED;

	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_concurrent_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_concurrent);
