/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>

#define PIECE 32768

/** Return whether the client asked for the current metric, or for one of its samples. */
static bool
wanted(const struct page *page)
{
	const char *name = page->wanted.data, *end = name + page->wanted.used;
	const size_t length = strlen(page->family->name);
	const char *const *suffix;
	bool found = name == end;

	for (; !found && name < end; name += strlen(name) + 1) {
		if (strncmp(name, page->family->name, length) != 0)
			continue;
		found = name[length] == '\0';
		for (suffix = metric_suffixes(page->family); *suffix != NULL; suffix++)
			found |= strcmp(name + length, *suffix) == 0;
	}

	return found;
}

/** Write the description of a metric. */
static void
put_header(struct page *page)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	const struct family *family = page->family;
	const char *suffix = family->type == COUNTER && !page->openmetrics ? "_total" : "";
	struct text *text = &page->text;

	text_print(text, "# HELP %s%s ", family->name, suffix);
	text_escape(text, family->help, page->openmetrics);
	if (*family->help == '\0')
		text_print(text, "%s of %s", page->member->counter->name,
			page->member->set->desc->name);
	text_print(text, "\n# TYPE %s%s %s\n", family->name, suffix, types[family->type]);
	if (page->openmetrics && *family->unit != '\0')
		text_print(text, "# UNIT %s %s\n", family->name, family->unit);
}

/** Write a sample without its value; bound may be NULL. */
static void
put_sample(struct page *page, const char *suffix, const char *bound)
{
	struct text *text = &page->text;

	text_string(text, page->family->name);
	text_string(text, suffix);
	text_put(text, "{", 1);
	text_put(text, page->labels.data, page->labels.used);
	if (bound != NULL)
		text_label(text, "le", bound);
	text_put(text, "} ", 2);
}

static void
put_number(struct page *page, const char *suffix, const char *bound, uint64_t number)
{
	put_sample(page, suffix, bound);
	text_number(&page->text, number, page->family->type == GAUGE);
	text_put(&page->text, "\n", 1);
}

/** Write a bound as in OpenMetrics, such as 1.0 or 1e+06, with enough digits to be exact. */
static void
put_bound(struct text *text, double bound)
{
	char digits[32];
	int i;

	snprintf(digits, sizeof(digits), "%.1f", bound);
	for (i = 0; bound >= 1e6 && (i == 0 || strtod(digits, NULL) != bound); i++)
		snprintf(digits, sizeof(digits), "%.*e", i, bound);
	text_string(text, digits);
}

/** Prepare the texts for all rows. The bound of a bucket that is not exported is empty. */
static void
begin_member(struct page *page)
{
	const struct rte_seqstat_file_counter *counter = page->member->counter;
	const uint64_t *bound = rte_seqstat_file_bounds(&page->member->app->file, counter);
	const uint64_t *end = bound + counter->n_bounds, birth = page->member->set->desc->birth_ns;

	page->birth.used = page->bounds.used = 0;
	text_print(&page->birth, "%" PRIu64 ".%09" PRIu64 "\n", birth / 1000000000,
		birth % 1000000000);
	for (; bound < end; bound++) {
		/* Fold log-linear buckets into powers of two; leave out bounds equal as double. */
		if ((counter->log_parts == 0 || (*bound & (*bound - 1)) == 0) &&
				(bound + 1 == end || (double)bound[0] != (double)bound[1]))
			put_bound(&page->bounds, (double)*bound);
		text_put(&page->bounds, "", 1);
	}
}

static void
put_histogram(struct page *page, const uint64_t *values)
{
	const char *bound = page->bounds.data;
	uint64_t count = 0;
	uint32_t i;

	for (i = 0; i <= page->member->counter->n_bounds; i++) {
		/* Saturate: in a hostile file, the sum may wrap, but counts must not fall. */
		count = values[i] > UINT64_MAX - count ? UINT64_MAX : count + values[i];
		if (i == page->member->counter->n_bounds)
			break;
		if (*bound != '\0')
			put_number(page, "_bucket", bound, count);
		bound += strlen(bound) + 1;
	}
	put_number(page, "_bucket", "+Inf", count);
	put_number(page, "_count", NULL, count);
	put_number(page, "_sum", NULL, values[i + 1]);
}

/** Write the samples of a row. */
static void
put_row(struct page *page, const struct view *view)
{
	const struct set *set = page->member->set;
	const uint64_t *values = view->values + (size_t)page->row * set->desc->n_values +
		page->member->counter->first_value;
	uint32_t generation;

	page->labels.used = 0;
	generation = row_labels(&page->labels, page->member->app, set, page->row);
	text_put(&page->labels, ",", 1);
	text_string(&page->labels, view->labels);
	if (page->family->type == HISTOGRAM)
		put_histogram(page, values);
	else
		put_number(page, *metric_suffixes(page->family), NULL, values[0]);
	/* The time at which a row was cleared is not known. */
	if (page->family->type != GAUGE && page->openmetrics && page->created && generation == 0) {
		put_sample(page, "_created", NULL);
		text_put(&page->text, page->birth.data, page->birth.used);
	}
}

/** Write rows of the current view, and go on to the next one. */
static void
put_rows(struct page *page)
{
	const struct set *set = page->member->set;
	const struct view *view = &set->views[page->view];

	if (page->view == 0 && page->row == 0)
		begin_member(page);
	for (; view->values != NULL && page->row < set->desc->n_rows && page->text.used < PIECE;
			page->row++) {
		if (!set->rows[page->row])
			continue;
		if (!page->headed)
			put_header(page);
		page->headed = true;
		put_row(page, view);
	}
	if (view->values != NULL && page->row < set->desc->n_rows)
		return;
	page->row = 0;
	if (page->view++ < set->n_lcores)
		return;
	page->view = 0;
	page->member = page->member->next;
}

/** Write the samples of a metric of the exporter for the next file, if there are any. */
static void
put_own(struct page *page)
{
	const size_t before = page->text.used;
	size_t headed;

	if (!page->headed)
		put_header(page);
	headed = page->text.used;
	own_put(&page->text, page->family, &page->reading->apps[page->app++]);
	if (page->text.used == headed)
		page->text.used = before;
	else
		page->headed = true;
}

static void
begin_family(struct page *page, const struct family *family)
{
	bool shown;

	page->family = family;
	page->begun = true;
	page->headed = false;
	shown = family != NULL && wanted(page);
	page->member = shown ? family->members : NULL;
	page->app = shown && family->own != 0 ? 0 : page->reading->n_apps;
}

/** Write the next piece of the page. */
static void
fill(struct page *page)
{
	page->taken = page->text.used = 0;
	if (!page->begun)
		begin_family(page, page->metrics->families);
	while (page->family != NULL && page->text.used < PIECE) {
		if (page->member != NULL)
			put_rows(page);
		else if (page->app < page->reading->n_apps)
			put_own(page);
		else
			begin_family(page, page->family->next);
	}
	if (page->family != NULL || page->ended)
		return;
	page->ended = true;
	text_string(&page->text, page->openmetrics ? "# EOF\n" : "");
}

size_t
page_read(struct page *page, char *to, size_t size)
{
	size_t n;

	if (page->taken == page->text.used)
		fill(page);
	n = page->text.used - page->taken;
	n = n < size ? n : size;
	if (n > 0)
		memcpy(to, page->text.data + page->taken, n);
	page->taken += n;

	return n;
}

void
page_free(struct page *page)
{
	free(page->wanted.data);
	free(page->bounds.data);
	free(page->birth.data);
	free(page->labels.data);
	free(page->text.data);
}
