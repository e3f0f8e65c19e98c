#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Search all executions of the protocol that the memory model of Armv8 allows.

The model is the axiomatic one of the Arm architecture reference manual, section B2.3, for
whole words: an execution is allowed if each location by itself is in order and nothing is
ordered before itself. Where it has rules that the protocol does not need, they are left
out, which allows more: an acquiring load is not after earlier releasing stores, so that
it may as well be an "ldapr". Threads are written down as the instructions that compilers emit,
which tests/codegen checks; a section and a snapshot of each kind are enough to reach each
pair of instructions between which the proof in doc/guides/prog_guide/seqstat_proof.rst
has an edge. In the protocol nothing must be found, in each mutant of it something.
"""

import collections
import itertools
import sys

# A row of a writer that another thread clears: it stores GONE, which stands for zero.
CLEARED, GONE = 9, 9

# Instructions. What a barrier orders is in Execution.barriers().
LDR, LDAR, STR, STLR = 'ldr', 'ldar', 'str', 'stlr'
ISH, ISHLD, ISHST = 'dmb ish', 'dmb ishld', 'dmb ishst'


class Event:
    """An instruction that was executed."""

    def __init__(self, thread, kind, loc=None, value=None, deps=(), ctrl=()):
        self.thread = thread
        self.kind = kind
        self.loc = loc
        self.value = value
        self.deps = frozenset(deps)  # loads that it stores the values of
        self.ctrl = frozenset(ctrl)  # loads on which it depends whether it is executed

    @property
    def is_load(self):
        return self.kind in (LDR, LDAR)

    @property
    def is_store(self):
        return self.kind in (STR, STLR)

    def __repr__(self):
        return f'{self.thread}: {self.kind}' + (
            '' if self.loc is None else f' {self.loc} {self.value}')


class Guess(Exception):
    """The value of a load has not been chosen yet."""

    def __init__(self, loc):
        super().__init__(loc)
        self.loc = loc


class Thread:
    """One way through a thread's program: what its loads returned is chosen before."""

    def __init__(self, name, choices, broken):
        self.name = name
        self.choices = list(choices)
        self.broken = broken
        self.events = []
        self.ctrl = set()
        self.result = None

    def load(self, loc, kind=LDR):
        if loc.endswith(self.name) and not loc.startswith(f'v{CLEARED}'):
            # No other thread stores there.
            value = ([0] + [e.value for e in self.events if e.is_store and e.loc == loc])[-1]
        elif self.choices:
            value = self.choices.pop(0)
        else:
            raise Guess(loc)
        event = Event(self.name, kind, loc, value, ctrl=self.ctrl)
        self.events.append(event)
        return event

    def store(self, loc, value, kind=STR):
        """Store a number, or what a load returned."""
        deps = ()
        if isinstance(value, Event):
            value, deps = value.value, (value,)
        self.events.append(Event(self.name, kind, loc, value, deps, self.ctrl))

    def fence(self, kind):
        self.events.append(Event(self.name, kind, ctrl=self.ctrl))

    def branch(self, condition, *loads):
        """Go on depending on what loads returned."""
        self.ctrl.update(loads)
        return condition


def ways(name, program, domain, broken):
    """All ways through a program, whatever its loads may return."""
    found = []
    todo = [()]
    while todo:
        choices = todo.pop()
        thread = Thread(name, choices, broken)
        try:
            thread.result = program(thread)
            found.append(thread)
        except Guess as guess:
            todo.extend((*choices, value) for value in sorted(domain[guess.loc]))
    return found


