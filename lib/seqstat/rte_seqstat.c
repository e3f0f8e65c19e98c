/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memzone.h>
#include <rte_string_fns.h>

#include "seqstat_private.h"

RTE_LOG_REGISTER_DEFAULT(seqstat_logtype, INFO);

/* Here, and not beside the commands: an archive's member that nothing refers to is not linked. */
RTE_INIT(seqstat_init)
{
	seqstat_telemetry_register();
}

#define MZ_PREFIX "SEQSTAT_"
#define MAGIC UINT64_C(0x5345515354415453)

static_assert(sizeof(MZ_PREFIX) - 1 + RTE_SEQSTAT_NAMESIZE <= RTE_MEMZONE_NAMESIZE,
	"the name of a set must fit into that of its memzone");

/** A counter of the schema with room for its strings, in the memzone. */
struct counter_strings {
	char name[RTE_SEQSTAT_NAMESIZE];
	char unit[RTE_SEQSTAT_NAMESIZE];
	char help[RTE_SEQSTAT_HELPSIZE];
};

/* Names: what can be a key in a telemetry reply, part of a metric's name, and typed. */

static bool
name_valid(const char *name, bool capitals)
{
	const char *c;

	if (name == NULL || strnlen(name, RTE_SEQSTAT_NAMESIZE) == RTE_SEQSTAT_NAMESIZE)
		return false;
	for (c = name; *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (capitals && *c >= 'A' && *c <= 'Z') ||
				(c != name && ((*c >= '0' && *c <= '9') || *c == '_'))))
			return false;

	return c != name;
}

/* Free text: what can be a string in JSON without escapes. */
static bool
text_valid(const char *text, size_t size)
{
	const char *c;

	if (strnlen(text, size) == size)
		return false;
	for (c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;

	return true;
}

static bool
bounds_valid(const struct rte_seqstat_counter *counter)
{
	uint32_t i;

	if (counter->n_bounds == 0 || counter->n_bounds > RTE_SEQSTAT_MAX_VALUES)
		return false;
	if (counter->bounds == NULL)
		return counter->n_bounds <= 64;
	for (i = 1; i < counter->n_bounds; i++)
		if (counter->bounds[i] <= counter->bounds[i - 1])
			return false;

	return true;
}

static bool
counter_valid(const struct rte_seqstat_counter *counter)
{
	if (!name_valid(counter->name, false) || strcmp(counter->name, "name") == 0) {
		SEQSTAT_LOG(ERR, "malformed or reserved name of a counter: '%s'",
			counter->name == NULL ? "" : counter->name);
		return false;
	}
	if (counter->unit != NULL && counter->unit[0] != '\0' &&
			!name_valid(counter->unit, false)) {
		SEQSTAT_LOG(ERR, "malformed unit of counter '%s'", counter->name);
		return false;
	}
	if (counter->help != NULL && !text_valid(counter->help, RTE_SEQSTAT_HELPSIZE)) {
		SEQSTAT_LOG(ERR, "malformed or overlong help of counter '%s'", counter->name);
		return false;
	}
	if (counter->type == RTE_SEQSTAT_HISTOGRAM) {
		if (!bounds_valid(counter)) {
			SEQSTAT_LOG(ERR, "malformed bounds of histogram '%s'", counter->name);
			return false;
		}
	} else if (counter->type != RTE_SEQSTAT_COUNTER && counter->type != RTE_SEQSTAT_GAUGE) {
		SEQSTAT_LOG(ERR, "unknown type of counter '%s'", counter->name);
		return false;
	}

	return true;
}

static bool
schema_valid(const struct rte_seqstat_counter *counters, uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		if (!counter_valid(&counters[i]))
			return false;
		for (j = 0; j < i; j++) {
			if (strcmp(counters[i].name, counters[j].name) == 0) {
				SEQSTAT_LOG(ERR, "two counters are named '%s'", counters[i].name);
				return false;
			}
		}
	}

	return true;
}

/** How much a schema needs. */
struct schema_size {
	uint32_t n_values; /**< In a row. */
	uint32_t n_bounds; /**< Of all histograms. */
};

