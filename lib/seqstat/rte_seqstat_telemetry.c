/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Telemetry commands: parse requests, and reply with pages of snapshots. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_string_fns.h>

#include "seqstat_cache.h"
#include "seqstat_lock.h"
#include "seqstat_reply.h"
#include "seqstat_schema.h"
#include "seqstat_walk.h"

#define MAX_PARAMS 5

/** Maximum number of bytes of a writer in a reply. */
#define WRITER_SIZE 192
/** Maximum number of bytes of a counter of the schema and an lcore id in a reply. */
#define SCHEMA_SIZE (2 * RTE_SEQSTAT_NAMESIZE + RTE_SEQSTAT_HELPSIZE + 112)
/** Maximum number of bytes of the coefficient of a counter in a balance in a reply. */
#define TERM_SIZE (RTE_SEQSTAT_NAMESIZE + 16)

/** A request for a set. */
struct request {
	char text[1024];
	char *param[MAX_PARAMS]; /**< Parameters; the first is the name of the set. */
	int n_params;
	struct seqstat_handle *handle;
	const struct seqstat_set *set;
	struct rte_seqstat_snapshot *snap;
	struct rte_tel_data *d; /**< The reply. */
	bool begun; /**< Whether the reply has content. */
};

/* Parameters */

/** Parse a text that is a decimal number below a limit. Returns 0 or -EINVAL. */
static int
number_parse(const char *text, uint64_t limit, uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &end, 10);

	return errno == 0 && *end == '\0' && *number < limit ? 0 : -EINVAL;
}

/** Parse a text that is an index below a limit. Returns 0 or -EINVAL. */
static int
index_parse(const char *text, uint32_t limit, uint32_t *index)
{
	uint64_t number = 0;
	int ret = number_parse(text, limit, &number);

	*index = (uint32_t)number;

	return ret;
}

/** Split the parameters of a request. Returns 0 or -EINVAL. */
static int
params_parse(struct request *req, const char *params)
{
	char *rest = req->text, *param;

	if (params == NULL || strlcpy(req->text, params, sizeof(req->text)) >= sizeof(req->text))
		return -EINVAL;
	while ((param = strsep(&rest, ",")) != NULL) {
		if (param[0] == '\0' || req->n_params == MAX_PARAMS)
			return -EINVAL;
		req->param[req->n_params++] = param;
	}

	return 0;
}

/* Replies */

/** Count the writers of a snapshot that have a flag. */
static uint32_t
count_flag(const struct rte_seqstat_snapshot *snap, uint32_t flag)
{
	uint32_t writer, n = 0;

	for (writer = 0; writer < snap->n_writers; writer++)
		n += (snap->writers[writer].info.flags & flag) != 0;

	return n;
}

/** Count the torn sections of all writers: unlike the flag, the same for all clients. */
static uint64_t
count_torn(const struct rte_seqstat_snapshot *snap)
{
	uint64_t n = 0;
	uint32_t writer;

	for (writer = 0; writer < snap->n_writers; writer++)
		n += snap->writers[writer].n_torn;

	return n;
}

/**
 * Begin a reply: get a snapshot, and describe it. Returns 0 or a negative errno.
 *
 * @param param
 *   Index of the parameter with the first entry of the page. The parameter after it is the TSC of
 *   the snapshot. Both may be missing.
 * @param limit
 *   Limit below which the first entry must be
 * @param[out] first
 *   First entry of the page
 */
