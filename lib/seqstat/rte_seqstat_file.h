/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_FILE_H
#define RTE_SEQSTAT_FILE_H

/**
 * @file
 *
 * Stat files: the format of the files in which an application publishes cuts, and a reader
 *
 * @warning
 * @b EXPERIMENTAL: functions in this file may change or disappear without notice.
 *
 * The file needs no DPDK, only Linux and C11 or C++17. With -std=c11, a program defines
 * _POSIX_C_SOURCE as 200809L; the default of the compiler needs nothing.
 *
 * A program that prints the first value of the first row of each set, in the newest record:
 *
 * @code{.c}
 * struct rte_seqstat_file f;
 * uint32_t set;
 * int ret;
 *
 * ret = rte_seqstat_file_open(&f, "/run/seqstat/rte.1234.seqstat");
 * if (ret == 0)
 *	ret = rte_seqstat_file_read_newest(&f);
 * for (set = 0; ret == 0 && set < f.header->n_sets; set++)
 *	printf("%s: %" PRIu64 "\n", f.sets[set].name,
 *		rte_seqstat_file_values(&f, set, 0, 0)[0]);
 * if (ret != 0)
 *	fprintf(stderr, "%s\n", rte_seqstat_file_strerror(ret));
 * rte_seqstat_file_close(&f);
 * @endcode
 *
 * The reader copies data by pread() into memory of its own, and checks it there, so that a damaged,
 * truncated or hostile file yields an error and nothing worse. It takes no lock, and does not
 * wait for the publisher. One thread at a time may use a struct rte_seqstat_file.
 *
 * Functions return 0 or a negative errno, which rte_seqstat_file_strerror() describes.
 *
 * Format: the header, the descriptions of sets with their counters and balances, a log of rows for
 * each set, and a ring of records. A record has one cut for each set. All numbers are in the byte
 * order of the publisher. All structures and tables begin at multiples of 8 bytes. Texts end with
 * NUL. Offsets are in bytes from the beginning of the file.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux has this number on all machines, but the C library defines it only with _GNU_SOURCE. */
#if !defined(F_OFD_GETLK) && !defined(__DOXYGEN__)
#define F_OFD_GETLK 36
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** First bytes of a stat file, without the terminating NUL. */
#define RTE_SEQSTAT_FILE_MAGIC "SEQSTATF"
/** Byte order of the header, as the publisher stores this number. */
#define RTE_SEQSTAT_FILE_BYTE_ORDER UINT32_C(0x01020304)
/** Version of the format. A reader refuses any other version. */
#define RTE_SEQSTAT_FILE_VERSION 1

/** Size in bytes of the name of a set, label, counter or balance, with the terminating NUL. */
#define RTE_SEQSTAT_FILE_NAMESIZE 24
/** Size in bytes of the help text of a counter, with the terminating NUL. */
#define RTE_SEQSTAT_FILE_HELPSIZE 96
/** Maximum size in bytes of the value of a label, with the terminating NUL. */
#define RTE_SEQSTAT_FILE_LABELSIZE 64
/** Maximum number of labels of a row. */
#define RTE_SEQSTAT_FILE_MAX_LABELS 4
/** Maximum number of counters in a set. */
#define RTE_SEQSTAT_FILE_MAX_COUNTERS 128
/** Maximum number of values in a row. */
#define RTE_SEQSTAT_FILE_MAX_VALUES 1024
/** Maximum number of rows in a set. */
#define RTE_SEQSTAT_FILE_MAX_ROWS (UINT32_C(1) << 20)
/** Maximum number of balances in a set. */
#define RTE_SEQSTAT_FILE_MAX_BALANCES 8
/** Maximum number of writers in a set. */
#define RTE_SEQSTAT_FILE_MAX_WRITERS 1024
/** Maximum binary logarithm of the parts of a power of two in log-linear buckets. */
#define RTE_SEQSTAT_FILE_MAX_LOG_PARTS 8

#ifndef RTE_SEQSTAT_FILE_LIMIT
/**
 * Maximum number of bytes that the reader allocates for the descriptions, for a record, and for the
 * log of a set. A program may define another limit, below 4 GiB, before it includes this file.
 */
#define RTE_SEQSTAT_FILE_LIMIT (UINT64_C(1) << 30)
#endif

/** Flag of a file: records have the values of each writer instead of their sums. */
#define RTE_SEQSTAT_FILE_PER_WRITER UINT32_C(1)
/** Flag of a file: its publisher has stopped, and other publishers must not remove it. */
#define RTE_SEQSTAT_FILE_KEPT       UINT32_C(2)

/* Flags of a record, cut or writer: the first four are those of rte_seqstat_snapshot_flags(). */

/** Flag: the values are those of an earlier record, because the writer was not read in time. */
#define RTE_SEQSTAT_FILE_STALE   UINT32_C(1)
/** Flag: the writer was never read; its values are 0. */
#define RTE_SEQSTAT_FILE_UNREAD  UINT32_C(2)
/** Flag: a section was left unfinished, and a part of it may be in the values. */
#define RTE_SEQSTAT_FILE_TORN    UINT32_C(4)
/** Flag: the machine does not guarantee that the values of all writers are one cut. */
#define RTE_SEQSTAT_FILE_NO_CUT  UINT32_C(8)
/** Flag: lcores count on this shared writer, because there was no memory for their own. */
#define RTE_SEQSTAT_FILE_CROWDED UINT32_C(16)

