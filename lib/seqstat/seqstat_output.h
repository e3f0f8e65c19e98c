/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_OUTPUT_H
#define SEQSTAT_OUTPUT_H

/**
 * @file
 *
 * The content of the publisher's stat file: descriptions, logs of rows, and records
 *
 * rte_seqstat_file.h describes the format.
 */

#include <stdbool.h>
#include <stdint.h>

#include "rte_seqstat_file.h"
#include "seqstat_place.h"
#include "seqstat_snapshot.h"

/** A set that is published. */
struct seqstat_source {
	char name[RTE_SEQSTAT_NAMESIZE];
	uint64_t birth_ns;
	struct seqstat_handle *handle; /**< Not NULL while a record is made. */
	struct rte_seqstat_snapshot *snap;
	uint64_t cut, cut_ns, cut_tsc; /**< Number and times of the snapshot. */
	struct rte_seqstat_file_set desc;
	char *log;         /**< Copy of the log in the file. */
	uint64_t log_used; /**< Number of bytes in it. */
	struct seqstat_source_row *rows;
	uint64_t n_clears, n_labelled; /**< As in the set, when the log was brought up to date. */
};

/** A file, and the sets in it. */
struct seqstat_output {
	struct seqstat_place_file file;
	bool failed;   /**< A record failed: logs are ahead of the file, which must be replaced. */
	uint64_t head; /**< Number of the latest record. */
	struct rte_seqstat_file_header header;
	/** Memory of the next record; the logs and rows of all sets follow. */
	struct rte_seqstat_file_record *record;
	uint32_t n_sources;
	struct seqstat_source *sources;
	struct rte_seqstat_snapshot **snaps; /**< Room for the snapshots of all sets. */
};

/**
 * Make a file with a temporary name for the sets of an output, which are open.
 *
 * Returns 0 or a negative errno as rte_seqstat_publish_start().
 */
int
seqstat_output_make(struct seqstat_output *out, const struct rte_seqstat_publish_params *params,
		const struct seqstat_place *place);

/**
 * Write the snapshots of all sets as a record. After an error, the file gets no more records.
 *
 * @return
 *   - 0: written
 *   - -EAGAIN: the file has no room for more writers or labels
 *   - others: negative errno
 */
int
seqstat_output_put(struct seqstat_output *out);

/** Close the file, and free the output with all snapshots. NULL is ignored. */
void
seqstat_output_free(struct seqstat_output *out);

#endif /* SEQSTAT_OUTPUT_H */
