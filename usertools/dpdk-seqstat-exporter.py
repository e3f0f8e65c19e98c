#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Export the statistics of seqstat applications to Prometheus, as OpenMetrics over HTTP.

Each request reads the telemetry sockets of all applications, each set from one snapshot. Metrics
are named dpdk_seqstat_<set>_<counter>, with unit and suffix after the conventions of Prometheus,
and have the labels of the row (its number as "row" if it has none), the lcore ("any": threads
without one) and the file prefix of the application. Beside them there are, for each application,
dpdk_seqstat_up and how the scrape went, and for each set, how its snapshots went and which writers
stopped inside a section.
"""

import argparse
import concurrent.futures
import logging
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from wsgiref import simple_server

import prometheus_client
from prometheus_client.core import Metric

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), '../share/dpdk'))

# pylint: disable=wrong-import-position
from dpdk_seqstat import metrics  # noqa: E402
from dpdk_seqstat.reading import read_application  # noqa: E402
from dpdk_seqstat.telemetry import TelemetryError, find_applications  # noqa: E402

DEFAULT_PORT = 9877
PREFIX = 'dpdk_seqstat_'
# In seconds. What takes longer than Prometheus waits costs all applications their series.
DEFAULT_TIMEOUT = 2

LOG = logging.getLogger('dpdk-seqstat-exporter')


class Scrape:
    """What one application said, and how long it took."""

    def __init__(self, application, per_lcore, timeout):
        self.application = application
        self.read = None
        self.error = ''
        begin = time.monotonic()
        try:
            self.read = read_application(application, timeout, per_lcore)
        except TelemetryError as error:
            self.error = str(error)
        self.seconds = time.monotonic() - begin


def health_families(scrapes, n_left_out):
    """Return how the scrapes went."""
    up = metrics.Family('up', 'gauge', 'Whether the application could be read', '')
    seconds = metrics.Family('scrape_seconds', 'gauge',
                             'How long it took to read the application', 'seconds')
    sets = metrics.Family('sets', 'gauge', 'Sets that were read', '')
    unread = metrics.Family('sets_unread', 'gauge',
                            'Sets that are there, but could not be read', '')
    left_out = metrics.Family('metrics_left_out', 'gauge',
                              'Metrics left out because another one has the same name', '')
    for scrape in scrapes:
        labels = {'file_prefix': scrape.application}
        up.add(labels, int(scrape.read is not None))
        seconds.add(labels, scrape.seconds)
        if scrape.read is not None:
            sets.add(labels, len(scrape.read.readings))
            unread.add(labels, len(scrape.read.unread))
            left_out.add(labels, n_left_out[scrape.application])
    return [up, seconds, sets, unread, left_out]


class Log:
    """Says what changed since the last scrape, not what stays as it is."""

    def __init__(self):
        self.last = {}
        self.lock = threading.Lock()

    def tell(self, application, problems):
        with self.lock:
            if self.last.get(application, ()) == problems:
                return
            self.last[application] = problems
        for problem in problems:
            LOG.warning('%s: %s', application, problem)
        if not problems:
            LOG.warning('%s: all is well again', application)


class Collector:
    """Reads all applications each time it is asked for metrics."""

    def __init__(self, applications, per_lcore, timeout):
        """Read the named applications; if none is named, all that there are."""
        self.applications = applications
        self.per_lcore = per_lcore
        self.timeout = timeout
        self.log = Log()

    def scrape(self):
        applications = self.applications or find_applications()
        # All at once: however many hang, they cost one timeout.
        with concurrent.futures.ThreadPoolExecutor(max(len(applications), 1)) as threads:
            return list(threads.map(
                lambda name: Scrape(name, self.per_lcore, self.timeout), applications))

    def collect(self):
        """Yield metrics for prometheus_client, those of the same name as one."""
        scrapes = self.scrape()
        names = metrics.Names()
        merged = {}
        n_left_out = {}
        for family in health_families([], {}):
            names.claim(family)
        for scrape in scrapes:
            families, left_out = [], []
            if scrape.read is not None:
                families, left_out = metrics.application_families(scrape.read.readings, names)
            n_left_out[scrape.application] = len(left_out)
            self.log.tell(scrape.application, self.problems(scrape, left_out))
            for family in families:
                merge(merged, family, scrape.application)
        for family in health_families(scrapes, n_left_out):
            merge(merged, family)
        return merged.values()

    @staticmethod
    def problems(scrape, left_out):
        """Return what an operator should know of a scrape."""
        if scrape.error:
            return (scrape.error,)
        return (
            *(f'set {name} could not be read: too many others read it, or '
              'no memory' for name in scrape.read.unread),
            *(f'counter {family.origin[1]} of set {family.origin[0]} is left out: the name '
              f'{PREFIX}{family.name} is taken' for family in left_out))


def merge(merged, family, application=None):
    """Add a family's samples to the metric of its name."""
    metric = merged.get(family.name)
    if metric is None:
        metric = merged[family.name] = Metric(PREFIX + family.name, family.help, family.type,
                                              family.unit)
    labels = {} if application is None else {'file_prefix': application}
    for sample in family.samples:
        metric.add_sample(metric.name + sample.suffix, {**sample.labels, **labels},
                          sample.value)


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """An HTTP server with a thread for each request."""

    daemon_threads = True


