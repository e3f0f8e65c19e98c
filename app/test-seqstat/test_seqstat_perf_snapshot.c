/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_rwlock.h>
#include <rte_seqcount.h>

#include "test_seqstat_perf.h"

/*
 * What a snapshot costs while writers write, and what it costs them.
 *
 * Writers run sections over and over; another lcore reads them, each one for a while. All
 * contenders use the same memory, the blocks of seqstat's writers, so the same lines
 * move between the same cores. Time is cut into windows: for each contender in turn one
 * in which nobody reads and one in which it does, at a given rate or one snapshot right
 * after the other. At a rate, a window has several snapshots: the first of them finds in
 * the caches what the other contenders left there.
 *
 * Each section adds the same to two rows, counter c of a row being c + 1 times counter 0;
 * row r and row r + n_rows / 2 are equal between any two sections. So a torn snapshot
 * is told from a consistent one.
 */

#define N_COUNTERS 4
#define STRIDE RTE_SEQSTAT_STRIDE(N_COUNTERS)
#define MAX_WRITERS 8

/** As long as a snapshot may take. */
#define LIMIT_US (10 * 1000)
/** How long a window is at least, and how many snapshots it has, at a rate. */
#define WINDOW_US 1000
#define SNAPSHOTS_PER_WINDOW 5
/** The last ones of a window whose times are kept; of the others, the longest. */
#define MAX_SAMPLES 128

enum contender {
	SEQCOUNT_LOOP, /* Copy, and again if the sequence number changed. */
	RWLOCK,        /* A reader-writer lock for each writer. */
	PLAIN,         /* No guard: what copying the memory takes at least. */
	SEQSTAT,
	N_CONTENDERS
};

static const char *const contender_names[] = {
	[SEQCOUNT_LOOP] = "seqcount_loop",
	[RWLOCK] = "rwlock",
	[PLAIN] = "plain",
	[SEQSTAT] = "seqstat",
};

/** What is varied. */
struct load {
	uint32_t counters; /**< Of each writer. */
	uint32_t gap;      /**< Cycles of other work between two sections. */
	uint32_t writers;
	uint32_t rate;     /**< Snapshots a second; 0: one right after the other. */
	bool spread;       /**< Updates touch all rows, not four at most. */
};

/** What a writer did in a window. */
struct window {
	uint64_t cycles;
	uint64_t sections;
};

struct writer {
	alignas(RTE_SEQSTAT_LINE) struct rte_seqstat_writer *block;
	struct fire *fire;
	struct window *windows;
	uint32_t half;     /**< Half of the rows. */
	uint32_t row_mask; /**< Of those among the first half that are touched. */
	uint32_t gap;      /**< Cycles of other work after each section. */
	uint64_t n;        /**< Sections so far. */
	uint64_t work;
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) window; /**< In which it writes. */
	alignas(RTE_SEQSTAT_LINE) rte_rwlock_t rwlock;
};

/** Numbers of windows: from 1 on, as many as there are, then STOP. */
#define STOP UINT32_MAX

/** What a contender saw and did. */
struct samples {
	struct perf_samples cycles; /**< Of each snapshot. */
	struct perf_samples slowdown; /**< Of each writer in each round, by not being read. */
	uint64_t n_snapshots; /**< Also those that are not among the former. */
	uint64_t longest;
	uint64_t retries;
	uint64_t failures;
	uint64_t torn;
};

/** A load, and what came of it. */
struct result {
	struct load load;
	struct samples samples[N_CONTENDERS];
};

/** Writers under a load, and who reads them. */
struct fire {
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) window; /**< That is now. */
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) n_ready;
	uint32_t n_windows;
	uint32_t n_rounds;
	struct load load;
	struct samples *samples; /**< Of each contender. */
	struct rte_seqstat *st;
	struct rte_seqstat_snapshot *snap;
	uint64_t *values; /**< Where contenders other than seqstat copy to. */
	uint32_t n_rows;
	struct writer writers[MAX_WRITERS];
	struct writer *main_writer; /**< The one on the main lcore, if it writes. */
};

/* Of each round, a window without and a window with the reader, for each contender. */

