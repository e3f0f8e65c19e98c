/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_HISTOGRAM_H
#define SEQSTAT_HISTOGRAM_H

/**
 * @file
 *
 * Histograms: check their buckets, and describe their form in views
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "rte_seqstat.h"

/** Maximum number of bytes of a key and a number as JSON. */
#define SEQSTAT_NUMBER_TEXT(key_length) ((key_length) + strlen("\"\":18446744073709551615,"))

/** Quantiles that views show. */
#define SEQSTAT_N_QUANTILES 6
extern const struct seqstat_quantile {
	const char *name;
	double q;
} seqstat_quantiles[SEQSTAT_N_QUANTILES];

/** Return whether buckets are valid; if not, log why with the name of their histogram. */
bool
seqstat_buckets_valid(const char *name, const struct rte_seqstat_buckets *buckets);

/**
 * Return whether a row in a view has the number of observations up to the bound of a bucket.
 *
 * For log-linear buckets, it has the bounds that are powers of two.
 */
static inline bool
seqstat_bucket_folded(const struct rte_seqstat_buckets *buckets, uint32_t bucket)
{
	const uint64_t bound = rte_seqstat_bucket_bound(buckets, bucket);

	return buckets->bounds != NULL || (bound & (bound - 1)) == 0;
}

/** Return the maximum number of bytes of a histogram as JSON. */
size_t
seqstat_histogram_text(const struct rte_seqstat_buckets *buckets);

#endif /* SEQSTAT_HISTOGRAM_H */
