/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_launch.h>

#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/*
 * Secondary processes that are killed wherever they are: in a section, in one of the
 * shared writer, in a snapshot, while they manage. Nobody waits for them, and what
 * they had can be taken over while they are still zombies.
 *
 * Some of them are started. It takes a while to initialise EAL, so more of them, and
 * who kills these, are a secondary that forks.
 */

#define N_VICTIMS 3 /* At a time: while one is looked at, others start. */
/* That many of them are killed, more if there is time. */
#define N_STARTED 20
#define N_FORKED 200

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;
static uint64_t seed;

static unsigned int
first_lcore(unsigned int victim)
{
	return 2 + 2 * victim;
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

/* A victim that is started: one lcore writes, one reads, and a thread writes as well. */

enum { OWN, SHARED };

static void
count_done(RTE_ATOMIC(uint64_t) *done, uint64_t n)
{
	rte_atomic_store_explicit(done, n, rte_memory_order_release);
}

static uint64_t
get_done(const RTE_ATOMIC(uint64_t) *done)
{
	return rte_atomic_load_explicit(done, rte_memory_order_acquire);
}

/** A section, which counts as done when it has ended. */
static void
count_own(struct rte_seqstat_writer *w, struct test_seqstat_desk *desk)
{
	test_seqstat_level_section(w);
	count_done(&desk->done[OWN], get_done(&desk->done[OWN]) + 1);
}

static void
count_shared(struct rte_seqstat_writer *w, struct test_seqstat_desk *desk)
{
	struct rte_seqstat_section sec = rte_seqstat_write_lock(w);

	test_seqstat_level_add(&sec);
	rte_seqstat_write_unlock(&sec);
	count_done(&desk->done[SHARED], get_done(&desk->done[SHARED]) + 1);
}

/** Make whole what a victim of before left of its section; returns how many there were. */
static uint64_t
begin_own(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);
	uint64_t n = test_seqstat_make_level(&sec);

	rte_seqstat_write_end(&sec);

	return n;
}

static uint64_t
begin_shared(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec = rte_seqstat_write_lock(w);
	uint64_t n = test_seqstat_make_level(&sec);

	rte_seqstat_write_unlock(&sec);

	return n;
}

struct victim {
	struct test_seqstat_desk *desk;
	struct rte_seqstat *set;
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat_writer *own;
	struct rte_seqstat_writer *shared;
};

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

	if (!test_seqstat_await_raised(&self->desk->go))
		return TEST_FAILED;
	for (;;)
		count_shared(self->shared, self->desk);
}

static void
write_for_ever(struct victim *self)
{
	test_seqstat_raise(&self->desk->ready);
	/* Till then, the CPUs, which are few, are for those who start. */
	test_seqstat_await_raised(&self->desk->go);
	for (;;)
		count_own(self->own, self->desk);
}

static int
victim_attach(struct victim *self, unsigned int lcore_id)
{
	self->snap = rte_seqstat_snapshot_create(self->set);
	self->own = rte_seqstat_writer_attach(self->set, lcore_id);
	self->shared = rte_seqstat_writer_attach(self->set, LCORE_ID_ANY);
	TEST_ASSERT(self->snap != NULL && self->own != NULL && self->shared != NULL,
		"no use of the set: %s", rte_strerror(rte_errno));
	count_done(&self->desk->done[OWN], begin_own(self->own));
	count_done(&self->desk->done[SHARED], begin_shared(self->shared));

	return TEST_SUCCESS;
}

static int
be_victim(void)
{
	static struct victim self;
	rte_thread_t thread;
	int ret;

	ret = test_seqstat_sit_down(&self.desk, &self.set);
	if (ret != TEST_SUCCESS)
		return ret;
	TEST_ASSERT_SUCCESS(victim_attach(&self, rte_lcore_id()), "attaching");
	TEST_ASSERT(test_seqstat_spawn(&thread, share_for_ever, &self), "no thread");
	rte_eal_remote_launch(read_for_ever, &self, rte_get_next_lcore(-1, 1, 0));
	write_for_ever(&self);

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_victim, be_victim);

