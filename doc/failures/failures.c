/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Usage: seqstat-failures EAL_OPTION ...
 *
 * Read the same counters while lcores count, in the usual ways and by the library, and print
 * what goes wrong. The exit status is 0 if the usual ways failed and the library did not.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <rte_seqstat.h>

/* Each way is tried for this time, and on until LIMIT_S if it is expected to fail. */
#define TRY_MS 200
#define LIMIT_S 60
/* When the usual reader gives up. */
#define GIVE_UP_US 10000
/* Timeout of a snapshot: longer than a busy machine preempts a writer. */
#define TIMEOUT_US US_PER_S

#define PACKET_SIZE 64

enum { PACKETS, BYTES, N_COUNTERS };

/* As for a table of flows: 128 KiB of numbers. */
#define MANY_ROWS 8192

/** A thread that counts. */
struct worker {
	unsigned int lcore_id;
	struct rte_seqstat_writer *writer;
	RTE_ATOMIC(uint64_t) handed; /**< Packets that the next worker may take. */
	const struct worker *before; /**< NULL: packets are made here. */
	uint32_t n_rows;
};

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;
static struct worker workers[2];
static RTE_ATOMIC(uint32_t) n_ready;
static RTE_ATOMIC(uint32_t) stop;
static uint64_t copy[MANY_ROWS * N_COUNTERS];
static bool as_expected = true;

/* Threads that count */

static void
count(struct worker *worker, uint32_t row, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(worker->writer);
	struct rte_seqstat_row *r = rte_seqstat_row(&sec, row);

	rte_seqstat_add(r, PACKETS, n);
	rte_seqstat_add(r, BYTES, n * PACKET_SIZE);
	rte_seqstat_end(&sec);
}

static void
ready(struct worker *worker)
{
	worker->writer = rte_seqstat_writer(set);
	RTE_VERIFY(worker->writer != NULL);
	rte_atomic_fetch_add_explicit(&n_ready, 1, rte_memory_order_release);
}

static bool
stopped(void)
{
	return rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) != 0;
}

/** Count without pause, in all rows by turns. */
static int
count_all(void *arg)
{
	struct worker *worker = arg;
	uint32_t row = 0;

	ready(worker);
	while (!stopped()) {
		count(worker, row, 1);
		row = row + 1 < worker->n_rows ? row + 1 : 0;
	}

	return 0;
}

/** Count, and hand packets to the next worker; or take them from the one before. */
static int
count_handed(void *arg)
{
	struct worker *worker = arg;
	uint64_t n = 0, seen;

	ready(worker);
	while (!stopped()) {
		seen = worker->before == NULL ? n + 1 :
			rte_atomic_load_explicit(&worker->before->handed,
					rte_memory_order_acquire);
		if (seen == n)
			continue;
		count(worker, 0, seen - n);
		n = seen;
		rte_atomic_store_explicit(&worker->handed, n, rte_memory_order_release);
	}

	return 0;
}

/** Stop inside a section, as a thread that the kernel preempts. */
static int
stay_inside(void *arg)
{
	struct worker *worker = arg;
	struct rte_seqstat_section sec;

	sec = rte_seqstat_begin(set);
	ready(worker);
	while (!stopped())
		rte_pause();
	rte_seqstat_end(&sec);

	return 0;
}

static void
begin(uint32_t n_rows, lcore_function_t *first, lcore_function_t *second)
{
	static const struct rte_seqstat_counter counters[N_COUNTERS] = {
		[PACKETS] = { .name = "packets" },
		[BYTES] = { .name = "bytes" },
	};
	const struct rte_seqstat_params params = {
		.name = "failures",
		.counters = counters,
		.n_counters = N_COUNTERS,
		.n_rows = n_rows,
		.socket_id = SOCKET_ID_ANY,
	};
	lcore_function_t *run[] = { first, second };
	unsigned int i;

	set = rte_seqstat_create(&params);
	RTE_VERIFY(set != NULL);
	snap = rte_seqstat_snapshot_create(set);
	RTE_VERIFY(snap != NULL);
	rte_atomic_store_explicit(&stop, 0, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&n_ready, 0, rte_memory_order_relaxed);
	workers[1].before = &workers[0];
	for (i = 0; i < RTE_DIM(workers); i++) {
		workers[i].n_rows = n_rows;
		rte_atomic_store_explicit(&workers[i].handed, 0, rte_memory_order_relaxed);
		RTE_VERIFY(rte_eal_remote_launch(run[i], &workers[i], workers[i].lcore_id) == 0);
	}
	while (rte_atomic_load_explicit(&n_ready, rte_memory_order_acquire) < RTE_DIM(workers))
		rte_pause();
}

static void
end(void)
{
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_eal_mp_wait_lcore();
	rte_seqstat_snapshot_free(snap);
	RTE_VERIFY(rte_seqstat_free(set) == 0);
}

/* Ways to read */

/** Read one number after the other. */
static bool
read_plain(const struct rte_seqstat_writer *w, uint64_t *values)
{
	const RTE_ATOMIC(uint64_t) *row;
	uint32_t i;

	for (i = 0; i < w->n_rows; i++) {
		row = (const void *)((uintptr_t)(w + 1) + (uintptr_t)i * w->stride);
		values[i * N_COUNTERS + PACKETS] =
			rte_atomic_load_explicit(&row[PACKETS], rte_memory_order_relaxed);
		values[i * N_COUNTERS + BYTES] =
			rte_atomic_load_explicit(&row[BYTES], rte_memory_order_relaxed);
	}

	return true;
}

