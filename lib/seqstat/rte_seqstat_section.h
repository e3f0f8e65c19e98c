/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_SECTION_H
#define RTE_SEQSTAT_SECTION_H

/**
 * @file
 *
 * The data path: how a writer's block lies in memory, and how a section changes it
 *
 * rte_seqstat.h includes this file; what is guaranteed is described there.
 */

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_bitops.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_compat.h>
#include <rte_debug.h>
#include <rte_lcore.h>
#include <rte_seqlock.h>
#include <rte_spinlock.h>

#include <rte_seqstat_compat.h>

/* Where ThreadSanitizer looks, no value is accessed plainly: see __rte_seqstat_own_load(). */
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

/**
 * Distance of parts of a block that must not share a cache line, in bytes.
 *
 * The largest line of any machine that DPDK knows, whatever this build assumes:
 * the layout of a block is the same for a library and an application that were
 * built for different line sizes.
 */
#define __RTE_SEQSTAT_LINE 128

/**
 * Bytes that are saved together at least: smaller rows share a unit of this size, a
 * larger row is a unit by itself.
 */
#define __RTE_SEQSTAT_UNIT 64

/**
 * Bytes from one row of a block to the next.
 *
 * The smallest power of two that holds the values of a row, up to 64; then a multiple
 * of 64. So no small row crosses a unit.
 *
 * @param n_values
 *   Number of values in a row: one for each counter, several for a histogram.
 */
#define __RTE_SEQSTAT_STRIDE(n_values)		\
	((n_values) <= 1 ? 8u :			\
	(n_values) <= 2 ? 16u :			\
	(n_values) <= 4 ? 32u :			\
	((uint32_t)(n_values) * 8 + 63) & ~UINT32_C(63))

/**
 * A 64-bit word that a writer and readers access at the same time.
 *
 * Aligned by its type, also where the ABI aligns 64-bit words to 4 bytes: a compiler that
 * does not know a pointer to be aligned calls a function of libatomic for each access.
 */
typedef RTE_ATOMIC(uint64_t) rte_seqstat_word_t __rte_aligned(8);

/**
 * The buckets of a histogram, which its schema and the code that observes share.
 *
 * Initialised by RTE_SEQSTAT_BUCKETS() or RTE_SEQSTAT_BUCKETS_LOG(); best static and constant,
 * so that the compiler knows the fields.
 */
struct rte_seqstat_buckets {
	const uint64_t *bounds; /**< Upper bounds, each in its bucket, ascending; or NULL. */
	uint32_t n_bounds;      /**< A bucket for each; one more is above the highest bound. */
	uint32_t log_parts;     /**< See RTE_SEQSTAT_BUCKETS_LOG(); 0 with bounds. */
};

/**
 * Initialiser of buckets with given upper bounds.
 *
 * @param array
 *   The bounds: a constant array of uint64_t.
 */
#define RTE_SEQSTAT_BUCKETS(array) { (array), RTE_DIM(array), 0 }

/**
 * Initialiser of log-linear buckets: each power of two is divided into 2^log_parts buckets of equal
 * width.
 *
 * The middle of a bucket is at most 100 / 2^(log_parts + 1) percent off.
 *
 * @param log_parts
 *   Binary logarithm of the number of buckets from a power of two to the next, 0 to 8. With 0
 *   the bounds are 1, 2, 4, 8 ...
 * @param log_max
 *   Binary logarithm of the highest bound: log_parts to 63.
 */
#define RTE_SEQSTAT_BUCKETS_LOG(log_parts, log_max) \
	{ NULL, RTE_SEQSTAT_LOG_BOUNDS(log_parts, log_max), (log_parts) }

/** Number of bounds of log-linear buckets; see RTE_SEQSTAT_BUCKETS_LOG(). */
#define RTE_SEQSTAT_LOG_BOUNDS(log_parts, log_max) (((log_max) - (log_parts) + 1u) << (log_parts))

