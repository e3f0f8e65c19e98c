/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * What is kept of sets between telemetry requests: the last snapshots. So a writer
 * that misses the time limit keeps its numbers from one reply to the next, and a
 * reply of several pages is made from one snapshot. Between two requests the set
 * may be freed.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_string_fns.h>

#include "seqstat_private.h"

/** Time limit of a snapshot. */
#define TIMEOUT_US 10000

/** Clients that can go through the pages of a set at a time. */
#define MAX_PROMISED 4

struct seqstat_kept {
	SLIST_ENTRY(seqstat_kept) next;
	char name[RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat *st;
	uint64_t born; /**< When the set was made. */
	struct rte_seqstat_snapshot *snaps[MAX_PROMISED + 1];
	uint32_t latest; /**< Which of them. */
	bool promised; /**< The latest one was. */
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
		seqstat_snapshot_dealloc(kept->snaps[i]);
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
	kept = calloc(1, sizeof(*kept));
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

struct rte_seqstat_snapshot *
seqstat_kept_take(struct seqstat_kept *kept)
{
	const struct rte_seqstat_snapshot *former = kept->snaps[kept->latest];
	uint32_t place = kept->latest;
	int ret;

	if (kept->promised)
		place = (place + 1) % RTE_DIM(kept->snaps);
	if (kept->snaps[place] == NULL)
		kept->snaps[place] = seqstat_snapshot_alloc(kept->st);
	if (kept->snaps[place] == NULL)
		return NULL;

	ret = rte_seqstat_snapshot_take(kept->snaps[place], TIMEOUT_US);
	if (ret != 0 && ret != -ETIMEDOUT)
		return NULL;
	if (place != kept->latest)
		seqstat_snapshot_freshen(kept->snaps[place], former);
	kept->latest = place;
	kept->promised = false;

	return kept->snaps[place];
}

struct rte_seqstat_snapshot *
seqstat_kept_find(const struct seqstat_kept *kept, uint64_t tsc)
{
	uint32_t i;

	for (i = 0; i < RTE_DIM(kept->snaps); i++)
		if (kept->snaps[i] != NULL && rte_seqstat_snapshot_tsc(kept->snaps[i]) == tsc)
			return kept->snaps[i];

	return NULL;
}

void
seqstat_kept_promise(struct seqstat_kept *kept)
{
	kept->promised = true;
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
