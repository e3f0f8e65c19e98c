/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_pause.h>
#include <rte_seqcount.h>

#include "test_seqstat_perf_fire.h"

static __rte_always_inline void
add_plain_row(const struct rte_seqstat_writer *block, uint32_t row, uint64_t k)
{
	uint64_t *v = perf_fire_row_values(block, row);

	v[0] += k;
	v[1] += 2 * k;
	v[2] += 3 * k;
	v[3] += 4 * k;
}

static __rte_always_inline void
section_plain(struct perf_fire_writer *w, uint32_t row, uint64_t k)
{
	add_plain_row(w->block, row, k);
	add_plain_row(w->block, row + w->half, k);
}

static __rte_always_inline void
section_seqcount(struct perf_fire_writer *w, uint32_t row, uint64_t k)
{
	rte_seqcount_write_begin(&w->block->lock.count);
	section_plain(w, row, k);
	rte_seqcount_write_end(&w->block->lock.count);
}

static __rte_always_inline void
section_rwlock(struct perf_fire_writer *w, uint32_t row, uint64_t k)
{
	rte_rwlock_write_lock(&w->rwlock);
	section_plain(w, row, k);
	rte_rwlock_write_unlock(&w->rwlock);
}

static __rte_always_inline void
add_seqstat_row(const struct rte_seqstat_section *sec, uint32_t row, uint64_t k)
{
	struct rte_seqstat_row *r = rte_seqstat_row_stride(sec, row, PERF_FIRE_STRIDE);

	rte_seqstat_add2(r, 0, k, 2 * k);
	rte_seqstat_add2(r, 2, 3 * k, 4 * k);
}

static __rte_always_inline void
section_seqstat(struct perf_fire_writer *w, uint32_t row, uint64_t k)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w->block);

	add_seqstat_row(&sec, row, k);
	add_seqstat_row(&sec, row + w->half, k);
	rte_seqstat_write_end(&sec);
}

/** Write during a window. Inlined with each kind of section. */
static __rte_always_inline void
write_window(struct perf_fire_writer *w, uint32_t window,
		void (*section)(struct perf_fire_writer *w, uint32_t row, uint64_t k))
{
	/* So many sections for each look at the window. */
	enum { SECTIONS = 4 };
	uint64_t start, first = w->n;
	unsigned int i;

	/* Earlier sections are over: pairs with the load-acquire in enter_window(). */
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
write_seqcount(struct perf_fire_writer *w, uint32_t window)
{
	write_window(w, window, section_seqcount);
}

static void __rte_noinline
write_rwlock(struct perf_fire_writer *w, uint32_t window)
{
	write_window(w, window, section_rwlock);
}

static void __rte_noinline
write_plain(struct perf_fire_writer *w, uint32_t window)
{
	write_window(w, window, section_plain);
}

static void __rte_noinline
write_seqstat(struct perf_fire_writer *w, uint32_t window)
{
	write_window(w, window, section_seqstat);
}

/** A probe that finds its code in the caches. */
static double
probe_twice(void)
{
	perf_probe();

	return perf_probe();
}

int
perf_fire_writer_main(void *arg)
{
	static void (*const write[])(struct perf_fire_writer *w, uint32_t window) = {
		[PERF_SEQCOUNT_LOOP] = write_seqcount,
		[PERF_RWLOCK] = write_rwlock,
		[PERF_PLAIN] = write_plain,
		[PERF_SEQSTAT] = write_seqstat,
	};
	struct perf_fire_writer *w = arg;
	struct perf_fire *fire = w->fire;
	double before, after;
	uint32_t window;

	w->block = rte_seqstat_writer_attach(fire->st, rte_lcore_id());
	/* The block is known: pairs with the load-acquire in perf_fire_reader_main(). */
	rte_atomic_fetch_add_explicit(&fire->n_ready, 1, rte_memory_order_release);
	if (w->block == NULL)
		return -1;

	before = probe_twice();
	for (;;) {
		/* Pairs with the store-release in perf_fire_set_window(). */
		window = rte_atomic_load_explicit(&fire->window, rte_memory_order_acquire);
		if (window == PERF_FIRE_STOP)
			break;
		if (window == 0) {
			rte_pause();
			continue;
		}
		write[perf_fire_contender(window)](w, window);
		after = probe_twice();
		w->windows[window].probe = RTE_MAX(before, after);
		before = after;
	}

	return rte_seqstat_writer_detach(w->block);
}
