/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#ifndef MODEL_MEMORY_HPP
#define MODEL_MEMORY_HPP

/*
 * Memory models for the words of model_memory.h, on Relacy's scheduler
 *
 * c11  The C11 memory model, by Relacy.
 * tso  x86: each thread has a first-in-first-out store buffer.
 * pso  The stores of a thread become visible in any order that fences, store-releases and
 *      coherence of each word allow: a machine with multi-copy atomicity and "dmb ishst".
 *
 * C11 has no multi-copy atomicity. The cut through an idle writer (guarantee 4) holds only
 * with it, and only with it is the reader's full fence necessary: tso and pso check these.
 */

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

/* By default, Relacy keeps three stores of a word: too few for a load of an old value. */
#include <relacy/base.hpp>
namespace rl
{
size_t const model_history_size = 16;
}
#define atomic_history_size model_history_size
#include <relacy/context.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/backoff.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/atomic.hpp>
#include <relacy/var.hpp>
#include <relacy/test_suite.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/stdlib/event.hpp>
#undef atomic_history_size

#include "model_memory.h"

namespace model
{

enum memory_model { C11, TSO, PSO };
inline const char *const memory_names[] = { "c11", "tso", "pso" };

struct settings {
	memory_model memory = C11;
	/** Locks order nothing: a guarantee must break, or the scenarios do not need the locks. */
	bool weak_locks = false;
};

inline settings setting;

/** A vector of fixed capacity: Relacy would count an allocation as one of the tested code. */
template<typename type, size_t capacity>
class list {
public:
	size_t size() const { return n; }
	bool empty() const { return n == 0; }
	void clear() { n = 0; }
	type &operator[](size_t i) { return items[i]; }
	const type &operator[](size_t i) const { return items[i]; }
	type &back() { return items[n - 1]; }
	type *begin() { return items; }
	type *end() { return items + n; }

	void push_back(const type &item)
	{
		RL_ASSERT(n < capacity);
		items[n++] = item;
	}

	void erase(size_t i)
	{
		n--;
		for (; i < n; i++)
			items[i] = items[i + 1];
	}

private:
	type items[capacity];
	size_t n = 0;
};

/** A store that is not yet visible to other threads. */
struct buffered {
	volatile unsigned char *addr;
	uint64_t value;
	uint64_t number;
	/** All stores with a lower number become visible before this one. */
	uint64_t after;
};

struct word {
	rl::atomic<uint64_t> c11;
	uint64_t value; /* Under TSO and PSO. */
	unsigned int n_stores;
	bool is_lock;
};

typedef list<buffered, 512> store_buffer;

struct thread {
	store_buffer buffer;
	uint64_t n_stores, fenced;
	/** At each access of any thread, a store becomes visible with about 1/n probability. */
	unsigned int drain_one_in;
	/** Accesses until the thread is killed. */
	unsigned int left;
	jmp_buf death;
	bool dead;
	/** The thread must not wait, by guarantees 2 and 7. */
	bool wait_free;
	/** A copy of dead, by which other threads synchronise with the death under C11. */
	rl::atomic<uint64_t> *obituary;
};

inline const unsigned int IMMORTAL = ~0u;
inline word *words[MODEL_ARENA_SIZE / 4];
/**
 * Indices of the words that a scenario uses. Relacy needs them before the threads begin: a run
 * under TSO finds them.
 */
inline list<uint16_t, 512> used;
inline thread threads[MODEL_THREADS];
inline uint64_t clock_now;
/* With 1/n probability, a call finds that the clock has passed all timeouts; 0: never. */
inline unsigned int clock_jumps;
/* With 1/n probability, other threads run for long before an access; 0: never. */
inline unsigned int stalls;

inline rl::memory_order
order_of(int order)
{
	static_assert((int)rl::mo_relaxed == __ATOMIC_RELAXED &&
		(int)rl::mo_acquire == __ATOMIC_ACQUIRE &&
		(int)rl::mo_release == __ATOMIC_RELEASE &&
		(int)rl::mo_seq_cst == __ATOMIC_SEQ_CST, "the same numbers");
	return (rl::memory_order)order;
}

inline void
make_word(size_t i)
{
	uint64_t value = model_initial(&model_arena[i * 4]);

	words[i] = new ((::malloc)(sizeof(word))) word();
	words[i]->n_stores = 1;
	words[i]->is_lock = false;
	words[i]->value = value;
	words[i]->c11.store(value, rl::mo_relaxed, $);
}

inline word &
word_at(const volatile void *addr)
{
	size_t i = ((const volatile unsigned char *)addr - model_arena) / 4;

	if (i >= MODEL_ARENA_SIZE / 4 || (words[i] == nullptr && setting.memory == C11)) {
		fprintf(stderr, "access to a word that the run under TSO did not find\n");
		abort();
	}
	if (words[i] == nullptr) {
		used.push_back(i);
		make_word(i);
	}
	return *words[i];
}

inline rl::debug_info
info_of(const model_where &where)
{
	return rl::debug_info(where.func, where.file, where.line);
}

/** Return whether a store may become visible before the older ones in its buffer. */
inline bool
may_drain(const store_buffer &buffer, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (buffer[j].addr == buffer[i].addr || buffer[j].number < buffer[i].after)
			return false;
	return true;
}

/** A trace entry under TSO or PSO. */
struct word_event {
	const char *what;
	const volatile void *addr;
	uint64_t value;