/**
 * One row of a writer: what rte_seqstat_row() returns.
 *
 * Valid until the end of the section. The functions below change it.
 */
struct rte_seqstat_row {
	rte_seqstat_word_t first; /**< The first value; the others follow as in the schema. */
};

/**
 * A writer: one lcore's block of rows.
 *
 * rte_seqstat_writer() returns it. The fields are the library's; a
 * program of its own that reads @p lock and the rows finds them by @p stride.
 */
struct rte_seqstat_writer {
	/** Its number is odd inside a section; only shared writers use the spinlock. */
	alignas(__RTE_SEQSTAT_LINE) rte_seqlock_t lock;
	uint32_t stride;     /**< Bytes from one row to the next. */
	uint32_t n_rows;     /**< Rows of the set. */
	uint32_t n_values;   /**< Values of a row. */
	uint32_t lcore_id;   /**< Which lcore may count; LCORE_ID_ANY: those with the spinlock. */
	/** Epoch of the snapshot that is taken, or whose reader was killed; 0: there is none. */
	const rte_seqstat_word_t *epoch;

	/* From here on, a section needs the fields only while a snapshot is taken. */

	uintptr_t saved_offset; /**< Bytes from a unit to its saved copy. */
	uintptr_t tags_offset;  /**< Bytes from the block to the tag of the first unit. */
	uint32_t tag_shift;     /**< Binary logarithm of the bytes of rows for a byte of tags. */
	uint32_t unit_words;    /**< Words of a unit that are saved: up to its last value. */
	const char *name;       /**< Name of the set, for messages. */

	/** The epoch that the latest section began with; on a line that a reader may poll. */
	alignas(__RTE_SEQSTAT_LINE) rte_seqstat_word_t ack;

	/*
	 * The next line begins the rows, in whole units; a later one their saved copies. The
	 * tag of a unit, the epoch for which it was saved last, is its last word if that is no
	 * value. Otherwise the tags lie in an array between rows and saved copies.
	 */
};

/**
 * A section in progress. Keep it in a local variable, so that it becomes registers.
 */
struct rte_seqstat_section {
	struct rte_seqstat_writer *writer; /**< Whose section it is. */
	uint64_t epoch; /**< Of the snapshot that was taken when it began; 0: there was none. */
	uint32_t sn;    /**< The writer's sequence number in the section, which is odd. */
	bool shared;    /**< The section holds the writer's spinlock. */
};

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
 * The unit of a row, by its first row.
 */
static inline struct rte_seqstat_row *
__rte_seqstat_unit(const struct rte_seqstat_row *row)
{
	/* A row that is a unit by itself lies at a multiple of this size, too. */
	return (struct rte_seqstat_row *)((uintptr_t)row & ~(uintptr_t)(__RTE_SEQSTAT_UNIT - 1));
}

/**
 * @internal
 * The tag of a unit.
 */
static inline rte_seqstat_word_t *
__rte_seqstat_tag(const struct rte_seqstat_writer *w, const struct rte_seqstat_row *unit)
{
	const uintptr_t offset = (uintptr_t)unit - (uintptr_t)(w + 1);

	return (rte_seqstat_word_t *)((uintptr_t)w + w->tags_offset + (offset >> w->tag_shift));
}

/**
 * @internal
 * Where a value of a row lies.
 */
static inline rte_seqstat_word_t *
__rte_seqstat_value(struct rte_seqstat_row *row, size_t index)
{
	return &(&row->first)[index];
}

/**
 * @internal
 * Read a value. A 32-bit machine does so by halves: a reader that may have seen one new and
 * one old half discards the copy.
 */
static __rte_always_inline uint64_t
__rte_seqstat_value_load(const rte_seqstat_word_t *from)
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
static __rte_always_inline void
__rte_seqstat_value_store(rte_seqstat_word_t *to, uint64_t n)
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
 * them. Readers discard what they may have seen half done, as with any section of
 * rte_seqcount; ThreadSanitizer does not know that.
 */
