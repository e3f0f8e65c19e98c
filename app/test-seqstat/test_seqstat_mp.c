/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "seqstat_private.h"
#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/* A set and several processes: all that one can do with it, the others see. */

#define N_SECONDARIES 3

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;

static unsigned int
first_lcore(unsigned int secondary)
{
	return 2 + 2 * secondary;
}

static int
open_set(void)
{
	return test_seqstat_open_desks(&set, &snap);
}

static void
close_set(void)
{
	test_seqstat_close_desks(snap);
	snap = NULL;
}

/** A section; and now and then the CPUs, which are few, are left to another process. */
static void
write_and_rest(struct rte_seqstat_writer *w, uint64_t n)
{
	test_seqstat_level_section(w);
	if (n % 64 == 0)
		rte_delay_us_sleep(100);
}

/** Take a snapshot: all writers are level, and together they have not gone back. */
static int
take_level(struct rte_seqstat_snapshot *s, uint64_t *sum)
{
	uint64_t level, former = *sum;
	uint32_t i;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US), "not taken");
	*sum = 0;
	for (i = 0; i < rte_seqstat_snapshot_n_writers(s); i++) {
		level = test_seqstat_level(s, i);
		TEST_ASSERT_NOT_EQUAL(level, UINT64_MAX, "a part of a section");
		*sum += level;
	}
	TEST_ASSERT(*sum >= former, "went back from %" PRIu64 " to %" PRIu64, former, *sum);

	return TEST_SUCCESS;
}

/* Secondaries read while the primary writes. */

static int
read_until_told(struct test_seqstat_desk *desk, struct rte_seqstat_snapshot *s)
{
	uint64_t sum = 0, n = 0;

	do {
		TEST_ASSERT_SUCCESS(take_level(s, &sum), "snapshot %" PRIu64, n);
		rte_atomic_store_explicit(&desk->done[0], ++n, rte_memory_order_relaxed);
		test_seqstat_raise(&desk->ready);
	} while (!test_seqstat_is_raised(&desk->go));

	return TEST_SUCCESS;
}

static int
be_reader(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat_snapshot *s;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	s = rte_seqstat_snapshot_create(st);
	TEST_ASSERT_NOT_NULL(s, "no object: %s", rte_strerror(rte_errno));
	ret = read_until_told(desk, s);
	rte_seqstat_snapshot_free(s);

	return ret;
}

REGISTER_TEST_COMMAND(seqstat_mp_reader, be_reader);

/** Read for a while. */
static int
read_too(void)
{
	uint64_t end = test_seqstat_end(), sum = 0, n = 0;

	do {
		TEST_ASSERT_SUCCESS(take_level(snap, &sum), "snapshot %" PRIu64, n);
		n++;
	} while (rte_get_timer_cycles() < end);
	printf("%" PRIu64 " snapshots by the primary of %u writers\n", n,
		rte_seqstat_snapshot_n_writers(snap));

	return TEST_SUCCESS;
}

static int
test_readers(void)
{
	static struct test_seqstat_workers workers;
	pid_t pid[N_SECONDARIES];
	bool well = true;
	unsigned int i;
	int ret;

	TEST_ASSERT(test_seqstat_start(&workers, set, write_and_rest), "no writer");
	for (i = 0; i < N_SECONDARIES; i++)
		pid[i] = test_seqstat_start_ready(first_lcore(i), "seqstat_mp_reader");
	ret = read_too();
	for (i = 0; i < N_SECONDARIES; i++) {
		well &= test_seqstat_let_go(first_lcore(i), pid[i]);
		printf("%" PRIu64 " snapshots by process %d\n", rte_atomic_load_explicit(
			&test_seqstat_desk(first_lcore(i))->done[0], rte_memory_order_relaxed),
			pid[i]);
	}
	TEST_ASSERT(test_seqstat_stop(&workers), "the writer failed");
	TEST_ASSERT_SUCCESS(ret, "the primary");
	TEST_ASSERT(well, "a secondary failed");

	return TEST_SUCCESS;
}

/* Secondaries write while the primary reads. */

/** What a thread that shares a writer needs. */
struct sharing {
	struct rte_seqstat *st;
	struct test_seqstat_desk *desk;
	uint64_t sections;
	bool well;
};

