#!/usr/bin/env bash
# Starts the release build in the foreground and, once it answers, prints its address and a request to try.
# PORT and CONFIG as for `make run`. Usage: run.sh
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$repo_root"
config="${CONFIG:-config/default.yaml}"
binary=build/release/src/app/inferenceflow
[ -x "$binary" ] || die "$binary does not exist; run make build"
[ -f "$config" ] || die "the configuration $config does not exist; name another one with CONFIG=..."

# PORT wins over the file in the server as well; `port` is only for what is printed.
port="${PORT:-$(sed -n 's/^[[:space:]]*port:[[:space:]]*\([0-9]\{1,5\}\).*/\1/p' "$config" | head -n 1)}"
port="${port:-8080}"

if [ -n "${PORT:-}" ]; then export PORT; fi

greet() {
  local server="$1" tries
  for ((tries = 0; tries < 300; tries++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      cat <<TEXT

InferenceFlow answers on http://127.0.0.1:$port (documentation: /docs). Try:

  curl http://127.0.0.1:$port/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model":"SmolLM2-135M-Instruct","messages":[{"role":"user","content":"What is 2+2?"}],"temperature":0}'

Ctrl-C stops it.
TEXT
      return
    fi
    kill -0 "$server" 2>/dev/null || return
    sleep 0.1
  done
}

if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  die "port $port is taken by another program; choose another one: make run PORT=$((port + 1))"
fi
# Started twice removed, so that the greeter is nobody's child when the server takes this process over.
( (greet $$) >&2 & )
exec "$binary" serve --config "$config"