static struct schema_size
schema_size(const struct rte_seqstat_params *params)
{
	struct schema_size size = { 0 };
	uint32_t i;

	for (i = 0; i < params->n_counters; i++) {
		size.n_values += seqstat_counter_width(&params->counters[i]);
		if (params->counters[i].type == RTE_SEQSTAT_HISTOGRAM)
			size.n_bounds += params->counters[i].n_bounds;
	}

	return size;
}

static bool
params_valid(const struct rte_seqstat_params *params)
{
	if (params == NULL || params->counters == NULL) {
		SEQSTAT_LOG(ERR, "no parameters or no schema");
		return false;
	}
	if (!name_valid(params->name, true)) {
		SEQSTAT_LOG(ERR, "malformed or overlong name of a set");
		return false;
	}
	if (params->row_label != NULL && !name_valid(params->row_label, false)) {
		SEQSTAT_LOG(ERR, "malformed or overlong label of the rows of set '%s'",
			params->name);
		return false;
	}
	if (params->n_counters == 0 || params->n_counters > RTE_SEQSTAT_MAX_VALUES) {
		SEQSTAT_LOG(ERR, "%u counters in set '%s': must be 1 to %u",
			params->n_counters, params->name, RTE_SEQSTAT_MAX_VALUES);
		return false;
	}
	if (params->n_rows == 0 || params->n_rows > RTE_SEQSTAT_MAX_ROWS) {
		SEQSTAT_LOG(ERR, "%u rows in set '%s': must be 1 to %u",
			params->n_rows, params->name, RTE_SEQSTAT_MAX_ROWS);
		return false;
	}
	if (params->socket_id != SOCKET_ID_ANY &&
			(params->socket_id < 0 || params->socket_id >= RTE_MAX_NUMA_NODES)) {
		SEQSTAT_LOG(ERR, "no socket %d for set '%s'", params->socket_id, params->name);
		return false;
	}

	if (!schema_valid(params->counters, params->n_counters))
		return false;
	if (schema_size(params).n_values > RTE_SEQSTAT_MAX_VALUES) {
		SEQSTAT_LOG(ERR, "%u values in a row of set '%s': must be at most %u",
			schema_size(params).n_values, params->name, RTE_SEQSTAT_MAX_VALUES);
		return false;
	}

	return true;
}

/** The set of a name, or NULL. Control lock held. */
static struct rte_seqstat *
set_find(const char *name)
{
	struct rte_seqstat *st;

	for (st = *seqstat_sets(); st != NULL; st = st->next)
		if (strcmp(st->name, name) == 0)
			return st;

	return NULL;
}

static void
memzone_name(char name[RTE_MEMZONE_NAMESIZE], const char *set_name)
{
	snprintf(name, RTE_MEMZONE_NAMESIZE, MZ_PREFIX "%s", set_name);
}

/** Where the parts of a set lie in its memzone. */
struct memzone_parts {
	size_t slots;
	size_t made;
	size_t counters;
	size_t bounds;
	size_t strings;
	size_t row_names;
	size_t size;
};

static struct memzone_parts
memzone_parts(const struct rte_seqstat_params *params, uint32_t n_slots)
{
	struct memzone_parts parts;
	uint32_t n = params->n_counters;

	parts.slots = sizeof(struct rte_seqstat);
	parts.counters = parts.slots + n_slots * sizeof(struct seqstat_slot);
	parts.bounds = parts.counters + n * sizeof(struct rte_seqstat_counter);
	parts.made = parts.bounds + schema_size(params).n_bounds * sizeof(uint64_t);
	parts.strings = parts.made + n_slots * sizeof(uint32_t);
	parts.row_names = parts.strings + n * sizeof(struct counter_strings);
	parts.size = parts.row_names + (size_t)params->n_rows * RTE_SEQSTAT_ROW_NAMESIZE;

	return parts;
}

/** Copy the bounds of a histogram; returns where those of the next one go. */
static uint64_t *
bounds_copy(uint64_t *to, const struct rte_seqstat_counter *counter)
{
	uint32_t i;

	for (i = 0; i < counter->n_bounds; i++)
		to[i] = counter->bounds == NULL ? UINT64_C(1) << i : counter->bounds[i];

	return to + counter->n_bounds;
}