class Execution:
    """Ways through all threads, and for each load the store that it returned."""

    def __init__(self, threads, initial, sources, orders):
        self.threads = threads
        self.source = sources  # store that each load reads from
        self.edges = collections.defaultdict(set)
        self.place = {}
        self.coherence = {}
        for loc, stores in orders.items():
            for number, store in enumerate((initial[loc], *stores)):
                self.place[store] = number
            self.coherence[loc] = (initial[loc], *stores)

    def overwritten_by(self, load):
        """The stores that come after what a load returned."""
        stores = self.coherence[load.loc]
        return stores[self.place[self.source[load]] + 1:]

    def add(self, before, after):
        self.edges[before].add(after)

    def cyclic(self):
        """Whether the edges form a cycle."""
        state = {}

        def visit(event):
            state[event] = 1
            for after in self.edges[event]:
                seen = state.get(after)
                if seen == 1 or (seen is None and visit(after)):
                    return True
            state[event] = 2
            return False

        return any(event not in state and visit(event) for event in list(self.edges))

    def communicate(self, internal):
        """Add the edges between loads and stores of one location."""
        for load, store in self.source.items():
            if internal or store.thread != load.thread:
                self.add(store, load)
            for after in self.overwritten_by(load):
                if internal or after.thread != load.thread:
                    self.add(load, after)
        for stores in self.coherence.values():
            for before, after in itertools.combinations(stores, 2):
                if internal or before.thread != after.thread:
                    self.add(before, after)

    def coherent(self):
        """Each location by itself is in order."""
        self.edges.clear()
        self.communicate(internal=True)
        for thread in self.threads:
            accesses = [e for e in thread.events if e.loc is not None]
            for before, after in itertools.combinations(accesses, 2):
                if before.loc == after.loc:
                    self.add(before, after)
        return not self.cyclic()

    def barriers(self, events):
        """Add the edges of barriers and dependencies within a thread."""
        for (i, a), (j, b) in itertools.combinations(enumerate(events), 2):
            if a.loc is None or b.loc is None:
                continue
            between = {e.kind for e in events[i + 1:j]}
            if (ISH in between or
                    (ISHLD in between and a.is_load) or
                    (ISHST in between and a.is_store and b.is_store) or
                    a.kind == LDAR or b.kind == STLR):
                self.add(a, b)
            if b.is_store and (a in b.deps or a in b.ctrl):
                self.add(a, b)
            # A load that takes what this thread stores is after what the store depends on.
            if b.is_load and self.source[b].thread == b.thread and a in self.source[b].deps:
                self.add(a, b)

    def ordered(self):
        """Nothing is ordered before itself."""
        self.edges.clear()
        self.communicate(internal=False)
        for thread in self.threads:
            self.barriers(thread.events)
        return not self.cyclic()


def possible(stores):
    """The orders of stores to a location that keep those of each thread in order."""
    return [order for order in itertools.permutations(stores)
            if all(order.index(a) < order.index(b)
                   for a, b in itertools.combinations(stores, 2) if a.thread == b.thread)]


def executions(threads):
    """All candidate executions of ways through threads."""
    events = [e for t in threads for e in t.events]
    locs = {e.loc for e in events if e.loc is not None}
    initial = {loc: Event('initial', STR, loc, 0) for loc in locs}
    stores = {loc: [e for e in events if e.is_store and e.loc == loc] for loc in locs}
    loads = [e for e in events if e.is_load]
    candidates = [[s for s in (initial[e.loc], *stores[e.loc]) if s.value == e.value]
                  for e in loads]
    possible_orders = [possible(stores[loc]) for loc in locs]
    for chosen in itertools.product(*candidates):
        for orders in itertools.product(*possible_orders):
            yield Execution(threads, initial, dict(zip(loads, chosen)),
                            dict(zip(locs, orders)))


def values_stored(programs, broken):
    """Return the possible values of each location, by running with ever more values."""
    domain = collections.defaultdict(lambda: {0})
    while True:
        before = {loc: set(values) for loc, values in domain.items()}
        for name, program in programs.items():
            for thread in ways(name, program, domain, broken):
                for event in thread.events:
                    if event.is_store:
                        domain[event.loc].add(event.value)
        if before == domain:
            return domain


def search(programs, wrong, broken):
    """The first allowed execution that is wrong, and how many were looked at."""
    domain = values_stored(programs, broken)
    looked_at = 0
    for threads in itertools.product(*(ways(name, program, domain, broken)
                                       for name, program in programs.items())):
        if not wrong({t.name: t.result for t in threads}):
            continue
        for execution in executions(threads):
            looked_at += 1
            if execution.coherent() and execution.ordered():
                return execution, looked_at
    return None, looked_at


