/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_log.h>

#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/*
 * Who stops in the wrong place: threads that end inside a section, processes that are
 * stopped by a signal inside a section, in a snapshot, or while they hold a lock.
 */

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;
static uint64_t seed;

/* Threads that end inside a section, one after the other by the same lcore id. */

#define N_GUESTS 200 /* More if there is time. */

/** A thread, and what it tells before it ends. */
struct guest {
	unsigned int lcore_id;
	uint64_t found; /**< Sections that there were, a part of one included. */
	uint64_t done;  /**< Those that there are now, without the one in which it ends. */
	int ret;
};

/** Complete some sections, and do not complete the last one. */
static void
end_in_section(struct rte_seqstat_writer *w, struct guest *guest)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);
	uint64_t n = test_seqstat_random(&seed) % 10;

	guest->found = test_seqstat_make_level(&sec);
	rte_seqstat_write_end(&sec);
	for (guest->done = guest->found; n > 0; n--, guest->done++)
		test_seqstat_level_section(w);

	sec = rte_seqstat_write_begin(w);
	for (n = test_seqstat_random(&seed) % TEST_SEQSTAT_MP_ROWS; n > 0; n--)
		rte_seqstat_add(rte_seqstat_row(&sec, n), 1, 1);
}

static int
visit(struct guest *guest)
{
	struct rte_seqstat_writer *w;

	TEST_ASSERT_SUCCESS(rte_thread_register(), "no lcore id: %s", rte_strerror(rte_errno));
	guest->lcore_id = rte_lcore_id();
	w = test_seqstat_attach(set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	end_in_section(w, guest);
	rte_thread_unregister();

	return TEST_SUCCESS;
}

static uint32_t
be_guest(void *arg)
{
	struct guest *guest = arg;

	guest->ret = visit(guest);

	return 0;
}

/** What the next reader finds: it need not wait for the time limit, nor for an heir. */
static int
check_after_guest(const struct guest *guest)
{
	uint64_t start = rte_get_timer_cycles();
	int i;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"not taken");
	TEST_ASSERT(rte_get_timer_cycles() - start < TEST_SEQSTAT_LIMIT_US / US_PER_S *
		rte_get_timer_hz(), "it took all of the time limit");
	i = test_seqstat_find_writer(snap, guest->lcore_id);
	TEST_ASSERT(i >= 0 && test_seqstat_nearly_level(snap, i, guest->done, 1),
		"not what the thread did");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, guest->lcore_id),
		RTE_SEQSTAT_WRITER_REPAIRED, "flags %#x",
		test_seqstat_flags(snap, guest->lcore_id));

	return TEST_SUCCESS;
}

static int
receive_guests(void)
{
	uint64_t end = test_seqstat_end();
	struct guest guest = { 0 }, former;
	rte_thread_t thread;
	unsigned int n;

	for (n = 0; n < N_GUESTS || rte_get_timer_cycles() < end; n++) {
		former = guest;
		TEST_ASSERT(test_seqstat_spawn(&thread, be_guest, &guest), "no thread");
		rte_thread_join(thread, NULL);
		TEST_ASSERT_SUCCESS(guest.ret, "guest %u", n);
		TEST_ASSERT(n == 0 || guest.lcore_id == former.lcore_id, "another lcore id");
		TEST_ASSERT(guest.found == former.done || guest.found == former.done + 1,
			"guest %u found %" PRIu64 " sections after %" PRIu64, n, guest.found,
			former.done);
		if (n % 2 == 0)
			TEST_ASSERT_SUCCESS(check_after_guest(&guest), "after guest %u", n);
	}
	printf("%u threads ended in a section of lcore %u\n", n, guest.lcore_id);

	return TEST_SUCCESS;
}

/** Keep the library's lock busy, which who closes a section needs as well. */
static RTE_ATOMIC(uint32_t) stop;

static uint32_t
be_busy(void *arg __rte_unused)
{
	struct rte_seqstat_info info;

	while (rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) == 0) {
		rte_seqstat_info_get(set, &info);
		/* About as long, so that those who wait are not kept waiting for long. */
		rte_delay_us_block(1);
	}

	return 0;
}

