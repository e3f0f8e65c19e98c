/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Take snapshots: one cut over all writers of one or several sets. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_pause.h>

#include "seqstat_clear.h"
#include "seqstat_control.h"
#include "seqstat_lock.h"
#include "seqstat_snapshot.h"
#include "seqstat_writer.h"

/** Time to wait for writers in a loop without system calls. */
#define AWAKE_US 50
/** Time to sleep between two rounds after that. */
#define SLEEP_US 50
/** Time to leave the turn to others between two cuts. */
#define BREAK_US 200
/** Maximum time to hold the turn while writers stay inside sections. */
#define TURN_US 1000
/**
 * Rounds of which one looks at the sequence number: the others look only at the acknowledgment,
 * which lies in a cache line that the writer changes less often.
 */
#define ROUNDS_PER_IDLE_TRY 8

/** Snapshot objects that are read in one epoch. */
struct group {
	struct rte_seqstat_snapshot *const *snaps;
	unsigned int n;
	struct seqstat_cut *cut;
	uint64_t epoch;
	uint64_t start; /**< TSC of the cut. */
	bool again;     /**< Whether a former cut of this call lacked some writers. */
	uint32_t left;  /**< Number of writers that the latest cut lacks. */
	uint32_t least; /**< Minimum of this number over all cuts of this call. */
};

void
seqstat_snapshot_dealloc(struct rte_seqstat_snapshot *snap)
{
	uint32_t i;

	if (snap == NULL)
		return;
	for (i = 0; i < snap->n_room; i++)
		free(snap->writers[i].values);
	free(snap->writers);
	free(snap->spare);
	free(snap->retired);
	free(snap);
}

struct rte_seqstat_snapshot *
seqstat_snapshot_alloc(struct seqstat_handle *handle)
{
	const struct seqstat_set *set = handle->set;
	struct rte_seqstat_snapshot *snap;

	snap = calloc(1, sizeof(*snap));
	if (snap == NULL)
		return NULL;
	snap->handle = handle;
	snap->set = set;
	snap->owner = seqstat_self();
	snap->birth_ns = set->birth_ns;
	snap->values_size = (size_t)set->n_rows * set->n_values * sizeof(uint64_t);
	snap->spare = calloc(1, snap->values_size);
	snap->retired = calloc(1, set->n_values * sizeof(snap->retired[0]) +
			set->n_rows * sizeof(snap->generations[0]));
	if (snap->spare == NULL || snap->retired == NULL) {
		seqstat_snapshot_dealloc(snap);
		return NULL;
	}
	snap->generations = (uint32_t *)(snap->retired + set->n_values);

	return snap;
}

int
seqstat_snapshot_reserve(struct rte_seqstat_snapshot *snap, uint32_t n_writers)
{
	struct seqstat_view *writers;

	if (n_writers > snap->n_room) {
		writers = calloc(n_writers, sizeof(writers[0]));
		if (writers == NULL)
			return -ENOMEM;
		if (snap->n_room > 0)
			memcpy(writers, snap->writers, snap->n_room * sizeof(writers[0]));
		free(snap->writers);
		snap->writers = writers;
	}
	for (; snap->n_room < n_writers; snap->n_room++) {
		snap->writers[snap->n_room].values = calloc(1, snap->values_size);
		if (snap->writers[snap->n_room].values == NULL)
			return -ENOMEM;
	}

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_create, 26.11)
struct rte_seqstat_snapshot *
rte_seqstat_snapshot_create(struct rte_seqstat *st)
{
	struct rte_seqstat_snapshot *snap;

	if (st == NULL || !seqstat_handle_reopen(seqstat_handle(st))) {
		rte_errno = st == NULL ? EINVAL : ENOENT;
		return NULL;
	}
	snap = seqstat_snapshot_alloc(seqstat_handle(st));
	if (snap == NULL) {
		seqstat_handle_close(seqstat_handle(st));
		rte_errno = ENOMEM;
	}

	return snap;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_free, 26.11)
void
rte_seqstat_snapshot_free(struct rte_seqstat_snapshot *snap)
{
	if (snap == NULL)
		return;
	if (snap->owner == seqstat_self())
		seqstat_handle_close(snap->handle);
	seqstat_snapshot_dealloc(snap);
}

/* One writer */

