/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * A program without DPDK that reads stat files; C11 or C++17. Usage:
 *
 * reader FILE            print the newest record as JSON
 * reader FILE NUMBER     print a record
 * reader FILE check      read records until the publisher is gone, and check each of them
 * reader FILE corrupt N  read N corrupted copies of the file; print how many were refused
 */

#include "seqstat_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

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

	printf("{\"number\": %" PRIu64 ", \"prefix\": \"%s\", \"gone\": %d, \"sets\": {",
		f->number, f->header->prefix, seqstat_file_gone(f));
	for (set = 0; set < f->header->n_sets && ret == 0; set++) {
		if (set > 0)
			printf(", ");
		ret = print_set(f, set);
	}
	printf("}}\n");

	return ret;
}

/** Return whether all values of a record are right: those of each writer are equal. */
static int
check_record(struct seqstat_file *f, uint64_t *former)
{
	const uint64_t *values;
	uint32_t row, value;

	for (row = 0; row < f->sets[0].n_rows; row++) {
		values = seqstat_file_values(f, 0, 0, row);
		for (value = 0; value < f->sets[0].n_values; value++)
			if (values[value] != *seqstat_file_values(f, 0, 0, 0))
				return 0;
	}
	values = seqstat_file_values(f, 0, 0, 0);
	if (values[0] < *former)
		return 0;
	*former = values[0];

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

/** Read all there is in a file. Returns 0 or an error. */
static int
read_all(const char *path)
{
	const char *labels[SEQSTAT_FILE_MAX_LABELS];
	uint64_t number, oldest = 1, newest = 0, sum = 0;
	uint32_t set, row, writer, i, n, generation;
	struct seqstat_file f;
	int ret = seqstat_file_open(&f, path);

	if (ret != 0)
		return ret;
	ret = seqstat_file_range(&f, &oldest, &newest);
	/* The last records are enough: a corrupted head may promise more than there ever were. */
	if (newest > 4 && oldest < newest - 4)
		oldest = newest - 4;
	for (number = newest; number >= oldest && ret == 0; number--) {
		ret = seqstat_file_read(&f, number);
		for (set = 0; set < f.header->n_sets && ret == 0; set++) {
			for (i = 0; i < f.sets[set].n_balances; i++)
				sum += (uint64_t)f.parts[set].unaccounted[i];
			n = f.parts[set].cut->n_writers;
			for (writer = 0; writer < n; writer++)
				sum += f.parts[set].writers[writer].n_torn;
			n = (f.header->flags & SEQSTAT_FILE_PER_WRITER) != 0 ? n : 1;
			for (row = 0; row < f.sets[set].n_rows && ret == 0; row++) {
				for (writer = 0; writer < n; writer++)
					for (i = 0; i < f.sets[set].n_values; i++)
						sum += seqstat_file_values(&f, set, writer,
								row)[i];
				ret = seqstat_file_labels(&f, set, row, &generation, labels);
				for (i = 0; ret > 0 && i < (uint32_t)ret; i++)
					sum += strlen(labels[i]);
				ret = ret > 0 ? 0 : ret;
			}
		}
	}
	seqstat_file_close(&f);
	/* So that nothing is left out by the compiler. */
	fprintf(stderr, "%c", sum == 1 ? '.' : ' ');

	return ret;
}

/** Read corrupted copies: some bytes changed, more likely in the descriptions, or truncated. */
static int
corrupt(const char *path, int n)
{
	static const uint64_t numbers[] = {
		UINT32_MAX, 0, 1 << 12, 1, 7, 8, 255, INT64_MAX, UINT64_MAX, UINT64_MAX / 2,
	};
	int in = open(path, O_RDONLY), copy = memfd_create("copy", 0), i, j, refused = 0;
	uint64_t seed = 1, at, number;
	char name[64], *bytes;
	struct stat st;
	size_t size;

	if (in < 0 || copy < 0 || fstat(in, &st) != 0)
		return fail(-errno);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", copy);
	bytes = (char *)malloc((size_t)st.st_size);
	for (i = 0; i < n && bytes != NULL; i++) {
		if (pread(in, bytes, (size_t)st.st_size, 0) != st.st_size)
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
		refused += read_all(name) != 0;
	}
	free(bytes);
	close(in);
	close(copy);
	printf("%d\n", refused);

	return 0;
}

int
main(int argc, char **argv)
{
	struct seqstat_file f;
	int ret;

	if (argc == 4 && strcmp(argv[2], "corrupt") == 0)
		return corrupt(argv[1], atoi(argv[3]));
	ret = argc < 2 ? -EINVAL : seqstat_file_open(&f, argv[1]);
	if (ret != 0)
		return fail(ret);
	if (argc == 3 && strcmp(argv[2], "check") == 0) {
		ret = check(&f);
		seqstat_file_close(&f);
		return ret;
	}
	ret = argc == 2 ? seqstat_file_read_newest(&f) :
		seqstat_file_read(&f, strtoull(argv[2], NULL, 10));
	if (ret == 0)
		ret = print_record(&f);
	seqstat_file_close(&f);

	return ret == 0 ? 0 : fail(ret);
}
