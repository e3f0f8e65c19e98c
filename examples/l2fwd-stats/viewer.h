/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef VIEWER_H
#define VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_seqstat.h>

/*
 * One person's view of the set: what was counted since this person's last reset, and of late.
 * Both are differences of snapshots; no writer is touched, and nobody else's view.
 */
struct viewer {
	struct rte_seqstat_snapshot *latest;   /* The object for all snapshots. */
	struct rte_seqstat_snapshot *previous; /* The snapshot before the latest. */
	struct rte_seqstat_snapshot *base;     /* The snapshot of the last reset. */
	struct rte_seqstat_snapshot *none;     /* Remains empty. */
	struct rte_seqstat_snapshot *total;    /* From the base to the latest. */
	struct rte_seqstat_snapshot *step;     /* From the previous to the latest. */
	bool was_reset;
	uint64_t n_inconsistent; /* Snapshots in which packets were missing. */
};

/*
 * Begin to view a set.
 * Returns 0, or -1 and says what is wrong; viewer_close() is due in both cases.
 */
int viewer_open(struct viewer *viewer, struct rte_seqstat *set);

/* Take a snapshot, check it, and bring total and step up to date. */
void viewer_refresh(struct viewer *viewer);

/* Refresh, and make the totals begin at zero from this snapshot on. */
void viewer_reset(struct viewer *viewer);

/* Refresh, and make the step as long as the total. */
void viewer_finish(struct viewer *viewer);

void viewer_close(struct viewer *viewer);

#endif /* VIEWER_H */
