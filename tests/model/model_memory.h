/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

/**
 * @file
 *
 * The memory under the library in a model
 *
 * An address names a word. The chosen memory model decides the value that a load
 * returns; nothing is stored at the address. At each access the model may switch to
 * another thread or kill the calling one.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Maximum threads of a scenario. */
#define MODEL_THREADS 4

/** The address range of all words. */
#define MODEL_ARENA_SIZE 12288
extern unsigned char model_arena[MODEL_ARENA_SIZE];

/** A source line, for the trace of a violation. */
struct model_where {
	const char *func;
	const char *file;
	unsigned int line;
};

/** Return the initial value of a word, which all threads see. model_code.c defines it. */
uint64_t
model_initial(const void *addr);

uint64_t
model_load(const volatile void *addr, int order, struct model_where where);

void
model_store(volatile void *addr, uint64_t value, int order, struct model_where where);

void
model_fence(int order, struct model_where where);

/**
 * Take a lock.
 *
 * @param timed
 *   Take the lock from a dead owner, too, and time out now and then. Otherwise wait.
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

/** Let other threads run. */
void
model_pause(void);

/** Return the time. It grows, now and then by more than any timeout. */
uint64_t
model_time(void);

/** Return the number of the calling thread. */
int
model_self(void);

/** Return whether a thread was killed. If so, the caller sees all its stores. */
bool
model_dead(int thread);

#ifdef __cplusplus
}
#endif

#endif /* MODEL_MEMORY_H */
