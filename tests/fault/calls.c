/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Call each function of the library with its first call of another function failing, then with its
 * second, until none is left to fail. A function that fails has to return an error that
 * rte_seqstat.h documents, leak nothing, and succeed when called again.
 *
 * A child process makes the calls: it begins without handles and unregistered. The parent process
 * registers with the first set that it creates.
 */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memzone.h>
#include <rte_time.h>

#include "fault.h"
#include "rte_seqstat_file.h"
#include "rte_seqstat_publish.h"
#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_labels.h"

static struct rte_seqstat *set, *other, *third;
static struct rte_seqstat_snapshot *snaps[2], *newer, *extra;
static uint32_t n_writers[2]; /**< Writers in each snapshot. */
static FILE *nowhere;

static const struct fault faults[] = {
	{ .calls = FAULT_MEMORY, .error = ENOMEM },
	{ .calls = FAULT_MEMORY, .error = ENOMEM, .lasts = true },
	{ .calls = FAULT_MEMORY, .error = ENOSPC, .also = { ENOMEM } },
	{ .calls = "rte_memzone_reserve", .error = ENOSPC },
	{ .calls = FAULT_LOCK, .error = ETIMEDOUT },
	{ .calls = "open64", .error = EMFILE },
	{ .calls = "fcntl64", .error = ENOLCK },
	/* Other processes hold all slots, or the lock to create the control zone. */
	{ .calls = "fcntl64", .error = EAGAIN, .lasts = true, .also = { ENOSPC, ETIMEDOUT } },
	{ .calls = "fstat64", .error = EIO, .also = { ESTALE } },
	{ .calls = "rename", .error = EACCES },
	{ .calls = "renameat2", .error = EACCES },
	/* The file system does not support its flags. */
	{ .calls = "renameat2", .error = EINVAL },
	{ .calls = "fchmod fstatfs64 mkostemps64 posix_fallocate64 pwrite64", .error = ENOSPC },
	{ .calls = "madvise", .error = EINVAL, .also = { ENOMEM } },
	{ .calls = "rte_mp_action_register", .error = EEXIST },
	{ .calls = "rte_mp_action_register", .error = ENOMEM },
};

/* Operations. Each returns 0 or a positive errno; undo removes its effect. */

static int
create(void)
{
	other = fault_set_create("other");

	return other != NULL ? 0 : rte_errno;
}

static void
create_undo(void)
{
	RTE_VERIFY(rte_seqstat_free(other) == 0);
}

static int
lookup(void)
{
	set = rte_seqstat_lookup("set");

	return set != NULL ? 0 : rte_errno;
}

static void
lookup_undo(void)
{
	rte_seqstat_close(set);
}

static void
count_name(const char *name __rte_unused, void *arg)
{
	(*(unsigned int *)arg)++;
}

static int
walk(void)
{
	unsigned int n = 0;
	int ret = rte_seqstat_walk(count_name, &n);

	return ret < 0 ? -ret : n == 3 ? 0 : EINVAL;
}

static int
free_third(void)
{
	return -rte_seqstat_free(third);
}

static void
free_third_undo(void)
{
	third = fault_set_create("third");
	RTE_VERIFY(third != NULL);
}

static const char *const labels[] = { "eth0", "1", NULL };

static int
label_row(void)
{
	return -rte_seqstat_row_label(set, 1, labels);
}

static void
label_row_undo(void)
{
	RTE_VERIFY(rte_seqstat_row_clear(set, 1) == 0);
}

static int
alloc_row(void)
{
	int row = rte_seqstat_row_alloc(set, labels);

	return row == 1 ? 0 : row >= 0 ? EINVAL : -row;
}

static int
find_row(void)
{
	int row = rte_seqstat_row_find(set, labels);

	return row == -ENOENT ? 0 : row >= 0 ? EINVAL : -row;
}

static int
clear_row(void)
{
	int ret = label_row();

	return ret != 0 ? ret : -rte_seqstat_row_clear(set, 1);
}

/** Check that the row was cleared. */
static void
clear_row_undo(void)
{
	RTE_VERIFY(rte_seqstat_row_find(set, labels) == -ENOENT);
}

static int
get_labels(void)
{
	struct rte_seqstat_labels got;

	return -rte_seqstat_row_labels_get(set, 1, &got);
}

