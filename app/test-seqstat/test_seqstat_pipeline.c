/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include "test_seqstat_stress.h"

/*
 * Packets pass through rings from stage to stage. Each stage counts packets that it received before
 * it sends them. So no cut has more received than sent, nor more on the way than the rings hold;
 * the balance of sent and received packets is the number on the way. The stages count in one set,
 * or alternately in two, and pause where a wrong cut would show most.
 *
 * One reader takes snapshots. The other one reads each writer consistently, one after the other,
 * and shows what the test finds without a cut.
 */

#define N_STAGES 3
#define MAX_SETS 2
#define N_FLOWS 16 /* With a row each. */
#define BURST 32
#define RING_SIZE 1024
#define N_PACKETS 8191

enum { RX, TX };

/** State of a stage, stored with release. */
enum stage_state {
	STAGE_IDLE,
	STAGE_RUNNING,
	STAGE_DONE,   /**< Counts no more. */
	STAGE_FAILED, /**< Got no writer. */
};

/** A registered thread. */
struct stage {
	struct rte_ring *in;  /**< NULL: takes packets from the pool. */
	struct rte_ring *out; /**< NULL: returns packets to the pool. */
	const struct stage *before;
	unsigned int set; /**< In which it counts. */
	unsigned int lcore_id;
	struct rte_seqstat_writer *writer;
	RTE_ATOMIC(uint32_t) state; /**< An enum stage_state. */
	uint64_t seed;
	uint64_t count[N_FLOWS][2]; /**< Values that the set has in the end. */
};

static struct rte_seqstat *sets[MAX_SETS];
static struct rte_seqstat_snapshot *snaps[MAX_SETS];
static unsigned int n_sets;
static struct rte_ring *pool; /* Packets, which are numbers. */
static struct stage stages[N_STAGES];
static struct test_seqstat_actor actors[N_STAGES];

/* The pipeline */

static unsigned int
make_burst(void *burst[BURST], uint64_t *seed)
{
	unsigned int n = 1 + test_seqstat_random(seed) % BURST;

	return rte_ring_dequeue_bulk(pool, burst, n, NULL);
}

static void
count_burst(struct stage *stage, void * const burst[BURST], unsigned int n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(stage->writer);
	struct rte_seqstat_row *row;
	unsigned int i;
	uintptr_t flow;

	for (i = 0; i < n; i++) {
		if (i == n / 2)
			test_seqstat_pause(&stage->seed);
		flow = (uintptr_t)burst[i] % N_FLOWS;
		row = rte_seqstat_row(&sec, flow);
		rte_seqstat_add(row, RX, stage->in != NULL);
		rte_seqstat_add(row, TX, stage->out != NULL);
		stage->count[flow][RX] += stage->in != NULL;
		stage->count[flow][TX] += stage->out != NULL;
	}
	rte_seqstat_end(&sec);
}

/** Wait for another stage, which may need this CPU. */
static void
wait_for_other(unsigned int tries)
{
	if (tries % 256 != 0)
		rte_pause();
	else
		sched_yield();
}

static void
send_burst(struct rte_ring *out, void * const burst[BURST], unsigned int n)
{
	unsigned int sent = 0, tries = 0;

	for (;;) {
		sent += rte_ring_sp_enqueue_burst(out, &burst[sent], n - sent, NULL);
		if (sent == n)
			return;
		wait_for_other(++tries);
	}
}

/** Return whether a stage gets no more packets once its ring is empty. */
static bool
dried_up(const struct stage *stage)
{
	uint32_t state;

	if (stage->before == NULL)
		return test_seqstat_stopped();
	state = rte_atomic_load_explicit(&stage->before->state, rte_memory_order_acquire);

	return state == STAGE_DONE || state == STAGE_FAILED;
}

