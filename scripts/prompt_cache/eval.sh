#!/bin/sh
# What cache marks cost and save on synthetic traffic, and on recorded traffic where there is some.
#
# usage: DATA=DIR SEED=N eval.sh [BUILD_DIR]
# DIR holds mooncake_*.jsonl.gz or agentic_coding_sessions.jsonl.gz; without it only the synthetic traffic is run.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build="${1:-$root/build/release}"
cmake --build "$build" --target eval_prompt_cache
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
set --
for trace in "${DATA:-}"/mooncake_conversation "${DATA:-}"/mooncake_synthetic "${DATA:-}"/agentic_coding_sessions; do
  if [ -f "$trace.jsonl.gz" ]; then
    gzip -dc "$trace.jsonl.gz" >"$unpacked/$(basename "$trace").jsonl"
    set -- "$@" "$unpacked/$(basename "$trace").jsonl"
  fi
done
mkdir -p "$root/build/reports"
"$build/src/prompt_cache/eval_prompt_cache" --seed "${SEED:-1}" --report "$root/build/reports/prompt-cache.json" "$@"
