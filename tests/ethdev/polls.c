/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * A program without seqstat. It polls each queue of port 0 a hundred times, sends the received
 * packets, and ends in the way that its first argument names. The second one is the number of
 * queues.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

static volatile bool stop, polling;

static uint64_t
poll_queues(uint16_t n_queues)
{
	struct rte_mbuf *pkts[32];
	uint64_t packets = 0;
	uint16_t q, i, n;

	for (i = 0; i < 100; i++)
		for (q = 0; q < n_queues; q++) {
			n = rte_eth_rx_burst(0, q, pkts, RTE_DIM(pkts));
			packets += n;
			RTE_VERIFY(rte_eth_tx_burst(0, q, pkts, n) == n);
		}

	return packets;
}

static int
poll_always(void *arg __rte_unused)
{
	struct rte_mbuf *pkts[1];

	while (!stop) {
		rte_pktmbuf_free_bulk(pkts, rte_eth_rx_burst(0, 0, pkts, 1));
		polling = true;
	}

	return 0;
}

static void
start(uint16_t n_queues)
{
	const struct rte_eth_conf conf = { 0 };
	struct rte_mempool *pool;
	uint16_t q;

	pool = rte_pktmbuf_pool_create("pool", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			SOCKET_ID_ANY);
	RTE_VERIFY(pool != NULL);
	RTE_VERIFY(rte_eth_dev_configure(0, n_queues, n_queues, &conf) == 0);
	for (q = 0; q < n_queues; q++) {
		RTE_VERIFY(rte_eth_rx_queue_setup(0, q, 64, 0, NULL, pool) == 0);
		RTE_VERIFY(rte_eth_tx_queue_setup(0, q, 64, 0, NULL) == 0);
	}
	RTE_VERIFY(rte_eth_dev_start(0) == 0);
}

static void *
stop_later(void *arg __rte_unused)
{
	usleep(200000);
	stop = true;

	return NULL;
}

/** Call rte_eal_cleanup() while lcores poll; it waits for them. */
static void
clean_up(void)
{
	pthread_t thread;

	rte_eal_mp_remote_launch(poll_always, NULL, SKIP_MAIN);
	while (!polling)
		rte_pause();
	RTE_VERIFY(pthread_create(&thread, NULL, stop_later, NULL) == 0);
	RTE_VERIFY(rte_eal_cleanup() == 0);
	pthread_join(thread, NULL);
}

int
main(int argc, char **argv)
{
	int n_args = rte_eal_init(argc, argv), status;
	uint16_t n_queues;
	const char *mode;

	RTE_VERIFY(n_args >= 0 && argc == n_args + 3);
	mode = argv[n_args + 1];
	n_queues = atoi(argv[n_args + 2]);
	start(n_queues);
	if (strcmp(mode, "twice") == 0)
		RTE_VERIFY(rte_eth_dev_start(0) == 0 && rte_eth_dev_start(0) == 0);
	printf("packets: %" PRIu64 "\n", poll_queues(n_queues));
	fflush(stdout);
	if (strcmp(mode, "fork") == 0) {
		if (fork() == 0)
			_exit(poll_queues(n_queues) == 0);
		RTE_VERIFY(wait(&status) > 0 && status == 0);
		poll_queues(n_queues);
	}
	/* The test compares statistics before it sends a line. */
	getchar();
	if (strcmp(mode, "exit") == 0)
		_exit(0);
	if (strcmp(mode, "cleanup") == 0)
		clean_up();

	return 0;
}
