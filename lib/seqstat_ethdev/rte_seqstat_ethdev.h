/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef RTE_SEQSTAT_ETHDEV_H
#define RTE_SEQSTAT_ETHDEV_H

/**
 * @file
 *
 * Statistics of ethdev queues, counted by ethdev's callbacks
 *
 * An application calls rte_seqstat_ethdev_start() after rte_eth_dev_start(), and no code of its
 * packet processing changes. Each thread that polls a queue or sends on it counts in its own
 * writer of the stat set "ethdev". A row of the set is a queue id of a port, with the labels
 * "port" and "queue": the receive queue and the transmit queue with this id.
 *
 * - rx_packets, rx_bytes: what the driver returned to polls, before other callbacks of the
 *   application saw it. Packets that the device or driver dropped are not included.
 * - polls, empty_polls: calls of rte_eth_rx_burst(), and those that returned no packet.
 * - poll_packets: a histogram of the packets per poll, without empty polls.
 * - tx_offered_packets, tx_offered_bytes: what the application passed to rte_eth_tx_burst().
 *   Callbacks run before the driver, so a packet that the driver does not accept is included, and
 *   is counted again with each retry.
 *
 * Bytes are the length of packets in memory (pkt_len), without what the device adds or strips,
 * such as the FCS. A bonding device and its members count the same packets.
 *
 * Processes: all processes of the application share the set, and each counts in writers of its
 * own. As callbacks belong to the process that added them, each process that polls calls
 * rte_seqstat_ethdev_start(): a secondary after the primary has configured the port, and again
 * after the primary has configured it anew.
 *
 * Callbacks stay on their queues until the process ends, because ethdev does not report when a
 * callback has returned for the last time. On a port that is not counted they return at once.
 *
 * Functions are thread-safe. They may wait up to a second for readers and other processes, and
 * return the errors of rte_seqstat_lookup(), rte_seqstat_create() and rte_seqstat_row_alloc(),
 * negative, besides their own.
 */

#include <stdint.h>

#include <rte_compat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Name of the set. */
#define RTE_SEQSTAT_ETHDEV_SET "ethdev"

/** Values of a row: the counters in the order of the schema, then the histogram's values. */
enum rte_seqstat_ethdev_value {
	RTE_SEQSTAT_ETHDEV_RX_PACKETS,
	RTE_SEQSTAT_ETHDEV_RX_BYTES,
	RTE_SEQSTAT_ETHDEV_POLLS,
	RTE_SEQSTAT_ETHDEV_EMPTY_POLLS,
	RTE_SEQSTAT_ETHDEV_TX_OFFERED_PACKETS,
	RTE_SEQSTAT_ETHDEV_TX_OFFERED_BYTES,
	RTE_SEQSTAT_ETHDEV_POLL_PACKETS, /**< First value of the histogram. */
};

/**
 * Create the set with a number of rows, or open it if another process created it.
 *
 * rte_seqstat_ethdev_start() does so by itself: with 512 rows, or 8 for each queue of the first
 * port if that is more. A row takes 256 bytes for each lcore that counts.
 *
 * @param n_rows
 *   Number of rows: queues of all ports together.
 * @return
 *   - 0: created or opened
 *   - -EALREADY: this process has the set already
 *   - -EINVAL: n_rows is 0 or greater than RTE_SEQSTAT_MAX_ROWS
 *   - -EEXIST: another set has the name (logged)
 */
__rte_experimental
int
rte_seqstat_ethdev_init(uint32_t n_rows);

/**
 * Count the queues of a port, in the calling process.
 *
 * Call it again after rte_eth_dev_configure(): queues that were added are counted, and rows of
 * queues that are gone are cleared. It does no harm to call it more often, also while threads
 * poll. A port that is closed gives its rows back.
 *
 * @param port_id
 *   The port, after rte_eth_dev_configure(); or RTE_ETH_ALL for all that are configured.
 * @return
 *   - 0: the port's queues are counted
 *   - -ENODEV: no such port
 *   - -EINVAL: the port has no queues yet
 *   - -ENOTSUP: this DPDK was built without callbacks of ethdev
 *   - -ENOSPC: the set has no free row, see rte_seqstat_ethdev_init(); some queues are counted
 *   - -ENOMEM: not enough memory for a callback; some queues are counted
 */
__rte_experimental
int
rte_seqstat_ethdev_start(uint16_t port_id);

/**
 * Stop counting a port's queues, in the calling process.
 *
 * The rows keep what was counted; another start goes on from there.
 *
 * @param port_id
 *   The port, also one that is closed; or RTE_ETH_ALL.
 * @return
 *   - 0: stopped
 *   - -ENOENT: no queue was counted
 */
__rte_experimental
int
rte_seqstat_ethdev_stop(uint16_t port_id);

/**
 * Stop counting all ports and remove the set; if others use it, too, close it.
 *
 * No thread of the calling process polls a port or sends on it any more.
 */
__rte_experimental
void
rte_seqstat_ethdev_free(void);

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_ETHDEV_H */
