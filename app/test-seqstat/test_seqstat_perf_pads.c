/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_malloc.h>
#include <rte_random.h>

#include "test_seqstat_perf.h"

/*
 * Memory that is left out, so that what is allocated next lies at any place.
 *
 * A heap gives what was freed to whoever asks for as much again, and a gap that came about
 * by chance when the process began to whatever just fits: for as long as the process runs.
 * Some places are slower than others by a tenth and more.
 */

/** Sizes go from 2 to the power of the first up to 2 to the power of the second. */
#define DPDK_MIN_BITS 7
#define DPDK_MAX_BITS 18
/** Less than what the C library maps by itself. */
#define LIBC_MIN_BITS 5
#define LIBC_MAX_BITS 16

/** Any number of bits is as likely as the others. */
static size_t
random_size(unsigned int min_bits, unsigned int max_bits)
{
	size_t size = (size_t)1 << (min_bits + rte_rand_max(max_bits - min_bits));

	return size + rte_rand_max(size);
}

/** Free about half of them, so that gaps of any size are left. */
static void
free_some(void *pads[], unsigned int n, void (*dealloc)(void *))
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (rte_rand_max(2) == 0)
			continue;
		dealloc(pads[i]);
		pads[i] = NULL;
	}
}

void
perf_pads_make(struct perf_pads *pads)
{
	unsigned int i;

	for (i = 0; i < PERF_N_DPDK_PADS; i++)
		pads->dpdk[i] = rte_malloc("perf_pad",
				random_size(DPDK_MIN_BITS, DPDK_MAX_BITS), 0);
	for (i = 0; i < PERF_N_LIBC_PADS; i++)
		pads->libc[i] = malloc(random_size(LIBC_MIN_BITS, LIBC_MAX_BITS));
	free_some(pads->dpdk, PERF_N_DPDK_PADS, rte_free);
	free_some(pads->libc, PERF_N_LIBC_PADS, free);
}

void
perf_pads_free(struct perf_pads *pads)
{
	unsigned int i;

	for (i = 0; i < PERF_N_DPDK_PADS; i++)
		rte_free(pads->dpdk[i]);
	for (i = 0; i < PERF_N_LIBC_PADS; i++)
		free(pads->libc[i]);
	*pads = (struct perf_pads){ 0 };
}