static void
forward(struct stage *stage)
{
	unsigned int n, tries = 0;
	void *burst[BURST];
	bool dry;

	for (;;) {
		dry = dried_up(stage);
		if (stage->in != NULL)
			n = rte_ring_sc_dequeue_burst(stage->in, burst, BURST, NULL);
		else
			n = dry ? 0 : make_burst(burst, &stage->seed);
		if (n > 0) {
			tries = 0;
			test_seqstat_pause(&stage->seed);
			count_burst(stage, burst, n);
			test_seqstat_pause(&stage->seed);
			if (stage->out != NULL)
				send_burst(stage->out, burst, n);
			else
				rte_ring_enqueue_bulk(pool, burst, n, NULL);
			continue;
		}
		if (dry)
			return;
		wait_for_other(++tries);
	}
}

static int
run_stage(struct test_seqstat_actor *self)
{
	struct stage *stage = &stages[self - actors];
	uint32_t state = STAGE_FAILED;

	if (rte_thread_register() == 0) {
		stage->lcore_id = rte_lcore_id();
		stage->seed = stage->lcore_id;
		stage->writer = rte_seqstat_writer(sets[stage->set]);
		if (stage->writer != NULL) {
			rte_atomic_store_explicit(&stage->state, STAGE_RUNNING,
					rte_memory_order_release);
			forward(stage);
			state = STAGE_DONE;
		}
		rte_thread_unregister();
	}
	rte_atomic_store_explicit(&stage->state, state, rte_memory_order_release);

	return state == STAGE_DONE ? TEST_SUCCESS : TEST_FAILED;
}

static struct rte_ring *
make_ring(unsigned int i)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "test_seqstat_%u", i);

	return rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static void
free_pipeline(void)
{
	unsigned int i;

	for (i = 1; i < N_STAGES; i++)
		rte_ring_free(stages[i].in);
	rte_ring_free(pool);
	pool = NULL;
	for (i = 0; i < n_sets; i++) {
		rte_seqstat_snapshot_free(snaps[i]);
		test_seqstat_destroy(sets[i]);
		snaps[i] = NULL;
		sets[i] = NULL;
	}
}

static struct rte_seqstat *
make_set(const char *name)
{
	static const struct rte_seqstat_counter counters[] = {
		[RX] = { .name = "rx" },
		[TX] = { .name = "tx" },
	};
	static const int32_t coefficients[] = { [RX] = -1, [TX] = 1 };
	const struct rte_seqstat_balance balance = { "on_the_way", coefficients };

	return rte_seqstat_create(&(struct rte_seqstat_params){
		.name = name,
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = N_FLOWS,
		.socket_id = SOCKET_ID_ANY,
		.balances = &balance,
		.n_balances = 1,
	});
}

static int
make_pipeline(unsigned int n)
{
	static const char * const names[MAX_SETS] = { "even", "odd" };
	unsigned int i;

	memset(stages, 0, sizeof(stages));
	for (n_sets = 0; n_sets < n; n_sets++) {
		sets[n_sets] = make_set(names[n_sets]);
		TEST_ASSERT_NOT_NULL(sets[n_sets], "set not created: %s", rte_strerror(rte_errno));
		snaps[n_sets] = rte_seqstat_snapshot_create(sets[n_sets]);
	}
	pool = rte_ring_create("test_seqstat", N_PACKETS + 1, SOCKET_ID_ANY, 0);
	TEST_ASSERT_NOT_NULL(pool, "no pool: %s", rte_strerror(rte_errno));
	for (i = 1; i <= N_PACKETS; i++)
		rte_ring_enqueue(pool, (void *)(uintptr_t)i);
	for (i = 1; i < N_STAGES; i++) {
		stages[i].set = i % n;
		stages[i].before = &stages[i - 1];
		stages[i].in = stages[i - 1].out = make_ring(i);
		TEST_ASSERT_NOT_NULL(stages[i].in, "no ring: %s", rte_strerror(rte_errno));
	}

	return TEST_SUCCESS;
}

static int
make_with_one_set(void)
{
	return make_pipeline(1);
}

static int
make_with_two_sets(void)
{
	return make_pipeline(2);
}

/* Readers */

