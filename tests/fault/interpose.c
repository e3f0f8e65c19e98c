/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * With the linker's --wrap=f, the library calls __wrap_f() for f(), and __real_f() is f().
 * DPDK's own calls are not touched: it is a shared library.
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

/* Telemetry's threads allocate too, but only while the test waits for their reply. */
static RTE_ATOMIC(uint32_t) countdown; /**< Calls up to the one that fails; 0: none does. */
static RTE_ATOMIC(bool) failed;
static RTE_ATOMIC(int32_t) libc_blocks;
static RTE_ATOMIC(int32_t) containers;
static struct fault fault;

static rte_eal_alarm_callback alarm_callback;
static uint64_t idle_since; /**< TSC; UINT64_MAX: all is idle; 0: the alarm is not going off. */
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
	/* If the first is interrupted after it reads the TSC, it finds too few idle. */
	alarm_callback(NULL);
	alarm_callback(NULL);
	idle_since = 0;
}

int
fault_memzone_socket(void)
{
	return memzone_socket;
}

/** Return whether a call has to fail. */
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

/** Declare what the linker knows as f() and what it makes of it, then define the latter. */
#define WRAP(type, function, ...)					\
	type __real_##function(__VA_ARGS__);				\
	type __wrap_##function(__VA_ARGS__);				\
	type								\
	__wrap_##function(__VA_ARGS__)

WRAP(void *, calloc, size_t n, size_t size)
{
	void *p = fails("calloc") ? NULL : __real_calloc(n, size);

	if (p != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, 1, rte_memory_order_relaxed);

	return p;
}

WRAP(char *, strdup, const char *s)
{
	char *copy = fails("strdup") ? NULL : __real_strdup(s);

	if (copy != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, 1, rte_memory_order_relaxed);

	return copy;
}

WRAP(void, free, void *p)
{
	if (p != NULL)
		rte_atomic_fetch_add_explicit(&libc_blocks, -1, rte_memory_order_relaxed);
	__real_free(p);
}

/* Their names where files are of any size. */

WRAP(int, open64, const char *path, int flags, mode_t mode)
{
	return fails("open64") ? -1 : __real_open64(path, flags, mode);
}

WRAP(int, fcntl64, int fd, int command, void *arg)
{
	return fails("fcntl64") ? -1 : __real_fcntl64(fd, command, arg);
}

WRAP(int, fstat64, int fd, void *st)
{
	return fails("fstat64") ? -1 : __real_fstat64(fd, st);
}

WRAP(void *, mmap64, void *mem, size_t size, int protection, int flags, int fd, off_t offset)
{
	return fails("mmap64") ? MAP_FAILED :
		__real_mmap64(mem, size, protection, flags, fd, offset);
}

WRAP(int, madvise, void *mem, size_t size, int advice)
{
	return fails("madvise") ? -1 : __real_madvise(mem, size, advice);
}

WRAP(int, mkostemps64, char *path, int suffix_length, int flags)
{
	return fails("mkostemps64") ? -1 : __real_mkostemps64(path, suffix_length, flags);
}

WRAP(int, fstatfs64, int fd, void *fs)
{
	return fails("fstatfs64") ? -1 : __real_fstatfs64(fd, fs);
}

WRAP(int, posix_fallocate64, int fd, off_t offset, off_t size)
{
	return fails("posix_fallocate64") ? fault.error :
		__real_posix_fallocate64(fd, offset, size);
}

WRAP(int, fchmod, int fd, mode_t mode)
{
	return fails("fchmod") ? -1 : __real_fchmod(fd, mode);
}

WRAP(ssize_t, pwrite64, int fd, const void *from, size_t size, off_t offset)
{
	return fails("pwrite64") ? -1 : __real_pwrite64(fd, from, size, offset);
}

WRAP(int, rename, const char *from, const char *to)
{
	return fails("rename") ? -1 : __real_rename(from, to);
}

WRAP(int, renameat2, int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	return fails("renameat2") ? -1 : __real_renameat2(from_dir, from, to_dir, to, flags);
}

WRAP(void *, rte_zmalloc, const char *type, size_t size, unsigned int align)
{
	return fails("rte_zmalloc") ? NULL : __real_rte_zmalloc(type, size, align);
}

WRAP(void *, rte_zmalloc_socket, const char *type, size_t size, unsigned int align, int socket_id)
{
	return fails("rte_zmalloc_socket") ? NULL :
		__real_rte_zmalloc_socket(type, size, align, socket_id);
}

WRAP(const struct rte_memzone *, rte_memzone_reserve, const char *name, size_t size,
	int socket_id, unsigned int flags)
{
	return fails("rte_memzone_reserve") ? NULL :
		__real_rte_memzone_reserve(name, size, socket_id, flags);
}

WRAP(const struct rte_memzone *, rte_memzone_reserve_aligned, const char *name, size_t size,
	int socket_id, unsigned int flags, unsigned int align)
{
	memzone_socket = socket_id;

	return fails("rte_memzone_reserve_aligned") ? NULL :
		__real_rte_memzone_reserve_aligned(name, size, socket_id, flags, align);
}

WRAP(int, rte_mp_action_register, const char *name, rte_mp_t action)
{
	return fails("rte_mp_action_register") ? -1 : __real_rte_mp_action_register(name, action);
}

WRAP(int, rte_eal_alarm_set, uint64_t us __rte_unused, rte_eal_alarm_callback callback,
	void *arg __rte_unused)
{
	alarm_callback = callback;

	return 0;
}

WRAP(uint64_t, rte_get_tsc_hz, void)
{
	if (idle_since == 0)
		return __real_rte_get_tsc_hz();
	/* Copies are kept for KEEP_S, 10 seconds. */
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

WRAP(int, seqstat_control_lock, void)
{
	return fails("seqstat_control_lock") ? -fault.error : __real_seqstat_control_lock();
}
