/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <stdalign.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_seqlock.h>
#include <rte_seqstat_file.h>
#include <rte_seqstat_publish.h>
#include <rte_spinlock.h>

#include "test_seqstat_perf.h"

/*
 * Measure a snapshot while a writer writes, and the slowdown of the writer.
 *
 * The first worker lcore writes continuously; the main lcore reads in every second window of time.
 * The slowdown is the time of a section in a window with reads divided by that in the window before
 * it, as the median of all pairs. The growth of a snapshot with the number of writers is the same
 * with writers that have stopped.
 *
 * The contender stat_file reads the newest record of the stat file, in which a thread publishes a
 * cut each millisecond. bench_run.py runs it on the CPU of the main lcore, which sleeps for it.
 *
 * Sections are balanced: counter i of a row is i + 1 times counter 0, and row r equals row
 * r + n_rows / 2. A snapshot without this is torn.
 */

#define ROW_SIZE 4
#define MAX_COUNTERS 16384
#define MAX_SAMPLES (1 << 18)
#define MAX_PAIRS 10

/** Timeout of a read. */
#define TIMEOUT_MS 500
/** Duration of a window without reads, with reads back to back, and with reads at a rate. */
#define UNREAD_MS 2
#define BACK_TO_BACK_MS 2
#define RATE_MS 10

/** Counters of a writer in an application without seqstat. */
struct block {
	alignas(RTE_CACHE_LINE_SIZE) rte_seqlock_t lock; /* A sequence count and a spinlock. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t values[MAX_COUNTERS];
};

struct scene {
	const struct contender *contender;
	uint32_t n_writers;
	bool idle;         /**< Writers write all rows once before the reads. */
	uint32_t counters; /**< Counters of each writer. */
	uint32_t half;     /**< Half of the number of rows. */
	uint32_t gap;      /**< Cycles of other work between two sections. */
	uint32_t rate;     /**< Snapshots a second; 0: back to back. */
	struct rte_seqstat *set;
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat_file file;
	struct block *blocks; /**< One for each writer. */
	uint64_t *copy;       /**< A copy of all counters of all blocks. */
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint32_t) stop;
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint64_t) sections; /**< Completed. */
};

/** The result of a contender with a load. */
struct result {
	uint32_t n; /**< Number of samples. */
	uint64_t snapshots;
	uint64_t failures;
	uint64_t torn;
	double slowdown[MAX_PAIRS];
	double cycles[MAX_SAMPLES];
};

/* Writers: a section adds k, 2 k, 3 k ... to the counters of two rows. */

struct writer {
	struct block *block;
	struct rte_seqstat_writer *seqstat;
	uint32_t half; /**< Half of the number of rows. */
};

typedef void (section_t)(const struct writer *w, uint32_t row, uint64_t k);

static __rte_always_inline void
add_plain(uint64_t *values, uint64_t k)
{
	unsigned int i;

	for (i = 0; i < ROW_SIZE; i++)
		values[i] += (i + 1) * k;
}

static __rte_always_inline void
section_plain(const struct writer *w, uint32_t row, uint64_t k)
{
	add_plain(&w->block->values[row * ROW_SIZE], k);
	add_plain(&w->block->values[(row + w->half) * ROW_SIZE], k);
}

static __rte_always_inline void
section_rte_seqlock(const struct writer *w, uint32_t row, uint64_t k)
{
	rte_seqlock_write_lock(&w->block->lock);
	section_plain(w, row, k);
	rte_seqlock_write_unlock(&w->block->lock);
}

static __rte_always_inline void
section_rte_spinlock(const struct writer *w, uint32_t row, uint64_t k)
{
	rte_spinlock_lock(&w->block->lock.lock);
	section_plain(w, row, k);
	rte_spinlock_unlock(&w->block->lock.lock);
}

static __rte_always_inline void
section_seqstat(const struct writer *w, uint32_t row, uint64_t k)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w->seqstat);
	struct rte_seqstat_row *r;
	unsigned int i, n;

	for (n = 0; n < 2; n++) {
		r = rte_seqstat_row(&sec, row + n * w->half);
		for (i = 0; i < ROW_SIZE; i++)
			rte_seqstat_add(r, i, (i + 1) * k);
	}
	rte_seqstat_end(&sec);
}

