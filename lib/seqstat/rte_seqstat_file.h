/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_FILE_H
#define RTE_SEQSTAT_FILE_H

/**
 * @file
 *
 * The stat file: cuts that an application publishes, and a reader of them
 *
 * Needs no DPDK, only Linux and C11 or C++17. With -std=c11 a program defines _POSIX_C_SOURCE as
 * 200809L; the compiler's default needs nothing.
 *
 * The reader copies by pread() into memory of its own, then checks: a file that is damaged,
 * truncated or hostile yields an error. Functions return 0 or a negative errno that
 * rte_seqstat_file_strerror() describes. One thread at a time uses a struct rte_seqstat_file.
 *
 * All numbers are in the byte order of the publisher. All structures and tables begin at multiples
 * of 8 bytes. Texts end with NUL. Offsets count bytes from the beginning of the file.
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

/* Of Linux, on all machines; the C library defines it only with _GNU_SOURCE. */
#if !defined(F_OFD_GETLK) && !defined(__DOXYGEN__)
#define F_OFD_GETLK 36
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RTE_SEQSTAT_FILE_MAGIC "SEQSTATF" /**< Without its NUL. */
#define RTE_SEQSTAT_FILE_BYTE_ORDER UINT32_C(0x01020304)
#define RTE_SEQSTAT_FILE_VERSION 1 /**< Another version is another format. */

#define RTE_SEQSTAT_FILE_NAMESIZE 24
#define RTE_SEQSTAT_FILE_HELPSIZE 96
#define RTE_SEQSTAT_FILE_LABELSIZE 64
#define RTE_SEQSTAT_FILE_MAX_LABELS 4
#define RTE_SEQSTAT_FILE_MAX_COUNTERS 128
#define RTE_SEQSTAT_FILE_MAX_VALUES 1024
#define RTE_SEQSTAT_FILE_MAX_ROWS (UINT32_C(1) << 20)
#define RTE_SEQSTAT_FILE_MAX_BALANCES 8
#define RTE_SEQSTAT_FILE_MAX_WRITERS 1024
#define RTE_SEQSTAT_FILE_MAX_LOG_PARTS 8

/** Most bytes of descriptions, of a record, and of a set's log that a reader allocates. */
#ifndef RTE_SEQSTAT_FILE_LIMIT
#define RTE_SEQSTAT_FILE_LIMIT (UINT64_C(1) << 30)
#endif

/** Of the file: values are those of each writer, not their sums. */
#define RTE_SEQSTAT_FILE_PER_WRITER UINT32_C(1)

/* Of a record, cut or writer; the first four as those of rte_seqstat_snapshot_flags(). */
#define RTE_SEQSTAT_FILE_STALE   UINT32_C(1)  /**< Values are those of an earlier record. */
#define RTE_SEQSTAT_FILE_UNREAD  UINT32_C(2)  /**< Has no values yet; they are 0. */
#define RTE_SEQSTAT_FILE_TORN    UINT32_C(4)  /**< A section was left unfinished. */
#define RTE_SEQSTAT_FILE_NO_CUT  UINT32_C(8)  /**< The machine does not promise a cut. */
#define RTE_SEQSTAT_FILE_CROWDED UINT32_C(16) /**< A shared writer that lcores use, too. */

/** The beginning of the file. Only the last two numbers change. */
struct rte_seqstat_file_header {
	char magic[8];          /**< RTE_SEQSTAT_FILE_MAGIC */
	uint32_t byte_order;    /**< RTE_SEQSTAT_FILE_BYTE_ORDER */
	uint32_t version;       /**< RTE_SEQSTAT_FILE_VERSION */
	uint64_t file_size;     /**< Bytes of the file. */
	uint64_t meta_size;     /**< Bytes of this header and the descriptions. */
	uint64_t records;       /**< Offset of the ring of records. */
	uint64_t record_size;   /**< Bytes from one place in the ring to the next. */
	uint32_t n_records;     /**< Places in the ring: at least 2. */
	uint32_t n_sets;        /**< Sets; their descriptions follow the header. */
	uint32_t flags;         /**< RTE_SEQSTAT_FILE_PER_WRITER */
	int32_t pid;            /**< Of the publisher, in its PID namespace. */
	uint64_t period_ns;     /**< Time from one record to the next. */
	uint64_t realtime_ns;   /**< CLOCK_REALTIME when the file was made, */
	uint64_t monotonic_ns;  /**< and CLOCK_MONOTONIC. */
	char prefix[64];        /**< The file prefix of the application. */
	uint64_t reserved[5];
	uint64_t head;          /**< Number of the newest record that is complete; 0: none. */
	uint64_t replaced_ns;   /**< CLOCK_REALTIME when another file took the path; 0: not yet. */
};

