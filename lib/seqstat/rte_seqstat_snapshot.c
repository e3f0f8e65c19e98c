/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "seqstat_private.h"
#include "seqstat_read.h"

/** Longest time limit that is told apart from forever: ten years. */
#define TIMEOUT_MAX_US (UINT64_C(10) * 365 * 24 * 3600 * US_PER_S)

/** How long to wait for writers without a system call, in microseconds. */
#define AWAKE_US 50
/** How long to leave the CPU to others between two rounds after that. */
#define SLEEP_US 50
/** Between two looks for owners that ended, which are many system calls. */
#define REPAIR_US 10000
/** Looks at the acknowledgement for one at the sequence number, whose line the writer uses. */
#define ROUNDS_PER_IDLE_TRY 8

/** What a snapshot holds of one writer. */
struct snapshot_writer {
	struct seqstat_rows rows;
	uint64_t *values; /**< All rows, packed. */
	uint32_t slot;
	bool pending; /**< Still to be read in this snapshot. */
	struct rte_seqstat_writer_info info;
};

struct rte_seqstat_snapshot {
	struct rte_seqstat *st;
	size_t values_size; /**< Bytes of the numbers of one writer. */
	uint64_t tsc; /**< Of the cut; of a difference, the time between two. */
	uint32_t n_writers;
	struct snapshot_writer *writers; /**< In the order in which their blocks were made. */
	uint64_t *spare; /**< Room for an attempt to copy one writer. */
};

/** What is counted during one snapshot. */
struct tally {
	uint32_t idle;
	uint32_t acked;
	uint32_t missed;
	uint64_t saved;
};

void
seqstat_snapshot_dealloc(struct rte_seqstat_snapshot *snap)
{
	uint32_t i;

	if (snap == NULL)
		return;
	for (i = 0; i < snap->n_writers; i++)
		free(snap->writers[i].values);
	free(snap->writers);
	free(snap->spare);
	free(snap);
}

struct rte_seqstat_snapshot *
seqstat_snapshot_alloc(struct rte_seqstat *st)
{
	struct rte_seqstat_snapshot *snap;

	snap = calloc(1, sizeof(*snap));
	if (snap == NULL)
		return NULL;
	snap->st = st;
	snap->values_size = (size_t)st->n_rows * st->n_values * sizeof(uint64_t);
	snap->writers = calloc(st->n_slots, sizeof(snap->writers[0]));
	snap->spare = calloc(1, snap->values_size);
	if (snap->writers == NULL || snap->spare == NULL) {
		seqstat_snapshot_dealloc(snap);
		return NULL;
	}

	return snap;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_create, 26.11)
