/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_H
#define RTE_SEQSTAT_H

/**
 * @file
 *
 * Statistics of packet processing: per-lcore counters, read as one consistent cut
 *
 * Threads count in a *stat set*; any thread of any DPDK process of the application takes
 * *snapshots* of it. Words used throughout:
 *
 * - **set**: a named group of counters with one schema.
 * - **counter**: a column of the schema: something that is counted.
 * - **row**: one instance of the schema: a port, a queue, a flow. Labels identify it.
 * - **value**: a 64-bit unsigned number of a row. A counter has one, a histogram several.
 * - **writer**: the block of memory with all rows of the set in which one lcore of one
 *   process counts. A *shared writer* serves all threads of a process that have no lcore
 *   id, under a spinlock.
 * - **section**: what a thread counts between rte_seqstat_begin() and rte_seqstat_end();
 *   a reader sees all of it or nothing.
 * - **snapshot**: a consistent cut over all writers of the set.
 *
 * What is guaranteed:
 *
 * 1. *Sections are atomic.* A snapshot holds of each writer the state between
 *    two of its sections, never a part of one.
 * 2. *Writers are wait-free.* A section of an lcore is a bounded number of plain loads and
 *    stores: no locked instruction, no full barrier, no system call. While a snapshot is
 *    taken, a section copies each unit of 64 bytes that it is the first to change. The
 *    shared writer is excluded: its threads wait for each other.
 * 3. *Readers make progress.* A reader gets the values of a busy writer at the latest when
 *    that writer begins its next section, and of an idle one at once. A writer that stopped
 *    inside a section costs the reader's timeout and no more: it is flagged, and all
 *    others are read.
 * 4. *A snapshot is a cut.* If section X began before section Y, and Y is in the
 *    snapshot, then X is too, also when they belong to different writers or sets. So
 *    where one lcore does "begin, count, end, send" and another "receive, begin,
 *    count, end", no snapshot has more received than sent. Conditions: the
 *    message is passed by a store-release and a load-acquire (as rte_ring does);
 *    the send follows the begin of X; the receive precedes the begin of Y; and
 *    the snapshot has no flags. It holds on multi-copy-atomic machines: x86,
 *    Armv8, RISC-V. On others each snapshot is flagged RTE_SEQSTAT_NO_CUT.
 * 5. *Values never go backwards*, whichever object reads them. A stale writer shows the
 *    values that the snapshot object had before.
 * 6. *Nothing is lost.* When the writers rest, the totals are exact.
 * 7. *A process that stops hurts no other.* A process that is killed or stopped anywhere in
 *    this library delays no writer, and readers not beyond their timeout.
 *
 * A writer's block begins with a real rte_seqlock_t, which each section takes
 * through the states of rte_seqcount_write_begin() and rte_seqcount_write_end().
 * A reader that knows only rte_seqcount or rte_seqlock reads blocks correctly, but
 * is not protected from starvation.
 *
 * To count a burst of packets, on any thread:
 *
 * @code{.c}
 * struct rte_seqstat_section sec = rte_seqstat_begin(set);
 * struct rte_seqstat_row *row = rte_seqstat_row(&sec, port_id);
 *
 * rte_seqstat_add(row, RX_PACKETS, n_packets);
 * rte_seqstat_add(row, RX_BYTES, n_bytes);
 * rte_seqstat_end(&sec);
 * @endcode
 *
 * An lcore's loop saves a few cycles by calling rte_seqstat_writer() before the loop and
 * rte_seqstat_writer_begin() in it.
 *
 * Processes: the first call of the library in a process registers it, which fails with the
 * errors of rte_seqstat_lookup(). A process counts as alive until it ends or calls exec().
 * After fork(), the child counts and reads with nothing that it inherited: its sections on an
 * inherited handle are dropped (RTE_ENABLE_ASSERT reports them), snapshot objects return -EPERM.
 * It looks sets up again to take part as a process of its own. It must not use a writer that its
 * parent fetched.
 *
 * Control-plane functions are thread-safe, except that one thread at a time may use a
 * snapshot object. They validate all arguments, and accessors of a NULL snapshot return 0 or NULL;
 * a closed handle is detected until the library reuses it for another open. No function may be
 * called from a signal handler. Of the data-plane functions only rte_seqstat_writer() checks
 * anything unless RTE_ENABLE_ASSERT is defined.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_bitops.h>
#include <rte_compat.h>
#include <rte_memory.h>

#include <rte_seqstat_section.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Size of the name of a set or a counter, with the terminating NUL. */
#define RTE_SEQSTAT_NAMESIZE 24

