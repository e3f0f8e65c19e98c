/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_WALK_H
#define SEQSTAT_WALK_H

/**
 * @file
 *
 * A walk over the rows of a snapshot that views show, with their labels
 */

#include "seqstat_snapshot.h"

/** Get the labels that belong to the values of a row in a snapshot. Control lock held. */
void
seqstat_snapshot_labels(const struct rte_seqstat_snapshot *snap, uint32_t row,
		struct rte_seqstat_labels *labels);

/** Number of rows whose labels are copied under one lock: more than a page of a view has. */
#define SEQSTAT_WALK_LABELS 256

/** A walk over the rows that have labels or have counted something: too large for a stack. */
struct seqstat_walk {
	const struct rte_seqstat_snapshot *snap;
	uint32_t next;   /**< Row at which the search continues. */
	const struct rte_seqstat_labels *labels; /**< Labels of the row that was found. */
	uint32_t end;    /**< The copies have the labels of the rows before this one. */
	uint32_t n_copies; /**< Number of copies. */
	uint32_t n_used; /**< Number of copies whose row was found. */
	struct {
		uint32_t row;
		struct rte_seqstat_labels labels;
	} copies[SEQSTAT_WALK_LABELS];
};

/** Begin a walk at a row. Returns NULL if there is no memory, or a walk to free with free(). */
struct seqstat_walk *
seqstat_walk_begin(const struct rte_seqstat_snapshot *snap, uint32_t row);

/**
 * Find the next row to show.
 *
 * The function takes the control lock while it copies labels.
 *
 * @return
 *   The row, -ENOENT if there are no more, or another error as seqstat_control_lock()
 */
int
seqstat_walk_next(struct seqstat_walk *walk);

#endif /* SEQSTAT_WALK_H */
