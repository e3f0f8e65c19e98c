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
 * The reply must be JSON with the request's command as its only key, and not be cut.
 *
 * @return
 *   What the reply has under the command. To be given back with json_decref().
 */
json_t *
fuzz_ask(const char *request, size_t size);

/** The "tsc" of the last reply that had one, as text; "" before. */
const char *
fuzz_last_tsc(void);

#endif /* FUZZ_EAL_H */
