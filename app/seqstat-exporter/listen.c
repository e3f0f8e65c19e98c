/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "http.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 128

/** Return the path of unix:PATH, or NULL for other addresses. */
static const char *
unix_path(const char *where)
{
	return strncmp(where, "unix:", 5) == 0 ? where + 5 : NULL;
}

static int
give_up(const char *where, const char *why)
{
	log_line("%s: %s", where, why);
	exit(EXIT_FAILURE);
}

static int
listen_unix(const char *where)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = unix_path(where);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (strlen(path) >= sizeof(address.sun_path))
		give_up(where, "the path is too long");
	memcpy(address.sun_path, path, strlen(path));
	/* Remove the socket of a process that was killed. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && connect(fd,
			(struct sockaddr *)&address, sizeof(address)) != 0 && errno == ECONNREFUSED)
		unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, BACKLOG) != 0)
		give_up(where, strerror(errno));
	log_line("listening on %s", where);

	return fd;
}

static int
listen_tcp(const char *where)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	char name[NI_MAXHOST], port[NI_MAXSERV], *host = name;
	const char *colon = strrchr(where, ':');
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct addrinfo *found;
	int fd, ret, one = 1;

	/* getaddrinfo() would take a larger port modulo 65536. */
	if (colon == NULL || colon - where >= NI_MAXHOST ||
			strtoul(colon + 1, NULL, 10) > UINT16_MAX)
		give_up(where, "not ADDRESS:PORT or unix:PATH");
	snprintf(name, sizeof(name), "%.*s", (int)(colon - where), where);
	/* Brackets enclose an IPv6 address. */
	if (*host == '[' && colon[-1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	ret = getaddrinfo(*host == '\0' ? NULL : host, colon + 1, &hints, &found);
	if (ret != 0)
		give_up(where, gai_strerror(ret));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
			bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
			listen(fd, BACKLOG) != 0 ||
			getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		give_up(where, strerror(errno));
	freeaddrinfo(found);
	/* Port 0 means any free port. */
	getnameinfo((struct sockaddr *)&address, size, name, sizeof(name), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV);
	log_line(strchr(name, ':') != NULL ? "listening on http://[%s]:%s/metrics" :
		"listening on http://%s:%s/metrics", name, port);

	return fd;
}

int
listen_on(const char *where)
{
	return unix_path(where) != NULL ? listen_unix(where) : listen_tcp(where);
}

void
listen_end(const char *where)
{
	if (unix_path(where) != NULL)
		unlink(unix_path(where));
}

void
notify(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	socklen_t size;
	int fd;

	if (path == NULL || strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path));
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	/* systemd writes '@' for the NUL of an abstract socket. */
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
		log_line("cannot send %s to systemd: %s", state, strerror(errno));
	close(fd);
}
