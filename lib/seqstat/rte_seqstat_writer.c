/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "seqstat_private.h"

static void
slot_flag(struct seqstat_slot *slot, uint32_t set, uint32_t clear)
{
	uint32_t flags = rte_atomic_load_explicit(&slot->flags, rte_memory_order_relaxed);

	rte_atomic_store_explicit(&slot->flags, (flags | set) & ~clear,
			rte_memory_order_relaxed);
}

static bool
slot_is_shared(const struct rte_seqstat *st, uint32_t slot)
{
	return slot >= st->max_lcore;
}

static bool
slot_owner_alive(const struct rte_seqstat *st, uint32_t slot)
{
	const struct seqstat_task *owner = &st->slots[slot].owner;

	return slot_is_shared(st, slot) ? seqstat_task_process_alive(owner) :
		seqstat_task_thread_alive(owner);
}

static bool
slot_attached(const struct rte_seqstat *st, uint32_t slot)
{
	uint32_t flags = rte_atomic_load_explicit(&st->slots[slot].flags,
			rte_memory_order_relaxed);

	return st->slots[slot].block != NULL && (flags & RTE_SEQSTAT_WRITER_DETACHED) == 0;
}

bool
seqstat_slot_taken(const struct rte_seqstat *st, uint32_t slot)
{
	return slot_attached(st, slot) && slot_owner_alive(st, slot);
}

/* Run as it is in tests/model: scenario takeover. */
void
seqstat_slot_repair(struct rte_seqstat *st, uint32_t slot)
{
	struct rte_seqstat_writer *w = st->slots[slot].block;
	uint32_t sn;

	if (slot_owner_alive(st, slot))
		return;
	/* Nobody else writes the block now; who knows of the end sees what was stored before. */
	sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed);
	if ((sn & 1) == 0)
		return;
	slot_flag(&st->slots[slot], RTE_SEQSTAT_WRITER_REPAIRED, 0);
	/* Pairs, as the end of any section does, with the load-acquire of a reader. */
	rte_atomic_store_explicit(&w->lock.count.sn, sn + 1, rte_memory_order_release);
	SEQSTAT_LOG(NOTICE, "set '%s': thread %d ended inside a section", st->name,
		st->slots[slot].owner.tid);
}

/** Where a block really lies, as far as EAL knows. */
static int
block_socket(const struct rte_seqstat_writer *w, int wanted)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(w);

	return msl == NULL ? wanted : msl->socket_id;
}

/** Make the block of a slot, near the caller. */
static struct rte_seqstat_writer *
block_make(struct rte_seqstat *st, uint32_t slot)
{
	int socket_id = (int)rte_socket_id();
	struct rte_seqstat_writer *w;

	w = rte_zmalloc_socket("seqstat", st->block_size, RTE_SEQSTAT_LINE, socket_id);
	if (w == NULL && socket_id != SOCKET_ID_ANY) {
		w = rte_zmalloc("seqstat", st->block_size, RTE_SEQSTAT_LINE);
		if (w != NULL)
			SEQSTAT_LOG(WARNING, "set '%s': no memory on socket %d for its writer",
				st->name, socket_id);
	}
	if (w == NULL)
		return NULL;

	rte_seqlock_init(&w->lock);
	w->stride = st->stride;
	w->n_rows = st->n_rows;
	w->n_values = st->n_values;
	w->slot = slot;
	w->epoch = &st->epoch;
	w->saved_offset = (uintptr_t)st->n_rows * st->stride;
	/* The block is made, wherever this process may be killed. */
	rte_compiler_barrier();
	st->slots[slot].block = w;
	st->slots[slot].socket_id = block_socket(w, socket_id);

	return w;
}

/** Let readers find the block of a slot, unless they do already. */
static void
block_list(struct rte_seqstat *st, uint32_t slot)
{
	uint32_t i, n_made = rte_atomic_load_explicit(&st->n_made, rte_memory_order_relaxed);

	for (i = 0; i < n_made; i++)
		if (st->made[i] == slot)
			return;
	st->made[n_made] = slot;
	/* The block is ready: pairs with the load-acquire of the reader that finds it. */
	rte_atomic_store_explicit(&st->n_made, n_made + 1, rte_memory_order_release);
}

