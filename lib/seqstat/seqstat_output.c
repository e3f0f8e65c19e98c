/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_string_fns.h>

#include "seqstat_control.h"
#include "seqstat_labels.h"
#include "seqstat_lock.h"
#include "seqstat_output.h"

#define SAME(limit) static_assert(RTE_SEQSTAT_##limit == RTE_SEQSTAT_FILE_##limit, #limit)
SAME(NAMESIZE);
SAME(HELPSIZE);
SAME(LABELSIZE);
SAME(MAX_LABELS);
SAME(MAX_COUNTERS);
SAME(MAX_VALUES);
SAME(MAX_ROWS);
SAME(MAX_BALANCES);
SAME(MAX_LOG_PARTS);
SAME(MAX_WRITERS);
static_assert((int)RTE_SEQSTAT_GAUGE == 1 && (int)RTE_SEQSTAT_HISTOGRAM == 2 &&
	(uint32_t)RTE_SEQSTAT_NO_CUT == RTE_SEQSTAT_FILE_NO_CUT,
	"the file has the library's numbers");

#define DEFAULT_HISTORY 4

/** Number of writers to reserve beyond those of all lcores and of threads without lcore id. */
#define MORE_WRITERS 4
/** Minimum room in a log in bytes, and the room for an entry without its text. */
#define MIN_LOG 4096
/** Room in the log of a set with labels for each record, and its maximum for all sets together. */
#define LOG_PER_RECORD UINT64_C(256)
#define MAX_LOG_FOR_RECORDS (UINT64_C(256) << 20)
#define ENTRY_SIZE (sizeof(struct rte_seqstat_file_entry) + 8)
/** Timeout for the control lock. */
#define LOCK_US 1000

/** Latest entry of a row in the log of its set. */
struct seqstat_source_row {
	uint32_t generation;
	uint32_t labelled; /**< Whether the entry has labels. */
};

/* Descriptions */

/** Describe a counter. Append its bounds at an offset of the descriptions. */
static void
describe_counter(char *meta, struct rte_seqstat_file_counter *to,
		const struct rte_seqstat_counter *from, uint32_t first_value, uint64_t *at)
{
	uint64_t *bounds = (uint64_t *)&meta[*at];
	uint32_t i;

	strlcpy(to->name, from->name, sizeof(to->name));
	strlcpy(to->unit, from->unit, sizeof(to->unit));
	strlcpy(to->help, from->help, sizeof(to->help));
	to->type = (uint32_t)from->type;
	to->first_value = first_value;
	to->bounds = *at;
	if (from->type != RTE_SEQSTAT_HISTOGRAM)
		return;
	to->n_bounds = from->buckets->n_bounds;
	to->log_parts = from->buckets->log_parts;
	for (i = 0; i < to->n_bounds; i++)
		bounds[i] = rte_seqstat_bucket_bound(from->buckets, i);
	*at += to->n_bounds * sizeof(bounds[0]);
}

/** Describe a set whose sizes are known. Append its counters, balances and bounds. */
static void
describe(char *meta, struct rte_seqstat_file_set *to, const struct seqstat_set *set, uint64_t *at)
{
	struct rte_seqstat_file_counter *counters = (void *)&meta[*at];
	struct rte_seqstat_file_balance *balances = (void *)(counters + set->n_counters);
	uint32_t i;

	strlcpy(to->name, set->name, sizeof(to->name));
	memcpy(to->labels, set->label_names, sizeof(to->labels));
	to->birth_ns = set->birth_ns;
	to->n_labels = set->n_labels;
	to->counters = *at;
	*at += set->n_counters * sizeof(counters[0]);
	to->balances = *at;
	*at += set->n_balances * sizeof(balances[0]);
	for (i = 0; i < set->n_counters; i++)
		describe_counter(meta, &counters[i], &set->counters[i], set->first_value[i], at);
	for (i = 0; i < set->n_balances; i++) {
		strlcpy(balances[i].name, set->balances[i].name, sizeof(balances[i].name));
		memcpy(balances[i].coefficients, set->balances[i].coefficients,
			set->n_counters * sizeof(balances[i].coefficients[0]));
	}
}

