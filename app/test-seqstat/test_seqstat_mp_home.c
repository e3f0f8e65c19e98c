/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <mntent.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "test_seqstat_mp.h"

/* A place for a primary process: folders, and hugepages. What is taken is given back. */

/** So much memory must be there in hugepages. */
#define MEMORY_KB (160 * 1024)

/** What is to be undone. */
struct loan {
	long n_pages;
	bool runtime;
	bool mount;
};

/* Hugepages */

/** Of the default size, in kilobytes; 0 if the kernel has none. */
static unsigned long
page_size(void)
{
	unsigned long size = 0;
	char line[128];
	FILE *f;

	f = fopen("/proc/meminfo", "re");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Hugepagesize: %lu kB", &size) == 1)
			break;
	fclose(f);

	return size;
}

/** What the kernel says of the hugepages of a size: "nr" of them, or "free". */
static long
pages(const char *which, unsigned long size)
{
	char path[128];
	long n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%lukB/%s_hugepages",
		size, which);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &n) != 1)
		n = 0;
	fclose(f);

	return n;
}

/** Change the number of hugepages, which may have other users; returns by how much it did. */
static long
add_pages(long n, unsigned long size)
{
	long before = pages("nr", size);
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%lukB/nr_hugepages",
		size);
	f = fopen(path, "we");
	if (f == NULL)
		return 0;
	fprintf(f, "%ld", before + n);
	fclose(f);

	return pages("nr", size) - before;
}

static int
borrow_pages(struct loan *loan)
{
	unsigned long size = page_size();
	long needed;

	if (size == 0) {
		printf("skipped: there are no hugepages in this kernel\n");
		return TEST_SKIPPED;
	}
	needed = (MEMORY_KB + size - 1) / size;
	/* Even if some are free: others who found them may be about to use them. */
	loan->n_pages = add_pages(needed, size);
	if (pages("free", size) >= needed)
		return TEST_SUCCESS;
	printf("skipped: %ld hugepages of %lu kB are needed, %ld are free, and this user "
		"may not or cannot have more\n", needed, size, pages("free", size));

	return TEST_SKIPPED;
}

/** Whether a mount is of hugepages of the default size, and this user may write there. */
static bool
is_usable(const struct mntent *mount, unsigned long size)
{
	char option[32];

	if (strcmp(mount->mnt_type, "hugetlbfs") != 0 || access(mount->mnt_dir, W_OK) != 0)
		return false;
	snprintf(option, sizeof(option), "pagesize=%luM", size / 1024);

	return hasmntopt(mount, "pagesize") == NULL || hasmntopt(mount, option) != NULL;
}

/** Find where hugepages are mounted already. */
static bool
find_mount(struct test_seqstat_home *home)
{
	unsigned long size = page_size();
	const struct mntent *mount;
	bool found = false;
	FILE *f;

	f = setmntent("/proc/mounts", "re");
	if (f == NULL)
		return false;
	while (!found && (mount = getmntent(f)) != NULL)
		found = is_usable(mount, size) && strlcpy(home->hugepages, mount->mnt_dir,
				sizeof(home->hugepages)) < sizeof(home->hugepages);
	endmntent(f);

	return found;
}

static int
borrow_mount(struct test_seqstat_home *home, struct loan *loan)
{
	int error;

	snprintf(home->hugepages, sizeof(home->hugepages), "%s/hugepages", home->runtime);
	if (mkdir(home->hugepages, 0700) == 0 &&
			mount("seqstat", home->hugepages, "hugetlbfs", 0, NULL) == 0) {
		loan->mount = true;
		return TEST_SUCCESS;
	}
	error = errno;
	if (find_mount(home))
		return TEST_SUCCESS;
	printf("skipped: hugepages cannot be mounted, and are not where this user may write: "
		"%s\n", strerror(error));

	return TEST_SKIPPED;
}

/* Folders */

static int
make_runtime(struct test_seqstat_home *home, struct loan *loan)
{
	snprintf(home->prefix, sizeof(home->prefix), "seqstat_%d", getpid());
	snprintf(home->runtime, sizeof(home->runtime), "/tmp/seqstat_XXXXXX");
	if (mkdtemp(home->runtime) == NULL) {
		printf("no folder: %s\n", strerror(errno));
		return TEST_FAILED;
	}
	loan->runtime = true;

	return TEST_SUCCESS;
}

static int
remove_entry(const char *path, const struct stat *st __rte_unused, int flag __rte_unused,
		struct FTW *ftw __rte_unused)
{
	return remove(path);
}

/** Remove the hugepages that processes left behind. */
static void
remove_pages(const struct test_seqstat_home *home)
{
	char pattern[256];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/%smap_*", home->hugepages, home->prefix);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

static void
give_back(const struct test_seqstat_home *home, const struct loan *loan)
{
	remove_pages(home);
	if (loan->mount)
		umount2(home->hugepages, MNT_DETACH);
	if (loan->n_pages > 0)
		add_pages(-loan->n_pages, page_size());
	if (loan->runtime)
		nftw(home->runtime, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static int
borrow(struct test_seqstat_home *home, struct loan *loan)
{
	int ret;

	ret = make_runtime(home, loan);
	if (ret == TEST_SUCCESS)
		ret = borrow_pages(loan);
	if (ret == TEST_SUCCESS)
		ret = borrow_mount(home, loan);

	return ret;
}

/* Ctrl-C ends the processes, and this one gives everything back. */

static const int signals[] = { SIGINT, SIGTERM };

static int
interruptible(const struct test_seqstat_home *home,
		int (*host)(const struct test_seqstat_home *home))
{
	struct sigaction action = { .sa_handler = test_seqstat_interrupt };
	struct sigaction former[RTE_DIM(signals)];
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_DIM(signals); i++)
		sigaction(signals[i], &action, &former[i]);
	ret = host(home);
	for (i = 0; i < RTE_DIM(signals); i++)
		sigaction(signals[i], &former[i], NULL);

	return ret;
}

/** Do something while the environment is as processes that are started shall have it. */
static int
with_environment(const struct test_seqstat_home *home,
		int (*host)(const struct test_seqstat_home *home))
{
	const char *env = getenv("RUNTIME_DIRECTORY");
	char *former = env == NULL ? NULL : strdup(env);
	int ret;

	/* What this program was told to run is for this process only. */
	unsetenv("DPDK_TEST");
	unsetenv("DPDK_TEST_PARAMS");
	setenv("RUNTIME_DIRECTORY", home->runtime, 1);
	ret = interruptible(home, host);
	if (former == NULL)
		unsetenv("RUNTIME_DIRECTORY");
	else
		setenv("RUNTIME_DIRECTORY", former, 1);
	free(former);

	return ret;
}

int
test_seqstat_with_home(int (*host)(const struct test_seqstat_home *home))
{
	struct test_seqstat_home home = { 0 };
	struct loan loan = { 0 };
	int ret;

	ret = borrow(&home, &loan);
	if (ret == TEST_SUCCESS)
		ret = with_environment(&home, host);
	give_back(&home, &loan);

	return ret;
}
