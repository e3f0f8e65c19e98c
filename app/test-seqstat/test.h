/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEST_H
#define TEST_H

/**
 * @file
 *
 * The part of DPDK's app/test/test.h that the tests use
 *
 * All test_*.c also compile in DPDK's app/test, where DPDK's header replaces this one. Helpers that
 * DPDK does not have are in test_seqstat.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_common.h>
#include <rte_lcore.h>

#define TEST_SUCCESS EXIT_SUCCESS
#define TEST_FAILED  -1
#define TEST_SKIPPED 77

#define TEST_ASSERT(cond, msg, ...) do {				\
	if (!(cond)) {							\
		printf("%s() line %d failed: " msg "\n",		\
			__func__, __LINE__, ##__VA_ARGS__);		\
		return TEST_FAILED;					\
	}								\
} while (0)

/* Without parentheses, so that all arguments that DPDK's macros refuse are refused here. */
#define TEST_ASSERT_EQUAL(a, b, msg, ...) TEST_ASSERT(a == b, msg, ##__VA_ARGS__)
#define TEST_ASSERT_NOT_EQUAL(a, b, msg, ...) TEST_ASSERT(a != b, msg, ##__VA_ARGS__)
#define TEST_ASSERT_SUCCESS(val, msg, ...) TEST_ASSERT(val == 0, msg, ##__VA_ARGS__)
#define TEST_ASSERT_NULL(val, msg, ...) TEST_ASSERT(val == NULL, msg, ##__VA_ARGS__)
#define TEST_ASSERT_NOT_NULL(val, msg, ...) TEST_ASSERT(val != NULL, msg, ##__VA_ARGS__)

/** A test case of a suite. */
struct unit_test_case {
	int (*setup)(void);     /**< Or NULL. */
	void (*teardown)(void); /**< Or NULL; called whether the case succeeded or not. */
	int (*testcase)(void);
	const char *name;
};

#define TEST_CASE_ST(setup, teardown, testcase) { setup, teardown, testcase, #testcase }
#define TEST_CASE(testcase) TEST_CASE_ST(NULL, NULL, testcase)
#define TEST_CASES_END() { NULL, NULL, NULL, NULL }

struct unit_test_suite {
	const char *suite_name;
	int (*setup)(void);     /**< Or NULL. */
	void (*teardown)(void); /**< Or NULL; called if the setup succeeded. */
	struct unit_test_case unit_test_cases[]; /**< Up to TEST_CASES_END(). */
};

/**
 * Run all cases of a suite.
 *
 * @return
 *   TEST_FAILED if any case failed, TEST_SKIPPED if all were skipped, otherwise TEST_SUCCESS.
 */
int
unit_test_suite_runner(struct unit_test_suite *suite);

typedef int (test_callback)(void);

/** A test that the program runs by its name. */
struct test_command {
	TAILQ_ENTRY(test_command) next;
	const char *command;
	test_callback *callback;
};

void
add_test_command(struct test_command *t);

#define REGISTER_TEST_COMMAND(cmd, func)				\
	static struct test_command test_struct_##cmd = {		\
		.command = RTE_STR(cmd),				\
		.callback = func,					\
	};								\
	RTE_INIT(test_register_##cmd)					\
	{								\
		add_test_command(&test_struct_##cmd);			\
	}

/** DPDK's build reads these lines to learn each test's suite. */
#define REGISTER_FAST_TEST(cmd, no_huge, asan, func) REGISTER_TEST_COMMAND(cmd, func)
#define REGISTER_PERF_TEST REGISTER_TEST_COMMAND

#endif /* TEST_H */
