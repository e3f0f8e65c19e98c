/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_string_fns.h>

#include "log.h"
#include "stats.h"

/* How long to wait for others to finish reading the set. */
#define FREE_TRIES 1000
#define FREE_WAIT_US 1000

static const struct rte_seqstat_counter counters[STATS_N] = {
	[STATS_RX_PACKETS] = {
		.name = "rx_packets",
		.unit = "packets",
		.help = "Packets received.",
	},
	[STATS_RX_BYTES] = {
		.name = "rx_bytes",
		.unit = "bytes",
		.help = "Bytes received, Ethernet header included, checksum not.",
	},
	[STATS_TX_PACKETS] = {
		.name = "tx_packets",
		.unit = "packets",
		.help = "Packets that the driver took to send.",
	},
	[STATS_TX_BYTES] = {
		.name = "tx_bytes",
		.unit = "bytes",
		.help = "Bytes of the packets that the driver took to send.",
	},
	[STATS_DROPPED_PACKETS] = {
		.name = "dropped_packets",
		.unit = "packets",
		.help = "Packets to be sent that the driver refused.",
	},
	[STATS_DROPPED_BYTES] = {
		.name = "dropped_bytes",
		.unit = "bytes",
		.help = "Bytes of the packets to be sent that the driver refused.",
	},
	[STATS_WAITING_PACKETS] = {
		.name = "waiting_packets",
		.unit = "packets",
		.help = "Packets to be sent that wait in the tx buffer.",
		.type = RTE_SEQSTAT_GAUGE,
	},
};

/* Too long a name loses its end. */
static int
row_name(struct rte_seqstat *set, uint32_t row, const char *device, const char *name_end)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];

	rte_strlcpy(name, device, sizeof(name));
	rte_strlcat(name, name_end, sizeof(name));
	return rte_seqstat_row_name_set(set, row, name);
}

struct rte_seqstat *
stats_set_create(const struct rte_seqstat_params *params, const struct ports *ports,
		const char *name_end)
{
	struct rte_seqstat *set = rte_seqstat_create(params);
	uint16_t i;
	int ret;

	if (set == NULL) {
		LOG(ERR, "cannot make the stat set %s: %s", params->name, rte_strerror(rte_errno));
		return NULL;
	}
	for (i = 0; i < ports->n; i++) {
		ret = row_name(set, i, ports->port[i].name, name_end);
		if (ret < 0) {
			LOG(ERR, "cannot name the row of %s: %s", ports->port[i].name,
					rte_strerror(-ret));
			stats_free(set);
			return NULL;
		}
	}
	return set;
}

struct rte_seqstat *
stats_create(const struct ports *ports)
{
	const struct rte_seqstat_params params = {
		.name = "l2fwd",
		.counters = counters,
		.n_counters = STATS_N,
		.n_rows = ports->n,
		.row_label = "port",
		.socket_id = SOCKET_ID_ANY,
	};

	return stats_set_create(&params, ports, "");
}

void
stats_free(struct rte_seqstat *set)
{
	unsigned int i;
	int ret;

	for (i = 0; (ret = rte_seqstat_free(set)) == -EBUSY && i < FREE_TRIES; i++)
		rte_delay_us_sleep(FREE_WAIT_US);
	if (ret < 0)
		LOG(WARNING, "a stat set was not freed: %s", rte_strerror(-ret));
}

static void
values_add(uint64_t *sum, const uint64_t *values)
{
	unsigned int i;

	for (i = 0; i < STATS_N; i++)
		sum[i] += values[i];
}

void
stats_lcore_sum(const struct rte_seqstat_snapshot *snap, uint32_t writer, uint64_t *sum)
{
	const uint64_t *values;
	uint32_t row;

	memset(sum, 0, STATS_N * sizeof(*sum));
	for (row = 0; (values = rte_seqstat_snapshot_row(snap, writer, row)) != NULL; row++)
		values_add(sum, values);
}

void
stats_sum(const struct rte_seqstat_snapshot *snap, uint64_t *sum)
{
	uint64_t values[STATS_N];
	uint32_t row;

	memset(sum, 0, STATS_N * sizeof(*sum));
	for (row = 0; rte_seqstat_snapshot_total(snap, row, values) == 0; row++)
		values_add(sum, values);
}

static bool
balance_check(const char *whose, const uint64_t *v)
{
	if (v[STATS_RX_PACKETS] - v[STATS_TX_PACKETS] - v[STATS_DROPPED_PACKETS] ==
			v[STATS_WAITING_PACKETS])
		return true;
	LOG(ERR, "INCONSISTENT SNAPSHOT, %s: received %" PRIu64 ", sent %" PRIu64
			", dropped %" PRIu64 ", but waiting %" PRIu64, whose, v[STATS_RX_PACKETS],
			v[STATS_TX_PACKETS], v[STATS_DROPPED_PACKETS], v[STATS_WAITING_PACKETS]);
	return false;
}

bool
stats_check(const struct rte_seqstat_snapshot *snap)
{
	struct rte_seqstat_writer_info info;
	uint64_t sum[STATS_N];
	char whose[32];
	bool consistent;
	uint32_t i;

	stats_sum(snap, sum);
	consistent = balance_check("all lcores", sum);
	for (i = 0; rte_seqstat_snapshot_writer_info(snap, i, &info) == 0; i++) {
		stats_lcore_sum(snap, i, sum);
		snprintf(whose, sizeof(whose), "lcore %u", info.lcore_id);
		consistent &= balance_check(whose, sum);
	}
	return consistent;
}
