/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Usage: faults [EAL options] TEST */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "fault.h"

struct rte_seqstat *
fault_set_create(const char *name)
{
	static const struct rte_seqstat_counter counters[] = {
		{ .name = "packets" },
		{ .name = "burst", .type = RTE_SEQSTAT_HISTOGRAM, .n_bounds = 4 },
	};

	return rte_seqstat_create(&(struct rte_seqstat_params){
		.name = name,
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 2,
		.socket_id = SOCKET_ID_ANY,
	});
}

static const struct {
	const char *name;
	bool (*function)(void);
} tests[] = {
	{ "first", fault_test_first },
	{ "beaten", fault_test_beaten },
	{ "slow", fault_test_slow },
	{ "allocations", fault_test_allocations },
	{ "telemetry", fault_test_telemetry },
	{ "others", fault_test_others },
};

int
main(int argc, char **argv)
{
	bool well = false;
	unsigned int i;
	int ret;

	ret = rte_eal_init(argc, argv);
	if (ret < 0 || ret != argc - 2) {
		printf("EAL cannot start, or not one test is named\n");
		return EXIT_FAILURE;
	}
	for (i = 0; i < RTE_DIM(tests); i++)
		if (strcmp(tests[i].name, argv[argc - 1]) == 0)
			well = tests[i].function();
	rte_eal_cleanup();
	printf("%s\n", well ? "passed" : "failed");

	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