struct rte_seqstat_snapshot *
rte_seqstat_snapshot_create(struct rte_seqstat *st)
{
	struct rte_seqstat_snapshot *snap;
	int ret;

	ret = seqstat_hold(st);
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	snap = seqstat_snapshot_alloc(st);
	if (snap == NULL) {
		seqstat_release(st);
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
	seqstat_release(snap->st);
	seqstat_snapshot_dealloc(snap);
}

static struct rte_seqstat_writer_info
writer_info(const struct rte_seqstat *st, uint32_t slot)
{
	const struct seqstat_slot *from = &st->slots[slot];

	return (struct rte_seqstat_writer_info){
		.lcore_id = slot < st->max_lcore ? slot : LCORE_ID_ANY,
		.socket_id = from->socket_id,
		.pid = rte_atomic_load_explicit(&from->pid, rte_memory_order_relaxed),
		.flags = rte_atomic_load_explicit(&from->flags, rte_memory_order_relaxed),
	};
}

/** Make room for the writers up to a number. */
static int
add_writers(struct rte_seqstat_snapshot *snap, uint32_t n_writers)
{
	const struct rte_seqstat *st = snap->st;
	struct snapshot_writer *writer;

	while (snap->n_writers < n_writers) {
		writer = &snap->writers[snap->n_writers];
		writer->values = calloc(1, snap->values_size);
		if (writer->values == NULL)
			return -ENOMEM;
		writer->slot = st->made[snap->n_writers];
		writer->rows = seqstat_rows(st->slots[writer->slot].block);
		writer->info = writer_info(st, writer->slot);
		writer->info.flags |= RTE_SEQSTAT_WRITER_STALE;
		snap->n_writers++;
	}

	return 0;
}

/**
 * Find the writers of the set.
 *
 * For a cut, after the epoch began: a writer that is not found yet begins its
 * first section after that, as one that is found idle begins its next.
 */
static int
find_writers(struct rte_seqstat_snapshot *snap)
{
	/* Pairs with the store-release when a block was made. */
	return add_writers(snap, rte_atomic_load_explicit(&snap->st->n_made,
				rte_memory_order_acquire));
}

/** Read a writer if it acknowledged the epoch. */
static __rte_always_inline bool
read_acked(struct snapshot_writer *writer, struct seqstat_rows rows, uint64_t epoch,
		struct tally *tally)
{
	uint32_t n_saved;

	if (!seqstat_read_acked(writer->values, rows, epoch, &n_saved))
		return false;
	tally->acked++;
	tally->saved += n_saved;

	return true;
}

/** Read a writer if it is idle. */
static __rte_always_inline bool
read_idle(struct rte_seqstat_snapshot *snap, struct snapshot_writer *writer,
		struct seqstat_rows rows, uint64_t epoch, struct tally *tally)
{
	uint64_t *values = writer->values;

	/* Elsewhere first: an attempt that fails must leave the former values. */
	if (!seqstat_read_idle(snap->spare, rows, epoch))
		return false;
	writer->values = snap->spare;
	snap->spare = values;
	tally->idle++;

	return true;
}

/** Try once to read a writer, with so many values in a row. */
static __rte_always_inline bool
read_rows(struct rte_seqstat_snapshot *snap, struct snapshot_writer *writer, uint32_t n_values,
		uint64_t epoch, bool try_idle, struct tally *tally)
{
	struct seqstat_rows rows = writer->rows;

	rows.n_values = n_values;
	for (;;) {
		if (read_acked(writer, rows, epoch, tally))
			return true;
		if (!try_idle)
			return false;
		if (read_idle(snap, writer, rows, epoch, tally))
			return true;
		/* It is not idle because a section began, which may have acknowledged. */
		try_idle = false;
	}
}

/**
 * Try once to read a writer.
 *
 * With packets and bytes of one, two or three kinds the compiler knows the number of values: it
 * makes a straight line of the copying of a row, where a loop takes up to a third longer.
 */
static bool
read_writer(struct rte_seqstat_snapshot *snap, struct snapshot_writer *writer,
		uint64_t epoch, bool try_idle, struct tally *tally)
{
	switch (writer->rows.n_values) {
	case 2:
		return read_rows(snap, writer, 2, epoch, try_idle, tally);
	case 4:
		return read_rows(snap, writer, 4, epoch, try_idle, tally);
	case 6:
		return read_rows(snap, writer, 6, epoch, try_idle, tally);
	default:
		return read_rows(snap, writer, writer->rows.n_values, epoch, try_idle, tally);
	}
}

/** Try once to read each writer that is left. */
static uint32_t
read_round(struct rte_seqstat_snapshot *snap, uint64_t epoch, bool try_idle,
		struct tally *tally)
{
	uint32_t i, left = 0;

	for (i = 0; i < snap->n_writers; i++) {
		if (!snap->writers[i].pending)
			continue;
		if (read_writer(snap, &snap->writers[i], epoch, try_idle, tally))
			snap->writers[i].pending = false;
		else
			left++;
	}

	return left;
}

/** Close the sections of those writers that are left because they ended. */
static void
repair_dead(struct rte_seqstat_snapshot *snap)
{
	uint32_t i;

	/* Whoever has the lock may be stopped: the time limit goes before. */
	if (seqstat_control_trylock() != 0)
		return;
	for (i = 0; i < snap->n_writers; i++)
		if (snap->writers[i].pending)
			seqstat_slot_repair(snap->st, snap->writers[i].slot);
	seqstat_control_unlock();
}

static uint64_t
us_to_cycles(uint64_t us)
{
	uint64_t hz = rte_get_tsc_hz();

	return us / US_PER_S * hz + us % US_PER_S * hz / US_PER_S;
}

/** Read all writers, or those that let themselves be read until the time limit. */
static void
read_writers(struct rte_seqstat_snapshot *snap, uint64_t epoch, uint64_t limit,
		struct tally *tally)
{
	uint64_t now, awake = snap->tsc + us_to_cycles(AWAKE_US);
	uint64_t repair = awake;
	uint32_t i, round, left;
	bool over = false;

	for (i = 0; i < snap->n_writers; i++)
		snap->writers[i].pending = true;
	left = read_round(snap, epoch, true, tally);
	for (round = 1; left > 0 && !over; round++) {
		now = rte_get_tsc_cycles();
		over = now >= limit;
		if (over || now >= repair) {
			/* Again and again: the lock may be busy, and owners end at any time. */
			repair_dead(snap);
			repair = now + us_to_cycles(REPAIR_US);
		} else if (now < awake) {
			rte_pause();
		} else {
			rte_delay_us_sleep(SLEEP_US);
		}
		left = read_round(snap, epoch, now >= awake || over ||
				round % ROUNDS_PER_IDLE_TRY == 0, tally);
	}
	tally->missed = left;
}

/** Tell of each writer who it is, and whether its values are of this snapshot. */
static void
flag_writers(struct rte_seqstat_snapshot *snap)
{
	struct snapshot_writer *writer;
	uint32_t i;

	for (i = 0; i < snap->n_writers; i++) {
		writer = &snap->writers[i];
		writer->info = writer_info(snap->st, writer->slot);
		if (writer->pending)
			writer->info.flags |= RTE_SEQSTAT_WRITER_STALE;
		writer->pending = false;
	}
}

/** What only the holder of the turn changes, so that no locked instruction is needed. */
static void
self_add(RTE_ATOMIC(uint64_t) *count, uint64_t n)
{
	rte_atomic_store_explicit(count,
			rte_atomic_load_explicit(count, rte_memory_order_relaxed) + n,
			rte_memory_order_relaxed);
}

static void
count_self(struct rte_seqstat *st, const struct tally *tally, uint64_t cycles)
{
	uint64_t ns = (uint64_t)((double)cycles * NS_PER_S / (double)rte_get_tsc_hz());

	self_add(&st->self.snapshots, 1);
	self_add(&st->self.read_idle, tally->idle);
	self_add(&st->self.read_acked, tally->acked);
	self_add(&st->self.rows_saved, tally->saved);
	self_add(&st->self.missed, tally->missed);
	if (ns > rte_atomic_load_explicit(&st->self.longest_ns, rte_memory_order_relaxed))
		rte_atomic_store_explicit(&st->self.longest_ns, ns, rte_memory_order_relaxed);
}

/** Begin a new epoch. The turn is held. */
static uint64_t
begin_epoch(struct rte_seqstat *st)
{
	/* Both are looked at: a reader may have been killed when it had stored one only. */
	uint64_t epoch = RTE_MAX(
			rte_atomic_load_explicit(&st->latest_epoch, rte_memory_order_relaxed),
			rte_atomic_load_explicit(&st->epoch, rte_memory_order_relaxed)) + 1;

	rte_atomic_store_explicit(&st->latest_epoch, epoch, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&st->epoch, epoch, rte_memory_order_relaxed);
	/*
	 * The epoch is visible before any writer is looked at: a section that is not
	 * in this snapshot because its writer was found idle stored its odd number
	 * later, so that whoever hears of that section begins with the new epoch, or
	 * after its end.
	 */
	rte_atomic_thread_fence(rte_memory_order_seq_cst);

	return epoch;
}

/**
 * End the epoch: sections that begin from now on put nothing aside.
 *
 * If the reader is killed before, they go on, which is the only consequence.
 */
static void
end_epoch(struct rte_seqstat *st)
{
	/*
	 * What was read was read before: pairs with the branch on the epoch in
	 * __rte_seqstat_row_claim(), before what a section stores.
	 */
	rte_atomic_store_explicit(&st->epoch, 0, rte_memory_order_release);
}

/** Take a snapshot while holding the turn. */
static int
take(struct rte_seqstat_snapshot *snap, uint64_t limit)
{
	struct rte_seqstat *st = snap->st;
	struct tally tally = { 0 };
	uint64_t epoch, start;
	int ret;

	epoch = begin_epoch(st);
	start = rte_get_tsc_cycles();
	ret = find_writers(snap);
	if (ret == 0) {
		snap->tsc = start;
		read_writers(snap, epoch, limit, &tally);
	}
	end_epoch(st);
	if (ret != 0)
		return ret;
	flag_writers(snap);
	count_self(st, &tally, rte_get_tsc_cycles() - start);

	return tally.missed == 0 ? 0 : -ETIMEDOUT;
}

/** Without a turn: all writers are known, also those of which there is nothing yet. */
static int
miss(struct rte_seqstat_snapshot *snap)
{
	uint32_t i;
	int ret;

	ret = find_writers(snap);
	for (i = 0; i < snap->n_writers; i++)
		snap->writers[i].info.flags |= RTE_SEQSTAT_WRITER_STALE;

	return ret != 0 ? ret : -ETIMEDOUT;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_take, 26.11)
int
rte_seqstat_snapshot_take(struct rte_seqstat_snapshot *snap, uint64_t timeout_us)
{
	uint64_t limit;
	int ret;

	if (snap == NULL)
		return -EINVAL;
	timeout_us = RTE_MIN(timeout_us, TIMEOUT_MAX_US);
	limit = rte_get_tsc_cycles() + us_to_cycles(timeout_us);

	ret = seqstat_lock_take(&snap->st->turn, timeout_us);
	if (ret != 0)
		return miss(snap);
	ret = take(snap, limit);
	pthread_mutex_unlock(&snap->st->turn);

	return ret;
}

void
seqstat_snapshot_freshen(struct rte_seqstat_snapshot *snap,
		const struct rte_seqstat_snapshot *from)
{
	uint32_t i;

	snap->tsc = RTE_MAX(snap->tsc, from->tsc);
	for (i = 0; i < from->n_writers; i++)
		if (snap->writers[i].info.flags & RTE_SEQSTAT_WRITER_STALE)
			memcpy(snap->writers[i].values, from->writers[i].values,
				snap->values_size);
}

/** Subtract one row, which may be where the result goes. */
static void
diff_row(const struct rte_seqstat *st, uint64_t *diff, const uint64_t *newer,
		const uint64_t *older)
{
	const struct rte_seqstat_counter *counter;
	uint32_t i, end;

	for (counter = st->counters; counter < st->counters + st->n_counters; counter++) {
		end = counter->value + seqstat_counter_width(counter);
		for (i = counter->value; i < end; i++)
			diff[i] = counter->type == RTE_SEQSTAT_GAUGE ? newer[i] :
				newer[i] - older[i];
	}
}

/** Subtract one writer's values; the older ones may be missing. */
static void
diff_writer(const struct rte_seqstat *st, struct snapshot_writer *diff,
		const struct snapshot_writer *newer, const struct snapshot_writer *older)
{
	uint32_t flags = newer->info.flags;
	size_t at, n = (size_t)st->n_rows * st->n_values;

	if (older == NULL) {
		memmove(diff->values, newer->values, n * sizeof(diff->values[0]));
	} else {
		flags |= older->info.flags & RTE_SEQSTAT_WRITER_STALE;
		for (at = 0; at < n; at += st->n_values)
			diff_row(st, &diff->values[at], &newer->values[at], &older->values[at]);
	}
	diff->info = newer->info;
	diff->info.flags = flags;
}

/** Forget writers that a former content had more. */
static void
drop_writers(struct rte_seqstat_snapshot *snap, uint32_t n_writers)
{
	while (snap->n_writers > n_writers)
		free(snap->writers[--snap->n_writers].values);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_diff, 26.11)
int
rte_seqstat_snapshot_diff(struct rte_seqstat_snapshot *diff,
		const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	uint32_t i, n_older;
	int ret;

	if (diff == NULL || newer == NULL || older == NULL ||
			diff->st != newer->st || diff->st != older->st)
		return -EINVAL;

	/* Before the result may get more writers than its source had. */
	n_older = older->n_writers;
	ret = add_writers(diff, newer->n_writers);
	if (ret != 0)
		return ret;
	for (i = 0; i < newer->n_writers; i++)
		diff_writer(diff->st, &diff->writers[i], &newer->writers[i],
			i < n_older ? &older->writers[i] : NULL);
	drop_writers(diff, newer->n_writers);
	diff->tsc = newer->tsc - older->tsc;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_tsc, 26.11)
uint64_t
rte_seqstat_snapshot_tsc(const struct rte_seqstat_snapshot *snap)
{
	return snap->tsc;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_set, 26.11)
struct rte_seqstat *
rte_seqstat_snapshot_set(const struct rte_seqstat_snapshot *snap)
{
	return snap->st;
}

/** Whether all lcores see stores of two others in the same order, which a cut rests on. */
#if defined(RTE_ARCH_X86) || defined(RTE_ARCH_ARM64) || defined(RTE_ARCH_ARMv8_AARCH32) || \
		defined(RTE_ARCH_RISCV)
#define MULTI_COPY_ATOMIC true
#else
#define MULTI_COPY_ATOMIC false
#endif

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_is_cut, 26.11)
bool
rte_seqstat_snapshot_is_cut(const struct rte_seqstat_snapshot *snap)
{
	bool cut = MULTI_COPY_ATOMIC && snap->tsc != 0;
	uint32_t i;

	for (i = 0; i < snap->n_writers; i++)
		cut &= (snap->writers[i].info.flags & RTE_SEQSTAT_WRITER_STALE) == 0;

	return cut;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_n_writers, 26.11)
