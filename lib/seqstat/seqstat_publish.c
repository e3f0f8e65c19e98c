/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* The publisher: a thread that takes cuts over the sets of an application, and writes records. */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_string_fns.h>
#include <rte_time.h>

#include "rte_seqstat_publish.h"
#include "seqstat_control.h"
#include "seqstat_lock.h"
#include "seqstat_output.h"

#define DEFAULT_PERIOD_US (100 * 1000)
#define MIN_PERIOD_US 1000
#define MAX_PERIOD_US (3600u * 1000 * 1000)

/** Maximum timeout of a cut; the timeout is never longer than the period. */
#define TIMEOUT_US 10000
/** Time until the next attempt after a file could not be made. */
#define RETRY_US (1000 * 1000)
/** Timeout of start and stop while sets come and go: rte_seqstat_free() may take a second. */
#define AWAIT_TIMEOUT_US (2 * 1000 * 1000)
#define AWAIT_POLL_US 1000

/** The publisher of this process. */
static struct {
	struct rte_seqstat_publish_params params;
	struct seqstat_place place;
	struct seqstat_output *output; /**< The file; closed while there is no other to follow. */
	struct set_id {
		char name[RTE_SEQSTAT_NAMESIZE];
		uint64_t birth_ns;
	} *sets;         /**< Sets to publish, as of the last sets_list(). */
	uint32_t n_sets;
	uint32_t max_sets; /**< Sets for which there is memory. */
	uint64_t retry_tsc;
	int last;  /**< Return value of the last record. */
	int error; /**< Latest error that was logged; 0 after publishing worked. */
	uint64_t n_cuts;
	rte_thread_t thread;
	pthread_mutex_t lock; /**< Guards the following fields. */
	pthread_cond_t stop_cond;
	bool stop;
} pub;

/** State that is zero in a forked child: the child does not publish. */
static struct state {
	pthread_mutex_t lock; /**< Held during a start and a stop. */
	bool running;
} *state;

RTE_INIT(seqstat_publish_init)
{
	state = seqstat_process_alloc(sizeof(*state));
}

/* Sets */

/** List the sets to publish as far as there is memory. Returns their number. Control lock held. */
static uint32_t
sets_copy(void)
{
	const struct seqstat_set *set;
	uint32_t n = 0;

	for (set = seqstat_control()->sets; set != NULL; set = set->next) {
		if ((set->flags & RTE_SEQSTAT_NO_PUBLISH) != 0)
			continue;
		if (n < pub.max_sets) {
			strlcpy(pub.sets[n].name, set->name, sizeof(pub.sets[n].name));
			pub.sets[n].birth_ns = set->birth_ns;
		}
		n++;
	}

	return n;
}

/** List the sets to publish. Returns 0 or a negative errno. */
static int
sets_list(void)
{
	int ret;

	for (;;) {
		ret = seqstat_control_lock();
		if (ret != 0)
			return ret;
		pub.n_sets = sets_copy();
		seqstat_control_unlock();
		if (pub.n_sets <= pub.max_sets)
			return 0;
		/* Allocate memory without the lock; sets may be created in the meantime. */
		free(pub.sets);
		pub.sets = calloc(pub.n_sets, sizeof(pub.sets[0]));
		pub.max_sets = pub.sets == NULL ? 0 : pub.n_sets;
		if (pub.sets == NULL)
			return -ENOMEM;
	}
}

/** Return whether an output has the sets of the list. */
static bool
sets_same(const struct seqstat_output *out)
{
	uint32_t i;

	for (i = 0; i < out->n_sources && i < pub.n_sets; i++)
		if (out->sources[i].birth_ns != pub.sets[i].birth_ns)
			return false;

	return out->n_sources == pub.n_sets;
}

/** Close the sets of an output that are open. */
static void
sources_close(struct seqstat_output *out)
{
	uint32_t i;

	for (i = 0; i < out->n_sources; i++) {
		if (out->sources[i].handle != NULL)
			seqstat_handle_pass(out->sources[i].handle);
		out->sources[i].handle = NULL;
	}
}

