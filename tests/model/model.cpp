/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Threads that call the library's own code in random interleavings under a memory model
 *
 * Each scenario asserts guarantees of rte_seqstat.h, which its comment names: G1 to G7. Claim of
 * the proof page: guarantees 1, 2 and 4 to 7 under C11, x86-TSO and PSO. The fences and orders
 * are those of the library's sources, where each names its partner.
 *
 * Section k of a writer adds 2^k, so that a value shows the sections in it.
 */

#include <cinttypes>
#include <fstream>
#include <unistd.h>
#include <vector>

#include "model_memory.hpp"
#include "model_code.h"

namespace
{

/* Conditions of G4 that a run violates, to see an assertion fail. */
struct {
	bool message;  /* Send by a relaxed store. */
	bool receive;  /* Receive inside the section, not before it. */
} broken;

/** A section of a writer, to compare snapshots with. */
struct section {
	model_change what;
	bool cut_short; /* Its thread died in it. */
	/** The section that the received message names, which began before; slot < 0: none. */
	int before_slot;
	size_t before_index;
};

struct writer {
	model::list<section, 8> sections;
	void *block;
	bool shared;
};

writer writers[MODEL_SLOTS];
/** The newest values that any reader took. */
model_reading newest[MODEL_SLOTS];
/** The open section of each thread. */
section *current[MODEL_THREADS];

/** Mask of the rows that sections may change. */
unsigned int countable;
/** The row that the scenario clear clears, of the writer in slot 0. */
const unsigned int CLEARED = 1;

/** Number of events without which a check would be vacuous. */
struct {
	uint64_t clears, cuts, timeouts, takeovers, kills, seqcounts;
} seen;

/** Begin a run: prepare it before its threads begin. */
template<typename function>
void
begin_run(function prepare)
{
	model::begin();
	model_counters = 3 + rl::rand(2);
	model_set_make();
	for (writer &w : writers) {
		w.sections.clear();
		w.block = nullptr;
		w.shared = false;
	}
	memset(newest, 0, sizeof(newest));
	memset(current, 0, sizeof(current));
	countable = (1 << MODEL_ROWS) - 1;
	prepare();
	model::settle();
}

/** Choose the rows that a section changes, at random. */
model_change
random_change(size_t index)
{
	model_change what = {};
	unsigned int rows = (1 + rl::rand((1 << MODEL_ROWS) - 1)) & countable;

	for (unsigned int row = 0; row < MODEL_ROWS; row++)
		if (rows & (1 << row))
			what.add[row] = UINT64_C(1) << index;
	return what;
}

/** A future section. */
struct plan {
	unsigned int slot;
	int from = -1;         /* The sender of the message to receive, or -1. */
	uint64_t received = 0; /* The message: the number of the sender's section, from 1. */
	bool receive = false;  /* Receive inside the section. */
	bool send = false;     /* Send inside the section. */
};

model_change
begin_plan(void *arg)
{
	plan *p = (plan *)arg;
	auto &sections = writers[p->slot].sections;

	if (p->receive)
		p->received = model_receive(p->from);
	sections.push_back({ random_change(sections.size()), false,
			p->received ? p->from : -1, (size_t)p->received - 1 });
	current[model_self()] = &sections.back();
	if (p->send)
		model_send(p->slot, sections.size(), !broken.message);
	return current[model_self()]->what;
}

void
run_section(plan p)
{
	void *block = writers[p.slot].block;
	bool shared = writers[p.slot].shared;

	/* G2 and G7: an lcore never waits, which model_pause() asserts. */
	model::threads[model_self()].wait_free = !shared;
	(shared ? model_section_shared : model_section)(block, begin_plan, &p);
	model::threads[model_self()].wait_free = false;
	current[model_self()] = nullptr;
}

void
run_sections(unsigned int slot, unsigned int n)
{
	while (n-- > 0)
		run_section({ slot });
}

/**
 * G1: find the number of complete sections after which a writer has the values of a snapshot.
 *
 * If a thread died in a section, a flagged writer may show any part of that section.
 *
 * @return
 *   The largest such number, or -1: the values contain a part of a section.
 */
int
sections_in(const writer &w, const model_reading &reading)
{
	for (int n = w.sections.size(); n >= 0; n--) {
		bool without = true, with = true, with_part = reading.torn;
		for (unsigned int row = 0; row < MODEL_ROWS; row++) {
			uint64_t complete = 0, cut_short = 0;
			for (int i = 0; i < n; i++)
				(w.sections[i].cut_short ? cut_short : complete) +=
					w.sections[i].what.add[row];
			for (unsigned int i = 0; i < model_counters; i++) {
				uint64_t value = reading.value[row][i];
				without &= value == complete;
				with &= value == complete + cut_short;
				with_part &= (value & ~cut_short) == complete;
			}
		}
		if (without || with || with_part)
			return n;
	}
	return -1;
}

/** Return whether the values contain a part, not all, of a section in which a thread died. */
bool
has_part(const writer &w, const model_reading &reading)
{
	bool some = false, all = true;

	for (unsigned int row = 0; row < MODEL_ROWS; row++) {
		uint64_t cut_short = 0;
		for (size_t i = 0; i < w.sections.size(); i++)
			if (w.sections[i].cut_short)
				cut_short |= w.sections[i].what.add[row];
		for (unsigned int i = 0; i < model_counters; i++) {
			some |= (reading.value[row][i] & cut_short) != 0;
			all &= (reading.value[row][i] & cut_short) == cut_short;
		}
	}
	return some && !all;
}

/** G4: a snapshot with a section contains all sections that began before it. */
void
check_cut(const model_reading readings[MODEL_SLOTS], const int n_sections[MODEL_SLOTS])
{
	for (unsigned int slot = 0; slot < MODEL_SLOTS; slot++) {
		for (int i = 0; i < n_sections[slot]; i++) {
			const section &y = writers[slot].sections[i];
			if (y.before_slot < 0)
				continue;
			/* C11 has no multi-copy atomicity: G4 holds after an acknowledgment. */
			if (model::setting.memory == model::C11 &&
					!readings[y.before_slot].acked)
				continue;
			seen.cuts++;
			RL_ASSERT(n_sections[y.before_slot] > (int)y.before_index);
		}
	}
}

/** Return whether a thread was killed in this run. */
bool
thread_died()
{
	for (const auto &thread : model::threads)
		if (thread.dead)
			return true;
	return false;
}

/** A snapshot object, and the last values in it. */
struct reader {
	void *snapshot;
	model_reading last[MODEL_SLOTS];