uint32_t
rte_seqstat_snapshot_n_writers(const struct rte_seqstat_snapshot *snap)
{
	return snap->n_writers;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_writer_info, 26.11)
int
rte_seqstat_snapshot_writer_info(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		struct rte_seqstat_writer_info *info)
{
	if (snap == NULL || info == NULL || writer >= snap->n_writers)
		return -EINVAL;
	*info = snap->writers[writer].info;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_row, 26.11)
const uint64_t *
rte_seqstat_snapshot_row(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint32_t row)
{
	if (snap == NULL || writer >= snap->n_writers || row >= snap->st->n_rows)
		return NULL;

	return &snap->writers[writer].values[(size_t)row * snap->st->n_values];
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_total, 26.11)
int
rte_seqstat_snapshot_total(const struct rte_seqstat_snapshot *snap, uint32_t row,
		uint64_t *values)
{
	const uint64_t *from;
	uint32_t i, writer;

	if (snap == NULL || values == NULL || row >= snap->st->n_rows)
		return -EINVAL;
	memset(values, 0, snap->st->n_values * sizeof(values[0]));
	for (writer = 0; writer < snap->n_writers; writer++) {
		from = rte_seqstat_snapshot_row(snap, writer, row);
		for (i = 0; i < snap->st->n_values; i++)
			values[i] += from[i];
	}

	return 0;
}
