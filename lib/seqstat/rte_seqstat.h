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
 * @warning
 * @b EXPERIMENTAL: functions in this file may change or disappear without notice.
 *
 * The threads of an application count in a *stat set*. Any thread of any DPDK process of the
 * application takes *snapshots* of the set, which show all lcores at one moment.
 *
 * Terms:
 *
 * - **set**: a named group of counters with one schema.
 * - **counter**: a column of the schema: a counter, a gauge or a histogram.
 * - **row**: one instance of the schema, for example a port, a queue or a flow. Labels identify
 *   it.
 * - **value**: a 64-bit unsigned number of a row. A counter or gauge has one value, a histogram
 *   has several.
 * - **writer**: a block of memory with all rows of the set, in which one lcore of one process
 *   counts. The *shared writer* of a process serves all its threads that have no lcore id, under
 *   a spinlock.
 * - **section**: the changes that a thread makes between rte_seqstat_begin() and
 *   rte_seqstat_end(). A reader sees all of them or none.
 * - **snapshot**: a consistent cut over all writers of the set.
 * - **turn**: the right to take a snapshot. One reader of the application has it at a time.
 * - **control lock**: the lock of the application that guards the list of sets, and the labels
 *   and the list of writers of each set.
 *
 * The library guarantees:
 *
 * 1. *Sections are atomic.* For each writer, a snapshot has the state between two sections, never
 *    a part of a section.
 * 2. *Writers are wait-free.* When an lcore has its writer, a section is a bounded number of plain
 *    loads and stores: no locked instruction, no full barrier, no system call. While a snapshot is
 *    taken, a section first copies each unit that it is the first to change: 64 bytes, or a whole
 *    row if that is larger. The first section of an lcore is excluded, because it makes the writer;
 *    see rte_seqstat_begin(). The shared writer is excluded: its threads wait for each other.
 * 3. *Readers make progress.* A reader gets the values of an idle writer at once, and those of a
 *    busy writer at the latest when it begins its next section. If a writer stops inside a
 *    section, the reader waits until its timeout, flags this writer, and has read all others.
 * 4. *A snapshot is a cut.* If section X began before section Y, and Y is in the snapshot, then X
 *    is too, also if they belong to different writers or sets. For example, one lcore does
 *    "begin, count, end, send" and another "receive, begin, count, end": no snapshot has more
 *    packets received than sent. The conditions are: a store-release and a load-acquire pass the
 *    message (as rte_ring does); the send follows the begin of X; the receive precedes the begin
 *    of Y; and the snapshot has no flags. The guarantee holds on multi-copy-atomic machines: x86,
 *    Armv8, RISC-V. On others each snapshot is flagged RTE_SEQSTAT_NO_CUT.
 * 5. *Values never go backwards.* In a snapshot object, no writer shows an older state than it
 *    showed there before. Between objects, this holds for a writer that is not stale: a stale
 *    writer shows the values that its object had before.
 * 6. *Nothing is lost.* When the writers rest, the totals are exact.
 * 7. *A process that stops hurts no other.* If a process is killed or stopped anywhere in this
 *    library, no writer waits for it, and no reader waits beyond its timeout. EAL's memory
 *    allocation is excluded: processes that allocate wait for each other. Sets, writers and labels
 *    need it; sections of existing writers, and snapshots, do not.
 *
 * A set is created once, for example by the main lcore of the primary process:
 *
 * @code{.c}
 * enum { RX_PACKETS, RX_BYTES };
 * static const struct rte_seqstat_counter counters[] = {
 *	[RX_PACKETS] = { .name = "rx_packets", .unit = "packets" },
 *	[RX_BYTES] = { .name = "rx_bytes", .unit = "bytes" },
 * };
 * const struct rte_seqstat_params params = {
 *	.name = "forwarder",
 *	.counters = counters,
 *	.n_counters = RTE_DIM(counters),
 *	.n_rows = RTE_MAX_ETHPORTS,
 *	.socket_id = SOCKET_ID_ANY,
 * };
 * struct rte_seqstat *set = rte_seqstat_create(&params);
 * @endcode
 *
 * Any thread counts a burst of packets in one section:
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
 * An lcore calls rte_seqstat_writer() before its loop, so that no section has to make the writer,
 * which allocates memory. With rte_seqstat_writer_begin(), the loop also saves a few cycles.
 *
 * Any thread reads the set, here the sums over all lcores for one port:
 *
 * @code{.c}
 * struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(set);
 * uint64_t values[RTE_DIM(counters)];
 *
 * if (rte_seqstat_snapshot_take(snap, 10000) == 0) {
 *	rte_seqstat_snapshot_total(snap, port_id, values);
 *	printf("%" PRIu64 " packets\n", values[RX_PACKETS]);
 * }
 * rte_seqstat_snapshot_free(snap);
 * @endcode
 *
 * **Thread safety.** All functions are thread-safe, except that one thread at a time may use a
 * snapshot object. No function may be called from a signal handler.
 *
 * **Checks.** Control-plane functions validate all arguments. Accessors of a NULL snapshot return
 * 0 or NULL. The library detects the use of a closed handle until it reuses the handle for another
 * open. Data-plane functions check nothing unless RTE_ENABLE_ASSERT is defined; only
 * rte_seqstat_writer() validates its argument.
 *
 * **Waiting.** A function that needs the control lock, or the turn to change a row, waits up to a
 * second for each of them, and then returns -ETIMEDOUT. In practice it waits for microseconds, or
 * behind a reader for the time of the copy and about a millisecond. A process that is stopped (by
 * SIGSTOP or a debugger) keeps the lock or the turn; what a killed process held is taken over.
 * rte_seqstat_snapshot_take() waits until its own timeout, which does not limit the time of the
 * copy itself. These functions wait for no other process: rte_seqstat_close(),
 * rte_seqstat_info_get(), rte_seqstat_counter_get(), rte_seqstat_balance_get(),
 * rte_seqstat_first_value(), rte_seqstat_quantile(), and those of snapshots other than the two that
 * take one.
 *
 * **Processes.** The first call of the library in a process registers the process, which fails
 * with the errors of rte_seqstat_lookup(). A process counts as alive until it ends or calls
 * exec().
 *
 * **fork().** A child cannot use what its parent opened. Handles are closed in the child: sections
 * on them are dropped (RTE_ENABLE_ASSERT reports them), rte_seqstat_writer() returns NULL, and
 * control-plane functions return -ENOENT. rte_seqstat_snapshot_take() returns -EPERM for an
 * inherited snapshot object. The child may free this object, but must not read it, because the
 * parent may have freed the set. A writer that the parent fetched must not be used in the child.
 *
 * Without hugepages, the child can call rte_seqstat_lookup() to count or to read. This registers
 * it as a process of its own. With hugepages, the call fails with ENOTSUP: EAL does not map in one
 * of the two processes what the other allocates after the fork, so that a snapshot could access
 * unmapped memory. An application that becomes a daemon therefore does so before its first call
 * of the library.
 *
 * **Memory layout.** A writer's block begins with an rte_seqlock_t, which each section takes
 * through the states of rte_seqcount_write_begin() and rte_seqcount_write_end(). A reader that
 * knows only rte_seqcount or rte_seqlock reads blocks correctly, but may starve.
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

