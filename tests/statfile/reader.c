/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * A program without DPDK that reads stat files; C11 or C++17. Usage:
 *
 * reader FILE               print the newest record as JSON
 * reader FILE NUMBER...     print records
 * reader FILE check         read records until the publisher is gone, and check each of them
 * reader FILE corrupt N     read N corrupted copies of the file; print how many were refused
 * reader FILE overwrite N   print the newest record, which is overwritten before read() number N
 * reader FILE truncate N    print the newest record of a file which is truncated then
 * reader FILE change N      print the newest record of a file whose number of sets changes then
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* The reader gets what it reads in pieces, and with interruptions. */
static ssize_t
read_piece(int fd, void *to, size_t size, off_t offset);
#define pread(fd, to, size, offset) read_piece(fd, to, size, offset)

#include "seqstat_file.h"
#include "read_all.h"

/** What happens to the file, and before which read. */
static const char *disturbance, *file_path;
static int disturb_at = -1;

/** Do as a publisher that begins a record in the place of the newest one, or as no publisher. */
static void
disturb(void)
{
	struct seqstat_file_header h;
	uint64_t sn, head;
	char garbage[128];
	off_t newest;
	int fd;

	memset(garbage, 0xa5, sizeof(garbage));
	fd = open(file_path, O_RDWR);
	if (fd < 0 || (pread)(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		exit(2);
	newest = (off_t)(h.records + (h.head - 1) % h.n_records * h.record_size);
	sn = 2 * (h.head + h.n_records) - 1;
	/* The only intact record is the one before. */
	head = h.head - 1;
	if (disturbance[0] == 't' ? ftruncate(fd, 0) != 0 :
			disturbance[0] == 'c' ? pwrite(fd, garbage, 4, 52) != 4 :
			pwrite(fd, &sn, sizeof(sn), newest) != (ssize_t)sizeof(sn) ||
			pwrite(fd, garbage, sizeof(garbage), newest + 96) < 0 ||
			pwrite(fd, &head, sizeof(head),
				offsetof(struct seqstat_file_header, head)) < 0)
		exit(2);
	close(fd);
}

static ssize_t
read_piece(int fd, void *to, size_t size, off_t offset)
{
	static unsigned int n_calls;

	if (disturb_at >= 0 && disturb_at-- == 0)
		disturb();
	if (n_calls++ % 3 == 2) {
		errno = EINTR;
		return -1;
	}

	return (pread)(fd, to, size < 1000 ? size : 1000, offset);
}

static int
fail(int error)
{
	fprintf(stderr, "%s\n", seqstat_file_strerror(error));

	return 1;
}

static void
print_values(const char *name, const uint64_t *values, uint32_t n)
{
	uint32_t i;

	printf("\"%s\": [", name);
	for (i = 0; i < n; i++)
		printf("%s%" PRIu64, i == 0 ? "" : ", ", values[i]);
	printf("]");
}

static int
print_row(struct seqstat_file *f, uint32_t set, uint32_t row)
{
	const char *labels[SEQSTAT_FILE_MAX_LABELS];
	uint32_t generation, writer, n = f->parts[set].cut->n_writers;
	int i, n_labels = seqstat_file_labels(f, set, row, &generation, labels);

	if (n_labels < 0)
		return n_labels;
	if ((f->header->flags & SEQSTAT_FILE_PER_WRITER) == 0)
		n = 1;
	printf("%s\n  {\"generation\": %u, \"labels\": [", row == 0 ? "" : ",", generation);
	for (i = 0; i < n_labels; i++)
		printf("%s\"%s\"", i == 0 ? "" : ", ", labels[i]);
	printf("]");
	for (writer = 0; writer < n; writer++) {
		printf(", ");
		print_values("values", seqstat_file_values(f, set, writer, row),
			f->sets[set].n_values);
	}
	printf("}");

	return 0;
}

static int
print_set(struct seqstat_file *f, uint32_t set)
{
	const struct seqstat_file_counter *c = seqstat_file_counters(f, set);
	const struct seqstat_file_balance *b = seqstat_file_balances(f, set);
	const struct seqstat_file_part *p = &f->parts[set];
	uint32_t i;
	int ret = 0;

	printf("\"%s\": {\"cut\": %" PRIu64 ", \"flags\": %u, \"writers\": %u, ",
		f->sets[set].name, p->cut->number, p->cut->flags, p->cut->n_writers);
	for (i = 0; i < f->sets[set].n_counters; i++) {
		printf("\"%s\": %u, ", c[i].name, c[i].first_value);
		if (c[i].n_bounds == 0)
			continue;
		print_values("bounds", seqstat_file_bounds(f, &c[i]), c[i].n_bounds);
		printf(", ");
	}
	for (i = 0; i < f->sets[set].n_balances; i++)
		printf("\"%s\": %" PRId64 ", ", b[i].name, p->unaccounted[i]);
	for (i = 0; i < p->cut->n_writers; i++)
		printf("\"writer%u\": [%u, %d, %u], ", i, p->writers[i].lcore_id, p->writers[i].pid,
			p->writers[i].flags);
	print_values("retired", p->retired, f->sets[set].n_values);
	printf(", \"rows\": [");
	for (i = 0; i < f->sets[set].n_rows && ret == 0; i++)
		ret = print_row(f, set, i);
	printf("]}\n");

	return ret;
}

static int
print_record(struct seqstat_file *f)
{
	uint32_t set;
	int ret = 0;

	printf("{\"number\": %" PRIu64 ", \"prefix\": \"%s\", \"gone\": %d, \"realtime\": %" PRIu64
		", \"sets\": {", f->number, f->header->prefix, seqstat_file_gone(f),
		f->record->realtime_ns);
	for (set = 0; set < f->header->n_sets && ret == 0; set++) {
		if (set > 0)
			printf(", ");
		ret = print_set(f, set);
	}
	printf("}}\n");

	return ret;
}

/** Return whether a record is a cut: balances are 0, all values of a writer equal, none fell. */
static int
check_record(struct seqstat_file *f, uint64_t *former)
{
	const struct seqstat_file_part *p = &f->parts[0];
	uint32_t writer, row, i, n;
	uint64_t first, sum = 0;

	for (i = 0; i < f->sets[0].n_balances; i++)
		if (p->unaccounted[i] != 0)
			return 0;
	n = (f->header->flags & SEQSTAT_FILE_PER_WRITER) != 0 ? p->cut->n_writers : 1;
	for (writer = 0; writer < n; writer++) {
		first = *seqstat_file_values(f, 0, writer, 0);
		for (row = 0; row < f->sets[0].n_rows; row++)
			for (i = 0; i < f->sets[0].n_values; i++)
				if (seqstat_file_values(f, 0, writer, row)[i] != first)
					return 0;
		sum += first;
	}
	if (sum < *former)
		return 0;
	*former = sum;

	return 1;
}

/** Check all records that can be read, the last one in the file, too. */
static int
check(struct seqstat_file *f)
{
	uint64_t oldest, newest, number = 0, former = 0, n = 0;
	int gone, ret;

	do {
		gone = seqstat_file_gone(f);
		ret = seqstat_file_range(f, &oldest, &newest);
		if (ret != 0)
			return fail(ret);
		number = number + 1 > oldest ? number + 1 : oldest;
		for (; number <= newest; number++) {
			ret = seqstat_file_read(f, number);
			/* It has expired; but the newest is always there. */
			if (ret == -ENODATA && (number < newest || !gone))
				continue;
			if (ret != 0)
				return fail(ret);
			n++;
			if (!check_record(f, &former)) {
				fprintf(stderr, "record %" PRIu64 " is no cut\n", number);
				return 1;
			}
		}
		number = newest;
		usleep(100);
	} while (!gone);
	printf("{\"records\": %" PRIu64 ", \"newest\": %" PRIu64 ", \"value\": %" PRIu64 "}\n", n,
		newest, former);

	return 0;
}

/** Read corrupted copies: some bytes changed, more likely in the descriptions, or truncated. */
static int
corrupt(const char *path, int n)
{
	static const uint64_t numbers[] = {
		UINT32_MAX, 0, 1 << 12, 1, 7, 8, 255, INT64_MAX, UINT64_MAX, UINT64_MAX / 2,
	};
	int in = open(path, O_RDONLY), copy = memfd_create("copy", 0), i, j, ret, refused = 0;
	uint64_t seed = 1, sum = 0, at, number;
	struct seqstat_file f;
	char name[64], *bytes;
	struct stat st;
	size_t size;

	if (in < 0 || copy < 0 || fstat(in, &st) != 0)
		return fail(-errno);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", copy);
	bytes = (char *)malloc((size_t)st.st_size);
	for (i = 0; i < n && bytes != NULL; i++) {
		if ((pread)(in, bytes, (size_t)st.st_size, 0) != st.st_size)
			return fail(-EIO);
		/* The first half changes one word after the other. */
		at = 4 * (uint64_t)i;
		number = numbers[at / (uint64_t)st.st_size %
				(sizeof(numbers) / sizeof(*numbers))];
		if (i < n / 2)
			memcpy(bytes + at % (uint64_t)st.st_size, &number, 4);
		for (j = 0; i >= n / 2 && j < 1 + i % 4; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			at = (seed >> 20) % (uint64_t)st.st_size;
			/* Descriptions, log and first records are at the beginning. */
			if (i % 3 != 0)
				at %= 4096;
			number = seed >> 40;
			if (i % 5 < 2)
				number = numbers[number % (sizeof(numbers) / sizeof(numbers[0]))];
			at = i % 5 < 3 ? at & ~UINT64_C(3) : at;
			size = i % 5 == 0 ? 8 : i % 5 < 3 ? 4 : 1;
			if (at + size <= (uint64_t)st.st_size)
				memcpy(bytes + at, &number, size);
		}
		size = (size_t)st.st_size;
		if (i % 16 == 0 && i >= n / 2)
			size = (size_t)((seed >> 11) % (uint64_t)st.st_size);
		if (ftruncate(copy, (off_t)size) != 0 ||
				pwrite(copy, bytes, size, 0) != (ssize_t)size)
			return fail(-EIO);
		ret = seqstat_file_open(&f, name);
		if (ret == 0)
			ret = read_all(&f, &sum);
		seqstat_file_close(&f);
		refused += ret != 0;
	}
	free(bytes);
	close(in);
	close(copy);
	/* The compiler leaves nothing out of which the sum is printed. */
	fprintf(stderr, "%" PRIu64 "\n", sum);
	printf("%d\n", refused);

	return 0;
}

int
main(int argc, char **argv)
{
	struct seqstat_file f;
	int i, ret;

	if (argc == 4 && strcmp(argv[2], "corrupt") == 0)
		return corrupt(argv[1], atoi(argv[3]));
	if (argc == 4 && strchr("otc", argv[2][0]) != NULL) {
		file_path = argv[1];
		disturbance = argv[2];
		disturb_at = atoi(argv[3]);
		argc = 2;
	}
	ret = argc < 2 ? -EINVAL : seqstat_file_open(&f, argv[1]);
	if (ret != 0)
		return fail(ret);
	if (argc == 3 && strcmp(argv[2], "check") == 0) {
		ret = check(&f);
		seqstat_file_close(&f);
		return ret;
	}
	if (argc == 2) {
		ret = seqstat_file_read_newest(&f);
		if (ret == 0)
			ret = print_record(&f);
	}
	for (i = 2; i < argc && ret == 0; i++) {
		ret = seqstat_file_read(&f, strtoull(argv[i], NULL, 10));
		if (ret == 0)
			ret = print_record(&f);
	}
	seqstat_file_close(&f);

	return ret == 0 ? 0 : fail(ret);
}
