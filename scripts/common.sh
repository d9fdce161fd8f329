# shellcheck shell=bash
# Sourced by the scripts beside it: where things live, how they report, how a fetched file is checked.
set -euo pipefail

repo_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
scripts_dir="$repo_root/scripts"
export INFERENCEFLOW_HOME="${INFERENCEFLOW_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/inferenceflow}"

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }
die() { say "error: $*"; exit 1; }

on_terminal() { [ -t 2 ]; }

# Hash of files by content, used in stamps: a changed script or pin makes what it produced stale.
hash_of() { cat "$@" | sha256sum | cut -c1-32; }

# fresh STAMP KEY: true when STAMP was written for exactly KEY.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# A scratch directory beside the final place, so that a rename is atomic; removed at exit.
make_scratch() {
  mkdir -p "$INFERENCEFLOW_HOME" 2>/dev/null ||
    die "cannot create $INFERENCEFLOW_HOME; set INFERENCEFLOW_HOME to a folder that you can write to"
  exec 9>"$INFERENCEFLOW_HOME/.lock"
  flock 9 # one fetch at a time; a second one waits here, then replaces what the first put in place with the same
  scratch="$(mktemp -d "$INFERENCEFLOW_HOME/.fetch.XXXXXX")"
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT TERM
}

# put_in_place NEW FINAL: the new folder takes the old one's place in two renames.
put_in_place() {
  mkdir -p "$(dirname "$2")"
  if [ -e "$2" ]; then mv "$2" "$scratch/old.$$.$(basename "$2")"; fi
  mv "$1" "$2"
}

# pinned FILE FIELD: a field (1 hash, 3 registry, 4 spec) of FILE's line in pins.txt.
pinned() {
  awk -v f="$1" -v n="$2" '$2 == f { print $n; found = 1 } END { exit !found }' "$scripts_dir/pins.txt" ||
    die "scripts/pins.txt has no line for $1"
}

sha256_of() { sha256sum "$1" | cut -d' ' -f1; }

check_sha256() {
  local want got
  want="$(pinned "$(basename "$1")" 1)"
  got="$(sha256_of "$1")"
  [ "$want" = "$got" ] ||
    die "$(basename "$1"): SHA-256 is $got, scripts/pins.txt wants $want; the registry's file or the download differs from the pinned one, nothing was installed"
}

# Our own venv programs: the system interpreter first, since a shim may lack venv or point anywhere.
system_python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3 || die "python3 is missing; run scripts/setup_packages.sh build"; fi; }

# fetch_pinned FILE DIR: downloads FILE as pinned into DIR and checks it.
fetch_pinned() {
  local file="$1" dir="$2" kind spec log="$scratch/fetch.log"
  kind="$(pinned "$file" 3)"
  spec="$(pinned "$file" 4)"
  say "fetching $spec"
  mkdir -p "$dir"
  case "$kind" in
    npm)
      command -v npm >/dev/null || die "npm is missing; run scripts/setup_packages.sh build"
      (cd "$scratch" && npm pack --loglevel=error --pack-destination "$dir" "$spec") >"$log" 2>&1 ||
        { head -n 5 "$log" >&2; die "npm could not fetch $spec; check the network or npm's registry setting, then run it again"; }
      ;;
    pip) fetch_wheel "$spec" "$dir" ;;
    *) die "scripts/pins.txt: unknown registry kind '$kind' for $file" ;;
  esac
  [ -f "$dir/$file" ] || die "$spec was fetched, but $file is not what arrived: $(basename -a "$dir"/* | tr '\n' ' ')"
  check_sha256 "$dir/$file"
}

# pip as a module of the first Python that has it.
run_pip() {
  local python
  for python in "$(system_python)" python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      "$python" -m pip --disable-pip-version-check "$@"
      return
    fi
  done
  die "pip is missing; run scripts/setup_packages.sh build"
}

# pip draws its own bar by bytes on a terminal, and is silent elsewhere.
fetch_wheel() {
  local spec="$1" dir="$2"
  local how=(--quiet --progress-bar off)
  if on_terminal; then how=(--progress-bar on); fi
  run_pip download "${how[@]}" --no-deps --only-binary :all: --dest "$dir" "$spec" >&2 ||
    die "pip could not fetch $spec; check the network or pip's index setting, then run it again"
}
