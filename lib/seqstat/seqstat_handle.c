/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include <rte_errno.h>

#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_lock.h"
#include "seqstat_writer.h"

/** Handles of this process. A forked child has none. */
static struct handles {
	/** Held while a set is opened. Its owner may take the control lock. */
	pthread_mutex_t open_lock;
	/** Guards the lists and the counts of opens. Its owner takes no other lock. */
	pthread_mutex_t lock;
	struct seqstat_handle *open;
	struct seqstat_handle *unused;
} *handles;

RTE_INIT(seqstat_handles_init)
{
	handles = seqstat_process_alloc(sizeof(*handles));
}

/** The latest section that the calling thread began on a shared writer, perhaps of a freed set. */
static __thread struct {
	struct rte_seqstat_section sec;
	uint64_t birth_ns; /**< Time of birth of the set, which identifies it. */
} latest;

/** Close the section of the calling thread on the shared writer, and release the spinlock. */
static void
close_shared(struct seqstat_handle *handle)
	__rte_no_thread_safety_analysis
{
	struct rte_seqstat_writer *w = latest.sec.writer;

	if (handle->set->birth_ns != latest.birth_ns || handle->shared == NULL ||
			handle->shared->writer != w)
		return;
	/* No other section has this number: if it is current, this thread has the spinlock. */
	if (rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed) !=
			latest.sec.sn)
		return;
	seqstat_block_close_section(handle->set, handle->shared);
	rte_spinlock_unlock(&w->lock.lock);
}

/** Close the sections that a thread has left open when it gives its lcore id back. */
static void
lcore_uninit(unsigned int lcore_id, void *arg __rte_unused)
{
	struct seqstat_handle *handle;

	if (lcore_id >= RTE_MAX_LCORE)
		return;
	seqstat_mutex_lock(&handles->lock);
	for (handle = handles->open; handle != NULL; handle = handle->next) {
		if (handle->blocks[lcore_id] != NULL)
			seqstat_block_close_section(handle->set, handle->blocks[lcore_id]);
		close_shared(handle);
	}
	seqstat_mutex_unlock(&handles->lock);
}

/** Register lcore_uninit() once. The caller holds no lock: EAL calls it under a lock of its own. */
static void
watch_lcores(void)
{
	static RTE_ATOMIC(uint32_t) watching;

	if (rte_atomic_exchange_explicit(&watching, 1, rte_memory_order_relaxed) == 0 &&
			rte_lcore_callback_register("seqstat", NULL, lcore_uninit, NULL) == NULL)
		SEQSTAT_LOG(WARNING, "a thread that unregisters inside a section leaves it open");
}

void
seqstat_handle_announce(struct seqstat_set *set, bool used, bool passing)
{
	seqstat_owner_t self = seqstat_self();
	uint32_t slot = SEQSTAT_OWNER_SLOT(self);

	rte_atomic_store_explicit(&set->users[slot].passing, passing, rte_memory_order_relaxed);
	/*
	 * Pairs with the load-acquire in used_by_others(). Otherwise another process could free
	 * the set while this one still reads it.
	 */
	rte_atomic_store_explicit(&set->users[slot].owner, used ? self : 0,
			rte_memory_order_release);
}

/** Get an unused handle, or allocate one. Returns NULL if there is no memory. */
static struct seqstat_handle *
handle_alloc(void)
{
	struct seqstat_handle *handle;

	seqstat_mutex_lock(&handles->lock);
	handle = handles->unused;
	if (handle != NULL)
		handles->unused = handle->next;
	seqstat_mutex_unlock(&handles->lock);

	return handle != NULL ? handle : seqstat_process_alloc(sizeof(*handle) +
			RTE_MAX_LCORE * sizeof(void *));
}

/** Count an open or a request, and announce it. Handles lock held. */
static void
count_open(struct seqstat_handle *handle, bool passing)
{
	if (passing)
		handle->n_passing++;
	else
		handle->n_opens++;
	seqstat_handle_announce(handle->set, true, handle->n_opens == 0);
}

/** Find the open handle of a set, and open it again. Returns NULL if there is none. */
static struct seqstat_handle *
find_open(const struct seqstat_set *set, bool passing)
{
	struct seqstat_handle *handle;

	seqstat_mutex_lock(&handles->lock);
	for (handle = handles->open; handle != NULL; handle = handle->next)
		if (handle->set == set)
			break;
	if (handle != NULL)
		count_open(handle, passing);
	seqstat_mutex_unlock(&handles->lock);

	return handle;
}

/** Get the shared writer that the application needs to count. Open lock held. */
static bool
prepare_counting(struct seqstat_handle *handle)
{
	if (handle->shared != NULL)
		return true;
	handle->shared = seqstat_block_get(handle->set, LCORE_ID_ANY, true);
	handle->st.n_writers = RTE_MAX_LCORE;

	return handle->shared != NULL;
}

