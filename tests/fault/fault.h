/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FAULT_H
#define FAULT_H

/**
 * @file
 *
 * Helpers of the tests with injected faults
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_seqstat.h>

/** Leave the calling test, which returns whether all went well. */
#define CHECK(cond, ...) do {						\
	if (!(cond)) {							\
		printf("%s() line %d: ", __func__, __LINE__);		\
		printf(__VA_ARGS__);					\
		printf("\n");						\
		return false;						\
	}								\
} while (0)

/* interpose.c: what the library calls instead of the functions of meson.build. */

/** All functions that allocate. */
#define FAULT_MEMORY "calloc mmap64 rte_memzone_reserve rte_memzone_reserve_aligned " \
	"rte_tel_data_alloc rte_zmalloc rte_zmalloc_socket strdup"
#define FAULT_LOCK "seqstat_control_lock"

/** Which calls of the library fail. */
struct fault {
	const char *calls; /**< Names of functions. */
	unsigned int nth;  /**< Of these calls from now on, beginning with 1. */
	bool lasts;        /**< All that follow fail, too. */
	int error;         /**< In errno and rte_errno, or returned. */
	int also[2];       /**< What the library may report instead. */
	/** Called before the nth call, which does not fail then. */
	void (*meanwhile)(void);
};

/** Let calls fail. */
void
fault_inject(struct fault what);

/** Let no more calls fail. Returns whether one did. */
bool
fault_end(void);

/** Return how many telemetry containers the library made since fault_inject(), and kept. */
int32_t
fault_containers(void);

/** Let the alarm of the telemetry cache go off, as if all in the cache were idle for long. */
void
fault_alarm(void);

/** Likewise, as if only copies that were not used since a TSC were idle for long. */
void
fault_alarm_since(uint64_t tsc);

/** Return the socket for which the library reserved its latest memzone. */
int
fault_memzone_socket(void);

/** Memory of the library, without the control zone. */
struct fault_usage {
	uint32_t memzones;
	uint32_t heap_blocks; /**< Of rte_malloc. */
	uint32_t libc_blocks; /**< Of calloc, by the library. */
};

struct fault_usage
fault_usage(void);

/** Return whether two usages are the same; print them otherwise. */
bool
fault_usage_same(const struct fault_usage *a, const struct fault_usage *b);

/* main.c */

/** Create a set of two counters and two rows; NULL with rte_errno. */
struct rte_seqstat *
fault_set_create(const char *name);

/** Get a set's writer of any lcore; NULL with rte_errno. */
struct rte_seqstat_writer *
fault_writer(struct rte_seqstat *st, unsigned int lcore_id);

/** Count one packet as any lcore, also LCORE_ID_ANY. Returns whether its section is shared. */
bool
fault_count(struct rte_seqstat *st, unsigned int lcore_id);

/* The tests. */

/** Each call of each function that may fail. */
bool
fault_test_calls(void);

/** Each call of each telemetry request. */
bool
fault_test_telemetry(void);

#endif /* FAULT_H */