static uint32_t
share(void *arg)
{
	struct sharing *sharing = arg;
	struct rte_seqstat_writer *w;
	struct rte_seqstat_section sec;

	w = rte_seqstat_writer_attach(sharing->st, LCORE_ID_ANY);
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

/** Write by all means: this lcore, its worker, and a thread without an id. */
static int
write_until_told(struct test_seqstat_desk *desk, struct rte_seqstat *st,
		struct rte_seqstat_writer *own)
{
	static struct test_seqstat_workers workers;
	struct sharing sharing = { .st = st, .desk = desk };
	rte_thread_t thread;
	uint64_t n = 0;

	TEST_ASSERT(test_seqstat_spawn(&thread, share, &sharing), "no thread");
	TEST_ASSERT(test_seqstat_start(&workers, st, write_and_rest), "no worker");
	do {
		write_and_rest(own, n++);
		test_seqstat_raise(&desk->ready);
	} while (!test_seqstat_is_raised(&desk->go));
	rte_thread_join(thread, NULL);
	TEST_ASSERT(test_seqstat_stop(&workers), "the worker failed");
	TEST_ASSERT(sharing.well, "the thread failed");

	rte_atomic_store_explicit(&desk->done[0], n, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&desk->done[1], test_seqstat_sections(&workers),
			rte_memory_order_relaxed);
	rte_atomic_store_explicit(&desk->done[2], sharing.sections, rte_memory_order_relaxed);

	return TEST_SUCCESS;
}

static int
be_writer(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat_writer *own;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	own = rte_seqstat_writer_attach(st, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(write_until_told(desk, st, own), "writing");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_writer, be_writer);

/** Whether a writer has as many sections as a process says that it did. */
static int
check_writer(unsigned int lcore_id, pid_t pid, uint64_t expected)
{
	int i = test_seqstat_find_writer_of(snap, lcore_id, pid);

	TEST_ASSERT(i >= 0, "lcore %u of process %d has no writer", lcore_id, pid);
	TEST_ASSERT_EQUAL(test_seqstat_level(snap, i), expected, "lcore %u of process %d: %"
		PRIu64 " sections instead of %" PRIu64, lcore_id, pid,
		test_seqstat_level(snap, i), expected);

	return TEST_SUCCESS;
}

static int
check_writers_of(unsigned int first, pid_t pid)
{
	struct test_seqstat_desk *desk = test_seqstat_desk(first);

	TEST_ASSERT_SUCCESS(check_writer(first, pid, desk->done[0]), "main lcore");
	TEST_ASSERT_SUCCESS(check_writer(first + 1, pid, desk->done[1]), "worker");
	TEST_ASSERT_SUCCESS(check_writer(LCORE_ID_ANY, pid, desk->done[2]), "shared writer");

	return TEST_SUCCESS;
}

static int
test_writers(void)
{
	struct rte_seqstat_writer *shared = rte_seqstat_writer_attach(set, LCORE_ID_ANY);
	struct rte_seqstat_section sec;
	pid_t pid[N_SECONDARIES];
	bool well = true;
	unsigned int i;
	int ret;

	TEST_ASSERT_NOT_NULL(shared, "cannot attach: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_write_lock(shared);
	test_seqstat_level_add(&sec);
	rte_seqstat_write_unlock(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(shared), "cannot detach");

	for (i = 0; i < N_SECONDARIES; i++)
		pid[i] = test_seqstat_start_ready(first_lcore(i), "seqstat_mp_writer");
	ret = read_too();
	for (i = 0; i < N_SECONDARIES; i++)
		well &= test_seqstat_let_go(first_lcore(i), pid[i]);
	TEST_ASSERT(well, "a secondary failed");
	TEST_ASSERT_SUCCESS(ret, "the primary");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken at rest");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), 1 + 3 * N_SECONDARIES,
		"%u writers", rte_seqstat_snapshot_n_writers(snap));
	TEST_ASSERT_SUCCESS(check_writer(LCORE_ID_ANY, getpid(), 1), "the primary's");
	for (i = 0; i < N_SECONDARIES; i++)
		TEST_ASSERT_SUCCESS(check_writers_of(first_lcore(i), pid[i]), "process %u", i);

	return TEST_SUCCESS;
}

/* An lcore id is one process' at a time. */

/** Try to take from the primary what it has. */
static int
try_to_rob(struct rte_seqstat *st)
{
	struct rte_seqstat_writer *others = st->slots[0].block;

	TEST_ASSERT_EQUAL(rte_seqstat_writer_detach(others), -EPERM, "the primary's is detached");
	TEST_ASSERT(rte_seqstat_writer_attach(st, 0) == NULL && rte_errno == EBUSY,
		"the primary's lcore is to be had");
	TEST_ASSERT_EQUAL(rte_seqstat_free(st), -EBUSY, "freed under the primary");

	return TEST_SUCCESS;
}

/** Hold the own lcore's block, and try to get the primary's. */
static int
be_holder(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat_writer *own;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	TEST_ASSERT_SUCCESS(try_to_rob(st), "robbing the primary");
	own = rte_seqstat_writer_attach(st, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	test_seqstat_level_section(own);
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT(test_seqstat_await_raised(&desk->go), "never told to go");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_holder, be_holder);

/** The primary's writer still counts, whatever the secondary tried. */
static int
check_not_robbed(struct rte_seqstat_writer *own)
{
	test_seqstat_level_section(own);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_SUCCESS(check_writer(rte_lcore_id(), getpid(), 1), "the primary's");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, rte_lcore_id()), 0, "flags %#x",
		test_seqstat_flags(snap, rte_lcore_id()));

	return TEST_SUCCESS;
}

static int
hold_and_try(struct rte_seqstat_writer *own)
{
	unsigned int lcore_id = first_lcore(0);
	struct rte_seqstat_writer *heir;
	int ret, not_robbed;
	bool busy;
	pid_t pid;

	pid = test_seqstat_start_ready(lcore_id, "seqstat_mp_holder");
	not_robbed = check_not_robbed(own);
	busy = rte_seqstat_writer_attach(set, lcore_id) == NULL && rte_errno == EBUSY;
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	ret = rte_seqstat_writer_detach(own) == 0 ? rte_seqstat_free(set) : 0;
	TEST_ASSERT(test_seqstat_let_go(lcore_id, pid), "the secondary failed");
	TEST_ASSERT_SUCCESS(not_robbed, "after what the secondary tried");
	TEST_ASSERT(busy, "the secondary's lcore is to be had");
	TEST_ASSERT_EQUAL(ret, -EBUSY, "freed under the secondary");

	heir = rte_seqstat_writer_attach(set, lcore_id);
	TEST_ASSERT_NOT_NULL(heir, "not to be had when the secondary has detached: %s",
		rte_strerror(rte_errno));
	TEST_ASSERT_EQUAL(test_seqstat_peek(heir, 0, 0), 1, "another block");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(heir), "cannot detach");

	return TEST_SUCCESS;
}

