/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Requests to the telemetry commands of sets that make replies as long as they can be.
 *
 * The first byte of the input, modulo the number of commands, chooses one; the rest are
 * its parameters, in which @ stands for the TSC of the last reply.
 */

#include <inttypes.h>
#include <string.h>

#include <rte_common.h>
#include <rte_lcore.h>
#include <rte_seqstat.h>

#include "fuzz_eal.h"

/* In an order in which "0" to "5" choose them. */
static const char * const commands[] = { "list", "info", "writers", "total", "row", "lcore" };

static_assert('0' % RTE_DIM(commands) == 0, "the corpus says \"0\" for the first command");

/** What the checks need to know of a set. */
struct fixture {
	const char *name;
	uint32_t n_counters;
	uint32_t n_rows;
	uint32_t n_lcores; /**< That count, beside a shared writer. */
	uint32_t n_bounds; /**< Of each counter if they are histograms. */
};

static const struct fixture fixtures[] = {
	{ "narrow", 1, 300, 120, 0 },
	{ "wide", RTE_SEQSTAT_MAX_VALUES, 3, 20, 0 },
	{ "histogram", 1, 20, 5, 64 },
	{ "histograms", 12, 3, 2, 8 },
};

static const struct fixture *
fixture_find(const char *name)
{
	const struct fixture *fixture;

	for (fixture = fixtures; fixture < fixtures + RTE_DIM(fixtures); fixture++)
		if (strcmp(fixture->name, name) == 0)
			return fixture;

	return NULL;
}

/** Give all values of a writer, which nobody else may have, the most digits. */
static void
fill(struct rte_seqstat *st, unsigned int lcore_id)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(st, lcore_id);
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *r;
	uint32_t row, value;

	FUZZ_ASSERT(w != NULL);
	sec = rte_seqstat_write_begin(w);
	for (row = 0; row < w->n_rows; row++) {
		r = rte_seqstat_row(&sec, row);
		for (value = 0; value < w->n_values; value++)
			rte_seqstat_set(r, value, UINT64_MAX);
	}
	rte_seqstat_write_end(&sec);
}

static void
name_rows(struct rte_seqstat *st, uint32_t n_rows)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE] = "";
	uint32_t row;

	memset(name, '~', sizeof(name) - 1);
	for (row = 0; row < n_rows; row++)
		FUZZ_ASSERT(rte_seqstat_row_name_set(st, row, name) == 0);
}

static void
fixture_make(const struct fixture *fixture)
{
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_VALUES] = { 0 };
	static char names[RTE_SEQSTAT_MAX_VALUES][RTE_SEQSTAT_NAMESIZE];
	char help[RTE_SEQSTAT_HELPSIZE] = "";
	uint64_t bounds[64];
	struct rte_seqstat *st;
	uint32_t i;

	memset(help, '!', sizeof(help) - 1);
	for (i = 0; i < fixture->n_bounds; i++)
		bounds[i] = UINT64_MAX - fixture->n_bounds + i;
	for (i = 0; i < fixture->n_counters; i++) {
		snprintf(names[i], sizeof(names[i]), "counter_of_many_%07" PRIu32, i);
		counters[i] = (struct rte_seqstat_counter){
			.name = names[i],
			.unit = names[i],
			.help = help,
			.type = fixture->n_bounds == 0 ? RTE_SEQSTAT_COUNTER :
				RTE_SEQSTAT_HISTOGRAM,
			.bounds = bounds,
			.n_bounds = fixture->n_bounds,
		};
	}
	st = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = fixture->name,
		.counters = counters,
		.n_counters = fixture->n_counters,
		.n_rows = fixture->n_rows,
		.socket_id = SOCKET_ID_ANY,
	});
	FUZZ_ASSERT(st != NULL);
	name_rows(st, fixture->n_rows);
	for (i = 0; i < fixture->n_lcores; i++)
		fill(st, i);
	fill(st, LCORE_ID_ANY);
}

/** What a request asks for, as far as the reply does not repeat it. */
static size_t
request_make(char *request, size_t size, const uint8_t *data, size_t n)
{
	size_t i, used;

	used = snprintf(request, size, "/seqstat/%s", commands[data[0] % RTE_DIM(commands)]);
	if (n > 1)
		request[used++] = ',';
	for (i = 1; i < n && used + sizeof("18446744073709551615") < size; i++) {
		if (data[i] == '@')
			used += snprintf(&request[used], size - used, "%s", fuzz_last_tsc());
		else
			request[used++] = data[i];
	}

	return used;
}

static double
number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	FUZZ_ASSERT(json_is_real(value));

	return json_real_value(value);
}