/** Read a writer if it is idle. Returns whether it was. */
static __rte_always_inline bool
read_idle(struct rte_seqstat_snapshot *snap, struct seqstat_view *view,
		struct seqstat_rows rows, uint64_t epoch)
{
	/*
	 * The acquire only orders this load before that of the sequence number. Otherwise, the
	 * number could include a section that was torn after the copy, and the next snapshot, which
	 * contains it, would not report it.
	 */
	uint32_t n_torn = rte_atomic_load_explicit(
			&snap->set->blocks[view - snap->writers].n_torn, rte_memory_order_acquire);
	uint64_t *values = view->values;

	/* Copy to spare memory: if the attempt fails, the former values remain. */
	if (!seqstat_read_idle(snap->spare, rows, epoch))
		return false;
	view->n_torn_next = n_torn;
	view->values = snap->spare;
	snap->spare = values;
	snap->tally.idle++;

	return true;
}

/** Try once to read a writer that has a given number of values in a row. */
static __rte_always_inline bool
read_rows(struct rte_seqstat_snapshot *snap, struct seqstat_view *view, uint32_t n_values,
		uint64_t epoch, bool try_idle)
{
	struct seqstat_rows rows = view->rows;
	uint32_t n_saved;

	rows.n_values = n_values;
	for (;;) {
		if (seqstat_read_acked(view->values, rows, epoch, &n_saved)) {
			snap->tally.acked++;
			snap->tally.saved += n_saved;
			return true;
		}
		if (!try_idle)
			return false;
		if (read_idle(snap, view, rows, epoch))
			return true;
		/* The section that made the attempt fail may have acknowledged the epoch. */
		try_idle = false;
	}
}

/**
 * Try once to read a writer. Returns whether it was read.
 *
 * For small rows, the number of values is a constant for the compiler, which then copies a unit
 * without a loop. A loop takes up to twice as long.
 */
static bool
read_writer(struct rte_seqstat_snapshot *snap, struct seqstat_view *view, uint64_t epoch,
		bool try_idle)
{
	switch (view->rows.n_values) {
	case 1:
		return read_rows(snap, view, 1, epoch, try_idle);
	case 2:
		return read_rows(snap, view, 2, epoch, try_idle);
	case 3:
		return read_rows(snap, view, 3, epoch, try_idle);
	case 4:
		return read_rows(snap, view, 4, epoch, try_idle);
	case 5:
		return read_rows(snap, view, 5, epoch, try_idle);
	case 6:
		return read_rows(snap, view, 6, epoch, try_idle);
	case 7:
		return read_rows(snap, view, 7, epoch, try_idle);
	case 8:
		return read_rows(snap, view, 8, epoch, try_idle);
	default:
		/* With the maximum, the compiler knows that each row is a unit of its own. */
		return read_rows(snap, view, RTE_MAX(view->rows.n_values, 9u), epoch, try_idle);
	}
}

/* All writers of the group */

/** Try once to read each pending writer. Returns the number of those that are still pending. */
static uint32_t
read_round(const struct group *group, bool try_idle)
{
	struct rte_seqstat_snapshot *snap;
	uint32_t writer, left = 0;
	struct seqstat_view *view;
	unsigned int i;

	for (i = 0; i < group->n; i++) {
		snap = group->snaps[i];
		for (writer = 0; writer < snap->n_writers; writer++) {
			view = &snap->writers[writer];
			if (!view->pending)
				continue;
			view->pending = !read_writer(snap, view, group->epoch, try_idle);
			left += view->pending;
		}
	}

	return left;
}

/** Close the open sections of pending writers whose process has ended or closed the set. */
static void
close_dead(const struct group *group)
{
	seqstat_owner_t owner, living = seqstat_self();
	struct seqstat_block *block;
	struct seqstat_set *set;
	uint32_t writer;
	unsigned int i;

	/* Do not wait for the control lock: its owner may be stopped. */
	if (seqstat_control_lock_until(0) != 0)
		return;
	for (i = 0; i < group->n; i++) {
		set = group->snaps[i]->handle->set;
		for (writer = 0; writer < group->snaps[i]->n_writers; writer++) {
			block = &set->blocks[writer];
			/*
			 * Pairs with the store-release in seqstat_block_put(). Otherwise the
			 * number of a section that had ended before could look odd.
			 */
			owner = rte_atomic_load_explicit(&block->owner, rte_memory_order_acquire);
			if (!group->snaps[i]->writers[writer].pending || owner == living)
				continue;
			if (seqstat_alive(owner))
				living = owner;
			else
				seqstat_block_close_section(set, block);
		}
	}
	seqstat_control_unlock();
}

