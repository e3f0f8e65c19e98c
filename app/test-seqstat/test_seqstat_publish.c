/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_string_fns.h>

#include <rte_seqstat_file.h>
#include <rte_seqstat_publish.h>

#include "test_seqstat.h"

/* Publishing: what is in the file, when another one takes its place, and what is refused. */

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

static const struct rte_seqstat_balance balances[] = {
	{ "packets", (const int32_t[N_COUNTERS]){ 1, -1, -1, 0, 0 } },
	{ "sent", (const int32_t[N_COUNTERS]){ -1, 1, 0, 0, 0 } },
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

/** A period and a file system with which tests are fast and run anywhere. */
#define PERIOD_US 1000
#define FLAGS RTE_SEQSTAT_PUBLISH_ANY_FS

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;
static char path[PATH_MAX];
static struct rte_seqstat_file file;
static struct test_seqstat_workers workers;

static int
set_up(void)
{
	snprintf(path, sizeof(path), "%s/publish", rte_eal_get_runtime_dir());
	unlink(path);
	rmdir(path); /* Left by a test that failed. */
	file.fd = -1;
	set = rte_seqstat_create(&set_params);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
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

/** Open a file. Returns 0 or an error. */
static int
open_at(struct rte_seqstat_file *f, const char *at)
{
	int ret = rte_seqstat_file_open(f, at);

	if (ret != 0)
		printf("%s: %s\n", at, rte_seqstat_file_strerror(ret));

	return f->header == NULL ? -EIO : ret;
}

static int
publish(uint32_t flags, uint32_t history)
{
	const struct rte_seqstat_publish_params params = {
		.path = path,
		.period_us = PERIOD_US,
		.history = history,
		.flags = FLAGS | flags,
	};
	int ret = rte_seqstat_publish_start(&params);

	if (ret != 0)
		printf("cannot publish: %s\n", rte_strerror(-ret));

	return ret != 0 ? ret : open_at(&file, path);
}

/** Read a record that was begun after the call, of the file that is at the path then. */
static bool
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

/** As an lcore, count in a row. */
static void
count(unsigned int lcore_id, uint32_t r, uint64_t rx, uint64_t tx, uint64_t waiting)
{
	const unsigned int own_id = rte_lcore_id();
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *row;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	sec = rte_seqstat_begin(set);
	RTE_PER_LCORE(_lcore_id) = own_id;
	row = rte_seqstat_row(&sec, r);
	rte_seqstat_add(row, RX, rx);
	rte_seqstat_add(row, TX, tx);
	rte_seqstat_gauge_set(row, WAITING, waiting);
	rte_seqstat_observe(row, (unsigned int)rte_seqstat_first_value(set, TIMES), &times, rx);
	rte_seqstat_observe(row, (unsigned int)rte_seqstat_first_value(set, SIZES), &sizes,
		tx);
	rte_seqstat_end(&sec);
}

static int
label(uint32_t row, const char *port, const char *queue)
{
	return rte_seqstat_row_label(set, row, (const char *const []){ port, queue, NULL });
}

/** Return whether the labels of a row in the record are these, or none if they are NULL. */
static bool
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

static bool
description_is_right(uint32_t s)
{
	const struct rte_seqstat_file_counter *c = rte_seqstat_file_counters(&file, s);
	const struct rte_seqstat_file_balance *b = rte_seqstat_file_balances(&file, s);
	struct rte_seqstat_counter counter;
	struct rte_seqstat_balance balance;
	struct rte_seqstat_info info;
	bool right;
	uint32_t i, j;

	rte_seqstat_info_get(set, &info);
	right = strcmp(file.sets[s].name, info.name) == 0 &&
		file.sets[s].birth_ns == info.birth_ns &&
		file.sets[s].n_rows == info.n_rows && file.sets[s].n_counters == info.n_counters &&
		file.sets[s].n_values == info.n_values && file.sets[s].n_labels == info.n_labels &&
		file.sets[s].n_balances == info.n_balances;
	for (i = 0; i < info.n_labels; i++)
		right &= strcmp(file.sets[s].labels[i], info.labels[i]) == 0;
	for (i = 0; i < info.n_counters; i++) {
		right &= rte_seqstat_counter_get(set, i, &counter) == 0 &&
			strcmp(c[i].name, counter.name) == 0 &&
			strcmp(c[i].unit, counter.unit) == 0 &&
			strcmp(c[i].help, counter.help) == 0 && c[i].type == counter.type &&
			(int)c[i].first_value == rte_seqstat_first_value(set, i);
		if (counter.type != RTE_SEQSTAT_HISTOGRAM)
			continue;
		right &= c[i].n_bounds == counter.buckets->n_bounds &&
			c[i].log_parts == counter.buckets->log_parts;
		for (j = 0; j < c[i].n_bounds; j++)
			right &= rte_seqstat_file_bounds(&file, &c[i])[j] ==
				rte_seqstat_bucket_bound(counter.buckets, j);
	}
	for (i = 0; i < info.n_balances; i++)
		right &= rte_seqstat_balance_get(set, i, &balance) == 0 &&
			strcmp(b[i].name, balance.name) == 0 &&
			memcmp(b[i].coefficients, balance.coefficients,
				info.n_counters * sizeof(int32_t)) == 0;

	return right;
}

/** Return whether the record has what a snapshot has that is taken now. */
static bool
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

static int
check_same_as_snapshot(uint32_t flags)
{
	struct timespec now;

	count(rte_lcore_id(), 0, 1000, 960, 3);
	count(rte_lcore_id() + 1, 4, 7, 8, 1);
	count(LCORE_ID_ANY, 2, 1, 0, 0);
	count(LCORE_ID_ANY, 3, 100, 90, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 3), "not cleared");
	TEST_ASSERT_SUCCESS(label(0, "net_null0", "0"), "no labels");
	TEST_ASSERT_SUCCESS(publish(flags, 0), "not published");
	TEST_ASSERT_EQUAL(file.header->n_sets, 1, "%u sets", file.header->n_sets);
	TEST_ASSERT_EQUAL(file.header->pid, getpid(), "of %d", file.header->pid);
	TEST_ASSERT_EQUAL(file.header->period_ns, PERIOD_US * 1000, "another period");
	TEST_ASSERT_EQUAL(file.header->n_records, 4, "%u records", file.header->n_records);
	TEST_ASSERT(description_is_right(0), "another description");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no first record");
	TEST_ASSERT(record_is_right(0), "the first record has other values");
	count(rte_lcore_id() + 2, 1, 5, 5, 0);
	TEST_ASSERT(read_fresh() && record_is_right(0), "other values");
	TEST_ASSERT(labels_are(0, 0, "net_null0", "0") && labels_are(3, 1, NULL, NULL),
		"other labels");
	clock_gettime(CLOCK_MONOTONIC, &now);
	TEST_ASSERT(file.parts[0].cut->monotonic_ns <= file.record->monotonic_ns &&
		file.record->monotonic_ns <= (uint64_t)now.tv_sec * NS_PER_S + now.tv_nsec &&
		file.header->monotonic_ns <= file.record->monotonic_ns, "a cut in the future");

	return TEST_SUCCESS;
}

static int
test_totals(void)
{
	return check_same_as_snapshot(0);
}

static int
test_per_writer(void)
{
	return check_same_as_snapshot(RTE_SEQSTAT_PUBLISH_PER_WRITER);
}

/** Stale and unread writers are flagged, and their values are former ones or 0. */
static int
test_flags(void)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(set);
	struct rte_seqstat *other;

	rte_seqstat_add(rte_seqstat_row(&sec, 0), RX, 5);
	TEST_ASSERT_SUCCESS(publish(RTE_SEQSTAT_PUBLISH_PER_WRITER, 0), "not published");
	TEST_ASSERT(read_fresh(), "no record");
	TEST_ASSERT_EQUAL(file.record->flags, RTE_SEQSTAT_FILE_UNREAD,
		"flags %u", file.record->flags);
	TEST_ASSERT_EQUAL(file.parts[0].writers[1].flags, RTE_SEQSTAT_FILE_UNREAD, "not unread");
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 0, 1, 0), 0, "values of it");
	rte_seqstat_end(&sec);
	TEST_ASSERT(read_fresh() && record_is_right(0), "not read");
	sec = rte_seqstat_begin(set);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), RX, 5);
	TEST_ASSERT(read_fresh(), "no record");
	TEST_ASSERT_EQUAL(file.parts[0].writers[1].flags, RTE_SEQSTAT_FILE_STALE, "not stale");
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 0, 1, 0), 5, "not the former values");
	/* Also in another file. */
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT(read_fresh() && file.header->n_sets == 2, "no other file");
	TEST_ASSERT_EQUAL(file.parts[1].writers[1].flags, RTE_SEQSTAT_FILE_STALE, "not stale");
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 1, 1, 0), 5, "not the former values");
	test_seqstat_destroy(other);
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/** Sets that share the epoch are one cut, one with its own is another, and one is left out. */
static int
test_several_sets(void)
{
	struct rte_seqstat_params params = set_params;
	struct rte_seqstat *others[3];
	unsigned int i;

	for (i = 0; i < RTE_DIM(others); i++) {
		params.name = (const char *const []){ "shared", "own", "hidden" }[i];
		params.flags = (const uint32_t []){
			0, RTE_SEQSTAT_OWN_EPOCH, RTE_SEQSTAT_NO_PUBLISH | RTE_SEQSTAT_OWN_EPOCH
		}[i];
		others[i] = rte_seqstat_create(&params);
		TEST_ASSERT_NOT_NULL(others[i], "cannot create %s", params.name);
	}
	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	TEST_ASSERT(read_fresh(), "no record");
	TEST_ASSERT_EQUAL(file.header->n_sets, 3, "%u sets", file.header->n_sets);
	TEST_ASSERT(strcmp(file.sets[0].name, "own") == 0 &&
		strcmp(file.sets[1].name, "shared") == 0, "other sets");
	TEST_ASSERT(description_is_right(2) && record_is_right(2), "another last set");
	TEST_ASSERT_EQUAL(file.parts[1].cut->number, file.parts[2].cut->number, "two cuts");
	TEST_ASSERT_NOT_EQUAL(file.parts[0].cut->number, file.parts[2].cut->number, "one cut");
	for (i = 0; i < RTE_DIM(others); i++)
		TEST_ASSERT_SUCCESS(rte_seqstat_free(others[i]), "set %u is not freed", i);
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1, "sets that were freed");

	return TEST_SUCCESS;
}