/** Header of the file. After the file was made, only head, replaced_ns and the last flag change. */
struct rte_seqstat_file_header {
	char magic[8];          /**< RTE_SEQSTAT_FILE_MAGIC. */
	uint32_t byte_order;    /**< RTE_SEQSTAT_FILE_BYTE_ORDER. */
	uint32_t version;       /**< RTE_SEQSTAT_FILE_VERSION. */
	uint64_t file_size;     /**< Size of the file in bytes. */
	uint64_t meta_size;     /**< Size of this header and the descriptions in bytes. */
	uint64_t records;       /**< Offset of the ring of records. */
	uint64_t record_size;   /**< Number of bytes from one slot of the ring to the next. */
	uint32_t n_records;     /**< Number of slots in the ring: 2 or more. */
	uint32_t n_sets;        /**< Number of sets, whose descriptions follow the header. */
	uint32_t flags;         /**< RTE_SEQSTAT_FILE_PER_WRITER, RTE_SEQSTAT_FILE_KEPT. */
	int32_t pid;            /**< Process id of the publisher, in its PID namespace. */
	uint64_t period_ns;     /**< Time from one record to the next in nanoseconds. */
	uint64_t realtime_ns;   /**< CLOCK_REALTIME in nanoseconds when the file was made. */
	uint64_t monotonic_ns;  /**< CLOCK_MONOTONIC in nanoseconds at the same time. */
	char prefix[64];        /**< EAL's file prefix of the application. */
	uint64_t reserved[5];   /**< 0. */
	uint64_t head;          /**< Number of the newest complete record; 0 if there is none. */
	/** CLOCK_REALTIME in nanoseconds when another file took the path; 0 before that. */
	uint64_t replaced_ns;
};

/** Description of a set. */
struct rte_seqstat_file_set {
	char name[RTE_SEQSTAT_FILE_NAMESIZE]; /**< Name of the set. */
	/** Names of the labels. */
	char labels[RTE_SEQSTAT_FILE_MAX_LABELS][RTE_SEQSTAT_FILE_NAMESIZE];
	/** Time of the creation by CLOCK_REALTIME in nanoseconds; no two sets have the same. */
	uint64_t birth_ns;
	uint32_t n_labels;      /**< Number of labels. */
	uint32_t n_rows;        /**< Number of rows. */
	uint32_t n_counters;    /**< Number of counters. */
	uint32_t n_values;      /**< Number of values in a row. */
	uint32_t n_balances;    /**< Number of balances. */
	uint32_t max_writers;   /**< Number of writers for which a record has room. */
	uint64_t counters;      /**< Offset of the counters. */
	uint64_t balances;      /**< Offset of the balances. */
	uint64_t log;           /**< Offset of the log of rows. */
	uint64_t log_size;      /**< Number of bytes for which the log has room. */
};

/** Description of a counter. */
struct rte_seqstat_file_counter {
	char name[RTE_SEQSTAT_FILE_NAMESIZE]; /**< Name of the counter. */
	char unit[RTE_SEQSTAT_FILE_NAMESIZE]; /**< Unit, or an empty text. */
	char help[RTE_SEQSTAT_FILE_HELPSIZE]; /**< Help text, or an empty text. */
	uint32_t type;          /**< 0 for a counter, 1 for a gauge, 2 for a histogram. */
	uint32_t first_value;   /**< Index of its first value in a row. */
	/** Number of bounds of a histogram, which has two values more than this; otherwise 0. */
	uint32_t n_bounds;
	uint32_t log_parts;     /**< As for RTE_SEQSTAT_BUCKETS_LOG(), or 0. */
	uint64_t bounds;        /**< Offset of the upper bounds, which are 64-bit numbers. */
};

/** Description of a balance. */
struct rte_seqstat_file_balance {
	char name[RTE_SEQSTAT_FILE_NAMESIZE]; /**< Name of the balance. */
	int32_t coefficients[RTE_SEQSTAT_FILE_MAX_COUNTERS]; /**< Coefficient of each counter. */
};

/**
 * Entry in the log of rows of a set: from this entry on, a row has this generation and these
 * labels.
 *
 * The values of the labels follow as text, each with its NUL, and zeroes up to a multiple of 8
 * bytes.
 */
struct rte_seqstat_file_entry {
	uint32_t size;          /**< Size of the entry in bytes, with the text. */
	uint32_t row;           /**< Number of the row. */
	uint32_t generation;    /**< Number of times that the row was cleared, modulo 2^32. */
	uint32_t n_labels;      /**< Number of labels of the set, or 0 if the row has none. */
};

