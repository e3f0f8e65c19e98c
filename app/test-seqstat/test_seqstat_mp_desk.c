/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <signal.h>
#include <sys/wait.h>

#include <rte_errno.h>
#include <rte_memzone.h>

#include "test_seqstat_mp.h"

/* What a primary and its secondaries share. */

#define DESKS "test_seqstat_desks"

int
test_seqstat_open_desks(struct rte_seqstat **set, struct rte_seqstat_snapshot **snap)
{
	const struct rte_memzone *desks;

	desks = rte_memzone_reserve(DESKS, RTE_MAX_LCORE * sizeof(struct test_seqstat_desk),
			SOCKET_ID_ANY, 0);
	TEST_ASSERT_NOT_NULL(desks, "no desks: %s", rte_strerror(rte_errno));
	memset(desks->addr, 0, desks->len);
	*set = test_seqstat_create(TEST_SEQSTAT_MP_SET, TEST_SEQSTAT_MP_VALUES,
			TEST_SEQSTAT_MP_ROWS);
	TEST_ASSERT_NOT_NULL(*set, "no set");
	*snap = rte_seqstat_snapshot_create(*set);
	TEST_ASSERT_NOT_NULL(*snap, "no object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

void
test_seqstat_close_desks(struct rte_seqstat_snapshot *snap)
{
	rte_seqstat_snapshot_free(snap);
	test_seqstat_destroy(rte_seqstat_lookup(TEST_SEQSTAT_MP_SET));
	rte_memzone_free(rte_memzone_lookup(DESKS));
}

struct test_seqstat_desk *
test_seqstat_desk(unsigned int first_lcore)
{
	const struct rte_memzone *desks = rte_memzone_lookup(DESKS);

	return desks == NULL ? NULL : &((struct test_seqstat_desk *)desks->addr)[first_lcore];
}

int
test_seqstat_sit_down(struct test_seqstat_desk **desk, struct rte_seqstat **set)
{
	*desk = test_seqstat_desk(rte_get_main_lcore());
	if (*desk == NULL) {
		printf("skipped: not a test of its own, but what another one has other "
			"processes do\n");
		return TEST_SKIPPED;
	}
	test_seqstat_follow_parent();
	*set = rte_seqstat_lookup(TEST_SEQSTAT_MP_SET);
	TEST_ASSERT_NOT_NULL(*set, "the primary's set is not found: %s",
		rte_strerror(rte_errno));

	return TEST_SUCCESS;
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

/** Whether a process has not ended. */
static bool
is_running(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

bool
test_seqstat_await_ready(pid_t pid, const struct test_seqstat_desk *desk)
{
	uint64_t limit = test_seqstat_limit();

	while (!test_seqstat_is_raised(&desk->ready)) {
		if (pid <= 0 || !is_running(pid) || rte_get_timer_cycles() > limit)
			return false;
		rte_delay_us_sleep(100);
	}

	return true;
}

pid_t
test_seqstat_start_ready(unsigned int first_lcore, const char *command)
{
	pid_t pid = test_seqstat_start_secondary(first_lcore, command);

	if (test_seqstat_await_ready(pid, test_seqstat_desk(first_lcore)))
		return pid;
	printf("%s does not become ready\n", command);
	test_seqstat_kill(pid, true);

	return -1;
}

bool
test_seqstat_let_go(unsigned int first_lcore, pid_t pid)
{
	test_seqstat_raise(&test_seqstat_desk(first_lcore)->go);

	return pid > 0 && test_seqstat_await_end(pid) == TEST_SUCCESS;
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

void
test_seqstat_level_add(const struct rte_seqstat_section *sec)
{
	const struct rte_seqstat_writer *w = sec->writer;
	struct rte_seqstat_row *row;
	uint32_t r, i;

	for (r = 0; r < w->n_rows; r++) {
		row = rte_seqstat_row(sec, r);
		for (i = 0; i + 1 < w->n_values; i += 2)
			rte_seqstat_add2(row, i, 1, 1);
		if (i < w->n_values)
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

bool
test_seqstat_nearly_level(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t n,
		uint64_t more)
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

uint64_t
test_seqstat_level(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	uint64_t n = rte_seqstat_snapshot_row(snap, writer, 0)[0];

	return test_seqstat_nearly_level(snap, writer, n, 0) ? n : UINT64_MAX;
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
