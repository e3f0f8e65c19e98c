/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "fuzz_eal.h"

/** The length at which librte_telemetry cuts a reply, and a byte to notice a longer one. */
#define REPLY_SIZE (16 * 1024 + 1)

/** Bytes that librte_telemetry needs at the end of a complete reply. */
#define REPLY_END 2

static int telemetry = -1;
static char reply[REPLY_SIZE];
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
	FUZZ_ASSERT(recv(telemetry, reply, sizeof(reply), 0) > 0);
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

void
fuzz_eal_start(void)
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
	const char *tsc = strstr(reply, "\"tsc\":");

	if (tsc == NULL)
		return;
	tsc += strlen("\"tsc\":");
	snprintf(last_tsc, sizeof(last_tsc), "%.*s", (int)strspn(tsc, "0123456789"), tsc);
}

const char *
fuzz_last_tsc(void)
{
	return last_tsc;
}

json_t *
fuzz_ask(const char *request, size_t size)
{
	json_t *all, *answer;
	json_error_t error;
	ssize_t n;

	/* libFuzzer's timer interrupts system calls. */
	n = TEMP_FAILURE_RETRY(send(telemetry, request, size, 0));
	FUZZ_ASSERT(n == (ssize_t)size);
	n = TEMP_FAILURE_RETRY(recv(telemetry, reply, sizeof(reply) - 1, 0));
	FUZZ_ASSERT(n > 0);
	FUZZ_ASSERT(n < REPLY_SIZE - 1 - REPLY_END);
	reply[n] = '\0';
	tsc_remember();

	/* Decode integers as reals: jansson's integers are signed. */
	all = json_loadb(reply, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
	if (all == NULL)
		fprintf(stderr, "%s\n%s\n", error.text, reply);
	FUZZ_ASSERT(all != NULL);
	FUZZ_ASSERT(json_object_size(all) == 1);
	answer = json_incref(json_object_iter_value(json_object_iter(all)));
	json_decref(all);

	return answer;
}
