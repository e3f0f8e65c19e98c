/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_seqcount.h>
#include <rte_spinlock.h>

#include "test_seqstat_perf.h"

/*
 * A published comparison of ways to count, rebuilt from its description and with seqstat
 * added: M. Ronnblom, Data Plane Software Design, chapter "Statistics", section
 * "Performance Comparison".
 *
 * Each of four lcores processes packets: about a thousand cycles of calculations that
 * use no memory, then a call of a function that counts the packet and its bytes, once in
 * all and once for its flow. There are 1024 flows, each of which stays on its lcore, and
 * neighbours of which are on different lcores. The result is how many cycles longer a
 * packet takes than without that call, divided by its four adds.
 *
 * All lcores do the same at the same time, slice after slice, one contender after the other.
 */

#define N_FLOWS 1024
#define N_LCORES 4
#define N_ADDS 4
#define N_PACKETS 64 /* In a slice. */
#define WORK_CYCLES 1000

#define BUFFER_SIZE 1024 /* In adds. */
#define N_PACKETS_BUFFERED (BUFFER_SIZE / 2 / N_ADDS) /* From one flush to the next. */

struct flow_stats {
	uint64_t packets;
	uint64_t bytes;
};

struct stats {
	alignas(RTE_CACHE_LINE_SIZE) struct flow_stats flows[N_FLOWS];
	struct flow_stats total;
	rte_seqcount_t seqcount; /* Of all counters; not for all contenders. */
	rte_spinlock_t lock;     /* Likewise. */
};

struct atomic_stats {
	alignas(RTE_CACHE_LINE_SIZE) struct {
		RTE_ATOMIC(uint64_t) packets;
		RTE_ATOMIC(uint64_t) bytes;
	} flows[N_FLOWS], total;
};

/** Adds that are still to be done to the shared counters. */
struct write_buffer {
	alignas(RTE_CACHE_LINE_SIZE) uint32_t n;
	struct {
		uint64_t *counter;
		uint64_t n;
	} adds[BUFFER_SIZE];
};

/** In seqstat, row 0 has the totals and the flows follow. */
enum {
	PACKETS,
	BYTES,
	N_COUNTERS,
};

#define STRIDE RTE_SEQSTAT_STRIDE(N_COUNTERS)

/** What the contenders work on. */
struct book {
	struct stats shared;
	struct atomic_stats atomic;
	struct stats per_lcore[N_LCORES];
	struct write_buffer buffers[N_LCORES];
	struct rte_seqstat *st;
	struct rte_seqstat_writer *writers[N_LCORES];
	uint32_t n_lcores;

	/** The slice to be run, from 1 on: contenders take turns. */
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint32_t) slice;
	alignas(RTE_CACHE_LINE_SIZE) RTE_ATOMIC(uint32_t) n_done;
	/** Cycles a packet in the latest slice, and the longer probe. */
	struct {
		alignas(RTE_CACHE_LINE_SIZE) double cycles;
		double probe;
	} result[N_LCORES];
};

static struct book *book;

#define STOP UINT32_MAX

/* The contenders: each counts a packet in a function of its own, as a module would. */

static __rte_always_inline void
add_plain(struct stats *stats, uint32_t flow, uint64_t bytes)
{
	stats->total.packets++;
	stats->total.bytes += bytes;
	stats->flows[flow].packets++;
	stats->flows[flow].bytes += bytes;
}

/** Counters that all lcores share, without any synchronisation: updates are lost. */
static void __rte_noinline
count_shared_unsynchronized(uint32_t lcore __rte_unused, uint32_t flow, uint64_t bytes)
{
	add_plain(&book->shared, flow, bytes);
}

/** The same under one lock. */
static void __rte_noinline
count_shared_spinlock(uint32_t lcore __rte_unused, uint32_t flow, uint64_t bytes)
{
	rte_spinlock_lock(&book->shared.lock);
	add_plain(&book->shared, flow, bytes);
	rte_spinlock_unlock(&book->shared.lock);
}

static __rte_always_inline void
add_atomic(RTE_ATOMIC(uint64_t) *counter, uint64_t n)
{
	rte_atomic_fetch_add_explicit(counter, n, rte_memory_order_relaxed);
}

/** Counters that all lcores share, by atomic adds. */
static void __rte_noinline
count_shared_atomic(uint32_t lcore __rte_unused, uint32_t flow, uint64_t bytes)
{
	add_atomic(&book->atomic.total.packets, 1);
	add_atomic(&book->atomic.total.bytes, bytes);
	add_atomic(&book->atomic.flows[flow].packets, 1);
	add_atomic(&book->atomic.flows[flow].bytes, bytes);
}

/** Do what a buffer tells to the shared counters. */
static void
flush_buffer(struct write_buffer *buffer)
{
	uint32_t i;

	for (i = 0; i < buffer->n; i++)
		*buffer->adds[i].counter += buffer->adds[i].n;
	buffer->n = 0;
	rte_spinlock_unlock(&book->shared.lock);
}

