/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Callbacks that count the queues of ports, and the rows of these queues. */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_seqstat.h>
#include <rte_string_fns.h>

#include "rte_seqstat_ethdev.h"
#include "seqstat_compat.h"

RTE_LOG_REGISTER_DEFAULT(seqstat_ethdev_logtype, INFO);
#define RTE_LOGTYPE_SEQSTAT_ETHDEV seqstat_ethdev_logtype
#define LOG(level, ...) RTE_LOG_LINE_PREFIX(level, SEQSTAT_ETHDEV, "%s(): ", __func__, __VA_ARGS__)

/** Number of rows, unless the application chooses one: the greater of these two. */
#define MIN_ROWS 512
#define ROWS_PER_QUEUE 8

/** Powers of two, as poll_bucket() expects. With the counters, a row fills two cache lines. */
static const uint64_t poll_bounds[] = { 1, 2, 4, 8, 16, 32, 64 };
static const struct rte_seqstat_buckets poll_buckets = RTE_SEQSTAT_BUCKETS(poll_bounds);
#define POLL_SUM (RTE_SEQSTAT_ETHDEV_POLL_PACKETS + RTE_DIM(poll_bounds) + 1)

static const struct rte_seqstat_counter schema[] = {
	{ "rx_packets", "packets", "Packets that the driver returned to polls" },
	{ "rx_bytes", "bytes", "Bytes of these packets in memory" },
	{ "polls", "polls", "Calls of rte_eth_rx_burst()" },
	{ "empty_polls", "polls", "Polls that returned no packet" },
	{ "tx_offered_packets", "packets",
		"Packets passed to rte_eth_tx_burst(), sent or not; retries count again" },
	{ "tx_offered_bytes", "bytes",
		"Bytes of packets passed to rte_eth_tx_burst(), sent or not; retries count again" },
	{ "poll_packets", "packets", "Packets per poll, without empty polls",
		RTE_SEQSTAT_HISTOGRAM, &poll_buckets },
};

/** The two queues of a port with one queue id. Their callbacks may run at any time. */
struct queue {
	RTE_ATOMIC(uint32_t) counted; /**< The row plus 1 while it is counted; otherwise 0. */
	uint32_t row; /**< The row plus 1, also while it is not counted; 0 if there is none. */
	bool has_rx;  /**< Whether the receive queue has a callback. */
	bool has_tx;  /**< Whether the transmit queue has a callback. */
};

static struct queue queues[RTE_MAX_ETHPORTS * RTE_MAX_QUEUES_PER_PORT];
/** Names of the ports whose queues have rows. */
static char ports[RTE_MAX_ETHPORTS][RTE_ETH_NAME_MAX_LEN];
/** The set, which is opened before the first queue is counted. */
static struct rte_seqstat *set;
/** Guards all the above, except that callbacks read it without the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/** Return the queues of a port with a queue id. */
static struct queue *
queue_of(uint16_t port_id, uint32_t queue_id)
{
	return &queues[port_id * RTE_MAX_QUEUES_PER_PORT + queue_id];
}

/** Return the bytes of a burst of packets. */
static uint64_t
burst_bytes(struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;

	return bytes;
}

/** Return the bucket of a number of packets, 1 or more, without a search. */
static uint32_t
poll_bucket(uint32_t n)
{
	return RTE_MIN(rte_fls_u32(n - 1), (uint32_t)RTE_DIM(poll_bounds));
}

/** Return the writer of the calling lcore, or NULL: then rte_seqstat_begin() makes or finds one. */
static inline struct rte_seqstat_writer *
own_writer(void)
{
	const unsigned int lcore_id = rte_lcore_id();

	return likely(lcore_id < set->n_writers) ? set->writers[lcore_id] : NULL;
}

/** Count a poll in a section, and end the section. */
static inline void
add_rx(struct rte_seqstat_section sec, uint32_t row_id, uint16_t n, uint64_t bytes)
{
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, row_id);

	rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_POLLS, 1);
	if (n == 0) {
		rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_EMPTY_POLLS, 1);
	} else {
		rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_RX_PACKETS, n);
		rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_RX_BYTES, bytes);
		rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_POLL_PACKETS + poll_bucket(n), 1);
		rte_seqstat_add(row, POLL_SUM, n);
	}
	rte_seqstat_end(&sec);
}

