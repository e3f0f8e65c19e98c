/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_mbuf.h>

#include <rte_seqstat_ethdev.h>

#include "test_seqstat.h"

/* Callbacks count queues of ports. net_null receives and takes as many packets as asked for. */

#define SIZE 64 /* Bytes of net_null's packets. */
#define RING_SIZE 1023 /* Packets in a ring of net_ring. */
#define MAX_BURST 2000
#define ROUNDS 1000 /* Starts and stops beside an lcore that polls. */
#define N_VALUES (RTE_SEQSTAT_ETHDEV_POLL_PACKETS + 9)

/** Expected values of a row. */
struct expected {
	uint64_t rx, polls, empty, tx;
};

static struct rte_mempool *pool;
static struct rte_mbuf *pkts[MAX_BURST];
static uint16_t port;

static int
configure(uint16_t port_id, uint16_t n_rx, uint16_t n_tx)
{
	const struct rte_eth_conf conf = { 0 };
	int ret = rte_eth_dev_configure(port_id, n_rx, n_tx, &conf);

	while (n_rx > 0 && ret == 0)
		ret = rte_eth_rx_queue_setup(port_id, --n_rx, 64, 0, NULL, pool);
	while (n_tx > 0 && ret == 0)
		ret = rte_eth_tx_queue_setup(port_id, --n_tx, 64, 0, NULL);

	return ret == 0 ? rte_eth_dev_start(port_id) : ret;
}

static int
reconfigure(uint16_t n_rx, uint16_t n_tx)
{
	int ret = rte_eth_dev_stop(port);

	return ret == 0 ? configure(port, n_rx, n_tx) : ret;
}

/** Add a port. Return its id, or RTE_MAX_ETHPORTS if that fails. */
static uint16_t
plug(const char *name)
{
	uint16_t port_id;

	if (rte_eal_hotplug_add("vdev", name, "") != 0 ||
			rte_eth_dev_get_port_by_name(name, &port_id) != 0)
		return RTE_MAX_ETHPORTS;

	return port_id;
}

static int
set_up(void)
{
	if (pool == NULL)
		pool = rte_pktmbuf_pool_create("seqstat_ethdev", 4095, 0, 0,
				RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(pool, "no pool: %s", rte_strerror(rte_errno));
	port = plug("net_null_a");
	TEST_ASSERT(port != RTE_MAX_ETHPORTS, "no port");
	TEST_ASSERT_SUCCESS(configure(port, 2, 2), "port not configured");

	return TEST_SUCCESS;
}

static void
tear_down(void)
{
	rte_eal_hotplug_remove("vdev", "net_null_a");
	rte_eal_hotplug_remove("vdev", "net_null_b");
	rte_seqstat_ethdev_free();
}

/** Receive packets from a queue, and free them. Return how many there were. */
static uint16_t
poll_queue(uint16_t port_id, uint16_t queue_id, uint16_t n)
{
	n = rte_eth_rx_burst(port_id, queue_id, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);

	return n;
}

/** Send packets of SIZE bytes to a queue. Return how many it took. */
static uint16_t
offer(uint16_t port_id, uint16_t queue_id, uint16_t n)
{
	uint16_t i, taken;

	if (rte_pktmbuf_alloc_bulk(pool, pkts, n) != 0)
		return 0;
	for (i = 0; i < n; i++)
		rte_pktmbuf_append(pkts[i], SIZE);
	taken = rte_eth_tx_burst(port_id, queue_id, pkts, n);
	rte_pktmbuf_free_bulk(&pkts[taken], n - taken);

	return taken;
}

/** Read the values of a queue's row, or retired values if name is NULL. */
static bool
read_row(const char *name, const char *queue, uint64_t *values)
{
	struct rte_seqstat *st = rte_seqstat_lookup(RTE_SEQSTAT_ETHDEV_SET);
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(st);
	int row = 0;
	bool found;

	if (name != NULL)
		row = rte_seqstat_row_find(st, (const char *const []){ name, queue, NULL });
	found = snap != NULL && row >= 0 &&
		rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US) == 0 &&
		rte_seqstat_snapshot_total(snap, row, values) == 0;
	if (found && name == NULL)
		memcpy(values, rte_seqstat_snapshot_retired(snap), N_VALUES * sizeof(values[0]));
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_close(st);

	return found;
}

