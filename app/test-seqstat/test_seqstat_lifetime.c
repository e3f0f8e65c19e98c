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

/*
 * Sets that come and go while they are used: threads create, find, use, name and free
 * a few sets by chance, telemetry reads them, and all have pointers to sets that are
 * gone. Who holds a set finds it whole and as it was; the others are told.
 */

#define N_NAMES 4 /* So few that all meet at the same sets. */
#define N_USERS 4
#define MAX_COUNTERS 8

static RTE_ATOMIC(uint32_t) stop;

/** A thread that does something with a set, over and over. */
struct user {
	uint64_t seed;
	/** Of each name, a set that was there once. */
	struct rte_seqstat *known[N_NAMES];
	uint64_t n_done;
	uint64_t n_gone; /**< How often a set was gone. */
	uint64_t n_late; /**< How often others had the library's lock for too long. */
	int ret;
	rte_thread_t thread;
};

static bool
stopped(void)
{
	return rte_atomic_load_explicit(&stop, rte_memory_order_relaxed) != 0;
}

static void
set_name(char name[RTE_SEQSTAT_NAMESIZE], unsigned int i)
{
	snprintf(name, RTE_SEQSTAT_NAMESIZE, "life_%u", i);
}

/* What users do */

/**
 * Whether an error says that nothing was done, as others had the library's lock for too long:
 * in order where many threads share few CPUs.
 */
static bool
too_late(struct user *user, int error)
{
	bool late = error == ETIMEDOUT;

	user->n_late += late;

	return late;
}

/** Whether an error says that nothing was done, for that reason or as the set is gone. */
static bool
not_done(struct user *user, int error)
{
	bool gone = error == ENOENT;

	user->n_gone += gone;

	return gone || too_late(user, error);
}

