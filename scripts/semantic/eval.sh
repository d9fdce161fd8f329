#!/usr/bin/env bash
# Recorded questions through the semantic cache: the table, a JSON report, a plot. Usage: eval.sh DATA [SEED] [OPTION...]
# OPTIONs go to eval_cache, which must be built. Exits 2, saying what is missing, where DATA holds no questions.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
[ $# -gt 0 ] || die "name the folder of the question sets"
data="$(realpath -m "$1")"
seed="${2:-1}"
shift $(($# < 2 ? $# : 2))
cd "$repo_root"
reports=build/reports
build/release/bench/semantic/eval_cache --data "$data" --seed "$seed" --vectors build/eval-cache.vectors \
  --model "$INFERENCEFLOW_HOME/models/all-MiniLM-L6-v2.Q8_0.gguf" --report "$reports/eval-cache.json" "$@"

# One panel a set; the pairs of one set alone are in the table only.
mapfile -t sets < <(sed -n 's/^# \(.*\) | static$/\1/p' "$reports/eval-cache.dat" | grep -v '^near_duplicates:')
# The mix first, then the sets.
ordered="$(printf '%s\n' "${sets[@]}" | awk '$0 == "mix" { print } $0 != "mix" { rest = rest $0 "\n" } END { printf "%s", rest }')"
gnuplot -e "data='$reports/eval-cache.dat'; out='$reports/eval-cache.png'; sets='$(tr '\n' ' ' <<<"$ordered")'; seed='$seed'" \
  scripts/semantic/plot.gp
echo "plot: $reports/eval-cache.png"