/** Return whether a row has these values; print it if not. */
static bool
row_is(const char *name, const char *queue, struct expected e)
{
	uint64_t v[N_VALUES], in_buckets = 0;
	unsigned int i;

	if (!read_row(name, queue, v)) {
		printf("no row of %s, %s\n", name, queue);
		return false;
	}
	for (i = RTE_SEQSTAT_ETHDEV_POLL_PACKETS; i < N_VALUES - 1; i++)
		in_buckets += v[i];
	if (v[RTE_SEQSTAT_ETHDEV_RX_PACKETS] == e.rx &&
			v[RTE_SEQSTAT_ETHDEV_RX_BYTES] == e.rx * SIZE &&
			v[RTE_SEQSTAT_ETHDEV_POLLS] == e.polls &&
			v[RTE_SEQSTAT_ETHDEV_EMPTY_POLLS] == e.empty &&
			v[RTE_SEQSTAT_ETHDEV_TX_OFFERED_PACKETS] == e.tx &&
			v[RTE_SEQSTAT_ETHDEV_TX_OFFERED_BYTES] == e.tx * SIZE &&
			in_buckets == e.polls - e.empty && v[N_VALUES - 1] == e.rx)
		return true;
	printf("%s, %s:", name, queue);
	for (i = 0; i < N_VALUES; i++)
		printf(" %" PRIu64, v[i]);
	printf("\n");

	return false;
}

static bool
no_row(const char *name, const char *queue)
{
	uint64_t values[N_VALUES];

	return !read_row(name, queue, values);
}

/* Packets, bytes, polls, empty polls and packets a poll are counted for each queue. */
static int
test_counts(void)
{
	struct expected first = { 0 };
	uint64_t values[N_VALUES];
	unsigned int n;

	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	for (n = 1; n <= 100; n++) {
		TEST_ASSERT_EQUAL(poll_queue(port, 0, n), n, "other packets received");
		first.rx += n;
		first.polls++;
	}
	TEST_ASSERT(poll_queue(port, 1, 0) == 0 && poll_queue(port, 1, 7) == 7,
		"other packets received");
	TEST_ASSERT(offer(port, 0, 5) == 5 && offer(port, 0, 0) == 0 && offer(port, 1, 3) == 3,
		"other packets sent");
	first.tx = 5;
	TEST_ASSERT(row_is("net_null_a", "0", first), "queue 0");
	TEST_ASSERT(row_is("net_null_a", "1", (struct expected){ 7, 2, 1, 3 }), "queue 1");
	/* The bounds are 1, 2, 4, ..., 64; the last bucket is above. */
	TEST_ASSERT(read_row("net_null_a", "0", values), "row not found");
	for (n = 0; n < 8; n++)
		TEST_ASSERT_EQUAL(values[RTE_SEQSTAT_ETHDEV_POLL_PACKETS + n],
			(n == 0 ? 1u : n == 7 ? 36u : 1u << (n - 1)), "bucket %u", n);

	return TEST_SUCCESS;
}

/* Packets that the driver does not take are counted each time they are offered. */
static int
test_offered(void)
{
	uint16_t port_id = plug("net_ring_a");

	TEST_ASSERT(port_id != RTE_MAX_ETHPORTS, "no port");
	TEST_ASSERT_SUCCESS(configure(port_id, 1, 1), "port not configured");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port_id), "port not started");
	TEST_ASSERT_EQUAL(offer(port_id, 0, RING_SIZE + 7), RING_SIZE, "other packets taken");
	TEST_ASSERT_EQUAL(offer(port_id, 0, 7), 0, "other packets taken");
	TEST_ASSERT_EQUAL(poll_queue(port_id, 0, 1000), 1000, "other packets received");
	TEST_ASSERT_EQUAL(poll_queue(port_id, 0, 1000), RING_SIZE - 1000, "other packets received");
	TEST_ASSERT_EQUAL(poll_queue(port_id, 0, 1000), 0, "other packets received");
	TEST_ASSERT(row_is("net_ring_a", "0",
		(struct expected){ RING_SIZE, 3, 1, RING_SIZE + 14 }), "queue 0");
	TEST_ASSERT_SUCCESS(rte_eth_dev_stop(port_id), "port not stopped");
	TEST_ASSERT_SUCCESS(rte_eal_hotplug_remove("vdev", "net_ring_a"), "port not removed");
	TEST_ASSERT(no_row("net_ring_a", "0"), "it has a row");

	return TEST_SUCCESS;
}

