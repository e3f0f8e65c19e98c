/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <sched.h>
#include <stdlib.h>

#include "test_seqstat_fixture.h"
#include "test_seqstat_stress.h"

/* Rows are cleared, rows change their owners, and sections are torn, while threads count. */

static RTE_ATOMIC(uint64_t) n_packets; /* In completed sections. */

static int
set_up(void)
{
	n_packets = 0;

	return set_up_with(create_set("test", 2, NULL, 0));
}

/** Count in both rows, which share a unit. */
static int
count_on(struct test_seqstat_actor *self)
{
	struct rte_seqstat_section sec;

	while (!test_seqstat_stopped()) {
		sec = rte_seqstat_begin(set);
		change(&sec, 0, 1, 0);
		change(&sec, 1, 1, 0);
		rte_seqstat_end(&sec);
		rte_atomic_store_explicit(&n_packets, ++self->n, rte_memory_order_release);
	}

	return TEST_SUCCESS;
}

/** Clear row 1 for a while. */
static int
clear_row(void)
{
	uint64_t first[N_COUNTERS], second[N_COUNTERS], end = test_seqstat_end();

	while (rte_get_timer_cycles() < end) {
		if (rte_seqstat_row_clear(set, 1) != 0 || rte_seqstat_snapshot_take(snap, 0) != 0)
			continue;
		rte_seqstat_snapshot_total(snap, 0, first);
		rte_seqstat_snapshot_total(snap, 1, second);
		/* Values from before a clear may come back, but no more than were counted. */
		TEST_ASSERT(second[PACKETS] <= first[PACKETS], "%" PRIu64 " packets in the cleared "
			"row, %" PRIu64 " were counted", second[PACKETS], first[PACKETS]);
	}

	return TEST_SUCCESS;
}

/* Clearing a row in which a thread counts, which is forbidden, leaves other rows intact. */
static int
test_clear_while_counting(void)
{
	struct test_seqstat_actor counting = { .act = count_on };

	TEST_ASSERT_SUCCESS(test_seqstat_act(&counting, 1, clear_row), "while a thread counts");
	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT(total_is(snap, 0, n_packets, 0), "the unit's other row lost packets");

	return TEST_SUCCESS;
}

/* Sections that are torn during a snapshot. */

static RTE_ATOMIC(uint32_t) torn;

/** Tear the first section that begins after the epoch of a snapshot. */
static uint32_t
tear_in_snapshot(void *arg __rte_unused)
{
	uint64_t limit = test_seqstat_limit();
	struct rte_seqstat_section sec;
	bool in_snapshot = false;

	if (rte_thread_register() != 0)
		return 1;
	while (!in_snapshot && rte_get_timer_cycles() < limit) {
		sec = rte_seqstat_begin(set);
		in_snapshot = sec.epoch != 0;
		if (in_snapshot)
			change(&sec, 0, 1, 0);
		else
			rte_seqstat_end(&sec);
	}
	rte_thread_unregister();
	rte_atomic_store_explicit(&torn, 1, rte_memory_order_release);

	return 0;
}

/** Tear a section while snapshots are taken. Return whether the first one with it is torn. */
static bool
reports_torn(uint64_t n)
{
	uint64_t limit = test_seqstat_limit(), total[N_COUNTERS];
	struct rte_seqstat_section sec;
	rte_thread_t thread;
	bool inside = true;

	rte_atomic_store_explicit(&torn, 0, rte_memory_order_relaxed);
	if (!test_seqstat_spawn(&thread, tear_in_snapshot, NULL))
		return false;
	/* Snapshots wait for this section, which gives the thread time to tear its own. */
	sec = rte_seqstat_writer_begin(writer);
	do {
		if (inside && rte_atomic_load_explicit(&torn, rte_memory_order_acquire)) {
			rte_seqstat_end(&sec);
			inside = false;
		}
		rte_seqstat_snapshot_take(snap, 500);
		rte_seqstat_snapshot_total(snap, 0, total);
	} while (total[0] < n && rte_get_timer_cycles() < limit);
	if (inside)
		rte_seqstat_end(&sec);
	rte_thread_join(thread, NULL);

	return (rte_seqstat_snapshot_flags(snap) & RTE_SEQSTAT_TORN) != 0;
}

