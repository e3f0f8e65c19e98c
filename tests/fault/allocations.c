/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Each call is made with its first allocation failing, then with its second, until it
 * makes no more of them; also with all failing that follow. Whenever it fails, it returns an
 * error that rte_seqstat.h documents, it leaks nothing, and the same call works when it is
 * made again.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "fault.h"

static struct rte_seqstat *set, *other;
static struct rte_seqstat_snapshot *snap, *newer, *extra;
static struct rte_seqstat_writer *first, *second, *writer;
static FILE *nowhere;

/** Count once, take a snapshot, and attach a writer that the snapshot does not know. */
static bool
prepare(void)
{
	struct rte_seqstat_section sec;

	nowhere = fopen("/dev/null", "w");
	set = fault_set_create("set");
	first = rte_seqstat_writer_attach(set, 0);
	snap = rte_seqstat_snapshot_create(set);
	CHECK(first != NULL && snap != NULL && nowhere != NULL, "%s", rte_strerror(rte_errno));
	sec = rte_seqstat_write_begin(first);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 7);
	rte_seqstat_write_end(&sec);
	CHECK(rte_seqstat_snapshot_take(snap, 0) == 0, "not taken");
	second = rte_seqstat_writer_attach(set, 1);
	newer = rte_seqstat_snapshot_create(set);
	CHECK(second != NULL && newer != NULL, "%s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_snapshot_take(newer, 0) == 0, "not taken");

	return true;
}

static bool
clean(void)
{
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_snapshot_free(newer);
	CHECK(rte_seqstat_writer_detach(first) == 0 && rte_seqstat_writer_detach(second) == 0 &&
		rte_seqstat_free(set) == 0, "not freed");

	return fclose(nowhere) == 0;
}

/* The calls return 0 or a positive errno. */

static int
create(void)
{
	other = fault_set_create("other");

	return other != NULL ? 0 : rte_errno;
}

static void
create_undo(void)
{
	rte_seqstat_free(other);
}

static int
lookup(void)
{
	return rte_seqstat_lookup("set") == set ? 0 : rte_errno;
}

static void
count_name(const char *name __rte_unused, void *arg)
{
	(*(unsigned int *)arg)++;
}

static int
walk(void)
{
	unsigned int n = 0;
	int ret = rte_seqstat_walk(count_name, &n);

	return ret < 0 ? -ret : n == 1 ? 0 : EINVAL;
}

static int
snapshot_create(void)
{
	extra = rte_seqstat_snapshot_create(set);

	return extra != NULL ? 0 : rte_errno;
}

static void
snapshot_create_undo(void)
{
	rte_seqstat_snapshot_free(extra);
}

static int
attach_lcore(void)
{
	writer = rte_seqstat_writer_attach(set, 2);

	return writer != NULL ? 0 : rte_errno;
}

static int
attach_shared(void)
{
	writer = rte_seqstat_writer_attach(set, LCORE_ID_ANY);

	return writer != NULL ? 0 : rte_errno;
}

static void
attach_undo(void)
{
	rte_seqstat_writer_detach(writer);
}

static int
take(void)
{
	int ret = rte_seqstat_snapshot_take(snap, 0);

	/* Whether it was taken or not: the former content is the present one too. */
	if (rte_seqstat_snapshot_row(snap, 0, 0)[0] != 7 ||
			rte_seqstat_snapshot_n_writers(snap) != (ret == 0 ? 2 : 1))
		return EINVAL;

	return -ret;
}

static int
diff(void)
{
	return -rte_seqstat_snapshot_diff(snap, newer, snap);
}

static int
dump(void)
{
	return -rte_seqstat_dump(nowhere, set);
}

static void
nothing(void)
{
}

static const struct operation {
	const char *name;
	unsigned int allocations; /**< That it makes, at least. */
	int (*call)(void);
	void (*undo)(void);
} operations[] = {
	{ "create", 2, create, create_undo },
	{ "lookup", 0, lookup, nothing },
	{ "walk", 2, walk, nothing },
	{ "create a snapshot", 3, snapshot_create, snapshot_create_undo },
	{ "attach a lcore", 2, attach_lcore, attach_undo },
	{ "attach a shared writer", 1, attach_shared, attach_undo },
	{ "take a snapshot", 1, take, nothing },
	{ "subtract snapshots", 1, diff, nothing },
	{ "dump", 5, dump, nothing },
};

/** Make a call with a fault, and again without; *more: whether it came to the fault. */
static bool
run_with_fault(const struct operation *op, struct fault fault, bool *more)
{
	struct fault_usage before = fault_usage(), after;
	int ret;

	fault_inject(fault);
	ret = op->call();
	*more = fault_end();
	if (ret == 0) {
		/* There may be another way, such as another socket's memory. */
		op->undo();
	} else {
		CHECK(*more && (ret == ENOMEM || (ret == ENOSPC && fault.error == ENOSPC)),
			"%s: %s", op->name, rte_strerror(ret));
		after = fault_usage();
		CHECK(fault_usage_same(&before, &after), "%s: leaks where allocation %u fails",
			op->name, fault.nth);
	}
	ret = op->call();
	CHECK(ret == 0, "%s: after allocation %u failed: %s", op->name, fault.nth,
		rte_strerror(ret));
	op->undo();

	return true;
}

static bool
run_operation(const struct operation *op, struct fault fault)
{
	struct fault_usage before, after;
	bool more = true;

	while (more) {
		fault.nth++;
		before = fault_usage();
		if (!prepare() || !run_with_fault(op, fault, &more) || !clean())
			return false;
		after = fault_usage();
		CHECK(fault_usage_same(&before, &after), "%s: leaks after allocation %u failed",
			op->name, fault.nth);
	}
	CHECK(fault.nth > op->allocations, "%s: %u allocations, not %u", op->name, fault.nth - 1,
		op->allocations);

	return true;
}

bool
fault_test_allocations(void)
{
	static const struct fault faults[] = {
		{ .error = ENOMEM },
		{ .error = ENOMEM, .lasts = true },
		{ .error = ENOSPC },
	};
	unsigned int i, j;

	/* Makes what all sets share: see first.c. */
	if (create() != 0)
		return false;
	create_undo();
	for (i = 0; i < RTE_DIM(operations); i++)
		for (j = 0; j < RTE_DIM(faults); j++)
			if (!run_operation(&operations[i], faults[j]))
				return false;

	return true;
}
