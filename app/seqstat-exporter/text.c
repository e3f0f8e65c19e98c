/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void *
check(void *memory)
{
	if (memory == NULL) {
		log_line("not enough memory");
		_Exit(EXIT_FAILURE);
	}
	return memory;
}

bool
ends_with(const char *string, const char *end)
{
	const size_t length = strlen(string), n = strlen(end);

	return length >= n && strcmp(string + length - n, end) == 0;
}

void *
text_alloc(size_t n, size_t size)
{
	return check(calloc(n + 1, size));
}

void
text_put(struct text *text, const void *data, size_t n)
{
	if (n > text->size - text->used) {
		text->size = 2 * (text->used + n);
		text->data = check(realloc(text->data, text->size));
	}
	if (n > 0)
		memcpy(text->data + text->used, data, n);
	text->used += n;
}

void
text_string(struct text *text, const char *string)
{
	text_put(text, string, strlen(string));
}

void
text_print(struct text *text, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	text_string(text, line);
}

void
text_number(struct text *text, uint64_t number, bool is_signed)
{
	text_print(text, is_signed ? "%" PRId64 : "%" PRIu64, number);
}

void
text_escape(struct text *text, const char *string, bool quotes)
{
	size_t n;

	while (*(string += n = strcspn(string, quotes ? "\\\"" : "\\")) != '\0') {
		text_put(text, string - n, n);
		text_put(text, "\\", 1);
		text_put(text, string++, 1);
	}
	text_put(text, string - n, n);
}

void
text_label(struct text *text, const char *name, const char *value)
{
	text_string(text, text->used != 0 ? "," : "");
	text_string(text, name);
	text_put(text, "=\"", 2);
	text_escape(text, value, true);
	text_put(text, "\"", 1);
}

char *
text_printable(const char *string)
{
	struct text text = { 0 };

	for (; *string != '\0'; string++)
		if (*string >= ' ' && *string <= '~')
			text_put(&text, string, 1);
		else
			text_print(&text, "\\x%02x", (unsigned char)*string);
	text_put(&text, "", 1);

	return text.data;
}

void
log_line(const char *format, ...)
{
	char line[2 * 4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	fprintf(stderr, "dpdk-seqstat-exporter: %s\n", line);
}
