/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_READ_H
#define SEQSTAT_READ_H

/**
 * @file
 *
 * The reader's half of the protocol: copy the values of one writer, as of an epoch
 *
 * The writer's half is rte_seqstat_writer_begin(), rte_seqstat_row(), __rte_seqstat_row_save() and
 * rte_seqstat_end().
 */

#include <stdbool.h>
#include <string.h>

#include "rte_seqstat.h"
#include "seqstat_block.h"

/**
 * A writer, and a copy of the layout of its rows.
 *
 * The layout never changes, but it lies in the cache line of the sequence number. Without the copy,
 * each read would take this line away from a busy writer.
 */
struct seqstat_rows {
	const struct rte_seqstat_writer *writer;
	struct rte_seqstat_row *first;
	const rte_seqstat_word_t *tags; /**< Tag of the first unit. */
	uint32_t n;        /**< Number of rows. */
	uint32_t n_values; /**< Number of values in a row. */
	uintptr_t saved_offset; /**< Number of bytes from a unit to its saved copy. */
};

/** Return the layout of the rows of a writer. */
static inline struct seqstat_rows
seqstat_rows(const struct rte_seqstat_writer *w)
{
	struct rte_seqstat_row *first = __rte_seqstat_row_at(w, 0);

	return (struct seqstat_rows){
		.writer = w,
		.first = first,
		.tags = __rte_seqstat_tag(w, first),
		.n = w->n_rows,
		.n_values = w->n_values,
		.saved_offset = w->saved_offset,
	};
}

/**
 * Copy consecutive words.
 *
 * Words are copied in pairs where a pair is one access. The access need not be atomic, because
 * readers discard a copy that may have half of a change. ThreadSanitizer does not know that.
 */
static __rte_always_inline void
seqstat_words_copy(uint64_t *to, const rte_seqstat_word_t *from, uint32_t n)
{
	uint32_t i;

#if defined(RTE_ARCH_64) && !defined(__RTE_SEQSTAT_TSAN)
	for (i = 0; i + 1 < n; i += 2)
		memcpy(&to[i], (const void *)(uintptr_t)&from[i], 2 * sizeof(to[0]));
	if (i < n)
		to[i] = __rte_seqstat_value_load(&from[i]);
#else
	for (i = 0; i < n; i++)
		to[i] = __rte_seqstat_value_load(&from[i]);
#endif
}

/** Copy the values of rows of a unit or of its saved copy. */
static __rte_always_inline void
seqstat_rows_copy(uint64_t *values, struct rte_seqstat_row *row, uint32_t n_rows,
		struct seqstat_unit unit)
{
	/* Without room for a tag, the values of all rows are consecutive. */
	if (n_rows == 1 || !unit.tag_inside) {
		seqstat_words_copy(values, &row->first, n_rows * unit.n_values);
		return;
	}
	for (; n_rows > 0; n_rows--) {
		seqstat_words_copy(values, &row->first, unit.n_values);
		values += unit.n_values;
		row = RTE_PTR_ADD(row, unit.stride);
	}
}

/**
 * Copy rows of a unit as they were when the writer acknowledged the epoch.
 *
 * @param saved
 *   Saved copy of the unit
 * @return
 *   Number of rows that were read from the saved copy
 */
static __rte_always_inline uint32_t
seqstat_rows_copy_acked(uint64_t *values, struct rte_seqstat_row *row,
		struct rte_seqstat_row *saved, const rte_seqstat_word_t *tag,
		uint32_t n_rows, struct seqstat_unit unit, uint64_t epoch)
{
	/*
	 * Pairs with the store-release of the tag in __rte_seqstat_row_save(). Otherwise the
	 * saved words could be those of an earlier snapshot.
	 */
	if (rte_atomic_load_explicit(tag, rte_memory_order_acquire) != epoch) {
		seqstat_rows_copy(values, row, n_rows, unit);
		/*
		 * Pairs with the fence after the tag there: if the copy has a value that was
		 * stored after the tag, the second load sees the tag. Otherwise a part of a
		 * section could be kept.
		 */
		rte_atomic_thread_fence(rte_memory_order_acquire);
		if (likely(rte_atomic_load_explicit(tag, rte_memory_order_relaxed) != epoch))
			return 0;
		/* Pairs with the store-release of the tag, as the first load does. */
		rte_atomic_thread_fence(rte_memory_order_acquire);
	}
	seqstat_rows_copy(values, saved, n_rows, unit);

	return n_rows;
}