static int
snapshot_create(void)
{
	extra = rte_seqstat_snapshot_create(set);

	return extra != NULL ? 0 : rte_errno;
}

static void
snapshot_create_undo(void)
{
	rte_seqstat_snapshot_free(extra);
}

/** Return whether snapshots have the packet of prepare(), and a number of new writers. */
static bool
check_content(unsigned int n, uint32_t n_new)
{
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	unsigned int i;

	for (i = 0; i < n; i++)
		if (rte_seqstat_snapshot_n_writers(snaps[i]) != n_writers[i] + n_new ||
				rte_seqstat_snapshot_total(snaps[i], 0, values) != 0 ||
				values[0] != 1)
			return false;

	return true;
}

static int
take(void)
{
	int ret = rte_seqstat_snapshot_take(snaps[0], 0);

	return check_content(1, ret == 0) ? -ret : EINVAL;
}

static int
take_all(void)
{
	int ret = rte_seqstat_snapshot_take_all(snaps, RTE_DIM(snaps), 0);

	return check_content(RTE_DIM(snaps), ret == 0) ? -ret : EINVAL;
}

static int
diff(void)
{
	int ret = rte_seqstat_snapshot_diff(snaps[0], newer, snaps[0]);

	return ret == 0 || check_content(1, 0) ? -ret : EINVAL;
}

static int
dump(void)
{
	return -rte_seqstat_dump(nowhere, set);
}

static const char *
published_path(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/published[1]", rte_eal_get_runtime_dir());

	return path;
}

static int
publish_every(uint32_t period_ms)
{
	char args[PATH_MAX + 64];

	snprintf(args, sizeof(args), "%s,period=%u,history=1,any-fs", published_path(), period_ms);

	return -rte_seqstat_publish_start_args(args);
}

/** Count the files of a publisher, including temporary ones. */
static size_t
count_published(void)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };
	size_t n;

	snprintf(pattern, sizeof(pattern), "%s/published*", rte_eal_get_runtime_dir());
	n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);

	return n;
}

/** Start to publish. A failure has to leave no file behind. */
static int
publish(void)
{
	int ret = publish_every(3600 * 1000);

	return ret != 0 && count_published() != 0 ? EINVAL : ret;
}

static void
publish_undo(void)
{
	RTE_VERIFY(rte_seqstat_publish_stop() == 0);
}

static void
nothing(void)
{
}

static const struct operation {
	const char *name;
	unsigned int allocations; /**< Minimum number of allocations in the call. */
	/** State before: no control zone; the parent process has a set; prepare() was called. */
	enum { BARE, SET, READY } state;
	int (*call)(void);
	void (*undo)(void);
} operations[] = {
	{ "create", 6, BARE, create, create_undo },
	{ "create as second process", 5, SET, create, create_undo },
	{ "lookup", 3, SET, lookup, lookup_undo },
	{ "walk", 0, READY, walk, nothing },
	{ "free", 0, READY, free_third, free_third_undo },
	{ "label a row", 1, READY, label_row, label_row_undo },
	{ "allocate a row", 1, READY, alloc_row, label_row_undo },
	{ "find a row", 0, READY, find_row, nothing },
	{ "clear a row", 1, READY, clear_row, clear_row_undo },
	{ "get labels", 0, READY, get_labels, nothing },
	{ "create a snapshot", 2, READY, snapshot_create, snapshot_create_undo },
	{ "take a snapshot", 2, READY, take, nothing },
	{ "take two snapshots", 4, READY, take_all, nothing },
	{ "subtract snapshots", 2, READY, diff, nothing },
	{ "dump", 6, READY, dump, nothing },
	{ "publish", 11, READY, publish, publish_undo },
};

/** Count and read a packet in each of two sets, and allocate writers that are not read yet. */
static bool
prepare(void)
{
	struct rte_seqstat *sets[2];
	unsigned int i;

	nowhere = fopen("/dev/null", "w");
	CHECK(nowhere != NULL && lookup() == 0 && create() == 0, "%s", rte_strerror(rte_errno));
	sets[0] = set;
	sets[1] = other;
	for (i = 0; i < RTE_DIM(sets); i++) {
		CHECK(!fault_count(sets[i], 0), "no writer");
		snaps[i] = rte_seqstat_snapshot_create(sets[i]);
		CHECK(snaps[i] != NULL && rte_seqstat_snapshot_take(snaps[i], 0) == 0,
			"no snapshot");
		n_writers[i] = rte_seqstat_snapshot_n_writers(snaps[i]);
		CHECK(fault_writer(sets[i], 1) != NULL, "%s", rte_strerror(rte_errno));
	}
	third = fault_set_create("third");
	newer = rte_seqstat_snapshot_create(set);
	CHECK(third != NULL && newer != NULL && rte_seqstat_snapshot_take(newer, 0) == 0,
		"no snapshot");

	return true;
}

