/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Sets: create, look up, close, free and describe them. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memzone.h>
#include <rte_string_fns.h>
#include <rte_time.h>

#include "seqstat_balance.h"
#include "seqstat_block.h"
#include "seqstat_clear.h"
#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_lock.h"
#include "seqstat_schema.h"
#include "seqstat_writer.h"

#define MZ_PREFIX "SEQSTAT_"

static_assert(sizeof(MZ_PREFIX) - 1 + RTE_SEQSTAT_NAMESIZE <= RTE_MEMZONE_NAMESIZE,
	"the name of a set must fit into that of its memzone");

/** Time to wait for requests that read a set that is being freed. */
#define FREE_TIMEOUT_US (1000 * 1000)
#define FREE_POLL_US 100

/** Look up the memzone of a set by the name of the set. */
static const struct rte_memzone *
memzone_of(const char *set_name)
{
	char name[RTE_MEMZONE_NAMESIZE];

	snprintf(name, sizeof(name), MZ_PREFIX "%s", set_name);

	return rte_memzone_lookup(name);
}

/** Return a time of birth that no set of the application had. Control lock held. */
static uint64_t
birth_next(void)
{
	struct seqstat_control *control = seqstat_control();
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	control->latest_birth_ns = RTE_MAX(rte_timespec_to_ns(&now), control->latest_birth_ns + 1);

	return control->latest_birth_ns;
}

/**
 * End a change of the list of sets: free the memzone of a set that is noted as unfinished and not
 * in the list.
 *
 * The next owner of the control lock does this for a process that was killed while it made or freed
 * a set. Control lock held.
 */
static void
finish(void)
{
	char *unfinished = seqstat_control()->unfinished;

	if (unfinished[0] != '\0' && seqstat_set_find(unfinished) == NULL)
		rte_memzone_free(memzone_of(unfinished));
	rte_compiler_barrier();
	unfinished[0] = '\0';
}

/** Note a set as unfinished while it is made or freed, until finish(). Control lock held. */
static void
begin_unfinished(const char *name)
{
	char *unfinished = seqstat_control()->unfinished;

	/* Store the first character last: a name that is not empty is complete. */
	strlcpy(unfinished + 1, name + 1, RTE_SEQSTAT_NAMESIZE - 1);
	rte_compiler_barrier();
	unfinished[0] = name[0];
	rte_compiler_barrier();
}

/** Fill the memory of a set. Control lock held. */
static struct seqstat_set *
set_fill(struct seqstat_set *set, size_t size, const struct rte_seqstat_params *params,
		void *retired)
{
	uint32_t i;

	memset(set, 0, size);
	set->flags = params->flags;
	set->birth_ns = birth_next();
	strlcpy(set->name, params->name, sizeof(set->name));
	set->n_labels = seqstat_labels_count(params->labels);
	for (i = 0; i < set->n_labels; i++)
		strlcpy(set->label_names[i], params->labels[i], sizeof(set->label_names[i]));
	set->n_rows = params->n_rows;
	set->n_counters = params->n_counters;
	set->n_values = seqstat_schema_n_values(params->counters, params->n_counters);
	set->stride = __RTE_SEQSTAT_STRIDE(set->n_values);
	set->block_size = seqstat_parts(set->n_rows, set->n_values).end;
	set->counters = (struct rte_seqstat_counter *)(set + 1);
	seqstat_schema_copy(set->counters, &set->first_value, params->counters,
			params->n_counters);
	seqstat_clear_init(set, retired);
	set->n_balances = params->n_balances;
	set->balances = RTE_PTR_ADD(set->counters,
			seqstat_schema_size(params->counters, params->n_counters));
	seqstat_balances_copy(set->balances, params);
	set->cut = (set->flags & RTE_SEQSTAT_OWN_EPOCH) != 0 ? &set->own_cut :
		&seqstat_control()->cut;

	return set;
}

