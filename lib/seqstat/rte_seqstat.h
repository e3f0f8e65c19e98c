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
 * Data-plane lcores count in a *stat set*; any thread of any DPDK process takes
 * *snapshots* of it. Words used throughout:
 *
 * - **set**: a named group of counters with one schema; the unit of consistency.
 * - **counter**: a column of the schema: something that is counted.
 * - **row**: one labelled instance of the schema: a port, a queue, a flow.
 * - **value**: a 64-bit unsigned number of a row. A counter has one, a histogram several.
 * - **writer**: the block of memory with all rows of the set in which one lcore
 *   counts, and nobody else. A *shared writer* serves all threads of a process
 *   that have no lcore id, under a spinlock.
 * - **section**: what a writer does between rte_seqstat_write_begin() and
 *   rte_seqstat_write_end(); seen together or not at all.
 * - **snapshot**: a consistent cut over all writers of the set.
 *
 * What is guaranteed:
 *
 * 1. *Sections are atomic.* A snapshot holds of each writer the state between
 *    two of its sections, never a part of one.
 * 2. *Writers are wait-free.* A section is a bounded number of plain loads and
 *    stores: no locked instruction, no full barrier, no system call. A snapshot
 *    costs a writer one copy of each row that it touches while it is taken.
 * 3. *Readers make progress.* A busy writer is read at the latest when it begins
 *    its next section, an idle one at once, however often sections follow each
 *    other. A writer that stopped inside a section costs the caller's time limit
 *    and no more; it is reported and all the others are read.
 * 4. *A snapshot is a cut.* If section X began before section Y, and Y is in the
 *    snapshot, then X is too, also when they belong to different writers. So
 *    where one lcore does "begin, count, end, send" and another "receive, begin,
 *    count, end", no snapshot has more received than sent. Conditions: the
 *    message is passed by a store-release and a load-acquire (as rte_ring does);
 *    the send follows the begin of X; the receive precedes the begin of Y; and
 *    the snapshot reports success. It holds on multi-copy-atomic machines: x86,
 *    Armv8, RISC-V. On others it is not promised, and a snapshot says so:
 *    rte_seqstat_snapshot_is_cut().
 * 5. *What is read never goes backwards*, whoever reads. A writer that missed the
 *    time limit keeps the values which the snapshot object had, and is flagged.
 * 6. *Nothing is lost.* When the writers rest, the totals are exact.
 * 7. *No process can hurt another.* One killed or stopped anywhere in this
 *    library holds up no writer, and readers no longer than their time limit.
 *
 * A writer's block begins with a real rte_seqlock_t, which each section takes
 * through the states of rte_seqcount_write_begin() and rte_seqcount_write_end():
 * a reader that knows only rte_seqcount or rte_seqlock reads blocks correctly,
 * without being protected from starvation.
 *
 * A burst of packets is counted like this:
 *
 * @code{.c}
 * struct rte_seqstat_section sec = rte_seqstat_write_begin(writer);
 * struct rte_seqstat_row *row = rte_seqstat_row(&sec, port_id);
 *
 * rte_seqstat_add(row, RX_PACKETS, n_packets);
 * rte_seqstat_add(row, RX_BYTES, n_bytes);
 * rte_seqstat_write_end(&sec);
 * @endcode
 *
 * Control-plane functions are thread-safe, but that one thread at a time may use a
 * snapshot object; they may be called by any process that shares the primary's
 * memory. They check every argument, but that what tells something of a snapshot
 * needs one. Those that take a set accept a pointer to a set that was freed
 * meanwhile and answer -ENOENT, unless another set has come to lie there: who did
 * not see to it that the set stays is to look it up again. The first call of an
 * application makes the lock that they share, and may also fail with ENOMEM or
 * ENOSPC for it.
 * Data-plane functions check nothing unless RTE_ENABLE_ASSERT is defined.
 */

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_bitops.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_compat.h>
#include <rte_debug.h>
#include <rte_lcore.h>
#include <rte_memory.h>
#include <rte_seqlock.h>
#include <rte_spinlock.h>
#include <rte_vect.h>

#include <rte_seqstat_compat.h>

/* A vector access looks like a data race to ThreadSanitizer: see rte_seqstat_add2(). */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __RTE_SEQSTAT_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define __RTE_SEQSTAT_TSAN
#endif

/**
 * @internal
 * A function of this file that is called, not inlined, and leaves all registers but a few
 * as they are: gcc sees that of its own accord when it optimises.
 */
#if defined(__clang__) && (defined(RTE_ARCH_X86_64) || defined(RTE_ARCH_ARM64))
#define __rte_seqstat_cold __attribute__((preserve_most)) __rte_cold __rte_noinline __rte_unused
#else
#define __rte_seqstat_cold __rte_cold __rte_noinline __rte_unused
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Size of the name of a set or a counter, with the terminating NUL. */
#define RTE_SEQSTAT_NAMESIZE 24

