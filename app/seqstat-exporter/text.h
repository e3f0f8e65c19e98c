/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A text that grows. */
struct text {
	char *data; /**< Without a NUL. */
	size_t used, size;
};

/** Allocate zeroed memory. Without memory, the process ends; systemd starts another one. */
void *text_alloc(size_t n, size_t size);

/** Append bytes. */
void text_put(struct text *text, const void *data, size_t n);

/** Append a string. */
void text_string(struct text *text, const char *string);

/** Append a short text as printf() makes it. */
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Append a number, which may be signed. */
void text_number(struct text *text, uint64_t number, bool is_signed);

/** Append a string, with a backslash before backslashes and, if wanted, quotes. */
void text_escape(struct text *text, const char *string, bool quotes);

/** Append a label, with a comma before it unless it is the first. */
void text_label(struct text *text, const char *name, const char *value);

/** Return a copy of a string with \xNN in place of bytes that are not printable ASCII. */
char *text_printable(const char *string);

/** Print a line for the operator. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TEXT_H */
