#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: build_doc.sh SOURCE_ROOT
#
# Build the guides and the API reference in a copy of the tree, so that what is
# drawn for them does not come to lie in the tree. Any warning is an error.

for tool in doxygen sphinx-build dpic; do
	if ! command -v "$tool" >/dev/null; then
		echo "no $tool"
		exit 77
	fi
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM

cp -r "$1/doc" "$1/lib" "$1/examples" "$work" || exit 1
sphinx-build -q -W --keep-going -b html "$work/doc/guides" "$work/guides" || exit 1

mkdir "$work/api"
sed -e 's,@VERSION@,test,' -e "s,@LIBRARY@,$work/lib,g" -e "s,@OUTPUT@,$work/api," \
	"$work/doc/api/doxy-api.conf.in" >"$work/doxy-api.conf"
doxygen "$work/doxy-api.conf" || exit 1

# Doxygen warns of what is written wrongly, not of what it does not see.
sed -n 's/^\t\(rte_seqstat_[a-z0-9_]*\);/\1/p' "$1"/lib/seqstat*/version.map | {
	missing=0
	while read -r function; do
		grep -q "title\">.*$function()" "$work"/api/html/rte__seqstat*_8h.html && continue
		echo "not in the API reference: $function"
		missing=1
	done
	exit $missing
}
