#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Break the library in many ways: a model must find an error in each mutant.

The program weakens each acquire, release and fence of the sources in turn; LOGIC lists the other
mutants. If no model finds an error, either the library does not need that order or check, or no
model covers it: the test fails. It also fails if a model ends without a verdict, or if the
unchanged library, built and run like a mutant, does not pass.
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

# Sources to mutate.
SOURCES = ('rte_seqstat_section.h', 'rte_seqstat_snapshot.c', 'seqstat_block.h',
           'seqstat_clear.c', 'seqstat_read.h', 'seqstat_writer.c')

FENCE = re.compile(r'^\t+(__rte_seqstat_store_fence\(\)|rte_atomic_thread_fence\(\w+\));\n',
                   re.MULTILINE)
ORDER = re.compile(r'rte_memory_order_(acquire|release)\b(?=\);|\) )')
FUNCTION = re.compile(r'^(\w+)\(', re.MULTILINE)

# Exit status of a model: no error; a guarantee is violated, as the last line says; no error, but
# too few events for a verdict.
PASSED, VIOLATED, NOT_SEEN = 0, 1, 3
VIOLATION = re.compile(r': violated in run \d+: ')

# Memory models and numbers of runs: enough for the rarest mutant in one of them.
RUNS = (('c11', 20000), ('tso', 400000))
# The tests "model ..." run the unchanged library longer.
CONTROL_RUNS = (('c11', 2000), ('tso', 20000))

# A store-release that orders only loads before it: the models execute loads in program order and
# cannot find it missing. tests/codegen looks for it in the machine code.
ONLY_C11 = ('end_epoch',)

# A load-acquire that the fence of begin_epoch() orders, too. A snapshot that gets no turn, and
# only adds new writers, has no such fence and needs the acquire.
FENCED_BESIDES = ('count_writers',)

# Load-acquires that order only later loads: the models execute loads in program order and cannot
# find them missing.
LOADS_FIRST = ('read_idle', 'reserve', 'seqstat_clear_finish')

