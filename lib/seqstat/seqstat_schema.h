/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_SCHEMA_H
#define SEQSTAT_SCHEMA_H

/**
 * @file
 *
 * The parameters of a set: check them, and copy the schema
 */

#include <stdbool.h>
#include <stddef.h>

#include "rte_seqstat.h"

/** Return whether parameters of a set are valid, except for its balances; log why not. */
bool
seqstat_params_valid(const struct rte_seqstat_params *params);

/** Return whether a name is valid, with capital letters only if these are allowed. */
bool
seqstat_name_valid(const char *name, bool capitals);

/** Return whether a text needs no escapes in JSON, and fits in a size with its NUL. */
bool
seqstat_text_valid(const char *text, size_t size);

/** Return the number of names before the NULL; 0 if labels is NULL. */
static inline uint32_t
seqstat_labels_count(const char *const *labels)
{
	uint32_t n = 0;

	while (labels != NULL && labels[n] != NULL)
		n++;

	return n;
}

/**
 * Maximum number of bytes of a row as JSON.
 *
 * librte_telemetry cuts a reply at 16 KB; a reply has up to 1 KB besides its rows.
 */
#define SEQSTAT_MAX_TEXT (15 * 1024)

/** Return the maximum number of bytes of a row as JSON. */
size_t
seqstat_schema_row_text(const struct rte_seqstat_counter *counters, uint32_t n_counters,
		uint32_t n_labels);

/** Return the number of values in a row. */
uint32_t
seqstat_schema_n_values(const struct rte_seqstat_counter *counters, uint32_t n_counters);

/** Return the size of a copy of a schema in bytes, rounded up to the alignment of a pointer. */
size_t
seqstat_schema_size(const struct rte_seqstat_counter *counters, uint32_t n_counters);

/**
 * Copy a schema.
 *
 * @param[out] mem
 *   Zeroed memory of seqstat_schema_size() bytes, which begins with the copied counters
 * @param[out] first_value
 *   By counter: index of its first value in a row; an array in @p mem
 */
void
seqstat_schema_copy(void *mem, uint32_t **first_value,
		const struct rte_seqstat_counter *counters, uint32_t n_counters);

#endif /* SEQSTAT_SCHEMA_H */
