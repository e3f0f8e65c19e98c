/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_SNAPSHOT_H
#define SEQSTAT_SNAPSHOT_H

/**
 * @file
 *
 * What a snapshot object holds
 */

#include <stdbool.h>
#include <stddef.h>

#include "seqstat_handle.h"
#include "seqstat_read.h"

/** What a snapshot holds of one writer. */
struct seqstat_view {
	struct seqstat_rows rows; /**< Where the block's rows lie. */
	uint64_t *values;   /**< All rows, packed. */
	/** Unfinished sections: those surely in the values, and all until the snapshot ended. */
	uint32_t n_torn_before, n_torn;
	uint32_t n_torn_next; /**< n_torn_before of the snapshot in progress. */
	bool read;          /**< There are values. */
	bool pending;       /**< To be read in the snapshot in progress. */
	struct rte_seqstat_writer_info info;
};

/** What is counted of one set during one snapshot. */
struct seqstat_tally {
	uint32_t idle;
	uint32_t acked;
	uint32_t missed;
	uint64_t saved;
};

struct rte_seqstat_snapshot {
	struct seqstat_handle *handle; /**< Opened once more for this object. */
	const struct seqstat_set *set;
	seqstat_owner_t owner; /**< The process: a forked child must not use the object. */
	uint64_t birth_ns;  /**< Of the set. */
	size_t values_size; /**< Bytes of the values of one writer. */
	uint64_t tsc;       /**< Of the cut; of a difference, the time between two. */
	bool taken;         /**< There was a cut. */
	bool difference;    /**< Of two cuts. */
	uint32_t n_writers;
	uint32_t n_room;    /**< Writers for which there is memory. */
	struct seqstat_view *writers; /**< In the order in which their blocks were made. */
	uint64_t *spare;    /**< For an attempt to copy one writer. */
	uint64_t n_clears;  /**< Of the set until the cut. */
	uint64_t *retired;  /**< The set's retired values; each row's generation follows. */
	uint32_t *generations;
	struct seqstat_tally tally;
};

/**
 * Allocate an object that keeps no reference.
 *
 * To take a snapshot with it, the caller opens the set, and opens it again for the next one.
 */
struct rte_seqstat_snapshot *
seqstat_snapshot_alloc(struct seqstat_handle *handle);

/** Free an object that keeps no reference. */
void
seqstat_snapshot_dealloc(struct rte_seqstat_snapshot *snap);

/** Make room for the values of more writers. Returns 0 or -ENOMEM. */
int
seqstat_snapshot_reserve(struct rte_seqstat_snapshot *snap, uint32_t n_writers);

#endif /* SEQSTAT_SNAPSHOT_H */
