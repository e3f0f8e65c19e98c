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

/* Maximum number of ports per lcore. */
#define MAX_PORTS_PER_LCORE 16

#define DEFAULT_TIMER_PERIOD 10 /* seconds */
#define MAX_TIMER_PERIOD 86400 /* 1 day max */

/* Options of the application, behind those of EAL. */
struct options {
	uint64_t port_mask;       /* Enabled ports; 0: no option -p. */
	uint64_t ports_per_lcore; /* 0: as few as possible. */
	uint64_t period_s;        /* Seconds between tables; 0: print the last one only. */
	bool promiscuous;
	/* Booleans; getopt_long() sets integers. */
	int mac_updating;
	int poll_stats;       /* Count polls and their cycles. */
	int latency;          /* Count the latency of packets. */
	int per_lcore;        /* Print a table line for each lcore, too. */
	const char *publish;  /* Stat file and its parameters; NULL: none. */
	unsigned int n_pairs; /* 0: pair each port with the next one. */
	uint16_t pairs[RTE_MAX_ETHPORTS][2]; /* Port ids of the port map. */
};

/* Print the options of the application. */
void options_usage(const char *program);

/*
 * Parse the options behind those of EAL.
 * Return 0, 1 after printing the help, or -1 after logging an error.
 */
int options_parse(struct options *opt, int argc, char **argv);

#endif /* OPTIONS_H */
