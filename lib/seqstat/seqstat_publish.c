/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* The publisher: a thread that takes cuts over the sets of the application. */

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

/** Timeout of a cut; shorter periods have shorter ones. */
#define TIMEOUT_US 10000
/** When to try again to make a file. */
#define RETRY_US (1000 * 1000)
/** How long to try again to begin while sets come and go; rte_seqstat_free() takes a second. */
#define START_TIMEOUT_US (2 * 1000 * 1000)
#define START_POLL_US 1000

/** The publisher of this process. */
static struct {
	struct rte_seqstat_publish_params params;
	struct seqstat_place place;
	struct seqstat_output *output; /**< Closed if no file could be made after it. */
	uint64_t retry_tsc;
	uint64_t n_cuts;
	rte_thread_t thread;
	pthread_mutex_t lock; /**< Guards what follows. */
	pthread_cond_t stop_cond;
	bool stop;
} pub;

/** What a forked child finds zeroed: it does not publish. */
static struct state {
	pthread_mutex_t lock; /**< Held to start and to stop. */
	bool running;
} *state;

RTE_INIT(seqstat_publish_init)
{
	state = seqstat_process_alloc(sizeof(*state));
}

/* Sets */

/** List the sets to publish. Returns 0 or a negative errno. */
static int
sources_list(struct seqstat_output *out)
{
	const struct seqstat_set *set;
	struct seqstat_source *src;
	uint32_t n = 1;
	int ret = seqstat_control_lock();

	if (ret != 0)
		return ret;
	for (set = seqstat_control()->sets; set != NULL; set = set->next)
		n++;
	src = calloc(n, sizeof(*src));
	out->sources = src;
	for (set = seqstat_control()->sets; set != NULL && src != NULL; set = set->next)
		if ((set->flags & RTE_SEQSTAT_NO_PUBLISH) == 0) {
			src = &out->sources[out->n_sources++];
			strlcpy(src->name, set->name, sizeof(src->name));
			src->birth_ns = set->birth_ns;
		}
	seqstat_control_unlock();

	return src == NULL ? -ENOMEM : 0;
}

/** Return whether two outputs have the same sets. */
static bool
sources_same(const struct seqstat_output *a, const struct seqstat_output *b)
{
	uint32_t i;

	for (i = 0; i < a->n_sources && i < b->n_sources; i++)
		if (a->sources[i].birth_ns != b->sources[i].birth_ns)
			return false;

	return a->n_sources == b->n_sources;
}

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

/** Open all sets as long as a cut takes, so that they may be freed between cuts. */
static int
sources_open(struct seqstat_output *out)
{
	struct seqstat_source *src;

	for (src = out->sources; src < out->sources + out->n_sources; src++) {
		src->handle = seqstat_handle_open(src->name, true);
		if (src->handle == NULL && rte_errno != ENOENT)
			return -rte_errno;
		/* It is freed, or was in the meantime. */
		if (src->handle == NULL || src->handle->set->birth_ns != src->birth_ns)
			return -EAGAIN;
		if (src->snap == NULL)
			src->snap = seqstat_snapshot_alloc(src->handle);
		if (src->snap == NULL)
			return -ENOMEM;
		/* The set may have been closed in between, and opened with another handle. */
		src->snap->handle = src->handle;
	}

	return 0;
}

/** Take a cut of several sets; what could not be read is flagged. */
static int
cut_take(struct rte_seqstat_snapshot **snaps, unsigned int n)
{
	int ret = rte_seqstat_snapshot_take_all(snaps, n,
			RTE_MIN(pub.params.period_us, (uint32_t)TIMEOUT_US));

	return ret == -ETIMEDOUT ? 0 : ret;
}

static bool
own_epoch(const struct seqstat_source *src)
{
	return (src->handle->set->flags & RTE_SEQSTAT_OWN_EPOCH) != 0;
}

/** Number the cut of a set, and note its time. Without a turn, the former cut stays. */
static void
cut_note(struct seqstat_source *src, uint64_t number)
{
	const double ns_per_cycle = (double)NS_PER_S / rte_get_tsc_hz();
	struct timespec now;

	if (!src->snap->taken || src->snap->tsc == src->cut_tsc)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	src->cut = number;
	src->cut_tsc = src->snap->tsc;
	src->cut_ns = rte_timespec_to_ns(&now) -
		(uint64_t)((double)(rte_get_tsc_cycles() - src->snap->tsc) * ns_per_cycle);
}

/** Take a cut of the sets that share the application's epoch, and one of each other set. */
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

/** Move the snapshots of the sets that two outputs share: stale writers keep their values. */
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

/** Fill a file with a first record, and put it into its place. The sets are open. */
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

/**
 * Make a file of the sets that there are now, instead of the former one if there is one.
 *
 * Returns 0, -EAGAIN: sets, writers or files just came or went; or another negative errno.
 */
static int
output_renew(void)
{
	struct seqstat_output *out = calloc(1, sizeof(*out));
	int ret;

	if (out == NULL)
		return -ENOMEM;
	out->file.fd = -1;
	ret = sources_list(out);
	out->snaps = calloc(out->n_sources + 1, sizeof(void *));
	if (out->snaps == NULL)
		ret = -ENOMEM;
	if (ret == 0) {
		snaps_move(out, pub.output);
		ret = sources_open(out);
	}
	if (ret == 0)
		ret = output_begin(out);
	sources_close(out);
	if (ret != 0) {
		snaps_move(pub.output, out);
		seqstat_output_free(out);
		return ret;
	}
	seqstat_output_free(pub.output);
	pub.output = out;

	return 0;
}

