/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>

#include <rte_errno.h>
#include <rte_pause.h>

#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/* Many writers, many rows, many sets. */

static struct rte_seqstat *set;
static struct rte_seqstat_snapshot *snap;
static struct test_seqstat_workers workers;

static int
create(uint32_t n_counters, uint32_t n_rows)
{
	set = test_seqstat_create("test", n_counters, n_rows);
	TEST_ASSERT_NOT_NULL(set, "cannot create");
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));

	return TEST_SUCCESS;
}

static void
destroy(void)
{
	test_seqstat_stop(&workers);
	memset(&workers, 0, sizeof(workers));
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	test_seqstat_destroy(set);
	set = NULL;
}

/** Take a snapshot in which nothing is torn, nothing goes back, and nothing is missing. */
static int
take_checked(uint64_t *sections)
{
	uint64_t former = *sections, done = test_seqstat_sections(&workers);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US),
		"not taken");
	TEST_ASSERT(test_seqstat_snapshot_balanced(snap), "torn");
	*sections = test_seqstat_balanced_sections(snap);
	TEST_ASSERT(*sections >= former, "went back from %" PRIu64 " to %" PRIu64, former,
		*sections);
	TEST_ASSERT(*sections >= done, "%" PRIu64 " sections of %" PRIu64, *sections, done);

	return TEST_SUCCESS;
}

/** Take snapshots for a while. */
static int
take_many(const char *what)
{
	uint64_t end = test_seqstat_end(), sections = 0;
	struct rte_seqstat_info info;
	unsigned int n = 0;

	do {
		TEST_ASSERT_SUCCESS(take_checked(&sections), "snapshot %u", n);
		n++;
	} while (rte_get_timer_cycles() < end);
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(set, &info), "no info");
	printf("%u %s: %u snapshots, the longest took %" PRIu64 " us; writers read while idle: %"
		PRIu64 ", acknowledged: %" PRIu64 "; rows put aside: %" PRIu64 "\n",
		info.n_writers, what, n, info.self.longest_ns / 1000, info.self.read_idle,
		info.self.read_acked, info.self.rows_saved);

	return TEST_SUCCESS;
}

/* Writers: as many as there are lcore ids, on the few CPUs that there are. */

#define MAX_WRITERS 128

/** A registered thread. */
struct guest {
	struct rte_seqstat_writer *writer;
	uint64_t sections;
	RTE_ATOMIC(uint32_t) state; /**< An enum test_seqstat_state. */
	rte_thread_t thread;
};

static struct guest guests[MAX_WRITERS];
static RTE_ATOMIC(uint32_t) stop_guests;

/** A section now and then: all of them have to share the CPUs. */
static void
write_and_rest(struct rte_seqstat_writer *w, uint64_t n)
{
	test_seqstat_balanced_section(w, n);
	rte_delay_us_sleep(200);
}

static void
guest_writes(struct guest *guest)
{
	do {
		write_and_rest(guest->writer, guest->sections++);
		rte_atomic_store_explicit(&guest->state, TEST_SEQSTAT_RUNNING,
				rte_memory_order_release);
	} while (rte_atomic_load_explicit(&stop_guests, rte_memory_order_relaxed) == 0);
}

static uint32_t
be_guest(void *arg)
{
	struct guest *guest = arg;
	uint32_t state = TEST_SEQSTAT_FAILED;

	if (rte_thread_register() != 0)
		goto out;
	guest->writer = test_seqstat_attach(set, rte_lcore_id());
	if (guest->writer != NULL) {
		guest_writes(guest);
		if (test_seqstat_detach(guest->writer) == 0)
			state = TEST_SEQSTAT_DONE;
	}
	rte_thread_unregister();
out:
	rte_atomic_store_explicit(&guest->state, state, rte_memory_order_release);

	return 0;
}

/** Start guests, so that there are as many writers with the lcores; returns how many. */
static unsigned int
start_guests(unsigned int n_writers)
{
	unsigned int i, n_guests = n_writers - rte_lcore_count();

	memset(guests, 0, sizeof(guests));
	rte_atomic_store_explicit(&stop_guests, 0, rte_memory_order_relaxed);
	for (i = 0; i < n_guests; i++)
		if (!test_seqstat_spawn(&guests[i].thread, be_guest, &guests[i]))
			break;

	return i;
}