/** Begin to use a handle for a set. The process was announced as a user of the set. */
static void
handle_enter(struct seqstat_handle *handle, struct seqstat_set *set, bool passing)
{
	handle->set = set;
	seqstat_mutex_lock(&handles->lock);
	handle->next = handles->open;
	handles->open = handle;
	count_open(handle, passing);
	seqstat_mutex_unlock(&handles->lock);
}

/** Open a set by its name. Returns as seqstat_handle_open(). Open lock held. */
static struct seqstat_handle *
open_locked(const char *name, bool passing)
{
	struct seqstat_handle *handle = NULL;
	struct seqstat_set *set;
	int ret;

	ret = seqstat_control_lock();
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	set = seqstat_set_find(name);
	/* Requests of the library do not open a set that a living process waits to free. */
	if (set != NULL && passing && seqstat_alive(
			rte_atomic_load_explicit(&set->freed_by, rte_memory_order_relaxed)))
		set = NULL;
	if (set != NULL) {
		handle = find_open(set, passing);
		if (handle == NULL)
			seqstat_handle_announce(set, true, passing);
	}
	seqstat_control_unlock();
	if (set == NULL) {
		rte_errno = ENOENT;
		return NULL;
	}
	if (handle != NULL)
		return handle;
	handle = handle_alloc();
	if (handle == NULL) {
		seqstat_handle_announce(set, false, false);
		rte_errno = ENOMEM;
	} else {
		handle_enter(handle, set, passing);
	}

	return handle;
}

