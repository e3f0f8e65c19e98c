/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "test_seqstat_stress.h"

/*
 * Handles of sets that come and go: threads create, open, use, close and free a few sets at random,
 * and a telemetry client reads them. A thread that has a set open finds it unchanged.
 */

#define N_NAMES 4 /* Few, so that the threads meet. */
#define N_USERS 4
#define MAX_COUNTERS 8

/** A thread that does something with a set, again and again. */
struct user {
	struct test_seqstat_actor *self;
	struct rte_seqstat *open[N_NAMES]; /**< NULL: the thread has the set not open. */
	uint64_t birth_ns[N_NAMES];
};

/** Open a set, or create it in a random size. */
static int
open_some(struct user *user, unsigned int i)
{
	static const struct rte_seqstat_counter schema[MAX_COUNTERS] = {
		{ .name = "c0" }, { .name = "c1" }, { .name = "c2" }, { .name = "c3" },
		{ .name = "c4" }, { .name = "c5" }, { .name = "c6" }, { .name = "c7" },
	};
	char name[RTE_SEQSTAT_NAMESIZE];
	const struct rte_seqstat_params params = {
		.name = name,
		.counters = schema,
		.n_counters = 1 + test_seqstat_random(&user->self->seed) % MAX_COUNTERS,
		.n_rows = 1 + test_seqstat_random(&user->self->seed) % 64,
		.labels = (const char *const []){ "name", NULL },
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat_info info;
	struct rte_seqstat *st;

	snprintf(name, sizeof(name), "life_%u", i);
	st = rte_seqstat_lookup(name);
	TEST_ASSERT(st != NULL || rte_errno == ENOENT, "not found: %s", rte_strerror(rte_errno));
	if (st == NULL) {
		st = rte_seqstat_create(&params);
		TEST_ASSERT(st != NULL || rte_errno == EEXIST, "set not created: %s",
			rte_strerror(rte_errno));
	}
	if (st == NULL)
		return TEST_SUCCESS;
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no description");
	user->open[i] = st;
	user->birth_ns[i] = info.birth_ns;

	return TEST_SUCCESS;
}

static int
close_some(struct user *user, unsigned int i)
{
	rte_seqstat_close(user->open[i]);
	user->open[i] = NULL;

	return TEST_SUCCESS;
}

static int
free_some(struct user *user, unsigned int i)
{
	int ret = rte_seqstat_free(user->open[i]);

	TEST_ASSERT(ret == 0 || ret == -EBUSY, "free: %d", ret);
	if (ret == 0)
		user->open[i] = NULL;

	return TEST_SUCCESS;
}

/** Return whether all values of each writer are equal. */
static bool
is_level(const struct rte_seqstat_snapshot *snap, const struct rte_seqstat_info *info)
{
	const uint64_t *row;
	uint32_t w, r, i;
	uint64_t n;

	for (w = 0; w < rte_seqstat_snapshot_n_writers(snap); w++) {
		n = rte_seqstat_snapshot_row(snap, w, 0)[0];
		for (r = 0; r < info->n_rows; r++) {
			row = rte_seqstat_snapshot_row(snap, w, r);
			for (i = 0; i < info->n_values; i++)
				if (row[i] != n)
					return false;
		}
	}

	return true;
}

static int
read_some(struct user *user, unsigned int i)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(user->open[i]);
	struct rte_seqstat_info info = { 0 };
	bool level;
	int ret;

	TEST_ASSERT_NOT_NULL(snap, "no snapshot object: %s", rte_strerror(rte_errno));
	ret = rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US);
	rte_seqstat_info_get(rte_seqstat_snapshot_set(snap), &info);
	level = is_level(snap, &info);
	rte_seqstat_snapshot_free(snap);
	TEST_ASSERT_SUCCESS(ret, "not taken: %d", ret);
	TEST_ASSERT(level, "torn");
	TEST_ASSERT_EQUAL(info.birth_ns, user->birth_ns[i], "another set in its place");

	return TEST_SUCCESS;
}

static int
write_some(struct user *user, unsigned int i)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(user->open[i]);
	uint32_t r, value;

	for (r = 0; r < sec.writer->n_rows; r++)
		for (value = 0; value < sec.writer->n_values; value++)
			rte_seqstat_add(rte_seqstat_row(&sec, r), value, 1);
	test_seqstat_pause(&user->self->seed);
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

static int
label_some(struct user *user, unsigned int i)
{
	struct rte_seqstat_labels labels;

	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(user->open[i], 0,
		(const char *const []){ "named", NULL }), "row not labelled");
	TEST_ASSERT_SUCCESS(rte_seqstat_row_labels_get(user->open[i], 0, &labels), "no labels");
	TEST_ASSERT(strcmp(labels.values[0], "named") == 0, "labels: '%s'", labels.values[0]);

	return TEST_SUCCESS;
}

static int
dump_some(struct user *user, unsigned int i)
{
	FILE *f = fopen("/dev/null", "we");
	int ret;

	TEST_ASSERT_NOT_NULL(f, "no file");
	ret = rte_seqstat_dump(f, user->open[i]);
	fclose(f);
	TEST_ASSERT(ret == 0 || ret == -ETIMEDOUT, "dump: %d", ret);

	return TEST_SUCCESS;
}

static void
visit_name(const char *name, void *arg)
{
	unsigned int i, *n_strange = arg;

	if (sscanf(name, "life_%u", &i) != 1 || i >= N_NAMES)
		(*n_strange)++;
}