static __rte_always_inline void
add_buffered(struct write_buffer *buffer, uint64_t *counter, uint64_t n)
{
	buffer->adds[buffer->n].counter = counter;
	buffer->adds[buffer->n].n = n;
	buffer->n++;
}

/** Shared counters, to which each lcore adds once its buffer is half full, or must at the end. */
static void __rte_noinline
count_shared_buffered(uint32_t lcore, uint32_t flow, uint64_t bytes)
{
	struct write_buffer *buffer = &book->buffers[lcore];
	struct stats *stats = &book->shared;

	if (buffer->n + N_ADDS > BUFFER_SIZE) {
		rte_spinlock_lock(&stats->lock);
		flush_buffer(buffer);
	} else if (buffer->n >= BUFFER_SIZE / 2 && rte_spinlock_trylock(&stats->lock)) {
		flush_buffer(buffer);
	}
	add_buffered(buffer, &stats->total.packets, 1);
	add_buffered(buffer, &stats->total.bytes, bytes);
	add_buffered(buffer, &stats->flows[flow].packets, 1);
	add_buffered(buffer, &stats->flows[flow].bytes, bytes);
}

/** Counters of each lcore: a reader sees groups torn. */
static void __rte_noinline
count_per_core(uint32_t lcore, uint32_t flow, uint64_t bytes)
{
	add_plain(&book->per_lcore[lcore], flow, bytes);
}

/** The same under a lock of each lcore. */
static void __rte_noinline
count_per_core_spinlock(uint32_t lcore, uint32_t flow, uint64_t bytes)
{
	struct stats *stats = &book->per_lcore[lcore];

	rte_spinlock_lock(&stats->lock);
	add_plain(stats, flow, bytes);
	rte_spinlock_unlock(&stats->lock);
}

/** The same under a sequence count of each lcore: a reader may starve. */
static void __rte_noinline
count_per_core_seqcount(uint32_t lcore, uint32_t flow, uint64_t bytes)
{
	struct stats *stats = &book->per_lcore[lcore];

	rte_seqcount_write_begin(&stats->seqcount);
	add_plain(stats, flow, bytes);
	rte_seqcount_write_end(&stats->seqcount);
}

static void __rte_noinline
count_seqstat(uint32_t lcore, uint32_t flow, uint64_t bytes)
{
	struct rte_seqstat_section sec = rte_seqstat_write_begin(book->writers[lcore]);

	rte_seqstat_add2(rte_seqstat_row_stride(&sec, 0, STRIDE), PACKETS, 1, bytes);
	rte_seqstat_add2(rte_seqstat_row_stride(&sec, 1 + flow, STRIDE), PACKETS, 1, bytes);
	rte_seqstat_write_end(&sec);
}

/** The run without statistics. */
static void __rte_noinline
count_nothing(uint32_t lcore __rte_unused, uint32_t flow __rte_unused,
		uint64_t bytes __rte_unused)
{
}

static const struct contender {
	const char *name;
	void (*count)(uint32_t lcore, uint32_t flow, uint64_t bytes);
	double published; /**< For four cores of Intel's Cascade Lake; 0: no such contender. */
	/**
	 * In a slice. Buffers are flushed once in each: the median would leave it out if it
	 * were in some slices only, or count it double.
	 */
	uint32_t n_packets;
} contenders[] = {
	{ "nothing", count_nothing, 0, N_PACKETS },
	{ "shared_unsynchronized", count_shared_unsynchronized, 27, N_PACKETS },
	{ "shared_spinlock", count_shared_spinlock, 436, N_PACKETS },
	{ "shared_atomic", count_shared_atomic, 56, N_PACKETS },
	{ "shared_buffered", count_shared_buffered, 18, N_PACKETS_BUFFERED },
	{ "per_core", count_per_core, 5, N_PACKETS },
	{ "per_core_spinlock", count_per_core_spinlock, 7, N_PACKETS },
	{ "per_core_seqcount", count_per_core_seqcount, 4, N_PACKETS },
	{ "seqstat", count_seqstat, 0, N_PACKETS },
};

#define N_CONTENDERS RTE_DIM(contenders)
#define NOTHING 0

/** Packets of an lcore's flows, in no order, of 64 to 1,511 bytes. */
static double
process_packets(uint32_t lcore, const struct contender *contender)
{
	uint32_t n_own = N_FLOWS / book->n_lcores;
	uint64_t packet = lcore + 1, start;
	uint32_t i;

	start = rte_rdtsc_precise();
	for (i = 0; i < contender->n_packets; i++) {
		packet = perf_work(packet, WORK_CYCLES);
		contender->count(lcore, (packet >> 32) % n_own * book->n_lcores + lcore,
			64 + packet % 1448);
	}

	return (double)(rte_rdtsc_precise() - start) / contender->n_packets;
}

/** Run a slice, unless the lcore cannot count. */
static void
run_slice(uint32_t lcore, uint32_t slice)
{
	double before = perf_probe();

	if (book->writers[lcore] != NULL)
		book->result[lcore].cycles = process_packets(lcore,
				&contenders[slice % N_CONTENDERS]);
	book->result[lcore].probe = RTE_MAX(before, perf_probe());
	/* The result is there: pairs with the load-acquire in await_slice(). */
	rte_atomic_fetch_add_explicit(&book->n_done, 1, rte_memory_order_release);
}

