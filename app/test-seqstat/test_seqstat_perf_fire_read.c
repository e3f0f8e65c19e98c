/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_pause.h>
#include <rte_seqcount.h>

#include "test_seqstat_perf_fire.h"

/** As long as a snapshot may take. */
#define LIMIT_US (10 * 1000)
/** How long a window is: without the reader, and with it at least. */
#define UNREAD_WINDOW_US 1000
#define READ_WINDOW_US 4000
/**
 * The first snapshots of a window, whose times are not kept.
 *
 * They find in the caches, and in what CPUs remember of branches, what others left there:
 * for milliseconds, at 1,000 a second.
 */
#define WARM_UP 4
/** How many snapshots it has at least, at a rate. */
#define SNAPSHOTS_PER_WINDOW (WARM_UP + PERF_FIRE_MAX_TIMES)

/** Copy a block as fast as can be: whoever needs it consistent has it guarded. */
static void
copy_block(uint64_t *values, const struct rte_seqstat_writer *block, uint32_t n_rows)
{
	uint32_t i;

	for (i = 0; i < n_rows; i++, values += PERF_FIRE_N_COUNTERS)
		memcpy(values, perf_fire_row_values(block, i),
			PERF_FIRE_N_COUNTERS * sizeof(*values));
}

/** Copy one writer's block, guarded as the contender does. Returns whether it succeeded. */
static bool
read_writer(enum perf_contender contender, struct perf_fire_writer *w, uint64_t *values,
		uint32_t n_rows, uint64_t limit, uint64_t *retries)
{
	uint32_t sn;

	switch (contender) {
	case PERF_SEQCOUNT_LOOP:
		for (;;) {
			sn = rte_seqcount_read_begin(&w->block->lock.count);
			copy_block(values, w->block, n_rows);
			if (!rte_seqcount_read_retry(&w->block->lock.count, sn))
				return true;
			if (rte_rdtsc() >= limit)
				return false;
			(*retries)++;
		}
	case PERF_RWLOCK:
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
read_writers(struct perf_fire *fire, enum perf_contender contender, uint64_t *retries)
{
	uint64_t limit = rte_rdtsc() + LIMIT_US * (rte_get_tsc_hz() / US_PER_S);
	uint64_t *values = fire->values;
	bool complete = true;
	uint32_t i;

	if (contender == PERF_SEQSTAT)
		return rte_seqstat_snapshot_take(fire->snap, LIMIT_US) == 0;

	for (i = 0; i < fire->load.writers; i++) {
		complete &= read_writer(contender, &fire->writers[i], values, fire->n_rows, limit,
				retries);
		values += (size_t)fire->n_rows * PERF_FIRE_N_COUNTERS;
	}

	return complete;
}

/** One writer's numbers in the snapshot that was taken last. */
static const uint64_t *
writer_values(const struct perf_fire *fire, enum perf_contender contender, uint32_t writer,
		uint32_t row)
{
	if (contender == PERF_SEQSTAT)
		return rte_seqstat_snapshot_row(fire->snap, writer, row);

	return fire->values + ((size_t)writer * fire->n_rows + row) * PERF_FIRE_N_COUNTERS;
}

static bool
is_torn(const struct perf_fire *fire, enum perf_contender contender)
{
	uint32_t i, row, c, half = fire->n_rows / 2;
	const uint64_t *a, *b;

	for (i = 0; i < fire->load.writers; i++)
		for (row = 0; row < half; row++) {
			a = writer_values(fire, contender, i, row);
			b = writer_values(fire, contender, i, row + half);
			for (c = 0; c < PERF_FIRE_N_COUNTERS; c++)
				if (a[c] != (c + 1) * a[0] || b[c] != a[c])
					return true;
		}

	return false;
}

/** What the last snapshots of a window took. */
struct last_times {
	double cycles[PERF_FIRE_MAX_TIMES];
	double probe[PERF_FIRE_MAX_TIMES];
	uint32_t n; /**< All of the window. */
};

/** Take a snapshot. */
static void
sample(struct perf_fire *fire, enum perf_contender contender, struct last_times *last)
{
	struct perf_seen *seen = &fire->seen[contender];
	uint64_t start, cycles;
	bool complete;

	start = rte_rdtsc_precise();
	complete = read_writers(fire, contender, &seen->retries);
	cycles = rte_rdtsc_precise() - start;

	seen->n_snapshots++;
	seen->failures += !complete;
	seen->longest = RTE_MAX(seen->longest, cycles);
	last->cycles[last->n++ % PERF_FIRE_MAX_TIMES] = (double)cycles;
}

/** The probe of the snapshot that was taken last. */
static double *
last_probe(struct last_times *last)
{
	return &last->probe[(last->n - 1) % PERF_FIRE_MAX_TIMES];
}

/** Keep the times, but of the first ones; if there are no others, that of the last one. */
static void
keep_times(struct perf_fire *fire, enum perf_contender contender, const struct last_times *last)
{
	uint32_t i, slot, kept = RTE_MIN(last->n, 1u);

	if (last->n > WARM_UP)
		kept = RTE_MIN(last->n - WARM_UP, (uint32_t)PERF_FIRE_MAX_TIMES);
	for (i = last->n - kept; i < last->n; i++) {
		slot = i % PERF_FIRE_MAX_TIMES;
		perf_samples_add_at(&fire->seen[contender].cycles, last->cycles[slot],
				last->probe[slot], fire->lcores.distance);
	}
}

/** Cycles from one snapshot to the next; 0: one right after the other. */
static uint64_t
snapshot_interval(const struct perf_load *load)
{
	return load->rate == 0 ? 0 : rte_get_tsc_hz() / load->rate;
}

static uint64_t
window_cycles(const struct perf_load *load)
{
	return RTE_MAX(READ_WINDOW_US * (rte_get_tsc_hz() / US_PER_S),
			SNAPSHOTS_PER_WINDOW * snapshot_interval(load));
}

/** Read at a rate during a window, a little later if the reader's core is disturbed. */
static void
read_at_rate(struct perf_fire *fire, enum perf_contender contender, uint64_t end)
{
	uint64_t interval = snapshot_interval(&fire->load);
	uint64_t due = rte_rdtsc() + interval / 2;
	double *longest = &fire->probe[contender];
	struct last_times last = { .n = 0 };
	double probe;

	/* What is missed because one took so long is made up for, within the window. */
	for (; due < end && rte_rdtsc() < end; due += interval) {
		perf_wait_until(due);
		probe = perf_probe_until(due + interval / 2);
		sample(fire, contender, &last);
		probe = RTE_MAX(probe, perf_probe());
		*last_probe(&last) = probe;
		*longest = RTE_MAX(*longest, probe);
	}
	keep_times(fire, contender, &last);
}

/** Read all the time during a window. */
static void
read_back_to_back(struct perf_fire *fire, enum perf_contender contender, uint64_t end)
{
	struct last_times last = { .n = 0 };
	double probe = perf_probe();
	uint32_t i;

	do {
		sample(fire, contender, &last);
	} while (rte_rdtsc() < end);
	probe = RTE_MAX(probe, perf_probe());
	fire->probe[contender] = probe;
	for (i = 0; i < PERF_FIRE_MAX_TIMES; i++)
		last.probe[i] = probe;
	keep_times(fire, contender, &last);
}

/** Read during a window, and look at the last snapshot, if there is any. */
static void
read_window(struct perf_fire *fire, enum perf_contender contender)
{
	uint64_t end = rte_rdtsc() + window_cycles(&fire->load);
	struct perf_seen *seen = &fire->seen[contender];
	uint64_t n_snapshots = seen->n_snapshots, failures = seen->failures;

	if (fire->load.rate > 0)
		read_at_rate(fire, contender, end);
	else
		read_back_to_back(fire, contender, end);
	perf_wait_until(end);
	/* There is none if this lcore did not get its CPU all the time. */
	if (seen->n_snapshots > n_snapshots && seen->failures == failures &&
			is_torn(fire, contender))
		seen->torn++;
}

/** Begin a window, with all writers. */
static void
enter_window(struct perf_fire *fire, uint32_t window)
{
	uint32_t i;

	perf_fire_set_window(fire, window);
	/* Its earlier sections: pairs with the store-release in write_window(). */
	for (i = 0; i < fire->load.writers; i++)
		while (rte_atomic_load_explicit(&fire->writers[i].window,
				rte_memory_order_acquire) != window)
			rte_pause();
}

/** A window in which nobody reads. */
static void
pass_window(struct perf_fire *fire, uint32_t window)
{
	enter_window(fire, window);
	perf_wait_until(rte_rdtsc() + UNREAD_WINDOW_US * (rte_get_tsc_hz() / US_PER_S));
}

/** Let all contenders read in turn. */
static void
read_in_turn(struct perf_fire *fire)
{
	uint32_t i;

	for (i = 0; i < PERF_N_CONTENDERS; i++) {
		if (!(fire->contenders & RTE_BIT32(i)))
			continue;
		/*
		 * First until the writers have their lines back from who read before: what they
		 * tell of this window is overwritten by what they tell when it comes again.
		 */
		pass_window(fire, perf_fire_window(i, true));
		pass_window(fire, perf_fire_window(i, false));
		enter_window(fire, perf_fire_window(i, true));
		read_window(fire, i);
	}
}

int
perf_fire_reader_main(void *arg)
{
	struct perf_fire *fire = arg;
	bool complete = true;
	uint32_t i;

	/* Their blocks: pairs with the release in perf_fire_writer_main(). */
	while (rte_atomic_load_explicit(&fire->n_ready, rte_memory_order_acquire) <
			fire->load.writers)
		rte_pause();
	for (i = 0; i < fire->load.writers; i++)
		complete &= fire->writers[i].block != NULL;
	if (complete)
		read_in_turn(fire);
	perf_fire_set_window(fire, PERF_FIRE_STOP);

	return complete ? 0 : -1;
}
