/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The reader's half of the protocol, for check_codegen.py
 *
 * The number of values is constant, as for small rows in the library: otherwise compilers emit
 * several copies of the code.
 */

#include "seqstat_read.h"

bool
read_acked(uint64_t *values, struct seqstat_rows rows, uint64_t epoch, uint32_t *n_saved)
{
	rows.n_values = 2;

	return seqstat_read_acked(values, rows, epoch, n_saved);
}

bool
read_idle(uint64_t *values, struct seqstat_rows rows, uint64_t epoch)
{
	rows.n_values = 2;

	return seqstat_read_idle(values, rows, epoch);
}
