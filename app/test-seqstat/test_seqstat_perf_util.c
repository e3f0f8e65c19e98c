/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <math.h>

#include <rte_pause.h>

#include "test_seqstat_perf.h"

static bool
is_asked_for(const char *name)
{
	const char *env = getenv(name);

	return env != NULL && strcmp(env, "1") == 0;
}

unsigned int
perf_n_rounds(unsigned int full, unsigned int quick)
{
	return is_asked_for("SEQSTAT_PERF_QUICK") ? quick : full;
}

bool
perf_far(void)
{
	return is_asked_for("SEQSTAT_PERF_FAR");
}

unsigned int
perf_seconds(void)
{
	const char *env = getenv("SEQSTAT_PERF_SECONDS");

	return env != NULL ? (unsigned int)strtoul(env, NULL, 10) : perf_n_rounds(1000, 50);
}

double
perf_ns(double cycles)
{
	return cycles * NS_PER_S / (double)rte_get_tsc_hz();
}

int
perf_run_on(unsigned int lcore_id, lcore_function_t *func, void *arg)
{
	if (lcore_id == rte_lcore_id())
		return func(arg);
	if (rte_eal_remote_launch(func, arg, lcore_id) != 0)
		return TEST_FAILED;

	return rte_eal_wait_lcore(lcore_id);
}

void
perf_wait_until(uint64_t tsc)
{
	while (rte_get_tsc_cycles() < tsc)
		rte_pause();
}

/**
 * A link of a chain: a rotation and a multiplication; four cycles.
 *
 * None that needs a copy of the register: whether a copy takes a cycle depends on how
 * many others there are, and so on what is counted.
 */
static __rte_always_inline uint64_t
mix(uint64_t x, uint64_t factor)
{
	return (x >> 29 | x << 35) * factor;
}

/** Five links of each of two chains. */
static __rte_always_inline void
mix_five(uint64_t *a, uint64_t *b)
{
	const uint64_t fa = UINT64_C(0xbf58476d1ce4e5b9), fb = UINT64_C(0x94d049bb133111eb);

	*a = mix(mix(mix(mix(mix(*a, fa), fa), fa), fa), fa);
	*b = mix(mix(mix(mix(mix(*b, fb), fb), fb), fb), fb);
}

uint64_t
perf_work(uint64_t state, unsigned int cycles)
{
	uint64_t chain = state, side = state;
	unsigned int i;

	/* Not many rounds: the end of a long loop is not foreseen, or it is by luck. */
	for (; cycles >= 100; cycles -= 100)
		for (i = 0; i < 5; i++)
			mix_five(&chain, &side);

	return chain ^ side;
}

/** The file, and whether the next member is the first of its parent. */
static FILE *json;
static bool json_empty;
static unsigned int json_depth;

/** Begin a member: comma, line, indentation, name. */
static void
json_member(const char *name)
{
	if (json_depth > 0)
		fprintf(json, "%s\n%*s", json_empty ? "" : ",", (int)json_depth * 2, "");
	json_empty = false;
	if (name != NULL)
		fprintf(json, "\"%s\": ", name);
}

static void
json_begin(const char *name, char bracket)
{
	if (json == NULL)
		return;
	json_member(name);
	fputc(bracket, json);
	json_depth++;
	json_empty = true;
}

static void
json_end(char bracket)
{
	if (json == NULL)
		return;
	json_depth--;
	fprintf(json, "\n%*s%c", (int)json_depth * 2, "", bracket);
	json_empty = false;
}

bool
perf_json_open(void)
{
	const char *path = getenv("SEQSTAT_PERF_JSON");

	if (path == NULL || path[0] == '\0')
		return true;
	json = fopen(path, "w");
	if (json == NULL) {
		printf("%s cannot be written\n", path);
		return false;
	}
	perf_json_object_begin(NULL);

	return true;
}

bool
perf_json_close(void)
{
	bool written;

	if (json == NULL)
		return true;
	perf_json_object_end();
	fputc('\n', json);
	written = !ferror(json);
	written &= fclose(json) == 0;
	json = NULL;
	if (!written)
		printf("the JSON file could not be written\n");

	return written;
}

void
perf_json_object_begin(const char *name)
{
	json_begin(name, '{');
}

void
perf_json_object_end(void)
{
	json_end('}');
}

void
perf_json_array_begin(const char *name)
{
	json_begin(name, '[');
}

void
perf_json_array_end(void)
{
	json_end(']');
}

void
perf_json_number(const char *name, double value)
{
	if (json == NULL)
		return;
	json_member(name);
	if (isfinite(value))
		fprintf(json, "%.6g", value);
	else
		fprintf(json, "null");
}

void
perf_json_string(const char *name, const char *value)
{
	if (json == NULL)
		return;
	json_member(name);
	fprintf(json, "\"%s\"", value);
}
