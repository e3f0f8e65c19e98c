/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test_seqstat_publish.h"

/* Publishing: the content of the stat file, and when a new file replaces it. */

/** Return whether the file describes the set as the library does. */
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

/** Check that records equal snapshots, with a per-writer or a total value each. */
static int
check_same_as_snapshot(uint32_t flags)
{
	struct timespec now;

	count(rte_lcore_id(), 0, 1000, 960, 3);
	count(rte_lcore_id() + 1, 4, 7, 8, 1);
	count(LCORE_ID_ANY, 2, 1, 0, 0);
	count(LCORE_ID_ANY, 3, 100, 90, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 3), "row not cleared");
	TEST_ASSERT_SUCCESS(label(0, "net_null0", "0"), "no labels");
	TEST_ASSERT_SUCCESS(publish(flags, 0), "set not published");
	TEST_ASSERT_EQUAL(file.header->n_sets, 1, "%u sets", file.header->n_sets);
	TEST_ASSERT_EQUAL(file.header->pid, getpid(), "process %d", file.header->pid);
	TEST_ASSERT_EQUAL(file.header->period_ns, PERIOD_US * 1000,
		"period of %" PRIu64 " ns", file.header->period_ns);
	TEST_ASSERT_EQUAL(file.header->n_records, 4, "%u records", file.header->n_records);
	TEST_ASSERT(description_is_right(0), "the file describes another set");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no record after the start");
	TEST_ASSERT(record_is_right(0), "the first record differs from a snapshot");
	count(rte_lcore_id() + 2, 1, 5, 5, 0);
	TEST_ASSERT(read_fresh() && record_is_right(0), "a record differs from a snapshot");
	TEST_ASSERT(labels_are(0, 0, "net_null0", "0") && labels_are(3, 1, NULL, NULL),
		"the record has other labels");
	clock_gettime(CLOCK_MONOTONIC, &now);
	TEST_ASSERT(file.parts[0].cut->monotonic_ns <= file.record->monotonic_ns &&
		file.record->monotonic_ns <= (uint64_t)now.tv_sec * NS_PER_S + now.tv_nsec &&
		file.header->monotonic_ns <= file.record->monotonic_ns,
		"its times are not in order");

	return TEST_SUCCESS;
}

/* Records have the totals of a snapshot. */
static int
test_totals(void)
{
	return check_same_as_snapshot(0);
}

/* Records have the values of each writer on request. */
static int
test_per_writer(void)
{
	return check_same_as_snapshot(RTE_SEQSTAT_PUBLISH_PER_WRITER);
}

/* A stale writer has flag and former values, an unread one flag and zeros. */
static int
test_flags(void)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(set);
	struct rte_seqstat *other;

	rte_seqstat_add(rte_seqstat_row(&sec, 0), RX, 5);
	TEST_ASSERT_SUCCESS(publish(RTE_SEQSTAT_PUBLISH_PER_WRITER, 0), "set not published");
	TEST_ASSERT(read_fresh(), "no record");
	TEST_ASSERT_EQUAL(file.record->flags, RTE_SEQSTAT_FILE_UNREAD,
		"flags %u", file.record->flags);
	TEST_ASSERT_EQUAL(file.parts[0].writers[1].flags, RTE_SEQSTAT_FILE_UNREAD, "not unread");
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 0, 1, 0), 0, "unread, but not 0");
	rte_seqstat_end(&sec);
	TEST_ASSERT(read_fresh() && record_is_right(0), "the section is missing");
	sec = rte_seqstat_begin(set);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), RX, 5);
	TEST_ASSERT(read_fresh(), "no record");
	TEST_ASSERT_EQUAL(file.parts[0].writers[1].flags, RTE_SEQSTAT_FILE_STALE, "not stale");
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 0, 1, 0), 5, "not the former values");
	/* The next file has the former values, too. */
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT(read_fresh() && file.header->n_sets == 2, "no file with both sets");
	TEST_ASSERT_EQUAL(file.parts[1].writers[1].flags, RTE_SEQSTAT_FILE_STALE, "not stale");
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 1, 1, 0), 5, "not the former values");
	test_seqstat_destroy(other);
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

