/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include <rte_errno.h>

#include "log.h"
#include "stats.h"
#include "viewer.h"

/* A preempted lcore is back by then, unless the machine is far too busy. */
#define SNAPSHOT_TIMEOUT_US 100000

static void
difference(struct rte_seqstat_snapshot *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	int ret = rte_seqstat_snapshot_diff(diff, newer, older);

	if (ret < 0)
		LOG(ERR, "cannot subtract snapshots: %s", rte_strerror(-ret));
}

/* The difference to no snapshot at all is the snapshot itself. */
static void
copy(struct viewer *viewer, struct rte_seqstat_snapshot *to)
{
	difference(to, viewer->latest, viewer->none);
}

static void
take(struct viewer *viewer)
{
	int ret = rte_seqstat_snapshot_take(viewer->latest, SNAPSHOT_TIMEOUT_US);

	/* Who missed the time limit keeps former values, whose balance is right as well. */
	if (ret < 0)
		LOG(WARNING, "incomplete snapshot: %s", rte_strerror(-ret));
	if (!stats_check(viewer->latest))
		viewer->n_inconsistent++;
}

int
viewer_open(struct viewer *viewer, struct rte_seqstat *set)
{
	*viewer = (struct viewer){
		.latest = rte_seqstat_snapshot_create(set),
		.previous = rte_seqstat_snapshot_create(set),
		.base = rte_seqstat_snapshot_create(set),
		.none = rte_seqstat_snapshot_create(set),
		.total = rte_seqstat_snapshot_create(set),
		.step = rte_seqstat_snapshot_create(set),
	};
	if (viewer->latest == NULL || viewer->previous == NULL || viewer->base == NULL ||
			viewer->none == NULL || viewer->total == NULL || viewer->step == NULL) {
		LOG(ERR, "cannot make a snapshot: %s", rte_strerror(rte_errno));
		return -1;
	}
	viewer_refresh(viewer);
	copy(viewer, viewer->base);
	return 0;
}

void
viewer_refresh(struct viewer *viewer)
{
	copy(viewer, viewer->previous);
	take(viewer);
	difference(viewer->total, viewer->latest, viewer->base);
	difference(viewer->step, viewer->latest, viewer->previous);
}

void
viewer_reset(struct viewer *viewer)
{
	viewer_refresh(viewer);
	copy(viewer, viewer->base);
	difference(viewer->total, viewer->latest, viewer->base);
	viewer->was_reset = true;
}

void
viewer_finish(struct viewer *viewer)
{
	viewer_refresh(viewer);
	difference(viewer->step, viewer->latest, viewer->base);
}

void
viewer_close(struct viewer *viewer)
{
	rte_seqstat_snapshot_free(viewer->latest);
	rte_seqstat_snapshot_free(viewer->previous);
	rte_seqstat_snapshot_free(viewer->base);
	rte_seqstat_snapshot_free(viewer->none);
	rte_seqstat_snapshot_free(viewer->total);
	rte_seqstat_snapshot_free(viewer->step);
}
