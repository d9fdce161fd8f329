#!/usr/bin/env bash
# Line coverage of src/ (tests excluded) by the unit and functional tests together. Called by `make coverage`.
#
#   COVERAGE_PARTS="unit functional"   which tests count
#   COVERAGE_LINES_MIN=90              per cent below which the run fails
#
# Writes build/reports/coverage.json and build/reports/coverage/index.html.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$repo_root"
build=build/coverage
reports=build/reports
read -r -a parts <<<"${COVERAGE_PARTS:-unit functional}"

scripts/build.sh coverage
find "$build" -name '*.gcda' -delete # counts of an earlier run
tests=passed
PRESET=coverage scripts/test.sh "${parts[@]}" || tests=FAILED

mkdir -p "$reports/coverage"
gcovr --root . --object-directory "$build" --filter 'src/' --exclude '.*/tests/.*' -j "$(nproc)" \
  --exclude-throw-branches --exclude-unreachable-branches --gcov-ignore-parse-errors \
  --json-summary "$reports/coverage.json" --json-summary-pretty \
  --html-details "$reports/coverage/index.html" --txt "$reports/coverage.txt" "$build"

"$(system_python)" - "$reports/coverage.json" "${COVERAGE_LINES_MIN:-90}" "$tests" <<'END'
import json
import sys

path, least, tests = sys.argv[1], float(sys.argv[2]), sys.argv[3]
with open(path, encoding="utf-8") as report:
    summary = json.load(report)
worst = sorted(summary["files"], key=lambda entry: entry["line_total"] - entry["line_covered"], reverse=True)[:10]
print("most lines not reached:")
for entry in worst:
    print(f"  {entry['filename']:<50} {entry['line_covered']:>5} of {entry['line_total']:>5}  {entry['line_percent']:>5} %")
print(f"line coverage of src/: {summary['line_percent']} % ({summary['line_covered']} of {summary['line_total']} lines), tests {tests}")
sys.exit(0 if summary["line_percent"] >= least and tests == "passed" else 1)
END