# The protocol, in the words of lib/seqstat. Names of locations end with their writer's.

# Units, by the numbers of their rows: one row, and two rows in units of their own or in one.
ALONE = (0,)
APART = ((0,), (1,))
TOGETHER = ((0, 1),)


def write_begin(t, w, number):
    """rte_seqstat_writer_begin()"""
    if 'the number stays even' not in t.broken:
        t.store(f'sn{w}', number + 1)
    if 'begin: no dmb ishst' not in t.broken:
        t.fence(ISHST)
    epoch = t.load('epoch')
    t.store(f'ack{w}', epoch)
    return epoch


def row_change(t, w, unit, row, epoch, value):
    """rte_seqstat_row(), __rte_seqstat_row_save() and rte_seqstat_add()"""
    if t.branch(epoch.value != 0, epoch) and 'no save' not in t.broken:
        tag = t.load(f'tag{unit}{w}')
        if t.branch(tag.value < epoch.value, tag):
            load_fence(t, 'save')
            for each in (row,) if 'a row is saved without its unit' in t.broken else unit:
                t.store(f'saved{each}{w}', t.load(f'v{each}{w}'))
            t.store(f'tag{unit}{w}', epoch, STR if 'tag: str' in t.broken else STLR)
            if 'tag: no dmb ishst' not in t.broken:
                t.fence(ISHST)
    t.store(f'v{row}{w}', value)


def write_end(t, w, number):
    """rte_seqstat_end()"""
    t.store(f'sn{w}', number + 2, STR if 'end: str' in t.broken else STLR)


def begin_epoch(t, epoch):
    """begin_epoch()"""
    t.store('epoch', epoch, STR if 'epoch: str' in t.broken else STLR)
    if 'epoch: no dmb ish' not in t.broken:
        t.fence(ISHST if 'epoch: dmb ishst' in t.broken else ISH)


def end_epoch(t):
    """end_epoch(): for these snapshots an "str" would do"""
    t.store('epoch', 0, STLR)


def first_look(t, name):
    return LDR if f'{name}: ldr' in t.broken else LDAR


def load_fence(t, name):
    if f'{name}: no dmb ishld' not in t.broken:
        t.fence(ISHLD)


def read_unit_acked(t, w, unit, epoch):
    """seqstat_rows_copy_acked()"""
    tag = t.load(f'tag{unit}{w}', first_look(t, 'tag'))
    if t.branch(tag.value != epoch, tag):
        live = [t.load(f'v{row}{w}').value for row in unit]
        load_fence(t, 'live')
        if 'no second look at the tag' in t.broken:
            return live
        tag = t.load(f'tag{unit}{w}')
        if t.branch(tag.value != epoch, tag):
            return live
        load_fence(t, 'saved')
    return [t.load(f'saved{row}{w}').value for row in unit]


def read_writer(t, w, units, epoch):
    """seqstat_read_acked() and seqstat_read_idle(): the values, or None: not now"""
    ack = t.load(f'ack{w}', first_look(t, 'ack'))
    if t.branch(ack.value == epoch, ack):
        return tuple(value for unit in units for value in read_unit_acked(t, w, unit, epoch))
    number = t.load(f'sn{w}', first_look(t, 'number'))
    if t.branch(number.value % 2 == 1, number) and 'an odd number will do' not in t.broken:
        return None
    values = tuple(t.load(f'v{row}{w}').value for unit in units for row in unit)
    load_fence(t, 'idle')
    if 'no second look at the number' not in t.broken:
        again = t.load(f'sn{w}')
        if t.branch(again.value != number.value, again):
            return None
    if 'no second look at the acknowledgement' not in t.broken:
        ack = t.load(f'ack{w}')
        if t.branch(ack.value == epoch, ack):
            return None
    return values


def send(t, by_barrier):
    """A message, as rte_ring sends it, of today or before it had C11's atomics"""
    if by_barrier:
        t.fence(ISHST)
    t.store('message', 1, STR if by_barrier or 'message: str' in t.broken else STLR)


