/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The library's unchanged sources, compiled into a model, and stubs of the functions they call
 */

#include <rte_seqstat_compat.h>

#include <stdlib.h>
#include <string.h>

#include "model_code.h"

/* Wrap the two ways to read a writer, to count them. */
#include "seqstat_read.h"

struct model_tally model_tally;
/* Writers that the latest snapshot read because they had acknowledged its epoch. */
static const struct rte_seqstat_writer *acked_writers[MODEL_SLOTS];
static unsigned int n_acked_writers;

static bool
note_acked(const struct rte_seqstat_writer *w, bool acked, const uint32_t *n_saved)
{
	if (acked) {
		acked_writers[n_acked_writers++ % MODEL_SLOTS] = w;
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

/* As many as the arena has room for. */
#undef RTE_SEQSTAT_MAX_WRITERS
#define RTE_SEQSTAT_MAX_WRITERS MODEL_SLOTS
#undef RTE_SEQSTAT_MAX_PROCESSES
#define RTE_SEQSTAT_MAX_PROCESSES 1

#include "seqstat_clear.c"
#include "seqstat_writer.c"
#include "rte_seqstat_snapshot.c"
#include "seqstat_view.c"

/* All words of the model. */
static struct {
	struct seqstat_set set;
	struct seqstat_cut cut;
	alignas(__RTE_SEQSTAT_LINE) unsigned char blocks[MODEL_SLOTS][768];
	uint64_t messages[MODEL_MESSAGES];
	uint64_t retired[2 * MODEL_COUNTERS + MODEL_ROWS];
	uint32_t control;
} *const arena = (void *)model_arena;

static_assert(sizeof(*arena) <= MODEL_ARENA_SIZE, "the arena is too small");
static struct seqstat_set *const set = &arena->set;
static struct seqstat_handle handle;

/* DPDK's functions that the library calls. */

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

/**
 * Allocate a block.
 *
 * Its words initially have garbage, see model_initial(). The zeros are stores of the calling
 * thread: publish() has to make them visible to others.
 */
void *
rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket)
{
	static const size_t rows = sizeof(struct rte_seqstat_writer);
	struct rte_seqstat_writer *w = (void *)arena->blocks;
	size_t offset;

	RTE_SET_USED(type);
	RTE_SET_USED(align);
	RTE_SET_USED(socket);
	/* Plain accesses: the model switches threads only at its own accesses, below. */
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

void
rte_free(void *mem)
{
	RTE_SET_USED(mem);
}

/* The library's functions that these sources call. */

int seqstat_logtype;

int
seqstat_turn_take(struct seqstat_cut *cut, uint64_t limit)
{
	RTE_SET_USED(limit);

	return model_lock(&cut->turn.owner, true, MODEL_WHERE);
}

void
seqstat_turn_release(struct seqstat_cut *cut)
{
	model_unlock(&cut->turn.owner, MODEL_WHERE);
}

int
seqstat_control_lock(void)
{
	return model_lock(&arena->control, true, MODEL_WHERE);
}

int
seqstat_control_lock_until(uint64_t limit)
{
	RTE_SET_USED(limit);

	return model_trylock(&arena->control, MODEL_WHERE) ? 0 : -EBUSY;
}

void
seqstat_control_unlock(void)
{
	model_unlock(&arena->control, MODEL_WHERE);
}

void
seqstat_labels_drop(struct seqstat_set *s, uint32_t row)
{
	RTE_SET_USED(s);
	RTE_SET_USED(row);
}

bool
seqstat_handle_reopen(struct seqstat_handle *h)
{
	RTE_SET_USED(h);

	return true;
}

void
seqstat_handle_close(struct seqstat_handle *h)
{
	RTE_SET_USED(h);
}

/* Each thread that counts is a process of its own; all readers are in one more process. */

#define READERS (MODEL_THREADS + 1)
static int counting[MODEL_THREADS];

seqstat_owner_t
seqstat_self(void)
{
	return counting[model_self()] != 0 ? counting[model_self()] : READERS;
}

bool
seqstat_alive(seqstat_owner_t owner)
{
	return owner == READERS || (owner != 0 && !model_dead((int)owner - 1));
}

/* Functions for the scenarios. */

unsigned int model_counters;

uint64_t
model_initial(const void *addr)
{
	/* Blocks begin with 1, so that a reader which finds one too early reads a wrong value. */
	return addr >= (void *)arena->blocks && addr < (void *)arena->messages;
}

void
model_set_make(void)
{
	static struct rte_seqstat_counter schema[MODEL_COUNTERS];

	memset(model_arena, 0, sizeof(model_arena));
	set->n_rows = MODEL_ROWS;
	set->n_counters = model_counters;
	set->n_values = model_counters;
	set->stride = __RTE_SEQSTAT_STRIDE(model_counters);
	set->block_size = seqstat_parts(MODEL_ROWS, model_counters).end;
	set->counters = schema;
	set->cut = &arena->cut;
	seqstat_clear_init(set, arena->retired);
	handle.set = set;
	memset(counting, 0, sizeof(counting));
}

static struct seqstat_block *
block_of(const void *writer)
{
	struct seqstat_block *block = set->blocks;

	while (block->writer != writer)
		block++;

	return block;
}

void *
model_writer(unsigned int lcore, int thread)
{
	struct seqstat_block *block;

	counting[model_self()] = thread + 1;
	block = seqstat_block_get(set, lcore < MODEL_LCORES ? lcore : LCORE_ID_ANY,
			true);
	counting[model_self()] = 0;

	return block == NULL ? NULL : block->writer;
}

void
model_writer_put(void *writer)
{
	seqstat_block_put(block_of(writer));
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
		for (counter = 0; counter < model_counters; counter++)
			rte_seqstat_add(row, counter, change->add[i]);
	}
}

void
model_section(void *writer, model_plan plan, void *arg)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	struct model_change change = plan(arg);

	section_rows(&sec, &change);
	rte_seqstat_end(&sec);
}