/** Most labels that the rows of a set can have. */
#define RTE_SEQSTAT_MAX_LABELS 4

/** Size of the value of a label, with the terminating NUL: holds an ethdev's name. */
#define RTE_SEQSTAT_LABELSIZE 64

/** Size of the help text of a counter, with the terminating NUL. */
#define RTE_SEQSTAT_HELPSIZE 96

/** Most counters that a schema can have. */
#define RTE_SEQSTAT_MAX_COUNTERS 128

/** Most values that a row can have. */
#define RTE_SEQSTAT_MAX_VALUES 1024

/** Most bounds that a histogram can have that are not log-linear. */
#define RTE_SEQSTAT_MAX_BOUNDS 126

/** Most parts of a power of two that log-linear buckets can have, as binary logarithm. */
#define RTE_SEQSTAT_MAX_LOG_PARTS 8

/** Most rows that a set can have. */
#define RTE_SEQSTAT_MAX_ROWS (1u << 20)

/** Most balances that a set can have. */
#define RTE_SEQSTAT_MAX_BALANCES 8

/** Most processes of an application that can use the library at a time. */
#define RTE_SEQSTAT_MAX_PROCESSES 128

/** Most writers that a set can have. */
#define RTE_SEQSTAT_MAX_WRITERS 1024

/**
 * Number of values of a histogram: the observations in each bucket, from the lowest to
 * those above the highest bound, then the sum of all observations.
 *
 * @param n_bounds
 *   Number of its upper bounds.
 */
#define RTE_SEQSTAT_HISTOGRAM_SIZE(n_bounds) ((n_bounds) + 2)

/** What a counter counts. */
enum rte_seqstat_type {
	RTE_SEQSTAT_COUNTER,   /**< Only grows, wraps at 2^64; see rte_seqstat_add(). */
	RTE_SEQSTAT_GAUGE,     /**< A level, up and down; see rte_seqstat_gauge_set(). */
	RTE_SEQSTAT_HISTOGRAM, /**< A distribution; see rte_seqstat_observe(). */
};

/** A column of the schema. */
struct rte_seqstat_counter {
	/**
	 * Lower-case letters, digits and underscores, a letter first; unique in
	 * the schema; shorter than RTE_SEQSTAT_NAMESIZE. The name "labels" is reserved.
	 */
	const char *name;
	/** Unit, for instance "packets"; characters and length as those of a name; or NULL. */
	const char *unit;
	/** A sentence for people: printable ASCII without quotes or backslash, or NULL. */
	const char *help;
	enum rte_seqstat_type type; /**< Counter, gauge or histogram. */
	/**
	 * A histogram's buckets, made by RTE_SEQSTAT_BUCKETS() with 1 to RTE_SEQSTAT_MAX_BOUNDS
	 * bounds, or by RTE_SEQSTAT_BUCKETS_LOG(). Ignored otherwise.
	 */
	const struct rte_seqstat_buckets *buckets;
};

/**
 * A sum that accounts for every packet, for instance "received - sent - dropped - waiting": 0 when
 * no packet is on its way. See rte_seqstat_snapshot_balance().
 */
struct rte_seqstat_balance {
	/** As a counter's name; unique among the balances of the set. */
	const char *name;
	/** One for each counter of the schema; 0 for a histogram; at least one is not 0. */
	const int32_t *coefficients;
};