def receive(t, by_barrier):
    message = t.load('message', LDR if by_barrier or 'message: ldr' in t.broken else LDAR)
    if by_barrier:
        t.fence(ISHLD)
    return message.value


def attach(t, w):
    """publish()"""
    t.store(f'listed{w}', 1, STLR)


def is_listed(t, w):
    """find_writers()"""
    listed = t.load(f'listed{w}', LDAR)
    return t.branch(listed.value == 1, listed)


# The threads.

def sender(inside, by_barrier=False, attaches=False):
    """X: counts, and sends a message in the section or after it."""
    def program(t):
        if attaches:
            attach(t, 'A')
        epoch = write_begin(t, 'A', 0)
        if inside:
            send(t, by_barrier)
        row_change(t, 'A', ALONE, 0, epoch, 1)
        write_end(t, 'A', 0)
        if not inside:
            send(t, by_barrier)
    return program


def receiver(by_barrier=False):
    """Y: receives the message, and counts."""
    def program(t):
        if 'the message is received in the section' in t.broken:
            epoch = write_begin(t, 'B', 0)
            told = receive(t, by_barrier)
        else:
            told = receive(t, by_barrier)
            epoch = write_begin(t, 'B', 0)
        row_change(t, 'B', ALONE, 0, epoch, 1)
        write_end(t, 'B', 0)
        return told
    return program


def snapshot(order, attaches=False):
    """One attempt at each writer: a snapshot is made of those that succeed."""
    def program(t):
        early = 'the list before the epoch' in t.broken
        if not early:
            begin_epoch(t, 1)
        listed = not attaches or is_listed(t, 'A')
        if early:
            begin_epoch(t, 1)
        values = {w: read_writer(t, w, (ALONE,), 1) if w == 'B' or listed else (0,)
                  for w in order}
        end_epoch(t)
        return values
    return program


def cut_is_wrong(results):
    """G4: Y received the message of X, and is in the snapshot without it."""
    return results['B'] == 1 and results['reader'] == {'A': (0,), 'B': (1,)}


def busy_writer(units):
    """Two sections over two rows."""
    def program(t):
        for number in (0, 2):
            epoch = write_begin(t, 'A', number)
            for unit in units:
                for row in unit:
                    row_change(t, 'A', unit, row, epoch, number + 1)
            write_end(t, 'A', number)
    return program


def rows_snapshot(units):
    def program(t):
        early = 'the epoch ends too early' in t.broken
        begin_epoch(t, 1)
        if early:
            end_epoch(t)
        values = read_writer(t, 'A', units, 1)
        if not early:
            end_epoch(t)
        return values
    return program


def section_is_torn(results):
    """G1: a part of a section is in the snapshot."""
    return results['reader'] is not None and len(set(results['reader'])) > 1


def alternating_writer(units):
    """Two sections, each over a row of its own."""
    def program(t):
        rows = [(unit, row) for unit in units for row in unit]
        for (unit, row), number in zip(rows, (0, 2)):
            epoch = write_begin(t, 'A', number)
            row_change(t, 'A', unit, row, epoch, 1)
            write_end(t, 'A', number)
    return program


def second_without_first(results):
    """G1: of two sections of a writer, the second alone is in the snapshot."""
    return results['reader'] == (0, 1)


def neighbour(t):
    """Counts in a row that shares its unit with one that is cleared."""
    epoch = write_begin(t, 'A', 0)
    row_change(t, 'A', (0, CLEARED), 0, epoch, 1)
    write_end(t, 'A', 0)


def clear_and_snapshot(t):
    """Clears the row, and takes a snapshot."""
    t.store(f'v{CLEARED}A', GONE)
    begin_epoch(t, 1)
    values = read_writer(t, 'A', ((0, CLEARED),), 1)
    end_epoch(t)
    return values


def cleared_is_back(results):
    """The value of before the clear is in a snapshot after it."""
    return results['reader'] is not None and results['reader'][1] != GONE


