/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "console.h"
#include "log.h"

enum {
	FROM_SIGNALS,
	FROM_KEYS,
};

/* A negative descriptor is not listened to. */
static struct pollfd sources[] = {
	[FROM_SIGNALS] = { .fd = -1, .events = POLLIN },
	[FROM_KEYS] = { .fd = -1, .events = POLLIN },
};

static struct termios terminal_before;

int
console_open(void)
{
	sigset_t signals, blocked;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	blocked = signals;
	/* In the background, reading a key is to fail and not to stop the forwarding. */
	sigaddset(&blocked, SIGTTIN);
	sigaddset(&blocked, SIGTTOU);

	sources[FROM_SIGNALS].fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (sources[FROM_SIGNALS].fd < 0 || sigprocmask(SIG_BLOCK, &blocked, NULL) != 0) {
		LOG(ERR, "cannot receive signals: %s", strerror(errno));
		return -1;
	}
	return 0;
}

bool
console_keys_listen(void)
{
	struct termios terminal;

	if (tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &terminal_before) != 0)
		return false;
	/* Keys one by one and not shown; Ctrl-C still is a signal. */
	terminal = terminal_before;
	terminal.c_lflag &= ~(ICANON | ECHO);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &terminal) != 0)
		return false;
	sources[FROM_KEYS].fd = STDIN_FILENO;
	return true;
}

void
console_keys_ignore(void)
{
	if (sources[FROM_KEYS].fd < 0)
		return;
	sources[FROM_KEYS].fd = -1;
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

static enum console_event
signal_take(void)
{
	struct signalfd_siginfo info;

	if (read(sources[FROM_SIGNALS].fd, &info, sizeof(info)) != sizeof(info))
		return CONSOLE_NOTHING;
	return info.ssi_signo == SIGUSR1 ? CONSOLE_RESET : CONSOLE_QUIT;
}

static enum console_event
key_take(void)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) != 1) {
		/* The terminal is gone, or shows another program now. */
		sources[FROM_KEYS].fd = -1;
		return CONSOLE_NOTHING;
	}
	switch (key) {
	case 'l':
		return CONSOLE_LCORES;
	case 'q':
		return CONSOLE_QUIT;
	case 'r':
		return CONSOLE_RESET;
	default:
		return CONSOLE_NOTHING;
	}
}

/* What poll() takes as time limit. */
static int
ms_until(uint64_t until_tsc)
{
	uint64_t now = rte_get_tsc_cycles();
	uint64_t ms;

	if (until_tsc <= now)
		return 0;
	ms = (until_tsc - now) / (rte_get_tsc_hz() / MS_PER_S) + 1;
	return RTE_MIN(ms, (uint64_t)INT_MAX);
}

enum console_event
console_wait(uint64_t until_tsc)
{
	enum console_event event = CONSOLE_NOTHING;

	do {
		if (poll(sources, RTE_DIM(sources), ms_until(until_tsc)) <= 0)
			continue;
		event = sources[FROM_SIGNALS].revents != 0 ? signal_take() : key_take();
	} while (event == CONSOLE_NOTHING && rte_get_tsc_cycles() < until_tsc);
	return event;
}