/**
 * Read all writers.
 *
 * Returns the number of writers that stayed inside a section until the limit, or for a millisecond.
 */
static uint32_t
read_all(const struct group *group, uint64_t limit)
{
	uint32_t round, left = read_round(group, true);
	uint64_t now, awake, ask;
	bool over = false;

	if (left == 0)
		return 0;
	awake = group->start + seqstat_us_to_cycles(AWAKE_US);
	ask = awake;
	limit = RTE_MIN(limit, group->start + seqstat_us_to_cycles(TURN_US));
	for (round = 1; left > 0 && !over; round++) {
		now = rte_get_tsc_cycles();
		over = now >= limit;
		if (over || now >= ask) {
			close_dead(group);
			ask = limit;
		} else if (now < awake) {
			rte_pause();
		} else {
			rte_delay_us_sleep(SLEEP_US);
		}
		left = read_round(group, now >= awake || over ||
				round % ROUNDS_PER_IDLE_TRY == 0);
	}

	return left;
}

/** Begin a new epoch. Returns its number. Turn held. */
static uint64_t
begin_epoch(struct seqstat_cut *cut)
{
	/* Take the greater one: a reader may have been killed when it had stored only one. */
	uint64_t epoch = RTE_MAX(
			rte_atomic_load_explicit(&cut->latest_epoch, rte_memory_order_relaxed),
			rte_atomic_load_explicit(&cut->epoch, rte_memory_order_relaxed)) + 1;

	rte_atomic_store_explicit(&cut->latest_epoch, epoch, rte_memory_order_relaxed);
	/*
	 * Pairs with the acquire fence in __rte_seqstat_row_save(). Otherwise a writer could save
	 * the values that a row had before it was cleared and set to zero.
	 */
	rte_atomic_store_explicit(&cut->epoch, epoch, rte_memory_order_release);
	/*
	 * Make the epoch visible before any writer is read. If a section is not in this snapshot,
	 * because its writer was read when idle, it stored its odd number after that read. So a
	 * thread that learns of this section begins its own sections with the new epoch, or after
	 * the end of the epoch. Otherwise such a later section could be in the snapshot.
	 */
	rte_atomic_thread_fence(rte_memory_order_seq_cst);

	return epoch;
}

/**
 * End the epoch: sections that begin from now on save nothing.
 *
 * If the reader is killed before, the only consequence is that sections continue to save units.
 */
static void
end_epoch(struct seqstat_cut *cut)
{
	/*
	 * Order all reads of this snapshot before the end of the epoch: pairs with the branch on
	 * the epoch in rte_seqstat_row(). Otherwise a copy could have a part of a section that
	 * saved nothing.
	 */
	rte_atomic_store_explicit(&cut->epoch, 0, rte_memory_order_release);
}

/** Return the number of writers of a set. */
static uint32_t
count_writers(const struct seqstat_set *set)
{
	/* Pairs with the store-release when a block is published: the blocks are complete. */
	return rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_acquire);
}

/** Reserve memory for all writers, and note their torn sections. Returns 0 or -ENOMEM. */
static int
reserve(const struct group *group)
{
	struct rte_seqstat_snapshot *snap;
	uint32_t n, writer;
	unsigned int i;
	int ret;

	for (i = 0; i < group->n; i++) {
		snap = group->snaps[i];
		n = count_writers(snap->set);
		ret = seqstat_snapshot_reserve(snap, n);
		if (ret != 0)
			return ret;
		/*
		 * The acquires only order these loads before the epoch: a section that is torn
		 * later may be missing in the state that a writer acknowledges.
		 */
		for (writer = 0; writer < n; writer++)
			snap->writers[writer].n_torn_next = rte_atomic_load_explicit(
					&snap->set->blocks[writer].n_torn,
					rte_memory_order_acquire);
	}

	return 0;
}

/** Add the writers of a set to a snapshot, up to a number for which there is room. */
static void
add_writers(struct rte_seqstat_snapshot *snap, uint32_t n_writers)
{
	const struct seqstat_block *block;
	struct seqstat_view *view;

	for (; snap->n_writers < n_writers; snap->n_writers++) {
		block = &snap->set->blocks[snap->n_writers];
		view = &snap->writers[snap->n_writers];
		view->rows = seqstat_rows(block->writer);
		view->info = (struct rte_seqstat_writer_info){
			.lcore_id = block->lcore_id,
			.socket_id = block->socket_id,
			.flags = RTE_SEQSTAT_UNREAD,
		};
		view->n_torn_before = 0;
		view->read = false;
	}
}

