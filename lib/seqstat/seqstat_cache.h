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
 * Each set has one object in which requests take snapshots, so that a stale writer keeps its values
 * from one reply to the next. If a reply has further pages, the cache keeps a copy of its cut for
 * requests that name the cut by its TSC. The cache frees memory that no request uses for some
 * time. Between requests it keeps no reference to a set.
 */

#include "seqstat_snapshot.h"

/**
 * Begin a request for a set, which excludes other requests.
 *
 * @return
 *   The handle of the set, valid until seqstat_cache_end(); NULL if there is no such set or no
 *   memory
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
 *   The snapshot, valid until the end of the request; NULL if there is no memory, or neither the
 *   turn nor a former snapshot
 */
struct rte_seqstat_snapshot *
seqstat_cache_take(struct seqstat_handle *handle);

/** Find the cut with a TSC for a request. Returns NULL if the cache does not have it. */
struct rte_seqstat_snapshot *
seqstat_cache_find(struct seqstat_handle *handle, uint64_t tsc);

/** Keep the cut of a snapshot for further pages. Returns 0 or -ENOMEM. */
int
seqstat_cache_keep(struct rte_seqstat_snapshot *snap);

#endif /* SEQSTAT_CACHE_H */