/** Size in bytes of the name of a set or a counter, with the terminating NUL. */
#define RTE_SEQSTAT_NAMESIZE 24

/** Maximum number of labels of a row. */
#define RTE_SEQSTAT_MAX_LABELS 4

/** Size in bytes of the value of a label, with the terminating NUL: an ethdev's name fits. */
#define RTE_SEQSTAT_LABELSIZE 64

/** Size in bytes of the help text of a counter, with the terminating NUL. */
#define RTE_SEQSTAT_HELPSIZE 96

/** Maximum number of counters in a schema. */
#define RTE_SEQSTAT_MAX_COUNTERS 128

/** Maximum number of values in a row. */
#define RTE_SEQSTAT_MAX_VALUES 1024

/** Maximum number of bounds of a histogram made by RTE_SEQSTAT_BUCKETS(). */
#define RTE_SEQSTAT_MAX_BOUNDS 126

/** Maximum value of log_parts in RTE_SEQSTAT_BUCKETS_LOG(). */
#define RTE_SEQSTAT_MAX_LOG_PARTS 8

/** Maximum number of rows of a set. */
#define RTE_SEQSTAT_MAX_ROWS (1u << 20)

/** Maximum number of balances of a set. */
#define RTE_SEQSTAT_MAX_BALANCES 8

/** Maximum number of processes of an application that use the library at a time. */
#define RTE_SEQSTAT_MAX_PROCESSES 128

/** Maximum number of writers of a set. */
#define RTE_SEQSTAT_MAX_WRITERS 1024

/**
 * Return the number of values that a histogram has in a row.
 *
 * The values are the number of observations in each bucket, from the lowest bucket to the one
 * above the highest bound, and then the sum of all observations.
 *
 * @param n_bounds
 *   Number of upper bounds of its buckets.
 */
#define RTE_SEQSTAT_HISTOGRAM_SIZE(n_bounds) ((n_bounds) + 2)

/** Type of a counter. */
enum rte_seqstat_type {
	/** A number that only grows and wraps at 2^64; see rte_seqstat_add(). */
	RTE_SEQSTAT_COUNTER,
	/** A level that goes up and down; see rte_seqstat_gauge_set(). */
	RTE_SEQSTAT_GAUGE,
	/** A distribution of observations over buckets; see rte_seqstat_observe(). */
	RTE_SEQSTAT_HISTOGRAM,
};