/**
 * Find the writers to read. Returns whether there is room for all of them.
 *
 * The epoch has begun. So a writer that is not found begins its first section after that, like the
 * next section of a writer that is read when idle.
 */
static bool
find_writers(const struct group *group)
{
	struct rte_seqstat_snapshot *snap;
	uint32_t n, writer;
	unsigned int i;

	for (i = 0; i < group->n; i++) {
		snap = group->snaps[i];
		n = count_writers(snap->set);
		if (n > snap->n_room)
			return false;
		add_writers(snap, n);
		for (writer = 0; writer < n; writer++)
			snap->writers[writer].pending = true;
		snap->tally = (struct seqstat_tally){ 0 };
	}

	return true;
}

/**
 * Describe all writers of a snapshot, and flag those that were not read.
 *
 * @param again
 *   Whether to keep RTE_SEQSTAT_TORN from a former cut of the same call
 */
static void
commit_writers(struct rte_seqstat_snapshot *snap, bool again)
{
	const struct seqstat_block *block;
	struct seqstat_view *view;
	uint32_t i, n_torn;

	for (i = 0; i < snap->n_writers; i++) {
		block = &snap->set->blocks[i];
		view = &snap->writers[i];
		n_torn = rte_atomic_load_explicit(&block->n_torn, rte_memory_order_relaxed);
		view->info.pid = rte_atomic_load_explicit(&block->pid, rte_memory_order_relaxed);
		view->info.crowded = rte_atomic_load_explicit(&block->crowded,
				rte_memory_order_relaxed) != 0;
		view->info.flags = (again ? view->info.flags & RTE_SEQSTAT_TORN : 0) |
			(n_torn != view->n_torn_before ? RTE_SEQSTAT_TORN : 0);
		/* The values of a difference are not those of an earlier snapshot. */
		view->read = view->read && !snap->difference;
		if (view->pending) {
			view->info.flags |= view->read ? RTE_SEQSTAT_STALE : RTE_SEQSTAT_UNREAD;
		} else {
			view->n_torn_before = view->n_torn_next;
			view->read = true;
		}
		snap->tally.missed += view->pending;
		view->n_torn = n_torn;
		view->pending = false;
	}
}

/** Note which rows were cleared, and zero the former values of stale writers in these rows. */
static void
commit_clears(struct rte_seqstat_snapshot *snap)
{
	const struct seqstat_set *set = snap->set;
	const size_t row_size = set->n_values * sizeof(snap->retired[0]);
	uint32_t i, row, generation;

	memcpy(snap->retired, set->retired, row_size);
	for (row = 0; row < set->n_rows; row++) {
		generation = rte_atomic_load_explicit(&set->generations[row],
				rte_memory_order_relaxed);
		if (generation == snap->generations[row])
			continue;
		snap->generations[row] = generation;
		for (i = 0; i < snap->n_writers; i++)
			if (snap->writers[i].pending)
				memset(&snap->writers[i].values[(size_t)row * set->n_values], 0,
					row_size);
	}
	snap->n_clears = set->n_clears;
}

/** Add to a statistic. Only the owner of the turn changes it: no locked instruction is needed. */
static void
self_add(rte_seqstat_word_t *count, uint64_t n)
{
	rte_atomic_store_explicit(count,
			rte_atomic_load_explicit(count, rte_memory_order_relaxed) + n,
			rte_memory_order_relaxed);
}

/** Add a cut to the statistics of a set. Turn held. */
static void
count_self(struct seqstat_set *set, const struct seqstat_tally *tally, uint64_t cycles)
{
	self_add(&set->self.snapshots, 1);
	self_add(&set->self.read_idle, tally->idle);
	self_add(&set->self.read_acked, tally->acked);
	self_add(&set->self.rows_saved, tally->saved);
	self_add(&set->self.missed, tally->missed);
	if (cycles > rte_atomic_load_explicit(&set->self.longest, rte_memory_order_relaxed))
		rte_atomic_store_explicit(&set->self.longest, cycles, rte_memory_order_relaxed);
}

