/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_string_fns.h>

#include "commands.h"
#include "test.h"

#define MAX_ARGS 128

/**
 * Initialise EAL with the options of the command line and those of DPDK_TEST_PARAMS.
 *
 * @return
 *   What is left of the arguments: the program's name, then names of tests, up to
 *   a NULL; or NULL after saying why EAL could not be initialised.
 */
static char **
init_eal(int argc, char **argv)
{
	static char params[1024];
	static char *args[MAX_ARGS + 1];
	const char *env = getenv("DPDK_TEST_PARAMS");
	int n_params = 0;
	int ret;

	if (env != NULL && env[0] != '\0') {
		if (strlcpy(params, env, sizeof(params)) >= sizeof(params)) {
			printf("Error: DPDK_TEST_PARAMS is too long\n");
			return NULL;
		}
		n_params = rte_strsplit(params, sizeof(params), args + 1, MAX_ARGS - 1, ' ');
	}
	if (argc + n_params > MAX_ARGS) {
		printf("Error: too many arguments\n");
		return NULL;
	}
	args[0] = argv[0];
	memcpy(args + 1 + n_params, argv + 1, (argc - 1) * sizeof(*argv));

	ret = rte_eal_init(argc + n_params, args);
	if (ret < 0) {
		printf("Error with EAL initialization: %s\n", rte_strerror(rte_errno));
		return NULL;
	}

	return args + ret;
}

/** Run the named tests, up to the first that fails. Skipped if all were. */
static int
run_tests(char **names)
{
	int result = TEST_SKIPPED;
	int ret;

	for (; *names != NULL; names++) {
		ret = command_run(*names);
		if (ret == TEST_SUCCESS)
			result = EXIT_SUCCESS;
		else if (ret != TEST_SKIPPED)
			return EXIT_FAILURE;
	}

	return result;
}

int
main(int argc, char **argv)
{
	char *dpdk_test = getenv("DPDK_TEST");
	char **names;
	int ret;

	names = init_eal(argc, argv);
	if (names == NULL)
		return EXIT_FAILURE;

	/* The first is the program's own name. */
	if (dpdk_test != NULL && dpdk_test[0] != '\0')
		names[0] = dpdk_test;
	else
		names++;

	if (*names != NULL)
		ret = run_tests(names);
	else
		ret = command_prompt() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	rte_eal_cleanup();

	return ret;
}
