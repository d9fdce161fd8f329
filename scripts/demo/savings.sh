#!/usr/bin/env bash
# make demo-savings: the measurement, its JSON and its plot in build/reports. Options go to savings.py.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$repo_root"
reports=build/reports
mkdir -p "$reports"
"$INFERENCEFLOW_HOME/test-venv/bin/python" scripts/demo/savings.py \
  --json "$reports/demo-savings.json" --points "$reports/demo-savings.dat" "$@"
gnuplot -e "data='$reports/demo-savings.dat'; out='$reports/demo-savings.png'" scripts/demo/plot.gp
echo "report: $reports/demo-savings.json, plot: $reports/demo-savings.png"