static int
reply_begin(struct request *req, int param, uint32_t limit, uint32_t *first)
{
	uint64_t tsc;
	int ret = 0;

	*first = 0;
	if (req->n_params > param)
		ret = index_parse(req->param[param], limit, first);
	if (ret != 0)
		return ret;
	if (req->n_params <= param + 1)
		req->snap = seqstat_cache_take(req->handle);
	else if (number_parse(req->param[param + 1], UINT64_MAX, &tsc) == 0)
		req->snap = seqstat_cache_find(req->handle, tsc);
	if (req->snap == NULL)
		return -ENOENT;

	req->begun = true;
	rte_tel_data_start_dict(req->d);
	rte_tel_data_add_dict_string(req->d, "set", req->set->name);
	rte_tel_data_add_dict_uint(req->d, "birth", req->set->birth_ns);
	rte_tel_data_add_dict_uint(req->d, "tsc", req->snap->tsc);
	rte_tel_data_add_dict_uint(req->d, "tsc_hz", rte_get_tsc_hz());
	rte_tel_data_add_dict_uint(req->d, "stale", count_flag(req->snap, RTE_SEQSTAT_STALE));
	rte_tel_data_add_dict_uint(req->d, "unread", count_flag(req->snap, RTE_SEQSTAT_UNREAD));
	rte_tel_data_add_dict_uint(req->d, "torn", count_torn(req->snap));

	return 0;
}

/** Add the balances of the snapshot. Returns 0 or -ENOMEM. */
static int
add_unaccounted(struct request *req)
{
	struct rte_tel_data *d = seqstat_reply_dict(req->d, "unaccounted");
	int64_t value;
	uint32_t i;
	int ret = d == NULL ? -ENOMEM : 0;

	for (i = 0; ret == 0 && i < req->set->n_balances; i++) {
		ret = rte_seqstat_snapshot_balance(req->snap, i, &value);
		if (ret == 0)
			ret = rte_tel_data_add_dict_int(d, req->set->balances[i].name, value);
	}

	return ret;
}

/** Add the first entry of the next page, and keep the snapshot for it. Returns 0 or -ENOMEM. */
static int
add_next(struct request *req, uint32_t next)
{
	rte_tel_data_add_dict_uint(req->d, "next", next);

	return seqstat_cache_keep(req->snap);
}

/** Add up a row over the writers of an lcore id. Returns false if none of them has values. */
static bool
sum_lcore(const struct request *req, uint32_t lcore_id, uint32_t row, uint64_t *values)
{
	const uint64_t *from;
	uint32_t i, writer;
	bool found = false;

	memset(values, 0, req->set->n_values * sizeof(values[0]));
	for (writer = 0; writer < req->snap->n_writers; writer++) {
		from = rte_seqstat_snapshot_row(req->snap, writer, row);
		if (from == NULL || req->snap->writers[writer].info.lcore_id != lcore_id)
			continue;
		found = true;
		for (i = 0; i < req->set->n_values; i++)
			values[i] += from[i];
	}

	return found;
}

/** Add the labels of a row to a dictionary, if it has any. Returns 0 or -ENOMEM. */
static int
add_labels(struct rte_tel_data *d, const struct seqstat_set *set,
		const struct rte_seqstat_labels *labels)
{
	struct rte_tel_data *inner;
	uint32_t i;

	if (labels->n == 0)
		return 0;
	inner = seqstat_reply_dict(d, "labels");
	if (inner == NULL)
		return -ENOMEM;
	for (i = 0; i < labels->n; i++)
		rte_tel_data_add_dict_string(inner, set->label_names[i], labels->values[i]);

	return 0;
}

/** Add a row of an lcore id, or of all writers if it is NULL. Returns 0 or -ENOMEM. */
static int
add_row(struct rte_tel_data *rows, const struct request *req, uint32_t row,
		const struct rte_seqstat_labels *labels, const uint32_t *lcore_id)
{
	struct rte_tel_data *d = seqstat_reply_dict_numbered(rows, row);
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	int ret;

	if (d == NULL)
		return -ENOMEM;
	if (lcore_id == NULL)
		rte_seqstat_snapshot_total(req->snap, row, values);
	else
		sum_lcore(req, *lcore_id, row, values);
	ret = add_labels(d, req->set, labels);

	return ret != 0 ? ret : seqstat_reply_values(d, req->set, values);
}

