/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FAULT_H
#define FAULT_H

/**
 * @file
 *
 * Faults in calls of the library, and helpers of the tests that inject them
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_seqstat.h>

/** Unless a condition holds, print a message and return false. */
#define CHECK(cond, ...) do {						\
	if (!(cond)) {							\
		printf("%s() line %d: ", __func__, __LINE__);		\
		printf(__VA_ARGS__);					\
		printf("\n");						\
		return false;						\
	}								\
} while (0)

/* interpose.c */

/** All functions that allocate. */
#define FAULT_MEMORY "calloc mmap64 rte_memzone_reserve rte_memzone_reserve_aligned " \
	"rte_tel_data_alloc rte_zmalloc rte_zmalloc_socket strdup"
#define FAULT_LOCK "seqstat_control_lock"

/** A failure of calls that the library makes. */
struct fault {
	const char *calls; /**< Names of functions. */
	unsigned int nth;  /**< The failing call among these, counted from 1. */
	bool lasts;        /**< All later calls fail, too. */
	int error;         /**< The error in errno and rte_errno, or the returned one. */
	int also[2];       /**< Other errors that the library may report. */
	/** If set: run before the nth call, which then succeeds. */
	void (*meanwhile)(void);
};

/** Make calls fail. */
void
fault_inject(struct fault what);

/** Stop making calls fail. Returns whether one did. */
bool
fault_end(void);

/** Return the number of telemetry containers allocated and not freed since fault_inject(). */
int32_t
fault_containers(void);

/** Run the alarm of the telemetry cache, as if all its entries were idle for long. */
void
fault_alarm(void);

/** Run the alarm, as if only entries that were not used since a TSC were idle for long. */
void
fault_alarm_since(uint64_t tsc);

/** Return the number of alarms that were set. */
uint32_t
fault_alarms(void);

/** Return the socket of the library's latest memzone. */
int
fault_memzone_socket(void);

/** The library's memory, without the control zone. */
struct fault_usage {
	uint32_t memzones;
	uint32_t heap_blocks; /**< From rte_malloc. */
	uint32_t libc_blocks; /**< From the C library. */
};

struct fault_usage
fault_usage(void);

/** Return whether two usages are equal; print them otherwise. */
bool
fault_usage_same(const struct fault_usage *a, const struct fault_usage *b);

/* main.c */

/** Create a set of two counters and two rows; NULL with rte_errno. */
struct rte_seqstat *
fault_set_create(const char *name);

/** Call rte_seqstat_writer() as an lcore. */
struct rte_seqstat_writer *
fault_writer(struct rte_seqstat *st, unsigned int lcore_id);

/** Count a packet as an lcore or LCORE_ID_ANY. Returns whether the writer is the shared one. */
bool
fault_count(struct rte_seqstat *st, unsigned int lcore_id);

/* The tests. Each returns whether it passed. */

bool
fault_test_calls(void);

bool
fault_test_telemetry(void);

#endif /* FAULT_H */