static int
walk_all(struct user *user __rte_unused, unsigned int i __rte_unused)
{
	unsigned int n_strange = 0;
	int ret = rte_seqstat_walk(visit_name, &n_strange);

	TEST_ASSERT(ret >= 0 && ret <= N_NAMES, "walk: %d", ret);
	TEST_ASSERT_EQUAL(n_strange, 0, "sets that no thread created");

	return TEST_SUCCESS;
}

static int
use_sets(struct test_seqstat_actor *self)
{
	static int (* const actions[])(struct user *user, unsigned int i) = {
		open_some, close_some, free_some, free_some, read_some, read_some, write_some,
		write_some, label_some, dump_some, walk_all,
	};
	struct user user = { .self = self };
	unsigned int i, what;
	int ret = TEST_SUCCESS;

	for (; !test_seqstat_stopped() && ret == TEST_SUCCESS; self->n++) {
		i = test_seqstat_random(&self->seed) % N_NAMES;
		what = test_seqstat_random(&self->seed) % RTE_DIM(actions);
		/* A set is opened before anything else, and once. */
		what = user.open[i] == NULL ? 0 : RTE_MAX(what, 1u);
		ret = actions[what](&user, i);
		if (ret != TEST_SUCCESS)
			printf("action %u with set %u\n", what, i);
	}
	for (i = 0; i < N_NAMES; i++)
		rte_seqstat_close(user.open[i]);

	return ret;
}

/* Telemetry */

/** Connect to the telemetry of this process. Return -1 if it has none. */
static int
telemetry_connect(void)
{
	const struct timeval limit = { .tv_sec = TEST_SEQSTAT_LIMIT_US / US_PER_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/dpdk_telemetry.v2",
		rte_eal_get_runtime_dir());
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));

	return fd;
}

/** Send a request. Return whether the reply is whole, from bracket to bracket. */
static bool
telemetry_ask(int fd, const char *request)
{
	static char reply[32 * 1024];
	char begin[64];
	ssize_t n;

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return false;
	n = recv(fd, reply, sizeof(reply), 0);
	snprintf(begin, sizeof(begin), "{\"%.*s\":", (int)strcspn(request, ","), request);

	return n > (ssize_t)strlen(begin) && memcmp(reply, begin, strlen(begin)) == 0 &&
		reply[n - 1] == '}';
}

static RTE_ATOMIC(uint32_t) n_replies;

/** Ask for what changes, until the test stops. */
static int
ask_telemetry(struct test_seqstat_actor *self)
{
	static const char * const requests[] = {
		"/seqstat/list", "/seqstat/info,life_0", "/seqstat/total,life_1",
		"/seqstat/lcore,life_3,any", "/seqstat/values,life_2,0",
	};
	int fd = telemetry_connect();
	char greeting[1024];
	bool well = fd < 0 || recv(fd, greeting, sizeof(greeting), 0) > 0;

	if (fd < 0)
		printf("this process has no telemetry\n");
	for (; well && !test_seqstat_stopped(); self->n++) {
		if (fd >= 0)
			well = telemetry_ask(fd, requests[self->n % RTE_DIM(requests)]);
		else
			rte_delay_us_sleep(1000);
		rte_atomic_store_explicit(&n_replies, (uint32_t)self->n + 1,
				rte_memory_order_release);
	}
	if (fd >= 0)
		close(fd);
	TEST_ASSERT(well, "no telemetry reply to request %" PRIu64, self->n);

	return TEST_SUCCESS;
}

static void
free_name(const char *name, void *arg __rte_unused)
{
	test_seqstat_destroy(rte_seqstat_lookup(name));
}

/** Return how many bytes of DPDK's memory are allocated. */
static size_t
allocated(void)
{
	struct rte_malloc_socket_stats stats;
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < rte_socket_count(); i++)
		if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &stats) == 0)
			bytes += stats.heap_allocsz_bytes;

	return bytes;
}

/** Wait for the end of the test, and for the first telemetry reply. */
static int
await_end(void)
{
	uint64_t end = test_seqstat_end();

	while (!test_seqstat_stopped() && rte_get_timer_cycles() < end)
		rte_delay_us_sleep(1000);
	TEST_ASSERT(test_seqstat_await_change(&n_replies, 0) > 0, "no telemetry reply");

	return TEST_SUCCESS;
}

/* A thread's open sets stay while others try to free them; afterwards all memory is free. */
static int
test_come_and_go(void)
{
	struct test_seqstat_actor actors[N_USERS + 1] = { { .act = ask_telemetry } };
	size_t before, after;
	unsigned int i;

	/* The first set leaves memory that all sets share. */
	test_seqstat_destroy(test_seqstat_create("first", 1, 1));
	before = allocated();
	rte_atomic_store_explicit(&n_replies, 0, rte_memory_order_relaxed);
	for (i = 1; i <= N_USERS; i++)
		actors[i] = (struct test_seqstat_actor){ .act = use_sets, .seed = i };
	TEST_ASSERT_SUCCESS(test_seqstat_act(actors, RTE_DIM(actors), await_end),
		"while sets come and go");
	printf("%" PRIu64 " actions of the first user, %" PRIu64 " telemetry replies\n",
		actors[1].n, actors[0].n);
	TEST_ASSERT(rte_seqstat_walk(free_name, NULL) >= 0, "no walk");
	after = allocated();
	TEST_ASSERT_EQUAL(after, before, "%zu bytes allocated instead of %zu", after, before);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat handles",
	.unit_test_cases = {
		TEST_CASE(test_come_and_go),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_lifetime(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_lifetime_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_lifetime);
