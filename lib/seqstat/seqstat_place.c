/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_string_fns.h>
#include <rte_time.h>

#include "rte_seqstat_file.h"
#include "seqstat_control.h"
#include "seqstat_place.h"

/* Ends of temporary names, which begin with the path. */
#define SUFFIX ".tmp"
#define TEMPLATE ".XXXXXX" SUFFIX
#define PATTERN ".??????" SUFFIX
/** End of names in a folder, after the prefix and the process. */
#define NAME_END ".seqstat"

void
seqstat_prefix(char *prefix, size_t size)
{
	const char *folder = rte_eal_get_runtime_dir();
	const char *slash = strrchr(folder, '/');

	strlcpy(prefix, slash == NULL ? folder : slash + 1, size);
	for (; *prefix != '\0'; prefix++)
		if (*prefix < ' ' || *prefix > '~')
			*prefix = '?';
}

/** Return whether an open file is a stat file, of whatever version. */
static bool
is_stat_file(int fd)
{
	char magic[sizeof(RTE_SEQSTAT_FILE_MAGIC) - 1];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
		memcmp(magic, RTE_SEQSTAT_FILE_MAGIC, sizeof(magic)) == 0;
}

/** Return whether a path leads to a file. */
static bool
is_at(const char *path, dev_t dev, ino_t ino)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/**
 * Check that a path may be taken: nothing is there, or the latest file of this place, or a stat
 * file without a publisher.
 *
 * Returns 0 or a negative errno as rte_seqstat_publish_start().
 */
static int
check(const struct seqstat_place *place, const char *path)
{
	struct rte_seqstat_file f = { 0 };
	int fd, ret = 0;

	if (is_at(path, place->dev, place->ino))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	f.fd = fd;
	if (!is_stat_file(fd))
		ret = -EEXIST;
	else if (!rte_seqstat_file_gone(&f))
		ret = -EADDRINUSE;
	close(fd);

	return ret;
}

/** Return whether the publisher of a stat file kept it when it stopped. */
static bool
is_kept(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint32_t flags = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, &flags, sizeof(flags), offsetof(struct rte_seqstat_file_header, flags));
	close(fd);

	return n == (ssize_t)sizeof(flags) && (flags & RTE_SEQSTAT_FILE_KEPT) != 0;
}

/**
 * Remove files that publishers left when they were killed.
 *
 * Their names are the first bytes of the path, any number of the digits, and the pattern.
 */
static void
remove_left(const struct seqstat_place *place, size_t length, const char *digits,
		const char *pattern)
{
	char all[2 * PATH_MAX + NAME_MAX], *to = all, *name;
	const char *from = place->path;
	glob_t found = { 0 };
	size_t i;

	for (; from < place->path + length; *to++ = *from++)
		if (strchr("*?[\\", *from) != NULL)
			*to++ = '\\';
	snprintf(to, NAME_MAX, "*%s", pattern);
	glob(all, GLOB_NOSORT, NULL, &found);
	for (i = 0; i < found.gl_pathc; i++) {
		name = found.gl_pathv[i] + length;
		name += strspn(name, digits);
		if (fnmatch(pattern, name, 0) == 0 && check(place, found.gl_pathv[i]) == 0 &&
				!is_kept(found.gl_pathv[i]))
			unlink(found.gl_pathv[i]);
	}
	globfree(&found);
}

