/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_pause.h>

#include "seqstat_layout.h"
#include "test_seqstat.h"

#ifdef __RTE_SEQSTAT_TSAN
const char *
__tsan_default_suppressions(void);

/**
 * Return what ThreadSanitizer suppresses: it does not see the lock of EAL's heap, and reports
 * memory that one thread freed and another one allocated; and a descriptor that a test closes
 * while another thread uses it.
 */
const char *
__tsan_default_suppressions(void)
{
	/* With clang, rte_seqstat_free() itself is lost in the stack of EAL's functions. */
	return "race:rte_seqstat_free\n"
		"race:free_some\n"
		"race:block_alloc\n"
		"race:test_closed_descriptor\n";
}
#endif

struct rte_seqstat *
test_seqstat_create(const char *name, uint32_t n_counters, uint32_t n_rows)
{
	static char names[RTE_SEQSTAT_MAX_COUNTERS][RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_COUNTERS] = { 0 };
	struct rte_seqstat_params params = {
		.name = name,
		.counters = counters,
		.n_counters = n_counters,
		.n_rows = n_rows,
		.labels = (const char *const []){ "name", NULL },
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat *st;
	uint32_t i;

	for (i = 0; i < n_counters; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		counters[i].name = names[i];
	}
	st = rte_seqstat_create(&params);
	if (st == NULL)
		printf("set %s: cannot be created: %s\n", name, rte_strerror(rte_errno));

	return st;
}

void
test_seqstat_destroy(struct rte_seqstat *st)
{
	int ret = rte_seqstat_free(st);

	if (ret != 0)
		printf("a set cannot be freed: %s\n", rte_strerror(-ret));
}

void
test_seqstat_writer_end(struct rte_seqstat_writer *w)
{
	uint32_t sn;

	if (w == NULL)
		return;
	sn = rte_atomic_load_explicit(&w->lock.count.sn, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&w->lock.count.sn, sn + (sn & 1), rte_memory_order_release);
}

static void
print_name(const char *name, void *arg __rte_unused)
{
	printf("left behind: %s\n", name);
}

int
test_seqstat_none_left(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_walk(print_name, NULL), 0, "sets were left behind");

	return TEST_SUCCESS;
}

uint64_t
test_seqstat_limit(void)
{
	return rte_get_timer_cycles() +
		TEST_SEQSTAT_LIMIT_US / US_PER_S * rte_get_timer_hz();
}

struct rte_seqstat_writer *
test_seqstat_writer_of(struct rte_seqstat *st, unsigned int lcore_id)
{
	const unsigned int own_id = rte_lcore_id();
	struct rte_seqstat_section sec;
	struct rte_seqstat_writer *w;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	if (lcore_id == LCORE_ID_ANY) {
		sec = rte_seqstat_begin(st);
		rte_seqstat_end(&sec);
		w = sec.writer;
	} else {
		w = rte_seqstat_writer(st);
	}
	RTE_PER_LCORE(_lcore_id) = own_id;
	if (w == NULL)
		printf("lcore %u has no writer: %s\n", lcore_id, rte_strerror(rte_errno));

	return w;
}

static uint32_t
tear(void *arg)
{
	struct rte_seqstat_section sec;
	unsigned int lcore_id;

	if (rte_thread_register() != 0)
		return LCORE_ID_ANY;
	lcore_id = rte_lcore_id();
	sec = rte_seqstat_begin(arg);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	rte_thread_unregister();

	return lcore_id;
}

unsigned int
test_seqstat_tear(struct rte_seqstat *st)
{
	uint32_t lcore_id = LCORE_ID_ANY;
	rte_thread_t thread;

	if (test_seqstat_spawn(&thread, tear, st))
		rte_thread_join(thread, &lcore_id);

	return lcore_id;
}

uint32_t
test_seqstat_await_change(const RTE_ATOMIC(uint32_t) *word, uint32_t from)
{
	uint64_t limit = test_seqstat_limit();
	uint32_t value;

	do {
		rte_pause();
		value = rte_atomic_load_explicit(word, rte_memory_order_acquire);
	} while (value == from && rte_get_timer_cycles() < limit);

	return value;
}

rte_cpuset_t
test_seqstat_cpus(void)
{
	unsigned int lcore_id;
	rte_cpuset_t all, one;

	CPU_ZERO(&all);
	RTE_LCORE_FOREACH(lcore_id) {
		one = rte_lcore_cpuset(lcore_id);
		RTE_CPU_OR(&all, &all, &one);
	}

	return all;
}

