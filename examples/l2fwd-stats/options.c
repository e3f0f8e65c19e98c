/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_bitops.h>
#include <rte_common.h>

#include "options.h"

void
options_usage(const char *program)
{
	printf("%s [EAL options] -- -p PORTMASK [-P] [-q NQ] [-T PERIOD] ...\n"
		"  -p PORTMASK: hexadecimal bitmask of ports to configure\n"
		"  -P : Enable promiscuous mode\n"
		"  -q NQ: number of ports per lcore, 1 to %u (default: as few as possible)\n"
		"  -T PERIOD: print statistics every PERIOD seconds (0: at the end only,\n"
		"      %u default, %u maximum)\n"
		"  --[no-]mac-updating: replace the source address by that of the TX port and the\n"
		"      destination address by 02:00:00:00:00:TX_PORT_ID (default), or keep both\n"
		"  --portmap PAIRS: ports that send to each other, such as \"(0,2)(1,3)\"\n"
		"      (default: each port and the next one)\n"
		"  --per-lcore: print the statistics of each lcore, too\n"
		"  --no-latency: do not count latencies (set l2fwd_latency)\n"
		"  --no-poll-stats: do not count polls and their cycles (set l2fwd_poll)\n"
		"  --publish PATH[,KEY=VALUE...]: write the counters into a stat file\n"
		"      Keys: period=MS, history=MB, mode=0644, group=NAME, per-lcore, keep,\n"
		"      any-fs\n"
		"  --help: print this\n\n"
		"SIGUSR1 resets the statistics. The main lcore prints them and the other lcores\n"
		"forward; a main lcore without others forwards, too.\n",
		program, MAX_PORTS, DEFAULT_TIMER_PERIOD, MAX_TIMER_PERIOD);
}

/* Parse a number. Return 0, or -1 after logging an error. */
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
	RTE_LOG(ERR, L2FWD, "invalid %s '%s': not %s\n", what, arg, range);
	return -1;
}

/* Parse pairs such as "(0,2)(1,3)"; commas and blanks between them are optional. */
static int
portmap_parse(struct options *opt, const char *arg)
{
	const char *s = arg;
	unsigned int a, b;
	bool comma;
	int length;

	do {
		length = 0;
		if (sscanf(s, " ( %5u , %5u ) %n", &a, &b, &length) != 2 || length == 0 ||
				a >= MAX_PORTS || b >= MAX_PORTS ||
				(opt->mapped & (RTE_BIT64(a) | RTE_BIT64(b))) != 0) {
			RTE_LOG(ERR, L2FWD, "invalid portmap '%s': not like \"(0,2)(1,3)\" "
					"with each port in one pair\n", arg);
			return -1;
		}
		opt->mapped |= RTE_BIT64(a) | RTE_BIT64(b);
		opt->partner[a] = b;
		opt->partner[b] = a;
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
		{ "portmap", required_argument, NULL, 'r' }, /* Not a short option. */
		{ "publish", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	int option, ret = 0;

	*opt = (struct options){
		.mac_updating = true,
		.period_s = DEFAULT_TIMER_PERIOD,
		.poll_stats = true,
		.latency = true,
	};
	optind = 1; /* rte_eal_init() called getopt_long(), too. */
	while (ret == 0 && (option = getopt_long(argc, argv, "p:Pq:T:", longs, NULL)) != -1) {
		switch (option) {
		case 'p':
			ret = number_parse(&opt->port_mask, optarg, 16, 1, UINT64_MAX, "portmask",
					"a hexadecimal number above 0");
			break;
		case 'P':
			opt->promiscuous = true;
			break;
		case 'q':
			ret = number_parse(&opt->ports_per_lcore, optarg, 10, 1,
					MAX_PORTS, "queue number", "1 to " RTE_STR(MAX_PORTS));
			break;
		case 'T':
			ret = number_parse(&opt->period_s, optarg, 10, 0, MAX_TIMER_PERIOD,
					"timer period", "0 to " RTE_STR(MAX_TIMER_PERIOD));
			break;
		case 0: /* getopt_long() has stored the value. */
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
		default: /* getopt_long() has printed an error. */
			return -1;
		}
	}
	if (ret == 0 && optind < argc) {
		RTE_LOG(ERR, L2FWD, "unexpected argument '%s'\n", argv[optind]);
		ret = -1;
	}
	return ret;
}
