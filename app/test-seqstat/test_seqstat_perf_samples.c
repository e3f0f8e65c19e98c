/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <math.h>

#include "test_seqstat_perf.h"

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/** A quantile of sorted numbers. */
static double
quantile(const double *values, unsigned int n, double p)
{
	return n == 0 ? 0 : values[(unsigned int)(p * (n - 1) + 0.5)];
}

/** So many samples are always taken for undisturbed. */
#define FEW_SAMPLES 31u

bool
perf_samples_alloc(struct perf_samples *samples, unsigned int room)
{
	*samples = (struct perf_samples){
		.room = room,
		.value = calloc(room, sizeof(samples->value[0])),
		.probe = calloc(room, sizeof(samples->probe[0])),
		.distance = calloc(room, sizeof(samples->distance[0])),
	};
	if (samples->value != NULL && samples->probe != NULL && samples->distance != NULL)
		return true;

	printf("not enough memory for %u samples\n", room);
	perf_samples_free(samples);
	return false;
}

void
perf_samples_free(struct perf_samples *samples)
{
	free(samples->value);
	free(samples->probe);
	free(samples->distance);
	*samples = (struct perf_samples){ 0 };
}

void
perf_samples_add(struct perf_samples *samples, double value, double probe)
{
	perf_samples_add_at(samples, value, probe, 0);
}

void
perf_samples_add_at(struct perf_samples *samples, double value, double probe, double distance)
{
	if (samples->n == samples->room)
		return;
	samples->value[samples->n] = value;
	samples->probe[samples->n] = probe;
	samples->distance[samples->n] = distance;
	samples->n++;
}

/**
 * At which distance lcores are near each other at most.
 *
 * That is twice what a tenth of the samples had, of those whose cores were not shared: two
 * threads of one core are nearer than any others.
 */
static double
near_limit(const struct perf_samples *samples)
{
	double *distances, limit = perf_probe_limit();
	unsigned int i, n = 0;

	if (samples->tried != NULL)
		samples = samples->tried;
	distances = samples->n == 0 ? NULL : calloc(samples->n, sizeof(distances[0]));
	if (distances == NULL)
		return INFINITY;
	for (i = 0; i < samples->n; i++)
		if (samples->probe[i] <= limit)
			distances[n++] = samples->distance[i];
	qsort(distances, n, sizeof(distances[0]), compare);
	limit = n == 0 ? INFINITY : 2 * quantile(distances, n, 0.1);
	free(distances);

	return limit;
}

/** Whether lcores are at the right distance: near each other, or far, if that is wanted. */
static bool
is_right(double distance, double near)
{
	return (distance <= near) != perf_far();
}

/** A sample's probe, if its lcores were at the right distance. */
static double
right_probe(const struct perf_samples *samples, unsigned int i, double near)
{
	return is_right(samples->distance[i], near) ? samples->probe[i] : INFINITY;
}

/** How many were not disturbed. */
static unsigned int
count_undisturbed(const struct perf_samples *samples)
{
	double limit = perf_probe_limit(), near = near_limit(samples);
	unsigned int i, n = 0;

	for (i = 0; i < samples->n; i++)
		n += right_probe(samples, i, near) <= limit;

	return n;
}

double
perf_samples_near(const struct perf_samples *samples)
{
	double near = near_limit(samples);
	unsigned int i, n = 0;

	for (i = 0; i < samples->n; i++)
		n += samples->distance[i] <= near;

	return samples->n == 0 ? 0 : (double)n / samples->n;
}

bool
perf_samples_fits(const struct perf_samples *samples, double distance)
{
	return samples->n < FEW_SAMPLES || is_right(distance, near_limit(samples));
}

bool
perf_samples_suffice(const struct perf_samples *samples)
{
	return count_undisturbed(samples) >= FEW_SAMPLES;
}

double
perf_samples_share(const struct perf_samples samples[], unsigned int n_contenders)
{
	double undisturbed = 0, n = 0;
	unsigned int i;

	for (i = 0; i < n_contenders; i++) {
		undisturbed += count_undisturbed(&samples[i]);
		n += samples[i].n;
	}

	return n == 0 ? 0 : undisturbed / n;
}

/** What the probes took at most of the few samples of which they took the least. */
static double
few_limit(const struct perf_samples *samples, double near, double *room)
{
	unsigned int i;

	for (i = 0; i < samples->n; i++)
		room[i] = right_probe(samples, i, near);
	qsort(room, samples->n, sizeof(room[0]), compare);

	return room[RTE_MIN(FEW_SAMPLES, samples->n) - 1];
}

/** Which samples count. */
struct which {
	double near;  /**< Their lcores' distances at most. */
	double probe; /**< Their probes at most. */
};

static bool
counts(const struct perf_samples *samples, unsigned int i, const struct which *which)
{
	return right_probe(samples, i, which->near) <= which->probe;
}

