/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_launch.h>

#include "seqstat_private.h"
#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/*
 * Secondary processes that are killed or stopped wherever they are: in a section, in one
 * of the shared writer, in a snapshot, while they manage. No process waits for a dead one,
 * and its blocks can be taken over while it is still a zombie.
 */

#define N_VICTIMS 3 /* At a time: while one is looked at, others start. */
#define N_KILLS 24
#define N_STOPS 50

static uint64_t seed;

enum { OWN, SHARED };

/* A victim: its main lcore writes, its worker reads, and a thread writes as well. */

struct victim {
	struct test_seqstat_desk *desk;
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat_writer *own;
	struct rte_seqstat_writer *shared;
};

static struct rte_seqstat_section
begin(struct rte_seqstat_writer *w, unsigned int which)
{
	return which == OWN ? rte_seqstat_write_begin(w) : rte_seqstat_write_lock(w);
}

static void
end(const struct rte_seqstat_section *sec, unsigned int which)
{
	if (which == OWN)
		rte_seqstat_write_end(sec);
	else
		rte_seqstat_write_unlock(sec);
}

/** Complete what a former victim left of its section; return how many sections there are. */
static uint64_t
complete(struct rte_seqstat_writer *w, unsigned int which)
{
	struct rte_seqstat_section sec = begin(w, which);
	uint64_t n = test_seqstat_make_level(&sec);

	end(&sec, which);

	return n;
}

/** Write sections for ever, each counted when it has ended. */
static void
write_for_ever(struct victim *self, struct rte_seqstat_writer *w, unsigned int which)
{
	struct rte_seqstat_section sec;

	/* The CPUs, which are few, are for the processes that start. */
	test_seqstat_await_raised(&self->desk->go);
	for (;;) {
		sec = begin(w, which);
		test_seqstat_level_add(&sec);
		end(&sec, which);
		rte_atomic_fetch_add_explicit(&self->desk->done[which], 1,
				rte_memory_order_release);
	}
}

static int
read_for_ever(void *arg)
{
	struct victim *self = arg;
	int ret;

	test_seqstat_await_raised(&self->desk->go);
	do {
		ret = rte_seqstat_snapshot_take(self->snap, US_PER_S);
	} while (ret == 0 || ret == -ETIMEDOUT);

	return ret;
}

static uint32_t
share_for_ever(void *arg)
{
	struct victim *self = arg;

	write_for_ever(self, self->shared, SHARED);

	return 0;
}

static int
be_victim(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	static struct victim self;
	rte_thread_t thread;

	self.desk = desk;
	self.snap = rte_seqstat_snapshot_create(set);
	self.own = rte_seqstat_writer_attach(set, rte_lcore_id());
	self.shared = rte_seqstat_writer_attach(set, LCORE_ID_ANY);
	TEST_ASSERT(self.snap != NULL && self.own != NULL && self.shared != NULL,
		"no use of the set: %s", rte_strerror(rte_errno));
	desk->done[OWN] = complete(self.own, OWN);
	desk->done[SHARED] = complete(self.shared, SHARED);
	TEST_ASSERT(test_seqstat_spawn(&thread, share_for_ever, &self), "no thread");
	rte_eal_remote_launch(read_for_ever, &self, rte_get_next_lcore(-1, 1, 0));
	test_seqstat_raise(&desk->ready);
	write_for_ever(&self, self.own, OWN);

	return TEST_FAILED;
}

TEST_SEQSTAT_ROLE(seqstat_mp_victim, be_victim);

/** Let a child go, and wait until it has done something of each kind, then a little more. */
static int
await_moment(unsigned int child, pid_t pid, unsigned int n_kinds)
{
	struct test_seqstat_desk *desk = test_seqstat_desk(child);
	uint64_t before[2], limit = test_seqstat_limit();
	unsigned int i;

	TEST_ASSERT(test_seqstat_child_await(child, pid), "not ready");
	memcpy(before, desk->done, sizeof(before));
	test_seqstat_raise(&desk->go);
	for (i = 0; i < n_kinds; i++) {
		while (rte_atomic_load_explicit(&desk->done[i], rte_memory_order_acquire) ==
				before[i]) {
			TEST_ASSERT(rte_get_timer_cycles() < limit, "it does nothing");
			rte_delay_us_sleep(20);
		}
	}
	rte_delay_us_sleep(test_seqstat_random(&seed) % 500);

	return TEST_SUCCESS;
}

