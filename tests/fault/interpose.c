/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * With the linker's --wrap=f, the library calls __wrap_f() for f(), and __real_f() is f().
 * DPDK's own calls are not touched: it is a shared library.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_memzone.h>
#include <rte_telemetry.h>

#include "fault.h"
#include "seqstat_private.h"

/* Telemetry's threads allocate too, but only while the test waits for their reply. */
static RTE_ATOMIC(uint32_t) countdown; /**< Calls up to the one that fails; 0: none does. */
static RTE_ATOMIC(bool) failed;
static RTE_ATOMIC(int32_t) libc_blocks;
static RTE_ATOMIC(int32_t) containers;
static struct fault fault;

void
fault_inject(struct fault what)
{
	fault = what;
	rte_atomic_store_explicit(&failed, false, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&containers, 0, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&countdown, what.nth, rte_memory_order_release);
}

bool
fault_end(void)
{
	rte_atomic_store_explicit(&countdown, 0, rte_memory_order_relaxed);

	return rte_atomic_load_explicit(&failed, rte_memory_order_acquire);
}

int32_t
fault_containers(void)
{
	return rte_atomic_load_explicit(&containers, rte_memory_order_relaxed);
}

/** Whether the fault is due in a call of its kind. */
static bool
due(bool lock)
{
	uint32_t left = rte_atomic_load_explicit(&countdown, rte_memory_order_acquire);

	if (left == 0 || fault.locks != lock)
		return false;
	if (left > 1 || !fault.lasts)
		rte_atomic_store_explicit(&countdown, left - 1, rte_memory_order_relaxed);
	if (left > 1)
		return false;
	rte_atomic_store_explicit(&failed, true, rte_memory_order_release);
	if (fault.meanwhile == NULL)
		return true;
	fault.meanwhile();

	return false;
}

/** Whether an allocation has to fail. */
static bool
fails(void)
{
	if (!due(false))
		return false;
	rte_errno = fault.error;

	return true;
}

static void
count_memzone(const struct rte_memzone *mz, void *arg)
{
	struct fault_usage *usage = arg;

	RTE_SET_USED(mz);
	usage->memzones++;
}

struct fault_usage
fault_usage(void)
{
	struct fault_usage usage = {
		.libc_blocks = rte_atomic_load_explicit(&libc_blocks, rte_memory_order_relaxed),
	};
	struct rte_malloc_socket_stats stats;
	int socket_id;

	rte_memzone_walk(count_memzone, &usage);
	for (socket_id = 0; socket_id < RTE_MAX_NUMA_NODES; socket_id++)
		if (rte_malloc_get_socket_stats(socket_id, &stats) == 0)
			usage.heap_blocks += stats.alloc_count;

	return usage;
}

bool
fault_usage_same(const struct fault_usage *a, const struct fault_usage *b)
{
	if (a->memzones == b->memzones && a->heap_blocks == b->heap_blocks &&
			a->libc_blocks == b->libc_blocks)
		return true;
	printf("%u memzones, %u blocks of DPDK, %u of the C library; then %u, %u, %u\n",
		a->memzones, a->heap_blocks, a->libc_blocks,
		b->memzones, b->heap_blocks, b->libc_blocks);

	return false;
}

/** Declare what the linker knows as f() and what it makes of it, then define the latter. */
#define WRAP(type, function, ...)					\
	type __real_##function(__VA_ARGS__);				\
	type __wrap_##function(__VA_ARGS__);				\
	type								\
	__wrap_##function(__VA_ARGS__)

WRAP(void *, calloc, size_t n, size_t size)
{
	void *p = fails() ? NULL : __real_calloc(n, size);

	if (p != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, 1, rte_memory_order_relaxed);

	return p;
}

WRAP(void, free, void *p)
{
	if (p != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, -1, rte_memory_order_relaxed);
	__real_free(p);
}

/* Its name where files are of any size. */
WRAP(FILE *, fopen64, const char *path, const char *mode)
{
	bool fault_due = fails();

	if (fault_due && !fault.empty) {
		errno = EMFILE;
		return NULL;
	}

	return __real_fopen64(fault_due ? "/dev/null" : path, mode);
}

WRAP(int, pthread_mutex_init, pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	return fails() ? ENOMEM : __real_pthread_mutex_init(mutex, attr);
}

WRAP(void *, rte_zmalloc, const char *type, size_t size, unsigned int align)
{
	return fails() ? NULL : __real_rte_zmalloc(type, size, align);
}

WRAP(void *, rte_zmalloc_socket, const char *type, size_t size, unsigned int align, int socket_id)
{
	return fails() ? NULL : __real_rte_zmalloc_socket(type, size, align, socket_id);
}

WRAP(const struct rte_memzone *, rte_memzone_reserve, const char *name, size_t size,
	int socket_id, unsigned int flags)
{
	return fails() ? NULL : __real_rte_memzone_reserve(name, size, socket_id, flags);
}

WRAP(const struct rte_memzone *, rte_memzone_reserve_aligned, const char *name, size_t size,
	int socket_id, unsigned int flags, unsigned int align)
{
	return fails() ? NULL :
		__real_rte_memzone_reserve_aligned(name, size, socket_id, flags, align);
}

WRAP(struct rte_tel_data *, rte_tel_data_alloc, void)
{
	struct rte_tel_data *d = fails() ? NULL : __real_rte_tel_data_alloc();

	if (d != NULL)
		rte_atomic_fetch_add_explicit(&containers, 1, rte_memory_order_relaxed);

	return d;
}

WRAP(void, rte_tel_data_free, struct rte_tel_data *d)
{
	if (d != NULL)
		rte_atomic_fetch_add_explicit(&containers, -1, rte_memory_order_relaxed);
	__real_rte_tel_data_free(d);
}

WRAP(int, seqstat_control_lock, void)
{
	return due(true) ? -ETIMEDOUT : __real_seqstat_control_lock();
}

WRAP(int, seqstat_control_lock_set, const struct rte_seqstat *st)
{
	return due(true) ? -ETIMEDOUT : __real_seqstat_control_lock_set(st);
}
