/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "metrics.h"

#include <search.h>
#include <stdio.h>

/** A name that a metric has taken. */
struct claim {
	struct family *owner;
	char name[METRIC_NAMESIZE + 8];
};

const char *const *
metric_suffixes(const struct family *family)
{
	static const char *const suffixes[][5] = {
		[COUNTER] = { "_total", "_created" },
		[GAUGE] = { "" },
		[HISTOGRAM] = { "_bucket", "_count", "_sum", "_created" },
	};

	return suffixes[family->type];
}

/** Name the metric of a counter: with its unit, unless the counter's name contains it. */
static void
name_metric(struct family *family, const struct member *member)
{
	char name[RTE_SEQSTAT_FILE_NAMESIZE], between[RTE_SEQSTAT_FILE_NAMESIZE + 2];
	char unit[RTE_SEQSTAT_FILE_NAMESIZE + 2];

	snprintf(name, sizeof(name), "%s", member->counter->name);
	if (family->type == COUNTER && ends_with(name, "_total"))
		name[strlen(name) - strlen("_total")] = '\0';
	snprintf(between, sizeof(between), "_%s_", name);
	snprintf(unit, sizeof(unit), "_%s_", member->counter->unit);
	if (*member->counter->unit == '\0' || strstr(between, unit) != NULL)
		*unit = '\0';
	snprintf(family->name, sizeof(family->name), PREFIX "%s_%s%.*s", member->set->desc->name,
		name, (int)strlen(unit) - (*unit != '\0'), unit);
	snprintf(unit, sizeof(unit), "_%s", member->counter->unit);
	family->unit = ends_with(family->name, unit) ? member->counter->unit : "";
}

static int
compare(const void *one, const void *other)
{
	return strcmp(((const struct claim *)one)->name, ((const struct claim *)other)->name);
}

/** Return the metric that has taken a name, or NULL. */
static struct family *
owner_of(const struct metrics *metrics, const struct family *family, const char *suffix)
{
	struct claim *const *found;
	struct claim claim;

	snprintf(claim.name, sizeof(claim.name), "%s%s", family->name, suffix);
	found = tfind(&claim, &metrics->names, compare);

	return found == NULL ? NULL : (*found)->owner;
}

static void
claim(struct metrics *metrics, struct family *owner, const char *suffix)
{
	struct claim *name = text_alloc(1, sizeof(*name));

	name->owner = owner;
	snprintf(name->name, sizeof(name->name), "%s%s", owner->name, suffix);
	/* The samples of a gauge have no suffix: append() claims this name twice. */
	if (owner_of(metrics, owner, suffix) != NULL)
		free(name);
	else if (tsearch(name, &metrics->names, compare) == NULL)
		abort();
}

/** Append a copy of a metric. Returns it, or NULL if one of its names is taken. */
static struct family *
append(struct metrics *metrics, const struct family *family)
{
	const char *const *suffixes = metric_suffixes(family);
	bool taken = owner_of(metrics, family, "") != NULL;
	struct family *copy;
	size_t i;

	for (i = 0; suffixes[i] != NULL; i++)
		taken |= owner_of(metrics, family, suffixes[i]) != NULL;
	if (taken)
		return NULL;
	copy = text_alloc(1, sizeof(*copy));
	*copy = *family;
	claim(metrics, copy, "");
	for (i = 0; suffixes[i] != NULL; i++)
		claim(metrics, copy, suffixes[i]);
	if (metrics->last == NULL)
		metrics->families = copy;
	else
		metrics->last->next = copy;
	metrics->last = copy;

	return copy;
}

/** Add a counter to the metric with its name. Returns false if another counter has the name. */
static bool
add(struct metrics *metrics, const struct member *member, struct family *wanted)
{
	struct member *copy;
	struct family *family;

	*wanted = (struct family){ .type = member->counter->type, .help = member->counter->help };
	name_metric(wanted, member);
	family = owner_of(metrics, wanted, "");
	/* The same counter of another application belongs to the same metric. */
	if (family == NULL)
		family = append(metrics, wanted);
	else if (strcmp(family->name, wanted->name) != 0 || family->type != wanted->type ||
			family->own != 0 || family->last->app == member->app ||
			strcmp(family->last->set->desc->name, member->set->desc->name) != 0 ||
			strcmp(family->last->counter->name, member->counter->name) != 0)
		family = NULL;
	if (family == NULL)
		return false;
	copy = text_alloc(1, sizeof(*copy));
	*copy = *member;
	if (family->last == NULL)
		family->members = copy;
	else
		family->last->next = copy;
	family->last = copy;

	return true;
}

/** Add the counters of all sets of an application. */
static void
add_app(struct metrics *metrics, struct app *app)
{
	struct member member = { .app = app };
	struct family wanted;
	char problem[256];
	uint32_t i;

	for (member.set = app->sets; member.set < app->sets + app->n_sets; member.set++) {
		member.counter = rte_seqstat_file_counters(&app->file, member.set->index);
		for (i = 0; i < member.set->desc->n_counters; i++, member.counter++)
			if (!add(metrics, &member, &wanted) && app->n_left_out++ == 0)
				snprintf(problem, sizeof(problem), "counter %s of set %s is left "
					"out: the name %s is taken", member.counter->name,
					member.set->desc->name, wanted.name);
	}
	source_log(app->source, app->n_left_out > 0 ? problem : NULL);
}

void
metrics_make(struct metrics *metrics, struct reading *reading)
{
	const struct family *own = own_families;
	size_t i;

	*metrics = (struct metrics){ 0 };
	for (; own->own != 0; own++)
		append(metrics, own);
	for (i = 0; i < reading->n_apps; i++)
		if (reading->apps[i].up)
			add_app(metrics, &reading->apps[i]);
}

void
metrics_free(struct metrics *metrics)
{
	struct family *family;
	struct member *member;

	while ((family = metrics->families) != NULL) {
		metrics->families = family->next;
		while ((member = family->members) != NULL) {
			family->members = member->next;
			free(member);
		}
		free(family);
	}
	tdestroy(metrics->names, free);
}
