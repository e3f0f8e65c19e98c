/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Usage: tearing EAL_OPTION ...
 *
 * Read a value while another lcore changes it, and print how often its halves differ: never, but
 * with unprotected.c, by which the library reads without its protocol, often.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <rte_seqstat.h>

/* Minimum of numbers to check, each different from the one before. */
#define N_NUMBERS 300000
#define LIMIT_S 120

#ifdef UNPROTECTED
static const bool expect_torn = true;
#else
static const bool expect_torn = false;
#endif

static struct rte_seqstat *st;
static RTE_ATOMIC(uint32_t) stop;

/** Add one to both halves of the number, over and over. */
static int
write_numbers(void *arg __rte_unused)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer(st);
	struct rte_seqstat_section sec;

	RTE_VERIFY(w != NULL);
	while (rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) == 0) {
		sec = rte_seqstat_writer_begin(w);
		rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, UINT64_C(0x100000001));
		rte_seqstat_end(&sec);
	}

	return 0;
}

/** Read numbers; if that is expected, until one is torn. */
static unsigned int
read_numbers(struct rte_seqstat_snapshot *snap)
{
	uint64_t limit = rte_get_timer_cycles() + LIMIT_S * rte_get_timer_hz();
	uint64_t number, last = 0;
	unsigned int n = 0, torn = 0;

	while (n < N_NUMBERS || (expect_torn && torn == 0)) {
		RTE_VERIFY(rte_get_timer_cycles() < limit);
		RTE_VERIFY(rte_seqstat_snapshot_take(snap, LIMIT_S * US_PER_S) == 0);
		RTE_VERIFY(rte_seqstat_snapshot_total(snap, 0, &number) == 0);
		if (number == last)
			continue;
		last = number;
		n++;
		if (number >> 32 != (number & UINT32_MAX))
			torn++;
	}
	printf("%u of %u numbers torn\n", torn, n);

	return torn;
}

static void
create_set(void)
{
	const struct rte_seqstat_counter counter = { .name = "number" };
	const struct rte_seqstat_params params = {
		.name = "tearing",
		.counters = &counter,
		.n_counters = 1,
		.n_rows = 1,
		.socket_id = SOCKET_ID_ANY,
	};

	st = rte_seqstat_create(&params);
	RTE_VERIFY(st != NULL);
}

int
main(int argc, char **argv)
{
	struct rte_seqstat_snapshot *snap;
	unsigned int writer, torn;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	writer = rte_get_next_lcore(-1, 1, 0);
	if (writer == RTE_MAX_LCORE) {
		printf("one CPU: a reader cannot run while a writer does\n");
		return 77;
	}

	create_set();
	snap = rte_seqstat_snapshot_create(st);
	RTE_VERIFY(snap != NULL);
	RTE_VERIFY(rte_eal_remote_launch(write_numbers, NULL, writer) == 0);
	torn = read_numbers(snap);
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_eal_wait_lcore(writer);

	rte_seqstat_snapshot_free(snap);
	RTE_VERIFY(rte_seqstat_free(st) == 0);
	RTE_VERIFY(rte_eal_cleanup() == 0);

	return (torn > 0) == expect_torn ? EXIT_SUCCESS : EXIT_FAILURE;
}
