/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef METRICS_H
#define METRICS_H

#include "reading.h"

#define PREFIX "dpdk_seqstat_"
#define METRIC_NAMESIZE (sizeof(PREFIX) + 3 * RTE_SEQSTAT_FILE_NAMESIZE)

/** Types of metrics, numbered as in a stat file. */
enum { COUNTER, GAUGE, HISTOGRAM };

/** A counter of an application that a metric contains. */
struct member {
	struct member *next;
	struct app *app;
	const struct set *set;
	const struct rte_seqstat_file_counter *counter;
};

/** A metric: a counter in the sets of several applications, or one of the exporter. */
struct family {
	char name[METRIC_NAMESIZE]; /**< Without suffix. */
	uint32_t type;
	const char *unit;           /**< Unit at the end of the name, or "". */
	const char *help;           /**< May be "". */
	int own;                    /**< Number of a metric of the exporter; 0: a counter. */
	struct member *members, *last;
	struct family *next;
};

/** All metrics of a reading. */
struct metrics {
	struct family *families, *last;
	void *names;                /**< Tree of the names that are taken. */
};

/** Metrics of the exporter; the last entry has own = 0. */
extern const struct family own_families[];

/** Append the samples of a metric of the exporter for a file. */
void own_put(struct text *text, const struct family *family, const struct app *app);

/** Return the suffixes of the samples of a metric, terminated by NULL. */
const char *const *metric_suffixes(const struct family *family);

/** Make the metrics of a reading; log a counter whose name is taken. */
void metrics_make(struct metrics *metrics, struct reading *reading);

/** Free all metrics. */
void metrics_free(struct metrics *metrics);

/** A page. It is written in pieces, because it may be too large for memory. */
struct page {
	const struct metrics *metrics;
	const struct reading *reading;
	bool openmetrics;    /**< OpenMetrics, or the text format of Prometheus. */
	bool created;        /**< With _created samples, in OpenMetrics. */
	struct text wanted;  /**< Names of metrics, each with a NUL; empty: all. */
	/* The position from which to write on. */
	const struct family *family;
	const struct member *member;
	size_t app;
	uint32_t view, row;
	bool begun, headed, ended;
	struct text bounds, birth; /**< Same for all rows of a member. */
	struct text labels;  /**< Same for all samples of a row. */
	struct text text;    /**< The current piece. */
	size_t taken;        /**< Bytes of the piece that were read. */
};

/** Read the next bytes. Returns their number; 0 at the end of the page. */
size_t page_read(struct page *page, char *to, size_t size);

/** Free the memory of a page. */
void page_free(struct page *page);

#endif /* METRICS_H */
