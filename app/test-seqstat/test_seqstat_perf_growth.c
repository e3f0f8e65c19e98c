/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_errno.h>
#include <rte_malloc.h>

#include "test_seqstat_perf.h"

/*
 * How the cost of a snapshot grows with lcores and rows.
 *
 * The calling lcore attaches a writer for each of a number of lcores, whether they exist
 * or not, and has touched all their rows. Nobody writes while it takes snapshots. Each
 * is followed by a copy of the same memory by a plain loop, which shows what of the time
 * is the memory's: what fits a cache is copied faster than what does not.
 */

#define N_COUNTERS 4
#define STRIDE RTE_SEQSTAT_STRIDE(N_COUNTERS)
#define MAX_WRITERS 128
#define TIMEOUT_US (10 * US_PER_S)
/** In so many turns all sizes are measured, each in other memory. */
#define N_TURNS 128
#define N_QUICK_TURNS 32
/** In each of them, so many times before, until the memory is in the caches. */
#define WARM_UP 8

enum {
	SEQSTAT,
	PLAIN,
	N_CONTENDERS
};

/** A number of writers of one set, and a place to copy them to. */
struct growth {
	struct perf_pads pads; /**< So that all of it lies elsewhere each time. */
	struct rte_seqstat *st;
	struct rte_seqstat_snapshot *snap;
	uint64_t *values;
	size_t block_size;
	uint32_t n_rows;
	uint32_t n_writers;
	uint32_t n_attached;
	unsigned int rounds_per_turn;
	struct rte_seqstat_writer *writers[MAX_WRITERS];
	struct perf_samples samples[N_CONTENDERS];
};

/** Write all rows once, so that their memory is really there. */
static void
touch_rows(struct rte_seqstat_writer *w, uint32_t n_rows)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);
	uint32_t row, c;

	for (row = 0; row < n_rows; row++)
		for (c = 0; c < N_COUNTERS; c++)
			rte_seqstat_add(rte_seqstat_row(&sec, row), c, row + c);
	rte_seqstat_write_end(&sec);
}

static int
attach_writers(struct growth *g)
{
	struct rte_seqstat_writer *w;

	for (; g->n_attached < g->n_writers; g->n_attached++) {
		w = rte_seqstat_writer_attach(g->st, g->n_attached);
		TEST_ASSERT_NOT_NULL(w, "no writer %u: %s", g->n_attached, rte_strerror(rte_errno));
		touch_rows(w, g->n_rows);
		g->writers[g->n_attached] = w;
	}

	return TEST_SUCCESS;
}

/** Make what is read, and where it is copied to. To be freed also if that fails. */
static int
growth_init(struct growth *g)
{
	size_t n_values = (size_t)g->n_writers * g->n_rows * N_COUNTERS;
	struct rte_seqstat_info info;

	perf_pads_make(&g->pads);
	g->st = test_seqstat_create("perf_growth", N_COUNTERS, g->n_rows);
	TEST_ASSERT_NOT_NULL(g->st, "no set");
	rte_seqstat_info_get(g->st, &info);
	g->block_size = info.block_size;
	g->snap = rte_seqstat_snapshot_create(g->st);
	TEST_ASSERT_NOT_NULL(g->snap, "no snapshot: %s", rte_strerror(rte_errno));
	g->values = rte_calloc("perf_growth", n_values, sizeof(uint64_t), 0);
	TEST_ASSERT_NOT_NULL(g->values, "not enough memory");

	return attach_writers(g);
}

static void
growth_fini(struct growth *g)
{
	while (g->n_attached > 0)
		rte_seqstat_writer_detach(g->writers[--g->n_attached]);
	rte_free(g->values);
	rte_seqstat_snapshot_free(g->snap);
	test_seqstat_destroy(g->st);
	perf_pads_free(&g->pads);
	g->values = NULL;
	g->snap = NULL;
	g->st = NULL;
}

/** Copy all blocks without looking at anything else. */
static void __rte_noinline
copy_plain(const struct growth *g)
{
	uint64_t *values = g->values;
	const void *row;
	uint32_t i, r;

	for (i = 0; i < g->n_writers; i++) {
		row = RTE_PTR_ADD(g->writers[i] + 1, sizeof(struct rte_seqstat_row));
		for (r = 0; r < g->n_rows; r++, values += N_COUNTERS) {
			memcpy(values, row, N_COUNTERS * sizeof(*values));
			row = RTE_PTR_ADD(row, STRIDE);
		}
	}
}

/** Take a snapshot and a copy, and how long they took. */
static int
measure(struct growth *g)
{
	uint64_t start, between, end;
	double probe;
	int ret;

	probe = perf_probe();
	start = rte_rdtsc_precise();
	ret = rte_seqstat_snapshot_take(g->snap, TIMEOUT_US);
	between = rte_rdtsc_precise();
	copy_plain(g);
	end = rte_rdtsc_precise();
	TEST_ASSERT_SUCCESS(ret, "no snapshot: %s", rte_strerror(-ret));
	probe = RTE_MAX(probe, perf_probe());
	perf_samples_add(&g->samples[SEQSTAT], (double)(between - start), probe);
	perf_samples_add(&g->samples[PLAIN], (double)(end - between), probe);

	return TEST_SUCCESS;
}