void
model_section_shared(void *writer, model_plan plan, void *arg)
{
	struct rte_seqstat_section sec = __rte_seqstat_shared_begin(writer);
	struct model_change change = plan(arg);

	section_rows(&sec, &change);
	rte_seqstat_end(&sec);
}

void *
model_snapshot_create(void)
{
	return rte_seqstat_snapshot_create(&handle.st);
}

void
model_snapshot_free(void *snapshot)
{
	rte_seqstat_snapshot_free(snapshot);
}

void
model_retired(const void *snapshot, uint64_t values[MODEL_COUNTERS])
{
	memcpy(values, rte_seqstat_snapshot_retired(snapshot),
		model_counters * sizeof(values[0]));
}

bool
model_clear(unsigned int row)
{
	int ret;

	if (seqstat_turn_take(set->cut, UINT64_MAX) != 0)
		return false;
	ret = seqstat_clear_finish(set, true);
	if (ret == 0)
		ret = seqstat_clear_row(set, row);
	seqstat_turn_release(set->cut);

	return ret == 0;
}

static bool
was_acked(const struct rte_seqstat_writer *w)
{
	unsigned int i;

	for (i = 0; i < RTE_MIN(n_acked_writers, (unsigned int)MODEL_SLOTS); i++)
		if (acked_writers[i] == w)
			return true;

	return false;
}

int
model_take(void *snapshot, struct model_reading readings[MODEL_SLOTS])
{
	const struct rte_seqstat_snapshot *snap = snapshot;
	struct model_reading *reading = readings;
	const uint64_t *values;
	uint32_t i, row;
	int ret;

	n_acked_writers = 0;
	memset(readings, 0, MODEL_SLOTS * sizeof(readings[0]));
	ret = rte_seqstat_snapshot_take(snapshot, 1500);
	for (i = 0; i < snap->n_writers; i++, reading++) {
		reading->writer = snap->writers[i].rows.writer;
		reading->acked = was_acked(reading->writer);
		reading->late = (snap->writers[i].info.flags &
				(RTE_SEQSTAT_STALE | RTE_SEQSTAT_UNREAD)) != 0;
		reading->torn = snap->writers[i].n_torn > 0;
		reading->torn_now = (snap->writers[i].info.flags & RTE_SEQSTAT_TORN) != 0;
		for (row = 0; row < MODEL_ROWS; row++) {
			values = rte_seqstat_snapshot_row(snapshot, i, row);
			reading->read = values != NULL;
			if (reading->read)
				memcpy(reading->value[row], values,
					model_counters * sizeof(values[0]));
		}
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
		seqstat_words_copy(reading->value[row],
				&__rte_seqstat_row_at(w, row * w->stride)->first, model_counters);

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