static __rte_always_inline uint64_t
__rte_seqstat_own_load(const rte_seqstat_word_t *from)
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
static __rte_always_inline void
__rte_seqstat_own_store(rte_seqstat_word_t *to, uint64_t n)
{
#if defined(RTE_ARCH_64) && !defined(__RTE_SEQSTAT_TSAN)
	*(uint64_t *)(uintptr_t)to = n;
#else
	__rte_seqstat_value_store(to, n);
#endif
}

/**
 * @internal
 * Save the unit of a row for the snapshot of @p epoch, unless that is done. The cold half
 * of rte_seqstat_row().
 *
 * Here, and not in the library: a function that the compiler does not see might change any
 * register, so that each section would begin by saving those that it needs.
 */
static __rte_seqstat_cold void
__rte_seqstat_row_save(const struct rte_seqstat_writer *w, struct rte_seqstat_row *row,
		uint64_t epoch)
{
	struct rte_seqstat_row *unit = __rte_seqstat_unit(row);
	struct rte_seqstat_row *saved = (struct rte_seqstat_row *)
		((uintptr_t)unit + w->saved_offset);
	rte_seqstat_word_t *tag = __rte_seqstat_tag(w, unit);
	size_t i;

	if (rte_atomic_load_explicit(tag, rte_memory_order_relaxed) >= epoch)
		return;
	/*
	 * Pairs with the store-release of the epoch, before which rows were zeroed that had been
	 * cleared: their former values would else be saved for a snapshot after that.
	 */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	/* Downwards: each register that this needs may be one that a section has to push. */
	for (i = w->unit_words; i-- > 0; )
		__rte_seqstat_value_store(__rte_seqstat_value(saved, i),
				__rte_seqstat_value_load(__rte_seqstat_value(unit, i)));
	/*
	 * Pairs with the load-acquire of the tag, and with the acquire fence after the second
	 * look at it, in the reader's copy of a unit: a reader that saw the tag without the
	 * saved words would take what was saved for an earlier snapshot.
	 */
	rte_atomic_store_explicit(tag, epoch, rte_memory_order_release);
	/*
	 * Pairs with the acquire fence before the second look at the tag there: a reader that
	 * saw what this section stores in the unit, but not the tag, would keep it.
	 */
	__rte_seqstat_store_fence();
}

/*
 * Checks, in what is compiled with RTE_ENABLE_ASSERT: they name the set and end the process.
 */
#ifdef RTE_ENABLE_ASSERT

#define __RTE_SEQSTAT_ASSERT(w, condition, format, ...) do { \
	if (unlikely(!(condition))) \
		rte_panic("set '%s': " format "\n", (w)->name, __VA_ARGS__); \
} while (0)

/**
 * @internal
 * The writer of a row, if the calling thread got the row in this source file not long ago.
 */
struct __rte_seqstat_known {
	const struct rte_seqstat_row *row;
	const struct rte_seqstat_writer *writer;
};

static inline struct __rte_seqstat_known *
__rte_seqstat_known_at(const struct rte_seqstat_row *row)
{
	static __thread struct __rte_seqstat_known known[64];

	return &known[(uintptr_t)row / sizeof(*row) % RTE_DIM(known)];
}

static inline void
__rte_seqstat_assert_row(const struct rte_seqstat_writer *w, const struct rte_seqstat_row *row,
		uint32_t index)
{
	struct __rte_seqstat_known *known = __rte_seqstat_known_at(row);

	__RTE_SEQSTAT_ASSERT(w, (w->lock.count.sn & 1) != 0, "row %u outside of a section", index);
	__RTE_SEQSTAT_ASSERT(w, index < w->n_rows, "row %u of %u", index, w->n_rows);
	known->row = row;
	known->writer = w;
}

static inline void
__rte_seqstat_assert_value(const struct rte_seqstat_row *row, unsigned int index)
{
	const struct __rte_seqstat_known *known = __rte_seqstat_known_at(row);
	const struct rte_seqstat_writer *w = known->writer;

	if (known->row != row)
		return;
	__RTE_SEQSTAT_ASSERT(w, (w->lock.count.sn & 1) != 0, "value %u outside of a section",
		index);
	__RTE_SEQSTAT_ASSERT(w, index < w->n_values, "value %u of %u", index, w->n_values);
}