/* Sets of one epoch are one cut, and a set that forbids publishing is left out. */
static int
test_several_sets(void)
{
	static const char *const names[] = { "shared", "own", "hidden" };
	static const uint32_t flags[] = {
		0, RTE_SEQSTAT_OWN_EPOCH, RTE_SEQSTAT_NO_PUBLISH | RTE_SEQSTAT_OWN_EPOCH
	};
	struct rte_seqstat_params params = set_params;
	struct rte_seqstat *others[3];
	unsigned int i;

	for (i = 0; i < RTE_DIM(others); i++) {
		params.name = names[i];
		params.flags = flags[i];
		others[i] = rte_seqstat_create(&params);
		TEST_ASSERT_NOT_NULL(others[i], "set %s not created", params.name);
	}
	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	TEST_ASSERT(read_fresh(), "no record");
	TEST_ASSERT_EQUAL(file.header->n_sets, 3, "%u sets", file.header->n_sets);
	TEST_ASSERT(strcmp(file.sets[0].name, "own") == 0 &&
		strcmp(file.sets[1].name, "shared") == 0, "sets are not in order");
	TEST_ASSERT(description_is_right(2) && record_is_right(2), "the last set differs");
	TEST_ASSERT_EQUAL(file.parts[1].cut->number, file.parts[2].cut->number,
		"sets of one epoch are two cuts");
	TEST_ASSERT_NOT_EQUAL(file.parts[0].cut->number, file.parts[2].cut->number,
		"sets of two epochs are one cut");
	for (i = 0; i < RTE_DIM(others); i++)
		TEST_ASSERT_SUCCESS(rte_seqstat_free(others[i]), "the publisher keeps set %u", i);
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1, "freed sets are published");

	return TEST_SUCCESS;
}

/* The file keeps as many records as asked for, in order. */
static int
test_history(void)
{
	uint64_t oldest, newest, number, former_ns = 0;

	TEST_ASSERT_SUCCESS(publish(0, 50), "set not published");
	do {
		TEST_ASSERT(read_fresh(), "no record");
	} while (file.number < 120);
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_range(&file, &oldest, &newest), "no range");
	TEST_ASSERT_EQUAL(newest - oldest, 48, "%" PRIu64 " records", newest - oldest + 1);
	for (number = oldest; number <= newest; number++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, number),
			"no record %" PRIu64, number);
		TEST_ASSERT(file.record->sn == 2 * number && file.record->monotonic_ns > former_ns,
			"record %" PRIu64 " is another one", number);
		former_ns = file.record->monotonic_ns;
	}
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, oldest - 1), -ENODATA,
		"read an expired record");
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, newest + 1), -ENODATA,
		"read a future record");
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, 0), -ENODATA, "read record 0");
	TEST_ASSERT_EQUAL(rte_seqstat_file_read(&file, UINT64_MAX), -ENODATA,
		"read record 2^64 - 1");

	return TEST_SUCCESS;
}

/* The history fills a number of bytes, at the default period. */
static int
test_history_in_bytes(void)
{
	const struct rte_seqstat_publish_params params = {
		.path = path, .history_bytes = 100000, .flags = FLAGS,
	};
	uint64_t bytes;

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "set not published");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "file not opened");
	bytes = file.header->n_records * file.header->record_size;
	TEST_ASSERT(bytes <= 100000 && bytes + file.header->record_size > 100000,
		"%" PRIu64 " bytes", bytes);
	TEST_ASSERT_EQUAL(file.header->period_ns, 100 * 1000 * 1000, "not the default period");

	return TEST_SUCCESS;
}

/* Each record of the history has the labels and generations of its time. */
static int
test_labels(void)
{
	uint64_t none, first, cleared, log_size;

	TEST_ASSERT_SUCCESS(publish(0, 10000), "set not published");
	TEST_ASSERT(read_fresh(), "no record");
	none = file.number;
	TEST_ASSERT_SUCCESS(label(1, "a", "1"), "no labels");
	TEST_ASSERT_SUCCESS(label(2, "another-port", "2"), "no labels");
	count(rte_lcore_id(), 1, 10, 0, 0);
	TEST_ASSERT(read_fresh() && labels_are(1, 0, "a", "1") &&
		labels_are(2, 0, "another-port", "2"), "new labels are not in the record");
	first = file.number;
	log_size = file.parts[0].cut->log_size;
	TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, 1), "row not cleared");
	TEST_ASSERT(read_fresh() && labels_are(1, 1, NULL, NULL) &&
		labels_are(2, 0, "another-port", "2"), "the record has labels of a cleared row");
	TEST_ASSERT_EQUAL(file.parts[0].retired[RX], 10,
		"the cleared row's values are not retired");
	TEST_ASSERT_EQUAL(file.parts[0].cut->log_size, log_size + 16,
		"the clear takes more than 16 bytes of the log");
	cleared = file.number;
	TEST_ASSERT_SUCCESS(label(1, "b", "1"), "no labels");
	TEST_ASSERT(read_fresh() && labels_are(1, 1, "b", "1"),
		"labels after the clear are not in the record");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, none), "no former record");
	TEST_ASSERT(labels_are(1, 0, NULL, NULL) && labels_are(2, 0, NULL, NULL),
		"a former record has later labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, cleared), "no former record");
	TEST_ASSERT(labels_are(1, 1, NULL, NULL), "a former record has later labels");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read(&file, first), "no former record");
	TEST_ASSERT(labels_are(1, 0, "a", "1") && *rte_seqstat_file_values(&file, 0, 0, 1) == 10,
		"a former record has later labels");

	return TEST_SUCCESS;
}

