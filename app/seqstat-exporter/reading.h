/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef READING_H
#define READING_H

/* Of a file: a larger one is refused, and all beyond twice as much together. */
#define RTE_SEQSTAT_FILE_LIMIT (UINT64_C(1) << 28)
#include "rte_seqstat_file.h"

#include "text.h"

#define MAX_FILES 1024

/** A file: what is remembered of it from one reading to the next. */
struct source {
	char *path;
	char *shown;   /**< The path, printable. */
	char *problem; /**< Logged last; or NULL. */
	char *name;    /**< Of the application while it is up; or NULL. */
	bool in_folder;
	bool seen;
};

/** What to read. */
struct choice {
	char **paths;  /**< Files and folders. */
	size_t n_paths;
	char **sets;   /**< Names; none: all sets. */
	size_t n_sets;
	bool totals;   /**< Sums over lcores. */
	bool created;  /**< Also when counters began from zero. */
	struct source sources[MAX_FILES];
	size_t n_sources;
	bool full;     /**< There are more files. */
};

/** An lcore, or threads without one, or the sum of them. */
struct view {
	uint32_t lcore_id;
	uint32_t flags;         /**< Of all its writers together: of several processes. */
	uint64_t n_torn;
	bool read;              /**< A writer was read. */
	const uint64_t *values; /**< Of all rows; NULL: they are not exported. */
	uint64_t *sums;         /**< Values that were added up for this. */
	char *labels;           /**< Behind those of a row. */
};

/** A set. */
struct set {
	const struct rte_seqstat_file_set *desc;
	const struct rte_seqstat_file_part *part;
	uint32_t index;         /**< In the file. */
	/** As exported. */
	char labels[RTE_SEQSTAT_FILE_MAX_LABELS][RTE_SEQSTAT_FILE_NAMESIZE + 1];
	struct view *views;     /**< Of each lcore, and behind them the sum. */
	uint32_t n_lcores;
	bool *rows;             /**< Which are exported: with labels, or counted in. */
};

/** A file that was read. */
struct app {
	struct source *source;  /**< Valid until the next reading. */
	struct rte_seqstat_file file;
	bool read;              /**< The file has a record, with the following number and age. */
	uint64_t records, age_ns;
	bool up;                /**< If not, there is nothing below. */
	char *name;             /**< File prefix in labels. */
	struct set *sets;
	uint32_t n_sets, n_unread;
	uint32_t n_left_out;    /**< Metrics, because their names are taken. */
	bool hidden;            /**< An older file of an application that was started again. */
	char *labels;           /**< Of metrics of the file. */
};

/** All files, each with its newest record. */
struct reading {
	struct app *apps;
	size_t n_apps;
};

/** Find the files that there are now. */
void files_update(struct choice *choice);

/** Log what is wrong with a file, or by NULL that nothing is any more; once. */
void source_log(struct source *source, const char *problem);

/** Read all files. */
void reading_make(struct reading *reading, struct choice *choice);

/** Free what a reading has. */
void reading_free(struct reading *reading);

/** Make what is exported of a set, whose index is known. */
void set_make(struct app *app, struct set *set, bool totals);

/** Free what a set has. */
void set_free(struct set *set);

/** Write the labels of a row, or its number. Returns how often it was cleared. */
uint32_t row_labels(struct text *text, struct app *app, const struct set *set, uint32_t row);

/** Return what an lcore is called. */
const char *lcore_text(uint32_t lcore_id, char text[16]);

#endif /* READING_H */