#else

#define __RTE_SEQSTAT_ASSERT(w, condition, format, ...) do { } while (0)
#define __rte_seqstat_assert_row(w, row, index) do { } while (0)
#define __rte_seqstat_assert_value(row, index) do { } while (0)

#endif

/**
 * @name Data plane
 * @{
 */

/**
 * Begin a section on the calling lcore's writer.
 *
 * Only the lcore that got the writer may call it. Sections of one writer do not nest: if the
 * caller did not end the last one, the new one continues it, and snapshots may divide the two.
 * Sections of different sets may nest. Keep a section short: a snapshot may wait for its end.
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
static __rte_always_inline struct rte_seqstat_section
rte_seqstat_writer_begin(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec;

	sec.writer = w;
	/* Known to the compiler where this is inlined: the branch in rte_seqstat_end() folds. */
	sec.shared = false;
	sec.sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed);
	__RTE_SEQSTAT_ASSERT(w, w->lcore_id == LCORE_ID_ANY || w->lcore_id == rte_lcore_id(),
		"a section begins on lcore %d, the writer is lcore %u's", (int)rte_lcore_id(),
		w->lcore_id);
	__RTE_SEQSTAT_ASSERT(w, (sec.sn & 1) == 0, "a section begins inside number %u",
		sec.sn);
	/* Odd, also if the caller did not end the section before: this one goes on with it. */
	sec.sn |= 1;
	rte_atomic_store_explicit(&w->lock.count.sn, sec.sn, rte_memory_order_relaxed);
	/*
	 * Between the odd number and what this section stores: pairs with the acquire fence
	 * before the second look at the number, in the reader's copy of an idle writer and in
	 * rte_seqcount_read_retry(), which would else keep a part of the section.
	 *
	 * Between earlier sections and the acknowledgement: pairs with the load-acquire of the
	 * acknowledgement in the reader, which would else miss a part of them.
	 */
	__rte_seqstat_store_fence();
	sec.epoch = rte_atomic_load_explicit(w->epoch, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&w->ack, sec.epoch, rte_memory_order_relaxed);

	return sec;
}

/**
 * @internal
 * Begin a section on a shared writer: take its spinlock, which rte_seqstat_end() releases.
 */
static inline struct rte_seqstat_section
__rte_seqstat_shared_begin(struct rte_seqstat_writer *w)
	__rte_no_thread_safety_analysis
{
	struct rte_seqstat_section sec;

	/*
	 * Pairs with the unlock of the previous section: this one would else begin with an
	 * older epoch or sequence number, and add to older values.
	 */
	rte_spinlock_lock(&w->lock.lock);
	sec = rte_seqstat_writer_begin(w);
	sec.shared = true;

	return sec;
}

/**
 * A handle: the calling process's access to a set.
 *
 * rte_seqstat_create() and rte_seqstat_lookup() return it. The fields are the library's.
 */
struct rte_seqstat {
	/** Number of entries; 0 if the handle is closed, or was inherited on fork. */
	uint32_t n_writers;
	/** By lcore id; NULL: not made yet. */
	__extension__ struct rte_seqstat_writer *writers[0];
};

/**
 * Get the calling lcore's writer of a set.
 *
 * The first call of an lcore makes the writer, in memory of the NUMA node of the calling thread,
 * or goes on with what a process that ended counted with the same lcore id. It waits for other
 * processes, up to two seconds. Later calls return the same writer at once.
 *
 * @param st
 *   The handle.
 * @return
 *   The writer, valid until the handle is closed, for the calling thread only. Or NULL with
 *   rte_errno; the caller may then use rte_seqstat_begin():
 *   - EINVAL: st is NULL; the thread has no lcore id; the handle is closed or was inherited on fork
 *   - ENOMEM, ENOSPC: no memory for a writer, or too many; the lcore counts on the shared writer
 *     from now on, and later calls report ENOMEM
 *   - ETIMEDOUT: another process was stopped while it held the control lock; a later call may
 *     return a writer
 */
