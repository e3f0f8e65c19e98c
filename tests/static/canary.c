/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Each analyser must find this bug after the library's headers. */

#include <stdlib.h>

#include <rte_seqstat.h>

void
canary(const struct rte_seqstat_writer *w, char *p);

void
canary(const struct rte_seqstat_writer *w, char *p)
{
	if (w->n_rows > 1)
		free(p);
	free(p);
}