/** Beginning of a record. A cut follows for each set, with the data of the set. */
struct rte_seqstat_file_record {
	/** Twice the number of the record; one less while the record is written. */
	uint64_t sn;
	uint64_t size;          /**< Number of bytes in use. */
	uint64_t realtime_ns;   /**< CLOCK_REALTIME in nanoseconds when it was written. */
	uint64_t monotonic_ns;  /**< CLOCK_MONOTONIC in nanoseconds at the same time. */
	uint32_t flags;         /**< Flags of all cuts together. */
	uint32_t reserved[3];   /**< 0. */
};

/**
 * Beginning of the data of a set in a record.
 *
 * The following parts come after it: n_balances signed balances; n_values retired values; n_writers
 * writers; and the values of all rows, either once as sums or for each writer.
 */
struct rte_seqstat_file_cut {
	/** Number of the cut: sets with the same number are one cut. 0 if never read. */
	uint64_t number;
	uint64_t monotonic_ns;  /**< Time of the cut by CLOCK_MONOTONIC in nanoseconds. */
	uint64_t log_size;      /**< Number of bytes of the log that apply to this record. */
	uint32_t flags;         /**< Flags of all writers together. */
	uint32_t n_writers;     /**< Number of writers at the cut. */
	uint64_t snapshots;     /**< As in struct rte_seqstat_self. */
	uint64_t read_idle;     /**< As in struct rte_seqstat_self. */
	uint64_t read_acked;    /**< As in struct rte_seqstat_self. */
	uint64_t rows_saved;    /**< As in struct rte_seqstat_self. */
	uint64_t missed;        /**< As in struct rte_seqstat_self. */
	uint64_t longest_ns;    /**< As in struct rte_seqstat_self. */
};

/** A writer in a record. */
struct rte_seqstat_file_writer {
	uint32_t lcore_id;      /**< Lcore id, or UINT32_MAX for a shared writer. */
	int32_t socket_id;      /**< NUMA node of its memory. */
	int32_t pid;            /**< Process id of its owner, in the PID namespace of the owner. */
	uint32_t flags;         /**< Flags of the writer. */
	/** Number of sections left unfinished since the writer was made, modulo 2^32. */
	uint64_t n_torn;
};

static_assert(RTE_SEQSTAT_FILE_LIMIT <= UINT32_MAX, "offsets in logs have 32 bits");
static_assert(sizeof(struct rte_seqstat_file_header) == 208, "size");
static_assert(offsetof(struct rte_seqstat_file_header, prefix) == 88, "offset");
static_assert(offsetof(struct rte_seqstat_file_header, head) == 192, "offset");
static_assert(sizeof(struct rte_seqstat_file_set) == 184, "size");
static_assert(offsetof(struct rte_seqstat_file_set, birth_ns) == 120, "offset");
static_assert(offsetof(struct rte_seqstat_file_set, counters) == 152, "offset");
static_assert(sizeof(struct rte_seqstat_file_counter) == 168, "size");
static_assert(offsetof(struct rte_seqstat_file_counter, type) == 144, "offset");
static_assert(sizeof(struct rte_seqstat_file_balance) == 536, "size");
static_assert(sizeof(struct rte_seqstat_file_entry) == 16, "size");
static_assert(sizeof(struct rte_seqstat_file_record) == 48, "size");
static_assert(sizeof(struct rte_seqstat_file_cut) == 80, "size");
static_assert(sizeof(struct rte_seqstat_file_writer) == 24, "size");

/**
 * A set in the record that was read.
 *
 * Pointers are valid from a read that returned 0 to the next read or the close of the file.
 */
struct rte_seqstat_file_part {
	const struct rte_seqstat_file_cut *cut; /**< Cut of the set. */
	const int64_t *unaccounted;             /**< Value of each balance. */
	const uint64_t *retired;                /**< Retired values. */
	const struct rte_seqstat_file_writer *writers; /**< Writers. */
	const uint64_t *values;                 /**< Use rte_seqstat_file_values(). */
	/** @cond internal */
	char *log;                              /* Copy of the log. */
	uint64_t log_read;                      /* Number of bytes in the copy. */
	uint64_t log_done;                      /* Number of bytes whose entries are noted below. */
	uint32_t *entries;                      /* By row: offset of its latest entry + 1, or 0. */
	/** @endcond */
};

/** An open file, with the record that was read. */
struct rte_seqstat_file {
	int fd;                                 /**< File descriptor; negative if closed. */
	const struct rte_seqstat_file_header *header; /**< Header, as it was at the open. */
	const struct rte_seqstat_file_set *sets; /**< Descriptions of the sets. */
	uint64_t number;                        /**< Number of the record; 0 if none was read. */
	const struct rte_seqstat_file_record *record; /**< The record that was read. */
	struct rte_seqstat_file_part *parts;    /**< Sets in the record, as in sets. */
	/** @cond internal */
	char *meta;                             /* Memory of the header and the descriptions. */
	char *mem;                              /* Memory of the record. */
	uint64_t mem_size;                      /* Size of the memory of the record. */
	/** @endcond */
};

/**
 * Return the text that describes an error.
 *
 * @param error
 *   Error that a function of this file returned: a negative errno.
 * @return
 *   The text. It may be overwritten by the next call, as that of strerror().
 */