static int
test_history(void)
{
	uint64_t oldest, newest, number, former_ns = 0;

	TEST_ASSERT_SUCCESS(publish(0, 50), "not published");
	do {
		TEST_ASSERT(read_fresh(), "no record");
	} while (file.number < 120);
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_range(&file, &oldest, &newest), "no range");
	TEST_ASSERT_EQUAL(newest - oldest, 48, "%" PRIu64 " records", newest - oldest + 1);
	for (number = oldest; number <= newest; number++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, number),
			"no record %" PRIu64, number);
		TEST_ASSERT(file.record->sn == 2 * number && file.record->monotonic_ns > former_ns,
			"another record");
		former_ns = file.record->monotonic_ns;
	}
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, oldest - 1), -ENODATA, "it has expired");
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, newest + 1), -ENODATA, "it does not exist");
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, 0), -ENODATA, "number 0");
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, UINT64_MAX), -ENODATA, "the highest number");

	return TEST_SUCCESS;
}

static int
test_history_in_bytes(void)
{
	const struct rte_seqstat_publish_params params = {
		.path = path, .history_bytes = 100000, .flags = FLAGS,
	};
	uint64_t bytes;

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "not published");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "not opened");
	bytes = file.header->n_records * file.header->record_size;
	TEST_ASSERT(bytes <= 100000 && bytes + file.header->record_size > 100000,
		"%" PRIu64 " bytes", bytes);
	TEST_ASSERT_EQUAL(file.header->period_ns, 100 * 1000 * 1000, "not the default period");

	return TEST_SUCCESS;
}

