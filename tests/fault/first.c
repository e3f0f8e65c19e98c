/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The first call makes a memzone for the lock and the list of sets, and then the lock. It
 * fails, or another process is at it at the same time: here another thread, or the same
 * one in between.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_thread.h>

#include "fault.h"

#define MEMZONE 1
#define LOCK 2

static rte_thread_t patient;

static bool
check_set(void)
{
	struct rte_seqstat *set = fault_set_create("set");

	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_lookup("set") == set, "not found: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_free(set) == 0, "the set cannot be freed");

	return true;
}

bool
fault_test_first(void)
{
	struct fault fault = { .error = ENOMEM };
	struct fault_usage before, after;

	for (fault.nth = MEMZONE; fault.nth <= LOCK; fault.nth++) {
		before = fault_usage();
		fault_inject(fault);
		CHECK(fault_set_create("set") == NULL && rte_errno == ENOMEM, "allocation %u: %s",
			fault.nth, rte_strerror(rte_errno));
		CHECK(fault_end(), "there is no allocation %u", fault.nth);
		after = fault_usage();
		CHECK(fault_usage_same(&before, &after), "leaks where allocation %u fails",
			fault.nth);
	}

	fault.nth = MEMZONE;
	fault.error = ENOSPC;
	fault_inject(fault);
	CHECK(fault_set_create("set") == NULL && rte_errno == ENOSPC && fault_end(),
		"no memzone is left: %s", rte_strerror(rte_errno));

	return check_set();
}

/** A call that finds nothing; returns what it says. */
static uint32_t
find_nothing(void *arg __rte_unused)
{
	return rte_seqstat_lookup("nothing") == NULL ? rte_errno : 0;
}

/** The same, by who does not give up. */
static uint32_t
find_patiently(void *arg)
{
	uint32_t error;

	do {
		error = find_nothing(arg);
	} while (error == ETIMEDOUT);

	return error;
}

static void
make_it(void)
{
	find_nothing(NULL);
}

bool
fault_test_beaten(void)
{
	fault_inject((struct fault){ .nth = MEMZONE, .meanwhile = make_it });
	if (!check_set())
		return false;
	CHECK(fault_end(), "no memzone is reserved");

	return true;
}

/** Let one wait in vain, and another one not give up. */
static void
make_wait(void)
{
	rte_thread_t impatient;
	uint32_t error = 0;

	if (rte_thread_create(&impatient, NULL, find_nothing, NULL) != 0 ||
			rte_thread_join(impatient, &error) != 0 || error != ETIMEDOUT)
		printf("the one that waited in vain: %s\n", rte_strerror((int)error));
	else if (rte_thread_create(&patient, NULL, find_patiently, NULL) == 0)
		return;
	patient.opaque_id = 0;
}

bool
fault_test_slow(void)
{
	uint32_t error = 0;

	fault_inject((struct fault){ .nth = LOCK, .meanwhile = make_wait });
	if (!check_set())
		return false;
	CHECK(fault_end(), "no lock is made");
	CHECK(patient.opaque_id != 0, "nobody waits");
	CHECK(rte_thread_join(patient, &error) == 0 && error == ENOENT, "the one that waited: %s",
		rte_strerror((int)error));

	return true;
}
