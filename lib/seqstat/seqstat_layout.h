/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_LAYOUT_H
#define SEQSTAT_LAYOUT_H

/**
 * @file
 *
 * The structures that all processes of an application share
 *
 * The application has one control zone, and a memzone for each set. Pointers are valid in all
 * processes: EAL maps its memory at the same address in each of them.
 */

#include <stdalign.h>
#include <stdint.h>

#include "rte_seqstat.h"

/** To be raised with each change of this file or of a block's layout. */
#define SEQSTAT_LAYOUT 11

/**
 * A process: its slot and the slot's generation, in one word. 0 is nobody.
 *
 * A process owns a slot as long as it holds the lock on the slot's byte of the lock file.
 */
typedef uint64_t seqstat_owner_t;

#define SEQSTAT_OWNER(slot, generation) ((seqstat_owner_t)(generation) << 8 | (slot))
#define SEQSTAT_OWNER_SLOT(owner) ((uint32_t)((owner) & 0xff))
#define SEQSTAT_OWNER_GENERATION(owner) ((owner) >> 8)

/** A lock that names the process which holds it. */
struct seqstat_lock {
	rte_seqstat_word_t owner; /**< 0: nobody holds the lock. */
};

/** What the readers of a group of sets share: one snapshot at a time is taken of the group. */
struct seqstat_cut {
	/**
	 * The epoch of the snapshot in progress, or of one whose reader was killed; 0: none.
	 * Each section reads it; each snapshot writes it twice.
	 */
	alignas(__RTE_SEQSTAT_LINE) rte_seqstat_word_t epoch;
	/** The turn to take a snapshot. Its holder may take the control lock, not vice versa. */
	alignas(__RTE_SEQSTAT_LINE) struct seqstat_lock turn;
	/** The epoch of the latest snapshot. Turn. */
	rte_seqstat_word_t latest_epoch;
};

struct seqstat_set;

/** The control zone. */
struct seqstat_control {
	rte_seqstat_word_t magic; /**< Stored last. */
	uint32_t layout;   /**< SEQSTAT_LAYOUT of the library that made the zone. */
	uint32_t alone;    /**< No other process can see the zone: there is no lock file. */
	uint64_t file_dev; /**< The lock file: its device, */
	uint64_t file_ino; /**< and inode, which the processes keep in use. */
	/** Guards the list of sets, and in each set blocks and labels. Held shortly. */
	struct seqstat_lock lock;
	struct seqstat_set *sets; /**< All sets, the latest first. Control lock. */
	uint64_t latest_birth_ns; /**< Of the latest set. Control lock. */
	/** The set whose memzone is reserved or freed, or "". Control lock. */
	char unfinished[RTE_SEQSTAT_NAMESIZE];
	/** Generation of each slot; only the process that owns the slot changes it. */
	struct {
		rte_seqstat_word_t generation;
	} processes[RTE_SEQSTAT_MAX_PROCESSES];
	struct seqstat_cut cut;
};

/** One writer of a set: its block of rows and its owner. */
struct seqstat_block {
	struct rte_seqstat_writer *writer;
	rte_seqstat_word_t owner; /**< The process. Control lock. */
	RTE_ATOMIC(uint32_t) n_torn; /**< Sections that owners left unfinished. */
	RTE_ATOMIC(uint32_t) crowded; /**< Also serves lcores that got no block. */
	uint32_t lcore_id;  /**< LCORE_ID_ANY: the shared writer of a process. */
	int32_t socket_id;  /**< NUMA node of the block. */
	RTE_ATOMIC(int32_t) pid; /**< Of the owner, for people. */
};

/**
 * The labels of a set's rows, in an allocation of their own that is replaced when it is full.
 *
 * A row's text is the values of its labels, each with its NUL. Rows with the same hash are
 * chained. Numbers of rows are stored plus one; 0 is none. Control lock; of which rows have
 * labels, and which, the turn as well.
 */
