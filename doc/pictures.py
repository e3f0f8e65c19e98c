#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Take the pictures in the guide of the tools: the live view, a burst, and Prometheus.

Traffic is forwarded between network namespaces as in the demonstration. Needs root and what
devtools/packages lists for demo, tools and doc-pictures.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from rich.console import Console
from rich.text import Text

SOURCE = pathlib.Path(__file__).resolve().parent.parent
IMAGES = SOURCE / 'doc/guides/tools/img'
PICTURES = ['history', 'top', 'prometheus']
PROGRAM = SOURCE / 'build/examples/dpdk-l2fwd-stats'
EXPORTER = SOURCE / 'build/app/dpdk-seqstat-exporter'
ISOLATE = ['unshare', '--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child']

# In this order; they last for about a minute in all.
TRAFFIC = [(15, '-u', '-b', '100M', '--bidir'), (10, '-u', '-b', '250M', '-R'),
           (15, '-u', '-b', '60M', '--bidir'), (20, '-u', '-b', '150M')]
GRAPH = 'sum by (port) (rate(dpdk_seqstat_l2fwd_rx_bytes_total[15s])) * 8'
# A character of the terminal's font, in pixels.
WIDTH, HEIGHT = 7.83, 17
PAGE = ('<meta charset="UTF-8"><body style="margin: 0">'
        f'<pre style="margin: 10px; font: 13px/{HEIGHT}px \'DejaVu Sans Mono\'">{{code}}</pre>')


def shoot(folder, url, name, width, height):
    """Let a browser take a picture of a page."""
    subprocess.run(
        ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
         '--no-first-run', '--disable-background-networking', '--disable-component-update',
         '--disable-sync', f'--user-data-dir={folder / "chromium"}',
         '--virtual-time-budget=15000', f'--window-size={width},{height}',
         f'--screenshot={IMAGES / name}', url], check=True, stderr=subprocess.DEVNULL)


def shoot_terminal(folder, lines, name, width):
    """Take a picture of the lines of a terminal, with their escape sequences."""
    with open(os.devnull, 'w', encoding='utf-8') as nowhere:
        console = Console(width=width, record=True, file=nowhere, force_terminal=True,
                          color_system='truecolor')
        for line in lines:
            console.print(Text.from_ansi(line), no_wrap=True, crop=True, highlight=False)
    page = folder / 'terminal.html'
    page.write_text(console.export_html(inline_styles=True, code_format=PAGE), encoding='utf-8')
    shoot(folder, page.as_uri(), name, int(width * WIDTH) + 22, len(lines) * HEIGHT + 20)


def draw_burst(folder, network):
    """Draw a burst between seconds without traffic."""
    network.reach_server()
    time.sleep(10)  # the hosts ask each other no more
    print('burst of', next(network.burst()), 'packets')
    time.sleep(0.02)
    shutil.copy(folder / 'run', folder / 'burst')
    subprocess.run([SOURCE / 'usertools/dpdk-seqstat-history.py', folder / 'burst', '--plot',
                    IMAGES / 'seqstat_history.png', '--since', '0.045', '--set', 'l2fwd',
                    '--counter', 'rx_packets'], check=True)


def take_pictures(folder, pictures):
    """Start the programs and take pictures of them."""
    # The tests of the tools expect these variables.
    os.environ['TOOLS_APPLICATION'] = str(PROGRAM)
    os.environ['SEQSTAT_EXPORTER'] = str(EXPORTER)
    sys.path[:0] = [str(SOURCE / 'devtools'), str(SOURCE / 'tests/tools')]
    # pylint: disable=import-outside-toplevel
    import demo_network as network
    from demo_forwarder import Forwarder
    from harness import Exporter, run
    from prometheus import Prometheus
    from test_top import Terminal

    network.make_network()
    run('ip', 'link', 'set', 'lo', 'up')
    # In the tmpfs of make_network().
    stat_files = pathlib.Path('/run/seqstat')
    stat_files.mkdir()
    os.environ['RUNTIME_DIRECTORY'] = str(stat_files)
    vdevs = [f'net_af_packet{i},iface={interface},framecnt=4096,blocksz=65536'
             for i, interface in enumerate(network.INTERFACES)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(Forwarder(argparse.Namespace(
            program=PROGRAM, folder=stat_files, quiet=True), vdevs, 'period=1,history=64'))
        if 'history' in pictures:
            draw_burst(stat_files, network)
        stack.enter_context(network.iperf3_server())
        if 'prometheus' in pictures:
            stack.callback(Exporter(stat_files / 'run', listen='127.0.0.1:9877').end)
            stack.callback(Prometheus(folder / 'prometheus', port=9090).close)
        network.reach_server()

        def send():
            for seconds, *options in TRAFFIC:
                network.iperf3(seconds, *options)

        traffic = threading.Thread(target=send)
        traffic.start()
        if 'top' in pictures:
            terminal = Terminal(folder, stat_files / 'run', size=(80, 24))
            stack.callback(terminal.close)
            # So that the history of the rates has a step, and both directions have traffic.
            time.sleep(sum(seconds for seconds, *_ in TRAFFIC[:2]) + 5)
            terminal.wait('l2fwd ', 'unaccounted')
            shoot_terminal(folder, terminal.screen('-e'), 'seqstat_top.png', 80)
            terminal.press('h', 's', 's')
            terminal.wait('l2fwd_poll', 'now')
            shoot_terminal(folder, terminal.screen('-e'), 'seqstat_top_poll.png', 80)
        traffic.join()
        if 'prometheus' in pictures:
            query = urllib.parse.urlencode({'g0.expr': GRAPH, 'g0.tab': 0,
                                            'g0.range_input': '90s'})
            shoot(folder, f'http://127.0.0.1:9090/classic/graph?{query}',
                  'seqstat_prometheus.png', 1100, 860)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('picture', nargs='*', help=f'{", ".join(PICTURES)}; by default all')
    args = parser.parse_args()
    if unknown := set(args.picture) - set(PICTURES):
        parser.error(f'no picture: {", ".join(unknown)}')
    if 'SEQSTAT_PICTURES' not in os.environ:
        os.environ['SEQSTAT_PICTURES'] = 'isolated'
        os.execvp(ISOLATE[0], [*ISOLATE, sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix='seqstat-') as folder:
        take_pictures(pathlib.Path(folder), args.picture or PICTURES)


if __name__ == '__main__':
    main()
