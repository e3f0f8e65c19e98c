/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_ROWS_H
#define SEQSTAT_ROWS_H

/**
 * @file
 *
 * Rows that come and go
 */

#include "seqstat_layout.h"

/** Get the labels of a row. Control lock held. */
void
seqstat_row_labels(const struct seqstat_set *set, uint32_t row,
		struct rte_seqstat_labels *labels);

#endif /* SEQSTAT_ROWS_H */
