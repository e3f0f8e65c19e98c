#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run a static analyser on the product's sources with the flags of a build folder.

First, the analyser must find the bug in a canary.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CANARY = pathlib.Path(__file__).resolve().with_name('canary.c')
SKIPPED = 77
# gcc prints this when it skips the rest of a file.
GAVE_UP = 'analysis bailed out early'


def compile_commands(build, folders):
    """Return the compiler's arguments for each source in some folders."""
    commands = {}
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        source = pathlib.Path(entry['directory'], entry['file']).resolve()
        if any(source.is_relative_to(TOP / folder) for folder in folders):
            commands.setdefault(source, shlex.split(entry['command']))
    return commands


def headers(arguments):
    """Return those of meson's arguments that include files, define macros, or select a target."""
    return [word for word in arguments if word.endswith('.h') or word.startswith(
        ('-isystem', '-include', '-I', '-D', '-std=', '-march='))]


def find_header(name, arguments):
    """Return the path of a header in the system folders."""
    folders = [word[len('-isystem'):] for word in arguments if word.startswith('-isystem')]
    return next(path for path in (pathlib.Path(folder, name) for folder in folders)
                if path.exists())


def clang_tidy(source, arguments):
    return ['clang-tidy', '--quiet', source, '--', *headers(arguments)]


def gcc(source, arguments):
    # The analyser does not see code that the optimiser removed. It skips the rest of a file that
    # has too many states, and reports that only with -Wanalyzer-too-complex.
    command = ['gcc', '-fanalyzer', '-Werror', '-O0', '-Wanalyzer-too-complex',
               '-Wno-error=analyzer-too-complex', '--param=analyzer-bb-explosion-factor=50',
               '--param=analyzer-max-enodes-per-program-point=50',
               *headers(arguments), '-c', source, '-o', '/dev/null']
    if source.name == 'seqstat_publish.c':
        command.append('--param=analyzer-bb-explosion-factor=200')
    return command


def cppcheck(source, arguments):
    # Without the compiler's own macros, DPDK's headers end in #error, and cppcheck checks nothing.
    command = ['cppcheck', '--quiet', '--std=c11', '--library=posix', '--error-exitcode=1',
               '--enable=warning,performance,portability', '--inline-suppr',
               '--suppress=*:/usr/include/*',
               # Anonymous mappings have the descriptor -1.
               '--suppress=invalidFunctionArg:*/seqstat_control.c',
               # The compiler checks formats better.
               '--suppress=invalidPrintfArgType_uint', '--suppress=invalidPrintfArgType_sint',
               '-D__x86_64__', '-D__GNUC__=12', '-D__BYTE_ORDER__=1234',
               '-D__ORDER_LITTLE_ENDIAN__=1234', '-D__ORDER_BIG_ENDIAN__=4321',
               '-I/usr/include/x86_64-linux-gnu']
    for word in headers(arguments):
        if word.startswith(('-isystem', '-I', '-D')):
            command.append(word.replace('-isystem', '-I', 1))
        elif word.endswith('.h'):
            command.append(f'--include={find_header(word, arguments)}')
    return [*command, source]


# This file is specialised for each usual number of values: its states would take gcc 20 GB.
LEFT_OUT = {'gcc': ('rte_seqstat_snapshot.c',)}

PROGRAMS = ('app/seqstat-exporter', 'examples')

# Each analyser's command, and the folders that it analyses.
ANALYSERS = {
    'clang-tidy': (clang_tidy, ('lib', *PROGRAMS)),
    'cppcheck': (cppcheck, ('lib', *PROGRAMS)),
    'gcc': (gcc, ('lib',)),
}


def analyse(command, folder):
    """Return whether the analyser found nothing, and its output."""
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    text = done.stdout + done.stderr
    return done.returncode == 0 and GAVE_UP not in text, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('analyser', choices=ANALYSERS)
    parser.add_argument('build', type=pathlib.Path)
    args = parser.parse_args()
    make_command, folders = ANALYSERS[args.analyser]
    if not shutil.which(args.analyser):
        print(f'{args.analyser} is not installed')
        sys.exit(SKIPPED)

    commands = {source: arguments
                for source, arguments in compile_commands(args.build, folders).items()
                if source.name not in LEFT_OUT.get(args.analyser, ())}
    library = next(source for source in commands if source.is_relative_to(TOP / 'lib'))
    clean, text = analyse(make_command(CANARY, commands[library]), args.build)
    if clean or CANARY.name not in text:
        sys.exit(f'{args.analyser} does not find the bug in {CANARY.name}:\n{text}')

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for clean, text in pool.map(
                lambda item: analyse(make_command(*item), args.build), commands.items()):
            if not clean:
                print(text)
                failed += 1
    print(f'{args.analyser}: {len(commands)} files, {failed} not clean')
    sys.exit(1 if failed or not commands else 0)


if __name__ == '__main__':
    main()
