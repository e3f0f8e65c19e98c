/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The command line of l2fwd-stats: an argument a line.
 *
 * What is accepted is within its bounds, and what it was read as, written down again,
 * is read as the same.
 */

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>
#include <rte_log.h>

#include "fuzz.h"
#include "options.h"

#define MAX_ARGS 24

/** Parse the lines of a text, as options_parse() would in a new program. */
static int
parse(struct options *opt, char *text)
{
	char *argv[MAX_ARGS + 2] = { "l2fwd-stats" };
	int argc = 1;

	while (text != NULL && argc <= MAX_ARGS)
		argv[argc++] = strsep(&text, "\n");
	/* Where the last command line was left is something that getopt() remembers. */
	optind = 0;
	getopt(1, argv, "");

	return options_parse(opt, argc, argv);
}

/** Write options down as a command line. */
static void
format(char *text, size_t size, const struct options *opt)
{
	FILE *f = fmemopen(text, size, "w");
	unsigned int i;

	FUZZ_ASSERT(f != NULL);
	fprintf(f, "-T%" PRIu64 "\n%s", opt->period_s,
		opt->mac_updating ? "--mac-updating" : "--no-mac-updating");
	if (opt->port_mask != 0)
		fprintf(f, "\n-p\n%" PRIx64, opt->port_mask);
	if (opt->ports_per_lcore != 0)
		fprintf(f, "\n-q\n%" PRIu64, opt->ports_per_lcore);
	if (opt->promiscuous)
		fprintf(f, "\n-P");
	if (opt->per_lcore)
		fprintf(f, "\n--per-lcore");
	for (i = 0; i < opt->n_pairs; i++)
		fprintf(f, "%s(%u,%u)", i == 0 ? "\n--portmap=" : "",
			opt->pairs[i][0], opt->pairs[i][1]);
	FUZZ_ASSERT(fclose(f) == 0);
}

static void
check_bounds(const struct options *opt)
{
	unsigned int i;

	FUZZ_ASSERT(opt->ports_per_lcore <= MAX_PORTS_PER_LCORE);
	FUZZ_ASSERT(opt->period_s <= MAX_PERIOD_S);
	FUZZ_ASSERT(opt->n_pairs <= RTE_DIM(opt->pairs));
	for (i = 0; i < opt->n_pairs; i++)
		FUZZ_ASSERT(opt->pairs[i][0] < RTE_MAX_ETHPORTS &&
			opt->pairs[i][1] < RTE_MAX_ETHPORTS);
}

static void
check_same(const struct options *a, const struct options *b)
{
	FUZZ_ASSERT(a->port_mask == b->port_mask);
	FUZZ_ASSERT(a->ports_per_lcore == b->ports_per_lcore);
	FUZZ_ASSERT(a->period_s == b->period_s);
	FUZZ_ASSERT(a->promiscuous == b->promiscuous);
	FUZZ_ASSERT(a->mac_updating == b->mac_updating);
	FUZZ_ASSERT(a->per_lcore == b->per_lcore);
	FUZZ_ASSERT(a->n_pairs == b->n_pairs);
	FUZZ_ASSERT(memcmp(a->pairs, b->pairs, a->n_pairs * sizeof(a->pairs[0])) == 0);
}

int
LLVMFuzzerInitialize(int *argc __rte_unused, char ***argv __rte_unused)
{
	/* Error messages about wrong options would hide all others. */
	opterr = 0;
	rte_log_set_global_level(RTE_LOG_EMERG);
	FUZZ_ASSERT(freopen("/dev/null", "w", stdout) != NULL);

	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options opt, again;
	char text[1024];
	char *copy;
	int ret;

	copy = strndup((const char *)data, size);
	ret = parse(&opt, copy);
	FUZZ_ASSERT(ret == 0 || ret == 1 || ret == -1);
	if (ret == 0) {
		check_bounds(&opt);
		format(text, sizeof(text), &opt);
		FUZZ_ASSERT(parse(&again, text) == 0);
		check_same(&opt, &again);
	}
	free(copy);

	return 0;
}
