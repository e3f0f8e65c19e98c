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
perf_rounds_alloc(struct perf_rounds *rounds, unsigned int n_contenders, unsigned int max_rounds)
{
	rounds->n_contenders = n_contenders;
	rounds->max_rounds = max_rounds;
	rounds->n_rounds = 0;
	rounds->value = calloc((size_t)n_contenders * max_rounds, sizeof(rounds->value[0]));
	rounds->probe = calloc((size_t)n_contenders * max_rounds, sizeof(rounds->probe[0]));
	if (rounds->value != NULL && rounds->probe != NULL)
		return true;

	printf("not enough memory for the results of %u rounds\n", max_rounds);
	perf_rounds_free(rounds);
	rounds->value = rounds->probe = NULL;
	return false;
}

void
perf_rounds_free(struct perf_rounds *rounds)
{
	free(rounds->value);
	free(rounds->probe);
}

/** Where what belongs to a contender and a round is. */
static size_t
rounds_at(const struct perf_rounds *rounds, unsigned int contender, unsigned int round)
{
	return (size_t)round * rounds->n_contenders + contender;
}

void
perf_rounds_set_probed(struct perf_rounds *rounds, unsigned int contender, unsigned int round,
		double value, double probe)
{
	rounds->value[rounds_at(rounds, contender, round)] = value;
	rounds->probe[rounds_at(rounds, contender, round)] = probe;
	rounds->n_rounds = RTE_MAX(rounds->n_rounds, round + 1);
}

void
perf_rounds_set(struct perf_rounds *rounds, unsigned int contender, unsigned int round,
		double value)
{
	perf_rounds_set_probed(rounds, contender, round, value, 0);
}

/** So many rounds are always taken for undisturbed. */
#define FEW_ROUNDS 31u

/** In how many rounds a contender was not disturbed. */
static unsigned int
count_undisturbed(const struct perf_rounds *rounds, unsigned int contender)
{
	double limit = perf_probe_limit();
	unsigned int i, n = 0;

	for (i = 0; i < rounds->n_rounds; i++)
		n += rounds->probe[rounds_at(rounds, contender, i)] <= limit;

	return n;
}

/** What a contender's probes took at most in the few rounds in which they took the least. */
static double
few_limit(const struct perf_rounds *rounds, unsigned int contender, double *room)
{
	unsigned int i;

	for (i = 0; i < rounds->n_rounds; i++)
		room[i] = rounds->probe[rounds_at(rounds, contender, i)];
	qsort(room, rounds->n_rounds, sizeof(room[0]), compare);

	return room[RTE_MIN(FEW_ROUNDS, rounds->n_rounds) - 1];
}

double
perf_rounds_median(const struct perf_rounds *rounds, unsigned int contender)
{
	double limit, median, *values;
	unsigned int i, n = 0;

	values = calloc(rounds->n_rounds, sizeof(values[0]));
	if (values == NULL || rounds->n_rounds == 0)
		return 0;
	limit = RTE_MAX(perf_probe_limit(), few_limit(rounds, contender, values));
	for (i = 0; i < rounds->n_rounds; i++)
		if (rounds->probe[rounds_at(rounds, contender, i)] <= limit)
			values[n++] = rounds->value[rounds_at(rounds, contender, i)];
	median = perf_median(values, n);
	free(values);

	return median;
}

bool
perf_rounds_suffice(const struct perf_rounds *rounds)
{
	unsigned int i;

	for (i = 0; i < rounds->n_contenders; i++)
		if (count_undisturbed(rounds, i) < FEW_ROUNDS)
			return false;

	return true;
}

double
perf_rounds_undisturbed(const struct perf_rounds *rounds)
{
	size_t i, n = 0;

	for (i = 0; i < rounds->n_contenders; i++)
		n += count_undisturbed(rounds, i);

	return (double)n / ((double)rounds->n_contenders * rounds->n_rounds);
}

double
perf_rounds_ratio(const struct perf_rounds *rounds, unsigned int contender, unsigned int other)
{
	double ratio, *values;
	unsigned int i;

	values = calloc(rounds->n_rounds, sizeof(values[0]));
	if (values == NULL)
		return 0;
	for (i = 0; i < rounds->n_rounds; i++)
		values[i] = rounds->value[rounds_at(rounds, contender, i)] /
			rounds->value[rounds_at(rounds, other, i)];
	ratio = perf_median(values, rounds->n_rounds);
	free(values);

	return ratio;
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