/** Description of a set. */
struct rte_seqstat_file_set {
	char name[RTE_SEQSTAT_FILE_NAMESIZE];
	char labels[RTE_SEQSTAT_FILE_MAX_LABELS][RTE_SEQSTAT_FILE_NAMESIZE]; /**< Names. */
	uint64_t birth_ns;      /**< When the set was created: CLOCK_REALTIME, unique. */
	uint32_t n_labels;
	uint32_t n_rows;
	uint32_t n_counters;
	uint32_t n_values;      /**< Of a row. */
	uint32_t n_balances;
	uint32_t max_writers;   /**< For which a record has room. */
	uint64_t counters;      /**< Offset of the counters, */
	uint64_t balances;      /**< and of the balances. */
	uint64_t log;           /**< Offset of the log of rows, */
	uint64_t log_size;      /**< and the bytes it has room for. */
};

/** Description of a counter. */
struct rte_seqstat_file_counter {
	char name[RTE_SEQSTAT_FILE_NAMESIZE];
	char unit[RTE_SEQSTAT_FILE_NAMESIZE]; /**< Or "". */
	char help[RTE_SEQSTAT_FILE_HELPSIZE]; /**< Or "". */
	uint32_t type;          /**< 0: counter, 1: gauge, 2: histogram. */
	uint32_t first_value;   /**< Where its values begin in a row. */
	uint32_t n_bounds;      /**< Of a histogram; it has two values more. Else 0. */
	uint32_t log_parts;     /**< Of log-linear buckets; see RTE_SEQSTAT_BUCKETS_LOG(). */
	uint64_t bounds;        /**< Offset of the upper bounds: 64-bit numbers. */
};

/** Description of a balance. */
struct rte_seqstat_file_balance {
	char name[RTE_SEQSTAT_FILE_NAMESIZE];
	int32_t coefficients[RTE_SEQSTAT_FILE_MAX_COUNTERS]; /**< By counter. */
};

/**
 * An entry of a set's log of rows: from now on a row has a generation, and labels or none.
 *
 * The text of the labels follows, each with its NUL, and zeroes up to a multiple of 8 bytes.
 */
struct rte_seqstat_file_entry {
	uint32_t size;          /**< Bytes with the text. */
	uint32_t row;
	uint32_t generation;    /**< How often the row was cleared. */
	uint32_t n_labels;      /**< As many as the set has, or 0. */
};

/** The beginning of a record. For each set follows a cut and what belongs to it. */
struct rte_seqstat_file_record {
	uint64_t sn;            /**< Twice the record's number; one less while it is written. */
	uint64_t size;          /**< Bytes in use. */
	uint64_t realtime_ns;   /**< CLOCK_REALTIME when the record was written, */
	uint64_t monotonic_ns;  /**< and CLOCK_MONOTONIC at the same time. */
	uint32_t flags;         /**< Of all cuts together. */
	uint32_t reserved[3];
};

/**
 * A set in a record.
 *
 * There follow n_balances signed sums, n_values retired values, n_writers writers, and the values:
 * of all rows, or of each writer all rows.
 */
