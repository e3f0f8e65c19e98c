/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * The protocol on x86: stores go through a first-in-first-out buffer, loads read memory
 *
 * A hand-made model of rte_seqstat_writer_begin() to rte_seqstat_end(),
 * __rte_seqstat_row_save(), publish(), begin_epoch(), find_writers(), end_epoch(),
 * seqstat_read_acked() and seqstat_read_idle(): what is changed there is changed here.
 * Run by tso.py, which names the sizes and the mutants by -D.
 *
 * A thread never loads a word from its own buffer: writers know their own words, the reader
 * its epoch. So loads need not look there. And no other thread sees a store before it leaves
 * the buffer: all stores between two loads are one step.
 */

/* Rows of a unit: one or two. */
#ifndef UNIT_ROWS
#define UNIT_ROWS 1
#endif

/* The last writer may have another number of sections than the others. */
#if SECTIONS > LAST_SECTIONS
#define MOST_SECTIONS SECTIONS
#else
#define MOST_SECTIONS LAST_SECTIONS
#endif

#define READER WRITERS
/* All that a writer can store: it never waits for room. */
#define DEPTH (MOST_SECTIONS * (4 + 3 * ROWS) + 1)

/* Addresses: the epoch, then the words of each writer. A unit has the tag of its first row. */
#define EPOCH 0
#define WORDS (4 + 3 * ROWS)
#define LISTED(w) (1 + (w) * WORDS)
#define SN(w) (2 + (w) * WORDS)
#define ACK(w) (3 + (w) * WORDS)
#define MESSAGE(w) (4 + (w) * WORDS)
#define TAG(w, r) (5 + (w) * WORDS + 3 * ((r) - (r) % UNIT_ROWS))
#define VALUE(w, r) (6 + (w) * WORDS + 3 * (r))
#define SAVED(w, r) (7 + (w) * WORDS + 3 * (r))

byte mem[1 + WRITERS * WORDS];
chan buffer[WRITERS + 1] = [DEPTH] of { byte, byte };

#define store(thread, addr, val) buffer[thread]!addr, val

/* For comparison: the latest section of the writer before that each section knows of. */
typedef Told {
	byte at[MOST_SECTIONS]
};
Told told[WRITERS];

/* Values that the reader took, now and the time before. */
typedef Values {
	byte at[ROWS]
};
Values taken[WRITERS], former[WRITERS];

proctype drain(byte thread)
{
	byte addr, val;

end:	do
	:: d_step { buffer[thread]?addr, val -> mem[addr] = val; addr = 0; val = 0 }
	od
}

inline receive()
{
	if
	:: w > 0 -> told[w].at[i] = mem[MESSAGE(w - 1)]
	:: else
	fi
}

/* All rows: after section i, each value is i + 1. The first row of a unit saves it. */
inline store_rows()
{
	r = 0;
	do
	:: r < ROWS ->
		if
		:: saved < epoch && r % UNIT_ROWS == 0 ->
#ifndef NO_SAVE
			store(w, SAVED(w, r), i);
#if UNIT_ROWS > 1 && !defined(NO_NEIGHBOUR)
			store(w, SAVED(w, r + 1), i);
#endif
			store(w, TAG(w, r), epoch)
#endif
		:: else
		fi;
		store(w, VALUE(w, r), i + 1);
		r++
	:: else -> break
	od;
	r = 0;
	saved = (saved < epoch -> epoch : saved);
	epoch = 0
}

proctype writer(byte w; byte n)
{
	byte i, r, epoch, saved;
	bool sent;

	do
	:: i < n ->
		atomic {
#ifdef ATTACH
			if
			:: i == 0 -> store(w, LISTED(w), 1)
			:: else
			fi;
#endif
#ifndef RECEIVE_INSIDE
			receive();
#endif
#ifndef STAYS_EVEN
			store(w, SN(w), 2 * i + 1);
#endif
		}
		atomic {
			epoch = mem[EPOCH];
			store(w, ACK(w), epoch);
#ifdef RECEIVE_INSIDE
		}
		atomic {
			receive();
#endif
			/* The message follows the begin: in the section, or after it. */
			if
			:: store(w, MESSAGE(w), i + 1); sent = true
			:: sent = false
			fi;
			store_rows();
			store(w, SN(w), 2 * i + 2);
			if
			:: !sent -> store(w, MESSAGE(w), i + 1)
			:: else -> sent = false
			fi;
			i++
		}
	:: else -> break
	od
}