/**
 * Check a dead process's writer: it has what its owner did, and of the section in which
 * the owner died all, nothing, or a part, which is flagged.
 */
static int
check_killed_writer(unsigned int lcore_id, pid_t pid, uint64_t done, unsigned int *n_parts)
{
	int i = test_seqstat_find_writer_of(test_seqstat_mp_snap, lcore_id, pid);
	struct rte_seqstat_writer_info info;

	/* A process that started in the meantime can have the shared one already. */
	if (i < 0 && lcore_id == LCORE_ID_ANY)
		return TEST_SUCCESS;
	TEST_ASSERT(i >= 0, "no writer");
	rte_seqstat_snapshot_writer_info(test_seqstat_mp_snap, i, &info);
	TEST_ASSERT(test_seqstat_nearly_level(test_seqstat_mp_snap, i, done), "%" PRIu64
		" sections instead of %" PRIu64,
		rte_seqstat_snapshot_row(test_seqstat_mp_snap, i, 0)[0], done);
	if (test_seqstat_level(test_seqstat_mp_snap, i) != UINT64_MAX)
		return TEST_SUCCESS;
	TEST_ASSERT((info.flags & RTE_SEQSTAT_WRITER_REPAIRED) != 0, "a part, and no flag");
	(*n_parts)++;

	return TEST_SUCCESS;
}

/** Attach in a dead process's place, and go on counting. */
static int
take_over(unsigned int lcore_id, uint64_t done)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(test_seqstat_mp_set, lcore_id);
	uint64_t n;

	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_EQUAL((w->lock.count.sn & 1), 0, "the number was left odd");
	n = complete(w, OWN);
	TEST_ASSERT(n == done || n == done + 1, "%" PRIu64 " after %" PRIu64, n, done);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

static int
kill_victim(unsigned int child, pid_t pid, unsigned int n_parts[2])
{
	const struct test_seqstat_desk *desk = test_seqstat_desk(child);
	unsigned int lcore_id = test_seqstat_child_lcore(child);

	TEST_ASSERT_SUCCESS(await_moment(child, pid, 2), "victim");
	TEST_ASSERT(test_seqstat_child_signal(pid, SIGKILL), "it cannot be killed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap, TEST_SEQSTAT_LIMIT_US),
		"no snapshot after it");
	TEST_ASSERT_SUCCESS(check_killed_writer(lcore_id, pid, desk->done[OWN], &n_parts[OWN]),
		"its lcore's writer");
	TEST_ASSERT_SUCCESS(check_killed_writer(LCORE_ID_ANY, pid, desk->done[SHARED],
		&n_parts[SHARED]), "its shared writer");
	if (test_seqstat_random(&seed) % 2 == 0)
		TEST_ASSERT_SUCCESS(take_over(lcore_id, desk->done[OWN]), "in its place");

	return TEST_SUCCESS;
}

/* A manager: two threads, so that one has the lock while the other waits for it. */

static void
ignore_name(const char *name __rte_unused, void *arg __rte_unused)
{
}

/**
 * Call all that takes none of DPDK's memory once the blocks are made: a process killed
 * inside DPDK's allocator leaves its lock taken.
 */
static void
manage(struct rte_seqstat *set, unsigned int lcore_id)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_counter desc;
	struct rte_seqstat_info info;

	rte_seqstat_lookup(TEST_SEQSTAT_MP_SET);
	rte_seqstat_info_get(set, &info);
	rte_seqstat_counter_get(set, 0, &desc);
	rte_seqstat_row_name_get(set, 0, name);
	rte_seqstat_row_name_set(set, 0, "managed");
	rte_seqstat_walk(ignore_name, NULL);
	rte_seqstat_snapshot_free(rte_seqstat_snapshot_create(set));
	rte_seqstat_writer_detach(rte_seqstat_writer_attach(set, lcore_id));
	rte_seqstat_writer_detach(rte_seqstat_writer_attach(set, LCORE_ID_ANY));
}

