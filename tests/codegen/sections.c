/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* The data path, for check_codegen.py */

#include <rte_seqstat.h>

void
set(struct rte_seqstat_row *row, uint64_t n)
{
	rte_seqstat_gauge_set(row, 3, n);
}

/* Constant buckets: no search, and no branch on their kind. */
void
observe(struct rte_seqstat_row *row, uint64_t n)
{
	static const struct rte_seqstat_buckets delays = RTE_SEQSTAT_BUCKETS_LOG(4, 34);

	rte_seqstat_observe(row, 3, &delays, n);
}

/* Two rows and six counters: a burst from one port to another. */
static __rte_always_inline void
count(struct rte_seqstat_section sec, uint32_t rx, uint32_t tx, const uint64_t n[6])
{
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, rx);

	rte_seqstat_add(row, 0, n[0]);
	rte_seqstat_add(row, 1, n[1]);
	rte_seqstat_add(row, 2, n[2]);
	row = rte_seqstat_row(&sec, tx);
	rte_seqstat_add(row, 3, n[3]);
	rte_seqstat_add(row, 4, n[4]);
	rte_seqstat_add(row, 5, n[5]);
	rte_seqstat_end(&sec);
}

void
section(struct rte_seqstat_writer *w, uint32_t rx, uint32_t tx, const uint64_t n[6])
{
	count(rte_seqstat_writer_begin(w), rx, tx, n);
}

void
section_set(struct rte_seqstat *st, uint32_t rx, uint32_t tx, const uint64_t n[6])
{
	count(rte_seqstat_begin(st), rx, tx, n);
}