/**
 * Those that were not disturbed; if these are but a few, those with the shortest probes; if
 * but a few are of lcores at the right distance, all.
 *
 * @param[out] which
 *   Which ones these are.
 * @param[out] n
 *   How many.
 * @return
 *   Sorted; to be freed. NULL if there are none, or there is no memory.
 */
static double *
undisturbed_values(const struct perf_samples *samples, struct which *which, unsigned int *n)
{
	double *values;
	unsigned int i;

	*n = 0;
	values = samples->n == 0 ? NULL : calloc(samples->n, sizeof(values[0]));
	if (values == NULL)
		return NULL;
	which->near = near_limit(samples);
	which->probe = fmax(perf_probe_limit(), few_limit(samples, which->near, values));
	for (i = 0; i < samples->n; i++)
		if (counts(samples, i, which))
			values[(*n)++] = samples->value[i];
	qsort(values, *n, sizeof(values[0]), compare);

	return values;
}

double
perf_samples_median(const struct perf_samples *samples)
{
	struct which which;
	unsigned int n;
	double *values = undisturbed_values(samples, &which, &n);
	double median = quantile(values, n, 0.5);

	free(values);

	return median;
}

/** The share of the lowest numbers, and of the highest ones, that do not count in a mean. */
#define TRIMMED_SHARE 0.1

/** How many of sorted numbers do not count, at either end. */
static unsigned int
trimmed(unsigned int n)
{
	return (unsigned int)(n * TRIMMED_SHARE);
}

/** The mean of sorted numbers but the lowest and the highest ones. */
static double
trimmed_mean(const double *values, unsigned int n)
{
	unsigned int i, cut = trimmed(n);
	double sum = 0;

	for (i = cut; i < n - cut; i++)
		sum += values[i];

	return sum / (n - 2 * cut);
}

double
perf_samples_trimmed_mean(const struct perf_samples *samples)
{
	struct which which;
	unsigned int n;
	double *values = undisturbed_values(samples, &which, &n);
	double mean = values == NULL ? 0 : trimmed_mean(values, n);

	free(values);

	return mean;
}

/**
 * Samples are cut into so many batches of neighbours.
 *
 * Those that were taken at the same time have much in common. How far the means of whole
 * batches differ tells how far the mean of all might be off.
 */
#define N_BATCHES 32u

/** A number, but not less than the one or more than the other end. */
static double
clamp(double value, double low, double high)
{
	return fmax(low, fmin(high, value));
}

static double
clamped_mean(const double *values, unsigned int n, double low, double high)
{
	unsigned int i;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += clamp(values[i], low, high);

	return sum / n;
}

/**
 * Add how far each batch moves the trimmed mean of all, as a share of that.
 *
 * A number that does not count moves it as far as the next one that does.
 *
 * @param sign
 *   -1 for what is divided by.
 */
static void
add_moves(const struct perf_samples *samples, double sign, double moves[N_BATCHES])
{
	double *values, low, high, mean, weight;
	struct which which;
	unsigned int i, n, cut;

	values = undisturbed_values(samples, &which, &n);
	if (values == NULL)
		return;
	cut = trimmed(n);
	low = values[cut];
	high = values[n - 1 - cut];
	mean = clamped_mean(values, n, low, high);
	weight = sign / ((n - 2 * cut) * trimmed_mean(values, n));
	for (i = 0; i < samples->n; i++)
		if (counts(samples, i, &which))
			moves[(uint64_t)i * N_BATCHES / samples->n] +=
				weight * (clamp(samples->value[i], low, high) - mean);
	free(values);
}

static double
moves_error(const double moves[N_BATCHES])
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < N_BATCHES; i++)
		sum += moves[i] * moves[i];

	return sqrt(sum * N_BATCHES / (N_BATCHES - 1));
}

double
perf_samples_error(const struct perf_samples *samples)
{
	double moves[N_BATCHES] = { 0 };

	if (samples->n < N_BATCHES)
		return NAN;
	add_moves(samples, 1, moves);

	return moves_error(moves);
}

double
perf_samples_ratio_error(const struct perf_samples *samples, const struct perf_samples *by)
{
	double moves[N_BATCHES] = { 0 };

	if (samples->n < N_BATCHES || by->n < N_BATCHES)
		return NAN;
	add_moves(samples, 1, moves);
	add_moves(by, -1, moves);

	return moves_error(moves);
}

double
perf_samples_quantile(const struct perf_samples *samples, double p)
{
	double result, *values;

	values = calloc(samples->n, sizeof(values[0]));
	if (values == NULL)
		return 0;
	memcpy(values, samples->value, samples->n * sizeof(values[0]));
	qsort(values, samples->n, sizeof(values[0]), compare);
	result = quantile(values, samples->n, p);
	free(values);

	return result;
}