/** Take one cut. Returns 0, -ETIMEDOUT, or -EAGAIN if there is no room for writers. Turn held. */
static int
take_cut(struct group *group, uint64_t limit)
{
	uint64_t cycles;
	unsigned int i;

	for (i = 0; i < group->n; i++)
		seqstat_clear_finish(group->snaps[i]->handle->set, false);
	group->epoch = begin_epoch(group->cut);
	group->start = rte_get_tsc_cycles();
	if (!find_writers(group)) {
		end_epoch(group->cut);
		return -EAGAIN;
	}
	group->left = read_all(group, limit);
	end_epoch(group->cut);
	group->least = RTE_MIN(group->least, group->left);
	cycles = rte_get_tsc_cycles() - group->start;
	for (i = 0; i < group->n; i++) {
		group->snaps[i]->tsc = group->start;
		group->snaps[i]->taken = true;
		if (group->snaps[i]->difference ||
				group->snaps[i]->n_clears != group->snaps[i]->set->n_clears)
			commit_clears(group->snaps[i]);
		commit_writers(group->snaps[i], group->again);
		group->snaps[i]->difference = false;
		count_self(group->snaps[i]->handle->set, &group->snaps[i]->tally, cycles);
	}

	return group->left == 0 ? 0 : -ETIMEDOUT;
}

/** Flag all writers, because the caller did not get the turn and read none. */
static void
miss(const struct group *group)
{
	struct rte_seqstat_snapshot *snap;
	unsigned int i;
	uint32_t w;

	for (i = 0; i < group->n; i++) {
		snap = group->snaps[i];
		add_writers(snap, RTE_MIN(count_writers(snap->set), snap->n_room));
		for (w = 0; w < snap->n_writers; w++)
			snap->writers[w].info.flags = snap->writers[w].read ?
				RTE_SEQSTAT_STALE : RTE_SEQSTAT_UNREAD;
	}
}

/** Return whether to take another cut after one that lacks some writers. */
static bool
try_again(const struct group *group, uint64_t limit, uint64_t settle)
{
	uint64_t now = rte_get_tsc_cycles();

	/* The last cut may lack writers that were only preempted: end with one that lacks less. */
	return now < settle || (now < limit && group->left > group->least);
}

/** Take cuts until one has all writers, or the timeout is nearly over. Returns 0 or an error. */
static int
take(struct group *group, uint64_t timeout)
{
	const uint64_t limit = rte_get_tsc_cycles() + timeout, settle = limit - timeout / 4;
	bool again;
	int ret;

	do {
		ret = reserve(group);
		if (ret != 0) /* After a former cut, this cut is the content of the objects. */
			return group->again ? -ETIMEDOUT : ret;
		ret = -EBUSY;
		if (seqstat_turn_take(group->cut, limit) == 0) {
			ret = take_cut(group, limit);
			seqstat_turn_release(group->cut);
		}
		group->again |= ret == -ETIMEDOUT;
		again = ret == -ETIMEDOUT && try_again(group, limit, settle);
		if (again)
			rte_delay_us_sleep(BREAK_US);
	} while (ret == -EAGAIN || again);
	/* Without the turn, a former cut is the result, or nothing was read. */
	if (ret == -EBUSY && !group->again)
		miss(group);

	return ret == -EBUSY ? -ETIMEDOUT : ret;
}

/** Check the objects of a group. Returns 0, -EINVAL or -EPERM. */
static int
group_check(const struct group *group)
{
	const struct rte_seqstat_snapshot *snap;
	unsigned int i, j;

	for (i = 0; i < group->n; i++) {
		snap = group->snaps[i];
		if (snap == NULL)
			return -EINVAL;
		/* Check this before the set is read: the parent may have freed it. */
		if (snap->owner != seqstat_self())
			return -EPERM;
		if (snap->set->cut != group->snaps[0]->set->cut)
			return -EINVAL;
		for (j = 0; j < i; j++)
			if (group->snaps[j] == snap)
				return -EINVAL;
	}

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_take_all, 26.11)
int
rte_seqstat_snapshot_take_all(struct rte_seqstat_snapshot *const *snaps, unsigned int n,
		uint64_t timeout_us)
{
	struct group group = { .snaps = snaps, .n = n, .least = UINT32_MAX };
	int ret;

	if (snaps == NULL || n == 0)
		return -EINVAL;
	ret = group_check(&group);
	if (ret != 0)
		return ret;
	group.cut = snaps[0]->set->cut;

	return take(&group, seqstat_us_to_cycles(timeout_us));
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_take, 26.11)
int
rte_seqstat_snapshot_take(struct rte_seqstat_snapshot *snap, uint64_t timeout_us)
{
	return rte_seqstat_snapshot_take_all(&snap, 1, timeout_us);
}
