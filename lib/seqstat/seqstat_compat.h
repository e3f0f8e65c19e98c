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

/*
 * Up to 25.03, and outside of DPDK's tree: version.map lists the exported symbols, and the library
 * creates its thread by a public function.
 */
#if defined(__has_include)
#if __has_include(<eal_export.h>)
#include <eal_export.h>
#endif
#endif
#ifndef RTE_EXPORT_EXPERIMENTAL_SYMBOL
#define RTE_EXPORT_EXPERIMENTAL_SYMBOL(symbol, version)
#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
/* Up to 23.07: control threads are POSIX threads. What @p func returns is ignored. */
#define rte_thread_create_internal_control(thread, name, func, arg) \
	rte_ctrl_thread_create((pthread_t *)&(thread)->opaque_id, "dpdk-" name, NULL, \
		(void *(*)(void *))(uintptr_t)(func), arg)
#else
#define rte_thread_create_internal_control(thread, name, func, arg) \
	rte_thread_create_control(thread, "dpdk-" name, func, arg)
#endif
#endif

/* Up to 23.11: no line that ends by itself. */
#ifndef RTE_LOG_LINE_PREFIX
#define RTE_LOG_LINE_PREFIX(level, type, prefix, args, ...) \
	RTE_LOG(level, type, RTE_FMT(prefix RTE_FMT_HEAD(__VA_ARGS__ ,) "\n", \
		args, RTE_FMT_TAIL(__VA_ARGS__ ,)))
#endif

/* Up to 22.11: 64-bit unsigned numbers by their older name; signed ones have 32 bits. */
#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint rte_tel_data_add_dict_u64
static inline int
seqstat_tel_add_dict_int(struct rte_tel_data *d, const char *name, int64_t val)
{
	return val >= 0 ? rte_tel_data_add_dict_u64(d, name, val) :
		rte_tel_data_add_dict_int(d, name, RTE_MAX(val, INT32_MIN));
}
#define rte_tel_data_add_dict_int seqstat_tel_add_dict_int
#endif

/* Up to 23.07: no <rte_stdatomic.h>; see rte_seqstat_compat.h. */
#ifndef rte_atomic_compare_exchange_strong_explicit
#define rte_atomic_exchange_explicit(ptr, val, memorder) \
	__atomic_exchange_n(ptr, val, memorder)
#define rte_atomic_compare_exchange_strong_explicit(ptr, expected, desired, succ, fail) \
	__atomic_compare_exchange_n(ptr, expected, desired, 0, succ, fail)
#endif

#endif /* SEQSTAT_COMPAT_H */
