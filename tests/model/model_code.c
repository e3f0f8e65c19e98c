/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The library's sources, compiled into a model as they are, and what they call
 *
 * The directory shim comes first among the include directories.
 */

#include <rte_seqstat_compat.h>

#include <stdlib.h>
#include <string.h>

#include "model_code.h"

/* How a writer was read is told to the scenarios, on the way. */
#include "seqstat_read.h"

struct model_tally model_tally;
static bool acked_slots[MODEL_SLOTS];

static bool
note_acked(const struct rte_seqstat_writer *w, bool acked, const uint32_t *n_saved)
{
	if (acked) {
		acked_slots[w->slot] = true;
		model_tally.read_acked++;
		model_tally.rows_saved += *n_saved;
	}

	return acked;
}

static bool
note_idle(bool idle)
{
	model_tally.read_idle += idle;

	return idle;
}

#define seqstat_read_acked(values, rows, epoch, n_saved) \
	note_acked((rows).writer, seqstat_read_acked(values, rows, epoch, n_saved), n_saved)
#define seqstat_read_idle(values, rows, epoch) \
	note_idle(seqstat_read_idle(values, rows, epoch))

#include "rte_seqstat_writer.c"
#include "rte_seqstat_snapshot.c"

/* What lies in the arena. */
static struct {
	struct rte_seqstat set;
	struct seqstat_slot slots[MODEL_SLOTS];
	uint32_t made[MODEL_SLOTS];
	alignas(RTE_SEQSTAT_LINE) unsigned char blocks[MODEL_SLOTS][512];
	uint64_t messages[MODEL_MESSAGES];
	uint32_t control;
} *const arena = (void *)model_arena;

static_assert(sizeof(*arena) <= MODEL_ARENA_SIZE, "the arena is too small");
static struct rte_seqstat *const set = &arena->set;

/* What the library calls of DPDK's. */

RTE_DEFINE_PER_LCORE(int, _rte_errno);

int
rte_log(uint32_t level, uint32_t logtype, const char *format, ...)
{
	RTE_SET_USED(level);
	RTE_SET_USED(logtype);
	if (strstr(format, "ended inside a section") != NULL)
		model_tally.repairs++;

	return 0;
}

uint64_t
rte_get_tsc_hz(void)
{
	return US_PER_S;
}

void
rte_delay_us_sleep(unsigned int us)
{
	RTE_SET_USED(us);
	model_pause();
}

unsigned int
rte_socket_id(void)
{
	return 0;
}

struct rte_memseg_list *
rte_mem_virt2memseg_list(const void *virt)
{
	RTE_SET_USED(virt);

	return NULL;
}

/** A new block: its memory may have held anything, and only its maker knows that it is zero. */
void *
rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket)
{
	static const size_t rows = sizeof(struct rte_seqstat_writer);
	struct rte_seqstat_writer *w = (void *)arena->blocks;
	size_t offset;

	RTE_SET_USED(type);
	RTE_SET_USED(align);
	RTE_SET_USED(socket);
	/* Plain, for only the holder of the control lock comes here. */
	while (w->n_rows != 0)
		w = RTE_PTR_ADD(w, sizeof(arena->blocks[0]));
	w->n_rows = MODEL_ROWS;
	for (offset = rows; offset < size; offset += sizeof(uint64_t))
		model_store(RTE_PTR_ADD(w, offset), 0, __ATOMIC_RELAXED, MODEL_WHERE);
	model_store(&w->ack, 0, __ATOMIC_RELAXED, MODEL_WHERE);

	return w;
}

void *
rte_zmalloc(const char *type, size_t size, unsigned int align)
{
	return rte_zmalloc_socket(type, size, align, SOCKET_ID_ANY);
}

/* What it calls of its own. */

int seqstat_logtype;

int
seqstat_lock_take(pthread_mutex_t *lock, uint64_t timeout_us)
{
	RTE_SET_USED(timeout_us);

	return model_lock(lock, true, MODEL_WHERE);
}

int
seqstat_control_lock(void)
{
	return model_lock(&arena->control, true, MODEL_WHERE);
}

int
seqstat_control_trylock(void)
{
	return model_trylock(&arena->control, MODEL_WHERE) ? 0 : -EBUSY;
}

void
seqstat_control_unlock(void)
{
	model_unlock(&arena->control, MODEL_WHERE);
}

struct rte_seqstat **
seqstat_sets(void)
{
	static struct rte_seqstat *sets = &arena->set;

	return &sets;
}

int
seqstat_control_lock_set(const struct rte_seqstat *st)
{
	RTE_SET_USED(st);

	return seqstat_control_lock();
}

int
seqstat_hold(struct rte_seqstat *st)
{
	RTE_SET_USED(st);

	return 0;
}

void
seqstat_release(struct rte_seqstat *st)
{
	RTE_SET_USED(st);
}

/* Threads may die; a process does with its only thread. */

bool model_processes;
/* For whom each thread attaches: before the threads begin, one does so for all. */
static int attaching[MODEL_THREADS];

struct seqstat_task
seqstat_task_thread(void)
{
	return (struct seqstat_task){ .tid = attaching[model_self()] + 1, .pid = getpid() };
}

struct seqstat_task
seqstat_task_process(void)
{
	struct seqstat_task task = seqstat_task_thread();

	if (!model_processes)
		task.tid = INT32_MAX;

	return task;
}

