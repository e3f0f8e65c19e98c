/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_LABELS_H
#define SEQSTAT_LABELS_H

/**
 * @file
 *
 * The labels of a set's rows, packed and found by hash
 *
 * Callers hold the control lock, unless a comment differs. If a process is killed in one of
 * these functions, the next caller repairs the labels.
 */

#include <stdbool.h>
#include <stddef.h>

#include "seqstat_layout.h"

/** The text of a row's labels: the values one after another, each with its NUL. */
struct seqstat_text {
	uint32_t size; /**< Number of bytes in use. */
	char bytes[RTE_SEQSTAT_MAX_LABELS * RTE_SEQSTAT_LABELSIZE];
};

/** Return the room for text that new labels need to take one more text. Turn held instead. */
uint32_t
seqstat_labels_room(const struct seqstat_set *set, const struct seqstat_text *text);

/** Allocate empty labels for a set, with room for text in bytes. No lock held. */
struct seqstat_labels *
seqstat_labels_alloc(const struct seqstat_set *set, uint32_t room);

/** Copy the labels of a set into new ones. Returns false without room. Turn held instead. */
bool
seqstat_labels_copy(const struct seqstat_set *set, struct seqstat_labels *labels);

/** Replace the labels of a set by a copy. Returns the former ones for the caller to free. */
struct seqstat_labels *
seqstat_labels_replace(struct seqstat_set *set, struct seqstat_labels *labels);

/** Find the row that has a text. Returns the row or -ENOENT. */
int
seqstat_labels_find(struct seqstat_set *set, const struct seqstat_text *text);

/** Give a text to a row without labels. Returns 0, or -EAGAIN if there is no room. Turn held. */
int
seqstat_labels_set(struct seqstat_set *set, uint32_t row, const struct seqstat_text *text);

/** Remove the labels of a row, if it has any. Turn held. */
void
seqstat_labels_drop(struct seqstat_set *set, uint32_t row);

/** Return the text of a row's labels, or NULL if it has none. Turn or control lock held. */
const char *
seqstat_labels_text(const struct seqstat_set *set, uint32_t row);

/** Get the labels and the generation of a row. */
void
seqstat_labels_get(const struct seqstat_set *set, uint32_t row, struct rte_seqstat_labels *labels);

/** Return the value that follows another one in a text. */
static inline const char *
seqstat_label_next(const char *value)
{
	while (*value++ != '\0')
		;
	return value;
}

#endif /* SEQSTAT_LABELS_H */