/** A column of the schema. */
struct rte_seqstat_counter {
	/**
	 * Name, unique in the schema: lower-case letters, digits and underscores, beginning with a
	 * letter, shorter than RTE_SEQSTAT_NAMESIZE. The name "labels" is reserved.
	 */
	const char *name;
	/**
	 * Unit, for example "packets", or NULL. The same characters and length are allowed as for
	 * the name.
	 */
	const char *unit;
	/**
	 * Sentence that describes the counter to people, or NULL: printable ASCII without quotes
	 * and backslashes, shorter than RTE_SEQSTAT_HELPSIZE.
	 */
	const char *help;
	enum rte_seqstat_type type; /**< Counter, gauge or histogram. */
	/**
	 * Buckets of a histogram, made by RTE_SEQSTAT_BUCKETS() or RTE_SEQSTAT_BUCKETS_LOG();
	 * ignored for other types.
	 */
	const struct rte_seqstat_buckets *buckets;
};

/**
 * A balance: a sum of counters that is 0 if every packet is accounted for.
 *
 * An example is "received - sent - dropped - waiting". See rte_seqstat_snapshot_balance().
 *
 * @code{.c}
 * static const int32_t coefficients[] = { [RX] = 1, [TX] = -1, [DROPPED] = -1 };
 * static const struct rte_seqstat_balance in_out = { "in_out", coefficients };
 * @endcode
 */
struct rte_seqstat_balance {
	/** Name, unique among the balances of the set; allowed as for a counter's name. */
	const char *name;
	/**
	 * Coefficient of each counter of the schema, in its order. It is 0 for a histogram; at
	 * least one is not 0.
	 */
	const int32_t *coefficients;
};

/** Flag of a set that has an epoch and a turn of its own; see rte_seqstat_params. */
#define RTE_SEQSTAT_OWN_EPOCH RTE_BIT32(0)
/** Flag of a set that is not published in a file; see rte_seqstat_params. */
#define RTE_SEQSTAT_NO_PUBLISH RTE_BIT32(1)

/** Parameters of rte_seqstat_create(). */
struct rte_seqstat_params {
	/**
	 * Name of the set: letters, digits and underscores, beginning with a letter, shorter than
	 * RTE_SEQSTAT_NAMESIZE.
	 */
	const char *name;
	/**
	 * Schema: counters and gauges in any order, then histograms. The index of a counter or
	 * gauge in the schema is thus also the index of its value in a row.
	 */
	const struct rte_seqstat_counter *counters;
	/**
	 * Number of counters in the schema: 1 to RTE_SEQSTAT_MAX_COUNTERS. The values of a row are
	 * limited to RTE_SEQSTAT_MAX_VALUES. A row must also fit in a telemetry reply: more than
	 * two histograms with RTE_SEQSTAT_MAX_BOUNDS bounds do not.
	 */
	uint32_t n_counters;
	uint32_t n_rows; /**< Number of rows: 1 to RTE_SEQSTAT_MAX_ROWS. */
	/**
	 * Names of the labels that identify a row, then NULL; for example
	 * { "port", "queue", NULL }. There are 1 to RTE_SEQSTAT_MAX_LABELS, allowed as for a
	 * counter's name, but not "set", "row", "lcore", "process", "balance" and "le".
	 * Or NULL: rows are known by their number only.
	 */
	const char *const *labels;
	/**
	 * NUMA node for the memory of the set, or SOCKET_ID_ANY. It does not apply to the blocks
	 * of writers: each is allocated on the node of its lcore.
	 */
	int socket_id;
	/**
	 * RTE_SEQSTAT_OWN_EPOCH for a set that is huge and read rarely: readers of other sets do
	 * not wait for its snapshots, but rte_seqstat_snapshot_take_all() cannot read it together
	 * with other sets. RTE_SEQSTAT_NO_PUBLISH for a set that is not published in a file.
	 */
	uint32_t flags;
	const struct rte_seqstat_balance *balances; /**< Balances, or NULL if there are none. */
	uint32_t n_balances; /**< Number of balances: 0 to RTE_SEQSTAT_MAX_BALANCES. */
};

/** A snapshot object; opaque. It belongs to the process that created it. */
struct rte_seqstat_snapshot;

/**
 * @name Sets
 *
 * A handle, struct rte_seqstat, is the access of the calling process to a set. If a process opens
 * a set again, it gets the same handle; each open needs a close.
 * @{
 */

/**
 * Create a set and open it.
 *
 * When the function returns, any process of the DPDK application can look the set up.
 *
 * @param params
 *   Parameters, which are copied with all that they point to.
 * @return
 *   The handle, or NULL with rte_errno set:
 *   - EINVAL: a parameter is NULL or out of range, or a name is malformed (logged)
 *   - EEXIST: there is a set with this name; or as rte_seqstat_lookup()
 *   - ENOMEM, ENOSPC: not enough memory or no memzone left for the set; on a 32-bit machine also:
 *     a writer's block would not fit in the address space
 *   - ETIMEDOUT: as rte_seqstat_lookup(); the set may have been created
 *   - others: as rte_seqstat_lookup()
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_create(const struct rte_seqstat_params *params);

/**
 * Open a set by its name.
 *
 * Each successful call needs an rte_seqstat_close().
 *
 * @param name
 *   Name of the set.
 * @return
 *   The handle, or NULL with rte_errno set:
 *   - EINVAL: name is NULL
 *   - ENOENT: there is no set with this name
 *   - ENOMEM: not enough memory for the handle or the shared writer of the process
 *   - ENOSPC: RTE_SEQSTAT_MAX_PROCESSES processes use the library, or the set has
 *     RTE_SEQSTAT_MAX_WRITERS writers
 *   - ENOTSUP: an incompatible version of the library made the memory of the application; or the
 *     process is the child of a process that uses the library, and memory comes from hugepages
 *     (logged)
 *   - ESTALE: the lock file of the library in EAL's runtime directory was replaced
 *   - EEXIST: the library is loaded twice in this process; or the process is the child of a
 *     process that shares its memory with no other, such as one started with --no-shconf
 *   - ETIMEDOUT: a process was stopped while it held the control lock
 *   - others: the lock file cannot be opened or locked
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_lookup(const char *name);

/**
 * Close a handle, which undoes one rte_seqstat_create() or rte_seqstat_lookup().
 *
 * The set keeps what was counted. Before the last close, the application stops all threads of the
 * process that count on the handle, because their writers are given to the next process that
 * opens the set.
 *
 * @param st
 *   The handle; NULL is ignored.
 */