static uint32_t
window_number(uint32_t round, enum contender contender, bool reading)
{
	return 1 + (round * N_CONTENDERS + contender) * 2 + reading;
}

static enum contender
window_contender(uint32_t window)
{
	return (enum contender)((window - 1) / 2 % N_CONTENDERS);
}

/* The writers. */

/** A row's counters; see the description of struct rte_seqstat_writer. */
static __rte_always_inline void *
row_values(const struct rte_seqstat_writer *block, uint32_t row)
{
	return RTE_PTR_ADD(block + 1, (size_t)row * STRIDE + sizeof(struct rte_seqstat_row));
}

static __rte_always_inline void
add_plain_row(const struct rte_seqstat_writer *block, uint32_t row, uint64_t k)
{
	uint64_t *v = row_values(block, row);

	v[0] += k;
	v[1] += 2 * k;
	v[2] += 3 * k;
	v[3] += 4 * k;
}

static __rte_always_inline void
section_plain(struct writer *w, uint32_t row, uint64_t k)
{
	add_plain_row(w->block, row, k);
	add_plain_row(w->block, row + w->half, k);
}

static __rte_always_inline void
section_seqcount(struct writer *w, uint32_t row, uint64_t k)
{
	rte_seqcount_write_begin(&w->block->lock.count);
	section_plain(w, row, k);
	rte_seqcount_write_end(&w->block->lock.count);
}

static __rte_always_inline void
section_rwlock(struct writer *w, uint32_t row, uint64_t k)
{
	rte_rwlock_write_lock(&w->rwlock);
	section_plain(w, row, k);
	rte_rwlock_write_unlock(&w->rwlock);
}

static __rte_always_inline void
add_seqstat_row(const struct rte_seqstat_section *sec, uint32_t row, uint64_t k)
{
	struct rte_seqstat_row *r = rte_seqstat_row_stride(sec, row, STRIDE);

	rte_seqstat_add2(r, 0, k, 2 * k);
	rte_seqstat_add2(r, 2, 3 * k, 4 * k);
}

static __rte_always_inline void
section_seqstat(struct writer *w, uint32_t row, uint64_t k)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w->block);

	add_seqstat_row(&sec, row, k);
	add_seqstat_row(&sec, row + w->half, k);
	rte_seqstat_write_end(&sec);
}

/** Write during a window. Inlined with each kind of section. */
static __rte_always_inline void
write_window(struct writer *w, uint32_t window,
		void (*section)(struct writer *w, uint32_t row, uint64_t k))
{
	/* So many sections for each look at the window. */
	enum { SECTIONS = 4 };
	uint64_t start, first = w->n;
	unsigned int i;

	/* Sections of earlier windows are over: pairs with the load-acquire of the reader. */
	rte_atomic_store_explicit(&w->window, window, rte_memory_order_release);
	start = rte_rdtsc();

	do {
		for (i = 0; i < SECTIONS; i++, w->n++) {
			/* An odd factor leads through all rows, jumping. */
			section(w, (uint32_t)w->n * 1031 & w->row_mask, 1 + (w->n & 7));
			rte_compiler_barrier();
			if (w->gap > 0)
				w->work = perf_work(w->work, w->gap);
		}
	} while (rte_atomic_load_explicit(&w->fire->window, rte_memory_order_relaxed) == window);
	w->windows[window].cycles = rte_rdtsc() - start;
	w->windows[window].sections = w->n - first;
}

/* One loop a contender, so that the compiler optimises each by itself. */

static void __rte_noinline
write_seqcount(struct writer *w, uint32_t window)
{
	write_window(w, window, section_seqcount);
}

static void __rte_noinline
write_rwlock(struct writer *w, uint32_t window)
{
	write_window(w, window, section_rwlock);
}

static void __rte_noinline
write_plain(struct writer *w, uint32_t window)
{
	write_window(w, window, section_plain);
}

static void __rte_noinline
write_seqstat(struct writer *w, uint32_t window)
{
	write_window(w, window, section_seqstat);
}

