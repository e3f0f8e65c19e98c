/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef LOG_H
#define LOG_H

#include <rte_log.h>

#define RTE_LOGTYPE_L2FWD RTE_LOGTYPE_USER1

/* Log a line. */
#define LOG(level, format, ...) RTE_LOG(level, L2FWD, format "\n", ##__VA_ARGS__)

#endif /* LOG_H */
