/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "seqstat_private.h"
#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/* A set and several processes: what one of them does with the set, the others see. */

#define N_CHILDREN 3

static_assert(N_CHILDREN <= TEST_SEQSTAT_MAX_CHILDREN, "too few desks");

/** Write a section; now and then leave the CPUs, which are few, to another process. */
static void
write_and_rest(struct rte_seqstat_writer *w, uint64_t n)
{
	test_seqstat_level_section(w);
	if (n % 64 == 0)
		rte_delay_us_sleep(100);
}

/** Take a snapshot: all writers are level, and together they have not gone back. */
static int
take_level(struct rte_seqstat_snapshot *snap, uint64_t *sum)
{
	uint64_t level, former = *sum;
	uint32_t i;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	*sum = 0;
	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++) {
		level = test_seqstat_level(snap, i);
		TEST_ASSERT_NOT_EQUAL(level, UINT64_MAX, "a part of a section");
		*sum += level;
	}
	TEST_ASSERT(*sum >= former, "went back from %" PRIu64 " to %" PRIu64, former, *sum);

	return TEST_SUCCESS;
}

/** Read for a while. */
static int
read_too(void)
{
	uint64_t end = test_seqstat_end(), sum = 0, n = 0;

	do {
		TEST_ASSERT_SUCCESS(take_level(test_seqstat_mp_snap, &sum), "snapshot %" PRIu64,
			n++);
	} while (rte_get_timer_cycles() < end);

	return TEST_SUCCESS;
}

/** Have several children do the same while this process does something. */
static int
with_children(const char *role, pid_t pid[N_CHILDREN], int (*meanwhile)(void))
{
	bool well = true;
	unsigned int i;
	int ret;

	for (i = 0; i < N_CHILDREN; i++)
		pid[i] = test_seqstat_child_spawn(i, role);
	for (i = 0; i < N_CHILDREN; i++)
		test_seqstat_child_await(i, pid[i]);
	ret = meanwhile();
	for (i = 0; i < N_CHILDREN; i++)
		well &= test_seqstat_child_finish(i, pid[i]);
	TEST_ASSERT_SUCCESS(ret, "the primary");
	TEST_ASSERT(well, "a child failed");

	return TEST_SUCCESS;
}

/* Secondaries read while the primary writes. */

static int
be_reader(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	uint64_t sum = 0, n = 0;

	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	do {
		TEST_ASSERT_SUCCESS(take_level(snap, &sum), "snapshot %" PRIu64, n++);
		test_seqstat_raise(&desk->ready);
	} while (!test_seqstat_is_raised(&desk->go));
	rte_seqstat_snapshot_free(snap);

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_reader, be_reader);

static int
test_readers(void)
{
	static struct test_seqstat_workers workers;
	pid_t pid[N_CHILDREN];
	int ret = TEST_FAILED;

	if (test_seqstat_start(&workers, test_seqstat_mp_set, write_and_rest))
		ret = with_children("seqstat_mp_reader", pid, read_too);
	TEST_ASSERT(test_seqstat_stop(&workers), "the writer failed");

	return ret;
}

/* Secondaries write by all means: main lcore, worker, and a thread without an id. */

struct sharing {
	struct rte_seqstat *set;
	struct test_seqstat_desk *desk;
	uint64_t sections;
	bool well;
};

static uint32_t
share(void *arg)
{
	struct sharing *sharing = arg;
	struct rte_seqstat_section sec;
	struct rte_seqstat_writer *w;

	w = rte_seqstat_writer_attach(sharing->set, LCORE_ID_ANY);
	if (w == NULL)
		return 0;
	do {
		sec = rte_seqstat_write_lock(w);
		test_seqstat_level_add(&sec);
		rte_seqstat_write_unlock(&sec);
		if (sharing->sections++ % 64 == 0)
			rte_delay_us_sleep(100);
	} while (!test_seqstat_is_raised(&sharing->desk->go));
	sharing->well = rte_seqstat_writer_detach(w) == 0;

	return 0;
}

