/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * A DPDK process that executes commands of a test: it reads one a line from standard input and
 * answers each by a line of JSON on standard output. Unless a command prints its own answer, the
 * answer is the return value of the library: 0 or a negative errno.
 */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_memzone.h>
#include <rte_string_fns.h>

#include <rte_seqstat.h>
#include <rte_seqstat_publish.h>

#include "seqstat_control.h"
#include "seqstat_handle.h"
#include "seqstat_lock.h"

#define MAX_WORDS 16
#define TRAP_FLAG 0x100

/** A set in this process. */
struct entry {
	char name[RTE_SEQSTAT_NAMESIZE];
	struct rte_seqstat *st;
	struct rte_seqstat_snapshot *snap;
	uint32_t n_rows;
};

static struct entry entries[128];
/** Open sections by lcore id; the last one is for a thread without an lcore id. */
static struct rte_seqstat_section sections[RTE_MAX_LCORE + 1];

/** Find the entry of a set, or a free one. */
static struct entry *
find(const char *name)
{
	struct entry *e = entries;

	while (e->name[0] != '\0' && strcmp(e->name, name) != 0)
		e++;

	return e;
}

static int
opened(struct entry *e, struct rte_seqstat *st)
{
	struct rte_seqstat_info info;

	if (st == NULL)
		return -rte_errno;
	e->st = st;
	rte_seqstat_info_get(st, &info);
	e->n_rows = info.n_rows;
	strlcpy(e->name, info.name, sizeof(e->name));

	return 0;
}

/* Sets */

static struct rte_seqstat *
create(char **words)
{
	static const struct rte_seqstat_counter counters[] = {
		{ .name = "packets" }, { .name = "bytes" },
	};
	const struct rte_seqstat_balance balance = {
		"even", (const int32_t[RTE_DIM(counters)]){ 1, -1 }
	};
	const struct rte_seqstat_params params = {
		.name = words[0],
		.counters = counters,
		.n_counters = RTE_DIM(counters),
		.n_rows = words[1] == NULL ? 8 : (uint32_t)atoi(words[1]),
		.labels = (const char *const []){ "port", NULL },
		.socket_id = SOCKET_ID_ANY,
		.balances = &balance,
		.n_balances = 1,
	};

	return rte_seqstat_create(&params);
}

static void
ignore(const char *name __rte_unused, void *arg __rte_unused)
{
}

static int
do_info(char **words, FILE *out) /* SET */
{
	struct rte_seqstat_info info;
	int ret = rte_seqstat_info_get(find(words[0])->st, &info);

	if (ret == 0)
		fprintf(out, "{\"writers\": %u, \"snapshots\": %lu}", info.n_writers,
			info.self.snapshots);

	return ret;
}

/* Labels, of the first row */

static int
label(const struct entry *e, const char *value)
{
	return rte_seqstat_row_label(e->st, 0, (const char *const []){ value, NULL });
}

/** Clear the row and label it. Success also if another process labels it in between. */
static int
relabel(const struct entry *e, const char *value)
{
	int ret = rte_seqstat_row_clear(e->st, 0);

	if (ret == 0)
		ret = label(e, value);

	return ret == -EBUSY ? 0 : ret;
}

static int
do_labels(char **words, FILE *out) /* SET */
{
	struct rte_seqstat_labels labels;
	int ret = rte_seqstat_row_labels_get(find(words[0])->st, 0, &labels);

	if (ret == 0)
		fprintf(out, "\"%s\"", labels.n == 0 ? "" : labels.values[0]);

	return ret;
}

/* Counting: each complete section adds the same to all values. */

static struct rte_seqstat_section *
section(void)
{
	return &sections[RTE_MIN(rte_lcore_id(), RTE_MAX_LCORE)];
}

static void
add(const struct rte_seqstat_section *sec, uint32_t first, uint32_t end, uint64_t n)
{
	struct rte_seqstat_row *row;

	for (; first < end; first++) {
		row = rte_seqstat_row(sec, first);
		rte_seqstat_add(row, 0, n);
		rte_seqstat_add(row, 1, n);
	}
}

static int
count(const struct entry *e, uint64_t n)
{
	struct rte_seqstat_section sec = rte_seqstat_begin(e->st);

	add(&sec, 0, e->n_rows, n);
	rte_seqstat_end(&sec);

	return 0;
}