/** The counts of all stages, by flow. */
struct cut {
	uint64_t count[N_STAGES][N_FLOWS][2];
	int64_t balance; /**< Packets on the way. */
};

/** Findings in all cuts. */
struct findings {
	uint64_t cuts;
	uint64_t too_many; /**< Cuts with more packets received than sent. */
	uint64_t too_few;  /**< Cuts with more packets on the way than there is room for. */
};

static bool
flow_received_more(const struct cut *cut, unsigned int hop)
{
	unsigned int flow;

	for (flow = 0; flow < N_FLOWS; flow++)
		if (cut->count[hop + 1][flow][RX] > cut->count[hop][flow][TX])
			return true;

	return false;
}

/** Return how many packets are between two stages. */
static uint64_t
on_the_way(const struct cut *cut, unsigned int hop)
{
	uint64_t n = 0;
	unsigned int flow;

	for (flow = 0; flow < N_FLOWS; flow++)
		n += cut->count[hop][flow][TX] - cut->count[hop + 1][flow][RX];

	return n;
}

static uint64_t
packets_arrived(const struct cut *cut)
{
	uint64_t n = 0;
	unsigned int flow;

	for (flow = 0; flow < N_FLOWS; flow++)
		n += cut->count[N_STAGES - 1][flow][RX];

	return n;
}

static void
look_at(const struct cut *cut, struct findings *findings)
{
	/* Each stage may hold a burst besides the ring. */
	uint64_t room = rte_ring_get_capacity(stages[1].in) + 2 * BURST;
	bool too_many = false, too_few = false;
	unsigned int hop;

	for (hop = 0; hop + 1 < N_STAGES; hop++) {
		if (flow_received_more(cut, hop))
			too_many = true;
		else if (on_the_way(cut, hop) > room)
			too_few = true;
	}
	findings->cuts++;
	findings->too_many += too_many || cut->balance < 0;
	findings->too_few += too_few;
}

/** Return whether a cut has exactly the counts of the stages. */
static bool
is_exact(const struct cut *cut)
{
	unsigned int i;

	for (i = 0; i < N_STAGES; i++)
		if (memcmp(cut->count[i], stages[i].count, sizeof(cut->count[i])) != 0)
			return false;

	return true;
}

/* The library's reader */

static bool
read_snapshot(struct cut *cut)
{
	const struct rte_seqstat_snapshot *snap;
	unsigned int i, flow;
	const uint64_t *row;
	int64_t balance;
	int writer;

	if (rte_seqstat_snapshot_take_all(snaps, n_sets, TEST_SEQSTAT_LIMIT_US) != 0)
		return false;
	cut->balance = 0;
	for (i = 0; i < n_sets; i++) {
		if (rte_seqstat_snapshot_balance(snaps[i], 0, &balance) != 0)
			return false;
		cut->balance += balance;
	}
	for (i = 0; i < N_STAGES; i++) {
		snap = snaps[stages[i].set];
		writer = test_seqstat_find_writer(snap, stages[i].lcore_id);
		for (flow = 0; flow < N_FLOWS && writer >= 0; flow++) {
			row = rte_seqstat_snapshot_row(snap, writer, flow);
			memcpy(cut->count[i][flow], row, sizeof(cut->count[i][flow]));
		}
		if (writer < 0)
			return false;
	}

	return true;
}

/** Read each writer consistently, but one after the other. */
static bool
read_one_by_one(struct cut *cut)
{
	uint64_t limit = test_seqstat_limit();
	const struct rte_seqstat_writer *w;
	static uint64_t seed;
	unsigned int i, flow;
	uint32_t sn;

	cut->balance = 0;
	for (i = 0; i < N_STAGES; i++) {
		w = stages[i].writer;
		do {
			test_seqstat_pause(&seed);
			sn = rte_seqcount_read_begin(&w->lock.count);
			for (flow = 0; flow < N_FLOWS; flow++) {
				cut->count[i][flow][RX] = test_seqstat_peek(w, flow, RX);
				cut->count[i][flow][TX] = test_seqstat_peek(w, flow, TX);
			}
			if (rte_get_timer_cycles() > limit)
				return false;
		} while (rte_seqcount_read_retry(&w->lock.count, sn));
	}

	return true;
}