/** Size of the name of a row, with the terminating NUL: holds an ethdev's name. */
#define RTE_SEQSTAT_ROW_NAMESIZE 64

/** Size of the help text of a counter, with the terminating NUL. */
#define RTE_SEQSTAT_HELPSIZE 96

/** Most values that a row can have. */
#define RTE_SEQSTAT_MAX_VALUES 128

/** Most rows that a set can have. */
#define RTE_SEQSTAT_MAX_ROWS (1u << 20)

/**
 * Distance of parts of a block that must not share a cache line, in bytes.
 *
 * The largest line of any machine that DPDK knows, whatever this build assumes:
 * the layout of a block is the same for a library and an application that were
 * built for different line sizes.
 */
#define RTE_SEQSTAT_LINE 128

/**
 * Bytes from one row of a block to the next.
 *
 * A row is its epoch and its values. The distance is the smallest power of two
 * that holds it, up to 64, then a multiple of 64: seven values fill 64 bytes.
 *
 * @param n_values
 *   Number of values in a row: one for each counter, but for histograms.
 */
#define RTE_SEQSTAT_STRIDE(n_values)		\
	((n_values) <= 1 ? 16u :		\
	(n_values) <= 3 ? 32u :			\
	(((uint32_t)(n_values) + 1) * 8 + 63) & ~UINT32_C(63))

/**
 * Number of values of a histogram.
 *
 * How many observations there were in each bucket, beginning with those up to the
 * lowest bound and ending with those above the highest; then the sum of all observations.
 *
 * @param n_bounds
 *   Number of its upper bounds.
 */
#define RTE_SEQSTAT_HISTOGRAM_SIZE(n_bounds) ((n_bounds) + 2)

/** What a counter counts. */
enum rte_seqstat_type {
	RTE_SEQSTAT_COUNTER,   /**< Only grows, wraps at 2^64; see rte_seqstat_add(). */
	RTE_SEQSTAT_GAUGE,     /**< A level, up and down; see rte_seqstat_set(). */
	RTE_SEQSTAT_HISTOGRAM, /**< How often it was how much; see rte_seqstat_observe(). */
};

/** A column of the schema. */
struct rte_seqstat_counter {
	/**
	 * Lower-case letters, digits and underscores, a letter first; unique in
	 * the schema; not "name", which labels the row in telemetry.
	 */
	const char *name;
	/** Of what it counts, for instance "packets"; as name is, or NULL. */
	const char *unit;
	/** A sentence for people: printable ASCII without quotes or backslash, or NULL. */
	const char *help;
	enum rte_seqstat_type type; /**< Counter, gauge or histogram. */
	/**
	 * Of a histogram, the upper bounds of its buckets, each included in its bucket,
	 * ascending. NULL: powers of two from 2^0 on.
	 */
	const uint64_t *bounds;
	/** Of a histogram, the number of bounds: at least one, at most 64 powers of two. */
	uint32_t n_bounds;
	/**
	 * Index of the first value in a row: counters follow each other in the order of
	 * the schema. Told by rte_seqstat_counter_get(), ignored by rte_seqstat_create().
	 */
	uint32_t value;
};

/** What rte_seqstat_create() makes a set of. */
struct rte_seqstat_params {
	/** Of the set: letters, digits and underscores, a letter first. */
	const char *name;
	const struct rte_seqstat_counter *counters; /**< The schema. Copied. */
	uint32_t n_counters; /**< At least 1; a row has RTE_SEQSTAT_MAX_VALUES at most. */
	uint32_t n_rows;     /**< 1 to RTE_SEQSTAT_MAX_ROWS. */
	/** What a row is, for instance "port"; as the name of a counter, or NULL: "row". */
	const char *row_label;
	/** Where the set's own memory lies, or SOCKET_ID_ANY; blocks lie near their writers. */
	int socket_id;
};

/** A stat set. Opaque; lies in memory that all DPDK processes share. */
struct rte_seqstat;

/** A snapshot. Opaque; belongs to the process that made it. */
struct rte_seqstat_snapshot;

/**
 * One row of a writer: what rte_seqstat_row() returns.
 *
 * Valid until the end of the section. To be written through the functions below.
 */
struct rte_seqstat_row {
	/** Of the snapshot for which the row was last put aside. */
	alignas(8) RTE_ATOMIC(uint64_t) epoch;
	/* The values follow, in the order of the schema. */
};

/**
 * A writer: one lcore's block of rows.
 *
 * To be had from rte_seqstat_writer_attach(). The fields are the library's; a
 * program of its own that reads @p lock and the rows finds them by @p stride.
 */
struct rte_seqstat_writer {
	/** Its number is odd inside a section; only shared writers use the spinlock. */
	alignas(RTE_SEQSTAT_LINE) rte_seqlock_t lock;
	uint32_t stride;     /**< Bytes from one row to the next. */
	uint32_t n_rows;     /**< Rows of the set. */
	uint32_t n_values;   /**< Values of a row. */
	uint32_t slot;       /**< The writer's place in the set. */
	/** Of the snapshot that is being taken, or whose reader was killed; 0: none is. */
	const RTE_ATOMIC(uint64_t) *epoch;
	uintptr_t saved_offset; /**< Bytes from a row to where it is put aside. */