/** Open the sets of an output for the time of a cut, so that they can be freed between cuts. */
static int
sources_open(struct seqstat_output *out)
{
	struct seqstat_source *src;

	for (src = out->sources; src < out->sources + out->n_sources; src++) {
		src->handle = seqstat_handle_open(src->name, true);
		if (src->handle == NULL && rte_errno != ENOENT)
			return -rte_errno;
		/* The set is being freed, or was freed and created again. */
		if (src->handle == NULL || src->handle->set->birth_ns != src->birth_ns)
			return -EAGAIN;
		if (src->snap == NULL)
			src->snap = seqstat_snapshot_alloc(src->handle);
		if (src->snap == NULL)
			return -ENOMEM;
		/* The set may have been closed since, and opened with another handle. */
		src->snap->handle = src->handle;
	}

	return 0;
}

/** Take a cut of several sets. A timeout is no error: the snapshots flag what was not read. */
static int
cut_take(struct rte_seqstat_snapshot **snaps, unsigned int n)
{
	int ret = rte_seqstat_snapshot_take_all(snaps, n,
			RTE_MIN(pub.params.period_us, (uint32_t)TIMEOUT_US));

	return ret == -ETIMEDOUT ? 0 : ret;
}

/** Return whether a set has an epoch of its own, and so cannot be in a cut with others. */
static bool
own_epoch(const struct seqstat_source *src)
{
	return (src->handle->set->flags & RTE_SEQSTAT_OWN_EPOCH) != 0;
}

/** Note the number and the time of the cut of a set, unless it did not get the turn. */
static void
cut_note(struct seqstat_source *src, uint64_t number)
{
	const double ns_per_cycle = (double)NS_PER_S / rte_get_tsc_hz();

	if (!src->snap->taken || src->snap->tsc == src->cut_tsc)
		return;
	src->cut = number;
	src->cut_tsc = src->snap->tsc;
	src->cut_ns = seqstat_now_ns(CLOCK_MONOTONIC) -
		(uint64_t)((double)(rte_get_tsc_cycles() - src->snap->tsc) * ns_per_cycle);
}

/** Take one cut of all sets with the epoch of the application, and one of each other set. */
static int
cuts_take(struct seqstat_output *out)
{
	const uint64_t shared = ++pub.n_cuts;
	const struct seqstat_source *end = out->sources + out->n_sources;
	struct seqstat_source *src;
	unsigned int n = 0;
	int ret = 0;

	for (src = out->sources; src < end; src++)
		if (!own_epoch(src))
			out->snaps[n++] = src->snap;
	if (n > 0)
		ret = cut_take(out->snaps, n);
	for (src = out->sources; src < end && ret == 0; src++) {
		if (own_epoch(src))
			ret = cut_take(&src->snap, 1);
		if (ret == 0)
			cut_note(src, own_epoch(src) ? ++pub.n_cuts : shared);
	}

	return ret;
}

/** Move the snapshots of sets from one output to another, so that stale writers keep values. */
static void
snaps_move(struct seqstat_output *to, struct seqstat_output *from)
{
	struct seqstat_source *a, *b;

	if (to == NULL || from == NULL)
		return;
	for (a = to->sources; a < to->sources + to->n_sources; a++)
		for (b = from->sources; b < from->sources + from->n_sources; b++)
			if (a->birth_ns == b->birth_ns) {
				a->snap = b->snap;
				a->cut = b->cut;
				a->cut_ns = b->cut_ns;
				a->cut_tsc = b->cut_tsc;
				b->snap = NULL;
			}
}

/** Make a file with a first record, and put it into its place. The sets are open. */
static int
output_begin(struct seqstat_output *out)
{
	int ret = seqstat_output_make(out, &pub.params, &pub.place);

	if (ret == 0)
		ret = cuts_take(out);
	if (ret == 0)
		ret = seqstat_output_put(out);

	return ret != 0 ? ret : seqstat_place_take(&pub.place, &out->file);
}

/** Allocate an output for the sets of the list. */
static struct seqstat_output *
output_alloc(void)
{
	struct seqstat_output *out = calloc(1, sizeof(*out));
	uint32_t i;

	if (out == NULL)
		return NULL;
	out->file.fd = -1;
	out->sources = calloc(pub.n_sets + 1, sizeof(out->sources[0]));
	out->snaps = calloc(pub.n_sets + 1, sizeof(void *));
	if (out->sources == NULL || out->snaps == NULL) {
		seqstat_output_free(out);
		return NULL;
	}
	for (i = 0; i < pub.n_sets; i++) {
		strlcpy(out->sources[i].name, pub.sets[i].name, sizeof(out->sources[i].name));
		out->sources[i].birth_ns = pub.sets[i].birth_ns;
	}
	out->n_sources = pub.n_sets;

	return out;
}