static int
be_writer(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	static struct test_seqstat_workers workers;
	struct sharing sharing = { .set = set, .desk = desk };
	struct rte_seqstat_writer *own;
	rte_thread_t thread;
	uint64_t n = 0;

	own = rte_seqstat_writer_attach(set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT(test_seqstat_spawn(&thread, share, &sharing), "no thread");
	TEST_ASSERT(test_seqstat_start(&workers, set, write_and_rest), "no worker");
	do {
		write_and_rest(own, n++);
		test_seqstat_raise(&desk->ready);
	} while (!test_seqstat_is_raised(&desk->go));
	rte_thread_join(thread, NULL);
	TEST_ASSERT(test_seqstat_stop(&workers) && sharing.well, "a thread failed");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");
	desk->done[0] = n;
	desk->done[1] = test_seqstat_sections(&workers);
	desk->done[2] = sharing.sections;

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_writer, be_writer);

static int
check_writer(unsigned int lcore_id, pid_t pid, uint64_t sections)
{
	int i = test_seqstat_find_writer_of(test_seqstat_mp_snap, lcore_id, pid);

	TEST_ASSERT(i >= 0, "lcore %u of process %d has no writer", lcore_id, pid);
	TEST_ASSERT_EQUAL(test_seqstat_level(test_seqstat_mp_snap, i), sections,
		"lcore %u of process %d: not %" PRIu64 " sections", lcore_id, pid, sections);

	return TEST_SUCCESS;
}

static int
test_writers(void)
{
	const struct test_seqstat_desk *desk;
	unsigned int i, lcore_id;
	pid_t pid[N_CHILDREN];

	TEST_ASSERT_SUCCESS(with_children("seqstat_mp_writer", pid, read_too), "while they wrote");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap, 0),
		"not taken at rest");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(test_seqstat_mp_snap), 3 * N_CHILDREN,
		"%u writers", rte_seqstat_snapshot_n_writers(test_seqstat_mp_snap));
	for (i = 0; i < N_CHILDREN; i++) {
		desk = test_seqstat_desk(i);
		lcore_id = test_seqstat_child_lcore(i);
		TEST_ASSERT_SUCCESS(check_writer(lcore_id, pid[i], desk->done[0]), "main lcore");
		TEST_ASSERT_SUCCESS(check_writer(lcore_id + 1, pid[i], desk->done[1]), "worker");
		TEST_ASSERT_SUCCESS(check_writer(LCORE_ID_ANY, pid[i], desk->done[2]), "shared");
	}

	return TEST_SUCCESS;
}

/* A secondary uses the primary's set, has a set of its own, and takes nothing away. */

#define OTHER_SET "mp_other"

static int
be_user(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	struct rte_seqstat *other = test_seqstat_create(OTHER_SET, 2, 2);
	struct rte_seqstat_writer *own;

	TEST_ASSERT_NOT_NULL(other, "cannot create");
	TEST_ASSERT(test_seqstat_create(TEST_SEQSTAT_MP_SET, 2, 2) == NULL && rte_errno == EEXIST,
		"a second set of the name");
	TEST_ASSERT_EQUAL(rte_seqstat_writer_detach(set->slots[0].block), -EPERM,
		"the primary's writer is detached");
	TEST_ASSERT(rte_seqstat_writer_attach(set, 0) == NULL && rte_errno == EBUSY,
		"attached in place of the primary");
	TEST_ASSERT_EQUAL(rte_seqstat_free(set), -EBUSY, "freed under the primary");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_set(set, 1, "by the child"), "cannot name a row");
	own = rte_seqstat_writer_attach(set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	test_seqstat_level_section(own);
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT(test_seqstat_await_raised(&desk->go), "the primary does not go on");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "cannot free");

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_user, be_user);

/** Use the set that a child made. */
static int
use_other_set(struct rte_seqstat *other)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(other);
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(other, rte_lcore_id());

	TEST_ASSERT(snap != NULL && w != NULL, "cannot use it: %s", rte_strerror(rte_errno));
	test_seqstat_balanced_section(w, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_EQUAL(test_seqstat_balanced_sections(snap), 1, "not counted");
	TEST_ASSERT_EQUAL(rte_seqstat_free(other), -EBUSY, "freed while it is used");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
	rte_seqstat_snapshot_free(snap);

	return TEST_SUCCESS;
}

