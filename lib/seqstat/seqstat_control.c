/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memzone.h>

#include "seqstat_control.h"

RTE_LOG_REGISTER_DEFAULT(seqstat_logtype, INFO);

#define ZONE_NAME "SEQSTAT"
#define ZONE_MAGIC UINT64_C(0x5345515354415432)
#define FILE_NAME "seqstat.lock"
#define POLL_US 1000

/** Bytes of the lock file: that of a process which makes the zone, then a byte a slot. */
#define BYTE_MAKE 0
#define BYTE_SLOT 1

/** What belongs to this process and not to a forked child. */
static struct own {
	pthread_mutex_t register_lock; /* Zeroes are PTHREAD_MUTEX_INITIALIZER. */
	RTE_ATOMIC(uint64_t) self;     /**< 0: not registered. */
	struct seqstat_control *control;
	int fd; /**< The lock file, to ask for locks of others. */
} *own;

/** Whether this copy of the library registered its name with EAL. */
static bool known_to_eal;

RTE_INIT(seqstat_init)
{
	own = seqstat_process_alloc(sizeof(*own));
}

void *
seqstat_process_alloc(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return NULL;
	if (madvise(mem, size, MADV_WIPEONFORK) != 0) {
		munmap(mem, size);
		return NULL;
	}

	return mem;
}

/* The lock file */

/** Lock a byte. Returns -EAGAIN if it is locked. */
static int
byte_lock(int fd, off_t byte)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = byte, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno == EACCES ? -EAGAIN : -errno;
}

/** Return whether anybody has locked a byte; true if that cannot be found out. */
static bool
byte_locked(int fd, off_t byte)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = byte, .l_len = 1 };

	return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

static int
file_path(char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/" FILE_NAME, rte_eal_get_runtime_dir());

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int
file_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, S_IRUSR | S_IWUSR);

	if (fd < 0)
		return -errno;

	return fd;
}

/** Return whether an open file is the one with which the control zone was made. */
static bool
file_is_of(int fd, const struct seqstat_control *control)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == control->file_dev &&
		st.st_ino == control->file_ino;
}

