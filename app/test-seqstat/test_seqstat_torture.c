/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>

#include <rte_errno.h>

#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/*
 * All at once, and all by chance: threads with and without lcore ids write, come and
 * go; several readers take snapshots, and differences of them.
 *
 * In each row that a section changes, value i grows by i + 1 times an amount, and so
 * it does in the row that is half of them further on. One more value counts the
 * sections, another sums up the amounts of all rows. Each writer's own account says
 * how many sections there must be, and how many there can be.
 */

#define N_BALANCED 5
#define TALLY N_BALANCED /* Of row 0: sections. Of row HALF: the sum of the amounts. */
#define N_VALUES (TALLY + 1)
#define N_ROWS 64
#define HALF (N_ROWS / 2)

#define N_OWNERS 3  /* Threads with an lcore id. */
#define N_SHARING 2 /* Threads without. */
#define N_READERS 3
#define N_THREADS (N_OWNERS + N_SHARING + N_READERS)

/** Counts of a block. By lcore id, the shared one last. */
struct account {
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint64_t) begun; /**< Sections. */
	RTE_ATOMIC(uint64_t) done;
	uint64_t amount[HALF]; /**< By row; only its writer changes it. */
};

#define SHARED RTE_MAX_LCORE
#define N_ACCOUNTS (RTE_MAX_LCORE + 1)

static struct rte_seqstat *set;
static struct account accounts[N_ACCOUNTS];
static RTE_ATOMIC(uint32_t) stop;

/** A thread and its counts. */
struct torturer {
	int (*work)(struct torturer *self);
	uint64_t seed;
	uint64_t n; /**< How often it registered, or took a snapshot. */
	int ret;
	rte_thread_t thread;
};

static bool
stopped(void)
{
	return rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) != 0;
}

/* Writers */

static void
change_row(const struct rte_seqstat_section *sec, uint32_t r, uint64_t amount)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);
	unsigned int i;

	rte_seqstat_add(row, 0, amount);
	rte_seqstat_add(row, 1, 2 * amount);
	for (i = 2; i < N_BALANCED; i++)
		rte_seqstat_add(row, i, (i + 1) * amount);
}

/** Change random rows by random amounts, with pauses. */
static void
change_some(const struct rte_seqstat_section *sec, struct account *account, uint64_t *seed)
{
	uint64_t amount, sum = 0;
	unsigned int n;
	uint32_t r;

	for (n = test_seqstat_random(seed) % 8; n > 0; n--) {
		amount = test_seqstat_random(seed);
		r = amount % HALF;
		change_row(sec, r, amount);
		if (amount >> 60 == 0)
			test_seqstat_pause(seed);
		change_row(sec, r + HALF, amount);
		account->amount[r] += amount;
		sum += amount;
	}
	rte_seqstat_add(rte_seqstat_row(sec, 0), TALLY, 1);
	rte_seqstat_add(rte_seqstat_row(sec, HALF), TALLY, sum);
}

static void
count_section(RTE_ATOMIC(uint64_t) *count)
{
	rte_atomic_fetch_add_explicit(count, 1, rte_memory_order_release);
}

/** Write some sections on the calling thread's writer. */
static void
write_sections(struct account *account, uint64_t *seed)
{
	struct rte_seqstat_section sec;
	unsigned int n;

	for (n = test_seqstat_random(seed) % 1000; n > 0 && !stopped(); n--) {
		count_section(&account->begun);
		sec = rte_seqstat_begin(set);
		change_some(&sec, account, seed);
		rte_seqstat_end(&sec);
		count_section(&account->done);
		test_seqstat_pause(seed);
	}
}

/** Register, write, unregister; next time by the lcore id that is free then. */
static int
own(struct torturer *self)
{
	for (; !stopped(); self->n++) {
		TEST_ASSERT_SUCCESS(rte_thread_register(), "no lcore id: %s",
			rte_strerror(rte_errno));
		/* A first section might be the shared writer's. */
		TEST_ASSERT_NOT_NULL(rte_seqstat_writer(set), "no writer: %s",
			rte_strerror(rte_errno));
		write_sections(&accounts[rte_lcore_id()], &self->seed);
		rte_thread_unregister();
	}

	return TEST_SUCCESS;
}

