#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

"""Copy the example's forward.c and add a bug: it forgets one packet in 1000 bursts."""

import pathlib
import sys

PLACE = '\twaiting->bytes += n_bytes;\n'
LEAK = '''
    static unsigned int n_bursts;

    if (n > 0 && ++n_bursts % 1000 == 0) {
        waiting->packets--;
        waiting->bytes -= rte_pktmbuf_pkt_len(pkts[n - 1]);
    }
'''

source = pathlib.Path(sys.argv[1]).read_text(encoding='ascii')
if source.count(PLACE) != 1:
    sys.exit(f'{sys.argv[1]} has no place for a leak')
pathlib.Path(sys.argv[2]).write_text(source.replace(PLACE, PLACE + LEAK), encoding='ascii')
