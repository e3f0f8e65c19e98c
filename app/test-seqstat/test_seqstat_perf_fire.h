/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PERF_FIRE_H
#define TEST_SEQSTAT_PERF_FIRE_H

/**
 * @file
 *
 * Writers that write over and over, and a reader who reads them in different ways
 *
 * All contenders use the same memory, the blocks of seqstat's writers, so the same lines
 * move between the same cores. Time is cut into windows: for each contender in turn one
 * in which nobody reads and one in which it does, at a given rate or one snapshot right
 * after the other.
 *
 * Each section adds the same to two rows, counter c of a row being c + 1 times counter 0;
 * row r and row r + n_rows / 2 are equal between any two sections. So a torn snapshot
 * is told from a consistent one.
 */

#include <rte_rwlock.h>

#include "test_seqstat_perf.h"

#define PERF_FIRE_N_COUNTERS 4
#define PERF_FIRE_STRIDE RTE_SEQSTAT_STRIDE(PERF_FIRE_N_COUNTERS)
#define PERF_FIRE_MAX_WRITERS 8

/** Ways to read. */
enum perf_contender {
	PERF_PLAIN,         /* No guard: what copying the memory takes at least. */
	PERF_SEQSTAT,
	PERF_SEQCOUNT_LOOP, /* Copy, and again if the sequence number changed. */
	PERF_RWLOCK,        /* A reader-writer lock for each writer. */
	PERF_N_CONTENDERS
};

/** What is varied. */
struct perf_load {
	uint32_t counters; /**< Of each writer. */
	uint32_t gap;      /**< Cycles of other work between two sections. */
	uint32_t writers;
	uint32_t rate;     /**< Snapshots a second; 0: one right after the other. */
	bool spread;       /**< Updates touch all rows, not four at most. */
};

/** Who takes part. */
struct perf_lcores {
	unsigned int reader;
	unsigned int writers[PERF_FIRE_MAX_WRITERS]; /**< The main lcore last. */
	uint32_t n_writers;
	double distance; /**< From the reader to the farthest writer. */
};

/**
 * Choose lcores that are near each other; far from each other, if that is wanted.
 *
 * @param[in,out] lcores
 *   n_writers and the last reader; others read in turn.
 * @return
 *   false if none were found. What was tried last is in @p lcores.
 */
bool
perf_choose_lcores(struct perf_lcores *lcores);

/** All that were tried with a number of writers: their distances. */
const struct perf_samples *
perf_tried_lcores(uint32_t n_writers);

/** Of each window, so many times are kept at most: the last ones. */
#define PERF_FIRE_MAX_TIMES 8

/** What a contender saw and did. */
struct perf_seen {
	struct perf_samples cycles;   /**< Of each snapshot whose time was kept. */
	struct perf_samples slowdown; /**< Mean of all writers, by not being read. */
	uint64_t n_snapshots; /**< All of them, as what follows. */
	uint64_t longest;
	uint64_t retries;
	uint64_t failures;
	uint64_t torn;
};

/** What a writer did in a window. */
struct perf_window {
	uint64_t cycles;
	uint64_t sections;
	double probe; /**< The longer one of those before and after. */
};

/**
 * Numbers of windows: from 1 on, for each contender one without and one with the reader,
 * then PERF_FIRE_STOP.
 */
#define PERF_FIRE_STOP UINT32_MAX
#define PERF_FIRE_N_WINDOWS (1 + 2 * PERF_N_CONTENDERS)

static inline uint32_t
perf_fire_window(enum perf_contender contender, bool reading)
{
	return 1 + 2 * contender + reading;
}

static inline enum perf_contender
perf_fire_contender(uint32_t window)
{
	return (enum perf_contender)((window - 1) / 2);
}

struct perf_fire_writer {
	alignas(RTE_SEQSTAT_LINE) struct rte_seqstat_writer *block;
	struct perf_fire *fire;
	uint32_t half;     /**< Half of the rows. */
	uint32_t row_mask; /**< Of those among the first half that are touched. */
	uint32_t gap;      /**< Cycles of other work after each section. */
	uint64_t n;        /**< Sections so far. */
	uint64_t work;
	struct perf_window windows[PERF_FIRE_N_WINDOWS];
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) window; /**< In which it writes. */
	alignas(RTE_SEQSTAT_LINE) rte_rwlock_t rwlock;
};

/** Writers under a load, and who reads them. */
struct perf_fire {
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) window; /**< That is now. */
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint32_t) n_ready;
	uint32_t contenders; /**< That take part, as a mask. */
	double probe[PERF_N_CONTENDERS]; /**< The longest one while a contender read. */
	struct perf_lcores lcores;
	struct perf_load load;
	struct perf_seen *seen; /**< Of each contender. */
	struct perf_pads pads; /**< So that what follows lies elsewhere each time. */
	struct rte_seqstat *st;
	struct rte_seqstat_snapshot *snap;
	uint64_t *values; /**< Where contenders other than seqstat copy to. */
	uint32_t n_rows;
	struct perf_fire_writer writers[PERF_FIRE_MAX_WRITERS];
	struct perf_fire_writer *main_writer; /**< The one on the main lcore, if it writes. */
};

/** A row's counters; see the description of struct rte_seqstat_writer. */
static __rte_always_inline void *
perf_fire_row_values(const struct rte_seqstat_writer *block, uint32_t row)
{
	return RTE_PTR_ADD(block + 1,
		(size_t)row * PERF_FIRE_STRIDE + sizeof(struct rte_seqstat_row));
}

static inline void
perf_fire_set_window(struct perf_fire *fire, uint32_t window)
{
	/* What was read was read before: pairs with perf_fire_writer_main(). */
	rte_atomic_store_explicit(&fire->window, window, rte_memory_order_release);
}

/** What an lcore does that writes: @p arg is its struct perf_fire_writer. */
int
perf_fire_writer_main(void *arg);

/** What an lcore does that reads: @p arg is the struct perf_fire. */
int
perf_fire_reader_main(void *arg);

/**
 * Let contenders read in turn, each once.
 *
 * @param lcores
 *   As many writers as the load has.
 * @param contenders
 *   Who takes part: a mask of RTE_BIT32() of them.
 * @param seen
 *   What is added to, for each contender.
 * @return
 *   TEST_SUCCESS or TEST_FAILED.
 */
int
perf_fire_run(const struct perf_load *load, const struct perf_lcores *lcores,
		uint32_t contenders, struct perf_seen *seen);

#endif /* TEST_SEQSTAT_PERF_FIRE_H */