static int
share(struct torturer *self)
{
	for (; !stopped(); self->n++)
		write_sections(&accounts[SHARED], &self->seed);

	return TEST_SUCCESS;
}

/* Readers */

/** The sections that any reader has seen, by account. */
static struct {
	pthread_mutex_t lock;
	uint64_t sections[N_ACCOUNTS];
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

/** The sections that a snapshot must have if it is begun now: those done, and those seen. */
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

static void
saw(unsigned int i, uint64_t sections)
{
	pthread_mutex_lock(&seen.lock);
	seen.sections[i] = RTE_MAX(seen.sections[i], sections);
	pthread_mutex_unlock(&seen.lock);
}

/** Return whether a writer's values are those between two sections, or a difference of such. */
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

/** Return the account of a writer in a snapshot. */
static unsigned int
account_of(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	struct rte_seqstat_writer_info info;

	rte_seqstat_snapshot_writer_info(snap, writer, &info);

	return info.lcore_id == LCORE_ID_ANY ? SHARED : info.lcore_id;
}

static int
check_snapshot(const struct rte_seqstat_snapshot *snap, const uint64_t least[N_ACCOUNTS])
{
	uint64_t sections, most;
	unsigned int account;
	uint32_t i;

	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++) {
		TEST_ASSERT(is_whole(snap, i), "a part of a section");
		account = account_of(snap, i);
		sections = sections_of(snap, i);
		most = rte_atomic_load_explicit(&accounts[account].begun,
				rte_memory_order_acquire);
		TEST_ASSERT(sections >= least[account], "lcore %u: %" PRIu64 " sections of %"
			PRIu64 " that were done", account, sections, least[account]);
		TEST_ASSERT(sections <= most, "lcore %u: %" PRIu64 " sections of %" PRIu64
			" that were begun", account, sections, most);
		saw(account, sections);
	}

	return TEST_SUCCESS;
}

/** Subtract, in a third object or in one of the two. */
static int
check_diff(struct rte_seqstat_snapshot *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	uint32_t i, n_older = rte_seqstat_snapshot_n_writers(older);
	uint64_t cycles = rte_seqstat_snapshot_tsc(newer) - rte_seqstat_snapshot_tsc(older);
	uint64_t sections[N_ACCOUNTS] = { 0 };

	for (i = 0; i < rte_seqstat_snapshot_n_writers(newer); i++)
		sections[i] = sections_of(newer, i) - (i < n_older ? sections_of(older, i) : 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(diff, newer, older), "cannot subtract");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_tsc(diff), cycles, "the time between two cuts");
	for (i = 0; i < rte_seqstat_snapshot_n_writers(diff); i++) {
		TEST_ASSERT(is_whole(diff, i), "a part of a section in a difference");
		TEST_ASSERT_EQUAL(sections_of(diff, i), sections[i], "%" PRIu64
			" sections between two cuts, not %" PRIu64,
			sections_of(diff, i), sections[i]);
	}

	return TEST_SUCCESS;
}

static int
take_one(struct torturer *self, struct rte_seqstat_snapshot *snap[3])
{
	struct rte_seqstat_snapshot *newer = snap[self->n % 2], *older = snap[1 - self->n % 2];
	uint64_t least[N_ACCOUNTS];
	uint64_t chance = test_seqstat_random(&self->seed) % 16;

	least_sections(least);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(newer, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_SUCCESS(check_snapshot(newer, least), "snapshot %" PRIu64, self->n);
	/* If the difference takes the older one's place: the next snapshot does it anyway. */
	if (chance < 4 && rte_seqstat_snapshot_tsc(older) != 0)
		TEST_ASSERT_SUCCESS(check_diff(chance == 1 ? older : snap[2], newer, older),
			"difference");
	self->n++;

	return TEST_SUCCESS;
}

static int
read_with(struct torturer *self, struct rte_seqstat_snapshot *snap[3])
{
	while (!stopped()) {
		TEST_ASSERT_SUCCESS(take_one(self, snap), "reader");
		test_seqstat_pause(&self->seed);
	}

	return TEST_SUCCESS;
}

static int
be_reader(struct torturer *self)
{
	struct rte_seqstat_snapshot *snap[3];
	unsigned int i;
	int ret = TEST_FAILED;

	for (i = 0; i < RTE_DIM(snap); i++)
		snap[i] = rte_seqstat_snapshot_create(set);
	if (snap[0] != NULL && snap[1] != NULL && snap[2] != NULL)
		ret = read_with(self, snap);
	for (i = 0; i < RTE_DIM(snap); i++)
		rte_seqstat_snapshot_free(snap[i]);

	return ret;
}

/* The test */

static struct torturer torturers[N_THREADS];

static uint32_t
run(void *arg)
{
	struct torturer *self = arg;

	self->ret = self->work(self);
	/* The others need not go on after one has failed. */
	if (self->ret != TEST_SUCCESS)
		rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);

	return 0;
}