/** The set has an epoch and a turn of its own: see rte_seqstat_params. */
#define RTE_SEQSTAT_OWN_EPOCH RTE_BIT32(0)
/** The set is left out by rte_seqstat_publish_start(). */
#define RTE_SEQSTAT_NO_PUBLISH RTE_BIT32(1)

/** Parameters of rte_seqstat_create(). */
struct rte_seqstat_params {
	/** Letters, digits and underscores, a letter first; below RTE_SEQSTAT_NAMESIZE bytes. */
	const char *name;
	/**
	 * The schema, copied: counters and gauges first, then histograms. So the index of a
	 * counter or gauge is that of its value.
	 */
	const struct rte_seqstat_counter *counters;
	/**
	 * 1 to RTE_SEQSTAT_MAX_COUNTERS. A row has at most RTE_SEQSTAT_MAX_VALUES values. More than
	 * two histograms with RTE_SEQSTAT_MAX_BOUNDS bounds are too long for a telemetry reply.
	 */
	uint32_t n_counters;
	uint32_t n_rows;     /**< 1 to RTE_SEQSTAT_MAX_ROWS. */
	/**
	 * Names of the labels that identify rows, for instance { "port", "queue", NULL }: one to
	 * RTE_SEQSTAT_MAX_LABELS, as a counter's name, not "set", "row", "lcore", "process",
	 * "balance" or "le". Or NULL: rows are known by their number.
	 */
	const char *const *labels;
	/** Where the set's own memory lies, or SOCKET_ID_ANY; blocks lie near their writers. */
	int socket_id;
	/**
	 * RTE_SEQSTAT_OWN_EPOCH for a huge set that is read rarely: other sets need not wait for
	 * its snapshots, but no snapshot has this set and others in one cut.
	 * RTE_SEQSTAT_NO_PUBLISH for one that is not to be published.
	 */
	uint32_t flags;
	/** Sums that account for every packet, copied; or NULL. */
	const struct rte_seqstat_balance *balances;
	uint32_t n_balances; /**< At most RTE_SEQSTAT_MAX_BALANCES. */
};

/** A snapshot object. Opaque; belongs to the process that created it. */
struct rte_seqstat_snapshot;

/**
 * @name Sets
 *
 * A handle, struct rte_seqstat, is the calling process's access to a set. Opening a set again
 * returns the same handle; each open needs a close.
 * @{
 */

/**
 * Create a set and open it.
 *
 * All processes of the DPDK application can look the set up at once.
 *
 * @param params
 *   Name, schema and number of rows. All is copied.
 * @return
 *   The handle, or NULL with rte_errno:
 *   - EINVAL: a parameter is NULL or out of range, or a name is malformed (logged)
 *   - EEXIST: there is a set with that name
 *   - ENOMEM, ENOSPC: no memory or memzone for the set, or, with 32 bits, no room for a writer's
 *     block in the address space
 *   - ETIMEDOUT: as rte_seqstat_lookup(); the set may exist
 *   - others: as rte_seqstat_lookup()
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_create(const struct rte_seqstat_params *params);

/**
 * Open a set by name.
 *
 * @param name
 *   The set's name.
 * @return
 *   The handle, or NULL with rte_errno:
 *   - EINVAL: name is NULL
 *   - ENOENT: no such set
 *   - ENOMEM: not enough memory for the handle or the shared writer
 *   - ENOSPC: too many processes use the library, or too many writers the set
 *   - ENOTSUP: an incompatible version of the library made the application's memory
 *   - ESTALE: the lock file in EAL's runtime directory was replaced
 *   - EEXIST: the library is loaded twice, or this is a child of a process that shares its
 *     memory with no other
 *   - ETIMEDOUT: another process was stopped while it held the control lock
 *   - others: the lock file cannot be opened or locked
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_lookup(const char *name);

/**
 * Close a handle: undo one rte_seqstat_create() or rte_seqstat_lookup().
 *
 * The set and what was counted stay. The application stops all threads that count before the last
 * close. Cannot fail.
 *
 * @param st
 *   The handle. NULL does nothing.
 */
__rte_experimental
void
rte_seqstat_close(struct rte_seqstat *st);

