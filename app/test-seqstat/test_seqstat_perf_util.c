/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_pause.h>

#include "test_seqstat_perf.h"

unsigned int
perf_n_rounds(unsigned int full, unsigned int quick)
{
	const char *env = getenv("SEQSTAT_PERF_QUICK");

	return env != NULL && strcmp(env, "1") == 0 ? quick : full;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
perf_quantile(double *values, unsigned int n, double p)
{
	if (n == 0)
		return 0;
	qsort(values, n, sizeof(values[0]), compare);

	return values[(unsigned int)(p * (n - 1) + 0.5)];
}

double
perf_median(double *values, unsigned int n)
{
	return perf_quantile(values, n, 0.5);
}

bool
perf_rounds_alloc(struct perf_rounds *rounds, unsigned int n_contenders, unsigned int n_rounds)
{
	rounds->n_contenders = n_contenders;
	rounds->n_rounds = n_rounds;
	rounds->value = calloc((size_t)n_contenders * n_rounds, sizeof(rounds->value[0]));
	if (rounds->value == NULL)
		printf("not enough memory for the results of %u rounds\n", n_rounds);

	return rounds->value != NULL;
}

void
perf_rounds_free(struct perf_rounds *rounds)
{
	free(rounds->value);
}

static const double *
rounds_of(const struct perf_rounds *rounds, unsigned int contender)
{
	return &rounds->value[(size_t)contender * rounds->n_rounds];
}

void
perf_rounds_set(struct perf_rounds *rounds, unsigned int contender, unsigned int round,
		double value)
{
	rounds->value[(size_t)contender * rounds->n_rounds + round] = value;
}

static double
ratio(double a, double b)
{
	return a / b;
}

static double
difference(double a, double b)
{
	return a - b;
}

static double
first(double a, double b __rte_unused)
{
	return a;
}

/** The median over the rounds of a function of what two contenders took. */
static double
paired_median(const struct perf_rounds *rounds, unsigned int contender, unsigned int other,
		double (*function)(double, double))
{
	const double *a = rounds_of(rounds, contender), *b = rounds_of(rounds, other);
	double result, *values;
	unsigned int i;

	values = calloc(rounds->n_rounds, sizeof(values[0]));
	if (values == NULL)
		return 0;
	for (i = 0; i < rounds->n_rounds; i++)
		values[i] = function(a[i], b[i]);
	result = perf_median(values, rounds->n_rounds);
	free(values);

	return result;
}

double
perf_rounds_median(const struct perf_rounds *rounds, unsigned int contender)
{
	return paired_median(rounds, contender, contender, first);
}

double
perf_rounds_ratio(const struct perf_rounds *rounds, unsigned int contender, unsigned int other)
{
	return paired_median(rounds, contender, other, ratio);
}

double
perf_rounds_excess(const struct perf_rounds *rounds, unsigned int contender, unsigned int other)
{
	return paired_median(rounds, contender, other, difference);
}

double
perf_ns(double cycles)
{
	return cycles * NS_PER_S / (double)rte_get_tsc_hz();
}

void
perf_wait_until(uint64_t tsc)
{
	while (rte_get_tsc_cycles() < tsc)
		rte_pause();
}

/** A link of a chain: a shift, an exclusive or, a multiplication; five cycles. */
static __rte_always_inline uint64_t
mix(uint64_t x, uint64_t factor)
{
	return (x ^ (x >> 29)) * factor;
}

/** Four links of each of two chains. */
static __rte_always_inline void
mix_four(uint64_t *a, uint64_t *b)
{
	const uint64_t fa = UINT64_C(0xbf58476d1ce4e5b9), fb = UINT64_C(0x94d049bb133111eb);

	*a = mix(mix(mix(mix(*a, fa), fa), fa), fa);
	*b = mix(mix(mix(mix(*b, fb), fb), fb), fb);
}

uint64_t
perf_work(uint64_t state, unsigned int steps)
{
	uint64_t chain = state, side = state;

	for (; steps > 0; steps--) {
		mix_four(&chain, &side);
		mix_four(&chain, &side);
	}

	return chain ^ side;
}

unsigned int
perf_work_steps(unsigned int cycles)
{
	enum { STEPS = 100, ROUNDS = 101 };
	/* Not known to the compiler, which would leave out work whose result it knows. */
	static volatile uint64_t state = 1;
	double took[ROUNDS];
	uint64_t start;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		start = rte_rdtsc_precise();
		state = perf_work(state, STEPS);
		took[i] = rte_rdtsc_precise() - start;
	}

	return (unsigned int)(cycles * STEPS / perf_quantile(took, ROUNDS, 0.1) + 0.5);
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
	fprintf(json, "%.6g", value);
}

void
perf_json_string(const char *name, const char *value)
{
	if (json == NULL)
		return;
	json_member(name);
	fprintf(json, "\"%s\"", value);
}
