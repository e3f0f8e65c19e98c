/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The reader of stat files reads the input as a file. The first byte of the input limits the size
 * of each read.
 *
 * Whatever the file, the reader returns a known error, or texts and numbers within the limits of
 * the format; sanitizers find invalid memory accesses.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static const uint8_t *content;
static size_t content_size, piece;

/* Replacements of pread() and fstat(), which return the input. */
static ssize_t
content_pread(int fd, void *to, size_t size, off_t offset)
{
	(void)fd;
	if (offset < 0 || (size_t)offset >= content_size)
		return 0;
	if (size > content_size - (size_t)offset)
		size = content_size - (size_t)offset;
	if (size > piece)
		size = piece;
	memcpy(to, content + offset, size);

	return (ssize_t)size;
}

static int
content_fstat(int fd, struct stat *st)
{
	(void)fd;
	*st = (struct stat){ .st_mode = S_IFREG, .st_size = (off_t)content_size };

	return 0;
}

#define pread content_pread
#define fstat content_fstat

#include "read_all.h"

static void
check_labels(struct rte_seqstat_file *f, uint32_t set, uint32_t row)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS];
	uint32_t generation;
	int i, n;

	n = rte_seqstat_file_labels(f, set, row, &generation, labels);
	FUZZ_ASSERT(n == 0 || n == (int)f->sets[set].n_labels);
	for (i = 0; i < n; i++)
		FUZZ_ASSERT(__rte_seqstat_file_text(labels[i], RTE_SEQSTAT_FILE_LABELSIZE) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rte_seqstat_file f = { .fd = -1 };
	uint64_t sum = 0;
	uint32_t set;
	int ret;

	if (size == 0)
		return 0;
	piece = data[0] == 0 ? SIZE_MAX : data[0];
	content = data + 1;
	content_size = size - 1;
	ret = __rte_seqstat_file_describe(&f);
	if (ret == 0)
		ret = read_all(&f, &sum);
	FUZZ_ASSERT(ret == 0 || ret == -EBADMSG || ret == -EPROTOTYPE || ret == -EPROTONOSUPPORT ||
		ret == -ENODATA);
	for (set = 0; ret == 0 && set < f.header->n_sets; set++)
		check_labels(&f, set, f.sets[set].n_rows - 1);
	rte_seqstat_file_close(&f);

	return 0;
}
