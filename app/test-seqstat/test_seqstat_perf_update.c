/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <pthread.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_rwlock.h>
#include <rte_seqcount.h>
#include <rte_seqlock.h>
#include <rte_spinlock.h>

#include "test_seqstat_perf.h"

/*
 * What an update costs: a burst of packets went from one port to another, six counters
 * in two rows change. Everything is in the first-level cache and nobody reads.
 *
 * All contenders are inlined into loops of their own, get the same bursts, know the
 * schema when they are compiled, and have rows of 64 bytes in the same kind of memory.
 * After each burst the compiler must have stored what it counted.
 */

enum {
	RX_PACKETS,
	RX_BYTES,
	TX_PACKETS,
	TX_BYTES,
	DROPPED_PACKETS,
	DROPPED_BYTES,
	N_COUNTERS,
};

#define N_ROWS 8
#define N_BURSTS 16
#define MAX_ROUNDS 100000
#define STRIDE RTE_SEQSTAT_STRIDE(N_COUNTERS)

/** Two counters that change together. */
struct amount {
	uint64_t packets;
	uint64_t bytes;
};

struct burst {
	alignas(64) struct amount rx;
	struct amount tx;
	struct amount dropped;
	uint32_t rx_row;
	uint32_t tx_row;
};

/** As one writes it by hand. */
struct plain_row {
	alignas(64) uint64_t value[N_COUNTERS];
};

struct atomic_row {
	alignas(64) RTE_ATOMIC(uint64_t) value[N_COUNTERS];
};

/** As plain_row, each counter guarded by itself. */
struct counter_seqcount_row {
	alignas(64) uint64_t value[N_COUNTERS];
	rte_seqcount_t seqcount[N_COUNTERS];
};

/** Rows behind the lock that guards them, which has a line of its own. */
struct seqcount_rows {
	rte_seqcount_t count;
	struct plain_row rows[N_ROWS];
};

struct latch_rows {
	rte_seqcount_t count;
	struct plain_row rows[2][N_ROWS];
};

struct seqlock_rows {
	rte_seqlock_t lock;
	struct plain_row rows[N_ROWS];
};

struct spinlock_rows {
	rte_spinlock_t lock;
	struct plain_row rows[N_ROWS];
};

struct rwlock_rows {
	rte_rwlock_t lock;
	struct plain_row rows[N_ROWS];
};

struct mutex_rows {
	pthread_mutex_t lock;
	struct plain_row rows[N_ROWS];
};

/** No counting: the loop alone. */
static __rte_always_inline void
count_nothing(void *self __rte_unused, const struct burst *b)
{
	struct burst burst = *b;

	/* The loads, as far as the others have them. */
	__asm__ volatile("" : : "r" (burst.rx_row), "r" (burst.tx_row));
}

/** Plain adds to plain numbers, with nothing around: nobody can read a consistent state. */
static __rte_always_inline void
add_plain(struct plain_row *rows, const struct burst *b)
{
	/* A copy: the compiler need not fear that adding changes it, and can use vectors. */
	struct burst burst = *b;
	struct plain_row *rx = &rows[burst.rx_row];
	struct plain_row *tx = &rows[burst.tx_row];

	rx->value[RX_PACKETS] += burst.rx.packets;
	rx->value[RX_BYTES] += burst.rx.bytes;
	tx->value[TX_PACKETS] += burst.tx.packets;
	tx->value[TX_BYTES] += burst.tx.bytes;
	tx->value[DROPPED_PACKETS] += burst.dropped.packets;
	tx->value[DROPPED_BYTES] += burst.dropped.bytes;
}

static __rte_always_inline void
count_plain(void *self, const struct burst *b)
{
	add_plain(self, b);
}

/** A relaxed load and a relaxed store per counter: no torn number, but torn groups. */
static __rte_always_inline void
add_relaxed(RTE_ATOMIC(uint64_t) *value, uint64_t n)
{
	rte_atomic_store_explicit(value,
			rte_atomic_load_explicit(value, rte_memory_order_relaxed) + n,
			rte_memory_order_relaxed);
}