static struct test_seqstat_desk *manager_desk;

static int
manage_for_ever(void *set)
{
	uint64_t n;

	test_seqstat_await_raised(&manager_desk->go);
	for (n = 1; test_seqstat_is_raised(&manager_desk->go); n++) {
		manage(set, rte_lcore_id());
		rte_atomic_store_explicit(&manager_desk->done[OWN], n, rte_memory_order_release);
	}

	return TEST_FAILED;
}

static int
be_manager(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	unsigned int worker = rte_get_next_lcore(-1, 1, 0);

	manager_desk = desk;
	/* What this allocates stays while the threads manage. */
	TEST_ASSERT_NOT_NULL(rte_seqstat_snapshot_create(set), "%s", rte_strerror(rte_errno));
	manage(set, rte_lcore_id());
	manage(set, worker);
	rte_eal_remote_launch(manage_for_ever, set, worker);
	test_seqstat_raise(&desk->ready);

	return manage_for_ever(set);
}

TEST_SEQSTAT_ROLE(seqstat_mp_manager, be_manager);

/** A dead manager leaves no lock taken, neither the library's nor DPDK's. */
static int
kill_manager(unsigned int child, pid_t pid, unsigned int n_parts[2] __rte_unused)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_writer *w;
	struct rte_seqstat *other;

	TEST_ASSERT_SUCCESS(await_moment(child, pid, 1), "manager");
	TEST_ASSERT(test_seqstat_child_signal(pid, SIGKILL), "it cannot be killed");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_get(test_seqstat_mp_set, 0, name), "no name");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap, 0), "no snapshot");
	w = rte_seqstat_writer_attach(test_seqstat_mp_set, test_seqstat_child_lcore(child));
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
	other = test_seqstat_create("mp_other", 1, 1);
	TEST_ASSERT_NOT_NULL(other, "cannot create");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "cannot free");

	return TEST_SUCCESS;
}

/** Keep several children running, and kill one after the other. */
static int
kill_many(const char *role, unsigned int n_parts[2],
		int (*kill_one)(unsigned int child, pid_t pid, unsigned int n_parts[2]))
{
	unsigned int i, n;
	uint64_t limit = test_seqstat_end();
	pid_t pid[N_VICTIMS];
	int ret = TEST_SUCCESS;

	for (i = 0; i < N_VICTIMS; i++)
		pid[i] = test_seqstat_child_spawn(i, role);
	for (n = 0; ret == TEST_SUCCESS && (n < N_KILLS || rte_get_timer_cycles() < limit); n++) {
		i = n % N_VICTIMS;
		ret = kill_one(i, pid[i], n_parts);
		test_seqstat_child_reap(pid[i]);
		pid[i] = test_seqstat_child_spawn(i, role);
	}
	/* Not while EAL is initialised: a process killed there leaves locks of DPDK's taken. */
	for (i = 0; i < N_VICTIMS; i++) {
		test_seqstat_child_await(i, pid[i]);
		test_seqstat_child_reap(pid[i]);
	}
	TEST_ASSERT_SUCCESS(ret, "kill %u", n);
	return TEST_SUCCESS;
}

static int
test_killed(void)
{
	unsigned int n_parts[2] = { 0 };

	TEST_ASSERT_SUCCESS(kill_many("seqstat_mp_victim", n_parts, kill_victim), "victims");
	printf("parts of sections left by lcores: %u, in shared writers: %u\n", n_parts[OWN],
		n_parts[SHARED]);
	TEST_ASSERT(n_parts[OWN] > 0, "never in the middle of a section");

	return TEST_SUCCESS;
}

static int
test_managers_killed(void)
{
	return kill_many("seqstat_mp_manager", NULL, kill_manager);
}

/* A writer that stops in its second section. */

static int
be_stopped_writer(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, rte_lcore_id());
	struct rte_seqstat_section sec;

	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	test_seqstat_level_section(w);
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT(test_seqstat_await_raised(&desk->go), "the primary does not go on");
	sec = rte_seqstat_write_begin(w);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	kill(getpid(), SIGSTOP);
	test_seqstat_make_level(&sec);
	rte_seqstat_write_end(&sec);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_stopped_writer, be_stopped_writer);

