#!/usr/bin/env bash
# Recorded arrivals through the scheduler and a simulated model: queueing per lane, prefix hits.
#
# usage: eval_lanes.sh DATA [BUILD_DIR]
# DATA holds azure2023_conv.csv.gz, azure2023_code.csv.gz (AzurePublicDataset, CC BY 4.0), mooncake_conversation.jsonl.gz and
# mooncake_synthetic.jsonl.gz (kvcache-ai/Mooncake, Apache-2.0). Exits 2, saying what is missing, without them.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
data="${1:-}"
build="${2:-$root/build/release}"
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
for trace in azure2023_conv.csv azure2023_code.csv mooncake_conversation.jsonl mooncake_synthetic.jsonl; do
  if [ ! -f "$data/$trace.gz" ]; then
    echo "eval-lanes: '$data/$trace.gz' is missing; name the folder that holds it: make eval-lanes DATA=DIR" >&2
    exit 2
  fi
  gzip -dc "$data/$trace.gz" >"$unpacked/$trace"
done
IFLOW_TRACES="$unpacked" "$build/src/engine/engine_tests" --gtest_filter='recorded_traces.*'
