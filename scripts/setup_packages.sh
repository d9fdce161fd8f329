#!/usr/bin/env bash
# Installs the Debian packages of the named groups (scripts/packages.txt) that are missing.
# All there: no apt call, no network. Usage: setup_packages.sh GROUP...
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ $# -gt 0 ] || die "name at least one group of scripts/packages.txt: build test lint fuzz coverage bench"

wanted=()
for group in "$@"; do
  found=no
  while read -r name package command _; do
    if [ "$name" != "$group" ]; then continue; fi
    found=yes
    if [ "$command" != - ] && command -v "$command" >/dev/null; then continue; fi
    wanted+=("$package")
  done < <(grep -v '^#' "$scripts_dir/packages.txt")
  [ "$found" = yes ] || die "scripts/packages.txt has no group '$group'"
done
[ "${#wanted[@]}" -gt 0 ] || exit 0
command -v dpkg-query >/dev/null ||
  die "this is not Debian or a derivative; install by your system's means: ${wanted[*]}"

# One dpkg call for all: a name that dpkg does not know is simply absent from its answer.
present="$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p' || true)"
missing=()
for package in "${wanted[@]}"; do
  if ! grep -qxF "$package" <<<"$present"; then missing+=("$package"); fi
done
[ "${#missing[@]}" -gt 0 ] || exit 0

say "installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "not root and no sudo; as root run: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -q || die "apt-get update failed; check the network and /etc/apt/sources.list"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
  die "apt-get could not install: ${missing[*]}"
