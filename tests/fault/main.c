/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Usage: faults [EAL options] TEST */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_lcore.h>

#include "fault.h"

struct rte_seqstat *
fault_set_create(const char *name)
{
	static const struct rte_seqstat_buckets buckets = RTE_SEQSTAT_BUCKETS_LOG(0, 3);
	static const struct rte_seqstat_counter counters[] = {
		{ .name = "packets" },
		{ .name = "burst", .type = RTE_SEQSTAT_HISTOGRAM, .buckets = &buckets },
	};

	return rte_seqstat_create(&(struct rte_seqstat_params){
		.name = name,
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 2,
		.labels = (const char *const []){ "port", "queue", NULL },
		.socket_id = SOCKET_ID_ANY,
	});
}

struct rte_seqstat_writer *
fault_writer(struct rte_seqstat *st, unsigned int lcore_id)
{
	const unsigned int self = rte_lcore_id();
	struct rte_seqstat_writer *w;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	w = rte_seqstat_writer(st);
	RTE_PER_LCORE(_lcore_id) = self;

	return w;
}

bool
fault_count(struct rte_seqstat *st, unsigned int lcore_id)
{
	const unsigned int self = rte_lcore_id();
	struct rte_seqstat_section sec;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	sec = rte_seqstat_begin(st);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	rte_seqstat_end(&sec);
	RTE_PER_LCORE(_lcore_id) = self;

	return sec.shared;
}

int
main(int argc, char **argv)
{
	bool well = false;
	int ret;

	ret = rte_eal_init(argc, argv);
	if (ret < 0 || ret != argc - 2) {
		printf("EAL failed to start, or the arguments do not name one test\n");
		return EXIT_FAILURE;
	}
	if (strcmp(argv[argc - 1], "calls") == 0)
		well = fault_test_calls();
	if (strcmp(argv[argc - 1], "telemetry") == 0)
		well = fault_test_telemetry();
	rte_eal_cleanup();
	printf("%s\n", well ? "passed" : "failed");

	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
