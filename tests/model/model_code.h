/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef MODEL_CODE_H
#define MODEL_CODE_H

/**
 * @file
 *
 * The library, as the C++ scenarios call it: without its types
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rows: two in the first unit, one in the second, so that one unit is not full. */
#define MODEL_ROWS 3
/** Maximum counters: with four, tags lie in an array; with three, in the units. */
#define MODEL_COUNTERS 4
/** Lcore ids are 0 to 2; id 3 selects the shared writer of threads without one. */
#define MODEL_LCORES 3
/** Maximum writers. */
#define MODEL_SLOTS (MODEL_LCORES + 1)

/** The changes that a section makes. */
struct model_change {
	uint64_t add[MODEL_ROWS]; /**< Added to each counter of the row; 0: not changed. */
};

/** Choose the changes of a section that has begun. */
typedef struct model_change (*model_plan)(void *arg);

/** A writer in a snapshot. */
struct model_reading {
	const void *writer; /**< NULL: the snapshot lacks the writer. */
	bool acked;    /**< The reader read it because it had acknowledged the epoch. */
	bool late;     /**< Flagged as stale or unread. */
	bool read;     /**< Not flagged as unread. */
	bool torn;     /**< Some section of it was ever torn. */
	bool torn_now; /**< Flagged as torn in this snapshot. */
	uint64_t value[MODEL_ROWS][MODEL_COUNTERS];
};

/** Events in the library, counted over all runs. */
struct model_tally {
	uint64_t read_idle;
	uint64_t read_acked;
	uint64_t rows_saved;
	uint64_t repairs; /**< Sections of dead processes, closed. */
};
extern struct model_tally model_tally;

/** Number of counters of the set. */
extern unsigned int model_counters;

/** Create the set, without writers. */
void
model_set_make(void);

/** Allocate or adopt a writer for a thread, which counts as a process; NULL: no lock. */
void *
model_writer(unsigned int lcore, int thread);

/** Release a writer, as closing the last handle does. */
void
model_writer_put(void *writer);

/** Run a section on an lcore's writer. */
void
model_section(void *writer, model_plan plan, void *arg);

/** Run a section on a shared writer. */
void
model_section_shared(void *writer, model_plan plan, void *arg);

void *
model_snapshot_create(void);

void
model_snapshot_free(void *snapshot);

/** Get the retired values of a snapshot. */
void
model_retired(const void *snapshot, uint64_t values[MODEL_COUNTERS]);

/** Clear a row as rte_seqstat_row_clear() does. Returns whether that succeeded. */
bool
model_clear(unsigned int row);

/** Take a snapshot. Returns 0 or -ETIMEDOUT. */
int
model_take(void *snapshot, struct model_reading readings[MODEL_SLOTS]);

/** Try once to read a writer by DPDK's sequence lock alone. Returns whether that succeeded. */
bool
model_read_seqcount(void *writer, struct model_reading *reading);

/** Number of words through which threads send messages. */
#define MODEL_MESSAGES 4

/** Store a message, by a store-release or a relaxed store. */
void
model_send(unsigned int message, uint64_t value, bool release);

/** Load a message by a load-acquire, which pairs with the store in model_send(). */
uint64_t
model_receive(unsigned int message);

#ifdef __cplusplus
}
#endif

#endif /* MODEL_CODE_H */