__rte_experimental
void
rte_seqstat_close(struct rte_seqstat *st);

/**
 * Close a handle and remove its set.
 *
 * If only the library itself still uses the set, for the request of a client, the function waits
 * up to a second for the end of that use. It frees the blocks of all writers, so the application
 * first stops all threads of the process that count on the handle.
 *
 * @param st
 *   The handle; NULL is ignored.
 * @return
 *   - 0: the set is removed
 *   - -EBUSY: another living process has a handle of the set; or this process opened it more than
 *     once or has a snapshot object of it; or the library still uses it. The handle stays open.
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: a process was stopped while it held the control lock; the handle stays open
 */
__rte_experimental
int
rte_seqstat_free(struct rte_seqstat *st);

/**
 * Call a function with the name of each set, the latest set first.
 *
 * No lock is held during the calls. A set that is created during the walk is not visited. A set may
 * be freed before the function gets its name.
 *
 * @param func
 *   Function to call; it may call any function of this library.
 * @param arg
 *   Argument for @p func.
 * @return
 *   - The number of calls, 0 or more
 *   - -EINVAL: func is NULL
 *   - others: the errors of rte_seqstat_lookup(), negative
 */
__rte_experimental
int
rte_seqstat_walk(void (*func)(const char *name, void *arg), void *arg);

/**
 * Statistics of the snapshots of a set, by all processes since its creation.
 *
 * Each cut counts: rte_seqstat_snapshot_take() may take several until one has all writers.
 */
struct rte_seqstat_self {
	uint64_t snapshots;  /**< Number of cuts, including those that lack some writers. */
	uint64_t read_idle;  /**< Times that a writer was read between two of its sections. */
	/** Times that a writer was read because one of its sections acknowledged the snapshot. */
	uint64_t read_acked;
	/** Rows that were read from the copies that writers made before they changed them. */
	uint64_t rows_saved;
	uint64_t missed;     /**< Times that a writer was not read, as it stayed in a section. */
	/** Duration of the longest cut in nanoseconds, without the wait for the turn. */
	uint64_t longest_ns;
};

/** Description of a set. */
struct rte_seqstat_info {
	char name[RTE_SEQSTAT_NAMESIZE]; /**< Name of the set. */
	/** Names of the labels of a row. */
	char labels[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_NAMESIZE];
	uint32_t n_labels;   /**< Number of labels of a row; 0 if rows have none. */
	/** Time of the creation by CLOCK_REALTIME in nanoseconds; no two sets have the same. */
	uint64_t birth_ns;
	uint32_t n_counters; /**< Number of counters in the schema. */
	uint32_t n_values;   /**< Number of values in a row. */
	uint32_t n_balances; /**< Number of balances. */
	uint32_t n_rows;     /**< Number of rows. */
	/**
	 * Number of writers at the time of the call, with those of processes that ended. It only
	 * grows. For the number in a snapshot, see rte_seqstat_snapshot_n_writers().
	 */
	uint32_t n_writers;
	size_t block_size;   /**< Size of each writer's block in bytes. */
	struct rte_seqstat_self self; /**< Statistics of the snapshots of the set. */
};

/**
 * Describe a set.
 *
 * @param st
 *   The handle.
 * @param[out] info
 *   Description of the set.
 * @return
 *   - 0: info is filled
 *   - -EINVAL: an argument is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_info_get(struct rte_seqstat *st, struct rte_seqstat_info *info);

/**
 * Describe a counter of a set.
 *
 * @param st
 *   The handle.
 * @param counter
 *   Index of the counter in the schema.
 * @param[out] desc
 *   Description of the counter. Its strings and buckets belong to the set, and are valid until
 *   the handle is closed. A missing unit or help is an empty string. The buckets are NULL unless
 *   the counter is a histogram.
 * @return
 *   - 0: desc is filled
 *   - -EINVAL: there is no such counter, or an argument is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_counter_get(struct rte_seqstat *st, uint32_t counter,
		struct rte_seqstat_counter *desc);

/**
 * Describe a balance of a set.
 *
 * @param st
 *   The handle.
 * @param balance
 *   Index of the balance in the parameters of the set.
 * @param[out] desc
 *   Description of the balance. Its name and coefficients belong to the set, and are valid until
 *   the handle is closed.
 * @return
 *   - 0: desc is filled
 *   - -EINVAL: there is no such balance, or an argument is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_balance_get(struct rte_seqstat *st, uint32_t balance,
		struct rte_seqstat_balance *desc);

/**
 * Return the index of the first value of a counter in a row.
 *
 * For a counter or gauge, this is its index in the schema. A histogram has several values, so the
 * index of a second histogram depends on the buckets of the first.
 *
 * @param st
 *   The handle.
 * @param counter
 *   Index of the counter in the schema.
 * @return
 *   - The index of the first value, 0 to RTE_SEQSTAT_MAX_VALUES - 1
 *   - -EINVAL: there is no such counter, or st is NULL
 *   - -ENOENT: the handle is closed
 */
