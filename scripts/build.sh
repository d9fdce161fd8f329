#!/usr/bin/env bash
# Configures a preset when that is needed and builds it. Usage: build.sh PRESET [TARGET...]
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ $# -gt 0 ] || die "name a preset of CMakePresets.json: release debug asan-ubsan tsan coverage fuzz"
preset="$1"
shift
cd "$repo_root"
build="build/$preset"

# Ninja reconfigures by itself when a CMake file changes; what it cannot see is where llama.cpp lies, or a preset's values.
key="$INFERENCEFLOW_HOME $(hash_of CMakePresets.json)"
if [ ! -f "$build/build.ninja" ] || ! fresh "$build/.configured" "$key"; then
  log="$(mktemp)"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "cmake --preset $preset failed; the first error above says what is missing"
  fi
  rm -f "$log"
  printf '%s' "$key" >"$build/.configured"
fi

# Clones of this repository in other folders share their compiled objects.
export CCACHE_BASEDIR="$repo_root" CCACHE_NOHASHDIR=1

# A compiler of this code takes up to 2 GiB, so memory may bound the jobs before the cores do.
memory_gib="$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)"
jobs="$(nproc)"
if [ "$jobs" -gt $((memory_gib / 2)) ]; then jobs=$((memory_gib / 2)); fi
if [ "$jobs" -lt 1 ]; then jobs=1; fi

targets=()
for target in "$@"; do targets+=(--target "$target"); done
exec cmake --build "$build" -j "${BUILD_JOBS:-$jobs}" "${targets[@]}"