/** Each record in the history has the labels and generations of its time. */
static int
test_labels(void)
{
	uint64_t none, first, cleared, log_size;

	TEST_ASSERT_SUCCESS(publish(0, 10000), "not published");
	TEST_ASSERT(read_fresh(), "no record");
	none = file.number;
	TEST_ASSERT_SUCCESS(label(1, "a", "1"), "no labels");
	TEST_ASSERT_SUCCESS(label(2, "another-port", "2"), "no labels");
	count(rte_lcore_id(), 1, 10, 0, 0);
	TEST_ASSERT(read_fresh() && labels_are(1, 0, "a", "1") &&
		labels_are(2, 0, "another-port", "2"), "no labels in the file");
	first = file.number;
	log_size = file.parts[0].cut->log_size;
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "not cleared");
	TEST_ASSERT(read_fresh() && labels_are(1, 1, NULL, NULL) &&
		labels_are(2, 0, "another-port", "2"), "not cleared in the file");
	TEST_ASSERT_EQUAL(file.parts[0].retired[RX], 10, "not retired");
	TEST_ASSERT_EQUAL(file.parts[0].cut->log_size, log_size + 16, "more was written");
	cleared = file.number;
	TEST_ASSERT_SUCCESS(label(1, "b", "1"), "no labels");
	TEST_ASSERT(read_fresh() && labels_are(1, 1, "b", "1"), "no new labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, none), "it has expired");
	TEST_ASSERT(labels_are(1, 0, NULL, NULL) && labels_are(2, 0, NULL, NULL), "later labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, cleared), "it has expired");
	TEST_ASSERT(labels_are(1, 1, NULL, NULL), "later labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, first), "it has expired");
	TEST_ASSERT(labels_are(1, 0, "a", "1") && *rte_seqstat_file_values(&file, 0, 0, 1) == 10,
		"later labels");

	return TEST_SUCCESS;
}

/** When the log of rows is full, another file has the labels of then. */
static int
test_log_full(void)
{
	struct rte_seqstat_file former;
	unsigned int i;
	char port[60];

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	TEST_ASSERT_SUCCESS(open_at(&former, path), "not opened");
	for (i = 0; i < 200 && !rte_seqstat_file_replaced(&former, path); i++) {
		memset(port, 'a' + i % 26, sizeof(port) - 1);
		port[sizeof(port) - 1] = '\0';
		if (label(3, port, "0") != 0 || !read_fresh() || !labels_are(3, i, port, "0") ||
				rte_seqstat_row_clear(set, 3) != 0)
			break;
	}
	TEST_ASSERT(i > 20 && i < 200 && rte_seqstat_file_replaced(&former, path), "%u labels", i);
	TEST_ASSERT(rte_seqstat_file_gone(&former), "the former file is still written");
	TEST_ASSERT(read_fresh() && labels_are(3, i, NULL, NULL), "other labels");
	rte_seqstat_file_close(&former);

	return TEST_SUCCESS;
}

/** There is room for the writers of all lcores; with more, another file takes the place. */
static int
test_writers(void)
{
	unsigned int i, n = rte_lcore_count() + 1;

	TEST_ASSERT_SUCCESS(publish(RTE_SEQSTAT_PUBLISH_PER_WRITER, 0), "not published");
	for (i = 0; i < n; i++)
		count(i, 0, 1, 0, 0);
	TEST_ASSERT(!rte_seqstat_file_replaced(&file, path) && read_fresh() && record_is_right(0),
		"other values");
	TEST_ASSERT_EQUAL(file.parts[0].cut->n_writers, n + 1, "too few writers");
	TEST_ASSERT_EQUAL(rte_seqstat_file_replaced(&file, path), false, "replaced");
	for (; i < n + 20; i++)
		count(i, 0, 1, 0, 0);
	TEST_ASSERT(read_fresh() && record_is_right(0), "other values");
	TEST_ASSERT_EQUAL(file.parts[0].cut->n_writers, n + 20 + 1, "too few writers");

	return TEST_SUCCESS;
}

/** A new set is in a new file; the former one is marked, and keeps its last record. */
static int
test_new_set(void)
{
	struct rte_seqstat_file former;
	struct rte_seqstat *other;
	char link_path[PATH_MAX + 8];
	bool marked;

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	/* Where the former file stays, only its mark tells. */
	snprintf(link_path, sizeof(link_path), "%s.link", path);
	TEST_ASSERT_SUCCESS(link(path, link_path), "no link");
	TEST_ASSERT_SUCCESS(open_at(&former, path), "not opened");
	TEST_ASSERT_EQUAL(rte_seqstat_file_replaced(&former, path), false, "replaced");
	TEST_ASSERT_EQUAL(rte_seqstat_file_gone(&former), false, "without a publisher");
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT_NOT_NULL(other, "not created");
	TEST_ASSERT(read_fresh() && file.header->n_sets == 2, "not in the file");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "not freed");
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1, "in the file");
	marked = rte_seqstat_file_replaced(&former, link_path);
	unlink(link_path);
	TEST_ASSERT(marked, "not marked");
	TEST_ASSERT(rte_seqstat_file_gone(&former), "it has a publisher");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&former), "no last record");
	rte_seqstat_file_close(&former);

	return TEST_SUCCESS;
}