/** Compute the room that a set needs in the file, and add it to the sums. Control lock held. */
static void
measure(struct rte_seqstat_file_header *header, struct rte_seqstat_file_set *desc,
		const struct seqstat_set *set)
{
	const uint32_t n_writers = RTE_MAX(rte_lcore_count() + 1,
			rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_relaxed));
	uint64_t n;

	desc->n_rows = set->n_rows;
	desc->n_counters = set->n_counters;
	desc->n_values = set->n_values;
	desc->n_balances = set->n_balances;
	desc->max_writers = RTE_MIN(n_writers + MORE_WRITERS, (uint32_t)RTE_SEQSTAT_MAX_WRITERS);
	/* An entry of each row and twice the text of all labels fit, and some entries more. */
	desc->log_size = RTE_ALIGN(MIN_LOG + set->n_rows * ENTRY_SIZE +
			(set->labels == NULL ? 0 : 2 * (uint64_t)set->labels->used), 8);
	header->meta_size += sizeof(*desc) + set->n_values * sizeof(uint64_t) +
		set->n_counters * sizeof(struct rte_seqstat_file_counter) +
		set->n_balances * sizeof(struct rte_seqstat_file_balance);
	n = (header->flags & RTE_SEQSTAT_FILE_PER_WRITER) != 0 ? desc->max_writers : 1;
	header->record_size += sizeof(struct rte_seqstat_file_cut) +
		(set->n_balances + set->n_values) * sizeof(uint64_t) +
		desc->max_writers * sizeof(struct rte_seqstat_file_writer) +
		n * set->n_rows * set->n_values * sizeof(uint64_t);
}

/** Compute the sizes and offsets of all parts of the file. Returns 0 or a negative errno. */
static int
lay_out(struct seqstat_output *out, const struct rte_seqstat_publish_params *params)
{
	struct rte_seqstat_file_header *h = &out->header;
	struct seqstat_source *src;
	uint64_t n, more;
	int ret = seqstat_control_lock();

	if (ret != 0)
		return ret;
	h->meta_size = sizeof(*h);
	h->record_size = sizeof(*out->record);
	for (src = out->sources; src < out->sources + out->n_sources; src++)
		measure(h, &src->desc, src->handle->set);
	seqstat_control_unlock();
	n = params->history != 0 ? params->history : DEFAULT_HISTORY;
	if (params->history_bytes != 0)
		n = params->history_bytes / h->record_size;
	n = RTE_MIN(n, (uint64_t)UINT32_MAX);
	h->n_records = (uint32_t)RTE_MAX(n, UINT64_C(2));
	more = RTE_MIN(h->n_records * LOG_PER_RECORD,
			MAX_LOG_FOR_RECORDS / RTE_MAX(h->n_sets, 1u));
	h->records = h->meta_size;
	for (src = out->sources; src < out->sources + out->n_sources; src++) {
		if (src->handle->set->n_labels > 0)
			src->desc.log_size += RTE_ALIGN_FLOOR(more, 8);
		src->desc.log = h->records;
		h->records += src->desc.log_size;
	}
	h->file_size = h->records + h->n_records * h->record_size;

	return RTE_MAX(h->records, h->record_size) > RTE_SEQSTAT_FILE_LIMIT ? -EFBIG : 0;
}

/** Write the descriptions. Returns 0 or a negative errno. */
static int
describe_all(struct seqstat_output *out)
{
	const size_t sets_size = out->n_sources * sizeof(struct rte_seqstat_file_set);
	uint64_t at = sizeof(out->header) + sets_size;
	struct rte_seqstat_file_set *sets;
	uint32_t i;
	int ret;
	char *meta = calloc(1, out->header.meta_size);

	if (meta == NULL)
		return -ENOMEM;
	memcpy(meta, &out->header, sizeof(out->header));
	sets = (void *)&meta[sizeof(out->header)];
	for (i = 0; i < out->n_sources; i++) {
		sets[i] = out->sources[i].desc;
		describe(meta, &sets[i], out->sources[i].handle->set, &at);
	}
	ret = seqstat_pwrite(out->file.fd, meta, out->header.meta_size, 0);
	free(meta);

	return ret;
}

/** Allocate the record, and the logs and rows of all sets, as one piece. Returns 0 or -ENOMEM. */
static int
allocate(struct seqstat_output *out)
{
	uint64_t size = out->header.record_size;
	struct seqstat_source *src;
	char *mem;

	for (src = out->sources; src < out->sources + out->n_sources; src++)
		size += src->desc.log_size + src->desc.n_rows * sizeof(src->rows[0]);
	out->record = calloc(1, size);
	if (out->record == NULL)
		return -ENOMEM;
	mem = (char *)out->record + out->header.record_size;
	for (src = out->sources; src < out->sources + out->n_sources; src++) {
		src->log = mem;
		mem += src->desc.log_size;
		src->rows = (void *)mem;
		mem += src->desc.n_rows * sizeof(src->rows[0]);
	}

	return 0;
}

