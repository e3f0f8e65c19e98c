#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# The init process of the machine of test_numa.py. Busybox provides the commands.

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
for node in /sys/devices/system/node/node?; do
	echo 64 > "$node/hugepages/hugepages-2048kB/nr_hugepages"
done
mkdir /run/hugepages
mount -t hugetlbfs hugetlbfs /run/hugepages

# The kernel writes to the console, too: print the output as a whole.
RUNTIME_DIRECTORY=/run /blocks --no-pci --no-telemetry > /run/output 2>&1
status=$?
cat /run/output
echo "exit status $status"
poweroff -f