int
seqstat_place_find(struct seqstat_place *place, const struct rte_seqstat_publish_params *params)
{
	char copy[PATH_MAX], folder[PATH_MAX], prefix[NAME_MAX + 1], name[2 * NAME_MAX];
	size_t length = 0;
	struct stat st;
	int n;

	if (strlcpy(copy, params->path, sizeof(copy)) >= sizeof(copy))
		return -ENAMETOOLONG;
	if (stat(copy, &st) == 0 && S_ISDIR(st.st_mode)) {
		seqstat_prefix(prefix, sizeof(prefix));
		snprintf(name, sizeof(name), "%s.%d" NAME_END, prefix, getpid());
		length = strlen(prefix) + 1;
	} else {
		if (copy[strlen(copy) - 1] == '/')
			return -ENOENT;
		strlcpy(name, basename(copy), sizeof(name));
		/* Copy the path again: basename() and dirname() may change their argument. */
		strlcpy(folder, params->path, sizeof(folder));
		strlcpy(copy, dirname(folder), sizeof(copy));
	}
	/* Make the path absolute: the application may change its working directory. */
	if (realpath(copy, folder) == NULL)
		return -errno;
	n = snprintf(place->path, sizeof(place->path), "%s/%s", folder, name);
	if (n >= (int)sizeof(place->path))
		return -ENAMETOOLONG;
	place->mode = params->mode != 0 ? params->mode :
		(params->flags & RTE_SEQSTAT_PUBLISH_GROUP) != 0 ? 0640 : 0600;
	place->gid = params->gid;
	place->flags = params->flags;
	if (length > 0) {
		/* Up to the process id: also files of other applications with this prefix. */
		length += n - strlen(name);
		remove_left(place, length, "0123456789", NAME_END);
		remove_left(place, length, "0123456789", NAME_END PATTERN);
	} else {
		remove_left(place, n, "", PATTERN);
	}

	return 0;
}

/**
 * Lock a file with a temporary name.
 *
 * The lock belongs to another open file description, which only a mapping keeps open: a forked
 * child inherits the descriptor that writes the file, but does not prolong the lock.
 */
static int
lock(struct seqstat_place_file *file)
{
	struct flock whole = { .l_type = F_WRLCK };
	const int fd = open(file->temporary, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int ret = 0;
	void *mem;

	if (fd < 0)
		return -errno;
	mem = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	if (mem != MAP_FAILED)
		file->lock = mem;
	if (mem == MAP_FAILED || madvise(mem, 1, MADV_DONTFORK) != 0 ||
			fcntl(fd, F_OFD_SETLK, &whole) != 0)
		ret = -errno;
	close(fd);

	return ret;
}

/** Unlock a file. */
static void
unlock(struct seqstat_place_file *file)
{
	if (file->lock != NULL)
		munmap(file->lock, 1);
	file->lock = NULL;
}

/** Lock an open file, allocate its bytes, and set permissions. Returns 0 or a negative errno. */
static int
prepare(const struct seqstat_place *place, uint64_t size, struct seqstat_place_file *file)
{
	const int fd = file->fd;
	struct statfs fs;
	struct stat st;
	int ret;

	if (fstatfs(fd, &fs) != 0 || fstat(fd, &st) != 0)
		return -errno;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	if (fs.f_type != TMPFS_MAGIC && (place->flags & RTE_SEQSTAT_PUBLISH_ANY_FS) == 0) {
		SEQSTAT_LOG(ERR, "%s would not be in a tmpfs", place->path);
		return -ENOTSUP;
	}
	ret = lock(file);
	if (ret != 0)
		return ret;
	/* With the magic, others may remove the file if this process is killed from here on. */
	ret = seqstat_pwrite(fd, RTE_SEQSTAT_FILE_MAGIC, sizeof(RTE_SEQSTAT_FILE_MAGIC) - 1, 0);
	if (ret != 0)
		return ret;
	/* Allocate all bytes now: a full file system is an error here, not in a later record. */
	do {
		ret = posix_fallocate(fd, 0, (off_t)size);
	} while (ret == EINTR);
	if (ret != 0)
		return -ret;
	if (((place->flags & RTE_SEQSTAT_PUBLISH_GROUP) != 0 &&
			fchown(fd, (uid_t)-1, place->gid) != 0) ||
			fchmod(fd, place->mode) != 0)
		return -errno;

	return 0;
}

int
seqstat_place_make(const struct seqstat_place *place, uint64_t size,
		struct seqstat_place_file *file)
{
	int ret = check(place, place->path);

	if (ret != 0)
		return ret;
	if (snprintf(file->temporary, PATH_MAX, "%s" TEMPLATE, place->path) >= PATH_MAX)
		return -ENAMETOOLONG;
	/* mkostemps() uses O_EXCL, so that it follows no link and opens no existing file. */
	file->fd = mkostemps(file->temporary, sizeof(SUFFIX) - 1, O_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	ret = prepare(place, size, file);
	if (ret != 0) {
		unlink(file->temporary);
		unlock(file);
		close(file->fd);
		file->fd = -1;
	}

	return ret;
}

/** Rename a file, with a flag of renameat2(). Returns 0 or a negative errno. */
static int
move(const char *from, const char *to, unsigned int flag)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, flag) == 0 ? 0 : -errno;
}

