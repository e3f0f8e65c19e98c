/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Names and other text of a set: whatever is accepted comes out of telemetry as it was.
 *
 * The lines of the input are the name of the set, of what a row is, and of a row, then
 * for each counter its name, unit, help and type: "c", "g", "hN" a histogram with N
 * powers of two, "bN N ..." one with these bounds.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_seqstat.h>

#include "fuzz_eal.h"

#define MAX_COUNTERS 8
#define N_ROWS 2

/** An input, taken apart. */
struct names {
	char *text;
	const char *row_name;
	struct rte_seqstat_counter counters[MAX_COUNTERS];
	uint64_t bounds[MAX_COUNTERS][RTE_SEQSTAT_MAX_VALUES];
	struct rte_seqstat_params params;
};

/** The next line; NULL if it is empty or there is none. */
static const char *
line_next(char **rest)
{
	const char *line = strsep(rest, "\n");

	return line == NULL || line[0] == '\0' ? NULL : line;
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
type_read(struct rte_seqstat_counter *counter, uint64_t *bounds, const char *text)
{
	switch (text == NULL ? 'c' : text[0]) {
	case 'g':
		counter->type = RTE_SEQSTAT_GAUGE;
		break;
	case 'h':
		counter->type = RTE_SEQSTAT_HISTOGRAM;
		counter->n_bounds = strtoul(&text[1], NULL, 10);
		break;
	case 'b':
		counter->type = RTE_SEQSTAT_HISTOGRAM;
		counter->bounds = bounds;
		counter->n_bounds = bounds_read(bounds, &text[1]);
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
	names->params.row_label = line_next(&rest);
	names->row_name = line_next(&rest);
	for (n = 0; n < MAX_COUNTERS && rest != NULL; n++) {
		counter = &names->counters[n];
		counter->name = line_next(&rest);
		counter->unit = line_next(&rest);
		counter->help = line_next(&rest);
		type_read(counter, names->bounds[n], line_next(&rest));
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

/** An object has a string under a key; "" if there was none. */
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
	uint32_t i;

	check_string(info, "set", params->name);
	check_string(info, "row_label", params->row_label == NULL ? "row" : params->row_label);
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
check_histogram(json_t *histogram, const struct rte_seqstat_counter *counter)
{
	json_t *buckets = json_object_get(histogram, "buckets");
	char key[24];
	uint32_t i;

	FUZZ_ASSERT(json_object_size(buckets) == counter->n_bounds + 1);
	for (i = 0; i < counter->n_bounds; i++) {
		snprintf(key, sizeof(key), "%" PRIu64, counter->bounds != NULL ?
			counter->bounds[i] : UINT64_C(1) << i);
		FUZZ_ASSERT(json_object_get(buckets, key) != NULL);
	}
}

static void
check_total(const struct names *names, const char *row_name)
{
	json_t *value, *row, *total = ask("total", names->params.name);
	const struct rte_seqstat_counter *counter;

	row = json_object_get(json_object_get(total, "rows"), "0");
	check_string(row, "name", row_name);
	FUZZ_ASSERT(json_object_size(row) == names->params.n_counters + 1);
	for (counter = names->counters; counter < names->counters + names->params.n_counters;
			counter++) {
		value = json_object_get(row, counter->name);
		if (counter->type == RTE_SEQSTAT_HISTOGRAM)
			check_histogram(value, counter);
		else
			FUZZ_ASSERT(json_is_real(value));
	}
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
		ret = rte_seqstat_row_name_set(st, 0, names.row_name);
		FUZZ_ASSERT(ret == 0 || ret == -EINVAL);
		check_list(names.params.name);
		check_info(&names);
		check_total(&names, ret == 0 ? names.row_name : NULL);
		FUZZ_ASSERT(rte_seqstat_free(st) == 0);
	}
	free(names.text);

	return 0;
}
