/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * Guarantees 1, 4 and 5 on x86: all states of a model in which each thread has a store buffer
 *
 * Stores enter a first-in-first-out buffer and leave it for memory later; loads read memory. The
 * code repeats rte_seqstat_writer_begin(), __rte_seqstat_row_save(), rte_seqstat_end(), publish(),
 * begin_epoch(), find_writers(), end_epoch(), seqstat_read_acked() and seqstat_read_idle() by hand
 * and has to change with them. tso.py runs it, with sizes and mutants as macros.
 *
 * x86 keeps loads in order and stores in order, so that of the library's orders only the full fence
 * of begin_epoch() has an instruction here: the reader waits until its buffer is empty.
 *
 * No thread loads a word that it stored: writers remember theirs and the reader its epoch. So
 * loads need not search the thread's own buffer. No other thread sees a store before it leaves the
 * buffer: all stores between two loads are one step.
 */

/* Rows in a unit: one or two. */
#ifndef UNIT_ROWS
#define UNIT_ROWS 1
#endif

/* The last writer has its own number of sections. */
#if SECTIONS > LAST_SECTIONS
#define MOST_SECTIONS SECTIONS
#else
#define MOST_SECTIONS LAST_SECTIONS
#endif

#define READER WRITERS
/* Room for all stores of a writer: it never waits. */
#define DEPTH (MOST_SECTIONS * (4 + 3 * ROWS) + 1)

/* Addresses: the epoch, then the words of each writer. A unit uses the tag of its first row. */
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

/* For check(): the latest section of the previous writer that each section received. */
typedef Received {
	byte at[MOST_SECTIONS]
};
Received received[WRITERS];

/* Values in this snapshot and in the former one. */
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
	:: w > 0 -> received[w].at[i] = mem[MESSAGE(w - 1)]
	:: else
	fi
}

/* Change all rows: after section i, each value is i + 1. The first row of a unit saves the unit. */
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
			/* Send the message in the section, or after it. */
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
		:: w > 0 && r > 0 -> assert(former[w - 1].at[0] >= received[w].at[r - 1]) /* G4 */
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

/* seqstat_read_acked(): read the rows of a writer that acknowledged the epoch, unit by unit. */
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

/* seqstat_read_idle(): read the rows of a writer, unless it is in a section. */
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

/* Read the writers, in all orders and with any number of retries. */
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
