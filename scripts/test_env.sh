#!/usr/bin/env bash
# What the functional tests and lint need beside Debian packages, under $INFERENCEFLOW_HOME:
#   test-venv/  Python packages of tests/requirements.txt     test-node/  node_modules of tests/node/package-lock.json
# Stamped by the content of those files: unchanged = instant and offline.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

requirements="$repo_root/tests/requirements.txt"
venv="$INFERENCEFLOW_HOME/test-venv"
venv_key="$(hash_of "$requirements") $("$(system_python)" -c 'import sys; print(sys.version_info[:2])')"
node_dir="$INFERENCEFLOW_HOME/test-node"
node_key="$(hash_of "$repo_root/tests/node/package.json" "$repo_root/tests/node/package-lock.json")"

make_venv() {
  say "creating $venv"
  rm -rf "$venv"
  "$(system_python)" -m venv "$venv" || die "cannot create a Python venv in $venv; run scripts/setup_packages.sh test"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$requirements" ||
    die "pip could not install tests/requirements.txt; check the network or pip's index setting, then run it again"
  printf '%s' "$venv_key" >"$venv/.stamp"
}

make_node() {
  command -v npm >/dev/null || die "npm is missing; run scripts/setup_packages.sh build"
  say "creating $node_dir"
  mkdir -p "$scratch/test-node"
  cp "$repo_root/tests/node/package.json" "$repo_root/tests/node/package-lock.json" "$scratch/test-node/"
  (cd "$scratch/test-node" && npm ci --silent --no-audit --no-fund >&2) ||
    die "npm could not install tests/node/package-lock.json; check the network or npm's registry setting, then run it again"
  printf '%s' "$node_key" >"$scratch/test-node/.stamp"
  put_in_place "$scratch/test-node" "$node_dir"
}

venv_fresh=yes
fresh "$venv/.stamp" "$venv_key" || venv_fresh=no
node_fresh=yes
fresh "$node_dir/.stamp" "$node_key" || node_fresh=no
if [ "$venv_fresh$node_fresh" = yesyes ]; then exit 0; fi
make_scratch
if [ "$venv_fresh" = no ]; then make_venv; fi
if [ "$node_fresh" = no ]; then make_node; fi
