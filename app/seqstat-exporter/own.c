/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "metrics.h"

enum {
	UP = 1, AGE, RECORDS, SETS, SETS_UNREAD, LEFT_OUT, /* One sample per file. */
	SNAPSHOTS, READ, SAVED, MISSED, LONGEST, /* Per set. */
	UNACCOUNTED, /* Per balance. */
	STALE, UNREAD, TORN, CROWDED, /* Per lcore. */
};

const struct family own_families[] = {
	{ PREFIX "up", GAUGE, "", "Whether the application could be read", UP },
	{ PREFIX "record_age_seconds", GAUGE, "seconds", "Age of the newest record", AGE },
	{ PREFIX "records", COUNTER, "", "Records that were written into the file", RECORDS },
	{ PREFIX "sets", GAUGE, "", "Sets that were read", SETS },
	{ PREFIX "sets_unread", GAUGE, "", "Sets that are there, but could not be read",
		SETS_UNREAD },
	{ PREFIX "metrics_left_out", GAUGE, "", "Metrics left out because another one has the "
		"same name", LEFT_OUT },
	{ PREFIX "snapshots", COUNTER, "", "Snapshots taken, complete or not", SNAPSHOTS },
	{ PREFIX "writers_read", COUNTER, "", "Writers read: between two sections, or because a "
		"section acknowledged the snapshot", READ },
	{ PREFIX "rows_saved", COUNTER, "", "Rows read from saved copies", SAVED },
	{ PREFIX "writers_missed", COUNTER, "", "Writers that stayed inside a section until the "
		"timeout", MISSED },
	{ PREFIX "longest_snapshot_seconds", GAUGE, "seconds", "Longest snapshot", LONGEST },
	{ PREFIX "unaccounted", GAUGE, "", "Packets, or bytes, that no counter of the set "
		"accounts for: on their way between lcores, or lost", UNACCOUNTED },
	{ PREFIX "writer_stale", GAUGE, "", "Whether a writer stayed inside a section in this "
		"snapshot, so that its numbers are older ones", STALE },
	{ PREFIX "writer_unread", GAUGE, "", "Whether a writer was never read, so that its "
		"numbers are missing", UNREAD },
	{ PREFIX "writer_torn", COUNTER, "", "Sections of the writer that were left unfinished: "
		"a part of each may be visible", TORN },
	{ PREFIX "writer_crowded", GAUGE, "", "Whether the writer of threads without an lcore "
		"serves lcores that got no writer of their own", CROWDED },
	{ .own = 0 },
};

/** Append a sample of a file or, unless NULL, of a set, with another label unless that is NULL. */
static void
put(struct text *text, const struct family *family, const struct app *app, const struct set *set,
		const char *name, const char *label, uint64_t value)
{
	text_print(text, "%s%s{", family->name, *metric_suffixes(family));
	if (set == NULL) {
		text_string(text, app->labels);
	} else {
		text_print(text, "set=\"%s\"", set->desc->name);
		if (name != NULL)
			text_label(text, name, label);
		text_label(text, "file_prefix", app->name);
	}
	text_put(text, "} ", 2);
	if (strcmp(family->unit, "seconds") == 0)
		text_print(text, "%.9f", (double)value / 1e9);
	else
		text_number(text, value, true);
	text_put(text, "\n", 1);
}

/** Append the sample of a file. */
static void
put_file(struct text *text, const struct family *family, const struct app *app)
{
	const uint64_t values[] = {
		[UP] = app->up,
		[AGE] = app->age_ns,
		[RECORDS] = app->records,
		[SETS] = app->n_sets,
		[SETS_UNREAD] = app->n_unread,
		[LEFT_OUT] = app->n_left_out,
	};

	put(text, family, app, NULL, NULL, NULL, values[family->own]);
}

/** Append a sample about the snapshots of a set. */
static void
put_snapshots(struct text *text, const struct family *family, const struct app *app,
		const struct set *set)
{
	const struct rte_seqstat_file_cut *cut = set->part->cut;
	const uint64_t values[] = {
		[SNAPSHOTS] = cut->snapshots,
		[SAVED] = cut->rows_saved,
		[MISSED] = cut->missed,
		[LONGEST] = cut->longest_ns,
	};

	if (family->own == READ) {
		put(text, family, app, set, "how", "idle", cut->read_idle);
		put(text, family, app, set, "how", "acknowledged", cut->read_acked);
	} else {
		put(text, family, app, set, NULL, NULL, values[family->own]);
	}
}

/** Append the balances of a set. */
static void
put_balances(struct text *text, const struct family *family, const struct app *app,
		const struct set *set)
{
	uint32_t i;

	/* Older or missing values of a writer would make a balance look like a leak. */
	if ((set->part->cut->flags & (RTE_SEQSTAT_FILE_STALE | RTE_SEQSTAT_FILE_UNREAD)) != 0)
		return;
	for (i = 0; i < set->desc->n_balances; i++)
		put(text, family, app, set, "balance",
			rte_seqstat_file_balances(&app->file, set->index)[i].name,
			(uint64_t)set->part->unaccounted[i]);
}

static void
put_lcores(struct text *text, const struct family *family, const struct app *app,
		const struct set *set)
{
	static const uint32_t flags[] = {
		[STALE] = RTE_SEQSTAT_FILE_STALE,
		[UNREAD] = RTE_SEQSTAT_FILE_UNREAD,
		[CROWDED] = RTE_SEQSTAT_FILE_CROWDED,
	};
	const struct view *view = set->views;
	char number[16];

	for (; view < set->views + set->n_lcores; view++)
		put(text, family, app, set, "lcore", lcore_text(view->lcore_id, number),
			family->own == TORN ? view->n_torn :
			(view->flags & flags[family->own]) != 0);
}

void
own_put(struct text *text, const struct family *family, const struct app *app)
{
	const bool shown = family->own == UP || (family->own <= RECORDS ? app->read : app->up);
	const struct set *set = app->sets;

	if (family->own <= LEFT_OUT && shown && !app->hidden)
		put_file(text, family, app);
	for (; family->own > LEFT_OUT && set < app->sets + app->n_sets; set++) {
		if (family->own <= LONGEST)
			put_snapshots(text, family, app, set);
		else if (family->own == UNACCOUNTED)
			put_balances(text, family, app, set);
		else
			put_lcores(text, family, app, set);
	}
}
