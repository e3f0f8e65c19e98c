/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_REPLY_H
#define SEQSTAT_REPLY_H

/**
 * @file
 *
 * Parts of telemetry replies: pages, dictionaries and the values of a row
 */

#include <stddef.h>

#include <rte_telemetry.h>

#include "seqstat_compat.h"
#include "seqstat_layout.h"

/** Maximum number of entries in a dictionary or an array: fewer than librte_telemetry allows. */
#define SEQSTAT_REPLY_ENTRIES 200

/** Return the number of entries of a size in bytes as JSON that fit in a page. */
uint32_t
seqstat_reply_page(size_t size);

/** Add an empty dictionary to another one under a key. Returns NULL if there is no memory. */
struct rte_tel_data *
seqstat_reply_dict(struct rte_tel_data *d, const char *key);

/** Add an empty dictionary to another one under a number. Returns NULL if there is no memory. */
struct rte_tel_data *
seqstat_reply_dict_numbered(struct rte_tel_data *d, uint32_t number);

/** Add a number to a dictionary under the upper bound of a bucket. Returns 0 or an error. */
int
seqstat_reply_bucket(struct rte_tel_data *d, const struct rte_seqstat_buckets *buckets,
		uint32_t bucket, uint64_t n);

/** Add the values of a row to a dictionary. Returns 0 or -ENOMEM. */
int
seqstat_reply_values(struct rte_tel_data *d, const struct seqstat_set *set,
		const uint64_t *values);

#endif /* SEQSTAT_REPLY_H */
