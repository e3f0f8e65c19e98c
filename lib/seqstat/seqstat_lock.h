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
 * The kernel's robust mutexes know an owner by its thread id, which means different threads in
 * different PID namespaces. A lock here names the process that owns it; a waiter takes it over
 * from a dead one. So everything done under the lock must leave a state, at each instruction, that
 * the next owner can continue from.
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

/**
 * Register the calling process and take the control lock.
 *
 * @return
 *   0, -ETIMEDOUT after a second, or as seqstat_register().
 */
int
seqstat_control_lock(void);

/**
 * Take the control lock. The process is registered.
 *
 * @param limit
 *   The TSC until which to wait; 0: try once.
 * @return
 *   0, or -ETIMEDOUT.
 */
int
seqstat_control_lock_until(uint64_t limit);

void
seqstat_control_unlock(void);

/** Take the turn of a cut. As seqstat_control_lock_until(). */
int
seqstat_turn_take(struct seqstat_cut *cut, uint64_t limit);

void
seqstat_turn_release(struct seqstat_cut *cut);

/** Lock a mutex of this process: the calling thread cannot be cancelled either. */
void
seqstat_mutex_lock(pthread_mutex_t *mutex);

/** Lock a mutex if it is free. */
bool
seqstat_mutex_trylock(pthread_mutex_t *mutex);

void
seqstat_mutex_unlock(pthread_mutex_t *mutex);

#endif /* SEQSTAT_LOCK_H */
