/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* The code in the programmer's guide, each part where an application would have it. */

#include <stdlib.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_memory.h>

#include <rte_seqstat.h>

int
main(int argc, char **argv)
{
	const uint32_t n_ports = 2, port = 1;
	const uint64_t n_packets = 32, n_bytes = 2048;
	const unsigned int n_bursts = 3;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;

#include "seqstat-set.h"
	RTE_VERIFY(set != NULL);

	{
#include "seqstat-count.h"
	}
	{
#include "seqstat-loop.h"
	}
	{
#include "seqstat-snapshot.h"
		RTE_VERIFY(values[RX_PACKETS] == (1 + n_bursts) * n_packets);
		RTE_VERIFY(values[RX_BYTES] == n_bytes);
		rte_seqstat_snapshot_free(snap);
	}

	RTE_VERIFY(rte_seqstat_free(set) == 0);

	return rte_eal_cleanup();
}
