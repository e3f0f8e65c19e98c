/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_build_config.h>

/* Most ports that one lcore can forward from. */
#define MAX_PORTS_PER_LCORE 16

/* Longest time between two tables: a day. */
#define MAX_PERIOD_S 86400

/* Two ports that send to each other; one port twice sends to itself. */
struct port_pair {
	uint16_t port[2];
};

/* What the command line asks for, after EAL's part of it. */
struct options {
	uint64_t port_mask;           /* Enabled ports; 0: none was given. */
	unsigned int ports_per_lcore; /* 0: as few as the lcores allow. */
	unsigned int period_s;        /* Seconds between two tables; 0: only the last one. */
	bool promiscuous;
	bool mac_updating;
	bool poll_stats;      /* Count polls and their cycles. */
	bool per_lcore;       /* Rows per lcore in the table. */
	unsigned int n_pairs; /* 0: neighbours are paired. */
	struct port_pair pairs[RTE_MAX_ETHPORTS];
};

/* Print the options of this program, but not EAL's. */
void options_usage(const char *program);

/*
 * Read the command line after EAL's part of it.
 * Returns 0, 1 if only help was asked for and printed, or -1 after saying what is wrong.
 */
int options_parse(struct options *opt, int argc, char **argv);

#endif /* OPTIONS_H */