struct seqstat_handle *
seqstat_handle_open(const char *name, bool passing)
{
	struct seqstat_handle *handle;
	int error;

	if (handles == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	watch_lcores();
	seqstat_mutex_lock(&handles->open_lock);
	handle = open_locked(name, passing);
	if (handle != NULL && !passing && !prepare_counting(handle)) {
		error = rte_errno;
		seqstat_handle_close(handle);
		rte_errno = error;
		handle = NULL;
	}
	seqstat_mutex_unlock(&handles->open_lock);

	return handle;
}

struct seqstat_handle *
seqstat_handle_create(const struct rte_seqstat_params *params, seqstat_make_t make)
{
	struct seqstat_handle *handle;
	struct seqstat_set *set;
	int ret;

	if (handles == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	watch_lcores();
	/* With this lock, no other thread opens the set before this one has a handle. */
	seqstat_mutex_lock(&handles->open_lock);
	handle = handle_alloc();
	ret = handle == NULL ? -ENOMEM : make(params, &set);
	if (ret == 0) {
		handle_enter(handle, set, false);
		prepare_counting(handle);
	} else {
		if (handle != NULL) {
			seqstat_mutex_lock(&handles->lock);
			handle->next = handles->unused;
			handles->unused = handle;
			seqstat_mutex_unlock(&handles->lock);
			handle = NULL;
		}
		rte_errno = -ret;
	}
	seqstat_mutex_unlock(&handles->open_lock);

	return handle;
}

bool
seqstat_handle_reopen(struct seqstat_handle *handle)
{
	bool open;

	seqstat_mutex_lock(&handles->lock);
	open = handle->set != NULL && handle->n_opens > 0;
	if (open)
		handle->n_opens++;
	seqstat_mutex_unlock(&handles->lock);

	return open;
}

/** Give back all blocks, so that the next process that counts can adopt them. Handles lock held. */
static void
stop_counting(struct seqstat_handle *handle)
{
	unsigned int i;

	handle->st.n_writers = 0;
	for (i = 0; i < RTE_MAX_LCORE; i++) {
		if (handle->blocks[i] != NULL)
			seqstat_block_put(handle->blocks[i]);
		handle->blocks[i] = NULL;
		handle->st.writers[i] = NULL;
		handle->refused[i] = false;
	}
	if (handle->shared != NULL)
		seqstat_block_put(handle->shared);
	handle->shared = NULL;
}

/**
 * Announce to other processes which opens of a handle remain. If none does, release the handle.
 * Handles lock held.
 */
static void
closed(struct seqstat_handle *handle)
{
	struct seqstat_handle **link = &handles->open;

	if (handle->n_opens == 0)
		stop_counting(handle);
	if (handle->n_opens + handle->n_passing > 0) {
		seqstat_handle_announce(handle->set, true, handle->n_opens == 0);
		return;
	}
	seqstat_handle_announce(handle->set, false, false);
	while (*link != handle)
		link = &(*link)->next;
	*link = handle->next;
	handle->set = NULL;
	handle->next = handles->unused;
	handles->unused = handle;
}

void
seqstat_handle_close(struct seqstat_handle *handle)
{
	seqstat_mutex_lock(&handles->lock);
	if (handle->set != NULL && handle->n_opens > 0) {
		handle->n_opens--;
		closed(handle);
	}
	seqstat_mutex_unlock(&handles->lock);
}

void
seqstat_handle_pass(struct seqstat_handle *handle)
{
	seqstat_mutex_lock(&handles->lock);
	handle->n_passing--;
	closed(handle);
	seqstat_mutex_unlock(&handles->lock);
}

/** Find out whether other processes use a set. Returns as seqstat_handle_close_last(). */
static int
used_by_others(const struct seqstat_set *set)
{
	seqstat_owner_t owner;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < RTE_SEQSTAT_MAX_PROCESSES; i++) {
		/* Pairs with the store-release in seqstat_handle_announce(), as described there. */
		owner = rte_atomic_load_explicit(&set->users[i].owner, rte_memory_order_acquire);
		if (owner == seqstat_self() || !seqstat_alive(owner))
			continue;
		if (!rte_atomic_load_explicit(&set->users[i].passing, rte_memory_order_relaxed))
			return -EBUSY;
		ret = -EAGAIN;
	}

	return ret;
}

int
seqstat_handle_close_last(struct seqstat_handle *handle)
{
	int ret = used_by_others(handle->set);

	seqstat_mutex_lock(&handles->lock);
	if (ret != -EBUSY && handle->n_opens != 1)
		ret = -EBUSY;
	else if (ret == 0 && handle->n_passing > 0)
		ret = -EAGAIN;
	if (ret == 0) {
		handle->n_opens = 0;
		closed(handle);
	}
	seqstat_mutex_unlock(&handles->lock);

	return ret;
}

/** Writer of all handles that are closed or were inherited on fork. No reader reads it. */
static struct {
	struct rte_seqstat_writer writer;
	/* All rows lie here, because the stride of the writer is 0. */
	alignas(__RTE_SEQSTAT_LINE) uint64_t row[RTE_SEQSTAT_MAX_VALUES];
} nowhere;

static const rte_seqstat_word_t no_epoch;

RTE_INIT(seqstat_nowhere_init)
{
	nowhere.writer.name = "(none)";
	nowhere.writer.lcore_id = LCORE_ID_ANY;
	nowhere.writer.n_rows = RTE_SEQSTAT_MAX_ROWS;
	nowhere.writer.n_values = RTE_SEQSTAT_MAX_VALUES;
	nowhere.writer.epoch = &no_epoch;
}

/** Make the writer of the calling lcore. Returns NULL with rte_errno if there is none. */
static struct rte_seqstat_writer *
writer_make(struct seqstat_handle *handle, unsigned int lcore_id, bool wait)
{
	struct seqstat_block *block;

	if (handle->refused[lcore_id]) {
		rte_errno = ENOMEM;
		return NULL;
	}
	block = seqstat_block_get(handle->set, lcore_id, wait);
	if (block == NULL) {
		/* The lock may be free at the next section: try again then. */
		if (rte_errno == ETIMEDOUT)
			return NULL;
		SEQSTAT_LOG(WARNING, "set '%s': lcore %u has no writer of its own: %s",
			handle->set->name, lcore_id, rte_strerror(rte_errno));
		/* The lcore counts on the shared writer from now on, and does not try again. */
		handle->refused[lcore_id] = true;
		rte_atomic_store_explicit(&handle->shared->crowded, 1, rte_memory_order_relaxed);
		return NULL;
	}
	handle->blocks[lcore_id] = block;
	handle->st.writers[lcore_id] = block->writer;

	return block->writer;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_writer, 26.11)
struct rte_seqstat_writer *
rte_seqstat_writer(struct rte_seqstat *st)
{
	unsigned int lcore_id = rte_lcore_id();

	/* The table is empty if the handle is closed or was inherited on fork. */
	if (st == NULL || lcore_id >= st->n_writers) {
		rte_errno = EINVAL;
		return NULL;
	}
	if (st->writers[lcore_id] != NULL)
		return st->writers[lcore_id];

	return writer_make(seqstat_handle(st), lcore_id, true);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(__rte_seqstat_begin_slow, 26.11)
struct rte_seqstat_section
__rte_seqstat_begin_slow(struct rte_seqstat *st)
{
	struct seqstat_handle *handle = seqstat_handle(st);
	unsigned int lcore_id = rte_lcore_id();
	struct rte_seqstat_writer *w = NULL;

	/* The handle is closed or inherited. Take no spinlock: a fork may have left it taken. */
	if (handle->shared == NULL)
		return rte_seqstat_writer_begin(&nowhere.writer);
	/* Do not wait: the owner of the control lock may be stopped. */
	if (lcore_id < st->n_writers)
		w = writer_make(handle, lcore_id, false);

	if (w != NULL)
		return rte_seqstat_writer_begin(w);
	latest.sec = __rte_seqstat_shared_begin(handle->shared->writer);
	latest.birth_ns = handle->set->birth_ns;

	return latest.sec;
}