static unsigned int
count_guests(unsigned int n_guests, uint32_t state)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_guests; i++)
		n += test_seqstat_await_change(&guests[i].state, TEST_SEQSTAT_IDLE) == state;

	return n;
}

/** Let the guests go; returns how many sections they wrote. */
static uint64_t
stop_all_guests(unsigned int n_guests)
{
	uint64_t sections = 0;
	unsigned int i;

	rte_atomic_store_explicit(&stop_guests, 1, rte_memory_order_relaxed);
	for (i = 0; i < n_guests; i++) {
		rte_thread_join(guests[i].thread, NULL);
		sections += guests[i].sections;
	}

	return sections;
}

static int
create_small(void)
{
	return create(4, 4);
}

/** One section by the main lcore. */
static int
write_one(void)
{
	struct rte_seqstat_writer *w = test_seqstat_attach(set, rte_lcore_id());

	TEST_ASSERT_NOT_NULL(w, "cannot attach: %s", rte_strerror(rte_errno));
	test_seqstat_balanced_section(w, 0);
	TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

static int
take_with_guests(unsigned int n_guests, unsigned int n_writers)
{
	TEST_ASSERT_SUCCESS(write_one(), "the main lcore");
	TEST_ASSERT_EQUAL(count_guests(n_guests, TEST_SEQSTAT_RUNNING), n_guests,
		"not all guests write");
	TEST_ASSERT(test_seqstat_start(&workers, set, write_and_rest), "no workers");
	TEST_ASSERT_SUCCESS(take_many("writers"), "with many writers");
	TEST_ASSERT_EQUAL(rte_seqstat_snapshot_n_writers(snap), n_writers, "%u writers",
		rte_seqstat_snapshot_n_writers(snap));

	return TEST_SUCCESS;
}

static int
test_writers(void)
{
	/* There can be more lcores, all of which write. */
	unsigned int n_writers = RTE_MAX(rte_lcore_count(),
			(unsigned int)RTE_MIN(MAX_WRITERS, RTE_MAX_LCORE));
	unsigned int n_guests = start_guests(n_writers);
	uint64_t expected, sections = 0;
	int ret;

	ret = take_with_guests(n_guests, n_writers);
	expected = stop_all_guests(n_guests);
	TEST_ASSERT(test_seqstat_stop(&workers), "a worker failed");
	TEST_ASSERT_SUCCESS(ret, "while they wrote");
	TEST_ASSERT_EQUAL(count_guests(n_guests, TEST_SEQSTAT_DONE), n_guests,
		"a guest failed");

	expected += test_seqstat_sections(&workers) + 1;
	TEST_ASSERT_SUCCESS(take_checked(&sections), "at rest");
	TEST_ASSERT_EQUAL(sections, expected, "%" PRIu64 " sections instead of %" PRIu64,
		sections, expected);

	return TEST_SUCCESS;
}

/* Sets */

#define N_SETS 64

static struct rte_seqstat *sets[N_SETS];

static void
set_name(char name[RTE_SEQSTAT_NAMESIZE], unsigned int i)
{
	snprintf(name, RTE_SEQSTAT_NAMESIZE, "test_%u", i);
}

static int
create_sets(void)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	unsigned int i;

	for (i = 0; i < N_SETS; i++) {
		set_name(name, i);
		sets[i] = test_seqstat_create(name, 2, 4);
		TEST_ASSERT_NOT_NULL(sets[i], "cannot create set %u", i);
	}

	return TEST_SUCCESS;
}

static void
destroy_sets(void)
{
	unsigned int i;

	for (i = 0; i < N_SETS; i++)
		test_seqstat_destroy(sets[i]);
	memset(sets, 0, sizeof(sets));
}

/** A thread that counts in all sets in turn, sometimes in one inside of another. */
struct roamer {
	struct rte_seqstat_writer *writers[N_SETS];
	uint64_t sections[N_SETS];
	int ret;
	rte_thread_t thread;
};

#define N_ROAMERS 3