static inline const char *
rte_seqstat_file_strerror(int error)
{
	switch (error) {
	case -EBADMSG:
		return "not a stat file, or a damaged one";
	case -EPROTOTYPE:
		return "made on a machine with another byte order";
	case -EPROTONOSUPPORT:
		return "another version of the format";
	case -EFBIG:
		return "larger than this reader allows";
	case -ENODATA:
		return "no such record any more, or not yet";
	case -EAGAIN:
		return "overwritten while it was read";
	default:
		return strerror(-error);
	}
}

/**
 * @internal
 * Read bytes at an offset. Returns 0, -EBADMSG if there are fewer, or a negative errno.
 */
static inline int
__rte_seqstat_file_pread(const struct rte_seqstat_file *f, void *to, uint64_t size, uint64_t offset)
{
	char *at = (char *)to;
	ssize_t n;

	for (; size > 0; size -= (uint64_t)n, offset += (uint64_t)n, at += n) {
		n = pread(f->fd, at, (size_t)size, (off_t)offset);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		n = n < 0 ? 0 : n;
	}

	return 0;
}

/**
 * @internal
 * Return the length of a text with its NUL, or 0 if it is not printable or has no NUL.
 */
static inline size_t
__rte_seqstat_file_text(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && text[i] >= ' ' && text[i] <= '~'; i++)
		;

	return i < size && text[i] == '\0' ? i + 1 : 0;
}

/**
 * @internal
 * Return whether a table of n entries lies in the descriptions.
 */
static inline bool
__rte_seqstat_file_inside(const struct rte_seqstat_file_header *h, uint64_t offset, uint64_t n,
		size_t size)
{
	return offset % 8 == 0 && offset >= sizeof(*h) && offset <= h->meta_size &&
		n <= (h->meta_size - offset) / size;
}

/**
 * Return the counters of a set.
 *
 * @param f
 *   File that was opened.
 * @param set
 *   Index of the set, below header->n_sets.
 * @return
 *   Array of n_counters counters, valid until the file is closed.
 */
static inline const struct rte_seqstat_file_counter *
rte_seqstat_file_counters(const struct rte_seqstat_file *f, uint32_t set)
{
	return (const struct rte_seqstat_file_counter *)(const void *)
		(f->meta + f->sets[set].counters);
}

/**
 * Return the balances of a set.
 *
 * @param f
 *   File that was opened.
 * @param set
 *   Index of the set, below header->n_sets.
 * @return
 *   Array of n_balances balances, valid until the file is closed.
 */
static inline const struct rte_seqstat_file_balance *
rte_seqstat_file_balances(const struct rte_seqstat_file *f, uint32_t set)
{
	return (const struct rte_seqstat_file_balance *)(const void *)
		(f->meta + f->sets[set].balances);
}

/**
 * Return the upper bounds of the buckets of a histogram. There is one more bucket above them.
 *
 * @param f
 *   File that was opened.
 * @param counter
 *   Histogram, from rte_seqstat_file_counters().
 * @return
 *   Array of n_bounds bounds, valid until the file is closed. The reader does not check that they
 *   ascend.
 */
static inline const uint64_t *
rte_seqstat_file_bounds(const struct rte_seqstat_file *f,
		const struct rte_seqstat_file_counter *counter)
{
	return (const uint64_t *)(const void *)(f->meta + counter->bounds);
}

/**
 * @internal
 * Return whether log-linear buckets have a possible number of bounds; true for other buckets.
 */
static inline bool
__rte_seqstat_file_log_parts_valid(const struct rte_seqstat_file_counter *c)
{
	return c->log_parts == 0 || (c->log_parts <= RTE_SEQSTAT_FILE_MAX_LOG_PARTS &&
		c->n_bounds > 0 && c->n_bounds % (UINT32_C(1) << c->log_parts) == 0 &&
		c->n_bounds >> c->log_parts <= 64 - c->log_parts);
}

/**
 * @internal
 * Return whether the description of a set is valid.
 */
