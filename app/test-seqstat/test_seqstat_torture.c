/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_seqstat_file.h>
#include <rte_seqstat_publish.h>

#include "test_seqstat_stress.h"

/*
 * Everything at the same time and at random: threads with and without lcore ids write, register
 * and unregister; several readers take snapshots and subtract them, read a writer by its seqlock,
 * and read the stat file.
 *
 * In each row that a section changes, value i grows by i + 1 times an amount, and the same in the
 * row half of all rows further on. The last value, the tally, counts sections in row 0; in the
 * first row of the second half it is the sum of all amounts. An account of each writer gives the
 * least and the most sections that a snapshot may have.
 */

/** Sections of a writer. */
struct account {
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint64_t) begun;
	RTE_ATOMIC(uint64_t) done;
	RTE_ATOMIC(uint64_t) amount; /**< The sum of all amounts. */
	/** The lcore's writer; NULL before a thread registers, and for the shared writer. */
	RTE_ATOMIC(const struct rte_seqstat_writer *) writer;
};

#define SHARED RTE_MAX_LCORE
#define N_ACCOUNTS (RTE_MAX_LCORE + 1)

/** A set, and how many threads register and write. */
static const struct shape {
	uint32_t n_values;
	uint32_t n_rows;
	unsigned int n_registered;
	bool calm; /**< Writers stay registered, and sleep between sections. */
} *shape;

static struct rte_seqstat *set;
static uint32_t half, tally; /* Index of a row, and of a value. */
static struct account accounts[N_ACCOUNTS]; /* By lcore id; the last one of the shared writer. */
static char path[PATH_MAX]; /* The stat file's. */

/* Writers */

static void
change_row(const struct rte_seqstat_section *sec, uint32_t r, uint64_t amount)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);
	unsigned int i;

	for (i = 0; i < tally; i++)
		rte_seqstat_add(row, i, (i + 1) * amount);
}

/** Run some sections that change random rows by random amounts, with pauses. */
static void
write_sections(struct account *account, uint64_t *seed)
{
	unsigned int n_sections = shape->calm ? UINT_MAX : test_seqstat_random(seed) % 1000, n;
	struct rte_seqstat_section sec;
	uint64_t amount, sum;
	uint32_t r;

	for (; n_sections > 0 && !test_seqstat_stopped(); n_sections--) {
		rte_atomic_fetch_add_explicit(&account->begun, 1, rte_memory_order_release);
		sec = rte_seqstat_begin(set);
		for (sum = 0, n = test_seqstat_random(seed) % 8; n > 0; n--) {
			amount = test_seqstat_random(seed);
			r = amount % half;
			change_row(&sec, r, amount);
			if (amount >> 60 == 0)
				test_seqstat_pause(seed);
			change_row(&sec, r + half, amount);
			sum += amount;
		}
		rte_atomic_fetch_add_explicit(&account->amount, sum, rte_memory_order_relaxed);
		rte_seqstat_add(rte_seqstat_row(&sec, 0), tally, 1);
		rte_seqstat_add(rte_seqstat_row(&sec, half), tally, sum);
		rte_seqstat_end(&sec);
		rte_atomic_fetch_add_explicit(&account->done, 1, rte_memory_order_release);
		if (shape->calm)
			rte_delay_us_sleep(200);
		else
			test_seqstat_pause(seed);
	}
}

/** Sections of a registered thread until the sequence number of its writer wraps. */
#define BEFORE_WRAP 100

/** Register, write and unregister, with the lcore id that is free each time. */
static int
write_registered(struct test_seqstat_actor *self)
{
	struct rte_seqstat_writer *w;
	struct account *account;

	for (; !test_seqstat_stopped(); self->n++) {
		TEST_ASSERT_SUCCESS(rte_thread_register(), "no lcore id: %s",
			rte_strerror(rte_errno));
		/* Without this, a first section may count on the shared writer. */
		w = rte_seqstat_writer(set);
		TEST_ASSERT_NOT_NULL(w, "no writer: %s", rte_strerror(rte_errno));
		rte_atomic_store_explicit(&w->lock.count.sn, (uint32_t)(-2 * BEFORE_WRAP),
				rte_memory_order_relaxed);
		account = &accounts[rte_lcore_id()];
		rte_atomic_store_explicit(&account->writer, w, rte_memory_order_release);
		write_sections(account, &self->seed);
		rte_thread_unregister();
	}

	return TEST_SUCCESS;
}

static int
write_shared(struct test_seqstat_actor *self)
{
	for (; !test_seqstat_stopped(); self->n++)
		write_sections(&accounts[SHARED], &self->seed);

	return TEST_SUCCESS;
}

/* Readers */