/* A section torn after the epoch of a snapshot is reported by the next one, which has it. */
static int
test_torn_in_snapshot(void)
{
	uint64_t n;

	for (n = 1; n <= 20; n++)
		TEST_ASSERT(reports_torn(n), "torn section %" PRIu64 " has no flag", n);

	return TEST_SUCCESS;
}

/*
 * One thread counts, one gives rows to tenants and clears them, and the main thread takes
 * snapshots. A row of tenant k has k times as many bytes as packets, so its values identify the
 * tenant.
 */

enum { TENANT_PACKETS, TENANT_BYTES };

static const struct rte_seqstat_counter tenant_schema[] = {
	{ .name = "packets" },
	{ .name = "bytes" },
};

#define N_BUSY 4 /* Even rows keep their tenants; rows that change share units with them. */
#define N_TENANT_ROWS (2 * N_BUSY)

/** The row in which the counting thread counts next. */
struct task {
	RTE_ATOMIC(uint32_t) tenant; /**< 0: none. */
	RTE_ATOMIC(uint32_t) seen;   /**< The tenant that the thread loaded last. */
	uint32_t row;
};

static struct task task;

static void
add_packets(const struct rte_seqstat_section *sec, uint32_t row, uint32_t tenant)
{
	struct rte_seqstat_row *at = rte_seqstat_row(sec, row);

	rte_seqstat_add(at, TENANT_PACKETS, 1);
	rte_seqstat_add(at, TENANT_BYTES, tenant);
}

/** Count in even rows, and in the row of the task. */
static int
count_tasks(struct test_seqstat_actor *self)
{
	uint64_t random;
	struct rte_seqstat_section sec;
	uint32_t tenant;

	TEST_ASSERT_SUCCESS(rte_thread_register(), "no lcore id");
	while (!test_seqstat_stopped()) {
		/* Pairs with the release in set_task(): the row is the tenant's. */
		tenant = rte_atomic_load_explicit(&task.tenant, rte_memory_order_acquire);
		random = test_seqstat_random(&self->seed) % N_BUSY;
		sec = rte_seqstat_begin(set);
		add_packets(&sec, 2 * random, 1 + random);
		if (tenant != 0)
			add_packets(&sec, task.row, tenant);
		rte_seqstat_end(&sec);
		self->n += 1 + (tenant != 0);
		rte_atomic_store_explicit(&n_packets, self->n, rte_memory_order_release);
		/* Pairs with the acquire there: sections with the former tenant have ended. */
		rte_atomic_store_explicit(&task.seen, tenant, rte_memory_order_release);
	}
	rte_thread_unregister();

	return TEST_SUCCESS;
}

/** Let the thread count for a tenant, or for none if 0, and wait until it does. */
static bool
set_task(uint32_t tenant, uint32_t row)
{
	if (tenant != 0)
		task.row = row;
	rte_atomic_store_explicit(&task.tenant, tenant, rte_memory_order_release);
	while (rte_atomic_load_explicit(&task.seen, rte_memory_order_acquire) != tenant) {
		if (test_seqstat_stopped())
			return false;
		sched_yield();
	}

	return true;
}

/** Give rows to tenants in turn. */
static int
churn(struct test_seqstat_actor *self)
{
	char name[16];
	uint32_t k;
	int row;

	for (; !test_seqstat_stopped(); self->n++) {
		k = N_BUSY + 1 + self->n;
		snprintf(name, sizeof(name), "%u", k);
		row = rte_seqstat_row_alloc(set, LABELS(name));
		TEST_ASSERT(row >= 0, "tenant %u gets no row: %d", k, row);
		if (!set_task(k, row) || !set_task(0, row))
			break;
		TEST_ASSERT_SUCCESS(rte_seqstat_row_clear(set, row), "tenant %u: not cleared", k);
	}

	return TEST_SUCCESS;
}

