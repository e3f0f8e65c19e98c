/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Telemetry without memory, the control lock, or a turn to read: a reply is complete, null, or has
 * an error, the next reply is complete, and nothing leaks. tests/fuzz checks the content of
 * complete replies.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_thread.h>

#include "fault.h"
#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_lock.h"

static const struct rte_seqstat_buckets one = RTE_SEQSTAT_BUCKETS_LOG(0, 0);
static const struct rte_seqstat_buckets powers = RTE_SEQSTAT_BUCKETS_LOG(0, 3);
static const struct rte_seqstat_buckets delays = RTE_SEQSTAT_BUCKETS_LOG(4, 34);

static const struct telemetry_set {
	const char *name;
	uint32_t n_counters;
	const struct rte_seqstat_buckets *buckets; /**< NULL: no histograms. */
	uint32_t n_lcores;
} sets[] = {
	{ "set", 2, &powers, 3 },
	/* Two pages each: counters, writers, and a row of two lcores. */
	{ "wide", RTE_SEQSTAT_MAX_COUNTERS, NULL, 3 },
	{ "many", 1, NULL, RTE_MAX_LCORE },
	/* Two pages: the total of a row, and the values of one lcore. */
	{ "histograms", 30, &one, 3 },
	{ "delays", 1, &delays, 0 },
};

static int telemetry;
static char reply[16 * 1024 + 1];

/* @ stands for the TSC of the previous reply. */
static const struct {
	const char *request;
	const char *has; /**< Text in a complete reply. */
} requests[] = {
	{ "/seqstat/list", "[\"" },
	{ "/seqstat/list,4", "[\"set\"]" },
	{ "/seqstat/list,9", "[]" },
	{ "/seqstat/list,x", "null" },
	{ "/seqstat/list,1x", "null" },
	{ "/seqstat/list,/", "null" },
	{ "/seqstat/info", "null" },
	{ "/seqstat/info,none", "null" },
	{ "/seqstat/info,set", "\"counter_1\":{" },
	{ "/seqstat/info,many", "\"balances\":{\"a\":{\"counter_0\":-1},\"b\":{" },
	{ "/seqstat/info,many", "\"unaccounted\":{\"a\":0,\"b\":0}" },
	{ "/seqstat/info,many", "\"labels\":[\"name\"]" },
	{ "/seqstat/info,wide", "\"next\":" },
	{ "/seqstat/info,wide,127,@", "\"counter_127\":{" },
	{ "/seqstat/info,wide,127,1", "null" },
	{ "/seqstat/info,wide,128", "null" },
	{ "/seqstat/writers,set", "\"lcore\":\"any\"" },
	{ "/seqstat/writers,set,1", "\"1\":{" },
	{ "/seqstat/writers,set,x", "null" },
	{ "/seqstat/writers,set,0,1", "null" },
	{ "/seqstat/total,set", "{\"labels\":{\"name\":\"row5\"},\"counter_0\":{" },
	{ "/seqstat/total,set,6", "null" },
	{ "/seqstat/total,many", "\"unaccounted\":{\"a\":0,\"b\":0}" },
	{ "/seqstat/total,wide", "\"next\":" },
	{ "/seqstat/total,wide,3,@", "\"3\":{" },
	{ "/seqstat/total,wide,3,1", "null" },
	{ "/seqstat/total,wide,3,x", "null" },
	{ "/seqstat/total,histograms", "\"rows\":{\"0\":{\"labels\":" },
	{ "/seqstat/writers,many", "\"next\":" },
	{ "/seqstat/writers,many,100,@", "\"100\":{" },
	{ "/seqstat/buckets,set,0,counter_1", "\"counter\":\"counter_1\",\"buckets\":{}" },
	{ "/seqstat/buckets,set,0,counter_1,4", "\"buckets\":{}" },
	{ "/seqstat/buckets,set,0,counter_1,5", "null" },
	{ "/seqstat/buckets,set,0,counter_1,0,1", "null" },
	{ "/seqstat/buckets,set,0,counter_2", "null" },
	{ "/seqstat/buckets,set,6,counter_1", "null" },
	{ "/seqstat/buckets,set,0", "null" },
	{ "/seqstat/buckets,wide,0,counter_1", "null" },
	{ "/seqstat/lcore,set", "null" },
	{ "/seqstat/lcore,set,any,6", "null" },
	{ "/seqstat/lcore,set,any,x", "null" },
	{ "/seqstat/lcore,set,any,0,1", "null" },
	{ "/seqstat/lcore,wide,any", "\"next\":" },
	{ "/seqstat/lcore,set,any", "\"1\":{" },
	{ "/seqstat/lcore,set,0", "\"rows\":{" },
	{ "/seqstat/lcore,set,9", "null" },
	{ "/seqstat/lcore,set,x", "null" },
	{ "/seqstat/lcore,set,any,,", "null" },
	{ "/seqstat/retired,set", "\"retired\":{\"counter_0\":" },
	{ "/seqstat/retired,set,0,1", "null" },
	{ "/seqstat/retired,set,1", "null" },
	{ "/seqstat/buckets,set,1,counter_1", "\"labels\":{\"name\":\"row1\"}" },
	{ "/seqstat/values,set,0", "values\":{}" },
	{ "/seqstat/values,wide,5", "\"counter_127\":0" },
	{ "/seqstat/values,wide,6", "null" },
	{ "/seqstat/values,wide", "null" },
};

