/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_SEQSTAT_FIXTURE_H
#define TEST_SEQSTAT_FIXTURE_H

/**
 * @file
 *
 * A set with two snapshot objects, which each test case creates anew
 *
 * Each file that includes this header has its own copy.
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>

#include "test_seqstat.h"

enum {
	PACKETS, /* A counter. */
	WAITING, /* A gauge. */
	BYTES,   /* A counter, 64 for each packet. */
	N_COUNTERS,
};

/** Flags of a snapshot whose writers were all read whole: 0 on multi-copy-atomic machines. */
#if defined(RTE_ARCH_X86) || defined(RTE_ARCH_ARM64) || defined(RTE_ARCH_ARMv8_AARCH32) || \
		defined(RTE_ARCH_RISCV)
#define GOOD 0
#else
#define GOOD RTE_SEQSTAT_NO_CUT
#endif

/** A list of labels or of their names. */
#define LABELS(...) ((const char *const []){ __VA_ARGS__, NULL })

/** Packets of an unread writer, which has no values. */
#define NONE UINT64_MAX

/** Parameters of a set; two of its rows share a unit. */
static const struct rte_seqstat_params good_params = {
	.name = "test",
	.counters = (const struct rte_seqstat_counter[]){
		[PACKETS] = { .name = "packets", .unit = "packets", .help = "All of them." },
		[WAITING] = { .name = "waiting", .type = RTE_SEQSTAT_GAUGE },
		[BYTES] = { .name = "bytes" },
	},
	.n_counters = N_COUNTERS,
	.n_rows = 3,
	.labels = LABELS("name"),
	.socket_id = SOCKET_ID_ANY,
};

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap, *other_snap;
static struct rte_seqstat_writer *writer; /* The main lcore's. */
static struct rte_seqstat_writer *shared; /* For threads without an lcore id. */

/** Create what a test case needs besides its set; fail if there is no set. */
static inline int
set_up_with(struct rte_seqstat *st)
{
	set = st;
	TEST_ASSERT_NOT_NULL(set, "set not created: %s", rte_strerror(rte_errno));
	shared = test_seqstat_writer_of(set, LCORE_ID_ANY);
	writer = rte_seqstat_writer(set);
	TEST_ASSERT_NOT_NULL(writer, "no writer: %s", rte_strerror(rte_errno));
	snap = rte_seqstat_snapshot_create(set);
	other_snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT(snap != NULL && other_snap != NULL, "no snapshot object: %s",
		rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static inline void
tear_down(void)
{
	rte_seqstat_snapshot_free(snap);
	rte_seqstat_snapshot_free(other_snap);
	test_seqstat_writer_end(writer);
	test_seqstat_destroy(set);
	set = NULL;
	snap = other_snap = NULL;
	writer = shared = NULL;
}

/** Return what readers counted of the set's snapshots. */
static inline struct rte_seqstat_self
self(void)
{
	struct rte_seqstat_info info = { 0 };

	rte_seqstat_info_get(set, &info);

	return info.self;
}

/** Take a snapshot. */
static inline bool
take(struct rte_seqstat_snapshot *s)
{
	return rte_seqstat_snapshot_take(s, TEST_SEQSTAT_LIMIT_US) == 0;
}

/** Take a snapshot while the main lcore is inside a section, which it misses. */
static inline bool
take_in_section(struct rte_seqstat_snapshot *s)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(writer);
	int ret = rte_seqstat_snapshot_take(s, 0);

	rte_seqstat_end(&sec);

	return ret == -ETIMEDOUT;
}

/** Subtract two snapshots into an object, which may be one of them. */
static inline bool
subtract(struct rte_seqstat_snapshot *into, const struct rte_seqstat_snapshot *newer,
		const struct rte_seqstat_snapshot *older)
{
	return rte_seqstat_snapshot_diff(into, newer, older) == 0;
}

/** Create a set with the counters of good_params. */
static inline struct rte_seqstat *
create_set(const char *name, uint32_t n_rows, const char *const *labels, uint32_t flags)
{
	struct rte_seqstat_params params = good_params;

	params.name = name;
	params.n_rows = n_rows;
	params.labels = labels;
	params.flags = flags;

	return rte_seqstat_create(&params);
}

/** In a section, add to the counters of a row and set its gauge. */
static inline void
change(const struct rte_seqstat_section *sec, uint32_t r, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);

	rte_seqstat_add(row, PACKETS, packets);
	rte_seqstat_gauge_set(row, WAITING, waiting);
	rte_seqstat_add(row, BYTES, 64 * packets);
}

/** Change a row in a section of its own. */
static inline void
count(struct rte_seqstat_writer *w, uint32_t r, uint64_t packets, uint64_t waiting)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);

	change(&sec, r, packets, waiting);
	rte_seqstat_end(&sec);
}

/** Return whether a row's values are these; print them if not. */
static inline bool
values_are(const uint64_t *row, uint64_t packets, uint64_t waiting)
{
	if (row == NULL && packets == NONE)
		return true;
	if (row != NULL && row[PACKETS] == packets && row[WAITING] == waiting &&
			row[BYTES] == 64 * packets)
		return true;
	if (row == NULL)
		printf("no values\n");
	else
		printf("%" PRIu64 " packets, %" PRIu64 " waiting, %" PRIu64 " bytes\n",
			row[PACKETS], row[WAITING], row[BYTES]);

	return false;
}

/** Return whether a row of an lcore's writer has these values; packets of NONE: no values. */
static inline bool
row_is(const struct rte_seqstat_snapshot *s, unsigned int lcore_id, uint32_t r,
		uint64_t packets, uint64_t waiting)
{
	int i = test_seqstat_find_writer(s, lcore_id);

	return i >= 0 && values_are(rte_seqstat_snapshot_row(s, i, r), packets, waiting);
}

/** Return whether a row has these sums over all writers. */
static inline bool
total_is(const struct rte_seqstat_snapshot *s, uint32_t r, uint64_t packets, uint64_t waiting)
{
	uint64_t total[N_COUNTERS];

	return rte_seqstat_snapshot_total(s, r, total) == 0 && values_are(total, packets, waiting);
}

/** Return whether a snapshot and an lcore's writer in it have these flags. */
static inline bool
flags_are(const struct rte_seqstat_snapshot *s, unsigned int lcore_id, uint32_t flags)
{
	uint32_t of_writer = test_seqstat_flags(s, lcore_id);
	uint32_t of_all = rte_seqstat_snapshot_flags(s);

	if (of_writer == flags && of_all == (flags | GOOD))
		return true;
	printf("flags %#x, of the writer %#x\n", of_all, of_writer);

	return false;
}

#endif /* TEST_SEQSTAT_FIXTURE_H */