# Changes of logic: name, file, old text, new text.
LOGIC = (
    ('begin: the number stays even', 'rte_seqstat_section.h',
     'rte_atomic_store_explicit(&w->lock.count.sn, sec.sn, rte_memory_order_relaxed);',
     ''),
    ('begin: the epoch is not acknowledged', 'rte_seqstat_section.h',
     'rte_atomic_store_explicit(&w->ack, sec.epoch, rte_memory_order_relaxed);', ''),
    ('row: changed without a save', 'rte_seqstat_section.h',
     '__rte_seqstat_row_save(sec->writer, at, sec->epoch);', ';'),
    ('save: a unit is saved twice', 'rte_seqstat_section.h',
     'if (rte_atomic_load_explicit(tag, rte_memory_order_relaxed) >= epoch)', 'if (false)'),
    ('end: the number is the one before', 'rte_seqstat_section.h',
     'sec->sn + 1,', 'sec->sn - 1,'),
    ('save: the tag before the words', 'rte_seqstat_section.h',
     re.compile(r'(\tfor \(i = w->unit_words; i-- > 0; \)\n'
                r'\t\t__rte_seqstat_value_store\(.*?\);\n)(.*?)(?=\n\})', re.DOTALL),
     r'\2\n\1'),
    ('save: nothing is saved', 'rte_seqstat_section.h',
     'i = w->unit_words;', 'i = 0;'),
    ('save: a part of the unit', 'rte_seqstat_section.h',
     'i = w->unit_words;', 'i = w->n_values;'),
    ('save: the unit begins at the row', 'rte_seqstat_section.h',
     '*unit = __rte_seqstat_unit(row);', '*unit = row;'),
    ('save: no tag', 'rte_seqstat_section.h',
     'rte_atomic_store_explicit(tag, epoch, rte_memory_order_release);', ''),
    ('save: the tag of the row, not of its unit', 'rte_seqstat_section.h',
     '__rte_seqstat_tag(w, unit);', '__rte_seqstat_tag(w, row);'),
    ('save: the tag of the first unit', 'rte_seqstat_section.h',
     '__rte_seqstat_tag(w, unit);', '__rte_seqstat_tag(w, __rte_seqstat_row_at(w, 0));'),
    ('block: the array of tags begins in the rows', 'seqstat_block.h',
     'parts.tags = parts.saved;', 'parts.tags = rows;'),
    ('block: the tag inside is a value', 'seqstat_block.h',
     'unit.size - sizeof(uint64_t);', 'unit.size - 2 * sizeof(uint64_t);'),
    ('block: saved copies begin at the tags', 'seqstat_block.h',
     'parts.saved += RTE_ALIGN_CEIL(size >> unit.tag_shift, __RTE_SEQSTAT_LINE);', ''),
    ('acknowledged: every writer has', 'seqstat_read.h',
     'rte_atomic_load_explicit(&rows.writer->ack, rte_memory_order_acquire) != epoch', 'false'),
    ('acknowledged: no look at the tag after the copy', 'seqstat_read.h',
     'likely(rte_atomic_load_explicit(tag, rte_memory_order_relaxed) != epoch)', 'true'),
    ('acknowledged: live rows are read despite the tag', 'seqstat_read.h',
     'seqstat_rows_copy(values, saved, n_rows, unit);',
     'seqstat_rows_copy(values, row, n_rows, unit);'),
    ('acknowledged: always the tag of the first unit', 'seqstat_read.h',
     'tag = RTE_PTR_ADD(tag, unit.size >> unit.tag_shift);', ''),
    ('acknowledged: the next word for the next tag', 'seqstat_read.h',
     'unit.size >> unit.tag_shift', 'sizeof(uint64_t)'),
    ('acknowledged: the last rows without a look at their tag', 'seqstat_read.h',
     re.compile(r'(\tif \(left > 0\)\n\t\t)\*n_saved \+= seqstat_rows_copy_acked\(values, row,\n'
                r'.*\n\t+left, unit, epoch\);'),
     r'\1seqstat_rows_copy(values, row, left, unit);'),
    ('idle: an odd number is accepted', 'seqstat_read.h',
     '(sn & 1) != 0', 'false'),
    ('idle: no second look at the number', 'seqstat_read.h',
     re.compile(r'(rte_atomic_thread_fence\(rte_memory_order_acquire\);\n'
                r'\tif \()rte_atomic_load_explicit\(&w->lock.count.sn, '
                r'rte_memory_order_relaxed\) != sn'), r'\1false'),
    ('idle: no second look at the acknowledgment', 'seqstat_read.h',
     'rte_atomic_load_explicit(&w->ack, rte_memory_order_relaxed) != epoch', 'true'),
    ('snapshot: the epoch stays', 'rte_seqstat_snapshot.c',
     re.compile(r'(rte_atomic_load_explicit\(&cut->epoch, rte_memory_order_relaxed\)\)) \+ 1'),
     r'\1'),
    ('snapshot: the epoch ends before the writers are read', 'rte_seqstat_snapshot.c',
     re.compile(r'(\tgroup->left = read_all\(group, limit\);\n)(\tend_epoch\(group->cut\);\n)'),
     r'\2\1'),
    ('snapshot: writers are listed before the epoch begins', 'rte_seqstat_snapshot.c',
     re.compile(r'\tgroup->epoch = begin_epoch\(group->cut\);\n(.*?)(\tgroup->left = read_all)',
                re.DOTALL),
     r'\1\tgroup->epoch = begin_epoch(group->cut);\n\2'),
    ('snapshot: a failed attempt overwrites the former values', 'rte_seqstat_snapshot.c',
     'seqstat_read_idle(snap->spare,', 'seqstat_read_idle(view->values,'),
    ('snapshot: a late writer is not flagged', 'rte_seqstat_snapshot.c',
     'if (view->pending) {\n', 'if (false) {\n'),
    ('snapshot: without the turn', 'rte_seqstat_snapshot.c',
     'seqstat_turn_take(group->cut, limit) == 0', 'true'),
    ('snapshot: no section of a dead process is closed', 'rte_seqstat_snapshot.c',
     'seqstat_block_close_section(set, block);', ';'),
    ('snapshot: sections of living processes are closed', 'rte_seqstat_snapshot.c',
     'if (seqstat_alive(owner))', 'if (false)'),
    ('clear: a reader does not finish it', 'rte_seqstat_snapshot.c',
     'seqstat_clear_finish(group->snaps[i]->handle->set, false);', ';'),
    ('clear: a stale writer keeps the row', 'rte_seqstat_snapshot.c',
     'if (snap->writers[i].pending)\n', 'if (false)\n'),
    ('clear: a snapshot does not notice', 'seqstat_clear.c', 'set->n_clears++;', ''),
    ('clear: zeroed before the sum is complete', 'seqstat_clear.c',
     re.compile(r'(\t\tsum\(set, n_blocks\);\n)(\t\tenter\(set, SEQSTAT_CLEARING_ZERO\);\n)'),
     r'\2\1'),
    ('clear: summed again after a kill', 'seqstat_clear.c',
     'enter(set, SEQSTAT_CLEARING_ZERO);', ';'),
    ('clear: not retired', 'seqstat_clear.c',
     'memcpy(set->retired, set->retired_next,', 'memcpy(set->retired_next, set->retired,'),
    ('clear: retired again', 'seqstat_clear.c', 'enter(set, SEQSTAT_CLEARING_NONE);', ';'),
    ('close: with an even number', 'seqstat_writer.c',
     '(sn & 1) == 0', 'false'),
    ('close: the section is not counted as torn', 'seqstat_writer.c',
     'rte_atomic_fetch_add_explicit(&block->n_torn, 1, rte_memory_order_relaxed);', ''),
    ('adopt: an open section stays', 'seqstat_writer.c',
     '\tseqstat_block_close_section(set, block);\n', ''),
    ('adopt: the spinlock is left as it is', 'seqstat_writer.c',
     'rte_spinlock_init(&block->writer->lock.lock);', ';'),
    ('adopt: the block of a living process', 'seqstat_writer.c',
     'if (!seqstat_alive(owner))', 'if (true)'),
    ('publish: the same block twice', 'seqstat_writer.c',
     'rte_atomic_store_explicit(&set->n_blocks, n + 1,',
     'rte_atomic_store_explicit(&set->n_blocks, RTE_MAX(n, 1u),'),
    ('shared writer: without the spinlock', 'rte_seqstat_section.h',
     'rte_spinlock_lock(&w->lock.lock);', ''),
)