static bool
telemetry_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/dpdk_telemetry.v2",
		rte_eal_get_runtime_dir());
	telemetry = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK(connect(telemetry, (struct sockaddr *)&address, sizeof(address)) == 0,
		"cannot connect");
	CHECK(recv(telemetry, reply, sizeof(reply), 0) > 0, "no greeting");

	return true;
}

/** Send a request, with the TSC of the last reply instead of @, and receive the reply. */
static bool
ask(const char *request)
{
	char text[128];
	const char *tsc = strstr(reply, "\"tsc\":");
	const char *at = strchr(request, '@');
	ssize_t n;

	if (at == NULL) {
		n = snprintf(text, sizeof(text), "%s", request);
	} else {
		CHECK(tsc != NULL, "%s: no TSC in %.300s", request, reply);
		tsc += strlen("\"tsc\":");
		n = snprintf(text, sizeof(text), "%.*s%.*s", (int)(at - request), request,
			(int)strspn(tsc, "0123456789"), tsc);
	}
	CHECK(send(telemetry, text, n, 0) == n, "%s: cannot be sent", request);
	n = recv(telemetry, reply, sizeof(reply) - 1, 0);
	CHECK(n > 0, "%s: no reply", request);
	reply[n] = '\0';

	return true;
}

/** Return whether all braces of the reply are closed. */
static bool
reply_complete(void)
{
	int depth = 0;
	const char *c;

	for (c = reply; *c != '\0'; c++)
		depth += (*c == '{') - (*c == '}');

	return depth == 0 && c > reply && c[-1] == '}';
}

/** Empty the cache. For a request with @, then cache the cut of the request before it. */
static bool
prepare(unsigned int i)
{
	fault_alarm();

	return strchr(requests[i].request, '@') == NULL || ask(requests[i - 1].request);
}

/** Return the start of the next page, or 0 if the reply names none. */
static unsigned int
get_next(void)
{
	const char *next = strstr(reply, "\"next\":");

	return next == NULL ? 0 : (unsigned int)atoi(next + strlen("\"next\":"));
}

/** If the reply names a next page, request that: it has to exist and to be another one. */
static bool
check_next(const char *request)
{
	char page[128];

	if (strstr(reply, "\"next\":") == NULL)
		return true;
	CHECK(get_next() > 0, "%s: the next page is the same", request);
	snprintf(page, sizeof(page), "%s,%u,@", request, get_next());
	if (!ask(page))
		return false;
	CHECK(strstr(reply, ":null}") == NULL, "%s has no next page", request);

	return true;
}

