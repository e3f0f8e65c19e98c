/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <inttypes.h>
#include <math.h>

#include "test_seqstat_perf_fire.h"
#include "test_seqstat_perf_visits.h"

/*
 * What a snapshot costs while writers write, and what it costs them.
 *
 * How others use the machine changes within tenths of seconds and within minutes, and so
 * does what is measured: all loads are run again and again, as long as there is time, and
 * more often if their ratios are less certain than those of others. The reader is near its
 * writers, see perf_choose_lcores().
 */

/** How many passes there are over the loads at least. */
#define MIN_PASSES 4
/** What is found in so many of them is kept. */
#define MAX_PASSES 2048

/** Contenders that read in the same passes. */
enum group {
	SEQSTAT_AND_PLAIN,
	LOOP,
	RWLOCK,
	N_GROUPS
};

static const uint32_t group_contenders[] = {
	[SEQSTAT_AND_PLAIN] = RTE_BIT32(PERF_SEQSTAT) | RTE_BIT32(PERF_PLAIN),
	[LOOP] = RTE_BIT32(PERF_SEQCOUNT_LOOP),
	[RWLOCK] = RTE_BIT32(PERF_RWLOCK),
};

static const char *const contender_names[] = {
	[PERF_PLAIN] = "plain",
	[PERF_SEQSTAT] = "seqstat",
	[PERF_SEQCOUNT_LOOP] = "seqcount_loop",
	[PERF_RWLOCK] = "rwlock",
};

/** A load, and what came of it. */
struct result {
	struct perf_load load;
	struct perf_seen seen[PERF_N_CONTENDERS];
	double error[N_GROUPS]; /**< See group_error(). */
};

static bool
result_init(struct result *result)
{
	const struct perf_samples *tried = perf_tried_lcores(result->load.writers);
	struct perf_seen *s;

	for (s = result->seen; s < &result->seen[PERF_N_CONTENDERS]; s++) {
		if (!perf_samples_alloc(&s->cycles, MAX_PASSES * PERF_FIRE_MAX_TIMES) ||
				!perf_samples_alloc(&s->slowdown, MAX_PASSES))
			return false;
		s->cycles.tried = tried;
		s->slowdown.tried = tried;
	}

	return true;
}

static void
result_fini(struct result *result)
{
	struct perf_seen *s;

	for (s = result->seen; s < &result->seen[PERF_N_CONTENDERS]; s++) {
		perf_samples_free(&s->cycles);
		perf_samples_free(&s->slowdown);
	}
}

/** An error in percent, or nothing if there were too few samples to tell. */
static const char *
percent(char text[16], double error)
{
	text[0] = '\0';
	if (isfinite(error))
		snprintf(text, 16, "%.1f%%", 100 * error);

	return text;
}

static void
report_contender(const struct perf_load *load, enum perf_contender contender,
		const struct perf_seen *s, const struct perf_seen *plain)
{
	double p50 = perf_ns(perf_samples_median(&s->cycles));
	double times_plain = perf_samples_trimmed_mean(&s->cycles) /
		perf_samples_trimmed_mean(&plain->cycles);
	double p99 = perf_ns(perf_samples_quantile(&s->cycles, 0.99));
	double longest = perf_ns((double)s->longest);
	double slowdown = perf_samples_trimmed_mean(&s->slowdown);
	double times_error = contender == PERF_PLAIN ? 0 :
		perf_samples_ratio_error(&s->cycles, &plain->cycles);
	double slowdown_error = perf_samples_error(&s->slowdown);
	char times_percent[16], slowdown_percent[16];

	printf("  %-14s %10.0f %8.2f %6s %10.0f %10.0f %8" PRIu64 " %6" PRIu64 " %6" PRIu64
		" %8.3f %6s\n", contender_names[contender], p50, times_plain,
		percent(times_percent, times_error), p99, longest, s->retries, s->failures,
		s->torn, slowdown, percent(slowdown_percent, slowdown_error));

	perf_json_object_begin(NULL);
	perf_json_number("counters", load->counters);
	perf_json_number("gap", load->gap);
	perf_json_number("writers", load->writers);
	perf_json_number("rate", load->rate);
	perf_json_string("pattern", load->spread ? "spread" : "few");
	perf_json_string("contender", contender_names[contender]);
	perf_json_number("p50_ns", p50);
	perf_json_number("times_plain", times_plain);
	perf_json_number("times_plain_error", times_error);
	perf_json_number("p99_ns", p99);
	perf_json_number("max_ns", longest);
	perf_json_number("snapshots", (double)s->n_snapshots);
	perf_json_number("undisturbed", perf_samples_share(&s->cycles, 1));
	perf_json_number("near", perf_samples_near(&s->cycles));
	perf_json_number("retries", (double)s->retries);
	perf_json_number("failures", (double)s->failures);
	perf_json_number("torn", (double)s->torn);
	perf_json_number("writer_slowdown", slowdown);
	perf_json_number("writer_slowdown_error", slowdown_error);
	perf_json_object_end();
}

