/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef LCORES_H
#define LCORES_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_seqstat.h>

#include "forward.h"
#include "options.h"
#include "ports.h"

/* The lcores that forward. */
struct lcores {
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(bool) stop;
	alignas(RTE_CACHE_LINE_SIZE) unsigned int n;
	struct worker *worker[RTE_MAX_LCORE];
};

/*
 * Share the ports among the lcores: all but the main one, unless it is the only one. They count
 * in the set, and polls in the other one unless it is NULL.
 * Returns 0, or -1 and says what is wrong; lcores_free() is due in both cases.
 */
int lcores_plan(struct lcores *lcores, const struct ports *ports, const struct options *opt,
		struct rte_seqstat *set, struct rte_seqstat *poll_set);

/*
 * Forward until manage(arg) returns, which runs on the main lcore, or on a control thread where
 * the main lcore forwards. Returns 0, or -1 and says what is wrong.
 */
int lcores_run(struct lcores *lcores, void (*manage)(void *arg), void *arg);

/* Wait, in manage(), until all lcores forward. Returns 0, or -1 if one of them cannot. */
int lcores_await(const struct lcores *lcores);

/* Free what lcores_plan() allocated. */
void lcores_free(struct lcores *lcores);

#endif /* LCORES_H */