	void output(std::ostream &s) const
	{
		s << what << " " << (const volatile unsigned char *)addr - model_arena
			<< ", value=" << value;
	}
};

inline void
log_event(const char *what, const volatile void *addr, uint64_t value, const model_where &where)
{
	rl::context &c = rl::ctx();

	if (c.collecting_history())
		c.exec_log(info_of(where), word_event{ what, addr, value });
}

/** Make one store visible, chosen at random among those that may be next. */
inline void
drain_one(thread &th)
{
	size_t i, n = 0, pick = 0;

	for (i = 0; i < th.buffer.size(); i++)
		if (may_drain(th.buffer, i) && rl::rand(++n) == 0)
			pick = i;
	word_at(th.buffer[pick].addr).value = th.buffer[pick].value;
	log_event("made visible:", th.buffer[pick].addr, th.buffer[pick].value, { "", "", 0 });
	th.buffer.erase(pick);
}

inline void
drain_all(thread &th)
{
	while (!th.buffer.empty())
		drain_one(th);
}

/** Begin a run. */
inline void
begin()
{
	static const unsigned int drains[] = { 2, 6, 30, 150, 1500 };
	static const unsigned int stall_rates[] = { 0, 100, 30 };

	for (word *&w : words)
		w = nullptr;
	for (uint16_t i : used)
		make_word(i);
	for (thread &th : threads) {
		th.buffer.clear();
		th.n_stores = th.fenced = 0;
		th.drain_one_in = drains[rl::rand(5)];
		th.left = IMMORTAL;
		th.dead = th.wait_free = false;
		th.obituary = new ((::malloc)(sizeof(*th.obituary))) rl::atomic<uint64_t>(0);
	}
	clock_now = 1;
	clock_jumps = 0;
	stalls = stall_rates[rl::rand(3)];
}

/** Make all stores visible, when no thread is running. */
inline void
settle()
{
	for (thread &th : threads)
		drain_all(th);
}

/** End a run. */
inline void
end()
{
	for (uint16_t i : used) {
		/* Relacy keeps enough stores for every old value; only the swap reads a lock. */
		RL_ASSERT(words[i]->n_stores < rl::model_history_size || words[i]->is_lock);
		words[i]->~word();
		::free(words[i]);
	}
	for (thread &th : threads) {
		th.obituary->~atomic();
		::free(th.obituary);
	}
}

/** Make some stores visible: more with more haste, for a thread that waits. */
inline void
drain_some(unsigned int haste)
{
	for (thread &th : threads)
		while (!th.buffer.empty() && rl::rand(1 + th.drain_one_in / haste) == 0)
			drain_one(th);
}

/** Before each access: switch threads, make stores visible, or kill this thread. */
inline void
step()
{
	thread &self = threads[model_self()];

	if (self.left != IMMORTAL && self.left-- == 0) {
		self.left = IMMORTAL;
		self.wait_free = false;
		self.obituary->store(1, rl::mo_release, $);
		self.dead = true;
		longjmp(self.death, 1);
	}
	if (stalls > 0 && rl::rand(stalls) == 0)
		for (unsigned int turns = rl::rand(100); turns > 0; turns--)
			rl::ctx().sched();
	if (setting.memory == C11)
		return;
	rl::ctx().sched();
	drain_some(1);
}

/** Run a part of a thread, and kill it after a number of accesses. */
template<typename function>
void
killable(unsigned int accesses, function part)
{
	thread &self = threads[model_self()];

	self.left = accesses;
	if (setjmp(self.death) == 0)
		part();
	self.left = IMMORTAL;
}

} /* namespace model */