struct seqstat_labels {
	uint32_t size;     /**< Bytes of text. */
	uint32_t used;     /**< The first byte is no row's: texts begin at 1. */
	uint32_t n_heads;  /**< A power of two. */
	uint32_t changing; /**< Not 0 after a process died here: rebuild the chains. */
	uint32_t *heads;   /**< By hash: the first row of the chain. */
	uint32_t *next;    /**< By row: the next row of its chain. */
	uint32_t *at;      /**< By row: where its text begins; 0: the row has no labels. */
	char *text;
};

/** How far a row is cleared. What is done in a state may be done again. */
enum seqstat_clearing {
	SEQSTAT_CLEARING_NONE,
	SEQSTAT_CLEARING_LABELS, /**< Its labels go, */
	SEQSTAT_CLEARING_SUM,    /**< its generation grows, its values are summed to be retired, */
	SEQSTAT_CLEARING_ZERO,   /**< and it is zeroed. */
};

/** A set: the beginning of its memzone. */
struct seqstat_set {
	struct seqstat_set *next; /**< In the list of sets. Control lock. */
	uint32_t flags;           /**< Of its parameters. */
	uint64_t birth_ns;        /**< CLOCK_REALTIME; differs from that of any former set. */
	char name[RTE_SEQSTAT_NAMESIZE];
	char label_names[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_NAMESIZE];
	uint32_t n_labels;
	uint32_t n_rows;
	uint32_t n_counters;
	uint32_t n_values; /**< Of a row. */
	uint32_t stride;   /**< Bytes from one row of a block to the next. */
	size_t block_size; /**< Bytes of a block. */
	struct rte_seqstat_counter *counters; /**< The schema; what it points to follows. */
	uint32_t *first_value; /**< Of each counter: where its values begin in a row. */
	struct seqstat_labels *labels; /**< NULL before the first. Control lock. */
	rte_seqstat_word_t n_labelled; /**< How often a row got labels. Control lock to change. */
	uint32_t next_free; /**< Where to look for a free row first. Turn. */

	/** Rows that are cleared. Turn. */
	enum seqstat_clearing clearing;
	uint32_t cleared_row;
	uint32_t cleared_generation; /**< Its new generation. */
	uint64_t n_clears;
	uint64_t *retired;      /**< Values of cleared rows; begins an allocation of its own, */
	uint64_t *retired_next; /**< in which the sum for it, */
	RTE_ATOMIC(uint32_t) *generations; /**< and each row's generation follow. */
	uint32_t n_balances;
	struct rte_seqstat_balance *balances; /**< Names and coefficients follow them. */

	struct seqstat_cut *cut; /**< The application's, or own_cut. */
	struct seqstat_cut own_cut;

	/** How snapshots went. Only the holder of the turn changes it. */
	struct {
		rte_seqstat_word_t snapshots;
		rte_seqstat_word_t read_idle;
		rte_seqstat_word_t read_acked;
		rte_seqstat_word_t rows_saved;
		rte_seqstat_word_t missed;
		rte_seqstat_word_t longest; /**< TSC cycles. */
	} self;

	rte_seqstat_word_t freed_by; /**< The process that waits to free the set, or 0. */
	/** By slot: the process that has a handle. Set under the control lock, reset without. */
	struct {
		rte_seqstat_word_t owner;
		/** The library alone uses the handle, for as long as a request takes. */
		RTE_ATOMIC(uint32_t) passing;
	} users[RTE_SEQSTAT_MAX_PROCESSES];

	RTE_ATOMIC(uint32_t) n_blocks; /**< Only grows. */
	struct seqstat_block blocks[RTE_SEQSTAT_MAX_WRITERS];
};

/** Return the number of values that a counter has in a row. */
static inline uint32_t
seqstat_counter_width(const struct rte_seqstat_counter *counter)
{
	return counter->type == RTE_SEQSTAT_HISTOGRAM ?
		RTE_SEQSTAT_HISTOGRAM_SIZE(counter->buckets->n_bounds) : 1;
}

#endif /* SEQSTAT_LAYOUT_H */
