/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_SECTION_H
#define RTE_SEQSTAT_SECTION_H

/**
 * @file
 *
 * The data path of stat sets: the layout of a writer's block, and the functions that count in it
 *
 * @warning
 * @b EXPERIMENTAL: functions in this file may change or disappear without notice.
 *
 * Applications include rte_seqstat.h, which includes this file and describes the guarantees.
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

/* With ThreadSanitizer, all accesses to values are atomic: see __rte_seqstat_own_load(). */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __RTE_SEQSTAT_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define __RTE_SEQSTAT_TSAN
#endif

/**
 * @internal
 * An attribute of a function that is called, not inlined: it preserves most registers. gcc needs no
 * attribute for this: it looks into the function.
 */
#if defined(__clang__) && (defined(RTE_ARCH_X86_64) || defined(RTE_ARCH_ARM64))
#define __rte_seqstat_preserve_most __attribute__((preserve_most))
#else
#define __rte_seqstat_preserve_most
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Distance in bytes between parts of a block that must not share a cache line.
 *
 * This is the largest line size of all machines that DPDK supports, so that a library and an
 * application that were built for different line sizes agree on the layout of a block.
 */
#define __RTE_SEQSTAT_LINE 128

/**
 * Size of a unit in bytes: small rows share a unit, and are saved together. A larger row is a unit
 * of its own size.
 */
#define __RTE_SEQSTAT_UNIT 64

/**
 * Return the number of bytes from one row of a block to the next.
 *
 * It is the smallest power of two that holds the values of a row, up to 64, and beyond that a
 * multiple of 64. Thus no small row crosses the border of a unit.
 */
#define __RTE_SEQSTAT_STRIDE(n_values)		\
	((n_values) <= 1 ? 8u :			\
	(n_values) <= 2 ? 16u :			\
	(n_values) <= 4 ? 32u :			\
	((uint32_t)(n_values) * 8 + 63) & ~UINT32_C(63))

/**
 * A 64-bit word that a writer and readers access at the same time.
 *
 * The type has an alignment of 8, also where the ABI aligns 64-bit words to 4 bytes. Otherwise
 * the compiler would call a function of libatomic for each access.
 */
typedef RTE_ATOMIC(uint64_t) rte_seqstat_word_t __rte_aligned(8);

/**
 * @internal
 * A 32-bit word that threads access at the same time.
 */
typedef RTE_ATOMIC(uint32_t) __rte_seqstat_half_t;

/**
 * Buckets of a histogram, for its schema and for rte_seqstat_observe().
 *
 * Define them as a static constant, so that the compiler knows the fields where they are used:
 *
 * @code{.c}
 * static const uint64_t sizes[] = { 64, 128, 256, 512, 1024, 1518 };
 * static const struct rte_seqstat_buckets size_buckets = RTE_SEQSTAT_BUCKETS(sizes);
 * static const struct rte_seqstat_buckets delay_buckets = RTE_SEQSTAT_BUCKETS_LOG(3, 30);
 * @endcode
 */
struct rte_seqstat_buckets {
	/**
	 * Upper bounds in ascending order, or NULL for log-linear buckets. A bound belongs to its
	 * bucket: the first bucket has the observations from 0 to the first bound.
	 */
	const uint64_t *bounds;
	/** Number of bounds. There is one more bucket, for observations above the highest bound. */
	uint32_t n_bounds;
	uint32_t log_parts; /**< As for RTE_SEQSTAT_BUCKETS_LOG(); 0 with bounds. */
};

/**
 * Initialize buckets with an array of upper bounds.
 *
 * @param array
 *   Constant array of 1 to RTE_SEQSTAT_MAX_BOUNDS uint64_t, each greater than the one before.
 */
#define RTE_SEQSTAT_BUCKETS(array) { (array), RTE_DIM(array), 0 }

/**
 * Initialize log-linear buckets, which divide each power of two into 2^log_parts equal parts.
 *
 * With 0 parts, the bounds are 1, 2, 4, 8 and so on. The middle of a bucket differs from an
 * observation in it by at most 100 / 2^(log_parts + 1) percent.
 *
 * @param log_parts
 *   Binary logarithm of the number of buckets from one power of two to the next: 0 to
 *   RTE_SEQSTAT_MAX_LOG_PARTS.
 * @param log_max
 *   Binary logarithm of the highest bound: log_parts to 63.
 */
