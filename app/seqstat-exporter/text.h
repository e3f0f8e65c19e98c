/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A text that grows; it has no NUL at the end. */
struct text {
	char *data;
	size_t used, size;
};

/** Allocate zeroed memory. If there is none, the process exits; systemd restarts it. */
void *text_alloc(size_t n, size_t size);

/** Return whether a string ends with another one. */
bool ends_with(const char *string, const char *end);

/** Append bytes. */
void text_put(struct text *text, const void *data, size_t n);

/** Append a string. */
void text_string(struct text *text, const char *string);

/** Append what printf() would print, at most 511 bytes. */
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Append a number; a signed one is in two's complement. */
void text_number(struct text *text, uint64_t number, bool is_signed);

/** Append a string; escape backslashes and, if @p quotes, quotation marks. */
void text_escape(struct text *text, const char *string, bool quotes);

/** Append a label, separated by a comma from the text before. */
void text_label(struct text *text, const char *name, const char *value);

/** Return a copy of a string, with \xNN for bytes that are not printable ASCII. */
char *text_printable(const char *string);

/** Print a line to standard error. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TEXT_H */