/** A set that is created again under its name is another one; the oldest one is freed, too. */
static int
test_set_made_anew(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", 1, 1);
	uint64_t birth_ns;

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	birth_ns = file.sets[0].birth_ns;
	test_seqstat_destroy(other);
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT(read_fresh() && strcmp(file.sets[0].name, "other") == 0 &&
		file.sets[0].birth_ns != birth_ns, "the former set");
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	TEST_ASSERT_SUCCESS(rte_seqstat_free(set), "not freed");
	set = NULL;
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1, "the oldest set is there");
	test_seqstat_destroy(other);

	return TEST_SUCCESS;
}

static int
test_stop(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_publish_stop(), -ENOENT, "stopped before the start");
	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT(access(path, F_OK) != 0, "the file is there");
	TEST_ASSERT(rte_seqstat_file_gone(&file) && rte_seqstat_file_replaced(&file, path),
		"it has it");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no last record");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_stop(), -ENOENT, "stopped twice");
	rte_seqstat_file_close(&file);
	TEST_ASSERT_SUCCESS(publish(RTE_SEQSTAT_PUBLISH_KEEP, 0), "not published again");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT(rte_seqstat_file_gone(&file) && !rte_seqstat_file_replaced(&file, path),
		"removed");
	rte_seqstat_file_close(&file);
	TEST_ASSERT_SUCCESS(publish(0, 0), "not in the place of a file that was left");

	return TEST_SUCCESS;
}

/** What was counted until the end is in the last record. */
static int
test_last_record(void)
{
	const struct rte_seqstat_publish_params params = {
		.path = path, .period_us = 3600u * US_PER_S, .flags = FLAGS,
	};

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "not published");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "not opened");
	count(rte_lcore_id(), 0, 7, 7, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no last record");
	TEST_ASSERT(record_is_right(0), "other values");

	return TEST_SUCCESS;
}