/**
 * Close a handle and remove its set.
 *
 * Waits up to a second for telemetry requests in progress, and for the publisher.
 *
 * @param st
 *   The handle. NULL does nothing.
 * @return
 *   - 0: removed
 *   - -EBUSY: another living process has a handle, or this one opened the set more than once
 *     or has a snapshot object of it, or requests are still in progress; the handle stays open
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: another process was stopped while it held the control lock
 */
__rte_experimental
int
rte_seqstat_free(struct rte_seqstat *st);

/**
 * Call a function for each set, the latest first.
 *
 * A set that is created during the walk is not visited; one may be freed before its call.
 *
 * @param func
 *   Called with the name of each set and @p arg. May call any function here.
 * @param arg
 *   Passed to @p func.
 * @return
 *   - The number of calls
 *   - -EINVAL: func is NULL
 *   - others: as rte_seqstat_lookup(), negative
 */
__rte_experimental
int
rte_seqstat_walk(void (*func)(const char *name, void *arg), void *arg);

/** How snapshots of a set went, over all processes, since its creation. */
struct rte_seqstat_self {
	uint64_t snapshots;    /**< Cuts, with all writers or without some. */
	uint64_t read_idle;    /**< Writers read between two sections. */
	uint64_t read_acked;   /**< Writers read because a section acknowledged the snapshot. */
	uint64_t rows_saved;  /**< Rows read from where the writer had saved them. */
	uint64_t missed;       /**< Writers that stayed inside a section. */
	uint64_t longest_ns;   /**< Longest cut in nanoseconds, without waiting for the turn. */
};

/** Description of a set. */
struct rte_seqstat_info {
	char name[RTE_SEQSTAT_NAMESIZE]; /**< Of the set. */
	/** Names of the labels of a row. */
	char labels[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_NAMESIZE];
	uint32_t n_labels;   /**< How many labels a row has. */
	uint64_t birth_ns;   /**< When it was created: CLOCK_REALTIME in nanoseconds, unique. */
	uint32_t n_counters; /**< Counters of the schema. */
	uint32_t n_values;   /**< Values of a row. */
	uint32_t n_balances; /**< Balances. */
	uint32_t n_rows;     /**< Rows. */
	uint32_t n_writers;  /**< Writers that exist. */
	size_t block_size;   /**< Bytes of each writer's block. */
	struct rte_seqstat_self self; /**< How its snapshots went. */
};

/**
 * Describe a set.
 *
 * @param st
 *   The handle.
 * @param[out] info
 *   The description.
 * @return
 *   - 0: described
 *   - -EINVAL: an argument is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_info_get(struct rte_seqstat *st, struct rte_seqstat_info *info);

/**
 * Describe a counter.
 *
 * @param st
 *   The handle.
 * @param counter
 *   Index in the schema.
 * @param[out] desc
 *   The description. Strings and buckets belong to the set and are valid until the handle is
 *   closed. Missing units and helps are empty strings; buckets are NULL only without a histogram.
 * @return
 *   - 0: described
 *   - -EINVAL: no such counter, or an argument is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_counter_get(struct rte_seqstat *st, uint32_t counter,
		struct rte_seqstat_counter *desc);

/**
 * Describe a balance.
 *
 * @param st
 *   The handle.
 * @param balance
 *   Index among the balances.
 * @param[out] desc
 *   The description. Name and coefficients belong to the set and are valid until the handle is
 *   closed.
 * @return
 *   - 0: described
 *   - -EINVAL: no such balance, or an argument is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_balance_get(struct rte_seqstat *st, uint32_t balance,
		struct rte_seqstat_balance *desc);

/**
 * Return where a counter's values begin in a row: for a counter or gauge, its index.
 *
 * @param st
 *   The handle.
 * @param counter
 *   Index in the schema.
 * @return
 *   - The index of the first value, for rte_seqstat_observe() and in snapshots. The values of
 *     a counter follow those of the counter before it.
 *   - -EINVAL: no such counter, or st is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_first_value(struct rte_seqstat *st, uint32_t counter);

/**
 * Print a description of a set and a fresh snapshot of it.
 *
 * @param f
 *   Where to print.
 * @param st
 *   The handle.
 * @return
 *   - 0: printed; writers that stayed inside a section for 10 milliseconds without values
 *   - -EINVAL: f is NULL
 *   - -ETIMEDOUT: another reader held the turn for so long
 *   - others: as rte_seqstat_snapshot_create() and rte_seqstat_snapshot_take()
 */
