/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_COMPAT_H
#define SEQSTAT_COMPAT_H

/**
 * @file
 *
 * What differs between the supported versions of DPDK, for the library's own files
 *
 * See rte_seqstat_compat.h, which does the same for what applications include.
 */

#include <pthread.h>

#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_telemetry.h>
#include <rte_thread.h>
#include <rte_version.h>

#include "rte_seqstat_compat.h"

/* Up to 25.03, and outside of DPDK's tree: symbols are exported by version.map. */
#if defined(__has_include)
#if __has_include(<eal_export.h>)
#include <eal_export.h>
#endif
#endif
#ifndef RTE_EXPORT_EXPERIMENTAL_SYMBOL
#define RTE_EXPORT_EXPERIMENTAL_SYMBOL(symbol, version)
#endif

/* Up to 23.11: no line that ends by itself. */
#ifndef RTE_LOG_LINE_PREFIX
#define RTE_LOG_LINE_PREFIX(level, type, prefix, args, ...) \
	RTE_LOG(level, type, RTE_FMT(prefix RTE_FMT_HEAD(__VA_ARGS__ ,) "\n", \
		args, RTE_FMT_TAIL(__VA_ARGS__ ,)))
#endif

/* Up to 22.11: 64-bit unsigned numbers by their older name. */
#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint rte_tel_data_add_dict_u64
/** The lowest signed number that telemetry passes on. */
#define SEQSTAT_TEL_INT_MIN INT32_MIN
#else
#define SEQSTAT_TEL_INT_MIN INT64_MIN
#endif

/* Up to 23.07: no <rte_stdatomic.h>; see rte_seqstat_compat.h. */
#ifndef rte_atomic_compare_exchange_strong_explicit
#define rte_atomic_exchange_explicit(ptr, val, memorder) \
	__atomic_exchange_n(ptr, val, memorder)
#define rte_atomic_compare_exchange_strong_explicit(ptr, expected, desired, succ, fail) \
	__atomic_compare_exchange_n(ptr, expected, desired, 0, succ, fail)
#endif

/* Up to 23.07: control threads are POSIX threads. */
#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
typedef pthread_t seqstat_thread_t;
typedef void *seqstat_thread_ret_t;
#define seqstat_thread_create(thread, name, func, arg) \
	rte_ctrl_thread_create(thread, name, NULL, func, arg)
#define seqstat_thread_join(thread) pthread_join(thread, NULL)
#else
typedef rte_thread_t seqstat_thread_t;
typedef uint32_t seqstat_thread_ret_t;
#define seqstat_thread_create rte_thread_create_control
#define seqstat_thread_join(thread) rte_thread_join(thread, NULL)
#endif

#endif /* SEQSTAT_COMPAT_H */