	void make()
	{
		memset(last, 0, sizeof(last));
		snapshot = model_snapshot_create();
	}

	int take()
	{
		model_reading bound[MODEL_SLOTS], now[MODEL_SLOTS];
		int n_sections[MODEL_SLOTS] = {};

		memcpy(bound, newest, sizeof(bound));
		int ret = take_by_slot(now);
		for (unsigned int slot = 0; slot < MODEL_SLOTS; slot++) {
			n_sections[slot] = sections_in(writers[slot], now[slot]);
			RL_ASSERT(n_sections[slot] >= 0); /* G1 */
			RL_ASSERT(now[slot].torn_now || !has_part(writers[slot], now[slot]) ||
				has_part(writers[slot], last[slot]));
			RL_ASSERT(!now[slot].torn || thread_died());
			/* G5: never less than the object had before. */
			check_forward(last[slot], now[slot]);
			if (ret != 0 && (now[slot].late || now[slot].writer == nullptr))
				continue;
			RL_ASSERT(!now[slot].late);
			/* G5: never less than another reader's snapshot before this one. */
			check_forward(bound[slot], now[slot]);
			newest[slot] = now[slot];
		}
		if (ret == 0)
			check_cut(now, n_sections);
		else
			seen.timeouts++;
		memcpy(last, now, sizeof(last));
		return ret;
	}

	/** Take a snapshot, and find the scenario's writers in it. */
	int take_by_slot(model_reading now[MODEL_SLOTS])
	{
		model_reading all[MODEL_SLOTS];
		int ret = model_take(snapshot, all);

		memset(now, 0, MODEL_SLOTS * sizeof(now[0]));
		for (const model_reading &reading : all) {
			unsigned int slot = 0;
			while (slot < MODEL_SLOTS && writers[slot].block != reading.writer)
				slot++;
			if (slot < MODEL_SLOTS && reading.writer != nullptr) {
				now[slot] = reading;
				if (slot == 0 && reading.read)
					add_retired(now[slot]);
			}
			/* A writer that no scenario thread has received yet: all values are 0. */
			else if (!reading.late)
				check_forward(reading, model_reading());
		}
		return ret;
	}

