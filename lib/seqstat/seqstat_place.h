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

#include "rte_seqstat_publish.h"

/** A path, and the permissions of the file there. */
struct seqstat_place {
	char path[PATH_MAX]; /**< Absolute. */
	uint32_t mode;
	uint32_t gid;   /**< With RTE_SEQSTAT_PUBLISH_GROUP. */
	uint32_t flags; /**< RTE_SEQSTAT_PUBLISH_... */
	dev_t dev;      /**< Of the latest file in this place, */
	ino_t ino;      /**< and its inode. */
};

/**
 * A stat file that this process writes.
 *
 * The application may close the descriptor, and get its number for a file of its own.
 */
struct seqstat_place_file {
	int fd; /**< Holds the lock; negative: closed. */
	dev_t dev;
	ino_t ino;
	char temporary[PATH_MAX]; /**< Its name until it is in its place; then "". */
};

/** Copy the file prefix of the application. */
void
seqstat_prefix(char *prefix, size_t size);

/** Find out where to put a file. Returns 0 or a negative errno. */
int
seqstat_place_find(struct seqstat_place *place, const struct rte_seqstat_publish_params *params);

/**
 * Make a file with a temporary name, with all its bytes allocated, and lock it, unless something
 * is in the place that must stay there.
 *
 * Returns 0 or a negative errno: as rte_seqstat_publish_start(); then nothing is left.
 */
int
seqstat_place_make(const struct seqstat_place *place, uint64_t size,
		struct seqstat_place_file *file);

/**
 * Put a file into its place, and remove the one that was there, marked as replaced.
 *
 * Returns 0 or a negative errno: as rte_seqstat_publish_start(); -EAGAIN: something just left.
 */
int
seqstat_place_take(struct seqstat_place *place, struct seqstat_place_file *file);

/**
 * Check that the descriptor is that of the file.
 *
 * Returns 0, -ESTALE: it is, but the file was removed; or another errno: do not use it.
 */
int
seqstat_place_file_check(const struct seqstat_place_file *file);

/** Close a file; remove it if it is not in its place. */
void
seqstat_place_file_close(struct seqstat_place_file *file);

/** Remove the latest file in a place, unless another one took the place, or it is kept. */
void
seqstat_place_leave(const struct seqstat_place *place);

/** Write bytes. Returns 0 or a negative errno. */
int
seqstat_pwrite(int fd, const void *from, uint64_t size, uint64_t offset);

#endif /* SEQSTAT_PLACE_H */
