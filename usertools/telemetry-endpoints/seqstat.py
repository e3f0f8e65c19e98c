# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Endpoint of dpdk-telemetry-exporter.py (DPDK 23.11 and later): all stat sets, by lcore.

To be found in its default folder for endpoints when installed, else with --load-path. A histogram
is three metrics of their own, because an endpoint knows no histograms.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), '..'))

# pylint: disable=wrong-import-position
from dpdk_seqstat import metrics as mapping  # noqa: E402
from dpdk_seqstat import reading  # noqa: E402

# Filled by metrics(): the application alone knows its metrics, and info() may not ask it.
METRICS = {}


def info():
    """Return the descriptions and types of metrics, by name."""
    return METRICS


def metrics(sock):
    """Return a name, a value and labels for each sample."""

    def ask(command, *params):
        return sock.cmd(command, ','.join(str(param) for param in params) or None)

    readings, _ = reading.read_sets(ask, True)
    families, _ = mapping.application_families(readings, mapping.Names())
    samples = []
    for family in families:
        kind = 'gauge' if family.type == 'gauge' else 'counter'
        for suffix in mapping.SUFFIXES[family.type]:
            name = family.name + suffix
            METRICS[name] = family.help, kind
            samples += [(name, sample.value, sample.labels) for sample in family.samples
                        if sample.suffix == suffix]
    return samples
