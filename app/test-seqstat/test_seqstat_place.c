/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <fcntl.h>
#include <grp.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <rte_string_fns.h>

#include "test_seqstat_publish.h"

/*
 * The stat file's place: path, permissions, arguments, and an application or other processes that
 * remove, replace or close it.
 */

/** Replace the publisher's file by a locked one. Return its descriptor or -1. */
static int
put_file(const char *text)
{
	struct flock lock = { .l_type = F_WRLCK };
	char other[PATH_MAX + 8];
	int fd;

	snprintf(other, sizeof(other), "%s.other", path);
	fd = open(other, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
			fcntl(fd, F_OFD_SETLK, &lock) == 0 && rename(other, path) == 0)
		return fd;

	return -1;
}

/** Return whether the path leads to an open file. */
static bool
is_path_of(int fd)
{
	struct stat st, found;

	return fstat(fd, &st) == 0 && stat(path, &found) == 0 && st.st_ino == found.st_ino &&
		st.st_dev == found.st_dev;
}

static FILE *error_log;

/** Keep the log in a file until log_end(). */
static bool
log_begin(void)
{
	error_log = tmpfile();

	return error_log != NULL && rte_openlog_stream(error_log) == 0;
}

/** Return how often the publisher has logged an error since log_begin(). */
static unsigned int
count_errors(int error)
{
	char text[4096] = "";
	unsigned int n = 0;
	const char *at;

	if (pread(fileno(error_log), text, sizeof(text) - 1, 0) > 0)
		for (at = text; (at = strstr(at, rte_strerror(error))) != NULL; at++)
			n++;

	return n;
}

/** Wait until the publisher logs an error. */
static bool
await_error(int error)
{
	const uint64_t limit = test_seqstat_limit();

	while (count_errors(error) == 0 && rte_get_timer_cycles() < limit)
		rte_delay_us_sleep(1000);

	return count_errors(error) > 0;
}

static void
log_end(void)
{
	rte_openlog_stream(NULL);
	fclose(error_log);
}

/* A removed file is made again. */
static int
test_removed_file(void)
{
	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	TEST_ASSERT_SUCCESS(unlink(path), "not removed");
	TEST_ASSERT(read_fresh() && record_is_right(0), "no new file");

	return TEST_SUCCESS;
}

/** Publish into a new folder. Return 0 or an error. */
static int
publish_into(const char *folder)
{
	strlcpy(path, folder, sizeof(path));
	strlcat(path, "/file", sizeof(path));

	return mkdir(folder, 0700) != 0 ? -1 : publish(0, 0);
}

/** Move the folder away while a new file is due, and back. Return 0 or an error. */
static int
fail_to_renew(const char *folder)
{
	const uint64_t limit = test_seqstat_limit();
	char elsewhere[PATH_MAX + 2];
	struct rte_seqstat *other;
	bool gone = false;

	snprintf(elsewhere, sizeof(elsewhere), "%s.2", folder);
	if (rename(folder, elsewhere) != 0)
		return -1;
	other = test_seqstat_create("other", 1, 1);
	while (!gone && rte_get_timer_cycles() < limit)
		gone = rte_seqstat_file_gone(&file);
	test_seqstat_destroy(other);

	return gone ? rename(elsewhere, folder) : -1;
}

/* After a failure, a stop removes the publisher's file, but not another process's. */
static int
test_stop_after_failure(void)
{
	char folder[PATH_MAX];
	bool well;
	int fd;

	strlcpy(folder, path, sizeof(folder));
	TEST_ASSERT(publish_into(folder) == 0 && fail_to_renew(folder) == 0, "no failure");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT_SUCCESS(rmdir(folder), "the file was not removed");
	rte_seqstat_file_close(&file);

	TEST_ASSERT(publish_into(folder) == 0 && fail_to_renew(folder) == 0, "no failure");
	TEST_ASSERT(log_begin(), "no log");
	fd = put_file(RTE_SEQSTAT_FILE_MAGIC);
	well = fd >= 0 && await_error(EADDRINUSE) &&
		rte_seqstat_publish_stop() == -EADDRINUSE &&
		is_path_of(fd);
	log_end();
	close(fd);
	unlink(path);
	rmdir(folder);
	TEST_ASSERT(well, "no error, or the other file was replaced or removed");

	return TEST_SUCCESS;
}

/* After a failure, a stale writer still has its former values. */
static int
test_values_after_failure(void)
{
	struct rte_seqstat_section sec;
	char folder[PATH_MAX];
	bool well;

	count(rte_lcore_id(), 0, 5, 0, 0);
	strlcpy(folder, path, sizeof(folder));
	TEST_ASSERT_SUCCESS(publish_into(folder), "set not published");
	sec = rte_seqstat_begin(set);
	well = fail_to_renew(folder) == 0 && read_fresh();
	rte_seqstat_end(&sec);
	rte_seqstat_publish_stop();
	rmdir(folder);
	TEST_ASSERT(well, "no record");
	TEST_ASSERT_EQUAL(file.record->flags, RTE_SEQSTAT_FILE_STALE,
		"flags %u", file.record->flags);
	TEST_ASSERT_EQUAL(*rte_seqstat_file_values(&file, 0, 0, 0), 5, "not the former value");

	return TEST_SUCCESS;
}