	/** Add retired values to the cleared row: a clear neither loses nor doubles a count. */
	void add_retired(model_reading &now)
	{
		uint64_t retired[MODEL_COUNTERS];

		model_retired(snapshot, retired);
		for (unsigned int i = 0; i < model_counters; i++) {
			seen.clears += i == 0 && retired[i] != 0;
			now.value[CLEARED][i] += retired[i];
		}
	}

	/** Take a number of snapshots, at random times. */
	void take_some(unsigned int n)
	{
		while (n-- > 0) {
			for (unsigned int i = rl::rand(12); i > 0; i--)
				model_pause();
			take();
		}
	}

	/** G5: no value decreases. */
	static void check_forward(const model_reading &older, const model_reading &newer)
	{
		for (unsigned int row = 0; row < MODEL_ROWS; row++)
			for (unsigned int i = 0; i < MODEL_COUNTERS; i++)
				RL_ASSERT(newer.value[row][i] >= older.value[row][i]);
	}
};

/** G6 and G7: when no thread runs, a new reader gets every section, also after kills. */
void
check_rest()
{
	reader last;

	model::settle();
	model::clock_jumps = 0;
	last.make();
	RL_ASSERT(last.take() == 0);
	for (unsigned int slot = 0; slot < MODEL_SLOTS; slot++)
		RL_ASSERT(sections_in(writers[slot], last.last[slot]) ==
			(int)writers[slot].sections.size());
	model_snapshot_free(last.snapshot);
}

void
end_run()
{
	check_rest();
	model::end();
}

/** Run a part of a thread, and kill it at its n-th access. */
template<typename function>
void
run_killable(unsigned int n, function part)
{
	model::killable(n, part);
	if (!model::threads[model_self()].dead)
		return;
	seen.kills++;
	if (current[model_self()] != nullptr)
		current[model_self()]->cut_short = true;
}

/** Allocate or adopt the writer of a thread. Returns whether that succeeded. */
bool
get_writer(unsigned int slot, int thread)
{
	void *block = model_writer(slot, thread);

	if (block != nullptr)
		writers[slot] = { writers[slot].sections, block, slot == MODEL_LCORES };
	return block != nullptr;
}

/**
 * G1, G4, G5, G6: three writers pass a message on while a reader takes snapshots.
 *
 * Threads allocate some of the writers during the snapshots.
 */
struct cut : rl::test_suite<cut, 4>
{
	unsigned int made_late; /* Mask of writers that their threads allocate. */
	reader r;

	void before()
	{
		begin_run([this] {
			made_late = rl::rand(8);
			/* A reader reads writers in the order of their allocation. */
			static const unsigned int orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 } };
			const unsigned int *order = orders[rl::rand(2)];
			for (unsigned int i = 0; i < 3; i++)
				if (!(made_late & (1 << order[i])))
					get_writer(order[i], order[i]);
			r.make();
		});
	}

	/** Lcore n receives from lcore n - 1, counts, and sends to lcore n + 1. */
	void writer_thread(unsigned int slot)
	{
		plan p = { slot, (int)slot - 1 };

		if (made_late & (1 << slot))
			get_writer(slot, slot);
		run_sections(slot, rl::rand(3));
		p.receive = broken.receive && p.from >= 0;
		if (p.from >= 0 && !p.receive)
			for (int i = 0; i < 6 && p.received == 0; i++)
				p.received = model_receive(p.from);
		p.send = rl::rand(2) != 0;
		run_section(p);
		if (!p.send)
			model_send(slot, writers[slot].sections.size(), !broken.message);
		run_sections(slot, rl::rand(3));
	}

	void thread(unsigned int index)
	{
		if (index < 3) {
			writer_thread(index);
			return;
		}
		r.take_some(2);
	}

	void after()
	{
		model_snapshot_free(r.snapshot);
		end_run();
	}
};

/**
 * G1, G5, G6, G7: two readers of one writer time out and pass the turn on; one may be killed.
 */
struct readers : rl::test_suite<readers, 3>
{
	reader r[2];

	void before()
	{
		begin_run([this] {
			get_writer(0, 2);
			r[0].make();
			r[1].make();
			if (rl::rand(2) != 0)
				model::clock_jumps = 12;
		});
	}

	void thread(unsigned int index)
	{
		if (index == 2) {
			run_sections(0, 4);
		} else if (index == 1 || rl::rand(2) == 0) {
			r[index].take_some(2);
		} else {
			run_killable(rl::rand(200), [this] { r[0].take_some(2); });
		}
	}

	void after()
	{
		model_snapshot_free(r[0].snapshot);
		model_snapshot_free(r[1].snapshot);
		end_run();
	}
};

