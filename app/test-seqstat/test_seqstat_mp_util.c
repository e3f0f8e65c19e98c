/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/* In the environment of a child: the descriptor of the desks, and which of them is its own. */
#define DESK_VARIABLE "SEQSTAT_TEST_DESK"

#define DESKS_SIZE (TEST_SEQSTAT_MAX_CHILDREN * sizeof(struct test_seqstat_desk))
#define OPTION_SIZE 1024

struct rte_seqstat *test_seqstat_mp_set;
struct rte_seqstat_snapshot *test_seqstat_mp_snap;

static int desks_fd = -1;
static struct test_seqstat_desk *desks;

int
test_seqstat_mp_open(void)
{
	test_seqstat_mp_set = test_seqstat_create(TEST_SEQSTAT_MP_SET, TEST_SEQSTAT_MP_VALUES,
			TEST_SEQSTAT_MP_ROWS);
	TEST_ASSERT_NOT_NULL(test_seqstat_mp_set, "no set");
	test_seqstat_mp_snap = rte_seqstat_snapshot_create(test_seqstat_mp_set);
	TEST_ASSERT_NOT_NULL(test_seqstat_mp_snap, "no object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

void
test_seqstat_mp_close(void)
{
	rte_seqstat_snapshot_free(test_seqstat_mp_snap);
	test_seqstat_mp_snap = NULL;
	test_seqstat_destroy(test_seqstat_mp_set);
}

static bool
map_desks(void)
{
	desks = mmap(NULL, DESKS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, desks_fd, 0);

	return desks != MAP_FAILED;
}

int
test_seqstat_mp_run(struct unit_test_suite *suite)
{
	int ret;

	if (!rte_eal_has_hugepages() || rte_eal_process_type() != RTE_PROC_PRIMARY) {
		printf("only a primary process with hugepages has secondaries\n");
		return TEST_SKIPPED;
	}
	TEST_SEQSTAT_NEEDS_LCORES(2);
	/* The children inherit the descriptor, and run what their arguments name. */
	desks_fd = memfd_create("desks", 0);
	TEST_ASSERT(desks_fd >= 0 && ftruncate(desks_fd, DESKS_SIZE) == 0 && map_desks(),
		"no shared memory: %s", strerror(errno));
	unsetenv("DPDK_TEST");
	unsetenv("DPDK_TEST_PARAMS");
	ret = unit_test_suite_runner(suite);
	munmap(desks, DESKS_SIZE);
	close(desks_fd);

	return ret;
}

int
test_seqstat_mp_be(int (*role)(struct test_seqstat_desk *desk, struct rte_seqstat *set))
{
	const char *variable = getenv(DESK_VARIABLE);
	unsigned int child;

	if (variable == NULL || sscanf(variable, "%d %u", &desks_fd, &child) != 2) {
		printf("a role that other tests give to their children\n");
		return TEST_SKIPPED;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	TEST_ASSERT(getppid() != 1 && map_desks(), "no shared memory");

	return role(&desks[child], rte_seqstat_lookup(TEST_SEQSTAT_MP_SET));
}

/* Processes */

struct test_seqstat_desk *
test_seqstat_desk(unsigned int child)
{
	return &desks[child];
}

unsigned int
test_seqstat_child_lcore(unsigned int child)
{
	return RTE_MAX_LCORE / 2 + 2 * child;
}

/** Format two lcores, each on all CPUs: "(64-65)@(0,1,5)". */
static void
format_lcores(char option[OPTION_SIZE], unsigned int first)
{
	rte_cpuset_t cpus = test_seqstat_cpus();
	unsigned int cpu;
	char before = '(';
	size_t n;

	n = snprintf(option, OPTION_SIZE, "--lcores=(%u-%u)@", first, first + 1);
	for (cpu = 0; cpu < CPU_SETSIZE && n < OPTION_SIZE; cpu++) {
		if (!CPU_ISSET(cpu, &cpus))
			continue;
		n += snprintf(option + n, OPTION_SIZE - n, "%c%u", before, cpu);
		before = ',';
	}
	if (n < OPTION_SIZE)
		snprintf(option + n, OPTION_SIZE - n, ")");
}

pid_t
test_seqstat_child_spawn_as(unsigned int child, const char *role, const char *prefix,
		const char *proc_type)
{
	/* Set where the default address suits only some of the processes. */
	const char *base = getenv("SEQSTAT_TEST_BASE_VIRTADDR");
	char program[PATH_MAX] = "", lcores[OPTION_SIZE], desk[32];
	const char *args[] = {
		program, "--file-prefix", prefix, "--proc-type", proc_type, lcores, "--no-pci",
		"--no-telemetry", "--log-level=warning", role, base ? "--base-virtaddr" : NULL,
		base, NULL,
	};
	pid_t pid;
	int ret;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return -1;
	format_lcores(lcores, test_seqstat_child_lcore(child));
	snprintf(desk, sizeof(desk), "%d %u", desks_fd, child);
	setenv(DESK_VARIABLE, desk, 1);
	memset(&desks[child], 0, sizeof(desks[child]));
	fflush(stdout);
	ret = posix_spawn(&pid, program, NULL, NULL, (char * const *)(uintptr_t)args, environ);
	unsetenv(DESK_VARIABLE);
	if (ret == 0)
		return pid;
	printf("%s cannot be started anew: %s\n", program, strerror(ret));

	return -1;
}

pid_t
test_seqstat_child_spawn(unsigned int child, const char *role)
{
	/* The prefix is the last part of the runtime folder's name. */
	return test_seqstat_child_spawn_as(child, role,
			strrchr(rte_eal_get_runtime_dir(), '/') + 1, "secondary");
}

bool
test_seqstat_child_await(unsigned int child, pid_t pid)
{
	uint64_t limit = test_seqstat_limit();
	siginfo_t info = { 0 };

	while (!test_seqstat_is_raised(&desks[child].ready)) {
		if (pid <= 0 || waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
				info.si_pid != 0 || rte_get_timer_cycles() > limit) {
			printf("child %u does not become ready\n", child);
			return false;
		}
		rte_delay_us_sleep(100);
	}

	return true;
}

pid_t
test_seqstat_child_start(unsigned int child, const char *role)
{
	pid_t pid = test_seqstat_child_spawn(child, role);

	if (test_seqstat_child_await(child, pid))
		return pid;
	test_seqstat_child_reap(pid);

	return -1;
}

bool
test_seqstat_child_finish(unsigned int child, pid_t pid)
{
	/* The child may have limits of its own, and several parts. */
	uint64_t limit = test_seqstat_limit() +
		(30 + 10 * test_seqstat_seconds()) * rte_get_timer_hz();
	int status;

	if (pid <= 0)
		return false;
	test_seqstat_raise(&desks[child].go);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (rte_get_timer_cycles() > limit) {
			printf("child %u does not end\n", child);
			test_seqstat_child_reap(pid);
			return false;
		}
		rte_delay_us_sleep(1000);
	}

	return status == 0;
}

bool
test_seqstat_child_await_stop(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT) == 0 &&
		info.si_code == CLD_STOPPED;
}

bool
test_seqstat_child_signal(pid_t pid, int sig)
{
	siginfo_t info;

	/* Never -1, which is everybody. */
	if (pid <= 0 || kill(pid, sig) != 0)
		return false;

	return sig == SIGSTOP ? test_seqstat_child_await_stop(pid) :
		waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0;
}

void
test_seqstat_child_reap(pid_t pid)
{
	if (!test_seqstat_child_signal(pid, SIGKILL))
		return;
	/* The kernel spins in waitpid() as long as another process looks at /proc/pid. */
	rte_delay_us_sleep(20000);
	waitpid(pid, NULL, 0);
}

void
test_seqstat_raise(RTE_ATOMIC(uint32_t) *flag)
{
	rte_atomic_store_explicit(flag, 1, rte_memory_order_release);
}

bool
test_seqstat_is_raised(const RTE_ATOMIC(uint32_t) *flag)
{
	return rte_atomic_load_explicit(flag, rte_memory_order_acquire) != 0;
}

bool
test_seqstat_await_raised(const RTE_ATOMIC(uint32_t) *flag)
{
	uint64_t limit = test_seqstat_limit();

	while (!test_seqstat_is_raised(flag)) {
		if (rte_get_timer_cycles() > limit)
			return false;
		/* The other process may need this CPU to raise it. */
		rte_delay_us_sleep(200);
	}

	return true;
}

int
test_seqstat_find_writer_of(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id,
		pid_t pid)
{
	struct rte_seqstat_writer_info info;
	uint32_t i;

	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++)
		if (rte_seqstat_snapshot_writer_info(snap, i, &info) == 0 &&
				info.lcore_id == lcore_id && info.pid == pid)
			return (int)i;

	return -1;
}