__rte_experimental
int
rte_seqstat_dump(FILE *f, struct rte_seqstat *st);

/** @} */

/**
 * @name Rows
 *
 * A row needs no labels to be counted in. Views show a row if it has labels or has counted
 * something. Where rows come and go, such as ports, flows or tenants, rte_seqstat_row_alloc()
 * finds a row that is free, and rte_seqstat_row_clear() gives it back.
 *
 * These functions wait up to a second for readers and other processes.
 * @{
 */

/** The labels of a row. */
struct rte_seqstat_labels {
	uint32_t n;          /**< As many as the set has names, or 0: the row has none. */
	uint32_t generation; /**< How often the row was cleared, modulo 2^32. */
	/** In the order of the names. */
	char values[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_LABELSIZE];
};

/**
 * Give a row labels.
 *
 * What the row has counted already belongs to them.
 *
 * @param st
 *   The handle.
 * @param row
 *   The row.
 * @param values
 *   A value for each label of the set, then NULL: printable ASCII without quotes or backslash,
 *   1 to RTE_SEQSTAT_LABELSIZE - 1 characters. No other row of the set has the same ones.
 * @return
 *   - 0: the row has these labels, now or before
 *   - -EEXIST: another row has them
 *   - -EBUSY: the row has other labels; clear it first
 *   - -EINVAL: no such row, too few or too many values, or a malformed one (logged)
 *   - -ENOMEM: not enough memory
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: another process was stopped while it held a lock
 */
__rte_experimental
int
rte_seqstat_row_label(struct rte_seqstat *st, uint32_t row, const char *const *values);

/**
 * Give labels to a free row: one without labels that has not counted anything.
 *
 * @param st
 *   The handle.
 * @param values
 *   As for rte_seqstat_row_label().
 * @return
 *   The row, or a negative number:
 *   - -ENOSPC: no row is free
 *   - others: as rte_seqstat_row_label()
 */
__rte_experimental
int
rte_seqstat_row_alloc(struct rte_seqstat *st, const char *const *values);

/**
 * Find the row that has labels.
 *
 * @param st
 *   The handle.
 * @param values
 *   As for rte_seqstat_row_label().
 * @return
 *   The row, or a negative number:
 *   - -ENOENT: no row has these labels, or the handle is closed
 *   - others: as rte_seqstat_row_label()
 */
__rte_experimental
int
rte_seqstat_row_find(struct rte_seqstat *st, const char *const *values);

/**
 * Take a row's labels away and zero it for all writers.
 *
 * Its values are added to the set's retired values, so that sums over all rows never fall: see
 * rte_seqstat_snapshot_retired(). Then its generation is the next, and differences of snapshots
 * begin from zero.
 *
 * The application stops counting in the row first, as it does before it frees an entry of a table,
 * for instance by rte_rcu_qsbr. What a thread counts in the row during the clear is lost, or stays
 * in the row together with what that lcore had counted there; other rows are not affected. A
 * gauge's last level is added to the retired values, too: set it to 0 before.
 *
 * If the calling process is killed, the next reader finishes the clear.
 *
 * @param st
 *   The handle.
 * @param row
 *   The row, with or without labels.
 * @return
 *   - 0: cleared
 *   - -EINVAL: no such row
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: another process was stopped while it held a lock; the row is not cleared
 */
__rte_experimental
int
rte_seqstat_row_clear(struct rte_seqstat *st, uint32_t row);