/** Check what a snapshot has of a writer, and how it is flagged. */
static int
check_writer(unsigned int lcore_id, uint64_t sections, uint32_t flags)
{
	int i = test_seqstat_find_writer(test_seqstat_mp_snap, lcore_id);

	TEST_ASSERT(i >= 0, "lcore %u has no writer", lcore_id);
	TEST_ASSERT_EQUAL(test_seqstat_level(test_seqstat_mp_snap, i), sections,
		"lcore %u: not %" PRIu64 " sections", lcore_id, sections);
	TEST_ASSERT_EQUAL(test_seqstat_flags(test_seqstat_mp_snap, lcore_id), flags,
		"lcore %u: not flags %#x", lcore_id, flags);

	return TEST_SUCCESS;
}

/** While a writer is stopped, it is flagged, and the others are fresh. */
static int
check_while_stopped(struct rte_seqstat_writer *own, unsigned int lcore_id)
{
	static const uint64_t timeouts_us[] = { 0, 1000, 20000 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(timeouts_us); i++) {
		test_seqstat_level_section(own);
		TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(test_seqstat_mp_snap, timeouts_us[i]),
			-ETIMEDOUT, "no writer is late");
		TEST_ASSERT_SUCCESS(check_writer(lcore_id, 1, RTE_SEQSTAT_WRITER_STALE),
			"the writer that stopped");
		TEST_ASSERT_SUCCESS(check_writer(rte_lcore_id(), i + 1, 0), "the other one");
	}
	TEST_ASSERT(rte_seqstat_writer_attach(test_seqstat_mp_set, lcore_id) == NULL &&
		rte_errno == EBUSY, "attached in its place");

	return TEST_SUCCESS;
}

static int
stop_writer(bool die)
{
	unsigned int lcore_id = test_seqstat_child_lcore(0);
	struct rte_seqstat_writer *own;
	pid_t pid;
	int ret;

	own = rte_seqstat_writer_attach(test_seqstat_mp_set, rte_lcore_id());
	TEST_ASSERT_NOT_NULL(own, "cannot attach: %s", rte_strerror(rte_errno));
	pid = test_seqstat_child_start(0, "seqstat_mp_stopped_writer");
	ret = rte_seqstat_snapshot_take(test_seqstat_mp_snap, TEST_SEQSTAT_LIMIT_US);
	test_seqstat_raise(&test_seqstat_desk(0)->go);
	if (ret == 0 && pid > 0 && test_seqstat_child_await_stop(pid))
		ret = check_while_stopped(own, lcore_id);
	else
		ret = TEST_FAILED;
	rte_seqstat_writer_detach(own);
	if (die || ret != 0) {
		test_seqstat_child_reap(pid);
	} else {
		kill(pid, SIGCONT);
		TEST_ASSERT(test_seqstat_child_finish(0, pid), "the writer failed");
	}
	TEST_ASSERT_SUCCESS(ret, "while it was stopped");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap, TEST_SEQSTAT_LIMIT_US),
		"not taken afterwards");
	return die ? check_writer(lcore_id, UINT64_MAX, RTE_SEQSTAT_WRITER_REPAIRED) :
		check_writer(lcore_id, 2, RTE_SEQSTAT_WRITER_DETACHED);
}

static int
test_writer_stopped(void)
{
	return stop_writer(false);
}

static int
test_stopped_writer_killed(void)
{
	return stop_writer(true);
}

/* A reader that is stopped in a snapshot, where it waits for a writer. */

static int
be_stopped_reader(struct test_seqstat_desk *desk, struct rte_seqstat *set)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);

	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	test_seqstat_raise(&desk->ready);
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	rte_seqstat_snapshot_free(snap);

	return TEST_SUCCESS;
}

TEST_SEQSTAT_ROLE(seqstat_mp_stopped_reader, be_stopped_reader);