#define RTE_SEQSTAT_BUCKETS_LOG(log_parts, log_max) \
	{ NULL, RTE_SEQSTAT_LOG_BOUNDS(log_parts, log_max), (log_parts) }

/** Return the number of bounds of log-linear buckets; see RTE_SEQSTAT_BUCKETS_LOG(). */
#define RTE_SEQSTAT_LOG_BOUNDS(log_parts, log_max) (((log_max) - (log_parts) + 1u) << (log_parts))

/**
 * A row of a writer, from rte_seqstat_row(). It is valid until the section ends.
 *
 * Applications change a row by functions only, such as rte_seqstat_add().
 */
struct rte_seqstat_row {
	rte_seqstat_word_t first; /**< First value; the others follow in the order of the schema. */
};

/**
 * A writer, from rte_seqstat_writer(): the block in which one lcore counts.
 *
 * Applications access the fields by functions only. A reader that does not use this library may
 * copy the rows under @p lock, as with any rte_seqlock; they begin at the end of this
 * structure, @p stride bytes apart.
 */
struct rte_seqstat_writer {
	/** Sequence number, odd inside a section, and the spinlock of a shared writer. */
	alignas(__RTE_SEQSTAT_LINE) rte_seqlock_t lock;
	uint32_t stride;     /**< Number of bytes from one row to the next. */
	uint32_t n_rows;     /**< Number of rows. */
	uint32_t n_values;   /**< Number of values in a row. */
	uint32_t lcore_id;   /**< Lcore that counts here, or LCORE_ID_ANY for a shared writer. */
	/** Epoch of the snapshot in progress, or of one whose reader was killed; 0 if none. */
	const rte_seqstat_word_t *epoch;

	/* A section needs the following fields only while a snapshot is taken. */

	uintptr_t saved_offset; /**< Number of bytes from a unit to its saved copy. */
	uintptr_t tags_offset;  /**< Number of bytes from the block to the tag of the first unit. */
	uint32_t tag_shift;     /**< Binary logarithm of the bytes of rows for a byte of tags. */
	uint32_t unit_words;    /**< Number of words of a unit to save: up to its last value. */
	const char *name;       /**< Name of the set, for messages. */

	/** Epoch that the latest section read; in a cache line of its own, for readers to poll. */
	alignas(__RTE_SEQSTAT_LINE) rte_seqstat_word_t ack;

	/*
	 * The rows follow in the next cache line, in whole units, and later the saved copies of
	 * the units. The tag of a unit is the epoch for which the unit was saved last. It is the
	 * last word of the unit, if that is no value. Otherwise all tags lie in an array between
	 * the rows and the saved copies.
	 */
};

/**
 * A section in progress, from rte_seqstat_begin() or rte_seqstat_writer_begin().
 *
 * Keep it in a local variable, so that the compiler keeps the fields in registers. Applications
 * pass it to functions only.
 */
struct rte_seqstat_section {
	struct rte_seqstat_writer *writer; /**< Writer on which the section counts. */
	uint64_t epoch; /**< Epoch that the section read when it began; 0 without a snapshot. */
	uint32_t sn;    /**< Odd sequence number of the writer in this section. */
	bool shared;    /**< Whether the section holds the spinlock of a shared writer. */
};

/**
 * @internal
 * Order all earlier stores before all later stores.
 */
static inline void
__rte_seqstat_store_fence(void)
{
#ifdef RTE_ARCH_ARM64
	/* A release fence would be "dmb ish", which also waits for loads. */
	__asm__ volatile("dmb ishst" : : : "memory");
#else
	rte_atomic_thread_fence(rte_memory_order_release);
#endif
}

/**
 * @internal
 * Return the row at a distance in bytes from the first row of a writer.
 */
static inline struct rte_seqstat_row *
__rte_seqstat_row_at(const struct rte_seqstat_writer *w, size_t offset)
{
	return (struct rte_seqstat_row *)((uintptr_t)(w + 1) + offset);
}