/** Label and clear a row until the file is replaced, or 100 times. Return how often, or -1. */
static int
change_labels(struct rte_seqstat_file *former)
{
	char port[60];
	int i;

	for (i = 0; i < 100 && !rte_seqstat_file_replaced(former, path); i++) {
		memset(port, 'a' + i % 26, sizeof(port) - 1);
		port[sizeof(port) - 1] = '\0';
		if (label(3, port, "0") != 0 || !read_fresh() || !labels_are(3, i, port, "0") ||
				rte_seqstat_row_clear(set, 3) != 0)
			return -1;
	}

	return i;
}

/* The longer the history, the more changes of labels it has room for. */
static int
test_log_of_history(void)
{
	struct rte_seqstat_file former;
	int n;

	TEST_ASSERT_SUCCESS(publish(0, 1000), "set not published");
	TEST_ASSERT_SUCCESS(open_at(&former, path), "file not opened");
	n = change_labels(&former);
	TEST_ASSERT(n == 100 && !rte_seqstat_file_replaced(&former, path),
		"replaced after %d labels", n);
	rte_seqstat_file_close(&former);

	return TEST_SUCCESS;
}

/* When the log of labels is full, a new file has the current labels. */
static int
test_log_full(void)
{
	struct rte_seqstat_file former;
	int i;

	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	TEST_ASSERT_SUCCESS(open_at(&former, path), "file not opened");
	i = change_labels(&former);
	TEST_ASSERT(i > 20 && i < 100 && rte_seqstat_file_replaced(&former, path),
		"replaced after %d labels", i);
	TEST_ASSERT(rte_seqstat_file_gone(&former), "the former file has a publisher");
	TEST_ASSERT(read_fresh() && labels_are(3, i, NULL, NULL), "the new file has other labels");
	rte_seqstat_file_close(&former);

	return TEST_SUCCESS;
}

/* The file has room for a writer of each lcore; more writers get a larger file. */
static int
test_writers(void)
{
	unsigned int i, n = rte_lcore_count() + 1;

	TEST_ASSERT_SUCCESS(publish(RTE_SEQSTAT_PUBLISH_PER_WRITER, 0), "set not published");
	for (i = 0; i < n; i++)
		count(i, 0, 1, 0, 0);
	TEST_ASSERT(!rte_seqstat_file_replaced(&file, path) && read_fresh() && record_is_right(0),
		"replaced, or other values");
	TEST_ASSERT_EQUAL(file.parts[0].cut->n_writers, n + 1, "%u writers",
		file.parts[0].cut->n_writers);
	TEST_ASSERT(!rte_seqstat_file_replaced(&file, path), "replaced without need");
	for (; i < n + 20; i++)
		count(i, 0, 1, 0, 0);
	TEST_ASSERT(read_fresh() && record_is_right(0), "the larger file has other values");
	TEST_ASSERT_EQUAL(file.parts[0].cut->n_writers, n + 20 + 1, "%u writers",
		file.parts[0].cut->n_writers);

	return TEST_SUCCESS;
}

/* A new set gets a new file; the former file is marked and keeps its last record. */
static int
test_new_set(void)
{
	struct rte_seqstat_file former;
	struct rte_seqstat *other;
	char link_path[PATH_MAX + 8];
	bool marked;

	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	/* At a path where the former file stays, only its mark shows the replacement. */
	snprintf(link_path, sizeof(link_path), "%s.link", path);
	TEST_ASSERT_SUCCESS(link(path, link_path), "no link");
	TEST_ASSERT_SUCCESS(open_at(&former, path), "file not opened");
	TEST_ASSERT_EQUAL(rte_seqstat_file_replaced(&former, path), false, "replaced at the start");
	TEST_ASSERT_EQUAL(rte_seqstat_file_gone(&former), false, "it has no publisher");
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT_NOT_NULL(other, "set not created");
	TEST_ASSERT(read_fresh() && file.header->n_sets == 2, "the new set is not published");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "set not freed");
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1, "the freed set is published");
	marked = rte_seqstat_file_replaced(&former, link_path);
	unlink(link_path);
	TEST_ASSERT(marked, "the former file is not marked");
	TEST_ASSERT(rte_seqstat_file_gone(&former), "the former file has a publisher");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&former), "no last record");
	rte_seqstat_file_close(&former);

	return TEST_SUCCESS;
}

