#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Install the build into a folder, and use it from there with pkg-config and meson."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PREFIX = os.environ['PREFIX']
LIBDIR = os.environ['LIBDIR']
sys.path[:0] = [str(SOURCE / folder) for folder in ('tests', 'tests/doc', 'usertools')]

# pylint: disable=wrong-import-position
import pages  # noqa: E402
from dpdk_seqstat.telemetry import Connection, TelemetryError  # noqa: E402
from supervised import run, supervise, wait_until  # noqa: E402

COMMANDS = [f'/seqstat/{name}' for name in (
    'buckets', 'info', 'lcore', 'list', 'retired', 'total', 'values', 'writers')]
EAL = ['--no-huge', '-m', '64', '--no-pci']

# The how-to changes this example of DPDK. Each of its blocks goes before or after a match in
# the example's source.
EXAMPLE = pathlib.Path('/usr/share/dpdk/examples/skeleton')
PLACES = [
    ('schema', r'(?s:.*^#include [^\n]*\n)', 'after'),
    ('create', r'^[^\n]*\blcore_main\(\);', 'before'),
    ('bytes', r'^[^\n]*rte_eth_tx_burst\(', 'before'),
    ('count', r'rte_eth_tx_burst\([^;]*;\n', 'after'),
]
PROJECT = """
project('application', 'c')
seqstat = dependency('libdpdk-seqstat-ethdev',
    fallback: 'seqstat',
    default_options: ['apps=false', 'examples=false', 'tests=false'])
app = executable('app', 'app.c',
    c_args: '-DALLOW_EXPERIMENTAL_API',
    dependencies: [dependency('libdpdk'), seqstat])
test('app', find_program('run_eal.sh'), args: app)
"""


def linked_libraries(program):
    return re.findall(r'NEEDED.*\[(.*)\]', run('readelf', '-d', program))


