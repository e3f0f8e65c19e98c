/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>

#include <rte_seqstat_file.h>
#include <rte_seqstat_publish.h>

#include "test_seqstat_perf.h"
#include "test_seqstat_stress.h"

/*
 * Measure a read of the stat file, and the slowdown of a writer by publishing.
 *
 * In each round a writer runs through windows of time: without a reader, with snapshots, with the
 * publisher and one reader process, with the publisher and many. The slowdown in a window is the
 * time of a section divided by that without a reader in the same round.
 */

#define N_VALUES 2
#define MAX_ROWS 65536
#define MAX_SAMPLES 1000
#define MAX_ROUNDS 20

#define COUNTERS 1024
#define PERIOD_US 1000
#define WINDOW_MS 200
#define MAX_READERS 200
#define READ_PERIOD_MS 100

static char path[64];

/** Shared with the reader processes. */
static struct {
	RTE_ATOMIC(uint32_t) n_readers; /**< Those that read now. */
	RTE_ATOMIC(uint64_t) n_reads;
} *shared;

static const struct window {
	const char *name;
	bool snapshots;
	uint32_t n_readers; /**< Readers of the stat file; 0: the publisher does not run. */
} windows[] = {
	{ "none", false, 0 },
	{ "snapshots", true, 0 },
	{ "publisher", false, 1 },
	{ "publisher_200_readers", false, MAX_READERS },
};

static int
publish(uint32_t period_us)
{
	const struct rte_seqstat_publish_params params = { .path = path, .period_us = period_us };
	int ret = rte_seqstat_publish_start(&params);

	if (ret != 0)
		printf("%s not published: %s\n", path, rte_strerror(-ret));

	return ret;
}

/** Time reads of the newest record, and for comparison copies of as many bytes. */
static int
time_reads(struct rte_seqstat_file *file, unsigned int n_values)
{
	const double ns_per_cycle = (double)NS_PER_S / (double)rte_get_tsc_hz();
	static double reads[MAX_SAMPLES], copies[MAX_SAMPLES];
	unsigned int i, n = perf_repeat(MAX_SAMPLES, 100);
	static char copy[sizeof(uint64_t) * (N_VALUES * MAX_ROWS + 1024)];
	uint64_t start, size;

	for (i = 0; i < n; i++) {
		start = rte_rdtsc_precise();
		TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(file), "record not read");
		reads[i] = (double)(rte_rdtsc_precise() - start);
		size = file->record->size;
		TEST_ASSERT(size <= sizeof(copy), "%" PRIu64 " bytes", size);
		start = rte_rdtsc_precise();
		memcpy(copy, file->mem, size);
		rte_compiler_barrier();
		copies[i] = (double)(rte_rdtsc_precise() - start);
		TEST_ASSERT(memcmp(copy, file->mem, size) == 0, "snapshot not copied");
	}
	printf("file, %u, %.0f, %.0f\n", n_values, perf_quantile(reads, n, 0.5) * ns_per_cycle,
		perf_quantile(copies, n, 0.5) * ns_per_cycle);

	return TEST_SUCCESS;
}

static int
measure_reads(uint32_t n_rows)
{
	struct rte_seqstat *set = test_seqstat_create("perf", N_VALUES, n_rows);
	struct rte_seqstat_section sec;
	struct rte_seqstat_file file;
	uint32_t row;
	int ret;

	TEST_ASSERT_NOT_NULL(set, "no set: %s", rte_strerror(rte_errno));
	for (row = 0; row < n_rows; row++) {
		sec = rte_seqstat_begin(set);
		rte_seqstat_add(rte_seqstat_row(&sec, row), 0, row + 1);
		rte_seqstat_end(&sec);
	}
	/* The publisher writes one record, and then sleeps. */
	TEST_ASSERT_SUCCESS(publish(UINT32_C(3600) * US_PER_S), "no publisher");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_open(&file, path), "%s not opened", path);
	ret = time_reads(&file, N_VALUES * n_rows);
	rte_seqstat_file_close(&file);
	rte_seqstat_publish_stop();
	test_seqstat_destroy(set);

	return ret;
}

