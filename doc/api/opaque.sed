# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Leave out the members that only the inline functions use.
/^struct rte_seqstat(_row|_section|_writer)? \{/,/^\}/{
	/^[^s}]/d
}