/** Begin a section, and count in the first row only. */
static int
begin(const struct entry *e)
{
	*section() = rte_seqstat_begin(e->st);
	add(section(), 0, 1, 1);

	return 0;
}

static int
end(const struct entry *e)
{
	add(section(), 1, e->n_rows, 1);
	rte_seqstat_end(section());

	return 0;
}

/* Reading */

/** Create the snapshot object of a set, once. Returns 0 or a negative errno. */
static int
object(struct entry *e)
{
	if (e->snap == NULL)
		e->snap = rte_seqstat_snapshot_create(e->st);

	return e->snap == NULL ? -rte_errno : 0;
}

/** Return the number that all values of a writer are; -1: they differ; -2: no values. */
static int64_t
level(const struct entry *e, uint32_t writer)
{
	const uint64_t *first = rte_seqstat_snapshot_row(e->snap, writer, 0), *row;
	uint32_t i;

	if (first == NULL)
		return -2;
	for (i = 0; i < e->n_rows; i++) {
		row = rte_seqstat_snapshot_row(e->snap, writer, i);
		if (row[0] != first[0] || row[1] != first[0])
			return -1;
	}

	return (int64_t)first[0];
}

/**
 * Print a snapshot and its writers.
 *
 * @return
 *   @p ret, or -EILSEQ: an unflagged writer has a part of a section.
 */
static int
print(const struct entry *e, int ret, FILE *out)
{
	struct rte_seqstat_writer_info info;
	uint64_t total[2];
	uint32_t i;

	rte_seqstat_snapshot_total(e->snap, 0, total);
	fprintf(out, "{\"ret\": %d, \"flags\": %u, \"tsc\": %lu, \"total\": %lu, \"retired\": %lu, "
		"\"generation\": %u, \"writers\": [",
		ret, rte_seqstat_snapshot_flags(e->snap), rte_seqstat_snapshot_tsc(e->snap),
		total[0], rte_seqstat_snapshot_retired(e->snap)[0],
		rte_seqstat_snapshot_generation(e->snap, 0));
	for (i = 0; i < rte_seqstat_snapshot_n_writers(e->snap); i++) {
		rte_seqstat_snapshot_writer_info(e->snap, i, &info);
		if (info.flags == 0 && level(e, i) == -1)
			ret = -EILSEQ;
		fprintf(out, "%s{\"lcore\": \"%d\", \"pid\": %d, \"flags\": %u, \"level\": %ld}",
			i == 0 ? "" : ", ", (int)info.lcore_id, info.pid, info.flags, level(e, i));
	}
	fprintf(out, "]}");

	return ret;
}

static int
do_take(char **words, FILE *out) /* SET TIMEOUT_US */
{
	struct entry *e = find(words[0]);
	int ret = object(e);

	if (ret != 0)
		return ret;
	ret = rte_seqstat_snapshot_take(e->snap, (uint64_t)atoll(words[1]));

	return ret == 0 || ret == -ETIMEDOUT ? print(e, ret, out) : ret;
}

static int
publish(char **words)
{
	char args[PATH_MAX];

	snprintf(args, sizeof(args), "%s,period=1", words[0]);

	return rte_seqstat_publish_start_args(args);
}

/** Create or look up a set, count, take a snapshot, and free the set or close it. */
static int
do_churn(char **words, FILE *out) /* SET */
{
	struct entry e = { 0 };
	int ret = opened(&e, create(words));

	if (ret == -EEXIST) {
		ret = opened(&e, rte_seqstat_lookup(words[0]));
		if (ret == -ENOENT)
			return 0;
	}
	if (ret != 0)
		return ret;
	count(&e, 1);
	ret = object(&e);
	if (ret == 0)
		ret = print(&e, rte_seqstat_snapshot_take(e.snap, US_PER_S), out);
	rte_seqstat_snapshot_free(e.snap);
	if (rte_seqstat_free(e.st) != 0)
		rte_seqstat_close(e.st);

	return ret;
}

/* Processes */

static void
serve(void);

static void *
serve_and_exit(void *arg __rte_unused)
{
	serve();
	_exit(0);
}