/** Put a locked file into the place of the publisher's. Returns a descriptor or -1. */
static int
put_file(const char *text)
{
	struct flock lock = { .l_type = F_WRLCK };
	char other[PATH_MAX + 8];
	int fd;

	snprintf(other, sizeof(other), "%s.other", path);
	fd = open(other, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
			fcntl(fd, F_OFD_SETLK, &lock) == 0 && rename(other, path) == 0)
		return fd;

	return -1;
}

/** Return whether the path leads to an open file. */
static bool
is_path_of(int fd)
{
	struct stat st, found;

	return fstat(fd, &st) == 0 && stat(path, &found) == 0 && st.st_ino == found.st_ino &&
		st.st_dev == found.st_dev;
}

/** Wait until the publisher complains of an error. */
static bool
await_error(int error)
{
	const uint64_t limit = test_seqstat_limit();
	char text[1024] = "";
	FILE *log = tmpfile();
	bool found = false;

	if (log == NULL || rte_openlog_stream(log) != 0)
		return false;
	while (!found && rte_get_timer_cycles() < limit) {
		rte_delay_us_sleep(1000);
		found = pread(fileno(log), text, sizeof(text) - 1, 0) > 0 &&
			strstr(text, rte_strerror(error)) != NULL;
	}
	rte_openlog_stream(NULL);
	fclose(log);

	return found;
}

static int
test_removed_file(void)
{
	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	TEST_ASSERT_SUCCESS(unlink(path), "not removed");
	TEST_ASSERT(read_fresh() && record_is_right(0), "no file again");

	return TEST_SUCCESS;
}

/** Publish into a folder. Returns 0 or an error. */
static int
publish_into(const char *folder)
{
	strlcpy(path, folder, sizeof(path));
	strlcat(path, "/file", sizeof(path));

	return mkdir(folder, 0700) != 0 ? -1 : publish(0, 0);
}

/** Move the folder away, so that no other file can be made. Returns 0 or an error. */
static int
fail_to_renew(const char *folder)
{
	const uint64_t limit = test_seqstat_limit();
	char elsewhere[PATH_MAX + 2];
	struct rte_seqstat *other;
	bool gone = false;

	snprintf(elsewhere, sizeof(elsewhere), "%s.2", folder);
	if (rename(folder, elsewhere) != 0)
		return -1;
	other = test_seqstat_create("other", 1, 1);
	while (!gone && rte_get_timer_cycles() < limit)
		gone = rte_seqstat_file_gone(&file);
	test_seqstat_destroy(other);

	return gone ? rename(elsewhere, folder) : -1;
}

/** The file is removed also if no other one could be made; not if another application has it. */
static int
test_stop_after_failure(void)
{
	char folder[PATH_MAX];
	bool well;
	int fd;

	strlcpy(folder, path, sizeof(folder));
	TEST_ASSERT(publish_into(folder) == 0 && fail_to_renew(folder) == 0, "no failure");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT_SUCCESS(rmdir(folder), "the file is there");
	rte_seqstat_file_close(&file);

	TEST_ASSERT(publish_into(folder) == 0 && fail_to_renew(folder) == 0, "no failure");
	fd = put_file(RTE_SEQSTAT_FILE_MAGIC);
	well = fd >= 0 && await_error(EADDRINUSE) && rte_seqstat_publish_stop() == 0 &&
		is_path_of(fd);
	close(fd);
	unlink(path);
	rmdir(folder);
	TEST_ASSERT(well, "not tried, or the file was replaced or removed");

	return TEST_SUCCESS;
}

/** After a failure, stale writers have their former values. */
static int
test_values_after_failure(void)
{
	struct rte_seqstat_section sec;
	char folder[PATH_MAX];
	bool well;

	count(rte_lcore_id(), 0, 5, 0, 0);
	strlcpy(folder, path, sizeof(folder));
	TEST_ASSERT_SUCCESS(publish_into(folder), "not published");
	sec = rte_seqstat_begin(set);
	well = fail_to_renew(folder) == 0 && read_fresh();
	rte_seqstat_end(&sec);
	rte_seqstat_publish_stop();
	rmdir(folder);
	TEST_ASSERT(well, "no record");
	TEST_ASSERT_EQUAL(file.record->flags, RTE_SEQSTAT_FILE_STALE,
		"flags %u", file.record->flags);
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 0, 0, 0), 5, "not the former value");

	return TEST_SUCCESS;
}

/** What somebody puts into the place of the file stays there. */
static int
test_file_of_others(void)
{
	struct rte_seqstat *other;
	int fd;

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	fd = put_file("precious");
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT(fd >= 0 && await_error(EEXIST), "not tried");
	TEST_ASSERT(is_path_of(fd), "the file was replaced");
	TEST_ASSERT_SUCCESS(unlink(path), "it was removed");
	TEST_ASSERT(read_fresh() && file.header->n_sets == 2, "no file again");
	test_seqstat_destroy(other);
	close(fd);
	fd = put_file("precious");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT(is_path_of(fd), "the file was removed");
	close(fd);

	return TEST_SUCCESS;
}

