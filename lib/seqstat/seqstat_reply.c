/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "seqstat_private.h"
#include "seqstat_telemetry.h"

/** A longer reply is cut by librte_telemetry: what is over goes to another page. */
#define REPLY_SIZE (15 * 1024)

/** Bytes that a key and a number can take, beside the key. */
#define NUMBER_SIZE sizeof("\"\":18446744073709551615,")

size_t
seqstat_reply_row_size(const struct rte_seqstat *st)
{
	size_t size = RTE_SEQSTAT_ROW_NAMESIZE + 64;
	const struct rte_seqstat_counter *counter;

	for (counter = st->counters; counter < st->counters + st->n_counters; counter++) {
		size += strlen(counter->name) + NUMBER_SIZE;
		/* Of a histogram, the bounds are the keys. */
		if (counter->type == RTE_SEQSTAT_HISTOGRAM)
			size += 64 + (counter->n_bounds + 1) * 2 * NUMBER_SIZE;
	}

	return size;
}

uint32_t
seqstat_reply_page(size_t size)
{
	uint32_t n = REPLY_SIZE / (uint32_t)size;

	if (n == 0)
		return 1;

	return RTE_MIN(n, (uint32_t)SEQSTAT_REPLY_ENTRIES);
}

/** A container in the reply that is being made. */
struct part {
	SLIST_ENTRY(part) next;
	struct rte_tel_data *data;
};

/* librte_telemetry has a thread for each client. */
static __thread SLIST_HEAD(, part) parts;

/** Make a container. */
static struct rte_tel_data *
part_make(void)
{
	struct part *part = calloc(1, sizeof(*part));

	if (part == NULL)
		return NULL;
	part->data = rte_tel_data_alloc();
	if (part->data == NULL) {
		free(part);
		return NULL;
	}
	SLIST_INSERT_HEAD(&parts, part, next);

	return part->data;
}

struct rte_tel_data *
seqstat_reply_dict(void)
{
	struct rte_tel_data *d = part_make();

	if (d != NULL)
		rte_tel_data_start_dict(d);

	return d;
}

struct rte_tel_data *
seqstat_reply_ints(void)
{
	struct rte_tel_data *d = part_make();

	if (d != NULL)
		rte_tel_data_start_array(d, RTE_TEL_INT_VAL);

	return d;
}

int
seqstat_reply_end(int ret)
{
	struct part *part;

	while ((part = SLIST_FIRST(&parts)) != NULL) {
		SLIST_REMOVE_HEAD(&parts, next);
		/* librte_telemetry frees the containers of what it sends, and only those. */
		if (ret < 0)
			rte_tel_data_free(part->data);
		free(part);
	}

	return ret;
}

/** Add how often a histogram's observations were at most each bound. */
static int
add_buckets(struct rte_tel_data *d, const struct rte_seqstat_counter *counter,
		const uint64_t *values, uint64_t *count)
{
	struct rte_tel_data *buckets = seqstat_reply_dict();
	char key[24];
	uint32_t i;

	if (buckets == NULL)
		return -ENOMEM;
	for (i = 0, *count = 0; i < counter->n_bounds; i++) {
		*count += values[i];
		snprintf(key, sizeof(key), "%" PRIu64, counter->bounds[i]);
		rte_tel_data_add_dict_uint(buckets, key, *count);
	}
	*count += values[i];
	rte_tel_data_add_dict_uint(buckets, "inf", *count);

	return rte_tel_data_add_dict_container(d, "buckets", buckets, 0);
}

static int
add_histogram(struct rte_tel_data *d, const struct rte_seqstat_counter *counter,
		const uint64_t *values)
{
	struct rte_tel_data *histogram = seqstat_reply_dict();
	uint64_t count;
	int ret;

	if (histogram == NULL)
		return -ENOMEM;
	ret = add_buckets(histogram, counter, values, &count);
	if (ret != 0)
		return ret;
	rte_tel_data_add_dict_uint(histogram, "count", count);
	rte_tel_data_add_dict_uint(histogram, "sum", values[counter->n_bounds + 1]);

	return rte_tel_data_add_dict_container(d, counter->name, histogram, 0);
}

int
seqstat_reply_values(struct rte_tel_data *d, const struct rte_seqstat *st, const uint64_t *values)
{
	const struct rte_seqstat_counter *counter;
	int ret = 0;

	for (counter = st->counters; ret == 0 && counter < st->counters + st->n_counters;
			counter++) {
		if (counter->type == RTE_SEQSTAT_HISTOGRAM)
			ret = add_histogram(d, counter, &values[counter->value]);
		else
			ret = rte_tel_data_add_dict_uint(d, counter->name,
					values[counter->value]);
	}

	return ret;
}

int
seqstat_reply_numbered(struct rte_tel_data *outer, uint32_t number, struct rte_tel_data *inner)
{
	char key[16];

	snprintf(key, sizeof(key), "%" PRIu32, number);

	return rte_tel_data_add_dict_container(outer, key, inner, 0);
}