bool
test_seqstat_spawn(rte_thread_t *thread, rte_thread_func func, void *arg)
{
	rte_cpuset_t cpus = test_seqstat_cpus();
	rte_thread_attr_t attr;

	if (rte_thread_attr_init(&attr) != 0 ||
			rte_thread_attr_set_affinity(&attr, &cpus) != 0 ||
			rte_thread_create(thread, &attr, func, arg) != 0) {
		printf("a thread cannot be created\n");
		return false;
	}

	return true;
}

int
test_seqstat_find_writer(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id)
{
	struct rte_seqstat_writer_info info;
	uint32_t i;

	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++)
		if (rte_seqstat_snapshot_writer_info(snap, i, &info) == 0 &&
				info.lcore_id == lcore_id)
			return (int)i;

	return -1;
}

uint32_t
test_seqstat_flags(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id)
{
	int i = test_seqstat_find_writer(snap, lcore_id);
	struct rte_seqstat_writer_info info;

	if (i < 0 || rte_seqstat_snapshot_writer_info(snap, i, &info) != 0)
		return UINT32_MAX;

	return info.flags;
}

uint64_t
test_seqstat_value(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id,
		uint32_t row, uint32_t counter)
{
	int i = test_seqstat_find_writer(snap, lcore_id);
	const uint64_t *values = i < 0 ? NULL : rte_seqstat_snapshot_row(snap, i, row);

	return values == NULL ? UINT64_MAX : values[counter];
}

static const rte_seqstat_word_t *true_epoch;
static rte_seqstat_word_t next_epoch;

void
test_seqstat_foresee(struct rte_seqstat_writer *w)
{
	const struct seqstat_cut *cut =
		RTE_PTR_SUB(w->epoch, offsetof(struct seqstat_cut, epoch));

	true_epoch = w->epoch;
	next_epoch = cut->latest_epoch + 1;
	w->epoch = &next_epoch;
}

void
test_seqstat_see(struct rte_seqstat_writer *w)
{
	w->epoch = true_epoch;
}

uint64_t
test_seqstat_peek(const struct rte_seqstat_writer *w, uint32_t row, uint32_t counter)
{
	return __rte_seqstat_value_load(__rte_seqstat_value(
			__rte_seqstat_row_at(w, (size_t)row * w->stride), counter));
}

/* Large and odd: carries from one half of a number to the other happen all the time. */
#define BALANCED_STEP (UINT64_C(0x80000001))

void
test_seqstat_balanced_add(const struct rte_seqstat_section *sec, uint64_t n)
{
	uint32_t n_values = sec->writer->n_values;
	uint32_t n_rows = sec->writer->n_rows;
	uint32_t half = n_rows / 2;
	uint32_t r = (uint32_t)(n * UINT64_C(0x9e3779b97f4a7c15) >> 32) % half;
	struct rte_seqstat_row *row;
	uint32_t i;

	for (; r < n_rows; r += half) {
		row = rte_seqstat_row(sec, r);
		for (i = 0; i < n_values; i++)
			rte_seqstat_add(row, i, (i + 1) * BALANCED_STEP);
	}
}

void
test_seqstat_balanced_section(struct rte_seqstat_writer *w, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);

	test_seqstat_balanced_add(&sec, n);
	rte_seqstat_end(&sec);
}

bool
test_seqstat_rows_balanced(const uint64_t *row, const uint64_t *other, uint32_t n_counters)
{
	uint32_t i;

	for (i = 0; i < n_counters; i++) {
		if (row[i] == (i + 1) * row[0] && other[i] == row[i])
			continue;
		printf("torn: counter %u: %" PRIu64 " in a row, %" PRIu64 " in its counterpart, "
			"where counter 0 is %" PRIu64 "\n", i, row[i], other[i], row[0]);
		return false;
	}

	return true;
}

bool
test_seqstat_snapshot_balanced(const struct rte_seqstat_snapshot *snap)
{
	struct rte_seqstat_info set;
	const uint64_t *row;
	uint32_t i, r;

	if (rte_seqstat_info_get(rte_seqstat_snapshot_set(snap), &set) != 0)
		return false;
	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++) {
		for (r = 0; r < set.n_rows / 2; r++) {
			row = rte_seqstat_snapshot_row(snap, i, r);
			if (row != NULL && !test_seqstat_rows_balanced(row,
					rte_seqstat_snapshot_row(snap, i, r + set.n_rows / 2),
					set.n_values))
				return false;
		}
	}

	return true;
}

