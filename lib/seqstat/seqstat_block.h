/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_BLOCK_H
#define SEQSTAT_BLOCK_H

/**
 * @file
 *
 * The layout of a writer's block: where its rows, units, tags and saved units lie
 *
 * Writers read the layout from the fields of their block. The library computes it from the number
 * of values, which is a constant for the compiler in the reader's most frequent cases.
 */

#include "rte_seqstat.h"

/** Layout of a unit: the rows that are saved together and share a tag. */
struct seqstat_unit {
	uint32_t n_values;  /**< Number of values in a row. */
	uint32_t n_rows;    /**< Number of rows in a unit. */
	uint32_t stride;    /**< Number of bytes from one row to the next. */
	uint32_t size;      /**< Number of bytes from one unit to the next. */
	uint32_t n_words;   /**< Number of words up to the last value. */
	bool tag_inside;    /**< Whether the last word is the tag, because it is no value. */
	uint32_t tag_shift; /**< Tags are (size >> tag_shift) bytes apart. */
};

/** Return the layout of units for a number of values in a row. */
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
		/* In an array: 8 bytes for each 2^n bytes, with the largest 2^n in the size. */
		.tag_shift = tag_inside ? 0 : rte_bsf32(size) - rte_bsf32(sizeof(uint64_t)),
	};
}

/**
 * Offsets of the parts of a block in bytes.
 *
 * The size of the largest block does not fit in 32 bits.
 */
struct seqstat_parts {
	uint64_t tags;  /**< Offset of the first unit's tag. */
	uint64_t saved; /**< Offset of the first unit's saved copy. */
	uint64_t end;   /**< Size of the block. */
};

/** Return the offsets of the parts of a block. */
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
