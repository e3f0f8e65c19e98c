/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "reading.h"

#include <stdio.h>

#define MAX_PROBES 64

const char *
lcore_text(uint32_t lcore_id, char text[16])
{
	snprintf(text, 16, "%u", lcore_id);

	return lcore_id == UINT32_MAX ? "any" : text;
}

/** Name the labels: no label of a set begins with an underscore, or is another label's name. */
static void
name_labels(struct set *set)
{
	static const char reserved[] = ",file_prefix,instance,job,lcore,le,quantile,row,";
	char name[RTE_SEQSTAT_FILE_NAMESIZE + 2];
	uint32_t i;

	for (i = 0; i < set->desc->n_labels; i++) {
		snprintf(name, sizeof(name), ",%s,", set->desc->labels[i]);
		snprintf(set->labels[i], sizeof(set->labels[i]), "%s%s",
			strstr(reserved, name) != NULL ? "_" : "", set->desc->labels[i]);
	}
}

/** Get the text of a row's labels. Returns its length; 0: it has none. */
static size_t
row_text(struct app *app, const struct set *set, uint32_t row, const char **text)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS] = { NULL };
	uint32_t generation;
	int n = rte_seqstat_file_labels(&app->file, set->index, row, &generation, labels);

	*text = n > 0 ? labels[0] : NULL;

	return *text == NULL ? 0 :
		(size_t)(labels[n - 1] - labels[0]) + strlen(labels[n - 1]) + 1;
}

/**
 * Find the rows that have labels, and leave equal labels to one row.
 *
 * After the cut, but before the publisher looked, they may have moved on to another row. The row
 * that had them first has them in the cut. A file whose labels were made to collide in the hash
 * table loses labels, not our time.
 */
static void
find_labelled(struct app *app, const struct set *set)
{
	uint32_t *table, row, n_probes, *entries = set->part->entries;
	size_t i, at, length, size = 4;
	const char *text, *other;
	uint64_t hash;

	while (size < 4 * (size_t)set->desc->n_rows)
		size *= 2;
	table = text_alloc(size, sizeof(*table));
	for (row = 0; row < set->desc->n_rows; row++) {
		length = row_text(app, set, row, &text);
		if (length == 0)
			continue;
		hash = UINT64_C(0xcbf29ce484222325);
		for (i = 0; i < length; i++)
			hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
		at = hash >> 32;
		for (n_probes = 0; n_probes < MAX_PROBES; n_probes++, at++) {
			at &= size - 1;
			if (table[at] == 0)
				break;
			if (row_text(app, set, table[at] - 1, &other) == length &&
					memcmp(text, other, length) == 0)
				break;
		}
		if (n_probes == MAX_PROBES ||
				(table[at] != 0 && entries[row] > entries[table[at] - 1])) {
			entries[row] = 0;
			continue;
		}
		if (table[at] != 0) {
			entries[table[at] - 1] = 0;
			set->rows[table[at] - 1] = false;
		}
		table[at] = row + 1;
		set->rows[row] = true;
	}
	free(table);
}

/** Add values of all rows. */
static void
add_values(struct view *view, const uint64_t *values, size_t n)
{
	size_t i;

	if (view->values == NULL) {
		view->values = values;
		return;
	}
	if (view->sums == NULL) {
		view->sums = text_alloc(n, sizeof(view->sums[0]));
		memcpy(view->sums, view->values, n * sizeof(view->sums[0]));
		view->values = view->sums;
	}
	for (i = 0; i < n; i++)
		view->sums[i] += values[i];
}

/** Find the writers of each lcore, and add up the values of each, or of all. */
static void
find_writers(const struct app *app, struct set *set, bool totals)
{
	const bool per_writer = (app->file.header->flags & RTE_SEQSTAT_FILE_PER_WRITER) != 0;
	const size_t n_values = (size_t)set->desc->n_rows * set->desc->n_values;
	const struct rte_seqstat_file_writer *writer = set->part->writers;
	const uint32_t n_writers = set->part->cut->n_writers;
	struct view *view, *total;
	uint32_t i;

	set->views = text_alloc(n_writers + 1, sizeof(*set->views));
	total = &set->views[n_writers];
	total->read = n_writers == 0;
	for (i = 0; i < n_writers; i++, writer++) {
		for (view = set->views; view < set->views + set->n_lcores &&
				view->lcore_id != writer->lcore_id; view++)
			;
		set->n_lcores += view == set->views + set->n_lcores;
		view->lcore_id = writer->lcore_id;
		view->flags |= writer->flags;
		view->n_torn += writer->n_torn;
		/* A writer that was never read has zeroes, which would be wrong. */
		if ((writer->flags & RTE_SEQSTAT_FILE_UNREAD) != 0)
			continue;
		view->read = total->read = true;
		if (per_writer)
			add_values(totals ? total : view, set->part->values + i * n_values,
				n_values);
	}
	if (!per_writer && total->read)
		total->values = set->part->values;
	set->views[set->n_lcores] = *total;
}

/** Mark the rows in which an lcore counted something. Returns whether there is any. */
static bool
find_counted(const struct set *set, const struct view *view)
{
	const uint64_t *value = view->values;
	uint32_t i, row;
	bool any = false;

	for (row = 0; row < set->desc->n_rows; row++, value += set->desc->n_values) {
		for (i = 0; i < set->desc->n_values && value[i] == 0; i++)
			;
		any |= i < set->desc->n_values;
		set->rows[row] |= i < set->desc->n_values;
	}

	return any;
}

void
set_make(struct app *app, struct set *set, bool totals)
{
	uint32_t i, n_read = 0;
	struct text text;
	struct view *view;
	char number[16];

	name_labels(set);
	set->rows = text_alloc(set->desc->n_rows, sizeof(set->rows[0]));
	find_labelled(app, set);
	find_writers(app, set, totals);
	for (i = 0; i < set->n_lcores; i++)
		n_read += set->views[i].read;
	for (i = 0; i <= set->n_lcores; i++) {
		view = &set->views[i];
		/* Each process has a writer for threads without an lcore id; few use it. */
		if (view->values != NULL && !find_counted(set, view) && i < set->n_lcores &&
				view->lcore_id == UINT32_MAX && n_read > 1)
			view->values = NULL;
		text = (struct text){ 0 };
		if (i < set->n_lcores)
			text_label(&text, "lcore", lcore_text(view->lcore_id, number));
		text_label(&text, "file_prefix", app->name);
		text_put(&text, "", 1);
		view->labels = text.data;
	}
}

uint32_t
row_labels(struct text *text, struct app *app, const struct set *set, uint32_t row)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS] = { NULL };
	uint32_t generation;
	int i, n = rte_seqstat_file_labels(&app->file, set->index, row, &generation, labels);

	for (i = 0; i < n; i++)
		text_label(text, set->labels[i], labels[i]);
	if (n <= 0)
		text_print(text, "row=\"%u\"", row);

	return generation;
}

void
set_free(struct set *set)
{
	struct view *view = set->views;

	for (; view <= set->views + set->n_lcores; view++) {
		free(view->labels);
		free(view->sums);
	}
	free(set->views);
	free(set->rows);
}