/** Read the file periodically, as a process, if fewer readers than wanted are before this one. */
static void
read_always(uint32_t reader)
{
	const struct timespec pause = { .tv_nsec = READ_PERIOD_MS * 1000 * 1000 };
	struct rte_seqstat_file file;

	/* End when the benchmark ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; getppid() != 1; nanosleep(&pause, NULL)) {
		if (reader >= rte_atomic_load_explicit(&shared->n_readers,
				rte_memory_order_relaxed) || rte_seqstat_file_open(&file,
				path) != 0)
			continue;
		if (rte_seqstat_file_read_newest(&file) == 0)
			rte_atomic_fetch_add_explicit(&shared->n_reads, 1,
				rte_memory_order_relaxed);
		rte_seqstat_file_close(&file);
	}
	_exit(0);
}

/** Let a window of time pass. Return the number of snapshots a second. */
static double
pass(struct rte_seqstat *set, struct rte_seqstat_snapshot *snap, const struct window *window)
{
	const uint64_t start = rte_get_tsc_cycles(), per_us = rte_get_tsc_hz() / US_PER_S;
	const uint64_t end = start + per_us * 1000 * WINDOW_MS;
	struct rte_seqstat_info before, after;
	uint64_t now, due = start;

	rte_seqstat_info_get(set, &before);
	if (!window->snapshots)
		rte_delay_us_sleep(WINDOW_MS * 1000);
	while ((now = rte_get_tsc_cycles()) < end) {
		due = RTE_MAX(due + per_us * PERIOD_US, now);
		rte_delay_us_sleep((due - now) / per_us);
		rte_seqstat_snapshot_take(snap, PERIOD_US);
	}
	rte_seqstat_info_get(set, &after);

	return (double)(after.self.snapshots - before.self.snapshots) *
		(double)rte_get_tsc_hz() / (double)(rte_get_tsc_cycles() - start);
}

/** Results of each window, by round. */
static struct {
	double cycles[MAX_ROUNDS]; /**< A section. */
	double slowdown[MAX_ROUNDS];
	double cuts[MAX_ROUNDS];   /**< A second. */
	double reads[MAX_ROUNDS];  /**< A second. */
} found[RTE_DIM(windows)];

static int
measure_window(struct test_seqstat_workers *workers, struct rte_seqstat_snapshot *snap,
		unsigned int i, unsigned int round)
{
	const struct window *window = &windows[i];
	uint64_t start, sections;

	if (window->n_readers > 0)
		TEST_ASSERT_SUCCESS(publish(PERIOD_US), "no publisher");
	rte_atomic_store_explicit(&shared->n_readers, window->n_readers,
		rte_memory_order_relaxed);
	rte_atomic_store_explicit(&shared->n_reads, 0, rte_memory_order_relaxed);
	start = rte_rdtsc();
	sections = test_seqstat_sections(workers);
	found[i].cuts[round] = pass(workers->set, snap, window);
	sections = test_seqstat_sections(workers) - sections;
	found[i].cycles[round] = (double)(rte_rdtsc() - start) / (double)sections;
	found[i].slowdown[round] = found[i].cycles[round] / found[0].cycles[round];
	found[i].reads[round] = (double)rte_atomic_load_explicit(&shared->n_reads,
			rte_memory_order_relaxed) * 1000 / WINDOW_MS;
	if (window->n_readers > 0)
		rte_seqstat_publish_stop();

	return TEST_SUCCESS;
}

/** Measure the CPU time of the publisher while no other thread runs. */
static int
measure_cpu(void)
{
	struct timespec from, to;

	TEST_ASSERT_SUCCESS(publish(PERIOD_US), "no publisher");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	rte_delay_us_sleep(2 * WINDOW_MS * 1000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	rte_seqstat_publish_stop();
	printf("publisher, %.6g\n", (double)(to.tv_sec - from.tv_sec) * 1000 / (2 * WINDOW_MS) +
		(double)(to.tv_nsec - from.tv_nsec) / 1e6 / (2 * WINDOW_MS));

	return TEST_SUCCESS;
}

static int
measure_publisher(struct rte_seqstat *set)
{
	static struct test_seqstat_workers workers;
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	unsigned int i, round, n_rounds = perf_repeat(MAX_ROUNDS, 3);
	int ret = TEST_SUCCESS;

	TEST_ASSERT_NOT_NULL(snap, "no snapshot: %s", rte_strerror(rte_errno));
	if (!test_seqstat_start(&workers, set, test_seqstat_balanced_section))
		ret = TEST_FAILED;
	for (round = 0; round < n_rounds; round++)
		for (i = 0; i < RTE_DIM(windows) && ret == TEST_SUCCESS; i++)
			ret = measure_window(&workers, snap, i, round);
	if (!test_seqstat_stop(&workers))
		ret = TEST_FAILED;
	rte_seqstat_snapshot_free(snap);
	for (i = 1; i < RTE_DIM(windows) && ret == TEST_SUCCESS; i++)
		printf("publish, %s, %.6g, %.0f, %.0f\n", windows[i].name,
			perf_quantile(found[i].slowdown, n_rounds, 0.5),
			perf_quantile(found[i].cuts, n_rounds, 0.5),
			perf_quantile(found[i].reads, n_rounds, 0.5));

	return ret == TEST_SUCCESS ? measure_cpu() : ret;
}

int
perf_file(void)
{
	pid_t readers[MAX_READERS];
	struct rte_seqstat *set;
	unsigned int i;
	int ret;

	if (test_seqstat_one_lcore())
		return TEST_SKIPPED;
	snprintf(path, sizeof(path), "/dev/shm/seqstat-perf.%d", getpid());
	printf("# file, values, ns to read, ns to copy\n"
		"# publish, reader, times slower writer, cuts a second, reads a second\n"
		"# publisher, share of a CPU\n");
	if (measure_reads(COUNTERS / N_VALUES) != TEST_SUCCESS ||
			measure_reads(MAX_ROWS) != TEST_SUCCESS)
		return TEST_FAILED;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	set = test_seqstat_create("perf", 4, COUNTERS / 4);
	TEST_ASSERT(shared != MAP_FAILED && set != NULL, "not enough memory");
	for (i = 0; i < MAX_READERS; i++) {
		readers[i] = fork();
		if (readers[i] == 0)
			read_always(i);
	}
	ret = measure_publisher(set);
	for (i = 0; i < MAX_READERS; i++)
		if (readers[i] > 0) {
			kill(readers[i], SIGKILL);
			waitpid(readers[i], NULL, 0);
		}
	test_seqstat_destroy(set);
	munmap(shared, sizeof(*shared));

	return ret;
}