/** Count packets to send in a section, and end the section. */
static inline void
add_tx(struct rte_seqstat_section sec, uint32_t row_id, uint16_t n, uint64_t bytes)
{
	struct rte_seqstat_row *row = rte_seqstat_row(&sec, row_id);

	rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_TX_OFFERED_PACKETS, n);
	rte_seqstat_add(row, RTE_SEQSTAT_ETHDEV_TX_OFFERED_BYTES, bytes);
	rte_seqstat_end(&sec);
}

/* The slow paths are functions of their own, so that callbacks save no registers for them. */

static __rte_noinline uint16_t
add_rx_slow(uint32_t row, uint16_t n, uint64_t bytes)
{
	add_rx(rte_seqstat_begin(set), row, n, bytes);

	return n;
}

static __rte_noinline uint16_t
add_tx_slow(uint32_t row, uint16_t n, uint64_t bytes)
{
	add_tx(rte_seqstat_begin(set), row, n, bytes);

	return n;
}

/** Count a poll: the receive callback. */
static uint16_t
count_rx(uint16_t port_id __rte_unused, uint16_t queue_id __rte_unused, struct rte_mbuf **pkts,
		uint16_t n, uint16_t max __rte_unused, void *arg)
{
	/* Pairs with the store-release in queue_start(). Otherwise the set could still be NULL. */
	const uint32_t counted = rte_atomic_load_explicit(&((struct queue *)arg)->counted,
			rte_memory_order_acquire);
	struct rte_seqstat_writer *w;
	uint64_t bytes;

	if (unlikely(counted == 0))
		return n;
	bytes = burst_bytes(pkts, n);
	w = own_writer();
	if (unlikely(w == NULL))
		return add_rx_slow(counted - 1, n, bytes);
	add_rx(rte_seqstat_writer_begin(w), counted - 1, n, bytes);

	return n;
}

/** Count packets to send: the transmit callback. */
static uint16_t
count_tx(uint16_t port_id __rte_unused, uint16_t queue_id __rte_unused, struct rte_mbuf **pkts,
		uint16_t n, void *arg)
{
	/* Pairs with the store-release in queue_start(), as in count_rx(). */
	const uint32_t counted = rte_atomic_load_explicit(&((struct queue *)arg)->counted,
			rte_memory_order_acquire);
	struct rte_seqstat_writer *w;
	uint64_t bytes;

	if (unlikely(counted == 0 || n == 0))
		return n;
	bytes = burst_bytes(pkts, n);
	w = own_writer();
	if (unlikely(w == NULL))
		return add_tx_slow(counted - 1, n, bytes);
	add_tx(rte_seqstat_writer_begin(w), counted - 1, n, bytes);

	return n;
}

/**
 * Give back the rows of a port's queues, from one queue id on. Lock held.
 *
 * No thread polls these queues, because the port is closed or the queues are gone. Only the primary
 * process clears rows, because other processes count in them, too.
 */
static int
queues_forget(uint16_t port_id, uint32_t queue_id)
{
	struct queue *queue;
	int ret = 0;

	for (; queue_id < RTE_MAX_QUEUES_PER_PORT; queue_id++) {
		queue = queue_of(port_id, queue_id);
		rte_atomic_store_explicit(&queue->counted, 0, rte_memory_order_relaxed);
		/* After an error, such as a timeout, the others keep their labels and values. */
		if (queue->row != 0 && ret == 0 && rte_eal_process_type() == RTE_PROC_PRIMARY)
			ret = rte_seqstat_row_clear(set, queue->row - 1);
		queue->row = 0;
	}

	return ret;
}

/** Give back the rows of a port that is being closed: the callback of an event. */
static int
port_closed(uint16_t port_id, enum rte_eth_event_type event __rte_unused,
		void *arg __rte_unused, void *ret_param __rte_unused)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = queues_forget(port_id, 0);
	if (ret != 0)
		LOG(WARNING, "port %s keeps rows: %s", ports[port_id], rte_strerror(-ret));
	ports[port_id][0] = '\0';
	pthread_mutex_unlock(&lock);

	return 0;
}

