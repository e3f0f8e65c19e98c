/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_string_fns.h>
#include <rte_time.h>

#include "seqstat_control.h"
#include "seqstat_file.h"
#include "seqstat_place.h"

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

/** Return whether an open file is a stat file of any version. */
static bool
is_stat_file(int fd)
{
	char magic[sizeof(SEQSTAT_FILE_MAGIC) - 1];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
		memcmp(magic, SEQSTAT_FILE_MAGIC, sizeof(magic)) == 0;
}

int
seqstat_place_check(const struct seqstat_place *place)
{
	const struct seqstat_file f = {
		.fd = open(place->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK),
	};
	int ret = 0;

	if (f.fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!is_stat_file(f.fd))
		ret = -EEXIST;
	else if (!seqstat_file_gone(&f))
		ret = -EADDRINUSE;
	close(f.fd);

	return ret;
}

int
seqstat_place_find(struct seqstat_place *place, const struct rte_seqstat_publish_params *params)
{
	char copy[PATH_MAX], folder[PATH_MAX], prefix[NAME_MAX + 1], name[2 * NAME_MAX];
	struct stat st;
	int n;

	if (strlcpy(copy, params->path, sizeof(copy)) >= sizeof(copy))
		return -ENAMETOOLONG;
	if (stat(copy, &st) == 0 && S_ISDIR(st.st_mode)) {
		seqstat_prefix(prefix, sizeof(prefix));
		snprintf(name, sizeof(name), "%s.%d.seqstat", prefix, getpid());
	} else {
		strlcpy(name, basename(copy), sizeof(name));
		/* A copy once more: both functions may change it. */
		strlcpy(folder, params->path, sizeof(folder));
		strlcpy(copy, dirname(folder), sizeof(copy));
	}
	/* The application may change its folder. */
	if (realpath(copy, folder) == NULL)
		return -errno;
	n = snprintf(place->path, sizeof(place->path), "%s/%s", folder, name);
	if (n >= (int)sizeof(place->path))
		return -ENAMETOOLONG;
	place->mode = params->mode != 0 ? params->mode : S_IRUSR | S_IWUSR;
	place->gid = params->gid;
	place->flags = params->flags;

	return 0;
}

/** Prepare an open file. Returns 0 or a negative errno. */
static int
prepare(const struct seqstat_place *place, uint64_t size, int fd)
{
	struct flock lock = { .l_type = F_WRLCK };
	struct statfs fs;
	int ret;

	if (fstatfs(fd, &fs) != 0)
		return -errno;
	if (fs.f_type != TMPFS_MAGIC && (place->flags & RTE_SEQSTAT_PUBLISH_ANY_FS) == 0) {
		SEQSTAT_LOG(ERR, "%s would not be in a tmpfs", place->path);
		return -ENOTSUP;
	}
	/* So that no byte is without memory later. */
	do {
		ret = posix_fallocate(fd, 0, (off_t)size);
	} while (ret == EINTR);
	if (ret != 0)
		return -ret;
	if (((place->flags & RTE_SEQSTAT_PUBLISH_GROUP) != 0 &&
			fchown(fd, (uid_t)-1, place->gid) != 0) ||
			fchmod(fd, place->mode) != 0 || fcntl(fd, F_OFD_SETLK, &lock) != 0)
		return -errno;

	return 0;
}

int
seqstat_place_make(const struct seqstat_place *place, uint64_t size, char temporary[PATH_MAX])
{
	int fd, ret;

	if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", place->path) >= PATH_MAX)
		return -ENAMETOOLONG;
	/* A new file, whatever lies there: O_EXCL follows no link. */
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = prepare(place, size, fd);
	if (ret != 0) {
		unlink(temporary);
		close(fd);
		return ret;
	}

	return fd;
}

int
seqstat_place_take(const struct seqstat_place *place, const char *temporary)
{
	int ret = 0, former = open(place->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct timespec now;
	uint64_t now_ns;

	if (rename(temporary, place->path) != 0)
		ret = -errno;
	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = rte_timespec_to_ns(&now);
	/* Readers of a file that cannot be marked see that another one is there. */
	if (ret == 0 && former >= 0 && is_stat_file(former))
		seqstat_pwrite(former, &now_ns, sizeof(now_ns),
			offsetof(struct seqstat_file_header, replaced_ns));
	if (former >= 0)
		close(former);

	return ret;
}

void
seqstat_place_leave(const struct seqstat_place *place, dev_t dev, ino_t ino)
{
	struct stat found;

	if ((place->flags & RTE_SEQSTAT_PUBLISH_KEEP) == 0 && lstat(place->path, &found) == 0 &&
			found.st_dev == dev && found.st_ino == ino)
		unlink(place->path);
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