/** Fork: the child executes the next commands. When it ends, the parent answers its status. */
static int
do_fork(char **words __rte_unused, FILE *out)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		fprintf(out, "%d", getpid());
		return 0;
	}
	waitpid(pid, &status, 0);
	fprintf(out, "%d", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));

	return 0;
}

static int
do_daemon(char **words __rte_unused, FILE *out)
{
	/* daemon() leaves all descriptors open. */
	if (daemon(1, 1) != 0)
		return -errno;
	fprintf(out, "%d", getpid());

	return 0;
}

static int
hide(const struct rte_memseg_list *msl __rte_unused, const struct rte_memseg *ms,
		void *arg __rte_unused)
{
	return mprotect(ms->addr, ms->len, PROT_NONE);
}

/** End the main thread; another thread executes the next commands. */
static int
do_leave(char **words __rte_unused, FILE *out __rte_unused)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, serve_and_exit, NULL) != 0)
		return -errno;
	pthread_exit(NULL);
}

/** Call rte_seqstat_lookup() of another copy of the library. */
static int
do_second_copy(char **words, FILE *out __rte_unused) /* PATH */
{
	void *library = dlopen(words[0], RTLD_NOW | RTLD_LOCAL);
	typeof(rte_seqstat_lookup) *lookup = library == NULL ? NULL :
		(typeof(lookup))dlsym(library, "rte_seqstat_lookup");

	if (lookup == NULL)
		return -ENOEXEC;

	return lookup("set") == NULL ? -rte_errno : 0;
}

static int
do_heap(char **words __rte_unused, FILE *out)
{
	struct rte_malloc_socket_stats stats;

	rte_malloc_get_socket_stats(0, &stats);
	fprintf(out, "{\"blocks\": %u, \"bytes\": %zu}", stats.alloc_count,
		stats.heap_allocsz_bytes);

	return 0;
}

/* Threads */

static int
execute(char **words, FILE *out);

/** A command that another thread executes once or repeats until do_stop(). */
struct job {
	char **words;
	FILE *out;
	bool registered;
	bool repeated;
	bool started;
	unsigned int lcore_id; /**< LCORE_ID_ANY: a thread of its own. */
	pthread_t thread;
	int ret;
	uint64_t n_runs, n_failed;
	int failure; /**< Return value of the first failure. */
};

static struct job jobs[8];
static RTE_ATOMIC(uint32_t) stopping;

static int
run(void *arg)
{
	struct job *job = arg;
	char unwanted[4096];

	if (job->registered && rte_thread_register() != 0)
		return job->ret = -rte_errno;
	if (!job->repeated)
		job->ret = execute(job->words, job->out);
	while (job->repeated && rte_atomic_load_explicit(&stopping,
			rte_memory_order_relaxed) == 0) {
		job->out = fmemopen(unwanted, sizeof(unwanted), "w");
		job->ret = execute(job->words, job->out);
		fclose(job->out);
		job->n_runs++;
		if (job->ret < 0 && job->n_failed++ == 0)
			job->failure = job->ret;
	}
	if (job->registered)
		rte_thread_unregister();

	return job->ret;
}

static void *
run_thread(void *arg)
{
	run(arg);

	return NULL;
}

/** Start a job on an lcore, or on a plain or a registered thread of its own. */
static int
start(struct job *job, char **words)
{
	job->registered = strcmp(words[0], "registered") == 0;
	job->lcore_id = job->registered || strcmp(words[0], "plain") == 0 ? LCORE_ID_ANY :
		(unsigned int)atoi(words[0]);
	job->words = &words[1];
	job->started = true;
	if (job->lcore_id != LCORE_ID_ANY)
		return rte_eal_remote_launch(run, job, job->lcore_id);

	return -pthread_create(&job->thread, NULL, run_thread, job);
}

static void
join(struct job *job)
{
	if (job->lcore_id != LCORE_ID_ANY)
		rte_eal_wait_lcore(job->lcore_id);
	else
		pthread_join(job->thread, NULL);
	job->started = false;
}

static int
do_on(char **words, FILE *out) /* LCORE|plain|registered COMMAND... */
{
	struct job job = { .out = out };
	int ret = start(&job, words);

	if (ret != 0)
		return ret;
	join(&job);

	return job.ret;
}