/**
 * @internal
 * Return the first row of the unit that a row belongs to.
 */
static inline struct rte_seqstat_row *
__rte_seqstat_unit(const struct rte_seqstat_row *row)
{
	/* A row that is a unit of its own is also aligned to this size. */
	return (struct rte_seqstat_row *)((uintptr_t)row & ~(uintptr_t)(__RTE_SEQSTAT_UNIT - 1));
}

/**
 * @internal
 * Return the tag of a unit.
 */
static inline rte_seqstat_word_t *
__rte_seqstat_tag(const struct rte_seqstat_writer *w, const struct rte_seqstat_row *unit)
{
	const uintptr_t offset = (uintptr_t)unit - (uintptr_t)(w + 1);

	return (rte_seqstat_word_t *)((uintptr_t)w + w->tags_offset + (offset >> w->tag_shift));
}

/**
 * @internal
 * Return the address of a value in a row.
 */
static inline rte_seqstat_word_t *
__rte_seqstat_value(struct rte_seqstat_row *row, size_t index)
{
	return &(&row->first)[index];
}

/**
 * @internal
 * Load a value. A 32-bit machine loads it by halves: a reader discards a copy that may have one new
 * and one old half.
 */
static inline uint64_t
__rte_seqstat_value_load(const rte_seqstat_word_t *from)
{
#ifdef RTE_ARCH_64
	return rte_atomic_load_explicit(from, rte_memory_order_relaxed);
#else
	const __rte_seqstat_half_t *half = (const __rte_seqstat_half_t *)(uintptr_t)from;
	uint32_t h0 = rte_atomic_load_explicit(&half[0], rte_memory_order_relaxed);
	uint32_t h1 = rte_atomic_load_explicit(&half[1], rte_memory_order_relaxed);
	union { uint32_t half[2]; uint64_t whole; } u = { { h0, h1 } };

	return u.whole;
#endif
}

/**
 * @internal
 * Store a value; see __rte_seqstat_value_load().
 */
static inline void
__rte_seqstat_value_store(rte_seqstat_word_t *to, uint64_t n)
{
#ifdef RTE_ARCH_64
	rte_atomic_store_explicit(to, n, rte_memory_order_relaxed);
#else
	__rte_seqstat_half_t *half = (__rte_seqstat_half_t *)(uintptr_t)to;
	union { uint64_t whole; uint32_t half[2]; } u = { n };

	rte_atomic_store_explicit(&half[0], u.half[0], rte_memory_order_relaxed);
	rte_atomic_store_explicit(&half[1], u.half[1], rte_memory_order_relaxed);
#endif
}

/**
 * @internal
 * Load a word that only the calling writer changes.
 *
 * Accesses are plain here and in __rte_seqstat_own_store(), so that the compiler may merge them.
 * Readers discard a copy that may have half of a change, as with any section of rte_seqcount.
 * ThreadSanitizer does not know that, so the accesses are atomic for it.
 */
static inline uint64_t
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
 * Store a word that only the calling writer changes; see __rte_seqstat_own_load().
 */
static inline void
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
 * Save the unit of a row for the snapshot with an epoch, unless it is saved already. This is the
 * cold part of rte_seqstat_row().
 *
 * It is defined here and not in the library, so that the compiler knows which registers it
 * changes: otherwise each section would begin by saving its registers.
 */
static __rte_seqstat_preserve_most __rte_cold __rte_noinline __rte_unused void
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
	 * Pairs with the store-release of the epoch by the reader, which zeroes cleared rows
	 * before it. Otherwise the values of a row from before its clear could be saved for a
	 * snapshot after the clear.
	 */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	/* Count downwards: each register used here may be one that a section has to push. */
	for (i = w->unit_words; i-- > 0; )
		__rte_seqstat_value_store(__rte_seqstat_value(saved, i),
				__rte_seqstat_value_load(__rte_seqstat_value(unit, i)));
	/*
	 * Pairs with the reader's load-acquire of the tag, and with its acquire fence after the
	 * second load of the tag. Otherwise a reader could see the tag without the saved words,
	 * and would copy words that were saved for an earlier snapshot.
	 */
	rte_atomic_store_explicit(tag, epoch, rte_memory_order_release);
	/*
	 * Pairs with the reader's acquire fence before the second load of the tag. Otherwise a
	 * reader could see what this section stores in the unit, but not the tag, and would keep
	 * a part of the section.
	 */
	__rte_seqstat_store_fence();
}