static void
schema_copy(struct rte_seqstat *st, struct counter_strings *strings, uint64_t *bounds,
		const struct rte_seqstat_counter *counters)
{
	struct rte_seqstat_counter *to = st->counters;
	uint32_t i;

	for (i = 0; i < st->n_counters; i++, strings++, to++) {
		strlcpy(strings->name, counters[i].name, sizeof(strings->name));
		if (counters[i].unit != NULL)
			strlcpy(strings->unit, counters[i].unit, sizeof(strings->unit));
		if (counters[i].help != NULL)
			strlcpy(strings->help, counters[i].help, sizeof(strings->help));
		*to = (struct rte_seqstat_counter){
			.name = strings->name,
			.unit = strings->unit,
			.help = strings->help,
			.type = counters[i].type,
			.value = st->n_values,
		};
		if (to->type == RTE_SEQSTAT_HISTOGRAM) {
			to->bounds = bounds;
			to->n_bounds = counters[i].n_bounds;
			bounds = bounds_copy(bounds, &counters[i]);
		}
		st->n_values += seqstat_counter_width(to);
	}
}

static struct rte_seqstat *
set_make(const struct rte_memzone *mz, const struct memzone_parts *parts,
		const struct rte_seqstat_params *params)
{
	struct rte_seqstat *st = mz->addr;

	/*
	 * First, also for the compiler: a process may be killed before it is done, and
	 * who finds what it left reserved is to know it by this.
	 */
	st->magic = MAGIC;
	rte_compiler_barrier();
	memset(&st->magic + 1, 0, parts->size - sizeof(st->magic));
	if (seqstat_lock_init(&st->turn) != 0)
		return NULL;
	st->born = rte_get_tsc_cycles();
	strlcpy(st->name, params->name, sizeof(st->name));
	strlcpy(st->row_label, params->row_label == NULL ? "row" : params->row_label,
			sizeof(st->row_label));
	st->layout = SEQSTAT_LAYOUT;
	st->max_lcore = RTE_MAX_LCORE;
	st->n_slots = RTE_MAX_LCORE + SEQSTAT_MAX_PROCESSES;
	st->n_rows = params->n_rows;
	st->n_counters = params->n_counters;
	st->slots = RTE_PTR_ADD(st, parts->slots);
	st->made = RTE_PTR_ADD(st, parts->made);
	st->counters = RTE_PTR_ADD(st, parts->counters);
	st->row_names = RTE_PTR_ADD(st, parts->row_names);
	schema_copy(st, RTE_PTR_ADD(st, parts->strings), RTE_PTR_ADD(st, parts->bounds),
		params->counters);
	st->stride = RTE_SEQSTAT_STRIDE(st->n_values);
	st->block_size = sizeof(struct rte_seqstat_writer) +
		2 * (size_t)st->n_rows * st->stride;

	return st;
}

/** Reserve the memzone of a set. Control lock held. */
static const struct rte_memzone *
set_reserve(const struct rte_seqstat_params *params, size_t size)
{
	char mz_name[RTE_MEMZONE_NAMESIZE];
	const struct rte_memzone *mz;

	if (set_find(params->name) != NULL) {
		rte_errno = EEXIST;
		return NULL;
	}
	memzone_name(mz_name, params->name);
	/* What a process left that was killed while it made or freed this set. */
	mz = rte_memzone_lookup(mz_name);
	if (mz != NULL && ((const struct rte_seqstat *)mz->addr)->magic == MAGIC)
		rte_memzone_free(mz);

	return rte_memzone_reserve_aligned(mz_name, size, params->socket_id, 0,
			RTE_SEQSTAT_LINE);
}

/** Enter a set into the list of all. */
static void
set_link(struct rte_seqstat *st)
{
	st->next = *seqstat_sets();
	/* After all else of the set, wherever this process may be killed. */
	rte_atomic_thread_fence(rte_memory_order_release);
	*seqstat_sets() = st;
}

static void
set_unlink(const struct rte_seqstat *st)
{
	struct rte_seqstat **link = seqstat_sets();

	while (*link != st)
		link = &(*link)->next;
	*link = st->next;
	rte_atomic_thread_fence(rte_memory_order_release);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_create, 26.11)
