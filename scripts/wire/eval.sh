#!/usr/bin/env bash
# Recorded traffic through the codecs, then through a gateway before fake providers. Usage: eval.sh DATA [SIDE] [SEED]
# Both programs must be built. Exits 2, saying what is missing, where DATA holds no recordings.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
data="$(realpath -m "$1")"
cd "$repo_root"
build/release/bench/wire/eval_wire --data "$data" --side "${2:-dev}" --seed "${3:-1}" --report build/reports/eval-wire.json
echo
cd tests
exec "$INFERENCEFLOW_HOME/test-venv/bin/python" -m support.replay \
  --data "$data" --report ../build/reports/eval-wire-gateway.json