/** The most sections that any reader saw, by account. */
static struct {
	pthread_mutex_t lock;
	uint64_t sections[N_ACCOUNTS];
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

/** Return the sections that a snapshot from now on has at least: those done, and those seen. */
static void
least_sections(uint64_t least[N_ACCOUNTS])
{
	unsigned int i;

	pthread_mutex_lock(&seen.lock);
	memcpy(least, seen.sections, sizeof(seen.sections));
	pthread_mutex_unlock(&seen.lock);
	for (i = 0; i < N_ACCOUNTS; i++)
		least[i] = RTE_MAX(least[i], rte_atomic_load_explicit(&accounts[i].done,
					rte_memory_order_acquire));
}

/** Return whether a row and its counterpart are balanced; print the first values that are not. */
static bool
are_balanced(const uint64_t *row, const uint64_t *other)
{
	uint32_t i;

	for (i = 0; i < tally; i++) {
		if (row[i] == (i + 1) * row[0] && other[i] == row[i])
			continue;
		printf("value %u: %" PRIu64 " in a row, %" PRIu64 " in its counterpart, where "
			"value 0 is %" PRIu64 "\n", i, row[i], other[i], row[0]);
		return false;
	}

	return true;
}

/** Return whether a writer's values, or their increases, have no part of a section. */
static bool
is_whole(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	const uint64_t *row, *other;
	uint64_t sum = 0;
	uint32_t r;

	for (r = 0; r < half; r++) {
		row = rte_seqstat_snapshot_row(snap, writer, r);
		other = rte_seqstat_snapshot_row(snap, writer, r + half);
		if (!are_balanced(row, other))
			return false;
		sum += row[0];
	}

	return sum == rte_seqstat_snapshot_row(snap, writer, half)[tally];
}

static uint64_t
sections_of(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	return rte_seqstat_snapshot_row(snap, writer, 0)[tally];
}

static int
check_snapshot(const struct rte_seqstat_snapshot *snap, const uint64_t least[N_ACCOUNTS])
{
	struct rte_seqstat_writer_info info;
	uint64_t sections, most;
	uint32_t i, account;

	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++) {
		TEST_ASSERT(is_whole(snap, i), "a part of a section");
		rte_seqstat_snapshot_writer_info(snap, i, &info);
		account = info.lcore_id == LCORE_ID_ANY ? SHARED : info.lcore_id;
		sections = sections_of(snap, i);
		most = rte_atomic_load_explicit(&accounts[account].begun,
				rte_memory_order_acquire);
		TEST_ASSERT(sections >= least[account] && sections <= most, "lcore %u: %" PRIu64
			" sections, not %" PRIu64 " to %" PRIu64, account, sections,
			least[account], most);
		pthread_mutex_lock(&seen.lock);
		seen.sections[account] = RTE_MAX(seen.sections[account], sections);
		pthread_mutex_unlock(&seen.lock);
	}

	return TEST_SUCCESS;
}

/** Subtract two snapshots into an object, which may be one of them, and check the difference. */
static int
check_diff(struct rte_seqstat_snapshot *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	uint32_t i, n_older = rte_seqstat_snapshot_n_writers(older);
	uint64_t cycles = rte_seqstat_snapshot_tsc(newer) - rte_seqstat_snapshot_tsc(older);
	uint64_t sections[N_ACCOUNTS] = { 0 };

	for (i = 0; i < rte_seqstat_snapshot_n_writers(newer); i++)
		sections[i] = sections_of(newer, i) - (i < n_older ? sections_of(older, i) : 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, newer, older),
		"snapshots not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(diff), cycles, "another time between two cuts");
	for (i = 0; i < rte_seqstat_snapshot_n_writers(diff); i++) {
		TEST_ASSERT(is_whole(diff, i), "a part of a section in a difference");
		TEST_ASSERT_EQUAL(sections_of(diff, i), sections[i], "%" PRIu64
			" sections between two cuts, not %" PRIu64,
			sections_of(diff, i), sections[i]);
	}

	return TEST_SUCCESS;
}

/** Take snapshots alternately into two objects; now and then subtract them. */
static int
read_into(struct test_seqstat_actor *self, struct rte_seqstat_snapshot *snap[3])
{
	struct rte_seqstat_snapshot *newer, *older;
	uint64_t least[N_ACCOUNTS], chance;

	for (; !test_seqstat_stopped(); self->n++) {
		newer = snap[self->n % 2];
		older = snap[1 - self->n % 2];
		chance = test_seqstat_random(&self->seed) % 16;
		least_sections(least);
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(newer, TEST_SEQSTAT_LIMIT_US),
			"snapshot not taken");
		TEST_ASSERT_SUCCESS(check_snapshot(newer, least), "snapshot %" PRIu64, self->n);
		/* The next snapshot replaces the older one in any case. */
		if (chance < 4 && rte_seqstat_snapshot_tsc(older) != 0)
			TEST_ASSERT_SUCCESS(check_diff(chance == 1 ? older : snap[2], newer, older),
				"difference %" PRIu64, self->n);
		test_seqstat_pause(&self->seed);
	}

	return TEST_SUCCESS;
}

