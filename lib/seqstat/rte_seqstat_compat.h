/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_COMPAT_H
#define RTE_SEQSTAT_COMPAT_H

/**
 * @file
 *
 * What differs between the supported versions of DPDK
 *
 * The rest of seqstat is written for the newest DPDK. Each entry below says up
 * to which version it is needed, and goes when that version does.
 */

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_spinlock.h>
#include <rte_version.h>

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#include <rte_stdatomic.h>
#else
/* Up to 23.07: no <rte_stdatomic.h>. */
#ifndef RTE_ATOMIC
#define RTE_ATOMIC(type) type
#define rte_memory_order_relaxed __ATOMIC_RELAXED
#define rte_memory_order_acquire __ATOMIC_ACQUIRE
#define rte_memory_order_release __ATOMIC_RELEASE
#define rte_memory_order_seq_cst __ATOMIC_SEQ_CST
#define rte_atomic_load_explicit(ptr, memorder) __atomic_load_n(ptr, memorder)
#define rte_atomic_store_explicit(ptr, val, memorder) \
	__atomic_store_n(ptr, val, memorder)
#define rte_atomic_fetch_add_explicit(ptr, val, memorder) \
	__atomic_fetch_add(ptr, val, memorder)
#endif
#endif

/* Up to 22.11: locks carry no annotations for clang's thread safety analysis. */
#ifndef __rte_no_thread_safety_analysis
#define __rte_no_thread_safety_analysis
#endif

#endif /* RTE_SEQSTAT_COMPAT_H */
