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
 * A thread of the library takes a cut over the application's sets every period and writes it to
 * the file, next to earlier cuts. Any number of programs read the file with rte_seqstat_file.h;
 * they need no DPDK and cost the application nothing.
 *
 * All functions are thread-safe. They wait for each other, and may not be called from a signal
 * handler.
 */

#include <stdint.h>

#include <rte_bitops.h>
#include <rte_compat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Publish each writer's values instead of their sums. */
#define RTE_SEQSTAT_PUBLISH_PER_WRITER RTE_BIT32(0)
/** The file may lie on any file system: threads may have to wait for a disk. */
#define RTE_SEQSTAT_PUBLISH_ANY_FS     RTE_BIT32(1)
/** The file stays when publishing is stopped. */
#define RTE_SEQSTAT_PUBLISH_KEEP       RTE_BIT32(2)
/** The file gets the group of the parameters. */
#define RTE_SEQSTAT_PUBLISH_GROUP      RTE_BIT32(3)

/** Parameters of rte_seqstat_publish_start(). Members other than the path may be 0. */
struct rte_seqstat_publish_params {
	/** The file; or a folder, for a file "<file prefix>.<process id>.seqstat" in it. */
	const char *path;
	/** Microseconds from one cut to the next: 1,000 to 3,600,000,000; default 100,000. */
	uint32_t period_us;
	/**
	 * Places for cuts in the file: at least 2; default 4. One is being overwritten, so readers
	 * find one cut less.
	 */
	uint32_t history;
	uint64_t history_bytes; /**< Instead of their number: the bytes of all cuts together. */
	uint32_t mode;          /**< Permissions, a subset of 0644; default 0600. */
	uint32_t gid;           /**< With RTE_SEQSTAT_PUBLISH_GROUP. */
	uint32_t flags;         /**< RTE_SEQSTAT_PUBLISH_... */
};

/**
 * Publish the sets of the application, those that will be created included.
 *
 * The file is complete, and has a first cut, when this function returns. When a set is created or
 * freed, the file has no room for writers or labels that are new, or it was removed, another
 * file takes its place; the history begins anew. If that fails (logged), the file that was there
 * stays without a publisher, and another attempt follows each second.
 *
 * The application calls rte_seqstat_publish_stop() before rte_eal_cleanup(). A forked child does
 * not publish; one that outlives the application, and does not call exec(), lets readers believe
 * that the publisher lives.
 *
 * @param params
 *   The parameters, copied.
 * @return
 *   - 0: publishing
 *   - -EINVAL: a parameter is NULL or out of range (logged)
 *   - -EPERM: not the primary process; or the group may not be set
 *   - -EBUSY: the application publishes already
 *   - -EADDRINUSE: another living publisher has the file
 *   - -EEXIST: the path leads to something that is no stat file
 *   - -ELOOP: the path is a symbolic link
 *   - -ENOTSUP: the file would not be in a tmpfs (logged); see RTE_SEQSTAT_PUBLISH_ANY_FS
 *   - -ENOSPC: the file system has no room
 *   - -ENOMEM: not enough memory
 *   - -EFBIG: the sets are too large
 *   - -EAGAIN: for two seconds a set was being freed, or sets and writers came and went
 *   - others: the file cannot be made, or as rte_seqstat_lookup()
 */
__rte_experimental
int
rte_seqstat_publish_start(const struct rte_seqstat_publish_params *params);

/**
 * Publish as a text describes it, such as the argument of an application's option.
 *
 * The text is @e PATH, then any of these, each after a comma; what is left out has its default:
 *   - period=@e MS: milliseconds from one cut to the next
 *   - history=@e MB: megabytes (1,000,000 bytes) of all cuts together
 *   - mode=@e MODE: permissions, an octal number
 *   - group=@e NAME: group of the file
 *   - per-lcore: RTE_SEQSTAT_PUBLISH_PER_WRITER
 *   - keep: RTE_SEQSTAT_PUBLISH_KEEP
 *   - any-fs: RTE_SEQSTAT_PUBLISH_ANY_FS
 *
 * @param args
 *   The text, for instance "/run/seqstat,period=1,history=64,mode=0644".
 * @return
 *   As rte_seqstat_publish_start(); -EINVAL also for a text that is none of these (logged).
 */
__rte_experimental
int
rte_seqstat_publish_start_args(const char *args);

/**
 * Stop publishing after a last record. The file is removed, unless RTE_SEQSTAT_PUBLISH_KEEP was
 * given.
 *
 * @return
 *   - 0: stopped
 *   - -ENOENT: this process does not publish
 */
__rte_experimental
int
rte_seqstat_publish_stop(void);

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_PUBLISH_H */