/** All counters of a schema are there, and all buckets of histograms. */
static void
check_values(json_t *values, const struct fixture *fixture)
{
	json_t *value, *buckets;
	const char *key;
	uint32_t n = 0;

	json_object_foreach(values, key, value) {
		if (strcmp(key, "name") == 0)
			continue;
		n++;
		if (fixture->n_bounds == 0) {
			FUZZ_ASSERT(json_is_real(value));
			continue;
		}
		buckets = json_object_get(value, "buckets");
		FUZZ_ASSERT(json_object_size(buckets) == fixture->n_bounds + 1);
		FUZZ_ASSERT(number(buckets, "inf") == number(value, "count"));
		number(value, "sum");
	}
	FUZZ_ASSERT(n == fixture->n_counters);
}

/** Entries under numbers that follow each other, up to the next page or the last of all. */
static void
check_numbered(json_t *reply, json_t *entries, uint32_t n_all)
{
	long number_wanted = -1;
	const char *key;
	json_t *entry;

	json_object_foreach(entries, key, entry) {
		if (number_wanted >= 0)
			FUZZ_ASSERT(strtol(key, NULL, 10) == number_wanted);
		number_wanted = strtol(key, NULL, 10) + 1;
	}
	if (json_object_get(reply, "next") != NULL)
		FUZZ_ASSERT(number_wanted == (long)number(reply, "next"));
	else if (number_wanted >= 0)
		FUZZ_ASSERT(number_wanted == (long)n_all);
}

static void
check_rows(json_t *reply, json_t *rows, const struct fixture *fixture)
{
	const char *key;
	json_t *row;

	check_numbered(reply, rows, fixture->n_rows);
	FUZZ_ASSERT(json_object_size(rows) > 0);
	json_object_foreach(rows, key, row) {
		FUZZ_ASSERT(json_string_length(json_object_get(row, "name")) ==
				RTE_SEQSTAT_ROW_NAMESIZE - 1);
		check_values(row, fixture);
	}
}

static void
check_lcores(json_t *reply, const struct fixture *fixture)
{
	json_t *lcore, *lcores = json_object_get(reply, "lcores");
	const char *key;

	check_values(json_object_get(reply, "total"), fixture);
	json_object_foreach(lcores, key, lcore)
		check_values(lcore, fixture);
	/* The last of them all, or as many as a page holds before the next. */
	if (json_object_get(reply, "next") != NULL)
		FUZZ_ASSERT(json_object_size(lcores) > 0);
}

static void
check_schema(json_t *reply, const struct fixture *fixture)
{
	json_t *counter, *counters = json_object_get(reply, "counters");
	uint32_t last = 0;
	const char *key;

	FUZZ_ASSERT(json_array_size(json_object_get(reply, "lcores")) == fixture->n_lcores);
	FUZZ_ASSERT(json_object_size(counters) > 0);
	json_object_foreach(counters, key, counter) {
		FUZZ_ASSERT(json_string_length(json_object_get(counter, "help")) ==
				RTE_SEQSTAT_HELPSIZE - 1);
		FUZZ_ASSERT(strcmp(json_string_value(json_object_get(counter, "unit")), key) == 0);
		last = strtoul(strrchr(key, '_') + 1, NULL, 10);
	}
	FUZZ_ASSERT(last + 1 == (json_object_get(reply, "next") == NULL ?
			fixture->n_counters : (uint32_t)number(reply, "next")));
}

/** Nothing of a reply is missing. */
static void
check_reply(json_t *reply)
{
	const struct fixture *fixture;
	json_t *part;

	if (!json_is_object(reply)) {
		FUZZ_ASSERT(json_is_null(reply) || json_array_size(reply) <= RTE_DIM(fixtures));
		return;
	}
	fixture = fixture_find(json_string_value(json_object_get(reply, "set")));
	FUZZ_ASSERT(fixture != NULL);
	FUZZ_ASSERT(number(reply, "stale") == 0);
	part = json_object_get(reply, "rows");
	if (json_is_object(part))
		check_rows(reply, part, fixture);
	part = json_object_get(reply, "writers");
	if (json_is_object(part))
		check_numbered(reply, part, fixture->n_lcores + 1);
	if (json_object_get(reply, "total") != NULL)
		check_lcores(reply, fixture);
	if (json_object_get(reply, "counters") != NULL)
		check_schema(reply, fixture);
}

int
LLVMFuzzerInitialize(int *argc __rte_unused, char ***argv __rte_unused)
{
	unsigned int i;

	fuzz_eal_start();
	for (i = 0; i < RTE_DIM(fixtures); i++)
		fixture_make(&fixtures[i]);

	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char request[4096];
	json_t *reply;

	if (size == 0)
		return 0;
	reply = fuzz_ask(request, request_make(request, sizeof(request), data, size));
	check_reply(reply);
	json_decref(reply);

	return 0;
}
