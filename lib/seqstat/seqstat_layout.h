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
 * An application has one control zone, and a memzone for each set. Pointers are valid in all
 * processes, because EAL maps its memory at the same address in each of them.
 *
 * The comment of a field names the lock that guards the field: the control lock, or the turn of the
 * set's readers. A field without a lock does not change after its structure was published, or it is
 * atomic.
 */

#include <stdalign.h>
#include <stdint.h>

#include "rte_seqstat.h"

/** Version of the layout. Raise it with each change of this file or of a block's layout. */
#define SEQSTAT_LAYOUT 11

/**
 * A process: its slot and the generation of the slot, in one word. 0 stands for no process.
 *
 * A process owns a slot as long as it holds the lock on the byte of the slot in the lock file.
 */
typedef uint64_t seqstat_owner_t;

#define SEQSTAT_OWNER(slot, generation) ((seqstat_owner_t)(generation) << 8 | (slot))
#define SEQSTAT_OWNER_SLOT(owner) ((uint32_t)((owner) & 0xff))
#define SEQSTAT_OWNER_GENERATION(owner) ((owner) >> 8)

/** A lock that names the process that holds it. */
struct seqstat_lock {
	rte_seqstat_word_t owner; /**< The process, or 0 if the lock is free. */
};

/** The state that the readers of a group of sets share. They take one snapshot at a time. */
struct seqstat_cut {
	/**
	 * Epoch of the snapshot in progress, or of one whose reader was killed; 0 if there is
	 * none. Each section reads it, and each snapshot writes it twice.
	 */
	alignas(__RTE_SEQSTAT_LINE) rte_seqstat_word_t epoch;
	/** The turn. Its owner may take the control lock, but not the other way round. */
	alignas(__RTE_SEQSTAT_LINE) struct seqstat_lock turn;
	/** Epoch of the latest snapshot. Turn. */
	rte_seqstat_word_t latest_epoch;
};

struct seqstat_set;

/** The control zone. */
struct seqstat_control {
	rte_seqstat_word_t magic; /**< Stored when the zone is complete. */
	uint32_t layout;   /**< SEQSTAT_LAYOUT of the library that made the zone. */
	uint32_t alone;    /**< Not 0 if only one process can see the zone: there is no file. */
	uint64_t file_dev; /**< Device of the lock file. */
	uint64_t file_ino; /**< Inode of the lock file, which the processes keep in use. */
	/** The control lock: guards the list of sets, and blocks and labels in each set. */
	struct seqstat_lock lock;
	struct seqstat_set *sets; /**< All sets, the latest first. Control lock. */
	uint64_t latest_birth_ns; /**< Time of birth of the latest set. Control lock. */
	/** Name of the set whose memzone is being reserved or freed, or "". Control lock. */
	char unfinished[RTE_SEQSTAT_NAMESIZE];
	/** Generation of each slot; only the process that owns the slot changes it. */
	struct {
		rte_seqstat_word_t generation;
	} processes[RTE_SEQSTAT_MAX_PROCESSES];
	struct seqstat_cut cut; /**< For all sets without RTE_SEQSTAT_OWN_EPOCH. */
};

/** A writer of a set: its block of rows and its owner. */
struct seqstat_block {
	struct rte_seqstat_writer *writer;
	rte_seqstat_word_t owner; /**< The process, or 0. Control lock to set, none to reset. */
	RTE_ATOMIC(uint32_t) n_torn; /**< Number of sections that owners left unfinished. */
	RTE_ATOMIC(uint32_t) crowded; /**< Not 0 if it also serves lcores that got no block. */
	uint32_t lcore_id;  /**< Lcore id, or LCORE_ID_ANY for the shared writer of a process. */
	int32_t socket_id;  /**< NUMA node of the block. */
	RTE_ATOMIC(int32_t) pid; /**< Process id of the owner, for people. */
};

