/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Each call is made with its first allocation failing, then with its second, until it
 * makes no more of them; also with all failing that follow. Whenever it fails, it says so
 * as rte_seqstat.h does, it holds nothing, and the same call works when it is made again.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "fault.h"

/** A call, with what it needs and leaves. */
struct operation {
	const char *name;
	unsigned int allocations; /**< That it makes, at least. */
	bool (*prepare)(void);
	/** Returns 0 or a positive errno. */
	int (*call)(void);
	/** Undo what the call did when it succeeded. */
	void (*undo)(void);
	/** Undo what was prepared. */
	void (*clean)(void);
};

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap, *newer;
static struct rte_seqstat_writer *first_writer, *writer;
static FILE *nowhere;

/** Of any but the first call, which makes what all sets share: what rte_seqstat.h documents. */
static bool
error_documented(int error, const struct fault *fault)
{
	return error == ENOMEM || (error == ENOSPC && fault->error == ENOSPC);
}

/** Returns whether this went well; *more tells whether there was such an allocation. */
static bool
run_with_fault(const struct operation *op, struct fault fault, bool *more)
{
	struct fault_usage before, after;
	int ret;

	before = fault_usage();
	fault_inject(fault);
	ret = op->call();
	*more = fault_end();
	if (ret == 0) {
		/* There may be another way, such as another socket's memory. */
		op->undo();
	} else {
		CHECK(*more, "%s: %s, though no allocation failed", op->name, rte_strerror(ret));
		CHECK(error_documented(ret, &fault), "%s: %s", op->name, rte_strerror(ret));
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
		before = fault_usage();
		CHECK(op->prepare(), "%s: cannot be prepared", op->name);
		fault.nth++;
		if (!run_with_fault(op, fault, &more))
			return false;
		op->clean();
		after = fault_usage();
		CHECK(fault_usage_same(&before, &after), "%s: leaks after allocation %u failed",
			op->name, fault.nth);
	}
	CHECK(fault.nth > op->allocations, "%s: %u allocations, not %u", op->name, fault.nth - 1,
		op->allocations);

	return true;
}

static void
nothing(void)
{
}

static bool
set_make(void)
{
	set = fault_set_create("set");

	return set != NULL;
}

static void
set_drop(void)
{
	rte_seqstat_free(set);
}

static int
create_call(void)
{
	return set_make() ? 0 : rte_errno;
}

static bool
create_prepare(void)
{
	return true;
}

static int
lookup_call(void)
{
	return rte_seqstat_lookup("set") == set ? 0 : rte_errno;
}

static void
count_name(const char *name __rte_unused, void *arg)
{
	unsigned int *n = arg;

	(*n)++;
}

static int
walk_call(void)
{
	unsigned int n = 0;
	int ret = rte_seqstat_walk(count_name, &n);

	return ret < 0 ? -ret : n == 1 ? 0 : EINVAL;
}

static int
snapshot_create_call(void)
{
	snap = rte_seqstat_snapshot_create(set);

	return snap != NULL ? 0 : rte_errno;
}

static void
snapshot_create_undo(void)
{
	rte_seqstat_snapshot_free(snap);
}

static int
attach_lcore_call(void)
{
	writer = rte_seqstat_writer_attach(set, rte_lcore_id());

	return writer != NULL ? 0 : rte_errno;
}

static int
attach_shared_call(void)
{
	writer = rte_seqstat_writer_attach(set, LCORE_ID_ANY);

	return writer != NULL ? 0 : rte_errno;
}

static void
attach_undo(void)
{
	rte_seqstat_writer_detach(writer);
}

/** Count once in both rows, and attach a writer that the first snapshot does not know. */
static bool
take_prepare(void)
{
	struct rte_seqstat_section sec;

	if (!set_make())
		return false;
	first_writer = rte_seqstat_writer_attach(set, rte_lcore_id());
	snap = rte_seqstat_snapshot_create(set);
	if (first_writer == NULL || snap == NULL)
		return false;
	sec = rte_seqstat_write_begin(first_writer);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 7);
	rte_seqstat_write_end(&sec);
	if (rte_seqstat_snapshot_take(snap, 0) != 0)
		return false;
	writer = rte_seqstat_writer_attach(set, LCORE_ID_ANY);

	return writer != NULL;
}

static int
take_call(void)
{
	int ret = rte_seqstat_snapshot_take(snap, 0);

	/* Whether it was taken or not: the former content is the present one too. */
	if (rte_seqstat_snapshot_row(snap, 0, 0)[0] != 7 ||
			rte_seqstat_snapshot_n_writers(snap) != (ret == 0 ? 2 : 1))
		return EINVAL;

	return -ret;
}

static void
take_clean(void)
{
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_writer_detach(writer);
	rte_seqstat_writer_detach(first_writer);
	set_drop();
}

static bool
diff_prepare(void)
{
	if (!take_prepare())
		return false;
	newer = rte_seqstat_snapshot_create(set);

	return newer != NULL && rte_seqstat_snapshot_take(newer, 0) == 0;
}

static int
diff_call(void)
{
	return -rte_seqstat_snapshot_diff(snap, newer, snap);
}

static void
diff_clean(void)
{
	rte_seqstat_snapshot_free(newer);
	take_clean();
}

static bool
dump_prepare(void)
{
	nowhere = fopen("/dev/null", "w");

	return nowhere != NULL && take_prepare();
}

static int
dump_call(void)
{
	return -rte_seqstat_dump(nowhere, set);
}

static void
dump_clean(void)
{
	fclose(nowhere);
	take_clean();
}

static const struct operation operations[] = {
	{ "create", 2, create_prepare, create_call, set_drop, nothing },
	{ "lookup", 0, set_make, lookup_call, nothing, set_drop },
	{ "walk", 2, set_make, walk_call, nothing, set_drop },
	{ "create a snapshot", 3, set_make, snapshot_create_call, snapshot_create_undo, set_drop },
	{ "attach a lcore", 2, set_make, attach_lcore_call, attach_undo, set_drop },
	{ "attach a shared writer", 1, set_make, attach_shared_call, attach_undo, set_drop },
	{ "take a snapshot", 1, take_prepare, take_call, nothing, take_clean },
	{ "subtract snapshots", 1, diff_prepare, diff_call, nothing, diff_clean },
	{ "dump", 5, dump_prepare, dump_call, nothing, dump_clean },
};

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
	if (!set_make())
		return false;
	set_drop();
	for (i = 0; i < RTE_DIM(operations); i++)
		for (j = 0; j < RTE_DIM(faults); j++)
			if (!run_operation(&operations[i], faults[j]))
				return false;

	return true;
}
