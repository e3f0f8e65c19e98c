/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef HTTP_H
#define HTTP_H

#include "metrics.h"

struct MHD_Daemon;

/** Start a thread that answers requests on a socket. Returns NULL on failure. */
struct MHD_Daemon *http_start(struct choice *choice, int fd);

/** Return a socket that listens on ADDRESS:PORT or unix:PATH. On failure, the process exits. */
int listen_on(const char *where);

/** Remove the path of a UNIX socket. */
void listen_end(const char *where);

/** Send a state to systemd, if it started this process. */
void notify(const char *state);

#endif /* HTTP_H */