/** Allocate or find the row of a queue id. Returns the row or a negative errno. */
static int
row_get(const char *port, uint16_t queue_id)
{
	char text[sizeof("65535")];
	const char *const values[] = { port, text, NULL };
	int ret;

	snprintf(text, sizeof(text), "%" PRIu16, queue_id);
	ret = rte_seqstat_row_alloc(set, values);

	/* The row may exist from another process or an earlier one. */
	return ret == -EEXIST ? rte_seqstat_row_find(set, values) : ret;
}

/** Add the missing callbacks of a queue id. Returns 0 or a negative errno. Lock held. */
static int
callbacks_add(uint16_t port_id, uint16_t queue_id, const struct rte_eth_dev_info *info)
{
	struct queue *queue = queue_of(port_id, queue_id);

	/* Receive callbacks go first and transmit callbacks last, next to the driver. */
	if (queue_id < info->nb_rx_queues && !queue->has_rx) {
		queue->has_rx = rte_eth_add_first_rx_callback(port_id, queue_id, count_rx,
				queue) != NULL;
		if (!queue->has_rx && rte_errno != EINVAL)
			return -rte_errno;
	}
	if (queue_id < info->nb_tx_queues && !queue->has_tx) {
		queue->has_tx = rte_eth_add_tx_callback(port_id, queue_id, count_tx, queue) != NULL;
		if (!queue->has_tx && rte_errno != EINVAL)
			return -rte_errno;
	}

	return 0;
}

/** Start to count a queue id. Returns 0 or a negative errno. Lock held. */
static int
queue_start(uint16_t port_id, uint16_t queue_id, const struct rte_eth_dev_info *info)
{
	struct queue *queue = queue_of(port_id, queue_id);
	int ret = callbacks_add(port_id, queue_id, info);

	/* Hairpin queues, which no thread polls, have no callbacks. */
	if (!queue->has_rx && !queue->has_tx)
		return ret;
	if (queue->row == 0) {
		int row = row_get(ports[port_id], queue_id);

		if (row < 0)
			return row;
		queue->row = (uint32_t)row + 1;
	}
	/* Pairs with the load-acquire in the callbacks: the set is open when a row is seen. */
	rte_atomic_store_explicit(&queue->counted, queue->row, rte_memory_order_release);

	return ret;
}

/** Open the set that another process created. Returns NULL with rte_errno if it is another. */
static struct rte_seqstat *
set_lookup(void)
{
	struct rte_seqstat *st = rte_seqstat_lookup(RTE_SEQSTAT_ETHDEV_SET);
	struct rte_seqstat_info info;

	if (st == NULL)
		return NULL;
	if (rte_seqstat_info_get(st, &info) == 0 && info.n_counters == RTE_DIM(schema) &&
			info.n_values == POLL_SUM + 1 && info.n_labels == 2 &&
			strcmp(info.labels[0], "port") == 0)
		return st;
	LOG(ERR, "set '%s' is of the application or of another version", RTE_SEQSTAT_ETHDEV_SET);
	rte_seqstat_close(st);
	rte_errno = EEXIST;

	return NULL;
}

/** Create or open the set, unless this process has it. Returns 0 or an error. Lock held. */
static int
set_open(uint32_t n_rows)
{
	const struct rte_seqstat_params params = {
		.name = RTE_SEQSTAT_ETHDEV_SET,
		.counters = schema,
		.n_counters = RTE_DIM(schema),
		.n_rows = n_rows,
		.labels = (const char *const []){ "port", "queue", NULL },
		.socket_id = SOCKET_ID_ANY,
	};
	static bool watching;

	/* In a forked child, the handle of the parent is closed. */
	if (set != NULL && rte_seqstat_first_value(set, 0) == 0)
		return 0;
	set = rte_seqstat_create(&params);
	if (set == NULL && rte_errno == EEXIST)
		set = set_lookup();
	if (set == NULL)
		return -rte_errno;
	if (!watching && rte_eth_dev_callback_register(RTE_ETH_ALL, RTE_ETH_EVENT_DESTROY,
			port_closed, NULL) != 0)
		LOG(WARNING, "ports that are closed keep their rows");
	watching = true;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_ethdev_init, 26.11)
