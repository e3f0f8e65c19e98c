/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Names and other text of a set: telemetry reports unchanged what rte_seqstat_create() accepts.
 *
 * The lines of the input are the name of the set, its label names and the label values of a row,
 * both separated by |, then name, unit, help and type of each counter. Types are "c" for a counter,
 * "g" for a gauge, "hN P" for a histogram of N log-linear bounds, 2^P for each power of two, and
 * "bN N ..." for a histogram of these bounds.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_seqstat.h>

#include "fuzz_eal.h"

#define MAX_COUNTERS 8
#define MAX_LABELS (RTE_SEQSTAT_MAX_LABELS + 2)
#define N_ROWS 2

/** A parsed input. */
struct names {
	char *text;
	const char *labels[MAX_LABELS + 1];
	const char *values[MAX_LABELS + 1];
	struct rte_seqstat_counter counters[MAX_COUNTERS];
	struct rte_seqstat_buckets buckets[MAX_COUNTERS];
	uint64_t bounds[MAX_COUNTERS][RTE_SEQSTAT_MAX_VALUES];
	struct rte_seqstat_params params;
};

/** Return the next line; NULL: it is empty or missing. */
static char *
line_next(char **rest)
{
	char *line = strsep(rest, "\n");

	return line == NULL || line[0] == '\0' ? NULL : line;
}

/** Split a line at each |, and end the parts by NULL. */
static void
parts_read(const char *parts[MAX_LABELS + 1], char *line)
{
	unsigned int n = 0;

	while (line != NULL && n < MAX_LABELS)
		parts[n++] = strsep(&line, "|");
	parts[n] = NULL;
}

static uint32_t
bounds_read(uint64_t *bounds, const char *text)
{
	uint32_t n = 0;
	char *end;

	while (n < RTE_SEQSTAT_MAX_VALUES) {
		bounds[n] = strtoull(text, &end, 10);
		if (end == text)
			break;
		n++;
		text = end;
	}

	return n;
}

static void
type_read(struct rte_seqstat_counter *counter, struct rte_seqstat_buckets *buckets,
		uint64_t *bounds, const char *text)
{
	char *end;

	counter->buckets = buckets;
	switch (text == NULL ? 'c' : text[0]) {
	case 'g':
		counter->type = RTE_SEQSTAT_GAUGE;
		break;
	case 'h':
		counter->type = RTE_SEQSTAT_HISTOGRAM;
		buckets->n_bounds = strtoul(&text[1], &end, 10);
		buckets->log_parts = strtoul(end, NULL, 10);
		break;
	case 'b':
		counter->type = RTE_SEQSTAT_HISTOGRAM;
		buckets->bounds = bounds;
		buckets->n_bounds = bounds_read(bounds, &text[1]);
		break;
	default:
		counter->type = RTE_SEQSTAT_COUNTER;
	}
}

static void
names_read(struct names *names, const uint8_t *data, size_t size)
{
	struct rte_seqstat_counter *counter;
	char *rest;
	uint32_t n;

	memset(names, 0, sizeof(*names));
	names->text = rest = strndup((const char *)data, size);
	names->params.name = line_next(&rest);
	parts_read(names->labels, line_next(&rest));
	names->params.labels = names->labels[0] == NULL ? NULL : names->labels;
	parts_read(names->values, line_next(&rest));
	for (n = 0; n < MAX_COUNTERS && rest != NULL; n++) {
		counter = &names->counters[n];
		counter->name = line_next(&rest);
		counter->unit = line_next(&rest);
		counter->help = line_next(&rest);
		type_read(counter, &names->buckets[n], names->bounds[n], line_next(&rest));
	}
	names->params.counters = names->counters;
	names->params.n_counters = n;
	names->params.n_rows = N_ROWS;
	names->params.socket_id = SOCKET_ID_ANY;
}

static json_t *
ask(const char *command, const char *set)
{
	char request[128];
	int n;

	n = snprintf(request, sizeof(request), "/seqstat/%s,%s", command, set);
	FUZZ_ASSERT(n > 0 && n < (int)sizeof(request));

	return fuzz_ask(request, n);
}

/** Check a string of an object; NULL is reported as "". */
static void
check_string(const json_t *object, const char *key, const char *wanted)
{
	const char *got = json_string_value(json_object_get(object, key));

	FUZZ_ASSERT(got != NULL);
	FUZZ_ASSERT(strcmp(got, wanted == NULL ? "" : wanted) == 0);
}

