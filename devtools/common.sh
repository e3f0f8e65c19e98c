# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors
# shellcheck shell=bash

# Functions of the scripts in this folder, which source this file in bash.

# The script's name as it was called: common.sh is sourced before "cd".
self=${0##*/}
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
# Changes whenever a package does.
packages_state=/var/lib/dpkg/status

# Debian's own programs first: another python3 does not see Debian's modules.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

say()
{
	echo "$self: $*"
}

die()
{
	echo "$self: $*" >&2
	exit 1
}

# Wrong use of a script: what is wrong and where to read on.
usage_error()
{
	echo "$self: $*" >&2
	echo "Try '$self --help'." >&2
	exit 2
}

# The help of a script is the comment at its top.
show_help()
{
	sed -n '/^# Usage:/,/^$/ { s/^# \{0,1\}//; p }' "$0"
}

# The prefix that runs a command as root; it asks for a password only on a terminal.
sudo=()
if [ "$(id -u)" -ne 0 ]; then
	sudo=(sudo)
	[ -t 0 ] || sudo+=(-n)
fi

# The packages of the given parts, one a line.
packages_of()
{
	local part

	for part; do
		sed -n "s/^$part: *//p" "$top/devtools/packages"
	done | tr -s ' ' '\n' | sort -u
}

# All parts that have packages.
package_parts()
{
	sed -n 's/^\([a-z]*\):.*/\1/p' "$top/devtools/packages"
}

# Those of the packages on standard input that are not installed.
missing_packages()
{
	local installed

	# shellcheck disable=SC2016 # the format is dpkg-query's
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
		sed -n 's/^installed //p' | sort -u)
	comm -23 - <(echo "$installed")
}

# Install what the given parts need and the machine lacks.
install_packages()
{
	local missing

	if ! command -v dpkg-query >/dev/null; then
		say "not a Debian system; this needs the like of:" "$(packages_of "$@" | xargs)"
		return
	fi
	missing=$(packages_of "$@" | missing_packages | xargs)
	[ -n "$missing" ] || return 0

	say "installing Debian packages: $missing"
	"${sudo[@]}" apt-get -qq update || say "apt-get update failed; going on without it"
	# shellcheck disable=SC2086 # a list of words
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
		--no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
		$missing >/dev/null || die "could not install: $missing"
}

# Let one script at a time configure and build a folder, until unlock_build() or the end.
lock_build()
{
	mkdir -p "$build"
	exec {build_lock}<"$build"
	flock -n "$build_lock" && return
	say "waiting for another build"
	flock "$build_lock"
}

unlock_build()
{
	exec {build_lock}<&-
}

# Configure the build folder, at first with the given options of meson, and again when
# packages came since then: what is missing is looked for only there. Meson itself sees
# all other changes.
configure()
{
	if [ ! -f "$build/build.ninja" ]; then
		meson setup "$build" "$top" "$@" || die "meson setup failed"
	elif [ "$packages_state" -nt "$build/build.ninja" ]; then
		say "packages were installed: configuring again"
		meson setup --reconfigure "$build" "$top" || die "meson setup failed"
	fi
}