static int
test_lcore_ids(void)
{
	struct rte_seqstat_writer *own = rte_seqstat_writer_attach(set, rte_lcore_id());

	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));

	return hold_and_try(own);
}

/* Sets come and go by any process. */

#define OTHER_SET "mp_other"

static int
be_manager(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat *st, *other;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_set(st, 1, "by the secondary"),
		"cannot name a row");
	TEST_ASSERT(test_seqstat_create(TEST_SEQSTAT_MP_SET, 2, 2) == NULL && rte_errno == EEXIST,
		"a second set of the name of the primary's");
	other = test_seqstat_create(OTHER_SET, 2, 2);
	TEST_ASSERT_NOT_NULL(other, "cannot create");
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT(test_seqstat_await_raised(&desk->go), "never told to go");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "cannot free");

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_manager, be_manager);

static int
use_other_set(struct rte_seqstat *other)
{
	struct rte_seqstat_snapshot *s = rte_seqstat_snapshot_create(other);
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(other, rte_lcore_id());

	TEST_ASSERT(s != NULL && w != NULL, "cannot use it: %s", rte_strerror(rte_errno));
	test_seqstat_balanced_section(w, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT_EQUAL(test_seqstat_balanced_sections(s), 1, "not counted");
	TEST_ASSERT_EQUAL(rte_seqstat_free(other), -EBUSY, "freed while it is used");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
	rte_seqstat_snapshot_free(s);

	return TEST_SUCCESS;
}

static int
test_sets(void)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_info info;
	struct rte_seqstat *other;
	bool well;
	pid_t pid;
	int ret;

	pid = test_seqstat_start_ready(first_lcore(0), "seqstat_mp_manager");
	other = rte_seqstat_lookup(OTHER_SET);
	ret = other == NULL ? TEST_FAILED : use_other_set(other);
	well = test_seqstat_let_go(first_lcore(0), pid);
	TEST_ASSERT_SUCCESS(ret, "the secondary's set");
	TEST_ASSERT(well, "the secondary failed");

	TEST_ASSERT_NULL(rte_seqstat_lookup(OTHER_SET), "still there");
	TEST_ASSERT_EQUAL(rte_seqstat_info_get(other, &info), -ENOENT, "its pointer is good");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_get(set, 1, name), "no name");
	TEST_ASSERT(strcmp(name, "by the secondary") == 0, "the name is '%s'", name);

	return TEST_SUCCESS;
}