/** Wait until the publisher has opened the file at its path n times. */
static bool
await_attempts(int inotify, unsigned int n)
{
	struct inotify_event event;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (read(inotify, &event, sizeof(event)) != (ssize_t)sizeof(event))
			return false;

	return true;
}

/*
 * A file that another process puts at the path is neither replaced nor removed. The error is logged
 * once.
 */
static int
test_file_of_others(void)
{
	const int inotify = inotify_init();
	struct rte_seqstat *other;
	unsigned int n;
	int fd;

	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	TEST_ASSERT(log_begin(), "no log");
	fd = put_file("precious");
	TEST_ASSERT(fd >= 0 && inotify_add_watch(inotify, path, IN_OPEN) >= 0, "no file");
	other = test_seqstat_create("other", 1, 1);
	TEST_ASSERT(await_attempts(inotify, 2) && await_error(EEXIST), "no error logged");
	TEST_ASSERT(is_path_of(fd), "the file was replaced");
	TEST_ASSERT_SUCCESS(unlink(path), "the other file was removed");
	TEST_ASSERT(read_fresh() && file.header->n_sets == 2, "no new file");
	n = count_errors(EEXIST);
	log_end();
	TEST_ASSERT_EQUAL(n, 1, "logged %u times", n);
	test_seqstat_destroy(other);
	close(inotify);
	close(fd);
	fd = put_file("precious");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_stop(), -EEXIST, "a last record");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_stop(), -ENOENT, "publisher not stopped");
	TEST_ASSERT(is_path_of(fd), "the file was removed");
	close(fd);

	return TEST_SUCCESS;
}

/** Start with parameters, and stop again if that succeeds. */
static int
try_start(struct rte_seqstat_publish_params params)
{
	int ret = rte_seqstat_publish_start(&params);

	if (ret == 0)
		rte_seqstat_publish_stop();

	return ret;
}

/* Parameters out of range are refused. */
static int
test_bad_params(void)
{
	struct rte_seqstat_publish_params good = { .path = path, .flags = FLAGS }, bad;

	TEST_ASSERT_SUCCESS(try_start(good), "refused");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_start(NULL), -EINVAL, "NULL");
#define REFUSED(field, value) do {					\
	bad = good;							\
	bad.field = value;						\
	TEST_ASSERT_EQUAL(try_start(bad), -EINVAL, #field " " #value);	\
} while (0)
	REFUSED(path, NULL);
	REFUSED(path, "");
	REFUSED(period_us, 999);
	REFUSED(period_us, 3600u * US_PER_S + 1);
	REFUSED(history, 1);
	REFUSED(mode, 0664);
	REFUSED(mode, 0700);
	REFUSED(flags, RTE_BIT32(4));
	good.history = 2;
	REFUSED(history_bytes, 1);
#undef REFUSED
	TEST_ASSERT_SUCCESS(try_start(good), "two records");

	return TEST_SUCCESS;
}

/** Start with arguments: the path and more. */
static int
start_args(const char *rest)
{
	char args[PATH_MAX + 128];

	rte_seqstat_publish_stop();
	snprintf(args, sizeof(args), "%s%s", path, rest);

	return rte_seqstat_publish_start_args(args);
}

/* Arguments set all parameters, and defaults apply without them. */
static int
test_args(void)
{
	const struct group *group = getgrgid(geteuid() == 0 ? 1 : getegid());
	struct stat st;
	char args[128];

	TEST_ASSERT_NOT_NULL(group, "no group");
	TEST_ASSERT_SUCCESS(start_args(",any-fs"), "a path alone is refused");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "file not opened");
	TEST_ASSERT(file.header->period_ns == 100 * 1000 * 1000 && file.header->flags == 0 &&
		file.header->n_records == 4, "no defaults");
	TEST_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "%o", st.st_mode);
	rte_seqstat_file_close(&file);
	snprintf(args, sizeof(args), ",any-fs,group=%s", group->gr_name);
	TEST_ASSERT_SUCCESS(start_args(args), "a group is refused");
	TEST_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640, "%o", st.st_mode);
	TEST_ASSERT_EQUAL(rte_seqstat_file_read_newest(&file), -EBADF, "read a closed file");
	snprintf(args, sizeof(args), ",period=20,history=2,mode=0640,group=%s,per-lcore,keep,"
		"any-fs", group->gr_name);
	TEST_ASSERT_SUCCESS(start_args(args), "all keys are refused");
	TEST_ASSERT_SUCCESS(open_at(&file, path), "file not opened");
	TEST_ASSERT_EQUAL(file.header->period_ns, 20 * 1000 * 1000, "another period");
	TEST_ASSERT_EQUAL(file.header->n_records, 2000000 / file.header->record_size,
		"%u records", file.header->n_records);
	TEST_ASSERT_EQUAL(file.header->flags, RTE_SEQSTAT_FILE_PER_WRITER, "totals");
	TEST_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640 &&
		st.st_gid == group->gr_gid, "%o of %u", st.st_mode, st.st_gid);
	rte_seqstat_publish_stop();
	TEST_ASSERT_SUCCESS(access(path, F_OK), "not kept");

	return TEST_SUCCESS;
}

