/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/*
 * G3: a reader reads every writer that runs for ever or stops between two sections
 *
 * The protocol of tso.pml, without values. An unbounded number would make the states infinite: the
 * model stores only its parity, and a flag for the reader that the number changed. tso.py searches
 * under weak fairness: a process that is always able to run does run.
 */

#define READER 1
#define EPOCH 0
#define SN 1
#define ACK 2

byte mem[3];
chan buffer[2] = [4] of { byte, byte };
bool moved, done;

#define store(thread, addr, val) buffer[thread]!addr, val

proctype drain(byte thread)
{
	byte addr, val;

end:	do
	:: d_step {
		buffer[thread]?addr, val ->
		mem[addr] = val;
		moved = moved || addr == SN;
		addr = 0;
		val = 0
	   }
	od
}

active proctype writer()
{
	byte epoch;

	run drain(0);
	do
	:: atomic { store(0, SN, 1) };
	   epoch = mem[EPOCH];
#ifndef NO_ACK
	   store(0, ACK, epoch);
#endif
	   store(0, SN, 0)
	:: break
	od
}

active proctype reader()
{
	bool even;

	run drain(READER);
	store(READER, EPOCH, 1);
	empty(buffer[READER]);
	do
#ifndef TEXTBOOK
	:: mem[ACK] == 1 -> break
	:: else ->
#else
	:: true ->
#endif
		d_step { even = mem[SN] == 0; moved = false };
		if
		:: even && !moved ->
#ifndef TEXTBOOK
			if
			:: mem[ACK] != 1 -> break
			:: else
			fi
#else
			break
#endif
		:: else
		fi
	od;
	done = true
}

ltl read_at_last { <> done }