static __rte_always_inline void
count_plain_atomic(void *self, const struct burst *b)
{
	struct atomic_row *rows = self;
	struct atomic_row *rx = &rows[b->rx_row];
	struct atomic_row *tx = &rows[b->tx_row];

	add_relaxed(&rx->value[RX_PACKETS], b->rx.packets);
	add_relaxed(&rx->value[RX_BYTES], b->rx.bytes);
	add_relaxed(&tx->value[TX_PACKETS], b->tx.packets);
	add_relaxed(&tx->value[TX_BYTES], b->tx.bytes);
	add_relaxed(&tx->value[DROPPED_PACKETS], b->dropped.packets);
	add_relaxed(&tx->value[DROPPED_BYTES], b->dropped.bytes);
}

/** rte_seqstat_add(), or rte_seqstat_add2() on pairs. */
static __rte_always_inline void
add_seqstat(struct rte_seqstat_row *row, unsigned int counter, const struct amount *amount,
		bool pair)
{
	if (pair) {
		rte_seqstat_add2(row, counter, amount->packets, amount->bytes);
	} else {
		rte_seqstat_add(row, counter, amount->packets);
		rte_seqstat_add(row, counter + 1, amount->bytes);
	}
}

/** rte_seqstat_row(), or rte_seqstat_row_stride(). */
static __rte_always_inline struct rte_seqstat_row *
row_seqstat(const struct rte_seqstat_section *sec, uint32_t row, bool constant)
{
	return constant ? rte_seqstat_row_stride(sec, row, STRIDE) : rte_seqstat_row(sec, row);
}

/** One section of seqstat. */
static __rte_always_inline void
section_seqstat(struct rte_seqstat_writer *w, const struct burst *b, bool pair, bool constant)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);
	/* A copy, as in add_plain(). */
	struct burst burst = *b;
	struct rte_seqstat_row *row;

	row = row_seqstat(&sec, burst.rx_row, constant);
	add_seqstat(row, RX_PACKETS, &burst.rx, pair);
	row = row_seqstat(&sec, burst.tx_row, constant);
	add_seqstat(row, TX_PACKETS, &burst.tx, pair);
	add_seqstat(row, DROPPED_PACKETS, &burst.dropped, pair);
	rte_seqstat_write_end(&sec);
}

static __rte_always_inline void
count_seqstat(void *self, const struct burst *b)
{
	section_seqstat(self, b, false, false);
}

static __rte_always_inline void
count_seqstat_add2(void *self, const struct burst *b)
{
	section_seqstat(self, b, true, false);
}

static __rte_always_inline void
count_seqstat_stride(void *self, const struct burst *b)
{
	section_seqstat(self, b, false, true);
}

static __rte_always_inline void
count_seqstat_add2_stride(void *self, const struct burst *b)
{
	section_seqstat(self, b, true, true);
}

/** One section of DPDK's sequence count. */
static __rte_always_inline void
count_rte_seqcount(void *self, const struct burst *b)
{
	struct seqcount_rows *s = self;

	rte_seqcount_write_begin(&s->count);
	add_plain(s->rows, b);
	rte_seqcount_write_end(&s->count);
}

/** A section and a sequence count for each counter. */
static __rte_always_inline void
add_counter_seqcount(struct counter_seqcount_row *row, unsigned int counter, uint64_t n)
{
	rte_seqcount_write_begin(&row->seqcount[counter]);
	row->value[counter] += n;
	rte_seqcount_write_end(&row->seqcount[counter]);
}

static __rte_always_inline void
count_rte_seqcount_per_counter(void *self, const struct burst *b)
{
	struct counter_seqcount_row *rows = self;
	struct counter_seqcount_row *rx = &rows[b->rx_row];
	struct counter_seqcount_row *tx = &rows[b->tx_row];

	add_counter_seqcount(rx, RX_PACKETS, b->rx.packets);
	add_counter_seqcount(rx, RX_BYTES, b->rx.bytes);
	add_counter_seqcount(tx, TX_PACKETS, b->tx.packets);
	add_counter_seqcount(tx, TX_BYTES, b->tx.bytes);
	add_counter_seqcount(tx, DROPPED_PACKETS, b->dropped.packets);
	add_counter_seqcount(tx, DROPPED_BYTES, b->dropped.bytes);
}

