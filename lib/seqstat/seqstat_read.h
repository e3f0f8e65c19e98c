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
 * The writer's half is rte_seqstat_writer_begin(), rte_seqstat_row(),
 * __rte_seqstat_row_save() and rte_seqstat_end(). The models in tests/model compile both
 * as they are; tso.pml and armv8.py there repeat them by hand: change these with them.
 */

#include <stdbool.h>
#include <string.h>

#include "rte_seqstat.h"
#include "seqstat_block.h"

/**
 * A block, and where its rows are.
 *
 * The latter never changes, but lies in the cache line of the writer's sequence number, which
 * a reader takes away from a busy writer: a reader asks for it once.
 */
struct seqstat_rows {
	const struct rte_seqstat_writer *writer;
	struct rte_seqstat_row *first;
	const rte_seqstat_word_t *tags; /**< The tag of the first unit. */
	uint32_t n;
	uint32_t n_values;
	uintptr_t saved_offset; /**< Bytes from a unit to its saved copy. */
};

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
 * Copy words that follow each other.
 *
 * By pairs if that is one access: it need not be atomic, since a reader discards the copy of
 * a word that may have been written meanwhile. ThreadSanitizer does not know that.
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

/**
 * Copy the values of rows of one unit, live or saved.
 */
static __rte_always_inline void
seqstat_rows_copy(uint64_t *values, struct rte_seqstat_row *row, uint32_t n_rows,
		struct seqstat_unit unit)
{
	/* Without room for a tag, there is none between the rows. */
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
 * Copy rows of a unit of a writer that acknowledged the epoch, as they were at that moment.
 *
 * @param saved
 *   The saved copy of the unit.
 * @return
 *   How many rows were read from there.
 */
static __rte_always_inline uint32_t
seqstat_rows_copy_acked(uint64_t *values, struct rte_seqstat_row *row,
		struct rte_seqstat_row *saved, const rte_seqstat_word_t *tag,
		uint32_t n_rows, struct seqstat_unit unit, uint64_t epoch)
{
	/*
	 * Pairs with the store-release of the tag in __rte_seqstat_row_save(): the saved words
	 * below would else be those of an earlier snapshot.
	 */
	if (rte_atomic_load_explicit(tag, rte_memory_order_acquire) != epoch) {
		seqstat_rows_copy(values, row, n_rows, unit);
		/*
		 * Pairs with the fence after the tag there: if a value was stored after the tag,
		 * the second look finds the tag, or a part of a section would be taken.
		 */
		rte_atomic_thread_fence(rte_memory_order_acquire);
		if (likely(rte_atomic_load_explicit(tag, rte_memory_order_relaxed) != epoch))
			return 0;
		/* Pairs with the store-release of the tag, as above. */
		rte_atomic_thread_fence(rte_memory_order_acquire);
	}
	seqstat_rows_copy(values, saved, n_rows, unit);

	return n_rows;
}

/**
 * Copy all rows of a writer if it acknowledged the epoch.
 *
 * What it acknowledged is the state between two sections: earlier ones are complete,
 * and later ones save a unit before they change it.
 *
 * @param[out] n_saved
 *   How many rows were read from saved copies.
 * @return
 *   Whether it had, and was copied.
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
	 * Pairs with the fence in rte_seqstat_writer_begin(): sections before the one that
	 * acknowledged would else be in the copy in part.
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
 *   Overwritten whatever the outcome.
 * @return
 *   Whether it was, all the time, and had not acknowledged the epoch.
 */
static __rte_always_inline bool
seqstat_read_idle(uint64_t *values, struct seqstat_rows rows, uint64_t epoch)
{
	const struct seqstat_unit unit = seqstat_unit(rows.n_values);
	const struct rte_seqstat_writer *w = rows.writer;
	struct rte_seqstat_row *row = rows.first;
	uint32_t left, sn;

	/*
	 * Pairs with the store-release in rte_seqstat_end(): the section that ended with this
	 * number would else be in the copy in part.
	 */
	sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_acquire);
	if ((sn & 1) != 0)
		return false;
	for (left = rows.n; left >= unit.n_rows; left -= unit.n_rows) {
		seqstat_rows_copy(values, row, unit.n_rows, unit);
		/* Not needed to be right: taking a busy writer's lines in vain slows it down. */
		if (unlikely(rte_atomic_load_explicit(&w->lock.count.sn,
				rte_memory_order_relaxed) != sn))
			return false;
		values += unit.n_rows * unit.n_values;
		row = RTE_PTR_ADD(row, unit.size);
	}
	if (left > 0)
		seqstat_rows_copy(values, row, left, unit);
	/*
	 * Pairs with the fence in rte_seqstat_writer_begin(): if a value was stored in a later
	 * section, the second look finds the number of that section, or a part of it would be
	 * taken.
	 */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	if (rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed) != sn)
		return false;

	/*
	 * A section that began with the epoch must not be in the copy: what it heard of may be
	 * missing from the copies of other writers.
	 */
	return rte_atomic_load_explicit(&w->ack, rte_memory_order_relaxed) != epoch;
}

#endif /* SEQSTAT_READ_H */
