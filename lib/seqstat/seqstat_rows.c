/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Rows that come and go: label, allocate, find and clear them. */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "seqstat_clear.h"
#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_labels.h"
#include "seqstat_lock.h"
#include "seqstat_schema.h"

/** Number that stands for any free row. */
#define FREE_ROW UINT32_MAX

/** Pack the values of labels into a text. Returns whether they are valid; logs why not. */
static bool
text_pack(const struct seqstat_set *set, const char *const *values, struct seqstat_text *text)
{
	uint32_t i;

	text->size = 0;
	for (i = 0; i < set->n_labels && values[i] != NULL; i++) {
		if (values[i][0] == '\0' ||
				!seqstat_text_valid(values[i], RTE_SEQSTAT_LABELSIZE))
			return SEQSTAT_INVALID("set '%s': empty, overlong or malformed label '%s'",
				set->name, set->label_names[i]);
		text->size += 1 + (uint32_t)strlcpy(&text->bytes[text->size], values[i],
				RTE_SEQSTAT_LABELSIZE);
	}
	if (set->n_labels == 0 || i < set->n_labels || values[i] != NULL)
		return SEQSTAT_INVALID("set '%s': %u labels and a NULL are needed", set->name,
			set->n_labels);

	return true;
}

/** Take the turn and finish an unfinished clear, each within a second. Returns 0 or an error. */
static int
turn_take(struct seqstat_set *set)
{
	int ret = seqstat_turn_take(set->cut, rte_get_tsc_cycles() + rte_get_tsc_hz());

	if (ret != 0)
		return ret;
	ret = seqstat_clear_finish(set, true);
	if (ret != 0)
		seqstat_turn_release(set->cut);

	return ret;
}

/** Return whether a writer has counted something in a row. */
static bool
counted(const struct seqstat_set *set, uint32_t row)
{
	struct rte_seqstat_row *at;
	uint32_t i, block, n;

	/* Pairs with the store-release when a block is published: the blocks are complete. */
	n = rte_atomic_load_explicit(&set->n_blocks, rte_memory_order_acquire);
	for (block = 0; block < n; block++) {
		at = __rte_seqstat_row_at(set->blocks[block].writer, (size_t)row * set->stride);
		for (i = 0; i < set->n_values; i++)
			if (__rte_seqstat_value_load(__rte_seqstat_value(at, i)) != 0)
				return true;
	}

	return false;
}

/** Find a free row. Returns -ENOSPC if there is none. Turn held, so that no labels change. */
static int
find_free(struct seqstat_set *set)
{
	uint32_t i, row = set->next_free;

	for (i = 0; i < set->n_rows; i++, row++) {
		row = row < set->n_rows ? row : 0;
		if (seqstat_labels_text(set, row) == NULL && !counted(set, row)) {
			set->next_free = row + 1;
			return (int)row;
		}
	}

	return -ENOSPC;
}

/**
 * Give labels to a row. Turn and control lock held.
 *
 * @param row
 *   The row, or the error of find_free()
 * @return
 *   The row, -EAGAIN if there is no room, or another error as rte_seqstat_row_alloc()
 */
static int
label_locked(struct seqstat_set *set, int row, const struct seqstat_text *text)
{
	int ret = seqstat_labels_find(set, text);

	if (ret >= 0)
		return ret == row ? ret : -EEXIST;
	if (row < 0)
		return row;
	if (seqstat_labels_text(set, (uint32_t)row) != NULL)
		return -EBUSY;
	ret = seqstat_labels_set(set, (uint32_t)row, text);

	return ret != 0 ? ret : row;
}

/**
 * Try once to give labels to a row. Returns as label_locked().
 *
 * @param[in, out] labels
 *   New labels to replace full ones, or NULL; on return, labels to free
 * @param[out] room
 *   Room that new labels need, after -EAGAIN
 */
static int
label_try(struct seqstat_set *set, uint32_t row, const struct seqstat_text *text,
		struct seqstat_labels **labels, uint32_t *room)
{
	int at, ret = turn_take(set);
	bool replace;

	if (ret != 0)
		return ret;
	/* These look at all rows, which takes too long under the control lock. */
	at = row == FREE_ROW ? find_free(set) : (int)row;
	replace = *labels != NULL && seqstat_labels_copy(set, *labels);
	ret = seqstat_control_lock();
	if (ret == 0) {
		if (replace)
			*labels = seqstat_labels_replace(set, *labels);
		ret = label_locked(set, at, text);
		seqstat_control_unlock();
	}
	if (ret == -EAGAIN)
		*room = seqstat_labels_room(set, text);
	seqstat_turn_release(set->cut);

	return ret;
}

/** Give labels to a row. Returns the row or a negative errno as rte_seqstat_row_alloc(). */
static int
label(struct rte_seqstat *st, uint32_t row, const char *const *values)
{
	struct seqstat_labels *labels = NULL;
	struct seqstat_set *set;
	struct seqstat_text text;
	uint32_t room = 0;
	int ret;

	ret = seqstat_handle_set(st, &set);
	if (ret == 0 && (values == NULL || (row != FREE_ROW && row >= set->n_rows) ||
			!text_pack(set, values, &text)))
		ret = -EINVAL;
	if (ret != 0)
		return ret;
	/* Allocate and free memory without the locks. */
	for (;;) {
		ret = label_try(set, row, &text, &labels, &room);
		rte_free(labels);
		if (ret != -EAGAIN)
			return ret;
		labels = seqstat_labels_alloc(set, room);
		if (labels == NULL)
			return -ENOMEM;
	}
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_label, 26.11)
int
rte_seqstat_row_label(struct rte_seqstat *st, uint32_t row, const char *const *values)
{
	int ret = row == FREE_ROW ? -EINVAL : label(st, row, values);

	return RTE_MIN(ret, 0);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_alloc, 26.11)
int
rte_seqstat_row_alloc(struct rte_seqstat *st, const char *const *values)
{
	return label(st, FREE_ROW, values);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_find, 26.11)
int
rte_seqstat_row_find(struct rte_seqstat *st, const char *const *values)
{
	struct seqstat_text text;
	struct seqstat_set *set;
	int ret;

	ret = seqstat_handle_set(st, &set);
	if (ret == 0 && (values == NULL || !text_pack(set, values, &text)))
		ret = -EINVAL;
	if (ret == 0)
		ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	ret = seqstat_labels_find(set, &text);
	seqstat_control_unlock();

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_clear, 26.11)
int
rte_seqstat_row_clear(struct rte_seqstat *st, uint32_t row)
{
	struct seqstat_set *set;
	int ret;

	ret = seqstat_handle_set(st, &set);
	if (ret == 0 && row >= set->n_rows)
		ret = -EINVAL;
	if (ret == 0)
		ret = turn_take(set);
	if (ret != 0)
		return ret;
	ret = seqstat_clear_row(set, row);
	seqstat_turn_release(set->cut);

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_labels_get, 26.11)
int
rte_seqstat_row_labels_get(struct rte_seqstat *st, uint32_t row, struct rte_seqstat_labels *labels)
{
	struct seqstat_set *set;
	int ret;

	ret = seqstat_handle_set(st, &set);
	if (ret == 0 && (labels == NULL || row >= set->n_rows))
		ret = -EINVAL;
	if (ret == 0)
		ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	seqstat_labels_get(set, row, labels);
	seqstat_control_unlock();

	return 0;
}