	/** The epoch that the latest section began with; on a line that a reader may poll. */
	alignas(RTE_SEQSTAT_LINE) RTE_ATOMIC(uint64_t) ack;

	/* From the next line on: the rows, then the rows put aside. */
};

/**
 * A section in progress. To be kept in a local variable, so that it becomes registers.
 */
struct rte_seqstat_section {
	struct rte_seqstat_writer *writer; /**< Whose section it is. */
	uint64_t epoch; /**< Of the snapshot that was being taken when it began; 0: none was. */
	uint32_t sn;    /**< The writer's sequence number before the section. */
};

/**
 * @name Sets
 * @{
 */

/**
 * Create a set.
 *
 * The caller's process and all others of the same DPDK application see it at
 * once: rte_seqstat_lookup() finds it by name and the telemetry commands list it.
 *
 * @param params
 *   Name, schema and number of rows. Nothing of it is needed afterwards.
 * @return
 *   The set, or NULL with rte_errno:
 *   - EINVAL: a parameter is NULL or out of range, or a name is malformed (logged)
 *   - EEXIST: there is a set with that name
 *   - ENOMEM: not enough memory on the given socket
 *   - ENOSPC: DPDK has no memzone left
 *   - ETIMEDOUT: another process was stopped while it created or freed a set
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_create(const struct rte_seqstat_params *params);

/**
 * Find a set by name.
 *
 * @param name
 *   The set's name.
 * @return
 *   The set, or NULL with rte_errno:
 *   - EINVAL: name is NULL
 *   - ENOENT: no such set
 *   - ENOTSUP: the set was made by an incompatible version of this library
 *   - ETIMEDOUT: another process was stopped while it created or freed a set
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_lookup(const char *name);

/**
 * Free a set and the blocks of its writers.
 *
 * References of processes and threads that ended are dropped.
 *
 * @param st
 *   The set. NULL does nothing.
 * @return
 *   - 0: freed
 *   - -EBUSY: a writer is attached or a snapshot object exists, here or elsewhere; or
 *     a telemetry request or a dump is being answered: try again
 *   - -ENOENT: no such set
 *   - -ETIMEDOUT: another process was stopped while it used the list of sets
 */
__rte_experimental
int
rte_seqstat_free(struct rte_seqstat *st);

/**
 * Call a function for each set, in no particular order.
 *
 * The names are collected first. A set may have been freed when its turn comes:
 * rte_seqstat_lookup() does not find it then.
 *
 * @param func
 *   What to call with the name of each set and @p arg. May call any function here.
 * @param arg
 *   Passed on.
 * @return
 *   - The number of sets
 *   - -EINVAL: func is NULL
 *   - -ENOMEM: not enough memory for the names
 *   - -ETIMEDOUT: another process was stopped while it used the list of sets
 */
__rte_experimental
int
rte_seqstat_walk(void (*func)(const char *name, void *arg), void *arg);

/** How snapshots of a set went, over all processes, since it was created. */
struct rte_seqstat_self {
	uint64_t snapshots;    /**< Taken, complete or not. */
	uint64_t read_idle;    /**< Writers read while between two sections. */
	uint64_t read_acked;   /**< Writers read because a section acknowledged the snapshot. */
	uint64_t rows_saved;   /**< Rows read from where the writer had put them aside. */
	uint64_t missed;       /**< Writers that were inside a section until the time limit. */
	uint64_t longest_ns;   /**< Longest in nanoseconds, once it had its turn. */
};

/** What a set is. */
struct rte_seqstat_info {
	char name[RTE_SEQSTAT_NAMESIZE]; /**< Of the set. */
	char row_label[RTE_SEQSTAT_NAMESIZE]; /**< What a row is. */
	uint32_t n_counters; /**< Counters of the schema. */
	uint32_t n_values;   /**< Values of a row. */
	uint32_t n_rows;     /**< Rows. */
	uint32_t n_writers;  /**< Blocks that exist, attached or not. */
	size_t block_size;   /**< Bytes of each block. */
	struct rte_seqstat_self self; /**< How its snapshots went. */
};

/**
 * Tell what a set is.
 *
 * @param st
 *   The set.
 * @param[out] info
 *   Where to tell.
 * @return
 *   - 0: told
 *   - -EINVAL: info is NULL
 *   - -ENOENT: no such set
 *   - -ETIMEDOUT: another process was stopped while it used the set
 */
__rte_experimental
int
rte_seqstat_info_get(struct rte_seqstat *st, struct rte_seqstat_info *info);

