/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_SCHEMA_H
#define SEQSTAT_SCHEMA_H

/**
 * @file
 *
 * What a set is made of: its parameters checked, and its schema copied
 */

#include <stdbool.h>
#include <stddef.h>

#include "rte_seqstat.h"

/** Return whether parameters are valid; log why not. */
bool
seqstat_params_valid(const struct rte_seqstat_params *params);

/** Return whether a name can be a key in telemetry and a part of a metric's name. */
bool
seqstat_name_valid(const char *name, bool capitals);

/** Return whether text can be a string in JSON without escapes and fits with its NUL. */
bool
seqstat_text_valid(const char *text, size_t size);

/** Return the number of names in parameters' labels. */
static inline uint32_t
seqstat_labels_count(const char *const *labels)
{
	uint32_t n = 0;

	while (labels != NULL && labels[n] != NULL)
		n++;

	return n;
}

/**
 * Most bytes of a row as JSON.
 *
 * librte_telemetry cuts a reply at 16 KB. The rest is for what a reply has beside a row.
 */
#define SEQSTAT_MAX_TEXT (15 * 1024)

/** Return the most bytes that a row takes as JSON. */
size_t
seqstat_schema_row_text(const struct rte_seqstat_counter *counters, uint32_t n_counters,
		uint32_t n_labels);

/** Return the number of values in a row. */
uint32_t
seqstat_schema_n_values(const struct rte_seqstat_counter *counters, uint32_t n_counters);

/** Return the bytes of a copy of a schema, up to where a pointer can follow. */
size_t
seqstat_schema_size(const struct rte_seqstat_counter *counters, uint32_t n_counters);

/**
 * Copy a schema.
 *
 * @param[out] mem
 *   Zeroed memory of seqstat_schema_size() bytes: the counters, then what they point to.
 * @param[out] first_value
 *   For each counter, where its values begin in a row. Lies in @p mem, too.
 */
void
seqstat_schema_copy(void *mem, uint32_t **first_value,
		const struct rte_seqstat_counter *counters, uint32_t n_counters);

#endif /* SEQSTAT_SCHEMA_H */
