/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>

#include "seqstat_lock.h"
#include "seqstat_labels.h"
#include "seqstat_walk.h"

void
seqstat_snapshot_labels(const struct rte_seqstat_snapshot *snap, uint32_t row,
		struct rte_seqstat_labels *labels)
{
	seqstat_labels_get(snap->set, row, labels);
	/* Labels of another generation do not belong to these values. */
	if (labels->generation != snap->generations[row])
		labels->n = 0;
}

/** Return whether a row has counted something. */
static bool
counted(const struct rte_seqstat_snapshot *snap, uint32_t row)
{
	const uint64_t *values;
	uint32_t writer, i;

	for (writer = 0; writer < snap->n_writers; writer++) {
		values = rte_seqstat_snapshot_row(snap, writer, row);
		for (i = 0; values != NULL && i < snap->set->n_values; i++)
			if (values[i] != 0)
				return true;
	}

	return false;
}

/** Copy the labels of the next rows that have any. Returns 0 or as seqstat_control_lock(). */
static int
copy_labels(struct seqstat_walk *walk)
{
	const struct seqstat_set *set = walk->snap->set;
	int ret = seqstat_control_lock();

	if (ret != 0)
		return ret;
	walk->n_copies = walk->n_used = 0;
	walk->end = walk->next;
	for (; walk->end < set->n_rows && walk->n_copies < SEQSTAT_WALK_LABELS; walk->end++) {
		if (seqstat_labels_text(set, walk->end) == NULL)
			continue;
		walk->copies[walk->n_copies].row = walk->end;
		seqstat_snapshot_labels(walk->snap, walk->end,
				&walk->copies[walk->n_copies].labels);
		walk->n_copies += walk->copies[walk->n_copies].labels.n > 0;
	}
	seqstat_control_unlock();

	return 0;
}

struct seqstat_walk *
seqstat_walk_begin(const struct rte_seqstat_snapshot *snap, uint32_t row)
{
	struct seqstat_walk *walk = calloc(1, sizeof(*walk));

	if (walk != NULL) {
		walk->snap = snap;
		walk->next = row;
	}

	return walk;
}

int
seqstat_walk_next(struct seqstat_walk *walk)
{
	static const struct rte_seqstat_labels none;
	uint32_t row;
	int ret;

	while (walk->next < walk->snap->set->n_rows) {
		ret = walk->next < walk->end ? 0 : copy_labels(walk);
		if (ret != 0)
			return ret;
		row = walk->next++;
		if (walk->n_used < walk->n_copies && walk->copies[walk->n_used].row == row)
			walk->labels = &walk->copies[walk->n_used++].labels;
		else if (counted(walk->snap, row))
			walk->labels = &none;
		else
			continue;
		return (int)row;
	}

	return -ENOENT;
}
