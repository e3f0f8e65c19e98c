/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_HANDLE_H
#define SEQSTAT_HANDLE_H

/**
 * @file
 *
 * Handles: what a process has of a set, and how it refers to it
 *
 * A process has at most one handle of a set, however often it opens it; each open is undone by a
 * close. Snapshot objects count as opens. As long as there is one, the process is among the
 * set's users, and nobody frees the set.
 *
 * Handles lie in memory that is wiped on fork: a child finds no set, no writer, and a table of
 * length zero. They are reused but never unmapped, so that a late use finds the same.
 */

#include <errno.h>
#include <stdbool.h>

#include <rte_lcore.h>

#include "seqstat_layout.h"

/**
 * A handle. Its tail is what the inline functions know as struct rte_seqstat: a table of
 * RTE_MAX_LCORE writers.
 */
struct seqstat_handle {
	struct seqstat_handle *next; /**< Handles lock. */
	struct seqstat_set *set; /**< NULL: closed, or inherited from the parent process. */
	uint32_t n_opens;   /**< By the application. Handles lock. */
	uint32_t n_passing; /**< By the library, for one request each. Handles lock. */
	struct seqstat_block *shared; /**< For threads without a writer of their own. */
	struct seqstat_block *blocks[RTE_MAX_LCORE]; /**< Of the writers in the table. */
	bool refused[RTE_MAX_LCORE]; /**< No memory for a writer: not to be tried again. */
	struct rte_seqstat st; /**< The last member: the table follows. */
};

/** Return the handle of which the application has the tail. */
static inline struct seqstat_handle *
seqstat_handle(struct rte_seqstat *st)
{
	return RTE_PTR_SUB(st, offsetof(struct seqstat_handle, st));
}

/** Find the set of a handle that the application passed. Returns 0, -EINVAL or -ENOENT. */
static inline int
seqstat_handle_set(struct rte_seqstat *st, struct seqstat_set **set)
{
	if (st == NULL)
		return -EINVAL;
	*set = seqstat_handle(st)->set;

	return *set == NULL ? -ENOENT : 0;
}

/**
 * Open a set by name.
 *
 * @param passing
 *   Whether the library itself opens the set, until seqstat_handle_pass() some milliseconds
 *   later. rte_seqstat_free() waits for that.
 * @return
 *   The handle, or NULL with rte_errno: ENOENT, ENOMEM, ENOSPC, or as seqstat_control_lock().
 */
struct seqstat_handle *
seqstat_handle_open(const char *name, bool passing);

/** Make a set, and call seqstat_handle_announce(). Returns 0 or a negative errno. */
typedef int (*seqstat_make_t)(const struct rte_seqstat_params *params, struct seqstat_set **set);

/**
 * Make a set and open it.
 *
 * @return
 *   The handle, or NULL with rte_errno: ENOMEM, or what make() returned. If the handle has no
 *   shared writer, the caller frees the set, and rte_errno has the cause.
 */
struct seqstat_handle *
seqstat_handle_create(const struct rte_seqstat_params *params, seqstat_make_t make);

/** Announce to other processes whether the calling one uses a set, or only for a request. */
void
seqstat_handle_announce(struct seqstat_set *set, bool used, bool passing);

/** Open a set once more. Returns false if the handle is closed. */
bool
seqstat_handle_reopen(struct seqstat_handle *handle);

/** Undo seqstat_handle_open() or seqstat_handle_reopen(). Cannot fail. */
void
seqstat_handle_close(struct seqstat_handle *handle);

/** Undo seqstat_handle_open() by the library itself. Cannot fail. */
void
seqstat_handle_pass(struct seqstat_handle *handle);

/**
 * Close the only open of a set, unless it has other users. Control lock held.
 *
 * @return
 *   - 0: closed; the set has no user
 *   - -EBUSY: the set is open elsewhere
 *   - -EAGAIN: only requests of the library are in progress
 */
int
seqstat_handle_close_last(struct seqstat_handle *handle);

#endif /* SEQSTAT_HANDLE_H */
