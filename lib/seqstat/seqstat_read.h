/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_READ_H
#define SEQSTAT_READ_H

/**
 * @file
 *
 * The reader's half of the protocol: the values of one writer, as of an epoch
 *
 * The writer's half is rte_seqstat_write_begin(), rte_seqstat_row(),
 * __rte_seqstat_row_save() and rte_seqstat_write_end(). This file is compiled as it
 * is into the models in tests/model; tso.pml and armv8.py there repeat it by hand:
 * what is changed here is changed there.
 */

#include <stdbool.h>

#include "rte_seqstat.h"

/**
 * A block, and where its rows are.
 *
 * The latter never changes. It is told on the line of the writer's sequence number, which a
 * busy writer would have to give away, so a reader asks for it once.
 */
struct seqstat_rows {
	const struct rte_seqstat_writer *writer;
	struct rte_seqstat_row *first;
	uint32_t n;
	uint32_t n_values;
	size_t stride;          /**< Bytes from one row to the next. */
	uintptr_t saved_offset; /**< Bytes from a row to where it is put aside. */
};

static inline struct seqstat_rows
seqstat_rows(const struct rte_seqstat_writer *w)
{
	return (struct seqstat_rows){
		.writer = w,
		.first = __rte_seqstat_row_at(w, 0),
		.n = w->n_rows,
		.n_values = w->n_values,
		.stride = w->stride,
		.saved_offset = w->saved_offset,
	};
}

/**
 * Copy two neighbouring values.
 *
 * By one access if that is cheap. It need not be atomic: see rte_seqstat_add2().
 */
static inline void
seqstat_pair_copy(uint64_t *to, const RTE_ATOMIC(uint64_t) *from)
{
#if defined(RTE_ARCH_X86_64) && !defined(__RTE_SEQSTAT_TSAN)
	_mm_storeu_si128((__m128i *)to, _mm_loadu_si128((const __m128i *)(uintptr_t)from));
#elif defined(RTE_ARCH_ARM64) && !defined(__RTE_SEQSTAT_TSAN)
	vst1q_u64(to, vld1q_u64((const uint64_t *)(uintptr_t)from));
#else
	to[0] = __rte_seqstat_value_load(&from[0]);
	to[1] = __rte_seqstat_value_load(&from[1]);
#endif
}

/**
 * Copy the values of a row, live or put aside.
 */
static inline void
seqstat_row_copy(uint64_t *values, struct rte_seqstat_row *row, uint32_t n_values)
{
	uint32_t i;

	for (i = 0; i + 1 < n_values; i += 2)
		seqstat_pair_copy(&values[i], __rte_seqstat_value(row, i));
	if (i < n_values)
		values[i] = __rte_seqstat_value_load(__rte_seqstat_value(row, i));
}

/**
 * Copy a row of a writer that acknowledged the epoch, as it was at that moment.
 *
 * @param saved
 *   Where the writer puts the row aside.
 * @return
 *   Whether the row was taken from there.
 */
static inline bool
seqstat_row_copy_acked(uint64_t *values, struct rte_seqstat_row *row,
		struct rte_seqstat_row *saved, uint32_t n_values, uint64_t epoch)
{
	/* Pairs with the store-release of the claim in __rte_seqstat_row_save(). */
	if (rte_atomic_load_explicit(&row->epoch, rte_memory_order_acquire) != epoch) {
		seqstat_row_copy(values, row, n_values);
		/*
		 * If a value was stored after the claim, the second look finds the
		 * claim: pairs with the fence after the claim in the same function.
		 */
		rte_atomic_thread_fence(rte_memory_order_acquire);
		if (likely(rte_atomic_load_explicit(&row->epoch,
				rte_memory_order_relaxed) != epoch))
			return false;
		/* Pairs with the store-release of the claim, as above. */
		rte_atomic_thread_fence(rte_memory_order_acquire);
	}
	seqstat_row_copy(values, saved, n_values);

	return true;
}

/**
 * Copy all rows of a writer if it acknowledged the epoch.
 *
 * What it acknowledged is the state between two sections: earlier ones are complete,
 * and later ones put a row aside before they change it.
 *
 * @param[out] n_saved
 *   How many rows were taken from where the writer put them aside.
 * @return
 *   Whether it had, and was copied.
 */
static inline bool
seqstat_read_acked(uint64_t *values, struct seqstat_rows rows, uint64_t epoch,
		uint32_t *n_saved)
{
	const struct rte_seqstat_writer *w = rows.writer;
	struct rte_seqstat_row *row = rows.first;
	uint32_t i;

	/* Earlier sections: pairs with the fence in rte_seqstat_write_begin(). */
	if (rte_atomic_load_explicit(&w->ack, rte_memory_order_acquire) != epoch)
		return false;
	*n_saved = 0;
	for (i = 0; i < rows.n; i++) {
		*n_saved += seqstat_row_copy_acked(values, row,
				RTE_PTR_ADD(row, rows.saved_offset), rows.n_values, epoch);
		values += rows.n_values;
		row = RTE_PTR_ADD(row, rows.stride);
	}

	return true;
}

/**
 * Copy all rows of a writer if it is between two sections.
 *
 * @param[out] values
 *   Overwritten whatever the outcome.
 * @return
 *   Whether it was, all the time, and had not acknowledged the epoch.
 */
static inline bool
seqstat_read_idle(uint64_t *values, struct seqstat_rows rows, uint64_t epoch)
{
	const struct rte_seqstat_writer *w = rows.writer;
	struct rte_seqstat_row *row = rows.first;
	uint32_t i, sn;

	/* Earlier sections: pairs with the store-release in rte_seqstat_write_end(). */
	sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_acquire);
	if ((sn & 1) != 0)
		return false;
	for (i = 0; i < rows.n; i++) {
		seqstat_row_copy(values, row, rows.n_values);
		/* Not needed to be right: taking a busy writer's lines in vain slows it down. */
		if (unlikely(rte_atomic_load_explicit(&w->lock.count.sn,
				rte_memory_order_relaxed) != sn))
			return false;
		values += rows.n_values;
		row = RTE_PTR_ADD(row, rows.stride);
	}
	/*
	 * If a value was stored in a later section, the second look finds the number
	 * of that section: pairs with the fence in rte_seqstat_write_begin().
	 */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	if (rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed) != sn)
		return false;

	/*
	 * A section that began with the epoch must not be in the copy: what it was
	 * told of may be missing from the copies of other writers.
	 */
	return rte_atomic_load_explicit(&w->ack, rte_memory_order_relaxed) != epoch;
}

#endif /* SEQSTAT_READ_H */
