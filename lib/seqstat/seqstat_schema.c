/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_memory.h>
#include <rte_string_fns.h>

#include "seqstat_control.h"
#include "seqstat_histogram.h"
#include "seqstat_schema.h"

/** Strings of a counter in the copy of a schema. */
struct counter_strings {
	char name[RTE_SEQSTAT_NAMESIZE];
	char unit[RTE_SEQSTAT_NAMESIZE];
	char help[RTE_SEQSTAT_HELPSIZE];
};

bool
seqstat_name_valid(const char *name, bool capitals)
{
	const char *c;

	if (name == NULL || strnlen(name, RTE_SEQSTAT_NAMESIZE) == RTE_SEQSTAT_NAMESIZE)
		return false;
	for (c = name; *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (capitals && *c >= 'A' && *c <= 'Z') ||
				(c != name && ((*c >= '0' && *c <= '9') || *c == '_'))))
			return false;

	return c != name;
}

bool
seqstat_text_valid(const char *text, size_t size)
{
	const char *c;

	if (strnlen(text, size) == size)
		return false;
	for (c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;

	return true;
}

/** Return whether a counter is valid, and log why not. */
static bool
counter_valid(const struct rte_seqstat_counter *counter)
{
	if (!seqstat_name_valid(counter->name, false) || strcmp(counter->name, "labels") == 0)
		return SEQSTAT_INVALID("malformed or reserved name of a counter: '%s'",
			counter->name == NULL ? "" : counter->name);
	if (counter->unit != NULL && counter->unit[0] != '\0' &&
			!seqstat_name_valid(counter->unit, false))
		return SEQSTAT_INVALID("malformed unit of counter '%s'", counter->name);
	if (counter->help != NULL && !seqstat_text_valid(counter->help, RTE_SEQSTAT_HELPSIZE))
		return SEQSTAT_INVALID("malformed or overlong help of counter '%s'", counter->name);
	if (counter->type == RTE_SEQSTAT_HISTOGRAM)
		return seqstat_buckets_valid(counter->name, counter->buckets);
	if (counter->type != RTE_SEQSTAT_COUNTER && counter->type != RTE_SEQSTAT_GAUGE)
		return SEQSTAT_INVALID("unknown type of counter '%s'", counter->name);

	return true;
}

/** Return whether the counters of a schema are valid, and log why not. */
static bool
schema_valid(const struct rte_seqstat_counter *counters, uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		if (!counter_valid(&counters[i]))
			return false;
		/* Only with histograms last, the index of a counter is that of its value. */
		if (i > 0 && counters[i].type != RTE_SEQSTAT_HISTOGRAM &&
				counters[i - 1].type == RTE_SEQSTAT_HISTOGRAM)
			return SEQSTAT_INVALID("counter '%s' follows a histogram",
				counters[i].name);
		for (j = 0; j < i; j++)
			if (strcmp(counters[i].name, counters[j].name) == 0)
				return SEQSTAT_INVALID("two counters are named '%s'",
					counters[i].name);
	}

	return true;
}

/** Return whether names of labels are valid, not reserved for views, and different. */
static bool
labels_valid(const struct rte_seqstat_params *params)
{
	static const char *const reserved[] = {
		"set", "row", "lcore", "process", "balance", "le",
	};
	uint32_t i, j, n = seqstat_labels_count(params->labels);

	if (params->labels == NULL)
		return true;
	if (n == 0 || n > RTE_SEQSTAT_MAX_LABELS)
		return false;
	for (i = 0; i < n; i++) {
		if (!seqstat_name_valid(params->labels[i], false))
			return false;
		for (j = 0; j < RTE_DIM(reserved); j++)
			if (strcmp(params->labels[i], reserved[j]) == 0)
				return false;
		for (j = 0; j < i; j++)
			if (strcmp(params->labels[i], params->labels[j]) == 0)
				return false;
	}

	return true;
}

