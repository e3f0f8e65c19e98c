/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "seqstat_reply.h"

/** librte_telemetry cuts a longer reply: the rest goes to another page. */
#define REPLY_SIZE (15 * 1024)

/** Bytes that a key and a number can take, beside the key. */
#define NUMBER_SIZE sizeof("\"\":18446744073709551615,")

size_t
seqstat_reply_row_size(const struct seqstat_set *set)
{
	size_t size = RTE_SEQSTAT_ROW_NAMESIZE + 64;
	const struct rte_seqstat_counter *counter;

	for (counter = set->counters; counter < set->counters + set->n_counters; counter++) {
		size += strlen(counter->name) + NUMBER_SIZE;
		/* The keys of a histogram are its bounds. */
		if (counter->type == RTE_SEQSTAT_HISTOGRAM)
			size += 64 + (counter->n_bounds + 1) * 2 * NUMBER_SIZE;
	}

	return size;
}

uint32_t
seqstat_reply_page(size_t size)
{
	uint32_t n = REPLY_SIZE / (uint32_t)size;

	return RTE_MAX(1u, RTE_MIN(n, (uint32_t)SEQSTAT_REPLY_ENTRIES));
}

struct rte_tel_data *
seqstat_reply_dict(struct rte_tel_data *d, const char *key)
{
	struct rte_tel_data *inner = rte_tel_data_alloc();

	if (inner == NULL)
		return NULL;
	rte_tel_data_start_dict(inner);
	/* The outer dictionary owns the inner one from here on. */
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
seqstat_reply_int(struct rte_tel_data *d, const char *key, int64_t value)
{
	/* Up to 22.11, signed numbers have 32 bits; positive ones need no sign. */
	return value >= 0 ? rte_tel_data_add_dict_uint(d, key, value) :
		rte_tel_data_add_dict_int(d, key, RTE_MAX(value, SEQSTAT_TEL_INT_MIN));
}

/** Add how many observations a histogram has up to each bound. */
static int
add_histogram(struct rte_tel_data *d, const struct rte_seqstat_counter *counter,
		const uint64_t *values)
{
	struct rte_tel_data *histogram = seqstat_reply_dict(d, counter->name);
	struct rte_tel_data *buckets = histogram == NULL ? NULL :
		seqstat_reply_dict(histogram, "buckets");
	uint64_t count = 0;
	char key[24];
	uint32_t i;

	if (buckets == NULL)
		return -ENOMEM;
	for (i = 0; i < counter->n_bounds; i++) {
		count += values[i];
		snprintf(key, sizeof(key), "%" PRIu64, counter->bounds[i]);
		rte_tel_data_add_dict_uint(buckets, key, count);
	}
	count += values[i];
	rte_tel_data_add_dict_uint(buckets, "inf", count);
	rte_tel_data_add_dict_uint(histogram, "count", count);
	rte_tel_data_add_dict_uint(histogram, "sum", values[i + 1]);

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
