/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Execute the commands of a test on stat sets. Each line of standard input is a command; each
 * line of standard output is its result, "ok" or an error message.
 *
 *   create SET LABELS ROWS      create a set of packets, bytes, depth, busy and idle cycles,
 *                               burst; LABELS: names separated by commas, or "-"
 *   balanced SET LABELS ROWS    the same with two balances: size = bytes - 64 * packets,
 *                               cycles = idle - busy
 *   delays SET LABELS ROWS      create a set of one log-linear histogram, delay, in ns
 *   counters SET LABELS ROWS N  create a set of N counters, c0, c1, ...
 *   label SET ROW VALUES        label a row: values separated by |, which may have spaces
 *   clear SET ROW
 *   free SET
 *   add SET LCORE ROW PACKETS BYTES DEPTH BUSY IDLE
 *   observe SET LCORE ROW N     observe a burst of N
 *   delay SET LCORE ROW NS N    observe N delays
 *   stop SET LCORE              begin a section, of one set at a time
 *   resume SET LCORE            end it
 *   count SET LCORE             count packets of 64 bytes in all rows, until "rest"
 *   rest LCORE                  stop counting
 *   publish PATH US CUTS MODE FLAGS   publish a stat file on any file system; see
 *                               struct rte_seqstat_publish_params
 *   unpublish
 *
 * LCORE is the id of a worker or, except for "count", "any": a thread without an id.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_seqstat.h>
#include <rte_seqstat_publish.h>

#define MAX_WORDS 8
/* A thread without an lcore id. */
#define ANY RTE_MAX_LCORE

enum { PACKETS, BYTES, DEPTH, BUSY, IDLE, BURST };

static const uint64_t burst_bounds[] = { 1, 4, 16 };
static const struct rte_seqstat_buckets burst_buckets = RTE_SEQSTAT_BUCKETS(burst_bounds);

static const struct rte_seqstat_counter counters[] = {
	{ .name = "packets", .unit = "packets", .help = "Packets of the test." },
	{ .name = "bytes", .unit = "bytes", .help = "Bytes of these, 100% of them." },
	{ .name = "depth", .type = RTE_SEQSTAT_GAUGE },
	{ .name = "busy_cycles", .unit = "cycles", .help = "Cycles with packets." },
	{ .name = "idle_cycles", .unit = "cycles", .help = "Cycles without packets." },
	{ .name = "burst", .unit = "packets", .help = "Packets of a burst.",
		.type = RTE_SEQSTAT_HISTOGRAM, .buckets = &burst_buckets },
};

static const struct rte_seqstat_buckets delay_buckets = RTE_SEQSTAT_BUCKETS_LOG(5, 20);

static const struct rte_seqstat_counter delay_counter = {
	.name = "delay", .unit = "ns", .help = "Delays.",
	.type = RTE_SEQSTAT_HISTOGRAM, .buckets = &delay_buckets,
};

static const struct rte_seqstat_balance balances[] = {
	{ "size", (const int32_t[RTE_DIM(counters)]){ [PACKETS] = -64, [BYTES] = 1 } },
	{ "cycles", (const int32_t[RTE_DIM(counters)]){ [BUSY] = -1, [IDLE] = 1 } },
};

struct command {
	int (*function)(struct command *command);
	char *words[MAX_WORDS];
	struct rte_seqstat *st;
	unsigned int lcore; /* or ANY */
};

/* By lcore: the stopped section, the last command, and whether "count" continues. */
static struct rte_seqstat_section stopped[RTE_MAX_LCORE + 1];
static struct command commands_of[RTE_MAX_LCORE];
static RTE_ATOMIC(bool) wanted[RTE_MAX_LCORE];

static uint64_t
number(const struct command *command, unsigned int word)
{
	return strtoull(command->words[word], NULL, 0);
}

/** Split a text at separators; NULL follows the last part. */
static void
split(char *text, const char *separator, const char *parts[RTE_SEQSTAT_MAX_LABELS + 2])
{
	unsigned int n = 0;

	while (text != NULL && n <= RTE_SEQSTAT_MAX_LABELS)
		parts[n++] = strsep(&text, separator);
	parts[n] = NULL;
}