__rte_experimental
int
rte_seqstat_first_value(struct rte_seqstat *st, uint32_t counter);

/**
 * Print a description of a set and the values of a fresh snapshot as text.
 *
 * A writer that stays inside a section for 10 milliseconds is printed without values.
 *
 * @param f
 *   Stream to print to.
 * @param st
 *   The handle.
 * @return
 *   - 0: printed
 *   - -EINVAL: an argument is NULL
 *   - -ETIMEDOUT: another reader had the turn for 10 milliseconds; nothing was printed. Or a
 *     process was stopped while it held the control lock; the text ends early.
 *   - others: the errors of rte_seqstat_snapshot_create(), negative, and
 *     rte_seqstat_snapshot_take()
 */
__rte_experimental
int
rte_seqstat_dump(FILE *f, struct rte_seqstat *st);

/** @} */

/**
 * @name Rows
 *
 * A thread can count in any row, with or without labels. Views show the rows that have labels or
 * have counted something. Where rows come and go, as with ports, flows or tenants,
 * rte_seqstat_row_alloc() finds a free row, and rte_seqstat_row_clear() makes it free again:
 *
 * @code{.c}
 * const char *const values[] = { "eth0", "7", NULL };
 * int row = rte_seqstat_row_alloc(set, values);
 * ...
 * rte_seqstat_row_clear(set, row);
 * @endcode
 *
 * All these functions take the control lock. Those that change a row also wait for the turn.
 * @{
 */

/** Labels of a row. */
struct rte_seqstat_labels {
	uint32_t n;          /**< Number of labels of the set, or 0 if the row has no labels. */
	uint32_t generation; /**< Number of times that the row was cleared, modulo 2^32. */
	/** Values of the labels, in the order of the names. */
	char values[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_LABELSIZE];
};

/**
 * Give labels to a row.
 *
 * If the row has counted something before, this belongs to the labels, too.
 *
 * @param st
 *   The handle.
 * @param row
 *   Number of the row.
 * @param values
 *   Value of each label of the set, then NULL; for example { "eth0", "7", NULL }. A value has 1 to
 *   RTE_SEQSTAT_LABELSIZE - 1 characters: printable ASCII without quotes and backslashes. No two
 *   rows of a set have the same values.
 * @return
 *   - 0: the row has these labels, from now on or already
 *   - -EEXIST: another row has these labels
 *   - -EBUSY: the row has other labels: clear it first
 *   - -EINVAL: there is no such row, the number of values is wrong, or a value is malformed
 *     (logged)
 *   - -ENOMEM: not enough memory
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: a process was stopped while it held the turn or the control lock
 */
__rte_experimental
int
rte_seqstat_row_label(struct rte_seqstat *st, uint32_t row, const char *const *values);

/**
 * Allocate a row: give labels to one that has no labels and has not counted anything.
 *
 * @param st
 *   The handle.
 * @param values
 *   Values of the labels, as for rte_seqstat_row_label().
 * @return
 *   The number of the row, or a negative error:
 *   - -ENOSPC: no row is free
 *   - others: as rte_seqstat_row_label()
 */
__rte_experimental
int
rte_seqstat_row_alloc(struct rte_seqstat *st, const char *const *values);

/**
 * Find a row by its labels.
 *
 * @param st
 *   The handle.
 * @param values
 *   Values of the labels, as for rte_seqstat_row_label().
 * @return
 *   The number of the row, or a negative error:
 *   - -ENOENT: no row has these labels, or the handle is closed
 *   - -EINVAL: the number of values is wrong, or a value is malformed (logged)
 *   - -ETIMEDOUT: a process was stopped while it held the control lock
 */
__rte_experimental
int
rte_seqstat_row_find(struct rte_seqstat *st, const char *const *values);

