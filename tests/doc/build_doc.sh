#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors

# Usage: build_doc.sh SOURCE_ROOT
#
# Build the guides and the API reference. Any warning is an error. The build writes pictures
# into the tree, so this takes a copy.

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
sed -e 's,@VERSION@,test,' -e "s,@SOURCE@,$work,g" -e "s,@OUTPUT@,$work/api," \
	"$work/doc/api/doxy-api.conf.in" >"$work/doxy-api.conf"
doxygen "$work/doxy-api.conf" || exit 1

# Doxygen does not warn about functions that it does not see.
html=$work/api/html
faults=0
fault()
{
	echo "API reference: $1"
	faults=1
}
while read -r function; do
	grep -q "title\">.*$function()" "$html"/rte__seqstat*_8h.html || fault "no $function"
done < <(sed -n 's/^\t\(rte_seqstat_[a-z0-9_]*\);/\1/p' "$1"/lib/seqstat*/version.map)
for page in "$html"/*_8h.html; do
	grep -q "href=\"${page##*/}\"" "$html/index.html" || fault "no link to ${page##*/}"
done
if grep -il '__rte_\|saved_offset' "$html"/*.html; then
	fault "internal names"
fi
exit $faults