/** Add a page of the rows that are shown. Returns 0 or a negative errno. */
static int
add_rows(struct request *req, uint32_t first, const uint32_t *lcore_id)
{
	struct rte_tel_data *rows = seqstat_reply_dict(req->d, "rows");
	uint32_t left = seqstat_reply_page(seqstat_schema_row_text(req->set->counters,
				req->set->n_counters, req->set->n_labels));
	struct seqstat_walk *walk = seqstat_walk_begin(req->snap, first);
	int row = 0, ret = rows == NULL || walk == NULL ? -ENOMEM : 0;

	/* The walk copies labels for a whole page under one lock: no two rows have the same. */
	while (ret == 0 && (row = seqstat_walk_next(walk)) >= 0 && left-- > 0)
		ret = add_row(rows, req, (uint32_t)row, walk->labels, lcore_id);
	free(walk);
	if (ret != 0 || row == -ENOENT)
		return ret;

	return row < 0 ? row : add_next(req, (uint32_t)row);
}

/** Reply with a page of the rows of an lcore id, or of all writers if it is NULL. */
static int
rows_reply(struct request *req, const uint32_t *lcore_id, int param_first)
{
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	uint32_t row;
	int ret;

	ret = reply_begin(req, param_first, req->set->n_rows, &row);
	if (ret != 0)
		return ret;
	if (lcore_id != NULL && !sum_lcore(req, *lcore_id, row, values)) {
		req->begun = false;
		return -ENOENT;
	}
	if (lcore_id == NULL && row == 0)
		ret = add_unaccounted(req);

	return ret != 0 ? ret : add_rows(req, row, lcore_id);
}

/** Reply to /seqstat/total. */
static int
total_reply(struct request *req)
{
	return rows_reply(req, NULL, 1);
}

/** Reply to /seqstat/lcore. */
static int
lcore_reply(struct request *req)
{
	uint32_t lcore_id = LCORE_ID_ANY;
	int ret = 0;

	if (strcmp(req->param[1], "any") != 0)
		ret = index_parse(req->param[1], RTE_MAX_LCORE, &lcore_id);

	return ret != 0 ? ret : rows_reply(req, &lcore_id, 2);
}

/** Reply to /seqstat/retired. */
static int
retired_reply(struct request *req)
{
	struct rte_tel_data *retired;
	uint32_t first;
	int ret;

	ret = reply_begin(req, 1, 1, &first);
	if (ret != 0)
		return ret;
	retired = seqstat_reply_dict(req->d, "retired");

	return retired == NULL ? -ENOMEM :
		seqstat_reply_values(retired, req->set, req->snap->retired);
}

/** Reply to /seqstat/values. */
static int
values_reply(struct request *req)
{
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	const struct rte_seqstat_counter *counter = req->set->counters;
	uint32_t row, i;
	int ret;

	ret = index_parse(req->param[1], req->set->n_rows, &row);
	if (ret != 0)
		return ret;
	req->snap = seqstat_cache_take(req->handle);
	if (req->snap == NULL)
		return -ENOENT;
	rte_seqstat_snapshot_total(req->snap, row, values);
	rte_tel_data_start_dict(req->d);
	for (i = 0; i < req->set->n_counters && counter[i].type != RTE_SEQSTAT_HISTOGRAM; i++)
		rte_tel_data_add_dict_uint(req->d, counter[i].name, values[i]);

	return 0;
}

/** Return the index of a histogram with a name, or n_counters if there is none. */
static uint32_t
find_histogram(const struct seqstat_set *set, const char *name)
{
	uint32_t i;

	for (i = 0; i < set->n_counters; i++)
		if (set->counters[i].type == RTE_SEQSTAT_HISTOGRAM &&
				strcmp(set->counters[i].name, name) == 0)
			break;

	return i;
}

