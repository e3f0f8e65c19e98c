/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_common.h>

#include "seqstat_clear.h"
#include "seqstat_labels.h"
#include "seqstat_lock.h"

size_t
seqstat_clear_size(uint32_t n_rows, uint32_t n_values)
{
	return 2 * n_values * sizeof(uint64_t) + n_rows * sizeof(uint32_t);
}

void
seqstat_clear_init(struct seqstat_set *set, void *mem)
{
	set->retired = mem;
	set->retired_next = set->retired + set->n_values;
	set->generations = (void *)(set->retired_next + set->n_values);
}

/** Enter a state of the clear. If this process is killed, the work before the state is done. */
static void
enter(struct seqstat_set *set, enum seqstat_clearing clearing)
{
	rte_compiler_barrier();
	set->clearing = clearing;
	rte_compiler_barrier();
}

/** Return the row that is being cleared, in the block of a writer. */
static struct rte_seqstat_row *
cleared_row(const struct seqstat_set *set, uint32_t block)
{
	return __rte_seqstat_row_at(set->blocks[block].writer,
			(size_t)set->cleared_row * set->stride);
}

/** Compute the next retired values: the sums of the current ones and the values of the row. */
static void
sum(struct seqstat_set *set, uint32_t n_blocks)
{
	uint32_t block, i;

	memcpy(set->retired_next, set->retired, set->n_values * sizeof(set->retired[0]));
	for (block = 0; block < n_blocks; block++)
		for (i = 0; i < set->n_values; i++)
			set->retired_next[i] += __rte_seqstat_value_load(
					__rte_seqstat_value(cleared_row(set, block), i));
}

/** Set the values of the row to zero in all blocks. */
static void
zero(struct seqstat_set *set, uint32_t n_blocks)
{
	uint32_t block, i;

	/*
	 * The store-release of the next epoch orders these stores before it, and pairs with the
	 * acquire fence in __rte_seqstat_row_save(). Otherwise a writer that counts in another row
	 * of the unit could save the former values for the next snapshot.
	 */
	for (block = 0; block < n_blocks; block++)
		for (i = 0; i < set->n_values; i++)
			__rte_seqstat_value_store(
					__rte_seqstat_value(cleared_row(set, block), i), 0);
}

int
seqstat_clear_finish(struct seqstat_set *set, bool wait)
{
	uint32_t n_blocks;
	int ret;

	if (likely(set->clearing == SEQSTAT_CLEARING_NONE))
		return 0;
	/* Pairs with the store-release when a block is published: the blocks are complete. */
	n_blocks = rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_acquire);
	if (set->clearing == SEQSTAT_CLEARING_LABELS) {
		ret = wait ? seqstat_control_lock() : seqstat_control_lock_until(0);
		if (ret != 0)
			return ret;
		seqstat_labels_drop(set, set->cleared_row);
		seqstat_control_unlock();
		enter(set, SEQSTAT_CLEARING_SUM);
	}
	if (set->clearing == SEQSTAT_CLEARING_SUM) {
		/* Not before: without the control lock, a snapshot has the former values. */
		rte_atomic_store_explicit(&set->generations[set->cleared_row],
				set->cleared_generation, rte_memory_order_relaxed);
		set->n_clears++;
		sum(set, n_blocks);
		enter(set, SEQSTAT_CLEARING_ZERO);
	}
	zero(set, n_blocks);
	memcpy(set->retired, set->retired_next, set->n_values * sizeof(set->retired[0]));
	enter(set, SEQSTAT_CLEARING_NONE);

	return 0;
}

int
seqstat_clear_row(struct seqstat_set *set, uint32_t row)
{
	int ret;

	set->cleared_row = row;
	set->cleared_generation = 1 + rte_atomic_load_explicit(&set->generations[row],
			rte_memory_order_relaxed);
	enter(set, SEQSTAT_CLEARING_LABELS);
	ret = seqstat_clear_finish(set, true);
	/* Forget the clear, or the next owner of the turn would clear a row that is in use. */
	if (ret != 0)
		set->clearing = SEQSTAT_CLEARING_NONE;

	return ret;
}