def first_reader(t):
    """Reads a saved row, and gives the turn to the next reader."""
    begin_epoch(t, 1)
    values = read_writer(t, 'A', (ALONE,), 1)
    end_epoch(t)
    t.store('turn', 1, STR if 'turn: str' in t.broken else STLR)
    return values


def second_reader(t):
    """Gets the turn, and begins a new epoch."""
    turn = t.load('turn', LDAR)
    if t.branch(turn.value == 1, turn):
        begin_epoch(t, 2)
    return turn.value


def two_sections(t):
    """Saves the row in the first section, and again in the second."""
    epochs = []
    for number in (0, 2):
        epoch = write_begin(t, 'A', number)
        row_change(t, 'A', ALONE, 0, epoch, number + 1)
        write_end(t, 'A', number)
        epochs.append(epoch.value)
    return epochs


def handed_over_too_soon(results):
    """G1: a saved copy was overwritten for the next reader before this one took it."""
    return results['A'] == [1, 2] and results['reader'] == (1,)


def cut(order, inside, by_barrier=False, attaches=False):
    return ({'A': sender(inside, by_barrier, attaches), 'B': receiver(by_barrier),
             'reader': snapshot(order, attaches)}, cut_is_wrong)


def sections(writer, units, wrong):
    return {'A': writer(units), 'reader': rows_snapshot(units)}, wrong


SEARCHES = {
    'a message in the section, A is read first': cut('AB', True),
    'a message in the section, B is read first': cut('BA', True),
    'a message after the section, A is read first': cut('AB', False),
    'a message after the section, B is read first': cut('BA', False),
    'a message by barriers, A is read first': cut('AB', True, by_barrier=True),
    'a message by barriers, B is read first': cut('BA', True, by_barrier=True),
    'A is published meanwhile': cut('AB', True, attaches=True),
    'two sections over two units': sections(busy_writer, APART, section_is_torn),
    'two sections over a unit of two rows': sections(busy_writer, TOGETHER, section_is_torn),
    'two sections over a unit each': sections(alternating_writer, APART, second_without_first),
    'two sections over a row each of a unit':
        sections(alternating_writer, TOGETHER, second_without_first),
    'a row is cleared in a unit of two':
        ({'A': neighbour, 'reader': clear_and_snapshot}, cleared_is_back),
    'the turn is handed over': (
        {'reader': first_reader, 'second': second_reader, 'A': two_sections},
        handed_over_too_soon),
}
MUTANTS = (
    'begin: no dmb ishst', 'end: str', 'tag: str', 'tag: no dmb ishst', 'no save',
    'a row is saved without its unit', 'the number stays even', 'epoch: no dmb ish',
    'epoch: dmb ishst', 'epoch: str', 'save: no dmb ishld', 'ack: ldr', 'number: ldr',
    'tag: ldr', 'live: no dmb ishld',
    'saved: no dmb ishld', 'idle: no dmb ishld', 'an odd number will do',
    'no second look at the tag', 'no second look at the number',
    'no second look at the acknowledgement', 'message: str', 'message: ldr',
    'the message is received in the section', 'turn: str', 'the list before the epoch',
    'the epoch ends too early',
)


def find(broken):
    """Search everything: what is found in which search."""
    total = 0
    for name, (programs, wrong) in SEARCHES.items():
        execution, looked_at = search(programs, wrong, broken)
        total += looked_at
        if execution is not None:
            return name, execution, total
    return None, None, total


def main():
    name, execution, total = find(())
    if execution is not None:
        print(f'FAILED: {name}')
        for thread in execution.threads:
            print(*thread.events, sep='\n')
        return 1
    print(f'{total} wrong executions: none is allowed')
    killed = 0
    for mutant in MUTANTS:
        name, execution, _ = find((mutant,))
        killed += execution is not None
        print(f'killed: {mutant} [{name}]' if execution else f'SURVIVED: {mutant}', flush=True)
    print(f'mutants: {killed} of {len(MUTANTS)} killed')
    return 0 if killed == len(MUTANTS) else 1


if __name__ == '__main__':
    sys.exit(main())
