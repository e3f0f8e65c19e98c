/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef HTTP_H
#define HTTP_H

#include "metrics.h"

struct MHD_Daemon;

/** Answer requests on a socket, in a thread. Returns NULL if there can be none. */
struct MHD_Daemon *http_start(struct choice *choice, int fd);

/** Return a socket that listens on ADDRESS:PORT or unix:PATH, or end the process. */
int listen_on(const char *where);

/** Remove what a socket leaves that listened. */
void listen_end(const char *where);

/** Tell systemd about a change, if it started this process. */
void notify(const char *state);

#endif /* HTTP_H */