/** Reserve and fill the memory of a set. Returns 0 or a negative errno. Control lock held. */
static int
set_make(const struct rte_seqstat_params *params, void *retired, struct seqstat_set **set)
{
	const size_t size = sizeof(struct seqstat_set) + seqstat_balances_size(params) +
		seqstat_schema_size(params->counters, params->n_counters);
	char name[RTE_MEMZONE_NAMESIZE];
	const struct rte_memzone *mz;
	int ret = 0;

	if (seqstat_set_find(params->name) != NULL)
		return -EEXIST;
	finish();
	/* The application has reserved a memzone with this name. */
	if (memzone_of(params->name) != NULL)
		return -EEXIST;
	begin_unfinished(params->name);
	snprintf(name, sizeof(name), MZ_PREFIX "%s", params->name);
	mz = rte_memzone_reserve_aligned(name, size, params->socket_id, 0, __RTE_SEQSTAT_LINE);
	if (mz != NULL) {
		*set = set_fill(mz->addr, size, params, retired);
		seqstat_handle_announce(*set, true, false);
		seqstat_set_link(*set);
	} else {
		ret = -rte_errno;
	}
	finish();

	return ret;
}

/** Create a set. Returns 0 or a negative errno. */
static int
set_create(const struct rte_seqstat_params *params, struct seqstat_set **set)
{
	const uint32_t n_values = seqstat_schema_n_values(params->counters, params->n_counters);
	void *retired;
	int ret;

	/* The size of a block is the only size that may not fit in 32 bits. */
	if (seqstat_parts(params->n_rows, n_values).end > SIZE_MAX / 2)
		return -ENOMEM;
	ret = seqstat_register();
	if (ret != 0)
		return ret;
	/* Allocate and free large memory without the control lock. */
	retired = rte_zmalloc_socket("seqstat_rows", seqstat_clear_size(params->n_rows, n_values),
			__RTE_SEQSTAT_LINE, params->socket_id);
	if (retired == NULL)
		return -ENOMEM;
	ret = seqstat_control_lock();
	if (ret == 0) {
		ret = set_make(params, retired, set);
		seqstat_control_unlock();
	}
	if (ret != 0)
		rte_free(retired);

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_create, 26.11)
struct rte_seqstat *
rte_seqstat_create(const struct rte_seqstat_params *params)
{
	struct seqstat_handle *handle;
	int error;

	if (!seqstat_params_valid(params) || !seqstat_balances_valid(params)) {
		rte_errno = EINVAL;
		return NULL;
	}
	handle = seqstat_handle_create(params, set_create);
	if (handle == NULL)
		return NULL;
	if (handle->shared != NULL)
		return &handle->st;
	/* There is no memory for the shared writer: remove the set, or leave it to other users. */
	error = rte_errno;
	if (rte_seqstat_free(&handle->st) != 0)
		rte_seqstat_close(&handle->st);
	rte_errno = error;

	return NULL;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_lookup, 26.11)
struct rte_seqstat *
rte_seqstat_lookup(const char *name)
{
	struct seqstat_handle *handle;

	if (name == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	handle = seqstat_handle_open(name, false);

	return handle == NULL ? NULL : &handle->st;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_close, 26.11)
void
rte_seqstat_close(struct rte_seqstat *st)
{
	if (st != NULL)
		seqstat_handle_close(seqstat_handle(st));
}

/**
 * Remove a set if the caller is its only user. Control lock held.
 *
 * @param[out] memory
 *   Memory that the caller frees without the control lock, up to a NULL
 * @return
 *   As seqstat_handle_close_last()
 */
static int
set_remove(struct seqstat_handle *handle, void *memory[RTE_SEQSTAT_MAX_WRITERS + 3])
{
	struct seqstat_set *set = handle->set;
	uint32_t i, n;
	int ret;

	ret = seqstat_handle_close_last(handle);
	/* While the caller waits for requests of the library, prevent new ones. */
	rte_atomic_store_explicit(&set->freed_by, ret == -EAGAIN ? seqstat_self() : 0,
			rte_memory_order_relaxed);
	if (ret != 0)
		return ret;
	finish();
	begin_unfinished(set->name);
	seqstat_set_unlink(set);
	n = rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_relaxed);
	for (i = 0; i < n; i++)
		memory[i] = set->blocks[i].writer;
	memory[n++] = set->retired;
	if (set->labels != NULL)
		memory[n++] = set->labels;
	memory[n] = NULL;
	finish();

	return 0;
}

