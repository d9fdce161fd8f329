#!/usr/bin/env bash
# The test suite under sanitizers: AddressSanitizer with UBSan, then ThreadSanitizer. Called by `make sanitize`.
#
#   scripts/sanitize.sh [asan-ubsan] [tsan]    both, or the named ones
#   SANITIZE_PARTS="unit functional"           which tests
#   PYTEST_ARGS=...                            more arguments for pytest
#
# Every report of any process, the server's too, is a file in build/reports/sanitize/; one is enough to fail.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
set +e
cd "$repo_root" || exit 1
suppressions="$scripts_dir/sanitizers"
reports="$repo_root/build/reports/sanitize"
if command -v llvm-symbolizer-14 >/dev/null; then
  symbolizer="$(command -v llvm-symbolizer-14)"
  export ASAN_SYMBOLIZER_PATH="$symbolizer" TSAN_SYMBOLIZER_PATH="$symbolizer"
fi
[ $# -gt 0 ] || set -- asan-ubsan tsan
read -r -a parts <<<"${SANITIZE_PARTS:-unit functional}"

# ThreadSanitizer of g++ 12 needs its shadow memory where newer kernels put random mappings.
fixed_addresses() { if setarch "$(uname -m)" -R true 2>/dev/null; then setarch "$(uname -m)" -R "$@"; else "$@"; fi; }

run_preset() {
  local preset="$1" log="$reports/$1"
  rm -f "$log".*
  export ASAN_OPTIONS="log_path=$log:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
  export LSAN_OPTIONS="suppressions=$suppressions/lsan.supp:print_suppressions=0"
  export UBSAN_OPTIONS="log_path=$log:print_stacktrace=1"
  export TSAN_OPTIONS="log_path=$log:suppressions=$suppressions/tsan.supp:second_deadlock_stack=1:history_size=4:ignore_noninstrumented_modules=1"
  scripts/build.sh "$preset" || return 1
  local status=0
  PRESET="$preset" fixed_addresses scripts/test.sh "${parts[@]}" || status=1
  local found
  found="$(find "$reports" -maxdepth 1 -name "$preset.*" -size +0 | wc -l)"
  if [ "$found" -gt 0 ]; then
    echo "$preset: $found reports in $log.*"
    grep -hE 'ERROR: |WARNING: ThreadSanitizer|runtime error|SUMMARY:' "$log".* | sort | uniq -c | sort -rn | head -n 20
    status=1
  fi
  return "$status"
}

mkdir -p "$reports"
failed=()
for preset in "$@"; do
  case "$preset" in asan-ubsan | tsan) ;; *) die "no such sanitizer preset: $preset (asan-ubsan tsan)" ;; esac
  run_preset "$preset" || failed+=("$preset")
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "sanitize: FAILED: ${failed[*]}"
  exit 1
fi
echo "sanitize: clean: $*"
