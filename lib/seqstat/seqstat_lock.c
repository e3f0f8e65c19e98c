/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_memzone.h>

#include "seqstat_private.h"

#define CONTROL_MZ_NAME "SEQSTAT"
#define CONTROL_MAGIC UINT64_C(0x5345515354415431)
#define CONTROL_TIMEOUT_US (1000 * 1000)
/** Longest wait for a lock until it is tried again. */
#define SLICE_US UINT64_C(10000)

/** In a memzone of its own, made by the first process that needs it; never freed. */
struct control {
	RTE_ATOMIC(uint64_t) magic;
	pthread_mutex_t lock;
	struct rte_seqstat *sets; /**< All that exist; the latest first. */
};

/*
 * Found once in each process: whoever looks for a memzone waits for a lock of DPDK's,
 * without a time limit, and leaves it taken if it is killed meanwhile.
 */
static RTE_ATOMIC(struct control *) the_control;

int
seqstat_lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;
	int ret;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	ret = pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);

	return -ret;
}

/*
 * The clock that pthread_mutex_timedlock() knows; where there is a better one, that.
 * ThreadSanitizer of gcc 12 and clang 14 does not see pthread_mutex_clocklock().
 */
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30) && !defined(__RTE_SEQSTAT_TSAN)
#define LOCK_CLOCK CLOCK_MONOTONIC
#define lock_timed(lock, limit) pthread_mutex_clocklock(lock, LOCK_CLOCK, limit)
#else
#define LOCK_CLOCK CLOCK_REALTIME
#define lock_timed(lock, limit) pthread_mutex_timedlock(lock, limit)
#endif

/** Wait for a lock, but no longer than a time. */
static int
lock_wait(pthread_mutex_t *lock, uint64_t timeout_us)
{
	struct timespec limit;

	clock_gettime(LOCK_CLOCK, &limit);
	limit.tv_sec += timeout_us / US_PER_S;
	limit.tv_nsec += timeout_us % US_PER_S * (NS_PER_S / US_PER_S);
	if (limit.tv_nsec >= (long)NS_PER_S) {
		limit.tv_nsec -= NS_PER_S;
		limit.tv_sec++;
	}

	return lock_timed(lock, &limit);
}

int
seqstat_lock_take(pthread_mutex_t *lock, uint64_t timeout_us)
{
	uint64_t slice;
	int ret;

	ret = pthread_mutex_trylock(lock);
	/*
	 * By slices: if one waiter is killed after it was woken, and somebody else took
	 * the lock before, nobody wakes the others when it is free.
	 */
	while ((ret == EBUSY || ret == ETIMEDOUT) && timeout_us > 0) {
		slice = RTE_MIN(timeout_us, SLICE_US);
		ret = lock_wait(lock, slice);
		timeout_us -= slice;
	}
	/* What a dead holder left half done is harmless to the next one everywhere. */
	if (ret == EOWNERDEAD)
		ret = pthread_mutex_consistent(lock);

	return ret == EBUSY ? -ETIMEDOUT : -ret;
}

/** Find the memzone of the control lock, or make it. */
static const struct rte_memzone *
control_memzone(bool *made)
{
	const struct rte_memzone *mz;

	*made = false;
	mz = rte_memzone_lookup(CONTROL_MZ_NAME);
	if (mz != NULL)
		return mz;

	mz = rte_memzone_reserve(CONTROL_MZ_NAME, sizeof(struct control), SOCKET_ID_ANY, 0);
	if (mz != NULL)
		*made = true;
	else if (rte_errno == EEXIST)
		mz = rte_memzone_lookup(CONTROL_MZ_NAME);

	return mz;
}

static struct control *
control_find(int *error)
{
	uint64_t limit = rte_get_tsc_cycles() + rte_get_tsc_hz();
	const struct rte_memzone *mz;
	struct control *control;
	bool made;

	mz = control_memzone(&made);
	if (mz == NULL) {
		*error = rte_errno == ENOSPC ? -ENOSPC : -ENOMEM;
		return NULL;
	}

	control = mz->addr;
	if (made) {
		control->sets = NULL;
		*error = seqstat_lock_init(&control->lock);
		if (*error != 0) {
			/* For the next call to make it, instead of waiting for it in vain. */
			rte_memzone_free(mz);
			return NULL;
		}
		/* The lock is ready: pairs with the load-acquire below. */
		rte_atomic_store_explicit(&control->magic, CONTROL_MAGIC,
				rte_memory_order_release);
	}
	while (rte_atomic_load_explicit(&control->magic, rte_memory_order_acquire) !=
			CONTROL_MAGIC) {
		if (rte_get_tsc_cycles() > limit) {
			*error = -ETIMEDOUT;
			return NULL;
		}
		rte_pause();
	}

	return control;
}

static struct control *
control_get(int *error)
{
	struct control *control;

	control = rte_atomic_load_explicit(&the_control, rte_memory_order_acquire);
	if (control != NULL)
		return control;
	control = control_find(error);
	if (control != NULL)
		rte_atomic_store_explicit(&the_control, control, rte_memory_order_release);

	return control;
}

static int
control_lock(uint64_t timeout_us)
{
	struct control *control;
	int ret = 0;

	control = control_get(&ret);
	if (control == NULL)
		return ret;

	return seqstat_lock_take(&control->lock, timeout_us);
}

int
seqstat_control_lock(void)
{
	return control_lock(CONTROL_TIMEOUT_US);
}

int
seqstat_control_trylock(void)
{
	return control_lock(0);
}

void
seqstat_control_unlock(void)
{
	struct control *control;

	control = rte_atomic_load_explicit(&the_control, rte_memory_order_relaxed);
	pthread_mutex_unlock(&control->lock);
}

struct rte_seqstat **
seqstat_sets(void)
{
	struct control *control;

	control = rte_atomic_load_explicit(&the_control, rte_memory_order_relaxed);

	return &control->sets;
}

int
seqstat_control_lock_set(const struct rte_seqstat *st)
{
	const struct rte_seqstat *other;
	int ret;

	ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	/* A set comes and goes under the control lock: what is found, stays. */
	for (other = *seqstat_sets(); other != NULL; other = other->next)
		if (other == st)
			return 0;
	seqstat_control_unlock();

	return -ENOENT;
}
