/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "reading.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

/** A publisher is down if its newest record is older than this and two periods. */
#define MAX_AGE_NS UINT64_C(5000000000)
#define MAX_SETS 1024

/** Return whether names are valid and differ from each other. */
static bool
names_valid(const void *first, size_t n, size_t stride)
{
	const char *name = first, *other, *c;
	size_t i;

	for (i = 0; i < n; i++, name += stride) {
		for (c = name; isalnum((unsigned char)*c) || *c == '_'; c++)
			;
		if (*c != '\0' || !isalpha((unsigned char)*name))
			return false;
		for (other = first; other < name; other += stride)
			if (strcmp(name, other) == 0)
				return false;
	}

	return true;
}

static bool
counters_valid(const struct rte_seqstat_file *f, uint32_t set)
{
	const struct rte_seqstat_file_counter *counter = rte_seqstat_file_counters(f, set);
	const struct rte_seqstat_file_counter *end = counter + f->sets[set].n_counters;
	uint32_t i;

	for (; counter < end; counter++) {
		if (*counter->unit != '\0' && !names_valid(counter->unit, 1, 1))
			return false;
		for (i = 1; i < counter->n_bounds; i++)
			if (rte_seqstat_file_bounds(f, counter)[i] <=
					rte_seqstat_file_bounds(f, counter)[i - 1])
				return false;
	}

	return true;
}

/** Check what the reader of the file allows, but metrics do not. */
static int
check_sets(const struct rte_seqstat_file *f)
{
	const struct rte_seqstat_file_set *s = f->sets;
	uint32_t i;

	if (f->header->n_sets > MAX_SETS)
		return -EFBIG;
	if (!names_valid(s->name, f->header->n_sets, sizeof(*s)))
		return -EBADMSG;
	for (i = 0; i < f->header->n_sets; i++, s++)
		if (!names_valid(s->labels, s->n_labels, sizeof(s->labels[0])) ||
				!names_valid(rte_seqstat_file_counters(f, i), s->n_counters,
					sizeof(struct rte_seqstat_file_counter)) ||
				!names_valid(rte_seqstat_file_balances(f, i), s->n_balances,
					sizeof(struct rte_seqstat_file_balance)) ||
				!counters_valid(f, i))
			return -EBADMSG;

	return 0;
}

/** Read the newest record of a file, and its logs of rows. Returns 0 or a negative errno. */
static int
read_record(struct app *app, uint64_t *bytes)
{
	const char *labels[RTE_SEQSTAT_FILE_MAX_LABELS];
	struct rte_seqstat_file *f = &app->file;
	struct timespec now;
	uint32_t i, generation;
	uint64_t now_ns;
	int ret = check_sets(f);

	if (ret == 0)
		ret = rte_seqstat_file_read_newest(f);
	if (ret != 0)
		return ret;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	app->age_ns = now_ns > f->record->monotonic_ns ? now_ns - f->record->monotonic_ns : 0;
	app->records = f->number;
	app->read = true;
	*bytes += f->header->meta_size + f->mem_size;
	for (i = 0; i < f->header->n_sets && ret >= 0; i++) {
		ret = rte_seqstat_file_labels(f, i, 0, &generation, labels);
		*bytes += f->parts[i].log_read;
	}

	return ret < 0 ? ret : *bytes > 2 * RTE_SEQSTAT_FILE_LIMIT ? -EFBIG : 0;
}

/** Read a file. Returns NULL if its application is up, or the problem. */
static const char *
read_file(struct app *app, uint64_t *bytes)
{
	struct rte_seqstat_file *f = &app->file;
	const char *problem = NULL;
	int ret = rte_seqstat_file_open(f, app->source->path);

	if (ret != 0)
		return rte_seqstat_file_strerror(ret);
	ret = read_record(app, bytes);
	if (ret != 0)
		problem = rte_seqstat_file_strerror(ret);
	else if (rte_seqstat_file_gone(f))
		problem = "the publisher is gone";
	else if (app->age_ns > MAX_AGE_NS + 2 * f->header->period_ns)
		problem = "the publisher adds no records";
	/* All data is in memory. Close the file to save its descriptor. */
	close(f->fd);
	f->fd = -1;

	return problem;
}

