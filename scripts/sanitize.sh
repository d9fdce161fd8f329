#!/usr/bin/env bash
# Unit and functional tests under the sanitizers. Usage: sanitize.sh [asan-ubsan] [tsan]; default: both.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$repo_root"
[ $# -gt 0 ] || set -- asan-ubsan tsan
if command -v llvm-symbolizer-14 >/dev/null; then
  symbolizer="$(command -v llvm-symbolizer-14)"
  export ASAN_SYMBOLIZER_PATH="$symbolizer" TSAN_SYMBOLIZER_PATH="$symbolizer"
fi
export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
export UBSAN_OPTIONS="print_stacktrace=1"
export TSAN_OPTIONS="second_deadlock_stack=1:suppressions=$scripts_dir/tsan.supp"
for preset in "$@"; do
  scripts/build.sh "$preset"
  PRESET="$preset" scripts/test.sh unit functional
done