static void
check_info(const struct names *names)
{
	static const char * const types[] = { "counter", "gauge", "histogram" };
	const struct rte_seqstat_params *params = &names->params;
	json_t *counter, *info = ask("info", params->name);
	const json_t *labels = json_object_get(info, "labels");
	uint32_t i;

	check_string(info, "set", params->name);
	for (i = 0; names->labels[i] != NULL; i++)
		FUZZ_ASSERT(strcmp(json_string_value(json_array_get(labels, i)),
				names->labels[i]) == 0);
	FUZZ_ASSERT(json_is_array(labels) && json_array_size(labels) == i);
	FUZZ_ASSERT(json_object_size(json_object_get(info, "counters")) == params->n_counters);
	for (i = 0; i < params->n_counters; i++) {
		counter = json_object_get(json_object_get(info, "counters"),
				params->counters[i].name);
		check_string(counter, "type", types[params->counters[i].type]);
		check_string(counter, "unit", params->counters[i].unit);
		check_string(counter, "help", params->counters[i].help);
	}
	json_decref(info);
}

static void
check_histogram(json_t *histogram, const struct rte_seqstat_buckets *buckets)
{
	json_t *counts = json_object_get(histogram, "buckets");
	const uint64_t *bounds = buckets->bounds;
	/* Replies with rows show only the powers of two of log-linear bounds. */
	const uint32_t n = bounds != NULL ? buckets->n_bounds :
		(buckets->n_bounds >> buckets->log_parts) + buckets->log_parts;
	char key[24];
	uint32_t i;

	FUZZ_ASSERT(json_object_size(counts) == n + 1);
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "%" PRIu64,
			bounds != NULL ? bounds[i] : UINT64_C(1) << i);
		FUZZ_ASSERT(json_object_get(counts, key) != NULL);
	}
}

/** Check that the total shows the first row, with its labels. */
static void
check_total(const struct names *names)
{
	json_t *value, *row, *labels, *total = ask("total", names->params.name);
	const struct rte_seqstat_counter *counter;
	unsigned int i;

	FUZZ_ASSERT(json_object_size(json_object_get(total, "rows")) == 1);
	row = json_object_get(json_object_get(total, "rows"), "0");
	labels = json_object_get(row, "labels");
	for (i = 0; names->labels[i] != NULL; i++)
		check_string(labels, names->labels[i], names->values[i]);
	FUZZ_ASSERT(names->values[i] == NULL && json_object_size(labels) == i);
	FUZZ_ASSERT(json_object_size(row) == names->params.n_counters + 1);
	for (counter = names->counters; counter < names->counters + names->params.n_counters;
			counter++) {
		value = json_object_get(row, counter->name);
		if (counter->type == RTE_SEQSTAT_HISTOGRAM)
			check_histogram(value, counter->buckets);
		else
			FUZZ_ASSERT(json_is_real(value));
	}
	json_decref(total);
}

/** Check that the total shows no row if none has labels or counts. */
static void
check_empty(const char *name)
{
	json_t *total = ask("total", name);

	FUZZ_ASSERT(json_object_size(json_object_get(total, "rows")) == 0);
	FUZZ_ASSERT(json_object_get(total, "error") == NULL);
	json_decref(total);
}

static void
check_list(const char *name)
{
	char request[] = "/seqstat/list";
	json_t *list = fuzz_ask(request, strlen(request));

	FUZZ_ASSERT(json_array_size(list) == 1);
	FUZZ_ASSERT(strcmp(json_string_value(json_array_get(list, 0)), name) == 0);
	json_decref(list);
}

int
LLVMFuzzerInitialize(int *argc __rte_unused, char ***argv __rte_unused)
{
	fuzz_eal_start();

	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct names names;
	struct rte_seqstat *st;
	int ret;

	names_read(&names, data, size);
	st = rte_seqstat_create(&names.params);
	if (st == NULL) {
		FUZZ_ASSERT(rte_errno == EINVAL);
	} else {
		ret = rte_seqstat_row_label(st, 0, names.values);
		FUZZ_ASSERT(ret == 0 || ret == -EINVAL);
		FUZZ_ASSERT(rte_seqstat_row_find(st, names.values) == ret);
		check_list(names.params.name);
		check_info(&names);
		if (ret == 0)
			check_total(&names);
		else
			check_empty(names.params.name);
		FUZZ_ASSERT(rte_seqstat_free(st) == 0);
	}
	free(names.text);

	return 0;
}
