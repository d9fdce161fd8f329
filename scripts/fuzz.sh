#!/usr/bin/env bash
# Runs fuzz targets (fuzz/README.md) for FUZZ_SECONDS each, from their corpora. Usage: fuzz.sh [TARGET...]; default: all.
# New inputs go to build/fuzz/found/TARGET, failing ones to build/fuzz/failed/TARGET.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$repo_root"
seconds="${FUZZ_SECONDS:-30}"
if [ $# -eq 0 ]; then
  for source in fuzz/*_fuzz.cpp; do set -- "$@" "$(basename "$source" _fuzz.cpp)"; done
fi
scripts/build.sh fuzz "${@/%/_fuzz}"

failed=()
for target in "$@"; do
  program="build/fuzz/fuzz/${target}_fuzz"
  corpus="fuzz/corpus/$target"
  found="build/fuzz/found/$target"
  artifacts="build/fuzz/failed/$target"
  log="build/fuzz/$target.log"
  mkdir -p "$corpus" "$found" "$artifacts"
  dictionary=()
  if [ -f "fuzz/dictionary/$target.txt" ]; then dictionary=("-dict=fuzz/dictionary/$target.txt"); fi
  say "$target for $seconds s from $(find "$corpus" -type f | wc -l) kept inputs"
  # libFuzzer writes into the first folder and only reads the others.
  "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "${dictionary[@]}" \
    -artifact_prefix="$artifacts/" "$found" "$corpus" >"$log" 2>&1 || failed+=("$target")
  grep -E 'stat::number_of_executed_units|^SUMMARY' "$log" || tail -n 3 "$log"
done
[ "${#failed[@]}" -eq 0 ] ||
  die "failed: ${failed[*]}; see build/fuzz/TARGET.log, and keep the input of build/fuzz/failed in the corpus with its fix"
say "all of $# targets held"