static int
writer_main(void *arg)
{
	static void (*const write[])(struct writer *w, uint32_t window) = {
		[SEQCOUNT_LOOP] = write_seqcount,
		[RWLOCK] = write_rwlock,
		[PLAIN] = write_plain,
		[SEQSTAT] = write_seqstat,
	};
	struct writer *w = arg;
	struct fire *fire = w->fire;
	uint32_t window;

	w->block = rte_seqstat_writer_attach(fire->st, rte_lcore_id());
	rte_atomic_fetch_add_explicit(&fire->n_ready, 1, rte_memory_order_release);
	if (w->block == NULL)
		return -1;

	for (;;) {
		window = rte_atomic_load_explicit(&fire->window, rte_memory_order_acquire);
		if (window == STOP)
			break;
		if (window > 0)
			write[window_contender(window)](w, window);
	}

	return rte_seqstat_writer_detach(w->block);
}

/* The readers. */

/** Copy a block as fast as can be: whoever needs it consistent has it guarded. */
static void
copy_block(uint64_t *values, const struct rte_seqstat_writer *block, uint32_t n_rows)
{
	uint32_t i;

	for (i = 0; i < n_rows; i++, values += N_COUNTERS)
		memcpy(values, row_values(block, i), N_COUNTERS * sizeof(*values));
}

/** Copy one writer's block, guarded as the contender does. Returns whether it succeeded. */
static bool
read_writer(enum contender contender, struct writer *w, uint64_t *values, uint32_t n_rows,
		uint64_t limit, uint64_t *retries)
{
	uint32_t sn;

	switch (contender) {
	case SEQCOUNT_LOOP:
		for (;;) {
			sn = rte_seqcount_read_begin(&w->block->lock.count);
			copy_block(values, w->block, n_rows);
			if (!rte_seqcount_read_retry(&w->block->lock.count, sn))
				return true;
			if (rte_rdtsc() >= limit)
				return false;
			(*retries)++;
		}
	case RWLOCK:
		while (rte_rwlock_read_trylock(&w->rwlock) != 0) {
			if (rte_rdtsc() >= limit)
				return false;
			(*retries)++;
			rte_pause();
		}
		copy_block(values, w->block, n_rows);
		rte_rwlock_read_unlock(&w->rwlock);
		return true;
	default:
		copy_block(values, w->block, n_rows);
		return true;
	}
}

/** Take a snapshot of all writers. Returns whether it succeeded. */
static bool
read_writers(struct fire *fire, enum contender contender, uint64_t *retries)
{
	uint64_t limit = rte_rdtsc() + LIMIT_US * (rte_get_tsc_hz() / US_PER_S);
	uint64_t *values = fire->values;
	bool complete = true;
	uint32_t i;

	if (contender == SEQSTAT)
		return rte_seqstat_snapshot_take(fire->snap, LIMIT_US) == 0;

	for (i = 0; i < fire->load.writers; i++) {
		complete &= read_writer(contender, &fire->writers[i], values, fire->n_rows, limit,
				retries);
		values += (size_t)fire->n_rows * N_COUNTERS;
	}

	return complete;
}

/** One writer's numbers in the snapshot that was taken last. */
static const uint64_t *
writer_values(const struct fire *fire, enum contender contender, uint32_t writer, uint32_t row)
{
	if (contender == SEQSTAT)
		return rte_seqstat_snapshot_row(fire->snap, writer, row);

	return fire->values + ((size_t)writer * fire->n_rows + row) * N_COUNTERS;
}

static bool
is_torn(const struct fire *fire, enum contender contender)
{
	uint32_t i, row, c, half = fire->n_rows / 2;
	const uint64_t *a, *b;

	for (i = 0; i < fire->load.writers; i++)
		for (row = 0; row < half; row++) {
			a = writer_values(fire, contender, i, row);
			b = writer_values(fire, contender, i, row + half);
			for (c = 0; c < N_COUNTERS; c++)
				if (a[c] != (c + 1) * a[0] || b[c] != a[c])
					return true;
		}

	return false;
}