uint64_t
test_seqstat_balanced_sections_of(const struct rte_seqstat_snapshot *snap, uint32_t writer)
{
	struct rte_seqstat_info set;
	uint64_t sum = 0;
	uint32_t r;

	if (rte_seqstat_info_get(rte_seqstat_snapshot_set(snap), &set) != 0)
		return 0;
	for (r = 0; r < set.n_rows / 2; r++)
		sum += rte_seqstat_snapshot_row(snap, writer, r)[0];

	return sum / BALANCED_STEP;
}

uint64_t
test_seqstat_balanced_sections(const struct rte_seqstat_snapshot *snap)
{
	uint64_t sections = 0;
	uint32_t i;

	for (i = 0; i < rte_seqstat_snapshot_n_writers(snap); i++)
		sections += test_seqstat_balanced_sections_of(snap, i);

	return sections;
}

static int
work(void *arg)
{
	struct test_seqstat_workers *ws = arg;
	struct test_seqstat_worker *self = &ws->worker[rte_lcore_id()];
	uint32_t state = TEST_SEQSTAT_FAILED;
	uint64_t n = 0;

	self->writer = rte_seqstat_writer(ws->set);
	if (self->writer == NULL)
		goto out;
	do {
		ws->section(self->writer, n);
		rte_atomic_store_explicit(&self->sections, ++n, rte_memory_order_release);
		if (n == 1)
			rte_atomic_store_explicit(&self->state, TEST_SEQSTAT_RUNNING,
					rte_memory_order_release);
	} while (rte_atomic_load_explicit(&ws->stop, rte_memory_order_relaxed) == 0);
	state = TEST_SEQSTAT_DONE;
out:
	rte_atomic_store_explicit(&self->state, state, rte_memory_order_release);

	return 0;
}

bool
test_seqstat_start(struct test_seqstat_workers *ws, struct rte_seqstat *st,
		void (*section)(struct rte_seqstat_writer *w, uint64_t n))
{
	unsigned int lcore_id;

	memset(ws, 0, sizeof(*ws));
	ws->set = st;
	ws->section = section;
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (rte_eal_remote_launch(work, ws, lcore_id) != 0)
			return false;
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (test_seqstat_await_change(&ws->worker[lcore_id].state,
				TEST_SEQSTAT_IDLE) != TEST_SEQSTAT_RUNNING)
			return false;

	return true;
}

static uint32_t
work_registered(void *ws)
{
	if (rte_thread_register() != 0)
		return 1;
	work(ws);
	rte_thread_unregister();

	return 0;
}

static unsigned int
count_state(const struct test_seqstat_workers *ws, uint32_t state)
{
	unsigned int i, n = 0;

	for (i = 0; i < RTE_MAX_LCORE; i++)
		n += rte_atomic_load_explicit(&ws->worker[i].state,
				rte_memory_order_acquire) == state;

	return n;
}

bool
test_seqstat_start_threads(struct test_seqstat_workers *ws, struct rte_seqstat *st,
		void (*section)(struct rte_seqstat_writer *w, uint64_t n), unsigned int n)
{
	uint64_t limit = test_seqstat_limit();

	memset(ws, 0, sizeof(*ws));
	ws->set = st;
	ws->section = section;
	for (; ws->n_threads < n; ws->n_threads++)
		if (!test_seqstat_spawn(&ws->threads[ws->n_threads], work_registered, ws))
			return false;
	while (count_state(ws, TEST_SEQSTAT_RUNNING) < n) {
		if (rte_get_timer_cycles() > limit)
			return false;
		rte_delay_us_sleep(1000);
	}

	return true;
}

bool
test_seqstat_stop(struct test_seqstat_workers *ws)
{
	bool well = true;
	uint32_t ret;

	rte_atomic_store_explicit(&ws->stop, 1, rte_memory_order_relaxed);
	if (ws->n_threads == 0)
		rte_eal_mp_wait_lcore();
	for (; ws->n_threads > 0; ws->n_threads--)
		well &= rte_thread_join(ws->threads[ws->n_threads - 1], &ret) == 0 && ret == 0;

	return well && count_state(ws, TEST_SEQSTAT_FAILED) == 0;
}

uint64_t
test_seqstat_sections(const struct test_seqstat_workers *ws)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < RTE_MAX_LCORE; i++)
		sum += rte_atomic_load_explicit(&ws->worker[i].sections,
				rte_memory_order_acquire);

	return sum;
}
