/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_LABELS_H
#define SEQSTAT_LABELS_H

/**
 * @file
 *
 * The labels of a set's rows: packed, and found by hash
 *
 * The control lock is held in all functions for which nothing else is said. A process may be
 * killed in any of them; the next one repairs what it left.
 */

#include <stdbool.h>
#include <stddef.h>

#include "seqstat_layout.h"

/** The text of a row's labels: the values one after another, each with its NUL. */
struct seqstat_text {
	uint32_t size; /**< Bytes. */
	char bytes[RTE_SEQSTAT_MAX_LABELS * RTE_SEQSTAT_LABELSIZE];
};

/** Return the bytes that labels need to have room for one more text. Turn held. */
uint32_t
seqstat_labels_room(const struct seqstat_set *set, const struct seqstat_text *text);

/** Allocate labels for the rows of a set, with room for text. No lock is held. */
struct seqstat_labels *
seqstat_labels_alloc(const struct seqstat_set *set, uint32_t room);

/** Copy the labels of a set into new ones. Turn held. Returns false if these are too small. */
bool
seqstat_labels_copy(const struct seqstat_set *set, struct seqstat_labels *labels);

/** Replace the labels of a set by a copy. Returns the former ones, to be freed without a lock. */
struct seqstat_labels *
seqstat_labels_replace(struct seqstat_set *set, struct seqstat_labels *labels);

/** Find the row with a text. Returns the row or -ENOENT. */
int
seqstat_labels_find(struct seqstat_set *set, const struct seqstat_text *text);

/** Give a row without labels a text. Returns 0, or -EAGAIN: there is no room. */
int
seqstat_labels_set(struct seqstat_set *set, uint32_t row, const struct seqstat_text *text);

/** Take the labels of a row away, if it has any. */
void
seqstat_labels_drop(struct seqstat_set *set, uint32_t row);

/** Return the text of a row's labels, or NULL: it has none. */
const char *
seqstat_labels_text(const struct seqstat_set *set, uint32_t row);

/** Get the labels and the generation of a row. */
void
seqstat_labels_get(const struct seqstat_set *set, uint32_t row, struct rte_seqstat_labels *labels);

/** Return the value after another one in a text. */
static inline const char *
seqstat_label_next(const char *value)
{
	while (*value++ != '\0')
		;
	return value;
}

#endif /* SEQSTAT_LABELS_H */