/** Send a request once for each allocation or lock that can fail. Adds the faults to *n_faults. */
static bool
run_request(unsigned int i, struct fault fault, unsigned int *n_faults)
{
	const char *request = requests[i].request, *has = requests[i].has;
	struct fault_usage before, after;
	bool more, null, error;

	fault_alarm();
	before = fault_usage();
	do {
		/* Beyond the 32nd, neighbouring calls are alike: skip some. */
		fault.nth += 1 + fault.nth / 32;
		if (!prepare(i))
			return false;
		fault_inject(fault);
		if (!ask(request))
			return false;
		more = fault_end();
		*n_faults += more;
		null = strstr(reply, ":null}") != NULL;
		error = more && strstr(reply, "\"error\":\"") != NULL;
		CHECK(null || error || strstr(reply, has) != NULL, "%s with fault %u: %.300s",
			request, fault.nth, reply);
		CHECK(!more || null || error || strcmp(fault.calls, FAULT_LOCK) != 0,
			"%s without lock %u: %.300s", request, fault.nth, reply);
		CHECK(!null || fault_containers() == 0, "%s with fault %u: %d containers leak",
			request, fault.nth, fault_containers());
		CHECK(reply_complete(), "%s with fault %u: %.300s", request, fault.nth, reply);
		if (!error && !check_next(request))
			return false;
		if (!prepare(i) || !ask(request))
			return false;
		CHECK(strstr(reply, has) != NULL && reply_complete(), "%s: %.300s", request, reply);
		fault_alarm();
		after = fault_usage();
		CHECK(fault_usage_same(&before, &after), "%s with fault %u leaks", request,
			fault.nth);
	} while (more);

	return true;
}

static bool
create(const struct telemetry_set *from, uint32_t n_rows)
{
	static char names[RTE_SEQSTAT_MAX_COUNTERS][RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_COUNTERS] = { 0 };
	static const int32_t coefficients[RTE_SEQSTAT_MAX_COUNTERS] = { -1 };
	const struct rte_seqstat_balance balances[] = {
		{ "a", coefficients }, { "b", coefficients },
	};
	char help[RTE_SEQSTAT_HELPSIZE] = "", name[16];
	struct rte_seqstat *set;
	unsigned int i;

	memset(help, 'h', sizeof(help) - 1);
	for (i = 0; i < from->n_counters; i++) {
		snprintf(names[i], sizeof(names[i]), "counter_%u", i);
		counters[i] = (struct rte_seqstat_counter){
			.name = names[i],
			.help = help,
			.type = from->buckets == NULL ? RTE_SEQSTAT_COUNTER :
				RTE_SEQSTAT_HISTOGRAM,
			.buckets = from->buckets,
		};
	}
	set = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = from->name,
		.counters = counters,
		.n_counters = from->n_counters,
		.n_rows = n_rows,
		.labels = (const char *const []){ "name", NULL },
		.socket_id = SOCKET_ID_ANY,
		.balances = balances,
		.n_balances = from->buckets == NULL ? RTE_DIM(balances) : 0,
	});
	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	/* Replies show rows with labels. */
	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "row%u", i);
		CHECK(rte_seqstat_row_label(set, i, (const char *const []){ name, NULL }) == 0,
			"row %u has no labels", i);
	}
	for (i = 0; i < from->n_lcores; i++)
		CHECK(fault_writer(set, i) != NULL, "lcore %u does not count", i);

	return true;
}

/** A page of a schema has the same range of lcores as of counters. */
static bool
run_schema_pages(void)
{
	char end[32];

	CHECK(ask("/seqstat/info,many") && get_next() > 0, "%.300s", reply);
	snprintf(end, sizeof(end), ",%u]", get_next() - 1);
	CHECK(strstr(reply, end) != NULL, "no %s: %.300s", end, reply);

	return true;
}

/** Return the handle of a set that this process has open. */
static struct rte_seqstat *
find_open(const char *name)
{
	struct rte_seqstat *set = rte_seqstat_lookup(name);

	rte_seqstat_close(set);

	return set;
}

