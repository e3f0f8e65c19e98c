/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_LOCK_H
#define SEQSTAT_LOCK_H

/**
 * @file
 *
 * The control lock, the turn of a cut, and mutexes of a process
 *
 * A lock between processes names the process that owns it, and a waiter takes the lock over from a
 * dead owner. Therefore code under a lock must leave a state, at each instruction, from which the
 * next owner can continue. Robust mutexes are no alternative: they name an owner by its thread id,
 * which is that of another thread in another PID namespace.
 *
 * Threads of one process exclude each other like threads of several processes. A thread cannot be
 * cancelled while it holds a lock.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

#include "seqstat_layout.h"

/** Convert a timeout from microseconds to TSC cycles, limited to ten years. */
static inline uint64_t
seqstat_us_to_cycles(uint64_t us)
{
	uint64_t hz = rte_get_tsc_hz();

	us = RTE_MIN(us, UINT64_C(10) * 365 * 24 * 3600 * US_PER_S);

	return us / US_PER_S * hz + us % US_PER_S * hz / US_PER_S;
}

/**
 * Register the calling process and take the control lock.
 *
 * @return
 *   0, -ETIMEDOUT after a second, or as seqstat_register()
 */
int
seqstat_control_lock(void);

/**
 * Take the control lock. The calling process is registered.
 *
 * @param limit
 *   TSC until which to wait, or 0 to try once
 * @return
 *   0 or -ETIMEDOUT
 */
int
seqstat_control_lock_until(uint64_t limit);

/** Release the control lock. */
void
seqstat_control_unlock(void);

/** Take the turn of a cut, as seqstat_control_lock_until() takes the control lock. */
int
seqstat_turn_take(struct seqstat_cut *cut, uint64_t limit);

/** Release the turn of a cut. */
void
seqstat_turn_release(struct seqstat_cut *cut);

/** Lock a mutex of this process, and disable cancellation of the calling thread. */
void
seqstat_mutex_lock(pthread_mutex_t *mutex);

/** Lock a mutex of this process if it is free. Returns whether it was. */
bool
seqstat_mutex_trylock(pthread_mutex_t *mutex);

/** Unlock a mutex of this process. */
void
seqstat_mutex_unlock(pthread_mutex_t *mutex);

#endif /* SEQSTAT_LOCK_H */
