/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FAULT_H
#define FAULT_H

/**
 * @file
 *
 * What the tests with injected faults have in common
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

/* interpose.c: what the linker lets the library call, instead of what allocates or locks. */

/** Which allocations of the library fail, or which of its locks is not to be had in time. */
struct fault {
	unsigned int nth; /**< From now on, beginning with 1. */
	bool locks;       /**< Not the allocations: the control lock. */
	bool lasts;       /**< All that follow, too. */
	bool empty;       /**< A file can be opened, and is empty. */
	int error;        /**< What rte_errno says when an allocation fails. */
	/** Nothing fails, but this is called before: what another thread does at that moment. */
	void (*meanwhile)(void);
};

/** Let allocations or locks fail. */
void
fault_inject(struct fault what);

/** Inject no more. Returns whether it came to the fault. */
bool
fault_end(void);

/** Containers for telemetry that the library made since a fault was injected, and kept. */
int32_t
fault_containers(void);

/** What the library holds, and what DPDK knows of that. */
struct fault_usage {
	uint32_t memzones;
	uint32_t heap_blocks; /**< Of rte_malloc. */
	uint32_t libc_blocks; /**< Of calloc, by the library. */
};

struct fault_usage
fault_usage(void);

bool
fault_usage_same(const struct fault_usage *a, const struct fault_usage *b);

/* main.c */

/** A set of two counters and two rows; NULL with rte_errno. */
struct rte_seqstat *
fault_set_create(const char *name);

/* The tests. */

/** The first call of a process, which makes what all sets have in common. */
bool
fault_test_first(void);

/** The same, while another process makes it a bit earlier. */
bool
fault_test_beaten(void);

/** The same, while another process begins to make it, and does not go on for long. */
bool
fault_test_slow(void);

/** All allocations of all other calls. */
bool
fault_test_allocations(void);

/** Each allocation of each request to telemetry. */
bool
fault_test_telemetry(void);

/** What other processes may leave behind, or keep for too long: locks, writers, memzones. */
bool
fault_test_others(void);

#endif /* FAULT_H */