/** Try once to free a set. Returns as rte_seqstat_free(), or -EAGAIN while requests use it. */
static int
free_try(struct seqstat_handle *handle)
{
	void *memory[RTE_SEQSTAT_MAX_WRITERS + 3];
	uint32_t i;
	int ret;

	ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	ret = handle->set == NULL ? -ENOENT : set_remove(handle, memory);
	seqstat_control_unlock();
	for (i = 0; ret == 0 && memory[i] != NULL; i++)
		rte_free(memory[i]);

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_free, 26.11)
int
rte_seqstat_free(struct rte_seqstat *st)
{
	uint64_t limit = rte_get_tsc_cycles() + seqstat_us_to_cycles(FREE_TIMEOUT_US);
	struct seqstat_handle *handle;
	int ret;

	if (st == NULL)
		return 0;
	handle = seqstat_handle(st);
	if (handle->set == NULL)
		return -ENOENT;
	while ((ret = free_try(handle)) == -EAGAIN && rte_get_tsc_cycles() < limit)
		rte_delay_us_sleep(FREE_POLL_US);
	/* Allow requests again. No other process can wait: it would be a user of the set. */
	if (ret == -EAGAIN || ret == -ETIMEDOUT)
		rte_atomic_store_explicit(&handle->set->freed_by, 0, rte_memory_order_relaxed);

	return ret == -EAGAIN ? -EBUSY : ret;
}

/** Copy the name of the latest set that is older than a time of birth. Control lock held. */
static bool
name_next(uint64_t *birth_ns, char name[RTE_SEQSTAT_NAMESIZE])
{
	const struct seqstat_set *set = seqstat_control()->sets;

	while (set != NULL && set->birth_ns >= *birth_ns)
		set = set->next;
	if (set == NULL)
		return false;
	*birth_ns = set->birth_ns;
	strlcpy(name, set->name, RTE_SEQSTAT_NAMESIZE);

	return true;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_walk, 26.11)
int
rte_seqstat_walk(void (*func)(const char *name, void *arg), void *arg)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	uint64_t birth_ns = UINT64_MAX;
	bool found;
	int ret, n;

	if (func == NULL)
		return -EINVAL;
	for (n = 0; ; n++) {
		ret = seqstat_control_lock();
		if (ret != 0)
			return ret;
		found = name_next(&birth_ns, name);
		seqstat_control_unlock();
		if (!found)
			return n;
		func(name, arg);
	}
}

/** Load a number of the statistics of snapshots. */
static uint64_t
self_load(const rte_seqstat_word_t *count)
{
	return rte_atomic_load_explicit(count, rte_memory_order_relaxed);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_info_get, 26.11)
int
rte_seqstat_info_get(struct rte_seqstat *st, struct rte_seqstat_info *info)
{
	struct seqstat_set *set;
	int ret = seqstat_handle_set(st, &set);

	if (ret != 0)
		return ret;
	if (info == NULL)
		return -EINVAL;
	*info = (struct rte_seqstat_info){
		.birth_ns = set->birth_ns,
		.n_counters = set->n_counters,
		.n_values = set->n_values,
		.n_balances = set->n_balances,
		.n_rows = set->n_rows,
		.n_labels = set->n_labels,
		.n_writers = rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_relaxed),
		.block_size = set->block_size,
		.self = {
			.snapshots = self_load(&set->self.snapshots),
			.read_idle = self_load(&set->self.read_idle),
			.read_acked = self_load(&set->self.read_acked),
			.rows_saved = self_load(&set->self.rows_saved),
			.missed = self_load(&set->self.missed),
			.longest_ns = (double)self_load(&set->self.longest) * NS_PER_S /
				rte_get_tsc_hz(),
		},
	};
	strlcpy(info->name, set->name, sizeof(info->name));
	memcpy(info->labels, set->label_names, sizeof(info->labels));

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_counter_get, 26.11)
int
rte_seqstat_counter_get(struct rte_seqstat *st, uint32_t counter,
		struct rte_seqstat_counter *desc)
{
	struct seqstat_set *set;
	int ret = seqstat_handle_set(st, &set);

	if (ret != 0)
		return ret;
	if (desc == NULL || counter >= set->n_counters)
		return -EINVAL;
	*desc = set->counters[counter];

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_balance_get, 26.11)
int
rte_seqstat_balance_get(struct rte_seqstat *st, uint32_t balance,
		struct rte_seqstat_balance *desc)
{
	struct seqstat_set *set;
	int ret = seqstat_handle_set(st, &set);

	if (ret != 0)
		return ret;
	if (desc == NULL || balance >= set->n_balances)
		return -EINVAL;
	*desc = set->balances[balance];

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_first_value, 26.11)
int
rte_seqstat_first_value(struct rte_seqstat *st, uint32_t counter)
{
	struct seqstat_set *set;
	int ret = seqstat_handle_set(st, &set);

	if (ret != 0)
		return ret;

	return counter < set->n_counters ? (int)set->first_value[counter] : -EINVAL;
}
