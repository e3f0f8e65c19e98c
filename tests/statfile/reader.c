/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Read a stat file, without DPDK. The program is valid as C11 and as C++17.
 *
 * reader FILE               print the newest record as JSON
 * reader FILE NUMBER...     print records
 * reader FILE check         read records until the publisher is gone, and check each of them
 * reader FILE again         for each line of standard input, open the file and print its last
 *                           records, up to the first error
 * reader FILE pause N       print the newest record; before read number N, print "paused" and wait
 *                           for a line of standard input
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Reads return less than requested, and some fail with EINTR. */
static ssize_t
read_piece(int fd, void *to, size_t size, off_t offset);
#define pread(fd, to, size, offset) read_piece(fd, to, size, offset)

#include "rte_seqstat_file.h"

/** Number of reads before the pause; negative: no pause. */
static int pause_at = -1;

static ssize_t
read_piece(int fd, void *to, size_t size, off_t offset)
{
	static unsigned int n_calls;

	if (pause_at >= 0 && pause_at-- == 0) {
		puts("paused");
		fflush(stdout);
		getchar();
	}
	if (n_calls++ % 3 == 2) {
		errno = EINTR;
		return -1;
	}

	return (pread)(fd, to, size < 1000 ? size : 1000, offset);
}

static int
fail(int error)
{
	fprintf(stderr, "%s\n", rte_seqstat_file_strerror(error));

	return 1;
}

static void
print_text(FILE *out, const char *text)
{
	fprintf(out, "\"");
	for (; *text != '\0'; text++)
		fprintf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
	fprintf(out, "\"");
}

static void
print_values(FILE *out, const uint64_t *values, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		fprintf(out, "%s%" PRIu64, i == 0 ? "" : ", ", values[i]);
}

static int
print_row(FILE *out, struct rte_seqstat_file *f, uint32_t set, uint32_t row)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS];
	uint32_t generation, writer, n = f->parts[set].cut->n_writers;
	int i, n_labels = rte_seqstat_file_labels(f, set, row, &generation, labels);

	if (n_labels < 0)
		return n_labels;
	if ((f->header->flags & RTE_SEQSTAT_FILE_PER_WRITER) == 0)
		n = 1;
	fprintf(out, "%s{\"generation\": %u, \"labels\": [", row == 0 ? "" : ", ", generation);
	for (i = 0; i < n_labels; i++) {
		fprintf(out, "%s", i == 0 ? "" : ", ");
		print_text(out, labels[i]);
	}
	fprintf(out, "], \"values\": [");
	for (writer = 0; writer < n; writer++) {
		fprintf(out, "%s", writer == 0 ? "" : ", ");
		print_values(out, rte_seqstat_file_values(f, set, writer, row),
			f->sets[set].n_values);
	}
	fprintf(out, "]}");

	return 0;
}

static void
print_counter(FILE *out, const struct rte_seqstat_file *f, const struct rte_seqstat_file_counter *c)
{
	print_text(out, c->name);
	fprintf(out, ": [");
	print_text(out, c->unit);
	fprintf(out, ", ");
	print_text(out, c->help);
	fprintf(out, ", %u, %u, %u, [", c->type, c->log_parts, c->first_value);
	print_values(out, c->n_bounds > 0 ? rte_seqstat_file_bounds(f, c) : NULL, c->n_bounds);
	fprintf(out, "]]");
}

static int
print_set(FILE *out, struct rte_seqstat_file *f, uint32_t set)
{
	const struct rte_seqstat_file_set *s = &f->sets[set];
	const struct rte_seqstat_file_part *p = &f->parts[set];
	const struct rte_seqstat_file_writer *w;
	uint32_t i;
	int ret = 0;

	print_text(out, s->name);
	fprintf(out, ": {\"birth\": %" PRIu64 ", \"labels\": [", s->birth_ns);
	for (i = 0; i < s->n_labels; i++) {
		fprintf(out, "%s", i == 0 ? "" : ", ");
		print_text(out, s->labels[i]);
	}
	fprintf(out, "], \"counters\": {");
	for (i = 0; i < s->n_counters; i++) {
		fprintf(out, "%s", i == 0 ? "" : ", ");
		print_counter(out, f, &rte_seqstat_file_counters(f, set)[i]);
	}
	fprintf(out, "}, \"cut\": [%" PRIu64 ", %" PRIu64 ", %u], \"self\": [",
		p->cut->number, p->cut->monotonic_ns, p->cut->flags);
	print_values(out, &p->cut->snapshots, 6);
	fprintf(out, "], \"balances\": {");
	for (i = 0; i < s->n_balances; i++) {
		fprintf(out, "%s", i == 0 ? "" : ", ");
		print_text(out, rte_seqstat_file_balances(f, set)[i].name);
		fprintf(out, ": %" PRId64, p->unaccounted[i]);
	}
	fprintf(out, "}, \"writers\": [");
	for (i = 0, w = p->writers; i < p->cut->n_writers; i++, w++)
		fprintf(out, "%s[%u, %d, %d, %u, %" PRIu64 "]", i == 0 ? "" : ", ", w->lcore_id,
			w->socket_id, w->pid, w->flags, w->n_torn);
	fprintf(out, "], \"retired\": [");
	print_values(out, p->retired, s->n_values);
	fprintf(out, "], \"rows\": [");
	for (i = 0; i < s->n_rows && ret == 0; i++)
		ret = print_row(out, f, set, i);
	fprintf(out, "]}");

	return ret;
}