/** Reply to /seqstat/buckets with a page of the buckets that have observations. */
static int
buckets_reply(struct request *req)
{
	const uint32_t counter = find_histogram(req->set, req->param[2]);
	const struct rte_seqstat_buckets *buckets;
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	uint32_t row, bucket, left = SEQSTAT_REPLY_ENTRIES;
	struct rte_seqstat_labels labels;
	struct rte_tel_data *d;
	const uint64_t *counts;
	int ret;

	if (counter == req->set->n_counters)
		return -EINVAL;
	buckets = req->set->counters[counter].buckets;
	ret = index_parse(req->param[1], req->set->n_rows, &row);
	if (ret == 0)
		ret = reply_begin(req, 3, buckets->n_bounds + 1, &bucket);
	if (ret != 0)
		return ret;
	rte_tel_data_add_dict_uint(req->d, "row", row);
	ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	seqstat_snapshot_labels(req->snap, row, &labels);
	seqstat_control_unlock();
	ret = add_labels(req->d, req->set, &labels);
	if (ret != 0)
		return ret;
	rte_tel_data_add_dict_string(req->d, "counter", req->set->counters[counter].name);
	d = seqstat_reply_dict(req->d, "buckets");
	if (d == NULL)
		return -ENOMEM;
	rte_seqstat_snapshot_total(req->snap, row, values);
	counts = &values[req->set->first_value[counter]];
	for (; bucket <= buckets->n_bounds; bucket++) {
		if (counts[bucket] == 0)
			continue;
		if (left-- == 0)
			return add_next(req, bucket);
		seqstat_reply_bucket(d, buckets, bucket, counts[bucket]);
	}

	return 0;
}

/** Add the statistics of snapshots. */
static void
add_self(struct rte_tel_data *d, const struct rte_seqstat_self *self)
{
	rte_tel_data_add_dict_uint(d, "snapshots", self->snapshots);
	rte_tel_data_add_dict_uint(d, "read_idle", self->read_idle);
	rte_tel_data_add_dict_uint(d, "read_acked", self->read_acked);
	rte_tel_data_add_dict_uint(d, "rows_saved", self->rows_saved);
	rte_tel_data_add_dict_uint(d, "missed", self->missed);
	rte_tel_data_add_dict_uint(d, "longest_ns", self->longest_ns);
}