static bool
clean(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(snaps); i++)
		rte_seqstat_snapshot_free(snaps[i]);
	rte_seqstat_snapshot_free(newer);
	create_undo();
	rte_seqstat_close(set);
	CHECK(rte_seqstat_first_value(set, 0) == -ENOENT, "the handle is still open");
	CHECK(free_third() == 0 && fclose(nowhere) == 0, "not freed");

	return true;
}

static bool
documented(int error, const struct fault *fault)
{
	return error != 0 && (error == fault->error || error == fault->also[0] ||
		error == fault->also[1]);
}

/** Count open descriptors, except the one of a registered process. */
static int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;

	return n - (seqstat_self() != 0);
}

/** Call a function with a fault, and again without. Sets *more if a call failed. */
static bool
run_with_fault(const struct operation *op, struct fault fault, bool *more)
{
	const uint32_t n_blocks = fault_usage().libc_blocks;
	int ret, n;

	if (op->state == READY && !prepare())
		return false;
	n = count_descriptors();
	fault_inject(fault);
	ret = op->call();
	*more = fault_end();
	/* The function may have a fallback, such as memory of another socket. */
	if (ret == 0)
		op->undo();
	else
		CHECK(*more && documented(ret, &fault), "%s", rte_strerror(ret));
	CHECK(count_descriptors() == n, "leaks a descriptor");
	ret = op->call();
	CHECK(ret == 0, "again: %s", rte_strerror(ret));
	op->undo();
	CHECK(SEQSTAT_OWNER_SLOT(seqstat_self()) == (op->state == BARE ? 0 : 1), "leaks a slot");
	if (op->state == READY && !clean())
		return false;
	if (op->state == BARE)
		rte_memzone_free(rte_memzone_lookup("SEQSTAT"));
	CHECK(fault_usage().libc_blocks == n_blocks, "leaks memory of the C library");

	return true;
}

/** Call run_with_fault() in a child process. */
static bool
run_child(const struct operation *op, struct fault fault, bool *more)
{
	int status;
	bool well;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		well = run_with_fault(op, fault, more);
		if (!well)
			printf("%s, call %u of %s fails with %s\n", op->name, fault.nth,
				fault.calls, rte_strerror(fault.error));
		fflush(stdout);
		_exit(!well ? EXIT_FAILURE : *more ? 0 : 2);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "the child died");
	*more = WEXITSTATUS(status) == 0;

	return WEXITSTATUS(status) != EXIT_FAILURE;
}

static bool
run_operation(const struct operation *op, struct fault fault)
{
	struct fault_usage before, after;
	struct rte_seqstat *theirs = NULL;
	bool more = true;

	while (more) {
		fault.nth++;
		before = fault_usage();
		if (op->state != BARE)
			theirs = fault_set_create("set");
		if (!run_child(op, fault, &more))
			return false;
		CHECK(rte_seqstat_free(theirs) == 0, "%s: still open", op->name);
		after = fault_usage();
		CHECK(fault_usage_same(&before, &after), "%s: leaks after call %u failed",
			op->name, fault.nth);
	}
	CHECK(fault.calls != faults[0].calls || fault.nth > op->allocations,
		"%s: %u allocations, not %u", op->name, fault.nth - 1, op->allocations);

	return true;
}

