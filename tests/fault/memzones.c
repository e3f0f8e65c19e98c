/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_memzone.h>

#include "fault.h"

/** Reserve memzones until there are no more. Returns the last one. */
static const struct rte_memzone *
fill(void)
{
	const struct rte_memzone *mz, *last = NULL;
	char name[RTE_MEMZONE_NAMESIZE];
	unsigned int i = 0;

	do {
		snprintf(name, sizeof(name), "filling_%u", i++);
		mz = rte_memzone_reserve(name, 1, SOCKET_ID_ANY, 0);
		if (mz != NULL)
			last = mz;
	} while (mz != NULL);

	return last;
}

/** Give a memzone up: there is one left then. */
static bool
make_room(void)
{
	return rte_memzone_free(rte_memzone_lookup("filling_0")) == 0;
}

bool
fault_test_memzones(void)
{
	struct rte_seqstat *set;

	/* The first call makes a memzone that all sets share. */
	CHECK(fill() != NULL && rte_errno == ENOSPC, "the table does not become full: %s",
		rte_strerror(rte_errno));
	CHECK(fault_set_create("set") == NULL && rte_errno == ENOSPC, "without a memzone: %s",
		rte_strerror(rte_errno));
	CHECK(make_room(), "no memzone can be freed");
	CHECK(fault_set_create("set") == NULL && rte_errno == ENOSPC, "with one memzone: %s",
		rte_strerror(rte_errno));
	CHECK(rte_seqstat_lookup("set") == NULL && rte_errno == ENOENT, "a set is half made: %s",
		rte_strerror(rte_errno));
	CHECK(rte_memzone_free(rte_memzone_lookup("filling_1")) == 0, "no memzone can be freed");
	set = fault_set_create("set");
	CHECK(set != NULL, "with two memzones: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_free(set) == 0, "the set cannot be freed");

	return true;
}

bool
fault_test_foreign(void)
{
	static const char content[] = "not a set";
	const struct rte_memzone *mz;
	struct rte_seqstat *set;

	mz = rte_memzone_reserve("SEQSTAT_set", sizeof(content), SOCKET_ID_ANY, 0);
	CHECK(mz != NULL, "no memzone: %s", rte_strerror(rte_errno));
	memcpy(mz->addr, content, sizeof(content));

	CHECK(fault_set_create("set") == NULL && rte_errno == EEXIST, "%s",
		rte_strerror(rte_errno));
	CHECK(rte_memzone_lookup("SEQSTAT_set") == mz && strcmp(mz->addr, content) == 0,
		"the memzone is not what it was");
	CHECK(rte_seqstat_lookup("set") == NULL && rte_errno == ENOENT, "it is taken for a set");

	rte_memzone_free(mz);
	set = fault_set_create("set");
	CHECK(set != NULL, "after it was freed: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_free(set) == 0, "the set cannot be freed");

	return true;
}