/** Take a snapshot. Returns how long it took. */
static uint64_t
sample(struct fire *fire, enum contender contender, struct samples *samples)
{
	uint64_t start, cycles;
	bool complete;

	start = rte_rdtsc_precise();
	complete = read_writers(fire, contender, &samples->retries);
	cycles = rte_rdtsc_precise() - start;

	samples->n_snapshots++;
	samples->failures += !complete;
	samples->longest = RTE_MAX(samples->longest, cycles);

	return cycles;
}

/** Cycles from one snapshot to the next; 0: one right after the other. */
static uint64_t
snapshot_interval(const struct load *load)
{
	return load->rate == 0 ? 0 : rte_get_tsc_hz() / load->rate;
}

static uint64_t
window_cycles(const struct load *load)
{
	return RTE_MAX(WINDOW_US * (rte_get_tsc_hz() / US_PER_S),
			SNAPSHOTS_PER_WINDOW * snapshot_interval(load));
}

/** Read at a rate during a window, a little later if the reader's core is disturbed. */
static void
read_at_rate(struct fire *fire, enum contender contender, struct samples *samples,
		uint64_t end)
{
	uint64_t interval = snapshot_interval(&fire->load), cycles;
	uint64_t due = rte_rdtsc() + interval / 2;
	double before;

	for (; due < end; due += interval) {
		perf_wait_until(due);
		before = perf_probe_until(due + interval / 2);
		cycles = sample(fire, contender, samples);
		perf_samples_add(&samples->cycles, (double)cycles,
			RTE_MAX(before, perf_probe()));
	}
}

/** Read all the time during a window. */
static void
read_back_to_back(struct fire *fire, enum contender contender, struct samples *samples,
		uint64_t end)
{
	uint64_t cycles[MAX_SAMPLES];
	double probe = perf_probe();
	uint32_t i, n = 0;

	do {
		cycles[n % MAX_SAMPLES] = sample(fire, contender, samples);
		n++;
	} while (rte_rdtsc() < end);
	probe = RTE_MAX(probe, perf_probe());
	for (i = 0; i < RTE_MIN(n, (uint32_t)MAX_SAMPLES); i++)
		perf_samples_add(&samples->cycles, (double)cycles[i], probe);
}

/** Read during a window, and look at the last snapshot. */
static void
read_window(struct fire *fire, enum contender contender, struct samples *samples)
{
	uint64_t end = rte_rdtsc() + window_cycles(&fire->load);
	uint64_t failures = samples->failures;

	if (fire->load.rate > 0)
		read_at_rate(fire, contender, samples, end);
	else
		read_back_to_back(fire, contender, samples, end);
	perf_wait_until(end);
	if (samples->failures == failures && is_torn(fire, contender))
		samples->torn++;
}

static void
set_window(struct fire *fire, uint32_t window)
{
	rte_atomic_store_explicit(&fire->window, window, rte_memory_order_release);
}

/** Begin a window, with all writers. */
static void
enter_window(struct fire *fire, uint32_t window)
{
	uint32_t i;

	set_window(fire, window);
	for (i = 0; i < fire->load.writers; i++)
		while (rte_atomic_load_explicit(&fire->writers[i].window,
				rte_memory_order_acquire) != window)
			rte_pause();
}

/** Let all contenders read in turn, round after round. */
static void
read_rounds(struct fire *fire)
{
	uint64_t unread = WINDOW_US * (rte_get_tsc_hz() / US_PER_S);
	uint32_t round, i;

	for (round = 0; round < fire->n_rounds; round++)
		for (i = 0; i < N_CONTENDERS; i++) {
			enter_window(fire, window_number(round, i, false));
			perf_wait_until(rte_rdtsc() + unread);
			enter_window(fire, window_number(round, i, true));
			read_window(fire, i, &fire->samples[i]);
		}
}

static double
cycles_per_section(const struct window *window)
{
	return (double)window->cycles / (double)RTE_MAX(window->sections, UINT64_C(1));
}

