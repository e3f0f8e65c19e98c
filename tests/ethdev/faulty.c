/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * A preload that makes calls of seqstat's libraries fail: calls of the function SEQSTAT_FAULT, from
 * number SEQSTAT_FAULT_FROM on.
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/** Return whether a call fails. */
static bool
fails(const char *function, const void *caller)
{
	const char *fault = getenv("SEQSTAT_FAULT"), *from = getenv("SEQSTAT_FAULT_FROM");
	static int n_calls;
	Dl_info info;

	errno = ENOMEM;

	return fault != NULL && from != NULL && strcmp(fault, function) == 0 &&
		dladdr(caller, &info) != 0 && strstr(info.dli_fname, "librte_seqstat") != NULL &&
		++n_calls >= atoi(from);
}

/** Define a function: its type, name, result of a failure, parameters and arguments. */
#define FAULTY(type, function, failed, params, ...)				\
	type function params;							\
	type									\
	function params								\
	{									\
		type (*real) params = NULL;					\
										\
		if (fails(#function, __builtin_return_address(0)))		\
			return failed;						\
		*(void **)&real = dlsym(RTLD_NEXT, #function);			\
										\
		return real(__VA_ARGS__);					\
	}

FAULTY(int, posix_fallocate64, ENOSPC, (int fd, off_t at, off_t size), fd, at, size)
FAULTY(void *, rte_memzone_reserve, NULL, (const char *name, size_t size, int socket,
	unsigned int flags), name, size, socket, flags)
FAULTY(void *, rte_zmalloc_socket, NULL, (const char *type, size_t size, unsigned int align,
	int socket), type, size, align, socket)
FAULTY(int, rte_ctrl_thread_create, ENOMEM, (void *thread, const char *name, const void *attr,
	void *(*func)(void *), void *arg), thread, name, attr, func, arg)
FAULTY(void *, rte_eth_add_first_rx_callback, NULL, (unsigned short port, unsigned short queue,
	void *func, void *arg), port, queue, func, arg)
FAULTY(void *, rte_eth_add_tx_callback, NULL, (unsigned short port, unsigned short queue,
	void *func, void *arg), port, queue, func, arg)
FAULTY(int, rte_eth_dev_callback_register, -ENOMEM, (unsigned short port, int event, void *func,
	void *arg), port, event, func, arg)
