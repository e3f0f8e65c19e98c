/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_H
#define TEST_SEQSTAT_PERF_H

/**
 * @file
 *
 * What the benchmarks have in common
 *
 * The machine may be noisy and its clock may change, so only ratios are results.
 * Contenders take turns in slices of some microseconds, and what counts is the median
 * over many rounds.
 *
 * What is measured depends on who else uses the core: the CPU of a virtual machine may be
 * half of one, whose other half works for somebody else. So slices are probed, see
 * perf_probe(), and those that were disturbed do not count.
 *
 * Environment:
 *
 * - SEQSTAT_PERF_QUICK=1: fewer rounds, for a first impression
 * - SEQSTAT_PERF_SECONDS=N: how long snapshots are measured, if not for 1000 or, in the
 *   quick mode, 50 seconds
 * - SEQSTAT_PERF_FAR=1: of snapshots, those by lcores that are far from their writers count,
 *   instead of the others; all of them if these are but a few
 * - SEQSTAT_PERF_JSON=FILE: also write the results there
 */

#include <rte_launch.h>

#include "test_seqstat.h"

/** Of two numbers, for the quick mode or not. */
unsigned int
perf_n_rounds(unsigned int full, unsigned int quick);

/** How long to measure snapshots. */
unsigned int
perf_seconds(void);

/** Whether samples of lcores that are far from each other count, and no others. */
bool
perf_far(void);

/** What was measured, again and again, of one contender. */
struct perf_samples {
	unsigned int n;
	unsigned int room;
	double *value;
	double *probe; /**< What perf_probe() took before or after, whatever is more; or 0. */
	double *distance; /**< Of the lcores that took part; or 0. */
	/** Samples whose distances tell what is near; NULL: these. */
	const struct perf_samples *tried;
};

/** Make room. Complains and returns false if there is none. */
bool
perf_samples_alloc(struct perf_samples *samples, unsigned int room);

void
perf_samples_free(struct perf_samples *samples);

/** Add a sample of one lcore, if there is room. */
void
perf_samples_add(struct perf_samples *samples, double value, double probe);

/** Likewise, of lcores at some distance from each other. */
void
perf_samples_add_at(struct perf_samples *samples, double value, double probe, double distance);

/**
 * The median of those samples that were not disturbed, of lcores near each other.
 *
 * If these are but a few, the median of those with the shortest probes.
 */
double
perf_samples_median(const struct perf_samples *samples);

/**
 * Likewise, the mean, but for the lowest tenth and the highest one.
 *
 * It is steadier than the median where there are two kinds of about as many samples: it
 * moves with their shares, where the median jumps from the one to the other.
 */
double
perf_samples_trimmed_mean(const struct perf_samples *samples);

/**
 * The standard error of that mean, as a share of it.
 *
 * @return
 *   NAN if there are too few samples to tell.
 */
double
perf_samples_error(const struct perf_samples *samples);

/** Likewise, of the ratio of two such means: of samples that were taken in turn. */
double
perf_samples_ratio_error(const struct perf_samples *samples, const struct perf_samples *by);

/** Whether those that were not disturbed are more than a few. */
bool
perf_samples_suffice(const struct perf_samples *samples);

/** The share of the samples of some contenders that were not disturbed, likewise. */
double
perf_samples_share(const struct perf_samples samples[], unsigned int n_contenders);

/**
 * Whether a sample of lcores at a distance would be one of those that count, if it is not
 * disturbed; as long as there are but a few samples, any would.
 */
bool
perf_samples_fits(const struct perf_samples *samples, double distance);

/** The share of the samples, disturbed or not, whose lcores were near each other. */
double
perf_samples_near(const struct perf_samples *samples);

/**
 * A quantile of all samples, disturbed or not.
 *
 * @param p
 *   From 0, the least, to 1, the greatest.
 */
double
perf_samples_quantile(const struct perf_samples *samples, double p);

/** Nanoseconds of a number of TSC cycles. */
double
perf_ns(double cycles);

/** Cycles that a microsecond's work took, which takes longer if the core is shared. */
double
perf_probe(void);