static void
await_slice(void)
{
	while (rte_atomic_load_explicit(&book->n_done, rte_memory_order_acquire) <
			book->n_lcores)
		rte_pause();
	rte_atomic_store_explicit(&book->n_done, 0, rte_memory_order_relaxed);
}

/** Get the calling lcore's writer. */
static void
attach_writer(uint32_t lcore)
{
	book->writers[lcore] = rte_seqstat_writer_attach(book->st, rte_lcore_id());
	if (book->writers[lcore] == NULL)
		printf("lcore %u has no writer: %s\n", rte_lcore_id(), rte_strerror(rte_errno));
}

static int
worker_main(void *arg)
{
	uint32_t lcore = (uint32_t)(uintptr_t)arg;
	uint32_t slice = 0, next;

	attach_writer(lcore);
	for (;;) {
		next = rte_atomic_load_explicit(&book->slice, rte_memory_order_acquire);
		if (next == STOP)
			return 0;
		if (next == slice) {
			rte_pause();
			continue;
		}
		slice = next;
		run_slice(lcore, slice);
	}
}

/** Rounds of all contenders, led by the main lcore, which also is the first of them. */
static void
run_rounds(struct perf_samples samples[N_CONTENDERS], uint32_t n_rounds)
{
	uint32_t slice, lcore, round, i;

	for (round = 0; round < n_rounds; round++)
		for (i = 0; i < N_CONTENDERS; i++) {
			slice = (round + 1) * N_CONTENDERS + i;
			rte_atomic_store_explicit(&book->slice, slice, rte_memory_order_release);
			run_slice(0, slice);
			await_slice();
			for (lcore = 0; lcore < book->n_lcores; lcore++)
				perf_samples_add(&samples[i], book->result[lcore].cycles,
					book->result[lcore].probe);
		}
	rte_atomic_store_explicit(&book->slice, STOP, rte_memory_order_release);
}

static void
report(const struct perf_samples samples[N_CONTENDERS])
{
	double nothing = perf_samples_median(&samples[NOTHING]), cycles;
	unsigned int i;

	printf("\nbook: cycles per add on %u lcores, %.0f cycles of work a packet\n"
		"  %-24s %8s %10s\n", book->n_lcores, nothing, "", "here", "published");
	perf_json_object_begin("book");
	for (i = NOTHING + 1; i < N_CONTENDERS; i++) {
		cycles = (perf_samples_median(&samples[i]) - nothing) / N_ADDS;
		perf_json_number(contenders[i].name, cycles);
		printf("  %-24s %8.2f", contenders[i].name, cycles);
		if (contenders[i].published > 0)
			printf(" %10.0f", contenders[i].published);
		printf("\n");
	}
	perf_json_object_end();
	perf_json_number("book_lcores", book->n_lcores);
	perf_json_number("book_work_cycles", nothing);
	perf_json_number("book_undisturbed", perf_samples_share(samples, N_CONTENDERS));
}

static bool
all_attached(void)
{
	uint32_t i;

	for (i = 0; i < book->n_lcores; i++)
		if (book->writers[i] == NULL)
			return false;

	return true;
}

static int
run(void)
{
	uint32_t n_rounds = perf_n_rounds(20000, 4000);
	struct perf_samples samples[N_CONTENDERS] = { 0 };
	unsigned int lcore_id, i;
	int ret = TEST_FAILED;
	uint32_t n = 1;

	for (i = 0; i < N_CONTENDERS; i++)
		if (!perf_samples_alloc(&samples[i], n_rounds * book->n_lcores))
			goto out;
	RTE_LCORE_FOREACH_WORKER(lcore_id)
		if (n < book->n_lcores)
			rte_eal_remote_launch(worker_main, (void *)(uintptr_t)n++, lcore_id);
	attach_writer(0);
	run_rounds(samples, n_rounds);
	rte_eal_mp_wait_lcore();
	if (all_attached()) {
		report(samples);
		ret = TEST_SUCCESS;
	}
out:
	for (i = 0; i < N_CONTENDERS; i++)
		perf_samples_free(&samples[i]);

	return ret;
}

int
perf_book(void)
{
	uint32_t i;
	int ret;

	book = rte_zmalloc("perf_book", sizeof(*book), alignof(struct book));
	TEST_ASSERT_NOT_NULL(book, "not enough memory");
	rte_spinlock_init(&book->shared.lock);
	book->n_lcores = RTE_MIN(rte_lcore_count(), (unsigned int)N_LCORES);
	book->st = test_seqstat_create("perf_book", N_COUNTERS, 1 + N_FLOWS);
	ret = book->st == NULL ? TEST_FAILED : run();
	for (i = 0; i < N_LCORES; i++)
		rte_seqstat_writer_detach(book->writers[i]);
	test_seqstat_destroy(book->st);
	rte_free(book);

	return ret;
}
