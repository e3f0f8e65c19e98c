/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <stdalign.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_seqcount.h>
#include <rte_seqlock.h>
#include <rte_spinlock.h>

#include "test_seqstat_perf.h"

/*
 * Measure an update in TSC cycles while no thread reads.
 *
 * - update: six counters in two rows change, as for a burst from one port to another, without other
 *   work between updates. The rows are the same each time, or rotate.
 * - book: the comparison in M. Ronnblom, Data Plane Software Design, chapter "Statistics". Each of
 *   up to four lcores works about 1,000 cycles for a packet, and counts it with its bytes in the
 *   totals and in its flow: four adds. Each flow belongs to one lcore, its neighbours to others.
 *   The result is the cost of an add in addition to the work.
 *
 * Contenders alternate in slices; all lcores run the same one. The result is the median of slices.
 */

/** Counters that an update changes: two in one row, the others in a second row. */
struct shape {
	unsigned int n_counters; /**< Counters of a row. */
	unsigned int row_size;   /**< Of a plain row, in values. */
	unsigned int n_adds;     /**< 4 or 6. */
	unsigned int second;     /**< First counter that changes in the second row. */
};

/* rx packets and bytes in one row; tx and dropped packets and bytes in the other. */
static const struct shape burst = { 6, 8, 6, 2 };
/* Packets and bytes in the row of the totals, and in the row of a flow. */
static const struct shape packet = { 2, 2, 4, 0 };

struct update {
	alignas(64) uint64_t n[6]; /**< To add. */
	uint32_t row[2];
};

#define N_FLOWS 1024
#define N_VALUES ((1 + N_FLOWS) * 2)
#define WORK_CYCLES 1000