struct rte_seqstat_file_cut {
	uint64_t number;        /**< Sets with the same number are one cut; 0: never read. */
	uint64_t monotonic_ns;  /**< Time of the cut. */
	uint64_t log_size;      /**< Bytes of the set's log that apply. */
	uint32_t flags;         /**< Of all writers together. */
	uint32_t n_writers;
	/* How snapshots of the set went since its creation, as struct rte_seqstat_self. */
	uint64_t snapshots;     /**< Snapshots by any reader, with all writers or without some. */
	uint64_t read_idle;     /**< Writers read between two sections. */
	uint64_t read_acked;    /**< Writers read because a section acknowledged the snapshot. */
	uint64_t rows_saved;    /**< Rows read from where the writer had saved them. */
	uint64_t missed;        /**< Writers that stayed inside a section. */
	uint64_t longest_ns;    /**< Longest snapshot. */
};

/** A writer in a record. */
struct rte_seqstat_file_writer {
	uint32_t lcore_id;      /**< UINT32_MAX: shared by all threads without an lcore id. */
	int32_t socket_id;      /**< NUMA node. */
	int32_t pid;            /**< Process that counts here, in its PID namespace. */
	uint32_t flags;
	uint64_t n_torn;        /**< Unfinished sections since its creation, modulo 2^32. */
};

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

/** What a reader keeps of a set; pointers are valid after a read until the next one. */
struct rte_seqstat_file_part {
	const struct rte_seqstat_file_cut *cut;
	const int64_t *unaccounted;      /**< By balance. */
	const uint64_t *retired;         /**< Values that cleared rows had. */
	const struct rte_seqstat_file_writer *writers;
	const uint64_t *values;          /**< See rte_seqstat_file_values(). */
	char *log;                       /**< What was read of the log, */
	uint64_t log_read, log_done;     /**< its bytes, and those that the table below has. */
	uint32_t *entries;               /**< By row: where its latest entry begins, plus one. */
};

/** A reader. The descriptions were checked when the file was opened. */
struct rte_seqstat_file {
	int fd;
	const struct rte_seqstat_file_header *header;
	const struct rte_seqstat_file_set *sets;
	uint64_t number;                 /**< Of the record that was read; 0: none. */
	const struct rte_seqstat_file_record *record;
	struct rte_seqstat_file_part *parts; /**< By set. */
	char *meta, *mem;                /**< Memory of the descriptions and of the record. */
	uint64_t mem_size;
};

/** Describe an error. */
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

/** Read bytes. Returns 0, -EBADMSG: there are fewer, or a negative errno. */
static inline int
rte_seqstat_file_pread(const struct rte_seqstat_file *f, void *to, uint64_t size, uint64_t offset)
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

/** Return the length of a printable text with its NUL, or 0: it is none. */
static inline size_t
rte_seqstat_file_text(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && text[i] >= ' ' && text[i] <= '~'; i++)
		;

	return i < size && text[i] == '\0' ? i + 1 : 0;
}

/** Return whether a table lies in the descriptions. */
static inline bool
rte_seqstat_file_inside(const struct rte_seqstat_file_header *h, uint64_t offset, uint64_t n,
		size_t size)
{
	return offset % 8 == 0 && offset >= sizeof(*h) && offset <= h->meta_size &&
		n <= (h->meta_size - offset) / size;
}

/** Return the counters of a set. */
static inline const struct rte_seqstat_file_counter *
rte_seqstat_file_counters(const struct rte_seqstat_file *f, uint32_t set)
{
	return (const struct rte_seqstat_file_counter *)(const void *)
		(f->meta + f->sets[set].counters);
}

/** Return the balances of a set. */
static inline const struct rte_seqstat_file_balance *
rte_seqstat_file_balances(const struct rte_seqstat_file *f, uint32_t set)
{
	return (const struct rte_seqstat_file_balance *)(const void *)
		(f->meta + f->sets[set].balances);
}

/** Return the upper bounds of a histogram's buckets; one more bucket is above all of them. */
static inline const uint64_t *
rte_seqstat_file_bounds(const struct rte_seqstat_file *f,
		const struct rte_seqstat_file_counter *counter)
{
	return (const uint64_t *)(const void *)(f->meta + counter->bounds);
}

