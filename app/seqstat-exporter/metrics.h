/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef METRICS_H
#define METRICS_H

#include "reading.h"

#define PREFIX "dpdk_seqstat_"
#define METRIC_NAMESIZE (sizeof(PREFIX) + 3 * RTE_SEQSTAT_FILE_NAMESIZE)

/** Types of metrics, with the numbers of the stat file. */
enum { COUNTER, GAUGE, HISTOGRAM };

/** A counter of a set that a metric shows. */
struct member {
	struct member *next;
	struct app *app;
	const struct set *set;
	const struct rte_seqstat_file_counter *counter;
};

/** A metric: of the same counter in sets of several applications, or of the exporter. */
struct family {
	char name[METRIC_NAMESIZE]; /**< Without suffix. */
	uint32_t type;
	const char *unit;           /**< How the name ends; or "". */
	const char *help;           /**< Or "". */
	int own;                    /**< Which of the exporter's; 0: a counter's. */
	struct member *members, *last;
	struct family *next;
};

/** All metrics of a reading. */
struct metrics {
	struct family *families, *last;
	void *names;                /**< That are taken: a tree. */
};

/** Metrics of the exporter, and a last one that is none. */
extern const struct family own_families[];

/** Write the samples of a metric of the exporter for a file. */
void own_put(struct text *text, const struct family *family, const struct app *app);

/** Return the suffixes of a metric's samples, and NULL behind them. */
const char *const *metric_suffixes(const struct family *family);

/** Find the metrics of a reading; log those that are left out. */
void metrics_make(struct metrics *metrics, struct reading *reading);

/** Free all metrics. */
void metrics_free(struct metrics *metrics);

/** A page that is written piece by piece, so that it is never in memory as a whole. */
struct page {
	const struct metrics *metrics;
	const struct reading *reading;
	bool openmetrics;    /**< Or the older text of Prometheus. */
	bool created;        /**< Also when counters began from zero, in OpenMetrics. */
	struct text wanted;  /**< Names of metrics, each with a NUL; empty: all. */
	/* What is written next. */
	const struct family *family;
	const struct member *member;
	size_t app;
	uint32_t view, row;
	bool begun, headed, ended;
	/* Texts that are the same for all rows of a member, or all samples of a row. */
	struct text bounds, birth, labels;
	struct text text;    /**< Written, and how much of it was taken. */
	size_t taken;
};

/** Take the next bytes. Returns their number; 0: it is complete. */
size_t page_read(struct page *page, char *to, size_t size);

/** Free what a page has. */
void page_free(struct page *page);

#endif /* METRICS_H */