/** Counters, and locks that some contenders use. */
struct counters {
	alignas(RTE_CACHE_LINE_SIZE) rte_seqlock_t lock; /* A sequence count and a spinlock. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t values[N_VALUES];
};

/** Where a contender counts on an lcore. */
struct place {
	struct counters *counters; /**< Of the lcore, or of all for shared contenders. */
	struct rte_seqstat_writer *writer;
	struct rte_seqstat *set;
};

/* Contenders, inlined with a constant shape. */

typedef void (add_t)(void *row, unsigned int counter, uint64_t n);

static __rte_always_inline void
add_each(void *first, void *second, const struct shape *s, const struct update *update, add_t *add)
{
	/* Adds cannot change a copy, so the compiler may join them. */
	struct update u = *update;

	add(first, 0, u.n[0]);
	add(first, 1, u.n[1]);
	add(second, s->second, u.n[2]);
	add(second, s->second + 1, u.n[3]);
	if (s->n_adds > 4) {
		add(second, s->second + 2, u.n[4]);
		add(second, s->second + 3, u.n[5]);
	}
}

static __rte_always_inline void
add_to_rows(uint64_t *values, const struct shape *s, const struct update *u, add_t *add)
{
	add_each(&values[u->row[0] * (size_t)s->row_size],
		&values[u->row[1] * (size_t)s->row_size], s, u, add);
}

static __rte_always_inline void
add_plain(void *row, unsigned int counter, uint64_t n)
{
	((uint64_t *)row)[counter] += n;
}

static __rte_always_inline void
add_relaxed(void *row, unsigned int counter, uint64_t n)
{
	RTE_ATOMIC(uint64_t) *value = (RTE_ATOMIC(uint64_t) *)row + counter;

	rte_atomic_store_explicit(value,
			rte_atomic_load_explicit(value, rte_memory_order_relaxed) + n,
			rte_memory_order_relaxed);
}

static __rte_always_inline void
add_atomic(void *row, unsigned int counter, uint64_t n)
{
	rte_atomic_fetch_add_explicit((RTE_ATOMIC(uint64_t) *)row + counter, n,
			rte_memory_order_relaxed);
}

static __rte_always_inline void
add_seqstat(void *row, unsigned int counter, uint64_t n)
{
	rte_seqstat_add(row, counter, n);
}

typedef void (count_t)(struct place p, const struct shape *s, const struct update *u);

/** Do nothing: the loop alone. */
static __rte_always_inline void
count_nothing(struct place p __rte_unused, const struct shape *s __rte_unused,
		const struct update *u __rte_unused)
{
}

static __rte_always_inline void
count_plain(struct place p, const struct shape *s, const struct update *u)
{
	add_to_rows(p.counters->values, s, u, add_plain);
}

static __rte_always_inline void
count_relaxed(struct place p, const struct shape *s, const struct update *u)
{
	add_to_rows(p.counters->values, s, u, add_relaxed);
}

static __rte_always_inline void
count_atomic_add(struct place p, const struct shape *s, const struct update *u)
{
	add_to_rows(p.counters->values, s, u, add_atomic);
}

static __rte_always_inline void
count_rte_seqcount(struct place p, const struct shape *s, const struct update *u)
{
	rte_seqcount_write_begin(&p.counters->lock.count);
	count_plain(p, s, u);
	rte_seqcount_write_end(&p.counters->lock.count);
}

static __rte_always_inline void
count_rte_seqlock(struct place p, const struct shape *s, const struct update *u)
{
	rte_seqlock_write_lock(&p.counters->lock);
	count_plain(p, s, u);
	rte_seqlock_write_unlock(&p.counters->lock);
}

static __rte_always_inline void
count_rte_spinlock(struct place p, const struct shape *s, const struct update *u)
{
	rte_spinlock_lock(&p.counters->lock.lock);
	count_plain(p, s, u);
	rte_spinlock_unlock(&p.counters->lock.lock);
}

static __rte_always_inline void
count_section(struct rte_seqstat_section sec, const struct shape *s, const struct update *u)
{
	add_each(rte_seqstat_row(&sec, u->row[0]), rte_seqstat_row(&sec, u->row[1]), s, u,
		add_seqstat);
	rte_seqstat_end(&sec);
}

/** Count as the README does: each section looks up the writer of the lcore. */
static __rte_always_inline void
count_seqstat(struct place p, const struct shape *s, const struct update *u)
{
	count_section(rte_seqstat_begin(p.set), s, u);
}

/** Count with a writer that was looked up once. */
static __rte_always_inline void
count_seqstat_writer(struct place p, const struct shape *s, const struct update *u)
{
	count_section(rte_seqstat_writer_begin(p.writer), s, u);
}

/** Return the cycles of n updates, each after other work. */
static __rte_always_inline uint64_t
time_updates(struct place p, const struct update *updates, unsigned int mask, unsigned int n,
		const struct shape *s, unsigned int work_cycles, count_t *count)
{
	uint64_t work = 1, start;
	unsigned int i;

	start = rte_rdtsc_precise();
	for (i = 0; i < n; i++) {
		if (work_cycles > 0)
			work = perf_work(work, work_cycles);
		count(p, s, &updates[i & mask]);
		rte_compiler_barrier();
	}

	return rte_rdtsc_precise() - start;
}

/** Define the timing loops of a contender, one for each shape. */
#define LOOPS(name)									\
	static uint64_t __rte_noinline							\
	time_bursts_##name(struct place p, const struct update *u, unsigned int mask,	\
			unsigned int n)							\
	{										\
		return time_updates(p, u, mask, n, &burst, 0, count_##name);		\
	}										\
	static uint64_t __rte_noinline							\
	time_packets_##name(struct place p, const struct update *u, unsigned int mask,	\
			unsigned int n)							\
	{										\
		return time_updates(p, u, mask, n, &packet, WORK_CYCLES, count_##name);	\
	}

LOOPS(nothing)
LOOPS(plain)
LOOPS(relaxed)
LOOPS(atomic_add)
LOOPS(rte_seqcount)
LOOPS(rte_seqlock)
LOOPS(rte_spinlock)
LOOPS(seqstat)
LOOPS(seqstat_writer)

typedef uint64_t (loop_t)(struct place p, const struct update *updates, unsigned int mask,
		unsigned int n);

static const struct contender {
	const char *name;
	loop_t *bursts;
	loop_t *packets;
	bool shared;      /**< All lcores count in the same memory. */
	double published; /**< Cycles an add in the book, on four Cascade Lake cores, or 0. */
} contenders[] = {
#define CONTENDER(count) time_bursts_##count, time_packets_##count
	/* The first one is subtracted from the others in the book's table. */
	{ "nothing", CONTENDER(nothing), false, 0 },
	{ "plain", CONTENDER(plain), false, 5 },
	{ "relaxed", CONTENDER(relaxed), false, 0 },
	{ "atomic_add", CONTENDER(atomic_add), false, 0 },
	{ "rte_seqcount", CONTENDER(rte_seqcount), false, 4 },
	{ "rte_seqlock", CONTENDER(rte_seqlock), false, 0 },
	{ "rte_spinlock", CONTENDER(rte_spinlock), false, 7 },
	{ "seqstat", CONTENDER(seqstat), false, 0 },
	{ "seqstat_writer", CONTENDER(seqstat_writer), false, 0 },
	{ "shared_plain", CONTENDER(plain), true, 27 },
	{ "shared_atomic_add", CONTENDER(atomic_add), true, 56 },
	{ "shared_rte_spinlock", CONTENDER(rte_spinlock), true, 436 },
};

#define N_CONTENDERS RTE_DIM(contenders)
#define MAX_LCORES 4
#define MAX_UPDATES 256

/** Parameters of a run of all contenders. */
struct mode {
	const char *name;
	const struct shape *shape;
	unsigned int max_lcores;
	unsigned int n_rows;
	unsigned int n_updates; /**< Different updates, a power of two. */
	unsigned int slice;     /**< Updates in a slice. */
	unsigned int rounds, quick_rounds;
};

static const struct mode modes[] = {
	{ "same", &burst, 1, 8, 16, 512, 5000, 1000 },
	{ "rotating", &burst, 1, 8, 16, 512, 5000, 1000 },
	{ "book", &packet, MAX_LCORES, 1 + N_FLOWS, MAX_UPDATES, 128, 2000, 200 },
};

#define SAME (&modes[0])
#define BOOK (&modes[2])

/** A run of a mode. */
struct run {
	const struct mode *mode;
	unsigned int n_lcores;
	unsigned int rounds;
	struct rte_seqstat *set;
	double *samples; /**< Cycles an update: by contender, round and lcore. */
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint32_t) n_arrived;
	struct counters own[MAX_LCORES], shared;
};

