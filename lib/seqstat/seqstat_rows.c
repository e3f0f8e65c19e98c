/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Names of rows. */

#include <errno.h>

#include <rte_string_fns.h>

#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_schema.h"

/** Copy the name of a row from or to the set. */
static int
name_copy(struct rte_seqstat *st, uint32_t row, const char *from, char *to)
{
	struct seqstat_set *set;
	int ret;

	if (st == NULL)
		return -EINVAL;
	set = seqstat_handle(st)->set;
	if (set == NULL)
		return -ENOENT;
	if (row >= set->n_rows)
		return -EINVAL;
	ret = seqstat_control_lock();
	if (ret != 0)
		return ret;
	strlcpy(to == NULL ? set->row_names[row] : to, from == NULL ? set->row_names[row] : from,
			RTE_SEQSTAT_ROW_NAMESIZE);
	seqstat_control_unlock();

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_name_set, 26.11)
int
rte_seqstat_row_name_set(struct rte_seqstat *st, uint32_t row, const char *name)
{
	if (name == NULL)
		name = "";
	if (!seqstat_text_valid(name, RTE_SEQSTAT_ROW_NAMESIZE)) {
		SEQSTAT_LOG(ERR, "malformed or overlong name for row %u", row);
		return -EINVAL;
	}

	return name_copy(st, row, name, NULL);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_row_name_get, 26.11)
int
rte_seqstat_row_name_get(struct rte_seqstat *st, uint32_t row, char *name)
{
	return name == NULL ? -EINVAL : name_copy(st, row, NULL, name);
}