/**
 * The labels of a set's rows, in an allocation of their own that is replaced when it is full.
 *
 * The text of a row is the values of its labels, each with its NUL. Rows with the same hash are
 * chained. Chains have the number of a row plus one; 0 ends a chain. Control lock to read; control
 * lock and turn to change the labels of a row.
 */
struct seqstat_labels {
	uint32_t size;     /**< Size of text in bytes. */
	uint32_t used;     /**< Number of bytes in use. The first byte is unused. */
	uint32_t n_heads;  /**< Number of chains, a power of two. */
	uint32_t changing; /**< Not 0 if chains are changed, or a process was killed there. */
	uint32_t *heads;   /**< By hash: first row of the chain. */
	uint32_t *next;    /**< By row: next row of its chain. */
	uint32_t *at;      /**< By row: where its text begins; 0 if it has no labels. */
	char *text;
};

/** Progress of the clear of a row. The work of each state can be repeated after a kill. */
enum seqstat_clearing {
	SEQSTAT_CLEARING_NONE,
	SEQSTAT_CLEARING_LABELS, /**< Remove the labels. */
	SEQSTAT_CLEARING_SUM,    /**< Raise the generation, and add the values to the retired. */
	SEQSTAT_CLEARING_ZERO,   /**< Set the values to zero. */
};

/** A set: the beginning of its memzone. */
struct seqstat_set {
	struct seqstat_set *next; /**< Next set in the list. Control lock. */
	uint32_t flags;           /**< Flags of the parameters. */
	uint64_t birth_ns;        /**< CLOCK_REALTIME; no other set has or had the same. */
	char name[RTE_SEQSTAT_NAMESIZE];
	char label_names[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_NAMESIZE];
	uint32_t n_labels;
	uint32_t n_rows;
	uint32_t n_counters;
	uint32_t n_values; /**< Number of values in a row. */
	uint32_t stride;   /**< Number of bytes from one row of a block to the next. */
	size_t block_size; /**< Size of a block in bytes. */
	struct rte_seqstat_counter *counters; /**< Schema; strings and buckets follow it. */
	uint32_t *first_value; /**< By counter: index of its first value in a row. */
	struct seqstat_labels *labels; /**< Labels, or NULL before the first. Control lock. */
	rte_seqstat_word_t n_labelled; /**< Number of times that a row got labels. Control lock. */
	uint32_t next_free; /**< Row at which the search for a free row begins. Turn. */

	/* The clear of a row. Turn. */
	enum seqstat_clearing clearing;
	uint32_t cleared_row;
	uint32_t cleared_generation; /**< Generation that the row gets. */
	uint64_t n_clears; /**< Number of clears since the creation of the set. */
	/* Three arrays in one allocation, which begins with the first. */
	uint64_t *retired;      /**< Sums of the values of cleared rows. */
	uint64_t *retired_next; /**< The same with the row that is being cleared. */
	__rte_seqstat_half_t *generations; /**< By row: number of its clears. */
	uint32_t n_balances;
	struct rte_seqstat_balance *balances; /**< Balances; names and coefficients follow. */

	struct seqstat_cut *cut; /**< That of the application, or own_cut. */
	struct seqstat_cut own_cut;

	/** Statistics of snapshots; see struct rte_seqstat_self. Turn. */
	struct {
		rte_seqstat_word_t snapshots;
		rte_seqstat_word_t read_idle;
		rte_seqstat_word_t read_acked;
		rte_seqstat_word_t rows_saved;
		rte_seqstat_word_t missed;
		rte_seqstat_word_t longest; /**< TSC cycles. */
	} self;

	rte_seqstat_word_t freed_by; /**< Process that waits to free the set, or 0. */
	/** By slot: process that has a handle, or 0. Control lock to set, none to reset. */
	struct {
		rte_seqstat_word_t owner;
		/** Not 0 if only the library uses the handle, for the time of a request. */
		RTE_ATOMIC(uint32_t) passing;
	} users[RTE_SEQSTAT_MAX_PROCESSES];

	RTE_ATOMIC(uint32_t) n_blocks; /**< Number of blocks, which only grows. Control lock. */
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
