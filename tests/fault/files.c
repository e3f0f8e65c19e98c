/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "fault.h"

bool
fault_test_files(void)
{
	struct rte_seqstat *set = fault_set_create("set");
	struct rte_seqstat_writer *w;

	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	fault_inject((struct fault){ .nth = 1 });
	w = rte_seqstat_writer_attach(set, 0);
	CHECK(fault_end() && w != NULL, "not attached: %s", rte_strerror(rte_errno));

	/* Whose owner nothing is known of is not taken away. */
	CHECK(rte_seqstat_writer_attach(set, 0) == NULL && rte_errno == EBUSY, "attached twice");
	CHECK(rte_seqstat_free(set) == -EBUSY, "freed while attached");
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached");

	w = rte_seqstat_writer_attach(set, 0);
	CHECK(w != NULL, "not attached again: %s", rte_strerror(rte_errno));
	fault_inject((struct fault){ .nth = 1 });
	CHECK(rte_seqstat_free(set) == -EBUSY, "freed while attached");
	CHECK(fault_end(), "no file was wanted to know who is alive");
	CHECK(rte_seqstat_writer_detach(w) == 0, "not detached again");
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}
