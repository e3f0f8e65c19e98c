/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Telemetry without memory, without the control lock, or without a turn to read: a reply is
 * either whole or null, and the next one is whole. What whole replies must have in them is
 * the fuzzer's business.
 */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "fault.h"
#include "seqstat_private.h"

static const struct telemetry_set {
	const char *name;
	uint32_t n_counters;
	uint32_t n_bounds; /**< If they are histograms. */
	uint32_t n_lcores;
} sets[] = {
	{ "set", 2, 4, 3 },
	/* More counters, writers, and numbers of a row for two lcores than a page can hold. */
	{ "wide", RTE_SEQSTAT_MAX_VALUES, 0, 3 },
	{ "many", 1, 0, RTE_MAX_LCORE },
	{ "histograms", RTE_SEQSTAT_MAX_VALUES / RTE_SEQSTAT_HISTOGRAM_SIZE(1), 1, 3 },
};

static int telemetry;
static char reply[16 * 1024 + 1];

/* An @ stands for the TSC of the reply before; replies differ in numbers alone. */
static const struct {
	const char *request;
	const char *has; /**< That a whole reply has in it. */
} requests[] = {
	{ "/seqstat/list", "[\"" },
	{ "/seqstat/list,1", "[\"" },
	{ "/seqstat/list,9", "[]" },
	{ "/seqstat/list,x", "null" },
	{ "/seqstat/list,/", "null" },
	{ "/seqstat/info", "null" },
	{ "/seqstat/info,none", "null" },
	{ "/seqstat/info,set", "\"counter_1\":{" },
	{ "/seqstat/info,wide", "\"next\":" },
	{ "/seqstat/info,wide,127,@", "\"counter_127\":{" },
	{ "/seqstat/info,wide,127,1", "null" },
	{ "/seqstat/info,wide,128", "null" },
	{ "/seqstat/writers,set", "\"lcore\":\"any\"" },
	{ "/seqstat/writers,set,1", "\"1\":{" },
	{ "/seqstat/writers,set,x", "null" },
	{ "/seqstat/writers,set,0,1", "null" },
	{ "/seqstat/total,set", "\"inf\":" },
	{ "/seqstat/total,set,6", "null" },
	{ "/seqstat/total,wide", "\"next\":" },
	{ "/seqstat/total,wide,3,@", "\"3\":{" },
	{ "/seqstat/total,wide,3,1", "null" },
	{ "/seqstat/total,wide,3,x", "null" },
	{ "/seqstat/writers,many", "\"next\":" },
	{ "/seqstat/writers,many,100,@", "\"100\":{" },
	{ "/seqstat/row,histograms,0", "\"lcores\":{\"0\":{" },
	{ "/seqstat/row,set,1", "\"any\":{" },
	{ "/seqstat/row,set", "null" },
	{ "/seqstat/row,set,6", "null" },
	{ "/seqstat/row,set,0,x", "null" },
	{ "/seqstat/row,set,0,999", "null" },
	{ "/seqstat/row,set,0,0,1", "null" },
	{ "/seqstat/row,wide,0", "\"next\":" },
	{ "/seqstat/lcore,set,any", "\"1\":{" },
	{ "/seqstat/lcore,set,0", "\"rows\":{" },
	{ "/seqstat/lcore,set,9", "null" },
	{ "/seqstat/lcore,set,x", "null" },
	{ "/seqstat/lcore,set,any,,", "null" },
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

/** Send a request, with the TSC of the last reply for the @. */
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
		CHECK(tsc != NULL, "%s: nothing to go on from in %.300s", request, reply);
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

/** Whether a reply, whatever it says, is not cut. */
static bool
reply_whole(void)
{
	int depth = 0;
	const char *c;

	for (c = reply; *c != '\0'; c++)
		depth += (*c == '{') - (*c == '}');

	return depth == 0 && c > reply && c[-1] == '}';
}

/** Let a request find nothing kept, or just what the one before it got if it goes on there. */
static bool
prepare(unsigned int i)
{
	unsigned int j;

	for (j = 0; j < RTE_DIM(sets); j++)
		seqstat_kept_forget(sets[j].name);

	return strchr(requests[i].request, '@') == NULL || ask(requests[i - 1].request);
}

/** Make a request with each of its allocations failing, or each of its locks. */
static bool
run_request(unsigned int i, struct fault fault)
{
	const char *request = requests[i].request, *has = requests[i].has;
	unsigned int n_faults = 0;
	bool more, null;

	do {
		/* Each of the first; later ones are much like their neighbours. */
		fault.nth += 1 + fault.nth / 32;
		if (!prepare(i))
			return false;
		fault_inject(fault);
		if (!ask(request))
			return false;
		more = fault_end();
		n_faults += more;
		null = strstr(reply, ":null}") != NULL;
		CHECK(null || strstr(reply, has) != NULL, "%s with fault %u: %.300s", request,
			fault.nth, reply);
		CHECK(!null || fault_containers() == 0, "%s with fault %u: %d containers leak",
			request, fault.nth, fault_containers());
		CHECK(reply_whole(), "%s with fault %u: %.300s", request, fault.nth, reply);
		if (!prepare(i) || !ask(request))
			return false;
		CHECK(strstr(reply, has) != NULL && reply_whole(), "%s: %.300s", request, reply);
	} while (more);
	CHECK(n_faults > 0 || strcmp(has, "null") == 0, "%s met no fault", request);

	return true;
}

static bool
create(const struct telemetry_set *from)
{
	static char names[RTE_SEQSTAT_MAX_VALUES][RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_VALUES] = { 0 };
	char help[RTE_SEQSTAT_HELPSIZE] = "";
	struct rte_seqstat *set;
	unsigned int i;

	memset(help, 'h', sizeof(help) - 1);
	for (i = 0; i < from->n_counters; i++) {
		snprintf(names[i], sizeof(names[i]), "counter_%u", i);
		counters[i] = (struct rte_seqstat_counter){
			.name = names[i],
			.help = help,
			.type = from->n_bounds == 0 ? RTE_SEQSTAT_COUNTER : RTE_SEQSTAT_HISTOGRAM,
			.n_bounds = from->n_bounds,
		};
	}
	set = rte_seqstat_create(&(struct rte_seqstat_params){
		.name = from->name,
		.counters = counters,
		.n_counters = from->n_counters,
		.n_rows = 6,
		.socket_id = SOCKET_ID_ANY,
	});
	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	for (i = 0; i < from->n_lcores; i++)
		CHECK(rte_seqstat_writer_attach(set, i) != NULL, "lcore %u does not count", i);
	CHECK(rte_seqstat_writer_attach(set, LCORE_ID_ANY) != NULL,
		"threads without lcore do not count");

	return true;
}

/** Another process frees a set, and makes one that comes to lie where it was. */
static bool
run_replaced(void)
{
	static const char page[] = "/seqstat/total,set,1,@";
	struct rte_seqstat *set = rte_seqstat_lookup("set");

	CHECK(set != NULL && ask("/seqstat/total,set"), "no set");
	CHECK(ask(page) && strstr(reply, "\"1\":{") != NULL, "%.300s", reply);
	set->born++;
	CHECK(ask(page) && strstr(reply, ":null}") != NULL, "still kept: %.300s", reply);
	CHECK(ask("/seqstat/total,set") && strstr(reply, "\"1\":{") != NULL, "%.300s", reply);

	return true;
}

static void
rename_set(void)
{
	strcpy(rte_seqstat_lookup("set")->name, "new");
}

/** The same, after the set was found by its name and before it is held. */
static bool
run_replaced_meanwhile(void)
{
	seqstat_kept_forget("set");
	fault_inject((struct fault){ .locks = true, .nth = 2, .meanwhile = rename_set });
	CHECK(ask("/seqstat/total,set") && strstr(reply, ":null}") != NULL, "%.300s", reply);
	CHECK(fault_end(), "not renamed");
	CHECK(ask("/seqstat/total,new") && strstr(reply, "\"1\":{") != NULL, "%.300s", reply);

	return true;
}

static bool
count_packet(struct rte_seqstat *set, unsigned int lcore_id)
{
	struct rte_seqstat_writer *w = rte_seqstat_writer_attach(set, lcore_id);
	struct rte_seqstat_section sec;

	CHECK(w != NULL, "lcore %u does not count", lcore_id);
	sec = rte_seqstat_write_begin(w);
	rte_seqstat_add(rte_seqstat_row(&sec, 0), 0, 1);
	rte_seqstat_write_end(&sec);

	return true;
}

/** Ask, as a client, for the total of a set; the reply has something in it. */
static bool
ask_total(int client, const char *has)
{
	telemetry = client;
	CHECK(ask("/seqstat/total,turns") && strstr(reply, has) != NULL, "no %s: %.300s", has,
		reply);

	return true;
}

/** Another reader has the turn: clients get what any of them had, and never zeros instead. */
static bool
run_without_turn(void)
{
	struct rte_seqstat *set = fault_set_create("turns");
	char tsc[32] = "";
	int clients[3];
	unsigned int i;

	CHECK(set != NULL && count_packet(set, 0), "no set");
	for (i = 0; i < RTE_DIM(clients); i++) {
		if (!telemetry_connect())
			return false;
		clients[i] = telemetry;
	}

	pthread_mutex_lock(&set->turn);
	if (!ask_total(clients[0], ":null}"))
		return false;
	CHECK(ask("/seqstat/total,turns,0,0") && strstr(reply, ":null}") != NULL,
		"a page of nothing: %.300s", reply);
	pthread_mutex_unlock(&set->turn);

	if (!ask_total(clients[0], "\"packets\":1,") || !count_packet(set, 1) ||
			!ask_total(clients[1], "\"packets\":2,"))
		return false;
	sscanf(strstr(reply, "\"tsc\":"), "%31[^,]", tsc);
	pthread_mutex_lock(&set->turn);
	for (i = 0; i < RTE_DIM(clients); i++)
		if (!ask_total(clients[i], "\"packets\":2,") || !ask_total(clients[i], tsc) ||
				!ask_total(clients[i], "\"stale\":2,"))
			return false;
	pthread_mutex_unlock(&set->turn);
	for (i = 0; i < RTE_DIM(clients); i++)
		close(clients[i]);

	return true;
}

bool
fault_test_telemetry(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(sets); i++)
		if (!create(&sets[i]))
			return false;
	if (!telemetry_connect())
		return false;
	for (i = 0; i < RTE_DIM(requests); i++)
		if (!run_request(i, (struct fault){ .error = ENOMEM }) ||
				!run_request(i, (struct fault){ .locks = true }))
			return false;
	if (!run_replaced() || !run_replaced_meanwhile())
		return false;
	close(telemetry);

	return run_without_turn();
}
