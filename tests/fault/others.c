/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * What other processes, of which some have ended, left in a set's memory: written there
 * instead of by other processes, of which some states would need dozens.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_memzone.h>
#include <rte_thread.h>

#include "fault.h"
#include "seqstat_private.h"

/** A process that there is not: ids are below 2^22. */
#define NOBODY (INT32_C(1) << 30)

static struct rte_seqstat *set;

static struct seqstat_task
living_task(void)
{
	struct seqstat_task task = seqstat_task_process();

	/* The first of all processes lives; when it started is not known here. */
	task.tid = task.pid = 1;
	task.start = 0;

	return task;
}

static void
fill_processes(struct seqstat_task task)
{
	unsigned int i;

	for (i = 0; i < SEQSTAT_MAX_PROCESSES; i++)
		set->processes[i] = (struct seqstat_process){ .task = task, .holds = 1 };
}

/** As many processes use the set as can. */
static bool
check_processes(void)
{
	struct seqstat_task task = living_task();
	struct rte_seqstat_snapshot *snap;

	fill_processes(task);
	CHECK(rte_seqstat_snapshot_create(set) == NULL && rte_errno == ENOSPC, "a snapshot: %s",
		rte_strerror(rte_errno));
	CHECK(rte_seqstat_writer_attach(set, LCORE_ID_ANY) == NULL && rte_errno == ENOSPC,
		"a shared writer: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_free(set) == -EBUSY, "freed while in use");

	/* One that ended makes room, whatever it held. */
	set->processes[7].task.tid = set->processes[7].task.pid = NOBODY;
	snap = rte_seqstat_snapshot_create(set);
	CHECK(snap != NULL, "no snapshot: %s", rte_strerror(rte_errno));
	CHECK(set->processes[7].task.pid == getpid() && set->processes[7].holds == 1,
		"not in the place of the one that ended");
	rte_seqstat_snapshot_free(snap);
	memset(set->processes, 0, sizeof(set->processes));

	return true;
}

/** Whether a writer is taken from its owner. */
static bool
taken_over(struct seqstat_task owner)
{
	set->slots[0].owner = owner;

	return rte_seqstat_writer_attach(set, 0) != NULL;
}

/** Owners of which one cannot be sure keep their writers, others do not. */
static bool
check_owners(void)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, 0);
	struct seqstat_task task = seqstat_task_thread();

	CHECK(w != NULL, "not attached: %s", rte_strerror(rte_errno));
	CHECK(!taken_over(task) && rte_errno == EBUSY, "from this thread");
	task.start++;
	CHECK(taken_over(task), "not from an earlier thread of the same id");
	task.namespaces++;
	CHECK(!taken_over(task) && rte_errno == EBUSY, "from one that tells time otherwise");
	task = seqstat_task_thread();
	task.start++;
	task.namespaces += UINT64_C(1) << 32;
	CHECK(!taken_over(task) && rte_errno == EBUSY, "from one that tells ids otherwise");
	CHECK(!taken_over(living_task()) && rte_errno == EBUSY, "from a process not well known");
	task = living_task();
	task.tid = NOBODY;
	CHECK(taken_over(task), "not from a thread that ended");
	CHECK(taken_over((struct seqstat_task){ .tid = 0 }), "not from nobody");
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached");
	CHECK(rte_seqstat_writer_detach(w) == -EPERM, "detached twice");

	return true;
}