static __rte_always_inline void
write_until_stop(struct scene *s, const struct writer *w, section_t *section)
{
	uint64_t n = 0, work = 1;
	unsigned int i;

	do {
		for (i = 0; i < 8; i++, n++) {
			/* An odd factor reaches all rows, whose number is a power of two. */
			section(w, (uint32_t)n * 1031 & (w->half - 1), 1 + (n & 7));
			rte_compiler_barrier();
			if (s->gap > 0)
				work = perf_work(work, s->gap);
		}
		rte_atomic_store_explicit(&s->sections, n, rte_memory_order_relaxed);
	} while (s->idle ? n < w->half :
			rte_atomic_load_explicit(&s->stop, rte_memory_order_relaxed) == 0);
}

/*
 * Readers: read copies all counters, and returns whether that took less than the timeout; row
 * returns a row of the copy, or NULL if there is no such writer.
 */

static void
copy_block(struct scene *s, uint32_t writer)
{
	memcpy(&s->copy[writer * s->counters], s->blocks[writer].values,
		s->counters * sizeof(uint64_t));
}

static const uint64_t *
row_copied(const struct scene *s, uint32_t writer, uint32_t row)
{
	return writer < s->n_writers ? &s->copy[writer * s->counters + row * ROW_SIZE] : NULL;
}

static bool
read_plain(struct scene *s)
{
	uint32_t i;

	for (i = 0; i < s->n_writers; i++)
		copy_block(s, i);
	return true;
}

static bool
read_rte_seqlock(struct scene *s)
{
	uint64_t deadline = rte_rdtsc() + rte_get_tsc_hz() / 1000 * TIMEOUT_MS;
	uint32_t i, sn;

	for (i = 0; i < s->n_writers; i++)
		for (;;) {
			sn = rte_seqlock_read_begin(&s->blocks[i].lock);
			copy_block(s, i);
			if (!rte_seqlock_read_retry(&s->blocks[i].lock, sn))
				break;
			if (rte_rdtsc() > deadline)
				return false;
		}

	return true;
}

static bool
read_rte_spinlock(struct scene *s)
{
	uint32_t i;

	for (i = 0; i < s->n_writers; i++) {
		rte_spinlock_lock(&s->blocks[i].lock.lock);
		copy_block(s, i);
		rte_spinlock_unlock(&s->blocks[i].lock.lock);
	}

	return true;
}

static bool
read_seqstat(struct scene *s)
{
	return rte_seqstat_snapshot_take(s->snap, TIMEOUT_MS * 1000) == 0;
}

static const uint64_t *
row_seqstat(const struct scene *s, uint32_t writer, uint32_t row)
{
	return rte_seqstat_snapshot_row(s->snap, writer, row);
}

static bool
read_stat_file(struct scene *s)
{
	return rte_seqstat_file_read_newest(&s->file) == 0;
}

/** Return a row of the sums over all writers. */
static const uint64_t *
row_stat_file(const struct scene *s, uint32_t writer, uint32_t row)
{
	return writer == 0 ? rte_seqstat_file_values(&s->file, 0, 0, row) : NULL;
}