/* A port is counted between start and stop, once however often it is started. */
static int
test_start_and_stop(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_stop(port), -ENOENT, "stopped before the start");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "refused the second time");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(RTE_ETH_ALL), "refused with all ports");
	poll_queue(port, 0, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_stop(port), "port not stopped");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_stop(port), -ENOENT, "stopped twice");
	TEST_ASSERT(poll_queue(port, 0, 2) == 2 && offer(port, 0, 1) == 1,
		"no packets while stopped");
	TEST_ASSERT(row_is("net_null_a", "0", (struct expected){ 2, 1, 0, 0 }),
		"counted while stopped");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	poll_queue(port, 0, 2);
	TEST_ASSERT(row_is("net_null_a", "0", (struct expected){ 4, 2, 0, 0 }),
		"not counted after the second start");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_stop(RTE_ETH_ALL), "port not stopped");

	return TEST_SUCCESS;
}

/* Queues that a port gains or loses get a row, or give it back. */
static int
test_other_queues(void)
{
	uint64_t retired[N_VALUES];

	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	poll_queue(port, 1, 5);
	TEST_ASSERT_SUCCESS(reconfigure(4, 1), "port not configured");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	poll_queue(port, 1, 5);
	poll_queue(port, 3, 6);
	TEST_ASSERT(row_is("net_null_a", "1", (struct expected){ 10, 2, 0, 0 }), "queue 1");
	TEST_ASSERT(row_is("net_null_a", "3", (struct expected){ 6, 1, 0, 0 }), "queue 3");

	TEST_ASSERT_SUCCESS(reconfigure(1, 2), "port not configured");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	offer(port, 1, 9);
	TEST_ASSERT(row_is("net_null_a", "1", (struct expected){ 10, 2, 0, 9 }), "queue 1");
	TEST_ASSERT(no_row("net_null_a", "2") && no_row("net_null_a", "3"),
		"queues that are gone have rows");
	TEST_ASSERT(read_row(NULL, NULL, retired) && retired[RTE_SEQSTAT_ETHDEV_RX_PACKETS] == 6,
		"values not retired");

	TEST_ASSERT_SUCCESS(reconfigure(4, 4), "port not configured");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	poll_queue(port, 3, 7);
	offer(port, 3, 8);
	TEST_ASSERT(row_is("net_null_a", "3", (struct expected){ 7, 1, 0, 8 }), "queue 3 again");

	return TEST_SUCCESS;
}

/* A port that is closed without a stop gives its rows back; a later one with its id is counted. */
static int
test_close_without_stop(void)
{
	uint64_t retired[N_VALUES];
	uint16_t other;

	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	poll_queue(port, 0, 5);
	TEST_ASSERT_SUCCESS(rte_eth_dev_stop(port), "port not stopped");
	TEST_ASSERT_SUCCESS(rte_eth_dev_close(port), "port not closed");
	TEST_ASSERT(no_row("net_null_a", "0") && no_row("net_null_a", "1"), "its queues have rows");
	TEST_ASSERT(read_row(NULL, NULL, retired) && retired[RTE_SEQSTAT_ETHDEV_RX_PACKETS] == 5,
		"values not retired");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_stop(port), -ENOENT, "counted after it was closed");

	other = plug("net_null_b");
	TEST_ASSERT_EQUAL(other, port, "it has another id");
	TEST_ASSERT_SUCCESS(configure(other, 2, 2), "port not configured");
	TEST_ASSERT(poll_queue(other, 0, 3) == 3 && no_row("net_null_b", "0"), "it has a row");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(other), "port not started");
	poll_queue(other, 0, 4);
	offer(other, 1, 2);
	TEST_ASSERT(row_is("net_null_b", "0", (struct expected){ 4, 1, 0, 0 }), "queue 0");
	TEST_ASSERT(row_is("net_null_b", "1", (struct expected){ 0, 0, 0, 2 }), "queue 1");

	return TEST_SUCCESS;
}

/** A callback of the application: drop the last packet, and count the others. */
static uint16_t
rx_drop_one(uint16_t port_id __rte_unused, uint16_t queue_id __rte_unused, struct rte_mbuf **burst,
		uint16_t n, uint16_t max __rte_unused, void *arg)
{
	if (n > 0)
		rte_pktmbuf_free(burst[--n]);
	*(uint64_t *)arg += n;

	return n;
}

static uint16_t
tx_drop_one(uint16_t port_id, uint16_t queue_id, struct rte_mbuf **burst, uint16_t n, void *arg)
{
	return rx_drop_one(port_id, queue_id, burst, n, 0, arg);
}

