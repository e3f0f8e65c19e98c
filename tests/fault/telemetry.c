/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Telemetry without memory: a reply is either whole or null, and the next one is whole.
 * What whole replies must have in them is the fuzzer's business.
 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "fault.h"

#define N_LCORES 3

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
	{ "/seqstat/info", "null" },
	{ "/seqstat/info,none", "null" },
	{ "/seqstat/info,set", "\"burst\":{" },
	{ "/seqstat/info,wide", "\"next\":" },
	{ "/seqstat/info,wide,127,@", "\"counter_127\":{" },
	{ "/seqstat/info,wide,127,1", "null" },
	{ "/seqstat/info,wide,128", "null" },
	{ "/seqstat/writers,set", "\"lcore\":\"any\"" },
	{ "/seqstat/writers,set,1", "\"1\":{" },
	{ "/seqstat/writers,set,x", "null" },
	{ "/seqstat/writers,set,0,1", "null" },
	{ "/seqstat/total,set", "\"inf\":" },
	{ "/seqstat/total,wide", "\"next\":" },
	{ "/seqstat/total,wide,3,@", "\"3\":{" },
	{ "/seqstat/total,wide,3,1", "null" },
	{ "/seqstat/total,wide,3,x", "null" },
	{ "/seqstat/row,set,1", "\"any\":{" },
	{ "/seqstat/row,set,2", "null" },
	{ "/seqstat/row,set,0,999", "null" },
	{ "/seqstat/row,set,0,0,1", "null" },
	{ "/seqstat/row,wide,0", "\"next\":" },
	{ "/seqstat/lcore,set,any", "\"1\":{" },
	{ "/seqstat/lcore,set,0", "\"rows\":{" },
	{ "/seqstat/lcore,set,9", "null" },
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

/** Make a request whose parameter is of the reply to the one before it. */
static bool
prepare(unsigned int i)
{
	return strchr(requests[i].request, '@') == NULL || ask(requests[i - 1].request);
}

/** Make a request with each of its allocations failing. */
static bool
run_request(unsigned int i)
{
	const char *request = requests[i].request, *has = requests[i].has;
	struct fault fault = { .error = ENOMEM };
	bool more;

	do {
		fault.nth++;
		if (!prepare(i))
			return false;
		fault_inject(fault);
		if (!ask(request))
			return false;
		more = fault_end();
		CHECK(strstr(reply, ":null}") != NULL || strstr(reply, has) != NULL,
			"%s without allocation %u: %.300s", request, fault.nth, reply);
		CHECK(reply_whole(), "%s without allocation %u: %.300s", request, fault.nth, reply);
		if (!prepare(i) || !ask(request))
			return false;
		CHECK(strstr(reply, has) != NULL && reply_whole(), "%s: %.300s", request, reply);
	} while (more);

	return true;
}

static struct rte_seqstat *
create_wide(void)
{
	static char names[RTE_SEQSTAT_MAX_VALUES][RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_counter counters[RTE_SEQSTAT_MAX_VALUES] = { 0 };
	char help[RTE_SEQSTAT_HELPSIZE] = "";
	unsigned int i;

	memset(help, 'h', sizeof(help) - 1);
	for (i = 0; i < RTE_DIM(counters); i++) {
		snprintf(names[i], sizeof(names[i]), "counter_%u", i);
		counters[i] = (struct rte_seqstat_counter){ .name = names[i], .help = help };
	}

	return rte_seqstat_create(&(struct rte_seqstat_params){
		.name = "wide",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 6,
		.socket_id = SOCKET_ID_ANY,
	});
}

bool
fault_test_telemetry(void)
{
	struct rte_seqstat *sets[] = { fault_set_create("set"), create_wide() };
	unsigned int i, lcore_id;

	for (i = 0; i < RTE_DIM(sets); i++) {
		CHECK(sets[i] != NULL, "no set: %s", rte_strerror(rte_errno));
		for (lcore_id = 0; lcore_id < N_LCORES; lcore_id++)
			CHECK(rte_seqstat_writer_attach(sets[i], lcore_id) != NULL,
				"lcore %u does not count", lcore_id);
		CHECK(rte_seqstat_writer_attach(sets[i], LCORE_ID_ANY) != NULL,
			"threads without lcore do not count");
	}
	if (!telemetry_connect())
		return false;
	for (i = 0; i < RTE_DIM(requests); i++)
		if (!run_request(i))
			return false;
	close(telemetry);

	return true;
}
