/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <signal.h>

#include <rte_atomic.h>

#include "test_seqstat_fixture.h"

#if defined(RTE_ARCH_X86_64) && !defined(__RTE_SEQSTAT_TSAN)
#include <ucontext.h>

/*
 * A reader and a writer in one thread, interleaved at each instruction.
 *
 * One of them runs with the CPU's trap flag set, which raises a signal after each instruction. The
 * handler runs the other one: first before the first instruction, in the next run before the second
 * one, and so on. This finds each window between two memory accesses, but not what depends on
 * reordering by CPU or compiler.
 */

/* Small: both the length and the number of runs grow with a snapshot. */
#define N_ROWS 2
#define N_VALUES 2

#define WRITER 1 /* In snapshots; 0 is the shared writer. */

static struct rte_seqstat *other_set;
static struct rte_seqstat_snapshot *snap_of_other;
static const rte_seqstat_word_t *true_epoch; /* While a test shows the writer another one. */

#define TRAP_FLAG 0x100

/** A function that runs single instructions, and the steps of another one in between. */
static struct {
	unsigned int at;   /**< Instruction before which the first step runs. */
	unsigned int pace; /**< Instructions between two steps. */
	bool (*step)(unsigned int n); /**< Run the n-th step; return false after the last one. */
	volatile unsigned int count;   /**< Instructions so far. */
	volatile unsigned int n_steps; /**< Steps so far. */
	volatile bool returned; /**< The function returned. */
	volatile bool over;     /**< The last step ran. */
} stepped;

static void
go_on(void)
{
	stepped.over = !stepped.step(stepped.n_steps++);
}

static void
on_trap(int sig __rte_unused, siginfo_t *info __rte_unused, void *context)
{
	greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

	*flags &= ~TRAP_FLAG;
	if (stepped.returned || stepped.over)
		return;
	if (stepped.count >= stepped.at && (stepped.count - stepped.at) % stepped.pace == 0)
		go_on();
	stepped.count++;
	*flags |= TRAP_FLAG;
}

/**
 * Run a function by single instructions and steps in between, and the remaining steps after it.
 *
 * @return
 *   The number of the function's instructions, if no step ran before it returned.
 */
static unsigned int
interleave(void (*run)(void), bool (*step)(unsigned int n), unsigned int at, unsigned int pace)
{
	stepped.at = at;
	stepped.pace = pace;
	stepped.step = step;
	stepped.count = 0;
	stepped.n_steps = 0;
	stepped.returned = false;
	stepped.over = false;
	/* On return from the handler the flag is set, until the handler clears it. */
	raise(SIGTRAP);
	run();
	stepped.returned = true;
	/* The handler sees this before the handler's results are read. */
	rte_compiler_barrier();
	while (!stepped.over)
		go_on();

	return stepped.count;
}

/* Writers: a section adds one to all values. */

static void
add_to_row(const struct rte_seqstat_section *sec, uint32_t r)
{
	struct rte_seqstat_row *row = rte_seqstat_row(sec, r);
	uint32_t i;

	for (i = 0; i < N_VALUES; i++)
		rte_seqstat_add(row, i, 1);
}

static void
add_to_all(const struct rte_seqstat_section *sec)
{
	uint32_t r;

	for (r = 0; r < N_ROWS; r++)
		add_to_row(sec, r);
}

static void
write_section(struct rte_seqstat_writer *w)
{
	struct rte_seqstat_section sec = rte_seqstat_writer_begin(w);

	add_to_all(&sec);
	rte_seqstat_end(&sec);
}

/** Return the number of the writer's sections in a snapshot, UINT64_MAX if one is torn. */
static uint64_t
sections_of(const struct rte_seqstat_snapshot *s)
{
	uint64_t sections = rte_seqstat_snapshot_row(s, WRITER, 0)[0];
	uint32_t r, i;

	for (r = 0; r < N_ROWS; r++)
		for (i = 0; i < N_VALUES; i++)
			if (rte_seqstat_snapshot_row(s, WRITER, r)[i] != sections)
				return UINT64_MAX;

	return sections;
}

/* The reader. */

static int take_ret;

static void
wait_and_take(void)
{
	take_ret = rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US);
}

static void
take_at_once(void)
{
	take_ret = rte_seqstat_snapshot_take(snap, 0);
}

