/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef SEQSTAT_BALANCE_H
#define SEQSTAT_BALANCE_H

/**
 * @file
 *
 * The balances of a set: check and copy them
 */

#include <stdbool.h>
#include <stddef.h>

#include "rte_seqstat.h"

/** Return whether the balances in otherwise valid parameters are valid, and log why not. */
bool
seqstat_balances_valid(const struct rte_seqstat_params *params);

/** Return the size of a copy of the balances in bytes. */
size_t
seqstat_balances_size(const struct rte_seqstat_params *params);

/**
 * Copy the balances.
 *
 * @param[out] mem
 *   Memory of seqstat_balances_size() bytes, aligned for a pointer, which begins with the copied
 *   balances
 */
void
seqstat_balances_copy(void *mem, const struct rte_seqstat_params *params);

#endif /* SEQSTAT_BALANCE_H */
