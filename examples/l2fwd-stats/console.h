/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* What the operator wants, by a signal to the process or a key on its terminal. */
enum console_event {
	CONSOLE_NOTHING, /* Until the time limit. */
	CONSOLE_QUIT,    /* SIGINT, SIGTERM, key q. */
	CONSOLE_RESET,   /* SIGUSR1, key r. */
	CONSOLE_LCORES,  /* Key l. */
};

/*
 * Keep the signals until console_wait() asks for them. To be called before any thread is
 * made: all of them must keep the signals. Returns 0, or -1 and says what is wrong.
 */
int console_open(void);

/* Listen to keys, if standard input is a terminal that this program has. Returns whether it is. */
bool console_keys_listen(void);

/* Do not listen to keys any more, and leave the terminal as it was found. */
void console_keys_ignore(void);

/* Wait for the next event, or until a time as rte_get_tsc_cycles() tells it. */
enum console_event console_wait(uint64_t until_tsc);

#endif /* CONSOLE_H */
