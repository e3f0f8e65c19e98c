/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The linker's --wrap=f makes the library call __wrap_f() instead of f(); __real_f() is f().
 * Calls inside DPDK stay as they are, because it is a shared library.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_alarm.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_memzone.h>
#include <rte_telemetry.h>

#include "fault.h"

/* Atomic: telemetry's threads make calls, too, while the test waits for their replies. */
static RTE_ATOMIC(uint32_t) countdown; /**< Calls until one fails; 0: no call fails. */
static RTE_ATOMIC(bool) failed;
static RTE_ATOMIC(int32_t) libc_blocks;
static RTE_ATOMIC(int32_t) containers;
static struct fault fault;

static rte_eal_alarm_callback alarm_callback;
static RTE_ATOMIC(uint32_t) n_alarms;
/** Entries not used since this TSC are idle; UINT64_MAX: all are; 0: the alarm does not run. */
static uint64_t idle_since;
static int memzone_socket;

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

void
fault_alarm(void)
{
	fault_alarm_since(UINT64_MAX);
}

void
fault_alarm_since(uint64_t tsc)
{
	if (alarm_callback == NULL)
		return;
	idle_since = tsc;
	/* Twice: if the first call is preempted after it reads the TSC, it finds too few idle. */
	alarm_callback(NULL);
	alarm_callback(NULL);
	idle_since = 0;
}

uint32_t
fault_alarms(void)
{
	return rte_atomic_load_explicit(&n_alarms, rte_memory_order_relaxed);
}

int
fault_memzone_socket(void)
{
	return memzone_socket;
}

/** Return whether a call fails. */
static bool
fails(const char *function)
{
	uint32_t left = rte_atomic_load_explicit(&countdown, rte_memory_order_acquire);

	if (left == 0 || strstr(fault.calls, function) == NULL)
		return false;
	if (left > 1 || !fault.lasts)
		rte_atomic_store_explicit(&countdown, left - 1, rte_memory_order_relaxed);
	if (left > 1)
		return false;
	if (fault.meanwhile != NULL) {
		fault.meanwhile();
		return false;
	}
	rte_atomic_store_explicit(&failed, true, rte_memory_order_release);
	errno = rte_errno = fault.error;

	return true;
}

static void
count_memzone(const struct rte_memzone *mz __rte_unused, void *arg)
{
	(*(uint32_t *)arg)++;
}

struct fault_usage
fault_usage(void)
{
	struct fault_usage usage = {
		.libc_blocks = rte_atomic_load_explicit(&libc_blocks, rte_memory_order_relaxed),
	};
	const bool zone = rte_memzone_lookup("SEQSTAT") != NULL;
	struct rte_malloc_socket_stats stats;
	int socket_id;

	rte_memzone_walk(count_memzone, &usage.memzones);
	for (socket_id = 0; socket_id < RTE_MAX_NUMA_NODES; socket_id++)
		if (rte_malloc_get_socket_stats(socket_id, &stats) == 0)
			usage.heap_blocks += stats.alloc_count;
	usage.memzones -= zone;
	usage.heap_blocks -= zone;

	return usage;
}

bool
fault_usage_same(const struct fault_usage *a, const struct fault_usage *b)
{
	if (memcmp(a, b, sizeof(*a)) == 0)
		return true;
	printf("%u memzones, %u blocks of DPDK, %u of the C library; then %u, %u, %u\n",
		a->memzones, a->heap_blocks, a->libc_blocks,
		b->memzones, b->heap_blocks, b->libc_blocks);

	return false;
}

/** Declare f() as the linker names it, and define the function that the library calls for it. */
#define WRAP(type, function, ...)					\
	type __real_##function(__VA_ARGS__);				\
	type __wrap_##function(__VA_ARGS__);				\
	type								\
	__wrap_##function(__VA_ARGS__)

