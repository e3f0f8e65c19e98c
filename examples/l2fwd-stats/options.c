/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#include "options.h"

void
options_usage(const char *program)
{
	printf("%s [EAL options] -- -p PORTMASK [options]\n"
		"  -p PORTMASK         ports to forward between, a hexadecimal mask\n"
		"  -P                  promiscuous mode\n"
		"  -q N                ports per lcore, 1 to %u (default: as few as possible)\n"
		"  -T SECONDS          time between two tables, up to %u; 0: only the last one\n"
		"                      (default: %u)\n"
		"  --portmap PAIRS     ports that send to each other, such as \"(0,2)(1,3)\"\n"
		"                      (default: each port and the next one)\n"
		"  --[no-]mac-updating replace the source address by that of the sending port,\n"
		"                      the destination by 02:00:00:00:00:PORT (default: yes)\n"
		"  --per-lcore         print each lcore in the table, too\n"
		"  --no-latency        do not count latencies in the set \"l2fwd_latency\"\n"
		"  --no-poll-stats     do not count polls and cycles in the set \"l2fwd_poll\"\n"
		"  --publish PATH[,KEY=VALUE...]  write the sets into a file; keys: period=MS,\n"
		"                      history=MB, mode=0644, group=NAME, per-lcore, keep, any-fs\n"
		"  --help              print this\n"
		"The main lcore prints statistics and the others forward; one alone does both.\n"
		"SIGUSR1 resets the totals of the table.\n",
		program, MAX_PORTS_PER_LCORE, MAX_PERIOD_S, DEFAULT_PERIOD_S);
}

/* Parse an argument that is one number. Return 0, or -1 after logging the range. */
static int
number_parse(uint64_t *number, const char *arg, int base, uint64_t min, uint64_t max,
		const char *what, const char *range)
{
	char *end;

	errno = 0;
	*number = strtoull(arg, &end, base);
	/* strtoull() skips blanks and accepts signs. */
	if (isxdigit((unsigned char)*arg) && *end == '\0' && errno == 0 && *number >= min &&
			*number <= max)
		return 0;
	LOG(ERR, "invalid %s '%s': not %s\n", what, arg, range);
	return -1;
}

/* Parse pairs such as "(0,2)(1,3)", with or without commas and blanks between them. */
static int
portmap_parse(struct options *opt, const char *arg)
{
	char a[6], b[6];
	const char *s = arg;
	bool comma;
	int length;

	opt->n_pairs = 0;
	do {
		length = 0;
		sscanf(s, " ( %5[0-9] , %5[0-9] ) %n", a, b, &length);
		if (length == 0 || opt->n_pairs == RTE_DIM(opt->pairs) ||
				atoi(a) >= RTE_MAX_ETHPORTS || atoi(b) >= RTE_MAX_ETHPORTS) {
			LOG(ERR, "invalid port map '%s': not pairs such as \"(0,2)(1,3)\"\n", arg);
			return -1;
		}
		opt->pairs[opt->n_pairs][0] = atoi(a);
		opt->pairs[opt->n_pairs++][1] = atoi(b);
		s += length;
		comma = *s == ',';
		s += comma;
	} while (comma || *s != '\0');
	return 0;
}

int
options_parse(struct options *opt, int argc, char **argv)
{
	const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "mac-updating", no_argument, &opt->mac_updating, true },
		{ "no-latency", no_argument, &opt->latency, false },
		{ "no-mac-updating", no_argument, &opt->mac_updating, false },
		{ "no-poll-stats", no_argument, &opt->poll_stats, false },
		{ "per-lcore", no_argument, &opt->per_lcore, true },
		{ "portmap", required_argument, NULL, 'r' }, /* No short options. */
		{ "publish", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	int option, ret = 0;

	*opt = (struct options){
		.mac_updating = true,
		.period_s = DEFAULT_PERIOD_S,
		.poll_stats = true,
		.latency = true,
	};
	optind = 1; /* EAL has used getopt_long() before. */
	while (ret == 0 && (option = getopt_long(argc, argv, "p:Pq:T:", longs, NULL)) != -1) {
		switch (option) {
		case 'p':
			ret = number_parse(&opt->port_mask, optarg, 16, 1, UINT64_MAX, "port mask",
					"a hexadecimal number above 0");
			break;
		case 'P':
			opt->promiscuous = true;
			break;
		case 'q':
			ret = number_parse(&opt->ports_per_lcore, optarg, 10, 1,
					MAX_PORTS_PER_LCORE, "number of ports per lcore",
					"1 to " RTE_STR(MAX_PORTS_PER_LCORE));
			break;
		case 'T':
			ret = number_parse(&opt->period_s, optarg, 10, 0, MAX_PERIOD_S,
					"number of seconds", "0 to " RTE_STR(MAX_PERIOD_S));
			break;
		case 0: /* getopt_long() has set the option. */
			break;
		case 'r':
			ret = portmap_parse(opt, optarg);
			break;
		case 'u':
			opt->publish = optarg;
			break;
		case 'h':
			options_usage(argv[0]);
			return 1;
		default: /* getopt_long() has printed what is wrong. */
			return -1;
		}
	}
	if (ret == 0 && optind < argc) {
		LOG(ERR, "unexpected argument '%s'\n", argv[optind]);
		ret = -1;
	}
	return ret;
}