/** Add the ids of lcores with writers, from one place in their list to another; count them. */
static int
add_lcore_ids(struct request *req, uint32_t first, uint32_t end, uint32_t *n)
{
	struct rte_tel_data *lcores = rte_tel_data_alloc();
	bool counts[RTE_MAX_LCORE] = { false };
	uint32_t i, lcore_id, n_shared = 0;

	if (lcores == NULL)
		return -ENOMEM;
	rte_tel_data_start_array(lcores, RTE_TEL_INT_VAL);
	for (i = 0; i < req->snap->n_writers; i++) {
		lcore_id = req->snap->writers[i].info.lcore_id;
		if (lcore_id < RTE_MAX_LCORE)
			counts[lcore_id] = true;
		else
			n_shared++;
	}
	for (*n = 0, lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (counts[lcore_id] && (*n)++ >= first && *n <= end)
			rte_tel_data_add_array_int(lcores, (int)lcore_id);
	rte_tel_data_add_dict_uint(req->d, "shared_writers", n_shared);

	return rte_tel_data_add_dict_container(req->d, "lcores", lcores, 0);
}

/** Describe a counter of the schema in a dictionary. Returns 0, or -ENOMEM if it is NULL. */
static int
add_counter(struct rte_tel_data *d, const struct rte_seqstat_counter *counter)
{
	static const char * const types[] = {
		[RTE_SEQSTAT_COUNTER] = "counter",
		[RTE_SEQSTAT_GAUGE] = "gauge",
		[RTE_SEQSTAT_HISTOGRAM] = "histogram",
	};

	if (d == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_string(d, "type", types[counter->type]);
	rte_tel_data_add_dict_string(d, "unit", counter->unit);
	rte_tel_data_add_dict_string(d, "help", counter->help);
	if (counter->type == RTE_SEQSTAT_HISTOGRAM) {
		rte_tel_data_add_dict_uint(d, "bounds", counter->buckets->n_bounds);
		if (counter->buckets->bounds == NULL)
			rte_tel_data_add_dict_uint(d, "log_parts", counter->buckets->log_parts);
	}

	return 0;
}

/** Add the coefficients of a balance that are not 0, for a range of counters. */
static int
add_terms(struct rte_tel_data *d, const struct seqstat_set *set, uint32_t balance,
		uint32_t first, uint32_t end)
{
	uint32_t i;
	int ret = d == NULL ? -ENOMEM : 0;

	for (i = first; ret == 0 && i < end; i++)
		if (set->balances[balance].coefficients[i] != 0)
			ret = rte_tel_data_add_dict_int(d, set->counters[i].name,
					set->balances[balance].coefficients[i]);

	return ret;
}

/** Add the names of labels. Returns 0 or -ENOMEM. */
static int
add_label_names(struct request *req)
{
	struct rte_tel_data *names = rte_tel_data_alloc();
	uint32_t i;

	if (names == NULL)
		return -ENOMEM;
	rte_tel_data_start_array(names, RTE_TEL_STRING_VAL);
	for (i = 0; i < req->set->n_labels; i++)
		rte_tel_data_add_array_string(names, req->set->label_names[i]);

	return rte_tel_data_add_dict_container(req->d, "labels", names, 0);
}

/** Reply to /seqstat/info with a page of the schema and of lcore ids. */
static int
info_reply(struct request *req)
{
	const uint32_t page = seqstat_reply_page(SCHEMA_SIZE +
			req->set->n_balances * TERM_SIZE);
	struct rte_tel_data *counters, *balances;
	struct rte_seqstat_info info;
	uint32_t i, first, end, n_lcores = 0;
	int ret;

	ret = rte_seqstat_info_get(&req->handle->st, &info);
	if (ret == 0)
		ret = reply_begin(req, 1, RTE_MAX(info.n_counters, (uint32_t)RTE_MAX_LCORE),
				&first);
	if (ret != 0)
		return ret;
	ret = add_label_names(req);
	if (ret != 0)
		return ret;
	rte_tel_data_add_dict_uint(req->d, "rows", info.n_rows);
	rte_tel_data_add_dict_uint(req->d, "writers", info.n_writers);
	rte_tel_data_add_dict_uint(req->d, "block_bytes", info.block_size);
	add_self(req->d, &info.self);
	/* A page has as many lcores as counters. */
	ret = add_lcore_ids(req, first, first + page, &n_lcores);
	counters = seqstat_reply_dict(req->d, "counters");
	balances = seqstat_reply_dict(req->d, "balances");
	if (counters == NULL || balances == NULL)
		return -ENOMEM;
	end = RTE_MIN(first + page, info.n_counters);
	for (i = first; i < end && ret == 0; i++)
		ret = add_counter(seqstat_reply_dict(counters, req->set->counters[i].name),
				&req->set->counters[i]);
	for (i = 0; i < info.n_balances && ret == 0; i++)
		ret = add_terms(seqstat_reply_dict(balances, req->set->balances[i].name),
				req->set, i, first, end);
	if (first == 0 && ret == 0)
		ret = add_unaccounted(req);
	if (ret == 0 && first + page < RTE_MAX(info.n_counters, n_lcores))
		return add_next(req, first + page);

	/* Keep the snapshot for clients that ask for its values next. */
	return ret != 0 ? ret : seqstat_cache_keep(req->snap);
}

/** Describe a writer in a dictionary. Returns 0, or -ENOMEM if it is NULL. */
static int
add_writer(struct rte_tel_data *d, const struct seqstat_view *view)
{
	const struct rte_seqstat_writer_info *info = &view->info;
	char lcore[16] = "any";

	if (d == NULL)
		return -ENOMEM;
	if (info->lcore_id != LCORE_ID_ANY)
		snprintf(lcore, sizeof(lcore), "%u", info->lcore_id);
	rte_tel_data_add_dict_string(d, "lcore", lcore);
	rte_tel_data_add_dict_int(d, "pid", info->pid);
	rte_tel_data_add_dict_int(d, "socket", info->socket_id);
	rte_tel_data_add_dict_int(d, "stale", (info->flags & RTE_SEQSTAT_STALE) != 0);
	rte_tel_data_add_dict_int(d, "unread", (info->flags & RTE_SEQSTAT_UNREAD) != 0);
	rte_tel_data_add_dict_uint(d, "torn", view->n_torn);
	rte_tel_data_add_dict_int(d, "crowded", info->crowded);

	return 0;
}

/** Reply to /seqstat/writers with a page of writers. */
static int
writers_reply(struct request *req)
{
	struct rte_tel_data *writers;
	uint32_t writer, end;
	int ret;

	ret = reply_begin(req, 1, RTE_SEQSTAT_MAX_WRITERS, &writer);
	if (ret != 0)
		return ret;
	writers = seqstat_reply_dict(req->d, "writers");
	if (writers == NULL)
		return -ENOMEM;
	end = RTE_MIN(writer + seqstat_reply_page(WRITER_SIZE), req->snap->n_writers);
	for (; writer < end && ret == 0; writer++)
		ret = add_writer(seqstat_reply_dict_numbered(writers, writer),
				&req->snap->writers[writer]);
	if (ret == 0 && end < req->snap->n_writers)
		ret = add_next(req, end);

	return ret;
}

/*
 * A client asks for the next page with "next" and "tsc" of a reply as the last two parameters, and
 * for another view of the snapshot of an info with 0 and "tsc".
 */
static const struct command {
	const char *name;
	int (*reply)(struct request *req);
	int min_params;
	int max_params;
	const char *help;
} commands[] = {
	{ "/seqstat/info", info_reply, 1, 3,
		"A set's schema and balances, and how its snapshots went. "
		"Parameters: set[,next[,tsc]]" },
	{ "/seqstat/writers", writers_reply, 1, 3,
		"The writers of a set, and which are stale. Parameters: set[,next[,tsc]]" },
	{ "/seqstat/total", total_reply, 1, 3,
		"Sums over all lcores, row by row. Parameters: set[,next[,tsc]]" },
	{ "/seqstat/lcore", lcore_reply, 2, 4,
		"Rows of one lcore, or of all threads without an lcore id. "
		"Parameters: set,lcore|any[,next[,tsc]]" },
	{ "/seqstat/buckets", buckets_reply, 3, 5,
		"The buckets of a histogram of a row that have observations. "
		"Parameters: set,row,counter[,next[,tsc]]" },
	{ "/seqstat/retired", retired_reply, 1, 3,
		"Sums of the values that rows had when they were cleared. "
		"Parameters: set[,0[,tsc]]" },
	{ "/seqstat/values", values_reply, 2, 2,
		"Sums of a row's counters and gauges, flat. Parameters: set,row" },
};

/** Answer a request for a set: the callback of all commands but /seqstat/list. */
static int
answer(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct command *command = commands;
	struct request req = { .d = d };
	int ret;

	while (strcmp(command->name, cmd) != 0)
		command++;
	ret = params_parse(&req, params);
	if (ret != 0 || req.n_params < command->min_params || req.n_params > command->max_params)
		return -EINVAL;
	req.handle = seqstat_cache_begin(req.param[0]);
	if (req.handle == NULL)
		return -ENOENT;
	req.set = req.handle->set;
	ret = command->reply(&req);
	seqstat_cache_end(req.handle);
	if (ret == 0 || !req.begun)
		return ret;
	/* Send what there is, because librte_telemetry frees containers only when it sends them. */
	rte_tel_data_add_dict_string(d, "error", rte_strerror(-ret));

	return 0;
}

/** A page of the names of all sets. */
struct list_page {
	struct rte_tel_data *d;
	uint32_t skip;
	uint32_t left;
};

/** Add the name of a set to the page. */
static void
list_add(const char *name, void *arg)
{
	struct list_page *page = arg;

	if (page->skip > 0)
		page->skip--;
	else if (page->left > 0 && rte_tel_data_add_array_string(page->d, name) == 0)
		page->left--;
}

/** Answer /seqstat/list. */
static int
list(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	struct list_page page = { .d = d, .left = SEQSTAT_REPLY_ENTRIES };
	int ret;

	if (params != NULL && index_parse(params, UINT32_MAX, &page.skip) != 0)
		return -EINVAL;
	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	ret = rte_seqstat_walk(list_add, &page);

	return ret < 0 ? ret : 0;
}

RTE_INIT(seqstat_telemetry_init)
{
	unsigned int i;

	rte_telemetry_register_cmd("/seqstat/list", list,
		"Names of the stat sets. Parameters: [how many to leave out at the beginning]");
	for (i = 0; i < RTE_DIM(commands); i++)
		rte_telemetry_register_cmd(commands[i].name, answer, commands[i].help);
}