/** Create a set of any size, unless it is there. */
static int
create_some(struct user *user, unsigned int i)
{
	static const struct rte_seqstat_counter schema[MAX_COUNTERS] = {
		{ .name = "c0" }, { .name = "c1" }, { .name = "c2" }, { .name = "c3" },
		{ .name = "c4" }, { .name = "c5" }, { .name = "c6" }, { .name = "c7" },
	};
	char name[RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat_params params = {
		.name = name,
		.counters = schema,
		.n_counters = 1 + test_seqstat_random(&user->seed) % MAX_COUNTERS,
		.n_rows = 1 + test_seqstat_random(&user->seed) % 64,
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat *st;

	set_name(name, i);
	st = rte_seqstat_create(&params);
	TEST_ASSERT(st != NULL || rte_errno == EEXIST || too_late(user, rte_errno),
		"cannot create: %s", rte_strerror(rte_errno));
	if (st != NULL)
		user->known[i] = st;

	return TEST_SUCCESS;
}

static int
find_some(struct user *user, unsigned int i)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat *st;

	set_name(name, i);
	st = rte_seqstat_lookup(name);
	TEST_ASSERT(st != NULL || not_done(user, rte_errno), "not found: %s",
		rte_strerror(rte_errno));
	if (st != NULL)
		user->known[i] = st;

	return TEST_SUCCESS;
}

static int
free_some(struct user *user, unsigned int i)
{
	int ret = rte_seqstat_free(user->known[i]);

	TEST_ASSERT(ret == 0 || ret == -EBUSY || not_done(user, -ret), "freeing: %d", ret);

	return TEST_SUCCESS;
}

/** Whether each writer of a set that is held has the same in all places. */
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

/** A set that is held stays, whatever others do. */
static int
check_held(struct user *user, struct rte_seqstat *st, const struct rte_seqstat_info *info)
{
	struct rte_seqstat_info now;
	struct rte_seqstat *found;
	int ret;

	ret = rte_seqstat_free(st);
	TEST_ASSERT(ret == -EBUSY || too_late(user, -ret), "not busy: %d", ret);
	found = rte_seqstat_lookup(info->name);
	TEST_ASSERT(found == st || (found == NULL && too_late(user, rte_errno)),
		"not found by its name");
	ret = rte_seqstat_info_get(st, &now);
	TEST_ASSERT(ret == 0 || too_late(user, -ret), "no info: %d", ret);
	TEST_ASSERT(ret != 0 || (strcmp(now.name, info->name) == 0 &&
		now.n_rows == info->n_rows && now.n_values == info->n_values),
		"another set in its place");

	return TEST_SUCCESS;
}

static int
take_held(struct user *user, struct rte_seqstat_snapshot *snap)
{
	struct rte_seqstat *st = rte_seqstat_snapshot_set(snap);
	struct rte_seqstat_info info;
	int ret;

	ret = rte_seqstat_info_get(st, &info);
	TEST_ASSERT(ret == 0 || too_late(user, -ret), "no info: %d", ret);
	if (ret != 0)
		return TEST_SUCCESS;
	TEST_ASSERT_SUCCESS(rte_seqstat_snapshot_take(snap, TEST_SEQSTAT_LIMIT_US), "not taken");
	TEST_ASSERT(is_level(snap, &info), "torn");
	TEST_ASSERT_SUCCESS(check_held(user, st, &info), "while an object exists");

	return TEST_SUCCESS;
}

static int
read_some(struct user *user, unsigned int i)
{
	struct rte_seqstat_snapshot *snap = rte_seqstat_snapshot_create(user->known[i]);
	int ret;

	if (snap == NULL) {
		TEST_ASSERT(not_done(user, rte_errno), "no object: %s", rte_strerror(rte_errno));
		return TEST_SUCCESS;
	}
	ret = take_held(user, snap);
	rte_seqstat_snapshot_free(snap);

	return ret;
}

static void
write_level(struct rte_seqstat_writer *w, uint64_t *seed)
{
	struct rte_seqstat_section sec = rte_seqstat_write_lock(w);
	uint32_t r, i;

	for (r = 0; r < w->n_rows; r++)
		for (i = 0; i < w->n_values; i++)
			rte_seqstat_add(rte_seqstat_row(&sec, r), i, 1);
	test_seqstat_pause(seed);
	rte_seqstat_write_unlock(&sec);
}

static int
write_some(struct user *user, unsigned int i)
{
	struct rte_seqstat_writer *w;
	int ret;

	w = rte_seqstat_writer_attach(user->known[i], LCORE_ID_ANY);
	if (w == NULL) {
		TEST_ASSERT(not_done(user, rte_errno), "no writer: %s", rte_strerror(rte_errno));
		return TEST_SUCCESS;
	}
	write_level(w, &user->seed);
	ret = rte_seqstat_free(user->known[i]);
	TEST_ASSERT(ret == -EBUSY || too_late(user, -ret), "not busy: %d", ret);
	write_level(w, &user->seed);
	TEST_ASSERT_SUCCESS(test_seqstat_detach(w), "cannot detach");

	return TEST_SUCCESS;
}

static int
name_some(struct user *user, unsigned int i)
{
	char name[RTE_SEQSTAT_ROW_NAMESIZE];
	int ret;

	ret = rte_seqstat_row_name_set(user->known[i], 0, "named");
	TEST_ASSERT(ret == 0 || not_done(user, -ret), "naming: %d", ret);
	ret = rte_seqstat_row_name_get(user->known[i], 0, name);
	TEST_ASSERT(ret == 0 || not_done(user, -ret), "no name: %d", ret);
	TEST_ASSERT(ret != 0 || name[0] == '\0' || strcmp(name, "named") == 0,
		"a name: '%s'", name);

	return TEST_SUCCESS;
}

static int
dump_some(struct user *user, unsigned int i)
{
	FILE *f = fopen("/dev/null", "we");
	int ret;

	TEST_ASSERT_NOT_NULL(f, "no file");
	ret = rte_seqstat_dump(f, user->known[i]);
	fclose(f);
	TEST_ASSERT(ret == 0 || not_done(user, -ret), "dump: %d", ret);

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
walk_all(struct user *user, unsigned int i __rte_unused)
{
	unsigned int n_strange = 0;
	int ret = rte_seqstat_walk(visit_name, &n_strange);

	TEST_ASSERT((ret >= 0 && ret <= N_NAMES) || too_late(user, -ret), "walk: %d", ret);
	TEST_ASSERT_EQUAL(n_strange, 0, "a set that nobody made");

	return TEST_SUCCESS;
}

static int
do_something(struct user *user)
{
	static int (* const doings[])(struct user *user, unsigned int i) = {
		create_some, create_some, create_some, find_some, free_some, free_some,
		read_some, read_some, write_some, write_some, name_some, dump_some, walk_all,
	};
	unsigned int i = test_seqstat_random(&user->seed) % N_NAMES;
	unsigned int what = test_seqstat_random(&user->seed) % RTE_DIM(doings);

	/* There is nothing to do with a set that was never seen. */
	if (user->known[i] == NULL)
		what = 0;
	TEST_ASSERT_SUCCESS(doings[what](user, i), "number %" PRIu64 ", doing %u with set %u",
		user->n_done, what, i);
	user->n_done++;

	return TEST_SUCCESS;
}

static uint32_t
be_user(void *arg)
{
	struct user *user = arg;

	while (!stopped() && user->ret == TEST_SUCCESS)
		user->ret = do_something(user);
	if (user->ret != TEST_SUCCESS)
		rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);

	return 0;
}

/* Telemetry reads them, too. */

/** How far the client is: an enum test_seqstat_state; done if there is no telemetry. */
static RTE_ATOMIC(uint32_t) client_state;

static void
set_client_state(uint32_t state)
{
	rte_atomic_store_explicit(&client_state, state, rte_memory_order_release);
}

/** Connect to the telemetry of this process; -1 if it cannot be reached. */
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

/** Whether a reply is whole: an answer to the command, from bracket to bracket. */
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
		"/seqstat/row,life_2,0", "/seqstat/lcore,life_3,any", "/seqstat/total,life_0",
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

static int
connect_and_ask(uint64_t *n)
{
	int ret, fd = telemetry_connect();

	if (fd < 0) {
		printf("this process has no telemetry\n");
		return TEST_SUCCESS;
	}
	ret = ask_on(fd, n);
	close(fd);

	return ret;
}

static uint32_t
be_client(void *arg)
{
	struct user *client = arg;

	client->ret = connect_and_ask(&client->n_done);
	if (client->ret != TEST_SUCCESS)
		rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	set_client_state(client->ret == TEST_SUCCESS ? TEST_SEQSTAT_DONE : TEST_SEQSTAT_FAILED);

	return 0;
}

/* The test */

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
	uint64_t n_done = 0, n_gone = 0, n_late = 0;
	int ret = TEST_SUCCESS;
	unsigned int i;

	rte_atomic_store_explicit(&stop, 1, rte_memory_order_relaxed);
	for (i = 0; i < n_started; i++) {
		rte_thread_join(users[i].thread, NULL);
		ret |= users[i].ret;
		n_done += i < N_USERS ? users[i].n_done : 0;
		n_gone += users[i].n_gone;
		n_late += users[i].n_late;
	}
	printf("%" PRIu64 " times something was done, %" PRIu64 " times to a set that was gone, %"
		PRIu64 " times too late; %" PRIu64 " telemetry replies\n", n_done, n_gone, n_late,
		users[N_USERS].n_done);

	return ret;
}

/** Free what is left. */
static int
free_all(void)
{
	char name[RTE_SEQSTAT_NAMESIZE];
	unsigned int i;
	int ret;

	for (i = 0; i < N_NAMES; i++) {
		set_name(name, i);
		ret = rte_seqstat_free(rte_seqstat_lookup(name));
		TEST_ASSERT_SUCCESS(ret, "%s is still in use: %d", name, ret);
	}

	return TEST_SUCCESS;
}

/** Bytes that are allocated. */
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
	uint64_t end;
	unsigned int n_started;
	bool well, answered;
	size_t before, after;

	/* The first set leaves what all sets have in common. */
	test_seqstat_destroy(test_seqstat_create("life_0", 1, 1));
	before = allocated();
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
	TEST_ASSERT_SUCCESS(free_all(), "in the end");
	after = allocated();
	TEST_ASSERT_EQUAL(after, before, "%zu bytes allocated instead of %zu", after, before);

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat sets that come and go",
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
