/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>

#include <rte_errno.h>

#include "test_seqstat_stress.h"

/*
 * Everything at the same time and at random: threads with and without lcore ids write, register
 * and unregister; several readers take snapshots and subtract them.
 *
 * In each row that a section changes, value i grows by i + 1 times an amount, and the same in the
 * row HALF further on. One more value counts sections, another one adds up the amounts of all
 * rows. An account of each writer gives the least and the most sections that a snapshot may have.
 */

#define N_BALANCED 5
#define TALLY N_BALANCED /* In row 0: sections. In row HALF: the sum of the amounts. */
#define N_VALUES (TALLY + 1)
#define N_ROWS 64
#define HALF (N_ROWS / 2)

/** Sections and amounts of a writer. */
struct account {
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint64_t) begun; /**< Sections. */
	RTE_ATOMIC(uint64_t) done;
	uint64_t amount[HALF]; /**< By row; changed in sections only. */
};

#define SHARED RTE_MAX_LCORE
#define N_ACCOUNTS (RTE_MAX_LCORE + 1)

static struct rte_seqstat *set;
static struct account accounts[N_ACCOUNTS]; /* By lcore id; the last one of the shared writer. */

/* Writers */

static void
change_row(const struct rte_seqstat_section *sec, uint32_t r, uint64_t amount)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);
	unsigned int i;

	for (i = 0; i < N_BALANCED; i++)
		rte_seqstat_add(row, i, (i + 1) * amount);
}

/** Run some sections that change random rows by random amounts, with pauses. */
static void
write_sections(struct account *account, uint64_t *seed)
{
	unsigned int n_sections = test_seqstat_random(seed) % 1000, n;
	struct rte_seqstat_section sec;
	uint64_t amount, sum;
	uint32_t r;

	for (; n_sections > 0 && !test_seqstat_stopped(); n_sections--) {
		rte_atomic_fetch_add_explicit(&account->begun, 1, rte_memory_order_release);
		sec = rte_seqstat_begin(set);
		for (sum = 0, n = test_seqstat_random(seed) % 8; n > 0; n--) {
			amount = test_seqstat_random(seed);
			r = amount % HALF;
			change_row(&sec, r, amount);
			if (amount >> 60 == 0)
				test_seqstat_pause(seed);
			change_row(&sec, r + HALF, amount);
			account->amount[r] += amount;
			sum += amount;
		}
		rte_seqstat_add(rte_seqstat_row(&sec, 0), TALLY, 1);
		rte_seqstat_add(rte_seqstat_row(&sec, HALF), TALLY, sum);
		rte_seqstat_end(&sec);
		rte_atomic_fetch_add_explicit(&account->done, 1, rte_memory_order_release);
		test_seqstat_pause(seed);
	}
}

/** Register, write and unregister, with the lcore id that is free each time. */
static int
write_registered(struct test_seqstat_actor *self)
{
	for (; !test_seqstat_stopped(); self->n++) {
		TEST_ASSERT_SUCCESS(rte_thread_register(), "no lcore id: %s",
			rte_strerror(rte_errno));
		/* Without this, a first section may count on the shared writer. */
		TEST_ASSERT_NOT_NULL(rte_seqstat_writer(set), "no writer: %s",
			rte_strerror(rte_errno));
		write_sections(&accounts[rte_lcore_id()], &self->seed);
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

/** Return whether a writer's values, or their increases, have no part of a section. */
static bool
is_whole(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	const uint64_t *row, *other;
	uint64_t sum = 0;
	uint32_t r;

	for (r = 0; r < HALF; r++) {
		row = rte_seqstat_snapshot_row(snap, writer, r);
		other = rte_seqstat_snapshot_row(snap, writer, r + HALF);
		if (!test_seqstat_rows_balanced(row, other, N_BALANCED))
			return false;
		sum += row[0];
	}

	return sum == rte_seqstat_snapshot_row(snap, writer, HALF)[TALLY];
}

static uint64_t
sections_of(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	return rte_seqstat_snapshot_row(snap, writer, 0)[TALLY];
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
	uint32_t r;

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
		for (r = 0; r < HALF; r++)
			TEST_ASSERT_EQUAL(rte_seqstat_snapshot_row(snap, writer, r)[0],
				account->amount[r], "lcore %u: row %u", i, r);
		n_sections += account->done;
	}
	TEST_ASSERT(n_sections > 0, "nothing was counted");
	printf("%" PRIu64 " sections\n", n_sections);

	return TEST_SUCCESS;
}

static int
torture(struct rte_seqstat_snapshot *snap)
{
	struct test_seqstat_actor actors[] = {
		{ .act = write_registered }, { .act = write_registered },
		{ .act = write_registered },
		{ .act = write_shared }, { .act = write_shared },
		{ .act = read_snapshots }, { .act = read_snapshots }, { .act = read_snapshots },
	};
	struct rte_seqstat_info info;
	unsigned int i;

	for (i = 0; i < RTE_DIM(actors); i++)
		actors[i].seed = i;
	TEST_ASSERT_SUCCESS(test_seqstat_act(actors, RTE_DIM(actors), try_to_free),
		"a thread failed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken at rest");
	TEST_ASSERT_SUCCESS(check_exact(snap), "at rest");
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no description");
	printf("%" PRIu64 " snapshots; writers read idle: %" PRIu64 ", acknowledged: %" PRIu64
		"; rows saved: %" PRIu64 "\n", info.self.snapshots, info.self.read_idle,
		info.self.read_acked, info.self.rows_saved);

	return TEST_SUCCESS;
}

static int
test_seqstat_torture(void)
{
	struct rte_seqstat_snapshot *snap;
	int ret;

	memset(accounts, 0, sizeof(accounts));
	memset(seen.sections, 0, sizeof(seen.sections));
	set = test_seqstat_create("test", N_VALUES, N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "set not created");
	snap = rte_seqstat_snapshot_create(set);
	ret = snap == NULL ? TEST_FAILED : torture(snap);
	rte_seqstat_snapshot_free(snap);
	test_seqstat_destroy(set);

	return ret;
}

REGISTER_FAST_TEST(seqstat_torture_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_torture);
