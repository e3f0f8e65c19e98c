/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_memory.h>
#include <rte_string_fns.h>

#include "seqstat_control.h"
#include "seqstat_schema.h"

/** The strings of a counter in the copy of a schema. */
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

static bool
bounds_valid(const struct rte_seqstat_counter *counter)
{
	uint32_t i;

	if (counter->n_bounds == 0 || counter->n_bounds > RTE_SEQSTAT_MAX_VALUES)
		return false;
	if (counter->bounds == NULL)
		return counter->n_bounds <= 64;
	for (i = 1; i < counter->n_bounds; i++)
		if (counter->bounds[i] <= counter->bounds[i - 1])
			return false;

	return true;
}

static bool
counter_valid(const struct rte_seqstat_counter *counter)
{
	if (!seqstat_name_valid(counter->name, false) || strcmp(counter->name, "name") == 0) {
		SEQSTAT_LOG(ERR, "malformed or reserved name of a counter: '%s'",
			counter->name == NULL ? "" : counter->name);
		return false;
	}
	if (counter->unit != NULL && counter->unit[0] != '\0' &&
			!seqstat_name_valid(counter->unit, false)) {
		SEQSTAT_LOG(ERR, "malformed unit of counter '%s'", counter->name);
		return false;
	}
	if (counter->help != NULL && !seqstat_text_valid(counter->help, RTE_SEQSTAT_HELPSIZE)) {
		SEQSTAT_LOG(ERR, "malformed or overlong help of counter '%s'", counter->name);
		return false;
	}
	if (counter->type == RTE_SEQSTAT_HISTOGRAM) {
		if (!bounds_valid(counter)) {
			SEQSTAT_LOG(ERR, "malformed bounds of histogram '%s'", counter->name);
			return false;
		}
	} else if (counter->type != RTE_SEQSTAT_COUNTER && counter->type != RTE_SEQSTAT_GAUGE) {
		SEQSTAT_LOG(ERR, "unknown type of counter '%s'", counter->name);
		return false;
	}

	return true;
}

static bool
schema_valid(const struct rte_seqstat_counter *counters, uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		if (!counter_valid(&counters[i]))
			return false;
		/* So the index of a counter is that of its value. */
		if (i > 0 && counters[i].type != RTE_SEQSTAT_HISTOGRAM &&
				counters[i - 1].type == RTE_SEQSTAT_HISTOGRAM) {
			SEQSTAT_LOG(ERR, "counter '%s' follows a histogram", counters[i].name);
			return false;
		}
		for (j = 0; j < i; j++) {
			if (strcmp(counters[i].name, counters[j].name) == 0) {
				SEQSTAT_LOG(ERR, "two counters are named '%s'", counters[i].name);
				return false;
			}
		}
	}

	return true;
}

bool
seqstat_params_valid(const struct rte_seqstat_params *params)
{
	uint32_t n_values;

	if (params == NULL || params->counters == NULL) {
		SEQSTAT_LOG(ERR, "no parameters or no schema");
		return false;
	}
	if (!seqstat_name_valid(params->name, true)) {
		SEQSTAT_LOG(ERR, "malformed or overlong name of a set");
		return false;
	}
	if (params->row_label != NULL && !seqstat_name_valid(params->row_label, false)) {
		SEQSTAT_LOG(ERR, "malformed or overlong label of the rows of set '%s'",
			params->name);
		return false;
	}
	if (params->n_counters == 0 || params->n_counters > RTE_SEQSTAT_MAX_VALUES) {
		SEQSTAT_LOG(ERR, "%u counters in set '%s': must be 1 to %u",
			params->n_counters, params->name, RTE_SEQSTAT_MAX_VALUES);
		return false;
	}
	if (params->n_rows == 0 || params->n_rows > RTE_SEQSTAT_MAX_ROWS) {
		SEQSTAT_LOG(ERR, "%u rows in set '%s': must be 1 to %u",
			params->n_rows, params->name, RTE_SEQSTAT_MAX_ROWS);
		return false;
	}
	if (params->socket_id != SOCKET_ID_ANY &&
			(params->socket_id < 0 || params->socket_id >= RTE_MAX_NUMA_NODES)) {
		SEQSTAT_LOG(ERR, "no socket %d for set '%s'", params->socket_id, params->name);
		return false;
	}
	if ((params->flags & ~RTE_SEQSTAT_OWN_EPOCH) != 0) {
		SEQSTAT_LOG(ERR, "unknown flags 0x%x for set '%s'", params->flags, params->name);
		return false;
	}

	if (!schema_valid(params->counters, params->n_counters))
		return false;
	n_values = seqstat_schema_n_values(params->counters, params->n_counters);
	if (n_values > RTE_SEQSTAT_MAX_VALUES) {
		SEQSTAT_LOG(ERR, "%u values in a row of set '%s': must be at most %u",
			n_values, params->name, RTE_SEQSTAT_MAX_VALUES);
		return false;
	}

	return true;
}

/** Return the number of bounds of all histograms. */
static uint32_t
count_bounds(const struct rte_seqstat_counter *counters, uint32_t n_counters)
{
	uint32_t i, n = 0;

	for (i = 0; i < n_counters; i++)
		if (counters[i].type == RTE_SEQSTAT_HISTOGRAM)
			n += counters[i].n_bounds;

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
	return n_counters * (sizeof(*counters) + sizeof(struct counter_strings) +
			sizeof(uint32_t)) +
		count_bounds(counters, n_counters) * sizeof(uint64_t);
}

void
seqstat_schema_copy(void *mem, uint32_t **first_value,
		const struct rte_seqstat_counter *counters, uint32_t n_counters)
{
	struct rte_seqstat_counter *to = mem;
	uint64_t *bounds = (uint64_t *)(to + n_counters);
	struct counter_strings *strings = (struct counter_strings *)
		(bounds + count_bounds(counters, n_counters));
	uint32_t i, j, value = 0;

	*first_value = (uint32_t *)(strings + n_counters);
	for (i = 0; i < n_counters; i++, to++, strings++) {
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
			to->bounds = bounds;
			to->n_bounds = counters[i].n_bounds;
			for (j = 0; j < to->n_bounds; j++)
				*bounds++ = counters[i].bounds == NULL ? UINT64_C(1) << j :
					counters[i].bounds[j];
		}
		(*first_value)[i] = value;
		value += seqstat_counter_width(to);
	}
}
