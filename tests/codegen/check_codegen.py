#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Check the instructions that a compiler emits for the data path and for the reader's barriers.

A section has to be a straight line of plain instructions: no locked instruction, full barrier, call
or loop; on arm64, one store fence and one store-release. The proof for Armv8 in
doc/guides/prog_guide/seqstat_proof.rst relies on these instructions.

No function may have more instructions than bounds.ini lists for the compiler. To add a compiler, or
to accept other numbers, copy what the test prints.
"""

import argparse
import configparser
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LIB = HERE.parent.parent / 'lib/seqstat'
BOUNDS = HERE / 'bounds.ini'
sys.path.insert(0, str(HERE.parent))

from debian_archive import Unavailable, dpdk_flags, dpdk_sysroot, skip  # noqa: E402
from supervised import run, supervise  # noqa: E402

ADDRESS = re.compile(r' *([0-9a-f]+):\t(?:(?:lock|data16|cs|rep|bnd|notrack) )*'
                     r'(?P<mnemonic>\S+) *(?P<operands>[^#<\n]*?)(?: *[#/<].*)?$')
RELOCATION = re.compile(r'\t+[0-9a-f]+: R_\S+\t([\w.]+)')
FUNCTION = re.compile(r'[0-9a-f]+ <([\w.]+)>:')

# Functions of sections.c.
UPDATES = ['set', 'observe']
SECTIONS = ['section', 'section_set']
SAVE = '__rte_seqstat_row_save'
SLOW = '__rte_seqstat_begin_slow'


class Instruction:
    """A line of a disassembly."""

    def __init__(self, address, line, match):
        self.address = address
        self.locked = '\tlock ' in line
        self.mnemonic = match['mnemonic']
        self.operands = match['operands'].strip()
        self.calls = None

    def __str__(self):
        return f'{"lock " if self.locked else ""}{self.mnemonic} {self.operands}'.strip()


class X86:
    """Instructions of x86-64."""

    name = 'x86-64'
    variants = [[]]

    @staticmethod
    def is_call(i):
        return i.mnemonic.startswith('call')

    @staticmethod
    def branch(i):
        """Return the target of a branch, or None, and whether the branch is unconditional."""
        if not i.mnemonic.startswith('j'):
            return None, False
        return int(i.operands, 16), i.mnemonic == 'jmp'

    @staticmethod
    def is_fence(i):
        """Return whether an instruction is a full barrier or acts as one."""
        return i.locked or 'fence' in i.mnemonic or (
            i.mnemonic.startswith('xchg') and '(' in i.operands)

    @staticmethod
    def stored_bytes(i):
        """Return the number of bytes that an instruction stores outside of the stack."""
        operands = re.findall(r'[^,(]*\([^)]*\)|[^,]+', i.operands)
        if len(operands) < 2 or '(' not in operands[-1] or '(%rsp' in operands[-1] or \
                i.mnemonic.startswith(('cmp', 'test', 'nop', 'lea')):
            return 0
        if operands[-2].startswith('%xmm'):
            return 16
        wide = re.match(r'%r([a-z]\w|\d+)$', operands[-2])
        if i.mnemonic.rstrip('q') in ('mov', 'add') and wide:
            return 8
        return 4 if i.mnemonic.rstrip('l') == 'mov' and re.match(
            r'%(e\w\w|r\d+d)$', operands[-2]) else 1

    def check_section(self, name, hot):
        """x86 needs no instruction for a store fence or a store-release."""

    def check_end(self, functions):
        """x86 needs no instruction for a store-release."""

    def check_save(self, code):
        expect(not any(self.is_fence(i) for i in code), f'{SAVE} has a full barrier')

    def check_reading(self, idle, acked):
        expect(not any(self.is_fence(i) for i in idle + acked),
               'reading a writer takes a full barrier')


class Arm64:
    """Instructions of Armv8."""

    name = 'arm64'
    # DPDK's default, and a later architecture with atomic instructions.
    variants = [[], ['-march=armv8.4-a']]

    ATOMIC = re.compile(r'(ldxr|ldaxr|stxr|stlxr|ldxp|stxp|cas|swp|ld(add|clr|eor|set)|'
                        r'st(add|clr|eor|set))')

    @staticmethod
    def is_call(i):
        return i.mnemonic in ('bl', 'blr')

    @staticmethod
    def branch(i):
        if not re.match(r'b(\.\w+)?$|cbn?z$|tbn?z$', i.mnemonic):
            return None, False
        return int(i.operands.split()[-1], 16), i.mnemonic == 'b'

    def is_fence(self, i):
        return str(i) in ('dmb ish', 'dmb sy', 'dsb ish', 'dsb sy') or \
            self.ATOMIC.match(i.mnemonic) is not None

    @staticmethod
    def stored_bytes(i):
        if not i.mnemonic.startswith('st') or '[sp' in i.operands:
            return 0
        if i.mnemonic == 'stp' and i.operands[0] in 'xq':
            return 16
        if i.mnemonic not in ('str', 'stur', 'stlr'):
            return 1
        return {'x': 8, 'q': 16, 'w': 4}.get(i.operands[0], 1)

    @staticmethod
    def check_section(name, hot):
        """Check W1, the fence after the odd number, and W7, the release of the even one."""
        special = [str(i) for i in hot if re.match('dmb|dsb|isb|ld[la]|stl', i.mnemonic)]
        expect(len(special) == 2 and special[0] == 'dmb ishst' and
               special[1].startswith('stlr w'), f'{name} has the barriers {special}')
        order = [i.mnemonic + ' ' + i.operands[0] for i in hot
                 if i.mnemonic in ('dmb', 'stlr') or Arm64.stored_bytes(i)]
        expect(order[:2] == ['str w', 'dmb i'], f'{name} does not fence the odd number')

    @staticmethod
    def check_save(code):
        """Check W5: a store-release of the tag, then a store fence."""
        order = [str(i) for i in code if Arm64.stored_bytes(i) or i.mnemonic == 'dmb']
        expect(order[-2].startswith('stlr x') and order[-1] == 'dmb ishst',
               f'{SAVE} ends with {order[-2:]}')

    @staticmethod
    def check_end(functions):
        """Check R8: the epoch ends by a store-release, the only one of eight bytes."""
        expect(any(re.match('stlu?r x', str(i)) for code in functions.values() for i in code),
               'the end of the epoch is not released')

    @staticmethod
    def check_reading(idle, acked):
        """Check R2 to R7: first looks are load-acquires, second looks follow a load fence."""
        barriers = [i for i in idle if re.match('dmb|ldap?r', i.mnemonic)]
        expect(barriers[0].mnemonic in ('ldar', 'ldapr') and
               str(barriers[-1]) == 'dmb ishld',
               f'an idle writer is read with {[str(i) for i in barriers]}')
        after = idle[idle.index(barriers[-1]):]
        expect(sum(i.mnemonic.startswith('ldr') for i in after) >= 2,
               'there is no second look at the number and the acknowledgment')
        barriers = [i for i in acked if re.match('dmb|ldap?r', i.mnemonic)]
        expect(sum(i.mnemonic in ('ldar', 'ldapr') for i in barriers) >= 2 and
               sum(str(i) == 'dmb ishld' for i in barriers) >= 2,
               f'an acknowledged writer is read with {[str(i) for i in barriers]}')


MACHINES = {'x86-64': X86(), 'arm64': Arm64()}


def expect(condition, message):
    """Fail the test with a message."""
    if not condition:
        sys.exit(f'FAILED: {message}')


def disassemble(objdump, file):
    """Return the functions of an object file, as lists of instructions."""
    functions = {}
    code = None
    for line in run(objdump, '-dr', '--no-show-raw-insn', file).splitlines():
        if start := FUNCTION.match(line):
            code = functions.setdefault(start[1], [])
        elif reloc := RELOCATION.match(line):
            code[-1].calls = reloc[1]
        elif match := ADDRESS.match(line):
            code.append(Instruction(int(match[1], 16), line, match))
    return functions


def hot_path(machine, name, code):
    """Return the instructions of a function that run if no row is saved."""
    path = []
    at = {i.address: n for n, i in enumerate(code)}
    n = 0
    while True:
        i = code[n]
        path.append(i)
        target, always = machine.branch(i)
        expect(target is None or target > i.address, f'{name} has a loop: {i}')
        if i.mnemonic.startswith('ret'):
            return path
        n = at[target] if always else n + 1


def check_plain(machine, name, hot):
    """Check that the instructions contain no barrier and no call."""
    for i in hot:
        expect(not machine.is_fence(i), f'{name} has a barrier: {i}')
        expect(not machine.is_call(i), f'{name} has a call: {i}')


def check_stores(machine, name, hot):
    """Check that the first and last stores are of the number, others of eight bytes or more."""
    stores = [(machine.stored_bytes(i), str(i)) for i in hot if machine.stored_bytes(i)]
    sizes = [size for size, _ in stores]
    expect(1 not in sizes, f'{name} stores by parts: {[i for size, i in stores if size == 1]}')
    expect(sizes[0] == sizes[-1] == 4 and 4 not in sizes[1:-1],
           f'{name} does not store the number first and last: {[i for _, i in stores]}')
    # The number, the acknowledgment, then stores after the branch on the epoch.
    at = [n for n, i in enumerate(hot) if machine.stored_bytes(i)]
    expect(any(machine.branch(i)[0] is not None for i in hot[at[0]:at[2]]),
           f'{name} stores a value before the branch on the epoch')


def check_cold_path(machine, name, functions, hot):
    """Check that only the cold path has calls: to save two rows and to begin a first section."""
    code = functions[name] + functions.get(name + '.cold', [])
    calls = [i.calls for i in code if machine.is_call(i) and i not in hot]
    saves = [call for call in calls if call and call.endswith(SAVE)]
    expect(calls.count(SLOW) == (name == 'section_set') and
           len(saves) in ((1, 2) if name in SECTIONS else (0,)) and
           len(saves) + calls.count(SLOW) == len(calls), f'{name} calls {calls}')


def check_sections(machine, functions):
    """Check the data path; return the number of instructions of each function."""
    counts = {}
    for name in UPDATES + SECTIONS:
        hot = hot_path(machine, name, functions[name])
        check_plain(machine, name, hot)
        check_cold_path(machine, name, functions, hot)
        if name in SECTIONS:
            check_stores(machine, name, hot)
            machine.check_section(name, hot)
        counts[name] = len(hot)
    return counts


def check_epoch(machine, functions):
    """Check R1 and R8: the epoch is stored before the only full barrier, and ends by a release."""
    fences = [(code, i) for code in functions.values() for i in code if machine.is_fence(i)]
    expect(len(fences) == 1, f'a snapshot has the full barriers {[str(i) for _, i in fences]}')
    code, fence = fences[0]
    before = [i for i in code[:code.index(fence)] if machine.stored_bytes(i)]
    expect(before and machine.stored_bytes(before[-1]) == 8, 'the epoch is not stored before')
    machine.check_end(functions)


def check_bounds(compiler, counts):
    """Compare numbers of instructions with bounds.ini."""
    print(f'[{compiler}]', *(f'{name} = {count}' for name, count in counts.items()), sep='\n')
    bounds = configparser.ConfigParser()
    bounds.read(BOUNDS, encoding='utf-8')
    if compiler not in bounds:
        print(f'{compiler} is not in {BOUNDS.name}: nothing to compare with')
        return
    for name, count in counts.items():
        expect(count <= bounds[compiler].getint(name),
               f'{name} grew from {bounds[compiler][name]} to {count} instructions')


def compile_all(command, flags, folder):
    """Compile the sources; return the object files by name."""
    objects = {}
    for source in (HERE / 'sections.c', HERE / 'reading.c', LIB / 'rte_seqstat_snapshot.c'):
        objects[source.stem] = folder / f'{source.stem}.o'
        # With a section for each function, relocations name the called function.
        run(*command, *flags, '-O3', '-ffunction-sections', '-D_GNU_SOURCE',
            '-DALLOW_EXPERIMENTAL_API', f'-I{LIB}', '-c', source,
            '-o', objects[source.stem])
    return objects


def check_variant(machine, command, flags, objdump):
    """Compile with some flags and check everything; return the numbers of instructions."""
    with tempfile.TemporaryDirectory() as folder:
        objects = compile_all(command, flags, pathlib.Path(folder))
        code = {name: disassemble(objdump, file) for name, file in objects.items()}
    counts = check_sections(machine, code['sections'])
    machine.check_save(code['sections'][SAVE])
    machine.check_reading(code['reading']['read_idle'], code['reading']['read_acked'])
    check_epoch(machine, code['rte_seqstat_snapshot'])
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('compiler', choices=['gcc', 'clang'])
    parser.add_argument('machine', choices=MACHINES)
    parser.add_argument('cache', type=pathlib.Path, help='where unpacked packages stay')
    args = parser.parse_args()

    machine = MACHINES[args.machine]
    command, objdump = [args.compiler], 'objdump'
    sysroot = None
    if args.machine == 'arm64':
        try:
            sysroot = dpdk_sysroot(args.cache, 'arm64')
        except Unavailable as error:
            skip(error)
        command = {'gcc': ['aarch64-linux-gnu-gcc'],
                   'clang': ['clang', '--target=aarch64-linux-gnu']}[args.compiler]
        command.append(f'--sysroot={sysroot}')
        objdump = 'aarch64-linux-gnu-objdump'
    try:
        version = run(*command, '-dumpversion').split('.')[0].strip()
    except OSError:
        skip(f'no {command[0]}')
    flags = dpdk_flags(sysroot, 'aarch64-linux-gnu')
    for number, variant in enumerate(machine.variants):
        counts = check_variant(machine, command, flags + variant, objdump)
        if number == 0:
            check_bounds(f'{args.compiler} {version} {machine.name}', counts)


if __name__ == '__main__':
    supervise()
    main()