/** Start with parameters, and stop if that was possible. */
static int
try_start(struct rte_seqstat_publish_params params)
{
	int ret = rte_seqstat_publish_start(&params);

	if (ret == 0)
		rte_seqstat_publish_stop();

	return ret;
}

static int
test_bad_params(void)
{
	struct rte_seqstat_publish_params good = { .path = path, .flags = FLAGS }, bad;

	TEST_ASSERT_SUCCESS(try_start(good), "refused");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_start(NULL), -EINVAL, "NULL");
#define REFUSED(field, value) do {					\
	bad = good;							\
	bad.field = value;						\
	TEST_ASSERT_EQUAL(try_start(bad), -EINVAL, #field " " #value);	\
} while (0)
	REFUSED(path, NULL);
	REFUSED(path, "");
	REFUSED(period_us, 999);
	REFUSED(period_us, 3600u * US_PER_S + 1);
	REFUSED(history, 1);
	REFUSED(mode, 0664);
	REFUSED(mode, 0700);
	REFUSED(flags, RTE_BIT32(4));
	good.history = 2;
	REFUSED(history_bytes, 1);
#undef REFUSED
	TEST_ASSERT_SUCCESS(try_start(good), "two records");

	return TEST_SUCCESS;
}

/** Start as a text says that begins with the path of the test. */
static int
start_args(const char *rest)
{
	char args[PATH_MAX + 128];

	rte_seqstat_publish_stop();
	snprintf(args, sizeof(args), "%s%s", path, rest);

	return rte_seqstat_publish_start_args(args);
}

static int
test_args(void)
{
	const struct group *group = getgrgid(geteuid() == 0 ? 1 : getegid());
	struct stat st;
	char args[128];

	TEST_ASSERT_NOT_NULL(group, "no group");
	TEST_ASSERT_SUCCESS(start_args(",any-fs"), "only a path");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "not opened");
	TEST_ASSERT(file.header->period_ns == 100 * 1000 * 1000 && file.header->flags == 0 &&
		file.header->n_records == 4, "no defaults");
	rte_seqstat_file_close(&file);
	TEST_ASSERT_EQUAL(rte_seqstat_file_read_newest(&file), -EBADF, "read after it was closed");
	snprintf(args, sizeof(args), ",period=20,history=2,mode=0640,group=%s,per-lcore,keep,"
		"any-fs", group->gr_name);
	TEST_ASSERT_SUCCESS(start_args(args), "all keys");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "not opened");
	TEST_ASSERT_EQUAL(file.header->period_ns, 20 * 1000 * 1000, "another period");
	TEST_ASSERT_EQUAL(file.header->n_records, 2000000 / file.header->record_size,
		"%u records", file.header->n_records);
	TEST_ASSERT_EQUAL(file.header->flags, RTE_SEQSTAT_FILE_PER_WRITER, "totals");
	TEST_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640 &&
		st.st_gid == group->gr_gid, "%o of %u", st.st_mode, st.st_gid);
	rte_seqstat_publish_stop();
	TEST_ASSERT_SUCCESS(access(path, F_OK), "not kept");

	return TEST_SUCCESS;
}

