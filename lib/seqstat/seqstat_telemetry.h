/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_TELEMETRY_H
#define SEQSTAT_TELEMETRY_H

/**
 * @file
 *
 * Telemetry requests taken apart, and replies put together
 */

#include <stddef.h>
#include <stdint.h>

#include "seqstat_compat.h"

struct rte_seqstat;

/* seqstat_request.c */

#define SEQSTAT_MAX_PARAMS 4

/** A request, taken apart. */
struct seqstat_request {
	char text[1024];
	char *param[SEQSTAT_MAX_PARAMS]; /**< The name of a set first. */
	int n_params;
};

/**
 * Take a request apart.
 *
 * @return
 *   0, or -EINVAL: fewer parameters than min, more than max, or empty ones.
 */
int
seqstat_request_parse(struct seqstat_request *req, const char *params, int min, int max);

/** Parse a decimal number below a limit, and nothing else. */
int
seqstat_number_parse(const char *text, uint64_t limit, uint64_t *number);

/** Likewise, an index. */
int
seqstat_index_parse(const char *text, uint32_t limit, uint32_t *index);

/* seqstat_reply.c */

/** A dictionary has fewer entries than librte_telemetry allows, an array too. */
#define SEQSTAT_REPLY_ENTRIES 200

/** How many things of a size, in bytes as JSON, go in a page. */
uint32_t
seqstat_reply_page(size_t size);

/** Bytes that the values of one row, or of one writer's row, can take. */
size_t
seqstat_reply_row_size(const struct rte_seqstat *st);

/** Make a dictionary, for the reply that this thread makes. NULL: not enough memory. */
struct rte_tel_data *
seqstat_reply_dict(void);

/** Likewise, an array of integers. */
struct rte_tel_data *
seqstat_reply_ints(void);

/**
 * The reply is complete, or is given up: then free what it was made of.
 *
 * @param ret
 *   What is returned: negative, if there is no reply.
 */
int
seqstat_reply_end(int ret);

/** Add a dictionary to a dictionary under a number; the outer one owns it then. */
int
seqstat_reply_numbered(struct rte_tel_data *outer, uint32_t number,
		struct rte_tel_data *inner);

/** Add the values of a row to a dictionary. */
int
seqstat_reply_values(struct rte_tel_data *d, const struct rte_seqstat *st,
		const uint64_t *values);

#endif /* SEQSTAT_TELEMETRY_H */