static int
read_snapshots(struct test_seqstat_actor *self)
{
	struct rte_seqstat_snapshot *snap[3];
	unsigned int i;
	int ret = TEST_FAILED;

	for (i = 0; i < RTE_DIM(snap); i++)
		snap[i] = rte_seqstat_snapshot_create(set);
	if (snap[0] != NULL && snap[1] != NULL && snap[2] != NULL)
		ret = read_into(self, snap);
	for (i = 0; i < RTE_DIM(snap); i++)
		rte_seqstat_snapshot_free(snap[i]);

	return ret;
}

/* Readers without the library */

/** Rows of a set that is also published, and read by seqlocks. */
#define FEW_ROWS 64

/** Read writers by their seqlocks, and check their rows whenever the reader need not retry. */
static int
read_by_seqlock(struct test_seqstat_actor *self)
{
	static uint64_t rows[FEW_ROWS][RTE_SEQSTAT_MAX_COUNTERS];
	const struct rte_seqstat_writer *w;
	uint32_t r, i, sn;

	for (; !test_seqstat_stopped(); test_seqstat_pause(&self->seed)) {
		w = rte_atomic_load_explicit(
			&accounts[test_seqstat_random(&self->seed) % RTE_MAX_LCORE].writer,
			rte_memory_order_acquire);
		if (w == NULL)
			continue;
		sn = rte_seqcount_read_begin(&w->lock.count);
		for (r = 0; r < w->n_rows; r++)
			for (i = 0; i < w->n_values; i++)
				rows[r][i] = test_seqstat_peek(w, r, i);
		if (rte_seqcount_read_retry(&w->lock.count, sn))
			continue;
		for (r = 0; r < half; r++)
			TEST_ASSERT(are_balanced(rows[r], rows[r + half]), "row %u", r);
		self->n++;
	}

	return TEST_SUCCESS;
}

/** Check that the record of a stat file, with the sums over all writers, is a cut. */
static int
check_record(const struct rte_seqstat_file *file)
{
	uint64_t sum = 0;
	uint32_t r;

	for (r = 0; r < half; r++) {
		TEST_ASSERT(are_balanced(rte_seqstat_file_values(file, 0, 0, r),
			rte_seqstat_file_values(file, 0, 0, r + half)), "row %u", r);
		sum += rte_seqstat_file_values(file, 0, 0, r)[0];
	}
	TEST_ASSERT_EQUAL(sum, rte_seqstat_file_values(file, 0, 0, half)[tally],
		"a part of a section");

	return TEST_SUCCESS;
}

/** Read the oldest record, which the publisher overwrites soon, again and again. */
static int
read_file(struct test_seqstat_actor *self, struct rte_seqstat_file *file)
{
	uint64_t oldest, newest, sections, former = 0;

	while (!test_seqstat_stopped()) {
		TEST_ASSERT_SUCCESS(rte_seqstat_file_range(file, &oldest, &newest), "no records");
		if (rte_seqstat_file_read(file, oldest) != 0)
			continue;
		TEST_ASSERT_SUCCESS(check_record(file), "record %" PRIu64, oldest);
		sections = rte_seqstat_file_values(file, 0, 0, 0)[tally];
		TEST_ASSERT(sections >= former, "record %" PRIu64 ": %" PRIu64
			" sections after %" PRIu64, oldest, sections, former);
		former = sections;
		self->n++;
		test_seqstat_pause(&self->seed);
	}

	return TEST_SUCCESS;
}

static int
read_records(struct test_seqstat_actor *self)
{
	struct rte_seqstat_file file;
	int ret;

	TEST_ASSERT_SUCCESS(rte_seqstat_file_open(&file, path), "no stat file");
	ret = read_file(self, &file);
	rte_seqstat_file_close(&file);

	return ret;
}

/* The test */

/** Try to free the set that is in use. */
static int
try_to_free(void)
{
	uint64_t end = test_seqstat_end(), seed = 0;
	int ret;

	while (!test_seqstat_stopped() && rte_get_timer_cycles() < end) {
		ret = rte_seqstat_free(set);
		TEST_ASSERT(ret == -EBUSY || ret == -ETIMEDOUT, "not busy: %d", ret);
		test_seqstat_pause(&seed);
	}

	return TEST_SUCCESS;
}

