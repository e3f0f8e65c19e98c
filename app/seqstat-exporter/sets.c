/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "reading.h"

#include <stdio.h>

const char *
lcore_text(uint32_t lcore_id, char text[16])
{
	snprintf(text, 16, "%u", lcore_id);

	return lcore_id == UINT32_MAX ? "any" : text;
}

/** Prefix reserved names of labels with an underscore, with which no other label begins. */
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

/** Get the labels of a row as one text. Returns its length; 0 if the row has no labels. */
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

/** A row that has labels. */
struct labelled {
	const char *text; /**< In the log of rows. */
	size_t length;
	uint32_t row;
};

/** Compare the labels of rows; equal ones by their place in the log, the earlier one first. */
static int
compare(const void *a, const void *b)
{
	const struct labelled *one = a, *other = b;
	int ret = (one->length > other->length) - (one->length < other->length);

	if (ret == 0)
		ret = memcmp(one->text, other->text, one->length);

	return ret != 0 ? ret : (one->text > other->text) - (one->text < other->text);
}

/**
 * Export the rows that have labels, and leave equal labels to one row.
 *
 * The publisher reads labels after the cut; until then, they may have moved to another row. The
 * values in the cut belong to the row that had them first.
 */
static void
find_labelled(struct app *app, const struct set *set)
{
	struct labelled *rows = text_alloc(set->desc->n_rows, sizeof(*rows)), *end = rows, *r;
	uint32_t row;

	for (row = 0; row < set->desc->n_rows; row++) {
		end->row = row;
		end->length = row_text(app, set, row, &end->text);
		end += end->length > 0;
	}
	qsort(rows, (size_t)(end - rows), sizeof(*rows), compare);
	for (r = rows; r < end; r++) {
		if (r > rows && r->length == r[-1].length &&
				memcmp(r->text, r[-1].text, r->length) == 0)
			set->part->entries[r->row] = 0;
		else
			set->rows[r->row] = true;
	}
	free(rows);
}

/** Add the values of a writer, of all rows. */
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

/** Make a view of each lcore, with the sums of its writers, and one of the total. */
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
		/* The values of a writer that was never read are zero: do not export them. */
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

/** Export the rows in which an lcore has counted. Returns whether there are any. */
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
		/* Each process has a writer for threads without an lcore; most have none. */
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