static inline bool
__rte_seqstat_file_set_valid(const struct rte_seqstat_file *f, uint32_t set)
{
	const struct rte_seqstat_file_header *h = f->header;
	const struct rte_seqstat_file_set *s = &f->sets[set];
	const struct rte_seqstat_file_counter *c;
	uint64_t n = 0;
	uint32_t i;

	if (__rte_seqstat_file_text(s->name, sizeof(s->name)) == 0 || s->n_rows == 0 ||
			s->n_rows > RTE_SEQSTAT_FILE_MAX_ROWS || s->n_counters == 0 ||
			s->n_counters > RTE_SEQSTAT_FILE_MAX_COUNTERS ||
			s->n_labels > RTE_SEQSTAT_FILE_MAX_LABELS ||
			s->n_balances > RTE_SEQSTAT_FILE_MAX_BALANCES ||
			s->max_writers > RTE_SEQSTAT_FILE_MAX_WRITERS || s->log % 8 != 0 ||
			s->log < h->meta_size || s->log > h->file_size ||
			s->log_size > h->file_size - s->log ||
			!__rte_seqstat_file_inside(h, s->counters, s->n_counters, sizeof(*c)) ||
			!__rte_seqstat_file_inside(h, s->balances, s->n_balances,
				sizeof(struct rte_seqstat_file_balance)))
		return false;
	for (i = 0; i < s->n_labels; i++)
		if (__rte_seqstat_file_text(s->labels[i], sizeof(s->labels[i])) == 0)
			return false;
	for (i = 0; i < s->n_balances; i++)
		if (__rte_seqstat_file_text(rte_seqstat_file_balances(f, set)[i].name,
				RTE_SEQSTAT_FILE_NAMESIZE) == 0)
			return false;
	c = rte_seqstat_file_counters(f, set);
	for (i = 0; i < s->n_counters; i++, c++) {
		if (__rte_seqstat_file_text(c->name, sizeof(c->name)) == 0 ||
				__rte_seqstat_file_text(c->unit, sizeof(c->unit)) == 0 ||
				__rte_seqstat_file_text(c->help, sizeof(c->help)) == 0 ||
				c->type > 2 || (c->type == 2) != (c->n_bounds > 0) ||
				c->first_value != n || !__rte_seqstat_file_log_parts_valid(c) ||
				(c->n_bounds > 0 && !__rte_seqstat_file_inside(h, c->bounds,
					c->n_bounds, sizeof(uint64_t))))
			return false;
		n += c->n_bounds > 0 ? UINT64_C(2) + c->n_bounds : 1;
	}

	return n == s->n_values && n <= RTE_SEQSTAT_FILE_MAX_VALUES;
}

/**
 * @internal
 * Check the header of a file of some size. Returns 0 or a negative errno.
 */
static inline int
__rte_seqstat_file_header_check(const struct rte_seqstat_file_header *h, uint64_t size)
{
	if (memcmp(h->magic, RTE_SEQSTAT_FILE_MAGIC, sizeof(h->magic)) != 0)
		return -EBADMSG;
	if (h->byte_order == UINT32_C(0x04030201))
		return -EPROTOTYPE;
	if (h->byte_order != RTE_SEQSTAT_FILE_BYTE_ORDER)
		return -EBADMSG;
	if (h->version != RTE_SEQSTAT_FILE_VERSION)
		return -EPROTONOSUPPORT;
	if (h->file_size > size || h->meta_size < sizeof(*h) ||
			h->n_sets > (h->meta_size - sizeof(*h)) /
				sizeof(struct rte_seqstat_file_set) ||
			__rte_seqstat_file_text(h->prefix, sizeof(h->prefix)) == 0 ||
			h->records % 8 != 0 || h->record_size % 8 != 0 ||
			h->records < h->meta_size || h->records > h->file_size ||
			h->record_size < sizeof(struct rte_seqstat_file_record) ||
			h->n_records < 2 ||
			h->n_records > (h->file_size - h->records) / h->record_size)
		return -EBADMSG;

	return h->meta_size > RTE_SEQSTAT_FILE_LIMIT ? -EFBIG : 0;
}

/**
 * Close a file and free its memory.
 *
 * @param f
 *   File that was opened, or that could not be opened; a second close does nothing.
 */
static inline void
rte_seqstat_file_close(struct rte_seqstat_file *f)
{
	uint32_t i;

	for (i = 0; f->parts != NULL && i < f->header->n_sets; i++) {
		free(f->parts[i].log);
		free(f->parts[i].entries);
	}
	free(f->parts);
	free(f->meta);
	free(f->mem);
	if (f->fd >= 0)
		close(f->fd);
	memset(f, 0, sizeof(*f));
	f->fd = -1;
}

/**
 * @internal
 * Read and check the descriptions of an open file. Returns 0 or a negative errno.
 */