/**
 * Copy all rows of a writer if it has acknowledged the epoch.
 *
 * The copy is the state before the section that acknowledged: earlier sections are complete, and
 * this and later sections save a unit before they change it.
 *
 * @param[out] n_saved
 *   Number of rows that were read from saved copies
 * @return
 *   Whether the writer has acknowledged the epoch
 */
static __rte_always_inline bool
seqstat_read_acked(uint64_t *values, struct seqstat_rows rows, uint64_t epoch,
		uint32_t *n_saved)
{
	const struct seqstat_unit unit = seqstat_unit(rows.n_values);
	const rte_seqstat_word_t *tag = rows.tags;
	struct rte_seqstat_row *row = rows.first;
	uint32_t left;

	/*
	 * Pairs with the fence in rte_seqstat_writer_begin(). Otherwise the copy could miss a
	 * part of a section before the one that acknowledged.
	 */
	if (rte_atomic_load_explicit(&rows.writer->ack, rte_memory_order_acquire) != epoch)
		return false;
	*n_saved = 0;
	for (left = rows.n; left >= unit.n_rows; left -= unit.n_rows) {
		*n_saved += seqstat_rows_copy_acked(values, row,
				RTE_PTR_ADD(row, rows.saved_offset), tag,
				unit.n_rows, unit, epoch);
		values += unit.n_rows * unit.n_values;
		row = RTE_PTR_ADD(row, unit.size);
		tag = RTE_PTR_ADD(tag, unit.size >> unit.tag_shift);
	}
	if (left > 0)
		*n_saved += seqstat_rows_copy_acked(values, row,
				RTE_PTR_ADD(row, rows.saved_offset), tag,
				left, unit, epoch);

	return true;
}

/**
 * Copy all rows of a writer if it is between two sections.
 *
 * @param[out] values
 *   Copy of the rows; undefined if the function returns false
 * @return
 *   Whether the writer was between two sections during the whole copy, and has not acknowledged the
 *   epoch
 */
static __rte_always_inline bool
seqstat_read_idle(uint64_t *values, struct seqstat_rows rows, uint64_t epoch)
{
	const struct seqstat_unit unit = seqstat_unit(rows.n_values);
	const struct rte_seqstat_writer *w = rows.writer;
	struct rte_seqstat_row *row = rows.first;
	uint32_t left, sn;

	/*
	 * Pairs with the store-release in rte_seqstat_end(). Otherwise the copy could miss a part
	 * of the section that ended with this number.
	 */
	sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_acquire);
	if ((sn & 1) != 0)
		return false;
	for (left = rows.n; left >= unit.n_rows; left -= unit.n_rows) {
		seqstat_rows_copy(values, row, unit.n_rows, unit);
		/* Stop early if the copy is in vain: reading a busy writer slows it down. */
		if (unlikely(rte_atomic_load_explicit(&w->lock.count.sn,
				rte_memory_order_relaxed) != sn))
			return false;
		values += unit.n_rows * unit.n_values;
		row = RTE_PTR_ADD(row, unit.size);
	}
	if (left > 0)
		seqstat_rows_copy(values, row, left, unit);
	/*
	 * Pairs with the fence in rte_seqstat_writer_begin(): if the copy has a value of a later
	 * section, the second load sees the number of that section. Otherwise a part of it could
	 * be kept.
	 */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	if (rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed) != sn)
		return false;

	/*
	 * A section that began with the epoch must not be in the copy: copies of other writers may
	 * lack the sections that it learned of.
	 */
	return rte_atomic_load_explicit(&w->ack, rte_memory_order_relaxed) != epoch;
}

#endif /* SEQSTAT_READ_H */
