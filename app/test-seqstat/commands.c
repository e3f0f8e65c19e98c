/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_string.h>
#include <cmdline_socket.h>

#include <rte_string_fns.h>

#include "commands.h"
#include "test.h"

static TAILQ_HEAD(, test_command) tests = TAILQ_HEAD_INITIALIZER(tests);

void
add_test_command(struct test_command *t)
{
	TAILQ_INSERT_TAIL(&tests, t, next);
}

static int
run(const struct test_command *t)
{
	int ret = t->callback();

	if (ret == TEST_SUCCESS)
		printf("Test OK\n");
	else if (ret == TEST_SKIPPED)
		printf("Test Skipped\n");
	else
		printf("Test Failed\n");
	fflush(stdout);

	return ret;
}

int
command_run(const char *name)
{
	const struct test_command *t;

	TAILQ_FOREACH(t, &tests, next)
		if (strcmp(t->command, name) == 0)
			return run(t);
	printf("Error: invalid test command: '%s'\n", name);

	return TEST_FAILED;
}

/** What was typed: each command is one word. */
struct word {
	cmdline_fixed_string_t text;
};

static void
test_parsed(void *parsed, struct cmdline *cl __rte_unused, void *data __rte_unused)
{
	const struct word *word = parsed;

	command_run(word->text);
}

static void
help_parsed(void *parsed __rte_unused, struct cmdline *cl, void *data __rte_unused)
{
	const struct test_command *t;

	TAILQ_FOREACH(t, &tests, next)
		cmdline_printf(cl, "%s\n", t->command);
	cmdline_printf(cl, "quit\n");
}

static void
quit_parsed(void *parsed __rte_unused, struct cmdline *cl, void *data __rte_unused)
{
	cmdline_quit(cl);
}

/* Completed and checked against the names, "a#b#c", that command_prompt() fills in. */
static cmdline_parse_token_string_t test_token =
	TOKEN_STRING_INITIALIZER(struct word, text, NULL);
static cmdline_parse_token_string_t help_token =
	TOKEN_STRING_INITIALIZER(struct word, text, "help");
static cmdline_parse_token_string_t quit_token =
	TOKEN_STRING_INITIALIZER(struct word, text, "quit");

static cmdline_parse_inst_t test_command = {
	.f = test_parsed,
	.help_str = "run a test",
	.tokens = { (void *)&test_token, NULL },
};
static cmdline_parse_inst_t help_command = {
	.f = help_parsed,
	.help_str = "list the commands",
	.tokens = { (void *)&help_token, NULL },
};
static cmdline_parse_inst_t quit_command = {
	.f = quit_parsed,
	.help_str = "leave the program",
	.tokens = { (void *)&quit_token, NULL },
};

static cmdline_parse_ctx_t commands[] = {
	&test_command,
	&help_command,
	&quit_command,
	NULL,
};

int
command_prompt(void)
{
	static char names[1024];
	const struct test_command *t;
	struct cmdline *cl;

	names[0] = '\0';
	TAILQ_FOREACH(t, &tests, next) {
		if (names[0] != '\0')
			strlcat(names, "#", sizeof(names));
		strlcat(names, t->command, sizeof(names));
	}
	test_token.string_data.str = names;

	cl = cmdline_stdin_new(commands, "RTE>>");
	if (cl == NULL)
		return -1;
	cmdline_interact(cl);
	cmdline_stdin_exit(cl);

	return 0;
}