/** A set is freed, and another one of the same name created: cached cuts are not of the new one. */
static bool
run_replaced(void)
{
	static const char page[] = "/seqstat/total,set,1,@";

	CHECK(ask("/seqstat/info,set") && ask(page), "not asked");
	CHECK(strstr(reply, "\"1\":{") != NULL, "%.300s", reply);
	CHECK(rte_seqstat_free(find_open("set")) == 0 && create(&sets[0], 6), "not replaced");
	CHECK(ask(page) && strstr(reply, ":null}") != NULL, "still cached: %.300s", reply);
	CHECK(ask("/seqstat/total,set") && strstr(reply, "\"1\":{") != NULL, "%.300s", reply);

	return true;
}

#define FIRST_LABELLED 100
#define COUNTED 300

/** Create rows: empty ones, many with the longest labels, and one that counts without labels. */
static struct rte_seqstat *
create_rows(void)
{
	static const char * const names[] = { "a", "b", "c", "longest_name_of_a_label", NULL };
	static const struct rte_seqstat_counter counters[] = { { .name = "n" }, { .name = "m" } };
	char value[RTE_SEQSTAT_LABELSIZE];
	struct rte_seqstat_section sec;
	struct rte_seqstat *set;
	uint32_t row;

	set = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "rows",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = COUNTED + 1,
		.labels = names,
		.socket_id = SOCKET_ID_ANY,
	});
	if (set == NULL)
		return NULL;
	for (row = FIRST_LABELLED; row < COUNTED; row++) {
		snprintf(value, sizeof(value), "%063u", row);
		rte_seqstat_row_label(set, row,
			(const char *const []){ value, value, value, value, NULL });
	}
	sec = rte_seqstat_begin(set);
	rte_seqstat_add(rte_seqstat_row(&sec, COUNTED), 0, 1);
	rte_seqstat_end(&sec);

	return set;
}

