/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include "console.h"
#include "lcores.h"
#include "log.h"
#include "options.h"
#include "poll_stats.h"
#include "ports.h"
#include "stats.h"
#include "table.h"
#include "viewer.h"

/* How long to wait for links, and how often to look. */
#define LINK_WAIT_S 9
#define LINK_POLLS_PER_S 10

/* What the thread that manages needs. */
struct management {
	const struct options *opt;
	const struct ports *ports;
	const struct lcores *lcores;
	struct viewer viewer;
	struct table table;
};

/* Returns false if the operator does not want to wait. */
static bool
link_wait(const struct ports *ports)
{
	uint64_t hz = rte_get_tsc_hz();
	uint64_t limit = rte_get_tsc_cycles() + LINK_WAIT_S * hz;

	while (ports_link_awaited(ports) && rte_get_tsc_cycles() < limit) {
		if (console_wait(rte_get_tsc_cycles() + hz / LINK_POLLS_PER_S) == CONSOLE_QUIT)
			return false;
	}
	ports_link_log(ports);
	return true;
}

/* When the next table is due. */
static uint64_t
next_table(const struct options *opt)
{
	if (opt->period_s == 0)
		return UINT64_MAX;
	return rte_get_tsc_cycles() + opt->period_s * rte_get_tsc_hz();
}

/* Show the statistics until the operator has seen enough. */
static void
manage(void *arg)
{
	struct management *mgmt = arg;
	enum console_event event;
	uint64_t next;

	if (lcores_await(mgmt->lcores) < 0)
		return;
	printf("Ready: forwarding, ports: %u, lcores: %u\n", mgmt->ports->n, mgmt->lcores->n);
	fflush(stdout);

	next = next_table(mgmt->opt);
	while ((event = console_wait(next)) != CONSOLE_QUIT) {
		if (event == CONSOLE_NOTHING) {
			viewer_refresh(&mgmt->viewer);
			next = next_table(mgmt->opt);
		} else if (event == CONSOLE_RESET) {
			viewer_reset(&mgmt->viewer);
		} else {
			mgmt->table.per_lcore = !mgmt->table.per_lcore;
		}
		if (mgmt->opt->period_s > 0)
			table_print(&mgmt->table, &mgmt->viewer);
	}
}

/* Forward until the operator has seen enough. */
static int
forward(struct management *mgmt, struct lcores *lcores)
{
	int ret;

	mgmt->table = (struct table){
		.per_lcore = mgmt->opt->per_lcore,
		.in_place = isatty(STDOUT_FILENO),
		.keys = console_keys_listen(),
	};
	ret = lcores_run(lcores, manage, mgmt);
	console_keys_ignore();
	mgmt->table.keys = false;
	if (ret < 0)
		return -1;

	viewer_finish(&mgmt->viewer);
	table_print_last(&mgmt->table, &mgmt->viewer);
	if (mgmt->viewer.n_inconsistent > 0) {
		LOG(ERR, "%" PRIu64 " snapshots were INCONSISTENT", mgmt->viewer.n_inconsistent);
		return -1;
	}
	return 0;
}

static int
run_with_sets(const struct options *opt, struct ports *ports, struct rte_seqstat *set,
		struct rte_seqstat *poll_set)
{
	struct lcores lcores = { .n = 0 };
	struct management mgmt = { .opt = opt, .ports = ports, .lcores = &lcores };
	int ret;

	ret = lcores_plan(&lcores, ports, opt, set, poll_set);
	if (ret == 0)
		ret = viewer_open(&mgmt.viewer, set);
	if (ret == 0)
		ret = ports_start(ports, opt, lcores.n);
	if (ret == 0 && link_wait(ports))
		ret = forward(&mgmt, &lcores);
	ports_stop(ports);
	viewer_close(&mgmt.viewer);
	lcores_free(&lcores);
	return ret;
}

static int
run_with_set(const struct options *opt, struct ports *ports, struct rte_seqstat *set)
{
	struct rte_seqstat *poll_set;
	int ret;

	if (!opt->poll_stats)
		return run_with_sets(opt, ports, set, NULL);
	poll_set = poll_stats_create(ports);
	if (poll_set == NULL)
		return -1;
	ret = run_with_sets(opt, ports, set, poll_set);
	stats_free(poll_set);
	return ret;
}

static int
run(const struct options *opt)
{
	struct ports ports = { .n = 0 };
	struct rte_seqstat *set;
	int ret;

	if (ports_choose(&ports, opt) < 0)
		return -1;
	set = stats_create(&ports);
	if (set == NULL)
		return -1;
	ret = run_with_set(opt, &ports, set);
	stats_free(set);
	return ret;
}

int
main(int argc, char **argv)
{
	struct options opt;
	int ret;

	if (console_open() < 0)
		return EXIT_FAILURE;
	rte_set_application_usage_hook(options_usage);
	ret = rte_eal_init(argc, argv);
	if (ret < 0)
		rte_exit(EXIT_FAILURE, "EAL cannot start: the option --help lists the options\n");

	ret = options_parse(&opt, argc - ret, argv + ret);
	if (ret == 0)
		ret = run(&opt);
	/*
	 * No rte_eal_cleanup(): telemetry answers clients until the process ends, and would find
	 * the memory gone that it reads. Devices are closed, and the kernel takes back the rest.
	 */
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
