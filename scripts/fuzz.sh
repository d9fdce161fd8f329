#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_S seconds, from its corpus and back into it. Usage: fuzz.sh [TARGET...]
# Targets are the programs *_fuzz of fuzz/; the corpus of `name_fuzz` is fuzz/corpus/name.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$repo_root"
scripts/build.sh fuzz
if [ $# -eq 0 ]; then
  mapfile -t programs < <(find build/fuzz/fuzz -type f -name '*_fuzz' -perm -u+x | sort)
else
  programs=("${@/#/build/fuzz/fuzz/}")
fi
[ "${#programs[@]}" -gt 0 ] || die "build/fuzz/fuzz has no program *_fuzz"
mkdir -p build/reports/fuzz
failed=()
for program in "${programs[@]}"; do
  name="$(basename "$program")"
  corpus="fuzz/corpus/${name%_fuzz}"
  mkdir -p "$corpus"
  say "$name for ${FUZZ_S:-60} s, $(find "$corpus" -type f | wc -l) inputs known"
  "$program" -max_total_time="${FUZZ_S:-60}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/reports/fuzz/$name-" "$corpus" >"build/reports/fuzz/$name.log" 2>&1 || failed+=("$name")
  grep -E 'stat::(number_of_executed_units|peak_rss_mb)|SUMMARY' "build/reports/fuzz/$name.log" || true
done
[ "${#failed[@]}" -eq 0 ] || die "failed: ${failed[*]}; the inputs are in build/reports/fuzz, keep them in the corpus once fixed"