/** Give a slot that nobody has to the caller. */
static struct rte_seqstat_writer *
slot_claim(struct rte_seqstat *st, uint32_t slot, struct seqstat_task owner)
{
	struct rte_seqstat_writer *w = st->slots[slot].block;

	if (w == NULL) {
		w = block_make(st, slot);
		if (w == NULL) {
			rte_errno = ENOMEM;
			return NULL;
		}
	} else {
		seqstat_slot_repair(st, slot);
		/* A dead process may have left it locked. */
		rte_spinlock_init(&w->lock.lock);
	}
	st->slots[slot].owner = owner;
	rte_atomic_store_explicit(&st->slots[slot].pid, owner.pid, rte_memory_order_relaxed);
	slot_flag(&st->slots[slot], 0, RTE_SEQSTAT_WRITER_DETACHED);
	/* Also if the last owner was killed just before it did. */
	block_list(st, slot);

	return w;
}

static struct rte_seqstat_writer *
attach_lcore(struct rte_seqstat *st, unsigned int lcore_id)
{
	if (seqstat_slot_taken(st, lcore_id)) {
		rte_errno = EBUSY;
		return NULL;
	}

	return slot_claim(st, lcore_id, seqstat_task_thread());
}

static struct rte_seqstat_writer *
attach_shared(struct rte_seqstat *st)
{
	struct seqstat_process *process = seqstat_process_get(st);
	struct rte_seqstat_writer *w;
	uint32_t slot;

	if (process == NULL) {
		rte_errno = ENOSPC;
		return NULL;
	}
	slot = st->max_lcore + (uint32_t)(process - st->processes);
	if (process->shared_refs > 0)
		w = st->slots[slot].block;
	else
		w = slot_claim(st, slot, process->task);
	if (w != NULL)
		process->shared_refs++;

	return w;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_writer_attach, 26.11)
struct rte_seqstat_writer *
rte_seqstat_writer_attach(struct rte_seqstat *st, unsigned int lcore_id)
{
	struct rte_seqstat_writer *w;
	int ret;

	ret = seqstat_control_lock_set(st);
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	if (lcore_id == LCORE_ID_ANY) {
		w = attach_shared(st);
	} else if (lcore_id < st->max_lcore) {
		w = attach_lcore(st, lcore_id);
	} else {
		SEQSTAT_LOG(ERR, "no lcore %u", lcore_id);
		rte_errno = EINVAL;
		w = NULL;
	}
	seqstat_control_unlock();

	return w;
}

/**
 * The set of a writer, which is not to be asked itself: once its owner ended, the set may
 * have been freed. Control lock held.
 */
static struct rte_seqstat *
writer_set(const struct rte_seqstat_writer *w)
{
	struct rte_seqstat *st;
	uint32_t i;

	for (st = *seqstat_sets(); st != NULL; st = st->next)
		for (i = 0; i < st->n_slots; i++)
			if (st->slots[i].block == w)
				return st;

	return NULL;
}

/** Detach a writer. Control lock held. */
static int
detach(struct rte_seqstat *st, struct rte_seqstat_writer *w)
{
	struct seqstat_slot *slot = &st->slots[w->slot];
	struct seqstat_process *process = NULL;

	if (!slot_attached(st, w->slot) || slot->owner.pid != getpid())
		return -EPERM;
	if (slot_is_shared(st, w->slot)) {
		process = &st->processes[w->slot - st->max_lcore];
		if (process->shared_refs > 1) {
			process->shared_refs--;
			return 0;
		}
	}
	seqstat_slot_repair(st, w->slot);
	if (rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed) & 1)
		return -EBUSY;
	slot_flag(slot, RTE_SEQSTAT_WRITER_DETACHED, 0);
	if (process != NULL)
		process->shared_refs = 0;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_writer_detach, 26.11)
int
rte_seqstat_writer_detach(struct rte_seqstat_writer *w)
{
	struct rte_seqstat *st;
	int ret;

	if (w == NULL)
		return 0;
	ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	st = writer_set(w);
	ret = st == NULL ? -ENOENT : detach(st, w);
	seqstat_control_unlock();

	return ret;
}
