/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* The content of a snapshot: differences, values, totals, flags and balances. */

#include <errno.h>
#include <string.h>

#include "seqstat_compat.h"
#include "seqstat_snapshot.h"

/* A cut requires that all lcores see the stores of two others in the same order. */
#if defined(RTE_ARCH_X86) || defined(RTE_ARCH_ARM64) || defined(RTE_ARCH_ARMv8_AARCH32) || \
		defined(RTE_ARCH_RISCV)
#define CUT_FLAG 0
#else
#define CUT_FLAG RTE_SEQSTAT_NO_CUT
#endif

/** Values that a row begins with after a clear. */
static const uint64_t no_values[RTE_SEQSTAT_MAX_VALUES];

/** Subtract a row from another. The result may go to either of them. */
static void
diff_row(const struct seqstat_set *set, uint64_t *diff, const uint64_t *newer,
		const uint64_t *older)
{
	uint32_t i, j, end;

	for (i = 0; i < set->n_counters; i++) {
		end = set->first_value[i] + seqstat_counter_width(&set->counters[i]);
		for (j = set->first_value[i]; j < end; j++)
			diff[j] = set->counters[i].type == RTE_SEQSTAT_GAUGE ? newer[j] :
				newer[j] - older[j];
	}
}

/** Return whether a row was not cleared between two snapshots. */
static bool
same_generation(const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older, uint32_t row)
{
	return newer->generations[row] == older->generations[row];
}

/** Subtract all rows of a writer that both snapshots have. */
static void
diff_values(uint64_t *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older, uint32_t writer)
{
	const struct seqstat_set *set = newer->set;
	size_t at = 0;
	uint32_t row;

	for (row = 0; row < set->n_rows; row++, at += set->n_values)
		diff_row(set, &diff[at], &newer->writers[writer].values[at],
			same_generation(newer, older, row) ? &older->writers[writer].values[at] :
			no_values);
}

/** Subtract a writer, which the older snapshot has if is_older is true. */
static void
diff_writer(struct rte_seqstat_snapshot *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older, uint32_t writer, bool is_older)
{
	const struct seqstat_view *from = &newer->writers[writer];
	const struct seqstat_view *less = &older->writers[writer];
	struct seqstat_view *to = &diff->writers[writer];
	uint32_t n_torn = is_older ? less->n_torn_before : 0;
	uint32_t flags = from->info.flags & ~RTE_SEQSTAT_TORN;
	bool read = from->read;

	if (from->n_torn != n_torn)
		flags |= RTE_SEQSTAT_TORN;
	if (is_older) {
		flags |= less->info.flags & (RTE_SEQSTAT_STALE | RTE_SEQSTAT_UNREAD);
		read &= less->read;
		diff_values(to->values, newer, older, writer);
	} else {
		memmove(to->values, from->values, diff->values_size);
	}
	to->rows = from->rows;
	to->n_torn_before = from->n_torn_before;
	to->n_torn = from->n_torn;
	to->info = from->info;
	to->info.flags = flags;
	to->read = read;
}

/** Subtract retired values, and the values that the older snapshot has in rows cleared since. */
static void
diff_retired(struct rte_seqstat_snapshot *diff, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	const struct seqstat_set *set = diff->set;
	const uint64_t *values;
	uint32_t row, writer;

	diff_row(set, diff->retired, newer->retired, older->retired);
	for (row = 0; row < set->n_rows && newer->n_clears != older->n_clears; row++)
		for (writer = 0; writer < older->n_writers; writer++) {
			values = rte_seqstat_snapshot_row(older, writer, row);
			if (values != NULL && !same_generation(newer, older, row))
				diff_row(set, diff->retired, diff->retired, values);
		}
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_diff, 26.11)
int
rte_seqstat_snapshot_diff(struct rte_seqstat_snapshot *diff,
		const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	uint32_t i, n_older;
	int ret;

	if (diff == NULL || newer == NULL || older == NULL ||
			diff->set != newer->set || diff->set != older->set)
		return -EINVAL;

	/* Note the number first: the older snapshot may be the result, and get more writers. */
	n_older = older->n_writers;
	ret = seqstat_snapshot_reserve(diff, newer->n_writers);
	if (ret != 0)
		return ret;
	diff_retired(diff, newer, older);
	for (i = 0; i < newer->n_writers; i++)
		diff_writer(diff, newer, older, i, i < n_older);
	memmove(diff->generations, newer->generations,
		newer->set->n_rows * sizeof(diff->generations[0]));
	diff->n_clears = newer->n_clears;
	diff->n_writers = newer->n_writers;
	/* The difference to an object without a snapshot is a copy. */
	diff->difference = newer->difference || older->taken;
	diff->tsc = newer->tsc - older->tsc;
	diff->taken = newer->taken;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_tsc, 26.11)
