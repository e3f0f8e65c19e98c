# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Run a Prometheus server with the example's configuration."""

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness import SOURCE, wait_until

EXAMPLE = SOURCE / 'usertools/prometheus'


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as free:
        return free.getsockname()[1]


class Prometheus:
    def __init__(self, folder, config='prometheus.yml', targets=None, site='here', port=None):
        """Start a server with a configuration; replace its targets, if given, and its site."""
        self.folder = folder
        self.port = port or free_port()
        folder.mkdir()
        for path in EXAMPLE.glob('prometheus*.yml'):
            shutil.copy(path, folder)
        if site != 'here':
            text = (folder / config).read_text()
            assert 'site: here' in text
            (folder / config).write_text(text.replace('site: here', f'site: {site}'))
        if targets is not None:
            self.set_targets(targets)
        self.log = open(folder / 'log', 'w', encoding='utf-8')
        self.process = subprocess.Popen(
            ['prometheus', f'--config.file={config}', f'--storage.tsdb.path={folder / "data"}',
             f'--web.listen-address=127.0.0.1:{self.port}'], cwd=folder, stderr=self.log)
        try:
            wait_until(self.is_ready, 'Prometheus')
        except BaseException:
            self.close()
            raise

    def set_targets(self, targets):
        """Replace the files of targets, of which a configuration names one."""
        for name in 'prometheus-targets.yml', 'prometheus-sites.yml':
            # Prometheus reads the file as soon as it changes: rename a complete one.
            (self.folder / 'new').write_text(json.dumps([{'targets': targets}]))
            (self.folder / 'new').rename(self.folder / name)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def get(self, path, **params):
        """Return the server's reply, or None if it does not listen yet."""
        url = f'http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(params)}'
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=30) as reply:
                return reply.read().decode()
        except urllib.error.URLError:
            if self.process.poll() is not None:
                raise
            return None

    def is_ready(self):
        return self.get('/-/ready')

    def query(self, expression, **params):
        """Return the labels and values that an expression has now or at a time."""
        answer = json.loads(self.get('/api/v1/query', query=expression, **params))
        assert answer['status'] == 'success', answer
        return [(series['metric'], float(series['value'][1]))
                for series in answer['data']['result']]

    def value(self, expression, **params):
        """Return the only value of an expression, or None."""
        values = self.query(expression, **params)
        assert len(values) <= 1, values
        return values[0][1] if values else None