/**
 * Remove the labels of a row, and set its values to zero for all writers.
 *
 * The former values are added to the retired values of the set, so that the sum over all rows and
 * retired values never falls; see rte_seqstat_snapshot_retired(). The generation of the row grows
 * by one, and differences of snapshots begin at zero for the row.
 *
 * The application first stops counting in the row, as it does before it frees an entry of a table,
 * for example with rte_rcu_qsbr. If an lcore counts in the row during the clear, its
 * increase may be lost, or it may stay in the row with what this lcore had counted before. Other
 * rows are not affected. The last level of a gauge is also added to the retired values: set the
 * gauge to 0 first.
 *
 * If the calling process is killed during the clear, the next reader finishes it.
 *
 * @param st
 *   The handle.
 * @param row
 *   Number of the row, with or without labels.
 * @return
 *   - 0: the row is cleared
 *   - -EINVAL: there is no such row, or st is NULL
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: a process was stopped while it held the turn or the control lock; the row is not
 *     cleared
 */
__rte_experimental
int
rte_seqstat_row_clear(struct rte_seqstat *st, uint32_t row);

/**
 * Get the labels and the generation of a row.
 *
 * A row may be cleared and get other labels after a snapshot. The labels belong to the values of
 * a snapshot only if the generation is that of rte_seqstat_snapshot_generation().
 *
 * @code{.c}
 * if (rte_seqstat_row_labels_get(set, row, &labels) == 0 &&
 *		labels.generation == rte_seqstat_snapshot_generation(snap, row))
 *	printf("port %s\n", labels.n > 0 ? labels.values[0] : "?");
 * @endcode
 *
 * @param st
 *   The handle.
 * @param row
 *   Number of the row.
 * @param[out] labels
 *   Labels and generation.
 * @return
 *   - 0: labels is filled
 *   - -EINVAL: there is no such row, or an argument is NULL
 *   - -ENOENT: the handle is closed
 *   - -ETIMEDOUT: a process was stopped while it held the control lock
 */
__rte_experimental
int
rte_seqstat_row_labels_get(struct rte_seqstat *st, uint32_t row, struct rte_seqstat_labels *labels);

/** @} */

/**
 * @name Snapshots
 * @{
 */

/** The writer missed the timeout: it shows the values that the object had before. */
#define RTE_SEQSTAT_STALE  RTE_BIT32(0)
/** The object has never read the writer, so that the writer has no values in it. */
#define RTE_SEQSTAT_UNREAD RTE_BIT32(1)
/**
 * A section of the writer was left unfinished, and a part of it may be in the values: its process
 * ended inside the section, or its thread called rte_thread_unregister() there.
 *
 * The flag covers the time since the previous snapshot in the same object; for the first snapshot,
 * since the creation of the set. If the section is left during a snapshot, the next snapshot may
 * report it again. A thread that ends inside a section without rte_thread_unregister() makes its
 * writer stale until the process ends.
 */
#define RTE_SEQSTAT_TORN   RTE_BIT32(2)
/** The machine does not guarantee that the values of all writers are one cut. */
#define RTE_SEQSTAT_NO_CUT RTE_BIT32(3)

/** Description of a writer in a snapshot. */
struct rte_seqstat_writer_info {
	unsigned int lcore_id; /**< Lcore id, or LCORE_ID_ANY for a shared writer. */
	int socket_id;         /**< NUMA node of the block. */
	/** Id of the process that counts here, or counted here last, in its PID namespace. */
	int pid;
	uint32_t flags;        /**< RTE_SEQSTAT_STALE, RTE_SEQSTAT_UNREAD and RTE_SEQSTAT_TORN. */
	/** Whether lcores count on this shared writer because there was no memory for their own. */
	bool crowded;
};

/**
 * Create a snapshot object, in which any number of snapshots of one set can be taken.
 *
 * The object counts as an open of the set: the handle stays valid until the object is freed.
 *
 * @param st
 *   The handle.
 * @return
 *   The object, which is empty, or NULL with rte_errno set:
 *   - EINVAL: st is NULL
 *   - ENOENT: the handle is closed
 *   - ENOMEM: not enough memory
 */
__rte_experimental
struct rte_seqstat_snapshot *
rte_seqstat_snapshot_create(struct rte_seqstat *st);

/**
 * Free a snapshot object.
 *
 * @param snap
 *   The object; NULL is ignored.
 */
__rte_experimental
void
rte_seqstat_snapshot_free(struct rte_seqstat_snapshot *snap);

/**
 * Take a snapshot: read all writers of the set in one consistent cut.
 *
 * The caller first waits for the turn, which readers of all sets share, except those of a set with
 * RTE_SEQSTAT_OWN_EPOCH. Waiting readers form no queue: each tries every 50 microseconds, and any
 * of them may get the turn. With the turn, the caller tries to copy each writer once. Then it waits
 * for writers that are inside a section. It gives the turn up after about a millisecond, so that
 * other readers go on, and tries again with a new cut. This ends with the first cut that has all
 * writers. In the last quarter of the timeout, it also ends with an incomplete cut, unless an
 * earlier cut had more writers. So the result has a writer that was only preempted for a moment,
 * even if another writer stopped.
 *
 * The timeout limits the wait, not the time of the copy. The copy takes time in proportion to
 * writers, rows and values; the caller has the turn until it ends.
 *
 * All memory comes from malloc().
 *
 * @param snap
 *   The object. The new snapshot replaces its content.
 * @param timeout_us
 *   Timeout in microseconds. With 0, each writer is tried once, provided that the turn is free.
 * @return
 *   - 0: all writers were read in one cut, see rte_seqstat_snapshot_flags()
 *   - -ETIMEDOUT: some writers were not read, and are flagged RTE_SEQSTAT_STALE or
 *     RTE_SEQSTAT_UNREAD; the others are one cut. If the caller did not get the turn, all writers
 *     are flagged, and rte_seqstat_snapshot_tsc() returns the time of the former snapshot.
 *   - -ENOMEM: not enough memory; the object keeps its content
 *   - -EPERM: the object was inherited from the parent process
 *   - -EINVAL: snap is NULL
 */