static struct roamer roamers[N_ROAMERS];
static RTE_ATOMIC(uint32_t) stop_roaming;

static void
count_nested(struct roamer *roamer, unsigned int i, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(roamer->writers[i]);
	unsigned int inner = (i + 1 + n % (N_SETS - 1)) % N_SETS;

	test_seqstat_balanced_section(roamer->writers[inner], n);
	test_seqstat_balanced_add(&sec, n);
	rte_seqstat_write_end(&sec);
	roamer->sections[i]++;
	roamer->sections[inner]++;
}

static int
roam(struct roamer *roamer)
{
	unsigned int i;
	uint64_t n;

	for (i = 0; i < N_SETS; i++) {
		roamer->writers[i] = test_seqstat_attach(sets[i], rte_lcore_id());
		TEST_ASSERT_NOT_NULL(roamer->writers[i], "cannot attach to set %u: %s", i,
			rte_strerror(rte_errno));
	}
	for (n = 0; rte_atomic_load_explicit(&stop_roaming, rte_memory_order_relaxed) == 0; n++)
		for (i = 0; i < N_SETS; i++)
			count_nested(roamer, i, n);
	for (i = 0; i < N_SETS; i++)
		TEST_ASSERT_SUCCESS(rte_seqstat_writer_detach(roamer->writers[i]),
			"cannot detach from set %u", i);

	return TEST_SUCCESS;
}

static uint32_t
be_roamer(void *arg)
{
	struct roamer *roamer = arg;

	roamer->ret = rte_thread_register() == 0 ? roam(roamer) : TEST_FAILED;
	rte_thread_unregister();

	return 0;
}

/** Check a fresh snapshot of a set. */
static int
check_set(unsigned int i, uint64_t *sections)
{
	int ret;

	set = sets[i];
	snap = rte_seqstat_snapshot_create(set);
	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
	ret = take_checked(sections);
	rte_seqstat_snapshot_free(snap);
	snap = NULL;
	set = NULL;

	return ret;
}

static int
check_all_sets(void)
{
	uint64_t end = test_seqstat_end(), sections[N_SETS] = { 0 };
	unsigned int n = 0;

	do {
		TEST_ASSERT_SUCCESS(check_set(n % N_SETS, &sections[n % N_SETS]), "set %u",
			n % N_SETS);
		n++;
	} while (rte_get_timer_cycles() < end);
	printf("%u snapshots of %u sets, while threads counted in all of them\n", n, N_SETS);

	return TEST_SUCCESS;
}

static int
check_sets_at_rest(void)
{
	uint64_t sections, expected;
	unsigned int i, t;

	for (i = 0; i < N_SETS; i++) {
		expected = 0;
		for (t = 0; t < N_ROAMERS; t++)
			expected += roamers[t].sections[i];
		sections = 0;
		TEST_ASSERT_SUCCESS(check_set(i, &sections), "set %u", i);
		TEST_ASSERT_EQUAL(sections, expected, "set %u: %" PRIu64 " sections instead of %"
			PRIu64, i, sections, expected);
	}

	return TEST_SUCCESS;
}

static int
test_sets(void)
{
	unsigned int i, n = 0;
	int ret;

	memset(roamers, 0, sizeof(roamers));
	rte_atomic_store_explicit(&stop_roaming, 0, rte_memory_order_relaxed);
	while (n < N_ROAMERS && test_seqstat_spawn(&roamers[n].thread, be_roamer, &roamers[n]))
		n++;
	ret = check_all_sets();
	rte_atomic_store_explicit(&stop_roaming, 1, rte_memory_order_relaxed);
	for (i = 0; i < n; i++) {
		rte_thread_join(roamers[i].thread, NULL);
		ret |= roamers[i].ret;
	}
	TEST_ASSERT_EQUAL(n, N_ROAMERS, "no thread");
	TEST_ASSERT_SUCCESS(ret, "while they counted");
	TEST_ASSERT_SUCCESS(check_sets_at_rest(), "at rest");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat by the many",
	.unit_test_cases = {
		TEST_CASE_ST(create_small, destroy, test_writers),
		TEST_CASE_ST(create_sets, destroy_sets, test_sets),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_many(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_many_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_many);