/**
 * Get the labels of a row.
 *
 * They belong to the values of a snapshot only if the generation is the same, see
 * rte_seqstat_snapshot_generation().
 *
 * @param st
 *   The handle.
 * @param row
 *   The row.
 * @param[out] labels
 *   The labels.
 * @return
 *   - 0: written
 *   - -EINVAL: no such row, or labels is NULL
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: another process was stopped while it held the control lock
 */
__rte_experimental
int
rte_seqstat_row_labels_get(struct rte_seqstat *st, uint32_t row, struct rte_seqstat_labels *labels);

/** @} */

/**
 * @name Snapshots
 * @{
 */

/** The writer missed the timeout: its values are those that the object had before. */
#define RTE_SEQSTAT_STALE  RTE_BIT32(0)
/** The object has never read the writer, which has no values in it. */
#define RTE_SEQSTAT_UNREAD RTE_BIT32(1)
/**
 * Since the object's previous snapshot, or since the set's creation for the first, a process ended,
 * or a thread called rte_thread_unregister(), inside a section of the writer, of which a part may
 * be visible. If that happens during a snapshot, the next one may report it, too. A thread that
 * ends otherwise inside a section leaves its writer stale until the process ends.
 */
#define RTE_SEQSTAT_TORN   RTE_BIT32(2)
/** The machine does not promise that the values of all writers are one cut. */
#define RTE_SEQSTAT_NO_CUT RTE_BIT32(3)

/** Description of a writer in a snapshot. */
struct rte_seqstat_writer_info {
	unsigned int lcore_id; /**< Lcore id; LCORE_ID_ANY: a shared writer. */
	int socket_id;         /**< NUMA node of the block. */
	int pid;               /**< Process that counts or counted here, in its PID namespace. */
	uint32_t flags;        /**< RTE_SEQSTAT_STALE, _UNREAD and _TORN. */
	bool crowded;          /**< A shared writer that lcores use which got no writer. */
};

/**
 * Create a snapshot object, for any number of snapshots of one set.
 *
 * It counts as an open of the set, so the handle stays valid until the object is freed.
 *
 * @param st
 *   The handle.
 * @return
 *   The object, empty, or NULL with rte_errno:
 *   - EINVAL: st is NULL
 *   - ENOENT: the handle is closed
 *   - ENOMEM: not enough memory
 */
__rte_experimental
struct rte_seqstat_snapshot *
rte_seqstat_snapshot_create(struct rte_seqstat *st);

/**
 * Free a snapshot object. Cannot fail.
 *
 * @param snap
 *   The object. NULL does nothing.
 */
__rte_experimental
void
rte_seqstat_snapshot_free(struct rte_seqstat_snapshot *snap);

/**
 * Take a snapshot: one consistent cut over all writers of the set.
 *
 * Readers take turns, over all sets without RTE_SEQSTAT_OWN_EPOCH; waiting for the turn counts
 * against the timeout. A reader that waits for writers inside sections gives the turn up
 * after about a millisecond, and tries again. After three quarters of the timeout, it accepts a cut
 * that lacks no more writers than any before, so that a writer preempted for a moment is not left
 * out beside one that stopped. The object's memory comes from the C library, none from DPDK.
 *
 * @param snap
 *   The object; its former content is replaced.
 * @param timeout_us
 *   Timeout in microseconds. Each writer is tried at least once, also with 0, unless another
 *   reader has the turn.
 * @return
 *   - 0: all writers were read in one cut; see rte_seqstat_snapshot_flags()
 *   - -ETIMEDOUT: some writers are flagged RTE_SEQSTAT_STALE or RTE_SEQSTAT_UNREAD; the others
 *     are a cut. If the reader did not get the turn, all writers are flagged, and
 *     rte_seqstat_snapshot_tsc() returns the former time.
 *   - -ENOMEM: not enough memory; the former content is still there
 *   - -EPERM: the object is inherited from the parent process
 *   - -EINVAL: snap is NULL
 */
__rte_experimental
int
rte_seqstat_snapshot_take(struct rte_seqstat_snapshot *snap, uint64_t timeout_us);