# Conditions of the guarantees: if one is violated, a guarantee must be, too.
CONDITIONS = (
    ('the message is relaxed', 'message', 'c11'),
    ('the message is received in the section', 'receive', 'c11'),
    ('the locks order nothing', 'locks', 'c11'),
)


class NoVerdict(Exception):
    """A model could not be built, or ended without a verdict."""


class Mutant:
    """A change of one file of the library."""

    def __init__(self, name, file, text):
        self.name = name
        self.file = file
        self.text = text


def function_at(text, offset):
    """Return the name of the function at an offset."""
    return [m[1] for m in FUNCTION.finditer(text, 0, offset)][-1]


def weakened(file, text):
    """Yield the mutants of a source that lack one fence or order."""
    for m in FENCE.finditer(text):
        function = function_at(text, m.start())
        # Its callers are mutated instead.
        if function != '__rte_seqstat_store_fence':
            line = text.count('\n', 0, m.start()) + 1
            yield Mutant(f'{function}:{line}: no {m[1]}', file,
                         text[:m.start()] + text[m.end():])
    for m in ORDER.finditer(text):
        function = function_at(text, m.start())
        if text[:m.start()].endswith('rte_atomic_thread_fence(') or \
                function in ONLY_C11 + FENCED_BESIDES + LOADS_FIRST:
            continue
        line = text.count('\n', 0, m.start()) + 1
        yield Mutant(f'{function}:{line}: no {m[1]}', file,
                     text[:m.start()] + 'rte_memory_order_relaxed' + text[m.end():])


def changed(name, file, text, old, new):
    """Return the mutant of a change of logic."""
    if isinstance(old, str):
        old, new = re.compile(re.escape(old)), new.replace('\\', '\\\\')
    mutant, n = old.subn(new, text)
    if n != 1:
        sys.exit(f'{file} has changed: mutant "{name}" matches {n} times')
    return Mutant(name, file, mutant)


def mutants(lib):
    texts = {file: (lib / file).read_text() for file in SOURCES}
    for file, text in texts.items():
        yield from weakened(file, text)
    for name, file, old, new in LOGIC:
        yield changed(name, file, texts[file], old, new)


