#!/bin/sh
# Prices recorded usage blocks and reports the share that equals the expected price to the nano-dollar.
#
# usage: eval.sh DATA_DIR [BUILD_DIR]
# DATA_DIR holds usage_blocks_expected.jsonl.gz. Without it there is nothing to compare with: says so and exits 0.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
blocks="${1:-}/usage_blocks_expected.jsonl.gz"
build="${2:-$root/build/release}"
if [ ! -f "$blocks" ]; then
  echo "eval-prices: skipped, no $blocks; name the folder that holds it: make eval-prices DATA=DIR"
  exit 0
fi
cmake --build "$build" --target eval_prices
mkdir -p "$root/build/reports"
gzip -dc "$blocks" | "$build/src/cost/eval_prices" "$root/build/reports/prices.json"
