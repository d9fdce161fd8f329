#!/usr/bin/env bash
# Line and branch coverage of src/ by unit and functional tests: build/reports/coverage.{txt,json,html}.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$repo_root"
scripts/build.sh coverage
find build/coverage -name '*.gcda' -delete
PRESET=coverage scripts/test.sh unit functional || say "some tests failed; the coverage below counts what ran"
mkdir -p build/reports/coverage
gcovr --root . --filter 'src/' --exclude '.*/tests/' --exclude-throw-branches --gcov-ignore-parse-errors \
  --json-summary build/reports/coverage.json --html-details build/reports/coverage/index.html \
  --txt build/reports/coverage.txt --print-summary build/coverage ||
  die "gcovr failed; build/coverage holds what the instrumented programs wrote"
say "by file: build/reports/coverage.txt, line by line: build/reports/coverage/index.html"