/**
 * Tell what a counter is.
 *
 * The strings and bounds in the answer are the set's own: valid as long as something keeps
 * the set from being freed, such as a snapshot object or an attached writer.
 *
 * @param st
 *   The set.
 * @param counter
 *   Index in the schema.
 * @param[out] desc
 *   Where to tell. Its unit and help are empty, not NULL, where there are none; its
 *   bounds are NULL only if it is no histogram.
 * @return
 *   - 0: told
 *   - -EINVAL: no such counter, or desc is NULL
 *   - -ENOENT: no such set
 *   - -ETIMEDOUT: another process was stopped while it used the list of sets
 */
__rte_experimental
int
rte_seqstat_counter_get(struct rte_seqstat *st, uint32_t counter,
		struct rte_seqstat_counter *desc);

/**
 * Name a row. Rows begin unnamed; two rows may have the same name.
 *
 * @param st
 *   The set.
 * @param row
 *   The row.
 * @param name
 *   Printable ASCII without quotes or backslash, less than
 *   RTE_SEQSTAT_ROW_NAMESIZE characters; "" or NULL takes the name away.
 * @return
 *   - 0: named
 *   - -EINVAL: no such row, or a malformed name
 *   - -ENOENT: no such set
 *   - -ETIMEDOUT: another process was stopped while it used the set
 */
__rte_experimental
int
rte_seqstat_row_name_set(struct rte_seqstat *st, uint32_t row, const char *name);

/**
 * Get the name of a row.
 *
 * @param st
 *   The set.
 * @param row
 *   The row.
 * @param[out] name
 *   Where to write the name: RTE_SEQSTAT_ROW_NAMESIZE bytes. Empty if it has none.
 * @return
 *   - 0: written
 *   - -EINVAL: no such row, or name is NULL
 *   - -ENOENT: no such set
 *   - -ETIMEDOUT: another process was stopped while it used the set
 */
__rte_experimental
int
rte_seqstat_row_name_get(struct rte_seqstat *st, uint32_t row, char *name);

/**
 * Print what a set is and a fresh snapshot of it.
 *
 * @param f
 *   Where to print.
 * @param st
 *   The set.
 * @return
 *   - 0: printed; writers that were inside a section for 10 milliseconds as stale, with
 *     zeros
 *   - -EINVAL: f is NULL
 *   - -ETIMEDOUT: another reader did not finish in this time
 *   - others: as rte_seqstat_snapshot_create() and rte_seqstat_snapshot_take()
 */
__rte_experimental
int
rte_seqstat_dump(FILE *f, struct rte_seqstat *st);

/** @} */

/**
 * @name Writers, control plane
 * @{
 */

/**
 * Attach a writer: get the block in which an lcore counts.
 *
 * To be called by the thread that will write, once, before its loop: the block
 * comes to lie on that thread's NUMA node, and goes to another thread only after
 * this one detached or ended. A block outlives its writers: who attaches the same
 * lcore id next goes on counting where the last one stopped.
 *
 * If the last owner ended inside a section, that section is closed here: nothing
 * is rolled back, so a part of it may be visible, and snapshots flag the writer
 * with RTE_SEQSTAT_WRITER_REPAIRED from then on.
 *
 * Threads without an lcore id pass LCORE_ID_ANY. They all get the one shared
 * writer of their process, and use rte_seqstat_write_lock() and
 * rte_seqstat_write_unlock().
 *
 * @param st
 *   The set.
 * @param lcore_id
 *   The caller's lcore id, as rte_lcore_id() returns it.
 * @return
 *   The writer, or NULL with rte_errno:
 *   - EINVAL: lcore_id is neither below RTE_MAX_LCORE nor LCORE_ID_ANY
 *   - EBUSY: a thread that still runs, here or in another process, has the block
 *   - ENOMEM: not enough memory
 *   - ENOSPC: too many processes use the set
 *   - ENOENT: no such set
 *   - ETIMEDOUT: another process was stopped while it used the set, or memory for
 *     others took too long
 */
__rte_experimental
struct rte_seqstat_writer *
rte_seqstat_writer_attach(struct rte_seqstat *st, unsigned int lcore_id);

/**
 * Detach a writer. What it counted stays in the set.
 *
 * To be called outside of a section; by any thread of the process that attached.
 * A shared writer is to be detached as often as it was attached.
 *
 * @param w
 *   The writer. NULL does nothing.
 * @return
 *   - 0: detached
 *   - -EBUSY: the writer is inside a section
 *   - -EPERM: the writer is not attached by this process
 *   - -ENOENT: no such writer: its thread had ended, and its set was freed
 *   - -ETIMEDOUT: another process was stopped while it used the set
 */
__rte_experimental
int
rte_seqstat_writer_detach(struct rte_seqstat_writer *w);

/** @} */

/*
 * The models in tests/model compile this as it is; tso.pml and armv8.py there repeat it
 * by hand: what is changed here is changed there.
 */

/**
 * @internal
 * Order earlier stores before later stores.
 */