static int
test_bad_args(void)
{
	static const char *const bad[] = {
		",", ",perio=1", ",period", ",period=", ",period=0", ",period= 1", ",period=-1",
		",period=1ms", ",period=3600001", ",history=99999999999999999999", ",mode=0649",
		",mode=0664", ",group", ",group=no-such-group", ",keep=1", ",per-lcore=",
	};
	unsigned int i;
	char args[64];

	TEST_ASSERT_EQUAL(rte_seqstat_publish_start_args(NULL), -EINVAL, "NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_start_args(""), -EINVAL, "empty");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_start_args(",any-fs"), -EINVAL, "no path");
	for (i = 0; i < RTE_DIM(bad); i++) {
		snprintf(args, sizeof(args), ",any-fs%s", bad[i]);
		TEST_ASSERT_EQUAL(start_args(args), -EINVAL, "'%s'", args);
	}

	return TEST_SUCCESS;
}

static int
test_bad_paths(void)
{
	struct rte_seqstat_publish_params params = { .path = path, .flags = FLAGS };
	char long_path[PATH_MAX + 1], target[PATH_MAX + 8];
	FILE *f;

	memset(long_path, 'a', PATH_MAX);
	long_path[PATH_MAX] = '\0';
	params.path = long_path;
	TEST_ASSERT_EQUAL(try_start(params), -ENAMETOOLONG, "a path that is too long");
	params.path = "/nowhere/file";
	TEST_ASSERT_EQUAL(try_start(params), -ENOENT, "no folder");
	params.path = path;
	/* Not a device of the system: what breaks here would replace it. */
	TEST_ASSERT_SUCCESS(mkfifo(path, 0600), "no pipe");
	TEST_ASSERT_EQUAL(try_start(params), -EEXIST, "a pipe");
	TEST_ASSERT_SUCCESS(unlink(path), "the pipe is gone");

	snprintf(target, sizeof(target), "%s.target", path);
	TEST_ASSERT_SUCCESS(symlink(target, path), "no link");
	TEST_ASSERT_EQUAL(try_start(params), -ELOOP, "a link");
	TEST_ASSERT(access(target, F_OK) != 0, "it was followed");
	unlink(path);
	f = fopen(path, "w");
	TEST_ASSERT(f != NULL && fputs("precious", f) >= 0 && fclose(f) == 0, "no file");
	TEST_ASSERT_EQUAL(try_start(params), -EEXIST, "a file of somebody else");
	unlink(path);

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	TEST_ASSERT_EQUAL(try_start(params), -EBUSY, "twice");

	return TEST_SUCCESS;
}

/** The file is for its owner, or has the permissions and the group that were asked for. */
static int
test_permissions(void)
{
	struct rte_seqstat_publish_params params = { .path = path, .flags = FLAGS };
	struct stat st;

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "not published");
	TEST_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "%o", st.st_mode);
	rte_seqstat_publish_stop();
	params.mode = 0640;
	params.gid = geteuid() == 0 ? 1 : getegid();
	params.flags |= RTE_SEQSTAT_PUBLISH_GROUP;
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "not published");
	TEST_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640 &&
		st.st_gid == params.gid, "%o of %u", st.st_mode, st.st_gid);
	rte_seqstat_publish_stop();

	return TEST_SUCCESS;
}

/** In a folder, the file's name has prefix and process. */
static int
test_default_name(void)
{
	const struct rte_seqstat_publish_params params = {
		.path = rte_eal_get_runtime_dir(), .flags = FLAGS,
	};
	char name[PATH_MAX + 64];

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "not published");
	snprintf(name, sizeof(name), "%s%s.%d.seqstat", params.path, strrchr(params.path, '/'),
		getpid());
	TEST_ASSERT_SUCCESS(open_at(&file, name), "no %s", name);
	TEST_ASSERT(strcmp(file.header->prefix, strrchr(params.path, '/') + 1) == 0,
		"another prefix");

	return TEST_SUCCESS;
}

/** Find the publisher's descriptor; -1: there is none. */
static int
find_descriptor(void)
{
	struct stat ours, st;
	int fd;

	if (stat(path, &ours) != 0)
		return -1;
	for (fd = 3; fd < 1000; fd++)
		if (fd != file.fd && fstat(fd, &st) == 0 && st.st_ino == ours.st_ino &&
				st.st_dev == ours.st_dev)
			return fd;

	return -1;
}

/** The application may close descriptors that are not its own. */
static int
test_closed_descriptor(void)
{
	struct stat ours, st;
	int fd;

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	fd = find_descriptor();
	TEST_ASSERT(fd >= 0 && close(fd) == 0, "no descriptor");
	TEST_ASSERT(read_fresh() && record_is_right(0), "no record");
	/* Not the next file, too, which may have its number. */
	TEST_ASSERT_SUCCESS(stat(path, &ours), "no file");
	TEST_ASSERT(read_fresh() && read_fresh(), "no record");
	TEST_ASSERT(stat(path, &st) == 0 && st.st_ino == ours.st_ino, "yet another file");

	return TEST_SUCCESS;
}

/** The application may also open a file of its own with the descriptor. */
static int
test_reused_descriptor(void)
{
	const struct rte_seqstat_publish_params params = {
		.path = path, .period_us = 200000, .flags = FLAGS,
	};
	char own_path[PATH_MAX + 8];
	int fd, own_fd;
	struct stat st;

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "not published");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "not opened");
	snprintf(own_path, sizeof(own_path), "%s.own", path);
	own_fd = open(own_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fd = find_descriptor();
	/* After a record, when the publisher has written all there is for some time. */
	TEST_ASSERT(fd >= 0 && own_fd >= 0 && read_fresh(), "no record");
	TEST_ASSERT(dup2(own_fd, fd) == fd && label(0, "a", "b") == 0 && read_fresh() &&
		record_is_right(0) && labels_are(0, 0, "a", "b"), "no record");
	TEST_ASSERT(fstat(own_fd, &st) == 0 && st.st_size == 0, "it was written");
	TEST_ASSERT_SUCCESS(close(fd), "it was closed");
	/* Also at the end. */
	fd = find_descriptor();
	TEST_ASSERT(fd >= 0 && dup2(own_fd, fd) == fd, "no descriptor");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "not stopped");
	TEST_ASSERT(fstat(own_fd, &st) == 0 && st.st_size == 0, "it was written");
	TEST_ASSERT(close(fd) == 0 && close(own_fd) == 0, "it was closed");
	TEST_ASSERT(access(path, F_OK) != 0, "the file is there");
	unlink(own_path);

	return TEST_SUCCESS;
}