/** Tell for each writer and round how many times slower it was when a contender read. */
static void
add_slowdowns(const struct fire *fire, enum contender contender)
{
	const struct window *windows;
	uint32_t i, round;

	for (i = 0; i < fire->load.writers; i++)
		for (round = 0; round < fire->n_rounds; round++) {
			windows = &fire->writers[i].windows[window_number(round, contender, false)];
			perf_samples_add(&fire->samples[contender].slowdown,
				cycles_per_section(&windows[1]) /
				cycles_per_section(&windows[0]), 0);
		}
}

/** Read until all rounds are over, if all writers are there. */
static int
reader_main(void *arg)
{
	struct fire *fire = arg;
	bool complete = true;
	uint32_t i;

	while (rte_atomic_load_explicit(&fire->n_ready, rte_memory_order_acquire) <
			fire->load.writers)
		rte_pause();
	for (i = 0; i < fire->load.writers; i++)
		complete &= fire->writers[i].block != NULL;
	if (complete)
		read_rounds(fire);
	set_window(fire, STOP);

	return complete ? 0 : -1;
}

/** Let an lcore write; the main lcore will later. */
static int
start_writer(struct fire *fire, uint32_t n, unsigned int lcore_id)
{
	struct writer *w = &fire->writers[n];

	w->fire = fire;
	w->half = fire->n_rows / 2;
	w->row_mask = fire->load.spread ? w->half - 1 : RTE_MIN(w->half, 2u) - 1;
	w->gap = fire->load.gap;
	w->windows = calloc(fire->n_windows, sizeof(w->windows[0]));
	TEST_ASSERT_NOT_NULL(w->windows, "not enough memory");
	rte_rwlock_init(&w->rwlock);
	if (lcore_id == rte_get_main_lcore()) {
		fire->main_writer = w;
		return TEST_SUCCESS;
	}
	TEST_ASSERT_SUCCESS(rte_eal_remote_launch(writer_main, w, lcore_id),
		"lcore %u is busy", lcore_id);
	/* One at a time: snapshots number writers in the order of their first attaching. */
	while (rte_atomic_load_explicit(&fire->n_ready, rte_memory_order_acquire) <= n)
		rte_pause();

	return TEST_SUCCESS;
}

/** Let lcores write, others than the reader; the main lcore only if there is no other. */
static int
start_writers(struct fire *fire, unsigned int reader)
{
	unsigned int lcore_id;
	uint32_t n = 0;
	int ret = TEST_SUCCESS;

	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (lcore_id != reader && n < fire->load.writers && ret == TEST_SUCCESS)
			ret = start_writer(fire, n++, lcore_id);
	if (n < fire->load.writers && ret == TEST_SUCCESS)
		ret = start_writer(fire, n, rte_get_main_lcore());

	return ret;
}

/** Let all do their part, the main lcore too. */
static int
run_fire(struct fire *fire, unsigned int reader)
{
	unsigned int lcore_id;
	int ret;

	ret = start_writers(fire, reader);
	if (ret == TEST_SUCCESS && reader != rte_get_main_lcore())
		ret = rte_eal_remote_launch(reader_main, fire, reader);
	if (ret != TEST_SUCCESS)
		set_window(fire, STOP);
	else if (reader == rte_get_main_lcore())
		ret = reader_main(fire);
	else if (fire->main_writer != NULL)
		ret = writer_main(fire->main_writer);
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (rte_eal_wait_lcore(lcore_id) != 0)
			ret = -1;

	return ret == 0 ? TEST_SUCCESS : TEST_FAILED;
}

/** Make what the writers and readers need. To be freed also if that fails. */
static int
fire_init(struct fire *fire, struct result *result, uint32_t n_rounds)
{
	const struct load *load = &result->load;

	fire->load = *load;
	fire->samples = result->samples;
	fire->n_rounds = n_rounds;
	fire->n_windows = window_number(n_rounds, 0, false);
	fire->n_rows = load->counters / N_COUNTERS;
	fire->st = test_seqstat_create("perf_snapshot", N_COUNTERS, fire->n_rows);
	TEST_ASSERT_NOT_NULL(fire->st, "no set");
	fire->snap = rte_seqstat_snapshot_create(fire->st);
	TEST_ASSERT_NOT_NULL(fire->snap, "no snapshot: %s", rte_strerror(rte_errno));
	fire->values = calloc((size_t)load->writers * load->counters, sizeof(uint64_t));
	TEST_ASSERT_NOT_NULL(fire->values, "not enough memory");

	return TEST_SUCCESS;
}