/**
 * Name an application by its file prefix; append a number if another one has the name.
 *
 * An application keeps its name while it is up, so that no series mixes two applications.
 */
static void
name_app(const struct choice *choice, struct app *app)
{
	const char *prefix = app->file.header->prefix;
	char name[sizeof(app->file.header->prefix) + 16];
	unsigned int n = 0;
	size_t i;

	snprintf(name, sizeof(name), "%s", prefix);
	for (i = 0; app->source->name == NULL && i < choice->n_sources; i++)
		if (choice->sources[i].name != NULL && strcmp(choice->sources[i].name, name) == 0) {
			snprintf(name, sizeof(name), "%s:%u", prefix, ++n);
			/* Compare the new name with all. */
			i = SIZE_MAX;
		}
	if (app->source->name == NULL)
		app->source->name = text_printable(name);
	app->name = text_printable(app->source->name);
}

/** Make the exported sets of an application. */
static void
add_sets(struct app *app, const struct choice *choice)
{
	struct set *set;
	uint32_t i;
	bool chosen;
	size_t j;

	app->sets = text_alloc(app->file.header->n_sets, sizeof(*app->sets));
	for (i = 0; i < app->file.header->n_sets; i++) {
		set = &app->sets[app->n_sets];
		*set = (struct set){
			.index = i,
			.desc = &app->file.sets[i],
			.part = &app->file.parts[i],
		};
		chosen = choice->n_sets == 0;
		for (j = 0; j < choice->n_sets; j++)
			chosen |= strcmp(choice->sets[j], set->desc->name) == 0;
		if (!chosen)
			continue;
		if (set->part->cut->number == 0) {
			app->n_unread++;
			continue;
		}
		set_make(app, set, choice->totals);
		app->n_sets++;
	}
}

/** Make the labels of a file. */
static void
label_app(const struct reading *reading, struct app *app)
{
	const char *prefix = app->read ? app->file.header->prefix : NULL;
	struct text text = { 0 };
	size_t i;

	for (i = 0; prefix != NULL && !app->up && i < reading->n_apps; i++)
		app->hidden |= app->source->in_folder && reading->apps[i].up &&
			strcmp(reading->apps[i].file.header->prefix, prefix) == 0;
	text_label(&text, "file", app->source->shown);
	if (prefix != NULL)
		text_label(&text, "file_prefix", app->up ? app->name : prefix);
	text_put(&text, "", 1);
	app->labels = text.data;
}

void
reading_make(struct reading *reading, struct choice *choice)
{
	const char *problem;
	uint64_t bytes = 0;
	struct app *app;
	size_t i;

	files_update(choice);
	reading->n_apps = choice->n_sources;
	reading->apps = text_alloc(reading->n_apps, sizeof(*reading->apps));
	for (i = 0; i < reading->n_apps; i++) {
		app = &reading->apps[i];
		app->source = &choice->sources[i];
		problem = read_file(app, &bytes);
		app->up = problem == NULL;
		if (app->up)
			continue;
		source_log(app->source, problem);
		free(app->source->name);
		app->source->name = NULL;
	}
	for (i = 0; i < reading->n_apps; i++) {
		app = &reading->apps[i];
		if (app->up) {
			name_app(choice, app);
			add_sets(app, choice);
		}
		label_app(reading, app);
	}
}

void
reading_free(struct reading *reading)
{
	struct app *app = reading->apps;

	for (; app < reading->apps + reading->n_apps; app++) {
		while (app->n_sets > 0)
			set_free(&app->sets[--app->n_sets]);
		free(app->sets);
		free(app->name);
		free(app->labels);
		rte_seqstat_file_close(&app->file);
	}
	free(reading->apps);
}