struct rte_seqstat *
rte_seqstat_create(const struct rte_seqstat_params *params)
{
	const struct rte_memzone *mz;
	struct rte_seqstat *st = NULL;
	struct memzone_parts parts;
	int ret;

	if (!params_valid(params)) {
		rte_errno = EINVAL;
		return NULL;
	}
	parts = memzone_parts(params, RTE_MAX_LCORE + SEQSTAT_MAX_PROCESSES);

	ret = seqstat_control_lock();
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	mz = set_reserve(params, parts.size);
	if (mz != NULL) {
		st = set_make(mz, &parts, params);
		if (st == NULL) {
			rte_memzone_free(mz);
			rte_errno = ENOMEM;
		} else {
			set_link(st);
		}
	}
	seqstat_control_unlock();

	return st;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_lookup, 26.11)
struct rte_seqstat *
rte_seqstat_lookup(const char *name)
{
	struct rte_seqstat *st;
	int ret;

	if (name == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	ret = seqstat_control_lock();
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	st = set_find(name);
	if (st == NULL) {
		rte_errno = ENOENT;
	} else if (st->layout != SEQSTAT_LAYOUT) {
		SEQSTAT_LOG(ERR, "set '%s' has layout %u, this library knows %u",
			name, st->layout, SEQSTAT_LAYOUT);
		st = NULL;
		rte_errno = ENOTSUP;
	}
	seqstat_control_unlock();

	return st;
}

/** Whether a live process holds the set, or anybody a writer. Control lock held. */
static bool
set_busy(const struct rte_seqstat *st)
{
	const struct seqstat_process *process;
	uint32_t i;

	for (i = 0; i < SEQSTAT_MAX_PROCESSES; i++) {
		process = &st->processes[i];
		if (process->holds > 0 && seqstat_task_process_alive(&process->task))
			return true;
	}
	for (i = 0; i < st->n_slots; i++)
		if (seqstat_slot_taken(st, i))
			return true;

	return false;
}

static void
set_free(struct rte_seqstat *st)
{
	char mz_name[RTE_MEMZONE_NAMESIZE];
	uint32_t i;

	set_unlink(st);
	memzone_name(mz_name, st->name);
	for (i = 0; i < st->n_slots; i++)
		rte_free(st->slots[i].block);
	rte_memzone_free(rte_memzone_lookup(mz_name));
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_free, 26.11)
int
rte_seqstat_free(struct rte_seqstat *st)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	int ret;

	if (st == NULL)
		return 0;
	ret = seqstat_control_lock_set(st);
	if (ret != 0)
		return ret;
	strlcpy(name, st->name, sizeof(name));
	if (set_busy(st))
		ret = -EBUSY;
	else
		set_free(st);
	seqstat_control_unlock();
	if (ret == 0)
		seqstat_kept_forget(name);

	return ret;
}

/** The names of all sets. */
struct name_list {
	char (*names)[RTE_SEQSTAT_NAMESIZE];
	unsigned int n;
	unsigned int size;
};

static void
name_list_add(struct name_list *list, const struct rte_seqstat *st)
{
	if (list->n < list->size)
		strlcpy(list->names[list->n], st->name, RTE_SEQSTAT_NAMESIZE);
	list->n++;
}

/** Collect the names of all sets: to be called again while there are more than fit. */
static int
name_list_fill(struct name_list *list)
{
	const struct rte_seqstat *st;
	int ret;

	free(list->names);
	list->size = list->n;
	list->names = calloc(list->size + 1, sizeof(list->names[0]));
	if (list->names == NULL)
		return -ENOMEM;
	list->n = 0;
	ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	for (st = *seqstat_sets(); st != NULL; st = st->next)
		name_list_add(list, st);
	seqstat_control_unlock();

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_walk, 26.11)
int
rte_seqstat_walk(void (*func)(const char *name, void *arg), void *arg)
{
	struct name_list list = { 0 };
	unsigned int i;
	int ret;

	if (func == NULL)
		return -EINVAL;
	do {
		ret = name_list_fill(&list);
	} while (ret == 0 && list.n > list.size);
	if (ret == 0) {
		for (i = 0; i < list.n; i++)
			func(list.names[i], arg);
		ret = (int)list.n;
	}
	free(list.names);

	return ret;
}

static uint64_t
self_load(const RTE_ATOMIC(uint64_t) *count)
{
	return rte_atomic_load_explicit(count, rte_memory_order_relaxed);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_info_get, 26.11)
