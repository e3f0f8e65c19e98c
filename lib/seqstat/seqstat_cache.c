/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <rte_alarm.h>
#include <rte_cycles.h>

#include "seqstat_cache.h"
#include "seqstat_control.h"
#include "seqstat_lock.h"

/** Timeout of a snapshot. */
#define TIMEOUT_US 10000

/** Maximum number of copies of cuts, and of their bytes if there are several. */
#define MAX_KEPT 16
#define MAX_KEPT_BYTES (64 << 20)

/** Time in which a client asks for the next page. */
#define KEEP_S 10
/** Time without requests after which the object of a set is freed. */
#define IDLE_S 300

/** A snapshot object in the cache. */
struct cached {
	TAILQ_ENTRY(cached) next;
	struct rte_seqstat_snapshot *snap;
	uint64_t used; /**< TSC of its last use. */
};

TAILQ_HEAD(cached_list, cached);

/** State of this process. A forked child finds the lock free, and makes lists of its own. */
static struct cache {
	pthread_mutex_t lock; /**< Held during a request: telemetry has a thread for each client. */
	bool made;  /**< Whether the lists below are initialized. */
	/** Whether the alarm to look for idle objects is set; its callback resets it unlocked. */
	RTE_ATOMIC(bool) alarm;
} *cache;

/* These are static, so that tools that look for leaks find the objects. */
static struct cached_list live_snaps; /**< One object for each set. */
static struct cached_list kept_snaps; /**< Copies for further pages, the latest used first. */

RTE_INIT(seqstat_cache_init)
{
	cache = seqstat_process_alloc(sizeof(*cache));
}

/** Remove an object from a list, and free it. */
static void
drop(struct cached_list *list, struct cached *cached)
{
	TAILQ_REMOVE(list, cached, next);
	seqstat_snapshot_dealloc(cached->snap);
	free(cached);
}

/** Find the object of a set in a list, with a TSC unless this is 0. Returns NULL if none. */
static struct cached *
find(struct cached_list *list, const struct seqstat_handle *handle, uint64_t tsc)
{
	struct cached *cached;

	TAILQ_FOREACH(cached, list, next) {
		if (cached->snap->birth_ns != handle->set->birth_ns ||
				(tsc != 0 && cached->snap->tsc != tsc))
			continue;
		/* The set may have been closed since, and opened with another handle. */
		cached->snap->handle = (struct seqstat_handle *)(uintptr_t)handle;
		cached->used = rte_get_tsc_cycles();
		return cached;
	}

	return NULL;
}

/** Add a new object for snapshots of a set to a list. Returns NULL if there is no memory. */
static struct cached *
add(struct cached_list *list, struct seqstat_handle *handle)
{
	struct cached *cached = calloc(1, sizeof(*cached));

	if (cached != NULL)
		cached->snap = seqstat_snapshot_alloc(handle);
	if (cached == NULL || cached->snap == NULL) {
		free(cached);
		return NULL;
	}
	cached->used = rte_get_tsc_cycles();
	TAILQ_INSERT_HEAD(list, cached, next);

	return cached;
}

/** Drop the objects of a list that were not used for some time. */
static void
drop_idle(struct cached_list *list, uint64_t seconds)
{
	uint64_t now = rte_get_tsc_cycles();
	struct cached *cached, *next;

	for (cached = TAILQ_FIRST(list); cached != NULL; cached = next) {
		next = TAILQ_NEXT(cached, next);
		if (now - cached->used > seconds * rte_get_tsc_hz())
			drop(list, cached);
	}
}

static void
look_for_idle(void *arg);

/** Set the alarm to look for idle objects, if there are objects. Lock held. */
static void
set_alarm(void)
{
	if (rte_atomic_load_explicit(&cache->alarm, rte_memory_order_relaxed) ||
			(TAILQ_EMPTY(&live_snaps) && TAILQ_EMPTY(&kept_snaps)))
		return;
	rte_atomic_store_explicit(&cache->alarm,
		rte_eal_alarm_set(KEEP_S * US_PER_S, look_for_idle, NULL) == 0,
		rte_memory_order_relaxed);
}

/** Free idle objects. This runs in EAL's interrupt thread, which must not wait for a request. */
static void
look_for_idle(void *arg __rte_unused)
{
	if (!seqstat_mutex_trylock(&cache->lock)) {
		/* After an error, the next request sets the alarm. */
		if (rte_eal_alarm_set(KEEP_S * US_PER_S, look_for_idle, NULL) != 0)
			rte_atomic_store_explicit(&cache->alarm, false, rte_memory_order_relaxed);
		return;
	}
	drop_idle(&live_snaps, IDLE_S);
	drop_idle(&kept_snaps, KEEP_S);
	rte_atomic_store_explicit(&cache->alarm, false, rte_memory_order_relaxed);
	set_alarm();
	seqstat_mutex_unlock(&cache->lock);
}

struct seqstat_handle *
seqstat_cache_begin(const char *name)
{
	struct seqstat_handle *handle;

	if (cache == NULL)
		return NULL;
	handle = seqstat_handle_open(name, true);
	if (handle == NULL)
		return NULL;
	seqstat_mutex_lock(&cache->lock);
	if (!cache->made) {
		TAILQ_INIT(&live_snaps);
		TAILQ_INIT(&kept_snaps);
		cache->made = true;
	}

	return handle;
}

void
seqstat_cache_end(struct seqstat_handle *handle)
{
	set_alarm();
	seqstat_mutex_unlock(&cache->lock);
	seqstat_handle_pass(handle);
}

struct rte_seqstat_snapshot *
seqstat_cache_take(struct seqstat_handle *handle)
{
	struct cached *live = find(&live_snaps, handle, 0);
	int ret;

	if (live == NULL)
		live = add(&live_snaps, handle);
	if (live == NULL)
		return NULL;
	ret = rte_seqstat_snapshot_take(live->snap, TIMEOUT_US);
	/* If no snapshot ever got the turn, there are no values to report. */
	if ((ret != 0 && ret != -ETIMEDOUT) || !live->snap->taken)
		return NULL;

	return live->snap;
}

struct rte_seqstat_snapshot *
seqstat_cache_find(struct seqstat_handle *handle, uint64_t tsc)
{
	struct cached *kept = tsc == 0 ? NULL : find(&kept_snaps, handle, tsc);

	if (kept == NULL)
		return NULL;
	TAILQ_REMOVE(&kept_snaps, kept, next);
	TAILQ_INSERT_HEAD(&kept_snaps, kept, next);

	return kept->snap;
}

/** Drop the least recently used copies beyond the limits, but never the latest. */
static void
drop_excess(void)
{
	struct cached *kept, *next;
	size_t n = 0, bytes = 0;

	for (kept = TAILQ_FIRST(&kept_snaps); kept != NULL; kept = next) {
		next = TAILQ_NEXT(kept, next);
		bytes += kept->snap->values_size * kept->snap->n_writers;
		if (++n > 1 && (n > MAX_KEPT || bytes > MAX_KEPT_BYTES))
			drop(&kept_snaps, kept);
	}
}

int
seqstat_cache_keep(struct rte_seqstat_snapshot *snap)
{
	struct cached *kept;

	if (find(&kept_snaps, snap->handle, snap->tsc) != NULL)
		return 0;
	kept = add(&kept_snaps, snap->handle);
	if (kept == NULL)
		return -ENOMEM;
	/* The difference to an object without a snapshot is a copy. */
	if (rte_seqstat_snapshot_diff(kept->snap, snap, kept->snap) != 0) {
		drop(&kept_snaps, kept);
		return -ENOMEM;
	}
	drop_excess();

	return 0;
}