/** Return whether another reader has the turn: then even an idle writer is stale. */
static bool
is_being_read(void)
{
	return rte_seqstat_snapshot_take(test_seqstat_mp_snap, 0) == -ETIMEDOUT &&
		(test_seqstat_flags(test_seqstat_mp_snap, LCORE_ID_ANY) &
			RTE_SEQSTAT_WRITER_STALE) != 0;
}

/** While a reader is stopped, writers go on; other readers have their timeout. */
static int
check_unhindered(struct rte_seqstat_writer *own)
{
	unsigned int i;

	for (i = 0; i < 1000; i++)
		test_seqstat_level_section(own);
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_take(test_seqstat_mp_snap, 20000), -ETIMEDOUT,
		"two readers at a time");
	TEST_ASSERT_SUCCESS(check_writer(rte_lcore_id(), 0, RTE_SEQSTAT_WRITER_STALE), "writer");
	TEST_ASSERT_SUCCESS(check_writer(LCORE_ID_ANY, 0, RTE_SEQSTAT_WRITER_STALE), "shared");

	return TEST_SUCCESS;
}

static int
stop_reader(bool die)
{
	struct rte_seqstat_writer *own, *shared;
	uint64_t limit = test_seqstat_limit();
	struct rte_seqstat_section sec;
	bool stopped;
	pid_t pid;
	int ret;

	own = rte_seqstat_writer_attach(test_seqstat_mp_set, rte_lcore_id());
	shared = rte_seqstat_writer_attach(test_seqstat_mp_set, LCORE_ID_ANY);
	TEST_ASSERT(own != NULL && shared != NULL, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap, 0),
		"not taken at rest");
	sec = rte_seqstat_write_begin(own);
	pid = test_seqstat_child_start(0, "seqstat_mp_stopped_reader");
	while (pid > 0 && !is_being_read() && rte_get_timer_cycles() < limit)
		/* Without this, the other reader hardly ever has a turn. */
		rte_delay_us_sleep(100);
	stopped = test_seqstat_child_signal(pid, SIGSTOP);
	test_seqstat_level_add(&sec);
	rte_seqstat_write_end(&sec);
	ret = stopped ? check_unhindered(own) : TEST_FAILED;
	if (die || ret != 0)
		test_seqstat_child_reap(pid);
	else
		kill(pid, SIGCONT);
	TEST_ASSERT_SUCCESS(ret, "while it was stopped");

	/* The timeout of zero is enough when the other one is dead. */
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap,
		die ? 0 : TEST_SEQSTAT_LIMIT_US), "not taken afterwards");
	TEST_ASSERT_SUCCESS(check_writer(rte_lcore_id(), 1001, 0), "afterwards");
	TEST_ASSERT(die || test_seqstat_child_finish(0, pid), "the reader failed");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(own), "cannot detach");
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(shared), "cannot detach");

	return TEST_SUCCESS;
}

static int
test_reader_stopped(void)
{
	return stop_reader(false);
}

static int
test_stopped_reader_killed(void)
{
	return stop_reader(true);
}

/* A victim stopped anywhere. */

/** Take a snapshot: fresh writers are level, stale ones keep what they had. */
static int
take_stopped(uint64_t timeout_us, unsigned int *n_late)
{
	uint32_t i, n = rte_seqstat_snapshot_n_writers(test_seqstat_mp_snap);
	uint64_t level, former[2] = { 0 };
	struct rte_seqstat_writer_info info;
	int ret;

	for (i = 0; i < n; i++)
		former[i] = test_seqstat_level(test_seqstat_mp_snap, i);
	ret = rte_seqstat_snapshot_take(test_seqstat_mp_snap, timeout_us);
	TEST_ASSERT(ret == 0 || ret == -ETIMEDOUT, "not taken: %d", ret);
	*n_late += ret != 0;
	n = rte_seqstat_snapshot_n_writers(test_seqstat_mp_snap);
	TEST_ASSERT(n <= RTE_DIM(former), "%u writers", n);
	for (i = 0; i < n; i++) {
		rte_seqstat_snapshot_writer_info(test_seqstat_mp_snap, i, &info);
		level = test_seqstat_level(test_seqstat_mp_snap, i);
		TEST_ASSERT_NOT_EQUAL(level, UINT64_MAX, "a part of a section");
		TEST_ASSERT_EQUAL((info.flags & ~RTE_SEQSTAT_WRITER_STALE), 0, "flags %#x",
			info.flags);
		TEST_ASSERT(level == former[i] || (level > former[i] && info.flags == 0),
			"writer %u: from %" PRIu64 " to %" PRIu64, i, former[i], level);
	}

	return TEST_SUCCESS;
}