static void
make_updates(const struct run *run, unsigned int lcore, struct update *updates)
{
	const struct mode *mode = run->mode;
	uint32_t i, n_own = N_FLOWS / run->n_lcores;

	for (i = 0; i < mode->n_updates; i++) {
		updates[i] = (struct update){ .n = { 32, 2048 + i, 31, 1984 + i, 1, 64 } };
		if (mode == BOOK)
			/* Row 0 has the totals. An odd factor reaches all flows of the lcore. */
			updates[i].row[1] = 1 + i * 37 % n_own * run->n_lcores + lcore;
		else if (mode == SAME)
			updates[i].row[1] = 1;
		else {
			updates[i].row[0] = i % mode->n_rows;
			updates[i].row[1] = (i + mode->n_rows / 2) % mode->n_rows;
		}
	}
}

/** Wait until all lcores called this, for the turn-th time. */
static void
meet(struct run *run, uint32_t turn)
{
	/* Pairs with the acquire below: all lcores see earlier stores of each. */
	rte_atomic_fetch_add_explicit(&run->n_arrived, 1, rte_memory_order_release);
	while (rte_atomic_load_explicit(&run->n_arrived, rte_memory_order_acquire) <
			turn * run->n_lcores)
		rte_pause();
}

static int
run_lcore(void *arg)
{
	/*
	 * On the stack, whose place in a page differs in each process: loads wait for stores at the
	 * same offset of other pages.
	 */
	struct update updates[MAX_UPDATES];
	struct run *run = arg;
	unsigned int id = rte_lcore_index(-1), i, round, turn = 1;
	const struct mode *mode = run->mode;
	struct place place;
	const struct contender *c;
	uint64_t cycles;

	if (id >= run->n_lcores)
		return 0;
	make_updates(run, id, updates);
	place.set = run->set;
	place.writer = rte_seqstat_writer(run->set);
	if (place.writer == NULL)
		rte_exit(EXIT_FAILURE, "no writer: %s\n", rte_strerror(rte_errno));

	for (round = 0; round < run->rounds; round++)
		for (i = 0; i < N_CONTENDERS; i++) {
			c = &contenders[i];
			place.counters = c->shared ? &run->shared : &run->own[id];
			meet(run, turn++);
			cycles = (mode == BOOK ? c->packets : c->bursts)(place, updates,
					mode->n_updates - 1, mode->slice);
			run->samples[(i * run->rounds + round) * run->n_lcores + id] =
				(double)cycles / mode->slice;
		}

	return 0;
}

static void
report(struct run *run)
{
	size_t n = (size_t)run->rounds * run->n_lcores;
	const struct mode *mode = run->mode;
	const struct contender *c;
	double cycles, nothing = 0;
	unsigned int i;

	for (i = 0; i < N_CONTENDERS; i++) {
		c = &contenders[i];
		cycles = perf_quantile(&run->samples[i * n], n, 0.5);
		if (i == 0)
			nothing = cycles;
		if (mode == BOOK)
			printf("book/lcores/%u: %s=%.2f\n", run->n_lcores, c->name,
				(cycles - nothing) / mode->shape->n_adds);
		else if (!c->shared)
			printf("update/%s: %s=%.2f\n", mode->name, c->name, cycles);
		if (mode == BOOK && c->published > 0)
			printf("book/published: %s=%g\n", c->name, c->published);
	}
}

static int
run_mode(const struct mode *mode)
{
	struct run *run;

	run = rte_zmalloc("perf", sizeof(*run), alignof(struct run));
	TEST_ASSERT_NOT_NULL(run, "not enough memory");
	run->mode = mode;
	run->n_lcores = RTE_MIN(rte_lcore_count(), mode->max_lcores);
	run->rounds = perf_repeat(mode->rounds, mode->quick_rounds);
	run->samples = calloc(N_CONTENDERS * run->rounds * run->n_lcores, sizeof(double));
	TEST_ASSERT_NOT_NULL(run->samples, "not enough memory");
	run->set = test_seqstat_create("perf", mode->shape->n_counters, mode->n_rows);
	TEST_ASSERT_NOT_NULL(run->set, "no set");

	rte_eal_mp_remote_launch(run_lcore, run, CALL_MAIN);
	rte_eal_mp_wait_lcore();
	report(run);

	test_seqstat_destroy(run->set);
	free(run->samples);
	rte_free(run);
	return TEST_SUCCESS;
}

static int
test_seqstat_perf_update(void)
{
	unsigned int i;
	int ret = TEST_SUCCESS;

	printf("# update/rows: cycles an update\n# book/lcores/number: cycles an add\n");
	for (i = 0; i < RTE_DIM(modes) && ret == TEST_SUCCESS; i++)
		ret = run_mode(&modes[i]);

	return ret;
}

REGISTER_PERF_TEST(seqstat_perf_update_autotest, test_seqstat_perf_update);