static int
report(const struct result *result)
{
	const struct perf_load *load = &result->load;
	const struct perf_seen *seen = result->seen;
	uint32_t i;

	printf("\nsnapshot of %u x %u counters, %s, gap %u, %u a second: ns, times slower writers\n"
		"  %-14s %10s %8s %6s %10s %10s %8s %6s %6s %8s %6s\n", load->writers,
		load->counters, load->spread ? "spread" : "few rows", load->gap, load->rate, "",
		"p50", "by plain", "error", "p99", "max", "retries", "failed", "torn", "writers",
		"error");
	for (i = 0; i < PERF_N_CONTENDERS; i++)
		report_contender(load, i, &seen[i], &seen[PERF_PLAIN]);
	for (i = 0; i < PERF_N_CONTENDERS; i++)
		TEST_ASSERT(i == PERF_PLAIN || seen[i].torn == 0, "%s is torn", contender_names[i]);

	return TEST_SUCCESS;
}

/** Most loads: all combinations for one and for more writers, and some rates. */
#define MAX_LOADS 128

/** All combinations for a number of writers. Returns how many. */
static unsigned int
list_loads(struct result *results, uint32_t writers)
{
	static const uint32_t counters[] = { 8, 64, 256, 1024, 16384 };
	static const uint32_t gaps[] = { 0, 200, 1000 };
	static const uint32_t rates[] = { 0, 1000 };
	unsigned int c, g, r, pattern, n = 0;

	for (c = 0; c < RTE_DIM(counters); c++)
		for (g = 0; g < RTE_DIM(gaps); g++)
			for (r = 0; r < RTE_DIM(rates); r++)
				for (pattern = 0; pattern < 2; pattern++)
					results[n++].load = (struct perf_load){
						.counters = counters[c],
						.gap = gaps[g],
						.writers = writers,
						.rate = rates[r],
						.spread = pattern == 1,
					};

	return n;
}

/** More rates, of one combination. Returns how many. */
static unsigned int
list_rates(struct result *results)
{
	static const uint32_t rates[] = { 5000, 20000, 50000, 100000 };
	unsigned int n;

	for (n = 0; n < RTE_DIM(rates); n++)
		results[n].load = (struct perf_load){
			.counters = 1024,
			.gap = 200,
			.writers = 1,
			.rate = rates[n],
			.spread = true,
		};

	return n;
}

/** The error of the least certain one of a group's ratios; NAN if that is not known yet. */
static double
group_error(const struct perf_seen seen[], enum group group)
{
	const struct perf_seen *plain = &seen[PERF_PLAIN], *seqstat = &seen[PERF_SEQSTAT];
	double error;

	if (group == SEQSTAT_AND_PLAIN) {
		/* If one of them is not known yet, the others are the larger ones. */
		error = fmax(perf_samples_error(&seqstat->slowdown),
			perf_samples_error(&plain->slowdown));
		return fmax(error, perf_samples_ratio_error(&seqstat->cycles, &plain->cycles));
	}
	seen += group == LOOP ? PERF_SEQCOUNT_LOOP : PERF_RWLOCK;

	return perf_samples_error(&seen->slowdown);
}

/** Other groups than the first are context: until their errors are known they wait for this. */
#define CONTEXT_TURN 3

