/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_pause.h>

#include "test_seqstat_perf_fire.h"

/** Let an lcore write; the main lcore will later. */
static int
start_writer(struct perf_fire *fire, uint32_t n, unsigned int lcore_id)
{
	struct perf_fire_writer *w = &fire->writers[n];

	w->fire = fire;
	w->half = fire->n_rows / 2;
	w->row_mask = fire->load.spread ? w->half - 1 : RTE_MIN(w->half, 2u) - 1;
	w->gap = fire->load.gap;
	rte_rwlock_init(&w->rwlock);
	if (lcore_id == rte_get_main_lcore()) {
		fire->main_writer = w;
		return TEST_SUCCESS;
	}
	TEST_ASSERT_SUCCESS(rte_eal_remote_launch(perf_fire_writer_main, w, lcore_id),
		"lcore %u is busy", lcore_id);
	/* One at a time: snapshots number writers in the order of their first attaching. */
	while (rte_atomic_load_explicit(&fire->n_ready, rte_memory_order_acquire) <= n)
		rte_pause();

	return TEST_SUCCESS;
}

static int
start_writers(struct perf_fire *fire)
{
	int ret = TEST_SUCCESS;
	uint32_t i;

	for (i = 0; i < fire->load.writers && ret == TEST_SUCCESS; i++)
		ret = start_writer(fire, i, fire->lcores.writers[i]);

	return ret;
}

/** Let all do their part, the main lcore too. */
static int
run_lcores(struct perf_fire *fire)
{
	unsigned int lcore_id, reader = fire->lcores.reader;
	int ret;

	ret = start_writers(fire);
	if (ret == TEST_SUCCESS && reader != rte_get_main_lcore())
		ret = rte_eal_remote_launch(perf_fire_reader_main, fire, reader);
	if (ret != TEST_SUCCESS)
		perf_fire_set_window(fire, PERF_FIRE_STOP);
	else if (reader == rte_get_main_lcore())
		ret = perf_fire_reader_main(fire);
	else if (fire->main_writer != NULL)
		ret = perf_fire_writer_main(fire->main_writer);
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (rte_eal_wait_lcore(lcore_id) != 0)
			ret = -1;

	return ret == 0 ? TEST_SUCCESS : TEST_FAILED;
}

static double
cycles_per_section(const struct perf_window *window)
{
	return (double)window->cycles / (double)RTE_MAX(window->sections, UINT64_C(1));
}

/**
 * Tell how many times slower writers were in the mean when a contender read.
 *
 * Not of each of them: if the first one keeps the retry loop, it is much slower than those
 * that are not read at all. It counts if neither they nor the reader were disturbed.
 */
static void
add_slowdown(const struct perf_fire *fire, enum perf_contender contender)
{
	double probe = fire->probe[contender], sum = 0;
	const struct perf_window *unread, *read;
	uint32_t i;

	for (i = 0; i < fire->load.writers; i++) {
		unread = &fire->writers[i].windows[perf_fire_window(contender, false)];
		read = &fire->writers[i].windows[perf_fire_window(contender, true)];
		sum += cycles_per_section(read) / cycles_per_section(unread);
		probe = RTE_MAX(probe, RTE_MAX(read->probe, unread->probe));
	}
	perf_samples_add_at(&fire->seen[contender].slowdown, sum / fire->load.writers, probe,
			fire->lcores.distance);
}

/** Make what the writers and the reader need. To be freed also if that fails. */
static int
fire_init(struct perf_fire *fire)
{
	const struct perf_load *load = &fire->load;

	fire->n_rows = load->counters / PERF_FIRE_N_COUNTERS;
	perf_pads_make(&fire->pads);
	fire->st = test_seqstat_create("perf_fire", PERF_FIRE_N_COUNTERS, fire->n_rows);
	TEST_ASSERT_NOT_NULL(fire->st, "no set");
	fire->snap = rte_seqstat_snapshot_create(fire->st);
	TEST_ASSERT_NOT_NULL(fire->snap, "no snapshot: %s", rte_strerror(rte_errno));
	fire->values = rte_calloc("perf_fire", (size_t)load->writers * load->counters,
			sizeof(uint64_t), 0);
	TEST_ASSERT_NOT_NULL(fire->values, "not enough memory");

	return TEST_SUCCESS;
}

static void
fire_fini(struct perf_fire *fire)
{
	rte_free(fire->values);
	rte_seqstat_snapshot_free(fire->snap);
	test_seqstat_destroy(fire->st);
	perf_pads_free(&fire->pads);
}

int
perf_fire_run(const struct perf_load *load, const struct perf_lcores *lcores,
		uint32_t contenders, struct perf_seen *seen)
{
	struct perf_fire *fire;
	uint32_t i;
	int ret;

	fire = rte_zmalloc("perf_fire", sizeof(*fire), alignof(struct perf_fire));
	TEST_ASSERT_NOT_NULL(fire, "not enough memory");
	fire->load = *load;
	fire->lcores = *lcores;
	fire->contenders = contenders;
	fire->seen = seen;
	ret = fire_init(fire);
	if (ret == TEST_SUCCESS)
		ret = run_lcores(fire);
	for (i = 0; i < PERF_N_CONTENDERS && ret == TEST_SUCCESS; i++)
		if (contenders & RTE_BIT32(i))
			add_slowdown(fire, i);
	fire_fini(fire);
	rte_free(fire);

	return ret;
}