/** Return whether a counter's number of bounds fits to its log-linear buckets, if it has any. */
static inline bool
rte_seqstat_file_log_parts_valid(const struct rte_seqstat_file_counter *c)
{
	return c->log_parts == 0 || (c->log_parts <= RTE_SEQSTAT_FILE_MAX_LOG_PARTS &&
		c->n_bounds > 0 && c->n_bounds % (UINT32_C(1) << c->log_parts) == 0 &&
		c->n_bounds >> c->log_parts <= 64 - c->log_parts);
}

/** Check the description of a set. */
static inline bool
rte_seqstat_file_set_valid(const struct rte_seqstat_file *f, uint32_t set)
{
	const struct rte_seqstat_file_header *h = f->header;
	const struct rte_seqstat_file_set *s = &f->sets[set];
	const struct rte_seqstat_file_counter *c;
	uint64_t n = 0;
	uint32_t i;

	if (rte_seqstat_file_text(s->name, sizeof(s->name)) == 0 || s->n_rows == 0 ||
			s->n_rows > RTE_SEQSTAT_FILE_MAX_ROWS || s->n_counters == 0 ||
			s->n_counters > RTE_SEQSTAT_FILE_MAX_COUNTERS ||
			s->n_labels > RTE_SEQSTAT_FILE_MAX_LABELS ||
			s->n_balances > RTE_SEQSTAT_FILE_MAX_BALANCES ||
			s->max_writers > RTE_SEQSTAT_FILE_MAX_WRITERS || s->log % 8 != 0 ||
			s->log < h->meta_size || s->log > h->file_size ||
			s->log_size > h->file_size - s->log ||
			!rte_seqstat_file_inside(h, s->counters, s->n_counters, sizeof(*c)) ||
			!rte_seqstat_file_inside(h, s->balances, s->n_balances,
				sizeof(struct rte_seqstat_file_balance)))
		return false;
	for (i = 0; i < s->n_labels; i++)
		if (rte_seqstat_file_text(s->labels[i], sizeof(s->labels[i])) == 0)
			return false;
	for (i = 0; i < s->n_balances; i++)
		if (rte_seqstat_file_text(rte_seqstat_file_balances(f, set)[i].name,
				RTE_SEQSTAT_FILE_NAMESIZE) == 0)
			return false;
	c = rte_seqstat_file_counters(f, set);
	for (i = 0; i < s->n_counters; i++, c++) {
		if (rte_seqstat_file_text(c->name, sizeof(c->name)) == 0 ||
				rte_seqstat_file_text(c->unit, sizeof(c->unit)) == 0 ||
				rte_seqstat_file_text(c->help, sizeof(c->help)) == 0 ||
				c->type > 2 || (c->type == 2) != (c->n_bounds > 0) ||
				c->first_value != n || !rte_seqstat_file_log_parts_valid(c) ||
				(c->n_bounds > 0 && !rte_seqstat_file_inside(h, c->bounds,
					c->n_bounds, sizeof(uint64_t))))
			return false;
		n += c->n_bounds > 0 ? UINT64_C(2) + c->n_bounds : 1;
	}

	return n == s->n_values && n <= RTE_SEQSTAT_FILE_MAX_VALUES;
}

/** Check the header. Returns 0 or an error. */
static inline int
rte_seqstat_file_header_check(const struct rte_seqstat_file_header *h, uint64_t size)
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
			rte_seqstat_file_text(h->prefix, sizeof(h->prefix)) == 0 ||
			h->records % 8 != 0 || h->record_size % 8 != 0 ||
			h->records < h->meta_size || h->records > h->file_size ||
			h->record_size < sizeof(struct rte_seqstat_file_record) ||
			h->n_records < 2 ||
			h->n_records > (h->file_size - h->records) / h->record_size)
		return -EBADMSG;

	return h->meta_size > RTE_SEQSTAT_FILE_LIMIT ? -EFBIG : 0;
}

/** Close a file, also one that could not be opened. */
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