/** A set that its maker, killed meanwhile, did not enter into the list. */
static bool
check_debris(void)
{
	struct rte_seqstat *other = fault_set_create("debris");

	CHECK(other != NULL && *seqstat_sets() == other, "no set: %s", rte_strerror(rte_errno));
	*seqstat_sets() = other->next;
	other = fault_set_create("debris");
	CHECK(other != NULL, "its name cannot be had: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_free(other) == 0, "not freed");

	return true;
}

/* The control lock: a thread that ends with it, or keeps it. */

static uint32_t
lock_and_end(void *arg __rte_unused)
{
	return seqstat_control_lock() == 0 ? 0 : 1;
}

static bool
lock_elsewhere(void)
{
	rte_thread_t thread;
	uint32_t ret = 1;

	return rte_thread_create(&thread, NULL, lock_and_end, NULL) == 0 &&
		rte_thread_join(thread, &ret) == 0 && ret == 0;
}

static void
ignore(const char *name __rte_unused, void *arg __rte_unused)
{
}

static uint32_t
lookup(void *arg __rte_unused)
{
	return rte_seqstat_lookup("set") == NULL ? rte_errno : 0;
}

/** Returns how many calls did not say that they cannot have the control lock. */
static uint32_t
call_all(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_counter counter;
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_seqstat_info info;
	const int results[] = {
		fault_set_create("other") == NULL ? -rte_errno : 0,
		rte_seqstat_lookup("set") == NULL ? -rte_errno : 0,
		rte_seqstat_snapshot_create(set) == NULL ? -rte_errno : 0,
		rte_seqstat_writer_attach(set, 1) == NULL ? -rte_errno : 0,
		rte_seqstat_writer_detach(w),
		rte_seqstat_free(set),
		rte_seqstat_walk(ignore, NULL),
		rte_seqstat_info_get(set, &info),
		rte_seqstat_counter_get(set, 0, &counter),
		rte_seqstat_row_name_set(set, 0, "name"),
		rte_seqstat_row_name_get(set, 0, name),
	};
	uint32_t i, n = 0;

	for (i = 0; i < RTE_DIM(results); i++)
		n += results[i] != -ETIMEDOUT;

	return n;
}

static bool
check_lock(void)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, 0);
	rte_thread_t thread;
	uint32_t ret = 1;

	CHECK(lock_elsewhere(), "a thread cannot end with the lock");
	CHECK(rte_seqstat_lookup("set") == set, "the lock of a thread that ended: %s",
		rte_strerror(rte_errno));

	/* This thread keeps it: another one waits for a second. */
	CHECK(w != NULL && seqstat_control_lock() == 0, "no lock");
	CHECK(rte_thread_create(&thread, NULL, lookup, NULL) == 0 &&
		rte_thread_join(thread, &ret) == 0, "no thread");
	seqstat_control_unlock();
	CHECK(ret == ETIMEDOUT, "who did not get it: %s", rte_strerror((int)ret));

	fault_inject((struct fault){ .nth = 1, .locks = true, .lasts = true });
	ret = call_all(w);
	fault_end();
	CHECK(ret == 0, "%u calls do not say that they did not get it", ret);
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached");

	return true;
}

/** Who gives a set back needs the control lock too: else the set stays. */
static bool
check_release(void)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);

	CHECK(snap != NULL, "no snapshot: %s", rte_strerror(rte_errno));
	fault_inject((struct fault){ .nth = 1, .locks = true });
	rte_seqstat_snapshot_free(snap);
	CHECK(fault_end(), "given back without the lock");
	CHECK(rte_seqstat_free(set) == -EBUSY, "freed while in use");
	memset(set->processes, 0, sizeof(set->processes));

	return true;
}

/** Another reader has the turn: all writers are known, and nothing of them. */
static bool
check_turn(void)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, 0);
	struct rte_seqstat_writer_info info;
	FILE *f = tmpfile();

	CHECK(f != NULL && w != NULL && snap != NULL, "not ready: %s", rte_strerror(rte_errno));
	pthread_mutex_lock(&set->turn);
	CHECK(rte_seqstat_snapshot_take(snap, 0) == -ETIMEDOUT, "taken");
	CHECK(rte_seqstat_dump(f, set) == -ETIMEDOUT && ftell(f) == 0, "dumped");
	pthread_mutex_unlock(&set->turn);
	fclose(f);

	CHECK(rte_seqstat_snapshot_n_writers(snap) == 1, "the writer is not known");
	CHECK(rte_seqstat_snapshot_writer_info(snap, 0, &info) == 0 &&
		(info.flags & RTE_SEQSTAT_WRITER_STALE) != 0, "not stale");
	CHECK(rte_seqstat_snapshot_tsc(snap) == 0 && !rte_seqstat_snapshot_is_cut(snap),
		"a time, or a cut");
	rte_seqstat_snapshot_free(snap);
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached");

	return true;
}