static int
create_set(void)
{
	set = test_seqstat_create("test", TEST_SEQSTAT_MP_VALUES, TEST_SEQSTAT_MP_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
free_set(void)
{
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	test_seqstat_destroy(set);
}

static int
test_threads_end(void)
{
	rte_thread_t thread;
	int ret;

	/* Each time, it is told that a section was closed. */
	rte_log_set_level_pattern("lib.seqstat", RTE_LOG_WARNING);
	rte_atomic_store_explicit(&stop, 0, rte_memory_order_relaxed);
	TEST_ASSERT(test_seqstat_spawn(&thread, be_busy, NULL), "no thread");
	ret = receive_guests();
	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	rte_thread_join(thread, NULL);
	rte_log_set_level_pattern("lib.seqstat", RTE_LOG_INFO);

	return ret;
}

/* Processes that stop */

#define FIRST_LCORE 2 /* Of the secondary. */

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

/** Stop inside the second section, until continued. */
static int
be_writer(void)
{
	struct test_seqstat_desk *desk;
	struct rte_seqstat_section sec;
	struct rte_seqstat_writer *w;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	w = rte_seqstat_writer_attach(st, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	test_seqstat_level_section(w);
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT(test_seqstat_await_raised(&desk->go), "never told to go");

	sec = rte_seqstat_write_begin(w);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	kill(getpid(), SIGSTOP);
	test_seqstat_make_level(&sec);
	rte_seqstat_write_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_stopped_writer, be_writer);

/** What a snapshot has of a writer, and how it is flagged. */
static int
check_writer(unsigned int lcore_id, uint64_t sections, uint32_t flags)
{
	int i = test_seqstat_find_writer(snap, lcore_id);

	TEST_ASSERT(i >= 0, "lcore %u has no writer", lcore_id);
	TEST_ASSERT_EQUAL(test_seqstat_level(snap, i), sections, "lcore %u: %" PRIu64
		" sections instead of %" PRIu64, lcore_id, test_seqstat_level(snap, i), sections);
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, lcore_id), flags, "lcore %u: flags %#x",
		lcore_id, test_seqstat_flags(snap, lcore_id));

	return TEST_SUCCESS;
}

/** While it is stopped, it is flagged, and the others are fresh. */
static int
check_while_stopped(struct rte_seqstat_writer *own)
{
	static const uint64_t limits_us[] = { 0, 1000, 20000 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(limits_us); i++) {
		test_seqstat_level_section(own);
		TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, limits_us[i]), -ETIMEDOUT,
			"nobody is late");
		TEST_ASSERT_SUCCESS(check_writer(FIRST_LCORE, 1, RTE_SEQSTAT_WRITER_STALE),
			"the writer that stopped");
		TEST_ASSERT_SUCCESS(check_writer(rte_lcore_id(), i + 1, 0), "the other one");
	}
	TEST_ASSERT(rte_seqstat_writer_attach(set, FIRST_LCORE) == NULL && rte_errno == EBUSY,
		"its block is to be had");

	return TEST_SUCCESS;
}

/** Bring a secondary to where it stops in a section. */
static int
stop_in_section(struct rte_seqstat_writer *own)
{
	pid_t pid = test_seqstat_start_ready(FIRST_LCORE, "seqstat_mp_stopped_writer");
	int ret;

	TEST_ASSERT(pid > 0, "no secondary");
	ret = rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US);
	test_seqstat_raise(&test_seqstat_desk(FIRST_LCORE)->go);
	if (ret != 0 || !test_seqstat_await_stop(pid) ||
			check_while_stopped(own) != TEST_SUCCESS) {
		test_seqstat_kill(pid, true);
		return -1;
	}

	return pid;
}

static int
go_on_or_die(struct rte_seqstat_writer *own, bool die)
{
	pid_t pid = stop_in_section(own);
	int i;

	TEST_ASSERT(pid > 0, "while it was stopped");
	if (die) {
		TEST_ASSERT(test_seqstat_kill(pid, true), "it cannot be killed");
	} else {
		test_seqstat_resume(pid);
		TEST_ASSERT_SUCCESS(test_seqstat_await_end(pid), "the secondary failed");
	}
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"not taken afterwards");
	if (!die)
		return check_writer(FIRST_LCORE, 2, RTE_SEQSTAT_WRITER_DETACHED);

	i = test_seqstat_find_writer(snap, FIRST_LCORE);
	TEST_ASSERT(test_seqstat_nearly_level(snap, i, 1, 1) &&
		test_seqstat_level(snap, i) == UINT64_MAX, "not a part of the section");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, FIRST_LCORE), RTE_SEQSTAT_WRITER_REPAIRED,
		"flags %#x", test_seqstat_flags(snap, FIRST_LCORE));

	return TEST_SUCCESS;
}

static int
stop_writer(bool die)
{
	struct rte_seqstat_writer *own = rte_seqstat_writer_attach(set, rte_lcore_id());
	int ret;

	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	ret = go_on_or_die(own, die);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");

	return ret;
}

static int
test_writer_goes_on(void)
{
	return stop_writer(false);
}

static int
test_writer_dies(void)
{
	return stop_writer(true);
}

/* A reader that is stopped in a snapshot, since it waits for a writer there. */

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
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US), "not taken");
	rte_seqstat_snapshot_free(s);

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_stopped_reader, be_reader);