/* Unknown, incomplete and out-of-range arguments are refused. */
static int
test_bad_args(void)
{
	static const char *const bad[] = {
		",", ",perio=1", ",period", ",period=", ",period=0", ",period= 1", ",period=-1",
		",period=1ms", ",period=3600001", ",history=99999999999999999999", ",mode=0649",
		",mode=0664", ",group", ",group=no-such-group", ",keep=1", ",per-lcore=",
	};
	unsigned int i;
	char args[64];

	TEST_ASSERT_EQUAL(rte_seqstat_publish_start_args(NULL), -EINVAL, "NULL");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_start_args(""), -EINVAL, "empty");
	TEST_ASSERT_EQUAL(rte_seqstat_publish_start_args(",any-fs"), -EINVAL, "no path");
	for (i = 0; i < RTE_DIM(bad); i++) {
		snprintf(args, sizeof(args), ",any-fs%s", bad[i]);
		TEST_ASSERT_EQUAL(start_args(args), -EINVAL, "'%s'", args);
	}

	return TEST_SUCCESS;
}

/* A path without a folder, or to a file of another kind, is refused. */
static int
test_bad_paths(void)
{
	struct rte_seqstat_publish_params params = { .path = path, .flags = FLAGS };
	char long_path[PATH_MAX + 1], target[PATH_MAX + 8];
	FILE *f;

	memset(long_path, 'a', PATH_MAX);
	long_path[PATH_MAX] = '\0';
	params.path = long_path;
	TEST_ASSERT_EQUAL(try_start(params), -ENAMETOOLONG, "a path that is too long");
	params.path = "/nowhere/file";
	TEST_ASSERT_EQUAL(try_start(params), -ENOENT, "no folder");
	snprintf(target, sizeof(target), "%s/", path);
	params.path = target;
	TEST_ASSERT_EQUAL(try_start(params), -ENOENT, "a folder that does not exist");
	params.path = path;
	/* Never a device of the system: a broken publisher would replace it. */
	TEST_ASSERT_SUCCESS(mkfifo(path, 0600), "no pipe");
	TEST_ASSERT_EQUAL(try_start(params), -EEXIST, "a pipe");
	TEST_ASSERT_SUCCESS(unlink(path), "the pipe was replaced");

	snprintf(target, sizeof(target), "%s.target", path);
	TEST_ASSERT_SUCCESS(symlink(target, path), "no link");
	TEST_ASSERT_EQUAL(try_start(params), -ELOOP, "a link");
	TEST_ASSERT(access(target, F_OK) != 0, "the link was followed");
	unlink(path);
	f = fopen(path, "w");
	TEST_ASSERT(f != NULL && fputs("precious", f) >= 0 && fclose(f) == 0, "no file");
	TEST_ASSERT_EQUAL(try_start(params), -EEXIST, "a file that is no stat file");
	unlink(path);

	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	TEST_ASSERT_EQUAL(try_start(params), -EBUSY, "started twice");

	return TEST_SUCCESS;
}

/* In a folder, the file is named by EAL's prefix and the process. */
static int
test_default_name(void)
{
	const struct rte_seqstat_publish_params params = {
		.path = rte_eal_get_runtime_dir(), .flags = FLAGS,
	};
	char name[PATH_MAX + 64];

	TEST_ASSERT_SUCCESS(rte_seqstat_publish_start(&params), "set not published");
	snprintf(name, sizeof(name), "%s%s.%d.seqstat", params.path, strrchr(params.path, '/'),
		getpid());
	TEST_ASSERT_SUCCESS(open_at(&file, name), "no %s", name);
	TEST_ASSERT(strcmp(file.header->prefix, strrchr(params.path, '/') + 1) == 0,
		"another prefix");

	return TEST_SUCCESS;
}

/** Find the publisher's descriptor, or return -1. */
static int
find_descriptor(void)
{
	struct stat ours, st;
	int fd;

	if (stat(path, &ours) != 0)
		return -1;
	for (fd = 3; fd < 1000; fd++)
		if (fd != file.fd && fstat(fd, &st) == 0 && st.st_ino == ours.st_ino &&
				st.st_dev == ours.st_dev)
			return fd;

	return -1;
}

