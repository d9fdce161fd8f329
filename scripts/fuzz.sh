#!/usr/bin/env bash
# Builds the fuzz targets and runs each from its corpus. Called by `make fuzz`.
#
#   scripts/fuzz.sh [TARGET ...]   all targets, or the named ones (json_scan, http_request, ...)
#   FUZZ_SECONDS=30                time for each target
#   FUZZ_JOBS=1                    targets at once
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds="${FUZZ_SECONDS:-30}"
build=build/fuzz

[ -f "$build/build.ninja" ] || cmake --preset fuzz >/dev/null
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
  mapfile -t targets < <(sed -n 's/^iflow_fuzz(\([a-z_]*\).*/\1/p' fuzz/CMakeLists.txt)
fi
cmake --build "$build" --target "${targets[@]/%/_fuzz}"

run_target() {
  local target="$1" found="$build/found/$1" failed="$build/failed/$1" log="$build/$1.log" arguments=()
  mkdir -p "$found" "$failed"
  if [ -f "fuzz/dictionary/$target.txt" ]; then arguments+=("-dict=fuzz/dictionary/$target.txt"); fi
  # What an earlier run found is tried again; new finds go to the first folder, never to the tree.
  local verdict=ok
  "$build/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
    -artifact_prefix="$failed/" -print_final_stats=1 "${arguments[@]}" \
    "$found" "fuzz/corpus/$target" >"$log" 2>&1 || verdict=FAILED
  local runs covered
  runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  covered="$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)"
  printf '%-18s %-7s %12s runs %8s edges   %s\n' "$target" "$verdict" "${runs:--}" "${covered:--}" "$log"
  if [ "$verdict" != ok ]; then
    grep -E 'property broken|ERROR: |SUMMARY: |Test unit written' "$log" | sed 's/^/    /'
    return 1
  fi
}

status=0
running=0
for target in "${targets[@]}"; do
  if [ "$running" -ge "${FUZZ_JOBS:-1}" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
  run_target "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || status=1
  running=$((running - 1))
done
exit "$status"
