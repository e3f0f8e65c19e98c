/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

/**
 * @file
 *
 * The memory that the library is run on in a model
 *
 * Words are named by the addresses that they would have. What a load returns is
 * decided by the memory model that was chosen, not by what lies at the address.
 * Each access is a point at which another thread may go on, and at which the
 * calling one may be killed.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most threads that a scenario has. */
#define MODEL_THREADS 4

/** All words lie in this array. */
#define MODEL_ARENA_SIZE 12288
extern unsigned char model_arena[MODEL_ARENA_SIZE];

/** A place in the source, for the trace of a violation. */
struct model_where {
	const char *func;
	const char *file;
	unsigned int line;
};

/** The initial value of a word, which all threads see. To be defined by the code. */
uint64_t
model_initial(const void *addr);

uint64_t
model_load(const volatile void *addr, int order, struct model_where where);

void
model_store(volatile void *addr, uint64_t value, int order, struct model_where where);

void
model_fence(int order, struct model_where where);

/**
 * Take a lock. A timed one is taken over from a dead owner and may give up, another one waits.
 *
 * @return
 *   0, or -ETIMEDOUT.
 */
int
model_lock(volatile void *lock, bool timed, struct model_where where);

/** Take a lock if it is free or its owner is dead. */
bool
model_trylock(volatile void *lock, struct model_where where);

void
model_unlock(volatile void *lock, struct model_where where);

/** Let others go on. */
void
model_pause(void);

/** The time: grows, now and then by more than any timeout. */
uint64_t
model_time(void);

/** The calling thread's number. */
int
model_self(void);

/** Whether a thread was killed. If so, all that it stored is visible to the caller. */
bool
model_dead(int thread);

#ifdef __cplusplus
}
#endif

#endif /* MODEL_MEMORY_H */
