/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_string_fns.h>

#include "seqstat_private.h"
#include "seqstat_telemetry.h"

/** Bytes that one of the writers can take in a reply. */
#define WRITER_SIZE 160

/** The parameter that tells where a page begins; the beginning if there is none. */
static int
first_parse(const struct seqstat_request *req, int param, uint32_t limit, uint32_t *first)
{
	*first = 0;
	if (req->n_params <= param)
		return 0;

	return seqstat_index_parse(req->param[param], limit, first);
}

/** Number of writers whose numbers are not of this snapshot. */
static uint32_t
count_stale(const struct rte_seqstat_snapshot *snap)
{
	struct rte_seqstat_writer_info info;
	uint32_t writer, n = 0;

	for (writer = 0; writer < rte_seqstat_snapshot_n_writers(snap); writer++) {
		rte_seqstat_snapshot_writer_info(snap, writer, &info);
		if (info.flags & RTE_SEQSTAT_WRITER_STALE)
			n++;
	}

	return n;
}

/**
 * Get the snapshot for a reply: a fresh one, or for a further page the one whose TSC
 * is the parameter after that which tells where the page begins.
 */
static struct rte_seqstat_snapshot *
page_snapshot(struct seqstat_kept *kept, const struct seqstat_request *req, int param_first)
{
	uint64_t tsc;

	if (req->n_params <= param_first + 1)
		return seqstat_kept_take(kept);
	if (seqstat_number_parse(req->param[param_first + 1], UINT64_MAX, &tsc) != 0)
		return NULL;

	return seqstat_kept_find(kept, tsc);
}

/* Replies */

static int
add_row(struct rte_tel_data *rows, struct rte_seqstat *st, uint32_t row,
		const uint64_t *values)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_tel_data *d;
	int ret;

	ret = rte_seqstat_row_name_get(st, row, name);
	if (ret != 0)
		return ret;
	d = seqstat_reply_dict();
	if (d == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_string(d, "name", name);
	ret = seqstat_reply_values(d, st, values);
	if (ret != 0)
		return ret;

	return seqstat_reply_numbered(rows, row, d);
}

/** What each reply that is made from a snapshot begins with. */
static void
start_reply(struct rte_tel_data *d, const struct rte_seqstat_snapshot *snap)
{
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "set", rte_seqstat_snapshot_set(snap)->name);
	rte_tel_data_add_dict_uint(d, "tsc", rte_seqstat_snapshot_tsc(snap));
	rte_tel_data_add_dict_uint(d, "tsc_hz", rte_get_tsc_hz());
	rte_tel_data_add_dict_uint(d, "stale", count_stale(snap));
}

/** Sum up a row over the writers that a lcore id stands for; false: there are none. */
static bool
sum_lcore(const struct rte_seqstat_snapshot *snap, uint32_t lcore_id, uint32_t row,
		uint64_t *values)
{
	const struct rte_seqstat *st = rte_seqstat_snapshot_set(snap);
	struct rte_seqstat_writer_info info;
	const uint64_t *from;
	uint32_t i, writer;
	bool found = false;

	memset(values, 0, st->n_values * sizeof(values[0]));
	for (writer = 0; writer < rte_seqstat_snapshot_n_writers(snap); writer++) {
		rte_seqstat_snapshot_writer_info(snap, writer, &info);
		if (info.lcore_id != lcore_id)
			continue;
		found = true;
		from = rte_seqstat_snapshot_row(snap, writer, row);
		for (i = 0; i < st->n_values; i++)
			values[i] += from[i];
	}

	return found;
}

/** Whose numbers a page of rows shows. */
struct selection {
	bool all; /**< The sum over all writers. */
	uint32_t lcore_id;
};

static bool
select_row(const struct rte_seqstat_snapshot *snap, struct selection sel, uint32_t row,
		uint64_t *values)
{
	if (!sel.all)
		return sum_lcore(snap, sel.lcore_id, row, values);

	return rte_seqstat_snapshot_total(snap, row, values) == 0;
}

/** Add a page of rows. */
static int
add_rows(struct rte_tel_data *d, const struct rte_seqstat_snapshot *snap, struct selection sel,
		uint32_t first)
{
	struct rte_seqstat *st = rte_seqstat_snapshot_set(snap);
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	uint32_t row, end;
	struct rte_tel_data *rows;
	int ret;

	end = RTE_MIN(first + seqstat_reply_page(seqstat_reply_row_size(st)), st->n_rows);
	rows = seqstat_reply_dict();
	if (rows == NULL)
		return -ENOMEM;
	for (row = first, ret = 0; row < end && ret == 0; row++)
		ret = select_row(snap, sel, row, values) ?
			add_row(rows, st, row, values) : -ENOENT;
	if (ret != 0)
		return ret;
	if (end < st->n_rows)
		rte_tel_data_add_dict_uint(d, "next", end);

	return rte_tel_data_add_dict_container(d, "rows", rows, 0);
}

