/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_PLACE_H
#define SEQSTAT_PLACE_H

/**
 * @file
 *
 * The place of a stat file in the file system, and the steps by which a file takes it
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "rte_seqstat_publish.h"

/** A path, and the permissions of the file there. */
struct seqstat_place {
	char path[PATH_MAX]; /**< Absolute. */
	uint32_t mode;
	uint32_t gid;   /**< Group of the file, with RTE_SEQSTAT_PUBLISH_GROUP. */
	uint32_t flags; /**< RTE_SEQSTAT_PUBLISH_... */
	dev_t dev;      /**< Device of the latest file of this process in this place. */
	ino_t ino;      /**< Inode of that file. */
};

/**
 * A stat file that this process writes.
 *
 * The application may close all descriptors, and get this number for a file of its own: device and
 * inode show whether the descriptor is still that of the stat file.
 */
struct seqstat_place_file {
	int fd;     /**< Descriptor that writes the file; negative: closed. */
	void *lock; /**< Mapping that holds the lock, or NULL. */
	dev_t dev;
	ino_t ino;
	char temporary[PATH_MAX]; /**< Name until the file is in its place; then "". */
};

/** Copy the file prefix of the application, with a question mark for each unprintable byte. */
void
seqstat_prefix(char *prefix, size_t size);

/** Find the place that parameters describe. Returns 0 or a negative errno. */
int
seqstat_place_find(struct seqstat_place *place, const struct rte_seqstat_publish_params *params);

/**
 * Make and lock a file with a temporary name, and allocate all its bytes, unless the place has
 * something that must not be replaced.
 *
 * Returns 0 or a negative errno as rte_seqstat_publish_start(). After an error no file is left.
 */
int
seqstat_place_make(const struct seqstat_place *place, uint64_t size,
		struct seqstat_place_file *file);

/**
 * Put a file into its place, and mark and remove the file that was there.
 *
 * Returns 0, -EAGAIN if the file there just left, or another negative errno as
 * rte_seqstat_publish_start().
 */
int
seqstat_place_take(struct seqstat_place *place, struct seqstat_place_file *file);

/**
 * Check that a descriptor is still that of the file.
 *
 * Returns 0, -ESTALE if it is but the file was removed, or another negative errno: do not use it.
 */
int
seqstat_place_file_check(const struct seqstat_place_file *file);

/** Close a file, and remove it if it did not take its place. */
void
seqstat_place_file_close(struct seqstat_place_file *file);

/** Mark the file of this process as replaced and remove it. Returns whether it was there. */
bool
seqstat_place_clear(struct seqstat_place *place);

/** Remove the file of this process from its place, unless the parameters keep it. */
void
seqstat_place_leave(const struct seqstat_place *place);

/** Return the time of a clock in nanoseconds. */
uint64_t
seqstat_now_ns(clockid_t clock);

/** Write bytes at an offset. Returns 0 or a negative errno. */
int
seqstat_pwrite(int fd, const void *from, uint64_t size, uint64_t offset);

#endif /* SEQSTAT_PLACE_H */
