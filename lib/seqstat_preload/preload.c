/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * LD_PRELOAD=librte_seqstat_preload.so counts the ports of an unmodified DPDK program by
 * librte_seqstat_ethdev. See doc/guides/tools/seqstat_preload.rst.
 *
 * An error costs the program its statistics and nothing else. So this library links neither DPDK
 * nor seqstat: it looks up their functions at run time, and loads seqstat only into a program that
 * uses the DPDK for which seqstat was built.
 */

#include <dlfcn.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_version.h>

#define INTERPOSED __attribute__((visibility("default")))

#define SAY(format, ...) fprintf(stderr, "seqstat: %s: " format "\n", \
		program_invocation_short_name, __VA_ARGS__)

/** Functions of seqstat. */
static struct {
	int (*ethdev_init)(uint32_t n_rows);
	int (*ethdev_start)(uint16_t port_id);
	int (*ethdev_stop)(uint16_t port_id);
	int (*publish_start)(const char *args);
	int (*publish_stop)(void);
} seqstat;
static bool loaded;

/** Find seqstat: in the program, beside this library, or in the system's folders. */
static void *
open_library(void)
{
	char path[PATH_MAX], self[PATH_MAX];
	Dl_info info;
	void *library = dlopen(SEQSTAT_ETHDEV, RTLD_NOW | RTLD_NOLOAD);

	if (library != NULL)
		return library;
	if (dladdr(&seqstat, &info) != 0 &&
			(size_t)snprintf(self, sizeof(self), "%s", info.dli_fname) < sizeof(self) &&
			(size_t)snprintf(path, sizeof(path), "%s/%s", dirname(self),
				SEQSTAT_ETHDEV) < sizeof(path) && access(path, F_OK) == 0)
		return dlopen(path, RTLD_NOW);

	return dlopen(SEQSTAT_ETHDEV, RTLD_NOW);
}

/** Load seqstat, or print an error. */
static void
load(void)
{
	char version[16];
	void *library;

	/* Loading seqstat would otherwise load a second DPDK into the program. */
	snprintf(version, sizeof(version), "DPDK_%d", RTE_VER_YEAR + (RTE_VER_MONTH == 11));
	if (dlvsym(RTLD_NEXT, "rte_eth_dev_start", version) == NULL) {
		SAY("nothing is counted: no shared librte_ethdev with the ABI %s", version);
		return;
	}
	library = open_library();
	if (library == NULL) {
		SAY("nothing is counted: %s", dlerror());
		return;
	}
	*(void **)&seqstat.ethdev_init = dlsym(library, "rte_seqstat_ethdev_init");
	*(void **)&seqstat.ethdev_start = dlsym(library, "rte_seqstat_ethdev_start");
	*(void **)&seqstat.ethdev_stop = dlsym(library, "rte_seqstat_ethdev_stop");
	*(void **)&seqstat.publish_start = dlsym(library, "rte_seqstat_publish_start_args");
	*(void **)&seqstat.publish_stop = dlsym(library, "rte_seqstat_publish_stop");
	loaded = seqstat.ethdev_init != NULL && seqstat.ethdev_start != NULL &&
		seqstat.ethdev_stop != NULL && seqstat.publish_start != NULL &&
		seqstat.publish_stop != NULL;
	if (!loaded)
		SAY("nothing is counted: %s", dlerror());
}

static bool
load_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);

	return loaded;
}

/** Find a function of DPDK: in a later object, or in the scope of the plugin that calls it. */
static void *
find(const char *name, const void *caller)
{
	void *found = dlsym(RTLD_NEXT, name), *plugin;
	Dl_info info;

	if (found == NULL && dladdr(caller, &info) != 0) {
		plugin = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
		found = plugin != NULL ? dlsym(plugin, name) : NULL;
	}
	if (found == NULL) {
		SAY("cannot find %s()", name);
		abort();
	}

	return found;
}

static void
begin(const void *caller)
{
	const char *rows = secure_getenv("SEQSTAT_ETHDEV_ROWS");
	const char *args = secure_getenv("SEQSTAT_PUBLISH");
	enum rte_proc_type_t (*process_type)(void);
	int ret;

	*(void **)&process_type = find("rte_eal_process_type", caller);
	ret = rows == NULL ? 0 : seqstat.ethdev_init((uint32_t)strtoul(rows, NULL, 0));
	if (ret != 0)
		SAY("SEQSTAT_ETHDEV_ROWS=%s: %s", rows, strerror(-ret));
	/*
	 * A secondary process starts no ports: count those that the primary has started. The
	 * primary publishes for all processes.
	 */
	if (process_type() != RTE_PROC_PRIMARY)
		seqstat.ethdev_start(RTE_ETH_ALL);
	else if (args != NULL && (ret = seqstat.publish_start(args)) != 0)
		SAY("cannot publish: SEQSTAT_PUBLISH=%s: %s", args, strerror(-ret));
}

INTERPOSED int
rte_eal_init(int argc, char **argv)
{
	const void *caller = __builtin_return_address(0);
	int (*init)(int argc, char **argv);
	int ret;

	*(void **)&init = find(__func__, caller);
	ret = init(argc, argv);
	if (ret >= 0 && load_once())
		begin(caller);

	return ret;
}

INTERPOSED int
rte_eth_dev_start(uint16_t port_id)
{
	int (*start)(uint16_t port_id);
	int ret;

	*(void **)&start = find(__func__, __builtin_return_address(0));
	ret = start(port_id);
	/* rte_seqstat_ethdev_start() logs its errors. */
	if (ret == 0 && load_once())
		seqstat.ethdev_start(port_id);

	return ret;
}

INTERPOSED int
rte_eal_cleanup(void)
{
	int (*cleanup)(void);

	*(void **)&cleanup = find(__func__, __builtin_return_address(0));
	/* The cleanup unmaps memory that the publisher reads and the callbacks write. */
	if (loaded) {
		seqstat.publish_stop();
		seqstat.ethdev_stop(RTE_ETH_ALL);
	}

	return cleanup();
}

/** Return 1 if the program contains DPDK, else -1; the program is the first object. */
static int
has_dpdk(struct dl_phdr_info *info, size_t size, void *arg)
{
	static const char word[] = "dpdk_telemetry";
	const ElfW(Phdr) *part;

	(void)size;
	(void)arg;
	for (part = info->dlpi_phdr; part < info->dlpi_phdr + info->dlpi_phnum; part++)
		if (part->p_type == PT_LOAD && (part->p_flags & (PF_R | PF_W)) == PF_R &&
				memmem((const void *)(info->dlpi_addr + part->p_vaddr),
					part->p_filesz, word, strlen(word)) != NULL)
			return 1;

	return -1;
}

/** Print that a program into which DPDK is linked statically is not counted. */
static void __attribute__((constructor))
check_program(void)
{
	if (dlsym(RTLD_NEXT, "rte_eal_init") == NULL && dl_iterate_phdr(has_dpdk, NULL) == 1)
		SAY("%s", "nothing is counted: DPDK is linked statically");
}
