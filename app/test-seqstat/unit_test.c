/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "test.h"

static int
run_case(const struct unit_test_case *tc)
{
	int ret = TEST_SUCCESS;

	if (tc->setup != NULL)
		ret = tc->setup();
	if (ret == TEST_SUCCESS)
		ret = tc->testcase();
	if (tc->teardown != NULL)
		tc->teardown();

	return ret;
}

static const char *
outcome(int ret)
{
	if (ret == TEST_SUCCESS)
		return "succeeded";
	if (ret == TEST_SKIPPED)
		return "skipped";
	return "failed";
}

int
unit_test_suite_runner(struct unit_test_suite *suite)
{
	unsigned int total = 0, succeeded = 0, skipped = 0;
	const struct unit_test_case *tc;
	int ret;

	printf("Test suite: %s\n", suite->suite_name);
	if (suite->setup != NULL) {
		ret = suite->setup();
		if (ret != TEST_SUCCESS)
			return ret;
	}
	for (tc = suite->unit_test_cases; tc->testcase != NULL; tc++) {
		ret = run_case(tc);
		total++;
		succeeded += ret == TEST_SUCCESS;
		skipped += ret == TEST_SKIPPED;
		printf("  test case %s: %s\n", tc->name, outcome(ret));
		fflush(stdout);
	}
	if (suite->teardown != NULL)
		suite->teardown();
	printf("%s: %u succeeded, %u skipped, %u failed\n", suite->suite_name,
		succeeded, skipped, total - succeeded - skipped);

	if (succeeded + skipped < total)
		return TEST_FAILED;
	return succeeded == 0 ? TEST_SKIPPED : TEST_SUCCESS;
}