/* What the primary finds. */

/** Let a process go, and wait until it has done something, then a little more. */
static int
await_moment(pid_t pid, struct test_seqstat_desk *desk)
{
	uint64_t limit = test_seqstat_limit();
	uint64_t before;

	TEST_ASSERT(test_seqstat_await_ready(pid, desk), "not ready");
	before = get_done(&desk->done[OWN]);
	test_seqstat_raise(&desk->go);
	while (get_done(&desk->done[OWN]) == before) {
		TEST_ASSERT(rte_get_timer_cycles() < limit, "it does nothing");
		rte_delay_us_sleep(20);
	}
	rte_delay_us_sleep(test_seqstat_random(&seed) % 500);

	return TEST_SUCCESS;
}

/**
 * A writer whose owner was killed has what the owner did, and of the section in which
 * it ended a part, which is flagged, or all or nothing.
 */
static int
check_killed_writer(unsigned int lcore_id, pid_t pid, uint64_t done, unsigned int *n_parts)
{
	int i = test_seqstat_find_writer_of(snap, lcore_id, pid);
	struct rte_seqstat_writer_info info;

	/* A process that started in the meantime can have the shared one already. */
	if (i < 0 && lcore_id == LCORE_ID_ANY)
		return TEST_SUCCESS;
	TEST_ASSERT(i >= 0, "no writer");
	rte_seqstat_snapshot_writer_info(snap, i, &info);
	TEST_ASSERT(test_seqstat_nearly_level(snap, i, done, 1), "not what it did: %" PRIu64
		" instead of %" PRIu64, rte_seqstat_snapshot_row(snap, i, 0)[0], done);
	if (test_seqstat_level(snap, i) != UINT64_MAX)
		return TEST_SUCCESS;
	TEST_ASSERT((info.flags & RTE_SEQSTAT_WRITER_REPAIRED) != 0, "a part, and no flag");
	(*n_parts)++;

	return TEST_SUCCESS;
}

/** The lcore's block goes to who attaches next, who goes on counting. */
static int
take_over(unsigned int lcore_id, uint64_t done)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, lcore_id);
	uint64_t n;

	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_EQUAL((w->lock.count.sn & 1), 0, "the number was left odd");
	n = begin_own(w);
	TEST_ASSERT(n == done || n == done + 1, "%" PRIu64 " after %" PRIu64, n, done);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

/** Kill a process, look at what it left, and take it over sometimes. */
static int
kill_and_look(unsigned int lcore_id, pid_t pid, unsigned int n_parts[2])
{
	struct test_seqstat_desk *desk = test_seqstat_desk(lcore_id);

	TEST_ASSERT_SUCCESS(await_moment(pid, desk), "victim");
	TEST_ASSERT(test_seqstat_kill(pid, false), "it cannot be killed");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"no snapshot after it");
	TEST_ASSERT_SUCCESS(check_killed_writer(lcore_id, pid, desk->done[OWN], &n_parts[OWN]),
		"its lcore's writer");
	TEST_ASSERT_SUCCESS(check_killed_writer(LCORE_ID_ANY, pid, desk->done[SHARED],
		&n_parts[SHARED]), "its shared writer");
	if (test_seqstat_random(&seed) % 2 == 0)
		TEST_ASSERT_SUCCESS(take_over(lcore_id, desk->done[OWN]), "take-over");

	return TEST_SUCCESS;
}

/** How victims come, and how they end. */
struct killing {
	pid_t (*start)(unsigned int lcore_id);
	int (*end)(unsigned int lcore_id, pid_t pid, unsigned int n_parts[2]);
	unsigned int n_parts[2]; /**< Sections of which a part was found. */
};

