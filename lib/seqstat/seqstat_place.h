/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_PLACE_H
#define SEQSTAT_PLACE_H

/**
 * @file
 *
 * Where a stat file lies, and how one takes the place of another
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rte_seqstat.h"

/** A path, and the permissions of the file there. */
struct seqstat_place {
	char path[PATH_MAX]; /**< Absolute. */
	uint32_t mode;
	uint32_t gid;   /**< With RTE_SEQSTAT_PUBLISH_GROUP. */
	uint32_t flags; /**< RTE_SEQSTAT_PUBLISH_... */
};

/** Copy the file prefix of the application. */
void
seqstat_prefix(char *prefix, size_t size);

/** Find out where to put a file. Returns 0 or a negative errno. */
int
seqstat_place_find(struct seqstat_place *place, const struct rte_seqstat_publish_params *params);

/**
 * Check that nothing is in the place which must not be replaced.
 *
 * Returns 0 or a negative errno: as rte_seqstat_publish_start().
 */
int
seqstat_place_check(const struct seqstat_place *place);

/**
 * Make a file with a temporary name, with all its bytes allocated, and lock it.
 *
 * @param[out] temporary
 *   The name.
 * @return
 *   The descriptor, which holds the lock; or a negative errno.
 */
int
seqstat_place_make(const struct seqstat_place *place, uint64_t size, char temporary[PATH_MAX]);

/** Put the file into its place, and mark the one that was there. Returns 0 or a negative errno. */
int
seqstat_place_take(const struct seqstat_place *place, const char *temporary);

/** Remove a file if it is in its place. */
void
seqstat_place_leave(const struct seqstat_place *place, dev_t dev, ino_t ino);

/** Write bytes. Returns 0 or a negative errno. */
int
seqstat_pwrite(int fd, const void *from, uint64_t size, uint64_t offset);

#endif /* SEQSTAT_PLACE_H */
