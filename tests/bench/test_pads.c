/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Whether what the benchmarks allocate lies at any place, also if there is a gap for it.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_malloc.h>

#include "test_seqstat_perf.h"

#define N_TIMES 400
/** So often something may lie at the same place, where without pads it always does. */
#define MOST_OFTEN (N_TIMES / 2)

static void *
dpdk_alloc(size_t size)
{
	return rte_malloc(NULL, size, 0);
}

/** Leave a gap for the next that is allocated and for nothing that is larger. */
static void *
leave_gap(void *(*alloc)(size_t size), void (*dealloc)(void *), size_t size)
{
	void *gap = alloc(size + 1024), *behind = alloc(64);

	assert(gap != NULL && behind != NULL);
	dealloc(gap);

	return behind;
}

static int
compare(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return (x > y) - (x < y);
}

/** How often the place is had that is had most often. */
static unsigned int
most_often(uintptr_t places[N_TIMES])
{
	unsigned int i, n = 1, most = 1;

	qsort(places, N_TIMES, sizeof(places[0]), compare);
	for (i = 1; i < N_TIMES; i++) {
		n = places[i] == places[i - 1] ? n + 1 : 1;
		most = RTE_MAX(most, n);
	}

	return most;
}

/** Allocate something again and again, with other pads each time. */
static void
test_size(const char *heap, void *(*alloc)(size_t size), void (*dealloc)(void *), size_t size)
{
	void *what, *behind = leave_gap(alloc, dealloc, size);
	struct perf_pads pads = { 0 };
	uintptr_t places[N_TIMES];
	unsigned int i, most;

	for (i = 0; i < N_TIMES; i++) {
		perf_pads_make(&pads);
		what = alloc(size);
		assert(what != NULL);
		places[i] = (uintptr_t)what;
		dealloc(what);
		perf_pads_free(&pads);
	}
	most = most_often(places);
	printf("%s, %zu bytes: %u of %u times at one place\n", heap, size, most, N_TIMES);
	assert(most <= MOST_OFTEN);
	dealloc(behind);
}

int
main(int argc, char **argv)
{
	/* Of the blocks of 8 to 16,384 counters, and of the copies of 64 to 16,384. */
	static const size_t block_sizes[] = { 640, 4352, 33024, 524544 };
	static const size_t copy_sizes[] = { 512, 8192, 131072 };
	unsigned int i;

	assert(rte_eal_init(argc, argv) >= 0);
	for (i = 0; i < RTE_DIM(block_sizes); i++)
		test_size("DPDK", dpdk_alloc, rte_free, block_sizes[i]);
	for (i = 0; i < RTE_DIM(copy_sizes); i++)
		test_size("libc", malloc, free, copy_sizes[i]);

	return rte_eal_cleanup();
}
