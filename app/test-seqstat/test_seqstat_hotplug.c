/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "test_seqstat.h"

/*
 * A device is unplugged and plugged again. What becomes of its row is for the application
 * to say; this one has a row for each port, finds it by the name of the device, and gives
 * the row of the port's id to a device that is new.
 */

#define DEVICE "net_null_seqstat0"
#define OTHER_DEVICE "net_null_seqstat1"
#define N_ROWS 64

static struct rte_seqstat *set;
static struct rte_seqstat_writer *writer;
static struct rte_seqstat_snapshot *snap, *before;

static int
plug(const char *device, uint16_t *port_id)
{
	int ret = rte_eal_hotplug_add("vdev", device, "");

	if (ret != 0) {
		printf("skipped: no %s: %s\n", device, strerror(-ret));
		return TEST_SKIPPED;
	}
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(device, port_id), "no port");
	TEST_ASSERT(*port_id < N_ROWS, "port %u", *port_id);

	return TEST_SUCCESS;
}

/** The row of a device that was there before, or UINT32_MAX. */
static uint32_t
row_of(const char *device)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	uint32_t row;

	for (row = 0; row < N_ROWS; row++)
		if (rte_seqstat_row_name_get(set, row, name) == 0 && strcmp(name, device) == 0)
			return row;

	return UINT32_MAX;
}

static void
count(uint32_t row, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(writer);

	rte_seqstat_add(rte_seqstat_row(&sec, row), 0, n);
	rte_seqstat_write_end(&sec);
}

/** What a row has in all, as of now. */
static uint64_t
counted(uint32_t row)
{
	uint64_t values[1] = { UINT64_MAX };

	if (rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US) == 0)
		rte_seqstat_snapshot_total(snap, row, values);

	return values[0];
}

static int
set_up(void)
{
	set = test_seqstat_create("test", 1, N_ROWS);
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	writer = rte_seqstat_writer_attach(set, rte_lcore_id());
	snap = rte_seqstat_snapshot_create(set);
	before = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(writer != NULL && snap != NULL && before != NULL, "cannot begin: %s",
		rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	/* Those that a test that failed has left. */
	rte_eal_hotplug_remove("vdev", DEVICE);
	rte_eal_hotplug_remove("vdev", OTHER_DEVICE);
	rte_seqstat_snapshot_free(before);
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_writer_detach(writer);
	rte_seqstat_free(set);
}

/** Plugged for the first time, ten packets, unplugged. */
static int
come_and_go(uint32_t *row)
{
	uint16_t port_id;
	int ret;

	ret = plug(DEVICE, &port_id);
	if (ret != TEST_SUCCESS)
		return ret;
	TEST_ASSERT_EQUAL(row_of(DEVICE), UINT32_MAX, "it was here before");
	*row = port_id;
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_set(set, *row, DEVICE), "cannot name the row");
	count(*row, 10);
	TEST_ASSERT_SUCCESS(rte_eal_hotplug_remove("vdev", DEVICE), "cannot be unplugged");
	TEST_ASSERT_EQUAL(counted(*row), 10, "lost with the device");

	return TEST_SUCCESS;
}

static int
test_same_again(void)
{
	uint16_t port_id;
	uint32_t row = 0;
	int ret;

	ret = come_and_go(&row);
	if (ret != TEST_SUCCESS)
		return ret;
	TEST_ASSERT_SUCCESS(plug(DEVICE, &port_id), "cannot be plugged again");
	TEST_ASSERT_EQUAL(row_of(DEVICE), row, "its row is not found");
	count(row, 5);
	TEST_ASSERT_EQUAL(counted(row), 15, "it does not go on where it was");

	return TEST_SUCCESS;
}

static int
test_another_in_its_place(void)
{
	uint16_t port_id;
	uint32_t row = 0;
	int ret;

	ret = come_and_go(&row);
	if (ret != TEST_SUCCESS)
		return ret;
	TEST_ASSERT_SUCCESS(plug(OTHER_DEVICE, &port_id), "no other");
	TEST_ASSERT_EQUAL(port_id, row, "another port, though one was free");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_name_set(set, row, OTHER_DEVICE), "no other name");
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(before, TEST_SEQSTAT_LIMIT_US), "not taken");
	count(row, 3);
	TEST_ASSERT_EQUAL(counted(row), 13, "the sum of both");

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(before, snap, before), "not subtracted");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_row(before, 0, row)[0], 3, "not its own");
	TEST_ASSERT_EQUAL(row_of(OTHER_DEVICE), row, "not by the new name");
	TEST_ASSERT_EQUAL(row_of(DEVICE), UINT32_MAX, "still by the old name");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat and devices that come and go",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_same_again),
		TEST_CASE_ST(set_up, tear_down, test_another_in_its_place),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_hotplug(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_hotplug_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_hotplug);
