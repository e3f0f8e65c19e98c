/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_PRIVATE_H
#define SEQSTAT_PRIVATE_H

/**
 * @file
 *
 * How a set lies in memory, and what the parts of the library call of each other
 *
 * Two locks, both process-shared, robust and only ever taken with a time limit:
 *
 * - The *control lock*, one for all sets, is held shortly, by whoever creates,
 *   frees, finds or names something, attaches, detaches, or counts references.
 * - A set's *turn* is held by the reader that takes a snapshot, for as long as it
 *   waits for writers. Nothing but snapshots needs it.
 *
 * Who holds a turn may take the control lock, never the other way round.
 */

#include <pthread.h>
#include <stdbool.h>

#include "rte_seqstat.h"
#include "seqstat_compat.h"

extern int seqstat_logtype;
#define RTE_LOGTYPE_SEQSTAT seqstat_logtype
#define SEQSTAT_LOG(level, ...) \
	RTE_LOG_LINE_PREFIX(level, SEQSTAT, "%s(): ", __func__, __VA_ARGS__)

/** Processes that can use one set at a time. */
#define SEQSTAT_MAX_PROCESSES 32

/** A thread, or a process by its first thread, told from a later one of the same id. */
struct seqstat_task {
	int32_t tid;     /**< Thread id; 0: nobody. */
	int32_t pid;     /**< Process id. */
	uint64_t start;  /**< When it started, in clock ticks since boot. */
	uint64_t namespaces; /**< In which this is so. */
};

/** A process that uses a set. */
struct seqstat_process {
	struct seqstat_task task;
	uint32_t holds;       /**< Reasons why the set must stay, such as snapshot objects. */
	uint32_t shared_refs; /**< How often it attached its shared writer. */
};

/** Place of a writer in its set: by lcore id, shared writers behind these. */
struct seqstat_slot {
	struct rte_seqstat_writer *block; /**< NULL until first attached. */
	struct seqstat_task owner; /**< Who writes; stays when it detached. */
	RTE_ATOMIC(int32_t) pid;   /**< Of the owner, for readers without the control lock. */
	int32_t socket_id;         /**< Where the block lies. */
	RTE_ATOMIC(uint32_t) flags; /**< RTE_SEQSTAT_WRITER_*, but for STALE. */
};

/** A set: the beginning of its memzone. */
struct rte_seqstat {
	uint64_t magic; /**< Tells a set's memzone from somebody else's. */
	struct rte_seqstat *next; /**< In the list of all sets. Control lock. */
	uint64_t born;  /**< TSC at which it was made: tells it from a later one. */
	char name[RTE_SEQSTAT_NAMESIZE];
	char row_label[RTE_SEQSTAT_NAMESIZE];
	uint32_t layout;    /**< SEQSTAT_LAYOUT of the library that made it. */
	uint32_t max_lcore; /**< RTE_MAX_LCORE of the library that made it. */
	uint32_t n_slots;   /**< max_lcore, and a shared writer for each process. */
	uint32_t n_rows;
	uint32_t n_counters;
	uint32_t n_values;  /**< Of a row. */
	uint32_t stride;    /**< Bytes from one row of a block to the next. */
	size_t block_size;  /**< Bytes of a block. */
	struct rte_seqstat_counter *counters; /**< The schema, its strings in the memzone. */
	char (*row_names)[RTE_SEQSTAT_ROW_NAMESIZE];

	/**
	 * Of the snapshot that is being taken, or whose reader was killed; 0: none is. Every
	 * section reads it, each snapshot writes it twice.
	 */
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint64_t) epoch;

	/** The turn to take a snapshot, and what only its holder changes. */
	alignas(RTE_SEQSTAT_LINE) pthread_mutex_t turn;
	alignas(8) RTE_ATOMIC(uint64_t) latest_epoch; /**< Of the latest snapshot, taken or not. */
	struct {
		RTE_ATOMIC(uint64_t) snapshots;
		RTE_ATOMIC(uint64_t) read_idle;
		RTE_ATOMIC(uint64_t) read_acked;
		RTE_ATOMIC(uint64_t) rows_saved;
		RTE_ATOMIC(uint64_t) missed;
		RTE_ATOMIC(uint64_t) longest_ns;
	} self;

	struct seqstat_process processes[SEQSTAT_MAX_PROCESSES];
	struct seqstat_slot *slots;
	uint32_t *made; /**< Slots in the order in which their blocks were made. */
	RTE_ATOMIC(uint32_t) n_made;
};

