/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_PUBLISH_H
#define RTE_SEQSTAT_PUBLISH_H

/**
 * @file
 *
 * Publish the stat sets of an application in a file
 *
 * @warning
 * @b EXPERIMENTAL: functions in this file may change or disappear without notice.
 *
 * A thread of the library takes a cut of all sets every period, and writes it to the file as a
 * record, next to the records of earlier cuts. Any number of programs read the file with
 * rte_seqstat_file.h. They need no DPDK, and do not disturb the application.
 *
 * All functions are thread-safe and wait for each other. They must not be called from a signal
 * handler.
 */

#include <stdint.h>

#include <rte_bitops.h>
#include <rte_compat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Flag: records have the values of each writer instead of their sums. */
#define RTE_SEQSTAT_PUBLISH_PER_WRITER RTE_BIT32(0)
/** Flag: the file may be on any file system, where the publisher may have to wait for a disk. */
#define RTE_SEQSTAT_PUBLISH_ANY_FS     RTE_BIT32(1)
/** Flag: the file is not removed when publishing stops. */
#define RTE_SEQSTAT_PUBLISH_KEEP       RTE_BIT32(2)
/** Flag: the file gets the group in the parameters. */
#define RTE_SEQSTAT_PUBLISH_GROUP      RTE_BIT32(3)

/** Parameters of rte_seqstat_publish_start(). All but the path may be 0. */
struct rte_seqstat_publish_params {
	/**
	 * Path of the file, or of a folder. In a folder, the file is named
	 * "<file prefix>.<process id>.seqstat". A path that ends with '/' is that of a folder.
	 */
	const char *path;
	/** Microseconds from one cut to the next: 1,000 to 3,600,000,000, or 0 for 100,000. */
	uint32_t period_us;
	/**
	 * Number of slots for records: 2 or more, or 0 for 4. Readers find one record less than
	 * there are slots, because the publisher overwrites one. Must be 0 if history_bytes is not.
	 */
	uint32_t history;
	/** Size of all slots for records in bytes, instead of their number; or 0. */
	uint64_t history_bytes;
	/**
	 * Permissions of the file: a subset of 0644; or 0 for 0600, with RTE_SEQSTAT_PUBLISH_GROUP
	 * for 0640.
	 */
	uint32_t mode;
	uint32_t gid;   /**< Group of the file, with RTE_SEQSTAT_PUBLISH_GROUP. */
	uint32_t flags; /**< Combination of RTE_SEQSTAT_PUBLISH_... flags. */
};

/**
 * Start to publish all sets of the application in a file, including sets that are created later.
 *
 * If the application is killed, its file stays. In a folder, the function removes the stat files
 * "<file prefix>.<process id>.seqstat" with the prefix of this application that have no publisher,
 * unless it has stopped with RTE_SEQSTAT_PUBLISH_KEEP.
 *
 * When the function returns, the file is complete and has a first record. It may wait up to two
 * seconds while sets are created and freed, and for the locks that rte_seqstat_lookup() takes.
 *
 * @code{.c}
 * const struct rte_seqstat_publish_params params = {
 *	.path = "/run/seqstat",
 *	.period_us = 1000,
 *	.history_bytes = 64 << 20,
 *	.mode = 0644,
 * };
 * int ret = rte_seqstat_publish_start(&params);
 * @endcode
 *
 * Another file takes the place of the file when a set is created or freed, when a set has more
 * writers or labels than the file has room for, and when the file was removed. The history
 * begins anew. For changes of labels, a file has at least 4096 bytes for each set, and for each set
 * with labels 256 bytes per record of the history, up to 256 MiB for all sets. A row that is
 * cleared takes 16 bytes, and new labels 16 bytes and their texts, up to the next multiple of 8.
 *
 * If the file system has no room for both files, the library removes the old file first. If no
 * other file can be made for another reason, the old file stays without a publisher. The library
 * tries again each second, and logs the same error once. If the last set is freed, the old file
 * also stays without a publisher, with its history, until there is a set again.
 *
 * The application calls rte_seqstat_publish_stop() before rte_eal_cleanup(). A child after fork()
 * does not publish. Until a child calls exec() or ends, it keeps the memory of a removed file.
 *
 * @param params
 *   Parameters, which are copied.
 * @return
 *   - 0: publishing
 *   - -EINVAL: a parameter is NULL or out of range (logged)
 *   - -EPERM: this is not the primary process, or it may not set the group
 *   - -EBUSY: this process publishes already
 *   - -EADDRINUSE: another living publisher has the file
 *   - -EEXIST: the path leads to something that is not a stat file
 *   - -ELOOP: the path is a symbolic link
 *   - -ENOTSUP: the file would not be in a tmpfs (logged), see RTE_SEQSTAT_PUBLISH_ANY_FS
 *   - -ENOSPC: the file system has no room for the file
 *   - -ENOMEM: not enough memory
 *   - -EFBIG: the sets are too large for a stat file
 *   - -EAGAIN: for two seconds, sets were being freed, or sets and writers came and went
 *   - others: the file cannot be made; or the errors of rte_seqstat_lookup(), negative
 */
__rte_experimental
int
rte_seqstat_publish_start(const struct rte_seqstat_publish_params *params);

/**
 * Start to publish with parameters in a text, for example the argument of a command-line option.
 *
 * The text is a path, and then any of the following options, each after a comma. A missing option
 * has the default of rte_seqstat_publish_start().
 *   - period=@e MS: milliseconds from one cut to the next, 1 to 3,600,000
 *   - history=@e MB: megabytes (1,000,000 bytes) of all slots for records, 1 to 1,000,000
 *   - mode=@e MODE: permissions of the file, an octal number
 *   - group=@e NAME: name of the group of the file
 *   - per-lcore: RTE_SEQSTAT_PUBLISH_PER_WRITER
 *   - keep: RTE_SEQSTAT_PUBLISH_KEEP
 *   - any-fs: RTE_SEQSTAT_PUBLISH_ANY_FS
 *
 * @code{.c}
 * rte_seqstat_publish_start_args("/run/seqstat,period=1,history=64,mode=0644");
 * @endcode
 *
 * @param args
 *   The text.
 * @return
 *   As rte_seqstat_publish_start(). -EINVAL also: an option is unknown or malformed (logged).
 */
__rte_experimental
int
rte_seqstat_publish_start_args(const char *args);

/**
 * Stop publishing.
 *
 * The publisher writes a last record of all sets, with all that was counted before the call. Then
 * the file is removed, unless RTE_SEQSTAT_PUBLISH_KEEP was given. The function waits for the
 * publisher's thread, usually for less than 10 milliseconds, but for up to two seconds while sets
 * are created and freed.
 *
 * @return
 *   - 0: stopped
 *   - -ENOENT: this process does not publish
 *   - others: stopped, but without a last record: the errors of rte_seqstat_publish_start()
 */
__rte_experimental
int
rte_seqstat_publish_stop(void);

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_PUBLISH_H */