/**
 * Try once to make a file of all sets. Sets @p full if the file system has no room for it.
 *
 * Returns 0 or a negative errno as output_renew().
 */
static int
renew_try(bool *full)
{
	struct seqstat_output *out;
	int ret = sets_list();

	*full = false;
	if (ret != 0)
		return ret;
	/* The last set was freed: the file keeps its history until there is a set again. */
	if (pub.n_sets == 0 && pub.output != NULL && pub.output->n_sources > 0) {
		seqstat_place_file_close(&pub.output->file);
		return 0;
	}
	out = output_alloc();
	if (out == NULL)
		return -ENOMEM;
	snaps_move(out, pub.output);
	ret = sources_open(out);
	if (ret == 0) {
		ret = output_begin(out);
		*full = ret == -ENOSPC;
	}
	sources_close(out);
	if (ret != 0) {
		snaps_move(pub.output, out);
		seqstat_output_free(out);
		return ret;
	}
	seqstat_output_free(pub.output);
	pub.output = out;
	pub.error = 0;

	return 0;
}

/**
 * Make a file of all sets, which replaces the current file if there is one.
 *
 * Returns 0, -EAGAIN if sets, writers or files just came or went, or another negative errno.
 */
static int
output_renew(void)
{
	bool full;
	int ret = renew_try(&full);

	/* The history is lost in any case: without the current file there may be room. */
	if (full && seqstat_place_clear(&pub.place)) {
		seqstat_place_file_close(&pub.output->file);
		ret = renew_try(&full);
	}

	return ret;
}

/**
 * Write a record into the file.
 *
 * Returns 0, -ESTALE if another file is needed, or another negative errno: the record is left out.
 */
static int
record_try(struct seqstat_output *out)
{
	int ret = sets_list();

	if (ret == 0 && (out->file.fd < 0 || out->failed || !sets_same(out)))
		ret = -ESTALE;
	if (ret == 0)
		ret = sources_open(out);
	if (ret == 0)
		ret = cuts_take(out);
	if (ret == 0 && seqstat_output_put(out) != 0)
		ret = -ESTALE;
	sources_close(out);

	return ret;
}

/** Write a first or last record, also while sets come and go. Returns 0 or a negative errno. */
static int
record_await(void)
{
	const uint64_t limit = rte_get_tsc_cycles() + seqstat_us_to_cycles(AWAIT_TIMEOUT_US);
	int ret;

	for (;;) {
		ret = pub.output == NULL ? -ESTALE : record_try(pub.output);
		if (ret == -ESTALE)
			ret = output_renew();
		if (ret != -EAGAIN || rte_get_tsc_cycles() >= limit)
			return ret;
		rte_delay_us_sleep(AWAIT_POLL_US);
	}
}

/** Write a record into the file, or into another file if needed. */
static void
publish(void)
{
	int ret;

	if (record_try(pub.output) != -ESTALE || rte_get_tsc_cycles() < pub.retry_tsc)
		return;
	ret = output_renew();
	if (ret == 0 || ret == -EAGAIN)
		return;
	/* Closing drops the lock, so that readers see that no publisher writes the file. */
	seqstat_place_file_close(&pub.output->file);
	if (ret != pub.error)
		SEQSTAT_LOG(ERR, "cannot make %s: %s", pub.place.path, rte_strerror(-ret));
	pub.error = ret;
	pub.retry_tsc = rte_get_tsc_cycles() + seqstat_us_to_cycles(RETRY_US);
}

/** Wait until a time by CLOCK_MONOTONIC. Returns false if publishing was stopped. */
static bool
wait_until(uint64_t ns)
{
	const struct timespec time = rte_ns_to_timespec(ns);
	int ret = 0;

	pthread_mutex_lock(&pub.lock);
	while (!pub.stop && ret == 0)
		ret = pthread_cond_timedwait(&pub.stop_cond, &pub.lock, &time);
	pthread_mutex_unlock(&pub.lock);

	return ret != 0;
}

