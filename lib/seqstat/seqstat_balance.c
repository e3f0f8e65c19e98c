/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <string.h>

#include <rte_string_fns.h>

#include "seqstat_balance.h"
#include "seqstat_control.h"
#include "seqstat_schema.h"

/** Return whether the coefficients of a balance are valid, and log why not. */
static bool
coefficients_valid(const struct rte_seqstat_params *params,
		const struct rte_seqstat_balance *balance)
{
	bool any = false;
	uint32_t i;

	if (balance->coefficients == NULL)
		return SEQSTAT_INVALID("balance '%s' of set '%s' has no coefficients",
			balance->name, params->name);
	for (i = 0; i < params->n_counters; i++) {
		if (balance->coefficients[i] == 0)
			continue;
		if (params->counters[i].type == RTE_SEQSTAT_HISTOGRAM)
			return SEQSTAT_INVALID("balance '%s' of set '%s' has the histogram '%s'",
				balance->name, params->name, params->counters[i].name);
		any = true;
	}
	if (!any)
		return SEQSTAT_INVALID("all coefficients of balance '%s' of set '%s' are 0",
			balance->name, params->name);

	return true;
}

bool
seqstat_balances_valid(const struct rte_seqstat_params *params)
{
	const struct rte_seqstat_balance *balances = params->balances;
	uint32_t i, j;

	if (params->n_balances > RTE_SEQSTAT_MAX_BALANCES)
		return SEQSTAT_INVALID("%u balances in set '%s': must be at most %u",
			params->n_balances, params->name, RTE_SEQSTAT_MAX_BALANCES);
	if (params->n_balances > 0 && balances == NULL)
		return SEQSTAT_INVALID("the %u balances of set '%s' are NULL", params->n_balances,
			params->name);
	for (i = 0; i < params->n_balances; i++) {
		if (!seqstat_name_valid(balances[i].name, false))
			return SEQSTAT_INVALID("malformed name of a balance of set '%s': '%s'",
				params->name, balances[i].name == NULL ? "" : balances[i].name);
		for (j = 0; j < i; j++)
			if (strcmp(balances[i].name, balances[j].name) == 0)
				return SEQSTAT_INVALID("two balances of set '%s' are named '%s'",
					params->name, balances[i].name);
		if (!coefficients_valid(params, &balances[i]))
			return false;
	}

	return true;
}

size_t
seqstat_balances_size(const struct rte_seqstat_params *params)
{
	return params->n_balances * (sizeof(struct rte_seqstat_balance) +
			params->n_counters * sizeof(int32_t) + RTE_SEQSTAT_NAMESIZE);
}

void
seqstat_balances_copy(void *mem, const struct rte_seqstat_params *params)
{
	struct rte_seqstat_balance *to = mem;
	int32_t *coefficients = (int32_t *)(to + params->n_balances);
	char *name = (char *)(coefficients + (size_t)params->n_balances * params->n_counters);
	uint32_t i;

	for (i = 0; i < params->n_balances; i++, to++) {
		memcpy(coefficients, params->balances[i].coefficients,
			params->n_counters * sizeof(coefficients[0]));
		strlcpy(name, params->balances[i].name, RTE_SEQSTAT_NAMESIZE);
		*to = (struct rte_seqstat_balance){ .name = name, .coefficients = coefficients };
		coefficients += params->n_counters;
		name += RTE_SEQSTAT_NAMESIZE;
	}
}
