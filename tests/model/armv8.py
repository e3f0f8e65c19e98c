#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Search all executions that Armv8 allows for a violation of guarantees 1 and 4.

The model is the axiomatic one of the Arm architecture reference manual, section B2.3, for whole
words: an execution is allowed if each location alone is coherent and "ordered before" has no
cycle. The search leaves out rules that the protocol does not need and so allows more executions:
for example, it does not order a load-acquire after earlier store-releases, so that the load may
be an "ldapr".

Threads are sequences of the instructions that compilers emit, which tests/codegen checks. Names
such as W1 and R2 are those of doc/guides/prog_guide/seqstat_proof.rst. One or two sections and a
snapshot reach each pair of instructions that the proof there connects by an edge. The search must
find no violation in the protocol, and one in each mutant.
"""

import collections
import itertools
import sys

# The number of a row that the reader's thread clears, and the value that stands for its zero.
CLEARED, GONE = 9, 9

# Instructions. Execution.barriers() has the order that each creates.
LDR, LDAR, STR, STLR = 'ldr', 'ldar', 'str', 'stlr'
ISH, ISHLD, ISHST = 'dmb ish', 'dmb ishld', 'dmb ishst'


class Event:
    """An executed instruction."""

    def __init__(self, thread, kind, loc=None, value=None, deps=(), ctrl=()):
        self.thread = thread
        self.kind = kind
        self.loc = loc
        self.value = value
        self.deps = frozenset(deps)  # data dependencies: loads that return the stored value
        self.ctrl = frozenset(ctrl)  # control dependencies: loads that a branch before it uses

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
    """A load needs a value that is not chosen yet."""

    def __init__(self, loc):
        super().__init__(loc)
        self.loc = loc


class Thread:
    """One path through a thread's program, for chosen values of its loads."""

    def __init__(self, name, choices, broken):
        self.name = name
        self.choices = list(choices)
        self.broken = broken
        self.events = []
        self.ctrl = set()
        self.result = None

    def load(self, loc, kind=LDR):
        if loc.endswith(self.name) and not loc.startswith(f'v{CLEARED}'):
            # No other thread stores to a writer's words: the load returns the latest store.
            value = ([0] + [e.value for e in self.events if e.is_store and e.loc == loc])[-1]
        elif self.choices:
            value = self.choices.pop(0)
        else:
            raise Guess(loc)
        event = Event(self.name, kind, loc, value, ctrl=self.ctrl)
        self.events.append(event)
        return event

    def store(self, loc, value, kind=STR):
        """Store a number, or the value of a load."""
        deps = ()
        if isinstance(value, Event):
            value, deps = value.value, (value,)
        self.events.append(Event(self.name, kind, loc, value, deps, self.ctrl))

    def fence(self, kind):
        self.events.append(Event(self.name, kind, ctrl=self.ctrl))

    def branch(self, condition, *loads):
        """Branch on a condition: everything after it depends on these loads."""
        self.ctrl.update(loads)
        return condition


def ways(name, program, domain, broken):
    """Return all paths through a program, for all values that its loads may return."""
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
    """Paths of all threads, the store that each load reads, and an order of stores."""

    def __init__(self, threads, initial, sources, orders):
        self.threads = threads
        self.source = sources  # reads-from: the store of each load
        self.edges = collections.defaultdict(set)
        self.place = {}
        self.coherence = {}
        for loc, stores in orders.items():
            for number, store in enumerate((initial[loc], *stores)):
                self.place[store] = number
            self.coherence[loc] = (initial[loc], *stores)

    def overwritten_by(self, load):
        """Return the stores that overwrite the value of a load."""
        stores = self.coherence[load.loc]
        return stores[self.place[self.source[load]] + 1:]

    def add(self, before, after):
        self.edges[before].add(after)

    def cyclic(self):
        """Return whether the edges form a cycle."""
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
        """Add the edges between accesses of one location: rf, fr and co; rfe, fre and coe."""
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
        """Return whether each location alone is coherent."""
        self.edges.clear()
        self.communicate(internal=True)
        for thread in self.threads:
            accesses = [e for e in thread.events if e.loc is not None]
            for before, after in itertools.combinations(accesses, 2):
                if before.loc == after.loc:
                    self.add(before, after)
        return not self.cyclic()

    def barriers(self, events):
        """Add the edges of barriers (bob) and dependencies (data, ctrl) within a thread."""
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
            # A load of a thread's own store is after the loads that the store depends on.
            if b.is_load and self.source[b].thread == b.thread and a in self.source[b].deps:
                self.add(a, b)

    def ordered(self):
        """Return whether "ordered before" has no cycle."""
        self.edges.clear()
        self.communicate(internal=False)
        for thread in self.threads:
            self.barriers(thread.events)
        return not self.cyclic()


