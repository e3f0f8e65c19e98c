/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "seqstat_block.h"
#include "seqstat_control.h"
#include "seqstat_lock.h"
#include "seqstat_writer.h"

/** Timeout of a section for the control lock; so short that the thread does not sleep. */
#define SECTION_US 10

void
seqstat_block_close_section(struct seqstat_set *set, struct seqstat_block *block)
{
	struct rte_seqstat_writer *w = block->writer;
	uint32_t sn;

	/* The owner's stores are visible: it is this thread, or the kernel dropped its lock. */
	sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed);
	if ((sn & 1) == 0)
		return;
	rte_atomic_fetch_add_explicit(&block->n_torn, 1, rte_memory_order_relaxed);
	/* Pairs with the reader's load-acquire of the number, as in rte_seqstat_end(). */
	rte_atomic_store_explicit(&w->lock.count.sn, sn + 1, rte_memory_order_release);
	SEQSTAT_LOG(NOTICE, "set '%s': lcore %d of process %d ended inside a section", set->name,
		(int)block->lcore_id,
		rte_atomic_load_explicit(&block->pid, rte_memory_order_relaxed));
}

/** Allocate a block on the NUMA node of the calling thread, or on another. */
static struct rte_seqstat_writer *
block_alloc(struct seqstat_set *set, unsigned int lcore_id)
{
	const struct seqstat_parts parts = seqstat_parts(set->n_rows, set->n_values);
	const struct seqstat_unit unit = seqstat_unit(set->n_values);
	int socket_id = (int)rte_socket_id();
	struct rte_seqstat_writer *w;

	w = rte_zmalloc_socket("seqstat", set->block_size, __RTE_SEQSTAT_LINE, socket_id);
	if (w == NULL && socket_id != SOCKET_ID_ANY) {
		w = rte_zmalloc("seqstat", set->block_size, __RTE_SEQSTAT_LINE);
		if (w != NULL)
			SEQSTAT_LOG(WARNING, "set '%s': no memory on socket %d for its writer",
				set->name, socket_id);
	}
	if (w == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	rte_seqlock_init(&w->lock);
	w->name = set->name;
	w->stride = set->stride;
	w->n_rows = set->n_rows;
	w->n_values = set->n_values;
	w->lcore_id = lcore_id;
	w->epoch = &set->cut->epoch;
	w->saved_offset = parts.saved - sizeof(*w);
	w->tags_offset = parts.tags;
	w->tag_shift = unit.tag_shift;
	w->unit_words = unit.n_words;

	return w;
}

/** Find a block of an lcore id whose owner is dead or gave it back. Control lock held. */
static struct seqstat_block *
find_left(struct seqstat_set *set, unsigned int lcore_id)
{
	uint32_t i, n = rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_relaxed);
	seqstat_owner_t owner;

	for (i = 0; i < n; i++) {
		if (set->blocks[i].lcore_id != lcore_id)
			continue;
		/*
		 * Pairs with the store-release in seqstat_block_put(). Otherwise the next owner
		 * could add to older values.
		 */
		owner = rte_atomic_load_explicit(&set->blocks[i].owner, rte_memory_order_acquire);
		if (!seqstat_alive(owner))
			return &set->blocks[i];
	}

	return NULL;
}

/** Make this process the owner of a block. Control lock held, or block not published. */
static void
own_block(struct seqstat_block *block)
{
	rte_atomic_store_explicit(&block->pid, getpid(), rte_memory_order_relaxed);
	rte_atomic_store_explicit(&block->owner, seqstat_self(), rte_memory_order_relaxed);
}

/** Adopt a block that another owner left. Control lock held. */
static void
adopt(struct seqstat_set *set, struct seqstat_block *block)
{
	seqstat_block_close_section(set, block);
	/* Its owner may have died with the spinlock taken. */
	rte_spinlock_init(&block->writer->lock.lock);
	rte_atomic_store_explicit(&block->crowded, 0, rte_memory_order_relaxed);
	own_block(block);
}

/** Add a new block to a set. Returns NULL with rte_errno if the set is full. Control lock held. */
static struct seqstat_block *
publish(struct seqstat_set *set, struct rte_seqstat_writer *w, unsigned int lcore_id)
{
	uint32_t n = rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_relaxed);
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(w);
	struct seqstat_block *block = &set->blocks[n];

	if (n == RTE_SEQSTAT_MAX_WRITERS) {
		rte_errno = ENOSPC;
		return NULL;
	}
	*block = (struct seqstat_block){
		.writer = w,
		.lcore_id = lcore_id,
		/* EAL does not know the node of all memory. */
		.socket_id = msl != NULL ? msl->socket_id : (int)rte_socket_id(),
	};
	own_block(block);
	/*
	 * Pairs with the load-acquire of the number by readers and by the clear of a row.
	 * Otherwise they could find a block that is not complete.
	 */
	rte_atomic_store_explicit(&set->n_blocks, n + 1, rte_memory_order_release);

	return block;
}

/** Take the control lock, for which a section waits 10 microseconds only. */
static int
lock(bool wait)
{
	return wait ? seqstat_control_lock() : seqstat_control_lock_until(
			rte_get_tsc_cycles() + seqstat_us_to_cycles(SECTION_US));
}

/** Make a new block. Returns NULL with rte_errno as seqstat_block_get(). */
static struct seqstat_block *
block_new(struct seqstat_set *set, unsigned int lcore_id, bool wait)
{
	struct rte_seqstat_writer *w = block_alloc(set, lcore_id);
	struct seqstat_block *block;
	int ret;

	if (w == NULL)
		return NULL;
	ret = lock(wait);
	if (ret == 0) {
		block = publish(set, w, lcore_id);
		seqstat_control_unlock();
	} else {
		rte_errno = -ret;
		block = NULL;
	}
	if (block == NULL)
		rte_free(w);

	return block;
}

struct seqstat_block *
seqstat_block_get(struct seqstat_set *set, unsigned int lcore_id, bool wait)
{
	struct seqstat_block *block;
	int ret;

	ret = lock(wait);
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	block = find_left(set, lcore_id);
	if (block != NULL)
		adopt(set, block);
	seqstat_control_unlock();

	return block != NULL ? block : block_new(set, lcore_id, wait);
}

void
seqstat_block_put(struct seqstat_block *block)
{
	/* Pairs with the load-acquire in find_left(), as described there. */
	rte_atomic_store_explicit(&block->owner, 0, rte_memory_order_release);
}