/* Callbacks that the application adds before and after work, and can be removed. */
static int
test_callbacks_of_application(void)
{
	const struct rte_eth_rxtx_callback *before, *after, *tx;
	uint64_t n_before = 0, n_after = 0, n_tx = 0;

	/* No test before this one counted queue 7. */
	TEST_ASSERT_SUCCESS(reconfigure(8, 8), "port not configured");
	before = rte_eth_add_rx_callback(port, 7, rx_drop_one, &n_before);
	tx = rte_eth_add_tx_callback(port, 7, tx_drop_one, &n_tx);
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	after = rte_eth_add_rx_callback(port, 7, rx_drop_one, &n_after);
	TEST_ASSERT(before != NULL && after != NULL && tx != NULL, "callbacks not added");
	TEST_ASSERT_EQUAL(poll_queue(port, 7, 10), 8, "other packets received");
	offer(port, 7, 10);
	TEST_ASSERT(n_before == 9 && n_after == 8 && n_tx == 9,
		"other calls of the application's callbacks");
	TEST_ASSERT(row_is("net_null_a", "7", (struct expected){ 10, 1, 0, 9 }),
		"with all callbacks");

	TEST_ASSERT_SUCCESS(rte_eth_remove_rx_callback(port, 7, before), "callback not removed");
	TEST_ASSERT_SUCCESS(rte_eth_remove_tx_callback(port, 7, tx), "callback not removed");
	TEST_ASSERT_EQUAL(poll_queue(port, 7, 10), 9, "other packets received");
	offer(port, 7, 10);
	TEST_ASSERT_SUCCESS(rte_eth_remove_rx_callback(port, 7, after), "callback not removed");
	TEST_ASSERT(row_is("net_null_a", "7", (struct expected){ 20, 2, 0, 19 }),
		"without the application's callbacks");

	return TEST_SUCCESS;
}

/* Ports that do not exist are refused. */
static int
test_no_such_port(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_start(RTE_MAX_ETHPORTS - 1), -ENODEV, "started");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_start(UINT16_MAX), -ENODEV, "started");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_stop(RTE_MAX_ETHPORTS - 1), -ENOENT, "stopped");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_stop(UINT16_MAX), -ENOENT, "stopped");

	return TEST_SUCCESS;
}

/* RTE_ETH_ALL starts and stops all ports. */
static int
test_all_ports(void)
{
	uint16_t other = plug("net_null_b");

	TEST_ASSERT_SUCCESS(configure(other, 1, 1), "port not configured");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(RTE_ETH_ALL), "port not started");
	poll_queue(port, 0, 1);
	poll_queue(other, 0, 2);
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_stop(RTE_ETH_ALL), "port not stopped");
	poll_queue(port, 0, 1);
	poll_queue(other, 0, 2);
	TEST_ASSERT(row_is("net_null_a", "0", (struct expected){ 1, 1, 0, 0 }), "the first port");
	TEST_ASSERT(row_is("net_null_b", "0", (struct expected){ 2, 1, 0, 0 }), "the second port");

	return TEST_SUCCESS;
}

/* Queues for which there is no row are not counted, but work. */
static int
test_no_rows(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_init(0), -EINVAL, "created without rows");
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_init(1), "set not created");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_init(1), -EALREADY, "created twice");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_start(port), -ENOSPC, "started without a row");
	TEST_ASSERT(poll_queue(port, 0, 5) == 5 && poll_queue(port, 1, 5) == 5 &&
		offer(port, 1, 5) == 5, "other packets received");
	TEST_ASSERT(row_is("net_null_a", "0", (struct expected){ 5, 1, 0, 0 }), "queue 0");
	TEST_ASSERT(no_row("net_null_a", "1"), "queue 1 has a row");

	return TEST_SUCCESS;
}

/* Without the set, whose name another one has, ports work uncounted. */
static int
test_other_set(void)
{
	struct rte_seqstat *st = test_seqstat_create(RTE_SEQSTAT_ETHDEV_SET, 1, 1);

	TEST_ASSERT_NOT_NULL(st, "set not created");
	TEST_ASSERT_EQUAL(rte_seqstat_ethdev_start(port), -EEXIST, "started");
	TEST_ASSERT_EQUAL(poll_queue(port, 0, 5), 5, "other packets received");
	TEST_ASSERT_SUCCESS(rte_seqstat_free(st), "the application's set is in use");

	return TEST_SUCCESS;
}

/* The round of polls that the main lcore wants, 0 for none, and the latest that was polled in. */
static RTE_ATOMIC(uint32_t) round_wanted, round_polled;