/** The error by which to choose: 0, so that only full turns do, while a group has to wait. */
static double
error_to_choose_by(const struct result *result, enum group group, unsigned int pass)
{
	double error = result->error[group];

	if (isnan(error) && group != SEQSTAT_AND_PLAIN && pass % CONTEXT_TURN != 0)
		return 0;

	return error;
}

/** Choose who reads with each load in a pass. */
static void
choose_contenders(struct result *results, unsigned int n_loads, unsigned int pass,
		uint32_t contenders[])
{
	double errors[MAX_LOADS * N_GROUPS] = { 0 };
	bool chosen[MAX_LOADS * N_GROUPS];
	unsigned int i, group;

	for (i = 0; i < n_loads; i++)
		for (group = 0; group < N_GROUPS; group++) {
			/* After the full turns only: errors change slowly. */
			if (pass % PERF_FULL_TURN == 1)
				results[i].error[group] = group_error(results[i].seen, group);
			errors[i * N_GROUPS + group] =
				error_to_choose_by(&results[i], group, pass);
		}
	perf_choose_visits(errors, n_loads * N_GROUPS, pass, chosen);
	for (i = 0; i < n_loads; i++) {
		contenders[i] = 0;
		for (group = 0; group < N_GROUPS; group++)
			if (chosen[i * N_GROUPS + group])
				contenders[i] |= group_contenders[group];
	}
}

/**
 * Run each load for those whose turn it is, if there are lcores for it; in the first passes
 * on any.
 *
 * @param reader
 *   Another one for each pass: all lcores after it read in turn.
 */
static int
run_pass(struct result *results, unsigned int n_loads, unsigned int pass, unsigned int reader)
{
	struct perf_lcores lcores = { .reader = reader };
	uint32_t contenders[MAX_LOADS];
	unsigned int i;
	int ret = TEST_SUCCESS;

	choose_contenders(results, n_loads, pass, contenders);
	for (i = 0; i < n_loads && ret == TEST_SUCCESS; i++) {
		if (contenders[i] == 0)
			continue;
		lcores.n_writers = results[i].load.writers;
		if (perf_choose_lcores(&lcores) || pass < MIN_PASSES)
			ret = perf_fire_run(&results[i].load, &lcores, contenders[i],
					results[i].seen);
	}

	return ret;
}

static int
run_loads(struct result *results, unsigned int n_loads)
{
	unsigned int i, pass, seconds = perf_seconds(), lcore_id = rte_lcore_id();
	uint64_t end = rte_rdtsc() + seconds * rte_get_tsc_hz();
	int ret = TEST_SUCCESS;

	for (i = 0; i < n_loads; i++)
		if (!result_init(&results[i]))
			return TEST_FAILED;
	printf("snapshots of %u loads, for %u s\n", n_loads, seconds);
	fflush(stdout);
	for (pass = 0; ret == TEST_SUCCESS; pass++) {
		if (pass >= MIN_PASSES && rte_rdtsc() >= end)
			break;
		lcore_id = rte_get_next_lcore(lcore_id, 0, 1);
		ret = run_pass(results, n_loads, pass, lcore_id);
	}
	printf("in %u passes\n", pass);
	perf_json_array_begin("snapshot");
	for (i = 0; i < n_loads && ret == TEST_SUCCESS; i++)
		ret = report(&results[i]);
	perf_json_array_end();

	return ret;
}

int
perf_snapshot(void)
{
	uint32_t most = RTE_MIN(rte_lcore_count() - 1, (unsigned int)PERF_FIRE_MAX_WRITERS);
	struct result *results;
	unsigned int n, i;
	int ret;

	TEST_SEQSTAT_NEEDS_LCORES(2u);

	results = calloc(MAX_LOADS, sizeof(results[0]));
	TEST_ASSERT_NOT_NULL(results, "not enough memory");
	n = list_loads(results, 1);
	n += list_rates(&results[n]);
	if (most > 1)
		n += list_loads(&results[n], most);
	ret = run_loads(results, n);
	for (i = 0; i < n; i++)
		result_fini(&results[i]);
	free(results);

	return ret;
}