/* An application that closes the publisher's descriptor gets a new file once. */
static int
test_closed_descriptor(void)
{
	struct stat ours, st;
	int fd;

	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	fd = find_descriptor();
	TEST_ASSERT(fd >= 0 && close(fd) == 0, "no descriptor");
	TEST_ASSERT(read_fresh() && record_is_right(0), "no record");
	TEST_ASSERT_SUCCESS(stat(path, &ours), "no file");
	TEST_ASSERT(read_fresh() && read_fresh(), "no record");
	TEST_ASSERT(stat(path, &st) == 0 && st.st_ino == ours.st_ino,
		"the new file was replaced, too");

	return TEST_SUCCESS;
}

/* An application's own file at the publisher's descriptor is never written or closed. */
static int
test_reused_descriptor(void)
{
	char own_path[PATH_MAX + 8];
	int fd, own_fd;
	struct stat st;

	TEST_ASSERT_SUCCESS(publish_every(200000, 0, 0), "set not published");
	snprintf(own_path, sizeof(own_path), "%s.own", path);
	own_fd = open(own_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fd = find_descriptor();
	/* Just after a record, when the publisher sleeps. */
	TEST_ASSERT(fd >= 0 && own_fd >= 0 && read_fresh(), "no record");
	TEST_ASSERT(dup2(own_fd, fd) == fd && label(0, "a", "b") == 0 && read_fresh() &&
		record_is_right(0) && labels_are(0, 0, "a", "b"), "no record");
	TEST_ASSERT(fstat(own_fd, &st) == 0 && st.st_size == 0,
		"the application's file was written");
	TEST_ASSERT_SUCCESS(close(fd), "the application's file was closed");
	/* The same when it stops. */
	fd = find_descriptor();
	TEST_ASSERT(fd >= 0 && dup2(own_fd, fd) == fd, "no descriptor");
	TEST_ASSERT_SUCCESS(rte_seqstat_publish_stop(), "publisher not stopped");
	TEST_ASSERT(fstat(own_fd, &st) == 0 && st.st_size == 0,
		"the application's file was written");
	TEST_ASSERT(close(fd) == 0 && close(own_fd) == 0, "the application's file was closed");
	TEST_ASSERT(access(path, F_OK) != 0, "the stat file was not removed");
	unlink(own_path);

	return TEST_SUCCESS;
}

/** Return whether MADV_WIPEONFORK works, which qemu does not emulate. */
static bool
wiped_on_fork(void)
{
	char *mem = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	if (mem == MAP_FAILED || madvise(mem, 1, MADV_WIPEONFORK) != 0)
		return false;
	*mem = 1;
	pid = fork();
	if (pid == 0)
		_exit(*mem);
	waitpid(pid, &status, 0);
	munmap(mem, 1);

	return status == 0;
}

/* A forked child neither publishes nor removes the parent's file. */
static int
test_fork(void)
{
	int status;
	pid_t pid;

	if (!wiped_on_fork())
		return TEST_SKIPPED;
	TEST_ASSERT_SUCCESS(publish(0, 0), "set not published");
	pid = fork();
	if (pid == 0)
		_exit(rte_seqstat_publish_stop() == -ENOENT ? 0 : 1);
	TEST_ASSERT(waitpid(pid, &status, 0) == pid && status == 0,
		"the child stopped the publisher: %d", status);
	TEST_ASSERT(read_fresh() && record_is_right(0), "no record");

	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "seqstat stat file's place",
	.unit_test_cases = {
		TEST_CASE_ST(set_up, tear_down, test_removed_file),
		TEST_CASE_ST(set_up, tear_down, test_stop_after_failure),
		TEST_CASE_ST(set_up, tear_down, test_values_after_failure),
		TEST_CASE_ST(set_up, tear_down, test_file_of_others),
		TEST_CASE_ST(set_up, tear_down, test_bad_params),
		TEST_CASE_ST(set_up, tear_down, test_args),
		TEST_CASE_ST(set_up, tear_down, test_bad_args),
		TEST_CASE_ST(set_up, tear_down, test_bad_paths),
		TEST_CASE_ST(set_up, tear_down, test_default_name),
		TEST_CASE_ST(set_up, tear_down, test_closed_descriptor),
		TEST_CASE_ST(set_up, tear_down, test_reused_descriptor),
		TEST_CASE_ST(set_up, tear_down, test_fork),
		TEST_CASE(test_seqstat_none_left),
		TEST_CASES_END()
	},
};

static int
test_seqstat_place(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(seqstat_place_autotest, NOHUGE_OK, ASAN_OK, test_seqstat_place);
