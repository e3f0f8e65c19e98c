# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""What the programs that show and export the statistics of seqstat applications share."""