bool
seqstat_params_valid(const struct rte_seqstat_params *params)
{
	uint32_t n_values;
	size_t text;

	if (params == NULL || params->counters == NULL)
		return SEQSTAT_INVALID("no parameters or no schema");
	if (!seqstat_name_valid(params->name, true))
		return SEQSTAT_INVALID("malformed or overlong name of a set");
	if (!labels_valid(params))
		return SEQSTAT_INVALID("malformed, reserved, equal or too many labels of set '%s'",
			params->name);
	if (params->n_counters == 0 || params->n_counters > RTE_SEQSTAT_MAX_COUNTERS)
		return SEQSTAT_INVALID("%u counters in set '%s': must be 1 to %u",
			params->n_counters, params->name, RTE_SEQSTAT_MAX_COUNTERS);
	if (params->n_rows == 0 || params->n_rows > RTE_SEQSTAT_MAX_ROWS)
		return SEQSTAT_INVALID("%u rows in set '%s': must be 1 to %u", params->n_rows,
			params->name, RTE_SEQSTAT_MAX_ROWS);
	if (params->socket_id != SOCKET_ID_ANY &&
			(params->socket_id < 0 || params->socket_id >= RTE_MAX_NUMA_NODES))
		return SEQSTAT_INVALID("no socket %d for set '%s'", params->socket_id,
			params->name);
	if ((params->flags & ~(RTE_SEQSTAT_OWN_EPOCH | RTE_SEQSTAT_NO_PUBLISH)) != 0)
		return SEQSTAT_INVALID("unknown flags 0x%x for set '%s'", params->flags,
			params->name);

	if (!schema_valid(params->counters, params->n_counters))
		return false;
	n_values = seqstat_schema_n_values(params->counters, params->n_counters);
	if (n_values > RTE_SEQSTAT_MAX_VALUES)
		return SEQSTAT_INVALID("%u values in a row of set '%s': must be at most %u",
			n_values, params->name, RTE_SEQSTAT_MAX_VALUES);
	text = seqstat_schema_row_text(params->counters, params->n_counters,
			seqstat_labels_count(params->labels));
	if (text > SEQSTAT_MAX_TEXT)
		return SEQSTAT_INVALID("a row of set '%s' can take %zu bytes in telemetry: must be "
			"at most %u; histograms with fewer bounds or log-linear ones take less",
			params->name, text, SEQSTAT_MAX_TEXT);

	return true;
}

size_t
seqstat_schema_row_text(const struct rte_seqstat_counter *counters, uint32_t n_counters,
		uint32_t n_labels)
{
	size_t size = sizeof("\"1048575\":{\"labels\":{}},") +
		n_labels * (RTE_SEQSTAT_NAMESIZE + RTE_SEQSTAT_LABELSIZE + sizeof("\"\":\"\","));
	uint32_t i;

	for (i = 0; i < n_counters; i++) {
		size += SEQSTAT_NUMBER_TEXT(strlen(counters[i].name));
		if (counters[i].type == RTE_SEQSTAT_HISTOGRAM)
			size += seqstat_histogram_text(counters[i].buckets);
	}

	return size;
}

/** Return the number of bounds of all histograms that have an array of bounds. */
static uint32_t
count_bounds(const struct rte_seqstat_counter *counters, uint32_t n_counters)
{
	uint32_t i, n = 0;

	for (i = 0; i < n_counters; i++)
		if (counters[i].type == RTE_SEQSTAT_HISTOGRAM &&
				counters[i].buckets->bounds != NULL)
			n += counters[i].buckets->n_bounds;

	return n;
}

uint32_t
seqstat_schema_n_values(const struct rte_seqstat_counter *counters, uint32_t n_counters)
{
	uint32_t i, n = 0;

	for (i = 0; i < n_counters; i++)
		n += seqstat_counter_width(&counters[i]);

	return n;
}

size_t
seqstat_schema_size(const struct rte_seqstat_counter *counters, uint32_t n_counters)
{
	return RTE_ALIGN(n_counters * (sizeof(*counters) + sizeof(*counters->buckets) +
			sizeof(struct counter_strings) + sizeof(uint32_t)) +
		count_bounds(counters, n_counters) * sizeof(uint64_t), sizeof(uint64_t));
}

void
seqstat_schema_copy(void *mem, uint32_t **first_value,
		const struct rte_seqstat_counter *counters, uint32_t n_counters)
{
	struct rte_seqstat_counter *to = mem;
	struct rte_seqstat_buckets *buckets = (struct rte_seqstat_buckets *)(to + n_counters);
	uint64_t *bounds = (uint64_t *)(buckets + n_counters);
	struct counter_strings *strings = (struct counter_strings *)
		(bounds + count_bounds(counters, n_counters));
	uint32_t i, value = 0;

	*first_value = (uint32_t *)(strings + n_counters);
	for (i = 0; i < n_counters; i++, to++, buckets++, strings++) {
		strlcpy(strings->name, counters[i].name, sizeof(strings->name));
		if (counters[i].unit != NULL)
			strlcpy(strings->unit, counters[i].unit, sizeof(strings->unit));
		if (counters[i].help != NULL)
			strlcpy(strings->help, counters[i].help, sizeof(strings->help));
		*to = (struct rte_seqstat_counter){
			.name = strings->name,
			.unit = strings->unit,
			.help = strings->help,
			.type = counters[i].type,
		};
		if (to->type == RTE_SEQSTAT_HISTOGRAM) {
			*buckets = *counters[i].buckets;
			to->buckets = buckets;
		}
		if (buckets->bounds != NULL) {
			memcpy(bounds, buckets->bounds, buckets->n_bounds * sizeof(bounds[0]));
			buckets->bounds = bounds;
			bounds += buckets->n_bounds;
		}
		(*first_value)[i] = value;
		value += seqstat_counter_width(to);
	}
}