def unchanged(lib):
    """Return a mutant without a change."""
    return Mutant('', SOURCES[0], (lib / SOURCES[0]).read_text())


def run_model(program, *args):
    """Run a model; return its status and its last line."""
    done = subprocess.run([program, *args], stdout=subprocess.PIPE, text=True)
    line = ''.join(done.stdout.splitlines()[-1:])
    if done.returncode not in (PASSED, VIOLATED, NOT_SEEN) or \
            (done.returncode == VIOLATED) != bool(VIOLATION.search(line)):
        raise NoVerdict(f'{shlex.join(args)}: status {done.returncode} after "{line}"')
    return done.returncode, line


def run_models(program, all_runs):
    """Run all models; return a violation, or else the first result that is not a pass."""
    worst = PASSED, ''
    for memory, runs in all_runs:
        end = run_model(program, '-m', memory, '-n', str(runs))
        if end[0] == VIOLATED:
            return end
        if worst[0] == PASSED:
            worst = end
    return worst


def build(mutant, folder, args):
    """Build the models with a mutant, by the build's own command."""
    lib, code, program = folder / 'lib', folder / 'code.o', folder / 'model'
    shutil.copytree(args.lib, lib)
    (lib / 'rte_seqstat_compat.h').unlink()
    (lib / mutant.file).write_text(mutant.text)

    with open(args.build_root / 'compile_commands.json', encoding='utf-8') as commands:
        command = [c for c in json.load(commands) if c['file'].endswith('model_code.c')][0]
    compiler = shlex.split(command['command'])
    compiler.insert(1, f'-I{lib}')
    compiler[compiler.index('-o') + 1] = code
    try:
        subprocess.run([*compiler, '-w'], cwd=command['directory'], check=True)
        subprocess.run([*shlex.split(args.linker), args.models, code, '-o', program], check=True)
    except subprocess.CalledProcessError as error:
        raise NoVerdict('cannot be built') from error
    return program


def try_mutant(mutant, args, runs=RUNS):
    with tempfile.TemporaryDirectory(dir=args.build_dir) as folder:
        return run_models(build(mutant, pathlib.Path(folder), args), runs)


def report(outcome, name, line):
    """Print the outcome of a mutant."""
    print(f'{outcome:10} {name}' + (f' [{line}]' if line else ''), flush=True)


def ends_as(wanted, name, attempt, *args):
    """Report an attempt; return whether the models end as wanted."""
    try:
        end, line = attempt(*args)
    except NoVerdict as error:
        report('NO VERDICT', name, error)
        return False
    outcome = 'killed' if end == VIOLATED else 'survived'
    report(outcome if end == wanted else outcome.upper(), name, line)
    return end == wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--lib', type=pathlib.Path, required=True, help='lib/seqstat')
    parser.add_argument('--build-root', type=pathlib.Path, required=True,
                        help="the folder of meson's compile_commands.json")
    parser.add_argument('--models', type=pathlib.Path, required=True,
                        help='the compiled scenarios')
    parser.add_argument('--linker', required=True, help='the C++ compiler')
    parser.add_argument('--model', required=True, help='the model of the unchanged library')
    parser.add_argument('--build-dir', required=True, help='the folder to build mutants in')
    parser.add_argument('--only', default='', help='only mutants with this text in their names')
    parser.add_argument('-j', type=int, default=2, help='mutants in parallel')
    args = parser.parse_args()

    todo = [m for m in mutants(args.lib) if args.only in m.name]
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        control = pool.submit(try_mutant, unchanged(args.lib), args, CONTROL_RUNS)
        attempts = [pool.submit(try_mutant, m, args) for m in todo]
        results = [ends_as(VIOLATED, f'{m.file}: {m.name}', attempt.result)
                   for m, attempt in zip(todo, attempts)]
    for name, switch, memory in CONDITIONS:
        if args.only in name:
            results.append(ends_as(VIOLATED, f'condition: {name}', run_model, args.model,
                                   '-m', memory, '-n', '60000', '-b', switch))
    survived = ends_as(PASSED, 'control: no change', control.result)
    print(f'mutants: {sum(results)} of {len(results)} killed')
    return 0 if survived and all(results) else 1


if __name__ == '__main__':
    sys.exit(main())