static bool
step_nothing(unsigned int n __rte_unused)
{
	return false;
}

static unsigned int
instructions_of(void (*run)(void))
{
	return interleave(run, step_nothing, UINT_MAX, 1);
}

/** Return the next instruction to try: each one, or 200 of code that is not optimized. */
static unsigned int
next(unsigned int at, unsigned int end)
{
	return end <= 2000 ? at + 1 : at + end / 200;
}

static int
set_up(void)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	TEST_ASSERT_SUCCESS(set_up_with(test_seqstat_create("test", N_VALUES, N_ROWS)), "no set");
	true_epoch = writer->epoch;
	/* The first snapshot initializes the object, which is not to be stepped through. */
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	TEST_ASSERT_SUCCESS(sigaction(SIGTRAP, &action, NULL), "no handler");

	return TEST_SUCCESS;
}

static void
tear_down_both(void)
{
	signal(SIGTRAP, SIG_DFL);
	tear_down();
	rte_seqstat_snapshot_free(snap_of_other);
	test_seqstat_destroy(other_set);
	snap_of_other = NULL;
	other_set = NULL;
}

/* Outcomes of runs; each test checks that it had all kinds. */
static unsigned int n_before, n_after, n_missed;

static void
forget_outcomes(void)
{
	n_before = n_after = n_missed = 0;
}

static void
print_outcomes(void)
{
	printf("%u runs: %u with the state before, %u after, %u missed\n",
		n_before + n_after + n_missed, n_before, n_after, n_missed);
}

/** Check that the snapshot has one of two numbers of sections, and count the outcome. */
static int
check_outcome(uint64_t before, uint64_t after)
{
	uint32_t expected = take_ret == 0 ? 0 : RTE_SEQSTAT_STALE;
	uint32_t flags = test_seqstat_flags(snap, rte_lcore_id());
	uint64_t sections = sections_of(snap);

	TEST_ASSERT(take_ret == 0 || take_ret == -ETIMEDOUT, "returned %d", take_ret);
	TEST_ASSERT_EQUAL(flags, expected, "flags %#x", flags);
	TEST_ASSERT_NOT_EQUAL(sections, UINT64_MAX, "torn");
	TEST_ASSERT(sections == before || sections == after, "%" PRIu64 " sections, neither %"
		PRIu64 " nor %" PRIu64, sections, before, after);
	if (take_ret != 0)
		n_missed++;
	else if (sections == before)
		n_before++;
	else
		n_after++;

	return TEST_SUCCESS;
}

/*
 * Three sections in a row during a snapshot: of one writer, of a writer of another set, and of the
 * first one again. The snapshot has the first none, one, two or three of them.
 */

static struct rte_seqstat_writer *other_writer;

static bool
step_chain(unsigned int n __rte_unused)
{
	write_section(writer);
	write_section(other_writer);
	write_section(writer);

	return false;
}

static void
take_both(void)
{
	struct rte_seqstat_snapshot *const snaps[] = { snap, snap_of_other };

	take_ret = rte_seqstat_snapshot_take_all(snaps, RTE_DIM(snaps), TEST_SEQSTAT_LIMIT_US);
}

/** Return how many of the last three sections a snapshot has after n whole chains, or -1. */
static int
links_of_chain(uint64_t first, uint64_t second, uint64_t n)
{
	first -= 2 * n;
	second -= n;
	if (first <= 2 && second <= 1 && first >= second && first <= second + 1)
		return (int)(first + second);
	printf("%" PRIu64 " and %" PRIu64 " sections after %" PRIu64 " chains\n",
		first, second, n);

	return -1;
}