static int
poll_always(void *arg)
{
	uint64_t *n = arg;
	uint32_t number;

	while ((number = rte_atomic_load_explicit(&round_wanted, rte_memory_order_acquire)) != 0) {
		struct rte_mbuf *burst[4];

		rte_pktmbuf_free_bulk(burst, rte_eth_rx_burst(port, 1, burst, 4));
		(*n)++;
		rte_atomic_store_explicit(&round_polled, number, rte_memory_order_release);
	}
	rte_atomic_store_explicit(&round_polled, 0, rte_memory_order_relaxed);

	return 0;
}

/** Wait until a poll began after this call and has ended. */
static void
await_poll(void)
{
	const uint32_t number = rte_atomic_load_explicit(&round_wanted,
			rte_memory_order_relaxed) + 1;

	rte_atomic_store_explicit(&round_wanted, number, rte_memory_order_release);
	while (rte_atomic_load_explicit(&round_polled, rte_memory_order_acquire) != number)
		rte_pause();
}

/* Ports can be started and stopped while lcores poll; afterwards each poll is counted once. */
static int
test_concurrent(void)
{
	unsigned int lcore_id = rte_get_next_lcore(-1, 1, 0);
	struct rte_seqstat_snapshot *snap;
	struct rte_seqstat *st;
	uint64_t n = 0, values[N_VALUES];
	int i, row, writer;

	if (rte_lcore_count() < 2) {
		printf("%s() needs 2 lcores\n", __func__);
		return TEST_SKIPPED;
	}
	TEST_ASSERT_SUCCESS(rte_seqstat_ethdev_start(port), "port not started");
	rte_atomic_store_explicit(&round_wanted, 1, rte_memory_order_relaxed);
	TEST_ASSERT_SUCCESS(rte_eal_remote_launch(poll_always, &n, lcore_id), "lcore not launched");
	for (i = 0; i < ROUNDS; i++) {
		await_poll();
		rte_seqstat_ethdev_stop(port);
		await_poll();
		rte_seqstat_ethdev_start(port);
	}
	rte_atomic_store_explicit(&round_wanted, 0, rte_memory_order_relaxed);
	rte_eal_wait_lcore(lcore_id);
	TEST_ASSERT(read_row("net_null_a", "1", values), "row not found");
	TEST_ASSERT(values[RTE_SEQSTAT_ETHDEV_POLLS] >= ROUNDS, "not counted while started");
	TEST_ASSERT(values[RTE_SEQSTAT_ETHDEV_POLLS] <= n - ROUNDS, "counted while stopped");

	n = values[RTE_SEQSTAT_ETHDEV_POLLS];
	rte_atomic_store_explicit(&round_wanted, 1, rte_memory_order_relaxed);
	TEST_ASSERT_SUCCESS(rte_eal_remote_launch(poll_always, &n, lcore_id), "lcore not launched");
	for (i = 0; i < ROUNDS; i++)
		poll_queue(port, 0, 1);
	await_poll();
	rte_atomic_store_explicit(&round_wanted, 0, rte_memory_order_relaxed);
	rte_eal_wait_lcore(lcore_id);
	TEST_ASSERT(row_is("net_null_a", "1", (struct expected){ 4 * n, n, 0, 0 }), "queue 1");
	st = rte_seqstat_lookup(RTE_SEQSTAT_ETHDEV_SET);
	snap = rte_seqstat_snapshot_create(st);
	row = rte_seqstat_row_find(st, (const char *const []){ "net_null_a", "1", NULL });
	rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US);
	writer = test_seqstat_find_writer(snap, lcore_id);
	TEST_ASSERT(writer >= 0 && rte_seqstat_snapshot_row(snap, writer, row)
		[RTE_SEQSTAT_ETHDEV_POLLS] == n,
		"not counted on the writer of the lcore that polls");
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_close(st);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat ethdev",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_counts),
		TEST_CASE_ST(set_up, tear_down, test_offered),
		TEST_CASE_ST(set_up, tear_down, test_start_and_stop),
		TEST_CASE_ST(set_up, tear_down, test_other_queues),
		TEST_CASE_ST(set_up, tear_down, test_close_without_stop),
		TEST_CASE_ST(set_up, tear_down, test_callbacks_of_application),
		TEST_CASE_ST(set_up, tear_down, test_no_such_port),
		TEST_CASE_ST(set_up, tear_down, test_all_ports),
		TEST_CASE_ST(set_up, tear_down, test_no_rows),
		TEST_CASE_ST(set_up, tear_down, test_other_set),
		TEST_CASE_ST(set_up, tear_down, test_concurrent),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_ethdev(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_ethdev_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_ethdev);