static void
fire_fini(struct fire *fire)
{
	uint32_t i;

	for (i = 0; i < fire->load.writers; i++)
		free(fire->writers[i].windows);
	free(fire->values);
	rte_seqstat_snapshot_free(fire->snap);
	test_seqstat_destroy(fire->st);
}

/** Run a load, with an lcore that reads. */
static int
run_reader(struct result *result, unsigned int reader, uint32_t n_rounds)
{
	struct fire *fire;
	uint32_t i;
	int ret;

	fire = rte_zmalloc("perf_snapshot", sizeof(*fire), alignof(struct fire));
	TEST_ASSERT_NOT_NULL(fire, "not enough memory");
	ret = fire_init(fire, result, n_rounds);
	if (ret == TEST_SUCCESS)
		ret = run_fire(fire, reader);
	for (i = 0; i < N_CONTENDERS && ret == TEST_SUCCESS; i++)
		add_slowdowns(fire, i);
	fire_fini(fire);
	rte_free(fire);

	return ret;
}

/** Readers each time that a load is run. */
#define N_READERS 4

/** How often each load is run. */
static unsigned int
n_repeats(void)
{
	return perf_n_rounds(48, 3);
}

/** Rounds of each reader; fewer at a low rate, as windows with a reader are longer. */
static uint32_t
rounds_of_reader(const struct load *load)
{
	return load->rate == 1000 ? 1 : 2;
}

/** Run a load, with readers on lcores that are not disturbed, if there are such. */
static int
run_load(struct result *result)
{
	static unsigned int reader;
	unsigned int i;
	int ret = TEST_SUCCESS;

	for (i = 0; i < N_READERS && ret == TEST_SUCCESS; i++) {
		reader = perf_undisturbed_lcore(reader);
		ret = run_reader(result, reader, rounds_of_reader(&result->load));
	}

	return ret;
}

static bool
result_init(struct result *result)
{
	uint32_t n = n_repeats() * N_READERS * rounds_of_reader(&result->load);
	struct samples *s;

	for (s = result->samples; s < &result->samples[N_CONTENDERS]; s++)
		if (!perf_samples_alloc(&s->cycles, n * MAX_SAMPLES) ||
				!perf_samples_alloc(&s->slowdown, n * result->load.writers))
			return false;

	return true;
}

static void
result_fini(struct result *result)
{
	struct samples *s;

	for (s = result->samples; s < &result->samples[N_CONTENDERS]; s++) {
		perf_samples_free(&s->cycles);
		perf_samples_free(&s->slowdown);
	}
}

static void
report_contender(const struct load *load, enum contender contender, const struct samples *s,
		double plain)
{
	double p50 = perf_ns(perf_samples_median(&s->cycles));
	double p99 = perf_ns(perf_samples_quantile(&s->cycles, 0.99));
	double longest = perf_ns((double)s->longest);
	double slowdown = perf_samples_median(&s->slowdown);

	printf("  %-14s %10.0f %8.2f %10.0f %10.0f %8" PRIu64 " %6" PRIu64 " %6" PRIu64
		" %8.3f\n", contender_names[contender], p50, p50 / plain, p99, longest,
		s->retries, s->failures, s->torn, slowdown);

	perf_json_object_begin(NULL);
	perf_json_number("counters", load->counters);
	perf_json_number("gap", load->gap);
	perf_json_number("writers", load->writers);
	perf_json_number("rate", load->rate);
	perf_json_string("pattern", load->spread ? "spread" : "few");
	perf_json_string("contender", contender_names[contender]);
	perf_json_number("p50_ns", p50);
	perf_json_number("p50_times_plain", p50 / plain);
	perf_json_number("p99_ns", p99);
	perf_json_number("max_ns", longest);
	perf_json_number("snapshots", (double)s->n_snapshots);
	perf_json_number("undisturbed", perf_samples_share(&s->cycles, 1));
	perf_json_number("retries", (double)s->retries);
	perf_json_number("failures", (double)s->failures);
	perf_json_number("torn", (double)s->torn);
	perf_json_number("writer_slowdown", slowdown);
	perf_json_object_end();
}

