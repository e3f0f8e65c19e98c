/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Usage: misuses EAL_OPTION ...
 *
 * Misuse the data path in each way that RTE_ENABLE_ASSERT reports. Each misuse has to end a child
 * process with its message.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_lcore.h>

#include <rte_seqstat.h>

#define N_VALUES 5
#define N_ROWS 3

static struct rte_seqstat *set;
static struct rte_seqstat_writer *writer;

static void
use_well(void)
{
	static const uint64_t bounds[N_VALUES - 2] = { 1, 2, 3 };
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);
	static const struct rte_seqstat_buckets powers = RTE_SEQSTAT_BUCKETS_LOG(0, N_VALUES - 3);
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, N_ROWS - 1);

	rte_seqstat_add(row, N_VALUES - 1, 1);
	rte_seqstat_gauge_set(row, N_VALUES - 1, 1);
	rte_seqstat_observe(row, 0, &buckets, 7);
	rte_seqstat_observe(row, 0, &powers, 7);
	rte_seqstat_end(&sec);
}

static void
nest(void)
{
	rte_seqstat_writer_begin(writer);
	rte_seqstat_writer_begin(writer);
}

static void
use_other_writer(void)
{
	RTE_PER_LCORE(_lcore_id) = 127;
	rte_seqstat_writer_begin(writer);
}

static void
use_closed(void)
{
	struct rte_seqstat *st = rte_seqstat_lookup("misused");

	RTE_VERIFY(st != NULL);
	rte_seqstat_close(st);
	rte_seqstat_begin(st);
}

static void
use_inherited(void)
{
	rte_seqstat_begin(set);
}

static void
end_twice(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);

	rte_seqstat_end(&sec);
	rte_seqstat_end(&sec);
}

static void
take_row_beyond(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);

	rte_seqstat_row(&sec, N_ROWS);
}

static void
take_row_after_end(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);

	rte_seqstat_end(&sec);
	rte_seqstat_row(&sec, 0);
}

static void
add_after_end(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, 0);

	rte_seqstat_end(&sec);
	rte_seqstat_add(row, 1, 1);
}

/** Get two rows of a section, so that the first is not the latest, and return the first. */
static struct rte_seqstat_row *
first_row(void)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, 0);

	rte_seqstat_row(&sec, 1);

	return row;
}

static void
add_beyond(void)
{
	rte_seqstat_add(first_row(), N_VALUES, 1);
}

static void
set_beyond(void)
{
	rte_seqstat_gauge_set(first_row(), N_VALUES, 1);
}

static void
observe_beyond(void)
{
	static const uint64_t bounds[N_VALUES - 1] = { 1, 2, 3, 4 };
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS(bounds);

	rte_seqstat_observe(first_row(), 0, &buckets, 1);
}

static void
observe_log_beyond(void)
{
	static const struct rte_seqstat_buckets powers = RTE_SEQSTAT_BUCKETS_LOG(0, N_VALUES - 3);

	rte_seqstat_observe(first_row(), 1, &powers, 1);
}

static const struct misuse {
	void (*run)(void);
	const char *message; /**< NULL: no misuse. */
} misuses[] = {
	{ use_well, NULL },
	{ nest, "set 'misused': a section begins inside number 1\n" },
	{ use_other_writer, "set 'misused': a section begins on lcore 127, the writer is lcore " },
	{ use_closed, "a section begins on a handle that is closed or inherited\n" },
	{ use_inherited, "a section begins on a handle that is closed or inherited\n" },
	{ end_twice, "set 'misused': section 1 ends, but is not open\n" },
	{ take_row_beyond, "set 'misused': row 3 of 3\n" },
	{ take_row_after_end, "set 'misused': row 0 outside of a section\n" },
	{ add_after_end, "set 'misused': value 1 outside of a section\n" },
	{ add_beyond, "set 'misused': value 5 of 5\n" },
	{ set_beyond, "set 'misused': value 5 of 5\n" },
	{ observe_beyond, "set 'misused': value 5 of 5\n" },
	{ observe_log_beyond, "set 'misused': value 5 of 5\n" },
};

/** Run a misuse in a child process. Returns whether that aborted with the message. */
static bool
check(const struct misuse *misuse)
{
	const struct rlimit no_core = { 0 };
	char output[65536];
	int status, fds[2];
	size_t size = 0;
	ssize_t n;
	pid_t pid;

	RTE_VERIFY(pipe(fds) == 0);
	pid = fork();
	RTE_VERIFY(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		/* In shared memory, where the former child may have left a section open. */
		rte_atomic_store_explicit(&writer->lock.count.sn, 0, rte_memory_order_relaxed);
		misuse->run();
		_exit(EXIT_SUCCESS);
	}
	close(fds[1]);
	while ((n = read(fds[0], output + size, sizeof(output) - 1 - size)) > 0)
		size += (size_t)n;
	output[size] = '\0';
	close(fds[0]);
	RTE_VERIFY(waitpid(pid, &status, 0) == pid);
	if (misuse->message == NULL ? WIFEXITED(status) && WEXITSTATUS(status) == 0 :
			WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
			strstr(output, misuse->message) != NULL)
		return true;
	printf("misuse %zu: status %#x after:\n%s\n", (size_t)(misuse - misuses), status, output);

	return false;
}

static void
create(void)
{
	static const struct rte_seqstat_counter counters[N_VALUES] = {
		{ .name = "a" }, { .name = "b" }, { .name = "c" }, { .name = "d" }, { .name = "e" },
	};
	const struct rte_seqstat_params params = {
		.name = "misused",
		.counters = counters,
		.n_counters = N_VALUES,
		.n_rows = N_ROWS,
		.socket_id = SOCKET_ID_ANY,
	};

	set = rte_seqstat_create(&params);
	RTE_VERIFY(set != NULL);
	writer = rte_seqstat_writer(set);
	RTE_VERIFY(writer != NULL);
}

int
main(int argc, char **argv)
{
	bool well = true;
	size_t i;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	create();
	fflush(stdout);
	for (i = 0; i < RTE_DIM(misuses); i++)
		if (!check(&misuses[i]))
			well = false;
	rte_eal_cleanup();

	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
