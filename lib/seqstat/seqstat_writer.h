/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_WRITER_H
#define SEQSTAT_WRITER_H

/**
 * @file
 *
 * Blocks: the memory in which an lcore of a process counts
 */

#include <stdbool.h>

#include "seqstat_layout.h"

/**
 * Get a block for the calling process: one that it gave back or a dead process left, or a new one.
 *
 * @param lcore_id
 *   Lcore id, or LCORE_ID_ANY for the shared writer of the process
 * @param wait
 *   Whether to wait a second for the control lock, or only 10 microseconds
 * @return
 *   The block, or NULL with rte_errno: ENOMEM, ENOSPC, or as seqstat_control_lock()
 */
struct seqstat_block *
seqstat_block_get(struct seqstat_set *set, unsigned int lcore_id, bool wait);

/** Give a block back, so that the next caller of seqstat_block_get() continues with it. */
void
seqstat_block_put(struct seqstat_block *block);

/**
 * Close the section that the owner of a block left open, if any. The owner no longer counts.
 *
 * Changes of the section are not undone: a part of it may be visible. Control lock held, or the
 * calling thread is the one that counted.
 */
void
seqstat_block_close_section(struct seqstat_set *set, struct seqstat_block *block);

#endif /* SEQSTAT_WRITER_H */