/** Who attached ended, and the set was freed. */
static bool
check_freed(void)
{
	struct rte_seqstat *other = fault_set_create("other");
	struct rte_seqstat_writer *w;

	CHECK(other != NULL, "no set: %s", rte_strerror(rte_errno));
	w = rte_seqstat_writer_attach(other, 0);
	CHECK(w != NULL, "not attached: %s", rte_strerror(rte_errno));
	other->slots[0].owner.tid = NOBODY;
	CHECK(rte_seqstat_free(other) == 0, "not freed");
	CHECK(rte_seqstat_writer_detach(w) == -ENOENT, "detached from a set that was freed");

	return true;
}

/** Dump a set; *found: whether a text is in what was dumped. */
static int
dump(const char *text, bool *found)
{
	char *dumped = NULL;
	size_t size;
	FILE *f = open_memstream(&dumped, &size);
	int ret;

	if (f == NULL)
		return -ENOMEM;
	ret = rte_seqstat_dump(f, set);
	fclose(f);
	*found = strstr(dumped, text) != NULL;
	free(dumped);

	return ret;
}

/** A dump has what a writer left open; without the control lock it times out. */
static bool
check_dump(void)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, 0);
	struct fault fault = { .locks = true };
	struct rte_seqstat_section sec;
	bool found, more;
	int ret;

	CHECK(w != NULL, "no writer: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_write_begin(w);
	CHECK(dump("lcore 0: (stale)", &found) == 0 && found, "inside a section");
	rte_seqstat_write_end(&sec);
	CHECK(dump("lcore 0: packets", &found) == 0 && found, "between two sections");
	rte_seqstat_write_begin(w);
	set->slots[0].owner.tid = 0;
	CHECK(dump("lcore 0: (repaired)", &found) == 0 && found, "after its owner ended");
	do {
		fault.nth++;
		fault_inject(fault);
		ret = dump("row 1", &found);
		more = fault_end();
		CHECK(ret == -ETIMEDOUT || (ret == 0 && found), "lock %u: %s", fault.nth,
			rte_strerror(-ret));
		CHECK(dump("row 1 ''", &found) == 0 && found, "after lock %u", fault.nth);
	} while (more);
	/* See check_release(). */
	memset(set->processes, 0, sizeof(set->processes));

	return true;
}

/** A process that cannot read files knows nothing of others, and takes nothing from them. */
static bool
check_files(bool empty)
{
	struct fault fault = { .nth = 1, .empty = empty };
	struct rte_seqstat_writer *w;

	fault_inject(fault);
	w = rte_seqstat_writer_attach(set, 0);
	CHECK(fault_end() && w != NULL, "not attached: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_writer_attach(set, 0) == NULL && rte_errno == EBUSY, "attached twice");
	CHECK(rte_seqstat_free(set) == -EBUSY, "freed while attached");
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached");

	w = rte_seqstat_writer_attach(set, 0);
	CHECK(w != NULL, "not attached again: %s", rte_strerror(rte_errno));
	fault_inject(fault);
	CHECK(rte_seqstat_free(set) == -EBUSY && fault_end(), "freed while attached");
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached again");

	return true;
}

/** A memzone that is not the library's has the name of one. */
static bool
check_foreign(void)
{
	static const char content[] = "not a set";
	const struct rte_memzone *mz;

	mz = rte_memzone_reserve("SEQSTAT_foreign", sizeof(content), SOCKET_ID_ANY, 0);
	CHECK(mz != NULL, "no memzone: %s", rte_strerror(rte_errno));
	memcpy(mz->addr, content, sizeof(content));
	CHECK(fault_set_create("foreign") == NULL && rte_errno == EEXIST, "%s",
		rte_strerror(rte_errno));
	CHECK(rte_memzone_lookup("SEQSTAT_foreign") == mz && strcmp(mz->addr, content) == 0,
		"the memzone is not what it was");
	CHECK(rte_seqstat_lookup("foreign") == NULL && rte_errno == ENOENT, "taken for a set");
	rte_memzone_free(mz);

	return true;
}

bool
fault_test_others(void)
{
	set = fault_set_create("set");
	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	if (!check_processes() || !check_owners() || !check_files(false) || !check_files(true) ||
			!check_foreign() || !check_debris() || !check_lock() || !check_release() ||
			!check_turn() || !check_freed() || !check_dump())
		return false;
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}