/** Change bytes in the header of a stat file, if its permissions allow it. */
static void
header_write(const char *path, const void *from, size_t size, size_t offset)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	seqstat_pwrite(fd, from, size, offset);
	close(fd);
}

/** Mark a stat file as replaced, for readers that have it open. */
static void
mark(const char *path)
{
	const uint64_t now_ns = seqstat_now_ns(CLOCK_REALTIME);

	/* Without the mark, readers still see that the path leads to another file. */
	header_write(path, &now_ns, sizeof(now_ns),
		offsetof(struct rte_seqstat_file_header, replaced_ns));
}

/** Exchange a file with the one in its place, and remove that. Returns 0 or a negative errno. */
static int
replace(const struct seqstat_place *place, const char *temporary)
{
	int ret = check(place, place->path);

	if (ret == 0)
		ret = move(temporary, place->path, RENAME_EXCHANGE);
	if (ret != 0)
		return ret == -ENOENT ? -EAGAIN : ret;
	/* If another publisher's file came since the check, give its place back. */
	ret = check(place, temporary);
	if (ret != 0) {
		move(temporary, place->path, RENAME_EXCHANGE);
		return ret;
	}
	mark(temporary);
	unlink(temporary);

	return 0;
}

int
seqstat_place_take(struct seqstat_place *place, struct seqstat_place_file *file)
{
	int ret = move(file->temporary, place->path, RENAME_NOREPLACE);

	if (ret == -EEXIST)
		ret = replace(place, file->temporary);
	/* The file system does not support flags of renameat2(). */
	if (ret == -EINVAL) {
		ret = check(place, place->path);
		if (ret == 0)
			ret = move(file->temporary, place->path, 0);
	}
	if (ret == 0) {
		file->temporary[0] = '\0';
		place->dev = file->dev;
		place->ino = file->ino;
	}

	return ret;
}

int
seqstat_place_file_check(const struct seqstat_place_file *file)
{
	struct stat st;

	if (fstat(file->fd, &st) != 0)
		return -errno;

	if (st.st_dev != file->dev || st.st_ino != file->ino)
		return -EBADF;

	return st.st_nlink > 0 ? 0 : -ESTALE;
}

void
seqstat_place_file_close(struct seqstat_place_file *file)
{
	int ret = seqstat_place_file_check(file);

	if (is_at(file->temporary, file->dev, file->ino))
		unlink(file->temporary);
	unlock(file);
	if (ret == 0 || ret == -ESTALE)
		close(file->fd);
	file->fd = -1;
}

bool
seqstat_place_clear(struct seqstat_place *place)
{
	if (!is_at(place->path, place->dev, place->ino))
		return false;
	mark(place->path);
	unlink(place->path);
	/* Another process may get a file with the same inode. */
	place->ino = 0;

	return true;
}

void
seqstat_place_leave(const struct seqstat_place *place)
{
	const uint32_t flags = RTE_SEQSTAT_FILE_KEPT |
		((place->flags & RTE_SEQSTAT_PUBLISH_PER_WRITER) != 0 ?
			RTE_SEQSTAT_FILE_PER_WRITER : 0);

	if (!is_at(place->path, place->dev, place->ino))
		return;
	if ((place->flags & RTE_SEQSTAT_PUBLISH_KEEP) == 0)
		unlink(place->path);
	else
		header_write(place->path, &flags, sizeof(flags),
			offsetof(struct rte_seqstat_file_header, flags));
}

uint64_t
seqstat_now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);

	return rte_timespec_to_ns(&now);
}

int
seqstat_pwrite(int fd, const void *from, uint64_t size, uint64_t offset)
{
	const char *at = from;
	ssize_t n;

	for (; size > 0; size -= n, offset += n, at += n) {
		n = pwrite(fd, at, size, (off_t)offset);
		if (n < 0 && errno != EINTR)
			return -errno;
		n = RTE_MAX(n, 0);
	}

	return 0;
}