static inline int
__rte_seqstat_file_describe(struct rte_seqstat_file *f)
{
	struct rte_seqstat_file_header h;
	struct stat st;
	uint32_t i;
	int ret;

	if (fstat(f->fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	ret = __rte_seqstat_file_pread(f, &h, sizeof(h), 0);
	if (ret == 0)
		ret = __rte_seqstat_file_header_check(&h, (uint64_t)st.st_size);
	if (ret != 0)
		return ret;
	f->meta = (char *)malloc((size_t)h.meta_size);
	if (f->meta == NULL)
		return -ENOMEM;
	ret = __rte_seqstat_file_pread(f, f->meta, h.meta_size, 0);
	if (ret != 0)
		return ret;
	/* The file may have changed since the first read: keep the header that was checked. */
	memcpy(f->meta, &h, sizeof(h));
	f->header = (const struct rte_seqstat_file_header *)(const void *)f->meta;
	f->sets = (const struct rte_seqstat_file_set *)(const void *)(f->meta + sizeof(h));
	for (i = 0; i < h.n_sets; i++)
		if (!__rte_seqstat_file_set_valid(f, i))
			return -EBADMSG;
	f->parts = (struct rte_seqstat_file_part *)calloc((size_t)h.n_sets + 1, sizeof(*f->parts));

	return f->parts == NULL ? -ENOMEM : 0;
}

/**
 * Open a file, and read and check its descriptions.
 *
 * When the publisher replaces its file, the opened file keeps its records: see
 * rte_seqstat_file_replaced().
 *
 * @param[out] f
 *   The file. Unless the function returns 0, it is closed.
 * @param path
 *   Path of the file.
 * @return
 *   - 0: opened
 *   - -EBADMSG: not a stat file, or a damaged one
 *   - -EPROTOTYPE: the file is from a machine with another byte order
 *   - -EPROTONOSUPPORT: the file has another version of the format
 *   - -EFBIG: the descriptions are larger than RTE_SEQSTAT_FILE_LIMIT
 *   - -ENOMEM: not enough memory
 *   - others: errors of open(), fstat() and pread(), negative
 */
static inline int
rte_seqstat_file_open(struct rte_seqstat_file *f, const char *path)
{
	int ret;

	memset(f, 0, sizeof(*f));
	/* O_NONBLOCK: do not wait for the other end of a FIFO, which is then refused. */
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ret = f->fd < 0 ? -errno : __rte_seqstat_file_describe(f);
	if (ret != 0)
		rte_seqstat_file_close(f);

	return ret;
}

/**
 * Return whether no publisher writes the file any more.
 *
 * The publisher may have stopped or ended, or it may write another file instead. The records
 * in the file can still be read.
 *
 * @param f
 *   File that was opened.
 * @return
 *   True if no process has the publisher's lock on the file.
 */
static inline bool
rte_seqstat_file_gone(const struct rte_seqstat_file *f)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_RDLCK;

	return fcntl(f->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

/**
 * Return whether the path no longer leads to the opened file, so that it is time to open it again.
 *
 * Another file may have taken the path, or there may be no file.
 *
 * @param f
 *   File that was opened.
 * @param path
 *   Path with which the file was opened.
 * @return
 *   True if the file was replaced or removed, or if this cannot be found out.
 */
static inline bool
rte_seqstat_file_replaced(const struct rte_seqstat_file *f, const char *path)
{
	struct stat opened, found;
	uint64_t replaced_ns;

	return __rte_seqstat_file_pread(f, &replaced_ns, sizeof(replaced_ns),
			offsetof(struct rte_seqstat_file_header, replaced_ns)) != 0 ||
		replaced_ns != 0 || fstat(f->fd, &opened) != 0 || stat(path, &found) != 0 ||
		opened.st_dev != found.st_dev || opened.st_ino != found.st_ino;
}

/**
 * Get the numbers of the oldest and the newest record that can be read.
 *
 * The publisher may overwrite the oldest record before the caller reads it.
 *
 * @param f
 *   File that was opened.
 * @param[out] oldest
 *   Number of the oldest record.
 * @param[out] newest
 *   Number of the newest record.
 * @return
 *   - 0: the numbers are valid
 *   - -ENODATA: there is no record yet
 *   - -EBADF: the file is not open
 *   - -EBADMSG: the file was truncated
 *   - others: errors of pread(), negative
 */
static inline int
rte_seqstat_file_range(const struct rte_seqstat_file *f, uint64_t *oldest, uint64_t *newest)
{
	int ret;

	if (f->header == NULL)
		return -EBADF;
	ret = __rte_seqstat_file_pread(f, newest, sizeof(*newest),
			offsetof(struct rte_seqstat_file_header, head));
	if (ret != 0)
		return ret;
	/* The next record may already overwrite the oldest one: leave this out. */
	*oldest = *newest < f->header->n_records ? 1 : *newest - f->header->n_records + 2;

	return *newest == 0 || *newest > UINT64_MAX / 2 ? -ENODATA : 0;
}

/**
 * @internal
 * Find the parts of the record that was copied. Returns whether the record is valid.
 */
static inline bool
__rte_seqstat_file_parse(struct rte_seqstat_file *f)
{
	const uint64_t *at = (const uint64_t *)(const void *)(f->record + 1);
	uint64_t n, left = (f->record->size - sizeof(*f->record)) / sizeof(*at);
	const uint64_t head = sizeof(struct rte_seqstat_file_cut) / sizeof(*at);
	const struct rte_seqstat_file_set *s = f->sets;
	struct rte_seqstat_file_part *p = f->parts;

	for (; p < f->parts + f->header->n_sets; p++, s++) {
		p->cut = (const struct rte_seqstat_file_cut *)(const void *)at;
		if (left < head || p->cut->n_writers > s->max_writers ||
				p->cut->log_size > s->log_size)
			return false;
		n = (f->header->flags & RTE_SEQSTAT_FILE_PER_WRITER) != 0 ? p->cut->n_writers : 1;
		n = head + s->n_balances + s->n_values + 3 * (uint64_t)p->cut->n_writers +
			n * s->n_rows * s->n_values;
		if (left < n)
			return false;
		p->unaccounted = (const int64_t *)(const void *)(at + head);
		p->retired = at + head + s->n_balances;
		p->writers = (const struct rte_seqstat_file_writer *)(const void *)
			(p->retired + s->n_values);
		p->values = p->retired + s->n_values + 3 * (size_t)p->cut->n_writers;
		at += n;
		left -= n;
	}

	return left == 0;
}

/**
 * @internal
 * Reserve memory for a record. Returns 0 or -ENOMEM.
 */
static inline int
__rte_seqstat_file_reserve(struct rte_seqstat_file *f, uint64_t size)
{
	char *mem = f->mem;

	if (size > f->mem_size) {
		mem = (char *)realloc(f->mem, (size_t)size);
		if (mem == NULL)
			return -ENOMEM;
		f->mem = mem;
		f->mem_size = size;
	}
	f->record = (const struct rte_seqstat_file_record *)(const void *)mem;

	return 0;
}

/**
 * @internal
 * Copy a record that was complete before the call.
 *
 * Returns 0, -EAGAIN if the record is being overwritten, or another negative errno.
 */
static inline int
__rte_seqstat_file_copy(struct rte_seqstat_file *f, uint64_t number)
{
	const uint64_t offset = f->header->records +
		(number - 1) % f->header->n_records * f->header->record_size;
	uint64_t first, sn = 0;
	int ret;

	ret = __rte_seqstat_file_reserve(f, sizeof(*f->record));
	/*
	 * Copy the number together with as much as the largest record before had, in any order.
	 * The publisher stored the whole record before the head, which the caller has read: the
	 * copy contains no older data. If it contains newer data, the number has changed, and the
	 * second read of the number below finds that.
	 */
	first = f->mem_size;
	if (ret == 0)
		ret = __rte_seqstat_file_pread(f, f->mem, first, offset);
	if (ret != 0)
		return ret;
	if (f->record->sn != 2 * number)
		return -EAGAIN;
	if (f->record->size % 8 != 0 || f->record->size < sizeof(*f->record) ||
			f->record->size > f->header->record_size)
		return -EBADMSG;
	if (f->record->size > RTE_SEQSTAT_FILE_LIMIT)
		return -EFBIG;
	if (f->record->size > first) {
		ret = __rte_seqstat_file_reserve(f, f->record->size);
		if (ret == 0)
			ret = __rte_seqstat_file_pread(f, f->mem + first, f->record->size - first,
					offset + first);
	}
	/*
	 * The publisher changes the number before anything else when it overwrites the record:
	 * if the number is the same after the copy, the copy is of one record.
	 */
	if (ret == 0)
		ret = __rte_seqstat_file_pread(f, &sn, sizeof(sn), offset);
	if (ret == 0 && sn != 2 * number)
		ret = -EAGAIN;

	return ret != 0 ? ret : __rte_seqstat_file_parse(f) ? 0 : -EBADMSG;
}

/**
 * Read a record.
 *
 * @param f
 *   File that was opened. If the function returns 0, f->record and f->parts have the record.
 * @param number
 *   Number of the record, in the range of rte_seqstat_file_range().
 * @return
 *   - 0: the record was read
 *   - -ENODATA: there is no such record, or the publisher has overwritten it
 *   - -EBADMSG: the file is damaged
 *   - -EFBIG: the record is larger than RTE_SEQSTAT_FILE_LIMIT
 *   - -ENOMEM: not enough memory
 *   - others: as rte_seqstat_file_range()
 */
static inline int
rte_seqstat_file_read(struct rte_seqstat_file *f, uint64_t number)
{
	uint64_t oldest, newest;
	int ret = rte_seqstat_file_range(f, &oldest, &newest);

	f->number = 0;
	if (ret == 0 && (number < oldest || number > newest))
		ret = -ENODATA;
	if (ret == 0)
		ret = __rte_seqstat_file_copy(f, number);
	if (ret == 0)
		f->number = number;

	return ret == -EAGAIN ? -ENODATA : ret;
}

/**
 * Read the newest record.
 *
 * @param f
 *   File that was opened. If the function returns 0, f->record and f->parts have the record.
 * @return
 *   - 0: the record was read
 *   - -ENODATA: there is no record yet
 *   - -EAGAIN: in a hundred attempts, the publisher overwrote the record during the read
 *   - others: as rte_seqstat_file_read()
 */
static inline int
rte_seqstat_file_read_newest(struct rte_seqstat_file *f)
{
	uint64_t oldest, newest;
	int i, ret = -EAGAIN;

	f->number = 0;
	for (i = 0; i < 100 && ret == -EAGAIN; i++) {
		ret = rte_seqstat_file_range(f, &oldest, &newest);
		if (ret == 0)
			ret = __rte_seqstat_file_copy(f, newest);
		if (ret == 0)
			f->number = newest;
	}

	return ret;
}

/**
 * Return the values of a row in the record that was read.
 *
 * The function checks nothing: the last read returned 0, and the arguments are in range.
 *
 * @param f
 *   File with a record.
 * @param set
 *   Index of the set, below header->n_sets.
 * @param writer
 *   In a file with RTE_SEQSTAT_FILE_PER_WRITER, index of the writer, below cut->n_writers. In other
 *   files 0, for the sums over all writers.
 * @param row
 *   Number of the row, below n_rows of the set.
 * @return
 *   Array of n_values values in the order of the schema, valid until the next read.
 */
static inline const uint64_t *
rte_seqstat_file_values(const struct rte_seqstat_file *f, uint32_t set, uint32_t writer,
		uint32_t row)
{
	const struct rte_seqstat_file_set *s = &f->sets[set];

	return f->parts[set].values + ((size_t)writer * s->n_rows + row) * s->n_values;
}

/**
 * @internal
 * Note the latest entry of each row in the log of a set, up to an end. Returns 0 or an error.
 */
static inline int
__rte_seqstat_file_log_apply(const struct rte_seqstat_file_set *s, struct rte_seqstat_file_part *p,
		uint64_t end)
{
	const struct rte_seqstat_file_entry *e;
	uint64_t at, length;
	uint32_t i;

	for (; p->log_done < end; p->log_done += e->size) {
		at = p->log_done;
		e = (const struct rte_seqstat_file_entry *)(const void *)(p->log + at);
		if (end - at < sizeof(*e) || e->size % 8 != 0 || e->size < sizeof(*e) ||
				e->size > end - at || e->row >= s->n_rows ||
				(e->n_labels != 0 && e->n_labels != s->n_labels))
			return -EBADMSG;
		at += sizeof(*e);
		for (i = 0; i < e->n_labels; i++, at += length) {
			length = __rte_seqstat_file_text(p->log + at,
					(size_t)(p->log_done + e->size - at));
			if (length == 0 || length > RTE_SEQSTAT_FILE_LABELSIZE)
				return -EBADMSG;
		}
		p->entries[e->row] = (uint32_t)p->log_done + 1;
	}

	return 0;
}

/**
 * @internal
 * Note the latest entry of each row at the time of the record. Returns 0 or a negative errno.
 */
static inline int
__rte_seqstat_file_log_read(struct rte_seqstat_file *f, uint32_t set)
{
	const struct rte_seqstat_file_set *s = &f->sets[set];
	struct rte_seqstat_file_part *p = &f->parts[set];
	const uint64_t end = p->cut->log_size;
	char *log;
	int ret;

	if (end > RTE_SEQSTAT_FILE_LIMIT)
		return -EFBIG;
	if (p->entries == NULL)
		p->entries = (uint32_t *)calloc(s->n_rows, sizeof(*p->entries));
	if (p->entries == NULL)
		return -ENOMEM;
	if (end > p->log_read) {
		log = (char *)realloc(p->log, (size_t)end);
		if (log == NULL)
			return -ENOMEM;
		p->log = log;
		/* The publisher only appends: earlier parts are still valid. */
		ret = __rte_seqstat_file_pread(f, log + p->log_read, end - p->log_read,
				s->log + p->log_read);
		if (ret != 0)
			return ret;
		p->log_read = end;
	}
	if (end < p->log_done) {
		memset(p->entries, 0, s->n_rows * sizeof(*p->entries));
		p->log_done = 0;
	}

	return __rte_seqstat_file_log_apply(s, p, end);
}

/**
 * Get the generation and the labels of a row in the record that was read.
 *
 * @code{.c}
 * if (rte_seqstat_file_labels(&f, set, row, &generation, labels) > 0)
 *	printf("%s: %s\n", f.sets[set].labels[0], labels[0]);
 * @endcode
 *
 * @param f
 *   File with a record.
 * @param set
 *   Index of the set, below header->n_sets.
 * @param row
 *   Number of the row, below n_rows of the set.
 * @param[out] generation
 *   Number of times that the row was cleared before the cut, modulo 2^32.
 * @param[out] labels
 *   Values of the labels, valid until the next call for this set.
 * @return
 *   The number of labels, which is that of the set, or 0 if the row has none; or a negative error:
 *   - -ENODATA: no record was read
 *   - -EBADMSG: the file is damaged
 *   - -EFBIG: the log is larger than RTE_SEQSTAT_FILE_LIMIT
 *   - -ENOMEM: not enough memory
 *   - others: errors of pread(), negative
 */
static inline int
rte_seqstat_file_labels(struct rte_seqstat_file *f, uint32_t set, uint32_t row,
		uint32_t *generation, const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS])
{
	struct rte_seqstat_file_part *p = &f->parts[set];
	const struct rte_seqstat_file_entry *e;
	const char *text;
	uint32_t i;
	int ret;

	*generation = 0;
	if (f->number == 0)
		return -ENODATA;
	if (p->entries == NULL || p->log_done != p->cut->log_size) {
		ret = __rte_seqstat_file_log_read(f, set);
		if (ret != 0)
			return ret;
	}
	if (p->entries[row] == 0)
		return 0;
	e = (const struct rte_seqstat_file_entry *)(const void *)(p->log + p->entries[row] - 1);
	*generation = e->generation;
	text = (const char *)(e + 1);
	for (i = 0; i < e->n_labels; i++, text += strlen(text) + 1)
		labels[i] = text;

	return (int)e->n_labels;
}

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_FILE_H */
