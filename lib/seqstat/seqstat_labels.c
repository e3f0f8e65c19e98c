/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "seqstat_labels.h"

/** Minimum room for text in bytes. */
#define MIN_ROOM 1024

/** Return the size of a text in bytes. */
static uint32_t
text_size(const struct seqstat_set *set, const char *text)
{
	const char *end = text;
	uint32_t i;

	for (i = 0; i < set->n_labels; i++)
		end = seqstat_label_next(end);

	return (uint32_t)(end - text);
}

/** Return the head of the chain of a text, by its FNV-1a hash, which needs no alignment. */
static uint32_t *
head_of(const struct seqstat_labels *labels, const char *text, uint32_t size)
{
	uint32_t i, hash = 2166136261;

	for (i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619;

	return &labels->heads[hash & (labels->n_heads - 1)];
}

/** Add a row with a text to its chain. */
static void
chain(const struct seqstat_set *set, struct seqstat_labels *labels, uint32_t row)
{
	const char *text = &labels->text[labels->at[row]];
	uint32_t *head = head_of(labels, text, text_size(set, text));

	labels->next[row] = *head;
	*head = row + 1;
}

/** Begin a change of chains: if this process is killed, the next one rebuilds them. */
static void
begin_change(struct seqstat_labels *labels)
{
	labels->changing = 1;
	rte_compiler_barrier();
}

/** End a change of chains. */
static void
end_change(struct seqstat_labels *labels)
{
	rte_compiler_barrier();
	labels->changing = 0;
}

/** Return the labels of a set. Rebuild the chains if a process was killed while it changed them. */
static struct seqstat_labels *
labels_of(struct seqstat_set *set)
{
	struct seqstat_labels *labels = set->labels;
	uint32_t row;

	if (labels == NULL || labels->changing == 0)
		return labels;
	memset(labels->heads, 0, labels->n_heads * sizeof(labels->heads[0]));
	for (row = 0; row < set->n_rows; row++)
		if (labels->at[row] != 0)
			chain(set, labels, row);
	end_change(labels);

	return labels;
}

uint32_t
seqstat_labels_room(const struct seqstat_set *set, const struct seqstat_text *text)
{
	const uint32_t least = RTE_MAX((uint32_t)MIN_ROOM, set->n_rows);
	uint32_t row, n = text->size;

	for (row = 0; set->labels != NULL && row < set->n_rows; row++)
		if (set->labels->at[row] != 0)
			n += text_size(set, &set->labels->text[set->labels->at[row]]);

	/* Room of removed labels is free only after a replacement: leave room for many changes. */
	return 1 + RTE_MAX(2 * n, least);
}

struct seqstat_labels *
seqstat_labels_alloc(const struct seqstat_set *set, uint32_t room)
{
	const uint32_t n_heads = rte_align32pow2(set->n_rows);
	struct seqstat_labels *labels;

	labels = rte_zmalloc("seqstat_labels", sizeof(*labels) + room +
			((size_t)n_heads + 2 * (size_t)set->n_rows) * sizeof(uint32_t), 0);
	if (labels == NULL)
		return NULL;
	labels->size = room;
	labels->used = 1;
	labels->n_heads = n_heads;
	labels->heads = (uint32_t *)(labels + 1);
	labels->next = labels->heads + n_heads;
	labels->at = labels->next + set->n_rows;
	labels->text = (char *)(labels->at + set->n_rows);

	return labels;
}

/** Append a text, and give it to a row. There is room. */
static void
append(const struct seqstat_set *set, struct seqstat_labels *labels, uint32_t row,
		const char *text, uint32_t size)
{
	uint32_t at = labels->used;

	memcpy(&labels->text[at], text, size);
	labels->used = at + size;
	/* If this process is killed here, no row has an incomplete text or that of another row. */
	rte_compiler_barrier();
	labels->at[row] = at;
	chain(set, labels, row);
}

bool
seqstat_labels_copy(const struct seqstat_set *set, struct seqstat_labels *labels)
{
	const char *text;
	uint32_t row;

	for (row = 0; row < set->n_rows; row++) {
		text = seqstat_labels_text(set, row);
		if (text == NULL)
			continue;
		if (text_size(set, text) > labels->size - labels->used)
			return false;
		append(set, labels, row, text, text_size(set, text));
	}

	return true;
}

struct seqstat_labels *
seqstat_labels_replace(struct seqstat_set *set, struct seqstat_labels *labels)
{
	struct seqstat_labels *former = set->labels;

	/* If this process is killed here, the set has complete labels. */
	rte_compiler_barrier();
	set->labels = labels;

	return former;
}

int
seqstat_labels_find(struct seqstat_set *set, const struct seqstat_text *text)
{
	struct seqstat_labels *labels = labels_of(set);
	uint32_t row;

	if (labels == NULL)
		return -ENOENT;
	for (row = *head_of(labels, text->bytes, text->size); row != 0;
			row = labels->next[row - 1])
		if (labels->at[row - 1] + text->size <= labels->used &&
				memcmp(&labels->text[labels->at[row - 1]], text->bytes,
				text->size) == 0)
			return (int)row - 1;

	return -ENOENT;
}

int
seqstat_labels_set(struct seqstat_set *set, uint32_t row, const struct seqstat_text *text)
{
	struct seqstat_labels *labels = labels_of(set);

	if (labels == NULL || text->size > labels->size - labels->used)
		return -EAGAIN;
	/* Raise the number first: a reader that then gets the control lock finds the labels. */
	rte_atomic_store_explicit(&set->n_labelled, rte_atomic_load_explicit(&set->n_labelled,
			rte_memory_order_relaxed) + 1, rte_memory_order_relaxed);
	begin_change(labels);
	append(set, labels, row, text->bytes, text->size);
	end_change(labels);

	return 0;
}

void
seqstat_labels_drop(struct seqstat_set *set, uint32_t row)
{
	struct seqstat_labels *labels = labels_of(set);
	const char *text;
	uint32_t *link;

	if (labels == NULL || labels->at[row] == 0)
		return;
	text = &labels->text[labels->at[row]];
	link = head_of(labels, text, text_size(set, text));
	begin_change(labels);
	while (*link != row + 1)
		link = &labels->next[*link - 1];
	*link = labels->next[row];
	labels->at[row] = 0;
	end_change(labels);
}

const char *
seqstat_labels_text(const struct seqstat_set *set, uint32_t row)
{
	const struct seqstat_labels *labels = set->labels;

	return labels == NULL || labels->at[row] == 0 ? NULL : &labels->text[labels->at[row]];
}

void
seqstat_labels_get(const struct seqstat_set *set, uint32_t row, struct rte_seqstat_labels *labels)
{
	const char *value = seqstat_labels_text(set, row);

	*labels = (struct rte_seqstat_labels){
		.generation = rte_atomic_load_explicit(&set->generations[row],
				rte_memory_order_relaxed),
	};
	for (; value != NULL && labels->n < set->n_labels; value = seqstat_label_next(value))
		strlcpy(labels->values[labels->n++], value, sizeof(labels->values[0]));
}