def adopt(text, blocks):
    """Insert the blocks of the how-to into the text of the example."""
    for name, pattern, side in PLACES:
        match = re.search(pattern, text, re.MULTILINE)
        at = match.end() if side == 'after' else match.start()
        line = text[text.rfind('\n', 0, match.end() - 1) + 1:]
        indentation = re.match(r'\s*', line)[0]
        text = text[:at] + textwrap.indent(blocks[f'seqstat-adopt-{name}'], indentation) + text[at:]
    return text


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        os.environ['RUNTIME_DIRECTORY'] = str(cls.folder)
        run('meson', 'install', '-C', os.environ['MESON_BUILD_ROOT'], '--no-rebuild',
            '--destdir', cls.folder)
        cls.prefix = cls.folder / PREFIX.lstrip('/')
        libraries = cls.prefix / LIBDIR
        for file in libraries.glob('pkgconfig/*.pc'):
            text = file.read_text().replace(f'prefix={PREFIX}\n', f'prefix={cls.prefix}\n')
            file.write_text(text)
        cls.env = dict(os.environ, PKG_CONFIG_PATH=str(libraries / 'pkgconfig'))
        cls.env_shared = dict(cls.env, LD_LIBRARY_PATH=str(libraries))

    def compile(self, name, compiler, *pkg_config_options):
        """Compile the application outside the tree, and return the program.

        Link all libraries, as by gcc's default outside of Debian.
        """
        flags = run('pkg-config', '--cflags', '--libs', *pkg_config_options,
                    'libdpdk-seqstat-ethdev', env=self.env).split()
        program = self.folder / name
        source = shutil.copy(SOURCE / 'tests/package/app.c', self.folder)
        run(*compiler, '-Wall', '-Wextra', '-Werror', '-DALLOW_EXPERIMENTAL_API',
            source, '-x', 'none', '-o', program, '-Wl,--no-as-needed', *flags)
        return program

    def check_run(self, program, env):
        """Check that the application counts, and registers each telemetry command once."""
        with subprocess.Popen([program, *EAL], env=env, text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as app:
            self.assertIn('packets 42\n', iter(app.stdout))
            with Connection('rte', 60) as connection:
                commands = connection.ask('/')
            app.communicate('\n')
        self.assertEqual(app.returncode, 0)
        self.assertEqual([c for c in commands if c.startswith('/seqstat/')], COMMANDS)

    def test_shared(self):
        program = self.compile('shared', ['cc'])
        self.assertLess({'librte_seqstat.so.2', 'librte_seqstat_ethdev.so.2'},
                        set(linked_libraries(program)))
        self.check_run(program, self.env_shared)

    def test_static(self):
        program = self.compile('static', ['cc'], '--static')
        self.assertEqual([lib for lib in linked_libraries(program) if 'rte_' in lib], [])
        self.check_run(program, self.env)

    def test_cplusplus(self):
        self.check_run(self.compile('cplusplus', ['c++', '-x', 'c++']), self.env_shared)

    def test_example(self):
        """The Makefile of the example builds outside of the tree."""
        example = shutil.copytree(SOURCE / 'examples/l2fwd-stats', self.folder / 'example')
        for linkage in ('shared', 'static'):
            run('make', '-C', example, linkage, env=dict(self.env, CFLAGS='-O1 -Wall -Werror'))
            program = example / 'build/l2fwd-stats'
            self.assertEqual('librte_seqstat.so.2' in linked_libraries(program),
                             linkage == 'shared')
            self.assertIn(program.name, run(program, *EAL, '--', '--help', env=self.env_shared))

    def test_tools(self):
        """The tools find their modules where they are installed, away from the source."""
        env = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        for name in 'top', 'history':
            self.assertIn('examples:', run(self.prefix / f'bin/dpdk-seqstat-{name}.py', '--help',
                                           cwd='/', env=env))
        # The exporter needs no library of DPDK, and its service runs the installed program.
        exporter = self.prefix / 'bin/dpdk-seqstat-exporter'
        self.assertEqual([lib for lib in linked_libraries(exporter) if 'rte_' in lib], [])
        self.assertIn(f'\nExecStart={PREFIX}/bin/dpdk-seqstat-exporter\n', (
            self.prefix / 'lib/systemd/system/dpdk-seqstat-exporter.service').read_text())
        # DPDK's exporter loads each file of the folder as an endpoint.
        endpoint, = (self.prefix / 'share/dpdk/telemetry-endpoints').iterdir()
        run('/usr/bin/python3', '-c', f"""
import importlib.util
spec = importlib.util.spec_from_file_location('seqstat', {str(endpoint)!r})
endpoint = importlib.util.module_from_spec(spec)
spec.loader.exec_module(endpoint)
assert endpoint.mapping.__file__.startswith({str(self.prefix)!r}), endpoint.mapping
""", cwd='/', env=env)

    def test_subproject(self):
        """A meson project can have this one as a subproject."""
        for linkage in 'shared', 'static':
            project = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            (project / 'subprojects').mkdir()
            (project / 'subprojects/seqstat').symlink_to(SOURCE)
            (project / 'meson.build').write_text(PROJECT)
            for file in 'tests/package/app.c', 'tests/run_eal.sh':
                shutil.copy(SOURCE / file, project)
            run('meson', 'setup', project / 'build', project, '--wrap-mode=forcefallback',
                f'-Ddefault_library={linkage}')
            run('meson', 'test', '-C', project / 'build', stdin=subprocess.DEVNULL)

    @unittest.skipUnless(EXAMPLE.is_dir(), 'no source of the example')
    def test_adoption(self):
        """With the changes of the how-to, DPDK's example has consistent statistics."""
        blocks = {block.name: block.text for block in pages.blocks(
            SOURCE / 'doc/guides/howto/seqstat_adopt.rst')}
        folder = shutil.copytree(EXAMPLE, self.folder / 'skeleton')
        source = folder / 'basicfwd.c'
        source.write_text(adopt(source.read_text(encoding='utf-8'), blocks), encoding='utf-8')
        run('sh', '-ec', blocks['seqstat-adopt-build'], cwd=folder, env=dict(
            self.env, CFLAGS='-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare'))
        process = subprocess.Popen(shlex.split(blocks['seqstat-adopt-run']), cwd=folder,
                                   env=self.env_shared, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def newer():
            """Return the ports if they have more packets than last time."""
            try:
                with Connection('rte', 60) as connection:
                    rows = connection.ask('/seqstat/total', 'basicfwd')['rows'].values()
            except (TelemetryError, TypeError):
                return None
            ports = [row for row in rows if 'labels' in row]
            return ports if sum(port['rx_packets'] for port in ports) > last else None

        last = 0
        for _ in range(100):
            ports = wait_until(newer, 'more packets')
            self.assertEqual([port['labels'] for port in ports],
                             [{'port': 'net_null0'}, {'port': 'net_null1'}])
            last = sum(port['rx_packets'] for port in ports)
            self.assertEqual(last, sum(port['tx_packets'] + port['tx_dropped'] for port in ports))
            self.assertEqual(64 * last, sum(port['rx_bytes'] for port in ports))


if __name__ == '__main__':
    supervise()
    unittest.main()
