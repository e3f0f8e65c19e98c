#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Build a fuzz target with clang's libFuzzer and sanitizers, and run it on its corpus.

Without a corpus, the target is fuzz_file.c, and begins with the files of tests/statfile.

It runs for FUZZ_SECONDS, by default 20. If an input makes the target fail, the output has it as a
line for the corpus.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / 'statfile')]

# pylint: disable=wrong-import-position
from debian_archive import skip  # noqa: E402
from supervised import supervise  # noqa: E402
from test_statfile import changed, make_file  # noqa: E402

SANITIZERS = ['-g', '-O1', '-fno-omit-frame-pointer', '-fno-sanitize-recover=all',
              '-fsanitize=fuzzer,address,undefined']


def flags(*packages):
    """Return the compiler's and linker's options for packages, with -isystem to avoid warnings."""
    done = subprocess.run(['pkg-config', '--cflags', '--libs', *packages], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        skip(done.stdout.strip().replace('\n', ' '))
    return re.sub(r'(^|\s)-I', r'\1-isystem', done.stdout).split()


def check_compiler(folder):
    """Skip the test without a clang that has libFuzzer."""
    if not shutil.which('clang'):
        skip('no clang')
    (folder / 'empty.c').write_text(
        'int LLVMFuzzerTestOneInput(void);\nint LLVMFuzzerTestOneInput(void) { return 0; }\n')
    done = subprocess.run(['clang', *SANITIZERS, folder / 'empty.c', '-o', folder / 'empty'],
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        skip('this clang has no libFuzzer: ' + done.stderr.strip().split('\n')[-1])


def source_files(sources):
    for source in sources:
        yield from source.glob('*.c') if source.is_dir() else [source]


def build(folder, args):
    program = folder / 'fuzzer'
    sources = sorted(source_files(args.sources))
    includes = {f'-I{source.parent}' for source in sources}
    subprocess.run(['clang', *SANITIZERS, '-std=gnu11', '-Wall', '-Wextra', '-Werror',
                    '-Wno-missing-field-initializers', '-D_GNU_SOURCE',
                    '-DALLOW_EXPERIMENTAL_API', *includes,
                    *(source for source in sources if source.suffix == '.c'), '-o', program,
                    *flags('libdpdk', 'jansson')], check=True)
    return program


def corpus_read(path):
    """Yield the inputs of a corpus: lines with escapes as in C; {x*9} repeats x nine times."""
    for line in path.read_text(encoding='ascii').splitlines():
        if line and not line.startswith('#'):
            line = re.sub(r'\{(\\x..|.)\*(\d+)\}', lambda run: run[1] * int(run[2]), line)
            yield line.encode('ascii').decode('unicode_escape').encode('latin-1')


def stat_files():
    """Return inputs of fuzz_file.c: the maximum size of a read, 0 for no limit; then the file."""
    return [b'\0' + make_file(n_records=2),
            # Values by writer, in small pieces.
            b'\x11' + make_file(n_records=2, per_writer=True),
            # Another byte order, and another version.
            *(b'\0' + changed(make_file(n_records=1), change)
              for change in ((8, 'I', 0x04030201), (12, 'I', 2)))]


def corpus_line(data):
    """Return an input as a line for the corpus."""
    line = repr(data)[2:-1].replace("\\'", "'")
    return line.replace('#', '\\x23', 1) if line.startswith('#') else line


def fuzz(program, folder, args):
    corpus = folder / 'corpus'
    corpus.mkdir()
    inputs = corpus_read(args.corpus) if args.corpus else stat_files()
    for number, data in enumerate(inputs):
        (corpus / str(number)).write_bytes(data)

    seconds = os.environ.get('FUZZ_SECONDS', '20')
    # The target has a runtime folder of its own.
    environment = dict(os.environ, RUNTIME_DIRECTORY=str(folder))
    crash = folder / 'crash'
    done = subprocess.run(
        [program, f'-max_total_time={seconds}', f'-max_len={args.max_len}', '-timeout=120',
         '-rss_limit_mb=4096', '-verbosity=0', '-print_final_stats=1',
         f'-exact_artifact_path={crash}', corpus],
        cwd=folder, env=environment, check=False)
    print(f'{len(list(corpus.iterdir()))} inputs with different coverage')
    if crash.exists():
        print('the input that failed:', corpus_line(crash.read_bytes()), sep='\n')
    return done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--corpus', type=pathlib.Path)
    parser.add_argument('--max-len', type=int, default=1200, help='longest input')
    parser.add_argument('sources', type=pathlib.Path, nargs='+',
                        help='C files, folders of them, or headers, for their folders')
    args = parser.parse_args()

    # A short path: a socket address has room for 107 characters.
    with tempfile.TemporaryDirectory(prefix='seqstat-') as name:
        folder = pathlib.Path(name)
        check_compiler(folder)
        status = fuzz(build(folder, args), folder, args)
    sys.exit(1 if status else 0)


if __name__ == '__main__':
    supervise()
    main()
