/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Run the code of the how-to about moving from other counters: all of them count the same. */

#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_metrics.h>

#include <rte_seqstat.h>

#include "seqstat-move-before.h"
#include "seqstat-move-after.h"
#include "seqstat-move-reset.h"
#include "seqstat-move-metrics.h"

static const uint16_t port = 1;
static struct rte_seqstat *set;

static void
count_burst(void)
{
	count_by_hand(port, 32, 2048, 1);
	count(set, port, 32, 2048, 1);
}

static void
check_metrics(const struct rte_seqstat_snapshot *snap, const struct port_stats *expected)
{
	struct rte_metric_value posted[N_COUNTERS];
	int first_key;

	RTE_VERIFY(rte_metrics_init(SOCKET_ID_ANY) == 0);
	first_key = register_metrics();
	RTE_VERIFY(first_key == 0);
	RTE_VERIFY(post_metrics(snap, first_key, port) == 0);
	RTE_VERIFY(rte_metrics_get_values(port, posted, N_COUNTERS) == N_COUNTERS);
	RTE_VERIFY(posted[RX_PACKETS].value == expected->rx_packets);
	RTE_VERIFY(posted[RX_BYTES].value == expected->rx_bytes);
	RTE_VERIFY(posted[DROPPED].value == expected->dropped);
	RTE_VERIFY(rte_metrics_deinit() == 0);
}

static void
check(struct rte_seqstat_snapshot *now, struct rte_seqstat_snapshot *zero)
{
	struct rte_seqstat_snapshot *diff = rte_seqstat_snapshot_create(set);
	struct port_stats by_hand, values;

	RTE_VERIFY(diff != NULL);
	count_burst();
	RTE_VERIFY(rte_seqstat_snapshot_take(zero, 1000) == 0);
	count_burst();

	/* The page says that the values are laid out as the structure's members. */
	sum_by_hand(port, &by_hand);
	RTE_VERIFY(sizeof(values) == N_COUNTERS * sizeof(uint64_t));
	RTE_VERIFY(sum(now, port, (uint64_t *)&values) == 0);
	RTE_VERIFY(memcmp(&values, &by_hand, sizeof(values)) == 0);

	RTE_VERIFY(sum_since(diff, now, zero, port, (uint64_t *)&values) == 0);
	RTE_VERIFY(values.rx_packets == 32 && values.rx_bytes == 2048 && values.dropped == 1);
	rte_seqstat_snapshot_free(diff);

	check_metrics(now, &by_hand);
}

int
main(int argc, char **argv)
{
	const struct rte_seqstat_params params = {
		.name = "move",
		.counters = counters,
		.n_counters = N_COUNTERS,
		.n_rows = RTE_MAX_ETHPORTS,
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat_snapshot *now, *zero;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	set = rte_seqstat_create(&params);
	RTE_VERIFY(set != NULL);
	now = rte_seqstat_snapshot_create(set);
	zero = rte_seqstat_snapshot_create(set);
	RTE_VERIFY(now != NULL && zero != NULL);

	check(now, zero);

	rte_seqstat_snapshot_free(now);
	rte_seqstat_snapshot_free(zero);
	RTE_VERIFY(rte_seqstat_free(set) == 0);

	return rte_eal_cleanup();
}