int
seqstat_output_make(struct seqstat_output *out, const struct rte_seqstat_publish_params *params,
		const struct seqstat_place *place)
{
	int ret;

	out->header = (struct rte_seqstat_file_header){
		.byte_order = RTE_SEQSTAT_FILE_BYTE_ORDER,
		.version = RTE_SEQSTAT_FILE_VERSION,
		.n_sets = out->n_sources,
		.flags = (params->flags & RTE_SEQSTAT_PUBLISH_PER_WRITER) != 0 ?
			RTE_SEQSTAT_FILE_PER_WRITER : 0,
		.pid = getpid(),
		.period_ns = params->period_us * UINT64_C(1000),
		.realtime_ns = seqstat_now_ns(CLOCK_REALTIME),
		.monotonic_ns = seqstat_now_ns(CLOCK_MONOTONIC),
	};
	memcpy(out->header.magic, RTE_SEQSTAT_FILE_MAGIC, sizeof(out->header.magic));
	seqstat_prefix(out->header.prefix, sizeof(out->header.prefix));
	ret = lay_out(out, params);
	if (ret == 0)
		ret = allocate(out);
	if (ret == 0)
		ret = seqstat_place_make(place, out->header.file_size, &out->file);

	return ret != 0 ? ret : describe_all(out);
}

void
seqstat_output_free(struct seqstat_output *out)
{
	uint32_t i;

	if (out == NULL)
		return;
	for (i = 0; i < out->n_sources; i++)
		seqstat_snapshot_dealloc(out->sources[i].snap);
	free(out->sources);
	free(out->snaps);
	free(out->record);
	seqstat_place_file_close(&out->file);
	free(out);
}

/* The log of a set's rows */

/** Append an entry for a row to the log. Returns false if there is no room. */
static bool
log_append(struct seqstat_source *src, uint32_t row, const char *text)
{
	const uint32_t n_labels = text == NULL ? 0 : src->snap->set->n_labels;
	struct rte_seqstat_file_entry *entry = (void *)&src->log[src->log_used];
	const char *end = text;
	uint64_t size, length;
	uint32_t i;

	for (i = 0; i < n_labels; i++)
		end = seqstat_label_next(end);
	length = text == NULL ? 0 : (uint64_t)(end - text);
	size = RTE_ALIGN(sizeof(*entry) + length, 8);
	if (size > src->desc.log_size - src->log_used)
		return false;
	*entry = (struct rte_seqstat_file_entry){
		.size = (uint32_t)size,
		.row = row,
		.generation = src->rows[row].generation,
		.n_labels = n_labels,
	};
	if (text != NULL)
		memcpy(entry + 1, text, length);
	src->log_used += size;

	return true;
}

/** Append an entry if a row has changed; look at its labels only with the control lock held. */
static bool
log_row(struct seqstat_source *src, uint32_t row, bool locked)
{
	const uint32_t generation = src->snap->generations[row];
	const struct seqstat_set *set = src->snap->set;
	bool changed = src->rows[row].generation != generation;
	const char *text = NULL;

	if (changed)
		src->rows[row] = (struct seqstat_source_row){ .generation = generation };
	/* Labels of another generation do not belong to the values of the snapshot. */
	if (locked && !src->rows[row].labelled && rte_atomic_load_explicit(
			&set->generations[row], rte_memory_order_relaxed) == generation)
		text = seqstat_labels_text(set, row);
	src->rows[row].labelled |= text != NULL;

	return (!changed && text == NULL) || log_append(src, row, text);
}

/**
 * Bring the log of a set up to date. If the control lock is not free, leave labels for the next
 * record.
 *
 * Returns 0, -EAGAIN if there is no room, or another negative errno.
 */
static int
log_update(struct seqstat_output *out, struct seqstat_source *src)
{
	const struct seqstat_set *set = src->snap->set;
	const uint64_t limit = rte_get_tsc_cycles() + seqstat_us_to_cycles(LOCK_US);
	const uint64_t used = src->log_used;
	bool locked, room = true;
	uint64_t n_labelled;
	uint32_t row;

	n_labelled = rte_atomic_load_explicit(&set->n_labelled, rte_memory_order_relaxed);
	if (src->n_clears == src->snap->n_clears && src->n_labelled == n_labelled)
		return 0;
	locked = seqstat_control_lock_until(limit) == 0;
	for (row = 0; row < set->n_rows && room; row++)
		room = log_row(src, row, locked);
	if (locked) {
		src->n_labelled = n_labelled;
		seqstat_control_unlock();
	}
	src->n_clears = src->snap->n_clears;

	return !room ? -EAGAIN : seqstat_pwrite(out->file.fd, &src->log[used],
			src->log_used - used, src->desc.log + used);
}

/* Records */

/** Put the sums of all rows over the writers that have values. */
static void
put_totals(const struct rte_seqstat_snapshot *snap, uint64_t *to)
{
	const size_t n = snap->values_size / sizeof(to[0]);
	const uint64_t *values;
	uint32_t writer;
	size_t i;

	memset(to, 0, snap->values_size);
	for (writer = 0; writer < snap->n_writers; writer++) {
		values = snap->writers[writer].values;
		for (i = 0; snap->writers[writer].read && i < n; i++)
			to[i] += values[i];
	}
}