def possible(stores):
    """Return the orders of stores to a location that keep the stores of each thread in order."""
    return [order for order in itertools.permutations(stores)
            if all(order.index(a) < order.index(b)
                   for a, b in itertools.combinations(stores, 2) if a.thread == b.thread)]


def executions(threads):
    """Yield all candidate executions of paths through threads."""
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
    """Return the values that programs may store to each location, as a fixed point."""
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
    """Return the first execution that is wrong but allowed, and the number examined."""
    domain = values_stored(programs, broken)
    examined = 0
    for threads in itertools.product(*(ways(name, program, domain, broken)
                                       for name, program in programs.items())):
        if not wrong({t.name: t.result for t in threads}):
            continue
        for execution in executions(threads):
            examined += 1
            if execution.coherent() and execution.ordered():
                return execution, examined
    return None, examined


# The protocol, by the names of lib/seqstat. The name of a location ends with its writer's.

# Units, as tuples of row numbers: one row; two rows in units of their own; two rows in one unit.
ALONE = (0,)
APART = ((0,), (1,))
TOGETHER = ((0, 1),)


def write_begin(t, w, number):
    """rte_seqstat_writer_begin(): W1 to W3

    The "dmb ishst" after the odd number pairs with the "dmb ishld" before R5: a reader that copies
    a value of the section finds the odd number. It also pairs with the "ldar" of R2: earlier
    sections are complete when the reader finds the acknowledgment.
    """
    if 'the number stays even' not in t.broken:
        t.store(f'sn{w}', number + 1)
    if 'begin: no dmb ishst' not in t.broken:
        t.fence(ISHST)
    epoch = t.load('epoch')
    t.store(f'ack{w}', epoch)
    return epoch


def row_change(t, w, unit, row, epoch, value):
    """rte_seqstat_row(), __rte_seqstat_row_save() and rte_seqstat_add(): W4 to W6

    The "dmb ishld" pairs with the "stlr" of the epoch, R1: no value from before a clear is saved.
    The "stlr" of the tag pairs with the "ldar" of the tag, R7: the saved values are complete. The
    "dmb ishst" after it pairs with the "dmb ishld" before the second look of R7: a reader that
    copies a value stored after the tag finds the tag.
    """
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
    """rte_seqstat_end(): W7, whose "stlr" pairs with the "ldar" of the number, R3"""
    t.store(f'sn{w}', number + 2, STR if 'end: str' in t.broken else STLR)


def begin_epoch(t, epoch):
    """begin_epoch(): R1

    The "stlr" pairs with the "dmb ishld" in row_change(). The "dmb ish" orders the epoch before
    all loads of the snapshot, as the "stlr" and "ldar" of the message order the two sections: a
    section after one that the reader misses begins with the epoch or after its end.
    """
    t.store('epoch', epoch, STR if 'epoch: str' in t.broken else STLR)
    if 'epoch: no dmb ish' not in t.broken:
        t.fence(ISHST if 'epoch: dmb ishst' in t.broken else ISH)


def end_epoch(t):
    """end_epoch(): R8. In these programs an "str" would be enough."""
    t.store('epoch', 0, STLR)


def first_look(t, name):
    return LDR if f'{name}: ldr' in t.broken else LDAR


def load_fence(t, name):
    if f'{name}: no dmb ishld' not in t.broken:
        t.fence(ISHLD)


def read_unit_acked(t, w, unit, epoch):
    """seqstat_rows_copy_acked(): R4 and R7, see row_change() for partners"""
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
    """seqstat_read_acked(), R2, and seqstat_read_idle(), R3 to R6: the values, or None: busy

    write_begin() and write_end() name the partners.
    """
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
    if 'no second look at the acknowledgment' not in t.broken:
        ack = t.load(f'ack{w}')
        if t.branch(ack.value == epoch, ack):
            return None
    return values


def send(t, by_barrier):
    """S: send as rte_ring does, with C11 atomics or, in old versions, with barriers

    The "stlr", or the "dmb ishst", pairs with the "ldar", or the "dmb ishld", in receive().
    """
    if by_barrier:
        t.fence(ISHST)
    t.store('message', 1, STR if by_barrier or 'message: str' in t.broken else STLR)


def receive(t, by_barrier):
    """T: receive, see send()"""
    message = t.load('message', LDR if by_barrier or 'message: ldr' in t.broken else LDAR)
    if by_barrier:
        t.fence(ISHLD)
    return message.value


def attach(t, w):
    """publish(): the "stlr" pairs with the "ldar" in is_listed()"""
    t.store(f'listed{w}', 1, STLR)