unsigned char model_arena[MODEL_ARENA_SIZE];

int
model_self(void)
{
	return rl::ctx().threadx_->index_;
}

uint64_t
model_load(const volatile void *addr, int order, struct model_where where)
{
	using namespace model;

	step();
	word &w = word_at(addr);
	if (setting.memory == C11)
		return w.c11.load(order_of(order), info_of(where));
	const store_buffer &own = threads[model_self()].buffer;
	for (size_t i = own.size(); i-- > 0; )
		if (own[i].addr == addr)
			return own[i].value;
	log_event("load", addr, w.value, where);
	return w.value;
}

void
model_store(volatile void *addr, uint64_t value, int order, struct model_where where)
{
	using namespace model;

	step();
	word &w = word_at(addr);
	if (setting.memory == C11) {
		w.n_stores++;
		w.c11.store(value, order_of(order), info_of(where));
		return;
	}
	thread &self = threads[model_self()];
	bool in_order = setting.memory == TSO || order != __ATOMIC_RELAXED;
	uint64_t number = ++self.n_stores;

	log_event("store", addr, value, where);
	self.buffer.push_back({ (volatile unsigned char *)addr, value, number,
			in_order ? number : self.fenced });
}

void
model_fence(int order, struct model_where where)
{
	using namespace model;
	thread &self = threads[model_self()];

	step();
	if (setting.memory == C11) {
		rl::atomic_thread_fence(order_of(order), info_of(where));
		return;
	}
	if (order == __ATOMIC_SEQ_CST)
		drain_all(self);
	if (order == __ATOMIC_RELEASE)
		self.fenced = self.n_stores + 1;
}

/** Compare and swap the word of a lock, as a locked instruction of x86 does. */
static bool
lock_swap(volatile void *lock, uint64_t &expected, uint64_t value, struct model_where where)
{
	using namespace model;

	step();
	word &w = word_at(lock);
	if (setting.memory == C11) {
		w.is_lock = true;
		return w.c11.compare_exchange_strong(expected, value,
			setting.weak_locks ? rl::mo_relaxed : rl::mo_acquire, info_of(where));
	}
	drain_all(threads[model_self()]);
	if (w.value != expected) {
		expected = w.value;
		return false;
	}
	w.value = value;
	return true;
}

/** Take a lock that is free or, if robust, has a dead owner. Returns whether it is taken. */
static bool
lock_try(volatile void *lock, bool robust, struct model_where where)
{
	uint64_t owner = 0, self = model_self() + 1;

	/* Acquire: pairs with the store-release in model_unlock() or at the owner's death. */
	if (lock_swap(lock, owner, self, where))
		return true;
	return robust && model_dead(owner - 1) && lock_swap(lock, owner, self, where);
}

bool
model_trylock(volatile void *lock, struct model_where where)
{
	return lock_try(lock, true, where);
}

int
model_lock(volatile void *lock, bool timed, struct model_where where)
{
	while (!lock_try(lock, timed, where)) {
		if (timed && model::clock_jumps > 0 && rl::rand(model::clock_jumps) == 0)
			return -ETIMEDOUT;
		model_pause();
	}
	return 0;
}

void
model_unlock(volatile void *lock, struct model_where where)
{
	model_store(lock, 0, model::setting.weak_locks ? __ATOMIC_RELAXED : __ATOMIC_RELEASE,
			where);
}

void
model_pause(void)
{
	RL_ASSERT(!model::threads[model_self()].wait_free);
	model::step();
	rl::yield(1, $);
	model::drain_some(100);
}

uint64_t
model_time(void)
{
	model::clock_now++;
	if (model::clock_jumps > 0 && rl::rand(model::clock_jumps) == 0)
		model::clock_now += 1000 * 1000;
	return model::clock_now;
}

bool
model_dead(int index)
{
	using namespace model;
	thread &th = threads[index];

	if (setting.memory == C11)
		return th.obituary->load(rl::mo_acquire, $) != 0;
	if (th.dead)
		drain_all(th);
	return th.dead;
}

#endif /* MODEL_MEMORY_HPP */