/** Keep several victims running, and let each see its end in turn. */
static int
kill_many(struct killing *killing, unsigned int n_kills)
{
	uint64_t end = test_seqstat_end();
	pid_t pid[N_VICTIMS] = { 0 }, killed = 0;
	int ret = TEST_SUCCESS;
	unsigned int i, n;

	for (i = 0; i < N_VICTIMS; i++)
		pid[i] = killing->start(first_lcore(i));
	for (n = 0; ret == TEST_SUCCESS && (n < n_kills || rte_get_timer_cycles() < end); n++) {
		i = n % N_VICTIMS;
		ret = killing->end(first_lcore(i), pid[i], killing->n_parts);
		test_seqstat_kill(pid[i], false);
		test_seqstat_reap(killed);
		killed = pid[i];
		pid[i] = killing->start(first_lcore(i));
	}
	test_seqstat_reap(killed);
	/* Not while EAL is initialised: who is killed there leaves locks of DPDK's taken. */
	for (i = 0; i < N_VICTIMS; i++) {
		test_seqstat_await_ready(pid[i], test_seqstat_desk(first_lcore(i)));
		test_seqstat_kill(pid[i], true);
	}
	TEST_ASSERT_SUCCESS(ret, "kill %u", n);
	printf("killed %u; parts of sections left by lcores: %u, in shared writers: %u\n",
		n, killing->n_parts[OWN], killing->n_parts[SHARED]);

	return TEST_SUCCESS;
}

static pid_t
start_victim(unsigned int lcore_id)
{
	return test_seqstat_start_secondary(lcore_id, "seqstat_mp_victim");
}

static int
test_started(void)
{
	struct killing killing = { .start = start_victim, .end = kill_and_look };

	return kill_many(&killing, N_STARTED);
}

/* A secondary that forks, and kills its children: they do all in turn. */

static void
be_forked(unsigned int lcore_id)
{
	struct victim self = { .desk = test_seqstat_desk(lcore_id), .set = set };
	uint64_t n;

	if (victim_attach(&self, lcore_id) != TEST_SUCCESS)
		return;
	test_seqstat_raise(&self.desk->ready);
	test_seqstat_await_raised(&self.desk->go);
	for (n = 1; ; n++) {
		count_own(self.own, self.desk);
		count_shared(self.shared, self.desk);
		/* Which takes as long as some sections. */
		if (n % 16 == 0)
			rte_seqstat_snapshot_take(self.snap, US_PER_S);
	}
}

static pid_t
fork_victim(unsigned int lcore_id)
{
	pid_t pid;

	memset(test_seqstat_desk(lcore_id), 0, sizeof(struct test_seqstat_desk));
	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	test_seqstat_follow_parent();
	be_forked(lcore_id);
	_exit(EXIT_FAILURE);
}

static int
be_forker(void)
{
	struct killing killing = { .start = fork_victim, .end = kill_and_look };
	struct test_seqstat_desk *desk;
	int ret;

	ret = test_seqstat_sit_down(&desk, &set);
	if (ret != TEST_SUCCESS)
		return ret;
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	ret = kill_many(&killing, N_FORKED);
	rte_seqstat_snapshot_free(snap);
	TEST_ASSERT_SUCCESS(ret, "killing");
	TEST_ASSERT(killing.n_parts[OWN] > 0 && killing.n_parts[SHARED] > 0,
		"never in the middle of a section");

	return TEST_SUCCESS;
}

REGISTER_TEST_COMMAND(seqstat_mp_forker, be_forker);

static void
write_and_rest(struct rte_seqstat_writer *w, uint64_t n)
{
	test_seqstat_level_section(w);
	/* Leave the CPUs, which are few, to the others. */
	if (n % 1024 == 0)
		rte_delay_us_sleep(100);
}