/** Read and check the descriptions of an open file. */
static inline int
rte_seqstat_file_describe(struct rte_seqstat_file *f)
{
	struct rte_seqstat_file_header h;
	struct stat st;
	uint32_t i;
	int ret;

	if (fstat(f->fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	ret = rte_seqstat_file_pread(f, &h, sizeof(h), 0);
	if (ret == 0)
		ret = rte_seqstat_file_header_check(&h, (uint64_t)st.st_size);
	if (ret != 0)
		return ret;
	f->meta = (char *)malloc((size_t)h.meta_size);
	if (f->meta == NULL)
		return -ENOMEM;
	ret = rte_seqstat_file_pread(f, f->meta, h.meta_size, 0);
	if (ret != 0)
		return ret;
	/* The one that was checked. */
	memcpy(f->meta, &h, sizeof(h));
	f->header = (const struct rte_seqstat_file_header *)(const void *)f->meta;
	f->sets = (const struct rte_seqstat_file_set *)(const void *)(f->meta + sizeof(h));
	for (i = 0; i < h.n_sets; i++)
		if (!rte_seqstat_file_set_valid(f, i))
			return -EBADMSG;
	f->parts = (struct rte_seqstat_file_part *)calloc((size_t)h.n_sets + 1, sizeof(*f->parts));

	return f->parts == NULL ? -ENOMEM : 0;
}

/** Open a file, and read its descriptions. It stays the same if another one takes the path. */
static inline int
rte_seqstat_file_open(struct rte_seqstat_file *f, const char *path)
{
	int ret;

	memset(f, 0, sizeof(*f));
	/* Of another file, such as a FIFO, nothing is waited for. */
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ret = f->fd < 0 ? -errno : rte_seqstat_file_describe(f);
	if (ret != 0)
		rte_seqstat_file_close(f);

	return ret;
}

/** Return whether the publisher no longer writes the file: it stopped, ended, or has another. */
static inline bool
rte_seqstat_file_gone(const struct rte_seqstat_file *f)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_RDLCK;

	return fcntl(f->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

/** Return whether another file took the path, or none is there: time to open it again. */
static inline bool
rte_seqstat_file_replaced(const struct rte_seqstat_file *f, const char *path)
{
	struct stat opened, found;
	uint64_t replaced_ns;

	return rte_seqstat_file_pread(f, &replaced_ns, sizeof(replaced_ns),
			offsetof(struct rte_seqstat_file_header, replaced_ns)) != 0 ||
		replaced_ns != 0 || fstat(f->fd, &opened) != 0 || stat(path, &found) != 0 ||
		opened.st_dev != found.st_dev || opened.st_ino != found.st_ino;
}

/** Get the numbers of the oldest and newest record. Returns 0 or -ENODATA: there is none. */
static inline int
rte_seqstat_file_range(const struct rte_seqstat_file *f, uint64_t *oldest, uint64_t *newest)
{
	int ret;

	/* It was not opened, or it was closed. */
	if (f->header == NULL)
		return -EBADF;
	ret = rte_seqstat_file_pread(f, newest, sizeof(*newest),
			offsetof(struct rte_seqstat_file_header, head));
	if (ret != 0)
		return ret;
	/* The next one may be overwriting the oldest already. */
	*oldest = *newest < f->header->n_records ? 1 : *newest - f->header->n_records + 2;

	return *newest == 0 || *newest > UINT64_MAX / 2 ? -ENODATA : 0;
}

/** Find the parts of a record that was read. */
static inline bool
rte_seqstat_file_parse(struct rte_seqstat_file *f)
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

/** Get memory for a record. */
static inline int
rte_seqstat_file_reserve(struct rte_seqstat_file *f, uint64_t size)
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

/** Read a record that was complete. Returns 0, -EAGAIN: it is overwritten, or an error. */
static inline int
rte_seqstat_file_copy(struct rte_seqstat_file *f, uint64_t number)
{
	const uint64_t offset = f->header->records +
		(number - 1) % f->header->n_records * f->header->record_size;
	uint64_t first, sn = 0;
	int ret;

	ret = rte_seqstat_file_reserve(f, sizeof(*f->record));
	/*
	 * At once, as much as the largest record before had. Whatever is copied first: the caller
	 * read the head before, so record and number were complete, and an older record cannot
	 * come with this number.
	 */
	first = f->mem_size;
	if (ret == 0)
		ret = rte_seqstat_file_pread(f, f->mem, first, offset);
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
		ret = rte_seqstat_file_reserve(f, f->record->size);
		if (ret == 0)
			ret = rte_seqstat_file_pread(f, f->mem + first, f->record->size - first,
					offset + first);
	}
	/* The next record in this place changes the number before all else. */
	if (ret == 0)
		ret = rte_seqstat_file_pread(f, &sn, sizeof(sn), offset);
	if (ret == 0 && sn != 2 * number)
		ret = -EAGAIN;

	return ret != 0 ? ret : rte_seqstat_file_parse(f) ? 0 : -EBADMSG;
}

/** Read a record. Returns 0, -ENODATA: there is no such record, or it expired, or an error. */
static inline int
rte_seqstat_file_read(struct rte_seqstat_file *f, uint64_t number)
{
	uint64_t oldest, newest;
	int ret = rte_seqstat_file_range(f, &oldest, &newest);

	f->number = 0;
	if (ret == 0 && (number < oldest || number > newest))
		ret = -ENODATA;
	if (ret == 0)
		ret = rte_seqstat_file_copy(f, number);
	if (ret == 0)
		f->number = number;

	return ret == -EAGAIN ? -ENODATA : ret;
}

/** Read the newest record. Returns 0, -ENODATA: there is none, -EAGAIN, or an error. */
static inline int
rte_seqstat_file_read_newest(struct rte_seqstat_file *f)
{
	uint64_t oldest, newest;
	int i, ret = -EAGAIN;

	f->number = 0;
	for (i = 0; i < 100 && ret == -EAGAIN; i++) {
		ret = rte_seqstat_file_range(f, &oldest, &newest);
		if (ret == 0)
			ret = rte_seqstat_file_copy(f, newest);
		if (ret == 0)
			f->number = newest;
	}

	return ret;
}

/**
 * Return the values of a row in the order of the schema, after a read that returned 0.
 *
 * @param writer
 *   Index of the writer if the file has RTE_SEQSTAT_FILE_PER_WRITER; else 0: the sums.
 */
static inline const uint64_t *
rte_seqstat_file_values(const struct rte_seqstat_file *f, uint32_t set, uint32_t writer,
		uint32_t row)
{
	const struct rte_seqstat_file_set *s = &f->sets[set];

	return f->parts[set].values + ((size_t)writer * s->n_rows + row) * s->n_values;
}

/** Enter what a set's log has up to a number of bytes, into zeroes from the beginning on. */
static inline int
rte_seqstat_file_log_apply(const struct rte_seqstat_file_set *s, struct rte_seqstat_file_part *p,
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
			length = rte_seqstat_file_text(p->log + at,
					(size_t)(p->log_done + e->size - at));
			if (length == 0 || length > RTE_SEQSTAT_FILE_LABELSIZE)
				return -EBADMSG;
		}
		p->entries[e->row] = (uint32_t)p->log_done + 1;
	}

	return 0;
}

/** Bring what is known of a set's rows to the record that was read. Returns 0 or an error. */
static inline int
rte_seqstat_file_log_read(struct rte_seqstat_file *f, uint32_t set)
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
		/* What was written there once does not change. */
		ret = rte_seqstat_file_pread(f, log + p->log_read, end - p->log_read,
				s->log + p->log_read);
		if (ret != 0)
			return ret;
		p->log_read = end;
	}
	if (end < p->log_done) {
		memset(p->entries, 0, s->n_rows * sizeof(*p->entries));
		p->log_done = 0;
	}

	return rte_seqstat_file_log_apply(s, p, end);
}

/**
 * Get the generation and the labels of a row, after a read that returned 0.
 *
 * @param[out] generation
 *   How often the row was cleared before the cut.
 * @param[out] labels
 *   Pointers to the values of the labels, valid until the next call.
 * @return
 *   The number of labels: as many as the set has, or 0; -ENODATA: no record was read; or
 *   another negative errno.
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
		ret = rte_seqstat_file_log_read(f, set);
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