/** Put the values of all writers, one writer after another. */
static void
put_writers(const struct rte_seqstat_snapshot *snap, uint64_t *to)
{
	uint32_t writer;

	for (writer = 0; writer < snap->n_writers; writer++) {
		if (snap->writers[writer].read)
			memcpy(to, snap->writers[writer].values, snap->values_size);
		else
			memset(to, 0, snap->values_size);
		to += snap->values_size / sizeof(to[0]);
	}
}

/** Put the cut of a set into the record. Returns its end. */
static uint64_t *
put_source(const struct seqstat_output *out, const struct seqstat_source *src, uint64_t *to)
{
	const struct rte_seqstat_snapshot *snap = src->snap;
	const struct seqstat_view *view = snap->writers;
	struct rte_seqstat_file_cut *cut = (void *)to;
	struct rte_seqstat_file_writer *writer;
	struct rte_seqstat_info info;
	uint32_t i, n_values;

	rte_seqstat_info_get(&src->handle->st, &info);
	*cut = (struct rte_seqstat_file_cut){
		.number = src->cut,
		.monotonic_ns = src->cut_ns,
		.log_size = src->log_used,
		.flags = rte_seqstat_snapshot_flags(snap),
		.n_writers = snap->n_writers,
		.snapshots = info.self.snapshots,
		.read_idle = info.self.read_idle,
		.read_acked = info.self.read_acked,
		.rows_saved = info.self.rows_saved,
		.missed = info.self.missed,
		.longest_ns = info.self.longest_ns,
	};
	out->record->flags |= cut->flags;
	to = (uint64_t *)(cut + 1);
	for (i = 0; i < snap->set->n_balances; i++)
		rte_seqstat_snapshot_balance(snap, i, (int64_t *)to++);
	memcpy(to, snap->retired, snap->set->n_values * sizeof(to[0]));
	writer = (void *)(to + snap->set->n_values);
	for (; view < snap->writers + snap->n_writers; view++)
		*writer++ = (struct rte_seqstat_file_writer){
			.lcore_id = view->info.lcore_id,
			.socket_id = view->info.socket_id,
			.pid = view->info.pid,
			.flags = view->info.flags |
				(view->info.crowded ? RTE_SEQSTAT_FILE_CROWDED : 0),
			.n_torn = view->n_torn,
		};
	to = (uint64_t *)writer;
	n_values = snap->values_size / sizeof(to[0]);
	if ((out->header.flags & RTE_SEQSTAT_FILE_PER_WRITER) == 0) {
		put_totals(snap, to);
		return to + n_values;
	}
	put_writers(snap, to);

	return to + (size_t)snap->n_writers * n_values;
}

/**
 * Write the record into the file, in the order on which readers rely.
 *
 * They take a record for complete if its number is even, and is the same before and after the copy.
 */
static int
record_write(struct seqstat_output *out)
{
	struct rte_seqstat_file_record *record = out->record;
	const uint64_t number = out->head + 1;
	const uint64_t offset = out->header.records +
		out->head % out->header.n_records * out->header.record_size;
	const int fd = out->file.fd;
	int ret;

	record->sn = 2 * number - 1;
	ret = seqstat_pwrite(fd, &record->sn, sizeof(record->sn), offset);
	if (ret == 0)
		ret = seqstat_pwrite(fd, &record->size, record->size - sizeof(record->sn),
				offset + sizeof(record->sn));
	record->sn = 2 * number;
	if (ret == 0)
		ret = seqstat_pwrite(fd, &record->sn, sizeof(record->sn), offset);
	if (ret == 0)
		ret = seqstat_pwrite(fd, &number, sizeof(number),
				offsetof(struct rte_seqstat_file_header, head));
	out->head += ret == 0;

	return ret;
}

int
seqstat_output_put(struct seqstat_output *out)
{
	struct rte_seqstat_file_record *record = out->record;
	uint64_t *to = (uint64_t *)(record + 1);
	struct seqstat_source *src;
	int ret = seqstat_place_file_check(&out->file);

	record->flags = 0;
	record->realtime_ns = seqstat_now_ns(CLOCK_REALTIME);
	record->monotonic_ns = seqstat_now_ns(CLOCK_MONOTONIC);
	for (src = out->sources; src < out->sources + out->n_sources && ret == 0; src++) {
		ret = src->snap->n_writers > src->desc.max_writers ? -EAGAIN :
			log_update(out, src);
		if (ret == 0)
			to = put_source(out, src, to);
	}
	record->size = (uint64_t)((char *)to - (char *)record);

	if (ret == 0)
		ret = record_write(out);
	out->failed = ret != 0;

	return ret;
}