static int
test_forked(void)
{
	static struct test_seqstat_workers workers;
	uint64_t sections;
	int ret, i;

	TEST_ASSERT(test_seqstat_start(&workers, set, write_and_rest), "no worker");
	/* Its id is beyond those of its children. */
	ret = test_seqstat_await_end(test_seqstat_start_secondary(first_lcore(N_VICTIMS),
			"seqstat_mp_forker"));
	TEST_ASSERT(test_seqstat_stop(&workers), "the worker failed");
	TEST_ASSERT_SUCCESS(ret, "the secondary that forks");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	i = test_seqstat_find_writer_of(snap, 1, getpid());
	TEST_ASSERT(i >= 0, "no writer");
	sections = test_seqstat_level(snap, i);
	TEST_ASSERT_EQUAL(sections, test_seqstat_sections(&workers), "%" PRIu64
		" sections instead of %" PRIu64, sections, test_seqstat_sections(&workers));

	return TEST_SUCCESS;
}

/* Who is killed while managing leaves no lock behind, ours or DPDK's. */

static void
ignore_name(const char *name __rte_unused, void *arg __rte_unused)
{
}

/**
 * All that needs no memory of DPDK's once the blocks are made: its lock nobody gets back
 * from a dead process.
 */
static void
manage(unsigned int lcore_id)
{
	struct rte_seqstat *st = rte_seqstat_lookup(TEST_SEQSTAT_MP_SET);
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_counter desc;
	struct rte_seqstat_info info;

	rte_seqstat_info_get(st, &info);
	rte_seqstat_counter_get(st, 0, &desc);
	rte_seqstat_row_name_get(st, 0, name);
	rte_seqstat_row_name_set(st, 0, "managed");
	rte_seqstat_walk(ignore_name, NULL);
	rte_seqstat_snapshot_free(rte_seqstat_snapshot_create(st));
	rte_seqstat_writer_detach(rte_seqstat_writer_attach(st, lcore_id));
	rte_seqstat_writer_detach(rte_seqstat_writer_attach(st, LCORE_ID_ANY));
}

static int
manage_for_ever(void *arg)
{
	struct test_seqstat_desk *desk = arg;
	uint64_t n;

	if (!test_seqstat_await_raised(&desk->go))
		return TEST_FAILED;
	for (n = 1; ; n++) {
		manage(rte_lcore_id());
		count_done(&desk->done[0], n);
	}
}

/** By two threads, so that one has the lock and the other waits for it. */
static int
be_manager(void)
{
	unsigned int worker = rte_get_next_lcore(-1, 1, 0);
	struct test_seqstat_desk *desk;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	/* So that all its blocks are made by now. */
	TEST_ASSERT_NOT_NULL(rte_seqstat_snapshot_create(st), "%s", rte_strerror(rte_errno));
	manage(rte_lcore_id());
	manage(worker);
	rte_eal_remote_launch(manage_for_ever, desk, worker);
	test_seqstat_raise(&desk->ready);

	return manage_for_ever(desk);
}

REGISTER_TEST_COMMAND(seqstat_mp_managing_victim, be_manager);

static int
kill_and_manage(unsigned int lcore_id, pid_t pid, unsigned int n_parts[2] __rte_unused)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_writer *w;
	struct rte_seqstat *other;

	TEST_ASSERT_SUCCESS(await_moment(pid, test_seqstat_desk(lcore_id)), "victim");
	TEST_ASSERT(test_seqstat_kill(pid, false), "it cannot be killed");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_get(set, 0, name), "no name");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "no snapshot");
	w = rte_seqstat_writer_attach(set, lcore_id);
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");
	other = test_seqstat_create("mp_other", 1, 1);
	TEST_ASSERT_NOT_NULL(other, "cannot create");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(other), "cannot free");

	return TEST_SUCCESS;
}

static pid_t
start_manager(unsigned int lcore_id)
{
	return test_seqstat_start_secondary(lcore_id, "seqstat_mp_managing_victim");
}

