/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_CLEAR_H
#define SEQSTAT_CLEAR_H

/**
 * @file
 *
 * Clear a row, and retire its values
 *
 * Callers of the last two functions hold the turn, so that no snapshot is in progress. If a process
 * is killed during a clear, the next owner of the turn finishes the clear.
 */

#include <stdbool.h>

#include "seqstat_layout.h"

/** Return the size in bytes of the memory that a set needs to clear rows. */
size_t
seqstat_clear_size(uint32_t n_rows, uint32_t n_values);

/** Give a set the zeroed memory that it needs to clear rows. */
void
seqstat_clear_init(struct seqstat_set *set, void *mem);

/**
 * Finish the clear that this process or a killed one began, if any.
 *
 * @param wait
 *   Whether to wait for the control lock
 * @return
 *   0, or as seqstat_control_lock(): the row keeps its values and generation
 */
int
seqstat_clear_finish(struct seqstat_set *set, bool wait);

/** Clear a row. Returns 0 or as seqstat_control_lock(). No other clear is unfinished. */
int
seqstat_clear_row(struct seqstat_set *set, uint32_t row);

#endif /* SEQSTAT_CLEAR_H */