static int
do_repeat(char **words, FILE *out __rte_unused) /* LCORE|plain|registered COMMAND... */
{
	static char *copies[RTE_DIM(jobs)][MAX_WORDS + 1];
	unsigned int i, word;

	for (i = 0; jobs[i].started; i++)
		;
	for (word = 0; words[word] != NULL; word++)
		copies[i][word] = strdup(words[word]);
	copies[i][word] = NULL;
	rte_atomic_store_explicit(&stopping, 0, rte_memory_order_relaxed);
	jobs[i] = (struct job){ .repeated = true };

	return start(&jobs[i], copies[i]);
}

/** Stop all repeated commands. Answers runs, failures and the first failure of each. */
static int
do_stop(char **words __rte_unused, FILE *out)
{
	unsigned int i;

	rte_atomic_store_explicit(&stopping, 1, rte_memory_order_relaxed);
	for (i = 0; jobs[i].started; i++) {
		join(&jobs[i]);
		fprintf(out, "%c[%lu, %lu, %d]", i == 0 ? '[' : ',', jobs[i].n_runs,
			jobs[i].n_failed, jobs[i].failure);
	}
	fprintf(out, i == 0 ? "[]" : "]");

	return 0;
}

/* Single steps */

#ifdef RTE_ARCH_X86_64
extern const char __executable_start, etext;
static volatile unsigned long n_steps, last_step;
static volatile bool stepping;
static uint8_t *breakpoint, broken;

static bool
is_ours(uintptr_t pc)
{
	return pc >= (uintptr_t)&__executable_start && pc < (uintptr_t)&etext;
}

/** Count an instruction of this program, which contains the library; kill it at the last one. */
static void
on_trap(int sig __rte_unused, siginfo_t *info __rte_unused, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (breakpoint != NULL) {
		*breakpoint = broken;
		breakpoint = NULL;
		regs[REG_RIP]--;
	}
	regs[REG_EFL] |= TRAP_FLAG;
	if (is_ours((uintptr_t)regs[REG_RIP])) {
		if (++n_steps == last_step)
			kill(getpid(), SIGKILL);
	} else if (is_ours(*(uintptr_t *)regs[REG_RSP])) {
		/* A call into another library: run to the return address at full speed. */
		breakpoint = *(uint8_t **)regs[REG_RSP];
		broken = *breakpoint;
		*breakpoint = 0xcc;
		regs[REG_EFL] &= ~TRAP_FLAG;
	}
	if (!stepping)
		regs[REG_EFL] &= ~TRAP_FLAG;
}