/** Each labelled or counting row is on one page; all pages but the last are equally long. */
static bool
run_row_pages(void)
{
	uint32_t row = FIRST_LABELLED, n, n_first = 0, next = 0;
	struct rte_seqstat *set = create_rows();
	char request[64], text[128];

	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	do {
		snprintf(request, sizeof(request), "/seqstat/total,rows,%u%s", next,
			next == 0 ? "" : ",@");
		CHECK(ask(request) && reply_complete(), "%s: %.300s", request, reply);
		snprintf(text, sizeof(text), "\"rows\":{\"%u\":{", row);
		CHECK(strstr(reply, text) != NULL, "%s: no %s: %.300s", request, text, reply);
		for (n = 0; row < COUNTED; n++, row++) {
			snprintf(text, sizeof(text), "\"%u\":{\"labels\":{\"a\":\"%063u", row, row);
			if (strstr(reply, text) == NULL)
				break;
		}
		next = get_next();
		CHECK(next == 0 || next == row, "%s: %u, not %u is next", request, next, row);
		n_first = n_first == 0 ? n : n_first;
		CHECK(next == 0 || n == n_first, "%s: %u, not %u rows", request, n, n_first);
	} while (next != 0);
	CHECK(row == COUNTED && strstr(reply, "\"300\":{\"n\":1,\"m\":0}") != NULL, "%s",
		reply);

	/* A page of a cut leaves a row out whose labels changed after the cut. */
	CHECK(ask("/seqstat/info,rows"), "not asked");
	CHECK(rte_seqstat_row_clear(set, FIRST_LABELLED) == 0, "not cleared");
	CHECK(rte_seqstat_row_label(set, FIRST_LABELLED,
		(const char *const []){ "new", "new", "new", "new", NULL }) == 0, "not labelled");
	CHECK(ask("/seqstat/total,rows,0,@") && strstr(reply, "\"rows\":{\"101\":{") != NULL,
		"new labels: %.300s", reply);
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/** Check that the last reply has a dictionary, given as text. */
static bool
reply_has(const char *key, const char *numbers)
{
	char text[12 * 1024];

	snprintf(text, sizeof(text), "\"%s\":{%s}", key, numbers);
	CHECK(strstr(reply, text) != NULL && reply_complete(), "not %.300s in %.3000s", text,
		reply);

	return true;
}

/** Make telemetry cache a new cut of a set. Writes a request for that cut to page. */
static bool
cache_cut(const char *set, char page[128])
{
	char request[128];
	const char *tsc;

	snprintf(request, sizeof(request), "/seqstat/info,%s", set);
	tsc = ask(request) ? strstr(reply, "\"tsc\":") : NULL;
	CHECK(tsc != NULL, "%s: %.300s", request, reply);
	snprintf(page, 128, "/seqstat/info,%s,0,%.*s", set,
		(int)strcspn(&tsc[6], ","), &tsc[6]);

	return true;
}

/** Append a number to the text of a dictionary. Key 0 stands for "inf". */
static void
text_add(char *text, size_t size, uint64_t key, uint64_t n)
{
	size_t used = strlen(text);

	used += snprintf(&text[used], size - used, used == 0 ? "\"" : ",\"");
	used += key == 0 ? snprintf(&text[used], size - used, "inf") :
		snprintf(&text[used], size - used, "%" PRIu64, key);
	snprintf(&text[used], size - used, "\":%" PRIu64, n);
}

/** A log-linear histogram: totals show buckets up to powers of two, /seqstat/buckets shows all. */
static bool
run_buckets(void)
{
	struct rte_seqstat *set = find_open("delays");
	char text[10 * 1024] = "", next[64] = "/seqstat/buckets,delays,5,counter_0";
	struct rte_seqstat_section sec = rte_seqstat_begin(set);
	uint64_t sum = 0, bound;
	uint32_t i, n;

	for (i = 0; i <= delays.n_bounds; i++) {
		bound = i < delays.n_bounds ? rte_seqstat_bucket_bound(&delays, i) : UINT64_MAX;
		rte_seqstat_observe(rte_seqstat_row(&sec, 5), 0, &delays, bound);
		sum += bound;
	}
	rte_seqstat_end(&sec);

	/* Numbers up to 32 have a bucket each; then each power of two has 16 buckets. */
	for (i = 0; i <= 34; i++)
		text_add(text, sizeof(text), UINT64_C(1) << i, i <= 5 ? 1u << i :
			32 + 16 * (i - 5));
	text_add(text, sizeof(text), 0, 497);
	CHECK(ask("/seqstat/total,delays"), "not asked");
	if (!reply_has("buckets", text))
		return false;
	/* The median is in the 249th bucket: 240 end at 2^18, the ninth of the next 16 has it. */
	snprintf(text, sizeof(text), "\"count\":497,\"sum\":%" PRIu64 ",\"p50\":%u,", sum,
		(1 << 18) + 8 * (1 << 14) + (1 << 13) + 1);
	CHECK(strstr(reply, text) != NULL && strstr(reply, ",\"p99_99\":18446744073709551615,"
		"\"max\":18446744073709551615}") != NULL, "not %s in %.3000s", text, reply);

	for (i = 0; i <= delays.n_bounds; ) {
		CHECK(ask(next), "not asked");
		text[0] = '\0';
		for (n = 0; n < 200 && i <= delays.n_bounds; n++, i++)
			text_add(text, sizeof(text), i < delays.n_bounds ?
				rte_seqstat_bucket_bound(&delays, i) : 0, 1);
		if (!reply_has("buckets", text))
			return false;
		snprintf(next, sizeof(next), "/seqstat/buckets,delays,5,counter_0,%u,@", i);
		snprintf(text, sizeof(text), "\"next\":%u}", i);
		CHECK((strstr(reply, text) != NULL) == (i <= delays.n_bounds), "%s: %.3000s",
			text, reply);
	}

	return true;
}

/** Return whether telemetry still has the cut of a page. */
static bool
is_cached(const char *page)
{
	return ask(page) && strstr(reply, ":null}") == NULL;
}

/** The cache drops the least recently used cut, and idle cuts. */
static bool
run_used_cuts(void)
{
	char first[128], second[128], other[128];
	unsigned int i;
	uint64_t tsc;

	fault_alarm();
	if (!cache_cut("set", first) || !cache_cut("set", second))
		return false;
	CHECK(is_cached(first), "not cached");
	for (i = 0; i < 15; i++)
		if (!cache_cut("set", other))
			return false;
	CHECK(is_cached(first) && !is_cached(second), "the wrong cut is dropped");

	if (!cache_cut("set", second))
		return false;
	tsc = rte_get_tsc_cycles();
	CHECK(is_cached(first), "not cached");
	fault_alarm_since(tsc);
	CHECK(is_cached(first) && !is_cached(second), "the wrong cut is idle");

	return true;
}

/** The cache has room for one cut of 40 MB, not for two. */
static bool
run_large_cuts(void)
{
	static const struct telemetry_set large = { "large", 1, NULL, 4 };
	char first[128], second[128];

	if (!create(&large, RTE_SEQSTAT_MAX_ROWS) || !cache_cut("large", first) ||
			!cache_cut("large", second))
		return false;
	CHECK(!is_cached(first) && is_cached(second), "not the latest cut alone is cached");
	CHECK(rte_seqstat_free(find_open("large")) == 0, "not freed");

	return true;
}

/** The cache holds at most 16 cuts, and none after an alarm. */
static bool
run_many_cuts(void)
{
	static const char page[] = "/seqstat/total,set,0,@";
	struct fault_usage empty, full, after;
	unsigned int i;

	fault_alarm();
	empty = fault_usage();
	for (i = 0; i < 40; i++) {
		if (!ask("/seqstat/info,set"))
			return false;
		if (i == 15)
			full = fault_usage();
	}
	after = fault_usage();
	CHECK(fault_usage_same(&full, &after), "more than 16 cuts are cached");
	CHECK(ask(page) && strstr(reply, "\"1\":{") != NULL, "the latest is lost: %.300s", reply);
	fault_alarm();
	after = fault_usage();
	CHECK(fault_usage_same(&empty, &after), "idle cuts are cached");
	CHECK(ask(page) && strstr(reply, ":null}") != NULL, "%.300s", reply);

	return true;
}

static void
fail_alarm(void)
{
	fault_inject((struct fault){ .calls = "rte_eal_alarm_set", .nth = 1, .lasts = true });
	fault_alarm();
}

/** If the alarm goes off during a request and cannot be set again, the next request sets it. */
static bool
run_alarm_fails(void)
{
	static const char request[] = "/seqstat/total,set";
	uint32_t n;

	fault_alarm();
	n = fault_alarms();
	CHECK(ask(request) && fault_alarms() == n + 1, "no alarm");
	fault_inject((struct fault){ .calls = "rte_tel_data_alloc", .nth = 1,
		.meanwhile = fail_alarm });
	CHECK(ask(request) && fault_end() && fault_alarms() == n + 1, "the alarm did not fail");
	CHECK(ask(request) && fault_alarms() == n + 2, "no alarm after it failed");

	return true;
}

/** Request a total as one of the clients, and look for text in the reply. */
static bool
ask_total(int client, const char *has)
{
	telemetry = client;
	CHECK(ask("/seqstat/total,turns") && strstr(reply, has) != NULL, "no %s: %.300s", has,
		reply);

	return true;
}

/** While another reader has the turn, clients get the latest values, or null: never zeros. */
static bool
run_without_turn(void)
{
	struct rte_seqstat *set = fault_set_create("turns");
	struct seqstat_cut *cut = &seqstat_control()->cut;
	char tsc[32] = "";
	int clients[3];
	unsigned int i;

	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	fault_count(set, 0);
	for (i = 0; i < RTE_DIM(clients); i++) {
		if (!telemetry_connect())
			return false;
		clients[i] = telemetry;
	}

	CHECK(seqstat_turn_take(cut, 0) == 0, "no turn");
	if (!ask_total(clients[0], ":null}"))
		return false;
	CHECK(ask("/seqstat/total,turns,0,0") && strstr(reply, ":null}") != NULL,
		"a page without a cut: %.300s", reply);
	seqstat_turn_release(cut);

	if (!ask_total(clients[0], "\"packets\":1,"))
		return false;
	fault_count(set, 1);
	if (!ask_total(clients[1], "\"packets\":2,"))
		return false;
	sscanf(strstr(reply, "\"tsc\":"), "%31[^,]", tsc);
	CHECK(seqstat_turn_take(cut, 0) == 0, "no turn");
	for (i = 0; i < RTE_DIM(clients); i++)
		if (!ask_total(clients[i], "\"packets\":2,") || !ask_total(clients[i], tsc) ||
				!ask_total(clients[i], "\"stale\":3,"))
			return false;
	seqstat_turn_release(cut);
	for (i = 0; i < RTE_DIM(clients); i++)
		close(clients[i]);
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/** A thread that frees a set. */
struct freer {
	struct rte_seqstat *set;
	RTE_ATOMIC(uint32_t) done;
	int ret;
};

static uint32_t
free_set(void *arg)
{
	struct freer *freer = arg;

	freer->ret = rte_seqstat_free(freer->set);
	rte_atomic_store_explicit(&freer->done, 1, rte_memory_order_release);

	return 0;
}

/** rte_seqstat_free() waits for the request in progress, and refuses new requests. */
static bool
run_freed(void)
{
	struct freer freer = { .set = fault_set_create("freed") };
	struct seqstat_handle *request, *late;
	rte_thread_t thread;
	bool early;

	CHECK(freer.set != NULL, "no set: %s", rte_strerror(rte_errno));
	CHECK(rte_seqstat_lookup("freed") == freer.set, "another handle");
	CHECK(rte_seqstat_free(freer.set) == -EBUSY, "freed though it is opened twice");
	rte_seqstat_close(freer.set);
	request = seqstat_handle_open("freed", true);
	CHECK(request != NULL, "no request after a refusal: %s", rte_strerror(rte_errno));
	CHECK(rte_thread_create(&thread, NULL, free_set, &freer) == 0, "no thread");
	do {
		rte_delay_us_sleep(100);
		early = rte_atomic_load_explicit(&freer.done, rte_memory_order_acquire);
	} while (!early && rte_atomic_load_explicit(&request->set->freed_by,
			rte_memory_order_relaxed) == 0);
	late = seqstat_handle_open("freed", true);
	if (late != NULL)
		seqstat_handle_pass(late);
	seqstat_handle_pass(request);
	rte_thread_join(thread, NULL);
	CHECK(!early && freer.ret == 0, "%s the request: %s", early ? "does not await" : "after",
		rte_strerror(-freer.ret));
	CHECK(late == NULL, "another request begins");

	return true;
}

bool
fault_test_telemetry(void)
{
	unsigned int i, n_faults;

	for (i = 0; i < RTE_DIM(sets); i++)
		if (!create(&sets[i], 6))
			return false;
	if (!telemetry_connect())
		return false;
	for (i = 0; i < RTE_DIM(requests); i++) {
		n_faults = 0;
		if (!run_request(i, (struct fault){ .calls = FAULT_MEMORY, .error = ENOMEM },
					&n_faults) ||
				!run_request(i, (struct fault){ .calls = FAULT_LOCK,
					.error = ETIMEDOUT }, &n_faults))
			return false;
		CHECK(n_faults > 0 || strcmp(requests[i].has, "null") == 0, "%s met no fault",
			requests[i].request);
	}
	if (!run_buckets() || !run_schema_pages() || !run_row_pages() || !run_replaced() ||
			!run_many_cuts() || !run_used_cuts() || !run_large_cuts() ||
			!run_alarm_fails())
		return false;
	close(telemetry);

	return run_without_turn() && run_freed();
}
