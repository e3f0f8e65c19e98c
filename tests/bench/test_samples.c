/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Whether the benchmarks' errors are what they are said to be, and the right samples count.
 *
 * Numbers are made up, again and again, of which the distribution is known: how far the
 * results differ has to be as far as each set of samples says by itself.
 */

#include <assert.h>
#include <math.h>

#include <rte_random.h>

#include "test_seqstat_perf.h"

#define UNDISTURBED 100.0

double
perf_probe_limit(void)
{
	return UNDISTURBED;
}

static bool far_wanted;

bool
perf_far(void)
{
	return far_wanted;
}

/** Sets of samples; visits of each, in which the machine is as fast for all samples. */
#define N_SETS 400
#define N_VISITS 256
#define SAMPLES_PER_VISIT 3

/** One of some numbers around 0. */
static double
draw(double spread)
{
	/* The sum of some that are evenly distributed is nearly normally distributed. */
	double sum = 0;
	unsigned int i;

	for (i = 0; i < 12; i++)
		sum += rte_drand();

	return (sum - 6) * spread;
}

/** Add what a visit finds; every fourth sample is disturbed, and some others look as if. */
static void
visit(struct perf_samples *samples, double value)
{
	unsigned int i;

	for (i = 0; i < SAMPLES_PER_VISIT; i++)
		if (rte_rand_max(4) == 0)
			perf_samples_add(samples, 3 * value, 2 * UNDISTURBED);
		else if (rte_rand_max(100) == 0)
			perf_samples_add(samples, 100 * value, UNDISTURBED);
		else
			perf_samples_add(samples, value * (1 + draw(0.1)), UNDISTURBED);
}

/** Numbers of which the spread is told, and what was said to be their error. */
struct spread {
	double sum;
	double squares;
	double errors; /**< Their squares, as those of shares. */
};

static void
spread_add(struct spread *spread, double value, double error)
{
	spread->sum += value;
	spread->squares += value * value;
	spread->errors += error * error;
}

/** How many times the real spread, as a share of the mean, the error is that was told. */
static double
told_by_real(const struct spread *spread)
{
	double mean = spread->sum / N_SETS;
	double real = sqrt(spread->squares / N_SETS - mean * mean) / mean;

	return sqrt(spread->errors / N_SETS) / real;
}

/** Look at a set: @p common is how much visits differ, for both contenders alike. */
static void
look_at_set(double common, struct spread *mean, struct spread *ratio)
{
	struct perf_samples one, by;
	double speed;
	unsigned int i;

	assert(perf_samples_alloc(&one, N_VISITS * SAMPLES_PER_VISIT));
	assert(perf_samples_alloc(&by, N_VISITS * SAMPLES_PER_VISIT));
	for (i = 0; i < N_VISITS; i++) {
		speed = 1 + draw(common);
		visit(&one, 500 * speed);
		visit(&by, 200 * speed);
	}
	spread_add(mean, perf_samples_trimmed_mean(&one), perf_samples_error(&one));
	spread_add(ratio, perf_samples_trimmed_mean(&one) /
			perf_samples_trimmed_mean(&by),
		perf_samples_ratio_error(&one, &by));
	perf_samples_free(&one);
	perf_samples_free(&by);
}

static void
test_errors(double common)
{
	struct spread mean = { 0 }, ratio = { 0 };
	unsigned int i;

	for (i = 0; i < N_SETS; i++)
		look_at_set(common, &mean, &ratio);
	printf("visits differ by %.2f: error told by real one: %.2f of means, %.2f of ratios\n",
		common, told_by_real(&mean), told_by_real(&ratio));
	assert(fabs(told_by_real(&mean) - 1) < 0.2);
	assert(fabs(told_by_real(&ratio) - 1) < 0.2);
	assert(fabs(ratio.sum / N_SETS - 2.5) < 0.01);
}