def is_listed(t, w):
    """find_writers(), see attach()"""
    listed = t.load(f'listed{w}', LDAR)
    return t.branch(listed.value == 1, listed)


# The threads.

def sender(inside, by_barrier=False, attaches=False):
    """Writer A: count in section X, and send a message in it or after it."""
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
    """Writer B: receive the message, and count in section Y."""
    def program(t):
        if 'the message is received in the section' in t.broken:
            epoch = write_begin(t, 'B', 0)
            received = receive(t, by_barrier)
        else:
            received = receive(t, by_barrier)
            epoch = write_begin(t, 'B', 0)
        row_change(t, 'B', ALONE, 0, epoch, 1)
        write_end(t, 'B', 0)
        return received
    return program


def snapshot(order, attaches=False):
    """Try to read each writer once, in a given order."""
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
    """G4: Y received the message of X, and the snapshot has Y without X."""
    return results['B'] == 1 and results['reader'] == {'A': (0,), 'B': (1,)}


def busy_writer(units):
    """Writer A: two sections, each of which changes both rows."""
    def program(t):
        for number in (0, 2):
            epoch = write_begin(t, 'A', number)
            for unit in units:
                for row in unit:
                    row_change(t, 'A', unit, row, epoch, number + 1)
            write_end(t, 'A', number)
    return program


def rows_snapshot(units):
    """Try to read writer A once."""
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
    """G1: the snapshot has a part of a section."""
    return results['reader'] is not None and len(set(results['reader'])) > 1


def alternating_writer(units):
    """Writer A: two sections, each of which changes a row of its own."""
    def program(t):
        rows = [(unit, row) for unit in units for row in unit]
        for (unit, row), number in zip(rows, (0, 2)):
            epoch = write_begin(t, 'A', number)
            row_change(t, 'A', unit, row, epoch, 1)
            write_end(t, 'A', number)
    return program


def second_without_first(results):
    """G1: the snapshot has the second section without the first."""
    return results['reader'] == (0, 1)


def neighbour(t):
    """Writer A: count in a row that shares its unit with the cleared row."""
    epoch = write_begin(t, 'A', 0)
    row_change(t, 'A', (0, CLEARED), 0, epoch, 1)
    write_end(t, 'A', 0)


def clear_and_snapshot(t):
    """Clear the row, and take a snapshot."""
    t.store(f'v{CLEARED}A', GONE)
    begin_epoch(t, 1)
    values = read_writer(t, 'A', ((0, CLEARED),), 1)
    end_epoch(t)
    return values


def cleared_is_back(results):
    """The snapshot has the value from before the clear."""
    return results['reader'] is not None and results['reader'][1] != GONE


def first_reader(t):
    """Read a saved row, and release the turn: the "stlr" pairs with the "ldar" of the next."""
    begin_epoch(t, 1)
    values = read_writer(t, 'A', (ALONE,), 1)
    end_epoch(t)
    t.store('turn', 1, STR if 'turn: str' in t.broken else STLR)
    return values


def second_reader(t):
    """Take the turn, and begin a new epoch."""
    turn = t.load('turn', LDAR)
    if t.branch(turn.value == 1, turn):
        begin_epoch(t, 2)
    return turn.value


def two_sections(t):
    """Writer A: save the row in the first section, and again in the second."""
    epochs = []
    for number in (0, 2):
        epoch = write_begin(t, 'A', number)
        row_change(t, 'A', ALONE, 0, epoch, number + 1)
        write_end(t, 'A', number)
        epochs.append(epoch.value)
    return epochs


def handed_over_too_soon(results):
    """G1: the writer overwrote a saved copy for the second reader before the first read it."""
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
    'A is published during the snapshot': cut('AB', True, attaches=True),
    'two sections over two units': sections(busy_writer, APART, section_is_torn),
    'two sections over a unit of two rows': sections(busy_writer, TOGETHER, section_is_torn),
    'two sections over a unit each': sections(alternating_writer, APART, second_without_first),
    'two sections over a row each of a unit':
        sections(alternating_writer, TOGETHER, second_without_first),
    'a row is cleared in a unit of two':
        ({'A': neighbour, 'reader': clear_and_snapshot}, cleared_is_back),
    'the turn is passed on': (
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
    'no second look at the acknowledgment', 'message: str', 'message: ldr',
    'the message is received in the section', 'turn: str', 'the list before the epoch',
    'the epoch ends too early',
)


def find(broken):
    """Run the searches until one finds a violation; return its name, the execution, the total."""
    total = 0
    for name, (programs, wrong) in SEARCHES.items():
        execution, examined = search(programs, wrong, broken)
        total += examined
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