/* If a snapshot has a section, it has those that ended before it began, also of another set. */
static int
test_chain(void)
{
	unsigned int seen[4] = { 0 };
	unsigned int n, at, end;
	int links;

	other_set = test_seqstat_create("other", N_VALUES, N_ROWS);
	TEST_ASSERT_NOT_NULL(other_set, "set not created");
	snap_of_other = rte_seqstat_snapshot_create(other_set);
	other_writer = rte_seqstat_writer(other_set);
	TEST_ASSERT(snap_of_other != NULL && other_writer != NULL, "%s", rte_strerror(rte_errno));

	take_both();
	TEST_ASSERT_SUCCESS(take_ret, "snapshot not taken");
	end = instructions_of(take_both);
	for (n = at = 0; at < end; n++, at = next(at, end)) {
		interleave(take_both, step_chain, at, 1);
		TEST_ASSERT_SUCCESS(take_ret, "before instruction %u", at);
		links = links_of_chain(sections_of(snap), sections_of(snap_of_other), n);
		TEST_ASSERT(links >= 0, "before instruction %u", at);
		seen[links]++;
	}
	printf("%u runs, %u without any of the three sections, %u with all\n",
		n, seen[0], seen[3]);
	TEST_ASSERT(seen[0] > 0 && seen[3] > 0, "not all outcomes");

	return TEST_SUCCESS;
}

/* A section whose calls are steps, during a snapshot. */

#define STEPS_PER_ROW (1 + N_VALUES)
#define STEPS (N_ROWS * STEPS_PER_ROW + 2)

static bool
step_bits_of_section(unsigned int n)
{
	static struct rte_seqstat_section sec;
	static struct rte_seqstat_row *row;

	if (n == 0)
		sec = rte_seqstat_writer_begin(writer);
	else if (n == STEPS - 1)
		rte_seqstat_end(&sec);
	else if ((n - 1) % STEPS_PER_ROW == 0)
		row = rte_seqstat_row(&sec, (n - 1) / STEPS_PER_ROW);
	else
		rte_seqstat_add(row, (n - 1) % STEPS_PER_ROW - 1, 1);

	return n < STEPS - 1;
}

/** Begin a section before each instruction in turn, and continue it at a pace. */
static int
check_bits(bool (*step)(unsigned int n), unsigned int pace, void (*prepare)(void))
{
	unsigned int at, end = instructions_of(wait_and_take);
	uint64_t sections = 0;

	forget_outcomes();
	for (at = 0; at < end; at = next(at, end), sections++) {
		if (prepare != NULL)
			prepare();
		interleave(wait_and_take, step, at, pace);
		TEST_ASSERT_SUCCESS(take_ret, "from instruction %u on", at);
		TEST_ASSERT_SUCCESS(check_outcome(sections, sections + 1),
			"from instruction %u on", at);
	}
	print_outcomes();
	TEST_ASSERT(n_before > 0 && n_after > 0, "not all outcomes");

	return TEST_SUCCESS;
}

/* A snapshot has all of a section or nothing, with a call before each instruction. */
static int
test_bits_of_section(void)
{
	return check_bits(step_bits_of_section, 1, NULL);
}

static struct rte_seqstat_section open_section;

static bool
step_begin_then_rest(unsigned int n)
{
	if (n == 0) {
		open_section = rte_seqstat_writer_begin(writer);
	} else {
		add_to_all(&open_section);
		rte_seqstat_end(&open_section);
	}

	return n == 0;
}

/* The same if rows change after the snapshot found the section acknowledged. */
static int
test_begin_then_rest(void)
{
	return check_bits(step_begin_then_rest, 24, NULL);
}

/* The epoch before the snapshot: a CPU may load it before its store of the odd number is seen. */
static rte_seqstat_word_t old_epoch;

static void
read_epoch_early(void)
{
	rte_atomic_store_explicit(&old_epoch, rte_atomic_load_explicit(true_epoch,
			rte_memory_order_relaxed), rte_memory_order_relaxed);
	writer->epoch = &old_epoch;
}

static void
read_epoch_early_at_wrap(void)
{
	read_epoch_early();
	rte_atomic_store_explicit(&writer->lock.count.sn, UINT32_MAX - 1,
			rte_memory_order_relaxed);
}

/* The same with the former epoch: only the sequence number, which wraps, shows the section. */
static int
test_bits_with_old_epoch(void)
{
	return check_bits(step_bits_of_section, 2, read_epoch_early_at_wrap);
}

static bool
step_next_section(unsigned int n __rte_unused)
{
	rte_seqstat_end(&open_section);
	open_section = rte_seqstat_writer_begin(writer);
	add_to_all(&open_section);

	return false;
}