static inline void
__rte_seqstat_store_fence(void)
{
#ifdef RTE_ARCH_ARM64
	/* A release fence would be "dmb ish" and wait for loads too. */
	__asm__ volatile("dmb ishst" : : : "memory");
#else
	rte_atomic_thread_fence(rte_memory_order_release);
#endif
}

/**
 * @internal
 * The row at a distance from a writer's first row, in bytes.
 */
static inline struct rte_seqstat_row *
__rte_seqstat_row_at(const struct rte_seqstat_writer *w, size_t offset)
{
	return (struct rte_seqstat_row *)((uintptr_t)(w + 1) + offset);
}

/**
 * @internal
 * Where a value of a row lies.
 */
static inline RTE_ATOMIC(uint64_t) *
__rte_seqstat_value(struct rte_seqstat_row *row, unsigned int value)
{
	return &(&row->epoch)[1 + value];
}

/**
 * @internal
 * Read a value. Where a word is 32 bits, by halves: whoever could see one new
 * and one old half discards what it read.
 */
static inline uint64_t
__rte_seqstat_value_load(const RTE_ATOMIC(uint64_t) *from)
{
#ifdef RTE_ARCH_64
	return rte_atomic_load_explicit(from, rte_memory_order_relaxed);
#else
	const RTE_ATOMIC(uint32_t) *half = (const RTE_ATOMIC(uint32_t) *)(uintptr_t)from;
	uint32_t h0 = rte_atomic_load_explicit(&half[0], rte_memory_order_relaxed);
	uint32_t h1 = rte_atomic_load_explicit(&half[1], rte_memory_order_relaxed);
	union { uint32_t half[2]; uint64_t whole; } u = { { h0, h1 } };

	return u.whole;
#endif
}

/**
 * @internal
 * Write a value; see __rte_seqstat_value_load().
 */
static inline void
__rte_seqstat_value_store(RTE_ATOMIC(uint64_t) *to, uint64_t n)
{
#ifdef RTE_ARCH_64
	rte_atomic_store_explicit(to, n, rte_memory_order_relaxed);
#else
	RTE_ATOMIC(uint32_t) *half = (RTE_ATOMIC(uint32_t) *)(uintptr_t)to;
	union { uint64_t whole; uint32_t half[2]; } u = { n };

	rte_atomic_store_explicit(&half[0], u.half[0], rte_memory_order_relaxed);
	rte_atomic_store_explicit(&half[1], u.half[1], rte_memory_order_relaxed);
#endif
}

/**
 * @internal
 * Read a word that only the calling writer changes.
 *
 * Here and in __rte_seqstat_own_store() accesses are plain, so that the compiler may join
 * them. What they leave half done is discarded by readers, as in any section of
 * rte_seqcount; ThreadSanitizer does not know that.
 */
static inline uint64_t
__rte_seqstat_own_load(const RTE_ATOMIC(uint64_t) *from)
{
#if defined(RTE_ARCH_64) && !defined(__RTE_SEQSTAT_TSAN)
	return *(const uint64_t *)(uintptr_t)from;
#else
	return __rte_seqstat_value_load(from);
#endif
}

/**
 * @internal
 * Write a word that only the calling writer changes; see __rte_seqstat_own_load().
 */
static inline void
__rte_seqstat_own_store(RTE_ATOMIC(uint64_t) *to, uint64_t n)
{
#if defined(RTE_ARCH_64) && !defined(__RTE_SEQSTAT_TSAN)
	*(uint64_t *)(uintptr_t)to = n;
#else
	__rte_seqstat_value_store(to, n);
#endif
}

/**
 * @internal
 * Put a row aside for the snapshot of @p epoch, unless it was. The cold half of
 * rte_seqstat_row().
 *
 * Here, and not in the library: a function that the compiler does not see might change any
 * register, so that each section would begin by saving those that it needs.
 */
static __rte_seqstat_cold void
__rte_seqstat_row_save(const struct rte_seqstat_writer *w, struct rte_seqstat_row *row,
		uint64_t epoch)
{
	struct rte_seqstat_row *saved = (struct rte_seqstat_row *)
		((uintptr_t)row + w->saved_offset);
	uint32_t i;

	if (__rte_seqstat_own_load(&row->epoch) >= epoch)
		return;
	for (i = 0; i < w->n_values; i++)
		__rte_seqstat_value_store(__rte_seqstat_value(saved, i),
				__rte_seqstat_value_load(__rte_seqstat_value(row, i)));
	/*
	 * What was put aside becomes visible before the claim: pairs with the
	 * load-acquire of the row's epoch, and with the acquire fence after the
	 * second look at it, in the reader's copy of a writer that acknowledged.
	 */
	rte_atomic_store_explicit(&row->epoch, epoch, rte_memory_order_release);
	/*
	 * The claim becomes visible before what the section stores in the row: pairs
	 * with the acquire fence before the second look at the row's epoch there.
	 */
	__rte_seqstat_store_fence();
}

/**
 * @internal
 * Make a row ready to be changed, by its distance from the first row in bytes.
 */
