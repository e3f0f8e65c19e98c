/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_PUBLISH_H
#define TEST_SEQSTAT_PUBLISH_H

/**
 * @file
 *
 * A set that each test case publishes in a stat file
 *
 * Each file that includes this header has its own copy.
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include <rte_seqstat_file.h>
#include <rte_seqstat_publish.h>

#include "test_seqstat.h"

enum { RX, TX, WAITING, TIMES, SIZES, N_COUNTERS };

static const uint64_t bounds[] = { 10, 20, 1000 };
static const struct rte_seqstat_buckets times = RTE_SEQSTAT_BUCKETS(bounds);
static const struct rte_seqstat_buckets sizes = RTE_SEQSTAT_BUCKETS_LOG(1, 11);

static const struct rte_seqstat_counter schema[N_COUNTERS] = {
	[RX] = { .name = "rx", .unit = "packets", .help = "Received" },
	[TX] = { .name = "tx", .unit = "packets" },
	[WAITING] = { .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
	[TIMES] = { .name = "times", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &times },
	[SIZES] = { .name = "sizes", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &sizes },
};

static const int32_t coefficients[][N_COUNTERS] = {
	{ 1, -1, -1, 0, 0 },
	{ -1, 1, 0, 0, 0 },
};

static const struct rte_seqstat_balance balances[] = {
	{ "packets", coefficients[0] },
	{ "sent", coefficients[1] },
};

#define N_ROWS 5

static const char *const label_names[] = { "port", "queue", NULL };

static const struct rte_seqstat_params set_params = {
	.name = "test",
	.counters = schema,
	.n_counters = N_COUNTERS,
	.n_rows = N_ROWS,
	.labels = label_names,
	.socket_id = SOCKET_ID_ANY,
	.balances = balances,
	.n_balances = RTE_DIM(balances),
};

/** The shortest period, and a file system that every machine has. */
#define PERIOD_US 1000
#define FLAGS RTE_SEQSTAT_PUBLISH_ANY_FS

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;
static char path[PATH_MAX];
static struct rte_seqstat_file file; /* The file at the path. */

