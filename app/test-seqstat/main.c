/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Usage: dpdk-test-seqstat [EAL options] TEST ... */

#include <rte_eal.h>
#include <rte_errno.h>

#include "test.h"

static TAILQ_HEAD(, test_command) tests = TAILQ_HEAD_INITIALIZER(tests);

void
add_test_command(struct test_command *t)
{
	TAILQ_INSERT_TAIL(&tests, t, next);
}

static int
run(const char *name)
{
	const struct test_command *t;
	int ret;

	TAILQ_FOREACH(t, &tests, next)
		if (strcmp(t->command, name) == 0)
			break;
	if (t == NULL) {
		printf("Error: no such test: %s\n", name);
		return TEST_FAILED;
	}
	ret = t->callback();
	printf("Test %s\n", ret == TEST_SUCCESS ? "OK" :
		ret == TEST_SKIPPED ? "Skipped" : "Failed");

	return ret;
}

int
unit_test_suite_runner(struct unit_test_suite *suite)
{
	static const char * const outcomes[] = { "succeeded", "skipped", "failed" };
	unsigned int outcome, count[RTE_DIM(outcomes)] = { 0 };
	const struct unit_test_case *tc;
	int ret;

	printf("Test suite: %s\n", suite->suite_name);
	if (suite->setup != NULL) {
		ret = suite->setup();
		if (ret != TEST_SUCCESS)
			return ret;
	}
	for (tc = suite->unit_test_cases; tc->testcase != NULL; tc++) {
		ret = tc->setup == NULL ? TEST_SUCCESS : tc->setup();
		if (ret == TEST_SUCCESS)
			ret = tc->testcase();
		if (tc->teardown != NULL)
			tc->teardown();
		outcome = ret == TEST_SUCCESS ? 0 : ret == TEST_SKIPPED ? 1 : 2;
		count[outcome]++;
		printf("  test case %s: %s\n", tc->name, outcomes[outcome]);
		fflush(stdout);
	}
	if (suite->teardown != NULL)
		suite->teardown();
	printf("%s: %u succeeded, %u skipped, %u failed\n", suite->suite_name,
		count[0], count[1], count[2]);

	return count[2] > 0 ? TEST_FAILED : count[0] == 0 ? TEST_SKIPPED : TEST_SUCCESS;
}

/** Run the named tests until one fails. The result is "skipped" if all were. */
int
main(int argc, char **argv)
{
	const struct test_command *t;
	int ret, result = TEST_SKIPPED;

	ret = rte_eal_init(argc, argv);
	if (ret < 0) {
		printf("Error with EAL initialization: %s\n", rte_strerror(rte_errno));
		return EXIT_FAILURE;
	}
	if (ret + 1 == argc) {
		printf("Name one or more of the tests:\n");
		TAILQ_FOREACH(t, &tests, next)
			printf("%s\n", t->command);
		result = EXIT_FAILURE;
	}
	for (argv += ret + 1; *argv != NULL && result != EXIT_FAILURE; argv++) {
		ret = run(*argv);
		if (ret != TEST_SKIPPED)
			result = ret == TEST_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	rte_eal_cleanup();

	return result;
}
