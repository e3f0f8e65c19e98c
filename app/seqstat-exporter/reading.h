/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef READING_H
#define READING_H

/* Maximum bytes to read of a file, and half of the maximum for all files together. */
#define RTE_SEQSTAT_FILE_LIMIT (UINT64_C(1) << 28)
#include "rte_seqstat_file.h"

#include "text.h"

#define MAX_FILES 1024

/** A file, from one reading to the next. */
struct source {
	char *path;
	char *shown;   /**< The path, printable. */
	char *problem; /**< The problem that was logged last, or NULL. */
	char *name;    /**< Name of the application while it is up, or NULL. */
	bool in_folder; /**< Not named by the user. */
	bool seen;     /**< By the current search for files. */
};

/** The options, and the files that they select. */
struct choice {
	char **paths;  /**< Files and folders. */
	size_t n_paths;
	char **sets;   /**< Names; none: all sets. */
	size_t n_sets;
	bool totals;   /**< Export sums over lcores. */
	bool created;  /**< Export _created samples. */
	struct source sources[MAX_FILES];
	size_t n_sources;
	bool full;     /**< More than MAX_FILES files were found. */
};

/** The values of an lcore, of threads without one, or of all. */
struct view {
	uint32_t lcore_id;
	uint32_t flags;         /**< Union over its writers: each process has one. */
	uint64_t n_torn;
	bool read;              /**< At least one writer was read. */
	const uint64_t *values; /**< Values of all rows; NULL: not exported. */
	uint64_t *sums;         /**< Memory of the values if several writers are added up. */
	char *labels;           /**< Follow the labels of a row. */
};

/** A set that is exported. */
struct set {
	const struct rte_seqstat_file_set *desc;
	const struct rte_seqstat_file_part *part;
	uint32_t index;         /**< In the file. */
	/** Exported names. */
	char labels[RTE_SEQSTAT_FILE_MAX_LABELS][RTE_SEQSTAT_FILE_NAMESIZE + 1];
	struct view *views;     /**< A view per lcore, then the total. */
	uint32_t n_lcores;
	bool *rows;             /**< Exported rows: with labels, or not zero. */
};

/** The application that publishes a file. */
struct app {
	struct source *source;  /**< Valid until the next reading. */
	struct rte_seqstat_file file;
	bool read;              /**< The file has a record. */
	uint64_t records;       /**< Its number. */
	uint64_t age_ns;        /**< Its age. */
	bool up;                /**< Otherwise name and sets are not valid. */
	char *name;             /**< Label file_prefix. */
	struct set *sets;
	uint32_t n_sets, n_unread;
	uint32_t n_left_out;    /**< Counters whose names are taken. */
	bool hidden;            /**< Former file of an application that was restarted. */
	char *labels;           /**< Labels of metrics of the file. */
};

/** The newest records of all files. */
struct reading {
	struct app *apps;
	size_t n_apps;
};

/** Update the list of files. */
void files_update(struct choice *choice);

/** Log the problem of a file, or NULL: its end. The same problem is logged once. */
void source_log(struct source *source, const char *problem);

/** Read all files. */
void reading_make(struct reading *reading, struct choice *choice);

/** Free the memory of a reading. */
void reading_free(struct reading *reading);

/** Make the views, labels and rows of a set; desc, part and index are set. */
void set_make(struct app *app, struct set *set, bool totals);

/** Free the memory of a set. */
void set_free(struct set *set);

/** Append the labels of a row, or its number. Returns the generation of the row. */
uint32_t row_labels(struct text *text, struct app *app, const struct set *set, uint32_t row);

/** Return the name of an lcore. */
const char *lcore_text(uint32_t lcore_id, char text[16]);

#endif /* READING_H */
