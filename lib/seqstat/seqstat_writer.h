/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_WRITER_H
#define SEQSTAT_WRITER_H

/**
 * @file
 *
 * Blocks: the memory in which a process and lcore id counts
 */

#include <stdbool.h>

#include "seqstat_layout.h"

/**
 * Get a block for the calling process: one that it or a dead process left, or a new one.
 *
 * @param lcore_id
 *   The lcore id, or LCORE_ID_ANY for the shared writer of the process.
 * @param wait
 *   Whether to wait for the control lock.
 * @return
 *   The block, or NULL with rte_errno: ENOMEM, ENOSPC, or as seqstat_control_lock().
 */
struct seqstat_block *
seqstat_block_get(struct seqstat_set *set, unsigned int lcore_id, bool wait);

/** Give a block back. Cannot fail. */
void
seqstat_block_put(struct seqstat_block *block);

/**
 * Close the section that the owner of a block left open, if it did. The owner counts no more.
 *
 * Nothing is rolled back: a part of the section may be visible. Control lock held, or the
 * calling thread is the owner's.
 */
void
seqstat_block_close_section(struct seqstat_set *set, struct seqstat_block *block);

#endif /* SEQSTAT_WRITER_H */