__rte_experimental
int
rte_seqstat_snapshot_take(struct rte_seqstat_snapshot *snap, uint64_t timeout_us);

/**
 * Take snapshots of several sets in one cut.
 *
 * The function does for all writers of all sets what rte_seqstat_snapshot_take() does for one set.
 * Either all objects get new content, or none does.
 *
 * @code{.c}
 * struct rte_seqstat_snapshot *snaps[] = { rx_snap, tx_snap };
 * rte_seqstat_snapshot_take_all(snaps, RTE_DIM(snaps), 10000);
 * @endcode
 *
 * @param snaps
 *   The objects, which are all different. Several objects may be of one set.
 * @param n
 *   Number of objects, 1 or more.
 * @param timeout_us
 *   Timeout in microseconds.
 * @return
 *   As rte_seqstat_snapshot_take(). -EINVAL also: two objects are the same, or the objects are of
 *   different sets and one of these has RTE_SEQSTAT_OWN_EPOCH.
 */
__rte_experimental
int
rte_seqstat_snapshot_take_all(struct rte_seqstat_snapshot *const *snaps, unsigned int n,
		uint64_t timeout_us);

/**
 * Subtract one snapshot from another one of the same set.
 *
 * For counters and histograms, the result is the increase from the older to the newer snapshot,
 * modulo 2^64. Gauges keep the level of the newer snapshot. A writer that did not exist in the
 * older snapshot, or a row that was cleared in between, counts from zero. The difference to an
 * object without a snapshot is therefore a copy.
 *
 * A writer is stale or unread in the result if it is so in either snapshot, and torn if a section
 * was left unfinished between the two. Ignore the difference of a stale writer: its values in the
 * newer snapshot may be older than those in the older one. If a writer is unread in the older
 * snapshot, it has no difference: take the older snapshot again.
 *
 * Flags cover the time since the previous snapshot in the same object. To show rates, take all
 * snapshots in one object, and keep a copy of the former snapshot. Here, no snapshot is ever taken
 * in @e empty, so that the second call copies @e now:
 *
 * @code{.c}
 * rte_seqstat_snapshot_take(now, TIMEOUT_US);
 * rte_seqstat_snapshot_diff(increase, now, before);
 * rte_seqstat_snapshot_diff(before, now, empty);
 * @endcode
 *
 * @param[out] diff
 *   Object for the result; it may be @p newer or @p older. If a snapshot is taken in this object
 *   later, a writer that misses the timeout is unread, not stale.
 * @param newer
 *   The later snapshot.
 * @param older
 *   The earlier snapshot, or an object without one.
 * @return
 *   - 0: diff has the difference
 *   - -EINVAL: an object is NULL, or the objects are not of the same set
 *   - -ENOMEM: not enough memory
 */
__rte_experimental
int
rte_seqstat_snapshot_diff(struct rte_seqstat_snapshot *diff,
		const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older);

/**
 * Return the time of a snapshot.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   TSC of the cut, as from rte_get_tsc_cycles(); 0 before the first snapshot. For a difference,
 *   the TSC cycles between the two cuts.
 */
__rte_experimental
uint64_t
rte_seqstat_snapshot_tsc(const struct rte_seqstat_snapshot *snap);

/**
 * Return the flags of a snapshot: those of all its writers together.
 *
 * @param snap
 *   The snapshot, or a difference of two.
 * @return
 *   - 0: all writers were read, whole, and in one cut
 *   - otherwise: a combination of RTE_SEQSTAT_STALE, RTE_SEQSTAT_UNREAD, RTE_SEQSTAT_TORN and
 *     RTE_SEQSTAT_NO_CUT. RTE_SEQSTAT_UNREAD is also set before the first snapshot, and if snap is
 *     NULL.
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
 *   The handle of the set, valid until the object is freed.
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_snapshot_set(const struct rte_seqstat_snapshot *snap);

/**
 * Return the number of writers in a snapshot.
 *
 * Writers have indices from 0 on, in the order in which they were made. A writer has the same index
 * in all snapshots of the set.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   Number of writers that existed at the cut.
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
 *   Description of the writer.
 * @return
 *   - 0: info is filled
 *   - -EINVAL: there is no such writer, or an argument is NULL
 */
__rte_experimental
int
rte_seqstat_snapshot_writer_info(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		struct rte_seqstat_writer_info *info);

