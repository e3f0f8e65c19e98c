#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: run_eal.sh PROGRAM [ARGUMENT ...]
#
# Run a DPDK program without devices and hugepages, on all CPUs that this process may use,
# with a runtime folder of its own. In a cross build, meson sets MESON_EXE_WRAPPER.

RUNTIME_DIRECTORY=$(mktemp -d) || exit 1
export RUNTIME_DIRECTORY
trap 'rm -rf "$RUNTIME_DIRECTORY"' EXIT
trap 'exit 143' TERM

program=$1
shift
# shellcheck disable=SC2086 # a command with its options
${MESON_EXE_WRAPPER-} "$program" --no-huge -m 512 --no-pci --iova-mode=va "$@"
