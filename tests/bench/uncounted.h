/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Remove the sections from a program that is compiled with -include uncounted.h. The control plane
 * stays, and what the program computes outside of sections.
 */

#include <rte_seqstat.h>

#define rte_seqstat_writer_begin(w) ((void)(w), (struct rte_seqstat_section){ 0 })
#define rte_seqstat_row(sec, row) ((void)(sec), (void)(row), (struct rte_seqstat_row *)NULL)
#define rte_seqstat_add(row, index, n) ((void)(row), (void)(index), (void)(n))
#define rte_seqstat_gauge_set rte_seqstat_add
#define rte_seqstat_observe(row, index, buckets, n) rte_seqstat_add(row, index, n)
#define rte_seqstat_observe_times(row, index, buckets, n, times) \
	((void)(times), rte_seqstat_observe(row, index, buckets, n))
#define rte_seqstat_end(sec) ((void)(sec))