static inline struct rte_seqstat_row *
__rte_seqstat_row_claim(const struct rte_seqstat_section *sec, size_t offset)
{
	struct rte_seqstat_row *row = __rte_seqstat_row_at(sec->writer, offset);

	/*
	 * Without a snapshot the epoch is 0, and nothing of the row need be read. What the
	 * section stores in the row depends on this branch: it cannot be visible before
	 * the epoch was read. Pairs with the store-release of the reader that ends the
	 * epoch.
	 */
	if (unlikely(sec->epoch != 0))
		__rte_seqstat_row_save(sec->writer, row, sec->epoch);

	return row;
}

/**
 * @name Data plane
 * @{
 */

/**
 * Begin a section on the calling lcore's writer.
 *
 * Only the thread that attached the writer may call it. Sections of one writer do
 * not nest; sections of different sets may. Keep a section short: a snapshot may
 * wait for its end.
 *
 * Memory order: stores to counters become visible after the section began. What the
 * calling thread received by a load-acquire before, happened before the section.
 *
 * @param w
 *   The writer.
 * @return
 *   The section, for the functions below.
 */
__rte_experimental
static inline struct rte_seqstat_section
rte_seqstat_write_begin(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec;

	sec.writer = w;
	sec.sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed);
	RTE_ASSERT((sec.sn & 1) == 0);
	rte_atomic_store_explicit(&w->lock.count.sn, sec.sn + 1, rte_memory_order_relaxed);
	/*
	 * The odd number becomes visible before what this section stores: pairs with
	 * the acquire fence before the second look at the number, in the reader's
	 * copy of an idle writer and in rte_seqcount_read_retry().
	 *
	 * Earlier sections become visible before the acknowledgement: pairs with
	 * the load-acquire of the acknowledgement in the reader.
	 */
	__rte_seqstat_store_fence();
	sec.epoch = rte_atomic_load_explicit(w->epoch, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&w->ack, sec.epoch, rte_memory_order_relaxed);

	return sec;
}

/**
 * Get a row, to change it in this section.
 *
 * @param sec
 *   The section.
 * @param row
 *   Which row, below the set's number of rows.
 * @return
 *   The row, valid until the section ends.
 */
__rte_experimental
static inline struct rte_seqstat_row *
rte_seqstat_row(const struct rte_seqstat_section *sec, uint32_t row)
{
	RTE_ASSERT(row < sec->writer->n_rows);

	return __rte_seqstat_row_claim(sec, (size_t)row * sec->writer->stride);
}

/**
 * Get a row of a set whose schema is known when the program is compiled.
 *
 * As rte_seqstat_row(), saving the load of the distance of the rows and the
 * multiplication by it.
 *
 * @param sec
 *   The section.
 * @param row
 *   Which row, below the set's number of rows.
 * @param stride
 *   RTE_SEQSTAT_STRIDE(n), a constant, where n is the number of values of a row.
 * @return
 *   The row, valid until the section ends.
 */
__rte_experimental
static inline struct rte_seqstat_row *
rte_seqstat_row_stride(const struct rte_seqstat_section *sec, uint32_t row, uint32_t stride)
{
	RTE_ASSERT(row < sec->writer->n_rows);
	RTE_ASSERT(stride == sec->writer->stride);

	return __rte_seqstat_row_claim(sec, (size_t)row * stride);
}

/**
 * Add to a counter.
 *
 * @param row
 *   Of the section in progress.
 * @param value
 *   Index in the row: the counter's index in the schema, if no histogram precedes it.
 * @param n
 *   How much to add. Counters wrap at 2^64.
 */
__rte_experimental
static inline void
rte_seqstat_add(struct rte_seqstat_row *row, unsigned int value, uint64_t n)
{
	RTE_ATOMIC(uint64_t) *at = __rte_seqstat_value(row, value);

	__rte_seqstat_own_store(at, __rte_seqstat_own_load(at) + n);
}

/**
 * Add to two neighbouring counters, such as packets and bytes, in one go.
 *
 * @param row
 *   Of the section in progress.
 * @param value
 *   Index in the row of the first; the second is the next one.
 * @param n0
 *   How much to add to the first.
 * @param n1
 *   How much to add to the second.
 */
__rte_experimental
static inline void
rte_seqstat_add2(struct rte_seqstat_row *row, unsigned int value, uint64_t n0, uint64_t n1)
{
	/* An access of 16 bytes need not be atomic: what a reader takes was not being written. */
#if defined(RTE_ARCH_X86_64) && !defined(__RTE_SEQSTAT_TSAN)
	__m128i *pair = (__m128i *)(uintptr_t)__rte_seqstat_value(row, value);

	_mm_storeu_si128(pair, _mm_add_epi64(_mm_loadu_si128(pair),
			_mm_set_epi64x((int64_t)n1, (int64_t)n0)));
#elif defined(RTE_ARCH_ARM64) && !defined(__RTE_SEQSTAT_TSAN)
	uint64_t *pair = (uint64_t *)(uintptr_t)__rte_seqstat_value(row, value);

	vst1q_u64(pair, vaddq_u64(vld1q_u64(pair),
			vcombine_u64(vcreate_u64(n0), vcreate_u64(n1))));
#else
	rte_seqstat_add(row, value, n0);
	rte_seqstat_add(row, value + 1, n1);
#endif
}

