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
 * @warning
 * @b EXPERIMENTAL: functions in this file may change or disappear without notice.
 *
 * An application calls rte_seqstat_ethdev_start() after rte_eth_dev_start(), and changes nothing in
 * its packet processing:
 *
 * @code{.c}
 * rte_eth_dev_start(port_id);
 * rte_seqstat_ethdev_start(port_id);
 * @endcode
 *
 * Each thread that receives or sends packets counts in its own writer of the stat set "ethdev".
 * A row of this set counts the receive queue and the transmit queue of a port that have the same
 * queue id; its labels are "port", the name of the port, and "queue". The counters are:
 *
 * - rx_packets, rx_bytes: packets that the driver returned, before other callbacks of the
 *   application saw them. Packets that the device or the driver dropped are not included.
 * - polls, empty_polls: calls of rte_eth_rx_burst(), and calls that returned no packet.
 * - poll_packets: a histogram of the packets per poll, without empty polls.
 * - tx_offered_packets, tx_offered_bytes: packets that the application passed to
 *   rte_eth_tx_burst(). As callbacks run before the driver, they include packets that the
 *   driver did not accept, once more with each retry.
 *
 * Bytes are the length of packets in memory (pkt_len), without what the device adds or strips,
 * such as the FCS. A bonding device and its members count the same packets.
 *
 * **Processes.** All processes of the application share the set. Callbacks belong to the process
 * that added them, so each process that polls calls rte_seqstat_ethdev_start(): a secondary process
 * after the primary has configured the port, and again after the primary has configured it anew.
 *
 * **Callbacks** stay on their queues until the process ends, because ethdev does not report when a
 * callback has returned for the last time. On a port that is not counted they return at once.
 *
 * **Thread safety.** All functions are thread-safe. They wait for each other, and for the control
 * lock and the turn as described in rte_seqstat.h.
 *
 * **Errors.** Besides their own errors, the functions return those of rte_seqstat_lookup(),
 * rte_seqstat_create() and rte_seqstat_row_alloc(), negative.
 */

#include <stdint.h>

#include <rte_compat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Name of the set. */
#define RTE_SEQSTAT_ETHDEV_SET "ethdev"

/** Indices of values in a row: those of the counters, then the first one of the histogram. */
enum rte_seqstat_ethdev_value {
	RTE_SEQSTAT_ETHDEV_RX_PACKETS,         /**< Packets received. */
	RTE_SEQSTAT_ETHDEV_RX_BYTES,           /**< Bytes of packets received. */
	RTE_SEQSTAT_ETHDEV_POLLS,              /**< Calls of rte_eth_rx_burst(). */
	RTE_SEQSTAT_ETHDEV_EMPTY_POLLS,        /**< Calls that returned no packet. */
	RTE_SEQSTAT_ETHDEV_TX_OFFERED_PACKETS, /**< Packets passed to rte_eth_tx_burst(). */
	RTE_SEQSTAT_ETHDEV_TX_OFFERED_BYTES,   /**< Bytes of these packets. */
	RTE_SEQSTAT_ETHDEV_POLL_PACKETS,       /**< First value of the histogram. */
};

/**
 * Create the set with a number of rows, or open it if another process created it.
 *
 * The call is optional: rte_seqstat_ethdev_start() creates the set with 512 rows, or 8 for each
 * queue of the first port if that is more. A row takes 256 bytes for each lcore that counts.
 *
 * @param n_rows
 *   Number of rows, 1 to RTE_SEQSTAT_MAX_ROWS: the queues of all ports together.
 * @return
 *   - 0: created or opened
 *   - -EALREADY: this process has the set already
 *   - -EINVAL: n_rows is out of range
 *   - -EEXIST: the application or another version of this library has a set with this name (logged)
 */
__rte_experimental
int
rte_seqstat_ethdev_init(uint32_t n_rows);

/**
 * Start to count the queues of a port in the calling process.
 *
 * Call the function again after rte_eth_dev_configure(): it then counts queues that were added, and
 * clears the rows of queues that are gone. More calls do no harm, also while threads poll.
 * When a port is closed, its rows become free.
 *
 * @param port_id
 *   Port, after rte_eth_dev_configure(); or RTE_ETH_ALL for all ports that are configured.
 * @return
 *   - 0: the queues of the port are counted
 *   - -ENODEV: there is no such port
 *   - -EINVAL: the port has no queues yet
 *   - -ENOTSUP: this DPDK was built without callbacks of ethdev
 *   - -ENOSPC: the set has no free row, see rte_seqstat_ethdev_init(); some queues are counted
 *   - -ENOMEM: not enough memory for a callback; some queues are counted
 */
__rte_experimental
int
rte_seqstat_ethdev_start(uint16_t port_id);

/**
 * Stop counting the queues of a port in the calling process.
 *
 * The rows keep their values, and rte_seqstat_ethdev_start() continues with them.
 *
 * @param port_id
 *   Port, which may be closed; or RTE_ETH_ALL.
 * @return
 *   - 0: stopped
 *   - -ENOENT: no queue of the port was counted
 */
__rte_experimental
int
rte_seqstat_ethdev_stop(uint16_t port_id);

/**
 * Stop counting all ports, and remove the set, or close it if other processes use it.
 *
 * Before the call, the application stops all threads of the calling process that receive or send
 * packets.
 */
__rte_experimental
void
rte_seqstat_ethdev_free(void);

#ifdef __cplusplus
}
#endif

#endif /* RTE_SEQSTAT_ETHDEV_H */