static int
stop_and_go(pid_t pid)
{
	unsigned int n, n_late = 0, n_hung = 0;

	for (n = 0; n < N_STOPS || n_late == 0; n++) {
		rte_delay_us_sleep(test_seqstat_random(&seed) % 500);
		TEST_ASSERT(n < 100 * N_STOPS, "never in a section, nor in a snapshot");
		TEST_ASSERT(test_seqstat_child_signal(pid, SIGSTOP), "it cannot be stopped");
		TEST_ASSERT_SUCCESS(take_stopped(1000, &n_late), "stop %u", n);
		kill(pid, SIGCONT);
		TEST_ASSERT_SUCCESS(take_stopped(TEST_SEQSTAT_LIMIT_US, &n_hung), "stop %u", n);
	}
	TEST_ASSERT_EQUAL(n_hung, 0, "not taken when it had gone on");
	printf("stopped %u times, in a section or a snapshot: %u\n", n, n_late);

	return TEST_SUCCESS;
}

static int
test_stopped_anywhere(void)
{
	pid_t pid = test_seqstat_child_start(0, "seqstat_mp_victim");
	int ret;

	test_seqstat_raise(&test_seqstat_desk(0)->go);
	ret = stop_and_go(pid);
	test_seqstat_child_reap(pid);

	return ret;
}

/* A manager stopped while it holds the lock: snapshots go on, other managers time out. */

static int
stop_managing(pid_t pid)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	uint64_t limit = test_seqstat_limit();
	int ret;

	do {
		kill(pid, SIGCONT);
		rte_delay_us_sleep(test_seqstat_random(&seed) % 500);
		TEST_ASSERT(test_seqstat_child_signal(pid, SIGSTOP), "it cannot be stopped");
		ret = rte_seqstat_row_name_get(test_seqstat_mp_set, 0, name);
		TEST_ASSERT(ret == 0 || ret == -ETIMEDOUT, "no name: %d", ret);
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(test_seqstat_mp_snap, 0),
			"not taken");
	} while (ret == 0 && rte_get_timer_cycles() < limit);
	TEST_ASSERT_EQUAL(ret, -ETIMEDOUT, "never while it held the lock");
	kill(pid, SIGCONT);
	do {
		ret = rte_seqstat_row_name_get(test_seqstat_mp_set, 0, name);
	} while (ret == -ETIMEDOUT && rte_get_timer_cycles() < limit);
	TEST_ASSERT_SUCCESS(ret, "no name when it went on");

	return TEST_SUCCESS;
}

static int
test_manager_stopped(void)
{
	pid_t pid = test_seqstat_child_start(0, "seqstat_mp_manager");
	int ret;

	test_seqstat_raise(&test_seqstat_desk(0)->go);
	ret = pid > 0 ? stop_managing(pid) : TEST_FAILED;
	test_seqstat_child_reap(pid);

	return ret;
}

#define CASE(function) TEST_CASE_ST(test_seqstat_mp_open, test_seqstat_mp_close, function)

static struct unit_test_suite suite = {
	.suite_name = "seqstat with processes that are killed or stopped",
	.unit_test_cases = {
		CASE(test_killed),
		CASE(test_managers_killed),
		CASE(test_writer_stopped),
		CASE(test_stopped_writer_killed),
		CASE(test_reader_stopped),
		CASE(test_stopped_reader_killed),
		CASE(test_stopped_anywhere),
		CASE(test_manager_stopped),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_mp_kill(void)
{
	return test_seqstat_mp_run(&suite);
}

REGISTER_FAST_TEST(seqstat_mp_kill_autotest, NOHUGE_SKIP, ASAN_OK, test_seqstat_mp_kill);
