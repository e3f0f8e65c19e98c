/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Telemetry requests for sets that have the longest possible replies, with all characters that
 * rte_seqstat_create() accepts: each reply is complete.
 *
 * The first byte of the input selects the command, '0' for the first. The rest are its parameters,
 * in which @ stands for the TSC of the last reply.
 */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_seqstat.h>

#include "fuzz.h"

static const char * const commands[] = {
	"list", "info", "writers", "total", "lcore", "values", "buckets", "retired",
};

/** The length at which librte_telemetry cuts a reply, and a byte to notice a longer one. */
#define REPLY_SIZE (16 * 1024 + 1)

/** Bytes that librte_telemetry needs at the end of a complete reply. */
#define REPLY_END 2

static int telemetry = -1;
static char received[REPLY_SIZE];
static char last_tsc[24];

static void
telemetry_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n;

	n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/dpdk_telemetry.v2",
			rte_eal_get_runtime_dir());
	FUZZ_ASSERT(n < (int)sizeof(address.sun_path));
	telemetry = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	FUZZ_ASSERT(connect(telemetry, (struct sockaddr *)&address, sizeof(address)) == 0);
	/* Receive the greeting. */
	FUZZ_ASSERT(recv(telemetry, received, sizeof(received), 0) > 0);
}

/** Write EAL's option for lcore 0 on all CPUs; else EAL binds telemetry, too, to the first. */
static void
lcores_make(char *lcores, size_t size)
{
	cpu_set_t cpus;
	size_t used;
	int cpu;

	FUZZ_ASSERT(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	used = snprintf(lcores, size, "0@(");
	for (cpu = 0; cpu < CPU_SETSIZE && used < size; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			used += snprintf(&lcores[used], size - used, "%d,", cpu);
	FUZZ_ASSERT(used < size);
	lcores[used - 1] = ')';
}

/** Start EAL, without hugepages or devices, and connect to its telemetry socket. */
static void
eal_start(void)
{
	char lcores[CPU_SETSIZE * sizeof("1023,")];
	char *argv[] = { "fuzz", "--no-huge", "-m", "128", "--no-pci", "--lcores", lcores,
		"--log-level", "emergency" };

	lcores_make(lcores, sizeof(lcores));
	FUZZ_ASSERT(rte_eal_init(RTE_DIM(argv), argv) >= 0);
	telemetry_connect();
}

/** Save the "tsc" of a reply as text: as a number, jansson would round it. */
static void
tsc_remember(void)
{
	const char *tsc = strstr(received, "\"tsc\":");

	if (tsc == NULL)
		return;
	tsc += strlen("\"tsc\":");
	snprintf(last_tsc, sizeof(last_tsc), "%.*s", (int)strspn(tsc, "0123456789"), tsc);
}

/**
 * Send a request to the telemetry socket.
 *
 * The reply has to be complete JSON with one key, the command of the request. Returns the value of
 * that key, which the caller releases by json_decref().
 */
static json_t *
ask(const char *request, size_t size)
{
	json_t *all, *answer;
	json_error_t error;
	ssize_t n;

	/* libFuzzer's timer interrupts system calls. */
	n = TEMP_FAILURE_RETRY(send(telemetry, request, size, 0));
	FUZZ_ASSERT(n == (ssize_t)size);
	n = TEMP_FAILURE_RETRY(recv(telemetry, received, sizeof(received) - 1, 0));
	FUZZ_ASSERT(n > 0);
	FUZZ_ASSERT(n < REPLY_SIZE - 1 - REPLY_END);
	received[n] = '\0';
	tsc_remember();

	/* Decode integers as reals: jansson's integers are signed. */
	all = json_loadb(received, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
	if (all == NULL)
		fprintf(stderr, "%s\n%s\n", error.text, received);
	FUZZ_ASSERT(all != NULL);
	FUZZ_ASSERT(json_object_size(all) == 1);
	answer = json_incref(json_object_iter_value(json_object_iter(all)));
	json_decref(all);

	return answer;
}

/** Bounds with the most digits; each fixture uses the first of them. */
static uint64_t long_bounds[RTE_SEQSTAT_MAX_BOUNDS];

/** A set. */
struct fixture {
	const char *name;
	uint32_t n_counters;
	uint32_t n_rows;
	uint32_t n_lcores; /**< Writers besides the shared one. */
	struct rte_seqstat_buckets buckets; /**< For each counter if all are histograms. */
	uint32_t n_keys; /**< Buckets in replies with rows; 0: no histograms. */
};

static const struct fixture fixtures[] = {
	{ "narrow", 1, 300, 120 },
	{ "wide", RTE_SEQSTAT_MAX_COUNTERS, 3, 20 },
	{ "histogram", 1, 20, 5, { long_bounds, 64, 0 }, 65 },
	{ "histograms", 12, 3, 2, { long_bounds, 8, 0 }, 9 },
	/* The longest row that rte_seqstat_create() accepts. */
	{ "longest", 2, 3, 2, { long_bounds, RTE_SEQSTAT_MAX_BOUNDS, 0 }, 127 },
	{ "fine", 1, 3, 2, RTE_SEQSTAT_BUCKETS_LOG(4, 63), 65 },
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

/** Return the number of balances: the maximum, or 0 for histograms. */
static uint32_t
n_balances(const struct fixture *fixture)
{
	return fixture->n_keys == 0 ? RTE_SEQSTAT_MAX_BALANCES : 0;
}

/** Set all values of an lcore's writer to the number with the most digits. */
static void
fill(struct rte_seqstat *st, unsigned int lcore_id)
{
	const unsigned int self = rte_lcore_id();
	struct rte_seqstat_section sec;
	struct rte_seqstat_row *r;
	uint32_t row, value;

	RTE_PER_LCORE(_lcore_id) = lcore_id;
	sec = rte_seqstat_begin(st);
	RTE_PER_LCORE(_lcore_id) = self;
	FUZZ_ASSERT(sec.writer->lcore_id == lcore_id);
	for (row = 0; row < sec.writer->n_rows; row++) {
		r = rte_seqstat_row(&sec, row);
		for (value = 0; value < sec.writer->n_values; value++)
			rte_seqstat_gauge_set(r, value, UINT64_MAX);
	}
	rte_seqstat_end(&sec);
}

/** Characters of text for each label; all of them are valid ones, with some repeated. */
#define LABEL_PART 24
static char characters[LABEL_PART * RTE_SEQSTAT_MAX_LABELS];

static void
characters_make(void)
{
	size_t i;
	char c = ' ';

	for (i = 0; i < sizeof(characters); i++) {
		characters[i] = c;
		do {
			c = c == '~' ? ' ' : c + 1;
		} while (c == '"' || c == '\\');
	}
}

/** Make the longest value of a label of a row. */
static void
label_make(char value[RTE_SEQSTAT_LABELSIZE], uint32_t row, unsigned int label)
{
	snprintf(value, RTE_SEQSTAT_LABELSIZE, "%0*" PRIu32 "%.*s",
		RTE_SEQSTAT_LABELSIZE - 1 - LABEL_PART, row, LABEL_PART,
		&characters[label * LABEL_PART]);
}

static const char *const label_names[] = {
	"label_of_many_0000000_1", "label_of_many_0000000_2", "label_of_many_0000000_3",
	"label_of_many_0000000_4", NULL,
};

static void
label_rows(struct rte_seqstat *st, uint32_t n_rows)
{
	char text[RTE_SEQSTAT_MAX_LABELS][RTE_SEQSTAT_LABELSIZE];
	const char *const values[] = { text[0], text[1], text[2], text[3], NULL };
	unsigned int i;
	uint32_t row;

	for (row = 0; row < n_rows; row++) {
		for (i = 0; i < RTE_DIM(text); i++)
			label_make(text[i], row, i);
		FUZZ_ASSERT(rte_seqstat_row_label(st, row, values) == 0);
	}
}

static void
help_make(char help[RTE_SEQSTAT_HELPSIZE])
{
	snprintf(help, RTE_SEQSTAT_HELPSIZE, "%.*s", RTE_SEQSTAT_HELPSIZE - 1, characters);
}

static enum rte_seqstat_type
type_of(const struct fixture *fixture, uint32_t counter)
{
	if (fixture->n_keys > 0)
		return RTE_SEQSTAT_HISTOGRAM;

	return counter % 2 == 0 ? RTE_SEQSTAT_COUNTER : RTE_SEQSTAT_GAUGE;
}

static void
fixture_make(const struct fixture *fixture)
{
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_COUNTERS] = { 0 };
	static char names[RTE_SEQSTAT_MAX_COUNTERS][RTE_SEQSTAT_NAMESIZE];
	char help[RTE_SEQSTAT_HELPSIZE];
	static char balance_names[RTE_SEQSTAT_MAX_BALANCES][RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_balance balances[RTE_SEQSTAT_MAX_BALANCES];
	int32_t coefficients[RTE_SEQSTAT_MAX_COUNTERS];
	struct rte_seqstat *st;
	uint32_t i;

	help_make(help);
	for (i = 0; i < fixture->n_counters; i++) {
		snprintf(names[i], sizeof(names[i]), "counter_of_many_%07" PRIu32, i);
		counters[i] = (struct rte_seqstat_counter){
			.name = names[i],
			.unit = label_names[i % RTE_SEQSTAT_MAX_LABELS],
			.help = help,
			.type = type_of(fixture, i),
			.buckets = &fixture->buckets,
		};
	}
	for (i = 0; i < RTE_DIM(coefficients); i++)
		coefficients[i] = INT32_MIN;
	for (i = 0; i < RTE_DIM(balances); i++) {
		snprintf(balance_names[i], sizeof(balance_names[i]),
				"balance_of_many_%07" PRIu32, i);
		balances[i] = (struct rte_seqstat_balance){ balance_names[i], coefficients };
	}
	st = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = fixture->name,
		.counters = counters,
		.n_counters = fixture->n_counters,
		.n_rows = fixture->n_rows,
		.labels = label_names,
		.socket_id = SOCKET_ID_ANY,
		.balances = balances,
		.n_balances = n_balances(fixture),
	});
	FUZZ_ASSERT(st != NULL);
	fill(st, LCORE_ID_ANY);
	FUZZ_ASSERT(rte_seqstat_row_clear(st, 0) == 0);
	label_rows(st, fixture->n_rows);
	for (i = 0; i < fixture->n_lcores; i++)
		fill(st, i);
	fill(st, LCORE_ID_ANY);
}

/** Make a request of an input; return its length. */
static size_t
request_make(char *request, size_t size, const uint8_t *data, size_t n)
{
	size_t i, used;

	used = snprintf(request, size, "/seqstat/%s",
			commands[(uint8_t)(data[0] - '0') % RTE_DIM(commands)]);
	if (n > 1)
		request[used++] = ',';
	for (i = 1; i < n && used + sizeof("18446744073709551615") < size; i++) {
		if (data[i] == '@')
			used += snprintf(&request[used], size - used, "%s", last_tsc);
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

static void
check_string(const json_t *string, const char *wanted)
{
	FUZZ_ASSERT(json_is_string(string) && strcmp(json_string_value(string), wanted) == 0);
}

/** Check that a row has all counters, and histograms all buckets and quantiles. */
static void
check_values(json_t *values, const struct fixture *fixture)
{
	json_t *value, *buckets;
	char bound[24];
	const char *key;
	uint32_t i, n = 0;

	json_object_foreach(values, key, value) {
		if (strcmp(key, "labels") == 0)
			continue;
		n++;
		if (fixture->n_keys == 0) {
			FUZZ_ASSERT(json_is_real(value));
			continue;
		}
		buckets = json_object_get(value, "buckets");
		FUZZ_ASSERT(json_object_size(buckets) == fixture->n_keys);
		for (i = 0; fixture->buckets.bounds != NULL && i < fixture->n_keys - 1; i++) {
			snprintf(bound, sizeof(bound), "%" PRIu64, long_bounds[i]);
			number(buckets, bound);
		}
		FUZZ_ASSERT(number(buckets, "inf") == number(value, "count"));
		number(value, "sum");
		FUZZ_ASSERT(number(value, "p50") <= number(value, "p99_99"));
		FUZZ_ASSERT(number(value, "p99_99") <= number(value, "max"));
	}
	FUZZ_ASSERT(n == fixture->n_counters);
}

/** Check that the keys of entries are consecutive numbers up to the next page or the end. */
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

/** Check that a first page, and no other one, has all balances. */
static void
check_unaccounted(json_t *reply, bool first, const struct fixture *fixture)
{
	json_t *value, *unaccounted = json_object_get(reply, "unaccounted");
	const char *key;

	FUZZ_ASSERT(first == json_is_object(unaccounted));
	FUZZ_ASSERT(!first || json_object_size(unaccounted) == n_balances(fixture));
	json_object_foreach(unaccounted, key, value)
		FUZZ_ASSERT(json_is_real(value));
}

/** Check that a row has all labels. */
static void
check_labels(json_t *labels, long row)
{
	char value[RTE_SEQSTAT_LABELSIZE];
	unsigned int i;

	FUZZ_ASSERT(json_object_size(labels) == RTE_SEQSTAT_MAX_LABELS);
	for (i = 0; i < RTE_SEQSTAT_MAX_LABELS; i++) {
		label_make(value, row, i);
		check_string(json_object_get(labels, label_names[i]), value);
	}
}

static void
check_rows(json_t *reply, json_t *rows, const struct fixture *fixture)
{
	const char *key;
	json_t *row;

	check_numbered(reply, rows, fixture->n_rows);
	FUZZ_ASSERT(json_object_size(rows) > 0);
	json_object_foreach(rows, key, row) {
		check_labels(json_object_get(row, "labels"), strtol(key, NULL, 10));
		check_values(row, fixture);
	}
}

/** Check that each page of buckets but the last is full, and the last ends with "inf". */
static void
check_buckets(json_t *reply, json_t *buckets)
{
	const char *key;
	json_t *value;

	check_labels(json_object_get(reply, "labels"), (long)number(reply, "row"));
	if (json_object_get(reply, "next") != NULL)
		FUZZ_ASSERT(json_object_size(buckets) == 200);
	else
		FUZZ_ASSERT(number(buckets, "inf") > 0);
	json_object_foreach(buckets, key, value)
		FUZZ_ASSERT(json_is_real(value));
}

static void
check_schema(json_t *reply, const struct fixture *fixture)
{
	static const char * const types[] = { "counter", "gauge", "histogram" };
	char help[RTE_SEQSTAT_HELPSIZE];
	json_t *counter, *counters = json_object_get(reply, "counters");
	json_t *terms, *balances = json_object_get(reply, "balances");
	json_t *lcores = json_object_get(reply, "lcores");
	json_t *labels = json_object_get(reply, "labels");
	uint32_t last = 0, end = UINT32_MAX;
	size_t i, n_lcores = json_array_size(lcores);
	const char *key;

	help_make(help);
	if (json_object_get(reply, "next") != NULL)
		end = (uint32_t)number(reply, "next");
	json_object_foreach(counters, key, counter) {
		last = strtoul(strrchr(key, '_') + 1, NULL, 10);
		check_string(json_object_get(counter, "help"), help);
		check_string(json_object_get(counter, "unit"),
			label_names[last % RTE_SEQSTAT_MAX_LABELS]);
		check_string(json_object_get(counter, "type"), types[type_of(fixture, last)]);
	}
	FUZZ_ASSERT(json_object_size(counters) == 0 ||
			last + 1 == RTE_MIN(end, fixture->n_counters));
	FUZZ_ASSERT(n_lcores == 0 || json_real_value(json_array_get(lcores, n_lcores - 1)) + 1 ==
			RTE_MIN(end, fixture->n_lcores));
	FUZZ_ASSERT(end == UINT32_MAX || json_object_size(counters) > 0 || n_lcores > 0);
	FUZZ_ASSERT(number(reply, "shared_writers") == 1);
	check_unaccounted(reply, last + 1 == json_object_size(counters), fixture);
	FUZZ_ASSERT(json_object_size(balances) == n_balances(fixture));
	json_object_foreach(balances, key, terms)
		FUZZ_ASSERT(json_object_size(terms) == json_object_size(counters));
	FUZZ_ASSERT(json_array_size(labels) == RTE_SEQSTAT_MAX_LABELS);
	for (i = 0; i < RTE_SEQSTAT_MAX_LABELS; i++)
		check_string(json_array_get(labels, i), label_names[i]);
}

/** Check that a flat reply has all counters of a set; it leaves histograms out. */
static void
check_flat(json_t *reply)
{
	size_t i, n = json_object_size(reply);
	const char *key;
	json_t *value;

	for (i = 0; i < RTE_DIM(fixtures); i++)
		if (n == (fixtures[i].n_keys == 0 ? fixtures[i].n_counters : 0))
			break;
	FUZZ_ASSERT(i < RTE_DIM(fixtures));
	json_object_foreach(reply, key, value)
		FUZZ_ASSERT(json_is_real(value));
}

/** Check that a reply is complete. */
static void
check_reply(json_t *reply)
{
	const struct fixture *fixture;
	json_t *part;

	if (!json_is_object(reply)) {
		FUZZ_ASSERT(json_is_null(reply) || json_array_size(reply) <= RTE_DIM(fixtures));
		return;
	}
	part = json_object_get(reply, "set");
	if (part == NULL) {
		check_flat(reply);
		return;
	}
	fixture = fixture_find(json_string_value(part));
	FUZZ_ASSERT(fixture != NULL);
	FUZZ_ASSERT(number(reply, "stale") + number(reply, "unread") + number(reply, "torn") == 0);
	FUZZ_ASSERT(number(reply, "birth") > 0 && json_object_get(reply, "error") == NULL);
	part = json_object_get(reply, "rows");
	if (json_is_object(part))
		check_rows(reply, part, fixture);
	if (json_object_get(reply, "unaccounted") != NULL)
		check_unaccounted(reply, true, fixture);
	part = json_object_get(reply, "writers");
	if (json_is_object(part))
		check_numbered(reply, part, fixture->n_lcores + 1);
	part = json_object_get(reply, "buckets");
	if (json_is_object(part))
		check_buckets(reply, part);
	part = json_object_get(reply, "retired");
	if (json_is_object(part))
		check_values(part, fixture);
	if (json_object_get(reply, "counters") != NULL)
		check_schema(reply, fixture);
}

int
LLVMFuzzerInitialize(int *argc __rte_unused, char ***argv __rte_unused)
{
	unsigned int i;

	eal_start();
	characters_make();
	for (i = 0; i < RTE_DIM(long_bounds); i++)
		long_bounds[i] = UINT64_MAX - RTE_DIM(long_bounds) + i;
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
	reply = ask(request, request_make(request, sizeof(request), data, size));
	check_reply(reply);
	json_decref(reply);

	return 0;
}