/** G1, G5, G6: two threads count on a shared writer while a reader takes snapshots. */
struct shared : rl::test_suite<shared, 3>
{
	reader r;

	void before()
	{
		begin_run([this] {
			get_writer(MODEL_LCORES, 0);
			r.make();
		});
	}

	void thread(unsigned int index)
	{
		if (index < 2) {
			run_sections(MODEL_LCORES, 2);
		} else {
			r.take_some(2);
		}
	}

	void after()
	{
		model_snapshot_free(r.snapshot);
		end_run();
	}
};

/**
 * G1, G5, G6, G7: a process adopts the writer of another, which was killed or released it.
 *
 * If the first process still has its writer, the second one gets another of the same lcore id.
 */
struct takeover : rl::test_suite<takeover, 3>
{
	static const unsigned int OTHER = 1;
	unsigned int slot;
	bool put; /* The first process released its writer. */
	reader r;

	void before()
	{
		begin_run([this] {
			slot = rl::rand(2) != 0 ? MODEL_LCORES : 0;
			put = false;
			if (rl::rand(2) != 0)
				model::clock_jumps = 30;
			r.make();
		});
	}

	void first()
	{
		if (!get_writer(slot, 0))
			return;
		run_sections(slot, 3);
		if (rl::rand(2) != 0) {
			model_writer_put(writers[slot].block);
			put = true;
		}
	}

	void second()
	{
		for (int i = 0; i < 80 && !put && !model::threads[0].dead; i++)
			model_pause();
		void *block = model_writer(slot, 1);
		if (block == nullptr)
			return;
		if (block != writers[slot].block) {
			writers[OTHER] = { writers[OTHER].sections, block, slot == MODEL_LCORES };
			run_sections(OTHER, 2);
			return;
		}
		seen.takeovers++;
		run_sections(slot, 2);
	}

	void thread(unsigned int index)
	{
		if (index == 0)
			run_killable(rl::rand(140), [this] { first(); });
		else if (index == 1)
			second();
		else
			r.take_some(3);
	}

	void after()
	{
		model_snapshot_free(r.snapshot);
		end_run();
	}
};

/**
 * G1, G5, G6, G7: a process that may be killed clears a row.
 *
 * The writer counts in the other rows of the unit, and in the row after the clear.
 */
struct clear : rl::test_suite<clear, 3>
{
	reader r;

	void before()
	{
		begin_run([this] {
			get_writer(0, 0);
			r.make();
			run_sections(0, 1);
			countable &= ~(1u << CLEARED);
			if (rl::rand(4) == 0)
				model::clock_jumps = 12;
		});
	}

	void thread(unsigned int index)
	{
		if (index == 0) {
			for (int i = 0; i < 4; i++) {
				if (model_receive(MODEL_LCORES) != 0)
					countable |= 1u << CLEARED;
				run_sections(0, 1);
			}
		} else if (index == 1) {
			run_killable(rl::rand(120), [] {
				if (model_clear(CLEARED))
					model_send(MODEL_LCORES, 1, true);
			});
		} else {
			r.take_some(3);
		}
	}

	void after()
	{
		model_snapshot_free(r.snapshot);
		end_run();
	}
};

/** G1: a reader that uses only DPDK's sequence lock, while another one makes the writer save. */
struct seqcount : rl::test_suite<seqcount, 3>
{
	reader r;

	void before()
	{
		begin_run([this] {
			get_writer(0, 0);
			r.make();
		});
	}

	void thread(unsigned int index)
	{
		if (index == 0) {
			run_sections(0, 3);
		} else if (index == 1) {
			r.take();
		} else {
			for (int i = 0; i < 3; i++) {
				model_reading reading = {};
				if (!model_read_seqcount(writers[0].block, &reading))
					continue;
				seen.seqcounts++;
				RL_ASSERT(sections_in(writers[0], reading) >= 0);
			}
		}
	}

	void after()
	{
		model_snapshot_free(r.snapshot);
		end_run();
	}
};

/** An event that a scenario must see in at least 1 % of its runs, or its checks are vacuous. */
struct sight {
	const char *name;
	const uint64_t *count;
};

