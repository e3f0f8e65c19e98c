/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_CACHE_H
#define SEQSTAT_CACHE_H

/**
 * @file
 *
 * Snapshots for telemetry requests
 *
 * Each set has one object with which requests take snapshots, so that a stale writer keeps its
 * values from one reply to the next. If a reply has further pages, a copy of its cut is kept,
 * for the requests that name the cut by its TSC. Memory that no request uses for some time is
 * freed. Between requests nothing keeps a set from being freed.
 */

#include "seqstat_snapshot.h"

/**
 * Begin a request for a set.
 *
 * @return
 *   The handle of the set, valid until seqstat_cache_end(); NULL: no such set, or no memory.
 */
struct seqstat_handle *
seqstat_cache_begin(const char *name);

/** End a request. */
void
seqstat_cache_end(struct seqstat_handle *handle);

/**
 * Take a fresh snapshot for a request.
 *
 * @return
 *   The snapshot, valid until the end of the request; NULL: no memory, or there was neither a
 *   turn nor a former snapshot.
 */
struct rte_seqstat_snapshot *
seqstat_cache_take(struct seqstat_handle *handle);

/** Find the cut of a TSC for a request. Returns NULL if it is not kept any more. */
struct rte_seqstat_snapshot *
seqstat_cache_find(struct seqstat_handle *handle, uint64_t tsc);

/** Keep the cut of a snapshot for further pages. Returns 0 or -ENOMEM. */
int
seqstat_cache_keep(struct rte_seqstat_snapshot *snap);

#endif /* SEQSTAT_CACHE_H */
