/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>
#include <rte_pause.h>

#include "seqstat_layout.h"
#include "test_seqstat.h"

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
		printf("set %s not created: %s\n", name, rte_strerror(rte_errno));

	return st;
}

bool
test_seqstat_refused(const struct rte_seqstat_params *params, int error)
{
	struct rte_seqstat *st;

	rte_errno = 0;
	st = rte_seqstat_create(params);
	if (st == NULL && rte_errno == error)
		return true;
	printf("\"%s\" instead of \"%s\"\n", st == NULL ? rte_strerror(rte_errno) : "created",
		rte_strerror(error));
	test_seqstat_destroy(st);

	return false;
}

void
test_seqstat_destroy(struct rte_seqstat *st)
{
	int ret = rte_seqstat_free(st);

	if (ret != 0)
		printf("set not freed: %s\n", rte_strerror(-ret));
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
	printf("set not freed: %s\n", name);
}

int
test_seqstat_none_left(void)
{
	TEST_ASSERT_EQUAL(rte_seqstat_walk(print_name, NULL), 0, "test cases left sets");

	return TEST_SUCCESS;
}

uint64_t
test_seqstat_limit(void)
{
	return rte_get_timer_cycles() +
		TEST_SEQSTAT_LIMIT_US / US_PER_S * rte_get_timer_hz();
}

struct rte_seqstat_section
test_seqstat_begin_as(struct rte_seqstat *st, unsigned int lcore_id)
{
	const unsigned int own_id = rte_lcore_id();
	struct rte_seqstat_section sec;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	sec = rte_seqstat_begin(st);
	RTE_PER_LCORE(_lcore_id) = own_id;

	return sec;
}

struct rte_seqstat_writer *
test_seqstat_writer_of(struct rte_seqstat *st, unsigned int lcore_id)
{
	const unsigned int own_id = rte_lcore_id();
	struct rte_seqstat_section sec;
	struct rte_seqstat_writer *w;

	if (lcore_id == LCORE_ID_ANY) {
		sec = test_seqstat_begin_as(st, lcore_id);
		rte_seqstat_end(&sec);
		return sec.writer;
	}
	RTE_PER_LCORE(_lcore_id) = lcore_id;
	w = rte_seqstat_writer(st);
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

bool
test_seqstat_spawn(rte_thread_t *thread, rte_thread_func func, void *arg)
{
	rte_cpuset_t cpus, one;
	rte_thread_attr_t attr;
	unsigned int lcore_id;

	CPU_ZERO(&cpus);
	RTE_LCORE_FOREACH(lcore_id) {
		one = rte_lcore_cpuset(lcore_id);
		RTE_CPU_OR(&cpus, &cpus, &one);
	}
	if (rte_thread_attr_init(&attr) != 0 ||
			rte_thread_attr_set_affinity(&attr, &cpus) != 0 ||
			rte_thread_create(thread, &attr, func, arg) != 0) {
		printf("thread not created\n");
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

static const rte_seqstat_word_t *real_epoch;
static rte_seqstat_word_t next_epoch;

void
test_seqstat_next_epoch(struct rte_seqstat_writer *w)
{
	const struct seqstat_cut *cut =
		RTE_PTR_SUB(w->epoch, offsetof(struct seqstat_cut, epoch));

	real_epoch = w->epoch;
	next_epoch = cut->latest_epoch + 1;
	w->epoch = &next_epoch;
}

void
test_seqstat_real_epoch(struct rte_seqstat_writer *w)
{
	w->epoch = real_epoch;
}

uint64_t
test_seqstat_peek(const struct rte_seqstat_writer *w, uint32_t row, uint32_t counter)
{
	return __rte_seqstat_value_load(__rte_seqstat_value(
			__rte_seqstat_row_at(w, (size_t)row * w->stride), counter));
}
