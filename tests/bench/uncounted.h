/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef UNCOUNTED_H
#define UNCOUNTED_H

/**
 * @file
 *
 * The data plane of seqstat compiled out
 *
 * To be included before a program that counts, by the compiler's option -include: what
 * it counts is not stored, and what it computes for that only is left out. The control
 * plane stays, so that the program is the same but for the price of counting.
 */

#include <rte_seqstat.h>

#define rte_seqstat_write_begin(w) \
	((void)(w), (struct rte_seqstat_section){ 0 })
#define rte_seqstat_row_stride(sec, row, stride) \
	((void)(sec), (void)(row), (void)(stride), (struct rte_seqstat_row *)NULL)
#define rte_seqstat_add(row, value, n) \
	((void)(row), (void)(value), (void)(n))
#define rte_seqstat_add2(row, value, n0, n1) \
	((void)(row), (void)(value), (void)(n0), (void)(n1))
#define rte_seqstat_set(row, value, level) \
	((void)(row), (void)(value), (void)(level))
#define rte_seqstat_observe_pow2(row, value, n_bounds, n) \
	((void)(row), (void)(value), (void)(n_bounds), (void)(n))
#define rte_seqstat_write_end(sec) \
	((void)(sec))

#endif /* UNCOUNTED_H */
