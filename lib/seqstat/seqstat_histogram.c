/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <stdio.h>

#include "seqstat_compat.h"
#include "seqstat_control.h"
#include "seqstat_histogram.h"

const struct seqstat_quantile seqstat_quantiles[SEQSTAT_N_QUANTILES] = {
	{ "p50", 0.5 },
	{ "p90", 0.9 },
	{ "p99", 0.99 },
	{ "p99_9", 0.999 },
	{ "p99_99", 0.9999 },
	{ "max", 1 },
};

/** Return whether log-linear buckets are valid, and log why not. */
static bool
log_linear_valid(const char *name, const struct rte_seqstat_buckets *buckets)
{
	const uint32_t log_parts = buckets->log_parts;

	if (log_parts > RTE_SEQSTAT_MAX_LOG_PARTS)
		return SEQSTAT_INVALID("2^%u parts of each power of two in histogram '%s': must "
			"be at most 2^%u", log_parts, name, RTE_SEQSTAT_MAX_LOG_PARTS);
	/* The highest bound must be a power of two that 64 bits can hold. */
	if (buckets->n_bounds == 0 || buckets->n_bounds % (UINT32_C(1) << log_parts) != 0 ||
			buckets->n_bounds > RTE_SEQSTAT_LOG_BOUNDS(log_parts, 63))
		return SEQSTAT_INVALID("%u log-linear bounds of histogram '%s': must be 1 to %u "
			"times %u", buckets->n_bounds, name, 64 - log_parts, 1u << log_parts);

	return true;
}

bool
seqstat_buckets_valid(const char *name, const struct rte_seqstat_buckets *buckets)
{
	uint32_t i;

	if (buckets == NULL)
		return SEQSTAT_INVALID("no buckets of histogram '%s'", name);
	if (buckets->bounds == NULL)
		return log_linear_valid(name, buckets);
	if (buckets->log_parts != 0)
		return SEQSTAT_INVALID("histogram '%s' has bounds and log-linear parts", name);
	if (buckets->n_bounds == 0 || buckets->n_bounds > RTE_SEQSTAT_MAX_BOUNDS)
		return SEQSTAT_INVALID("%u bounds of histogram '%s': must be 1 to %u",
			buckets->n_bounds, name, RTE_SEQSTAT_MAX_BOUNDS);
	for (i = 1; i < buckets->n_bounds; i++)
		if (buckets->bounds[i] <= buckets->bounds[i - 1])
			return SEQSTAT_INVALID("bound %u of histogram '%s' is not above the one "
				"before", i, name);

	return true;
}

size_t
seqstat_histogram_text(const struct rte_seqstat_buckets *buckets)
{
	/* Besides the bounds: the sum, the count, the bucket without a bound, and quantiles. */
	size_t size = sizeof("{\"buckets\":{},}") + (3 + RTE_DIM(seqstat_quantiles)) *
		SEQSTAT_NUMBER_TEXT(sizeof("count"));
	uint32_t i;

	for (i = 0; i < buckets->n_bounds; i++)
		if (seqstat_bucket_folded(buckets, i))
			size += SEQSTAT_NUMBER_TEXT(snprintf(NULL, 0, "%" PRIu64,
						rte_seqstat_bucket_bound(buckets, i)));

	return size;
}

/** Return the middle of a bucket, rounded up. */
static uint64_t
bucket_middle(const struct rte_seqstat_buckets *buckets, uint32_t bucket)
{
	const uint64_t high = rte_seqstat_bucket_bound(buckets, bucket);
	const uint64_t low = bucket == 0 ? 0 : rte_seqstat_bucket_bound(buckets, bucket - 1) + 1;

	/* Round up: in the bucket of 0 and 1, observations of 1 are more likely. */
	return high - (high - low) / 2;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_quantile, 26.11)
uint64_t
rte_seqstat_quantile(const struct rte_seqstat_counter *counter, const uint64_t *values, double q)
{
	const struct rte_seqstat_buckets *buckets;
	uint64_t rank, count = 0, below = 0;
	double exact;
	uint32_t i;

	if (counter == NULL || values == NULL || counter->type != RTE_SEQSTAT_HISTOGRAM ||
			counter->buckets == NULL)
		return 0;
	buckets = counter->buckets;
	for (i = 0; i <= buckets->n_bounds; i++)
		count += values[i];
	if (count == 0)
		return 0;
	/* NaN is not greater than 0 either. */
	exact = q > 0 ? RTE_MIN(q, 1.0) * (double)count : 0;
	/* As a double, the count may be rounded up to 2^64, which no integer can hold. */
	rank = exact < (double)count ? (uint64_t)exact : count;
	rank += (double)rank < exact;
	rank = RTE_MAX(rank, UINT64_C(1));
	for (i = 0; i < buckets->n_bounds; i++) {
		below += values[i];
		if (below >= rank)
			return bucket_middle(buckets, i);
	}

	return UINT64_MAX;
}
