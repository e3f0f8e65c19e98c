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

#include "test_seqstat.h"
#include "test_seqstat_stress.h"

/* Handles: a set is opened, closed and freed, in one thread and in many. */

/*
 * Sets that come and go: threads create, open, use, close and free a few sets by chance, and
 * telemetry reads them. A thread that has a set open finds it as it was.
 */

#define N_NAMES 4 /* Few, so that the threads meet. */
#define N_USERS 4
#define MAX_COUNTERS 8

static RTE_ATOMIC(uint32_t) stop;

/** A thread that does something with a set, over and over. */
struct user {
	uint64_t seed;
	struct rte_seqstat *open[N_NAMES]; /**< NULL: the thread has the set not open. */
	uint64_t birth_ns[N_NAMES];
	uint64_t n_done;
	uint64_t n_freed;
	int ret;
	rte_thread_t thread;
};

static bool
stopped(void)
{
	return rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) != 0;
}

/** Open a set, or create it in any size. */
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
		.n_counters = 1 + test_seqstat_random(&user->seed) % MAX_COUNTERS,
		.n_rows = 1 + test_seqstat_random(&user->seed) % 64,
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
		TEST_ASSERT(st != NULL || rte_errno == EEXIST, "cannot create: %s",
			rte_strerror(rte_errno));
	}
	if (st == NULL)
		return TEST_SUCCESS;
	TEST_ASSERT_SUCCESS(rte_seqstat_info_get(st, &info), "no info");
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

	TEST_ASSERT(ret == 0 || ret == -EBUSY, "freeing: %d", ret);
	if (ret == 0) {
		user->open[i] = NULL;
		user->n_freed++;
	}

	return TEST_SUCCESS;
}

/** Check that each writer has the same number everywhere. */
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

	TEST_ASSERT_NOT_NULL(snap, "no object: %s", rte_strerror(rte_errno));
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
	test_seqstat_pause(&user->seed);
	rte_seqstat_end(&sec);

	return TEST_SUCCESS;
}

static int
label_some(struct user *user, unsigned int i)
{
	struct rte_seqstat_labels labels;

	TEST_ASSERT_SUCCESS(rte_seqstat_row_label(user->open[i], 0,
		(const char *const []){ "named", NULL }), "labelling");
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
	TEST_ASSERT_EQUAL(n_strange, 0, "a set that no thread made");

	return TEST_SUCCESS;
}

static uint32_t
be_user(void *arg)
{
	static int (* const doings[])(struct user *user, unsigned int i) = {
		open_some, close_some, free_some, free_some, read_some, read_some, write_some,
		write_some, label_some, dump_some, walk_all,
	};
	struct user *user = arg;
	unsigned int i, what;

	for (; !stopped(); user->n_done++) {
		i = test_seqstat_random(&user->seed) % N_NAMES;
		what = test_seqstat_random(&user->seed) % RTE_DIM(doings);
		/* A set is opened before anything else, and once. */
		what = user->open[i] == NULL ? 0 : RTE_MAX(what, 1u);
		user->ret = doings[what](user, i);
		if (user->ret == TEST_SUCCESS)
			continue;
		printf("number %" PRIu64 ", doing %u with set %u\n", user->n_done, what, i);
		rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	}
	for (i = 0; i < N_NAMES; i++)
		rte_seqstat_close(user->open[i]);

	return 0;
}

/* Telemetry */

/** The state of the client, an enum test_seqstat_state; done if there is no telemetry. */
static RTE_ATOMIC(uint32_t) client_state;

static void
set_client_state(uint32_t state)
{
	rte_atomic_store_explicit(&client_state, state, rte_memory_order_release);
}

/** Connect to the telemetry of this process; -1 if it has none. */
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

/** Send a request. Returns whether the reply is whole: an answer, from bracket to bracket. */
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

static int
ask_on(int fd, uint64_t *n)
{
	static const char * const requests[] = {
		"/seqstat/list", "/seqstat/info,life_0", "/seqstat/total,life_1",
		"/seqstat/row,life_2,0", "/seqstat/lcore,life_3,any", "/seqstat/values,life_0,0",
	};
	char greeting[1024];

	TEST_ASSERT(recv(fd, greeting, sizeof(greeting), 0) > 0, "no greeting");
	while (!stopped()) {
		TEST_ASSERT(telemetry_ask(fd, requests[*n % RTE_DIM(requests)]),
			"telemetry: no answer to '%s'", requests[*n % RTE_DIM(requests)]);
		(*n)++;
		set_client_state(TEST_SEQSTAT_RUNNING);
	}

	return TEST_SUCCESS;
}

static uint32_t
be_client(void *arg)
{
	struct user *client = arg;
	int fd = telemetry_connect();

	if (fd < 0) {
		printf("this process has no telemetry\n");
	} else {
		client->ret = ask_on(fd, &client->n_done);
		close(fd);
	}
	if (client->ret != TEST_SUCCESS)
		rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	set_client_state(client->ret == TEST_SUCCESS ? TEST_SEQSTAT_DONE : TEST_SEQSTAT_FAILED);

	return 0;
}

/** The users, and one client of telemetry. */
static struct user users[N_USERS + 1];

static bool
start_users(unsigned int *n_started)
{
	unsigned int i;

	memset(users, 0, sizeof(users));
	rte_atomic_store_explicit(&stop, 0, rte_memory_order_relaxed);
	set_client_state(TEST_SEQSTAT_IDLE);
	for (i = 0; i < RTE_DIM(users); i++) {
		users[i].seed = i;
		*n_started = i;
		if (!test_seqstat_spawn(&users[i].thread, i < N_USERS ? be_user : be_client,
				&users[i]))
			return false;
	}
	*n_started = i;

	return true;
}

static int
stop_users(unsigned int n_started)
{
	uint64_t n_done = 0, n_freed = 0;
	int ret = TEST_SUCCESS;
	unsigned int i;

	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	for (i = 0; i < n_started; i++) {
		rte_thread_join(users[i].thread, NULL);
		ret |= users[i].ret;
		n_done += i < N_USERS ? users[i].n_done : 0;
		n_freed += users[i].n_freed;
	}
	printf("%" PRIu64 " times something was done, %" PRIu64 " times a set was freed; %" PRIu64
		" telemetry replies\n", n_done, n_freed, users[N_USERS].n_done);

	return ret;
}

static void
free_name(const char *name, void *arg __rte_unused)
{
	test_seqstat_destroy(rte_seqstat_lookup(name));
}

/** Return how many bytes are allocated. */
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

static int
test_come_and_go(void)
{
	size_t before = allocated(), after;
	bool well, answered;
	unsigned int n_started;
	uint64_t end;

	well = start_users(&n_started);
	end = test_seqstat_end();
	while (well && !stopped() && rte_get_timer_cycles() < end)
		rte_delay_us_sleep(1000);
	/* Until telemetry has answered, if there is any. */
	answered = well && test_seqstat_await_change(&client_state, TEST_SEQSTAT_IDLE) !=
		TEST_SEQSTAT_IDLE;
	TEST_ASSERT_SUCCESS(stop_users(n_started), "a thread failed");
	TEST_ASSERT(well, "no thread");
	TEST_ASSERT(answered, "telemetry has not answered");
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