/**
 * Take snapshots of several sets in one cut.
 *
 * As rte_seqstat_snapshot_take(), for all writers of all sets. Either all objects get new
 * content or none.
 *
 * @param snaps
 *   The objects, no two the same.
 * @param n
 *   Number of objects, at least 1.
 * @param timeout_us
 *   Timeout in microseconds.
 * @return
 *   As rte_seqstat_snapshot_take(); -EINVAL also if two objects are the same, or belong to
 *   different sets of which one has RTE_SEQSTAT_OWN_EPOCH.
 */
__rte_experimental
int
rte_seqstat_snapshot_take_all(struct rte_seqstat_snapshot *const *snaps, unsigned int n,
		uint64_t timeout_us);

/**
 * Subtract two snapshots of the same set.
 *
 * Counters and histograms become the increase from one to the other, modulo 2^64; a
 * writer that did not exist in the older one counts from zero, so the difference to an object
 * without a snapshot is a copy. A row that was cleared in between counts from zero, too. Gauges
 * keep their newer level. A writer is stale or unread in the result if it is in either, and torn
 * if a section was left unfinished between the two. A stale writer in @p newer may hold older
 * values than @p older: ignore its difference. A baseline in which a writer is unread leaves the
 * writer out of each difference: take it again.
 *
 * Flags are relative to the snapshot before in the same object. To show rates, take all snapshots
 * in one object, and keep a copy of the former one, here as a difference to an object that never
 * took a snapshot:
 *
 * @code{.c}
 * rte_seqstat_snapshot_take(now, TIMEOUT_US);
 * rte_seqstat_snapshot_diff(increase, now, before);
 * rte_seqstat_snapshot_diff(before, now, empty);
 * @endcode
 *
 * @param[out] diff
 *   The object for the result; may be @p newer or @p older. Its next snapshot replaces all of it:
 *   a writer that misses the timeout is unread then, not stale.
 * @param newer
 *   The later snapshot.
 * @param older
 *   The earlier snapshot.
 * @return
 *   - 0: subtracted
 *   - -EINVAL: an object is NULL, or they are not of one set
 *   - -ENOMEM: not enough memory
 */
__rte_experimental
int
rte_seqstat_snapshot_diff(struct rte_seqstat_snapshot *diff,
		const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older);

/**
 * Return the time of a cut.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   TSC cycles, as rte_get_tsc_cycles(); of a difference, cycles between the two.
 */
__rte_experimental
uint64_t
rte_seqstat_snapshot_tsc(const struct rte_seqstat_snapshot *snap);

/**
 * Return the flags of all writers together.
 *
 * @param snap
 *   The snapshot, or a difference of two.
 * @return
 *   0: all writers were read, whole, in one cut. Otherwise RTE_SEQSTAT_STALE, _UNREAD (also before
 *   the first snapshot, and if @p snap is NULL), _TORN and _NO_CUT.
 */
__rte_experimental
uint32_t
rte_seqstat_snapshot_flags(const struct rte_seqstat_snapshot *snap);

/**
 * Return the set of a snapshot object.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   The handle, valid as long as the object.
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_snapshot_set(const struct rte_seqstat_snapshot *snap);

/**
 * Return the number of writers in a snapshot.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   The number. Indices go from 0 in the order in which writers were made, and are the same in
 *   all snapshots of the set.
 */
__rte_experimental
uint32_t
rte_seqstat_snapshot_n_writers(const struct rte_seqstat_snapshot *snap);

/**
 * Describe a writer in a snapshot.
 *
 * @param snap
 *   The snapshot.
 * @param writer
 *   Index of the writer.
 * @param[out] info
 *   The description.
 * @return
 *   - 0: described
 *   - -EINVAL: an argument is NULL, or no such writer
 */
__rte_experimental
int
rte_seqstat_snapshot_writer_info(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		struct rte_seqstat_writer_info *info);

/**
 * Return one writer's values.
 *
 * @param snap
 *   The snapshot.
 * @param writer
 *   Index of the writer.
 * @param row
 *   The row.
 * @return
 *   The row's values in the order of the schema, valid until the next snapshot
 *   in the same object; NULL if there is no such writer or row, or the writer is unread.
 */
