#!/usr/bin/env bash
# Every benchmark of the gateway, one after the other; reports in build/reports, keys in bench/README.md.
#   DATA=folder  public traces for the eviction benchmark; without it a seeded Zipf workload runs, labelled so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build="${IFLOW_BUILD:-build/release}"
mkdir -p build/reports

echo "== the gateway beside HAProxy"
python3 bench/gateway/run.py "$@"

echo
echo "== single-stream decode beside llama.cpp"
"$build/bench/engine/bench_engine_decode" --json build/reports/bench-engine-decode.json

echo
echo "== eviction: dollars saved"
"$build/bench/eviction/bench_eviction" ${DATA:+--data "$DATA"} --report build/reports/bench-eviction.json
