/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_thread.h>

#include "forward.h"
#include "options.h"
#include "ports.h"
#include "stats.h"

static sigset_t signals;  /* SIGINT, SIGTERM, SIGUSR1: blocked; manage() waits for them. */
static rte_cpuset_t cpus; /* CPU affinity before rte_eal_init() changes it. */
static struct options opt;
static struct ports ports;
static struct stats stats;
static struct workers workers;

/* Print statistics until SIGINT or SIGTERM arrives, then stop the lcores. */
static uint32_t
manage(void *arg __rte_unused)
{
	const struct timespec period = { .tv_sec = opt.period_s };
	int signo = 0;

	while (rte_atomic_load_explicit(&workers.n_ready, rte_memory_order_acquire) < workers.n)
		rte_delay_us_sleep(1000);
	/* An lcore without writers has stopped the others. */
	if (rte_atomic_load_explicit(&workers.stop, rte_memory_order_relaxed))
		return 0;
	printf("Ready: forwarding, ports: %u, lcores: %u\n", ports.n, workers.n);
	fflush(stdout);

	while (signo != SIGINT && signo != SIGTERM) {
		signo = opt.period_s == 0 ? sigwaitinfo(&signals, NULL) :
				sigtimedwait(&signals, NULL, &period);
		if (signo == SIGUSR1)
			stats_reset(&stats);
		else if (signo < 0 && errno == EAGAIN)
			stats_take(&stats);
		else
			continue; /* SIGINT, SIGTERM, or EINTR after SIGCONT. */
		if (opt.period_s > 0)
			stats_print(&stats, opt.per_lcore, false);
	}
	rte_atomic_store_explicit(&workers.stop, true, rte_memory_order_relaxed);
	return 0;
}

/* Run manage() on the main lcore, or in a thread if the main lcore forwards. */
static int
forward(void)
{
	rte_thread_t manager;
	unsigned int i;
	int ret = 0;

	if (workers.worker[0].lcore_id == rte_get_main_lcore()) {
		ret = rte_thread_create(&manager, NULL, manage, NULL);
		if (ret != 0) {
			RTE_LOG(ERR, L2FWD, "Cannot create a thread: %s\n", rte_strerror(ret));
			return -1;
		}
		/* Otherwise the thread would share the CPU of the main lcore. */
		rte_thread_set_affinity_by_id(manager, &cpus);
		ret = forward_loop(&workers.worker[0]);
		rte_thread_join(manager, NULL);
		return ret;
	}
	for (i = 0; i < workers.n; i++)
		rte_eal_remote_launch(forward_loop, &workers.worker[i],
				workers.worker[i].lcore_id);
	manage(NULL);
	for (i = 0; i < workers.n; i++)
		ret |= rte_eal_wait_lcore(workers.worker[i].lcore_id);
	return ret;
}

static int
run(void)
{
	int ret = -1;

	if (ports_choose(&ports, &opt) == 0 && stats_open(&stats, &ports, &opt) == 0 &&
			workers_assign(&workers, &ports, &opt, &stats) == 0 &&
			ports_start(&ports, &opt, workers.n) == 0)
		ret = forward();
	if (ret == 0) {
		stats_take(&stats);
		stats_print(&stats, opt.per_lcore, true);
	}
	if (stats.n_inconsistent > 0) {
		RTE_LOG(ERR, L2FWD, "FAILED: %u times INCONSISTENT\n", stats.n_inconsistent);
		ret = -1;
	}
	ports_stop(&ports);
	stats_close(&stats);
	return ret;
}

int
main(int argc, char **argv)
{
	int ret;

	/* Block the signals before rte_eal_init() creates threads, which inherit the mask. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	rte_thread_get_affinity_by_id(rte_thread_self(), &cpus);

	rte_set_application_usage_hook(options_usage);
	ret = rte_eal_init(argc, argv);
	if (ret < 0)
		rte_exit(EXIT_FAILURE, "Invalid EAL arguments\n");
	ret = options_parse(&opt, argc - ret, argv + ret);
	if (ret == 0)
		ret = run();
	/*
	 * Other examples call rte_eal_cleanup() here. It unmaps what telemetry's threads read: if a
	 * request came at that time, the program would crash instead of returning its status.
	 */
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
