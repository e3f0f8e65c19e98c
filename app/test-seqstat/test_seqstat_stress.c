/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <sched.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "test_seqstat_stress.h"

#ifdef __RTE_SEQSTAT_TSAN
const char *
__tsan_default_suppressions(void);

/**
 * Suppress false reports of ThreadSanitizer. It does not see the locks of EAL, in which threads
 * register with the lcore ids of others, and allocate memory that others freed. A test closes a
 * descriptor while another thread uses it.
 */
const char *
__tsan_default_suppressions(void)
{
	/* With clang, the stack of EAL's functions lacks rte_seqstat_free(): name its callers. */
	return "race:librte_eal.so\n"
		"race:rte_seqstat_free\n"
		"race:free_some\n"
		"race:block_alloc\n"
		"race:test_closed_descriptor\n";
}
#endif

uint32_t
test_seqstat_await_change(const __rte_seqstat_half_t *word, uint32_t from)
{
	uint64_t limit = test_seqstat_limit();
	uint32_t value;

	do {
		rte_pause();
		value = rte_atomic_load_explicit(word, rte_memory_order_acquire);
	} while (value == from && rte_get_timer_cycles() < limit);

	return value;
}

uint64_t
test_seqstat_end(void)
{
	const char *seconds = getenv("SEQSTAT_TEST_SECONDS");

	return rte_get_timer_cycles() +
		(seconds == NULL ? 1 : strtoul(seconds, NULL, 10)) * rte_get_timer_hz();
}

/* SplitMix, by Steele, Lea and Flood: mixes the bits of a counter. */
uint64_t
test_seqstat_random(uint64_t *seed)
{
	uint64_t n = *seed += UINT64_C(0x9e3779b97f4a7c15);

	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);

	return n ^ n >> 31;
}

void
test_seqstat_pause(uint64_t *seed)
{
	uint64_t n = test_seqstat_random(seed) % 256;

	if (n == 0)
		rte_delay_us_sleep(20);
	else if (n < 4)
		sched_yield();
	else
		for (; n >= 128; n -= 8)
			rte_pause();
}

static RTE_ATOMIC(uint32_t) stop;

static void
set_stop(uint32_t value)
{
	rte_atomic_store_explicit(&stop, value, rte_memory_order_relaxed);
}

bool
test_seqstat_stopped(void)
{
	return rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) != 0;
}

static uint32_t
act(void *arg)
{
	struct test_seqstat_actor *self = arg;

	self->ret = self->act(self);
	if (self->ret != TEST_SUCCESS)
		set_stop(1);

	return 0;
}

int
test_seqstat_act(struct test_seqstat_actor *actors, unsigned int n, int (*beside)(void))
{
	int ret = TEST_SUCCESS;
	unsigned int i;

	set_stop(0);
	for (i = 0; i < n; i++)
		if (!test_seqstat_spawn(&actors[i].thread, act, &actors[i]))
			break;
	if (i < n || beside() != TEST_SUCCESS)
		ret = TEST_FAILED;
	set_stop(1);
	while (i-- > 0) {
		rte_thread_join(actors[i].thread, NULL);
		if (actors[i].ret != TEST_SUCCESS)
			ret = TEST_FAILED;
	}

	return ret;
}