static int
create_with(struct command *command, const struct rte_seqstat_counter *schema,
		uint32_t n_counters, uint32_t n_balances)
{
	const char *labels[RTE_SEQSTAT_MAX_LABELS + 2];
	struct rte_seqstat *st;

	split(command->words[1], ",", labels);
	st = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = command->words[0],
		.labels = strcmp(labels[0], "-") == 0 ? NULL : labels,
		.n_rows = number(command, 2),
		.counters = schema,
		.n_counters = n_counters,
		.socket_id = SOCKET_ID_ANY,
		.balances = balances,
		.n_balances = n_balances,
	});

	return st == NULL ? -rte_errno : 0;
}

static int
create(struct command *command)
{
	return create_with(command, counters, RTE_DIM(counters), 0);
}

static int
create_balanced(struct command *command)
{
	return create_with(command, counters, RTE_DIM(counters), RTE_DIM(balances));
}

static int
create_delays(struct command *command)
{
	return create_with(command, &delay_counter, 1, 0);
}

static int
create_counters(struct command *command)
{
	struct rte_seqstat_counter schema[RTE_SEQSTAT_MAX_COUNTERS] = { 0 };
	char names[RTE_SEQSTAT_MAX_COUNTERS][RTE_SEQSTAT_NAMESIZE];
	char help[RTE_SEQSTAT_HELPSIZE];
	uint32_t i, n = RTE_MIN(number(command, 3), RTE_DIM(schema));

	/* The longest possible help: few counters fit on a page. */
	memset(help, 'h', sizeof(help) - 1);
	help[sizeof(help) - 1] = '\0';
	for (i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		schema[i].name = names[i];
		schema[i].help = help;
	}

	return create_with(command, schema, n, 0);
}

/* These run on the lcore or, for ANY, on the main thread. */

/** Begin a section, in the lcore's writer: without one, a section may use the shared writer. */
static struct rte_seqstat_section
begin(struct rte_seqstat *st)
{
	rte_seqstat_writer(st);

	return rte_seqstat_begin(st);
}

static int
add(struct command *command)
{
	struct rte_seqstat_section section = begin(command->st);
	struct rte_seqstat_row *row = rte_seqstat_row(&section, number(command, 2));

	rte_seqstat_add(row, PACKETS, number(command, 3));
	rte_seqstat_add(row, BYTES, number(command, 4));
	rte_seqstat_gauge_set(row, DEPTH, number(command, 5));
	rte_seqstat_add(row, BUSY, number(command, 6));
	rte_seqstat_add(row, IDLE, number(command, 7));
	rte_seqstat_end(&section);

	return 0;
}

static int
observe(struct command *command)
{
	struct rte_seqstat_section section = begin(command->st);

	rte_seqstat_observe(rte_seqstat_row(&section, number(command, 2)), BURST, &burst_buckets,
			number(command, 3));
	rte_seqstat_end(&section);

	return 0;
}

static int
delay(struct command *command)
{
	struct rte_seqstat_section section = begin(command->st);

	rte_seqstat_observe_times(rte_seqstat_row(&section, number(command, 2)), 0,
			&delay_buckets, number(command, 3), number(command, 4));
	rte_seqstat_end(&section);

	return 0;
}

static int
stop(struct command *command)
{
	stopped[command->lcore] = begin(command->st);

	return 0;
}

static int
resume(struct command *command)
{
	rte_seqstat_end(&stopped[command->lcore]);

	return 0;
}

/* Count all rows in one section, so that they are equal in each snapshot. */
static int
count(struct command *command)
{
	struct rte_seqstat_section section;
	struct rte_seqstat_info info;
	uint32_t row;

	rte_seqstat_info_get(command->st, &info);
	while (rte_atomic_load_explicit(&wanted[command->lcore], rte_memory_order_relaxed)) {
		section = begin(command->st);
		for (row = 0; row < info.n_rows; row++) {
			rte_seqstat_add(rte_seqstat_row(&section, row), PACKETS, 1);
			rte_seqstat_add(rte_seqstat_row(&section, row), BYTES, 64);
		}
		rte_seqstat_end(&section);
	}
	return 0;
}

static int
on_lcore(void *arg)
{
	struct command *command = arg;

	return command->function(command);
}

/* These run on the main thread. */

static int
set_free(struct command *command)
{
	return rte_seqstat_free(command->st);
}

static int
row_label(struct command *command)
{
	const char *values[RTE_SEQSTAT_MAX_LABELS + 2];

	split(command->words[2], "|", values);
	return rte_seqstat_row_label(command->st, number(command, 1), values);
}

