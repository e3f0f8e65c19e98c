/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "http.h"

#include <getopt.h>
#include <limits.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>

#define DEFAULT_LISTEN "127.0.0.1:9877"
#define DEFAULT_PATH "/run/seqstat"

static const char usage[] =
"Usage: dpdk-seqstat-exporter [OPTION]... [PATH]...\n"
"\n"
"Serve the newest records of stat files to Prometheus, as OpenMetrics or as text.\n"
"\n"
"  PATH                   stat file, or folder: its files *.seqstat when a\n"
"                         request arrives (default: " DEFAULT_PATH ")\n"
"  --listen ADDRESS:PORT  listen on a TCP port (default: " DEFAULT_LISTEN ");\n"
"                         0 is any free port; no address is all addresses\n"
"  --listen unix:PATH     listen on a UNIX socket\n"
"  --once[=FILE]          write the metrics as text to standard output, or to a\n"
"                         file that they replace, and exit\n"
"  --totals               export sums over lcores, not the values of each lcore\n"
"  --set NAME             export this set only (repeatable)\n"
"  --no-created           leave out the _created samples of OpenMetrics\n"
"  --help                 print this help and exit\n"
"\n"
"The exit status is 0 after SIGTERM or SIGINT, 1 if the exporter cannot listen,\n"
"and 2 for wrong options. With --once, it is 1 if a file cannot be read or\n"
"written.\n";

static int
write_page(struct page *page, FILE *to)
{
	char piece[32768];
	size_t n;

	while ((n = page_read(page, piece, sizeof(piece))) > 0)
		if (fwrite(piece, 1, n, to) != n)
			return -errno;

	return fflush(to) == 0 ? 0 : -errno;
}

/** Replace a file by a page, atomically. Returns 0 or a negative errno. */
static int
replace(struct page *page, const char *path)
{
	char temporary[PATH_MAX];
	int fd, ret;
	FILE *to;

	/* Prometheus' textfile collector ignores a name that does not end with ".prom". */
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = mkstemp(temporary);
	to = fd < 0 ? NULL : fdopen(fd, "w");
	if (to == NULL)
		return -errno;
	ret = fchmod(fd, 0644) == 0 ? write_page(page, to) : -errno;
	if (fclose(to) != 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && rename(temporary, path) != 0)
		ret = -errno;
	if (ret != 0)
		unlink(temporary);

	return ret;
}

/** Read all files once, and write a page. Returns the exit status. */
static int
write_once(struct choice *choice, const char *path)
{
	struct reading reading;
	struct metrics metrics;
	struct page page = { .reading = &reading, .metrics = &metrics };
	bool down = false;
	size_t i;
	int ret;

	reading_make(&reading, choice);
	metrics_make(&metrics, &reading);
	ret = path == NULL ? write_page(&page, stdout) : replace(&page, path);
	if (ret != 0)
		log_line("%s: %s", path == NULL ? "standard output" : path, strerror(-ret));
	for (i = 0; i < reading.n_apps; i++)
		down |= !reading.apps[i].up && !reading.apps[i].hidden;
	page_free(&page);
	metrics_free(&metrics);
	reading_free(&reading);

	return ret != 0 || down ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** Serve requests until a signal comes. Returns the exit status. */
static int
serve(struct choice *choice, const char *where)
{
	struct MHD_Daemon *daemon;
	sigset_t signals;
	int number;

	/* The thread of the server inherits the mask. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	daemon = http_start(choice, listen_on(where));
	if (daemon == NULL) {
		log_line("%s: the server does not start", where);
		return EXIT_FAILURE;
	}
	notify("READY=1");
	sigwait(&signals, &number);
	notify("STOPPING=1");
	MHD_stop_daemon(daemon);
	listen_end(where);

	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	enum { LISTEN = 1, ONCE, TOTALS, SET, NO_CREATED, HELP };
	static const struct option options[] = {
		{ "listen", required_argument, NULL, LISTEN },
		{ "once", optional_argument, NULL, ONCE },
		{ "totals", no_argument, NULL, TOTALS },
		{ "set", required_argument, NULL, SET },
		{ "no-created", no_argument, NULL, NO_CREATED },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	static char default_path[] = DEFAULT_PATH, *default_paths[] = { default_path };
	static struct choice choice;
	const char *where = DEFAULT_LISTEN, *file = NULL;
	bool once = false;
	int option;

	choice.created = true;
	choice.sets = text_alloc((size_t)argc, sizeof(choice.sets[0]));
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case LISTEN:
			where = optarg;
			break;
		case ONCE:
			once = true;
			file = optarg;
			break;
		case TOTALS:
			choice.totals = true;
			break;
		case SET:
			choice.sets[choice.n_sets++] = optarg;
			break;
		case NO_CREATED:
			choice.created = false;
			break;
		case HELP:
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs("Try --help.\n", stderr);
			return 2;
		}
	}
	choice.paths = optind < argc ? &argv[optind] : default_paths;
	choice.n_paths = optind < argc ? (size_t)(argc - optind) : 1;

	return once ? write_once(&choice, file) : serve(&choice, where);
}