static int
test_managing(void)
{
	struct killing killing = { .start = start_manager, .end = kill_and_manage };

	return kill_many(&killing, N_STARTED);
}

/* Who has an id of a process that was killed, or of its thread, is not taken for it. */

/** Attach, and stay in a section. */
static int
enter_section(void *arg)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(arg, rte_lcore_id());
	struct rte_seqstat_section sec;

	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_write_begin(w);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);

	return rte_sys_gettid();
}

static int
end_in_section(void)
{
	unsigned int worker = rte_get_next_lcore(-1, 1, 0);
	struct test_seqstat_desk *desk;
	struct rte_seqstat *st;
	int ret;

	ret = test_seqstat_sit_down(&desk, &st);
	if (ret != TEST_SUCCESS)
		return ret;
	count_done(&desk->done[0], enter_section(st));
	rte_eal_remote_launch(enter_section, st, worker);
	count_done(&desk->done[1], rte_eal_wait_lcore(worker));
	test_seqstat_raise(&desk->ready);
	test_seqstat_await_raised(&desk->go);

	return TEST_FAILED;
}

REGISTER_TEST_COMMAND(seqstat_mp_ends_in_section, end_in_section);

/** Start a process that does nothing, by a given id; -1 if the kernel refuses. */
static pid_t
start_impostor(pid_t pid)
{
	/* As the kernel has it; the C library may be older. */
	struct {
		alignas(8) uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
			stack_size, tls, set_tid, set_tid_size;
	} args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};
	pid_t ret = syscall(SYS_clone3, &args, sizeof(args));

	if (ret != 0)
		return ret;
	test_seqstat_follow_parent();
	for (;;)
		pause();
}

static int
check_impostor(unsigned int lcore_id)
{
	struct rte_seqstat_writer *w;

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"a writer is thought to be alive");
	TEST_ASSERT_EQUAL(test_seqstat_flags(snap, lcore_id), RTE_SEQSTAT_WRITER_REPAIRED,
		"flags %#x", test_seqstat_flags(snap, lcore_id));
	w = rte_seqstat_writer_attach(set, lcore_id);
	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

/** Give the id of a secondary's thread to another process. */
static int
give_id_again(unsigned int thread)
{
	unsigned int lcore_id = first_lcore(0);
	pid_t pid, impostor;
	int ret;

	pid = test_seqstat_start_ready(lcore_id, "seqstat_mp_ends_in_section");
	TEST_ASSERT(test_seqstat_kill(pid, true), "no victim");
	impostor = start_impostor((pid_t)test_seqstat_desk(lcore_id)->done[thread]);
	if (impostor < 0) {
		printf("a process cannot be given an id here: %s\n", strerror(errno));
		return TEST_SKIPPED;
	}
	ret = check_impostor(lcore_id + thread);
	test_seqstat_kill(impostor, true);

	return ret;
}

static int
test_process_id_again(void)
{
	return give_id_again(0);
}

static int
test_thread_id_again(void)
{
	return give_id_again(1);
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat with processes that are killed",
	.unit_test_cases = {
		TEST_CASE_ST(open_set, close_set, test_started),
		TEST_CASE_ST(open_set, close_set, test_forked),
		TEST_CASE_ST(open_set, close_set, test_managing),
		TEST_CASE_ST(open_set, close_set, test_process_id_again),
		TEST_CASE_ST(open_set, close_set, test_thread_id_again),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
run_suite(void)
{
	return test_seqstat_run_in_primary(&suite);
}

REGISTER_TEST_COMMAND(seqstat_mp_kill_primary, run_suite);

static int
host_suite(const struct test_seqstat_home *home)
{
	return test_seqstat_run_primary(home, "seqstat_mp_kill_primary");
}

static int
test_seqstat_mp_kill(void)
{
	return test_seqstat_with_home(host_suite);
}

REGISTER_FAST_TEST(seqstat_mp_kill_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_mp_kill);
