/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_CONTROL_H
#define SEQSTAT_CONTROL_H

/**
 * @file
 *
 * The control zone of the application: its processes, and the list of sets
 *
 * A process registers with its first call of the library: it takes a slot, and locks the byte of
 * the slot in a file of EAL's runtime directory until it ends. The kernel drops the lock when the
 * process ends or calls exec(), whatever its PID namespace, root directory or first thread is. So a
 * process is alive if its byte is locked and the slot has its generation.
 */

#include <stdbool.h>

#include <rte_log.h>

#include "seqstat_compat.h"
#include "seqstat_layout.h"

extern int seqstat_logtype;
#define RTE_LOGTYPE_SEQSTAT seqstat_logtype
#define SEQSTAT_LOG(level, ...) \
	RTE_LOG_LINE_PREFIX(level, SEQSTAT, "%s(): ", __func__, __VA_ARGS__)
/** Log why something is not valid, and return false. */
#define SEQSTAT_INVALID(...) (__extension__ ({ SEQSTAT_LOG(ERR, __VA_ARGS__); false; }))

/**
 * Register the calling process, unless it is registered.
 *
 * @return
 *   - 0: registered
 *   - -ENOMEM, -ENOSPC: no memory or memzone for the control zone; or all slots are taken
 *   - -ENOTSUP: the control zone has another layout; or a process that uses the library forked this
 *     one, and memory comes from hugepages
 *   - -ESTALE: the lock file was replaced since the control zone was made
 *   - -EEXIST: the library is loaded twice, or this is a child of the only process
 *   - -ETIMEDOUT: another process was stopped while it made the control zone
 *   - others: the lock file cannot be opened or locked
 */
int
seqstat_register(void);

/** Return the calling process, or 0 if it is not registered, such as a forked child. */
seqstat_owner_t
seqstat_self(void);

/** Return the control zone. The calling process is registered. */
struct seqstat_control *
seqstat_control(void);

/** Return whether a process is alive; true if this cannot be found out. */
bool
seqstat_alive(seqstat_owner_t owner);

/** Find a set by its name. Returns NULL if there is none. Control lock held. */
struct seqstat_set *
seqstat_set_find(const char *name);

/** Add a complete set to the list. Control lock held. */
void
seqstat_set_link(struct seqstat_set *set);

/** Remove a set from the list. Control lock held. */
void
seqstat_set_unlink(struct seqstat_set *set);

/**
 * Allocate zeroed memory of the process, which is zero again in a forked child.
 *
 * It is for locks that a child must not find taken, and for pointers to memory that a child must
 * not write. It is never freed. Returns NULL if there is no memory.
 */
void *
seqstat_process_alloc(size_t size);

#endif /* SEQSTAT_CONTROL_H */