/* The tests */

/** How the test reads, until when, and what it finds. */
static struct {
	bool (*read)(struct cut *cut);
	uint64_t least_cuts;
	bool until_wrong; /**< Read until a cut is wrong. */
	struct findings findings;
} reading;

static int
read_on(void)
{
	uint64_t end = test_seqstat_end(), limit = test_seqstat_limit(), now;
	struct findings *findings = &reading.findings;
	static struct cut cut;
	static uint64_t seed;
	unsigned int i;

	for (i = 0; i < N_STAGES; i++)
		TEST_ASSERT_EQUAL(test_seqstat_await_change(&stages[i].state, STAGE_IDLE),
			STAGE_RUNNING, "stage %u does not run", i);
	do {
		TEST_ASSERT(reading.read(&cut), "cut %" PRIu64 ": not read", findings->cuts);
		look_at(&cut, findings);
		test_seqstat_pause(&seed);
		now = rte_get_timer_cycles();
	} while (now < end || findings->cuts < reading.least_cuts ||
			(now < limit && reading.until_wrong && findings->too_many == 0));

	return TEST_SUCCESS;
}

/** Run the pipeline and read it, then check that counts are exact at rest, and print findings. */
static int
run(const char *name)
{
	const struct findings *findings = &reading.findings;
	struct cut cut;
	unsigned int i;

	for (i = 0; i < N_STAGES; i++)
		actors[i] = (struct test_seqstat_actor){ .act = run_stage };
	TEST_ASSERT_SUCCESS(test_seqstat_act(actors, N_STAGES, read_on), "while packets pass");
	TEST_ASSERT(reading.read(&cut), "not read at rest");
	TEST_ASSERT(is_exact(&cut), "not exact at rest");
	TEST_ASSERT(rte_ring_full(pool), "%u packets in use", rte_ring_free_count(pool));
	TEST_ASSERT_EQUAL(cut.balance, 0, "balance %" PRId64 " at rest", cut.balance);
	printf("%s: %" PRIu64 " packets, %" PRIu64 " cuts, %" PRIu64 " with more received than "
		"sent, %" PRIu64 " with more on the way than there is room for\n", name,
		packets_arrived(&cut), findings->cuts, findings->too_many, findings->too_few);

	return TEST_SUCCESS;
}

/* Each snapshot of a running pipeline is a cut. */
static int
test_snapshots(void)
{
	const char *cuts = getenv("SEQSTAT_TEST_CUTS");

	memset(&reading, 0, sizeof(reading));
	reading.read = read_snapshot;
	reading.least_cuts = cuts == NULL ? 0 : strtoull(cuts, NULL, 10);
	TEST_ASSERT_SUCCESS(run(n_sets == 1 ? "snapshots" : "snapshots of two sets"),
		"reading snapshots");
	TEST_ASSERT(reading.findings.too_many == 0 && reading.findings.too_few == 0, "not a cut");

	return TEST_SUCCESS;
}

/* Without a cut, the test finds more packets received than sent. */
static int
test_one_by_one(void)
{
	memset(&reading, 0, sizeof(reading));
	reading.read = read_one_by_one;
	reading.until_wrong = true;
	TEST_ASSERT_SUCCESS(run("for comparison, writers read one by one"), "reading one by one");
	TEST_ASSERT(reading.findings.too_many > 0, "no wrong cut found");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat pipeline",
	.unit_test_cases = {
		TEST_CASE_ST(make_with_one_set, free_pipeline, test_snapshots),
		TEST_CASE_ST(make_with_two_sets, free_pipeline, test_snapshots),
		TEST_CASE_ST(make_with_one_set, free_pipeline, test_one_by_one),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_pipeline(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_pipeline_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_pipeline);