/* A set that several processes make, find, use and free at the same time. */

#define SHORT_LIVED "mp_short_lived"

/** Make the set, unless another process did, and free it as soon as nobody uses it. */
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
	struct rte_seqstat *st = rte_seqstat_create(&params);
	uint64_t limit = test_seqstat_limit();
	int ret;

	if (st == NULL) {
		TEST_ASSERT(rte_errno == EEXIST || rte_errno == ETIMEDOUT, "create: %s",
			rte_strerror(rte_errno));
		return TEST_SUCCESS;
	}
	do {
		ret = rte_seqstat_free(st);
	} while ((ret == -EBUSY || ret == -ETIMEDOUT) && rte_get_timer_cycles() < limit);
	TEST_ASSERT_SUCCESS(ret, "free: %s", rte_strerror(-ret));

	return TEST_SUCCESS;
}

/** Use the set by its name only: it may be gone at any time, but not while it is used. */
static int
find_and_use(void)
{
	struct rte_seqstat_snapshot *s = NULL;
	struct rte_seqstat *st, *found;
	int ret;

	st = rte_seqstat_lookup(SHORT_LIVED);
	if (st != NULL)
		s = rte_seqstat_snapshot_create(st);
	if (s == NULL) {
		TEST_ASSERT(rte_errno == ENOENT || rte_errno == ETIMEDOUT, "use: %s",
			rte_strerror(rte_errno));
		return TEST_SUCCESS;
	}
	ret = rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US);
	if (ret == 0) {
		found = rte_seqstat_lookup(SHORT_LIVED);
		if (found != st && (found != NULL || rte_errno != ETIMEDOUT))
			ret = -ENOENT;
	}
	rte_seqstat_snapshot_free(s);
	TEST_ASSERT_SUCCESS(ret, "freed while it was used: %s", rte_strerror(-ret));

	return TEST_SUCCESS;
}

static int
be_one_of_many(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	while (ret == TEST_SUCCESS && !test_seqstat_is_raised(&desk->go)) {
		test_seqstat_raise(&desk->ready);
		ret = make_and_free();
		if (ret == TEST_SUCCESS)
			ret = find_and_use();
	}

	return ret;
}

REGISTER_TEST_COMMAND(seqstat_mp_one_of_many, be_one_of_many);

static int
test_short_lived_set(void)
{
	uint64_t end;
	pid_t pid[N_SECONDARIES];
	bool well = true;
	unsigned int i;
	int ret;

	for (i = 0; i < N_SECONDARIES; i++)
		pid[i] = test_seqstat_start_ready(first_lcore(i), "seqstat_mp_one_of_many");
	end = test_seqstat_end();
	do {
		ret = make_and_free();
		if (ret == TEST_SUCCESS)
			ret = find_and_use();
	} while (ret == TEST_SUCCESS && rte_get_timer_cycles() < end);
	for (i = 0; i < N_SECONDARIES; i++)
		well &= test_seqstat_let_go(first_lcore(i), pid[i]);
	TEST_ASSERT_SUCCESS(ret, "the primary");
	TEST_ASSERT(well, "a secondary failed");
	TEST_ASSERT_NULL(rte_seqstat_lookup(SHORT_LIVED), "left behind");

	return TEST_SUCCESS;
}

/* The suite that the primary runs, and who starts the primary. */