/** Define a function that only fails or calls f(): name, failure, (parameters), arguments. */
#define FAIL(type, function, failed, params, ...)			\
	type __real_##function params;					\
	type __wrap_##function params;					\
	type								\
	__wrap_##function params					\
	{								\
		return fails(#function) ? failed : __real_##function(__VA_ARGS__);	\
	}

static void *
count_block(void *p)
{
	if (p != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, 1, rte_memory_order_relaxed);

	return p;
}

WRAP(void *, calloc, size_t n, size_t size)
{
	return fails("calloc") ? NULL : count_block(__real_calloc(n, size));
}

WRAP(char *, strdup, const char *s)
{
	return fails("strdup") ? NULL : count_block(__real_strdup(s));
}

WRAP(void, free, void *p)
{
	if (p != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, -1, rte_memory_order_relaxed);
	__real_free(p);
}

/* Files may be large: the C library's names end with 64. */
FAIL(int, open64, -1, (const char *path, int flags, mode_t mode), path, flags, mode)
FAIL(int, fcntl64, -1, (int fd, int command, void *arg), fd, command, arg)
FAIL(int, fstat64, -1, (int fd, void *st), fd, st)
FAIL(void *, mmap64, MAP_FAILED, (void *mem, size_t size, int prot, int flags, int fd, off_t at),
	mem, size, prot, flags, fd, at)
FAIL(int, madvise, -1, (void *mem, size_t size, int advice), mem, size, advice)
FAIL(int, mkostemps64, -1, (char *path, int suffix_length, int flags), path, suffix_length, flags)
FAIL(int, fstatfs64, -1, (int fd, void *fs), fd, fs)
FAIL(int, posix_fallocate64, fault.error, (int fd, off_t at, off_t size), fd, at, size)
FAIL(int, fchmod, -1, (int fd, mode_t mode), fd, mode)
FAIL(ssize_t, pwrite64, -1, (int fd, const void *from, size_t size, off_t at), fd, from, size, at)
FAIL(int, rename, -1, (const char *from, const char *to), from, to)
FAIL(int, renameat2, -1, (int from_dir, const char *from, int to_dir, const char *to,
	unsigned int flags), from_dir, from, to_dir, to, flags)
FAIL(void *, rte_zmalloc, NULL, (const char *type, size_t size, unsigned int align),
	type, size, align)
FAIL(void *, rte_zmalloc_socket, NULL, (const char *type, size_t size, unsigned int align,
	int socket_id), type, size, align, socket_id)
FAIL(const struct rte_memzone *, rte_memzone_reserve, NULL, (const char *name, size_t size,
	int socket_id, unsigned int flags), name, size, socket_id, flags)
FAIL(int, rte_mp_action_register, -1, (const char *name, rte_mp_t action), name, action)
FAIL(int, seqstat_control_lock, -fault.error, (void))

WRAP(const struct rte_memzone *, rte_memzone_reserve_aligned, const char *name, size_t size,
	int socket_id, unsigned int flags, unsigned int align)
{
	memzone_socket = socket_id;

	return fails("rte_memzone_reserve_aligned") ? NULL :
		__real_rte_memzone_reserve_aligned(name, size, socket_id, flags, align);
}

WRAP(int, rte_eal_alarm_set, uint64_t us __rte_unused, rte_eal_alarm_callback callback,
	void *arg __rte_unused)
{
	if (fails("rte_eal_alarm_set"))
		return -ENOMEM;
	alarm_callback = callback;
	rte_atomic_fetch_add_explicit(&n_alarms, 1, rte_memory_order_relaxed);

	return 0;
}

WRAP(uint64_t, rte_get_tsc_hz, void)
{
	if (idle_since == 0)
		return __real_rte_get_tsc_hz();
	/* The cache drops an entry after KEEP_S, 10 seconds of this frequency. */
	return idle_since == UINT64_MAX ? 0 : (rte_get_tsc_cycles() - idle_since) / 10 + 1;
}

WRAP(struct rte_tel_data *, rte_tel_data_alloc, void)
{
	struct rte_tel_data *d = fails("rte_tel_data_alloc") ? NULL : __real_rte_tel_data_alloc();

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
