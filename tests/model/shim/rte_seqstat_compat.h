/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_COMPAT_H
#define RTE_SEQSTAT_COMPAT_H

/**
 * @file
 *
 * Replaces lib/seqstat/rte_seqstat_compat.h when the library is compiled into a model
 *
 * Atomic accesses, fences, locks and the clock become calls of model_memory.h. Everything
 * else in the library's sources is compiled unchanged.
 */

#include <pthread.h>

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_spinlock.h>
#include <rte_version.h>

#include "model_memory.h"

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#include <rte_stdatomic.h>
#endif

#define MODEL_WHERE (struct model_where){ __func__, __FILE__, __LINE__ }

#undef RTE_ATOMIC
#undef rte_memory_order_relaxed
#undef rte_memory_order_acquire
#undef rte_memory_order_release
#undef rte_memory_order_seq_cst
#undef rte_atomic_load_explicit
#undef rte_atomic_store_explicit
#undef rte_atomic_fetch_add_explicit
#define RTE_ATOMIC(type) type
#define rte_memory_order_relaxed __ATOMIC_RELAXED
#define rte_memory_order_acquire __ATOMIC_ACQUIRE
#define rte_memory_order_release __ATOMIC_RELEASE
#define rte_memory_order_seq_cst __ATOMIC_SEQ_CST
#define rte_atomic_load_explicit(ptr, order) \
	((__typeof__(*(ptr)))model_load(ptr, order, MODEL_WHERE))
#define rte_atomic_store_explicit(ptr, val, order) \
	model_store(ptr, (uint64_t)(val), order, MODEL_WHERE)
#define rte_atomic_thread_fence(order) model_fence(order, MODEL_WHERE)
/* No other thread changes a word that the library adds to. */
#define rte_atomic_fetch_add_explicit(ptr, n, order) \
	rte_atomic_store_explicit(ptr, rte_atomic_load_explicit(ptr, order) + (n), order)

/* DPDK's sequence locks, for the scenario with a reader that uses only these. */
#define __atomic_load_n(ptr, order) rte_atomic_load_explicit(ptr, order)
#define __atomic_store_n(ptr, val, order) rte_atomic_store_explicit(ptr, val, order)
#include <rte_seqlock.h>
#undef __atomic_load_n
#undef __atomic_store_n

#define rte_seqlock_init(lock_) do { \
	model_store(&(lock_)->count.sn, 0, __ATOMIC_RELAXED, MODEL_WHERE); \
	model_store(&(lock_)->lock.locked, 0, __ATOMIC_RELAXED, MODEL_WHERE); \
} while (0)
#define rte_spinlock_init(lock_) \
	model_store(&(lock_)->locked, 0, __ATOMIC_RELAXED, MODEL_WHERE)
#define rte_spinlock_lock(lock_) model_lock(&(lock_)->locked, false, MODEL_WHERE)
#define rte_spinlock_unlock(lock_) model_unlock(&(lock_)->locked, MODEL_WHERE)
#define rte_get_tsc_cycles() model_time()
#define rte_pause() model_pause()

#ifndef __rte_no_thread_safety_analysis
#define __rte_no_thread_safety_analysis
#endif

#endif /* RTE_SEQSTAT_COMPAT_H */