/** Return whether a forked child finds memory wiped that should be: not if qemu emulates. */
static bool
wiped_on_fork(void)
{
	char *mem = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	if (mem == MAP_FAILED || madvise(mem, 1, MADV_WIPEONFORK) != 0)
		return false;
	*mem = 1;
	pid = fork();
	if (pid == 0)
		_exit(*mem);
	waitpid(pid, &status, 0);
	munmap(mem, 1);

	return status == 0;
}

/** A forked child does not publish, and leaves the parent's file alone. */
static int
test_fork(void)
{
	int status;
	pid_t pid;

	if (!wiped_on_fork())
		return TEST_SKIPPED;
	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	pid = fork();
	if (pid == 0)
		_exit(rte_seqstat_publish_stop() == -ENOENT ? 0 : 1);
	TEST_ASSERT(waitpid(pid, &status, 0) == pid && status == 0, "the child: %d", status);
	TEST_ASSERT(read_fresh() && record_is_right(0), "no record");

	return TEST_SUCCESS;
}

/** Each record is a cut, while lcores count: rows are balanced, and sums never fall. */
static int
test_concurrent(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", 3, 16);
	uint64_t n = 0, sum, former = 0, oldest = 0, newest = 0, number = 0;
	const uint64_t *row, *mate;
	bool well = true;
	uint32_t r;

	TEST_ASSERT_NOT_NULL(other, "not created");
	well = publish(0, 100) == 0 && test_seqstat_start(&workers, other,
			test_seqstat_balanced_section);
	while (well && n < 1000) {
		well = rte_seqstat_file_range(&file, &oldest, &newest) == 0;
		number = RTE_MAX(number + 1, oldest);
		if (!well || number > newest || rte_seqstat_file_read(&file, number) != 0) {
			number--;
			rte_delay_us_sleep(100);
			continue;
		}
		for (sum = 0, r = 0; r < 8; r++) {
			row = rte_seqstat_file_values(&file, 0, 0, r);
			mate = rte_seqstat_file_values(&file, 0, 0, r + 8);
			well &= test_seqstat_rows_balanced(row, mate, 3);
			sum += row[0];
		}
		well &= sum >= former;
		former = sum;
		n++;
	}
	well &= test_seqstat_stop(&workers);
	well &= read_fresh() && former > 0;
	for (sum = 0, r = 0; well && r < 8; r++)
		sum += *rte_seqstat_file_values(&file, 0, 0, r);
	rte_seqstat_publish_stop();
	test_seqstat_destroy(other);
	TEST_ASSERT(well && sum >= former, "after %" PRIu64 " records", n);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat publisher",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_totals),
		TEST_CASE_ST(set_up, tear_down, test_per_writer),
		TEST_CASE_ST(set_up, tear_down, test_flags),
		TEST_CASE_ST(set_up, tear_down, test_several_sets),
		TEST_CASE_ST(set_up, tear_down, test_history),
		TEST_CASE_ST(set_up, tear_down, test_history_in_bytes),
		TEST_CASE_ST(set_up, tear_down, test_labels),
		TEST_CASE_ST(set_up, tear_down, test_log_full),
		TEST_CASE_ST(set_up, tear_down, test_writers),
		TEST_CASE_ST(set_up, tear_down, test_new_set),
		TEST_CASE_ST(set_up, tear_down, test_set_made_anew),
		TEST_CASE_ST(set_up, tear_down, test_stop),
		TEST_CASE_ST(set_up, tear_down, test_last_record),
		TEST_CASE_ST(set_up, tear_down, test_removed_file),
		TEST_CASE_ST(set_up, tear_down, test_stop_after_failure),
		TEST_CASE_ST(set_up, tear_down, test_values_after_failure),
		TEST_CASE_ST(set_up, tear_down, test_file_of_others),
		TEST_CASE_ST(set_up, tear_down, test_bad_params),
		TEST_CASE_ST(set_up, tear_down, test_args),
		TEST_CASE_ST(set_up, tear_down, test_bad_args),
		TEST_CASE_ST(set_up, tear_down, test_bad_paths),
		TEST_CASE_ST(set_up, tear_down, test_permissions),
		TEST_CASE_ST(set_up, tear_down, test_default_name),
		TEST_CASE_ST(set_up, tear_down, test_closed_descriptor),
		TEST_CASE_ST(set_up, tear_down, test_reused_descriptor),
		TEST_CASE_ST(set_up, tear_down, test_fork),
		TEST_CASE_ST(set_up, tear_down, test_concurrent),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_publish(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_publish_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_publish);
