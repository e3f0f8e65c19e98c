# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Endpoint of dpdk-telemetry-exporter.py (DPDK 23.11 and later): all stat sets, by lcore.

Installed, it is in the exporter's default folder of endpoints; otherwise use --load-path. Endpoints
cannot export a histogram, so each one becomes three metrics.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), '..'))

# pylint: disable=wrong-import-position
from dpdk_seqstat import metrics as mapping  # noqa: E402
from dpdk_seqstat.reading import read_sets  # noqa: E402

# Filled by metrics(), because info() cannot ask the application.
METRICS = {}


def info():
    """Return the help text and the type of each metric, by name."""
    return METRICS


def metrics(sock):
    """Return name, value and labels of each sample."""

    def ask(command, *params):
        return sock.cmd(command, ','.join(str(param) for param in params) or None)

    readings, _ = read_sets(ask)
    samples = []
    for family in mapping.families(readings):
        kind = 'gauge' if family.type == 'gauge' else 'counter'
        METRICS.update((name, (family.help, kind)) for name, _, _ in family.samples)
        # The samples of a name have to be together.
        samples += sorted(family.samples, key=lambda sample: sample[0])
    return samples