__rte_experimental
struct rte_seqstat_writer *
rte_seqstat_writer(struct rte_seqstat *st);

/**
 * @internal
 * Begin a section on the shared writer, or on the calling lcore's after making it.
 */
__rte_experimental
struct rte_seqstat_section
__rte_seqstat_begin_slow(struct rte_seqstat *st);

/**
 * Begin a section, on any thread.
 *
 * As rte_seqstat_writer_begin() on the calling lcore's writer, which the first call makes. If the
 * control lock is not free within 10 microseconds, the section is one of the shared writer, and the
 * next call tries again. A thread without an lcore id always counts on the shared writer of its
 * process.
 *
 * The shared writer has a spinlock, which rte_seqstat_end() releases: its sections wait for each
 * other, so they are not for a thread that a spinning thread of higher priority may preempt.
 *
 * @param st
 *   The handle.
 * @return
 *   The section, for the functions below.
 */
__rte_experimental
static inline struct rte_seqstat_section
rte_seqstat_begin(struct rte_seqstat *st)
{
	unsigned int lcore_id = rte_lcore_id();
	struct rte_seqstat_section sec;

	if (likely(lcore_id < st->n_writers && st->writers[lcore_id] != NULL))
		return rte_seqstat_writer_begin(st->writers[lcore_id]);

	sec = __rte_seqstat_begin_slow(st);
	__RTE_SEQSTAT_ASSERT(sec.writer, sec.writer->stride != 0, "%s",
		"a section begins on a handle that is closed or inherited");

	return sec;
}

/**
 * Get a row, to change it in this section.
 *
 * @param sec
 *   The section.
 * @param row
 *   Which row, below the set's number of rows: another one is other memory of the block, or
 *   beyond it. Checked with RTE_ENABLE_ASSERT only.
 * @return
 *   The row, valid until the section ends.
 */
__rte_experimental
static inline struct rte_seqstat_row *
rte_seqstat_row(const struct rte_seqstat_section *sec, uint32_t row)
{
	struct rte_seqstat_row *at =
		__rte_seqstat_row_at(sec->writer, (size_t)row * sec->writer->stride);

	__rte_seqstat_assert_row(sec->writer, at, row);
	/*
	 * Without a snapshot the epoch is 0: no tag and no saved word is accessed. Pairs with
	 * the store-release of the reader that ends the epoch: what the section stores in the
	 * row depends on this branch; a reader of the epoch before would else see a part of it.
	 */
	if (unlikely(sec->epoch != 0))
		__rte_seqstat_row_save(sec->writer, at, sec->epoch);

	return at;
}

/**
 * Add to a counter.
 *
 * @param row
 *   Of the section in progress.
 * @param index
 *   Index in the row: the counter's index in the schema.
 * @param n
 *   How much to add. Counters wrap at 2^64.
 */
__rte_experimental
static inline void
rte_seqstat_add(struct rte_seqstat_row *row, unsigned int index, uint64_t n)
{
	rte_seqstat_word_t *at = __rte_seqstat_value(row, index);

	__rte_seqstat_assert_value(row, index);
	__rte_seqstat_own_store(at, __rte_seqstat_own_load(at) + n);
}

/**
 * Set a gauge.
 *
 * @param row
 *   Of the section in progress.
 * @param index
 *   Index in the row.
 * @param level
 *   The new level, of this lcore. Snapshots sum gauges over writers as they do counters.
 */
__rte_experimental
static inline void
rte_seqstat_gauge_set(struct rte_seqstat_row *row, unsigned int index, uint64_t level)
{
	__rte_seqstat_assert_value(row, index);
	__rte_seqstat_own_store(__rte_seqstat_value(row, index), level);
}

