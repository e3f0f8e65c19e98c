# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The seqstat authors
# shellcheck shell=bash

# Functions for the scripts in this folder, which source this file in bash.

self=${0##*/}
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
# dpkg modifies this file when it installs a package.
packages_state=/var/lib/dpkg/status

# Debian's programs first: another python3 lacks the modules of Debian's packages.
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

# Print an error about the options, and exit.
usage_error()
{
	echo "$self: $*" >&2
	echo "Try '$self --help'." >&2
	exit 2
}

# Print the comment at the top of the script.
show_help()
{
	sed -n '/^# Usage:/,/^$/ { s/^# \{0,1\}//; p }' "$0"
}
[[ " $* " != *" --help "* ]] || { show_help; exit; }

# Prefix that runs a command as root; it asks for a password on a terminal only.
sudo=()
if [ "$(id -u)" -ne 0 ]; then
	sudo=(sudo)
	[ -t 0 ] || sudo+=(-n)
fi

# Print the packages of parts, one a line.
packages_of()
{
	local part

	for part; do
		sed -n "s/^$part: *//p" "$top/devtools/packages"
	done | tr -s ' ' '\n' | sort -u
}

# Print all parts that have packages.
package_parts()
{
	sed -n 's/^\([a-z]*\):.*/\1/p' "$top/devtools/packages"
}

# Copy the packages from standard input that are not installed.
missing_packages()
{
	local installed

	# shellcheck disable=SC2016 # the format is dpkg-query's
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
		sed -n 's/^installed //p' | sort -u)
	comm -23 - <(echo "$installed")
}

# Install the missing packages of parts.
install_packages()
{
	local missing

	if ! command -v dpkg-query >/dev/null; then
		say "not a Debian system; needs the equivalents of:" "$(packages_of "$@" | xargs)"
		return
	fi
	missing=$(packages_of "$@" | missing_packages | xargs)
	[ -n "$missing" ] || return 0

	say "installing Debian packages: $missing"
	"${sudo[@]}" apt-get -qq update || say "apt-get update failed; continuing"
	# shellcheck disable=SC2086 # a list of words
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
		--no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
		$missing >/dev/null || die "could not install: $missing"
}

# Lock the build folder until unlock_build() or the end of the script.
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

# Configure the build folder with the given options of meson. Configure it again after packages
# were installed, because meson looks for missing dependencies only then.
configure()
{
	if [ ! -f "$build/build.ninja" ]; then
		meson setup "$build" "$top" "$@" || die "meson setup failed"
	elif [ "$packages_state" -nt "$build/build.ninja" ]; then
		say "packages were installed: configuring again"
		meson setup --reconfigure "$build" "$top" || die "meson setup failed"
	fi
}