/** Kill this process before an instruction; 0: answer the number of instructions instead. */
static int
do_die(char **words, FILE *out) /* INSTRUCTION COMMAND... */
{
	struct sigaction trap = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	uintptr_t start = RTE_ALIGN_FLOOR((uintptr_t)&__executable_start, 4096);
	FILE *unwanted = tmpfile();
	int ret;

	if (mprotect((void *)start, (uintptr_t)&etext - start,
			PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
		return -errno;
	last_step = strtoul(words[0], NULL, 10);
	n_steps = 0;
	sigaction(SIGTRAP, &trap, NULL);
	stepping = true;
	/* Skip the red zone below the stack pointer. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\torq %0, (%%rsp)\n\tpopfq\n\t"
		"lea 128(%%rsp), %%rsp" : : "i"(TRAP_FLAG) : "cc", "memory");
	ret = execute(&words[1], unwanted);
	stepping = false;
	fclose(unwanted);
	fprintf(out, "[%d, %lu]", ret, n_steps);

	return ret;
}
#endif

static bool
is(char **words, const char *name)
{
	return strcmp(words[0], name) == 0;
}

/** Execute a command of one or two calls. Returns -ENOSYS for others. */
static int
execute_short(char **words)
{
	const char *arg = words[1];
	struct entry *e = arg == NULL ? NULL : find(arg);

	if (is(words, "create"))
		return opened(e, create(&words[1]));
	if (is(words, "lookup"))
		return opened(e, rte_seqstat_lookup(arg));
	if (is(words, "close"))
		return rte_seqstat_close(e->st), 0;
	if (is(words, "free"))
		return rte_seqstat_free(e->st);
	if (is(words, "forget"))
		return rte_seqstat_snapshot_free(e->snap), e->snap = NULL, 0;
	if (is(words, "label"))
		return label(e, words[2]);
	if (is(words, "relabel"))
		return relabel(e, words[2]);
	if (is(words, "clear"))
		return rte_seqstat_row_clear(e->st, 0);
	if (is(words, "walk"))
		return rte_seqstat_walk(ignore, NULL);
	if (is(words, "count"))
		return count(e, words[2] == NULL ? 1 : (uint64_t)atoll(words[2]));
	if (is(words, "publish"))
		return publish(&words[1]);
	if (is(words, "unpublish"))
		return rte_seqstat_publish_stop();
	if (is(words, "begin"))
		return begin(e);
	if (is(words, "end"))
		return end(e);
	if (is(words, "exit"))
		_exit(0);
	if (is(words, "exec"))
		return execvp(arg, &words[1]);
	if (is(words, "chroot"))
		return chroot(arg) != 0 || chdir("/") != 0 ? -errno : 0;
	if (is(words, "close_all"))
		return close_range(3, ~0u, 0);
	if (is(words, "lock"))
		return seqstat_control_lock();
	if (is(words, "unlock"))
		return seqstat_control_unlock(), 0;
	if (is(words, "turn"))
		return seqstat_turn_take(seqstat_handle(e->st)->set->cut,
				rte_get_tsc_cycles() + rte_get_tsc_hz());
	if (is(words, "layout"))
		return seqstat_control()->layout = (uint32_t)atoi(arg), 0;
	/* Forget that any process has used the library. */
	if (is(words, "begin_anew"))
		return rte_memzone_free(rte_memzone_lookup("SEQSTAT"));
	/* Make EAL's memory inaccessible, as if the sets had been freed and unmapped. */
	if (is(words, "hide"))
		return rte_memseg_walk(hide, NULL);
	if (is(words, "memzone"))
		return rte_memzone_reserve(arg, 64, SOCKET_ID_ANY, 0) == NULL ? -rte_errno : 0;
	if (is(words, "memzone_free"))
		return rte_memzone_free(rte_memzone_lookup(arg));
	if (is(words, "tid"))
		return rte_sys_gettid();

	return -ENOSYS;
}

/** Commands that print their own answer. */
static const struct {
	const char *name;
	int (*run)(char **words, FILE *out);
} commands[] = {
	{ "churn", do_churn }, { "daemon", do_daemon }, { "fork", do_fork }, { "heap", do_heap },
	{ "info", do_info }, { "labels", do_labels }, { "leave", do_leave }, { "on", do_on },
	{ "repeat", do_repeat }, { "second_copy", do_second_copy }, { "stop", do_stop },
	{ "take", do_take },
#ifdef RTE_ARCH_X86_64
	{ "die", do_die },
#endif
};

static int
execute(char **words, FILE *out)
{
	int ret = execute_short(words);
	size_t i;

	for (i = 0; i < RTE_DIM(commands); i++)
		if (is(words, commands[i].name))
			ret = commands[i].run(&words[1], out);
	if (ftell(out) == 0)
		fprintf(out, "%d", ret);

	return ret;
}

/** Read a line byte by byte: later lines may be for another process or program. */
static bool
read_line(char line[256])
{
	size_t n = 0;

	while (n < 255 && read(STDIN_FILENO, &line[n], 1) == 1 && line[n++] != '\n')
		;
	line[n] = '\0';

	return n > 0;
}

static void
serve(void)
{
	char line[256], *words[MAX_WORDS + 1], *word, *answer;
	size_t n, size;
	FILE *out;

	while (read_line(line)) {
		n = 0;
		for (word = strtok(line, " \n"); word != NULL && n < MAX_WORDS;
				word = strtok(NULL, " \n"))
			words[n++] = word;
		words[n] = NULL;
		out = open_memstream(&answer, &size);
		execute(words, out);
		fclose(out);
		dprintf(STDOUT_FILENO, "%s\n", answer);
		free(answer);
	}
}

int
main(int argc, char **argv)
{
	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	dprintf(STDOUT_FILENO, "%d\n", getpid());
	serve();
	_exit(0);
}