static int
report(const struct result *result)
{
	const struct load *load = &result->load;
	const struct samples *samples = result->samples;
	double plain = perf_ns(perf_samples_median(&samples[PLAIN].cycles));
	uint32_t i;

	printf("\nsnapshot of %u x %u counters, %s, gap %u, %u a second: ns, times slower writers\n"
		"  %-14s %10s %8s %10s %10s %8s %6s %6s %8s\n", load->writers, load->counters,
		load->spread ? "spread" : "few rows", load->gap, load->rate, "", "p50",
		"by plain", "p99", "max", "retries", "failed", "torn", "writers");
	for (i = 0; i < N_CONTENDERS; i++)
		report_contender(load, i, &samples[i], plain);
	for (i = 0; i < N_CONTENDERS; i++)
		TEST_ASSERT(i == PLAIN || samples[i].torn == 0, "%s is torn", contender_names[i]);

	return TEST_SUCCESS;
}

/** Most loads: all combinations for one and for more writers, and some rates. */
#define MAX_LOADS 128

/** All combinations for a number of writers. Returns how many. */
static unsigned int
list_loads(struct result *results, uint32_t writers)
{
	static const uint32_t counters[] = { 8, 64, 256, 1024, 16384 };
	static const uint32_t gaps[] = { 0, 200, 1000 };
	static const uint32_t rates[] = { 0, 1000 };
	unsigned int c, g, r, pattern, n = 0;

	for (c = 0; c < RTE_DIM(counters); c++)
		for (g = 0; g < RTE_DIM(gaps); g++)
			for (r = 0; r < RTE_DIM(rates); r++)
				for (pattern = 0; pattern < 2; pattern++)
					results[n++].load = (struct load){
						.counters = counters[c],
						.gap = gaps[g],
						.writers = writers,
						.rate = rates[r],
						.spread = pattern == 1,
					};

	return n;
}

/** More rates, of one combination. Returns how many. */
static unsigned int
list_rates(struct result *results)
{
	static const uint32_t rates[] = { 5000, 20000, 50000, 100000 };
	unsigned int n;

	for (n = 0; n < RTE_DIM(rates); n++)
		results[n].load = (struct load){
			.counters = 1024,
			.gap = 200,
			.writers = 1,
			.rate = rates[n],
			.spread = true,
		};

	return n;
}

static int
run_loads(struct result *results, unsigned int n_loads)
{
	unsigned int repeat, i;
	int ret = TEST_SUCCESS;

	for (i = 0; i < n_loads; i++)
		if (!result_init(&results[i]))
			return TEST_FAILED;
	/* Each load again and again, as much depends on the minute in which it is run. */
	for (repeat = 1; repeat <= n_repeats() && ret == TEST_SUCCESS; repeat++) {
		printf("snapshots of %u loads, %u of %u\n", n_loads, repeat, n_repeats());
		fflush(stdout);
		for (i = 0; i < n_loads && ret == TEST_SUCCESS; i++)
			ret = run_load(&results[i]);
	}
	perf_json_array_begin("snapshot");
	for (i = 0; i < n_loads && ret == TEST_SUCCESS; i++)
		ret = report(&results[i]);
	perf_json_array_end();

	return ret;
}

int
perf_snapshot(void)
{
	uint32_t most = RTE_MIN(rte_lcore_count() - 1, (unsigned int)MAX_WRITERS);
	struct result *results;
	unsigned int n, i;
	int ret;

	TEST_SEQSTAT_NEEDS_LCORES(2u);

	results = calloc(MAX_LOADS, sizeof(results[0]));
	TEST_ASSERT_NOT_NULL(results, "not enough memory");
	n = list_loads(results, 1);
	n += list_rates(&results[n]);
	if (most > 1)
		n += list_loads(&results[n], most);
	ret = run_loads(results, n);
	for (i = 0; i < n; i++)
		result_fini(&results[i]);
	free(results);

	return ret;
}
