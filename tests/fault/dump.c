/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "fault.h"
#include "seqstat_private.h"

/** Dump a set, and look for a text in it if it could be dumped. */
static int
dump(struct rte_seqstat *set, const char *text, bool *found)
{
	char *dumped = NULL;
	size_t size;
	FILE *f = open_memstream(&dumped, &size);
	int ret;

	if (f == NULL)
		return -ENOMEM;
	ret = rte_seqstat_dump(f, set);
	fclose(f);
	*found = strstr(dumped, text) != NULL;
	free(dumped);

	return ret;
}

/** Where a writer stopped, or ended, inside a section. */
static bool
check_writers(struct rte_seqstat *set)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, 0);
	struct rte_seqstat_section sec;
	bool found;

	CHECK(w != NULL, "no writer: %s", rte_strerror(rte_errno));
	sec = rte_seqstat_write_begin(w);
	CHECK(dump(set, "lcore 0: (stale)", &found) == 0 && found, "inside a section");
	rte_seqstat_write_end(&sec);
	CHECK(dump(set, "lcore 0: packets", &found) == 0 && found, "between two sections");
	rte_seqstat_write_begin(w);
	set->slots[0].owner.tid = 0;
	CHECK(dump(set, "lcore 0: (repaired)", &found) == 0 && found, "after its owner ended");

	return true;
}

/** Each time that the control lock is wanted, it is not to be had. */
static bool
check_locks(struct rte_seqstat *set)
{
	struct fault fault = { .locks = true };
	bool found, more;
	int ret;

	do {
		fault.nth++;
		fault_inject(fault);
		ret = dump(set, "row 1", &found);
		more = fault_end();
		CHECK(ret == -ETIMEDOUT || (ret == 0 && found), "lock %u: %s", fault.nth,
			rte_strerror(-ret));
		CHECK(dump(set, "row 1 ''", &found) == 0 && found, "after lock %u", fault.nth);
	} while (more);

	return true;
}

bool
fault_test_dump(void)
{
	struct rte_seqstat *set = fault_set_create("set");

	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));

	return check_writers(set) && check_locks(set);
}