static int
test_shared_set(void)
{
	struct rte_seqstat_writer *own = rte_seqstat_writer_attach(test_seqstat_mp_set, 0);
	unsigned int lcore_id = test_seqstat_child_lcore(0);
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_writer *heir;
	struct rte_seqstat_info info;
	struct rte_seqstat *other;
	int ret, ret_free;
	bool busy;
	pid_t pid;

	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	pid = test_seqstat_child_start(0, "seqstat_mp_user");
	test_seqstat_level_section(own);
	other = rte_seqstat_lookup(OTHER_SET);
	ret = other == NULL ? TEST_FAILED : use_other_set(other);
	busy = rte_seqstat_writer_attach(test_seqstat_mp_set, lcore_id) == NULL &&
		rte_errno == EBUSY;
	rte_seqstat_writer_detach(own);
	rte_seqstat_snapshot_free(test_seqstat_mp_snap);
	test_seqstat_mp_snap = NULL;
	ret_free = rte_seqstat_free(test_seqstat_mp_set);
	TEST_ASSERT(test_seqstat_child_finish(0, pid), "the child failed");
	TEST_ASSERT_SUCCESS(ret, "the child's set");
	TEST_ASSERT(busy, "attached in place of the child");
	TEST_ASSERT_EQUAL(ret_free, -EBUSY, "freed under the child");

	TEST_ASSERT_NULL(rte_seqstat_lookup(OTHER_SET), "still there");
	TEST_ASSERT_EQUAL(rte_seqstat_info_get(other, &info), -ENOENT, "its pointer is good");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_get(test_seqstat_mp_set, 1, name), "no name");
	TEST_ASSERT(strcmp(name, "by the child") == 0, "the name is '%s'", name);
	TEST_ASSERT_EQUAL(test_seqstat_peek(own, 0, 0), 1, "the primary's writer does not count");
	heir = rte_seqstat_writer_attach(test_seqstat_mp_set, lcore_id);
	TEST_ASSERT_NOT_NULL(heir, "not after the child: %s", rte_strerror(rte_errno));
	TEST_ASSERT_EQUAL(test_seqstat_peek(heir, 0, 0), 1, "another block");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(heir), "cannot detach");

	return TEST_SUCCESS;
}

/* A set that several processes create, look up, use and free at the same time. */

#define SHORT_LIVED "mp_short_lived"

/** Create the set, unless another process did, and free it as soon as nobody uses it. */
static int
make_and_free(void)
{
	static const struct rte_seqstat_counter counter = { .name = "packets" };
	const struct rte_seqstat_params params = {
		.name = SHORT_LIVED,
		.counters = &counter,
		.n_counters = 1,
		.n_rows = 1,
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat *set = rte_seqstat_create(&params);
	uint64_t limit = test_seqstat_limit();
	int ret;

	if (set == NULL) {
		TEST_ASSERT(rte_errno == EEXIST || rte_errno == ETIMEDOUT, "create: %s",
			rte_strerror(rte_errno));
		return TEST_SUCCESS;
	}
	do {
		ret = rte_seqstat_free(set);
	} while ((ret == -EBUSY || ret == -ETIMEDOUT) && rte_get_timer_cycles() < limit);
	TEST_ASSERT_SUCCESS(ret, "free: %s", rte_strerror(-ret));

	return TEST_SUCCESS;
}

/** Use the set by its name only: it may be gone at any time, but not while it is used. */
static int
find_and_use(void)
{
	struct rte_seqstat *found, *set = rte_seqstat_lookup(SHORT_LIVED);
	struct rte_seqstat_snapshot *snap = NULL;
	int ret;

	if (set != NULL)
		snap = rte_seqstat_snapshot_create(set);
	if (snap == NULL) {
		TEST_ASSERT(rte_errno == ENOENT || rte_errno == ETIMEDOUT, "use: %s",
			rte_strerror(rte_errno));
		return TEST_SUCCESS;
	}
	ret = rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US);
	found = rte_seqstat_lookup(SHORT_LIVED);
	if (found != set && (found != NULL || rte_errno != ETIMEDOUT))
		ret = -ENOENT;
	rte_seqstat_snapshot_free(snap);
	TEST_ASSERT_SUCCESS(ret, "freed while it was used: %s", rte_strerror(-ret));

	return TEST_SUCCESS;
}