/** Whether another reader is taking a snapshot: even an idle writer is not read then. */
static bool
is_being_read(void)
{
	return rte_seqstat_snapshot_take(snap, 0) == -ETIMEDOUT &&
		(test_seqstat_flags(snap, LCORE_ID_ANY) & RTE_SEQSTAT_WRITER_STALE) != 0;
}

/** Start a reader and stop it while it waits for the writer of a section. */
static pid_t
stop_in_snapshot(void)
{
	pid_t pid = test_seqstat_start_ready(FIRST_LCORE, "seqstat_mp_stopped_reader");
	uint64_t limit = test_seqstat_limit();

	while (pid > 0 && !is_being_read() && rte_get_timer_cycles() < limit)
		/* Without this, hardly ever anybody else's turn. */
		rte_delay_us_sleep(100);
	if (test_seqstat_suspend(pid))
		return pid;
	test_seqstat_kill(pid, true);

	return -1;
}

/** While it is stopped, the writer is free; other readers have their time limit. */
static int
check_unhindered(struct rte_seqstat_writer *own)
{
	unsigned int i;

	for (i = 0; i < 1000; i++)
		test_seqstat_level_section(own);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(snap, 20000), -ETIMEDOUT,
		"two readers at a time");
	TEST_ASSERT_SUCCESS(check_writer(rte_lcore_id(), 0, RTE_SEQSTAT_WRITER_STALE), "writer");
	TEST_ASSERT_SUCCESS(check_writer(LCORE_ID_ANY, 0, RTE_SEQSTAT_WRITER_STALE),
		"shared writer");

	return TEST_SUCCESS;
}

static int
go_on_or_die_reading(struct rte_seqstat_writer *own, bool die)
{
	struct rte_seqstat_section sec;
	pid_t pid;
	int ret;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken at rest");
	sec = rte_seqstat_write_begin(own);
	pid = stop_in_snapshot();
	test_seqstat_level_add(&sec);
	rte_seqstat_write_end(&sec);
	TEST_ASSERT(pid > 0, "no reader");
	ret = check_unhindered(own);
	if (die)
		test_seqstat_kill(pid, true);
	else
		test_seqstat_resume(pid);
	TEST_ASSERT_SUCCESS(ret, "while it was stopped");

	/* The time limit of zero will do when the other one is dead. */
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, die ? 0 : TEST_SEQSTAT_LIMIT_US),
		"not taken afterwards");
	TEST_ASSERT(die || test_seqstat_await_end(pid) == TEST_SUCCESS, "the reader failed");

	return check_writer(rte_lcore_id(), 1001, 0);
}

static int
stop_reader(bool die)
{
	struct rte_seqstat_writer *own = rte_seqstat_writer_attach(set, rte_lcore_id());
	struct rte_seqstat_writer *shared = rte_seqstat_writer_attach(set, LCORE_ID_ANY);
	int ret;

	TEST_ASSERT(own != NULL && shared != NULL, "cannot attach: %s",
		rte_strerror(rte_errno));
	ret = go_on_or_die_reading(own, die);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(shared), "cannot detach");

	return ret;
}

static int
test_reader_goes_on(void)
{
	return stop_reader(false);
}

static int
test_reader_dies(void)
{
	return stop_reader(true);
}

/* One that writes and reads all the time, stopped anywhere. */

#define N_STOPS 50 /* More if there is time. */

/** Start one of those that do something over and over, until they are killed. */
static pid_t
start_going(const char *command)
{
	pid_t pid = test_seqstat_start_ready(FIRST_LCORE, command);

	test_seqstat_raise(&test_seqstat_desk(FIRST_LCORE)->go);

	return pid;
}

/** Writers that are not stale are whole; the others keep what they had. */
static int
check_as_stopped(const uint64_t former[], uint32_t n_former)
{
	struct rte_seqstat_writer_info info;
	uint64_t level;
	uint32_t i;

	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++) {
		rte_seqstat_snapshot_writer_info(snap, i, &info);
		level = test_seqstat_level(snap, i);
		TEST_ASSERT_NOT_EQUAL(level, UINT64_MAX, "a part of a section");
		TEST_ASSERT_EQUAL((info.flags & ~RTE_SEQSTAT_WRITER_STALE), 0, "flags %#x",
			info.flags);
		if (i >= n_former)
			continue;
		TEST_ASSERT(level >= former[i], "writer %u went back", i);
		TEST_ASSERT(level == former[i] || (info.flags & RTE_SEQSTAT_WRITER_STALE) == 0,
			"writer %u is stale and has changed", i);
	}

	return TEST_SUCCESS;
}