int
rte_seqstat_info_get(struct rte_seqstat *st, struct rte_seqstat_info *info)
{
	int ret;

	if (info == NULL)
		return -EINVAL;
	ret = seqstat_control_lock_set(st);
	if (ret != 0)
		return ret;
	*info = (struct rte_seqstat_info){
		.n_counters = st->n_counters,
		.n_values = st->n_values,
		.n_rows = st->n_rows,
		.n_writers = rte_atomic_load_explicit(&st->n_made, rte_memory_order_relaxed),
		.block_size = st->block_size,
		.self = {
			.snapshots = self_load(&st->self.snapshots),
			.read_idle = self_load(&st->self.read_idle),
			.read_acked = self_load(&st->self.read_acked),
			.rows_saved = self_load(&st->self.rows_saved),
			.missed = self_load(&st->self.missed),
			.longest_ns = self_load(&st->self.longest_ns),
		},
	};
	strlcpy(info->name, st->name, sizeof(info->name));
	strlcpy(info->row_label, st->row_label, sizeof(info->row_label));
	seqstat_control_unlock();

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_counter_get, 26.11)
int
rte_seqstat_counter_get(struct rte_seqstat *st, uint32_t counter,
		struct rte_seqstat_counter *desc)
{
	int ret;

	if (desc == NULL)
		return -EINVAL;
	ret = seqstat_control_lock_set(st);
	if (ret != 0)
		return ret;
	if (counter < st->n_counters)
		*desc = st->counters[counter];
	else
		ret = -EINVAL;
	seqstat_control_unlock();

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_name_set, 26.11)
int
rte_seqstat_row_name_set(struct rte_seqstat *st, uint32_t row, const char *name)
{
	int ret;

	if (name == NULL)
		name = "";
	if (!text_valid(name, RTE_SEQSTAT_ROW_NAMESIZE)) {
		SEQSTAT_LOG(ERR, "malformed or overlong name for row %u", row);
		return -EINVAL;
	}
	ret = seqstat_control_lock_set(st);
	if (ret != 0)
		return ret;
	if (row < st->n_rows)
		strlcpy(st->row_names[row], name, RTE_SEQSTAT_ROW_NAMESIZE);
	else
		ret = -EINVAL;
	seqstat_control_unlock();

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_name_get, 26.11)
int
rte_seqstat_row_name_get(struct rte_seqstat *st, uint32_t row, char *name)
{
	int ret;

	if (name == NULL)
		return -EINVAL;
	ret = seqstat_control_lock_set(st);
	if (ret != 0)
		return ret;
	if (row < st->n_rows)
		strlcpy(name, st->row_names[row], RTE_SEQSTAT_ROW_NAMESIZE);
	else
		ret = -EINVAL;
	seqstat_control_unlock();

	return ret;
}

struct seqstat_process *
seqstat_process_get(struct rte_seqstat *st)
{
	struct seqstat_task self = seqstat_task_process();
	struct seqstat_process *process, *unused = NULL;
	unsigned int i;

	for (i = 0; i < SEQSTAT_MAX_PROCESSES; i++) {
		process = &st->processes[i];
		if (memcmp(&process->task, &self, sizeof(self)) == 0)
			return process;
		if (unused == NULL && (process->holds + process->shared_refs == 0 ||
				!seqstat_task_process_alive(&process->task)))
			unused = process;
	}
	if (unused != NULL)
		*unused = (struct seqstat_process){ .task = self };

	return unused;
}

/** Count a reason for the set to stay in or out. */
static int
count_hold(struct rte_seqstat *st, bool in)
{
	struct seqstat_process *process;
	int ret;

	ret = seqstat_control_lock_set(st);
	if (ret != 0)
		return ret;
	process = seqstat_process_get(st);
	if (process == NULL)
		ret = -ENOSPC;
	else if (in)
		process->holds++;
	else
		process->holds--;
	seqstat_control_unlock();

	return ret;
}

int
seqstat_hold(struct rte_seqstat *st)
{
	return count_hold(st, true);
}

void
seqstat_release(struct rte_seqstat *st)
{
	int ret = count_hold(st, false);

	if (ret != 0)
		SEQSTAT_LOG(ERR, "the set stays in use until this process ends: %s",
			rte_strerror(-ret));
}
