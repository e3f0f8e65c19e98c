/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_BLOCK_H
#define SEQSTAT_BLOCK_H

/**
 * @file
 *
 * Where rows, units, tags and saved units lie in a writer's block
 *
 * Writers find all this in the fields of their block. The library computes it from the number
 * of values, which the compiler knows in the reader's most frequent cases.
 */

#include "rte_seqstat.h"

/** A unit: the rows that are saved together and share a tag. */
struct seqstat_unit {
	uint32_t n_values;  /**< Values of a row. */
	uint32_t n_rows;
	uint32_t stride;    /**< Bytes from one row to the next. */
	uint32_t size;      /**< Bytes from one unit to the next. */
	uint32_t n_words;   /**< Words up to its last value. */
	bool tag_inside;    /**< Its last word is no value, and its tag. */
	uint32_t tag_shift; /**< Tags are (size >> tag_shift) bytes apart. */
};

static __rte_always_inline struct seqstat_unit
seqstat_unit(uint32_t n_values)
{
	const uint32_t stride = __RTE_SEQSTAT_STRIDE(n_values);
	const uint32_t n_rows = n_values <= __RTE_SEQSTAT_UNIT / sizeof(uint64_t) ?
		__RTE_SEQSTAT_UNIT / stride : 1;
	const uint32_t size = n_rows * stride;
	const bool tag_inside = n_values * sizeof(uint64_t) < stride;

	return (struct seqstat_unit){
		.n_values = n_values,
		.n_rows = n_rows,
		.stride = stride,
		.size = size,
		.n_words = (size - stride) / sizeof(uint64_t) + n_values,
		.tag_inside = tag_inside,
		/* Apart, 8 bytes for the greatest power of two that divides the size. */
		.tag_shift = tag_inside ? 0 : rte_bsf32(size) - rte_bsf32(sizeof(uint64_t)),
	};
}

/**
 * Bytes from the beginning of a block to its parts.
 *
 * The largest block does not fit into 32 bits: set_create() refuses it where a size has no more.
 */
struct seqstat_parts {
	uint64_t tags;  /**< The first unit's tag. */
	uint64_t saved; /**< The first unit's saved copy. */
	uint64_t end;
};

static inline struct seqstat_parts
seqstat_parts(uint32_t n_rows, uint32_t n_values)
{
	const struct seqstat_unit unit = seqstat_unit(n_values);
	const uint64_t rows = sizeof(struct rte_seqstat_writer);
	const uint64_t size = (uint64_t)(n_rows + unit.n_rows - 1) / unit.n_rows * unit.size;
	struct seqstat_parts parts;

	parts.saved = rows + RTE_ALIGN_CEIL(size, __RTE_SEQSTAT_LINE);
	if (unit.tag_inside) {
		parts.tags = rows + unit.size - sizeof(uint64_t);
	} else {
		parts.tags = parts.saved;
		parts.saved += RTE_ALIGN_CEIL(size >> unit.tag_shift, __RTE_SEQSTAT_LINE);
	}
	parts.end = parts.saved + size;

	return parts;
}

#endif /* SEQSTAT_BLOCK_H */
