/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef MODEL_CODE_H
#define MODEL_CODE_H

/**
 * @file
 *
 * The library, for scenarios that know none of its types
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Two rows of the first unit, and the one of the second, which is not full. */
#define MODEL_ROWS 3
/** Most counters: with four, tags lie in an array; with three, in the units. */
#define MODEL_COUNTERS 4
/** Lcore ids are 0 to 2; 3 stands for threads without one. */
#define MODEL_LCORES 3
/** Most writers. */
#define MODEL_SLOTS (MODEL_LCORES + 1)

/** The changes of a section, decided when it has begun. */
struct model_change {
	uint64_t add[MODEL_ROWS]; /**< To each counter of the row; 0: leaves it alone. */
};

/** Called in a section, before it touches a row. */
typedef struct model_change (*model_plan)(void *arg);

/** A writer in a snapshot. */
struct model_reading {
	const void *writer; /**< NULL: the snapshot does not have it. */
	bool acked;    /**< It was read because it had acknowledged. */
	bool late;     /**< It is stale or unread. */
	bool read;     /**< It is not unread. */
	bool torn;     /**< A process died in a section of it, up to this snapshot. */
	bool torn_now; /**< It is flagged for that. */
	uint64_t value[MODEL_ROWS][MODEL_COUNTERS];
};

/** How often the code did what the scenarios are about. */
struct model_tally {
	uint64_t read_idle;
	uint64_t read_acked;
	uint64_t rows_saved;
	uint64_t repairs;
};
extern struct model_tally model_tally;

/** How many counters the set has. */
extern unsigned int model_counters;

/** Make the set, empty. */
void
model_set_make(void);

/** Get the writer of a thread, which is a process, as the library does; NULL: not now. */
void *
model_writer(unsigned int lcore, int thread);

/** Give a writer back, as when the last handle is closed. */
void
model_writer_put(void *writer);

/** Run a section on a lcore's writer. */
void
model_section(void *writer, model_plan plan, void *arg);

/** Run a section on a shared writer. */
void
model_section_shared(void *writer, model_plan plan, void *arg);

void *
model_snapshot_create(void);

void
model_snapshot_free(void *snapshot);

/** Return the retired values of a snapshot. */
void
model_retired(const void *snapshot, uint64_t values[MODEL_COUNTERS]);

/** Clear a row as rte_seqstat_row_clear() does. Returns whether it is cleared. */
bool
model_clear(unsigned int row);

/** Take a snapshot as rte_seqstat_snapshot_take() does, with its return value. */
int
model_take(void *snapshot, struct model_reading readings[MODEL_SLOTS]);

/** Read a writer as code does that knows only DPDK's sequence count, in one attempt. */
bool
model_read_seqcount(void *writer, struct model_reading *reading);

/** Words by which threads of a scenario send messages. */
#define MODEL_MESSAGES 4

void
model_send(unsigned int message, uint64_t value, bool release);

uint64_t
model_receive(unsigned int message);

#ifdef __cplusplus
}
#endif

#endif /* MODEL_CODE_H */
