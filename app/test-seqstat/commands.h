/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef COMMANDS_H
#define COMMANDS_H

/**
 * Run a test by its name and print how it went.
 *
 * @return
 *   TEST_SUCCESS, TEST_SKIPPED or TEST_FAILED; also if there is no such test.
 */
int
command_run(const char *name);

/**
 * Read commands from a prompt, until the end of the input or "quit".
 *
 * @return
 *   0, or -1 if there is no prompt to be had.
 */
int
command_prompt(void);

#endif /* COMMANDS_H */