class QuietHandler(simple_server.WSGIRequestHandler):
    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Log no requests."""


def make_server(address, port, registry):
    """Return a server that listens; raise OSError if it cannot."""
    family, *_, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    Server.address_family = family
    return simple_server.make_server(where[0], port, prometheus_client.make_wsgi_app(registry),
                                     Server, QuietHandler)


def serve(server):
    """Serve requests until a signal ends the process."""
    stop = threading.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, lambda *_: stop.set())
    host, port, *_ = server.server_address
    LOG.info('listening on http://%s:%u/metrics', f'[{host}]' if ':' in host else host, port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stop.wait()
    server.shutdown()
    server.server_close()


def seconds(text):
    value = float(text)
    if not 0 < value < 3600:
        raise ValueError
    return value


def port_number(text):
    value = int(text)
    if not 0 <= value < 65536:
        raise ValueError
    return value


def application_name(text):
    if not text or '/' in text:
        raise ValueError
    return text


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"""examples:
  %(prog)s                            all applications of this host, port {DEFAULT_PORT}
  %(prog)s -f rte -f fw --port 9100   two of them
  %(prog)s --once --no-lcore          print the metrics, summed over lcores

Run it as the user of the applications: with sudo, if they were started with it. Root may read
applications of others, too, but looks for them in /var/run; RUNTIME_DIRECTORY=DIR in the
environment makes it look where they are: in that user's $XDG_RUNTIME_DIR, such as
/run/user/1000, or in /tmp if that is not set.
The exit status is 0 after SIGTERM or SIGINT, 1 if it cannot listen, 2 for wrong options;
with --once, 1 if an application could not be read.""")
    parser.add_argument('-f', '--file-prefix', metavar='PREFIX[:INSTANCE]', action='append',
                        type=application_name, default=[],
                        help='read this application, whether it runs already or not; may be '
                        'given more than once (default: all that have a telemetry socket)')
    parser.add_argument('-a', '--address', default='127.0.0.1',
                        help='listen on this address (default: %(default)s)')
    parser.add_argument('-p', '--port', type=port_number, default=DEFAULT_PORT,
                        help='listen on this port, 0: on any, which is logged '
                        '(default: %(default)s)')
    parser.add_argument('--no-lcore', dest='per_lcore', action='store_false',
                        help='sums over all lcores instead of a number for each')
    parser.add_argument('-t', '--timeout', metavar='SECONDS', type=seconds,
                        default=DEFAULT_TIMEOUT,
                        help="give up an application that takes longer; less than Prometheus' "
                        'scrape_timeout (default: %(default)s)')
    parser.add_argument('--once', action='store_true',
                        help='print the metrics instead of serving them')
    return parser.parse_args()


def main():
    options = parse_options()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format='%(name)s: %(message)s')
    collector = Collector(list(dict.fromkeys(options.file_prefix)), options.per_lcore,
                          options.timeout)
    registry = prometheus_client.CollectorRegistry()
    registry.register(collector)
    if options.once:
        metrics = prometheus_client.generate_latest(registry).decode()
        # Whoever reads the first lines only, such as head, has seen enough.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        print(metrics, end='')
        sys.exit(any(collector.log.last.values()))
    try:
        server = make_server(options.address, options.port, registry)
    except OSError as error:
        sys.exit(f'dpdk-seqstat-exporter: {options.address} port {options.port}: '
                 f'{error.strerror}')
    serve(server)


if __name__ == '__main__':
    main()