/**
 * Return the upper bound of a bucket, which belongs to it.
 *
 * @param buckets
 *   The buckets.
 * @param bucket
 *   Index of a bucket below n_bounds: the last one has no bound.
 * @return
 *   The bound.
 */
__rte_experimental
static inline uint64_t
rte_seqstat_bucket_bound(const struct rte_seqstat_buckets *buckets, uint32_t bucket)
{
	uint32_t parts, power;

	if (buckets->bounds != NULL)
		return buckets->bounds[bucket];
	parts = UINT32_C(1) << buckets->log_parts;
	power = bucket >> buckets->log_parts;
	if (power == 0)
		return bucket + 1;

	return (uint64_t)((bucket & (parts - 1)) + parts + 1) << (power - 1);
}

/**
 * @internal
 * The bucket of an observation: the inverse of rte_seqstat_bucket_bound().
 */
static __rte_always_inline uint32_t
__rte_seqstat_bucket(const struct rte_seqstat_buckets *buckets, uint64_t n)
{
	/* Bounds belong to the bucket below. */
	const uint64_t m = n - (n != 0);
	const uint32_t log_parts = buckets->log_parts;
	uint32_t shift, bucket = 0;

	if (buckets->bounds != NULL) {
		while (bucket < buckets->n_bounds && n > buckets->bounds[bucket])
			bucket++;
		return bucket;
	}
	shift = rte_fls_u64(m | UINT64_C(1) << log_parts) - 1 - log_parts;
	bucket = (shift << log_parts) + (uint32_t)(m >> shift);

	return RTE_MIN(bucket, buckets->n_bounds);
}

/**
 * Add equal observations to a histogram, such as the delay of all packets of a burst, at the cost
 * of one.
 *
 * @param row
 *   Of the section in progress.
 * @param index
 *   Index in the row of the histogram's first value.
 * @param buckets
 *   The buckets of the schema. If they are static and constant, the code is that for their kind:
 *   bounds are searched from the lowest on, log-linear buckets need no search.
 * @param n
 *   What was observed.
 * @param times
 *   How often.
 */
__rte_experimental
static __rte_always_inline void
rte_seqstat_observe_times(struct rte_seqstat_row *row, unsigned int index,
		const struct rte_seqstat_buckets *buckets, uint64_t n, uint64_t times)
{
	/* The sum comes last: a bucket out of range is not worse. */
	__rte_seqstat_assert_value(row, index + buckets->n_bounds + 1);
	rte_seqstat_add(row, index + __rte_seqstat_bucket(buckets, n), times);
	rte_seqstat_add(row, index + buckets->n_bounds + 1, n * times);
}

/**
 * Add an observation to a histogram.
 *
 * @param row
 *   Of the section in progress.
 * @param index
 *   Index in the row of the histogram's first value.
 * @param buckets
 *   The buckets of the schema; see rte_seqstat_observe_times().
 * @param n
 *   What was observed.
 */
__rte_experimental
static __rte_always_inline void
rte_seqstat_observe(struct rte_seqstat_row *row, unsigned int index,
		const struct rte_seqstat_buckets *buckets, uint64_t n)
{
	rte_seqstat_observe_times(row, index, buckets, n, 1);
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
static __rte_always_inline void
rte_seqstat_end(const struct rte_seqstat_section *sec)
	__rte_no_thread_safety_analysis
{
	__RTE_SEQSTAT_ASSERT(sec->writer, sec->writer->lock.count.sn == sec->sn,
		"section %u ends, but is not open", sec->sn);
	/*
	 * Pairs with the load-acquire of the number in the reader's copy of an idle writer
	 * and in rte_seqcount_read_begin(): a reader that saw the even number without all
	 * that the section stored would take a part of it.
	 */
	rte_atomic_store_explicit(&sec->writer->lock.count.sn, sec->sn + 1,
			rte_memory_order_release);
	if (unlikely(sec->shared))
		rte_spinlock_unlock(&sec->writer->lock.lock);
}

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_SECTION_H */