static int
take_stopped(uint64_t limit_us, unsigned int *n_late)
{
	uint64_t former[4];
	uint32_t i, n_former = RTE_MIN(rte_seqstat_snapshot_n_writers(snap),
			(uint32_t)RTE_DIM(former));
	int ret;

	for (i = 0; i < n_former; i++)
		former[i] = test_seqstat_level(snap, i);
	ret = rte_seqstat_snapshot_take(snap, limit_us);
	TEST_ASSERT(ret == 0 || ret == -ETIMEDOUT, "not taken: %d", ret);
	*n_late += ret != 0;

	return check_as_stopped(former, n_former);
}

static int
stop_and_go(pid_t pid)
{
	unsigned int n, n_late = 0, n_hung = 0;
	uint64_t end = test_seqstat_end();
	int ret = TEST_SUCCESS;

	for (n = 0; ret == TEST_SUCCESS && (n < N_STOPS || rte_get_timer_cycles() < end); n++) {
		rte_delay_us_sleep(test_seqstat_random(&seed) % 500);
		TEST_ASSERT(test_seqstat_suspend(pid), "it cannot be stopped");
		ret = take_stopped(1000, &n_late);
		test_seqstat_resume(pid);
		if (ret == TEST_SUCCESS)
			ret = take_stopped(TEST_SEQSTAT_LIMIT_US, &n_hung);
	}
	TEST_ASSERT_SUCCESS(ret, "stop %u", n);
	TEST_ASSERT_EQUAL(n_hung, 0, "not taken when it had gone on");
	printf("stopped %u times, in a section or a snapshot: %u\n", n, n_late);
	TEST_ASSERT(n_late > 0, "never in a section, nor in a snapshot");

	return TEST_SUCCESS;
}

static int
test_anywhere(void)
{
	pid_t pid = start_going("seqstat_mp_victim");
	int ret;

	TEST_ASSERT(pid > 0, "no secondary");
	ret = stop_and_go(pid);
	test_seqstat_kill(pid, true);

	return ret;
}

/* One that manages is stopped: snapshots go on, and who manages has a time limit. */

/** Wait, with a limit, until a name is to be had. */
static int
await_name(void)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	uint64_t limit = test_seqstat_limit();
	int ret;

	do {
		ret = rte_seqstat_row_name_get(set, 0, name);
	} while (ret == -ETIMEDOUT && rte_get_timer_cycles() < limit);

	return ret;
}

static int
stop_managing(pid_t pid)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	uint64_t limit = test_seqstat_limit();
	unsigned int n = 0;
	int ret;

	do {
		test_seqstat_resume(pid);
		rte_delay_us_sleep(test_seqstat_random(&seed) % 500);
		TEST_ASSERT(test_seqstat_suspend(pid), "it cannot be stopped");
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
		ret = rte_seqstat_row_name_get(set, 0, name);
		TEST_ASSERT(ret == 0 || ret == -ETIMEDOUT, "no name: %d", ret);
		n++;
	} while (ret == 0 && rte_get_timer_cycles() < limit);
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "never while it held the lock");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "not taken");
	test_seqstat_resume(pid);
	TEST_ASSERT_SUCCESS(await_name(), "no name when it went on");
	printf("stopped %u times until it held the lock\n", n);

	return TEST_SUCCESS;
}

static int
test_managing(void)
{
	pid_t pid = start_going("seqstat_mp_managing_victim");
	int ret;

	TEST_ASSERT(pid > 0, "no secondary");
	ret = stop_managing(pid);
	test_seqstat_kill(pid, true);

	return ret;
}

/* The suites: of threads in this process, of processes in a primary. */

static struct unit_test_suite suite = {
	.suite_name = "seqstat with threads that end",
	.unit_test_cases = {
		TEST_CASE_ST(create_set, free_set, test_threads_end),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_stopped(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_stopped_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_stopped);

static struct unit_test_suite process_suite = {
	.suite_name = "seqstat with processes that are stopped",
	.unit_test_cases = {
		TEST_CASE_ST(open_set, close_set, test_writer_goes_on),
		TEST_CASE_ST(open_set, close_set, test_writer_dies),
		TEST_CASE_ST(open_set, close_set, test_reader_goes_on),
		TEST_CASE_ST(open_set, close_set, test_reader_dies),
		TEST_CASE_ST(open_set, close_set, test_anywhere),
		TEST_CASE_ST(open_set, close_set, test_managing),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
run_process_suite(void)
{
	return test_seqstat_run_in_primary(&process_suite);
}

REGISTER_TEST_COMMAND(seqstat_mp_stopped_primary, run_process_suite);

static int
host_process_suite(const struct test_seqstat_home *home)
{
	return test_seqstat_run_primary(home, "seqstat_mp_stopped_primary");
}

/** By itself, so that it is told where there can be no processes: not a part of what passed. */
static int
test_seqstat_mp_stopped(void)
{
	return test_seqstat_with_home(host_process_suite);
}

REGISTER_FAST_TEST(seqstat_mp_stopped_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_mp_stopped);
