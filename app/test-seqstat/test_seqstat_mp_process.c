/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>

#include "test_seqstat_mp.h"
#include "test_seqstat_stress.h"

/* Processes that run this program. */

/* Where each process has room: otherwise the kernel places things by chance, differently. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#endif
#if !defined(RTE_ARCH_64)
#define BASE_ADDRESS "--base-virtaddr=0x60000000"
#elif defined(WITH_ASAN)
#define BASE_ADDRESS "--base-virtaddr=0x200000000000"
#else
#define BASE_ADDRESS "--base-virtaddr=0x100000000"
#endif

#define OPTION_SIZE 1024

/** What posix_spawn() lets a child say that could not become the program. */
#define EXIT_NOT_STARTED 127

/** Two lcores, each on the CPUs of all lcores of this process: "(2-3)@(0,1,5)". */
static void
format_lcores(char option[OPTION_SIZE], unsigned int first)
{
	unsigned int lcore_id, cpu;
	rte_cpuset_t all, one;
	char before = '(';
	size_t n;

	CPU_ZERO(&all);
	RTE_LCORE_FOREACH(lcore_id) {
		one = rte_lcore_cpuset(lcore_id);
		RTE_CPU_OR(&all, &all, &one);
	}
	n = snprintf(option, OPTION_SIZE, "--lcores=(%u-%u)@", first, first + 1);
	for (cpu = 0; cpu < CPU_SETSIZE && n < OPTION_SIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		n += snprintf(option + n, OPTION_SIZE - n, "%c%u", before, cpu);
		before = ',';
	}
	if (n < OPTION_SIZE)
		snprintf(option + n, OPTION_SIZE - n, ")");
}

static pid_t
start(const char *args[])
{
	char program[PATH_MAX];
	ssize_t length;
	pid_t pid;
	int ret;

	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (length < 0)
		return -1;
	program[length] = '\0';
	args[0] = program;
	fflush(stdout);
	ret = posix_spawn(&pid, program, NULL, NULL, (char * const *)(uintptr_t)args, environ);
	if (ret == 0)
		return pid;
	printf("%s cannot be started anew: %s\n", program, strerror(ret));

	return -1;
}

pid_t
test_seqstat_start_primary(const struct test_seqstat_home *home, const char *command)
{
	char lcores[OPTION_SIZE], prefix[OPTION_SIZE], hugepages[OPTION_SIZE];
	const char *args[] = {
		NULL, BASE_ADDRESS, lcores, prefix, hugepages, "-m", "64", "--no-pci",
		"--no-telemetry", "--log-level=warning", command, NULL,
	};

	format_lcores(lcores, 0);
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", home->prefix);
	snprintf(hugepages, sizeof(hugepages), "--huge-dir=%s", home->hugepages);

	return start(args);
}

pid_t
test_seqstat_start_secondary(unsigned int first_lcore, const char *command)
{
	char lcores[OPTION_SIZE], prefix[OPTION_SIZE];
	const char *args[] = {
		NULL, BASE_ADDRESS, lcores, prefix, "--proc-type=secondary", "--no-pci",
		"--no-telemetry", "--log-level=warning", command, NULL,
	};

	memset(test_seqstat_desk(first_lcore), 0, sizeof(struct test_seqstat_desk));
	format_lcores(lcores, first_lcore);
	/* The last part of the runtime folder's name. */
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s",
		strrchr(rte_eal_get_runtime_dir(), '/') + 1);

	return start(args);
}

/** What became of a process that was waited for. */
static int
exit_status(pid_t pid, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("process %d died of signal %d\n", pid, WTERMSIG(status));

	return -1;
}

static volatile sig_atomic_t interrupted;

void
test_seqstat_interrupt(int sig)
{
	interrupted = sig;
}

int
test_seqstat_await_end(pid_t pid)
{
	/* It may have limits of its own, and several parts. */
	uint64_t limit = test_seqstat_limit() +
		(30 + 10 * test_seqstat_seconds()) * rte_get_timer_hz();
	int status;
	pid_t ret;

	for (;;) {
		ret = waitpid(pid, &status, WNOHANG);
		if (ret == pid)
			return exit_status(pid, status);
		if (ret < 0 && errno != EINTR)
			return -1;
		if (interrupted != 0 || rte_get_timer_cycles() > limit)
			break;
		rte_delay_us_sleep(1000);
	}
	printf("process %d %s\n", pid, interrupted != 0 ? "is interrupted" : "does not end");
	test_seqstat_kill(pid, true);

	return -1;
}

/** Wait until something has become of a process, without a limit: what must come. */
static bool
await(pid_t pid, siginfo_t *info, int options)
{
	int ret;

	do {
		ret = waitid(P_PID, pid, info, options);
	} while (ret != 0 && errno == EINTR);

	return ret == 0;
}

/*
 * Who reaps a process while others still have something of it in /proc waits for them in
 * the kernel without letting go of the CPU, which they may need: that can last for minutes.
 */
#define REAP_AFTER_US 20000

bool
test_seqstat_kill(pid_t pid, bool reap)
{
	siginfo_t info;

	/* Never -1, which is everybody. */
	if (pid <= 0 || kill(pid, SIGKILL) != 0 || !await(pid, &info, WEXITED | WNOWAIT))
		return false;
	if (!reap)
		return true;
	rte_delay_us_sleep(REAP_AFTER_US);

	return await(pid, &info, WEXITED);
}

void
test_seqstat_reap(pid_t pid)
{
	siginfo_t info;

	if (pid > 0)
		await(pid, &info, WEXITED);
}

bool
test_seqstat_await_stop(pid_t pid)
{
	siginfo_t info;

	return await(pid, &info, WSTOPPED | WEXITED | WNOWAIT) && info.si_code == CLD_STOPPED;
}

bool
test_seqstat_suspend(pid_t pid)
{
	return pid > 0 && kill(pid, SIGSTOP) == 0 && test_seqstat_await_stop(pid);
}

void
test_seqstat_resume(pid_t pid)
{
	if (pid > 0)
		kill(pid, SIGCONT);
}

int
test_seqstat_run_primary(const struct test_seqstat_home *home, const char *command)
{
	pid_t pid = test_seqstat_start_primary(home, command);
	int status;

	if (pid < 0)
		return TEST_SKIPPED;
	status = test_seqstat_await_end(pid);
	if (status == EXIT_NOT_STARTED) {
		/* For instance a program that is emulated: the kernel does not know how. */
		printf("skipped: this program cannot start itself anew\n");
		return TEST_SKIPPED;
	}

	return status == EXIT_SUCCESS || status == TEST_SKIPPED ? status : TEST_FAILED;
}

int
test_seqstat_run_in_primary(struct unit_test_suite *suite)
{
	if (!rte_eal_has_hugepages() || rte_eal_process_type() != RTE_PROC_PRIMARY) {
		printf("skipped: only a primary process with hugepages has secondaries\n");
		return TEST_SKIPPED;
	}
	test_seqstat_follow_parent();

	return unit_test_suite_runner(suite);
}

void
test_seqstat_follow_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* If it ended before. */
	if (getppid() == 1)
		raise(SIGKILL);
}
