/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_perf.h"

/*
 * Whether a core is shared at the moment.
 *
 * A core sees some hundred instructions ahead. When a second hyper-thread awakes, half of
 * that room is for it, whatever it does with it. So instructions are arranged such that
 * it matters how far ahead is seen, and nothing else: chains of multiplications with so
 * much between them that the next one begins while one is under way if all of the room
 * is there, and only after it if half of it is.
 */

#define N_CHAINS 40

/** Eight multiplications, each of the result of the one before: some 24 cycles. */
static __rte_always_inline uintptr_t
multiply_eight(uintptr_t x)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		x *= (uintptr_t)UINT64_C(0xbf58476d1ce4e5b9);
		/* Not joined with the next one. */
		__asm__ volatile("" : "+r" (x));
	}

	return x;
}

/** 32 instructions. */
static __rte_always_inline uintptr_t
multiply_chain(uintptr_t x)
{
	return multiply_eight(multiply_eight(multiply_eight(multiply_eight(x))));
}

/** With a chain, 200 instructions: less than a core sees ahead, more than half of that. */
static __rte_always_inline void
pass_time(void)
{
	__asm__ volatile(
		".rept 168\n\t"
		"nop\n\t"
		".endr");
}

/** The shortest probe, in cycles. */
static RTE_ATOMIC(uint64_t) least_probe = UINT64_MAX;

double
perf_probe(void)
{
	uint64_t start, cycles;
	unsigned int i;

	start = rte_rdtsc_precise();
	for (i = 0; i < N_CHAINS; i++) {
		multiply_chain(i);
		pass_time();
	}
	cycles = rte_rdtsc_precise() - start;
	/* If two lcores do this at once, one of two low numbers is lost, which is none. */
	if (cycles < rte_atomic_load_explicit(&least_probe, rte_memory_order_relaxed))
		rte_atomic_store_explicit(&least_probe, cycles, rte_memory_order_relaxed);

	return (double)cycles;
}

/** Cycles that as many chains take if each begins with the result of the one before. */
static double
time_chains_in_turn(void)
{
	uint64_t start, least = UINT64_MAX;
	unsigned int i, tries;
	uintptr_t x = 1;

	for (tries = 100; tries > 0; tries--) {
		start = rte_rdtsc_precise();
		for (i = 0; i < N_CHAINS; i++)
			x = multiply_chain(x);
		least = RTE_MIN(least, rte_rdtsc_precise() - start);
	}

	return (double)least;
}

double
perf_probe_limit(void)
{
	static double in_turn;
	uint64_t least = rte_atomic_load_explicit(&least_probe, rte_memory_order_relaxed);

	if (in_turn == 0)
		in_turn = time_chains_in_turn();

	/* The second one: perhaps this process never had a core for itself. */
	return RTE_MIN((double)least * 13 / 12, in_turn);
}

double
perf_probe_until(uint64_t tsc)
{
	double probe;

	do {
		probe = perf_probe();
	} while (probe > perf_probe_limit() && rte_get_tsc_cycles() < tsc);

	return probe;
}

/** Returns whether the calling lcore has its core for itself most of the time. */
static int
is_undisturbed(void *arg __rte_unused)
{
	enum { PROBES = 100 };
	double limit = perf_probe_limit();
	unsigned int i, n = 0;

	for (i = 0; i < PROBES; i++)
		n += perf_probe() <= limit;

	return n > PROBES / 2;
}

unsigned int
perf_undisturbed_lcore(unsigned int last)
{
	unsigned int i, lcore_id = last;

	for (i = 0; i < rte_lcore_count(); i++) {
		lcore_id = rte_get_next_lcore(lcore_id, 0, 1);
		if (perf_run_on(lcore_id, is_undisturbed, NULL) == 1)
			return lcore_id;
	}

	return rte_get_next_lcore(last, 0, 1);
}