int
rte_seqstat_ethdev_init(uint32_t n_rows)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = set != NULL ? -EALREADY : set_open(n_rows);
	pthread_mutex_unlock(&lock);

	return ret;
}

/** Try to start a port. Returns 0 or a negative errno. Lock held. */
static int
port_try(uint16_t port_id, bool all)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_eth_dev_info info;
	uint32_t queue_id, n;
	int ret;

	ret = rte_eth_dev_info_get(port_id, &info);
	if (ret == 0)
		ret = rte_eth_dev_get_name_by_port(port_id, name);
	if (ret != 0)
		return ret;
	n = RTE_MAX(info.nb_rx_queues, info.nb_tx_queues);
	if (n == 0)
		return all ? 0 : -EINVAL;
	ret = set_open(RTE_MAX(n * ROWS_PER_QUEUE, (uint32_t)MIN_ROWS));
	if (ret != 0)
		return ret;
	/* The port id has another port, and no event reported the close of the former one. */
	if (strcmp(name, ports[port_id]) != 0)
		queues_forget(port_id, 0);
	strlcpy(ports[port_id], name, sizeof(ports[port_id]));
	queues_forget(port_id, n);
	for (queue_id = 0; queue_id < n && ret == 0; queue_id++)
		ret = queue_start(port_id, queue_id, &info);
	if (ret != 0)
		LOG(ERR, "port %s: not counted from queue %u on", name, queue_id - 1);

	return ret;
}

/** Start a port, and log an error. Returns 0 or a negative errno. Lock held. */
static int
port_start(uint16_t port_id, bool all)
{
	int ret = port_try(port_id, all);

	if (ret != 0)
		LOG(ERR, "cannot count port %" PRIu16 ": %s", port_id, rte_strerror(-ret));

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_ethdev_start, 26.11)
int
rte_seqstat_ethdev_start(uint16_t port_id)
{
	const bool all = port_id == RTE_ETH_ALL;
	int ret = 0, error;

	pthread_mutex_lock(&lock);
	if (!all)
		ret = port_start(port_id, false);
	for (port_id = 0; all && port_id < RTE_MAX_ETHPORTS; port_id++) {
		if (!rte_eth_dev_is_valid_port(port_id))
			continue;
		error = port_start(port_id, true);
		ret = ret != 0 ? ret : error;
	}
	pthread_mutex_unlock(&lock);

	return ret;
}

/** Stop counting a port or all. Returns whether a queue was counted. Lock held. */
static bool
stop(uint16_t port_id)
{
	const bool all = port_id == RTE_ETH_ALL;
	struct queue *queue;
	const struct queue *end;
	bool found = false;

	if (port_id > RTE_ETH_ALL)
		return false;
	queue = queue_of(all ? 0 : port_id, 0);
	end = queue + (all ? RTE_DIM(queues) : RTE_MAX_QUEUES_PER_PORT);
	for (; queue < end; queue++) {
		found |= queue->counted != 0;
		rte_atomic_store_explicit(&queue->counted, 0, rte_memory_order_relaxed);
	}

	return found;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_ethdev_stop, 26.11)
int
rte_seqstat_ethdev_stop(uint16_t port_id)
{
	bool found;

	pthread_mutex_lock(&lock);
	found = stop(port_id);
	pthread_mutex_unlock(&lock);

	return found ? 0 : -ENOENT;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_ethdev_free, 26.11)
void
rte_seqstat_ethdev_free(void)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	stop(RTE_ETH_ALL);
	for (i = 0; i < RTE_DIM(queues); i++)
		queues[i].row = 0;
	if (rte_seqstat_free(set) != 0)
		rte_seqstat_close(set);
	set = NULL;
	pthread_mutex_unlock(&lock);
}