/* Check a snapshot that succeeded. */
inline check()
{
	w = 0;
	do
	:: w < WRITERS ->
		r = 0;
		do
		:: r < ROWS ->
			assert(taken[w].at[r] == taken[w].at[0]); /* G1 */
			assert(taken[w].at[r] >= former[w].at[r]); /* G5 */
			former[w].at[r] = taken[w].at[r];
			r++
		:: else -> break
		od;
		r = taken[w].at[0];
		if
		:: w > 0 && r > 0 -> assert(former[w - 1].at[0] >= told[w].at[r - 1]) /* G4 */
		:: else
		fi;
		r = 0;
		do
		:: r < ROWS -> taken[w].at[r] = 0; r++
		:: else -> break
		od;
		w++
	:: else -> break
	od;
	w = 0;
	r = 0
}

/* Take the rows of a writer that acknowledged, unit by unit. */
inline read_acked()
{
	do
	:: r < ROWS ->
		tagged = mem[TAG(w, r)] == epoch;
		if
		:: !tagged ->
			taken[w].at[r] = mem[VALUE(w, r)];
#if UNIT_ROWS > 1
			taken[w].at[r + 1] = mem[VALUE(w, r + 1)];
#endif
#ifndef NO_TAG_LOOK
			tagged = mem[TAG(w, r)] == epoch
#endif
		:: else
		fi;
		if
		:: tagged ->
			taken[w].at[r] = mem[SAVED(w, r)];
#if UNIT_ROWS > 1
			taken[w].at[r + 1] = mem[SAVED(w, r + 1)]
#endif
		:: else
		fi;
		r = r + UNIT_ROWS
	:: else -> break
	od;
	atomic { pending[w] = false; tagged = false; acked = false; r = 0; w = 0 }
}

/* Take the rows of a writer that is between two sections, if it is. */
inline read_idle()
{
	sn = mem[SN(w)];
	idle = true;
#ifndef NO_PARITY
	idle = sn % 2 == 0;
#endif
	do
	:: idle && r < ROWS -> copy.at[r] = mem[VALUE(w, r)]; r++
	:: else -> break
	od;
#ifndef NO_SN_LOOK
	idle = idle && mem[SN(w)] == sn;
#endif
#ifndef NO_ACK_LOOK
	idle = idle && mem[ACK(w)] != epoch;
#endif
	d_step {
		r = 0;
		do
		:: r < ROWS ->
			if
			:: idle -> taken[w].at[r] = copy.at[r]; pending[w] = false
			:: else
			fi;
			copy.at[r] = 0;
			r++
		:: else -> break
		od;
		r = 0;
		sn = 0;
		idle = false;
		w = 0
	}
}

inline find_writers()
{
	w = 0;
	do
#ifdef ATTACH
	:: w < WRITERS -> atomic { pending[w] = mem[LISTED(w)]; w++ }
#else
	:: d_step { w < WRITERS -> pending[w] = true; w++ }
#endif
	:: else -> break
	od;
	w = 0
}

/* Which writer is tried next is left open: all orders are tried. */
inline read_writers()
{
	do
	:: atomic {
		if
		:: pending[0] -> w = 0
#if WRITERS > 1
		:: pending[1] -> w = 1
#endif
#if WRITERS > 2
		:: pending[2] -> w = 2
#endif
		:: else -> break
		fi;
		acked = mem[ACK(w)] == epoch
	   }
	   if
	   :: acked -> read_acked()
	   :: else -> read_idle()
	   fi
	od
}

active proctype reader()
{
	byte epoch, w, r, sn;
	bool pending[WRITERS], acked, tagged, idle;
	Values copy;

	atomic {
		do
		:: w < WRITERS ->
			run writer(w, (w == WRITERS - 1 -> LAST_SECTIONS : SECTIONS));
			run drain(w);
			w++
		:: else -> run drain(READER); break
		od
	}
	do
	:: epoch < SNAPSHOTS ->
#ifdef LIST_FIRST
		find_writers();
#endif
		atomic { epoch++; store(READER, EPOCH, epoch) }
#ifndef NO_FENCE
		empty(buffer[READER]);
#endif
#ifndef LIST_FIRST
		find_writers();
#endif
#ifdef END_FIRST
		store(READER, EPOCH, 0);
#endif
		read_writers();
#ifndef END_FIRST
		store(READER, EPOCH, 0);
#endif
		atomic { check() }
	:: else -> break
	od
}