static int
(*work_of(unsigned int thread))(struct torturer *self)
{
	if (thread < N_OWNERS)
		return own;
	if (thread < N_OWNERS + N_SHARING)
		return share;

	return be_reader;
}

static bool
start_torturers(void)
{
	unsigned int i;

	rte_atomic_store_explicit(&stop, 0, rte_memory_order_relaxed);
	for (i = 0; i < N_THREADS; i++) {
		torturers[i] = (struct torturer){ .work = work_of(i), .seed = i };
		if (!test_seqstat_spawn(&torturers[i].thread, run, &torturers[i])) {
			torturers[i].work = NULL;
			return false;
		}
	}

	return true;
}

static int
stop_torturers(void)
{
	int ret = TEST_SUCCESS;
	unsigned int i;

	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	for (i = 0; i < N_THREADS && torturers[i].work != NULL; i++) {
		rte_thread_join(torturers[i].thread, NULL);
		if (torturers[i].ret != TEST_SUCCESS)
			ret = TEST_FAILED;
	}

	return i == N_THREADS ? ret : TEST_FAILED;
}

/** Meanwhile, try to free the set. */
static int
disturb(void)
{
	uint64_t end = test_seqstat_end(), seed = N_THREADS;
	int ret;

	while (!stopped() && rte_get_timer_cycles() < end) {
		ret = rte_seqstat_free(set);
		TEST_ASSERT(ret == -EBUSY || ret == -ETIMEDOUT, "not busy: %d", ret);
		test_seqstat_pause(&seed);
	}

	return TEST_SUCCESS;
}

/** At rest, every block has exactly what was counted in it. */
static int
check_exact(const struct rte_seqstat_snapshot *snap)
{
	const struct account *account;
	unsigned int i, n_accounts = 0;
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
		n_accounts++;
	}
	TEST_ASSERT(n_accounts > 0, "nothing was counted");

	return TEST_SUCCESS;
}

static void
print_summary(void)
{
	uint64_t sections = 0, snapshots = 0;
	struct rte_seqstat_info info;
	unsigned int i;

	for (i = 0; i < N_ACCOUNTS; i++)
		sections += accounts[i].done;
	for (i = 0; i < N_THREADS; i++)
		snapshots += torturers[i].work == be_reader ? torturers[i].n : 0;
	if (rte_seqstat_info_get(set, &info) != 0)
		return;
	printf("%" PRIu64 " snapshots checked; %" PRIu64 " sections\n", snapshots, sections);
	printf("writers read while idle: %" PRIu64 ", acknowledged: %" PRIu64 "; rows saved: %"
		PRIu64 "; longest: %" PRIu64 " us\n", info.self.read_idle, info.self.read_acked,
		info.self.rows_saved, info.self.longest_ns / 1000);
}

static int
torture(struct rte_seqstat_snapshot *snap)
{
	int ret = TEST_FAILED;

	if (start_torturers())
		ret = disturb();
	TEST_ASSERT_SUCCESS(stop_torturers(), "a thread failed");
	TEST_ASSERT_SUCCESS(ret, "disturbing");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken at rest");
	TEST_ASSERT_SUCCESS(check_exact(snap), "at rest");
	print_summary();

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
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	snap = rte_seqstat_snapshot_create(set);
	ret = snap == NULL ? TEST_FAILED : torture(snap);
	rte_seqstat_snapshot_free(snap);
	test_seqstat_destroy(set);

	return ret;
}

REGISTER_FAST_TEST(seqstat_torture_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_torture);