/**
 * Return the values of a row of one writer.
 *
 * @param snap
 *   The snapshot.
 * @param writer
 *   Index of the writer.
 * @param row
 *   Number of the row.
 * @return
 *   The values in the order of the schema, n_values of rte_seqstat_info_get(). They are valid until
 *   the object is freed or gets another snapshot or difference. NULL if there is no such writer or
 *   row, or the writer is unread.
 */
__rte_experimental
const uint64_t *
rte_seqstat_snapshot_row(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		uint32_t row);

/**
 * Add up the values of a row over all writers.
 *
 * Unread writers are left out, as they have no values.
 *
 * @param snap
 *   The snapshot.
 * @param row
 *   Number of the row.
 * @param[out] values
 *   The sums, modulo 2^64, in the order of the schema. There must be room for n_values of
 *   rte_seqstat_info_get(). All are 0 if no writer has values.
 * @return
 *   - 0: values is filled
 *   - -EINVAL: there is no such row, or an argument is NULL
 */
__rte_experimental
int
rte_seqstat_snapshot_total(const struct rte_seqstat_snapshot *snap, uint32_t row,
		uint64_t *values);

/**
 * Return the generation of a row: the number of times that it was cleared before the cut.
 *
 * @param snap
 *   The snapshot.
 * @param row
 *   Number of the row.
 * @return
 *   The generation, modulo 2^32; 0 if there is no such row.
 */
__rte_experimental
uint32_t
rte_seqstat_snapshot_generation(const struct rte_seqstat_snapshot *snap, uint32_t row);

/**
 * Return the retired values: the sums of the values that rows had when they were cleared.
 *
 * @param snap
 *   The snapshot. In a difference, the retired values are the increase of the cleared rows from
 *   the older snapshot to their clears.
 * @return
 *   The values in the order of the schema, n_values of rte_seqstat_info_get(). They are valid until
 *   the object is freed or gets another snapshot or difference.
 */
__rte_experimental
const uint64_t *
rte_seqstat_snapshot_retired(const struct rte_seqstat_snapshot *snap);

/**
 * Compute a balance: the number of packets (or bytes) that no counter accounts for.
 *
 * A balance is the sum of coefficient times value over all counters, all rows, the retired values,
 * and all writers that have values. When all threads rest, it is 0 if every packet is accounted
 * for; otherwise it is the number of packets that were lost without being counted.
 *
 * A balance with a coefficient of 1 for packets sent and -1 for packets received is the number of
 * packets on their way between lcores. It is never negative, whenever the snapshot is taken, if
 * - the sender counts a packet in a section that begins before the send;
 * - the receiver counts it in a section that begins after the receive;
 * - a gauge of waiting packets is set in the section that counts the packets in or out;
 * - the packet is passed by a store-release and a load-acquire, as rte_ring does;
 * - rte_seqstat_snapshot_flags() returns 0, because a stale writer shows former values and an
 *   unread writer none;
 * - no section was ever left unfinished, because a part of such a section stays in the sum after
 *   RTE_SEQSTAT_TORN is no longer reported.
 *
 * @param snap
 *   A snapshot, or a copy of one. A difference of two is not allowed, as gauges keep their level in
 *   it: subtract the balances of the two snapshots instead.
 * @param balance
 *   Index of the balance in the parameters of the set.
 * @param[out] value
 *   The balance: the sum modulo 2^64, as a signed number.
 * @return
 *   - 0: value is written
 *   - -EINVAL: an argument is NULL, there is no such balance, or snap is a difference
 */
__rte_experimental
int
rte_seqstat_snapshot_balance(const struct rte_seqstat_snapshot *snap, uint32_t balance,
		int64_t *value);

/**
 * Return a quantile of a histogram: about the value below which a part of the observations lies.
 *
 * Of @e count observations in ascending order, this is the one with the number ceil(q * count),
 * counted from 1. The function needs no set and no snapshot.
 *
 * @code{.c}
 * struct rte_seqstat_counter delay;
 * uint64_t values[RTE_SEQSTAT_MAX_VALUES], p99;
 *
 * rte_seqstat_counter_get(set, DELAY, &delay);
 * rte_seqstat_snapshot_total(snap, row, values);
 * p99 = rte_seqstat_quantile(&delay, &values[rte_seqstat_first_value(set, DELAY)], 0.99);
 * @endcode
 *
 * @param counter
 *   The histogram, as in the schema.
 * @param values
 *   Values of the histogram: a row of a snapshot, a total, or a difference, from
 *   rte_seqstat_first_value() on. A difference must be without stale writers, because their counts
 *   may have wrapped.
 * @param q
 *   Part of the observations, 0 to 1: 0.5 for the median, 1 for the maximum. A value below 0 or
 *   NaN counts as 0, a value above 1 as 1.
 * @return
 *   - The middle of the bucket that has the observation, rounded up to an integer
 *   - UINT64_MAX: the observation is above the highest bound
 *   - 0: there are no observations, an argument is NULL, or the counter is no histogram
 */
__rte_experimental
uint64_t
rte_seqstat_quantile(const struct rte_seqstat_counter *counter, const uint64_t *values, double q);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_H */