/** Nothing is said of the error of a few samples. */
static void
test_few(void)
{
	struct perf_samples few, many;
	unsigned int i;

	assert(perf_samples_alloc(&few, 8));
	assert(perf_samples_alloc(&many, 800));
	for (i = 0; i < 800; i++) {
		perf_samples_add(&few, i, UNDISTURBED);
		perf_samples_add(&many, i, UNDISTURBED);
	}
	assert(isnan(perf_samples_error(&few)));
	assert(isnan(perf_samples_ratio_error(&few, &many)));
	assert(isnan(perf_samples_ratio_error(&many, &few)));
	assert(perf_samples_error(&many) > 0);
	perf_samples_free(&few);
	perf_samples_free(&many);
}

/** Check what counts, of the samples below: their value, and their share. */
static void
assert_counted(const struct perf_samples *samples, double value, double share)
{
	assert(perf_samples_trimmed_mean(samples) == value);
	assert(perf_samples_median(samples) == value);
	assert(perf_samples_error(samples) == 0);
	assert(fabs(perf_samples_share(samples, 1) - share) < 0.001);
}

/** Lcores that are far from each other are told from others, also where most are. */
static void
test_distances(void)
{
	struct perf_samples samples;
	unsigned int i;

	assert(perf_samples_alloc(&samples, 2000));
	assert(perf_samples_fits(&samples, 9000));
	for (i = 0; i < 1000; i++)
		perf_samples_add_at(&samples, 80, UNDISTURBED, 1050 + i % 100);
	assert_counted(&samples, 80, 1);
	assert(perf_samples_near(&samples) == 1);
	assert(perf_samples_fits(&samples, 2000));
	assert(!perf_samples_fits(&samples, 2200));

	for (i = 0; i < 400; i++) {
		/* Two threads of one core, and cores near each other. */
		perf_samples_add_at(&samples, 5, 2 * UNDISTURBED, 100);
		perf_samples_add_at(&samples, 10, UNDISTURBED, 250 + i % 100);
	}
	assert_counted(&samples, 10, 400. / 1800);
	assert(fabs(perf_samples_near(&samples) - 800. / 1800) < 0.001);
	assert(perf_samples_quantile(&samples, 1) == 80);
	assert(perf_samples_fits(&samples, 400));
	assert(!perf_samples_fits(&samples, 1050));
	far_wanted = true;
	assert_counted(&samples, 80, 1000. / 1800);
	assert(!perf_samples_fits(&samples, 400));
	assert(perf_samples_fits(&samples, 1050));
	far_wanted = false;
	perf_samples_free(&samples);
}

/** What is near is told by what was tried, also if nothing near was chosen. */
static void
test_tried(void)
{
	struct perf_samples samples, tried;
	unsigned int i;

	assert(perf_samples_alloc(&samples, 100));
	assert(perf_samples_alloc(&tried, 100));
	for (i = 0; i < 100; i++) {
		perf_samples_add_at(&samples, 80, UNDISTURBED, 1100);
		perf_samples_add_at(&tried, 0, UNDISTURBED, i % 2 == 0 ? 300 : 1100);
	}
	assert(perf_samples_near(&samples) == 1);
	samples.tried = &tried;
	assert(perf_samples_near(&samples) == 0);
	far_wanted = true;
	assert_counted(&samples, 80, 1);
	far_wanted = false;
	perf_samples_free(&tried);
	perf_samples_free(&samples);
}

/** If but a few were near, all count, and so would any other. */
static void
test_few_near(void)
{
	struct perf_samples samples;
	unsigned int i;

	assert(perf_samples_alloc(&samples, 60));
	perf_samples_add_at(&samples, 10, UNDISTURBED, 300);
	assert(perf_samples_fits(&samples, 1100));
	for (i = 1; i < 60; i++)
		if (i % 3 == 0)
			perf_samples_add_at(&samples, 10, UNDISTURBED, 300);
		else
			perf_samples_add_at(&samples, 80, UNDISTURBED, 1100);
	/* But six at either end. */
	assert(perf_samples_trimmed_mean(&samples) == (14 * 10 + 34 * 80) / 48.);
	perf_samples_free(&samples);
}

int
main(void)
{
	rte_srand(1);
	test_errors(0);
	test_errors(0.05);
	test_errors(0.2);
	test_few();
	test_distances();
	test_few_near();
	test_tried();

	return 0;
}
