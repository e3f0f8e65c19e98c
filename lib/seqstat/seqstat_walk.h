/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_WALK_H
#define SEQSTAT_WALK_H

/**
 * @file
 *
 * Which rows of a snapshot to show, and with which labels
 */

#include "seqstat_snapshot.h"

/** Get the labels that belong to a row's values in a snapshot. Control lock held. */
void
seqstat_snapshot_labels(const struct rte_seqstat_snapshot *snap, uint32_t row,
		struct rte_seqstat_labels *labels);

/** Rows whose labels are copied under one lock: more than a page of a telemetry reply has. */
#define SEQSTAT_WALK_LABELS 256

/** A walk over the rows to show: those that have labels or have counted something. */
struct seqstat_walk {
	const struct rte_seqstat_snapshot *snap; /**< Set by the caller. */
	uint32_t next;   /**< Where to look for the next row; set by the caller to begin with. */
	const struct rte_seqstat_labels *labels; /**< Of the row that was found. */
	uint32_t end;    /**< Labels were copied of the rows before. */
	uint32_t n_copies;
	uint32_t n_used; /**< Copies whose row was found. */
	struct {
		uint32_t row;
		struct rte_seqstat_labels labels;
	} copies[SEQSTAT_WALK_LABELS];
};

/**
 * Find the next row to show.
 *
 * Takes the control lock for as long as it copies labels.
 *
 * @return
 *   The row; -ENOENT: there are no more; or as seqstat_control_lock().
 */
int
seqstat_walk_next(struct seqstat_walk *walk);

#endif /* SEQSTAT_WALK_H */