/* The commands */

static int
lcore_parse(const char *text, struct selection *sel)
{
	sel->all = false;
	sel->lcore_id = LCORE_ID_ANY;

	return strcmp(text, "any") == 0 ? 0 :
		seqstat_index_parse(text, LCORE_ID_ANY, &sel->lcore_id);
}

static int
rows_reply(struct seqstat_kept *kept, const struct seqstat_request *req, struct selection sel,
		int param_first, struct rte_tel_data *d)
{
	struct rte_seqstat_snapshot *snap;
	uint32_t first;
	int ret;

	ret = first_parse(req, param_first, seqstat_kept_set(kept)->n_rows, &first);
	if (ret != 0)
		return ret;
	snap = page_snapshot(kept, req, param_first);
	if (snap == NULL)
		return -ENOENT;
	start_reply(d, snap);

	return add_rows(d, snap, sel, first);
}

static int
total_reply(struct seqstat_kept *kept, const struct seqstat_request *req, struct rte_tel_data *d)
{
	struct selection sel = { .all = true };

	return rows_reply(kept, req, sel, 1, d);
}

static int
lcore_reply(struct seqstat_kept *kept, const struct seqstat_request *req, struct rte_tel_data *d)
{
	struct selection sel;
	int ret;

	ret = lcore_parse(req->param[1], &sel);

	return ret != 0 ? ret : rows_reply(kept, req, sel, 2, d);
}

/** Add what one row is for each lcore from one on, and where the next page begins. */
static int
add_lcores(struct rte_tel_data *lcores, struct rte_tel_data *d,
		const struct rte_seqstat_snapshot *snap, uint32_t row, uint32_t first)
{
	const struct rte_seqstat *st = rte_seqstat_snapshot_set(snap);
	uint32_t lcore_id, left = seqstat_reply_page(2 * seqstat_reply_row_size(st));
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	struct rte_tel_data *inner;
	char key[16];
	int ret;

	/* One past the last lcore id stands for the shared writers. */
	for (lcore_id = first; lcore_id <= st->max_lcore; lcore_id++) {
		if (!sum_lcore(snap, lcore_id < st->max_lcore ? lcore_id : LCORE_ID_ANY, row,
				values))
			continue;
		if (left-- == 0)
			return rte_tel_data_add_dict_uint(d, "next", lcore_id);
		inner = seqstat_reply_dict();
		if (inner == NULL)
			return -ENOMEM;
		ret = seqstat_reply_values(inner, st, values);
		if (ret != 0)
			return ret;
		if (lcore_id < st->max_lcore)
			snprintf(key, sizeof(key), "%" PRIu32, lcore_id);
		else
			strlcpy(key, "any", sizeof(key));
		rte_tel_data_add_dict_container(lcores, key, inner, 0);
	}

	return 0;
}

