/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The library's snapshots without the protocol: they read rows while the writer changes them
 */

#include "seqstat_read.h"

static bool
read_anyhow(uint64_t *values, const struct rte_seqstat_writer *w)
{
	uint32_t i;

	for (i = 0; i < w->n_rows; i++, values += w->n_values)
		seqstat_words_copy(values, &__rte_seqstat_row_at(w, (size_t)i * w->stride)->first,
				w->n_values);

	return true;
}

#define seqstat_read_acked(values, rows, epoch, n_saved) \
	((void)(epoch), *(n_saved) = 0, read_anyhow(values, (rows).writer))

#include "rte_seqstat_snapshot.c"
