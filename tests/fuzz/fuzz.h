/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef FUZZ_H
#define FUZZ_H

/**
 * @file
 *
 * Functions of a fuzz target that libFuzzer calls, and a check
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** Check a condition. If it fails, libFuzzer saves the input as a crash. */
#define FUZZ_ASSERT(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: failed: %s\n",		\
			__FILE__, __LINE__, #cond);			\
		abort();						\
	}								\
} while (0)

/** Optional; called once. Returns 0. */
int
LLVMFuzzerInitialize(int *argc, char ***argv);

/** Called for each input. Returns 0. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_H */