static int
row_clear(struct command *command)
{
	return rte_seqstat_row_clear(command->st, number(command, 1));
}

/** Execute a command on its lcore; wait until it ends, unless it is "count". */
static int
launch(struct command *command)
{
	unsigned int lcore;
	int ret;

	if (strcmp(command->words[1], "any") == 0) {
		command->lcore = ANY;
		lcore = rte_lcore_id();
		RTE_PER_LCORE(_lcore_id) = LCORE_ID_ANY;
		ret = command->function(command);
		RTE_PER_LCORE(_lcore_id) = lcore;
		return ret;
	}
	lcore = command->lcore = number(command, 1);
	if (!rte_lcore_is_enabled(lcore) || lcore == rte_get_main_lcore())
		return -EINVAL;
	commands_of[lcore] = *command;
	rte_atomic_store_explicit(&wanted[lcore], true, rte_memory_order_relaxed);
	ret = rte_eal_remote_launch(on_lcore, &commands_of[lcore], lcore);

	return ret != 0 || command->function == count ? ret : rte_eal_wait_lcore(lcore);
}

static int
rest(struct command *command)
{
	uint64_t lcore = number(command, 0);

	if (lcore >= RTE_MAX_LCORE)
		return -EINVAL;
	rte_atomic_store_explicit(&wanted[lcore], false, rte_memory_order_relaxed);

	return rte_eal_wait_lcore(lcore);
}

static int
publish(struct command *command)
{
	return rte_seqstat_publish_start(&(struct rte_seqstat_publish_params){
		.path = command->words[0],
		.period_us = number(command, 1),
		.history = number(command, 2),
		.mode = number(command, 3),
		.flags = number(command, 4) | RTE_SEQSTAT_PUBLISH_ANY_FS,
	});
}

static int
unpublish(struct command *command __rte_unused)
{
	return rte_seqstat_publish_stop();
}

static const struct {
	const char *name;
	unsigned int n_words; /* the last one may have spaces */
	int (*function)(struct command *command);
	enum { NO_SET, OF_SET, ON_LCORE } kind;
} commands[] = {
	{ "create", 3, create, NO_SET },
	{ "balanced", 3, create_balanced, NO_SET },
	{ "delays", 3, create_delays, NO_SET },
	{ "counters", 4, create_counters, NO_SET },
	{ "label", 3, row_label, OF_SET },
	{ "clear", 2, row_clear, OF_SET },
	{ "free", 1, set_free, OF_SET },
	{ "add", 8, add, ON_LCORE },
	{ "observe", 4, observe, ON_LCORE },
	{ "delay", 5, delay, ON_LCORE },
	{ "stop", 2, stop, ON_LCORE },
	{ "resume", 2, resume, ON_LCORE },
	{ "count", 2, count, ON_LCORE },
	{ "rest", 1, rest, NO_SET },
	{ "publish", 5, publish, NO_SET },
	{ "unpublish", 0, unpublish, NO_SET },
};

static int
execute(char *line)
{
	const char *name = strsep(&line, " ");
	struct command command = { 0 };
	unsigned int i, n;

	for (i = 0; i < RTE_DIM(commands) && strcmp(commands[i].name, name) != 0; i++)
		;
	if (i == RTE_DIM(commands))
		return -ENOTSUP;
	for (n = 0; n + 1 < commands[i].n_words && line != NULL; n++)
		command.words[n] = strsep(&line, " ");
	if (line == NULL && commands[i].n_words > 0)
		return -EINVAL;
	command.words[n] = line;
	command.function = commands[i].function;
	if (commands[i].kind != NO_SET) {
		command.st = rte_seqstat_lookup(command.words[0]);
		if (command.st == NULL)
			return -rte_errno;
		/* The handle stays valid: the creation opened it, too. */
		rte_seqstat_close(command.st);
	}

	return commands[i].kind == ON_LCORE ? launch(&command) : command.function(&command);
}

int
main(int argc, char **argv)
{
	char line[256];
	int ret;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		ret = execute(line);
		printf("%s\n", ret == 0 ? "ok" : rte_strerror(-ret));
	}
	for (ret = 0; ret < RTE_MAX_LCORE; ret++)
		rte_atomic_store_explicit(&wanted[ret], false, rte_memory_order_relaxed);
	rte_eal_mp_wait_lcore();
	rte_seqstat_publish_stop();

	return rte_eal_cleanup() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
