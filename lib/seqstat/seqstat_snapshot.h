/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_SNAPSHOT_H
#define SEQSTAT_SNAPSHOT_H

/**
 * @file
 *
 * The content of a snapshot object
 */

#include <stdbool.h>
#include <stddef.h>

#include "seqstat_handle.h"
#include "seqstat_read.h"

/** A writer in a snapshot. */
struct seqstat_view {
	struct seqstat_rows rows; /**< Layout of the writer's rows. */
	uint64_t *values;   /**< Values of all rows, without gaps. */
	uint32_t n_torn_before; /**< Number of torn sections that are surely in the values. */
	uint32_t n_torn;        /**< Number of torn sections when the snapshot ended. */
	uint32_t n_torn_next;   /**< n_torn_before of the snapshot in progress. */
	bool read;          /**< Whether there are values. */
	bool pending;       /**< Whether the snapshot in progress has yet to read the writer. */
	struct rte_seqstat_writer_info info;
};

/** Statistics of one snapshot of one set; see struct rte_seqstat_self. */
struct seqstat_tally {
	uint32_t idle;
	uint32_t acked;
	uint32_t missed;
	uint64_t saved;
};

/** A snapshot object. */
struct rte_seqstat_snapshot {
	struct seqstat_handle *handle; /**< Handle, opened once more for this object. */
	const struct seqstat_set *set;
	seqstat_owner_t owner; /**< Process of the object: a forked child must not use it. */
	uint64_t birth_ns;  /**< Time of birth of the set. */
	size_t values_size; /**< Size of the values of one writer in bytes. */
	uint64_t tsc;       /**< Time of the cut; for a difference, time between two cuts. */
	bool taken;         /**< Whether the object has a cut. */
	bool difference;    /**< Whether the content is a difference. */
	uint32_t n_writers; /**< Number of writers at the cut. */
	uint32_t n_room;    /**< Number of writers for which there is memory. */
	struct seqstat_view *writers; /**< Writers in the order of the set's blocks. */
	uint64_t *spare;    /**< Memory to try to copy one writer. */
	uint64_t n_clears;  /**< Number of clears in the set before the cut. */
	uint64_t *retired;  /**< Retired values; the array of generations follows. */
	uint32_t *generations; /**< Generation of each row. */
	struct seqstat_tally tally;
};

/**
 * Allocate a snapshot object without taking a reference to its set.
 *
 * The caller opens the set for each snapshot. Returns NULL if there is no memory.
 */
struct rte_seqstat_snapshot *
seqstat_snapshot_alloc(struct seqstat_handle *handle);

/** Free a snapshot object that has no reference to its set. NULL is ignored. */
void
seqstat_snapshot_dealloc(struct rte_seqstat_snapshot *snap);

/** Reserve memory for the values of a number of writers. Returns 0 or -ENOMEM. */
int
seqstat_snapshot_reserve(struct rte_seqstat_snapshot *snap, uint32_t n_writers);

#endif /* SEQSTAT_SNAPSHOT_H */
