/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "seqstat_histogram.h"
#include "seqstat_reply.h"
#include "seqstat_schema.h"

uint32_t
seqstat_reply_page(size_t size)
{
	return RTE_MIN(SEQSTAT_MAX_TEXT / (uint32_t)size, (uint32_t)SEQSTAT_REPLY_ENTRIES);
}

struct rte_tel_data *
seqstat_reply_dict(struct rte_tel_data *d, const char *key)
{
	struct rte_tel_data *inner = rte_tel_data_alloc();

	if (inner == NULL)
		return NULL;
	rte_tel_data_start_dict(inner);
	/* After this call, the outer dictionary owns the inner one. */
	if (rte_tel_data_add_dict_container(d, key, inner, 0) == 0)
		return inner;
	rte_tel_data_free(inner);

	return NULL;
}

struct rte_tel_data *
seqstat_reply_dict_numbered(struct rte_tel_data *d, uint32_t number)
{
	char key[16];

	snprintf(key, sizeof(key), "%" PRIu32, number);

	return seqstat_reply_dict(d, key);
}

int
seqstat_reply_bucket(struct rte_tel_data *d, const struct rte_seqstat_buckets *buckets,
		uint32_t bucket, uint64_t n)
{
	char key[24] = "inf";

	if (bucket < buckets->n_bounds)
		snprintf(key, sizeof(key), "%" PRIu64, rte_seqstat_bucket_bound(buckets, bucket));

	return rte_tel_data_add_dict_uint(d, key, n);
}

/** Add the cumulative counts, the sum and the quantiles of a histogram. Returns 0 or -ENOMEM. */
static int
add_histogram(struct rte_tel_data *d, const struct rte_seqstat_counter *counter,
		const uint64_t *values)
{
	struct rte_tel_data *histogram = seqstat_reply_dict(d, counter->name);
	struct rte_tel_data *buckets = histogram == NULL ? NULL :
		seqstat_reply_dict(histogram, "buckets");
	const uint32_t n_bounds = counter->buckets->n_bounds;
	const struct seqstat_quantile *quantile = seqstat_quantiles;
	uint64_t count = 0;
	uint32_t i;

	if (buckets == NULL)
		return -ENOMEM;
	for (i = 0; i <= n_bounds; i++) {
		count += values[i];
		if (i == n_bounds || seqstat_bucket_folded(counter->buckets, i))
			seqstat_reply_bucket(buckets, counter->buckets, i, count);
	}
	rte_tel_data_add_dict_uint(histogram, "count", count);
	rte_tel_data_add_dict_uint(histogram, "sum", values[i]);
	for (; count > 0 && quantile < seqstat_quantiles + RTE_DIM(seqstat_quantiles); quantile++)
		rte_tel_data_add_dict_uint(histogram, quantile->name,
				rte_seqstat_quantile(counter, values, quantile->q));

	return 0;
}

int
seqstat_reply_values(struct rte_tel_data *d, const struct seqstat_set *set, const uint64_t *values)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < set->n_counters; i++) {
		if (set->counters[i].type == RTE_SEQSTAT_HISTOGRAM)
			ret = add_histogram(d, &set->counters[i], &values[set->first_value[i]]);
		else
			ret = rte_tel_data_add_dict_uint(d, set->counters[i].name, values[i]);
	}

	return ret;
}