/**
 * Cycles that a probe takes at most if the core is not shared.
 *
 * It is if another hyper-thread of it is awake, whatever that does.
 */
double
perf_probe_limit(void);

/** Probe until the core is not shared, but not after a time. Returns the last probe. */
double
perf_probe_until(uint64_t tsc);

/**
 * What two lcores throw to each other. All zero before.
 *
 * Accesses are relaxed: nothing is passed on with it.
 */
struct perf_ball {
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) thrown;
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) returned;
};

/** Return the ball, if it was thrown: to be called over and over. */
static inline void
perf_return(struct perf_ball *ball)
{
	uint32_t thrown = rte_atomic_load_explicit(&ball->thrown, rte_memory_order_relaxed);

	if (thrown != rte_atomic_load_explicit(&ball->returned, rte_memory_order_relaxed))
		rte_atomic_store_explicit(&ball->returned, thrown, rte_memory_order_relaxed);
}

/** Cycles that a ball takes to another lcore, which returns it, and back; once for a ball. */
double
perf_distance(struct perf_ball *ball);

/** The next lcore that has its core for itself now; if there is none, just the next. */
unsigned int
perf_undisturbed_lcore(unsigned int last);

/** Run a function on an lcore, perhaps the calling one, and wait for its end. */
int
perf_run_on(unsigned int lcore_id, lcore_function_t *func, void *arg);

#define PERF_N_DPDK_PADS 64
/** The C library keeps pieces of each small size for whoever asks for just as much. */
#define PERF_N_LIBC_PADS 512

/** Memory that is left out in either heap. */
struct perf_pads {
	void *dpdk[PERF_N_DPDK_PADS];
	void *libc[PERF_N_LIBC_PADS];
};

/**
 * Leave out some memory, so that what is allocated next lies at any place.
 *
 * How long lines take depends on where they are, and memory that was freed and is allocated
 * again is at the same place. If there is too little, less is left out.
 */
void
perf_pads_make(struct perf_pads *pads);

/** Free what was left out, if anything was. */
void
perf_pads_free(struct perf_pads *pads);

/** Let a time pass, awake. */
void
perf_wait_until(uint64_t tsc);

/**
 * The work of a program that also counts.
 *
 * A chain of dependent operations, as in hashing and looking up, and as many others
 * beside it: some two instructions a cycle, no memory, branches that are foreseen. What
 * is counted meanwhile has to fit in between. Not inlined, so that it is the same code
 * for all contenders.
 *
 * @param state
 *   What it returned before, so that the chain goes on.
 * @param cycles
 *   For about how long: cycles of the core's own clock, in hundreds.
 */
uint64_t
perf_work(uint64_t state, unsigned int cycles);

/**
 * @name Results as JSON
 *
 * Do nothing unless a file is asked for. Names are those of members; NULL in an array.
 * @{
 */

/** @return Whether the file, if one is asked for, can be written. */
bool
perf_json_open(void);

/** @return Whether all was written. */
bool
perf_json_close(void);

void
perf_json_object_begin(const char *name);

void
perf_json_object_end(void);

void
perf_json_array_begin(const char *name);

void
perf_json_array_end(void);

/** Infinite ones and NAN are null. */
void
perf_json_number(const char *name, double value);

void
perf_json_string(const char *name, const char *value);

/** @} */

/**
 * @name The benchmarks
 *
 * Each prints its results and adds a member to the JSON file.
 *
 * @return
 *   TEST_SUCCESS, TEST_FAILED or TEST_SKIPPED. Being slow is no failure; a snapshot
 *   that is not consistent is.
 * @{
 */

/** Which lcores share a core, also with others: what the results depend on. */
int
perf_lcores(void);

/** What an update costs. */
int
perf_update(void);

/** What a snapshot costs while writers write, and what it costs them. */
int
perf_snapshot(void);

/** How the cost of a snapshot grows. */
int
perf_growth(void);

/** A published comparison of ways to count, with seqstat added. */
int
perf_book(void);

/** @} */

#endif /* TEST_SEQSTAT_PERF_H */