__rte_experimental
const uint64_t *
rte_seqstat_snapshot_row(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		uint32_t row);

/**
 * Add up a row over all writers that have values.
 *
 * @param snap
 *   The snapshot.
 * @param row
 *   The row.
 * @param[out] values
 *   The sums, modulo 2^64, in the order of the schema: room for n_values of
 *   rte_seqstat_info_get(). Zeroes if no writer has values.
 * @return
 *   - 0: written
 *   - -EINVAL: an argument is NULL, or no such row
 */
__rte_experimental
int
rte_seqstat_snapshot_total(const struct rte_seqstat_snapshot *snap, uint32_t row,
		uint64_t *values);

/**
 * Return the generation of a row: how often it was cleared before the cut, modulo 2^32.
 *
 * @param snap
 *   The snapshot.
 * @param row
 *   The row.
 * @return
 *   The generation; 0 if there is no such row.
 */
__rte_experimental
uint32_t
rte_seqstat_snapshot_generation(const struct rte_seqstat_snapshot *snap, uint32_t row);

/**
 * Return the retired values: the sums of what cleared rows had counted.
 *
 * @param snap
 *   The snapshot. In a difference these are the values that were retired in between, without
 *   what the older one had in the same rows.
 * @return
 *   The values in the order of the schema, valid until the next snapshot in the same object.
 */
__rte_experimental
const uint64_t *
rte_seqstat_snapshot_retired(const struct rte_seqstat_snapshot *snap);

/**
 * Compute a balance: the packets (or bytes) that no counter accounts for.
 *
 * The balance is the sum of coefficient times value over all counters, all rows, retired ones
 * included, and all writers that have values. When all threads rest, it is 0 if every packet is
 * accounted for, and otherwise the number of packets that were lost without being counted.
 *
 * A balance with a coefficient of 1 for what was sent, and of -1 for what was received, is the
 * number of packets that are on their way between lcores. It is never negative, whenever the
 * snapshot is taken, if
 * - the sender counts a packet in a section that begins before the send;
 * - the receiver counts it in a section that begins after the receive;
 * - a gauge of waiting packets is set in the section that counts them in or out;
 * - the packet is passed by a store-release and a load-acquire, as rte_ring does;
 * - rte_seqstat_snapshot_flags() returns 0: a stale writer shows former values, an unread one none;
 * - no section was ever left unfinished. A part of it stays in the sum when RTE_SEQSTAT_TORN is no
 *   longer reported.
 *
 * @param snap
 *   A snapshot, or a copy of one. Not a difference of two: gauges keep their level in it. Subtract
 *   the balances of the two instead.
 * @param balance
 *   Index among the balances.
 * @param[out] value
 *   The sum modulo 2^64, as a signed number.
 * @return
 *   - 0: written
 *   - -EINVAL: an argument is NULL, no such balance, or a difference of two snapshots
 */
__rte_experimental
int
rte_seqstat_snapshot_balance(const struct rte_seqstat_snapshot *snap, uint32_t balance,
		int64_t *value);

/**
 * Return a quantile of a histogram: about the value below which a part of the observations lies.
 *
 * Of @e count observations in ascending order, it is the one with the number
 * ceil(q * count), counted from 1. Needs no set; thread-safe.
 *
 * @param counter
 *   The histogram, as in the schema.
 * @param values
 *   Its values: from rte_seqstat_first_value() on in a row of a snapshot, a total, or a
 *   difference without stale writers, in which counts may have wrapped otherwise.
 * @param q
 *   The part, 0 to 1: 0.5 for the median, 1 for the maximum. Below or no number: 0; above: 1.
 * @return
 *   The middle of the bucket in which the observation is, rounded up to an integer; UINT64_MAX
 *   if it is above the highest bound; 0 without observations or if an argument is NULL or no
 *   histogram.
 */
__rte_experimental
uint64_t
rte_seqstat_quantile(const struct rte_seqstat_counter *counter, const uint64_t *values, double q);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_H */