/** Check that each writer has exactly what its account says. */
static int
check_exact(const struct rte_seqstat_snapshot *snap)
{
	const struct account *account;
	uint64_t n_sections = 0;
	unsigned int i;
	int writer;

	for (i = 0; i < N_ACCOUNTS; i++) {
		account = &accounts[i];
		if (account->begun == 0)
			continue;
		writer = test_seqstat_find_writer(snap, i == SHARED ? LCORE_ID_ANY : i);
		TEST_ASSERT(writer >= 0, "lcore %u: no writer", i);
		TEST_ASSERT(is_whole(snap, writer), "lcore %u: a part of a section", i);
		TEST_ASSERT(account->begun == account->done &&
			sections_of(snap, writer) == account->done, "lcore %u: %" PRIu64
			" sections of %" PRIu64, i, sections_of(snap, writer), account->done);
		TEST_ASSERT_EQUAL(rte_seqstat_snapshot_row(snap, writer, half)[tally],
			account->amount, "lcore %u: other amounts", i);
		n_sections += account->done;
	}
	TEST_ASSERT(n_sections > 0, "nothing was counted");
	printf("%" PRIu64 " sections\n", n_sections);

	return TEST_SUCCESS;
}

static int (* const others[])(struct test_seqstat_actor *self) = {
	write_shared, write_shared, read_snapshots, read_snapshots, read_snapshots,
	/* Only of sets with few rows: */
	read_by_seqlock, read_records,
};

static int
torture(struct rte_seqstat_snapshot *snap)
{
	static struct test_seqstat_actor actors[RTE_MAX_LCORE + RTE_DIM(others)];
	const bool few = shape->n_rows <= FEW_ROWS;
	unsigned int i, n = shape->n_registered + RTE_DIM(others) - (few ? 0 : 2);
	struct rte_seqstat_info info;

	for (i = 0; i < n; i++)
		actors[i] = (struct test_seqstat_actor){
			.act = i < shape->n_registered ? write_registered :
				others[i - shape->n_registered],
			.seed = i,
		};
	TEST_ASSERT_SUCCESS(test_seqstat_act(actors, n, try_to_free), "a thread failed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"snapshot not taken at rest");
	TEST_ASSERT_SUCCESS(check_exact(snap), "at rest");
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no description");
	printf("%" PRIu64 " snapshots; writers read idle: %" PRIu64 ", acknowledged: %" PRIu64
		"; rows saved: %" PRIu64 "\n", info.self.snapshots, info.self.read_idle,
		info.self.read_acked, info.self.rows_saved);
	if (few)
		printf("read by a seqlock: %" PRIu64 ", records: %" PRIu64 "\n",
			actors[n - 2].n, actors[n - 1].n);
	TEST_ASSERT(!few || actors[n - 1].n > 0, "no record");

	return TEST_SUCCESS;
}

static int
test_shape(const struct shape *of)
{
	const struct rte_seqstat_publish_params publish = {
		.path = path,
		.period_us = 1000,
		.history = 100,
		.flags = RTE_SEQSTAT_PUBLISH_ANY_FS,
	};
	struct rte_seqstat_snapshot *snap;
	int ret = TEST_FAILED;

	shape = of;
	half = of->n_rows / 2;
	tally = of->n_values - 1;
	memset(accounts, 0, sizeof(accounts));
	memset(seen.sections, 0, sizeof(seen.sections));
	snprintf(path, sizeof(path), "%s/torture", rte_eal_get_runtime_dir());
	set = test_seqstat_create("test", of->n_values, of->n_rows);
	TEST_ASSERT_NOT_NULL(set, "set not created");
	snap = rte_seqstat_snapshot_create(set);
	if (snap != NULL && (of->n_rows > FEW_ROWS || rte_seqstat_publish_start(&publish) == 0))
		ret = torture(snap);
	rte_seqstat_publish_stop();
	rte_seqstat_snapshot_free(snap);
	test_seqstat_destroy(set);

	return ret;
}

static int
test_seqstat_torture(void)
{
	const struct shape shapes[] = {
		/* The library has a copy of its reader for each of the usual numbers of values. */
		{ .n_values = 6, .n_rows = FEW_ROWS, .n_registered = 3 },
		{ .n_values = 8, .n_rows = 32, .n_registered = 3 },
		{ .n_values = 20, .n_rows = 16, .n_registered = 3 },
		/* Rows that share units. */
		{ .n_values = 2, .n_rows = 10, .n_registered = 3 },
		{ .n_values = 3, .n_rows = 2, .n_registered = 3 },
		/* Snapshots that take long. */
		{ .n_values = 4, .n_rows = 65536, .n_registered = 3 },
		/* A writer for each lcore id. */
		{ .n_values = 4, .n_rows = 4, .n_registered = RTE_MAX_LCORE - rte_lcore_count(),
			.calm = true },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(shapes); i++)
		TEST_ASSERT_SUCCESS(test_shape(&shapes[i]), "%u rows of %u values",
			shapes[i].n_rows, shapes[i].n_values);

	return TEST_SUCCESS;
}

REGISTER_FAST_TEST(seqstat_torture_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_torture);