/* Checks of code that is compiled with RTE_ENABLE_ASSERT: they name the set and panic. */
#ifdef RTE_ENABLE_ASSERT

#define __RTE_SEQSTAT_ASSERT(w, condition, format, ...) do { \
	if (unlikely(!(condition))) \
		rte_panic("set '%s': " format "\n", (w)->name, __VA_ARGS__); \
} while (0)

/**
 * @internal
 * A row that the calling thread recently got in this source file, and the writer of the row.
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

/* Experimental functions may call each other only then. */
#if defined(ALLOW_EXPERIMENTAL_API) || defined(__DOXYGEN__)

/**
 * Begin a section on the writer of the calling lcore.
 *
 * Only the lcore that got the writer from rte_seqstat_writer() may use it. Keep a section short,
 * because a snapshot may wait for its end. Sections of different sets may nest if all of them are
 * on writers of lcores; see rte_seqstat_begin() for the shared writer. Sections of one writer must
 * not nest: if the previous section was not ended, the new one continues it, and a snapshot may
 * show the first without the second.
 *
 * @code{.c}
 * struct rte_seqstat_writer *w = rte_seqstat_writer(set);
 *
 * while (running) {
 *	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);
 *
 *	rte_seqstat_add(rte_seqstat_row(&sec, port_id), RX_PACKETS, n);
 *	rte_seqstat_end(&sec);
 * }
 * @endcode
 *
 * Memory order: changes of the section become visible after its begin. What the calling thread
 * received by a load-acquire before happened before the section.
 *
 * @param w
 *   The writer.
 * @return
 *   The section, for rte_seqstat_row() and rte_seqstat_end().
 */
__rte_experimental
static inline struct rte_seqstat_section
rte_seqstat_writer_begin(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec;

	sec.writer = w;
	/* The compiler sees this where the function is inlined, and drops a branch of the end. */
	sec.shared = false;
	sec.sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed);
	__RTE_SEQSTAT_ASSERT(w, w->lcore_id == LCORE_ID_ANY || w->lcore_id == rte_lcore_id(),
		"a section begins on lcore %d, the writer is lcore %u's", (int)rte_lcore_id(),
		w->lcore_id);
	__RTE_SEQSTAT_ASSERT(w, (sec.sn & 1) == 0, "a section begins inside number %u",
		sec.sn);
	/* The number is already odd if the caller did not end the previous section. */
	sec.sn |= 1;
	rte_atomic_store_explicit(&w->lock.count.sn, sec.sn, rte_memory_order_relaxed);
	/*
	 * Order the odd number before the stores of this section: pairs with the acquire fence
	 * before the second load of the number, in the reader's copy of an idle writer and in
	 * rte_seqcount_read_retry(). Otherwise a reader could keep a part of this section.
	 *
	 * Order earlier sections before the acknowledgment: pairs with the reader's load-acquire
	 * of the acknowledgment. Otherwise a reader could miss a part of an earlier section.
	 */
	__rte_seqstat_store_fence();
	sec.epoch = rte_atomic_load_explicit(w->epoch, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&w->ack, sec.epoch, rte_memory_order_relaxed);

	return sec;
}

/**
 * @internal
 * Begin a section on a shared writer, and take its spinlock, which rte_seqstat_end() releases.
 */
static inline struct rte_seqstat_section
__rte_seqstat_shared_begin(struct rte_seqstat_writer *w)
	__rte_no_thread_safety_analysis
{
	struct rte_seqstat_section sec;

	/*
	 * Pairs with the unlock at the end of the previous section. Otherwise this section could
	 * read an older epoch, sequence number or value.
	 */
	rte_spinlock_lock(&w->lock.lock);
	sec = rte_seqstat_writer_begin(w);
	sec.shared = true;

	return sec;
}