static inline int
set_up(void)
{
	snprintf(path, sizeof(path), "%s/publish", rte_eal_get_runtime_dir());
	/* A test that failed may have left either. */
	unlink(path);
	rmdir(path);
	file.fd = -1;
	set = rte_seqstat_create(&set_params);
	TEST_ASSERT_NOT_NULL(set, "set not created: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no snapshot object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static inline void
tear_down(void)
{
	rte_seqstat_publish_stop();
	if (file.fd >= 0)
		rte_seqstat_file_close(&file);
	unlink(path);
	rte_seqstat_snapshot_free(snap);
	test_seqstat_destroy(set);
	set = NULL;
	snap = NULL;
}

/** Open a stat file. Return 0 or an error, which is printed. */
static inline int
open_at(struct rte_seqstat_file *f, const char *at)
{
	int ret = rte_seqstat_file_open(f, at);

	if (ret != 0)
		printf("%s: %s\n", at, rte_seqstat_file_strerror(ret));

	return f->header == NULL ? -EIO : ret;
}

/** Start the publisher with a period, and open its file. */
static inline int
publish_every(uint32_t period_us, uint32_t flags, uint32_t history)
{
	const struct rte_seqstat_publish_params params = {
		.path = path,
		.period_us = period_us,
		.history = history,
		.flags = FLAGS | flags,
	};
	int ret = rte_seqstat_publish_start(&params);

	if (ret != 0)
		printf("not published: %s\n", rte_strerror(-ret));

	return ret != 0 ? ret : open_at(&file, path);
}

static inline int
publish(uint32_t flags, uint32_t history)
{
	return publish_every(PERIOD_US, flags, history);
}

/** Read a record that begins after the call, from the file that is then at the path. */
static inline bool
read_fresh(void)
{
	const uint64_t limit = test_seqstat_limit();
	uint64_t oldest, newest = 0, first = 0;
	int ret = 0;

	while (newest < first + 2 && ret == 0 && rte_get_timer_cycles() < limit) {
		rte_delay_us_sleep(100);
		if (access(path, F_OK) != 0)
			continue;
		if (rte_seqstat_file_replaced(&file, path)) {
			rte_seqstat_file_close(&file);
			ret = open_at(&file, path);
			first = 0;
		}
		if (ret == 0)
			ret = rte_seqstat_file_range(&file, &oldest, &newest);
		first = first == 0 ? newest : first;
	}
	if (ret == 0)
		ret = rte_seqstat_file_read_newest(&file);
	if (ret != 0 || newest < first + 2)
		printf("no record: %s\n", rte_seqstat_file_strerror(ret));

	return ret == 0 && newest >= first + 2;
}

/** Count in a row as an lcore. */
static inline void
count(unsigned int lcore_id, uint32_t r, uint64_t rx, uint64_t tx, uint64_t waiting)
{
	struct rte_seqstat_section sec = test_seqstat_begin_as(set, lcore_id);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, r);

	rte_seqstat_add(row, RX, rx);
	rte_seqstat_add(row, TX, tx);
	rte_seqstat_gauge_set(row, WAITING, waiting);
	rte_seqstat_observe(row, (unsigned int)rte_seqstat_first_value(set, TIMES), &times, rx);
	rte_seqstat_observe(row, (unsigned int)rte_seqstat_first_value(set, SIZES), &sizes, tx);
	rte_seqstat_end(&sec);
}

static inline int
label(uint32_t row, const char *port, const char *queue)
{
	return rte_seqstat_row_label(set, row, (const char *const []){ port, queue, NULL });
}

/** Return whether a row of the record has these labels, or none if port is NULL. */
static inline bool
labels_are(uint32_t row, uint32_t generation, const char *port, const char *queue)
{
	const char *found[RTE_SEQSTAT_FILE_MAX_LABELS] = { "none", "none" };
	uint32_t g = UINT32_MAX;
	int n = rte_seqstat_file_labels(&file, 0, row, &g, found);

	if (g == generation && (port == NULL ? n == 0 : n == 2 &&
			strcmp(found[0], port) == 0 && strcmp(found[1], queue) == 0))
		return true;
	printf("row %u: %d labels '%s', '%s', generation %u\n", row, n, found[0], found[1], g);

	return false;
}

/** Return whether the record of set s equals a snapshot that is taken now. */
static inline bool
record_is_right(uint32_t s)
{
	const struct rte_seqstat_file_part *p = &file.parts[s];
	const size_t row_size = file.sets[s].n_values * sizeof(uint64_t);
	uint64_t total[RTE_SEQSTAT_MAX_VALUES];
	struct rte_seqstat_writer_info info;
	uint32_t i, row;
	int64_t value;
	bool right;

	if (rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US) != 0)
		return false;
	right = p->cut->n_writers == rte_seqstat_snapshot_n_writers(snap) &&
		p->cut->flags == rte_seqstat_snapshot_flags(snap) &&
		memcmp(p->retired, rte_seqstat_snapshot_retired(snap), row_size) == 0;
	for (i = 0; i < file.sets[s].n_balances; i++)
		right &= rte_seqstat_snapshot_balance(snap, i, &value) == 0 &&
			p->unaccounted[i] == value;
	for (i = 0; right && i < p->cut->n_writers; i++)
		right &= rte_seqstat_snapshot_writer_info(snap, i, &info) == 0 &&
			p->writers[i].lcore_id == info.lcore_id &&
			p->writers[i].socket_id == info.socket_id &&
			p->writers[i].pid == info.pid && p->writers[i].flags == info.flags;
	for (row = 0; right && row < file.sets[s].n_rows; row++) {
		if ((file.header->flags & RTE_SEQSTAT_FILE_PER_WRITER) == 0) {
			rte_seqstat_snapshot_total(snap, row, total);
			right &= memcmp(rte_seqstat_file_values(&file, s, 0, row), total,
				row_size) == 0;
			continue;
		}
		for (i = 0; i < p->cut->n_writers; i++)
			right &= memcmp(rte_seqstat_file_values(&file, s, i, row),
				rte_seqstat_snapshot_row(snap, i, row), row_size) == 0;
	}

	return right;
}

#endif /* TEST_SEQSTAT_PUBLISH_H */
