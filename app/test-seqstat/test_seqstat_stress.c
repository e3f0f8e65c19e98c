/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <sched.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "test_seqstat_stress.h"

unsigned int
test_seqstat_seconds(void)
{
	const char *env = getenv("SEQSTAT_TEST_SECONDS");

	return env == NULL ? 1 : (unsigned int)strtoul(env, NULL, 10);
}

uint64_t
test_seqstat_end(void)
{
	return rte_get_timer_cycles() + test_seqstat_seconds() * rte_get_timer_hz();
}

/* "SplitMix", by Steele, Lea and Flood: a counter whose bits are well mixed. */
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
