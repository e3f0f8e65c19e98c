/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Print a set as text. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "seqstat_compat.h"
#include "seqstat_histogram.h"
#include "seqstat_walk.h"

/** Timeout of the snapshot that is printed. */
#define TIMEOUT_US 10000

/** Print a histogram: count, sum, quantiles, and the buckets that have observations. */
static void
dump_histogram(FILE *f, const struct rte_seqstat_counter *counter, const uint64_t *values)
{
	const uint32_t n_bounds = counter->buckets->n_bounds;
	uint64_t quantile, count = 0;
	uint32_t i;

	for (i = 0; i <= n_bounds; i++)
		count += values[i];
	fprintf(f, " %s={count:%" PRIu64 " sum:%" PRIu64, counter->name, count, values[i]);
	for (i = 0; count > 0 && i < RTE_DIM(seqstat_quantiles); i++) {
		quantile = rte_seqstat_quantile(counter, values, seqstat_quantiles[i].q);
		if (quantile == UINT64_MAX)
			fprintf(f, " %s:more", seqstat_quantiles[i].name);
		else
			fprintf(f, " %s:%" PRIu64, seqstat_quantiles[i].name, quantile);
	}
	for (i = 0; i < n_bounds; i++)
		if (values[i] != 0)
			fprintf(f, " <=%" PRIu64 ":%" PRIu64,
				rte_seqstat_bucket_bound(counter->buckets, i), values[i]);
	if (values[n_bounds] != 0)
		fprintf(f, " more:%" PRIu64, values[n_bounds]);
	fprintf(f, "}");
}

/** Print the values of a row, unless they are NULL. */
static void
dump_values(FILE *f, const struct seqstat_set *set, const uint64_t *values)
{
	const struct rte_seqstat_counter *counter;
	uint32_t i;

	for (i = 0; values != NULL && i < set->n_counters; i++) {
		counter = &set->counters[i];
		if (counter->type == RTE_SEQSTAT_HISTOGRAM)
			dump_histogram(f, counter, &values[set->first_value[i]]);
		else
			fprintf(f, " %s=%" PRIu64, counter->name, values[i]);
	}
	fprintf(f, "\n");
}

/** Print a row of one writer. */
static void
dump_writer(FILE *f, const struct rte_seqstat_snapshot *snap, uint32_t writer, uint32_t row)
{
	const struct rte_seqstat_writer_info *info = &snap->writers[writer].info;

	if (info->lcore_id == LCORE_ID_ANY)
		fprintf(f, "    process %d:", info->pid);
	else
		fprintf(f, "    lcore %u:", info->lcore_id);
	if (info->flags & RTE_SEQSTAT_STALE)
		fprintf(f, " (stale)");
	if (info->flags & RTE_SEQSTAT_UNREAD)
		fprintf(f, " (unread)");
	if (info->flags & RTE_SEQSTAT_TORN)
		fprintf(f, " (torn)");
	if (info->crowded)
		fprintf(f, " (crowded)");
	dump_values(f, snap->set, rte_seqstat_snapshot_row(snap, writer, row));
}

/** Print a row in total and for each writer. */
static void
dump_row(FILE *f, const struct rte_seqstat_snapshot *snap, uint32_t row,
		const struct rte_seqstat_labels *labels)
{
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	uint32_t i, writer;

	rte_seqstat_snapshot_total(snap, row, values);
	fprintf(f, "  row %u", row);
	for (i = 0; i < labels->n; i++)
		fprintf(f, "%s%s=\"%s\"", i == 0 ? " {" : ",", snap->set->label_names[i],
			labels->values[i]);
	fprintf(f, labels->n == 0 ? ":" : "}:");
	dump_values(f, snap->set, values);
	for (writer = 0; writer < snap->n_writers; writer++)
		dump_writer(f, snap, writer, row);
}

/** Print the balances of a set, if it has any. */
static void
dump_balances(FILE *f, const struct rte_seqstat_snapshot *snap)
{
	int64_t value = 0;
	uint32_t i;

	if (snap->set->n_balances == 0)
		return;
	fprintf(f, "  unaccounted:");
	for (i = 0; i < snap->set->n_balances; i++) {
		rte_seqstat_snapshot_balance(snap, i, &value);
		fprintf(f, " %s=%" PRId64, snap->set->balances[i].name, value);
	}
	fprintf(f, "\n");
}

/** Print all rows. Returns 0 or an error. */
static int
dump_rows(FILE *f, const struct rte_seqstat_snapshot *snap)
{
	struct seqstat_walk *walk = seqstat_walk_begin(snap, 0);
	int row;

	if (walk == NULL)
		return -ENOMEM;
	while ((row = seqstat_walk_next(walk)) >= 0)
		dump_row(f, snap, (uint32_t)row, walk->labels);
	free(walk);

	return row == -ENOENT ? 0 : row;
}

/** Take a snapshot and print it. Returns as rte_seqstat_dump(). */
static int
dump_set(FILE *f, struct rte_seqstat_snapshot *snap)
{
	struct rte_seqstat_info info;
	int ret;

	ret = rte_seqstat_snapshot_take(snap, TIMEOUT_US);
	/* After a timeout, print the writers that were read, if the snapshot got the turn. */
	if (ret != 0 && (ret != -ETIMEDOUT || rte_seqstat_snapshot_tsc(snap) == 0))
		return ret;
	ret = rte_seqstat_info_get(rte_seqstat_snapshot_set(snap), &info);
	if (ret != 0)
		return ret;
	fprintf(f, "set %s: %u counters, %u rows, %u writers of %zu bytes\n", info.name,
		info.n_counters, info.n_rows, info.n_writers, info.block_size);
	fprintf(f, "  snapshots=%" PRIu64 " read_idle=%" PRIu64 " read_acked=%" PRIu64
		" rows_saved=%" PRIu64 " missed=%" PRIu64 " longest_ns=%" PRIu64 "\n",
		info.self.snapshots, info.self.read_idle, info.self.read_acked,
		info.self.rows_saved, info.self.missed, info.self.longest_ns);
	dump_balances(f, snap);
	ret = dump_rows(f, snap);
	if (ret != 0)
		return ret;
	fprintf(f, "  retired:");
	dump_values(f, snap->set, snap->retired);

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_dump, 26.11)
int
rte_seqstat_dump(FILE *f, struct rte_seqstat *st)
{
	struct rte_seqstat_snapshot *snap;
	int ret;

	if (f == NULL)
		return -EINVAL;
	snap = rte_seqstat_snapshot_create(st);
	if (snap == NULL)
		return -rte_errno;
	ret = dump_set(f, snap);
	rte_seqstat_snapshot_free(snap);

	return ret;
}