/** Publish until the stop: the publisher's thread. */
static uint32_t
publish_always(void *arg __rte_unused)
{
	const uint64_t period_ns = pub.params.period_us * UINT64_C(1000);
	uint64_t now, next = seqstat_now_ns(CLOCK_MONOTONIC) + period_ns;

	while (wait_until(next)) {
		publish();
		next += period_ns;
		/* If the next record is late, leave it out, so that other readers get the turn. */
		now = seqstat_now_ns(CLOCK_MONOTONIC);
		if (now > next)
			next = now + period_ns;
	}
	/* The last record has all that was counted before the stop. */
	pub.last = record_await();

	return 0;
}

/** Return whether parameters are valid, and log why not. */
static bool
params_valid(const struct rte_seqstat_publish_params *params)
{
	if (params == NULL || params->path == NULL || params->path[0] == '\0')
		return SEQSTAT_INVALID("no path");
	if (params->period_us != 0 &&
			(params->period_us < MIN_PERIOD_US || params->period_us > MAX_PERIOD_US))
		return SEQSTAT_INVALID("a period of %u us: must be %u to %u", params->period_us,
			MIN_PERIOD_US, MAX_PERIOD_US);
	if (params->history == 1 || (params->history != 0 && params->history_bytes != 0))
		return SEQSTAT_INVALID("a history of one cut, or in cuts and in bytes");
	if ((params->mode & ~0644u) != 0)
		return SEQSTAT_INVALID("permissions %o: must be a subset of 0644", params->mode);
	if (params->flags >= RTE_SEQSTAT_PUBLISH_GROUP << 1)
		return SEQSTAT_INVALID("unknown flags 0x%x", params->flags);

	return true;
}

/** Start the publisher's thread, in which all signals of the application are blocked. */
static int
thread_start(void)
{
	sigset_t all, former;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	ret = rte_thread_create_internal_control(&pub.thread, "seqstat", publish_always, NULL);
	pthread_sigmask(SIG_SETMASK, &former, NULL);

	return -abs(ret);
}

/** Free the memory of the publisher. */
static void
pub_free(void)
{
	seqstat_output_free(pub.output);
	free(pub.sets);
}

/** Start to publish. Returns 0 or as rte_seqstat_publish_start(). State lock held. */
static int
start(const struct rte_seqstat_publish_params *params)
{
	pthread_condattr_t attr;
	int ret;

	memset(&pub, 0, sizeof(pub));
	pub.params = *params;
	if (params->period_us == 0)
		pub.params.period_us = DEFAULT_PERIOD_US;
	ret = seqstat_place_find(&pub.place, params);
	if (ret != 0)
		return ret;
	ret = record_await();
	if (ret != 0) {
		pub_free();
		return ret;
	}
	pthread_mutex_init(&pub.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pub.stop_cond, &attr);
	pthread_condattr_destroy(&attr);
	ret = thread_start();
	if (ret != 0) {
		seqstat_place_leave(&pub.place);
		pub_free();
	}

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_publish_start, 26.11)
int
rte_seqstat_publish_start(const struct rte_seqstat_publish_params *params)
{
	int ret = -EBUSY;

	if (!params_valid(params))
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	if (state == NULL)
		return -ENOMEM;
	seqstat_mutex_lock(&state->lock);
	if (!state->running)
		ret = start(params);
	state->running |= ret == 0;
	seqstat_mutex_unlock(&state->lock);

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_publish_stop, 26.11)
int
rte_seqstat_publish_stop(void)
{
	int ret = -ENOENT;

	if (state == NULL)
		return -ENOENT;
	seqstat_mutex_lock(&state->lock);
	if (state->running) {
		state->running = false;
		pthread_mutex_lock(&pub.lock);
		pub.stop = true;
		pthread_cond_signal(&pub.stop_cond);
		pthread_mutex_unlock(&pub.lock);
		rte_thread_join(pub.thread, NULL);
		ret = pub.last;
		seqstat_place_leave(&pub.place);
		pub_free();
	}
	seqstat_mutex_unlock(&state->lock);

	return ret;
}