bool
seqstat_task_thread_alive(const struct seqstat_task *task)
{
	return task->tid != 0 && !model_dead(task->tid - 1);
}

bool
seqstat_task_process_alive(const struct seqstat_task *task)
{
	return task->tid == INT32_MAX || seqstat_task_thread_alive(task);
}

/** There is room for one process: others must wait until it is gone. */
struct seqstat_process *
seqstat_process_get(struct rte_seqstat *st)
{
	struct seqstat_task self = seqstat_task_process();
	struct seqstat_process *process = &st->processes[0];

	if (process->task.tid == self.tid)
		return process;
	if (process->shared_refs > 0 && seqstat_task_process_alive(&process->task))
		return NULL;
	*process = (struct seqstat_process){ .task = self };

	return process;
}

/* What the scenarios call. */

uint64_t
model_initial(const void *addr)
{
	/* Rubbish in new memory, so that it shows when a block is found before it is ready. */
	return addr >= (void *)arena->blocks && addr < (void *)arena->messages;
}

void
model_set_make(void)
{
	static struct rte_seqstat_counter schema[MODEL_COUNTERS];

	memset(model_arena, 0, sizeof(model_arena));
	set->max_lcore = MODEL_LCORES;
	set->n_slots = MODEL_SLOTS;
	set->n_rows = MODEL_ROWS;
	set->n_counters = MODEL_COUNTERS;
	set->n_values = MODEL_COUNTERS;
	set->stride = RTE_SEQSTAT_STRIDE(MODEL_COUNTERS);
	set->block_size = sizeof(struct rte_seqstat_writer) + 2 * MODEL_ROWS * set->stride;
	set->counters = schema;
	set->slots = arena->slots;
	set->made = arena->made;
}

void *
model_attach(unsigned int slot, int thread)
{
	attaching[model_self()] = thread;

	return rte_seqstat_writer_attach(set, slot < MODEL_LCORES ? slot : LCORE_ID_ANY);
}

static void
section_rows(const struct rte_seqstat_section *sec, const struct model_change *change)
{
	struct rte_seqstat_row *row;
	uint32_t i, counter;

	for (i = 0; i < MODEL_ROWS; i++) {
		if (change->add[i] == 0)
			continue;
		row = rte_seqstat_row(sec, i);
		for (counter = 0; counter < MODEL_COUNTERS; counter++)
			rte_seqstat_add(row, counter, change->add[i]);
	}
}

void
model_section(void *writer, model_plan plan, void *arg)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(writer);
	struct model_change change = plan(arg);

	section_rows(&sec, &change);
	rte_seqstat_write_end(&sec);
}

void
model_section_shared(void *writer, model_plan plan, void *arg)
{
	struct rte_seqstat_section sec = rte_seqstat_write_lock(writer);
	struct model_change change = plan(arg);

	section_rows(&sec, &change);
	rte_seqstat_write_unlock(&sec);
}

void *
model_snapshot_create(void)
{
	return rte_seqstat_snapshot_create(set);
}

void
model_snapshot_free(void *snapshot)
{
	rte_seqstat_snapshot_free(snapshot);
}

static uint32_t
slot_of(const struct rte_seqstat_writer_info *info)
{
	return info->lcore_id == LCORE_ID_ANY ? MODEL_LCORES : info->lcore_id;
}

int
model_take(void *snapshot, struct model_reading readings[MODEL_SLOTS])
{
	struct rte_seqstat_writer_info info;
	struct model_reading *reading;
	uint32_t i, row;
	int ret;

	memset(acked_slots, 0, sizeof(acked_slots));
	memset(readings, 0, MODEL_SLOTS * sizeof(readings[0]));
	ret = rte_seqstat_snapshot_take(snapshot, US_PER_S / 1000);
	for (i = 0; i < rte_seqstat_snapshot_n_writers(snapshot); i++) {
		rte_seqstat_snapshot_writer_info(snapshot, i, &info);
		reading = &readings[slot_of(&info)];
		reading->found = true;
		reading->acked = acked_slots[slot_of(&info)];
		reading->stale = (info.flags & RTE_SEQSTAT_WRITER_STALE) != 0;
		reading->repaired = (info.flags & RTE_SEQSTAT_WRITER_REPAIRED) != 0;
		for (row = 0; row < MODEL_ROWS; row++)
			memcpy(reading->value[row], rte_seqstat_snapshot_row(snapshot, i, row),
				sizeof(reading->value[row]));
	}

	return ret;
}

bool
model_read_seqcount(void *writer, struct model_reading *reading)
{
	const struct rte_seqstat_writer *w = writer;
	uint32_t sn, row;

	sn = rte_seqlock_read_begin(&w->lock);
	for (row = 0; row < MODEL_ROWS; row++)
		seqstat_row_copy(reading->value[row],
				__rte_seqstat_row_at(w, row * w->stride), MODEL_COUNTERS);

	return !rte_seqlock_read_retry(&w->lock, sn);
}

void
model_send(unsigned int message, uint64_t value, bool release)
{
	model_store(&arena->messages[message], value, release ? __ATOMIC_RELEASE : __ATOMIC_RELAXED,
			MODEL_WHERE);
}

uint64_t
model_receive(unsigned int message)
{
	return model_load(&arena->messages[message], __ATOMIC_ACQUIRE, MODEL_WHERE);
}
