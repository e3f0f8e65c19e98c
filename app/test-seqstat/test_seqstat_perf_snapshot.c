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
 * Writers on worker lcores run sections over and over; the main lcore reads them. All
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
/** Most snapshots of a window whose times are kept; of the others, the longest. */
#define MAX_SAMPLES 256

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

/** A number of writers under the same load. */
struct fire {
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) window; /**< That is now. */
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) n_ready;
	uint32_t n_windows;
	struct load load;
	struct rte_seqstat *st;
	struct rte_seqstat_snapshot *snap;
	uint64_t *values; /**< Where contenders other than seqstat copy to. */
	uint32_t n_rows;
	struct writer writers[MAX_WRITERS];
};

/** What a reader saw. */
struct samples {
	double *cycles; /**< Of each snapshot. */
	double *sorted; /**< Room for those of a window. */
	uint32_t n;
	uint32_t n_snapshots; /**< Also those that are not among them. */
	uint64_t longest;
	uint64_t retries;
	uint64_t failures;
	uint64_t torn;
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

/** Take a snapshot, and its time. Returns whether it succeeded. */
static bool
sample(struct fire *fire, enum contender contender, struct samples *samples, bool keep)
{
	uint64_t start, cycles;
	bool complete;

	start = rte_rdtsc_precise();
	complete = read_writers(fire, contender, &samples->retries);
	cycles = rte_rdtsc_precise() - start;

	samples->n_snapshots++;
	samples->failures += !complete;
	samples->longest = RTE_MAX(samples->longest, cycles);
	if (keep)
		samples->cycles[samples->n++] = (double)cycles;

	return complete;
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

/** Read during a window, and look at the last snapshot. Returns the median of the times. */
static double
read_window(struct fire *fire, enum contender contender, struct samples *samples)
{
	uint64_t window = window_cycles(&fire->load);
	uint64_t interval = snapshot_interval(&fire->load);
	uint64_t start = rte_rdtsc();
	uint64_t due = start + interval / 2;
	uint32_t i = 0, first = samples->n;
	bool complete;

	do {
		perf_wait_until(due);
		complete = sample(fire, contender, samples, i++ < MAX_SAMPLES);
		due += interval;
	} while (RTE_MAX(due, rte_rdtsc()) < start + window);
	perf_wait_until(start + window);
	if (complete && is_torn(fire, contender))
		samples->torn++;

	i = samples->n - first;
	memcpy(samples->sorted, &samples->cycles[first], i * sizeof(samples->cycles[0]));
	return perf_median(samples->sorted, i);
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
read_rounds(struct fire *fire, struct samples *samples, struct perf_rounds *medians)
{
	uint64_t unread = WINDOW_US * (rte_get_tsc_hz() / US_PER_S);
	uint32_t round, i;

	for (round = 0; round < medians->max_rounds; round++)
		for (i = 0; i < N_CONTENDERS; i++) {
			enter_window(fire, window_number(round, i, false));
			perf_wait_until(rte_rdtsc() + unread);
			enter_window(fire, window_number(round, i, true));
			perf_rounds_set(medians, i, round, read_window(fire, i, &samples[i]));
		}
}

static double
cycles_per_section(const struct window *window)
{
	return (double)window->cycles / (double)RTE_MAX(window->sections, UINT64_C(1));
}

/** How many times slower a contender's writers are when it reads. */
static double
writer_slowdown(const struct fire *fire, enum contender contender, uint32_t n_rounds)
{
	struct perf_rounds rounds;
	const struct window *windows;
	uint32_t i, round, n = 0;
	double slowdown;

	if (!perf_rounds_alloc(&rounds, 2, n_rounds * fire->load.writers))
		return 0;
	for (i = 0; i < fire->load.writers; i++)
		for (round = 0; round < n_rounds; round++, n++) {
			windows = &fire->writers[i].windows[window_number(round, contender, false)];
			perf_rounds_set(&rounds, 0, n, cycles_per_section(&windows[0]));
			perf_rounds_set(&rounds, 1, n, cycles_per_section(&windows[1]));
		}
	slowdown = perf_rounds_ratio(&rounds, 1, 0);
	perf_rounds_free(&rounds);

	return slowdown;
}

static void
report(const struct fire *fire, enum contender contender, struct samples *s,
		double times_plain, double slowdown)
{
	double p50 = perf_ns(perf_quantile(s->cycles, s->n, 0.5));
	double p99 = perf_ns(perf_quantile(s->cycles, s->n, 0.99));
	double longest = perf_ns((double)s->longest);

	printf("  %-14s %10.0f %8.2f %10.0f %10.0f %8" PRIu64 " %6" PRIu64 " %6" PRIu64
		" %8.3f\n", contender_names[contender], p50, times_plain, p99, longest,
		s->retries, s->failures, s->torn, slowdown);

	perf_json_object_begin(NULL);
	perf_json_number("counters", fire->load.counters);
	perf_json_number("gap", fire->load.gap);
	perf_json_number("writers", fire->load.writers);
	perf_json_number("rate", fire->load.rate);
	perf_json_string("pattern", fire->load.spread ? "spread" : "few");
	perf_json_string("contender", contender_names[contender]);
	perf_json_number("p50_ns", p50);
	perf_json_number("p50_times_plain", times_plain);
	perf_json_number("p99_ns", p99);
	perf_json_number("max_ns", longest);
	perf_json_number("snapshots", s->n_snapshots);
	perf_json_number("retries", (double)s->retries);
	perf_json_number("failures", (double)s->failures);
	perf_json_number("torn", (double)s->torn);
	perf_json_number("writer_slowdown", slowdown);
	perf_json_object_end();
}

static int
start_writers(struct fire *fire)
{
	const struct load *load = &fire->load;
	struct writer *w;
	unsigned int lcore_id;
	uint32_t n = 0;

	RTE_LCORE_FOREACH_WORKER(lcore_id) {
		if (n == load->writers)
			break;
		w = &fire->writers[n++];
		w->fire = fire;
		w->half = fire->n_rows / 2;
		w->row_mask = load->spread ? w->half - 1 : RTE_MIN(w->half, 2u) - 1;
		w->gap = load->gap;
		w->windows = calloc(fire->n_windows, sizeof(w->windows[0]));
		TEST_ASSERT_NOT_NULL(w->windows, "not enough memory");
		rte_rwlock_init(&w->rwlock);
		TEST_ASSERT_SUCCESS(rte_eal_remote_launch(writer_main, w, lcore_id),
			"lcore %u is busy", lcore_id);
		/* One at a time: snapshots number writers in the order of their first attaching. */
		while (rte_atomic_load_explicit(&fire->n_ready, rte_memory_order_acquire) < n)
			rte_pause();
	}

	return TEST_SUCCESS;
}

static int
stop_writers(struct fire *fire)
{
	unsigned int lcore_id;
	int ret = TEST_SUCCESS;

	set_window(fire, STOP);
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (rte_eal_wait_lcore(lcore_id) != 0)
			ret = TEST_FAILED;

	return ret;
}

/** Make what the writers and readers need. To be freed also if that fails. */
static int
fire_init(struct fire *fire, const struct load *load, uint32_t n_rounds)
{
	fire->load = *load;
	fire->n_windows = window_number(n_rounds, 0, false);
	fire->n_rows = load->counters / N_COUNTERS;
	fire->st = test_seqstat_create("perf_snapshot", N_COUNTERS, fire->n_rows);
	TEST_ASSERT_NOT_NULL(fire->st, "no set");
	fire->snap = rte_seqstat_snapshot_create(fire->st);
	TEST_ASSERT_NOT_NULL(fire->snap, "no snapshot: %s", rte_strerror(rte_errno));
	fire->values = calloc((size_t)load->writers * load->counters, sizeof(uint64_t));
	TEST_ASSERT_NOT_NULL(fire->values, "not enough memory");

	return start_writers(fire);
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

static int
report_all(struct fire *fire, struct samples *samples, const struct perf_rounds *medians)
{
	uint32_t i;

	printf("\nsnapshot of %u x %u counters, %s, gap %u, %u a second: ns, times slower writers\n"
		"  %-14s %10s %8s %10s %10s %8s %6s %6s %8s\n", fire->load.writers,
		fire->load.counters, fire->load.spread ? "spread" : "few rows", fire->load.gap,
		fire->load.rate, "", "p50", "by plain", "p99", "max", "retries", "failed", "torn",
		"writers");
	for (i = 0; i < N_CONTENDERS; i++)
		report(fire, i, &samples[i], perf_rounds_ratio(medians, i, PLAIN),
			writer_slowdown(fire, i, medians->max_rounds));
	for (i = 0; i < N_CONTENDERS; i++)
		TEST_ASSERT(i == PLAIN || samples[i].torn == 0, "%s is torn", contender_names[i]);

	return TEST_SUCCESS;
}

static int
run_load(const struct load *load, uint32_t n_rounds)
{
	struct samples samples[N_CONTENDERS] = { 0 };
	struct perf_rounds medians;
	struct fire *fire;
	uint32_t i;
	int ret;

	fire = rte_zmalloc("perf_snapshot", sizeof(*fire), alignof(struct fire));
	TEST_ASSERT_NOT_NULL(fire, "not enough memory");
	ret = fire_init(fire, load, n_rounds);
	if (!perf_rounds_alloc(&medians, N_CONTENDERS, n_rounds))
		ret = TEST_FAILED;
	for (i = 0; i < N_CONTENDERS && ret == TEST_SUCCESS; i++) {
		samples[i].cycles = calloc((size_t)n_rounds * MAX_SAMPLES, sizeof(double));
		samples[i].sorted = calloc(MAX_SAMPLES, sizeof(double));
		if (samples[i].cycles == NULL || samples[i].sorted == NULL)
			ret = TEST_FAILED;
	}
	if (ret == TEST_SUCCESS)
		read_rounds(fire, samples, &medians);
	if (stop_writers(fire) != TEST_SUCCESS)
		ret = TEST_FAILED;
	if (ret == TEST_SUCCESS)
		ret = report_all(fire, samples, &medians);
	for (i = 0; i < N_CONTENDERS; i++) {
		free(samples[i].cycles);
		free(samples[i].sorted);
	}
	perf_rounds_free(&medians);
	fire_fini(fire);
	rte_free(fire);

	return ret;
}

/** At a low rate fewer rounds, as windows with a reader are longer. */
static uint32_t
rounds_at_rate(uint32_t n_rounds, uint32_t rate)
{
	bool longer = rate > 0 && rate < SNAPSHOTS_PER_WINDOW * (US_PER_S / WINDOW_US);

	return longer ? n_rounds * 3 / 5 : n_rounds;
}

/** All combinations for a number of writers. */
static int
run_loads(uint32_t writers, uint32_t n_rounds)
{
	static const uint32_t counters[] = { 8, 64, 256, 1024, 16384 };
	static const uint32_t gaps[] = { 0, 200, 1000 };
	static const uint32_t rates[] = { 0, 1000 };
	struct load load = { .writers = writers };
	unsigned int c, g, r, pattern;

	for (c = 0; c < RTE_DIM(counters); c++)
		for (g = 0; g < RTE_DIM(gaps); g++)
			for (r = 0; r < RTE_DIM(rates); r++)
				for (pattern = 0; pattern < 2; pattern++) {
					load.counters = counters[c];
					load.gap = gaps[g];
					load.rate = rates[r];
					load.spread = pattern == 1;
					if (run_load(&load, rounds_at_rate(n_rounds, rates[r])) !=
							TEST_SUCCESS)
						return TEST_FAILED;
				}

	return TEST_SUCCESS;
}

/** More rates, of one combination. */
static int
run_rates(uint32_t n_rounds)
{
	static const uint32_t rates[] = { 5000, 20000, 50000, 100000 };
	struct load load = { .counters = 1024, .gap = 200, .writers = 1, .spread = true };
	unsigned int i;
	int ret = TEST_SUCCESS;

	for (i = 0; i < RTE_DIM(rates) && ret == TEST_SUCCESS; i++) {
		load.rate = rates[i];
		ret = run_load(&load, n_rounds);
	}

	return ret;
}

int
perf_snapshot(void)
{
	uint32_t n_rounds = perf_n_rounds(200, 20);
	uint32_t most = RTE_MIN(rte_lcore_count() - 1, (unsigned int)MAX_WRITERS);
	int ret;

	TEST_SEQSTAT_NEEDS_LCORES(2u);

	perf_json_array_begin("snapshot");
	ret = run_loads(1, n_rounds);
	if (ret == TEST_SUCCESS)
		ret = run_rates(n_rounds);
	if (ret == TEST_SUCCESS && most > 1)
		ret = run_loads(most, n_rounds);
	perf_json_array_end();

	return ret;
}
