/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_build_config.h>
#include <rte_log.h>

#define RTE_LOGTYPE_L2FWD RTE_LOGTYPE_USER1
#define LOG(level, ...) RTE_LOG(level, L2FWD, __VA_ARGS__)

/* Most ports that one lcore forwards from. */
#define MAX_PORTS_PER_LCORE 16

/* Period between two tables, and the longest one: a day. */
#define DEFAULT_PERIOD_S 10
#define MAX_PERIOD_S 86400

/* The command line after EAL's part of it. */
struct options {
	uint64_t port_mask;       /* Enabled ports; 0: the option is missing. */
	uint64_t ports_per_lcore; /* 0: as few as the lcores allow. */
	uint64_t period_s;        /* Seconds between two tables; 0: only the last one. */
	bool promiscuous;
	/* Booleans, as getopt_long() sets them. */
	int mac_updating;
	int poll_stats;       /* Count polls and their cycles. */
	int latency;          /* Count how long packets take. */
	int per_lcore;        /* Print lcores in the table, too. */
	const char *publish;  /* File of the counters; NULL: none. */
	unsigned int n_pairs; /* 0: pair neighbours. */
	uint16_t pairs[RTE_MAX_ETHPORTS][2]; /* Of ports that send to each other. */
};

/* Print the options of this program without EAL's. */
void options_usage(const char *program);

/*
 * Parse the command line after EAL's part of it.
 * Return 0, 1 if it only asks for help, which is printed, or -1 after logging what is wrong.
 */
int options_parse(struct options *opt, int argc, char **argv);

#endif /* OPTIONS_H */