/** Both copies of a latch: while one changes, readers are sent to the other. */
static __rte_always_inline void
count_latch(void *self, const struct burst *b)
{
	struct latch_rows *s = self;

	/* The second copy is complete before readers are sent to it. */
	rte_atomic_thread_fence(rte_memory_order_release);
	rte_seqcount_write_begin(&s->count);
	add_plain(s->rows[0], b);
	rte_seqcount_write_end(&s->count);
	/* Readers are sent to the first copy before the second changes. */
	rte_atomic_thread_fence(rte_memory_order_release);
	add_plain(s->rows[1], b);
}

static __rte_always_inline void
count_rte_seqlock(void *self, const struct burst *b)
{
	struct seqlock_rows *s = self;

	rte_seqlock_write_lock(&s->lock);
	add_plain(s->rows, b);
	rte_seqlock_write_unlock(&s->lock);
}

static __rte_always_inline void
count_rte_spinlock(void *self, const struct burst *b)
{
	struct spinlock_rows *s = self;

	rte_spinlock_lock(&s->lock);
	add_plain(s->rows, b);
	rte_spinlock_unlock(&s->lock);
}

static __rte_always_inline void
count_rte_rwlock(void *self, const struct burst *b)
{
	struct rwlock_rows *s = self;

	rte_rwlock_write_lock(&s->lock);
	add_plain(s->rows, b);
	rte_rwlock_write_unlock(&s->lock);
}

/** A locked add per counter. */
static __rte_always_inline void
add_atomic(RTE_ATOMIC(uint64_t) *value, uint64_t n)
{
	rte_atomic_fetch_add_explicit(value, n, rte_memory_order_relaxed);
}

static __rte_always_inline void
count_atomic_add(void *self, const struct burst *b)
{
	struct atomic_row *rows = self;
	struct atomic_row *rx = &rows[b->rx_row];
	struct atomic_row *tx = &rows[b->tx_row];

	add_atomic(&rx->value[RX_PACKETS], b->rx.packets);
	add_atomic(&rx->value[RX_BYTES], b->rx.bytes);
	add_atomic(&tx->value[TX_PACKETS], b->tx.packets);
	add_atomic(&tx->value[TX_BYTES], b->tx.bytes);
	add_atomic(&tx->value[DROPPED_PACKETS], b->dropped.packets);
	add_atomic(&tx->value[DROPPED_BYTES], b->dropped.bytes);
}

static __rte_always_inline void
count_pthread_mutex(void *self, const struct burst *b)
{
	struct mutex_rows *s = self;

	pthread_mutex_lock(&s->lock);
	add_plain(s->rows, b);
	pthread_mutex_unlock(&s->lock);
}

/** Bursts that come again and again; how many is not known when this is compiled. */
struct bursts {
	struct burst *first;
	unsigned int mask; /**< As many as a power of two, less one. */
};

/*
 * One loop, not one over passes and one over bursts: with two, a section takes a cycle
 * more or less for milliseconds at a time, whatever the number of bursts. The reason is
 * in the core and was not found.
 */

/** Burst after burst. */
static __rte_always_inline void
run_dense(void *self, struct bursts bursts, unsigned int n,
		void (*count)(void *self, const struct burst *b))
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		count(self, &bursts.first[i & bursts.mask]);
		rte_compiler_barrier();
	}
}

/** Other work for each burst. */
static __rte_always_inline void
run_spaced(void *self, struct bursts bursts, unsigned int n, unsigned int cycles,
		void (*count)(void *self, const struct burst *b))
{
	uint64_t work = n;
	unsigned int i;

	for (i = 0; i < n; i++) {
		work = perf_work(work, cycles);
		count(self, &bursts.first[i & bursts.mask]);
		rte_compiler_barrier();
	}
}