/** Return whether a path still leads to an open file. */
static bool
file_is_at(int fd, const char *path)
{
	struct stat opened, found;

	return fstat(fd, &opened) == 0 && lstat(path, &found) == 0 &&
		opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

/**
 * Keep the locks on an open file until the process ends or calls exec(), and close the file.
 *
 * The locks belong to the open file description, which a mapping keeps: neither an application
 * that closes all descriptors nor a forked child that inherits them changes how long.
 */
static int
file_keep(int fd)
{
	void *mem = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	int ret = 0;

	if (mem == MAP_FAILED) {
		ret = -errno;
	} else if (madvise(mem, 1, MADV_DONTFORK) != 0) {
		ret = -errno;
		munmap(mem, 1);
	}
	close(fd);

	return ret;
}

/**
 * Put a new lock file in the place of a former one, and note it in the control zone.
 *
 * Processes that an application with the same prefix left behind hold locks on the former file.
 * The byte to make is locked in the new file, too: the next maker opens that one. Returns the
 * descriptor, to be closed when the zone is complete.
 */
static int
file_renew(const char *path, struct seqstat_control *control)
{
	char path_new[PATH_MAX + sizeof(".new")];
	struct stat st;
	int fd, ret;

	snprintf(path_new, sizeof(path_new), "%s.new", path);
	unlink(path_new);
	fd = file_open(path_new, O_CREAT | O_EXCL);
	if (fd < 0)
		return fd;
	ret = byte_lock(fd, BYTE_MAKE);
	if (ret == 0 && (fstat(fd, &st) != 0 || rename(path_new, path) != 0))
		ret = -errno;
	if (ret != 0) {
		close(fd);
		return ret;
	}
	control->file_dev = st.st_dev;
	control->file_ino = st.st_ino;

	return fd;
}

/* The control zone */

/** Find the control zone. Returns NULL if it is not complete. */
static struct seqstat_control *
zone_find(void)
{
	const struct rte_memzone *mz = rte_memzone_lookup(ZONE_NAME);
	struct seqstat_control *control = mz == NULL ? NULL : mz->addr;

	/* What its maker stored is visible: pairs with the store-release in zone_make(). */
	return control != NULL && rte_atomic_load_explicit(&control->magic,
			rte_memory_order_acquire) == ZONE_MAGIC ? control : NULL;
}

/** Make the control zone, also from what a killed process left of it. Byte to make held. */
static int
zone_make(const char *path)
{
	const struct rte_memzone *mz = rte_memzone_lookup(ZONE_NAME);
	struct seqstat_control *control;
	int fd = -1;

	if (mz == NULL)
		mz = rte_memzone_reserve(ZONE_NAME, sizeof(*control), SOCKET_ID_ANY, 0);
	if (mz == NULL)
		return rte_errno == ENOSPC ? -ENOSPC : -ENOMEM;
	control = mz->addr;
	rte_atomic_store_explicit(&control->magic, 0, rte_memory_order_relaxed);
	/* If this process is killed from here on, the next one makes the zone anew. */
	rte_compiler_barrier();
	memset(&control->magic + 1, 0, sizeof(*control) - sizeof(control->magic));
	control->layout = SEQSTAT_LAYOUT;
	control->alone = path == NULL;
	if (path != NULL) {
		fd = file_renew(path, control);
		if (fd < 0)
			return fd;
	}
	/* All of it is visible before the magic: pairs with the load-acquire in zone_find(). */
	rte_atomic_store_explicit(&control->magic, ZONE_MAGIC, rte_memory_order_release);
	if (fd >= 0)
		close(fd);

	return 0;
}

/** Lock the byte to make the zone, or give up after a second. Returns the descriptor. */
static int
make_begin(const char *path)
{
	uint64_t limit = rte_get_tsc_cycles() + rte_get_tsc_hz();
	int fd, ret;

	for (;;) {
		fd = file_open(path, O_CREAT);
		if (fd < 0)
			return fd;
		ret = byte_lock(fd, BYTE_MAKE);
		/* Another maker may have replaced the file. */
		if (ret == 0 && file_is_at(fd, path))
			return fd;
		close(fd);
		if (ret != 0 && ret != -EAGAIN)
			return ret;
		if (rte_get_tsc_cycles() >= limit)
			return -ETIMEDOUT;
		rte_delay_us_sleep(POLL_US);
	}
}

/** Make the control zone if it is not complete, while no other process does. */
static int
zone_make_shared(const char *path)
{
	int fd = make_begin(path), ret = 0;

	if (fd < 0)
		return fd;
	if (zone_find() == NULL)
		ret = zone_make(path);
	close(fd);

	return ret;
}

/* Registration */

static int
mp_action(const struct rte_mp_msg *msg __rte_unused, const void *peer __rte_unused)
{
	return 0;
}

/**
 * Find out whether other processes can see this one's memory.
 *
 * EAL refuses a name for messages if there is no shared configuration, and if another copy of
 * this library in the same process has the name.
 */
static int
others_possible(bool *possible)
{
	if (!known_to_eal)
		known_to_eal = rte_mp_action_register("seqstat", mp_action) == 0;
	*possible = known_to_eal || rte_errno != ENOTSUP;
	if (known_to_eal || rte_errno == ENOTSUP)
		return 0;
	if (rte_errno != EEXIST)
		return -rte_errno;
	SEQSTAT_LOG(ERR, "librte_seqstat is in this process twice: link it once, shared or static");

	return -EEXIST;
}

/** Become the owner of a slot: the former one is dead for all from here on. */
static void
slot_own(struct seqstat_control *control, int fd, uint32_t slot)
{
	uint64_t generation = rte_atomic_load_explicit(&control->processes[slot].generation,
			rte_memory_order_relaxed) + 1;

	/*
	 * Pairs with the load-acquire in seqstat_alive(): what the former owner stored until it
	 * lost the lock on its byte is visible to a process that takes it for dead by this.
	 */
	rte_atomic_store_explicit(&control->processes[slot].generation, generation,
			rte_memory_order_release);
	own->control = control;
	own->fd = fd;
	/* Pairs with the load-acquire in seqstat_self(). */
	rte_atomic_store_explicit(&own->self, SEQSTAT_OWNER(slot, generation),
			rte_memory_order_release);
}

/** Register the only process that can see the memory. */
static int
register_alone(void)
{
	struct seqstat_control *control;
	int ret;

	while ((control = zone_find()) == NULL) {
		ret = zone_make(NULL);
		if (ret != 0)
			return ret;
	}
	if (rte_atomic_load_explicit(&control->processes[0].generation,
			rte_memory_order_relaxed) != 0) {
		SEQSTAT_LOG(ERR, "another copy of librte_seqstat, or the process that forked "
			"this one, uses this memory");
		return -EEXIST;
	}
	slot_own(control, -1, 0);

	return 0;
}

/** Lock a free slot until the process ends. Returns the slot. */
static int
slot_lock(const char *path)
{
	int fd = file_open(path, 0), slot, ret = -EAGAIN;

	if (fd < 0)
		return fd;
	for (slot = 0; slot < RTE_SEQSTAT_MAX_PROCESSES; slot++) {
		ret = byte_lock(fd, BYTE_SLOT + slot);
		if (ret != -EAGAIN)
			break;
	}
	if (ret != 0) {
		close(fd);
		if (ret != -EAGAIN)
			return ret;
		SEQSTAT_LOG(ERR, "%d processes use the library already",
			RTE_SEQSTAT_MAX_PROCESSES);
		return -ENOSPC;
	}
	ret = file_keep(fd);

	return ret != 0 ? ret : slot;
}

static int
register_shared(void)
{
	struct seqstat_control *control = NULL;
	char path[PATH_MAX];
	int fd, slot, ret;

	ret = file_path(path);
	while (ret == 0 && (control = zone_find()) == NULL)
		ret = zone_make_shared(path);
	if (ret != 0)
		return ret;
	if (control->layout != SEQSTAT_LAYOUT) {
		SEQSTAT_LOG(ERR, "the application has layout %u, this library knows %u",
			control->layout, SEQSTAT_LAYOUT);
		return -ENOTSUP;
	}
	/* To ask with, a description of its own: a query does not find locks of the same one. */
	fd = file_open(path, 0);
	if (fd == -ENOENT || (fd >= 0 && !file_is_of(fd, control))) {
		SEQSTAT_LOG(ERR, "%s is not the file that this application began with", path);
		slot = -ESTALE;
	} else {
		slot = fd < 0 ? fd : slot_lock(path);
	}
	if (slot >= 0)
		slot_own(control, fd, (uint32_t)slot);
	else if (fd >= 0)
		close(fd);

	return RTE_MIN(slot, 0);
}

int
seqstat_register(void)
{
	int cancel_state, ret = 0;
	bool shared = true;

	if (seqstat_self() != 0)
		return 0;
	if (own == NULL) {
		SEQSTAT_LOG(ERR, "the kernel has no memory that is wiped on fork");
		return -ENOMEM;
	}
	/* Files are opened and closed: a thread cancelled there would keep the lock. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	pthread_mutex_lock(&own->register_lock);
	if (seqstat_self() == 0) {
		ret = others_possible(&shared);
		if (ret == 0)
			ret = shared ? register_shared() : register_alone();
		if (ret != 0)
			SEQSTAT_LOG(ERR, "cannot register this process: %s", rte_strerror(-ret));
	}
	pthread_mutex_unlock(&own->register_lock);
	pthread_setcancelstate(cancel_state, NULL);

	return ret;
}

seqstat_owner_t
seqstat_self(void)
{
	/* Pairs with the store-release in slot_own(). */
	return own == NULL ? 0 : rte_atomic_load_explicit(&own->self, rte_memory_order_acquire);
}

struct seqstat_control *
seqstat_control(void)
{
	return own->control;
}

/** Return whether anybody has locked a slot; true if that cannot be found out. */
static bool
slot_locked(uint32_t slot)
{
	char path[PATH_MAX];
	bool locked = true;
	int fd;

	if (file_is_of(own->fd, own->control))
		return byte_locked(own->fd, BYTE_SLOT + slot);
	/* The application has closed the descriptor, and may have opened another file with it. */
	fd = file_path(path) == 0 ? file_open(path, 0) : -1;
	if (fd >= 0) {
		if (file_is_of(fd, own->control))
			locked = byte_locked(fd, BYTE_SLOT + slot);
		close(fd);
	}

	return locked;
}

bool
seqstat_alive(seqstat_owner_t owner)
{
	uint32_t slot = SEQSTAT_OWNER_SLOT(owner);

	if (owner == 0)
		return false;
	if (owner == seqstat_self())
		return true;
	/*
	 * Pairs with the store-release in slot_own(): the caller goes on with what the former
	 * owner left, which would else be older than its last stores.
	 */
	if (rte_atomic_load_explicit(&own->control->processes[slot].generation,
			rte_memory_order_acquire) != SEQSTAT_OWNER_GENERATION(owner))
		return false;

	return own->control->alone || slot_locked(slot);
}

struct seqstat_set *
seqstat_set_find(const char *name)
{
	struct seqstat_set *set;

	for (set = own->control->sets; set != NULL; set = set->next)
		if (strcmp(set->name, name) == 0)
			return set;

	return NULL;
}

void
seqstat_set_link(struct seqstat_set *set)
{
	set->next = own->control->sets;
	/* The set is complete before it is in the list, wherever this process may be killed. */
	rte_compiler_barrier();
	own->control->sets = set;
}

void
seqstat_set_unlink(struct seqstat_set *set)
{
	struct seqstat_set **link = &own->control->sets;

	while (*link != set)
		link = &(*link)->next;
	*link = set->next;
	/* The set is out of the list before its memory is freed, likewise. */
	rte_compiler_barrier();
}
