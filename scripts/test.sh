#!/usr/bin/env bash
# Runs the named parts over one build and prints their closing lines. Usage: test.sh [unit] [functional] [lint]
# All parts run even when one fails, so that one run tells everything; exit status 1 when any failed.
#   PRESET=release     the build that is tested: build/$PRESET
#   PYTEST_ARGS=...    more arguments for pytest
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
set +e
cd "$repo_root" || exit 1
preset="${PRESET:-release}"
build="build/$preset"
reports=build/reports
mkdir -p "$reports"
[ $# -gt 0 ] || set -- unit functional lint

unit() { ctest --test-dir "$build" --output-on-failure --no-tests=error -L unit; }

functional() {
  # One word per argument, as a shell user types them.
  # shellcheck disable=SC2086
  (cd tests && IFLOW_BINARY="$repo_root/$build/src/app/inferenceflow" \
    "$INFERENCEFLOW_HOME/test-venv/bin/python" -m pytest -q -p no:cacheprovider ${PYTEST_ARGS:-})
}

lint() { LINT_DATABASE="$build" scripts/lint/run.sh; }

failed=()
summary=""
for part in "$@"; do
  case "$part" in unit | functional | lint) ;; *) die "no such part: $part (unit functional lint)" ;; esac
  log="$reports/$part-$preset.log"
  printf '\n== %s ==\n' "$part"
  started=$SECONDS
  "$part" 2>&1 | tee "$log"
  if [ "${PIPESTATUS[0]}" -ne 0 ]; then failed+=("$part"); fi
  summary+="$part ($((SECONDS - started)) s, $log):"$'\n'"$(grep -v '^[[:space:]]*$' "$log" | tail -n 3 | sed 's/^/  /')"$'\n'
done
printf '\n== closing lines ==\n%s' "$summary"
if [ "${#failed[@]}" -gt 0 ]; then
  echo "FAILED: ${failed[*]}"
  exit 1
fi
echo "passed: $*"