/* A section that is open at the epoch is in the snapshot if it ends, the next one never. */
static int
test_next_section(void)
{
	unsigned int n, at, end = instructions_of(take_at_once);
	uint64_t former = 0;

	forget_outcomes();
	open_section = rte_seqstat_writer_begin(writer);
	add_to_all(&open_section);
	for (n = at = 0; at < end; n++, at = next(at, end)) {
		interleave(take_at_once, step_next_section, at, 1);
		TEST_ASSERT_SUCCESS(check_outcome(former, n + 1), "before instruction %u", at);
		if (take_ret == 0)
			former = n + 1;
		TEST_ASSERT_EQUAL(sections_of(snap), former, "before instruction %u", at);
	}
	rte_seqstat_end(&open_section);
	print_outcomes();
	TEST_ASSERT(n_after > 0 && n_missed > 0, "not all outcomes");

	return TEST_SUCCESS;
}

static bool
step_open_section(unsigned int n __rte_unused)
{
	open_section = rte_seqstat_writer_begin(writer);
	add_to_all(&open_section);

	return false;
}

/* A writer whose section begins while it is read, and stays open, keeps its former values. */
static int
test_unfinished_section(void)
{
	unsigned int n, at, end = instructions_of(take_at_once);
	uint64_t former = 0;

	forget_outcomes();
	for (n = at = 0; at < end; n++, at = next(at, end)) {
		/* The writer's values differ from the former ones. */
		write_section(writer);
		read_epoch_early();
		interleave(take_at_once, step_open_section, at, 1);
		TEST_ASSERT_SUCCESS(check_outcome(former, 2 * n + 1), "before instruction %u", at);
		if (take_ret == 0)
			former = 2 * n + 1;
		TEST_ASSERT_EQUAL(sections_of(snap), former, "before instruction %u", at);
		rte_seqstat_end(&open_section);
	}
	print_outcomes();
	TEST_ASSERT(n_after > 0 && n_missed > 0, "not all outcomes");

	return TEST_SUCCESS;
}

static void
run_section(void)
{
	write_section(writer);
}

static bool
step_take_at_once(unsigned int n __rte_unused)
{
	take_at_once();

	return false;
}

/** Take a snapshot before each instruction of a section, which may have its epoch already. */
static int
check_whole_snapshot(bool early)
{
	unsigned int n, at, end = instructions_of(run_section);

	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, 0), "snapshot not taken");
	forget_outcomes();
	for (n = at = 0; at < end; n++, at = next(at, end)) {
		if (early)
			test_seqstat_next_epoch(writer);
		interleave(run_section, step_take_at_once, at, 1);
		writer->epoch = true_epoch;
		TEST_ASSERT_SUCCESS(check_outcome(n + 1, n + (early ? 1 : 2)),
			"before instruction %u", at);
		/* The next snapshot keeps these values if it misses its section. */
		take_at_once();
		TEST_ASSERT_SUCCESS(take_ret, "not read though idle");
		TEST_ASSERT_EQUAL(sections_of(snap), n + 2, "not read though idle");
	}
	print_outcomes();
	TEST_ASSERT(n_before > 0 && n_missed > 0, "not all outcomes");

	return TEST_SUCCESS;
}

/* A snapshot inside of a section misses it, and has it before or after. */
static int
test_whole_snapshot(void)
{
	return check_whole_snapshot(false);
}

/* A snapshot inside of an acknowledged section has the values before it. */
static int
test_acknowledged_section(void)
{
	return check_whole_snapshot(true);
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat interleavings",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down_both, test_chain),
		TEST_CASE_ST(set_up, tear_down_both, test_bits_of_section),
		TEST_CASE_ST(set_up, tear_down_both, test_begin_then_rest),
		TEST_CASE_ST(set_up, tear_down_both, test_bits_with_old_epoch),
		TEST_CASE_ST(set_up, tear_down_both, test_next_section),
		TEST_CASE_ST(set_up, tear_down_both, test_unfinished_section),
		TEST_CASE_ST(set_up, tear_down_both, test_whole_snapshot),
		TEST_CASE_ST(set_up, tear_down_both, test_acknowledged_section),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_interleave(void)
{
	return unit_test_suite_runner(&suite);
}

#else /* RTE_ARCH_X86_64 && !__RTE_SEQSTAT_TSAN */

static int
test_seqstat_interleave(void)
{
	printf("needs single instructions: x86-64 without ThreadSanitizer\n");

	return TEST_SKIPPED;
}

#endif

REGISTER_FAST_TEST(seqstat_interleave_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_interleave);