uint64_t
rte_seqstat_snapshot_tsc(const struct rte_seqstat_snapshot *snap)
{
	return snap == NULL ? 0 : snap->tsc;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_flags, 26.11)
uint32_t
rte_seqstat_snapshot_flags(const struct rte_seqstat_snapshot *snap)
{
	uint32_t i, flags = CUT_FLAG;

	if (snap == NULL || !snap->taken)
		flags |= RTE_SEQSTAT_UNREAD;
	for (i = 0; snap != NULL && i < snap->n_writers; i++)
		flags |= snap->writers[i].info.flags;

	return flags;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_set, 26.11)
struct rte_seqstat *
rte_seqstat_snapshot_set(const struct rte_seqstat_snapshot *snap)
{
	return snap == NULL ? NULL : &snap->handle->st;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_n_writers, 26.11)
uint32_t
rte_seqstat_snapshot_n_writers(const struct rte_seqstat_snapshot *snap)
{
	return snap == NULL ? 0 : snap->n_writers;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_writer_info, 26.11)
int
rte_seqstat_snapshot_writer_info(const struct rte_seqstat_snapshot *snap, uint32_t writer,
		struct rte_seqstat_writer_info *info)
{
	if (snap == NULL || info == NULL || writer >= snap->n_writers)
		return -EINVAL;
	*info = snap->writers[writer].info;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_row, 26.11)
const uint64_t *
rte_seqstat_snapshot_row(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint32_t row)
{
	if (snap == NULL || writer >= snap->n_writers || row >= snap->set->n_rows ||
			!snap->writers[writer].read)
		return NULL;

	return &snap->writers[writer].values[(size_t)row * snap->set->n_values];
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_total, 26.11)
int
rte_seqstat_snapshot_total(const struct rte_seqstat_snapshot *snap, uint32_t row,
		uint64_t *values)
{
	const uint64_t *from;
	uint32_t i, writer;

	if (snap == NULL || values == NULL || row >= snap->set->n_rows)
		return -EINVAL;
	memset(values, 0, snap->set->n_values * sizeof(values[0]));
	for (writer = 0; writer < snap->n_writers; writer++) {
		from = rte_seqstat_snapshot_row(snap, writer, row);
		for (i = 0; from != NULL && i < snap->set->n_values; i++)
			values[i] += from[i];
	}

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_generation, 26.11)
uint32_t
rte_seqstat_snapshot_generation(const struct rte_seqstat_snapshot *snap, uint32_t row)
{
	return snap != NULL && row < snap->set->n_rows ? snap->generations[row] : 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_retired, 26.11)
const uint64_t *
rte_seqstat_snapshot_retired(const struct rte_seqstat_snapshot *snap)
{
	return snap == NULL ? NULL : snap->retired;
}

/** Add up a counter over the retired values, and all rows of all writers that have values. */
static uint64_t
sum_counter(const struct rte_seqstat_snapshot *snap, uint32_t counter)
{
	const size_t n_values = snap->set->n_values;
	uint32_t writer, row;
	uint64_t sum = snap->retired[counter];

	for (writer = 0; writer < snap->n_writers; writer++)
		for (row = 0; snap->writers[writer].read && row < snap->set->n_rows; row++)
			sum += snap->writers[writer].values[row * n_values + counter];

	return sum;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_snapshot_balance, 26.11)
int
rte_seqstat_snapshot_balance(const struct rte_seqstat_snapshot *snap, uint32_t balance,
		int64_t *value)
{
	const int32_t *coefficients;
	uint64_t sum = 0;
	uint32_t i;

	if (snap == NULL || value == NULL || balance >= snap->set->n_balances || snap->difference)
		return -EINVAL;
	coefficients = snap->set->balances[balance].coefficients;
	/* A counter or gauge has its value at its index; the coefficient of a histogram is 0. */
	for (i = 0; i < snap->set->n_counters; i++)
		if (coefficients[i] != 0)
			sum += (uint64_t)coefficients[i] * sum_counter(snap, i);
	*value = (int64_t)sum;

	return 0;
}