/* Level sections */

void
test_seqstat_level_add(const struct rte_seqstat_section *sec)
{
	struct rte_seqstat_row *row;
	uint32_t r, i;

	for (r = 0; r < TEST_SEQSTAT_MP_ROWS; r++) {
		row = rte_seqstat_row(sec, r);
		for (i = 0; i < TEST_SEQSTAT_MP_VALUES; i++)
			rte_seqstat_add(row, i, 1);
	}
}

void
test_seqstat_level_section(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(w);

	test_seqstat_level_add(&sec);
	rte_seqstat_write_end(&sec);
}

/** Whether no value is less than a number, and none is greater by more than that. */
static bool
is_level(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t n, uint64_t more)
{
	const uint64_t *row;
	uint32_t r, i;

	for (r = 0; r < TEST_SEQSTAT_MP_ROWS; r++) {
		row = rte_seqstat_snapshot_row(snap, writer, r);
		for (i = 0; i < TEST_SEQSTAT_MP_VALUES; i++)
			if (row[i] < n || row[i] - n > more)
				return false;
	}

	return true;
}

bool
test_seqstat_nearly_level(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t n)
{
	return is_level(snap, writer, n, 1);
}

uint64_t
test_seqstat_level(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	uint64_t n = rte_seqstat_snapshot_row(snap, writer, 0)[0];

	return is_level(snap, writer, n, 0) ? n : UINT64_MAX;
}

uint64_t
test_seqstat_make_level(const struct rte_seqstat_section *sec)
{
	uint64_t greatest = 0;
	uint32_t r, i;

	for (r = 0; r < TEST_SEQSTAT_MP_ROWS; r++)
		for (i = 0; i < TEST_SEQSTAT_MP_VALUES; i++)
			greatest = RTE_MAX(greatest, test_seqstat_peek(sec->writer, r, i));
	for (r = 0; r < TEST_SEQSTAT_MP_ROWS; r++)
		for (i = 0; i < TEST_SEQSTAT_MP_VALUES; i++)
			rte_seqstat_set(rte_seqstat_row(sec, r), i, greatest);

	return greatest;
}