/**
 * Write a record into the file.
 *
 * Returns 0, -ESTALE: a new file is needed; or another errno: the record is left out.
 */
static int
record_try(struct seqstat_output *out)
{
	struct seqstat_output now = { 0 };
	int ret = out->file.fd < 0 ? -ESTALE : sources_list(&now);

	if (ret == 0 && !sources_same(out, &now))
		ret = -ESTALE;
	free(now.sources);
	if (ret == 0)
		ret = sources_open(out);
	if (ret == 0)
		ret = cuts_take(out);
	if (ret == 0 && seqstat_output_put(out) != 0)
		ret = -ESTALE;
	sources_close(out);

	return ret;
}

/** Write a record into the file, or into a new one. */
static void
publish(void)
{
	int ret;

	if (record_try(pub.output) != -ESTALE || rte_get_tsc_cycles() < pub.retry_tsc)
		return;
	ret = output_renew();
	if (ret == 0 || ret == -EAGAIN)
		return;
	/* Readers see that nobody writes into the former file. */
	seqstat_place_file_close(&pub.output->file);
	SEQSTAT_LOG(ERR, "cannot make %s: %s", pub.place.path, rte_strerror(-ret));
	pub.retry_tsc = rte_get_tsc_cycles() + seqstat_us_to_cycles(RETRY_US);
}

static void
time_add_us(struct timespec *time, uint64_t us)
{
	const uint64_t ns = rte_timespec_to_ns(time) + us * 1000;

	*time = rte_ns_to_timespec(ns);
}

/** Wait until a time. Returns whether to go on. */
static bool
wait_until(const struct timespec *time)
{
	int ret = 0;

	pthread_mutex_lock(&pub.lock);
	while (!pub.stop && ret == 0)
		ret = pthread_cond_timedwait(&pub.stop_cond, &pub.lock, time);
	pthread_mutex_unlock(&pub.lock);

	return ret != 0;
}

static uint32_t
publish_always(void *arg __rte_unused)
{
	struct timespec next, now;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		time_add_us(&next, pub.params.period_us);
		/* Too late for this record: leave it out, so that others get their turn, too. */
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (rte_timespec_to_ns(&now) > rte_timespec_to_ns(&next)) {
			next = now;
			time_add_us(&next, pub.params.period_us);
		}
		if (!wait_until(&next))
			break;
		publish();
	}
	/* The last record has what was counted until the end. */
	record_try(pub.output);

	return 0;
}

/** Return whether parameters are valid; log why not. */
static bool
params_valid(const struct rte_seqstat_publish_params *params)
{
	if (params == NULL || params->path == NULL || params->path[0] == '\0') {
		SEQSTAT_LOG(ERR, "no path");
		return false;
	}
	if (params->period_us != 0 &&
			(params->period_us < MIN_PERIOD_US || params->period_us > MAX_PERIOD_US)) {
		SEQSTAT_LOG(ERR, "a period of %u us: must be %u to %u", params->period_us,
			MIN_PERIOD_US, MAX_PERIOD_US);
		return false;
	}
	if (params->history == 1 || (params->history != 0 && params->history_bytes != 0)) {
		SEQSTAT_LOG(ERR, "a history of one cut, or in cuts and in bytes");
		return false;
	}
	if ((params->mode & ~0644u) != 0) {
		SEQSTAT_LOG(ERR, "permissions %o: must be a subset of 0644", params->mode);
		return false;
	}
	if (params->flags >= RTE_SEQSTAT_PUBLISH_GROUP << 1) {
		SEQSTAT_LOG(ERR, "unknown flags 0x%x", params->flags);
		return false;
	}

	return true;
}

/** Start the thread. It handles none of the application's signals. */
static int
thread_start(void)
{
	sigset_t all, former;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	ret = rte_thread_create_control(&pub.thread, "seqstat-publish", publish_always, NULL);
	pthread_sigmask(SIG_SETMASK, &former, NULL);

	return -abs(ret);
}

/** Start to publish. Start lock held. */
static int
start(const struct rte_seqstat_publish_params *params)
{
	const uint64_t limit = rte_get_tsc_cycles() + seqstat_us_to_cycles(START_TIMEOUT_US);
	pthread_condattr_t attr;
	int ret;

	memset(&pub, 0, sizeof(pub));
	pub.params = *params;
	if (params->period_us == 0)
		pub.params.period_us = DEFAULT_PERIOD_US;
	ret = seqstat_place_find(&pub.place, params);
	if (ret != 0)
		return ret;
	while ((ret = output_renew()) == -EAGAIN && rte_get_tsc_cycles() < limit)
		rte_delay_us_sleep(START_POLL_US);
	if (ret != 0)
		return ret;
	pthread_mutex_init(&pub.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pub.stop_cond, &attr);
	pthread_condattr_destroy(&attr);
	ret = thread_start();
	if (ret != 0) {
		seqstat_place_leave(&pub.place);
		seqstat_output_free(pub.output);
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
	bool running;

	if (state == NULL)
		return -ENOENT;
	seqstat_mutex_lock(&state->lock);
	running = state->running;
	state->running = false;
	if (running) {
		pthread_mutex_lock(&pub.lock);
		pub.stop = true;
		pthread_cond_signal(&pub.stop_cond);
		pthread_mutex_unlock(&pub.lock);
		rte_thread_join(pub.thread, NULL);
		seqstat_place_leave(&pub.place);
		seqstat_output_free(pub.output);
	}
	seqstat_mutex_unlock(&state->lock);

	return running ? 0 : -ENOENT;
}