static int
row_reply(struct seqstat_kept *kept, const struct seqstat_request *req, struct rte_tel_data *d)
{
	struct rte_seqstat *st = seqstat_kept_set(kept);
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	struct rte_tel_data *total, *lcores;
	struct rte_seqstat_snapshot *snap;
	uint32_t row, first;
	int ret;

	ret = seqstat_index_parse(req->param[1], st->n_rows, &row);
	if (ret == 0)
		ret = first_parse(req, 2, st->max_lcore + 1, &first);
	if (ret == 0)
		ret = rte_seqstat_row_name_get(st, row, name);
	if (ret != 0)
		return ret;
	snap = page_snapshot(kept, req, 2);
	if (snap == NULL)
		return -ENOENT;

	rte_seqstat_snapshot_total(snap, row, values);
	start_reply(d, snap);
	rte_tel_data_add_dict_uint(d, "row", row);
	rte_tel_data_add_dict_string(d, "name", name);
	total = seqstat_reply_dict();
	if (total == NULL)
		return -ENOMEM;
	ret = seqstat_reply_values(total, st, values);
	if (ret != 0)
		return ret;
	rte_tel_data_add_dict_container(d, "total", total, 0);
	lcores = seqstat_reply_dict();
	if (lcores == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_container(d, "lcores", lcores, 0);

	return add_lcores(lcores, d, snap, row, first);
}

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

/** Add which lcores count in a set: their ids, and the number of shared writers. */
static int
add_writers(struct rte_tel_data *d, const struct rte_seqstat_snapshot *snap)
{
	struct rte_tel_data *lcores = seqstat_reply_ints();
	struct rte_seqstat_writer_info info;
	uint32_t writer, n_shared = 0;

	if (lcores == NULL)
		return -ENOMEM;
	for (writer = 0; writer < rte_seqstat_snapshot_n_writers(snap); writer++) {
		rte_seqstat_snapshot_writer_info(snap, writer, &info);
		if (info.flags & RTE_SEQSTAT_WRITER_DETACHED)
			continue;
		if (info.lcore_id == LCORE_ID_ANY)
			n_shared++;
		else
			rte_tel_data_add_array_int(lcores, (int)info.lcore_id);
	}
	rte_tel_data_add_dict_uint(d, "shared_writers", n_shared);

	return rte_tel_data_add_dict_container(d, "lcores", lcores, 0);
}

static const char * const type_names[] = {
	[RTE_SEQSTAT_COUNTER] = "counter",
	[RTE_SEQSTAT_GAUGE] = "gauge",
	[RTE_SEQSTAT_HISTOGRAM] = "histogram",
};

static int
add_schema(struct rte_tel_data *d, const struct rte_seqstat *st, uint32_t first)
{
	/* Of one counter: its strings, and what JSON puts around them. */
	const size_t size = 2 * RTE_SEQSTAT_NAMESIZE + RTE_SEQSTAT_HELPSIZE + 64;
	uint32_t i, end = RTE_MIN(first + seqstat_reply_page(size), st->n_counters);
	struct rte_tel_data *counters, *desc;

	counters = seqstat_reply_dict();
	if (counters == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_container(d, "counters", counters, 0);
	for (i = first; i < end; i++) {
		desc = seqstat_reply_dict();
		if (desc == NULL)
			return -ENOMEM;
		rte_tel_data_add_dict_string(desc, "type", type_names[st->counters[i].type]);
		rte_tel_data_add_dict_string(desc, "unit", st->counters[i].unit);
		rte_tel_data_add_dict_string(desc, "help", st->counters[i].help);
		rte_tel_data_add_dict_container(counters, st->counters[i].name, desc, 0);
	}

	return end < st->n_counters ? rte_tel_data_add_dict_uint(d, "next", end) : 0;
}

static int
info_reply(struct seqstat_kept *kept, const struct seqstat_request *req, struct rte_tel_data *d)
{
	struct rte_seqstat *st = seqstat_kept_set(kept);
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat_info info;
	uint32_t first;
	int ret;

	ret = first_parse(req, 1, st->n_counters, &first);
	if (ret == 0)
		ret = rte_seqstat_info_get(st, &info);
	if (ret != 0)
		return ret;
	snap = page_snapshot(kept, req, 1);
	if (snap == NULL)
		return -ENOENT;
	start_reply(d, snap);
	rte_tel_data_add_dict_string(d, "row_label", st->row_label);
	rte_tel_data_add_dict_uint(d, "rows", info.n_rows);
	rte_tel_data_add_dict_uint(d, "writers", info.n_writers);
	rte_tel_data_add_dict_uint(d, "block_bytes", info.block_size);
	add_self(d, &info.self);
	ret = add_writers(d, snap);

	return ret != 0 ? ret : add_schema(d, st, first);
}

static int
add_writer(struct rte_tel_data *writers, uint32_t number,
		const struct rte_seqstat_writer_info *info)
{
	struct rte_tel_data *d = seqstat_reply_dict();
	char lcore[16] = "any";

	if (d == NULL)
		return -ENOMEM;
	if (info->lcore_id != LCORE_ID_ANY)
		snprintf(lcore, sizeof(lcore), "%u", info->lcore_id);
	rte_tel_data_add_dict_string(d, "lcore", lcore);
	rte_tel_data_add_dict_int(d, "pid", info->pid);
	rte_tel_data_add_dict_int(d, "socket", info->socket_id);
	rte_tel_data_add_dict_int(d, "stale", (info->flags & RTE_SEQSTAT_WRITER_STALE) != 0);
	rte_tel_data_add_dict_int(d, "repaired",
			(info->flags & RTE_SEQSTAT_WRITER_REPAIRED) != 0);
	rte_tel_data_add_dict_int(d, "detached",
			(info->flags & RTE_SEQSTAT_WRITER_DETACHED) != 0);

	return seqstat_reply_numbered(writers, number, d);
}

static int
writers_reply(struct seqstat_kept *kept, const struct seqstat_request *req, struct rte_tel_data *d)
{
	struct rte_seqstat_writer_info info;
	struct rte_seqstat_snapshot *snap;
	struct rte_tel_data *writers;
	uint32_t writer, end;
	int ret;

	ret = first_parse(req, 1, seqstat_kept_set(kept)->n_slots, &writer);
	if (ret != 0)
		return ret;
	snap = page_snapshot(kept, req, 1);
	writers = snap == NULL ? NULL : seqstat_reply_dict();
	if (writers == NULL)
		return -ENOENT;
	start_reply(d, snap);
	end = RTE_MIN(writer + seqstat_reply_page(WRITER_SIZE),
			rte_seqstat_snapshot_n_writers(snap));
	for (; writer < end && ret == 0; writer++) {
		rte_seqstat_snapshot_writer_info(snap, writer, &info);
		ret = add_writer(writers, writer, &info);
	}
	if (ret != 0)
		return ret;
	if (end < rte_seqstat_snapshot_n_writers(snap))
		rte_tel_data_add_dict_uint(d, "next", end);

	return rte_tel_data_add_dict_container(d, "writers", writers, 0);
}

/** Answer a request for a set. */
static int
answer(const char *params, int min, int max, struct rte_tel_data *d,
		int (*reply)(struct seqstat_kept *kept, const struct seqstat_request *req,
			struct rte_tel_data *d))
{
	struct seqstat_kept *kept;
	struct seqstat_request req;
	int ret;

	ret = seqstat_request_parse(&req, params, min, max);
	if (ret != 0)
		return ret;
	kept = seqstat_kept_open(req.param[0]);
	if (kept == NULL)
		return -ENOENT;
	ret = seqstat_reply_end(reply(kept, &req, d));
	seqstat_kept_close(kept);

	return ret;
}

static int
handle_info(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	return answer(params, 1, 3, d, info_reply);
}

static int
handle_writers(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	return answer(params, 1, 3, d, writers_reply);
}

static int
handle_total(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	return answer(params, 1, 3, d, total_reply);
}

static int
handle_row(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	return answer(params, 2, 4, d, row_reply);
}

static int
handle_lcore(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	return answer(params, 2, 4, d, lcore_reply);
}

/** A page of the names of all sets. */
struct list_page {
	struct rte_tel_data *d;
	uint32_t skip;
	uint32_t left;
};

static void
list_add(const char *name, void *arg)
{
	struct list_page *page = arg;

	if (page->skip > 0)
		page->skip--;
	else if (page->left > 0 && rte_tel_data_add_array_string(page->d, name) == 0)
		page->left--;
}

static int
handle_list(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	struct list_page page = { .d = d, .left = SEQSTAT_REPLY_ENTRIES };
	int ret;

	if (params != NULL && seqstat_index_parse(params, UINT32_MAX, &page.skip) != 0)
		return -EINVAL;
	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	ret = rte_seqstat_walk(list_add, &page);

	return ret < 0 ? ret : 0;
}

void
seqstat_telemetry_register(void)
{
	/*
	 * "next" and "tsc" of a reply, as last parameters, ask for its next page; 0 and the
	 * "tsc" of an info, for something else from the same snapshot.
	 */
	rte_telemetry_register_cmd("/seqstat/list", handle_list,
		"Names of the stat sets. Parameters: [how many to leave out at the beginning]");
	rte_telemetry_register_cmd("/seqstat/info", handle_info,
		"A set's schema and how its snapshots went. Parameters: set[,next[,tsc]]");
	rte_telemetry_register_cmd("/seqstat/writers", handle_writers,
		"Who counts in a set, and who missed the time limit. Parameters: set[,next[,tsc]]");
	rte_telemetry_register_cmd("/seqstat/total", handle_total,
		"Sums over all lcores, row by row. Parameters: set[,next[,tsc]]");
	rte_telemetry_register_cmd("/seqstat/row", handle_row,
		"A row, in total and by lcore. Parameters: set,row[,next[,tsc]]");
	rte_telemetry_register_cmd("/seqstat/lcore", handle_lcore,
		"Rows of one lcore, or of all without one. Parameters: set,lcore|any[,next[,tsc]]");
}