/** Number of values that a counter has in a row. */
static inline uint32_t
seqstat_counter_width(const struct rte_seqstat_counter *counter)
{
	return counter->type == RTE_SEQSTAT_HISTOGRAM ?
		RTE_SEQSTAT_HISTOGRAM_SIZE(counter->n_bounds) : 1;
}

/** To be raised with each change of what processes of different builds share. */
#define SEQSTAT_LAYOUT 3

/* seqstat_lock.c */

/** Initialise a lock in shared memory. */
int
seqstat_lock_init(pthread_mutex_t *lock);

/**
 * Take a lock, also from a holder that died.
 *
 * @return
 *   0, or -ETIMEDOUT.
 */
int
seqstat_lock_take(pthread_mutex_t *lock, uint64_t timeout_us);

/**
 * Take the control lock.
 *
 * @return
 *   0, -ETIMEDOUT, -ENOMEM or -ENOSPC.
 */
int
seqstat_control_lock(void);

/** Take the control lock if it is free. */
int
seqstat_control_trylock(void);

void
seqstat_control_unlock(void);

/**
 * The list of all sets, linked by their next. Control lock held.
 *
 * One store links or unlinks a set, so that the list is whole wherever a process is killed.
 */
struct rte_seqstat **
seqstat_sets(void);

/**
 * Take the control lock if a set still exists.
 *
 * @return
 *   0, -ENOENT, or as seqstat_control_lock().
 */
int
seqstat_control_lock_set(const struct rte_seqstat *st);

/* seqstat_task.c */

/** The calling thread. */
struct seqstat_task
seqstat_task_thread(void);

/** The calling process, always the same. Control lock held. */
struct seqstat_task
seqstat_task_process(void);

/** Whether a thread still runs; true when in doubt. */
bool
seqstat_task_thread_alive(const struct seqstat_task *task);

/** Whether a process still has a thread; true when in doubt. */
bool
seqstat_task_process_alive(const struct seqstat_task *task);

/* rte_seqstat.c */

/**
 * The calling process' entry in a set, made if need be. Control lock held.
 *
 * @return
 *   The entry, or NULL: all are taken.
 */
struct seqstat_process *
seqstat_process_get(struct rte_seqstat *st);

/**
 * Keep a set from being freed, for the calling process.
 *
 * @return
 *   0, -ENOENT, -ENOSPC, or as seqstat_control_lock().
 */
int
seqstat_hold(struct rte_seqstat *st);

/** Undo seqstat_hold(). */
void
seqstat_release(struct rte_seqstat *st);

/* rte_seqstat_writer.c */

/** Whether anybody has a slot. Control lock held. */
bool
seqstat_slot_taken(const struct rte_seqstat *st, uint32_t slot);

/** Close the section in which the owner of a slot ended, if it did. Control lock held. */
void
seqstat_slot_repair(struct rte_seqstat *st, uint32_t slot);

/* rte_seqstat_snapshot.c */

/** Make a snapshot object that does not hold its set. The set is held. */
struct rte_seqstat_snapshot *
seqstat_snapshot_alloc(struct rte_seqstat *st);

/** Free such an object. */
void
seqstat_snapshot_dealloc(struct rte_seqstat_snapshot *snap);

/**
 * Give a snapshot what another one has of the writers that it missed, which are all if it
 * did not get its turn. The other one is the latest that was taken before.
 */
void
seqstat_snapshot_freshen(struct rte_seqstat_snapshot *snap,
		const struct rte_seqstat_snapshot *from);

/* seqstat_kept.c */

/** What is kept of a set between telemetry requests. */
struct seqstat_kept;

/**
 * Begin a request for a set: nobody else's is answered, and the set stays.
 *
 * @return
 *   NULL: there is no such set, or not enough memory.
 */
struct seqstat_kept *
seqstat_kept_open(const char *name);

/** End a request. */
void
seqstat_kept_close(struct seqstat_kept *kept);

/** The set. */
struct rte_seqstat *
seqstat_kept_set(const struct seqstat_kept *kept);

/**
 * A fresh snapshot, NULL if there is not enough memory; late writers are flagged.
 *
 * Kept until the same client takes another one, or disconnects.
 */
struct rte_seqstat_snapshot *
seqstat_kept_take(struct seqstat_kept *kept);

/** The snapshot that was made at a time, NULL if it is not kept any more. */
struct rte_seqstat_snapshot *
seqstat_kept_find(struct seqstat_kept *kept, uint64_t tsc);

/** Drop what is kept of a set that was freed. */
void
seqstat_kept_forget(const char *name);

/* rte_seqstat_telemetry.c */

void
seqstat_telemetry_register(void);

#endif /* SEQSTAT_PRIVATE_H */