/** Define the writing loop of a contender. */
#define WRITE(name)								\
	static void __rte_noinline						\
	write_##name(struct scene *s, const struct writer *w)			\
	{									\
		write_until_stop(s, w, section_##name);				\
	}

WRITE(plain)
WRITE(rte_seqlock)
WRITE(rte_spinlock)
WRITE(seqstat)

static const struct contender {
	const char *name;
	void (*write)(struct scene *s, const struct writer *w);
	bool (*read)(struct scene *s);
	const uint64_t *(*row)(const struct scene *s, uint32_t writer, uint32_t row);
	bool published;
} contenders[] = {
	{ "plain", write_plain, read_plain, row_copied, false },
	{ "rte_seqlock", write_rte_seqlock, read_rte_seqlock, row_copied, false },
	{ "rte_spinlock", write_rte_spinlock, read_rte_spinlock, row_copied, false },
	{ "seqstat", write_seqstat, read_seqstat, row_seqstat, false },
	{ "stat_file", write_seqstat, read_stat_file, row_stat_file, true },
};

static int
writer_main(void *arg)
{
	struct scene *s = arg;
	struct writer w = {
		.block = &s->blocks[rte_lcore_index(-1) - 1],
		.seqstat = rte_seqstat_writer(s->set),
		.half = s->half,
	};

	if (w.seqstat == NULL)
		rte_exit(EXIT_FAILURE, "no writer: %s\n", rte_strerror(rte_errno));
	s->contender->write(s, &w);

	return 0;
}

static bool
is_torn(const struct scene *s)
{
	const uint64_t *row, *other;
	uint32_t i, r, c;

	for (i = 0; s->contender->row(s, i, 0) != NULL; i++)
		for (r = 0; r < s->half; r++) {
			row = s->contender->row(s, i, r);
			other = s->contender->row(s, i, r + s->half);
			for (c = 0; c < ROW_SIZE; c++)
				if (row[c] != (c + 1) * row[0] || other[c] != row[c])
					return true;
		}

	return false;
}

static void
wait_until(const struct scene *s, uint64_t tsc)
{
	int64_t left;

	while ((left = (int64_t)(tsc - rte_rdtsc())) > 0)
		if (s->contender->published)
			rte_delay_us_sleep(1 + left * US_PER_S / rte_get_tsc_hz());
		else
			rte_pause();
}

/** Read during a window, and check snapshots: each one at a rate, the last one back to back. */
static void
read_window(struct scene *s, struct result *r)
{
	uint64_t interval = s->rate == 0 ? 0 : rte_get_tsc_hz() / s->rate;
	uint64_t due = rte_rdtsc(), start, cycles;
	uint64_t end = due + rte_get_tsc_hz() / 1000 * (interval == 0 ? BACK_TO_BACK_MS : RATE_MS);
	bool success;

	do {
		due += interval;
		wait_until(s, due);
		start = rte_rdtsc_precise();
		success = s->contender->read(s);
		cycles = rte_rdtsc_precise() - start;
		if (r->n < MAX_SAMPLES)
			r->cycles[r->n++] = (double)cycles;
		r->snapshots++;
		r->failures += !success;
		if (success && (interval > 0 || rte_rdtsc() >= end))
			r->torn += is_torn(s);
	} while (rte_rdtsc() < end);
}

/** Return the cycles of a section in a window. */
static double
time_sections(struct scene *s, struct result *r, bool read)
{
	uint64_t start = rte_rdtsc(), first, n;

	first = rte_atomic_load_explicit(&s->sections, rte_memory_order_relaxed);
	if (read)
		read_window(s, r);
	else
		wait_until(s, start + rte_get_tsc_hz() / 1000 * UNREAD_MS);
	n = rte_atomic_load_explicit(&s->sections, rte_memory_order_relaxed) - first;

	return (double)(rte_rdtsc() - start) / (double)RTE_MAX(n, UINT64_C(1));
}

/** Publish, and open the stat file. */
static void
open_stat_file(struct scene *s)
{
	char path[64];
	const struct rte_seqstat_publish_params params = { .path = path, .period_us = 1000 };
	int ret;

	snprintf(path, sizeof(path), "/dev/shm/seqstat-perf.%d", getpid());
	ret = rte_seqstat_publish_start(&params);
	if (ret == 0)
		ret = rte_seqstat_file_open(&s->file, path);
	if (ret != 0)
		rte_exit(EXIT_FAILURE, "%s: %s\n", path, rte_seqstat_file_strerror(ret));
}

static void
report(const struct scene *s, struct result *r, unsigned int n_pairs)
{
	double ns_per_cycle = (double)NS_PER_S / (double)rte_get_tsc_hz();

	printf("%s/%u/%u/%u/%u/%s: p50_ns=%.0f p99_ns=%.0f writer_slowdown=%.6g snapshots=%" PRIu64
		" failures=%" PRIu64 " torn=%" PRIu64 "\n", s->idle ? "growth" : "snapshot",
		s->n_writers, s->counters, s->gap, s->rate, s->contender->name,
		perf_quantile(r->cycles, r->n, 0.5) * ns_per_cycle,
		perf_quantile(r->cycles, r->n, 0.99) * ns_per_cycle,
		s->idle ? 1 : perf_quantile(r->slowdown, n_pairs, 0.5),
		r->snapshots, r->failures, r->torn);
}

/** Measure a contender with a load. */
static int
run_contender(struct scene *s, struct result *r)
{
	unsigned int n_pairs = perf_repeat(MAX_PAIRS, 3), lcore_id, i, n = 0;
	double unread;

	memset(r, 0, sizeof(*r));
	memset(s->blocks, 0, s->n_writers * sizeof(*s->blocks));
	rte_atomic_store_explicit(&s->sections, 0, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&s->stop, 0, rte_memory_order_relaxed);
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (n++ < s->n_writers)
			rte_eal_remote_launch(writer_main, s, lcore_id);
	if (s->idle)
		rte_eal_mp_wait_lcore();
	/* Wait until all rows are written. */
	while (rte_atomic_load_explicit(&s->sections, rte_memory_order_relaxed) < s->half)
		rte_pause();

	for (i = 0; i < n_pairs; i++) {
		unread = time_sections(s, r, false);
		if (s->contender->published)
			open_stat_file(s);
		/* The first read allocates memory, and fills caches. */
		s->contender->read(s);
		r->slowdown[i] = time_sections(s, r, true) / unread;
		if (s->contender->published) {
			rte_seqstat_file_close(&s->file);
			rte_seqstat_publish_stop();
		}
	}
	rte_atomic_store_explicit(&s->stop, 1, rte_memory_order_relaxed);
	rte_eal_mp_wait_lcore();
	report(s, r, n_pairs);
	TEST_ASSERT(r->torn == 0 || s->contender->read == read_plain, "%s: torn snapshots",
		s->contender->name);

	return TEST_SUCCESS;
}

/** Measure all contenders with all loads and a number of counters. */
static int
run_size(struct scene *s, uint32_t counters, struct result *r)
{
	/* Each one for both rates. */
	static const uint32_t gaps[] = { 0, 0, 200, 200, 1000, 1000 };
	unsigned int n_loads = s->idle ? 2 : RTE_DIM(gaps), load, i;

	s->counters = counters;
	s->half = counters / ROW_SIZE / 2;
	s->set = test_seqstat_create("perf", ROW_SIZE, 2 * s->half);
	TEST_ASSERT_NOT_NULL(s->set, "no set");
	s->snap = rte_seqstat_snapshot_create(s->set);
	TEST_ASSERT_NOT_NULL(s->snap, "no snapshot: %s", rte_strerror(rte_errno));
	for (load = 0; load < n_loads; load++)
		for (i = 0; i < RTE_DIM(contenders); i++) {
			s->gap = gaps[load];
			s->rate = load % 2 == 0 ? 1000 : 0;
			s->contender = &contenders[i];
			if (run_contender(s, r) != TEST_SUCCESS)
				return TEST_FAILED;
		}

	return TEST_SUCCESS;
}

static int
run(bool idle)
{
	static const uint32_t sizes[] = { 8, 64, 256, 1024, MAX_COUNTERS };
	static struct result result;
	struct scene s = { .n_writers = idle ? rte_lcore_count() - 1 : 1, .idle = idle };
	int ret = TEST_SUCCESS;
	unsigned int i;

	if (rte_lcore_count() < 2) {
		printf("the test needs two lcores\n");
		return TEST_SKIPPED;
	}
	printf("# snapshot or growth (idle writers)/writers/counters/gap/rate/contender\n");
	s.blocks = rte_malloc("perf", s.n_writers * sizeof(*s.blocks), alignof(struct block));
	s.copy = rte_malloc("perf", s.n_writers * sizeof(uint64_t) * MAX_COUNTERS, 0);
	TEST_ASSERT(s.blocks != NULL && s.copy != NULL, "not enough memory");
	for (i = 0; i < RTE_DIM(sizes) && ret == TEST_SUCCESS; i++) {
		ret = run_size(&s, sizes[i], &result);
		rte_seqstat_snapshot_free(s.snap);
		test_seqstat_destroy(s.set);
		s.snap = NULL;
	}
	rte_free(s.copy);
	rte_free(s.blocks);
	return ret;
}

static int
test_seqstat_perf_snapshot(void)
{
	return run(false);
}

static int
test_seqstat_perf_growth(void)
{
	return run(true);
}

REGISTER_PERF_TEST(seqstat_perf_snapshot_autotest, test_seqstat_perf_snapshot);
REGISTER_PERF_TEST(seqstat_perf_growth_autotest, test_seqstat_perf_growth);
