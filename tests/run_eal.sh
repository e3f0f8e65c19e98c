#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: run_eal.sh PROGRAM [ARGUMENT ...]
#
# Run a DPDK program without hugepages or devices, with one lcore for each CPU that
# this process may use, and with a runtime folder of its own.

RUNTIME_DIRECTORY=$(mktemp -d) || exit 1
export RUNTIME_DIRECTORY
trap 'rm -rf "$RUNTIME_DIRECTORY"' EXIT
trap 'exit 143' TERM

program=$1
shift
"$program" --no-huge -m 512 --no-pci "$@"
