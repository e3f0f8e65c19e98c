/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>

#include "viewer.h"

/* How to show a view on standard output. */
struct table {
	bool per_lcore; /* With a part for each lcore. */
	bool in_place;  /* Over the table before, on a terminal. */
	bool keys;      /* With the keys that there are. */
};

/* Print a view. On a terminal, it is cut to the height of the screen. */
void table_print(const struct table *table, const struct viewer *viewer);

/* Print a view for the last time, uncut. */
void table_print_last(const struct table *table, const struct viewer *viewer);

#endif /* TABLE_H */
