/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_CLEAR_H
#define SEQSTAT_CLEAR_H

/**
 * @file
 *
 * How a row is cleared, and its values are retired
 *
 * The turn is held in all functions: no snapshot is in progress. A process may be killed
 * anywhere; the next holder of the turn finishes what it began.
 */

#include <stdbool.h>

#include "seqstat_layout.h"

/** Return the bytes that a set needs for clearing rows, to be zeroed, in set->retired. */
size_t
seqstat_clear_size(uint32_t n_rows, uint32_t n_values);

/** Find the parts of that memory. */
void
seqstat_clear_init(struct seqstat_set *set, void *mem);

/**
 * Finish the clear that this or another process began, if any.
 *
 * @param wait
 *   Whether to wait for the control lock.
 * @return
 *   0, or as seqstat_control_lock(): the row has its values and generation still.
 */
int
seqstat_clear_finish(struct seqstat_set *set, bool wait);

/** Clear a row. No other clear is unfinished. Returns 0 or as seqstat_control_lock(). */
int
seqstat_clear_row(struct seqstat_set *set, uint32_t row);

#endif /* SEQSTAT_CLEAR_H */
