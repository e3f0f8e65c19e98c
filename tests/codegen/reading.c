/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The reader's half of the protocol, for check_codegen.py to read its barriers
 */

#include "seqstat_read.h"

bool
read_acked(uint64_t *values, const struct rte_seqstat_writer *w, uint64_t epoch,
		uint32_t *n_saved);
bool
read_idle(uint64_t *values, const struct rte_seqstat_writer *w, uint64_t epoch);

bool
read_acked(uint64_t *values, const struct rte_seqstat_writer *w, uint64_t epoch,
		uint32_t *n_saved)
{
	return seqstat_read_acked(values, w, epoch, n_saved);
}

bool
read_idle(uint64_t *values, const struct rte_seqstat_writer *w, uint64_t epoch)
{
	return seqstat_read_idle(values, w, epoch);
}