/**
 * Set a gauge.
 *
 * @param row
 *   Of the section in progress.
 * @param value
 *   Index in the row.
 * @param level
 *   The new level, of this lcore. Snapshots sum gauges over writers as they do counters.
 */
__rte_experimental
static inline void
rte_seqstat_set(struct rte_seqstat_row *row, unsigned int value, uint64_t level)
{
	__rte_seqstat_own_store(__rte_seqstat_value(row, value), level);
}

/**
 * Add an observation to a histogram.
 *
 * @param row
 *   Of the section in progress.
 * @param value
 *   Index in the row of the histogram's first value.
 * @param bounds
 *   The bounds with which the set was created, best a constant array.
 * @param n_bounds
 *   How many bounds there are.
 * @param n
 *   What was observed.
 */
__rte_experimental
static inline void
rte_seqstat_observe(struct rte_seqstat_row *row, unsigned int value, const uint64_t *bounds,
		unsigned int n_bounds, uint64_t n)
{
	unsigned int bucket = 0;

	while (bucket < n_bounds && n > bounds[bucket])
		bucket++;
	rte_seqstat_add(row, value + bucket, 1);
	rte_seqstat_add(row, value + n_bounds + 1, n);
}

/**
 * Add an observation to a histogram whose bounds are powers of two.
 *
 * @param row
 *   Of the section in progress.
 * @param value
 *   Index in the row of the histogram's first value.
 * @param n_bounds
 *   How many bounds there are.
 * @param n
 *   What was observed.
 */
__rte_experimental
static inline void
rte_seqstat_observe_pow2(struct rte_seqstat_row *row, unsigned int value,
		unsigned int n_bounds, uint64_t n)
{
	/* The lowest power of two that is not below: 2^0 for zero and one. */
	unsigned int bucket = n > 1 ? rte_fls_u64(n - 1) : 0;

	rte_seqstat_add(row, value + RTE_MIN(bucket, n_bounds), 1);
	rte_seqstat_add(row, value + n_bounds + 1, n);
}

/**
 * End a section.
 *
 * Memory order: a store-release, after which snapshots may see the section.
 *
 * @param sec
 *   The section. Its rows must not be used any more.
 */
__rte_experimental
static inline void
rte_seqstat_write_end(const struct rte_seqstat_section *sec)
{
	/*
	 * What the section stored becomes visible before the even number: pairs
	 * with the load-acquire of the number in the reader's copy of an idle
	 * writer and in rte_seqcount_read_begin().
	 */
	rte_atomic_store_explicit(&sec->writer->lock.count.sn, sec->sn + 2,
			rte_memory_order_release);
}

/**
 * Begin a section on the shared writer of the process.
 *
 * As rte_seqstat_write_begin(), for any number of threads: takes the spinlock of
 * the writer first. Not for signal handlers, and not for a thread that may be
 * preempted by another one that spins for the same lock at higher priority.
 *
 * @param w
 *   The writer that rte_seqstat_writer_attach() returned for LCORE_ID_ANY.
 * @return
 *   The section, for the functions above and rte_seqstat_write_unlock().
 */
__rte_experimental
static inline struct rte_seqstat_section
rte_seqstat_write_lock(struct rte_seqstat_writer *w)
	__rte_no_thread_safety_analysis
{
	/* Makes the previous holder's epoch and sequence number this one's. */
	rte_spinlock_lock(&w->lock.lock);

	return rte_seqstat_write_begin(w);
}

/**
 * End a section on the shared writer of the process.
 *
 * @param sec
 *   The section that rte_seqstat_write_lock() returned.
 */
__rte_experimental
static inline void
rte_seqstat_write_unlock(const struct rte_seqstat_section *sec)
	__rte_no_thread_safety_analysis
{
	rte_seqstat_write_end(sec);
	rte_spinlock_unlock(&sec->writer->lock.lock);
}

/** @} */

/**
 * @name Snapshots
 * @{
 */

/** The writer missed the time limit: the values are those that the object had before. */
#define RTE_SEQSTAT_WRITER_STALE    RTE_BIT32(0)
/** An owner ended inside a section, of which a part may be visible. */
#define RTE_SEQSTAT_WRITER_REPAIRED RTE_BIT32(1)
/** Nobody has the block now: its owner detached. One that ended instead is not told apart. */
#define RTE_SEQSTAT_WRITER_DETACHED RTE_BIT32(2)

/** Of a writer in a snapshot. */
struct rte_seqstat_writer_info {
	unsigned int lcore_id; /**< Whose block it is; LCORE_ID_ANY: a shared writer. */
	int socket_id;         /**< NUMA node of the block. */
	int pid;               /**< Process that has or had the block. */
	uint32_t flags;        /**< RTE_SEQSTAT_WRITER_*. */
};

