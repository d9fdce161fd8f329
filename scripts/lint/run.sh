#!/usr/bin/env bash
# Every style rule that a program can prove. Prints `file:line: what is wrong; what would be right`, a table at the end,
# and exits 1 when a check found anything.
#
#   scripts/lint/run.sh [CHECK ...]     all checks, or the named ones: format sizes includes headers coroutines
#                                       words readmes selftest shell python tidy
#   LINT_TIDY_BUDGET_S=600              clang-tidy stops starting new files after this long; the rest waits for the next run
#   LINT_DATABASE=build/debug           folder with compile_commands.json; configured when it is missing
#   LINT_JOBS=2                         clang-tidy processes at once; default: one per core
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
here=scripts/lint
home="${INFERENCEFLOW_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/inferenceflow}"

# files SUFFIX...: tracked and new files with one of the suffixes, one per line.
files() {
  local suffixes=("$@")
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "${suffixes[@]/#/*.}"
  else
    local name
    for name in "${suffixes[@]}"; do find . -name "*.$name" -not -path './build/*' -printf '%P\n'; done
  fi | while IFS= read -r name; do if [ -f "$name" ]; then printf '%s\n' "$name"; fi; done
}

check_format() {
  local list
  mapfile -t list < <(files h cpp)
  clang-format-14 --dry-run -Werror "${list[@]}" 2>&1 |
    sed -n 's/^\([^:]*:[0-9]*\):[0-9]*: error: .*/\1: not formatted; run make format/p' | sort -u -t: -k1,1
  return "${PIPESTATUS[0]}"
}

check_shell() {
  local list
  mapfile -t list < <({ files sh; if [ -f .ci/run ]; then echo .ci/run; fi; })
  [ "${#list[@]}" -eq 0 ] || shellcheck --external-sources --source-path=SCRIPTDIR --shell=bash --format=gcc --severity=style "${list[@]}"
}

check_python() {
  local ruff list
  ruff="$(command -v "$home/test-venv/bin/ruff" ruff | head -n 1)"
  if [ -z "$ruff" ]; then
    echo "ruff is not installed (the test environment brings it): Python files not checked"
    return 0
  fi
  mapfile -t list < <(files py)
  "$ruff" check --quiet --no-cache --config "$here/ruff.toml" --output-format=concise "${list[@]}"
}

check_tidy() {
  local database="${LINT_DATABASE:-build/debug}"
  if [ ! -f "$database/compile_commands.json" ]; then
    cmake --preset debug -B "$database" >/dev/null || return 1
  fi
  python3 "$here/tidy.py" --database "$database" --jobs "${LINT_JOBS:-$(nproc)}" --budget-s "${LINT_TIDY_BUDGET_S:-600}"
}

check_selftest() {
  local output
  output="$(python3 "$here/tests" 2>&1)" || { printf '%s\n' "$output"; return 1; }
}

run_check() {
  case "$1" in
    format | shell | python | tidy | selftest) "check_$1" ;;
    sizes | includes | headers | coroutines | words | readmes) python3 "$here/$1.py" ;;
    *) echo "no such check: $1"; return 2 ;;
  esac
}

checks=("$@")
[ "${#checks[@]}" -gt 0 ] || checks=(format sizes includes headers coroutines words readmes selftest shell python tidy)
failed=0
table=""
for check in "${checks[@]}"; do
  started=$SECONDS
  if output="$(run_check "$check")"; then verdict=ok; else verdict=FAILED; failed=$((failed + 1)); fi
  if [ -n "$output" ]; then printf '%s\n' "$output"; fi
  count=0
  if [ "$verdict" = FAILED ]; then count="$(grep -cE '^[^ :]+:[0-9]+:' <<<"$output")"; fi
  table+="$(printf '  %-10s %-7s %5s findings %5s s' "$check" "$verdict" "$count" "$((SECONDS - started))")"$'\n'
done
printf 'lint:\n%s' "$table"
if [ "$failed" -gt 0 ]; then
  echo "lint: $failed of ${#checks[@]} checks failed"
  exit 1
fi
