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

#define MODEL_ROWS 2
#define MODEL_COUNTERS 2
/** Lcore writers have the slots 0 to 2; 3 is the shared writer's. */
#define MODEL_LCORES 3
#define MODEL_SLOTS (MODEL_LCORES + 1)

/** What a section changes: decided when it has begun. */
struct model_change {
	uint64_t add[MODEL_ROWS]; /**< To each counter of the row; 0: leaves it alone. */
};

/** Called in a section, before it touches a row. */
typedef struct model_change (*model_plan)(void *arg);

/** What a snapshot said of a writer. */
struct model_reading {
	bool found;
	bool acked;    /**< It was read because it had acknowledged. */
	bool stale;
	bool repaired;
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

/** Whether each thread is a process, and its death that of a process. */
extern bool model_processes;

/** Make the set, empty. */
void
model_set_make(void);

/** Attach a thread as rte_seqstat_writer_attach() does; NULL: not now. */
void *
model_attach(unsigned int slot, int thread);

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

/** Take a snapshot as rte_seqstat_snapshot_take() does, with its return value. */
int
model_take(void *snapshot, struct model_reading readings[MODEL_SLOTS]);

/** Read a writer as code does that knows only DPDK's sequence count, in one attempt. */
bool
model_read_seqcount(void *writer, struct model_reading *reading);

/** Words by which threads of a scenario tell each other something. */
#define MODEL_MESSAGES 4

void
model_send(unsigned int message, uint64_t value, bool release);

uint64_t
model_receive(unsigned int message);

#ifdef __cplusplus
}
#endif

#endif /* MODEL_CODE_H */
