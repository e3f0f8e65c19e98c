/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#include "log.h"
#include "options.h"

#define DEFAULT_PERIOD_S 10

/* Long options without a letter: beyond all letters. */
enum {
	OPT_HELP = 256,
	OPT_MAC_UPDATING,
	OPT_NO_MAC_UPDATING,
	OPT_NO_POLL_STATS,
	OPT_PER_LCORE,
	OPT_PORTMAP,
};

static const char short_options[] = "p:Pq:T:";

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "mac-updating", no_argument, NULL, OPT_MAC_UPDATING },
	{ "no-mac-updating", no_argument, NULL, OPT_NO_MAC_UPDATING },
	{ "no-poll-stats", no_argument, NULL, OPT_NO_POLL_STATS },
	{ "per-lcore", no_argument, NULL, OPT_PER_LCORE },
	{ "portmap", required_argument, NULL, OPT_PORTMAP },
	{ NULL, 0, NULL, 0 },
};

void
options_usage(const char *program)
{
	printf("%s [EAL options] -- -p PORTMASK [options]\n"
		"  -p PORTMASK         ports to forward between, a hexadecimal mask\n"
		"  -P                  promiscuous mode\n"
		"  -q N                ports per lcore, 1 to %u (default: as few as will do)\n"
		"  -T SECONDS          time between two tables, up to %u; 0: only the last one\n"
		"                      (default: %u)\n"
		"  --portmap PAIRS     which ports send to each other, such as \"(0,2)(1,3)\"\n"
		"                      (default: each port and the next one)\n"
		"  --[no-]mac-updating whether to replace addresses: the source by that of the\n"
		"                      sending port, the destination by 02:00:00:00:00:PORT\n"
		"                      (default: yes)\n"
		"  --per-lcore         a part for each lcore in the table\n"
		"  --no-poll-stats     do not count polls and cycles in the set \"l2fwd_poll\"\n"
		"  --help              print this\n"
		"The main lcore shows statistics and the others forward; one alone does both.\n"
		"SIGUSR1, or r on a terminal, makes the totals begin at zero. On a terminal,\n"
		"l shows or hides the lcores and q quits.\n",
		program, MAX_PORTS_PER_LCORE, MAX_PERIOD_S, DEFAULT_PERIOD_S);
}

/*
 * Read a number that begins at the string, without the blanks and signs that strtoull() skips.
 * Returns what follows it, or NULL if there is no number up to max.
 */
static const char *
number_read(const char *s, int base, uint64_t max, uint64_t *number)
{
	char *end;

	if (!isxdigit((unsigned char)*s))
		return NULL;
	errno = 0;
	*number = strtoull(s, &end, base);
	if (errno != 0 || end == s || *number > max)
		return NULL;
	return end;
}

/* Read a string that is nothing but a number. */
static bool
number_parse(const char *s, int base, uint64_t max, uint64_t *number)
{
	const char *rest = number_read(s, base, max, number);

	return rest != NULL && *rest == '\0';
}

static const char *
blanks_skip(const char *s)
{
	while (isblank((unsigned char)*s))
		s++;
	return s;
}

/* Skip one character with blanks around it. Returns NULL if something else is there. */
static const char *
mark_skip(const char *s, char mark)
{
	s = blanks_skip(s);
	return *s == mark ? blanks_skip(s + 1) : NULL;
}

/* Read "(A,B)". Returns what follows it, or NULL. */
static const char *
pair_read(const char *s, struct port_pair *pair)
{
	static const char marks[] = "(,";
	unsigned int i;
	uint64_t port;

	for (i = 0; i < RTE_DIM(pair->port); i++) {
		s = mark_skip(s, marks[i]);
		if (s != NULL)
			s = number_read(s, 10, RTE_MAX_ETHPORTS - 1, &port);
		if (s == NULL)
			return NULL;
		pair->port[i] = port;
	}
	return mark_skip(s, ')');
}

/* Read pairs, with or without commas between them. */
static int
portmap_parse(struct options *opt, const char *s)
{
	const char *comma;

	opt->n_pairs = 0;
	do {
		if (opt->n_pairs == RTE_DIM(opt->pairs))
			return -1;
		s = pair_read(s, &opt->pairs[opt->n_pairs++]);
		if (s == NULL)
			return -1;
		comma = mark_skip(s, ',');
		if (comma != NULL)
			s = comma;
	} while (*s != '\0' || comma != NULL);
	return 0;
}

static int
option_apply(struct options *opt, int option, const char *arg)
{
	uint64_t number;

	switch (option) {
	case 'p':
		if (!number_parse(arg, 16, UINT64_MAX, &opt->port_mask) || opt->port_mask == 0) {
			LOG(ERR, "invalid port mask '%s': not a hexadecimal number above 0", arg);
			return -1;
		}
		return 0;
	case 'P':
		opt->promiscuous = true;
		return 0;
	case 'q':
		if (!number_parse(arg, 10, MAX_PORTS_PER_LCORE, &number) || number == 0) {
			LOG(ERR, "invalid number of ports per lcore '%s': not 1 to %u",
					arg, MAX_PORTS_PER_LCORE);
			return -1;
		}
		opt->ports_per_lcore = number;
		return 0;
	case 'T':
		if (!number_parse(arg, 10, MAX_PERIOD_S, &number)) {
			LOG(ERR, "invalid number of seconds '%s': not 0 to %u", arg, MAX_PERIOD_S);
			return -1;
		}
		opt->period_s = number;
		return 0;
	case OPT_MAC_UPDATING:
		opt->mac_updating = true;
		return 0;
	case OPT_NO_MAC_UPDATING:
		opt->mac_updating = false;
		return 0;
	case OPT_NO_POLL_STATS:
		opt->poll_stats = false;
		return 0;
	case OPT_PER_LCORE:
		opt->per_lcore = true;
		return 0;
	case OPT_PORTMAP:
		if (portmap_parse(opt, arg) == 0)
			return 0;
		LOG(ERR, "invalid port map '%s': not pairs of ports such as \"(0,2)(1,3)\"", arg);
		return -1;
	default: /* getopt_long() has said what is wrong. */
		return -1;
	}
}

int
options_parse(struct options *opt, int argc, char **argv)
{
	int option;

	*opt = (struct options){
		.mac_updating = true,
		.period_s = DEFAULT_PERIOD_S,
		.poll_stats = true,
	};
	optind = 1; /* EAL has used getopt_long() before. */
	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			options_usage(argv[0]);
			return 1;
		}
		if (option_apply(opt, option, optarg) < 0)
			goto invalid;
	}
	if (optind < argc) {
		LOG(ERR, "unexpected argument '%s'", argv[optind]);
		goto invalid;
	}
	return 0;

invalid:
	LOG(ERR, "the option --help lists the options");
	return -1;
}
