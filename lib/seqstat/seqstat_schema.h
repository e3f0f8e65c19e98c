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

/** Return the number of values in a row. */
uint32_t
seqstat_schema_n_values(const struct rte_seqstat_counter *counters, uint32_t n_counters);

/** Return the bytes of a copy of a schema. */
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