/**
 * A handle, from rte_seqstat_create() or rte_seqstat_lookup(): the access of the calling process to
 * a set.
 *
 * Applications access the fields by functions only.
 */
struct rte_seqstat {
	/** Number of entries in writers; 0 if the handle is closed or was inherited by fork(). */
	uint32_t n_writers;
	/** Writer of each lcore id; NULL if the lcore has not counted yet. */
	__extension__ struct rte_seqstat_writer *writers[0];
};

/**
 * Get the writer of the calling lcore, to fetch it once before a loop.
 *
 * In its first call, an lcore takes over the writer that an ended process left with the same lcore
 * id, or the library allocates one on the NUMA node of the calling thread. This call takes the
 * control lock up to twice, and waits up to a second each time. EAL's memory allocation may take
 * longer: in a secondary process, it may ask the primary process for memory, and waits seconds for
 * the answer. Later calls return the same writer at once.
 *
 * @param st
 *   The handle.
 * @return
 *   The writer, for the calling thread only and valid until the handle is closed; or NULL with
 *   rte_errno set, and the caller may use rte_seqstat_begin() instead:
 *   - EINVAL: st is NULL, the thread has no lcore id, or the handle is closed or was inherited by
 *     fork()
 *   - ENOMEM, ENOSPC: not enough memory, or the set has RTE_SEQSTAT_MAX_WRITERS writers. From now
 *     on the lcore counts on the shared writer, and later calls report ENOMEM.
 *   - ETIMEDOUT: a process was stopped while it held the control lock; a later call may return a
 *     writer
 */
__rte_experimental
struct rte_seqstat_writer *
rte_seqstat_writer(struct rte_seqstat *st);

/**
 * @internal
 * Begin a section on the writer of the calling lcore after making it, or on the shared writer.
 */
__rte_experimental
struct rte_seqstat_section
__rte_seqstat_begin_slow(struct rte_seqstat *st);

/**
 * Begin a section on any thread.
 *
 * On an lcore, the function does what rte_seqstat_writer_begin() does on the writer of the lcore.
 * The first call makes this writer. It allocates memory, which may take as long as in
 * rte_seqstat_writer(): call that function on the lcore before the loop. If the control lock is not
 * free within 10 microseconds, the section uses the shared writer instead, and the next call tries
 * again. A thread without an lcore id always counts on the shared writer of its process.
 *
 * The shared writer has a spinlock, which rte_seqstat_end() releases, so that its sections wait for
 * each other. A thread that a spinning thread of higher priority may preempt must not use it.
 *
 * A thread on a shared writer must end its section before it begins another one, of any set.
 * Otherwise, it waits for itself in a section of the same set; and two threads that nest sections
 * of two sets in opposite order wait for each other for ever. An lcore that nests sections of
 * several sets gets a writer for each from rte_seqstat_writer() first.
 *
 * For an example see rte_seqstat.h.
 *
 * @param st
 *   The handle.
 * @return
 *   The section, for rte_seqstat_row() and rte_seqstat_end().
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
 * Get a row to change it in a section.
 *
 * @param sec
 *   The section.
 * @param row
 *   Number of the row, from 0 to the number of rows of the set minus 1. The range is checked only
 *   with RTE_ENABLE_ASSERT: a larger number corrupts other memory.
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
	 * Without a snapshot the epoch is 0, and no tag and no saved word is accessed. What the
	 * section stores in the row depends on this branch, which pairs with the reader's
	 * store-release of the epoch's end. Otherwise the reader of the ended epoch could see a
	 * part of this section.
	 */
	if (unlikely(sec->epoch != 0))
		__rte_seqstat_row_save(sec->writer, at, sec->epoch);

	return at;
}

/**
 * Add a number to a counter.
 *
 * @param row
 *   Row of the section in progress.
 * @param index
 *   Index of the counter in the schema.
 * @param n
 *   Number to add. The counter wraps at 2^64.
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
 * Set a gauge to a level.
 *
 * Each writer has a level of its own. A total of a snapshot is the sum of the levels.
 *
 * @param row
 *   Row of the section in progress.
 * @param index
 *   Index of the gauge in the schema.
 * @param level
 *   New level of this writer.
 */
