# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Compute quantiles of histograms as the library does."""

import bisect
import itertools
import math

# Their names in replies, and the share of observations at or below them.
QUANTILES = {'p50': 0.5, 'p90': 0.9, 'p99': 0.99, 'p99_9': 0.999, 'p99_99': 0.9999, 'max': 1}

# Stands for a quantile above the highest bound.
ABOVE = 2**64 - 1


def bucket_counts(histogram):
    """Return the observations in each bucket, by its upper bound."""
    counts, below = {}, 0
    for bound, count in histogram['buckets'].items():
        counts[bound] = count - below
        below = count
    return counts


def _middles(counter, bounds):
    """Yield the middle of each bucket, rounded up."""
    before = -1
    for bound in bounds:
        if bound == 'inf':
            yield ABOVE
            continue
        high = int(bound)
        # Log-linear: buckets between two powers of two are equally wide; empty ones are missing.
        width = (1 << max((high - 1).bit_length() - 1 - counter.log_parts, 0)
                 if counter.log_parts else high - before)
        yield high - (width - 1) // 2
        before = high


def quantiles(counter, counts):
    """Return the quantiles of a histogram by all its buckets, ascending; none if all are 0."""
    below = list(itertools.accumulate(counts.values()))
    if not below or below[-1] <= 0:
        return {}
    middles = list(_middles(counter, counts))
    return {name: middles[bisect.bisect_left(below, math.ceil(part * below[-1]))]
            for name, part in QUANTILES.items()}