/** A file says that an lcore without memory for a writer counts on the shared one. */
static bool
check_crowded(void)
{
	struct rte_seqstat_file f;

	set = fault_set_create("set");
	fault_inject((struct fault){ .calls = FAULT_MEMORY, .nth = 1, .lasts = true,
		.error = ENOMEM });
	CHECK(set != NULL && fault_count(set, 1) && fault_end(), "on another writer");
	CHECK(publish() == 0 && rte_seqstat_file_open(&f, published_path()) == 0 &&
		rte_seqstat_file_read_newest(&f) == 0, "not published");
	CHECK(f.parts[0].writers[0].flags == RTE_SEQSTAT_FILE_CROWDED, "not crowded in the file");
	rte_seqstat_file_close(&f);
	publish_undo();
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/** An lcore that timed out on a lock gets a writer at the next call. */
static bool
check_late_lock(unsigned int nth)
{
	set = fault_set_create("set");
	CHECK(set != NULL, "%s", rte_strerror(rte_errno));
	fault_inject((struct fault){ .calls = FAULT_LOCK, .nth = nth, .error = ETIMEDOUT });
	CHECK(fault_writer(set, 1) == NULL && rte_errno == ETIMEDOUT && fault_end(),
		"lock %u: %s", nth, rte_strerror(rte_errno));
	CHECK(fault_writer(set, 1) != NULL, "lock %u: %s", nth, rte_strerror(rte_errno));
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/* The lock file */

static void
lock_file_path(char path[PATH_MAX], const char *suffix)
{
	snprintf(path, PATH_MAX, "%s/seqstat.lock%s", rte_eal_get_runtime_dir(), suffix);
}

/** End this process unless it holds the lock to create the control zone. */
static void
check_lock_file(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	char path[PATH_MAX];
	int fd;

	lock_file_path(path, "");
	fd = open(path, O_RDWR);
	if (fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
		printf("another process can make the control zone\n");
		fflush(stdout);
		_exit(EXIT_FAILURE);
	}
	close(fd);
}

/** Replace the lock file, as a process that is killed while it creates the control zone. */
static void
replace_lock_file(void)
{
	char path[PATH_MAX], path_new[PATH_MAX];

	lock_file_path(path, "");
	lock_file_path(path_new, ".new");
	close(open(path_new, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR));
	RTE_VERIFY(rename(path_new, path) == 0);
	fault_inject((struct fault){ .calls = "rename", .nth = 1, .meanwhile = check_lock_file });
}

/** A process that locked a replaced lock file takes the lock of the new file instead. */
static bool
check_replaced_file(void)
{
	bool more;

	return run_child(&operations[0], (struct fault){ .calls = "fcntl64", .nth = 1,
			.meanwhile = replace_lock_file }, &more);
}

/* Limits */

/** Create and free a set. Returns its time of birth in nanoseconds. */
static uint64_t
birth(void)
{
	struct rte_seqstat_info info;

	set = fault_set_create("set");
	RTE_VERIFY(rte_seqstat_info_get(set, &info) == 0 && rte_seqstat_free(set) == 0);

	return info.birth_ns;
}

/** Times of birth increase, also after the clock was set back by an hour. */
static bool
check_birth(void)
{
	const uint64_t later_ns = birth() + UINT64_C(3600) * NS_PER_S;

	seqstat_control()->latest_birth_ns = later_ns;
	CHECK(birth() > later_ns && birth() > later_ns + 1, "no later birth");

	return true;
}

/** A set has at most RTE_SEQSTAT_MAX_WRITERS writers. */
static bool
check_most_writers(void)
{
	struct seqstat_set *memory;
	uint32_t n;

	set = fault_set_create("set");
	CHECK(set != NULL, "%s", rte_strerror(rte_errno));
	memory = seqstat_handle(set)->set;
	n = memory->n_blocks;
	memory->n_blocks = RTE_SEQSTAT_MAX_WRITERS;
	CHECK(fault_writer(set, 1) == NULL && rte_errno == ENOSPC, "one too many: %s",
		rte_strerror(rte_errno));
	memory->n_blocks = RTE_SEQSTAT_MAX_WRITERS - 1;
	CHECK(fault_writer(set, 2) != NULL, "the last one: %s", rte_strerror(rte_errno));
	rte_free(memory->blocks[RTE_SEQSTAT_MAX_WRITERS - 1].writer);
	memory->n_blocks = n;
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/** The memory of a set is reserved on the socket of its parameters. */
static bool
check_socket(void)
{
	static const struct rte_seqstat_counter counter = { .name = "packets" };
	struct rte_seqstat_params params = {
		.name = "set", .counters = &counter, .n_counters = 1, .n_rows = 1,
	};
	int sockets[] = { (int)rte_socket_id_by_idx(0), SOCKET_ID_ANY };
	unsigned int i;

	for (i = 0; i < RTE_DIM(sockets); i++) {
		params.socket_id = sockets[i];
		set = rte_seqstat_create(&params);
		CHECK(set != NULL && rte_seqstat_free(set) == 0, "%s", rte_strerror(rte_errno));
		CHECK(fault_memzone_socket() == sockets[i], "socket %d", fault_memzone_socket());
	}

	return true;
}

/** After rte_seqstat_free() failed, telemetry requests open the set again. */
static bool
check_not_freed(void)
{
	struct seqstat_handle *request;
	int ret;

	set = fault_set_create("set");
	request = seqstat_handle_open("set", true);
	CHECK(set != NULL && request != NULL, "%s", rte_strerror(rte_errno));
	fault_inject((struct fault){ .calls = FAULT_LOCK, .nth = 2, .error = ETIMEDOUT });
	ret = rte_seqstat_free(set);
	CHECK(fault_end() && ret == -ETIMEDOUT, "returned %d", ret);
	seqstat_handle_pass(request);
	request = seqstat_handle_open("set", true);
	CHECK(request != NULL, "no further request: %s", rte_strerror(rte_errno));
	seqstat_handle_pass(request);
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/* A writer that is allocated during a snapshot */

/** Allocate a writer of the second of three sets, and make the allocation of its room fail. */
static void
make_late_writer(void)
{
	RTE_VERIFY(fault_writer(other, 1) != NULL);
	/* The first allocation is for the third set. */
	fault_inject((struct fault){ .calls = "calloc", .nth = 2, .error = ENOMEM });
}

/** A snapshot that fails after it entered a new writer flags the writer as unread. */
static bool
check_late_writer(void)
{
	struct rte_seqstat_snapshot *all[3];
	struct rte_seqstat_writer_info info;
	struct rte_seqstat *three[3];
	unsigned int i;
	int ret;

	three[0] = set = fault_set_create("set");
	three[1] = other = fault_set_create("other");
	three[2] = third = fault_set_create("third");
	for (i = 0; i < RTE_DIM(all); i++) {
		all[i] = rte_seqstat_snapshot_create(three[i]);
		CHECK(all[i] != NULL && rte_seqstat_snapshot_take(all[i], 0) == 0, "not taken");
	}
	CHECK(fault_writer(set, 1) != NULL && fault_writer(third, 1) != NULL, "no writer");
	/* The first two allocations are for the first set, the next two for the third. */
	fault_inject((struct fault){ .calls = "calloc", .nth = 3, .meanwhile = make_late_writer });
	ret = rte_seqstat_snapshot_take_all(all, RTE_DIM(all), 0);
	CHECK(fault_end() && ret == -ENOMEM, "returned %d", ret);
	CHECK(rte_seqstat_snapshot_writer_info(all[0], 1, &info) == 0, "no writer");
	CHECK(info.flags == RTE_SEQSTAT_UNREAD && rte_seqstat_snapshot_row(all[0], 1, 0) == NULL,
		"flags %#x", info.flags);
	CHECK(rte_seqstat_snapshot_take_all(all, RTE_DIM(all), 0) == 0, "not taken");
	for (i = 0; i < RTE_DIM(all); i++) {
		CHECK(rte_seqstat_snapshot_flags(all[i]) == 0 &&
			rte_seqstat_snapshot_n_writers(all[i]) == 2, "set %u", i);
		rte_seqstat_snapshot_free(all[i]);
		CHECK(rte_seqstat_free(three[i]) == 0, "not freed");
	}

	return true;
}

/* Rows */

/** A clear without the control lock fails for good; only the clear of a dead process goes on. */
static bool
check_unfinished_clear(void)
{
	struct seqstat_set *memory;
	uint64_t values[RTE_SEQSTAT_MAX_VALUES];
	int ret, next;

	set = fault_set_create("set");
	CHECK(set != NULL && rte_seqstat_row_label(set, 0, labels) == 0, "not labelled");
	memory = seqstat_handle(set)->set;
	extra = rte_seqstat_snapshot_create(set);
	CHECK(extra != NULL && !fault_count(set, 0), "no snapshot");
	fault_inject((struct fault){ .calls = FAULT_LOCK, .nth = 1, .lasts = true,
		.error = ETIMEDOUT });
	ret = rte_seqstat_row_clear(set, 0);
	CHECK(fault_end() && ret == -ETIMEDOUT, "returned %d", ret);
	CHECK(rte_seqstat_snapshot_take(extra, 0) == 0 &&
		rte_seqstat_snapshot_total(extra, 0, values) == 0 && values[0] == 1,
		"cleared despite the error");
	CHECK(rte_seqstat_row_find(set, labels) == 0, "labels are lost");

	/* As if a process had died in a clear of row 0. */
	memory->cleared_row = 0;
	memory->clearing = SEQSTAT_CLEARING_LABELS;
	fault_inject((struct fault){ .calls = FAULT_LOCK, .nth = 1, .lasts = true,
		.error = ETIMEDOUT });
	next = rte_seqstat_row_clear(set, 1);
	CHECK(fault_end() && next == -ETIMEDOUT, "returned %d", next);
	CHECK(rte_seqstat_row_find(set, labels) == 0, "labels are lost");
	CHECK(rte_seqstat_row_clear(set, 1) == 0, "not cleared");
	CHECK(rte_seqstat_row_find(set, labels) == -ENOENT, "labels are still there");
	rte_seqstat_snapshot_free(extra);
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/** Labels stay if new memory is a byte too small because another process added some. */
static bool
check_small_labels(void)
{
	struct seqstat_labels *small;

	set = fault_set_create("set");
	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	small = seqstat_labels_alloc(seqstat_handle(set)->set, sizeof("eth0") + sizeof("1"));
	CHECK(small != NULL && rte_seqstat_row_label(set, 1, labels) == 0, "not labelled");
	CHECK(!seqstat_labels_copy(seqstat_handle(set)->set, small), "copied");
	CHECK(rte_seqstat_row_find(set, labels) == 1, "lost");
	rte_free(small);
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/** If no file can be made, the former one stays without a publisher, which tries again. */
static bool
check_new_file(void)
{
	struct rte_seqstat_file f;
	uint32_t n_sets = 1;

	set = fault_set_create("set");
	CHECK(publish_every(1) == 0 && rte_seqstat_file_open(&f, published_path()) == 0,
		"not published");
	fault_inject((struct fault){ .calls = "posix_fallocate64", .nth = 1, .lasts = true,
			.error = EIO });
	other = fault_set_create("other");
	CHECK(set != NULL && other != NULL, "no sets");
	while (!rte_seqstat_file_gone(&f))
		rte_delay_us_sleep(1000);
	CHECK(rte_seqstat_file_read_newest(&f) == 0 &&
		!rte_seqstat_file_replaced(&f, published_path()),
		"no former file");
	CHECK(fault_end(), "no fault");
	while (n_sets != 2) {
		rte_delay_us_sleep(1000);
		rte_seqstat_file_close(&f);
		CHECK(rte_seqstat_file_open(&f, published_path()) == 0, "no file");
		n_sets = f.header->n_sets;
	}
	CHECK(!rte_seqstat_file_gone(&f) && rte_seqstat_file_read_newest(&f) == 0, "no record");
	rte_seqstat_file_close(&f);
	publish_undo();
	CHECK(rte_seqstat_free(set) == 0 && rte_seqstat_free(other) == 0, "not freed");

	return true;
}

/** If the file system is full, the former file makes room for the next one at once. */
static bool
check_no_room(void)
{
	struct rte_seqstat_file f;

	set = fault_set_create("set");
	CHECK(set != NULL && publish_every(3600 * 1000) == 0 &&
		rte_seqstat_file_open(&f, published_path()) == 0, "not published");
	other = fault_set_create("other");
	fault_inject((struct fault){ .calls = "posix_fallocate64", .nth = 1, .error = ENOSPC });
	CHECK(rte_seqstat_publish_stop() == 0 && fault_end(), "no last record");
	rte_seqstat_file_close(&f);
	CHECK(rte_seqstat_free(set) == 0 && rte_seqstat_free(other) == 0, "not freed");

	return true;
}

/** Move the publisher's file away. */
static void
move_published(void)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s.moved", published_path());
	RTE_VERIFY(rename(published_path(), path) == 0);
}

/** After the log of rows was full and a new file failed, the former file has no further record. */
static bool
check_full_log(void)
{
	const struct rte_seqstat_counter counters[] = { { .name = "a" } };
	const struct rte_seqstat_params params = {
		.name = "set",
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = 2000,
		.labels = (const char *const []){ "number", NULL },
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_seqstat_file f;
	uint64_t oldest, newest;
	char path[PATH_MAX + 8], number[RTE_SEQSTAT_LABELSIZE];
	uint32_t row;

	set = rte_seqstat_create(&params);
	CHECK(set != NULL && publish_every(3600 * 1000) == 0 &&
		rte_seqstat_file_open(&f, published_path()) == 0, "not published");
	for (row = 0; row < params.n_rows; row++) {
		snprintf(number, sizeof(number), "%063u", row);
		CHECK(rte_seqstat_row_label(set, row, (const char *const []){ number, NULL }) == 0,
			"not labelled");
	}
	/* The second call would exchange both files. */
	fault_inject((struct fault){ .calls = "renameat2", .nth = 2, .meanwhile = move_published });
	CHECK(rte_seqstat_publish_stop() == 0, "no last record");
	fault_end();
	CHECK(rte_seqstat_file_range(&f, &oldest, &newest) == 0 && newest == 1,
		"the file has %" PRIu64 " records", newest);
	rte_seqstat_file_close(&f);
	snprintf(path, sizeof(path), "%s.moved", published_path());
	CHECK(unlink(path) == 0 && count_published() == 0, "the file was not moved");
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

static RTE_ATOMIC(uint64_t) late_ns; /**< CLOCK_MONOTONIC at the end of be_late(), or 0. */

static void
be_late(void)
{
	struct timespec now;

	rte_delay_us_sleep(20000);
	clock_gettime(CLOCK_MONOTONIC, &now);
	rte_atomic_store_explicit(&late_ns, rte_timespec_to_ns(&now), rte_memory_order_relaxed);
}

/** A record that takes longer than a period is followed by another one a full period later. */
static bool
check_late_record(void)
{
	uint64_t oldest, newest, after_ns = 0, number = 0;
	struct rte_seqstat_file f;

	set = fault_set_create("set");
	CHECK(set != NULL && publish_every(1) == 0 &&
		rte_seqstat_file_open(&f, published_path()) == 0, "not published");
	fault_inject((struct fault){ .calls = FAULT_LOCK, .nth = 1, .meanwhile = be_late });
	while (rte_atomic_load_explicit(&late_ns, rte_memory_order_relaxed) == 0)
		rte_delay_us_sleep(1000);
	while (after_ns < late_ns) {
		CHECK(rte_seqstat_file_range(&f, &oldest, &newest) == 0, "no range");
		number = RTE_MAX(number + 1, oldest);
		if (number <= newest && rte_seqstat_file_read(&f, number) == 0)
			after_ns = f.record->monotonic_ns;
		else
			number--;
	}
	while (rte_seqstat_file_read(&f, number + 1) != 0)
		rte_delay_us_sleep(100);
	CHECK(f.record->monotonic_ns - after_ns >= NS_PER_S / 1000, "after %" PRIu64 " ns",
		f.record->monotonic_ns - after_ns);
	rte_seqstat_file_close(&f);
	publish_undo();
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

static bool interfered;

static void
free_other(void)
{
	interfered = rte_seqstat_free(other) == 0;
}

/** Allocate more writers than the file has spare room for. */
static void
make_writers(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		RTE_VERIFY(fault_writer(set, i) != NULL);
	interfered = true;
}

/** Publishing starts although a set is freed, or writers are allocated, at the same time. */
static bool
check_interference(void)
{
	unsigned int nth = 0;

	set = fault_set_create("set");
	CHECK(set != NULL, "no set: %s", rte_strerror(rte_errno));
	do {
		other = fault_set_create("other");
		CHECK(other != NULL, "no set: %s", rte_strerror(rte_errno));
		interfered = false;
		fault_inject((struct fault){ .calls = FAULT_LOCK, .nth = ++nth,
			.meanwhile = free_other });
		CHECK(publish() == 0, "not published if a set is freed before call %u", nth);
		fault_end();
		publish_undo();
	} while (interfered);
	CHECK(nth > 2 && rte_seqstat_free(other) == 0, "%u calls", nth);
	fault_inject((struct fault){ .calls = "posix_fallocate64", .nth = 1,
		.meanwhile = make_writers });
	CHECK(publish() == 0 && interfered, "not published with new writers");
	publish_undo();
	CHECK(rte_seqstat_free(set) == 0, "not freed");

	return true;
}

/* Races for the path of a stat file */

static struct {
	const char *text;
	int fd; /**< -1: not there yet. */
} rival;

/** Put a locked file at the publisher's path. */
static void
put_rival(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s.rival", published_path());
	rival.fd = open(path, O_RDWR | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);
	RTE_VERIFY(write(rival.fd, rival.text, strlen(rival.text)) > 0 &&
		fcntl(rival.fd, F_OFD_SETLK, &lock) == 0 && rename(path, published_path()) == 0);
}

/** A starting publisher keeps a file that appears before its nth call. Sets *more if it did. */
static bool
check_rival(bool former, unsigned int nth, int error, bool *more)
{
	struct stat st, found;
	int ret;

	if (former) {
		rival.text = RTE_SEQSTAT_FILE_MAGIC;
		put_rival();
		close(rival.fd);
	}
	rival.fd = -1;
	rival.text = error == EADDRINUSE ? RTE_SEQSTAT_FILE_MAGIC : "precious";
	fault_inject((struct fault){ .calls = "posix_fallocate64 renameat2", .nth = nth,
		.meanwhile = put_rival });
	ret = publish_every(3600 * 1000);
	fault_end();
	*more = rival.fd >= 0;
	if (!*more) {
		CHECK(ret == 0, "without a rival: %s", rte_strerror(ret));
		publish_undo();
		return true;
	}
	CHECK(ret == error, "%u: %s", nth, rte_strerror(ret));
	CHECK(fstat(rival.fd, &st) == 0 && stat(published_path(), &found) == 0 &&
		st.st_ino == found.st_ino, "%u: the file is lost", nth);
	CHECK(count_published() == 1, "%u: a temporary file is left", nth);
	close(rival.fd);
	unlink(published_path());

	return true;
}

static bool
check_rivals(void)
{
	unsigned int i, nth;
	bool more;

	/* The file system cannot exchange files. */
	fault_inject((struct fault){ .calls = "renameat2", .nth = 1, .error = EINVAL });
	CHECK(publish() == 0 && fault_end() && count_published() == 1, "not published");
	publish_undo();
	for (i = 0; i < 4; i++)
		for (nth = 1, more = true; more; nth++)
			if (!check_rival(i / 2 == 1, nth, i % 2 == 1 ? EADDRINUSE : EEXIST, &more))
				return false;

	return true;
}

static void
die(void)
{
	raise(SIGKILL);
}

/** A publisher removes the files of one that was killed before its nth call. */
static bool
check_left(void)
{
	char *kept;
	unsigned int nth = 0;
	int status = 0, fd;
	pid_t pid;

	/* A similar name is not enough to remove a file. */
	RTE_VERIFY(asprintf(&kept, "%s.backup.tmp", published_path()) > 0);
	fd = open(kept, O_WRONLY | O_CREAT, S_IRUSR | S_IWUSR);
	do {
		nth++;
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			/* The first call writes the magic that identifies a stat file. */
			fault_inject((struct fault){ .nth = nth + 1, .meanwhile = die,
				.calls = "pwrite64 posix_fallocate64 fchmod renameat2" });
			_exit(publish());
		}
		CHECK(waitpid(pid, &status, 0) == pid, "no child");
		CHECK(publish() == 0, "not published after call %u", nth);
		CHECK(count_published() == 2, "%zu files after call %u", count_published(), nth);
		publish_undo();
	} while (WIFSIGNALED(status));
	CHECK(nth > 8 && status == 0, "the last child: %#x after call %u", status, nth);
	CHECK(close(fd) == 0 && unlink(kept) == 0, "another file is lost");
	free(kept);

	return true;
}

bool
fault_test_calls(void)
{
	unsigned int i, j;

	if (!check_replaced_file())
		return false;

	for (i = 0; i < RTE_DIM(operations); i++)
		for (j = 0; j < RTE_DIM(faults); j++)
			if (!run_operation(&operations[i], faults[j]))
				return false;

	return check_crowded() && check_late_lock(1) && check_late_lock(2) &&
		check_birth() && check_most_writers() && check_socket() && check_not_freed() &&
		check_late_writer() &&
		check_unfinished_clear() && check_small_labels() && check_new_file() &&
		check_no_room() && check_full_log() &&
		check_late_record() && check_interference() && check_rivals() && check_left();
}
