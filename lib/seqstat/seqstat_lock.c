/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "seqstat_control.h"
#include "seqstat_lock.h"

/** Time that a waiter spins before it sleeps, and time of each sleep. */
#define SPIN_US 10
#define SLEEP_US 50
/** Time between two checks that the owner is alive. */
#define ALIVE_US 1000

static __thread unsigned int n_held; /**< Number of locks that the calling thread holds. */
static __thread int cancel_state;    /**< State to restore after the last one. */

/** Disable cancellation of the calling thread, for one more lock. */
static void
cancel_disable(void)
{
	if (n_held++ == 0)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
}

/** Restore the cancellation state with the last lock. */
static void
cancel_restore(void)
{
	if (--n_held == 0)
		pthread_setcancelstate(cancel_state, NULL);
}

/**
 * Take a lock if it has a given owner: 0 if the lock is free, or a process that has ended.
 *
 * Returns whether the lock was taken; if not, stores its current owner.
 */
static bool
take_from(struct seqstat_lock *lock, seqstat_owner_t *owner)
{
	/*
	 * Pairs with the store-release in release(). Otherwise the caller could miss changes that
	 * a former owner made under the lock.
	 */
	if (!rte_atomic_compare_exchange_strong_explicit(&lock->owner, owner, seqstat_self(),
			rte_memory_order_acquire, rte_memory_order_relaxed))
		return false;
	cancel_disable();

	return true;
}

/** Wait for a lock that another owner has. Returns 0 or -ETIMEDOUT. */
static int
wait_for(struct seqstat_lock *lock, uint64_t limit)
{
	const uint64_t us = rte_get_tsc_hz() / US_PER_S;
	const uint64_t start = rte_get_tsc_cycles();
	uint64_t now = start, ask = RTE_MIN(start + ALIVE_US * us, limit);
	seqstat_owner_t owner;

	for (;;) {
		owner = 0;
		if (take_from(lock, &owner))
			return 0;
		/* Check at the limit, too, so that short timeouts also end with a dead owner. */
		if (now >= ask) {
			/* If another waiter took the lock over, the exchange fails. */
			if (!seqstat_alive(owner) && take_from(lock, &owner))
				return 0;
			ask = RTE_MIN(now + ALIVE_US * us, limit);
		}
		if (now >= limit)
			return -ETIMEDOUT;
		if (now < start + SPIN_US * us)
			rte_pause();
		else
			rte_delay_us_sleep(RTE_MIN((uint64_t)SLEEP_US, (limit - now) / us + 1));
		now = rte_get_tsc_cycles();
	}
}

/** Take a lock, or wait for it up to a limit. Returns 0 or -ETIMEDOUT. */
static int
take(struct seqstat_lock *lock, uint64_t limit)
{
	seqstat_owner_t owner = 0;

	return take_from(lock, &owner) ? 0 : wait_for(lock, limit);
}

/** Release a lock. */
static void
release(struct seqstat_lock *lock)
{
	/* Pairs with the acquire in take_from(): the next owner sees the changes of this one. */
	rte_atomic_store_explicit(&lock->owner, 0, rte_memory_order_release);
	cancel_restore();
}

int
seqstat_control_lock(void)
{
	int ret = seqstat_register();

	return ret != 0 ? ret :
		seqstat_control_lock_until(rte_get_tsc_cycles() + rte_get_tsc_hz());
}

int
seqstat_control_lock_until(uint64_t limit)
{
	return take(&seqstat_control()->lock, limit);
}

void
seqstat_control_unlock(void)
{
	release(&seqstat_control()->lock);
}

int
seqstat_turn_take(struct seqstat_cut *cut, uint64_t limit)
{
	return take(&cut->turn, limit);
}

void
seqstat_turn_release(struct seqstat_cut *cut)
{
	release(&cut->turn);
}

void
seqstat_mutex_lock(pthread_mutex_t *mutex)
{
	pthread_mutex_lock(mutex);
	cancel_disable();
}

bool
seqstat_mutex_trylock(pthread_mutex_t *mutex)
{
	if (pthread_mutex_trylock(mutex) != 0)
		return false;
	cancel_disable();

	return true;
}

void
seqstat_mutex_unlock(pthread_mutex_t *mutex)
{
	pthread_mutex_unlock(mutex);
	cancel_restore();
}
