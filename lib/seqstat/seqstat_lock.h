/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_LOCK_H
#define SEQSTAT_LOCK_H

/**
 * @file
 *
 * A lock between processes that names its owner
 *
 * The kernel's robust mutexes know an owner by its thread id, which means different threads in
 * different PID namespaces. Here the owner is a process of the application, and whether it lives
 * is the caller's to answer. A waiter takes the lock over from a dead owner. So everything done
 * under the lock must leave a state, at each instruction, that the next owner can continue from.
 *
 * Threads of one process exclude each other like threads of different ones. The calling thread
 * cannot be cancelled while it holds a lock.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

#include "seqstat_layout.h"

/** Convert a timeout to TSC cycles; more than ten years are ten years. */
static inline uint64_t
seqstat_us_to_cycles(uint64_t us)
{
	uint64_t hz = rte_get_tsc_hz();

	us = RTE_MIN(us, UINT64_C(10) * 365 * 24 * 3600 * US_PER_S);

	return us / US_PER_S * hz + us % US_PER_S * hz / US_PER_S;
}

/** Return whether a process lives; true if in doubt. */
typedef bool (*seqstat_alive_t)(seqstat_owner_t owner);

/**
 * Take a lock.
 *
 * @param self
 *   The calling process.
 * @param limit
 *   The TSC until which to wait; 0: try once.
 * @return
 *   0, or -ETIMEDOUT.
 */
int
seqstat_lock_take(struct seqstat_lock *lock, seqstat_owner_t self, uint64_t limit,
		seqstat_alive_t alive);

/** Release a lock that the calling thread holds. */
void
seqstat_lock_release(struct seqstat_lock *lock);

/** Lock a mutex of this process: the calling thread cannot be cancelled either. */
void
seqstat_mutex_lock(pthread_mutex_t *mutex);

/** Lock a mutex if it is free. */
bool
seqstat_mutex_trylock(pthread_mutex_t *mutex);

void
seqstat_mutex_unlock(pthread_mutex_t *mutex);

#endif /* SEQSTAT_LOCK_H */
