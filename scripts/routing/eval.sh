#!/usr/bin/env bash
# Recorded prompts and cascades through the real predictors and rules: tables, JSON rows, plots. Usage: eval.sh DATA [SEED]
# Every program build/release/bench/*/eval_{routing,cascade} that is built runs; each writes its own rows and curves, which are
# merged into build/reports/eval-routing.json. Exits 2, saying what is missing, where DATA holds neither routing/ nor cascade/.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
[ $# -gt 0 ] || die "name the folder that holds routing/ and cascade/"
data="$(realpath -m "$1")"
seed="${2:-1}"
cd "$repo_root"
reports=build/reports
mkdir -p "$reports"
if [ ! -d "$data/routing" ] && [ ! -d "$data/cascade" ]; then
  say "$data holds neither routing/ nor cascade/: nothing to evaluate. DATA=<folder> names another one."
  exit 2
fi

parts=()
failed=0
ran=0
if [ -d "$data/routing" ]; then
  routing="$reports/eval-routing-quality.json"
  rm -f "$routing"
  build/release/bench/routing/eval_routing --data "$data" --seed "$seed" --vectors build/eval-routing.vectors \
    --model "$INFERENCEFLOW_HOME/models/all-MiniLM-L6-v2.Q8_0.gguf" --report "$routing" || failed=1
  ran=1
  if [ -f "$routing" ]; then parts+=("$routing"); fi
else
  say "$data/routing is not there: predictors of quality are not evaluated"
fi
cascade_program="$(find build/release/bench -type f -name eval_cascade -perm -u+x -print -quit)"
if [ ! -d "$data/cascade" ]; then
  say "$data/cascade is not there: escalation is not evaluated"
elif [ -z "$cascade_program" ]; then
  say "eval_cascade is not built: escalation is not evaluated"
else
  cascade="$reports/eval-routing-cascade.json"
  rm -f "$cascade"
  "$cascade_program" --data "$data" --seed "$seed" --report "$cascade" || failed=1
  ran=1
  if [ -f "$cascade" ]; then parts+=("$cascade"); fi
fi
[ "$ran" = 1 ] || exit 2
[ ${#parts[@]} -gt 0 ] || die "no program left a report"

python3 scripts/routing/merge.py "$reports/eval-routing.json" "${parts[@]}"
# draw DATA PICTURE SCRIPT: a panel for each set that has a curve of random choices.
draw() {
  [ -f "$1" ] || return 0
  local sets
  sets="$(sed -n 's/^# \(.*\) | random$/\1/p' "$1" | tr '\n' ' ')"
  gnuplot -e "data='$1'; out='$2'; sets='$sets'; seed='$seed'" "$3"
  echo "plot: $2"
}
draw "$reports/eval-routing-quality.dat" "$reports/eval-routing.png" scripts/routing/plot.gp
draw "$reports/eval-routing-cascade-curves.dat" "$reports/eval-routing-cascade.png" scripts/routing/plot_cascade.gp
echo "rows: $reports/eval-routing.json"
exit "$failed"
