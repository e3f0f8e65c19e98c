/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef READ_ALL_H
#define READ_ALL_H

#include "rte_seqstat_file.h"

/** Maximum rows to read of a set: the header of a corrupted file may claim a million. */
#define MAX_ROWS_READ 1000

/** Add values and label lengths of a row in the current record to a sum. Returns 0 or an error. */
static inline int
read_row(struct rte_seqstat_file *f, uint32_t set, uint32_t row, uint64_t *sum)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS];
	uint32_t writer, n, i, generation;
	int ret;

	n = (f->header->flags & RTE_SEQSTAT_FILE_PER_WRITER) != 0 ?
		f->parts[set].cut->n_writers : 1;
	for (writer = 0; writer < n; writer++)
		for (i = 0; i < f->sets[set].n_values; i++)
			*sum += rte_seqstat_file_values(f, set, writer, row)[i];
	ret = rte_seqstat_file_labels(f, set, row, &generation, labels);
	for (i = 0; ret > 0 && i < (uint32_t)ret; i++)
		*sum += strlen(labels[i]);

	return ret > 0 ? 0 : ret;
}

/** Add everything in a set of the current record to a sum. Returns 0 or an error. */
static inline int
read_set(struct rte_seqstat_file *f, uint32_t set, uint64_t *sum)
{
	const struct rte_seqstat_file_set *s = &f->sets[set];
	const struct rte_seqstat_file_counter *c = rte_seqstat_file_counters(f, set);
	uint32_t i, j;
	int ret = 0;

	for (i = 0; i < s->n_counters; i++)
		for (j = 0; j < c[i].n_bounds; j++)
			*sum += rte_seqstat_file_bounds(f, &c[i])[j];
	for (i = 0; i < s->n_balances; i++)
		*sum += (uint64_t)f->parts[set].unaccounted[i] +
			strlen(rte_seqstat_file_balances(f, set)[i].name);
	for (i = 0; i < s->n_values; i++)
		*sum += f->parts[set].retired[i];
	for (i = 0; i < f->parts[set].cut->n_writers; i++)
		*sum += f->parts[set].writers[i].n_torn;
	for (i = 0; i < s->n_rows && i < MAX_ROWS_READ && ret == 0; i++)
		ret = read_row(f, set, i, sum);

	return ret;
}

/** Read the latest records of a file, and add all of it to a sum. Returns 0 or an error. */
static inline int
read_all(struct rte_seqstat_file *f, uint64_t *sum)
{
	uint64_t number, oldest = 1, newest = 0;
	int ret = rte_seqstat_file_range(f, &oldest, &newest);
	uint32_t set;

	/* A corrupted head may claim more records than exist. */
	if (newest > 4 && oldest < newest - 4)
		oldest = newest - 4;
	for (number = newest; number >= oldest && ret == 0; number--) {
		ret = rte_seqstat_file_read(f, number);
		for (set = 0; set < f->header->n_sets && ret == 0; set++)
			ret = read_set(f, set, sum);
	}

	return ret;
}

#endif /* READ_ALL_H */
