/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FUZZ_EAL_H
#define FUZZ_EAL_H

/**
 * @file
 *
 * EAL for fuzz targets, and a client of its telemetry socket
 */

#include <jansson.h>

#include "fuzz.h"

/** Start EAL, without hugepages or devices, and connect to its telemetry socket. */
void
fuzz_eal_start(void);

/**
 * Send a request to the telemetry socket.
 *
 * The reply has to be complete JSON with one key, the command of the request.
 *
 * @return
 *   The value of that key. The caller releases it by json_decref().
 */
json_t *
fuzz_ask(const char *request, size_t size);

/** Return the latest "tsc" of a reply as text; "" before the first. */
const char *
fuzz_last_tsc(void);

#endif /* FUZZ_EAL_H */
