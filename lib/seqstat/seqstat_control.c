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

/** Bytes of the lock file: one for the process that makes the zone, then one for each slot. */
#define BYTE_MAKE 0
#define BYTE_SLOT 1

/** State of this process, which a forked child does not inherit. */
static struct own {
	pthread_mutex_t register_lock; /* Zeroes are PTHREAD_MUTEX_INITIALIZER. */
	RTE_ATOMIC(uint64_t) self;     /**< This process, or 0 if it is not registered. */
	struct seqstat_control *control;
	int fd; /**< Lock file, to query locks of other processes. */
} *own;

/** Whether this copy of the library registered its name with EAL. */
static bool known_to_eal;

/** Whether this process has registered, or one from which it was forked. Register lock. */
static bool ever_registered;

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

/** Lock a byte of the lock file. Returns 0, -EAGAIN if it is locked, or another negative errno. */
static int
byte_lock(int fd, off_t byte)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = byte, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno == EACCES ? -EAGAIN : -errno;
}

/** Return whether a byte is locked; true if this cannot be found out. */
static bool
byte_locked(int fd, off_t byte)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = byte, .l_len = 1 };

	return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

/** Get the path of the lock file. Returns 0 or -ENAMETOOLONG. */
static int
file_path(char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/" FILE_NAME, rte_eal_get_runtime_dir());

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/** Open the lock file. Returns the descriptor or a negative errno. */
static int
file_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	if (fd < 0)
		return -errno;

	return fd;
}

/** Return whether an open file is the lock file with which the control zone was made. */
static bool
file_is_of(int fd, const struct seqstat_control *control)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == control->file_dev &&
		st.st_ino == control->file_ino;
}

/** Return whether a path leads to an open file. */
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
 * The locks belong to the open file description, which a mapping keeps open. So the locks stay if
 * the application closes all descriptors, and a forked child does not prolong them.
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
 * Replace the lock file by a new one, and note the new one in the control zone.
 *
 * Processes of an earlier application with the same prefix may still hold locks on the old file.
 * The byte of the maker is locked in the new file, too, because the next maker opens that one.
 *
 * Returns a negative errno, or the descriptor, which the caller closes when the zone is complete.
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

/** Find the control zone. Returns NULL if there is none, or it is not complete. */
static struct seqstat_control *
zone_find(void)
{
	const struct rte_memzone *mz = rte_memzone_lookup(ZONE_NAME);
	struct seqstat_control *control = mz == NULL ? NULL : mz->addr;

	/*
	 * Pairs with the store-release in zone_make(). Otherwise fields of the zone could be read
	 * from before the magic was stored.
	 */
	return control != NULL && rte_atomic_load_explicit(&control->magic,
			rte_memory_order_acquire) == ZONE_MAGIC ? control : NULL;
}

/**
 * Make the control zone, also from an incomplete one that a killed process left.
 *
 * Returns 0 or a negative errno. The byte of the maker is locked, unless path is NULL.
 */
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
	/* Clear the magic first: if this process is killed, the next one makes the zone anew. */
	rte_compiler_barrier();
	memset(&control->magic + 1, 0, sizeof(*control) - sizeof(control->magic));
	control->layout = SEQSTAT_LAYOUT;
	control->alone = path == NULL;
	if (path != NULL) {
		fd = file_renew(path, control);
		if (fd < 0)
			return fd;
	}
	/* Pairs with the load-acquire in zone_find(): the zone is complete if the magic is seen. */
	rte_atomic_store_explicit(&control->magic, ZONE_MAGIC, rte_memory_order_release);
	if (fd >= 0)
		close(fd);

	return 0;
}

/** Lock the byte of the maker for up to a second. Returns the descriptor or a negative errno. */
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
		/* Another maker may have replaced the file since it was opened. */
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

/** Make the control zone, unless another process has done so. Returns 0 or a negative errno. */
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
 * Find out whether other processes can see the memory of this one.
 *
 * EAL refuses to register a name for messages with ENOTSUP if there is no shared configuration, and
 * with EEXIST if another copy of this library in the process has registered the name.
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

/**
 * Refuse a child of a process that uses the library, if memory comes from hugepages.
 *
 * EAL does not know the child: memory that one of the two allocates is not mapped in the other.
 * Returns 0 or -ENOTSUP.
 */
static int
refuse_child(void)
{
	if (!ever_registered || !rte_eal_has_hugepages())
		return 0;
	SEQSTAT_LOG(ERR, "the process that forked this one uses the library: with hugepages, "
		"the two do not see each other's new memory");

	return -ENOTSUP;
}

/** Make the calling process the owner of a slot, so that the former owner counts as dead. */
static void
slot_own(struct seqstat_control *control, int fd, uint32_t slot)
{
	uint64_t generation = rte_atomic_load_explicit(&control->processes[slot].generation,
			rte_memory_order_relaxed) + 1;

	/*
	 * Pairs with the load-acquire in seqstat_alive(). Otherwise a process that takes the
	 * former owner for dead by this generation could miss the last stores of the owner.
	 */
	rte_atomic_store_explicit(&control->processes[slot].generation, generation,
			rte_memory_order_release);
	ever_registered = true;
	own->control = control;
	own->fd = fd;
	/* Pairs with the load-acquire in seqstat_self(): control and fd are set if self is. */
	rte_atomic_store_explicit(&own->self, SEQSTAT_OWNER(slot, generation),
			rte_memory_order_release);
}

/** Register the process if no other can see its memory. Returns 0 or a negative errno. */
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

/** Lock a free slot until the process ends. Returns the slot or a negative errno. */
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

/** Register the process if others can see its memory. Returns 0 or a negative errno. */
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
	/* Queries need an open file of their own: they do not find locks of the same open file. */
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
	/* open() and close() are cancellation points: a cancelled thread would keep the mutex. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	pthread_mutex_lock(&own->register_lock);
	if (seqstat_self() == 0) {
		ret = refuse_child();
		if (ret == 0)
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

/** Return whether a slot is locked; true if this cannot be found out. */
static bool
slot_locked(uint32_t slot)
{
	char path[PATH_MAX];
	bool locked = true;
	int fd;

	if (file_is_of(own->fd, own->control))
		return byte_locked(own->fd, BYTE_SLOT + slot);
	/* The application has closed the descriptor, and may use its number for another file. */
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
	 * Pairs with the store-release in slot_own(). Otherwise the caller, which continues with
	 * what a dead owner left, could miss the last stores of that owner.
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
	/* If this process is killed here, the list has complete sets only. */
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
	/* If this process is killed later, no set in the list has freed memory. */
	rte_compiler_barrier();
}