static int
be_one_of_many(struct test_seqstat_desk *desk, struct rte_seqstat *set __rte_unused)
{
	while (!test_seqstat_is_raised(&desk->go)) {
		test_seqstat_raise(&desk->ready);
		TEST_ASSERT_SUCCESS(make_and_free(), "the set");
		TEST_ASSERT_SUCCESS(find_and_use(), "the set");
	}

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_one_of_many, be_one_of_many);

static int
make_and_use(void)
{
	uint64_t end = test_seqstat_end();

	do {
		TEST_ASSERT_SUCCESS(make_and_free(), "the set");
		TEST_ASSERT_SUCCESS(find_and_use(), "the set");
	} while (rte_get_timer_cycles() < end);

	return TEST_SUCCESS;
}

static int
test_short_lived_set(void)
{
	pid_t pid[N_CHILDREN];

	TEST_ASSERT_SUCCESS(with_children("seqstat_mp_one_of_many", pid, make_and_use), "all");
	TEST_ASSERT_NULL(rte_seqstat_lookup(SHORT_LIVED), "left behind");

	return TEST_SUCCESS;
}

/* Another primary, which is killed while it writes, and its secondary, which goes on. */

static int
be_primary(struct test_seqstat_desk *desk, struct rte_seqstat *set __rte_unused)
{
	struct rte_seqstat_writer *w;

	TEST_ASSERT_SUCCESS(test_seqstat_mp_open(), "no set");
	w = rte_seqstat_writer_attach(test_seqstat_mp_set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	test_seqstat_raise(&desk->ready);
	for (;;)
		test_seqstat_level_section(w);
}

TEST_SEQSTAT_ROLE(seqstat_mp_primary, be_primary);

static int
be_survivor(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	uint64_t sum = 0;
	unsigned int i;

	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(take_level(snap, &sum), "while the primary lives");
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT(test_seqstat_await_raised(&desk->go), "the test does not go on");
	for (i = 0; i < 100; i++)
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, US_PER_S),
			"snapshot %u after the primary's death", i);
	TEST_ASSERT(test_seqstat_nearly_level(snap, 0, rte_seqstat_snapshot_row(snap, 0,
		TEST_SEQSTAT_MP_ROWS - 1)[TEST_SEQSTAT_MP_VALUES - 1]), "torn");
	rte_seqstat_snapshot_free(snap);

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_survivor, be_survivor);

static int
test_primary_killed(void)
{
	pid_t primary, survivor = -1;
	char prefix[64];
	bool well;

	snprintf(prefix, sizeof(prefix), "%s_killed", strrchr(rte_eal_get_runtime_dir(), '/') + 1);
	primary = test_seqstat_child_spawn_as(0, "seqstat_mp_primary", prefix, "primary");
	if (test_seqstat_child_await(0, primary))
		survivor = test_seqstat_child_spawn_as(1, "seqstat_mp_survivor", prefix,
				"secondary");
	well = test_seqstat_child_await(1, survivor) && test_seqstat_child_signal(primary, SIGKILL);
	well &= test_seqstat_child_finish(1, survivor);
	test_seqstat_child_reap(primary);
	TEST_ASSERT(well, "the secondary failed");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat in several processes",
	.unit_test_cases = {
		TEST_CASE_ST(test_seqstat_mp_open, test_seqstat_mp_close, test_readers),
		TEST_CASE_ST(test_seqstat_mp_open, test_seqstat_mp_close, test_writers),
		TEST_CASE_ST(test_seqstat_mp_open, test_seqstat_mp_close, test_shared_set),
		TEST_CASE_ST(test_seqstat_mp_open, test_seqstat_mp_close, test_short_lived_set),
		TEST_CASE(test_primary_killed),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_mp(void)
{
	return test_seqstat_mp_run(&suite);
}

REGISTER_FAST_TEST(seqstat_mp_autotest, NOHUGE_SKIP, ASAN_OK, test_seqstat_mp);
