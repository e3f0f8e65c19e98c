/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * What is kept of sets between telemetry requests: the last snapshot for each client. So a
 * writer that misses the time limit keeps its numbers from one reply to the next, and a
 * client reads as many pages as it likes from one snapshot, whatever others do meanwhile.
 * Between two requests the set may be freed.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_cycles.h>
#include <rte_string_fns.h>

#include "seqstat_private.h"

/** Time limit of a snapshot. */
#define TIMEOUT_US 10000

/** Snapshots that are kept of a set: librte_telemetry serves so many clients at a time. */
#define MAX_KEPT 10
/** For how long a client that disconnected may come back for its next page. */
#define COME_BACK_S 5

/** The TSC of a snapshot that was not taken yet. */
#define NEVER 0

struct kept_snapshot {
	struct rte_seqstat_snapshot *snap;
	struct seqstat_task client; /**< For whom: the thread that serves it. */
	uint64_t used; /**< TSC at which it was last asked for. */
};

struct seqstat_kept {
	SLIST_ENTRY(seqstat_kept) next;
	char name[RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat *st;
	uint64_t born; /**< When the set was made. */
	struct kept_snapshot snaps[MAX_KEPT];
	uint32_t latest; /**< Which of them. */
};

static SLIST_HEAD(, seqstat_kept) all_kept = SLIST_HEAD_INITIALIZER(all_kept);
/* Held during a request: librte_telemetry has a thread for each client. */
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static struct seqstat_kept *
kept_lookup(const char *name)
{
	struct seqstat_kept *kept;

	SLIST_FOREACH(kept, &all_kept, next)
		if (strcmp(kept->name, name) == 0)
			return kept;

	return NULL;
}

static void
kept_drop(struct seqstat_kept *kept)
{
	uint32_t i;

	for (i = 0; i < RTE_DIM(kept->snaps); i++)
		seqstat_snapshot_dealloc(kept->snaps[i].snap);
	SLIST_REMOVE(&all_kept, kept, seqstat_kept, next);
	free(kept);
}

/** Hold the set, if it is still the one of which something is kept. */
static int
kept_hold(struct seqstat_kept *kept)
{
	int ret;

	ret = seqstat_hold(kept->st);
	if (ret != 0)
		return ret;
	if (kept->st->born == kept->born)
		return 0;
	/* Another set has come to lie in the same place. */
	seqstat_release(kept->st);

	return -ENOENT;
}

/** Hold a set of which nothing is kept. */
static struct seqstat_kept *
kept_make(const char *name)
{
	struct rte_seqstat *st = rte_seqstat_lookup(name);
	struct seqstat_kept *kept;

	if (st == NULL || seqstat_hold(st) != 0)
		return NULL;
	/* Another set may have come to lie in the same place meanwhile. */
	kept = strcmp(st->name, name) == 0 ? calloc(1, sizeof(*kept)) : NULL;
	if (kept == NULL) {
		seqstat_release(st);
		return NULL;
	}
	strlcpy(kept->name, name, sizeof(kept->name));
	kept->st = st;
	kept->born = st->born;
	SLIST_INSERT_HEAD(&all_kept, kept, next);

	return kept;
}

struct seqstat_kept *
seqstat_kept_open(const char *name)
{
	struct seqstat_kept *kept;

	pthread_mutex_lock(&kept_lock);
	kept = kept_lookup(name);
	if (kept != NULL) {
		if (kept_hold(kept) == 0)
			return kept;
		kept_drop(kept);
	}
	kept = kept_make(name);
	if (kept == NULL)
		pthread_mutex_unlock(&kept_lock);

	return kept;
}

void
seqstat_kept_close(struct seqstat_kept *kept)
{
	seqstat_release(kept->st);
	pthread_mutex_unlock(&kept_lock);
}

struct rte_seqstat *
seqstat_kept_set(const struct seqstat_kept *kept)
{
	return kept->st;
}

/** How a client finds the place of a snapshot, from the best one for its next on. */
enum place_state {
	PLACE_OWN,    /**< The client has read what it wanted of this one. */
	PLACE_LEFT,   /**< Its client disconnected long ago. */
	PLACE_EMPTY,  /**< Takes memory. */
	PLACE_ENDED,  /**< Its client disconnected, and might come back. */
	PLACE_TAKEN,  /**< Its client may be about to ask for the next page. */
};

static enum place_state
place_state(const struct kept_snapshot *place, const struct seqstat_task *client)
{
	if (place->snap == NULL)
		return PLACE_EMPTY;
	if (place->client.tid == client->tid && place->client.start == client->start)
		return PLACE_OWN;
	if (seqstat_task_thread_alive(&place->client))
		return PLACE_TAKEN;

	return rte_get_tsc_cycles() - place->used < COME_BACK_S * rte_get_tsc_hz() ?
		PLACE_ENDED : PLACE_LEFT;
}

/** Where the next snapshot for a client goes. */
static uint32_t
place_choose(const struct seqstat_kept *kept, const struct seqstat_task *client)
{
	enum place_state state, best = PLACE_TAKEN;
	uint32_t i, place = 0;

	for (i = 0; i < MAX_KEPT; i++) {
		state = place_state(&kept->snaps[i], client);
		if (state < best || (state == best &&
				kept->snaps[i].used < kept->snaps[place].used)) {
			best = state;
			place = i;
		}
	}

	return place;
}

struct rte_seqstat_snapshot *
seqstat_kept_take(struct seqstat_kept *kept)
{
	const struct rte_seqstat_snapshot *former = kept->snaps[kept->latest].snap;
	struct seqstat_task client = seqstat_task_thread();
	uint32_t place = place_choose(kept, &client);
	struct kept_snapshot *to = &kept->snaps[place];
	int ret;

	if (to->snap == NULL)
		to->snap = seqstat_snapshot_alloc(kept->st);
	if (to->snap == NULL)
		return NULL;
	to->client = client;
	to->used = rte_get_tsc_cycles();

	ret = rte_seqstat_snapshot_take(to->snap, TIMEOUT_US);
	if (ret != 0 && ret != -ETIMEDOUT)
		return NULL;
	if (place != kept->latest)
		seqstat_snapshot_freshen(to->snap, former);
	/* If none ever had its turn, zeros would pass for numbers. */
	if (rte_seqstat_snapshot_tsc(to->snap) == NEVER)
		return NULL;
	kept->latest = place;

	return to->snap;
}

struct rte_seqstat_snapshot *
seqstat_kept_find(struct seqstat_kept *kept, uint64_t tsc)
{
	struct kept_snapshot *from;

	if (tsc == NEVER)
		return NULL;
	for (from = kept->snaps; from < kept->snaps + MAX_KEPT; from++)
		if (from->snap != NULL && rte_seqstat_snapshot_tsc(from->snap) == tsc) {
			from->used = rte_get_tsc_cycles();
			return from->snap;
		}

	return NULL;
}

void
seqstat_kept_forget(const char *name)
{
	struct seqstat_kept *kept;

	pthread_mutex_lock(&kept_lock);
	kept = kept_lookup(name);
	if (kept != NULL)
		kept_drop(kept);
	pthread_mutex_unlock(&kept_lock);
}
