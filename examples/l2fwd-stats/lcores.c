/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_thread.h>
#include <rte_version.h>

#include "lcores.h"
#include "log.h"

#define READY_POLL_US 1000

/* What the thread that manages does. */
struct manager {
	struct lcores *lcores;
	void (*manage)(void *arg);
	void *arg;
};

/* List the lcores that are to forward. Returns how many they are. */
static unsigned int
forwarders_list(unsigned int *ids)
{
	unsigned int id, n = 0;

	RTE_LCORE_FOREACH_WORKER(id)
		ids[n++] = id;
	if (n == 0)
		ids[n++] = rte_get_main_lcore();
	return n;
}

static bool
main_forwards(const struct lcores *lcores)
{
	return lcores->worker[0]->lcore_id == rte_get_main_lcore();
}

/* Returns how many ports each lcore takes, or 0 and says why they do not fit. */
static unsigned int
ports_per_lcore(unsigned int n_ports, unsigned int n_lcores, const struct options *opt)
{
	unsigned int least = (n_ports + n_lcores - 1) / n_lcores;
	unsigned int most = opt->ports_per_lcore == 0 ? MAX_PORTS_PER_LCORE : opt->ports_per_lcore;

	if (least > most) {
		LOG(ERR, "%u ports do not fit on %u forwarding lcores, %u on each: "
				"more lcores (-l) or more ports on each (-q) are needed",
				n_ports, n_lcores, most);
		return 0;
	}
	return opt->ports_per_lcore == 0 ? least : opt->ports_per_lcore;
}

static struct worker *
worker_create(struct lcores *lcores, unsigned int lcore_id, struct rte_seqstat *set,
		struct rte_seqstat *poll_set)
{
	struct worker *worker = rte_zmalloc_socket("worker", sizeof(*worker),
			alignof(struct worker), rte_lcore_to_socket_id(lcore_id));

	if (worker == NULL)
		return NULL;
	worker->lcore_id = lcore_id;
	worker->stop = &lcores->stop;
	worker->set = set;
	worker->poll_set = poll_set;
	lcores->worker[lcores->n++] = worker;
	return worker;
}

int
lcores_plan(struct lcores *lcores, const struct ports *ports, const struct options *opt,
		struct rte_seqstat *set, struct rte_seqstat *poll_set)
{
	unsigned int ids[RTE_MAX_LCORE];
	unsigned int n_lcores = forwarders_list(ids);
	unsigned int per_lcore = ports_per_lcore(ports->n, n_lcores, opt);
	struct worker *worker = NULL;
	struct path *path;
	uint16_t row;

	if (per_lcore == 0)
		return -1;
	for (row = 0; row < ports->n; row++) {
		unsigned int id = ids[row / per_lcore];

		if (row % per_lcore == 0)
			worker = worker_create(lcores, id, set, poll_set);
		if (worker == NULL)
			goto no_memory;
		path = &worker->paths[worker->n_paths++];
		if (path_init(path, ports, row, rte_lcore_to_socket_id(id), opt->mac_updating) < 0)
			goto no_memory;
		worker->polls.queue[worker->polls.n_queues++].row = row;
		LOG(INFO, "lcore %u forwards from port %u to port %u", id, path->rx_port,
				path->tx_port);
	}
	return 0;

no_memory:
	LOG(ERR, "not enough memory for the lcores");
	return -1;
}

static void
manager_run(struct manager *manager)
{
	manager->manage(manager->arg);
	rte_atomic_store_explicit(&manager->lcores->stop, true, rte_memory_order_relaxed);
}

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
static uint32_t
manager_thread(void *manager)
{
	manager_run(manager);
	return 0;
}

static int
manager_start(rte_thread_t *thread, struct manager *manager)
{
	return rte_thread_create_control(thread, "l2fwd-manage", manager_thread, manager);
}
#else
/* Up to 23.07: a control thread is a pthread. */
static void *
manager_thread(void *manager)
{
	manager_run(manager);
	return NULL;
}

static int
manager_start(rte_thread_t *thread, struct manager *manager)
{
	pthread_t pthread;
	int ret = rte_ctrl_thread_create(&pthread, "l2fwd-manage", NULL, manager_thread, manager);

	thread->opaque_id = (uintptr_t)pthread;
	return ret;
}
#endif

static int
run_on_main(struct lcores *lcores, struct manager *manager)
{
	rte_thread_t thread;
	int ret;

	if (manager_start(&thread, manager) != 0) {
		LOG(ERR, "cannot start the thread that manages");
		return -1;
	}
	ret = forward_loop(lcores->worker[0]);
	rte_thread_join(thread, NULL);
	return ret;
}

static int
run_on_workers(struct lcores *lcores, struct manager *manager)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < lcores->n; i++)
		rte_eal_remote_launch(forward_loop, lcores->worker[i], lcores->worker[i]->lcore_id);
	manager_run(manager);
	for (i = 0; i < lcores->n; i++) {
		if (rte_eal_wait_lcore(lcores->worker[i]->lcore_id) < 0)
			ret = -1;
	}
	return ret;
}

int
lcores_run(struct lcores *lcores, void (*manage)(void *arg), void *arg)
{
	struct manager manager = { lcores, manage, arg };

	if (main_forwards(lcores))
		return run_on_main(lcores, &manager);
	return run_on_workers(lcores, &manager);
}

int
lcores_await(const struct lcores *lcores)
{
	enum worker_state state;
	unsigned int i;

	for (i = 0; i < lcores->n; i++) {
		while ((state = rte_atomic_load_explicit(&lcores->worker[i]->state,
				rte_memory_order_acquire)) == WORKER_STARTING)
			rte_delay_us_sleep(READY_POLL_US);
		if (state == WORKER_FAILED)
			return -1;
	}
	return 0;
}

void
lcores_free(struct lcores *lcores)
{
	unsigned int i, j;

	for (i = 0; i < lcores->n; i++) {
		for (j = 0; j < lcores->worker[i]->n_paths; j++)
			path_fini(&lcores->worker[i]->paths[j]);
		rte_free(lcores->worker[i]);
	}
}
