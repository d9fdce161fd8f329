#!/usr/bin/env bash
# make bench-engine: the engine beside llama.cpp's own tool and more (bench/serving/README.md), then the plot of the lanes.
# Options go to bench_engine, which must be built; its environment variables work, too. LLAMA_TOOL= leaves the tool out.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$repo_root"
program=build/release/bench/serving/bench_engine
reports=build/reports
for argument in "$@"; do
  if [ "$argument" = --help ]; then exec "$program" --help; fi
done

LLAMA_TOOL="${LLAMA_TOOL-$(scripts/llama_bench_tool.sh)}"
export LLAMA_TOOL
rm -f "$reports/bench-engine.dat" # the plot shows this run or nothing
status=0
"$program" "$@" || status=$?
[ "$status" -le 1 ] || exit "$status"
if [ -f "$reports/bench-engine.dat" ]; then
  gnuplot -e "data='$reports/bench-engine.dat'; out='$reports/bench-engine.png'" scripts/engine/plot.gp
  echo "plot: $reports/bench-engine.png"
fi
exit "$status"