/* A set that is created again is published as another one; the oldest one may go first. */
static int
test_set_made_anew(void)
{
	struct rte_seqstat *other = test_seqstat_create("other", 1, 1);
	uint64_t birth_ns;

	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	birth_ns = file.sets[0].birth_ns;
	test_seqstat_destroy(other);
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT(read_fresh() && strcmp(file.sets[0].name, "other") == 0 &&
		file.sets[0].birth_ns != birth_ns, "the former set is published");
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	TEST_ASSERT_SUCCESS(rte_seqstat_free(set), "set not freed");
	set = NULL;
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1, "the freed set is published");
	test_seqstat_destroy(other);

	return TEST_SUCCESS;
}

/* While there is no set, the file keeps its history without a publisher. */
static int
test_no_set(void)
{
	const uint64_t limit = test_seqstat_limit();
	uint64_t birth_ns;

	TEST_ASSERT_SUCCESS(publish(0, 0), "not published");
	birth_ns = file.sets[0].birth_ns;
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	TEST_ASSERT_SUCCESS(rte_seqstat_free(set), "not freed");
	while (!rte_seqstat_file_gone(&file) && rte_get_timer_cycles() < limit)
		rte_delay_us_sleep(100);
	TEST_ASSERT(rte_seqstat_file_gone(&file), "the publisher still has the file");
	TEST_ASSERT_EQUAL(rte_seqstat_file_replaced(&file, path), false, "replaced");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no record");
	set = rte_seqstat_create(&set_params);
	TEST_ASSERT_NOT_NULL(set, "cannot create: %s", rte_strerror(rte_errno));
	TEST_ASSERT(read_fresh() && file.header->n_sets == 1 && file.sets[0].birth_ns != birth_ns,
		"the new set is not published");

	return TEST_SUCCESS;
}

/* Stopping removes the file unless it is kept; a kept file does not prevent a start. */
static int
test_stop(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_publish_stop(), -ENOENT, "stopped before the start");
	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT(access(path, F_OK) != 0, "the file was not removed");
	TEST_ASSERT(rte_seqstat_file_gone(&file) && rte_seqstat_file_replaced(&file, path),
		"a reader sees a publisher");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no last record");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_stop(), -ENOENT, "stopped twice");
	rte_seqstat_file_close(&file);
	TEST_ASSERT_SUCCESS(publish(RTE_SEQSTAT_PUBLISH_KEEP, 0), "not published again");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT(rte_seqstat_file_gone(&file) && !rte_seqstat_file_replaced(&file, path),
		"the kept file was removed");
	rte_seqstat_file_close(&file);
	TEST_ASSERT_SUCCESS(publish(0, 0), "a kept file prevents the start");

	return TEST_SUCCESS;
}

/* The last record has what was counted before the stop. */
static int
test_last_record(void)
{
	TEST_ASSERT_SUCCESS(publish_every(3600u * US_PER_S, 0, 0), "set not published");
	count(rte_lcore_id(), 0, 7, 7, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no last record");
	TEST_ASSERT(record_is_right(0), "it lacks values");

	return TEST_SUCCESS;
}

/* The last record also has a set that was created since the record before. */
static int
test_last_set(void)
{
	struct rte_seqstat *other;

	TEST_ASSERT_SUCCESS(publish_every(3600u * US_PER_S, RTE_SEQSTAT_PUBLISH_KEEP, 0),
		"set not published");
	rte_seqstat_file_close(&file);
	other = test_seqstat_create("other", 1, 1);
	count(rte_lcore_id(), 0, 7, 7, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "no file");
	TEST_ASSERT_SUCCESS(rte_seqstat_file_read_newest(&file), "no last record");
	TEST_ASSERT_EQUAL(file.header->n_sets, 2, "%u sets", file.header->n_sets);
	TEST_ASSERT(record_is_right(1), "it lacks values");
	test_seqstat_destroy(other);

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
		TEST_CASE_ST(set_up, tear_down, test_log_of_history),
		TEST_CASE_ST(set_up, tear_down, test_log_full),
		TEST_CASE_ST(set_up, tear_down, test_writers),
		TEST_CASE_ST(set_up, tear_down, test_new_set),
		TEST_CASE_ST(set_up, tear_down, test_set_made_anew),
		TEST_CASE_ST(set_up, tear_down, test_no_set),
		TEST_CASE_ST(set_up, tear_down, test_stop),
		TEST_CASE_ST(set_up, tear_down, test_last_record),
		TEST_CASE_ST(set_up, tear_down, test_last_set),
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
