/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "log.h"
#include "stats.h"
#include "table.h"

/* Control sequences of terminals (ECMA-48, and for the wrapping DEC's). */
#define CURSOR_HOME "\033[H"
#define CLEAR_LINE_REST "\033[K"
#define CLEAR_SCREEN_REST "\033[J"
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"

#define LABEL_WIDTH 16
#define DEFAULT_SCREEN_LINES 24

static double
seconds(const struct rte_seqstat_snapshot *diff)
{
	return (double)rte_seqstat_snapshot_tsc(diff) / (double)rte_get_tsc_hz();
}

static void
late_print(FILE *f, const struct rte_seqstat_snapshot *snap)
{
	struct rte_seqstat_writer_info info;
	uint32_t i;

	for (i = 0; rte_seqstat_snapshot_writer_info(snap, i, &info) == 0; i++) {
		if ((info.flags & RTE_SEQSTAT_WRITER_STALE) != 0)
			fprintf(f, "lcore %u was not read in time: its figures are older\n",
					info.lcore_id);
	}
}

static void
heading_print(FILE *f, const struct table *table, const struct viewer *viewer)
{
	fprintf(f, "l2fwd: %.1f s since the %s, rates over %.1f s\n", seconds(viewer->total),
			viewer->was_reset ? "reset" : "start", seconds(viewer->step));
	if (table->keys)
		fprintf(f, "keys: r reset, l lcores, q quit\n");
	if (viewer->n_inconsistent > 0)
		fprintf(f, "INCONSISTENT SNAPSHOTS: %" PRIu64 "\n", viewer->n_inconsistent);
	late_print(f, viewer->latest);
	fprintf(f, "%-*s %-9s%16s%16s%13s%9s\n", LABEL_WIDTH, "", "",
			"received", "sent", "dropped", "waiting");
}

static void
figures_print(FILE *f, const char *label, const char *unit, uint64_t rx, uint64_t tx,
		uint64_t dropped)
{
	fprintf(f, "%-*s %-9s%16" PRIu64 "%16" PRIu64 "%13" PRIu64, LABEL_WIDTH, label, unit,
			rx, tx, dropped);
}

static uint64_t
per_second(uint64_t n, double s)
{
	return s > 0 ? (uint64_t)((double)n / s + 0.5) : 0;
}

static void
rates_print(FILE *f, const char *unit, uint64_t rx, uint64_t tx, uint64_t dropped, double s)
{
	figures_print(f, "", unit, per_second(rx, s), per_second(tx, s), per_second(dropped, s));
	fputc('\n', f);
}

/* The lines of a port, an lcore, or all together. */
static void
part_print(FILE *f, const char *label, const uint64_t *total, const uint64_t *step, double s)
{
	figures_print(f, label, "packets", total[STATS_RX_PACKETS], total[STATS_TX_PACKETS],
			total[STATS_DROPPED_PACKETS]);
	fprintf(f, "%9" PRIu64 "\n", total[STATS_WAITING_PACKETS]);
	rates_print(f, "packets/s", step[STATS_RX_PACKETS], step[STATS_TX_PACKETS],
			step[STATS_DROPPED_PACKETS], s);
	figures_print(f, "", "bytes", total[STATS_RX_BYTES], total[STATS_TX_BYTES],
			total[STATS_DROPPED_BYTES]);
	fputc('\n', f);
	rates_print(f, "bytes/s", step[STATS_RX_BYTES], step[STATS_TX_BYTES],
			step[STATS_DROPPED_BYTES], s);
}

static void
ports_print(FILE *f, const struct viewer *viewer)
{
	struct rte_seqstat *set = rte_seqstat_snapshot_set(viewer->total);
	uint64_t total[STATS_N], step[STATS_N];
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	uint32_t row;

	for (row = 0; rte_seqstat_row_name_get(set, row, name) == 0; row++) {
		rte_seqstat_snapshot_total(viewer->total, row, total);
		rte_seqstat_snapshot_total(viewer->step, row, step);
		part_print(f, name, total, step, seconds(viewer->step));
	}
	stats_sum(viewer->total, total);
	stats_sum(viewer->step, step);
	part_print(f, "all ports", total, step, seconds(viewer->step));
}

/* The place of an lcore in a snapshot that has it. */
static uint32_t
lcore_find(const struct rte_seqstat_snapshot *snap, unsigned int lcore_id)
{
	struct rte_seqstat_writer_info info;
	uint32_t i;

	for (i = 0; rte_seqstat_snapshot_writer_info(snap, i, &info) == 0; i++) {
		if (info.lcore_id == lcore_id)
			break;
	}
	return i;
}

static void
lcores_print(FILE *f, const struct viewer *viewer)
{
	uint64_t total[STATS_N], step[STATS_N];
	struct rte_seqstat_writer_info info;
	char label[LABEL_WIDTH + 1];
	uint32_t i;

	for (i = 0; rte_seqstat_snapshot_writer_info(viewer->total, i, &info) == 0; i++) {
		stats_lcore_sum(viewer->total, i, total);
		stats_lcore_sum(viewer->step, lcore_find(viewer->step, info.lcore_id), step);
		snprintf(label, sizeof(label), "lcore %u", info.lcore_id);
		part_print(f, label, total, step, seconds(viewer->step));
	}
}

static unsigned int
screen_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return DEFAULT_SCREEN_LINES;
	return size.ws_row;
}

/* Overwrite the screen from its top with at most max lines of text. */
static void
lines_put(const char *text, unsigned int max)
{
	const char *end;
	unsigned int n;

	fputs(CURSOR_HOME WRAP_OFF, stdout);
	for (n = 0; n < max && (end = strchr(text, '\n')) != NULL; n++, text = end + 1)
		printf(CLEAR_LINE_REST "%.*s\n", (int)(end - text), text);
	if (*text != '\0')
		fputs(CLEAR_LINE_REST "... the screen is too low for the rest", stdout);
	else
		fputs(CLEAR_SCREEN_REST, stdout);
	fputs(WRAP_ON, stdout);
}

static void
print(const struct table *table, const struct viewer *viewer, unsigned int max_lines)
{
	size_t length;
	char *text;
	FILE *f;

	f = open_memstream(&text, &length);
	if (f == NULL) {
		LOG(ERR, "not enough memory for the table");
		return;
	}
	heading_print(f, table, viewer);
	ports_print(f, viewer);
	if (table->per_lcore)
		lcores_print(f, viewer);
	fclose(f);

	if (table->in_place)
		lines_put(text, max_lines);
	else
		printf("%s\n", text);
	fflush(stdout);
	free(text);
}

void
table_print(const struct table *table, const struct viewer *viewer)
{
	/* The last line is for the cursor, or to say that there is more. */
	print(table, viewer, screen_lines() - 1);
}

void
table_print_last(const struct table *table, const struct viewer *viewer)
{
	print(table, viewer, UINT_MAX);
}
