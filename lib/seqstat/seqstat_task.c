/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_eal.h>

#include "seqstat_private.h"

/** Of a thread that runs no more of its program, even if it was joined already. */
#define TASK_EXITING 0x4

/** What the kernel tells of a thread. */
struct task_stat {
	char state;
	unsigned int flags;
	unsigned int n_threads; /**< Of its process. */
	uint64_t start;
};

static bool
task_stat_read(int pid, int tid, struct task_stat *stat)
{
	char path[64], line[1024];
	const char *fields;
	FILE *f;
	size_t n;

	/* By both ids: an emulator shows a process another /proc/<pid> of its own. */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';

	/* The second field is the program's name: in brackets, which it may contain too. */
	fields = strrchr(line, ')');
	if (fields == NULL)
		return false;

	/* Fields 3, 9, 20 and 22. */
	return sscanf(fields + 1, " %c" "%*s %*s %*s %*s %*s" "%u"
			"%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s" "%u" "%*s" "%" SCNu64,
			&stat->state, &stat->flags, &stat->n_threads, &stat->start) == 4;
}

/** A number of 32 bits, 0 if the kernel knows no such namespaces. */
static uint64_t
namespace(const char *path)
{
	struct stat ns;

	return stat(path, &ns) == 0 ? (uint32_t)ns.st_ino : 0;
}

/** The namespaces in which the calling process sees ids, and when threads started. */
static uint64_t
namespaces(void)
{
	return namespace("/proc/self/ns/pid") << 32 | namespace("/proc/self/ns/time");
}

static struct seqstat_task
task_make(int tid)
{
	struct seqstat_task task = {
		.tid = tid,
		.pid = getpid(),
		.namespaces = namespaces(),
	};
	struct task_stat stat;

	if (task_stat_read(task.pid, tid, &stat))
		task.start = stat.start;

	return task;
}

struct seqstat_task
seqstat_task_thread(void)
{
	return task_make(rte_sys_gettid());
}

struct seqstat_task
seqstat_task_process(void)
{
	/* One answer, also where /proc can be read at one time and not at another. */
	static struct seqstat_task self;

	if (self.pid != getpid())
		self = task_make(getpid());

	return self;
}

/** By both ids: the thread's may be another process' now. */
static bool
task_gone(const struct seqstat_task *task)
{
	return syscall(SYS_tgkill, task->pid, task->tid, 0) != 0 && errno == ESRCH;
}

static bool
task_alive(const struct seqstat_task *task, bool whole_process)
{
	struct task_stat stat;

	if (task->tid == 0)
		return false;
	if (task->namespaces != namespaces())
		return true;
	if (task_gone(task))
		return false;
	if (task->start == 0)
		return true;
	/* Its parent may have taken note of its end in between. */
	if (!task_stat_read(task->pid, task->tid, &stat))
		return !task_gone(task);
	if (stat.start != task->start)
		return false;
	/* A first thread that ended waits, as a zombie, for the others to end. */
	if (stat.state == 'Z' || stat.state == 'X' || (stat.flags & TASK_EXITING) != 0)
		return whole_process && stat.n_threads > 1;

	return true;
}

bool
seqstat_task_thread_alive(const struct seqstat_task *task)
{
	return task_alive(task, false);
}

bool
seqstat_task_process_alive(const struct seqstat_task *task)
{
	return task_alive(task, true);
}