/** Check that the values of each row are its tenant's, and add up the packets. */
static int
check_tenants(const struct rte_seqstat_snapshot *s, uint64_t *packets)
{
	struct rte_seqstat_labels labels;
	uint64_t values[2], tenant;
	uint32_t row;

	*packets = rte_seqstat_snapshot_retired(s)[TENANT_PACKETS];
	for (row = 0; row < N_TENANT_ROWS; row++) {
		TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_total(s, row, values), "row %u", row);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(set, row, &labels), "row %u", row);
		*packets += values[TENANT_PACKETS];
		if (labels.n == 0 ||
				labels.generation != rte_seqstat_snapshot_generation(s, row))
			continue;
		tenant = strtoull(labels.values[0], NULL, 10);
		TEST_ASSERT_EQUAL(values[TENANT_BYTES], tenant * values[TENANT_PACKETS],
			"row %u of tenant %" PRIu64 ", generation %u: %" PRIu64 " packets, %"
			PRIu64 " bytes", row, tenant, labels.generation,
			values[TENANT_PACKETS], values[TENANT_BYTES]);
	}

	return TEST_SUCCESS;
}

/** Take snapshots for a while, and check them and their differences. */
static int
watch_tenants(void)
{
	uint64_t end = test_seqstat_end(), former = 0, least, packets, n;

	for (n = 0; rte_get_timer_cycles() < end && !test_seqstat_stopped(); n++) {
		least = rte_atomic_load_explicit(&n_packets, rte_memory_order_acquire);
		TEST_ASSERT(take(snap), "snapshot not taken");
		TEST_ASSERT_SUCCESS(check_tenants(snap, &packets), "cut %" PRIu64, n);
		TEST_ASSERT(packets >= former && packets >= least, "cut %" PRIu64 ": %" PRIu64
			" packets after %" PRIu64 ", %" PRIu64 " were counted", n, packets,
			former, least);
		former = packets;
		if (n > 0) {
			TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_diff(other_snap, snap, other_snap),
				"snapshots not subtracted");
			TEST_ASSERT_SUCCESS(check_tenants(other_snap, &packets),
				"increase %" PRIu64,
				n);
		}
		TEST_ASSERT(take(other_snap), "snapshot not taken");
		rte_delay_us_sleep(500);
	}

	return TEST_SUCCESS;
}

static int
set_up_tenants(void)
{
	char name[16];
	uint32_t i;

	TEST_ASSERT_SUCCESS(set_up_with(rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "test",
		.counters = tenant_schema,
		.n_counters = RTE_DIM(tenant_schema),
		.n_rows = N_TENANT_ROWS,
		.labels = LABELS("tenant"),
		.socket_id = SOCKET_ID_ANY,
	})), "no set");
	for (i = 0; i < N_BUSY; i++) {
		snprintf(name, sizeof(name), "%u", 1 + i);
		TEST_ASSERT_SUCCESS(rte_seqstat_row_label(set, 2 * i, LABELS(name)), "row %u", i);
	}
	task = (struct task){ 0 };
	n_packets = 0;

	return TEST_SUCCESS;
}

/* A snapshot never mixes the values of two tenants of a row, and loses no packet. */
static int
test_tenants(void)
{
	struct test_seqstat_actor actors[] = { { .act = count_tasks, .seed = 1 },
	{ .act = churn } };
	uint64_t packets;

	TEST_ASSERT_SUCCESS(test_seqstat_act(actors, RTE_DIM(actors), watch_tenants),
		"while tenants change");
	TEST_ASSERT(actors[1].n > 0, "no tenant changed");
	printf("%" PRIu64 " tenants, %" PRIu64 " packets\n", actors[1].n, n_packets);

	TEST_ASSERT(take(snap), "snapshot not taken");
	TEST_ASSERT_SUCCESS(check_tenants(snap, &packets), "at rest");
	TEST_ASSERT_EQUAL(packets, n_packets, "%" PRIu64 " packets instead of %" PRIu64, packets,
		n_packets);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat churn",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_clear_while_counting),
		TEST_CASE_ST(set_up, tear_down, test_torn_in_snapshot),
		TEST_CASE_ST(set_up_tenants, tear_down, test_tenants),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_churn(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_churn_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_churn);