/** Measure some times, after everything came into this lcore's caches. */
static int
measure_some(void *arg)
{
	struct growth *g = arg;
	unsigned int i;
	int ret = TEST_SUCCESS;

	for (i = 0; i < WARM_UP && ret == TEST_SUCCESS; i++) {
		ret = rte_seqstat_snapshot_take(g->snap, TIMEOUT_US);
		copy_plain(g);
	}
	for (i = 0; i < g->rounds_per_turn && ret == TEST_SUCCESS; i++)
		ret = measure(g);

	return ret;
}

/** Measure in a set of its own, on an lcore that is not disturbed, if there is such. */
static int
run_turn(struct growth *g, unsigned int *lcore_id)
{
	int ret;

	*lcore_id = perf_undisturbed_lcore(*lcore_id);
	ret = growth_init(g);
	if (ret == TEST_SUCCESS)
		ret = perf_run_on(*lcore_id, measure_some, g);
	growth_fini(g);

	return ret;
}

static void
report(const struct growth *g)
{
	double cycles = perf_samples_median(&g->samples[SEQSTAT]), ns = perf_ns(cycles);
	double ratio = perf_samples_trimmed_mean(&g->samples[SEQSTAT]) /
		perf_samples_trimmed_mean(&g->samples[PLAIN]);
	double bytes = (double)g->n_writers * g->n_rows * N_COUNTERS * sizeof(uint64_t);

	printf("  %7u %7u %12.0f %10.3f %10.2f %12zu\n", g->n_writers, g->n_rows, ns, ns / bytes,
		ratio, g->block_size);

	perf_json_object_begin(NULL);
	perf_json_number("writers", g->n_writers);
	perf_json_number("rows", g->n_rows);
	perf_json_number("counters", N_COUNTERS);
	perf_json_number("p50_ns", ns);
	perf_json_number("ns_per_byte", ns / bytes);
	perf_json_number("ratio_to_plain", ratio);
	perf_json_number("block_bytes", (double)g->block_size);
	perf_json_object_end();
}

/** Numbers of writers and of rows. */
static const uint32_t sizes[][2] = {
	{ 1, 64 }, { 2, 64 }, { 4, 64 }, { 8, 64 }, { 16, 64 }, { 32, 64 }, { 64, 64 }, { 128, 64 },
	{ 1, 1 }, { 1, 4 }, { 1, 16 }, { 1, 256 }, { 1, 1024 }, { 1, 4096 }, { 1, 16384 },
	{ 1, 65536 },
};

static bool
size_init(struct growth *g, uint32_t n_writers, uint32_t n_rows, unsigned int n_turns)
{
	/* About as many rows are copied for each size. */
	unsigned int n_rounds = (1 << 20) / (n_writers * n_rows);

	g->n_writers = n_writers;
	g->n_rows = n_rows;
	g->rounds_per_turn = RTE_MAX(RTE_MIN(n_rounds, 1000u) / N_QUICK_TURNS, 3u);
	n_rounds = g->rounds_per_turn * n_turns;

	return perf_samples_alloc(&g->samples[SEQSTAT], n_rounds) &&
		perf_samples_alloc(&g->samples[PLAIN], n_rounds);
}

static void
size_fini(struct growth *g)
{
	perf_samples_free(&g->samples[SEQSTAT]);
	perf_samples_free(&g->samples[PLAIN]);
}

/** Measure all sizes in turn, so that each has some of what happens meanwhile. */
static int
run_sizes(struct growth g[RTE_DIM(sizes)])
{
	unsigned int n_turns = perf_n_rounds(N_TURNS, N_QUICK_TURNS);
	unsigned int i, turn, lcore_id = rte_lcore_id();
	int ret = TEST_SUCCESS;

	for (i = 0; i < RTE_DIM(sizes); i++)
		if (!size_init(&g[i], sizes[i][0], sizes[i][1], n_turns))
			return TEST_FAILED;
	for (turn = 0; turn < n_turns; turn++)
		for (i = 0; i < RTE_DIM(sizes) && ret == TEST_SUCCESS; i++)
			if (g[i].n_writers <= RTE_MAX_LCORE)
				ret = run_turn(&g[i], &lcore_id);

	return ret;
}

int
perf_growth(void)
{
	struct growth *g;
	unsigned int i;
	int ret;

	g = calloc(RTE_DIM(sizes), sizeof(*g));
	TEST_ASSERT_NOT_NULL(g, "not enough memory");
	ret = run_sizes(g);
	printf("\ngrowth: snapshots of %d counters a row at rest\n"
		"  %7s %7s %12s %10s %10s %12s\n", N_COUNTERS, "lcores", "rows", "ns",
		"ns/byte", "x plain", "bytes/lcore");
	perf_json_array_begin("growth");
	for (i = 0; i < RTE_DIM(sizes) && ret == TEST_SUCCESS; i++)
		if (g[i].samples[SEQSTAT].n > 0)
			report(&g[i]);
	perf_json_array_end();
	for (i = 0; i < RTE_DIM(sizes); i++)
		size_fini(&g[i]);
	free(g);

	return ret;
}