/** Loops of its own for each contender, into which it is inlined. */
#define CONTENDER(name)							\
	static void __rte_noinline					\
	name##_dense(void *self, struct bursts bursts, unsigned int n)	\
	{								\
		run_dense(self, bursts, n, count_##name);		\
	}								\
	static void __rte_noinline					\
	name##_spaced(void *self, struct bursts bursts, unsigned int n,	\
			unsigned int cycles)				\
	{								\
		run_spaced(self, bursts, n, cycles, count_##name);	\
	}

#define CONTENDERS(_)		\
	_(nothing)		\
	_(plain)		\
	_(plain_atomic)		\
	_(seqstat)		\
	_(seqstat_add2)		\
	_(seqstat_stride)	\
	_(seqstat_add2_stride)	\
	_(rte_seqcount)		\
	_(rte_seqcount_per_counter) \
	_(latch)		\
	_(rte_seqlock)		\
	_(rte_spinlock)		\
	_(rte_rwlock)		\
	_(atomic_add)		\
	_(pthread_mutex)

CONTENDERS(CONTENDER)

#define CONTENDER_ID(name) ID_##name,
enum {
	CONTENDERS(CONTENDER_ID)
	N_CONTENDERS
};

#define CONTENDER_ENTRY(name) { #name, name##_dense, name##_spaced },
static const struct {
	const char *name;
	void (*dense)(void *self, struct bursts bursts, unsigned int n);
	void (*spaced)(void *self, struct bursts bursts, unsigned int n, unsigned int cycles);
} contenders[N_CONTENDERS] = {
	CONTENDERS(CONTENDER_ENTRY)
};

/** Of the forms in which seqstat may be used: the first and the last. */
#define FIRST_SEQSTAT ID_seqstat
#define LAST_SEQSTAT ID_seqstat_add2_stride

static bool
is_seqstat(unsigned int contender)
{
	return contender >= FIRST_SEQSTAT && contender <= LAST_SEQSTAT;
}

/** What the contenders of an lcore work on. */
struct state {
	struct rte_seqstat *st;
	struct rte_seqstat_writer *writer;
	uint8_t *pages;
	struct bursts bursts;
	void *self[N_CONTENDERS]; /**< Of seqstat, the writer. */
};

#define PAGE 4096
#define PAGES_PER_CONTENDER 2

/**
 * Lay out an lcore's memory.
 *
 * A load waits for an earlier store whose address differs by a multiple of 4096. To
 * be fair, whatever a contender has lies at the same place in a page, which EAL chose
 * when it allocated the writer's block, and the bursts are half a page away.
 */
static int
state_init(void *arg)
{
	struct state *s = arg;
	uintptr_t offset;
	unsigned int i;

	s->writer = rte_seqstat_writer_attach(s->st, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(s->writer, "no writer: %s", rte_strerror(rte_errno));
	s->pages = rte_zmalloc("perf_update", (N_CONTENDERS + 1) * PAGES_PER_CONTENDER * PAGE,
			PAGE);
	TEST_ASSERT_NOT_NULL(s->pages, "not enough memory");
	offset = (uintptr_t)s->writer % PAGE;
	for (i = 0; i < N_CONTENDERS; i++)
		s->self[i] = is_seqstat(i) ? (void *)s->writer :
			s->pages + (size_t)i * PAGES_PER_CONTENDER * PAGE + offset;
	s->bursts.first = (void *)(s->pages + (size_t)N_CONTENDERS * PAGES_PER_CONTENDER * PAGE +
			(offset + PAGE / 2) % PAGE);
	s->bursts.mask = N_BURSTS - 1;
	pthread_mutex_init(&((struct mutex_rows *)s->self[ID_pthread_mutex])->lock, NULL);

	return TEST_SUCCESS;
}

static int
state_fini(void *arg)
{
	struct state *s = arg;

	rte_free(s->pages);
	return rte_seqstat_writer_detach(s->writer);
}

/** Ports between which the bursts go: always the same two, or all in turn. */
static void
make_bursts(struct bursts bursts, bool rotating)
{
	struct burst *b;
	uint32_t i;

	for (i = 0; i < N_BURSTS; i++) {
		b = &bursts.first[i];
		b->rx = (struct amount){ 32, 32 * 64 + i };
		b->tx = (struct amount){ 31, 31 * 64 + i };
		b->dropped = (struct amount){ 1, 64 };
		b->rx_row = rotating ? i % N_ROWS : 0;
		b->tx_row = rotating ? (i + N_ROWS / 2) % N_ROWS : 1;
	}
}

/** A way to run the contenders, with the unit of its results: cycles a burst. */
struct mode {
	const char *name;
	bool rotating;
	unsigned int work; /**< Cycles of other work for each burst; 0: none. */
	unsigned int n; /**< Bursts in a slice. */
};

static const struct mode modes[] = {
	{ "same", false, 0, 512 },
	{ "rotating", true, 0, 512 },
	{ "spaced_200", true, 200, 64 },
	{ "spaced_1000", true, 1000, 64 },
};

static void
run_bursts(const struct state *s, const struct mode *mode, unsigned int contender,
		unsigned int n)
{
	if (mode->work == 0)
		contenders[contender].dense(s->self[contender], s->bursts, n);
	else
		contenders[contender].spaced(s->self[contender], s->bursts, n, mode->work);
}

/** What a contender takes for a burst, with the other work. */
static double
run_slice(const struct state *s, const struct mode *mode, unsigned int contender)
{
	uint64_t start, end;

	/* So that it is in the caches, whoever else used them meanwhile. */
	run_bursts(s, mode, contender, N_BURSTS);
	start = rte_rdtsc_precise();
	run_bursts(s, mode, contender, mode->n);
	end = rte_rdtsc_precise();

	return (double)(end - start) / mode->n;
}

/** Measure a contender; with other work, what it takes more than the work alone. */
static void
run_contender(const struct state *s, const struct mode *mode, unsigned int contender,
		struct perf_samples *samples)
{
	double before, cycles;

	before = perf_probe();
	cycles = run_slice(s, mode, contender);
	if (mode->work > 0)
		cycles -= run_slice(s, mode, ID_nothing);
	perf_samples_add(samples, cycles, RTE_MAX(before, perf_probe()));
}

/** Some rounds of a mode, for an lcore. */
struct chunk {
	const struct state *state;
	const struct mode *mode;
	struct perf_samples *samples; /**< Of each contender. */
};

static int
run_chunk(void *arg)
{
	const struct chunk *c = arg;
	unsigned int rounds, i;

	for (rounds = perf_n_rounds(500, 100); rounds > 0; rounds--)
		for (i = 0; i < N_CONTENDERS; i++)
			run_contender(c->state, c->mode, i, &c->samples[i]);

	return 0;
}

/** Whether each contender was undisturbed often enough. */
static bool
suffice(const struct perf_samples samples[N_CONTENDERS])
{
	unsigned int i;

	for (i = 0; i < N_CONTENDERS; i++)
		if (!perf_samples_suffice(&samples[i]))
			return false;

	return true;
}

/**
 * Run rounds on all lcores in turn, as some may be disturbed for long, until enough of them
 * were not or there is no more time or room.
 */
static void
run_mode(const struct state *states, const struct mode *mode,
		struct perf_samples samples[N_CONTENDERS])
{
	uint64_t limit = rte_get_tsc_cycles() + perf_n_rounds(20, 3) * rte_get_tsc_hz();
	struct chunk c = { .mode = mode, .samples = samples };
	unsigned int lcore_id;

	RTE_LCORE_FOREACH(lcore_id)
		make_bursts(states[lcore_id].bursts, mode->rotating);
	do {
		RTE_LCORE_FOREACH(lcore_id) {
			c.state = &states[lcore_id];
			perf_run_on(lcore_id, run_chunk, &c);
		}
	} while (!suffice(samples) && samples[0].n < samples[0].room &&
			rte_get_tsc_cycles() < limit);
}

/** The ratio of what two contenders take. */
static double
ratio(const struct perf_samples samples[N_CONTENDERS], unsigned int contender, unsigned int other)
{
	return perf_samples_median(&samples[contender]) / perf_samples_median(&samples[other]);
}

static void
report_costs(const struct mode *mode, const struct perf_samples samples[N_CONTENDERS])
{
	double cycles;
	unsigned int i;

	printf("\nupdate, %s: cycles a section%s\n", mode->name,
		mode->work == 0 ? ", and times the plain adds" : " on top of other work");
	perf_json_object_begin(mode->name);
	for (i = 0; i < N_CONTENDERS; i++) {
		cycles = perf_samples_median(&samples[i]);
		perf_json_number(contenders[i].name, cycles);
		if (mode->work == 0)
			printf("  %-26s %8.2f %8.2f\n", contenders[i].name, cycles,
				ratio(samples, i, ID_plain));
		else
			printf("  %-26s %8.2f\n", contenders[i].name, cycles);
	}
	perf_json_object_end();
}

/** The form of seqstat that takes the least. */
static unsigned int
best_form(const struct perf_samples samples[N_CONTENDERS])
{
	unsigned int i, best = FIRST_SEQSTAT;

	for (i = FIRST_SEQSTAT + 1; i <= LAST_SEQSTAT; i++)
		if (perf_samples_median(&samples[i]) < perf_samples_median(&samples[best]))
			best = i;

	return best;
}

static void
report_ratios(const struct mode *mode, const struct perf_samples samples[N_CONTENDERS])
{
	static const struct {
		const char *name;
		unsigned int other;
	} ratios[] = {
		{ "seqstat_vs_plain", ID_plain },
		{ "seqstat_vs_plain_atomic", ID_plain_atomic },
		{ "seqstat_vs_rte_seqcount", ID_rte_seqcount },
		{ "seqstat_vs_rte_seqlock", ID_rte_seqlock },
		{ "seqstat_vs_atomic_add", ID_atomic_add },
	};
	unsigned int i, best = best_form(samples);
	double times;

	perf_json_object_begin(mode->name);
	for (i = 0; i < RTE_DIM(ratios); i++) {
		times = ratio(samples, best, ratios[i].other);
		perf_json_number(ratios[i].name, times);
		printf("  %-26s %8.2f\n", ratios[i].name, times);
	}
	perf_json_object_end();
}

/** Tell what the results rest on. */
static void
report_undisturbed(struct perf_samples samples[][N_CONTENDERS])
{
	unsigned int i;

	printf("\nupdate: per cent of the slices that had the core for themselves\n");
	perf_json_object_begin("update_undisturbed");
	for (i = 0; i < RTE_DIM(modes); i++) {
		double share = perf_samples_share(samples[i], N_CONTENDERS);

		perf_json_number(modes[i].name, share);
		printf("  %-26s %8.1f\n", modes[i].name, share * 100);
	}
	perf_json_object_end();
}

static void
report(struct perf_samples samples[][N_CONTENDERS])
{
	unsigned int i;

	perf_json_object_begin("update");
	for (i = 0; i < RTE_DIM(modes); i++)
		report_costs(&modes[i], samples[i]);
	perf_json_object_end();

	printf("\nupdate: the best form of seqstat by others\n");
	perf_json_object_begin("update_ratio");
	for (i = 0; i < RTE_DIM(modes); i++)
		if (modes[i].work == 0)
			report_ratios(&modes[i], samples[i]);
	perf_json_object_end();

	report_undisturbed(samples);
}

static int
run_modes(const struct state *states)
{
	struct perf_samples samples[RTE_DIM(modes)][N_CONTENDERS] = { 0 };
	bool complete = true;
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(modes); i++)
		for (k = 0; k < N_CONTENDERS; k++)
			complete &= perf_samples_alloc(&samples[i][k], MAX_ROUNDS);
	for (i = 0; i < RTE_DIM(modes) && complete; i++)
		run_mode(states, &modes[i], samples[i]);
	if (complete)
		report(samples);
	for (i = 0; i < RTE_DIM(modes); i++)
		for (k = 0; k < N_CONTENDERS; k++)
			perf_samples_free(&samples[i][k]);

	return complete ? TEST_SUCCESS : TEST_FAILED;
}

/** Prepare all lcores, and run. States are to be finished also if that fails. */
static int
run(struct state *states, struct rte_seqstat *st)
{
	unsigned int lcore_id;

	RTE_LCORE_FOREACH(lcore_id) {
		states[lcore_id].st = st;
		if (perf_run_on(lcore_id, state_init, &states[lcore_id]) != TEST_SUCCESS)
			return TEST_FAILED;
	}

	return run_modes(states);
}

int
perf_update(void)
{
	struct state states[RTE_MAX_LCORE] = { 0 };
	struct rte_seqstat *st;
	unsigned int lcore_id;
	int ret;

	st = test_seqstat_create("perf_update", N_COUNTERS, N_ROWS);
	TEST_ASSERT_NOT_NULL(st, "no set");
	ret = run(states, st);
	RTE_LCORE_FOREACH(lcore_id)
		perf_run_on(lcore_id, state_fini, &states[lcore_id]);
	test_seqstat_destroy(st);

	return ret;
}