/** Print the current record, or nothing if it is damaged. */
static int
print_record(struct rte_seqstat_file *f)
{
	uint32_t set;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret = 0;

	if (out == NULL)
		return -errno;
	fprintf(out, "{\"number\": %" PRIu64 ", \"prefix\": ", f->number);
	print_text(out, f->header->prefix);
	fprintf(out, ", \"gone\": %d, \"realtime\": %" PRIu64 ", \"monotonic\": %" PRIu64
		", \"flags\": %u, \"sets\": {", rte_seqstat_file_gone(f), f->record->realtime_ns,
		f->record->monotonic_ns, f->record->flags);
	for (set = 0; set < f->header->n_sets && ret == 0; set++) {
		fprintf(out, "%s", set == 0 ? "" : ", ");
		ret = print_set(out, f, set);
	}
	fprintf(out, "}}");
	fclose(out);
	if (ret == 0)
		puts(text);
	free(text);

	return ret;
}

/** Return whether a record is a cut: balances are 0, values of a writer equal, sums not less. */
static int
check_record(struct rte_seqstat_file *f, uint64_t *former)
{
	const struct rte_seqstat_file_part *p = &f->parts[0];
	uint32_t writer, row, i, n;
	uint64_t first, sum = 0;

	for (i = 0; i < f->sets[0].n_balances; i++)
		if (p->unaccounted[i] != 0)
			return 0;
	n = (f->header->flags & RTE_SEQSTAT_FILE_PER_WRITER) != 0 ? p->cut->n_writers : 1;
	for (writer = 0; writer < n; writer++) {
		first = *rte_seqstat_file_values(f, 0, writer, 0);
		for (row = 0; row < f->sets[0].n_rows; row++)
			for (i = 0; i < f->sets[0].n_values; i++)
				if (rte_seqstat_file_values(f, 0, writer, row)[i] != first)
					return 0;
		sum += first;
	}
	if (sum < *former)
		return 0;
	*former = sum;

	return 1;
}

/** Check the records of a live publisher, and its last one. */
static int
check(struct rte_seqstat_file *f)
{
	uint64_t oldest, newest, number = 0, former = 0, n = 0;
	int gone, ret;

	do {
		gone = rte_seqstat_file_gone(f);
		ret = rte_seqstat_file_range(f, &oldest, &newest);
		if (ret != 0)
			return fail(ret);
		number = number + 1 > oldest ? number + 1 : oldest;
		for (; number <= newest; number++) {
			ret = rte_seqstat_file_read(f, number);
			/* The record expired. The newest of a dead publisher cannot. */
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

/** Print the last records of a file, with one reader. Returns the error that ends them. */
static int
print_last(const char *path)
{
	uint64_t oldest, newest = 0, number;
	struct rte_seqstat_file f;
	int ret = rte_seqstat_file_open(&f, path);

	if (ret == 0)
		ret = rte_seqstat_file_range(&f, &oldest, &newest);
	for (number = newest; ret == 0; number--) {
		ret = rte_seqstat_file_read(&f, number);
		if (ret == 0)
			ret = print_record(&f);
	}
	rte_seqstat_file_close(&f);

	return ret;
}

static int
again(const char *path)
{
	char line[2];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		puts(rte_seqstat_file_strerror(print_last(path)));
		fflush(stdout);
	}

	return 0;
}

int
main(int argc, char **argv)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS];
	struct rte_seqstat_file f;
	uint32_t generation;
	int i, ret;

	if (argc == 3 && strcmp(argv[2], "again") == 0)
		return again(argv[1]);
	if (argc == 4 && strcmp(argv[2], "pause") == 0) {
		pause_at = atoi(argv[3]);
		argc = 2;
	}
	ret = argc < 2 ? -EINVAL : rte_seqstat_file_open(&f, argv[1]);
	if (ret != 0)
		return fail(ret);
	if (argc == 3 && strcmp(argv[2], "check") == 0) {
		ret = check(&f);
		rte_seqstat_file_close(&f);
		return ret;
	}
	if (f.header->n_sets > 0 &&
			rte_seqstat_file_labels(&f, 0, 0, &generation, labels) != -ENODATA)
		return fail(-EPROTO);
	if (argc == 2) {
		ret = rte_seqstat_file_read_newest(&f);
		if (ret == 0)
			ret = print_record(&f);
	}
	for (i = 2; i < argc && ret == 0; i++) {
		ret = rte_seqstat_file_read(&f, strtoull(argv[i], NULL, 10));
		if (ret == 0)
			ret = print_record(&f);
	}
	rte_seqstat_file_close(&f);

	return ret == 0 ? 0 : fail(ret);
}