/**
 * Make a snapshot object, for any number of snapshots of one set.
 *
 * It keeps the set from being freed. It belongs to the calling process; one
 * thread at a time may use it.
 *
 * @param st
 *   The set.
 * @return
 *   The object, empty, or NULL with rte_errno:
 *   - ENOMEM: not enough memory
 *   - ENOSPC: too many processes use the set
 *   - ENOENT: no such set
 *   - ETIMEDOUT: another process was stopped while it used the list of sets
 */
__rte_experimental
struct rte_seqstat_snapshot *
rte_seqstat_snapshot_create(struct rte_seqstat *st);

/**
 * Free a snapshot object.
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
 * Snapshots of a set, from whatever thread or process, are taken one at a time;
 * waiting for one's turn is part of the time limit. Memory for a writer that is
 * new to the object comes from the C library, none from DPDK.
 *
 * @param snap
 *   The object; its former content is replaced.
 * @param timeout_us
 *   Time limit in microseconds. Each writer is tried at least once, also with 0.
 * @return
 *   - 0: a consistent cut over all writers
 *   - -ETIMEDOUT: the writers flagged RTE_SEQSTAT_WRITER_STALE were inside a
 *     section until the time limit and keep their former values, zeros if there are
 *     none; the others are a cut among themselves. If all are stale and the time is
 *     the former one, another reader did not finish.
 *   - -ENOMEM: not enough memory; the former content is still there
 *   - -EINVAL: snap is NULL
 */
__rte_experimental
int
rte_seqstat_snapshot_take(struct rte_seqstat_snapshot *snap, uint64_t timeout_us);

/**
 * Subtract two snapshots of the same set.
 *
 * Counters and histograms become the increase from one to the other, modulo 2^64; a
 * writer that the older one lacks counts from zero. Gauges keep their newer level. The time
 * of the result, by rte_seqstat_snapshot_tsc(), is that between the two.
 * Flags are those of the newer one, stale where either is. What is stale in the newer
 * one may be older than the older one, so that the difference wraps: it is no increase.
 *
 * @param[out] diff
 *   The object for the result; may be @p newer or @p older.
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
 * When the cut was made.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   TSC cycles, by rte_get_tsc_cycles(); of a difference, cycles between the two.
 */
__rte_experimental
uint64_t
rte_seqstat_snapshot_tsc(const struct rte_seqstat_snapshot *snap);

/**
 * Whether the values of all writers are as of the same moment.
 *
 * Each writer's values belong together in any case.
 *
 * @param snap
 *   The snapshot, or a difference of two.
 * @return
 *   Whether it is one cut, as promised under 4 above. It is not if a writer is flagged
 *   RTE_SEQSTAT_WRITER_STALE, before anything was taken, and on machines of which that
 *   is not promised.
 */
__rte_experimental
bool
rte_seqstat_snapshot_is_cut(const struct rte_seqstat_snapshot *snap);

/**
 * The set of which an object holds snapshots.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   The set, valid as long as the object.
 */
__rte_experimental
struct rte_seqstat *
rte_seqstat_snapshot_set(const struct rte_seqstat_snapshot *snap);

/**
 * Number of writers in a snapshot.
 *
 * @param snap
 *   The snapshot.
 * @return
 *   How many there are. Indices go from 0 in the order in which writers were first
 *   attached, so they stay the same in all snapshots of the set.
 */
__rte_experimental
uint32_t
rte_seqstat_snapshot_n_writers(const struct rte_seqstat_snapshot *snap);

/**
 * Tell whose values a snapshot has.
 *
 * @param snap
 *   The snapshot.
 * @param writer
 *   Index of the writer.
 * @param[out] info
 *   Where to tell.
 * @return
 *   - 0: told
 *   - -EINVAL: an argument is NULL, or no such writer
 */
__rte_experimental
int
rte_seqstat_snapshot_writer_info(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		struct rte_seqstat_writer_info *info);

/**
 * One writer's values.
 *
 * @param snap
 *   The snapshot.
 * @param writer
 *   Index of the writer.
 * @param row
 *   Which row.
 * @return
 *   The row's values in the order of the schema, valid until the next snapshot
 *   in the same object; NULL if there is no such writer or row.
 */
__rte_experimental
const uint64_t *
rte_seqstat_snapshot_row(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		uint32_t row);

/**
 * The sum over all writers.
 *
 * @param snap
 *   The snapshot.
 * @param row
 *   Which row.
 * @param[out] values
 *   Where to write the sums, modulo 2^64, in the order of the schema.
 * @return
 *   - 0: written
 *   - -EINVAL: an argument is NULL, or no such row
 */
__rte_experimental
int
rte_seqstat_snapshot_total(const struct rte_seqstat_snapshot *snap, uint32_t row,
		uint64_t *values);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_H */
