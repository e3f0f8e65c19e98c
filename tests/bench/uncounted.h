/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef UNCOUNTED_H
#define UNCOUNTED_H

/**
 * @file
 *
 * seqstat's counting compiled out
 *
 * For the compiler's option -include: a program stores nothing of what it counts, and does not
 * compute it. Its control plane stays, so that it is the same program without the counters.
 */

#include <rte_seqstat.h>

#define rte_seqstat_write_begin(w) ((void)(w), (struct rte_seqstat_section){ 0 })
#define rte_seqstat_row(sec, row) ((void)(sec), (void)(row), (struct rte_seqstat_row *)NULL)
#define rte_seqstat_add(row, value, n) ((void)(row), (void)(value), (void)(n))
#define rte_seqstat_set rte_seqstat_add
#define rte_seqstat_observe_pow2(row, value, n_bounds, n) rte_seqstat_add(row, value, n)
#define rte_seqstat_write_end(sec) ((void)(sec))

#endif /* UNCOUNTED_H */
