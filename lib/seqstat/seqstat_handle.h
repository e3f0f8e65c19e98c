/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_HANDLE_H
#define SEQSTAT_HANDLE_H

/**
 * @file
 *
 * Handles: the access of a process to a set
 *
 * A process has at most one handle of a set, and counts how often it was opened. Snapshot objects
 * count as opens. While a process has an open handle, it is a user of the set, which then cannot be
 * freed.
 *
 * Handles lie in memory that is wiped on fork: a child finds no set, no writer, and a table of
 * length 0. Handles are reused but never unmapped, so that a late use of a closed handle finds the
 * same.
 */

#include <errno.h>
#include <stdbool.h>

#include <rte_lcore.h>

#include "seqstat_layout.h"

/** A handle. Its tail is the struct rte_seqstat of the application. */
struct seqstat_handle {
	struct seqstat_handle *next; /**< Next open or unused handle. Handles lock. */
	struct seqstat_set *set; /**< NULL if closed, or inherited from the parent process. */
	uint32_t n_opens;   /**< Number of opens by the application. Handles lock. */
	uint32_t n_passing; /**< Number of requests by the library itself. Handles lock. */
	struct seqstat_block *shared; /**< Block for threads without a writer of their own. */
	struct seqstat_block *blocks[RTE_MAX_LCORE]; /**< Blocks of the writers in the table. */
	bool refused[RTE_MAX_LCORE]; /**< Whether there was no memory for an lcore's writer. */
	struct rte_seqstat st; /**< Last member: a table of RTE_MAX_LCORE writers follows. */
};

/** Return the handle that has a struct rte_seqstat as its tail. */
static inline struct seqstat_handle *
seqstat_handle(struct rte_seqstat *st)
{
	return RTE_PTR_SUB(st, offsetof(struct seqstat_handle, st));
}

/** Find the set of the application's handle. Returns 0, -EINVAL if st is NULL, or -ENOENT. */
static inline int
seqstat_handle_set(struct rte_seqstat *st, struct seqstat_set **set)
{
	if (st == NULL)
		return -EINVAL;
	*set = seqstat_handle(st)->set;

	return *set == NULL ? -ENOENT : 0;
}

/**
 * Open a set by its name.
 *
 * @param passing
 *   Whether the library itself opens the set for a request of some milliseconds, which ends with
 *   seqstat_handle_pass(). rte_seqstat_free() waits for such requests.
 * @return
 *   The handle, or NULL with rte_errno: ENOENT, ENOMEM, ENOSPC, or as seqstat_control_lock()
 */
struct seqstat_handle *
seqstat_handle_open(const char *name, bool passing);

/** Function that makes a set, and announces its user. Returns 0 or a negative errno. */
typedef int (*seqstat_make_t)(const struct rte_seqstat_params *params, struct seqstat_set **set);

/**
 * Make a set and open it.
 *
 * @return
 *   The handle, or NULL with rte_errno: ENOMEM or the error of make(). If the handle has no shared
 *   writer, rte_errno has the cause, and the caller frees the set.
 */
struct seqstat_handle *
seqstat_handle_create(const struct rte_seqstat_params *params, seqstat_make_t make);

/** Announce to other processes whether this one uses a set, and whether only for a request. */
void
seqstat_handle_announce(struct seqstat_set *set, bool used, bool passing);

/** Open the set of an open handle again. Returns false if the handle is closed. */
bool
seqstat_handle_reopen(struct seqstat_handle *handle);

/** Close a handle once. */
void
seqstat_handle_close(struct seqstat_handle *handle);

/** Close a handle that the library opened for a request. */
void
seqstat_handle_pass(struct seqstat_handle *handle);

/**
 * Close a handle if it is the only open of a set. Control lock held.
 *
 * @return
 *   - 0: closed; the set has no user
 *   - -EBUSY: the set is open elsewhere, or more than once here
 *   - -EAGAIN: apart from this open, only requests of the library use the set
 */
int
seqstat_handle_close_last(struct seqstat_handle *handle);

#endif /* SEQSTAT_HANDLE_H */