/** Read as the documentation of rte_seqcount_t says, but give up after a time. */
static bool
read_seqcount(const struct rte_seqstat_writer *w, uint64_t *values)
{
	uint64_t limit = rte_get_timer_cycles() + GIVE_UP_US * rte_get_timer_hz() / US_PER_S;
	uint32_t sn;

	do {
		sn = rte_seqcount_read_begin(&w->lock.count);
		read_plain(w, values);
		if (!rte_seqcount_read_retry(&w->lock.count, sn))
			return true;
	} while (rte_get_timer_cycles() < limit);

	return false;
}

/** Read all writers by a snapshot. */
static bool
read_snapshot(void)
{
	return rte_seqstat_snapshot_take(snap, TIMEOUT_US) == 0;
}

/** Find a worker's writer in the snapshot. */
static uint32_t
find(const struct worker *worker, struct rte_seqstat_writer_info *info)
{
	uint32_t i;

	for (i = 0; ; i++) {
		RTE_VERIFY(rte_seqstat_snapshot_writer_info(snap, i, info) == 0);
		if (info->lcore_id == worker->lcore_id)
			return i;
	}
}

/** Return a worker's packets and bytes in the snapshot. */
static const uint64_t *
values_of(const struct worker *worker)
{
	struct rte_seqstat_writer_info info;

	return rte_seqstat_snapshot_row(snap, find(worker, &info), 0);
}

/* What goes wrong. Each function reads once, and returns whether it did. */

static bool
plain_torn(void)
{
	read_plain(workers[0].writer, copy);

	return copy[BYTES] != copy[PACKETS] * PACKET_SIZE;
}

static bool
snapshot_torn(void)
{
	const uint64_t *values;

	if (!read_snapshot())
		return false;
	values = values_of(&workers[0]);

	return values[BYTES] != values[PACKETS] * PACKET_SIZE;
}

static bool
seqcount_ahead(void)
{
	uint64_t sent, received;

	if (!read_seqcount(workers[0].writer, copy))
		return false;
	sent = copy[PACKETS];
	/* The time to read other lcores. */
	rte_delay_us_block(1);
	if (!read_seqcount(workers[1].writer, copy))
		return false;
	received = copy[PACKETS];

	return received > sent;
}

static bool
snapshot_ahead(void)
{
	if (!read_snapshot())
		return false;

	return values_of(&workers[1])[PACKETS] > values_of(&workers[0])[PACKETS];
}

static bool
seqcount_gives_up(void)
{
	return !read_seqcount(workers[0].writer, copy);
}

static bool
snapshot_gives_up(void)
{
	return !read_snapshot();
}

/** Return whether the snapshot is without the writer that goes on, too. */
static bool
snapshot_lacks_other(void)
{
	struct rte_seqstat_writer_info info;

	RTE_VERIFY(!read_snapshot());
	find(&workers[1], &info);

	return info.flags != 0;
}

static void
try(const char *way, bool (*fails)(void), bool expected, const char *what)
{
	uint64_t now, start = rte_get_timer_cycles(), hz = rte_get_timer_hz();
	uint64_t before, longest = 0;
	uint64_t n = 0, n_failed = 0;

	do {
		before = rte_get_timer_cycles();
		n_failed += fails();
		n++;
		now = rte_get_timer_cycles();
		longest = RTE_MAX(longest, now - before);
	} while (now - start < TRY_MS * hz / MS_PER_S ||
			(expected && n_failed == 0 && now - start < LIMIT_S * hz));

	printf("  %-24s %9" PRIu64 " reads, %9" PRIu64 " %s, longest %" PRIu64 " us\n",
		way, n, n_failed, what, longest * US_PER_S / hz);
	if (expected != (n_failed > 0))
		as_expected = false;
}

static void
show_torn_groups(void)
{
	printf("Packets and bytes, counted together:\n");
	begin(1, count_all, count_all);
	try("one by one", plain_torn, true, "torn");
	try("snapshot", snapshot_torn, false, "torn");
	end();
}

static void
show_no_cut(void)
{
	printf("What one lcore sent and the next received, which must not be ahead:\n");
	begin(1, count_handed, count_handed);
	try("seqcount of each lcore", seqcount_ahead, true, "ahead");
	try("snapshot", snapshot_ahead, false, "ahead");
	end();
}

static void
show_starvation(void)
{
	printf("All of %u numbers, while lcores count:\n", MANY_ROWS * N_COUNTERS);
	begin(MANY_ROWS, count_all, count_all);
	try("seqcount", seqcount_gives_up, true, "given up");
	try("snapshot", snapshot_gives_up, false, "given up");
	end();
}

static void
show_stopped_writer(void)
{
	printf("One lcore stopped inside a section, and another:\n");
	begin(1, stay_inside, count_all);
	try("seqcount of the stopped", seqcount_gives_up, true, "given up");
	try("snapshot", snapshot_lacks_other, false, "without the other");
	end();
}

int
main(int argc, char **argv)
{
	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	if (rte_lcore_count() < 1 + RTE_DIM(workers)) {
		printf("Three lcores are needed, for instance with --lcores='(0-2)@(0-1)'\n");
		return EXIT_FAILURE;
	}
	workers[0].lcore_id = rte_get_next_lcore(-1, 1, 0);
	workers[1].lcore_id = rte_get_next_lcore(workers[0].lcore_id, 1, 0);

	show_torn_groups();
	show_no_cut();
	show_starvation();
	show_stopped_writer();
	printf(as_expected ? "As expected.\n" : "NOT as expected.\n");

	return rte_eal_cleanup() == 0 && as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
