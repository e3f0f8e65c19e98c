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
 * Include it before a program that counts, by the compiler's option -include: the program
 * stores no counter, and the compiler leaves out what only counters need. The control
 * plane stays, so that the cost of counting is the only difference.
 */

#include <rte_seqstat.h>

#define rte_seqstat_write_begin(w) \
	((void)(w), (struct rte_seqstat_section){ 0 })
#define rte_seqstat_row(sec, row) \
	((void)(sec), (void)(row), (struct rte_seqstat_row *)NULL)
#define rte_seqstat_add(row, value, n) \
	((void)(row), (void)(value), (void)(n))
#define rte_seqstat_set(row, value, level) \
	((void)(row), (void)(value), (void)(level))
#define rte_seqstat_observe_pow2(row, value, n_bounds, n) \
	((void)(row), (void)(value), (void)(n_bounds), (void)(n))
#define rte_seqstat_write_end(sec) \
	((void)(sec))

#endif /* UNCOUNTED_H */
