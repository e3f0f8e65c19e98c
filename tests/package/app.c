/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* An application that finds the library with pkg-config; the test also compiles it as C++. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_lcore.h>

#include <rte_seqstat.h>
#include <rte_seqstat_ethdev.h>

static struct rte_seqstat *
create_set(void)
{
	struct rte_seqstat_counter packets;
	struct rte_seqstat_params params;

	memset(&packets, 0, sizeof(packets));
	packets.name = "packets";
	packets.type = RTE_SEQSTAT_COUNTER;

	memset(&params, 0, sizeof(params));
	params.name = "app";
	params.counters = &packets;
	params.n_counters = 1;
	params.n_rows = 1;
	params.socket_id = SOCKET_ID_ANY;

	return rte_seqstat_create(&params);
}

static void
count(struct rte_seqstat_writer *writer, uint64_t n_packets)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);

	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, n_packets);
	rte_seqstat_end(&sec);
}

int
main(int argc, char **argv)
{
	struct rte_seqstat_writer *writer;
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat *st;
	uint64_t total;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	RTE_VERIFY(rte_seqstat_ethdev_stop(0) == -ENOENT);
	st = create_set();
	RTE_VERIFY(st != NULL);
	writer = rte_seqstat_writer(st);
	RTE_VERIFY(writer != NULL);
	snap = rte_seqstat_snapshot_create(st);
	RTE_VERIFY(snap != NULL);

	count(writer, 40);
	count(writer, 2);
	RTE_VERIFY(rte_seqstat_snapshot_take(snap, 1000) == 0);
	RTE_VERIFY(rte_seqstat_snapshot_total(snap, 0, &total) == 0);
	printf("packets %" PRIu64 "\n", total);
	fflush(stdout);

	/* The test sends telemetry requests, and then a line. */
	getchar();

	rte_seqstat_snapshot_free(snap);
	RTE_VERIFY(rte_seqstat_free(st) == 0);

	return rte_eal_cleanup();
}