static struct unit_test_suite suite = {
	.suite_name = "seqstat in several processes",
	.unit_test_cases = {
		TEST_CASE_ST(open_set, close_set, test_readers),
		TEST_CASE_ST(open_set, close_set, test_writers),
		TEST_CASE_ST(open_set, close_set, test_lcore_ids),
		TEST_CASE_ST(open_set, close_set, test_sets),
		TEST_CASE_ST(open_set, close_set, test_short_lived_set),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
run_suite(void)
{
	return test_seqstat_run_in_primary(&suite);
}

REGISTER_TEST_COMMAND(seqstat_mp_primary, run_suite);

/* A primary that is killed, and a secondary that goes on. */

#define N_READS_AFTER 100

/** How long the longest of some snapshots of a set took in which nobody writes. */
static int
read_after(struct rte_seqstat_snapshot *s, uint64_t *longest)
{
	uint64_t start;
	unsigned int n;
	int ret;

	*longest = 0;
	for (n = 0; n < N_READS_AFTER; n++) {
		start = rte_get_timer_cycles();
		ret = rte_seqstat_snapshot_take(s, 10 * 1000);
		*longest = RTE_MAX(*longest, rte_get_timer_cycles() - start);
		TEST_ASSERT(ret == 0 || ret == -ETIMEDOUT, "snapshot %u: %d", n, ret);
	}
	TEST_ASSERT_SUCCESS(ret, "the dead primary's writer is not read");
	TEST_ASSERT(test_seqstat_nearly_level(s, 0, rte_seqstat_snapshot_row(s, 0,
		TEST_SEQSTAT_MP_ROWS - 1)[TEST_SEQSTAT_MP_VALUES - 1], 1), "torn");

	return TEST_SUCCESS;
}

static int
kill_primary_and_read(struct rte_seqstat_snapshot *s)
{
	uint64_t limit = test_seqstat_limit(), longest, sum = 0;

	TEST_ASSERT(rte_eal_primary_proc_alive(NULL), "no primary");
	TEST_ASSERT_SUCCESS(take_level(s, &sum), "while the primary lives");
	TEST_ASSERT_SUCCESS(kill(getppid(), SIGKILL), "it cannot be killed");
	while (rte_eal_primary_proc_alive(NULL) && rte_get_timer_cycles() < limit)
		rte_delay_us_sleep(100);
	TEST_ASSERT(!rte_eal_primary_proc_alive(NULL), "the primary does not die");
	TEST_ASSERT_SUCCESS(read_after(s, &longest), "after its death");
	printf("the primary is gone: %u snapshots since then, the longest took %" PRIu64 " us\n",
		N_READS_AFTER, longest * US_PER_S / rte_get_timer_hz());

	return TEST_SUCCESS;
}

static int
be_survivor(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat_snapshot *s;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	prctl(PR_SET_PDEATHSIG, 0);
	s = rte_seqstat_snapshot_create(st);
	TEST_ASSERT_NOT_NULL(s, "no object: %s", rte_strerror(rte_errno));
	ret = kill_primary_and_read(s);
	rte_seqstat_snapshot_free(s);

	return ret;
}

REGISTER_TEST_COMMAND(seqstat_mp_survivor, be_survivor);

/** A primary that writes until its secondary kills it. */
static int
be_doomed(void)
{
	uint64_t limit = test_seqstat_limit();
	struct rte_seqstat_writer *w;

	test_seqstat_follow_parent();
	TEST_ASSERT_SUCCESS(open_set(), "no set");
	w = rte_seqstat_writer_attach(set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT(test_seqstat_start_secondary(first_lcore(0), "seqstat_mp_survivor") > 0,
		"no secondary");
	while (rte_get_timer_cycles() < limit)
		test_seqstat_level_section(w);

	return TEST_FAILED;
}

REGISTER_TEST_COMMAND(seqstat_mp_doomed, be_doomed);

/** Wait, with a limit, for a child that is not of this process' making. */
static int
await_adopted(void)
{
	uint64_t limit = test_seqstat_limit();
	siginfo_t info;

	do {
		rte_delay_us_sleep(1000);
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0)
			return -1;
	} while (info.si_pid == 0 && rte_get_timer_cycles() < limit);

	return info.si_pid != 0 && info.si_code == CLD_EXITED ? info.si_status : -1;
}

static int
test_primary_killed(const struct test_seqstat_home *home)
{
	pid_t pid;
	int ret;

	/* Who loses the parent becomes this process' child. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = test_seqstat_start_primary(home, "seqstat_mp_doomed");
	ret = test_seqstat_await_end(pid) == -1 ? await_adopted() : TEST_FAILED;
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	TEST_ASSERT_SUCCESS(ret, "the secondary failed");

	return TEST_SUCCESS;
}

static int
host_tests(const struct test_seqstat_home *home)
{
	int ret;

	ret = test_seqstat_run_primary(home, "seqstat_mp_primary");
	if (ret != TEST_SUCCESS)
		return ret;

	return test_primary_killed(home);
}

static int
test_seqstat_mp(void)
{
	return test_seqstat_with_home(host_tests);
}

REGISTER_FAST_TEST(seqstat_mp_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_mp);