__rte_experimental
static inline void
rte_seqstat_gauge_set(struct rte_seqstat_row *row, unsigned int index, uint64_t level)
{
	__rte_seqstat_assert_value(row, index);
	__rte_seqstat_own_store(__rte_seqstat_value(row, index), level);
}

/**
 * Return the upper bound of a bucket.
 *
 * @param buckets
 *   Buckets of the histogram.
 * @param bucket
 *   Index of the bucket: 0 to n_bounds - 1, as the last bucket has no bound.
 * @return
 *   The bound: the greatest observation that the bucket counts.
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
 * Return the bucket of an observation, which is the inverse of rte_seqstat_bucket_bound().
 */
static inline uint32_t
__rte_seqstat_bucket(const struct rte_seqstat_buckets *buckets, uint64_t n)
{
	/* A bound belongs to the bucket below. */
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
 * Add several equal observations to a histogram, at the cost of one.
 *
 * An example is the delay of all packets of a burst. If the buckets are a static constant, the
 * compiler emits only the code for their kind: a search from the lowest bound on, or for
 * log-linear buckets a few instructions without a search.
 *
 * @param row
 *   Row of the section in progress.
 * @param index
 *   Index of the first value of the histogram, see rte_seqstat_first_value().
 * @param buckets
 *   Buckets of the histogram, the same as in the schema.
 * @param n
 *   The observation, in the unit of the histogram.
 * @param times
 *   Number of observations.
 */
__rte_experimental
static inline void
rte_seqstat_observe_times(struct rte_seqstat_row *row, unsigned int index,
		const struct rte_seqstat_buckets *buckets, uint64_t n, uint64_t times)
{
	/* The sum is the last value: if it is in range, all buckets are. */
	__rte_seqstat_assert_value(row, index + buckets->n_bounds + 1);
	rte_seqstat_add(row, index + __rte_seqstat_bucket(buckets, n), times);
	rte_seqstat_add(row, index + buckets->n_bounds + 1, n * times);
}

/**
 * Add an observation to a histogram.
 *
 * @code{.c}
 * const int first = rte_seqstat_first_value(set, SIZE);
 *
 * rte_seqstat_observe(row, first, &size_buckets, pkt->pkt_len);
 * @endcode
 *
 * @param row
 *   Row of the section in progress.
 * @param index
 *   Index of the first value of the histogram, see rte_seqstat_first_value().
 * @param buckets
 *   Buckets of the histogram, the same as in the schema; see rte_seqstat_observe_times().
 * @param n
 *   The observation, in the unit of the histogram.
 */
__rte_experimental
static inline void
rte_seqstat_observe(struct rte_seqstat_row *row, unsigned int index,
		const struct rte_seqstat_buckets *buckets, uint64_t n)
{
	rte_seqstat_observe_times(row, index, buckets, n, 1);
}

/**
 * End a section, so that snapshots can see it.
 *
 * Memory order: the end is a store-release of all changes of the section.
 *
 * @param sec
 *   The section. Its rows must not be used after the call.
 */
__rte_experimental
static inline void
rte_seqstat_end(const struct rte_seqstat_section *sec)
	__rte_no_thread_safety_analysis
{
	__RTE_SEQSTAT_ASSERT(sec->writer, sec->writer->lock.count.sn == sec->sn,
		"section %u ends, but is not open", sec->sn);
	/*
	 * Pairs with the load-acquire of the number in the reader's copy of an idle writer and in
	 * rte_seqcount_read_begin(). Otherwise a reader could see the even number without all
	 * stores of the section, and would keep a part of it.
	 */
	rte_atomic_store_explicit(&sec->writer->lock.count.sn, sec->sn + 1,
			rte_memory_order_release);
	if (unlikely(sec->shared))
		rte_spinlock_unlock(&sec->writer->lock.lock);
}

#endif /* ALLOW_EXPERIMENTAL_API */

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_SECTION_H */
