/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

#define RTE_LOGTYPE_L2FWD RTE_LOGTYPE_USER1

/* Number of bits in a port mask. */
#define MAX_PORTS 64

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
	uint64_t mapped;      /* Ports in the port map; 0: pair each port with the next one. */
	uint16_t partner[MAX_PORTS]; /* Port that a mapped port sends to. */
};

/* Print the options of the application. */
void options_usage(const char *program);

/*
 * Parse the options behind those of EAL.
 * Return 0, 1 after printing the help, or -1 after logging an error.
 */
int options_parse(struct options *opt, int argc, char **argv);

#endif /* OPTIONS_H */