const sight IDLE = { "read idle", &model_tally.read_idle };
const sight ACKED = { "read after an acknowledgment", &model_tally.read_acked };
const sight SAVED = { "rows saved", &model_tally.rows_saved };
const sight REPAIRS = { "sections closed", &model_tally.repairs };
const sight CLEARS = { "clears", &seen.clears };
const sight CUTS = { "cuts", &seen.cuts };
const sight LATE = { "timeouts", &seen.timeouts };
const sight KILLS = { "kills", &seen.kills };
const sight TAKEOVERS = { "adoptions", &seen.takeovers };
const sight SEQCOUNTS = { "read by sequence count", &seen.seqcounts };

const struct scenario {
	const char *name;
	bool (*run)(rl::test_params &params);
	std::vector<sight> sights;
} scenarios[] = {
	{ "cut", rl::simulate<cut>, { IDLE, ACKED, SAVED, CUTS } },
	{ "readers", rl::simulate<readers>, { IDLE, ACKED, SAVED, LATE, KILLS } },
	{ "shared", rl::simulate<shared>, { IDLE, ACKED, SAVED } },
	{ "takeover", rl::simulate<takeover>,
		{ IDLE, ACKED, SAVED, LATE, KILLS, TAKEOVERS, REPAIRS } },
	{ "clear", rl::simulate<clear>, { IDLE, ACKED, SAVED, LATE, KILLS, CLEARS } },
	{ "seqcount", rl::simulate<seqcount>, { SAVED, SEQCOUNTS } },
};

bool
run(const scenario &s, uint64_t iterations, bool trace)
{
	std::ofstream nowhere;
	rl::test_params params;

	params.iteration_count = iterations;
	params.execution_depth_limit = 40000;
	params.progress_stream = &nowhere;
	params.output_stream = trace ? &std::cout : &nowhere;
	if (s.run(params))
		return true;
	printf("%s, %s: violated in run %" PRIu64 ": %s\n", s.name,
		model::memory_names[model::setting.memory], (uint64_t)params.stop_iteration,
		rl::test_result_str(params.test_result));
	return false;
}

/** Find the words that a scenario uses, see model::used. */
bool
learn(const scenario &s)
{
	model::settings wanted = model::setting;

	model::used.clear();
	model::setting.memory = model::TSO;
	bool passed = run(s, 500, false);
	model::setting = wanted;
	return passed;
}

/** Print the events. Returns whether each occurred often enough. */
bool
report(const scenario &s, uint64_t runs)
{
	bool all = true;

	printf("%s, %s: %" PRIu64 " runs", s.name,
		model::memory_names[model::setting.memory], runs);
	for (const sight &what : s.sights) {
		printf(", %s %" PRIu64, what.name, *what.count);
		all = all && *what.count > runs / 100;
	}
	printf(all ? "\n" : ": not seen often enough\n");
	return all;
}

void
print_usage()
{
	fprintf(stderr, "usage: seqstat-model [-m c11|tso|pso] [-n runs] [-s scenario] "
		"[-b message|receive|locks] [-t]\n");
}

bool
parse_memory(const char *name)
{
	for (int i = 0; i < 3; i++) {
		if (strcmp(name, model::memory_names[i]) == 0) {
			model::setting.memory = (model::memory_model)i;
			return true;
		}
	}
	return false;
}

bool
parse_break(const char *name)
{
	if (strcmp(name, "message") == 0)
		broken.message = true;
	else if (strcmp(name, "receive") == 0)
		broken.receive = true;
	else if (strcmp(name, "locks") == 0)
		model::setting.weak_locks = true;
	else
		return false;
	return true;
}

} /* namespace */

int
main(int argc, char **argv)
{
	const char *only = nullptr;
	uint64_t runs = 1000;
	bool trace = false, valid = true;
	int opt;

	while ((opt = getopt(argc, argv, "m:n:s:b:t")) != -1) {
		if (opt == 'm')
			valid = valid && parse_memory(optarg);
		else if (opt == 'n')
			runs = strtoull(optarg, nullptr, 0);
		else if (opt == 's')
			only = optarg;
		else if (opt == 'b')
			valid = valid && parse_break(optarg);
		else if (opt == 't')
			trace = true;
		else
			valid = false;
	}
	if (!valid) {
		print_usage();
		return 2;
	}
	for (const scenario &s : scenarios) {
		if (only != nullptr && strcmp(only, s.name) != 0)
			continue;
		if (!learn(s))
			return 1;
		memset(&seen, 0, sizeof(seen));
		memset(&model_tally, 0, sizeof(model_tally));
		if (!run(s, runs, trace))
			return 1;
		if (!report(s, runs))
			return 3;
	}
	return 0;
}
